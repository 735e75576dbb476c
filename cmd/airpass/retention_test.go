package main

import (
	"encoding/json"
	"testing"
	"time"

	"airpass/bot"
)

func TestWhatRetentionWouldDoIsShownBefore(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.serve()
	o.ask("ada", o.Target("prod/Viewer"), "long ago")
	o.cli("retention", "preview").want(t, 0, "nothing is ever deleted")
	o.edit("\naudit:\n", "\nretention: {personal: 90d, ended: 2y}\naudit:\n")
	o.cli("retention", "preview").want(t, 0, "personal values of 0 users", "0 requests and 0 attempts would be deleted")
	o.stop() // what waits for a decision waits for good
	_, err := o.Clock.Advance(3 * 365 * 24 * time.Hour)
	o.check(err)
	var found bot.Retained
	if err := json.Unmarshal([]byte(o.cli("retention", "preview", "--json").want(t, 0).out), &found); err != nil {
		t.Fatal(err)
	}
	if found.Requests != 0 || found.Attempts == 0 || len(found.Erase) != 0 || found.Keep == 0 {
		t.Errorf("%+v", found)
	}
	o.edit("personal: 90d", "personal: 9d")
	o.cli("retention", "preview").want(t, exitConfig, "retention.personal", "9d is out of range")
}
