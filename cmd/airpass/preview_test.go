package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"airpass/sandbox/control"
	"airpass/sandbox/identitycenter"
)

func TestAPreviewOfACampaignTellsWhoWouldBeAskedAndWhatItCouldNotRead(t *testing.T) {
	t.Parallel()
	o := open(t)
	text, err := os.ReadFile(o.file)
	o.check(err)
	const more = "quotas: {okta_per_minute: 6000, identity_center_per_second: 20, identity_store_per_second: 20}\n" +
		"campaigns: [{name: quarterly, schedule: \"0 9 1 1,4,7,10 *\", reviewers: [manager], fallback: [environment_owners]}]\n"
	o.write(o.file, append(text, more...))
	o.serve()
	target := o.Target("prod/Viewer")
	for _, u := range o.IdentityCenter.Users() {
		if u.UserName == o.Person("vera").Login { // her own manager
			o.check(o.IdentityCenter.Assign(identitycenter.Assignment{Account: target.Account, PermissionSetARN: target.PermissionSet, PrincipalType: identitycenter.PrincipalUser, PrincipalID: u.ID}))
		}
	}
	o.cli("reviews", "preview", "quarterly").want(t, 0, "prod/Viewer\n  vera@example.com\n", "standing     since when is not known", "last use     unknown",
		"asked        olivia@example.com (fallback environment_owners); not manager: vera@example.com has it themself", "recommended  revoke: standing access", "silence      keep",
		"1        asked of olivia@example.com", "1 item, 0 too young, 0 filtered out, 0 unknown", "quarterly begins next at ")
	o.cli("reviews", "preview", "yearly").want(t, exitUsage)

	o.IdentityCenter.Faults().Add(control.Fault{Op: "ListAccountAssignments", Answer: "denied"})
	r := o.cli("reviews", "preview", "quarterly", "--json").want(t, exitFailed, `"items": []`)
	var told struct {
		Campaign string
		Unknown  []struct{ What, System, Error string }
		Targets  int
	}
	if err := json.NewDecoder(strings.NewReader(r.out)).Decode(&told); err != nil || told.Campaign != "quarterly" || told.Targets != 7 || len(told.Unknown) < 7 || told.Unknown[0].System != "aws" {
		t.Errorf("%v: %+v", err, told)
	}
}

// A preview only looks: Slack is asked for nothing, the vendors only for what there is, and
// nothing is stored, not even that somebody has looked.
func TestAPreviewOfACampaignSendsNothingAndStoresNothing(t *testing.T) {
	t.Parallel()
	o := open(t)
	text, err := os.ReadFile(o.file)
	o.check(err)
	const more = "quotas: {okta_per_minute: 6000, identity_center_per_second: 20, identity_store_per_second: 20}\n" +
		"campaigns: [{name: quarterly, schedule: \"0 9 1 1,4,7,10 *\", reviewers: [manager], fallback: [environment_owners]}]\n"
	o.write(o.file, append(text, more...))
	o.serve()
	o.check(o.IdentityCenter.Assign(o.byHand("vera", "prod/Viewer")))
	o.check(o.IdentityCenter.Assign(o.byHand("ada", "prod/Viewer")))
	o.stop() // what Slack and the database hear from here on is the preview's

	sent, stored, changed := o.sent(), o.rows(), len(o.IdentityCenter.Changes())+len(o.Okta.Log())
	for _, vendor := range []*control.Faults{o.Slack.Faults(), o.Okta.Faults(), o.IdentityCenter.Faults()} {
		vendor.ResetCalls()
	}
	for _, args := range [][]string{{}, {"--json"}} {
		o.cli(append([]string{"reviews", "preview", "quarterly"}, args...)...).want(t, 0, "grace@example.com", "olivia@example.com")
	}
	for _, call := range o.Slack.Faults().Calls() {
		t.Errorf("Slack was asked: %s", call.Op)
	}
	for _, call := range append(o.Okta.Faults().Calls(), o.IdentityCenter.Faults().Calls()...) {
		if op := strings.ToLower(call.Op); !strings.HasPrefix(op, "list") && !strings.HasPrefix(op, "get") && !strings.HasPrefix(op, "describe") {
			t.Errorf("a vendor was asked: %s", call.Op)
		}
	}
	if n := o.sent(); n != sent {
		t.Errorf("Slack has %d messages, before it %d", n, sent)
	}
	if n := len(o.IdentityCenter.Changes()) + len(o.Okta.Log()); n != changed {
		t.Errorf("%d changes outside, before it %d", n, changed)
	}
	after := o.rows()
	for table, was := range stored {
		if after[table] != was {
			t.Errorf("%s has changed:\n%s\nbefore it:\n%s", table, after[table], was)
		}
	}
	if len(stored) < 20 || len(after) != len(stored) {
		t.Errorf("%d tables, before it %d", len(after), len(stored))
	}
}

// sent is how many messages and views there are in Slack.
func (o *office) sent() (n int) {
	for _, c := range o.Slack.Channels() {
		n += len(o.Slack.Messages(c.ID))
	}
	return n + len(o.Slack.Views())
}

// rows is what the database has, by table.
func (o *office) rows() map[string]string {
	o.t.Helper()
	db := o.pastAirpass()
	tables, err := db.QueryContext(o.ctx(), "SELECT name FROM sqlite_schema WHERE type = 'table'")
	o.check(err)
	defer tables.Close()
	all := map[string]string{}
	for tables.Next() {
		var name string
		o.check(tables.Scan(&name))
		all[name] = ""
	}
	o.check(tables.Err())
	for name := range all {
		all[name] = o.table(db, name)
	}
	return all
}

// table writes a table row by row.
func (o *office) table(db *sql.DB, name string) string {
	o.t.Helper()
	rows, err := db.QueryContext(o.ctx(), "SELECT * FROM "+name)
	o.check(err)
	defer rows.Close()
	columns, err := rows.Columns()
	o.check(err)
	var text strings.Builder
	for rows.Next() {
		row := make([]any, len(columns))
		for i := range row {
			row[i] = new(any)
		}
		o.check(rows.Scan(row...))
		for i, name := range columns {
			fmt.Fprintf(&text, "%s=%v ", name, *row[i].(*any))
		}
		text.WriteString("\n")
	}
	o.check(rows.Err())
	return text.String()
}
