package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"airpass/internal/parallel"
)

// asMain makes the test binary be airpass itself, for tests that need a process.
const asMain = "AIRPASS_TEST_AS_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asMain) != "" {
		main()
	}
	parallel.Tests(10)
	os.Exit(m.Run())
}

// result is what a command line came to.
type result struct {
	code      int
	out, errs string
}

func cli(t *testing.T, args ...string) result {
	t.Helper()
	return cliUntil(t.Context(), args...)
}

func cliUntil(ctx context.Context, args ...string) result {
	var out, errs bytes.Buffer
	code := run(ctx, args, &out, &errs)
	return result{code, out.String(), errs.String()}
}

// want fails the test unless the command ended with this code, having said all of
// these words.
func (r result) want(t *testing.T, code int, words ...string) result {
	t.Helper()
	if r.code != code {
		t.Errorf("exit code %d, want %d\n%s%s", r.code, code, r.out, r.errs)
	}
	for _, w := range words {
		if !strings.Contains(r.out+r.errs, w) {
			t.Errorf("does not say %q\n%s%s", w, r.out, r.errs)
		}
	}
	return r
}

func TestEveryCommandHasHelpWithAnExample(t *testing.T) {
	t.Parallel()
	parser, err := kong.New(&commands{}, kong.Name("airpass"))
	if err != nil {
		t.Fatal(err)
	}
	for _, leaf := range parser.Model.Leaves(false) {
		words := strings.Fields(leaf.Path())
		words = slices.DeleteFunc(words, func(w string) bool { return strings.HasPrefix(w, "<") })
		command := "airpass " + strings.Join(words, " ")
		r := cli(t, append(words, "--help")...).want(t, 0, "Usage: "+command)
		if leaf.Name != "version" && strings.Count(r.out, command) < 2 {
			t.Errorf("%s shows no example:\n%s", leaf.Path(), r.out)
		}
		if r.errs != "" {
			t.Error(r.errs)
		}
	}
	cli(t, "--help").want(t, 0, "sandbox --tour", "Exit codes:", "audit verify")
	cli(t).want(t, 0, "Exit codes:")
	cli(t, "grants", "--help").want(t, 0, "revoke", "adopt")
}

func TestVersion(t *testing.T) {
	t.Parallel()
	cli(t, "version").want(t, 0, "airpass ")
}

func TestAWrongCommandLine(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"nonsense"}, {"grants"}, {"grants", "show"}, {"grants", "revoke", "g1"}, {"serve", "--nonsense"}, {"grants", "list", "--state", "lost"}} {
		r := cli(t, args...).want(t, exitUsage, "See airpass --help")
		if r.out != "" {
			t.Errorf("%v: %s", args, r.out)
		}
	}
}

func TestConfigCheckReportsEverythingAtOnce(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "airpass.yaml")
	body := "slack:\n  team: sandbox\n  bot_token: xoxb-hush\nokta:\n  org_url: https://example-admin.okta.com\naudit:\n  key: {env: AIRPASS_TEST_NOT_SET}\n"
	if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range [][]string{{"config", "check"}, {"serve"}, {"grants", "list"}} {
		r := cli(t, append(command, "--config", file)...).want(t, exitConfig, file+":2:", file+":5:", "slack.team", "AIRPASS_TEST_NOT_SET", "environments", "problems")
		if strings.Contains(r.out+r.errs, "hush") {
			t.Error("a secret is printed")
		}
		if r.out != "" {
			t.Error(r.out)
		}
	}
	cli(t, "config", "check", "--config", file+".missing").want(t, exitFailed, "no such file")
}

func TestTheExampleNeedsOnlyItsSecrets(t *testing.T) {
	t.Parallel()
	r := cli(t, "config", "check", "--config", "../../airpass.example.yaml").want(t, exitConfig, "AIRPASS_SLACK_BOT_TOKEN is not set")
	for line := range strings.Lines(r.errs) {
		if !strings.Contains(line, "is not set") && !strings.Contains(line, "cannot be used") {
			t.Errorf("besides: %s", line)
		}
	}
}
