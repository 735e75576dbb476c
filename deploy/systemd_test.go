package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// unit returns the unit's text and the path of a copy whose programs exist.
func unit(t *testing.T) (text, path string) {
	t.Helper()
	all, err := os.ReadFile("systemd/airpass.service")
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "airpass.service")
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(all), "/usr/local/bin/airpass", self)), 0o600); err != nil {
		t.Fatal(err)
	}
	return string(all), path
}

// analyze runs systemd's own checker.
func analyze(t *testing.T, args ...string) string {
	t.Helper()
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("CI has no systemd-analyze (package systemd)")
		}
		t.Skip("SKIPPED: no systemd-analyze here; CI has it")
	}
	out, err := exec.CommandContext(t.Context(), tool, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return string(out)
}

func TestSystemdTakesTheUnit(t *testing.T) {
	t.Parallel()
	_, path := unit(t)
	if out := analyze(t, "verify", path); strings.TrimSpace(out) != "" {
		t.Error(out)
	}
}

// systemd's own measure of how much a unit is exposed: 0 is not at all, 10 fully.
func TestTheUnitIsHardened(t *testing.T) {
	t.Parallel()
	_, path := unit(t)
	out := analyze(t, "security", "--offline=true", "--no-pager", path)
	found := regexp.MustCompile(`exposure level for \S+: (\d+\.\d)`).FindStringSubmatch(out)
	if found == nil {
		t.Fatal(out)
	}
	if level, err := strconv.ParseFloat(found[1], 64); err != nil || level > 1.5 {
		t.Errorf("exposed: %s\n%s", found[1], out)
	}
}

func TestTheUnitLetsAirpassFinish(t *testing.T) {
	t.Parallel()
	text, _ := unit(t)
	found := regexp.MustCompile(`TimeoutStopSec=(\d+)`).FindStringSubmatch(text)
	if found == nil {
		t.Fatal("no TimeoutStopSec")
	}
	if n, _ := strconv.Atoi(found[1]); n <= 25 {
		t.Errorf("%d seconds are not enough to finish", n)
	}
	if !strings.Contains(text, "Restart=always") {
		t.Error("while it is down nothing is taken away: it must be started again")
	}
}
