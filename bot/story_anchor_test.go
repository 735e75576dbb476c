package bot_test

import (
	"encoding/json"
	"strings"
	"testing"

	"airpass/bot"
	"airpass/sandbox"
	"airpass/sandbox/workspace"
	"airpass/store"
)

// What is posted to the channel of anchors is one: the trail verifies against it, and one
// that was cut off does not.
func TestTheHeadIsAnchoredInSlack(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), func(_ *sandbox.World, yaml string) string {
		yaml = strings.Replace(yaml, "\naudit:\n", "\naudit:\n  anchor_channel: "+sandbox.AdminChannel+"\n", 1)
		return yaml + "\nschedules: {audit_head: \"@every 1s\"}\n"
	})
	tw.ask("ada", "prod/Viewer", "1 hour", "anchored")
	tw.sees("grace", "anchored") // by then there is something in the trail
	var anchor store.Head
	_, err := tw.as("sam").WaitMessage(tw.ctx(), func(m workspace.Message) bool {
		_, text, found := strings.Cut(m.Visible(), "with this in the file:\n")
		return found && json.NewDecoder(strings.NewReader(text)).Decode(&anchor) == nil && anchor.Seq > 0
	})
	if err != nil {
		t.Fatal(err)
	}
	tw.operate(func(o *bot.Operator) error {
		if r, err := o.Store.VerifyAudit(tw.ctx(), &anchor); err != nil || r.Why != "" {
			t.Errorf("%v %s", err, r.Why)
		}
		forged := anchor
		forged.Seq++
		if r, err := o.Store.VerifyAudit(tw.ctx(), &forged); err != nil || !strings.Contains(r.Why, "not one that airpass has signed") {
			t.Errorf("a forged anchor: %v %q", err, r.Why)
		}
		return nil
	})
}
