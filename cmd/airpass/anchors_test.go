package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"airpass/awsanchors"
	"airpass/bot"
	"airpass/config"
	"airpass/sandbox"
	"airpass/sandbox/workspace"
	"airpass/store"
)

// anchored is an office with a bucket of anchors, and who writes them.
func anchored(t *testing.T) (*office, *awsanchors.Client) {
	t.Helper()
	o := open(t)
	o.edit("\naudit:\n", "\naudit:\n  anchor_bucket: {bucket: "+sandbox.AnchorBucket+"}\n")
	o.serve()
	o.ask("ada", o.Target("prod/Viewer"), "anchored")
	o.stop()
	c, err := config.Load(o.file, os.LookupEnv)
	o.check(err)
	to, err := bot.ReadAnchors(t.Context(), c)
	o.check(err)
	return o, to
}

// put has the head as it is now put into the bucket.
func (o *office) put(to *awsanchors.Client) store.Head {
	o.t.Helper()
	var h store.Head
	o.check(json.Unmarshal([]byte(o.cli("audit", "head").want(o.t, 0).out), &h))
	text, err := json.Marshal(h)
	o.check(err)
	o.check(to.Put(o.ctx(), to.Key(h.Seq, h.At), text))
	return h
}

func TestTheTrailIsHeldToWhatIsInTheBucket(t *testing.T) {
	t.Parallel()
	o, to := anchored(t)
	h := o.put(to)
	key := to.Key(h.Seq, h.At)
	o.cli("audit", "verify", "--anchors").want(t, 0, " in "+sandbox.AnchorBucket, "verified, up to")
	o.S3.Hide(sandbox.AnchorBucket, key)
	o.cli("audit", "verify", "--anchors").want(t, exitFinding, "somebody has deleted "+key, "verified, up to")
	o.cutOff(h.Seq)
	o.cli("audit", "verify", "--anchors").want(t, exitFinding, "the end was cut off", "the anchor is airpass/")
	o.check(to.Put(o.ctx(), to.Key(h.Seq+5, h.At), []byte("{}")))
	o.cli("audit", "verify", "--anchors").want(t, exitFinding, "is not the anchor that it is called")
	o.S3.Deny("s3:ListBucketVersions")
	o.cli("audit", "verify", "--anchors").want(t, exitFailed, "AccessDenied")
}

// A line of the log is an anchor as it stands there: the trail that airpass has logged the head
// of is held to it, and without it nobody can tell that the end is missing.
func TestTheTrailIsHeldToALineOfTheLog(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.edit("\naudit:\n", "\nlog: {format: json}\nschedules: {audit_head: \"@every 1s\"}\naudit:\n  anchor_channel: "+sandbox.AdminChannel+"\n")
	o.serve()
	o.ask("ada", o.Target("prod/Viewer"), "logged")
	var h store.Head                                                            // which leaves something when what it is over is cut off
	_, err := o.As("sam").WaitMessage(o.ctx(), func(m workspace.Message) bool { // what is posted was logged before
		_, text, found := strings.Cut(m.Visible(), "with this in the file:\n")
		return found && json.NewDecoder(strings.NewReader(text)).Decode(&h) == nil && h.Seq > 1
	})
	o.check(err)
	served := o.stop()
	var line string
	for l := range strings.Lines(served.out + served.errs) {
		if strings.Contains(l, `"msg":"audit head"`) {
			line = l
		}
	}
	o.check(json.Unmarshal([]byte(line), &h))
	file := filepath.Join(t.TempDir(), "head.json")
	o.write(file, []byte(line))
	o.cli("audit", "verify", "--head", file).want(t, 0, "verified, up to")

	o.cutOff(h.Seq)
	o.cli("audit", "verify").want(t, 0, fmt.Sprintf("%d event", h.Seq-1), "nobody can tell whether newer ones were cut off")
	o.cli("audit", "verify", "--head", file).want(t, exitFinding, "NOT what was sealed", fmt.Sprintf("the trail ends with event %d, but the anchor was signed over event %d: the end was cut off", h.Seq-1, h.Seq))
}

// cutOff takes the end of the trail away, from an event on, as somebody does who has the database
// and not the key.
func (o *office) cutOff(from int64) {
	o.t.Helper()
	db := filepath.Join(filepath.Dir(o.file), "airpass.db")
	o.exec(db, fmt.Sprintf("DELETE FROM audit_personal WHERE seq >= %d", from))
	o.exec(db, fmt.Sprintf("DELETE FROM audit_events WHERE seq >= %d", from))
	o.exec(db, "UPDATE audit_head SET seq = (SELECT max(seq) FROM audit_events), hash = (SELECT hash FROM audit_events ORDER BY seq DESC LIMIT 1)")
}

func TestWithoutABucketThereAreNoAnchors(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.serve()
	o.stop()
	o.cli("audit", "verify", "--anchors").want(t, exitFailed, "audit.anchor_bucket is not set")
}

func TestASampleHasTheNewest(t *testing.T) {
	t.Parallel()
	var all []int
	for i := range 1000 {
		all = append(all, i)
	}
	some := sample(all, 100)
	if len(some) != 200 || some[0] != 0 || some[99] < 850 || some[100] != 900 || some[199] != 999 || len(sample(all[:200], 100)) != 200 {
		t.Errorf("%v", some)
	}
}

// Whoever is alarmed by code 4 alone is alarmed also where a row of the trail cannot be read, and
// where one is outside of it; a database that is none is another matter.
func TestWhatCannotBeReadOfTheTrailIsAFinding(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.serve()
	o.ask("ada", o.Target("prod/Viewer"), "sealed")
	o.stop()
	db := filepath.Join(filepath.Dir(o.file), "airpass.db")
	o.cli("audit", "verify").want(t, 0, "verified, up to")
	for _, c := range []struct{ do, undo, says string }{
		{"UPDATE audit_personal SET person = '00uother' WHERE field = 'reason'", "UPDATE audit_personal SET person = (SELECT person FROM audit_personal WHERE field = 'subject.name') WHERE field = 'reason'", `"reason" is not of whom it was sealed`},
		{"INSERT INTO audit_events SELECT -1, at, kind, actor_id, request_id, grant_id, key_id, body, prev, hash FROM audit_events WHERE seq = 1", "DELETE FROM audit_events WHERE seq = -1", "an event before the first was inserted: a row of audit_events whose seq is -1"},
		{"UPDATE audit_head SET seq = CAST(seq AS TEXT) || 'x'", "UPDATE audit_head SET seq = CAST(replace(seq, 'x', '') AS INTEGER)", "audit_head cannot be read: seq is a text"},
		{"UPDATE audit_events SET at = 'x' || at WHERE seq = 2", "UPDATE audit_events SET at = substr(at, 2) WHERE seq = 2", "event 2: column at of audit_events cannot be read"},
	} {
		o.exec(db, c.do)
		o.cli("audit", "verify").want(t, exitFinding, "NOT what was sealed", c.says)
		o.exec(db, c.undo)
		o.cli("audit", "verify").want(t, 0, "verified, up to")
	}
	o.exec(db, "UPDATE audit_events SET at = '' WHERE seq = 2")
	for _, args := range [][]string{{"audit", "export"}, {"audit", "export", "--csv"}, {"audit", "export", "--kind", "grant.active"}} {
		o.cli(args...).want(t, exitFailed, "the audit trail was changed past airpass: run airpass audit verify: event 2: column at")
	}
	o.write(db, []byte("this is no database, however often it is read"))
	o.cli("audit", "verify").want(t, exitFailed)
}
