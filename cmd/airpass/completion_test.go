package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// shell is a shell that completes airpass's command line, on a terminal of its own.
type shell struct {
	*testing.T
	env    []string
	script string // what airpass completion wrote

	in  io.Writer
	mu  sync.Mutex
	out bytes.Buffer
}

// Write keeps what the terminal shows.
func (s *shell) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.Write(p)
}

func (s *shell) shown() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.String()
}

// needs skips, and fails in CI, where a program is not there.
func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err == nil {
			continue
		}
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not installed: completion is not tested in it", p)
		}
		t.Skipf("NOT TESTED: %s is not installed", p)
	}
}

// completes makes a folder with a program called airpass, and the example configuration
// without any of its secrets.
func completes(t *testing.T, name string) *shell {
	t.Helper()
	needs(t, name)
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile("../../airpass.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s := &shell{T: t, script: filepath.Join(dir, "completion"), env: []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "HOME=" + dir, "HISTFILE=/dev/null", "TERM=dumb", "LC_ALL=C.UTF-8",
		"XDG_CONFIG_HOME=" + dir, "AIRPASS_CONFIG=" + filepath.Join(dir, "airpass.yaml")}}
	for file, text := range map[string]string{"airpass": "#!/bin/sh\n" + asMain + "=1 exec '" + self + "' \"$@\"\n",
		"airpass.yaml": string(example), "completion": cli(t, "completion", name).want(t, 0).out} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o700); err != nil { //nolint:gosec // one of them is a program
			t.Fatal(err)
		}
	}
	return s
}

// begin starts the shell on a terminal, and lets it read the script.
func (s *shell) begin(command string) {
	s.Helper()
	needs(s.T, "script")
	// The shell is let end by itself: killed with its terminal, it would write its history
	// while its folder is being removed.
	cmd := exec.CommandContext(context.WithoutCancel(s.Context()), "script", "-qec", command, os.DevNull)
	cmd.Env, cmd.Stdout = s.env, s
	in, err := cmd.StdinPipe()
	if err != nil {
		s.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.Fatal(err)
	}
	s.in = in
	s.Cleanup(func() {
		_, _ = io.WriteString(in, "\x15exit\n")
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }() // by whatever code: a shell ends with that of its last command
		select {
		case err := <-ended:
			s.Log("the shell has ended:", err)
		case <-time.After(20 * time.Second):
			_ = cmd.Process.Kill()
			s.Error("the shell did not end:", <-ended)
		}
	})
	s.types("PS1='ready> '; . " + s.script + "; echo so''urced\n")
	s.sees("sourced")
}

func (s *shell) types(text string) {
	s.Helper()
	if _, err := io.WriteString(s.in, text); err != nil {
		s.Fatal(err)
	}
}

// sees waits until the terminal shows words, and forgets what it has shown.
func (s *shell) sees(words string) {
	s.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !strings.Contains(s.shown(), words) {
		if time.Now().After(deadline) {
			s.Fatalf("the shell does not show %q but\n%s", words, s.shown())
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out.Reset()
}

// cases are lines before the tabulator, and what they become.
func completionCases() map[string]string {
	return map[string]string{
		"airpass gra":                             "airpass grants",
		"airpass grants rev":                      "airpass grants revoke",
		"airpass grants list --per":               "airpass grants list --person",
		"airpass requests list --state den":       "airpass requests list --state denied",
		"airpass grants list --target staging/":   "airpass grants list --target staging/User",
		"airpass policy explain --target prod/Vi": "airpass policy explain --target prod/Viewer",
		"airpass completion fi":                   "airpass completion fish",
	}
}

// typed holds each case to what the terminal shows after a tabulator.
func (s *shell) typed() {
	s.Helper()
	for before, after := range completionCases() {
		s.types("\x15" + before) // after whatever is left of the line
		s.sees(before)
		s.types("\t")
		s.sees(after[len(before):])
		s.types("\x15")
	}
}

func TestCompletionInBash(t *testing.T) {
	t.Parallel()
	s := completes(t, "bash")
	s.begin("bash --noprofile --norc -i")
	s.typed()
}

func TestCompletionInZsh(t *testing.T) {
	t.Parallel()
	s := completes(t, "zsh")
	s.begin("zsh -f -i")
	s.typed()
}

// fish tells itself what it would offer.
func TestCompletionInFish(t *testing.T) {
	t.Parallel()
	s := completes(t, "fish")
	for before, after := range completionCases() {
		cmd := exec.CommandContext(t.Context(), "fish", "--no-config", "-c", "source "+s.script+"; complete -C '"+before+"'")
		cmd.Env = s.env
		out, err := cmd.CombinedOutput()
		if want := after[strings.LastIndex(after, " ")+1:]; err != nil || !slices.Contains(strings.Fields(string(out)), want) {
			t.Errorf("%q is completed to %q, not %q (%v)", before, out, want, err)
		}
	}
}

// What a shell is told about a line, without any shell.
func TestCompletionOffersWhatCanStandThere(t *testing.T) {
	example, err := filepath.Abs("../../airpass.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string][]string{
		"airpass restore ": {"acknowledge", "compare", "mark", "status"}, // and flags only after a dash
		"airpass policy explain --config " + example + " --target ": {"prod/Admin", "prod/Viewer", "staging/User"},
		"airpass grants list --target=prod/A -c" + example:          nil,
		"airpass grants list --config=" + example + " --target p":   {"prod/Admin", "prod/Viewer"},
		"airpass grants list --config /nowhere --target ":           nil,
		"airpass grants list --state s":                             {"scheduled"},
		"airpass grants list --state ":                              {"active", "ended", "provisioning", "revoking", "scheduled"}, // never nothing
		"airpass nothing --":                                        {"--help"},
	} {
		t.Setenv(compLine, line)
		r := cli(t, "ignored").want(t, 0)
		got := strings.Fields(r.out)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

func TestCompletionOfAShellThatIsNotKnown(t *testing.T) {
	t.Parallel()
	cli(t, "completion", "tcsh").want(t, exitUsage, "bash", "zsh", "fish")
}
