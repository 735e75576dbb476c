package config

import (
	"reflect"
	"strings"
)

// Same says whether two configurations mean the same, secrets included. Where the
// warnings stand and where secrets are kept counts for nothing.
func Same(a, b *Config) bool {
	x, y := *a, *b
	x.Warnings, y.Warnings = nil, nil
	x.Stale, y.Stale = nil, nil
	x.kept, y.kept, x.fetched, y.fetched = nil, nil, nil, nil // where secrets are; what they are is in the fields
	x.Conditions, y.Conditions = nil, nil                     // what compiles them; their text is in the targets
	return reflect.DeepEqual(x, y)
}

// NeedRestart names the fields that differ and that a running airpass cannot change:
// where its state is and how its trail is signed, whom it listens to, and who it is
// in Slack. Everything else can be changed at run time.
func NeedRestart(running, next *Config) []string {
	var fields []string
	for _, f := range []struct {
		name string
		same bool
	}{
		{"slack.mode", running.Slack.Mode == next.Slack.Mode},
		{"slack.listen", running.Slack.Listen == next.Slack.Listen},
		{"slack.path", running.Slack.Path == next.Slack.Path},
		{"slack.team", running.Slack.Team == next.Slack.Team},
		{"slack.app_token (it is of another app)", sameApp(running.Slack.AppToken, next.Slack.AppToken)},
		{"store.url", running.Store.URL.Reveal() == next.Store.URL.Reveal()},
		{"audit.key", running.Audit.Key.Reveal() == next.Audit.Key.Reveal()},
		{"audit.key_id", running.Audit.KeyID == next.Audit.KeyID},
		{"audit.old_keys", reflect.DeepEqual(running.Audit.OldKeys, next.Audit.OldKeys)},
		{"http.listen", running.HTTP.Listen == next.HTTP.Listen},
		{"log.format", running.Log.Format == next.Log.Format},
		{"tracing", reflect.DeepEqual(running.Tracing, next.Tracing)},
		{"sandbox.clock_url", running.Sandbox == next.Sandbox},
	} {
		if !f.same {
			fields = append(fields, f.name)
		}
	}
	return fields
}

// sameApp compares the apps of two app-level tokens, xapp-1-A…-…: the third part is
// the app's id. Tokens that do not tell are taken for the same app's.
func sameApp(a, b Secret) bool {
	x, y := strings.Split(a.Reveal(), "-"), strings.Split(b.Reveal(), "-")
	return len(x) < 4 || len(y) < 4 || x[2] == y[2]
}
