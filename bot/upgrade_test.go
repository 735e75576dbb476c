package bot_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/config"
	"airpass/internal/pgtest"
	"airpass/sandbox"
	"airpass/sandbox/workspace"
)

// previousVersion builds airpass as it was last released, from the history of this
// repository; testdata/previous names the commit. Without the history the test is
// skipped, or fails where the variable CI is "true".
func previousVersion(t *testing.T) string {
	t.Helper()
	commit, err := os.ReadFile("testdata/previous")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	command := func(in, name string, args ...string) error {
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir, cmd.Env = in, append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Logf("%s %s: %v: %s", name, strings.Join(args, " "), err, out)
		}
		return err
	}
	archive := filepath.Join(dir, "previous.tar")
	if err := command("..", "git", "archive", "--output", archive, string(bytes.TrimSpace(commit))); err != nil {
		shallow, _ := exec.CommandContext(t.Context(), "git", "rev-parse", "--is-shallow-repository").Output()
		if os.Getenv("CI") == "true" && string(bytes.TrimSpace(shallow)) != "true" {
			t.Fatal("the history does not have the version in testdata/previous")
		}
		t.Skip("NO ROLLING UPGRADE TESTED: the history does not have the previous version")
	}
	source := filepath.Join(dir, "source")
	if err := os.Mkdir(source, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, step := range [][]string{{"tar", "-xf", archive}, {"go", "build", "-o", filepath.Join(dir, "airpass"), "./cmd/airpass"}} {
		if command(source, step[0], step[1:]...) != nil {
			t.Fatal("the previous version cannot be built")
		}
	}
	return filepath.Join(dir, "airpass")
}

// rollout is a world in which versions of airpass come and go. All are configured with
// the same file.
type rollout struct {
	*siege
	binary string // of the previous version
}

// slowly is how long Identity Center takes for an assignment, sandbox time: one version
// asks for it and another one sees it done.
const slowly = 5 * time.Minute

func roll(t *testing.T) *rollout {
	t.Helper()
	binary, url := previousVersion(t), pgtest.URL(t)
	w := world(t, sandbox.Options{PushDelay: -1, AssignmentDelay: slowly, Unlimited: true})
	r := &rollout{binary: binary, siege: &siege{town: &town{T: t, World: w, log: &logLines{}}, store: url, path: filepath.Join(t.TempDir(), "airpass.yaml")}}
	file := asBefore(w.Config(url))
	var err error
	if r.config, err = config.Parse(r.path, file, os.LookupEnv); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(r.path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	r.tells = httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(r.tells.Close)
	return r
}

// asBefore is a configuration without what the previous version does not know: an
// upgrade begins with the file that there is, and what is new is written into it once
// every replica knows it.
func asBefore(file []byte) []byte {
	for _, since := range []string{`(?m)^  (setup|cuts): .*\n`, `, login_role_arn: "[^"]*", login_external_id: "[^"]*"`, `(?m)^pagerduty:\n(  .*\n)+`, `(?m)^    s3: .*\n`, `(?m)^drift:\n(  .*\n)+`} {
		file = regexp.MustCompile(since).ReplaceAll(file, nil)
	}
	return file
}

// connected starts a version and returns it with the numbers of the connections that
// there were before.
func (r *rollout) connected(start func() (*process, error)) (p *process, before map[int]bool) {
	r.Helper()
	before = map[int]bool{}
	for _, c := range r.Slack.Connections() {
		before[c.Number] = true
	}
	p, err := start()
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(p.kill)
	r.eventually("it connects to Slack", func() bool {
		n := 0
		for _, c := range r.Slack.Connections() {
			if !before[c.Number] {
				n++
			}
		}
		return n >= 2
	})
	return p, before
}

func (r *rollout) previous() (*process, map[int]bool) {
	r.Helper()
	return r.connected(func() (*process, error) {
		cmd := exec.Command(r.binary, "serve", "--config", r.path)
		cmd.Env = append(os.Environ(), r.Environ()...)
		return run(cmd, r.log)
	})
}

func (r *rollout) current() (*process, map[int]bool) {
	r.Helper()
	return r.connected(func() (*process, error) { return launch(r.path, r.tells.URL, r.Environ(), r.log) })
}

// wish is one request in a rollout.
type wish struct{ who, target, approver, reason string }

// begins asks and approves, and waits until Identity Center has been asked.
func (r *rollout) begins(x wish) {
	r.Helper()
	n := r.creations(x.who, x.target)
	r.ask(x.who, x.target, "2 hours", x.reason)
	r.press(x.approver, "Approve", x.reason)
	r.eventually("an assignment is asked for: "+x.reason, func() bool { return r.creations(x.who, x.target) > n })
}

// comes lets Identity Center finish, and waits until all of it is there.
func (r *rollout) comes(all ...wish) {
	r.Helper()
	r.advance(slowly + time.Second)
	for _, x := range all {
		r.sees(x.who, x.reason, "Access is active")
		if !r.has(x.who, x.target) {
			r.Errorf("%s is told to have %s, and has not", x.who, x.target)
		}
	}
}

// A version is replaced by the next one while it works, back again, and forward.
func TestRollingUpgrade(t *testing.T) {
	t.Parallel()
	if os.Getenv("AIRPASS_MATRIX") != "full" {
		t.Skip("in the matrix only: it builds another version")
	}
	if overHTTP(t) {
		t.Skip("the previous version has no HTTP mode")
	}
	r := roll(t)
	before := wish{"ada", "prod/User", "grace", "asked of the old one"}
	handed := wish{"ben", "prod/Viewer", "grace", "begun by the old one"}
	taken := wish{"pavel", "prod/Admin", "sam", "begun by the new one"}

	old, _ := r.previous()
	r.begins(before)
	r.comes(before)
	r.begins(handed)
	fresh, _ := r.current() // brings the schema up to date
	old.end()
	r.comes(handed)

	r.begins(taken)
	old, _ = r.previous() // on the schema of the new one
	fresh.end()
	r.goesBack()
	r.comes(taken)

	fresh, others := r.current()
	mixed := []wish{
		{"ada", "prod/Viewer", "grace", "one of both versions"}, {"ben", "prod/User", "grace", "two of both versions"},
		{"ada", "prod/Op", "olivia", "three of both versions"},
	}
	first := len(r.Slack.Deliveries())
	for _, x := range mixed {
		r.begins(x)
	}
	r.spread(r.Slack.Deliveries()[first:], others)
	old.end()
	r.comes(mixed...)
	r.press("ada", "Give back", "one of both versions")
	r.ends(append(mixed, before, handed, taken))
	fresh.end()

	r.judgeOperations()
	for _, same := range r.Slack.Duplicates() {
		t.Errorf("%d times in %s: %q", len(same), same[0].Channel, same[0].Visible())
	}
	trail := r.trail(r.open())
	for _, kind := range []string{"request.created", "request.approved", "decision.recorded", "grant.provisioning", "grant.active", "grant.revoking", "grant.ended"} {
		if n := trail.kinds[kind]; n != 6 {
			t.Errorf("%d events %s, want 6", n, kind)
		}
	}
}

// goesBack does what docs/operations.md says about going back to an older version.
func (r *rollout) goesBack() {
	r.Helper()
	if _, err := r.open().DB().ExecContext(r.Context(), "DELETE FROM river_job WHERE state <> 'running'"); err != nil {
		r.Fatal(err)
	}
}

// spread says whether both versions have had clicks; old are the connections of one.
func (r *rollout) spread(all []workspace.Delivery, old map[int]bool) {
	r.Helper()
	had := map[bool]int{}
	for _, d := range all {
		for _, c := range d.Connections {
			had[old[c]]++
		}
	}
	if had[true] == 0 || had[false] == 0 {
		r.Errorf("deliveries to the old version: %d, to the new one: %d", had[true], had[false])
	}
}

// ends lets time run out, and waits until nothing is left of all.
func (r *rollout) ends(all []wish) {
	r.Helper()
	r.advance(2*time.Hour + time.Minute)
	var asked time.Time
	r.eventually("everything is gone", func() bool {
		left := slices.ContainsFunc(all, func(x wish) bool { return !r.free(x.who, x.target) })
		if left && time.Since(asked) > time.Second { // taking away takes as long as giving
			r.advance(slowly)
			asked = time.Now()
		}
		return !left
	})
	r.advance(slowly)
	for _, x := range all {
		r.sees(x.who, x.reason, "Access has ended")
	}
	r.advance(20 * time.Minute) // past the settle window
}
