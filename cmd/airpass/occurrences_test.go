package main

import (
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"airpass/sandbox/identitycenter"
)

func TestACampaignIsStartedShownAndClosedAtTheCommandLine(t *testing.T) {
	t.Parallel()
	o := open(t)
	text, err := os.ReadFile(o.file)
	o.check(err)
	const more = "quotas: {okta_per_minute: 6000, identity_center_per_second: 20, identity_store_per_second: 20}\n" +
		"campaigns: [{name: quarterly, schedule: \"0 9 1 1,4,7,10 *\", reviewers: [manager]}]\n"
	o.write(o.file, append(text, more...))
	target := o.Target("prod/Viewer")
	for _, u := range o.IdentityCenter.Users() {
		if u.UserName == o.Person("ada").Login {
			o.check(o.IdentityCenter.Assign(identitycenter.Assignment{Account: target.Account, PermissionSetARN: target.PermissionSet, PrincipalType: identitycenter.PrincipalUser, PrincipalID: u.ID}))
		}
	}
	o.serve()
	o.cli("reviews", "list").want(t, 0, "quarterly  next", "01-01 09:00:00Z")
	o.cli("reviews", "show", "quarterly").want(t, exitUsage, "has taken place")
	o.cli("reviews", "start", "yearly").want(t, exitUsage)
	o.cli("reviews", "start", "quarterly").want(t, 0, "has begun")
	o.cli("reviews", "start", "quarterly").want(t, exitFailed, "not allowed")
	var told struct {
		Occurrence struct{ ID, State string }
		Total      struct{ Items, Open int }
		Asked      []struct {
			Who  string
			Open int
		}
		Items []struct {
			State string
			Asked []string
			Facts struct{ Who, Because string }
		}
	}
	patience := time.After(3 * time.Minute)
	for told.Occurrence.State != "open" {
		r := o.cli("reviews", "show", "quarterly", "--json").want(t, 0)
		if err := json.NewDecoder(strings.NewReader(r.out)).Decode(&told); err != nil {
			t.Fatal(err, r.out)
		}
		select {
		case <-patience:
			t.Fatal(r.out)
		case <-time.After(20 * time.Millisecond):
		}
	}
	if len(told.Items) != 1 || told.Total.Items != 1 || told.Total.Open != 1 || len(told.Asked) != 1 || told.Asked[0].Who != "grace@example.com" || told.Asked[0].Open != 1 ||
		told.Items[0].State != "open" || len(told.Items[0].Asked) != 1 || told.Items[0].Facts.Who != "ada@example.com" || told.Items[0].Facts.Because == "" {
		t.Errorf("%+v", told)
	}
	o.cli("reviews", "show", told.Occurrence.ID).want(t, 0, "state      open", "asked      grace@example.com: 1 of 1 open", "prod/Viewer", "ada@example.com")
	o.cli("reviews", "close", "quarterly", "--reason", " ").want(t, exitFailed, "say why")
	o.cli("reviews", "close", "quarterly", "--reason", "the wrong targets").want(t, 0, "is closed")
	o.cli("reviews", "close", "quarterly", "--reason", "again").want(t, exitFailed, "is closed")
	o.cli("reviews", "show", "quarterly").want(t, 0, "why        the wrong targets", "1 open, 0 keep")
	o.reports(told.Occurrence.ID)
	o.cli("reviews", "list", "--json").want(t, 0, `"state": "closed"`, `"next": [`)
	o.cli("audit", "export", "--kind", "reviewer.left").want(t, 0) // which did not happen
	o.cli("audit", "export", "--kind", "campaign.closed").want(t, 0, "the wrong targets", `"kind":"operator"`, `"left_open":"1"`)
	o.lost(told.Occurrence.ID)
}

// reports writes the report of an occurrence in each format, and finds out who edits one.
func (o *office) reports(occurrence string) {
	t := o.t
	t.Helper()
	file := filepath.Join(t.TempDir(), "quarterly")
	o.cli("reviews", "export", "yearly").want(t, exitUsage, "has taken place")
	o.cli("reviews", "export", "quarterly", "--format", "pdf").want(t, exitUsage)
	for format, words := range map[string]string{"html": "the wrong targets", "csv": "ada@example.com", "json": occurrence} {
		o.cli("reviews", "export", "quarterly", "--format", format, "--out", file).want(t, 0)
		text, err := os.ReadFile(file)
		o.check(err)
		if !strings.Contains(string(text), words) {
			t.Errorf("%s: no %q in\n%s", format, words, text)
		}
		o.cli("reviews", "verify", file).want(t, 0, "is what was signed at", "of the trail verified")
		o.write(file, []byte(strings.Replace(string(text), "ada@example.com", "ben@example.com", 1)))
		o.cli("reviews", "verify", file).want(t, exitFinding, "NOT what was signed")
	}
	o.cli("reviews", "export", occurrence, "--format", "csv").want(t, 0, "record,item,what,value,target", "scope,,access,holders", "population,,seal,sealed", "verify,,command,airpass reviews verify FILE", "ada@example.com", "airpass-report-1.")
	o.cli("reviews", "verify", o.file).want(t, exitFinding, "does not end with a signature")
	o.differs(file)
}

// pastAirpass is the database as whoever changes it past airpass has it, until the test is over.
func (o *office) pastAirpass() *sql.DB {
	o.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(filepath.Dir(o.file), "airpass.db")+"?_pragma=busy_timeout(10000)")
	o.check(err)
	o.t.Cleanup(func() { o.check(db.Close()) })
	return db
}

// differs changes who is asked about what past the trail: the report is written, says so and verifies.
func (o *office) differs(file string) {
	o.t.Helper()
	db := o.pastAirpass()
	for _, change := range [][2]string{{"UPDATE campaign_items SET target_id = 'dev/User'", "is not what event"}, {"DELETE FROM campaign_items", "0 items are stored"}} {
		_, err := db.ExecContext(o.t.Context(), change[0])
		o.check(err)
		for _, format := range []string{"html", "csv", "json"} {
			o.cli("reviews", "export", "quarterly", "--format", format).want(o.t, 0, change[1])
		}
		o.cli("reviews", "export", "quarterly", "--out", file).want(o.t, 0)
		o.cli("reviews", "verify", file).want(o.t, 0, "is what was signed at")
	}
}

// lost deletes the occurrence past the trail, which still has it: nobody is told that there was none.
func (o *office) lost(occurrence string) {
	o.t.Helper()
	db := o.pastAirpass()
	for _, table := range []string{"campaign_panels", "campaign_reviewers", "campaign_items", "occurrences"} {
		_, err := db.ExecContext(o.t.Context(), "DELETE FROM "+table)
		o.check(err)
	}
	for _, name := range []string{"quarterly", occurrence} {
		for _, command := range [][]string{{"export"}, {"show"}, {"close", "--reason", "over"}} {
			o.cli(append([]string{"reviews", command[0], name}, command[1:]...)...).want(o.t, exitFinding, "occurrence "+occurrence+" of quarterly is stored no more. Event ", "was deleted past airpass")
		}
	}
	o.cli("reviews", "list").want(o.t, 0, "occurrence "+occurrence+" of quarterly is stored no more. Event ")
	o.cli("reviews", "list", "--json").want(o.t, 0, `"lost": [`, `"id": "`+occurrence)
	o.cli("reviews", "show", "yearly").want(o.t, exitUsage, "has taken place")
}
