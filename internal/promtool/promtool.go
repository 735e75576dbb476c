// Package promtool runs Prometheus' own checker in tests.
package promtool

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Run runs promtool with these arguments in a folder and returns what it says; a
// test fails if promtool finds something wrong. Where promtool is not installed
// (Debian's package prometheus has it) the test is skipped, or fails where the
// variable CI is "true".
func Run(t *testing.T, folder, input string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("no promtool to check with; install the package prometheus")
		}
		t.Skip("NOT CHECKED BY PROMTOOL: it is not installed (Debian: apt-get install prometheus)")
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Dir, cmd.Stdin = folder, strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}
