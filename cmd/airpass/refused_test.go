package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"airpass/config"
)

func TestWhatCannotBeMeantIsRefused(t *testing.T) {
	t.Parallel()
	const id = "06h124ciiipdm8de9d5gvdtsh0"
	for words, args := range map[string][]string{
		"--reason is empty":             {"grants", "revoke", id, "--reason", ""},
		"say why":                       {"grants", "adopt", id, "--reason", " \t"},
		"00u and 17":                    {"people", "rebind", "U0123456789", "--okta", "ada", "--email", "ada@example.com"},
		"--limit 0 is below 1":          {"grants", "list", "--limit", "0"},
		"is not the id of a grant":      {"grants", "list", "--after", "zzz"},
		"--from is after --to":          {"audit", "export", "--from", "2026-11-02T00:00:00Z", "--to", "2026-11-01T00:00:00Z"},
		"--tour needs airpass":          {"sandbox", "--tour", "--no-bot"},
		"the tour is told in Socket":    {"sandbox", "--tour", "--http"},
		"needs a port with --listen":    {"sandbox", "--http", "--no-bot", "--listen", "127.0.0.1:0"},
		"is not the id of a request":    {"requests", "list", "--after", "zzz"},
		"--limit -1 is below 1":         {"requests", "list", "--limit=-1"},
		`must be one of "all","pending`: {"requests", "list", "--state", "lost"},
	} {
		cli(t, args...).want(t, exitUsage, words)
	}
}

func TestWarningsAreCountedApart(t *testing.T) {
	t.Parallel()
	all := config.Problems{{Message: "a"}, {Message: "b", Warning: true}, {Message: "c", Warning: true}}
	if got := countProblems(all); got != "1 problem, 2 warnings" {
		t.Error(got)
	}
}

func TestASandboxSaysWhatToTryNext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = out.Close() }()
	done := make(chan int, 1)
	go func() {
		defer func() { _ = in.Close() }()
		done <- run(ctx, []string{"sandbox", "--listen", "127.0.0.1:0"}, in, io.Discard)
	}()
	var said strings.Builder
	for scan := bufio.NewScanner(out); scan.Scan(); {
		said.WriteString(scan.Text() + "\n")
		if strings.Contains(scan.Text(), "/metrics") {
			cancel() // the last that it says
		}
	}
	if code := <-done; code != 0 {
		t.Errorf("exit code %d", code)
	}
	for _, words := range []string{"airpass grants list --config ", "/clock/advance", "airpass sandbox --tour", "http://127.0.0.1:"} {
		if !strings.Contains(said.String(), words) {
			t.Errorf("does not say %q:\n%s", words, said.String())
		}
	}
}

func TestASandboxInHTTPMode(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = out.Close() }()
	done := make(chan int, 1)
	go func() {
		defer func() { _ = in.Close() }()
		done <- run(ctx, []string{"sandbox", "--http", "--listen", "127.0.0.1:0", "--json"}, in, io.Discard)
	}()
	var up struct{ Config, Metrics string }
	for lines := json.NewDecoder(out); up.Metrics == ""; {
		if err := lines.Decode(&up); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := config.Load(up.Config, os.LookupEnv)
	if err != nil || cfg.Slack.Mode != "http" || cfg.Slack.SigningSecret.IsZero() || !cfg.Slack.AppToken.IsZero() {
		t.Errorf("%v", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.Replace(up.Metrics, "/metrics", "/readyz", 1), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("readiness is HTTP %d", res.StatusCode)
	}
	cancel()
	if code := <-done; code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestNoStoreIsNotAnEmptyStore(t *testing.T) {
	t.Parallel()
	o := open(t)
	db := filepath.Join(filepath.Dir(o.file), "here.db")
	o.write(o.file, o.Config("sqlite:here.db")) // beside the configuration
	for _, args := range [][]string{{"grants", "list"}, {"audit", "verify"}, {"pause"}, {"requests", "list"}, {"config", "check", "--against-store"}} {
		o.cli(args...).want(t, exitFailed, "no store at "+db)
	}
	if _, err := os.Stat(db); err == nil {
		t.Error("a command has made a store")
	}
	o.serve()
	o.cli("grants", "list").want(t, 0, "GRANT")
	o.cli("grants", "list", "--target", "prod/User").want(t, 0, "GRANT")
	o.cli("grants", "list", "--target", "moon/User").want(t, exitUsage, "moon/User")
	o.cli("people", "rebind", "U0123456789", "--okta", o.Person("ada").OktaID, "--email", "ada@elsewhere.org").want(t, exitUsage, "slack.allowed_domains")
	o.cli("grants", "adopt", "06h124ciiipdm8de9d5gvdtsh0", "--reason", "x").want(t, exitFailed, "not found")
	o.cli("pause").want(t, 0, "are paused")
	o.cli("pause").want(t, 0, "already paused")
	o.cli("resume").want(t, 0, "are made again")
	o.cli("audit", "export", "--kind", "setting.lost").want(t, exitUsage, "setting.lost")
	o.cli("audit", "export", "--kind", "grant.overdue").want(t, 0)
	o.ask("ada", o.Target("prod/User"), "the third reason")
	o.cli("requests", "list").want(t, 0, "ada@example.com", "prod/User", "pending")
	if r := o.cli("requests", "list", "--state", "denied").want(t, 0, "REQUEST"); len(r.out) > 80 {
		t.Error(r.out)
	}
	o.stop()
	o.cli("audit", "verify").want(t, 0, "0 personal values erased, 0 of them recorded")
	o.exec(db, "DELETE FROM audit_personal WHERE seq = (SELECT min(seq) FROM audit_personal)")
	o.cli("audit", "verify").want(t, exitFinding, "erased, 0 of them recorded", "past airpass")
	o.exec(db, "DELETE FROM audit_head")
	o.cli("audit", "verify").want(t, exitFinding, "audit_head is missing")
}

// exec changes the database past airpass.
func (o *office) exec(file, statement string) {
	o.t.Helper()
	db, err := sql.Open("sqlite", "file:"+file)
	o.check(err)
	_, err = db.ExecContext(o.ctx(), statement)
	o.check(err)
	o.check(db.Close())
}
