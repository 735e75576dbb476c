package tour

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// ErrFailed says that a step did not hold; what was told says which and why.
var ErrFailed = errors.New("the tour failed")

// Step is one step of the story as it is told.
type Step struct {
	Number   int      `json:"step"`
	Chapter  string   `json:"chapter"`
	Name     string   `json:"name"`
	OK       bool     `json:"ok"`
	Millis   int64    `json:"took_ms"`
	Asserted []string `json:"asserted"`
	Error    string   `json:"error,omitempty"`
}

// Summary is what is told last.
type Summary struct {
	OK     bool  `json:"ok"`
	Steps  int   `json:"steps"`
	Failed int   `json:"failed"`
	Millis int64 `json:"took_ms"`
}

// teller runs steps one after the other and tells of each. After a step that did not
// hold, the rest is left out: it would only repeat the failure in other words.
type teller struct {
	out      io.Writer
	json     bool
	began    time.Time
	stepTime time.Duration
	chapter  string
	steps    int
	failed   int
}

// seen collects what a step has asserted, in words.
type seen struct{ lines []string }

// that notes something that was asserted.
func (s *seen) that(format string, args ...any) {
	s.lines = append(s.lines, fmt.Sprintf(format, args...))
}

// begin names the chapter of the steps that follow.
func (t *teller) begin(chapter string) {
	t.chapter = chapter
	if !t.json && t.failed == 0 {
		_, _ = fmt.Fprintf(t.out, "\n%s\n", chapter)
	}
}

// step runs one step and tells of it.
func (t *teller) step(ctx context.Context, name string, do func(ctx context.Context, s *seen) error) {
	if t.failed > 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, t.stepTime)
	defer cancel()
	t.steps++
	s, began := &seen{lines: []string{}}, time.Now()
	err := do(ctx, s)
	told := Step{Number: t.steps, Chapter: t.chapter, Name: name, OK: err == nil, Millis: time.Since(began).Milliseconds(), Asserted: s.lines}
	if err != nil {
		t.failed++
		told.Error = err.Error()
	}
	t.tell(told)
}

func (t *teller) tell(s Step) {
	if t.json {
		t.write(s)
		return
	}
	mark := "ok  "
	if !s.OK {
		mark = "FAIL"
	}
	_, _ = fmt.Fprintf(t.out, "%s %2d  %-72s %7s\n", mark, s.Number, s.Name, took(s.Millis))
	for _, line := range s.Asserted {
		_, _ = fmt.Fprintf(t.out, "           - %s\n", line)
	}
	if s.Error != "" {
		_, _ = fmt.Fprintf(t.out, "           ! %s\n", s.Error)
	}
}

// end tells the summary and says whether every step held.
func (t *teller) end() error {
	sum := Summary{OK: t.failed == 0, Steps: t.steps, Failed: t.failed, Millis: time.Since(t.began).Milliseconds()}
	switch {
	case t.json:
		t.write(sum)
	case sum.OK:
		_, _ = fmt.Fprintf(t.out, "\nAll %d steps held, in %s.\n", sum.Steps, took(sum.Millis))
	default:
		_, _ = fmt.Fprintf(t.out, "\nStep %d did not hold; the rest was left out. %s.\n", sum.Steps, took(sum.Millis))
	}
	if !sum.OK {
		return ErrFailed
	}
	return nil
}

func (t *teller) write(v any) {
	enc := json.NewEncoder(t.out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v)
}

func took(ms int64) string {
	if ms < 1000 {
		return fmt.Sprintf("%d ms", ms)
	}
	return fmt.Sprintf("%.1f s", float64(ms)/1000)
}
