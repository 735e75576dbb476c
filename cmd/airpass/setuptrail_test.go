package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"airpass/bot"
	"airpass/config"
)

// locked takes secrets out of the configuration that setup has no use for: they are to
// be found where nothing is.
func (o *office) locked(fields ...string) {
	o.t.Helper()
	text, err := os.ReadFile(o.file)
	o.check(err)
	lines := strings.SplitAfter(string(text), "\n")
	for i, line := range lines {
		for _, field := range fields {
			if strings.HasPrefix(strings.TrimSpace(line), field+": {value:") {
				head, _, _ := strings.Cut(line, "{value:")
				lines[i] = head + "{env: AIRPASS_IS_NOT_SET}\n"
			}
		}
	}
	o.write(o.file, []byte(strings.Join(lines, "")))
}

// opened makes the store, as serve does at its first start.
func (o *office) opened() {
	o.t.Helper()
	source := config.Source{Path: o.file, Setup: true}
	cfg, err := source.Load(o.ctx())
	o.check(err)
	op, err := bot.OpenOperator(o.ctx(), cfg, nil)
	o.check(err)
	o.check(op.Close())
}

// Who sets up Okta and AWS needs no tokens of Slack, and, while there is no store, no
// key of its trail.
func TestSetupNeedsOnlyTheSecretsThatItUses(t *testing.T) {
	t.Parallel()
	o := bare(t, "prod/Viewer")
	o.locked("bot_token", "app_token", "key")
	o.cli("config", "check", "--setup").want(t, exitConfig, "AIRPASS_IS_NOT_SET")
	o.cli("setup", "plan").want(t, exitDiffers, "+ permission set airpass-prod-Viewer")
	if r := o.cli("setup", "apply", "--yes").want(t, 0, "permission set airpass-prod-Viewer made"); !strings.Contains(r.errs, "not in the audit trail") {
		t.Errorf("it does not say that nobody keeps a trail: %s", r.errs)
	}
	o.set("airpass-prod-Viewer")

	o.locked("api_token") // Okta's is used
	o.cli("setup", "plan").want(t, exitConfig, "okta.api_token", "AIRPASS_IS_NOT_SET")
}

// Where there is a store, its trail has what the vendors say they were asked to change,
// call by call, and who did it.
func TestTheTrailHasWhatSetupChanges(t *testing.T) {
	t.Parallel()
	o := bare(t, "dev/User")
	o.opened()
	o.cli("setup", "apply", "--yes").want(t, 0)
	_, err := o.Okta.PushGroup(value(o.plan(0)["dev/User"].File, "okta_group"))
	o.check(err)
	o.cli("setup", "apply", "--yes").want(t, 0)
	o.edit("session_duration: 4h", "session_duration: 2h")
	o.cli("setup", "apply", "--yes").want(t, 0)

	o.paste(o.plan(0))

	asked := map[string]string{}
	for _, c := range o.IdentityCenter.Changes() {
		if c.RequestID != "" {
			asked[c.RequestID] = c.Op
		}
	}
	for _, e := range o.Okta.Log() {
		if e.Request != "" && e.Type == "group.lifecycle.create" {
			asked[e.Request] = "CreateGroup"
		}
	}
	ops := map[string]bool{}
	for line := range strings.Lines(o.cli("audit", "export").want(t, 0).out) {
		var e struct {
			Body struct {
				Kind  string                `json:"kind"`
				Actor struct{ Kind string } `json:"actor"`
				Facts map[string]string     `json:"facts"`
			} `json:"body"`
		}
		o.check(json.Unmarshal([]byte(line), &e))
		if e.Body.Kind != "call.made" {
			continue
		}
		id := e.Body.Facts["vendor_call"]
		if asked[id] != e.Body.Facts["operation"] || e.Body.Actor.Kind != "operator" || e.Body.Facts["target"] != "dev/User" || e.Body.Facts["change"] == "" {
			t.Errorf("the trail has %s, the vendor %q", line, asked[id])
		}
		delete(asked, id)
		ops[e.Body.Facts["operation"]] = true
	}
	if len(asked) > 0 || len(ops) < 6 {
		t.Errorf("missing in the trail: %v; it has %v", asked, ops)
	}
	o.cli("audit", "verify").want(t, 0)
}

// A store that is there and cannot be opened: nothing is changed behind its back.
func TestSetupChangesNothingThatTheTrailWouldMiss(t *testing.T) {
	t.Parallel()
	o := bare(t, "prod/Viewer")
	o.write(filepath.Join(filepath.Dir(o.file), "airpass.db"), []byte("this is no database, and long enough to be read as one"))
	before := o.written()
	o.cli("setup", "apply", "--yes").want(t, exitFailed, "nothing is done")
	if n := o.written(); n != before {
		t.Errorf("%d changes", n-before)
	}
}
