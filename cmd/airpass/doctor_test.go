package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"airpass/doctor"
	"airpass/sandbox/okta"
)

func TestDoctorFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.cli("doctor", "--target", "prod/Viewer", "--user", "ada@example.com").want(t, 0, "may ask; 1 stages decide", "/console?account_id=")
	o.cli("doctor", "--user", "ada@example.com").want(t, exitUsage, "--target and --user go together")
	o.cli("doctor", "--target", "prod/Viewer", "--user", "dora@example.com").want(t, exitFinding, "WRONG", "dora@example.com is")

	if err := o.Okta.SetStatus("olivia@example.com", okta.Deprovisioned); err != nil {
		t.Fatal(err)
	}
	var found []doctor.Finding
	out := o.cli("doctor", "--json").want(t, exitFinding, "olivia@example.com is DEPROVISIONED in Okta", "name somebody else").out
	if err := json.Unmarshal([]byte(out), &found); err != nil || doctor.Worst(found) != doctor.Wrong {
		t.Errorf("%v %+v", err, found)
	}
}

// Doctor makes no database where there is none, and changes nothing at the vendors.
func TestDoctorChangesNothing(t *testing.T) {
	t.Parallel()
	o := open(t)
	inAWS, inOkta := len(o.IdentityCenter.Changes()), len(o.Okta.Log())
	o.cli("doctor", "--all").want(t, 0, "0 wrong, 0 unknown", "Slack app: fine", "none yet: serve makes it")
	if _, err := os.Stat(strings.TrimSuffix(o.file, ".yaml") + ".db"); !os.IsNotExist(err) {
		t.Errorf("a database was made: %v", err)
	}
	if changes := o.IdentityCenter.Changes(); len(changes) != inAWS {
		t.Errorf("changed in Identity Center: %v", changes[inAWS:])
	}
	if log := o.Okta.Log(); len(log) != inOkta {
		t.Errorf("changed in Okta: %v", log[inOkta:])
	}
}

func TestDoctorSaysThatAReceiverIsBehind(t *testing.T) {
	t.Parallel()
	o := open(t)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	t.Cleanup(receiver.Close)
	text, err := os.ReadFile(o.file)
	o.check(err)
	o.write(o.file, append(text, "\nwebhooks:\n  - {name: siem, url: \""+receiver.URL+"\", secret: {value: \""+strings.Repeat("k", 40)+"\"}}\n"...))
	o.serve()
	o.ask("ada", o.Target("prod/Viewer"), "zanzibar")
	o.cli("doctor", "--all").want(t, 0, "Webhooks: fine", "siem: takes what it is told")
	if r := o.stop(); r.code != 0 {
		t.Fatalf("%+v", r)
	}
	_, err = o.Clock.Advance(time.Hour)
	o.check(err)
	o.cli("doctor").want(t, exitFinding, "Webhooks: wrong", "siem: an event has waited for 1h", "airpass webhooks pass siem")
}
