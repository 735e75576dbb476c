package tour_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"strings"
	"testing"

	"airpass/internal/parallel"
	"airpass/sandbox/tour"
)

func TestMain(m *testing.M) {
	parallel.Tests(8)
	os.Exit(m.Run())
}

// The story that the command plays holds, step by step.
func TestTour(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	var log *slog.Logger
	if os.Getenv("AIRPASS_TEST_LOG") != "" {
		log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	err := tour.Run(t.Context(), &out, tour.Options{JSON: true, Log: log})
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	for _, line := range lines[:len(lines)-1] {
		var s tour.Step
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		t.Logf("%d %s (%d ms)\n\t%s", s.Number, s.Name, s.Millis, strings.Join(s.Asserted, "\n\t"))
		if !s.OK || s.Error != "" {
			t.Errorf("step %d, %s: %s", s.Number, s.Name, s.Error)
		}
		if s.OK && len(s.Asserted) == 0 {
			t.Errorf("step %d, %s asserts nothing", s.Number, s.Name)
		}
	}
	var sum tour.Summary
	if jsonErr := json.Unmarshal([]byte(lines[len(lines)-1]), &sum); jsonErr != nil || !sum.OK || sum.Steps != len(lines)-1 || err != nil {
		t.Errorf("%+v, %v, %v", sum, jsonErr, err)
	}
}
