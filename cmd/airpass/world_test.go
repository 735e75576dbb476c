package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"airpass/sandbox"
	"airpass/sandbox/workspace"
)

// office is a world with airpass serving in it, and a command line beside.
type office struct {
	*sandbox.World
	t    *testing.T
	file string // the configuration
	stop func() result
}

func open(t *testing.T) *office {
	t.Helper()
	return openAs(t, sandbox.Options{PushDelay: -1, AssignmentDelay: -1})
}

func openAs(t *testing.T, opts sandbox.Options) *office {
	t.Helper()
	w, err := sandbox.Start(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	for _, pair := range w.Environ() { // the same for every world
		name, value, _ := strings.Cut(pair, "=")
		if err := os.Setenv(name, value); err != nil {
			t.Fatal(err)
		}
	}
	o := &office{World: w, t: t, file: filepath.Join(t.TempDir(), "airpass.yaml")}
	o.write(o.file, w.Config("sqlite:"+filepath.Join(filepath.Dir(o.file), "airpass.db")))
	return o
}

func (o *office) write(file string, body []byte) {
	o.t.Helper()
	if err := os.WriteFile(file, body, 0o600); err != nil {
		o.t.Fatal(err)
	}
}

// serve runs the command of that name until stop or the end of the test.
func (o *office) serve() {
	o.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan result, 1)
	go func() { done <- cliUntil(ctx, "serve", "--config", o.file) }()
	ended := false
	o.stop = func() result {
		if ended {
			return result{}
		}
		ended = true
		cancel()
		return <-done
	}
	o.t.Cleanup(func() { o.stop() })
	o.check(o.Slack.WaitConnected(o.ctx(), 1))
}

func (o *office) ctx() context.Context {
	ctx, cancel := context.WithTimeout(o.t.Context(), 20*time.Second)
	o.t.Cleanup(cancel)
	return ctx
}

func (o *office) check(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) cli(args ...string) result {
	o.t.Helper()
	return cli(o.t, append(args, "--config", o.file)...)
}

// ask makes a request in Slack and returns the manager's card.
func (o *office) ask(who string, target sandbox.Target, reason string) workspace.Message {
	o.t.Helper()
	p, ctx := o.As(who), o.ctx()
	_, err := p.Slash(ctx, sandbox.Command, "", "")
	o.check(err)
	form, err := p.WaitView(ctx, nil)
	o.check(err)
	o.check(form.Select(ctx, "", "environment", target.Environment))
	o.check(form.Select(ctx, "", "role", target.Role))
	o.check(form.Type(ctx, "reason", "reason", reason))
	sent, err := form.Submit(ctx)
	o.check(err)
	if !sent.Closed {
		o.t.Fatalf("%v", sent.Errors)
	}
	return o.sees("grace", reason)
}

// sees waits until somebody reads words in one direct message.
func (o *office) sees(who string, words ...string) workspace.Message {
	o.t.Helper()
	p := o.As(who)
	said := workspace.Saying(words...)
	m, err := p.WaitMessage(o.ctx(), func(m workspace.Message) bool { return m.Channel == p.DM() && said(m) })
	o.check(err)
	return m
}

func (o *office) click(m workspace.Message, button string) {
	o.t.Helper()
	_, err := m.Button(button).Click(o.ctx())
	o.check(err)
}

// grantsOf lists somebody's grants over the command line.
func (o *office) grantsOf(who string) []shownGrant {
	o.t.Helper()
	r := o.cli("grants", "list", "--json", "--person", o.Person(who).Login).want(o.t, 0)
	var all []shownGrant
	for line := range strings.Lines(r.out) {
		var g shownGrant
		o.check(json.Unmarshal([]byte(line), &g))
		all = append(all, g)
	}
	return all
}

func TestAnOperatorsDay(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.serve()
	target := o.Target("prod/User")
	o.cli("config", "check").want(t, 0, "is valid: 3 environments, 7 targets, 0 warnings")
	o.cli("config", "check", "--against-store").want(t, 0, "none of 0 live grants")

	card := o.ask("ada", target, "the first reason")
	o.cli("pause").want(t, 0, "paused")
	o.click(card, "Approve")
	o.sees("grace", "paused")
	o.cli("resume").want(t, 0)
	o.click(card, "Approve")
	o.sees("ada", "the first reason", "Access is active")

	all := o.grantsOf("ada")
	if len(all) != 1 || all[0].State != "active" || all[0].Target != "prod/User" {
		t.Fatalf("%+v", all)
	}
	id := all[0].ID
	o.cli("grants", "list", "--live").want(t, 0, id, "ada@example.com", "prod/User", "active")
	o.cli("grants", "show", id).want(t, 0, "ada@example.com", "account_assignment|", "okta_membership|", "present, ours")
	o.cli("grants", "show", "g0").want(t, exitFailed, "not found")
	o.cli("grants", "retry", id).want(t, 0)
	o.cli("audit", "trace", id).want(t, 0, "request.created", "the first reason", "decision.recorded", `okta AddUserToGroup: ok; System Log: debugContext.debugData.requestId eq "`,
		"identitycenter CreateAccountAssignment: ok; CloudTrail: requestID ", "grant.active")
	o.cli("audit", "trace", "g0").want(t, exitFailed, "not found")
	o.cli("audit", "export", "--csv", "--target", "prod/User").want(t, 0, "seq,at,kind,actor_kind", "call.made", "grant.active")
	o.cli("audit", "export", "--person", "00uNobody").want(t, 0)
	o.cli("webhooks", "list").want(t, 0, "BEHIND")
	o.cli("webhooks", "pass", "siem").want(t, exitUsage, "no webhook")
	o.cli("people", "erase", o.Person("ada").OktaID).want(t, exitUsage, "--yes")
	o.cli("people", "erase", o.Person("ada").OktaID, "--yes").want(t, exitFailed, "is active")

	// An edited file names the grant that it would change.
	edited := filepath.Join(t.TempDir(), "edited.yaml")
	body, err := os.ReadFile(o.file)
	o.check(err)
	o.write(edited, bytes.ReplaceAll(body, []byte("max_duration: 8h0m0s"), []byte("max_duration: 3h")))
	cli(t, "config", "check", "--config", edited, "--against-store").want(t, exitFinding, "prod/User: 1 live grant made when max_duration was 8h, is 3h")

	o.cli("grants", "revoke", id, "--reason", "laptop was stolen").want(t, 0)
	o.sees("ada", "the first reason", "Access has ended", "laptop was stolen")
	if n := len(o.Okta.Members(target.OktaGroup)); n != 0 {
		t.Errorf("%d people are in the Okta group", n)
	}
	o.cli("grants", "revoke", id, "--reason", "again").want(t, exitFailed, "no such move")

	o.cli("people", "rebind", o.Person("ada").SlackID, "--okta", o.Person("ada").OktaID, "--email", "ada@example.com").want(t, 0)
	o.cli("people", "rebind", "U0NOBODY", "--okta", o.Person("ada").OktaID, "--email", "ada@example.com").want(t, exitFailed, "not found")
	o.cli("removals", "confirm", "1a2b3c4d").want(t, exitFailed, "not found")

	r := o.stop()
	r.want(t, 0, "airpass serves")
	o.auditOf(id)
	o.cli("people", "erase", o.Person("ada").OktaID, "--yes").want(t, 0, "deleted beside the audit trail")
	o.cli("audit", "verify").want(t, 0, "events verified")
	if r := o.cli("audit", "trace", id).want(t, 0, "grant.ended"); strings.Contains(r.out, "the first reason") {
		t.Error("what was erased is told: " + r.out)
	}
}

// auditOf reads the trail of what an operator did.
func (o *office) auditOf(grant string) {
	t := o.t
	t.Helper()
	o.cli("audit", "verify").want(t, 0, "events verified", "without --head")
	head := o.cli("audit", "head").want(t, 0)
	file := filepath.Join(t.TempDir(), "head.json")
	o.write(file, []byte(head.out))
	o.cli("audit", "verify", "--head", file).want(t, 0, "events verified")
	o.cli("audit", "verify", "--head", file+".missing").want(t, exitFailed)
	o.write(file, []byte(strings.Replace(head.out, `"seq":`, `"seq":9`, 1)))
	if r := o.cli("audit", "verify", "--head", file).want(t, exitFinding, "NOT what was sealed"); strings.Contains(r.out, "are right") {
		t.Error("a forged head, and yet events are counted: " + r.out)
	}

	whole := o.cli("audit", "export").want(t, 0, `"kind":"setting.changed"`, `"kind":"grant.retried"`, `"kind":"operator"`)
	part := o.cli("audit", "export", "--grant", grant).want(t, 0, "laptop was stolen")
	if strings.Count(part.out, "\n") >= strings.Count(whole.out, "\n") {
		t.Error("the grant's events are all events")
	}
	if none := o.cli("audit", "export", "--to", "2020-01-01T00:00:00Z").want(t, 0); none.out != "" {
		t.Error(none.out)
	}
}

func TestAdoptedAccessStays(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.serve()
	target := o.Target("dev/User")
	o.click(o.ask("ben", target, "the second reason"), "Approve")
	o.sees("ben", "the second reason", "Access is active")
	id := o.grantsOf("ben")[0].ID
	o.cli("grants", "adopt", id, "--reason", "moves into the team").want(t, 0, "stays as standing access:", "okta_membership|")
	_, err := o.Clock.Advance(9 * time.Hour)
	o.check(err)
	o.sees("ben", "the second reason", "Access has ended")
	if !o.Okta.IsMember(target.OktaGroup, o.Person("ben").Login) {
		t.Error("what was adopted was taken away")
	}
}

func TestWhatWasThereBeforeIsNotAdopted(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.serve()
	target := o.Target("prod/User")
	o.check(o.Okta.SetMember(target.OktaGroup, o.Person("ben").OktaID, true))
	o.click(o.ask("ben", target, "partly standing"), "Approve")
	o.sees("ben", "partly standing", "Access is active")
	out := o.cli("grants", "adopt", o.grantsOf("ben")[0].ID, "--reason", "moves into the team").want(t, 0).out
	added, before, both := strings.Cut(out, "what was there before stays as it was:\n")
	if !both || !strings.Contains(added, "has added stays as standing access:\n  account_assignment|") || strings.Contains(added, "okta_membership|") ||
		!strings.Contains(before, "  okta_membership|") || strings.Contains(before, "account_assignment|") {
		t.Error(out)
	}
}

func TestOneProcessServesASQLiteFile(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.serve()
	r := o.cli("serve")
	if r.code != exitFailed || !strings.Contains(r.errs, "airpass: ") {
		t.Errorf("%+v", r)
	}
}

func TestServeEndsGracefullyOnSIGTERM(t *testing.T) {
	t.Parallel()
	o := open(t)
	self, err := os.Executable()
	o.check(err)
	child := exec.CommandContext(o.ctx(), self, "serve", "--config", o.file)
	child.Env = append(append(os.Environ(), o.Environ()...), asMain+"=1")
	var log bytes.Buffer
	child.Stdout, child.Stderr = &log, &log
	o.check(child.Start())
	if err := o.Slack.WaitConnected(o.ctx(), 1); err != nil {
		_ = child.Process.Kill()
		t.Fatal(err)
	}
	o.check(child.Process.Signal(syscall.SIGTERM))
	if err := child.Wait(); err != nil {
		t.Errorf("%v\n%s", err, log.String())
	}
}

func TestASandboxStaysUp(t *testing.T) {
	t.Parallel()
	up, ctx, stop := startSandbox(t)
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for !connected(ctx, t, up.Addresses.Control) {
		select {
		case <-ctx.Done():
			t.Fatal("airpass does not connect to Slack")
		case <-ticker.C:
		}
	}
	cli(t, "config", "check", "--config", up.Config).want(t, 0, "1 warning")
	cli(t, "grants", "list", "--config", up.Config).want(t, 0, "GRANT")
	if code := stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if _, err := os.Stat(up.Config); err == nil {
		t.Error("the temporary directory is still there")
	}
}

// connected says whether somebody is connected to a sandbox's Slack.
func connected(ctx context.Context, t *testing.T, at string) bool {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at+"/slack/connections", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var list []workspace.Connection
	if err := json.NewDecoder(res.Body).Decode(&list); err != nil {
		t.Fatal(err)
	}
	return len(list) > 0
}

func TestTheVendorsAlone(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := cliUntil(ctx, "sandbox", "--listen", "127.0.0.1:0", "--page", "127.0.0.1:0", "--no-bot")
	if r.code == 0 { // it may be ended before it listens
		r.want(t, 0, "airpass serve --config ", "AWS_ACCESS_KEY_ID=", "Ada Lindqvist")
	}
	cli(t, "sandbox", "--listen", "0.0.0.0:0").want(t, exitFailed, "this machine only", "--listen")
}
