package bot_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"airpass/bot"
	"airpass/sandbox"
	"airpass/sandbox/control"
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
	var anchor store.Head        // which leaves something when what it is over is cut off
	_, err := tw.as("sam").WaitMessage(tw.ctx(), func(m workspace.Message) bool {
		_, text, found := strings.Cut(m.Visible(), "with this in the file:\n")
		return found && json.NewDecoder(strings.NewReader(text)).Decode(&anchor) == nil && anchor.Seq > 1
	})
	if err != nil {
		t.Fatal(err)
	}
	tw.operate(func(o *bot.Operator) error {
		if r, err := o.Store.VerifyAudit(tw.ctx(), anchor); err != nil || r.Why != "" {
			t.Errorf("%v %s", err, r.Why)
		}
		forged := anchor
		forged.Seq++
		if r, err := o.Store.VerifyAudit(tw.ctx(), forged); err != nil || !strings.Contains(r.Why, "not one that airpass has signed") {
			t.Errorf("a forged anchor: %v %q", err, r.Why)
		}
		return nil
	})
	tw.stop() // so that nothing comes after the end
	tw.operate(func(o *bot.Operator) error {
		for _, statement := range []string{"DELETE FROM audit_personal WHERE seq >= $1", "DELETE FROM audit_events WHERE seq >= $1"} {
			if _, err := o.Store.DB().ExecContext(tw.ctx(), statement, anchor.Seq); err != nil {
				return err
			}
		}
		_, err := o.Store.DB().ExecContext(tw.ctx(), "UPDATE audit_head SET seq = (SELECT max(seq) FROM audit_events), hash = (SELECT hash FROM audit_events ORDER BY seq DESC LIMIT 1)")
		if err != nil {
			return err
		}
		if r, err := o.Store.VerifyAudit(tw.ctx()); err != nil || r.Why != "" || r.Events != anchor.Seq-1 {
			t.Errorf("what is left is not whole by itself: %v %+v", err, r)
		}
		if r, err := o.Store.VerifyAudit(tw.ctx(), anchor); err != nil || r.FirstBad != anchor.Seq || !strings.Contains(r.Why, "the end was cut off") {
			t.Errorf("the end was cut off: %v %+v", err, r)
		}
		return nil
	})
}

// What is put into the bucket is locked and is there once, though S3 was away and an answer
// was lost; the trail verifies against all of it.
func TestTheHeadIsAnchoredInS3(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), func(w *sandbox.World, yaml string) string {
		w.S3.Faults().Add(control.Fault{Op: "PutObject", Answer: "unavailable", Times: 1})
		w.S3.Faults().Add(control.Fault{Op: "PutObject", LoseReply: true, Times: 1})
		yaml = strings.Replace(yaml, "\naudit:\n", "\naudit:\n  anchor_bucket: {bucket: "+sandbox.AnchorBucket+", retain: 7y}\n", 1)
		return yaml + "\nschedules: {audit_head: \"@every 1s\"}\n"
	})
	tw.ask("ada", "prod/Viewer", "1 hour", "anchored")
	tw.sees("grace", "anchored") // by then there is something in the trail
	tw.operate(func(o *bot.Operator) error {
		there := func() bool {
			all, err := o.Store.Anchors(tw.ctx())
			return err == nil && len(all) == 1 && all[0].NextAt.IsZero() && all[0].Head.Seq > 0
		}
		tw.eventually("a head is there that has something in it", there)
		seen := map[string]bool{}
		var heads []store.Head
		for _, v := range tw.S3.Stored(sandbox.AnchorBucket) {
			var h store.Head
			if err := json.Unmarshal(v.Body, &h); err != nil || seen[v.Key] || v.Mode != "GOVERNANCE" || v.Until.Sub(h.At) < 7*365*24*time.Hour {
				t.Errorf("%+v %v", v, err)
			}
			seen[v.Key] = true
			heads = append(heads, h)
		}
		if r, err := o.Store.VerifyAudit(tw.ctx(), heads...); err != nil || r.Why != "" || len(heads) == 0 {
			t.Errorf("%v %s, of %d anchors", err, r.Why, len(heads))
		}
		return nil
	})
}
