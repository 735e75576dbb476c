package report_test

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"airpass/access"
	"airpass/campaigns"
	"airpass/campaigns/report"
	"airpass/grants"
	"airpass/store"
)

var update = flag.Bool("update", false, "write the golden file anew")

// desk is a store whose clock ticks with each look at it, so that ids have an order.
type desk struct {
	*store.Store
	t     testing.TB
	ticks atomic.Int64
	// goneAt is when grants were seen to be gone; zero is noon.
	goneAt time.Time
	byHand string   // what is said besides of what is to be taken away by hand
	unread []string // what could not be read besides
	filter string   // of the campaign; empty is one that names nobody
}

var noon = time.Date(2026, 10, 1, 9, 0, 0, 0, time.UTC)

// auditKey seals the trail.
const auditKey = "a key of thirty-two bytes, no less"

func open(t testing.TB) *desk {
	t.Helper()
	return openAt(t, "sqlite:"+filepath.Join(t.TempDir(), "airpass.db"))
}

func openAt(t testing.TB, url string) *desk {
	t.Helper()
	d := &desk{t: t}
	var err error
	now := func() time.Time { return noon.Add(time.Duration(d.ticks.Add(1)) * time.Millisecond) }
	d.Store, err = store.Open(t.Context(), url, store.Options{Now: now, Key: store.AuditKey{ID: "k1", Key: []byte(auditKey)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Store.Close() })
	return d
}

func (d *desk) does(by access.Actor, do func(tx *store.Tx) error) {
	d.t.Helper()
	if err := d.Update(d.t.Context(), by, do); err != nil {
		d.t.Fatal(err)
	}
}

var (
	tester = access.System("test")
	grace  = access.Person{OktaID: "00uGrace", Login: "grace@example.com", Name: "Grace Hopper"}
	viewer = access.Target{ID: "prod/Viewer", Role: access.Viewer, Mode: access.ByUser, Instance: "arn:instance", PermissionSet: "arn:set", MaxDuration: 1000 * time.Hour}
)

// Of whom the occurrence is, in this order.
const (
	ada = iota // kept
	ben        // standing, to be taken away by hand
	cyd        // a grant that was taken away
	dee        // kept by silence
	eve        // nobody could be asked, left open
	fay        // reduced, and the lower role could not be given
)

// grant is a live grant of somebody, which may extend another.
func (d *desk) grant(p access.Person, extends string) (g access.Grant) {
	d.t.Helper()
	d.does(tester, func(tx *store.Tx) error {
		r := access.Request{Subject: p, Slack: access.SlackUser{Team: "T1", ID: "U1"}, Target: viewer, Duration: 500 * time.Hour, Extends: extends, Reason: "the nightly run", State: access.RequestPending, LapseAt: tx.Now().Add(time.Hour)}
		r, err := tx.CreateRequest(r)
		if err != nil {
			return err
		}
		r.State = access.RequestApproved
		if r, err = tx.SaveRequest(r); err != nil {
			return err
		}
		g, err = grants.Start(tx, r, "person-"+p.OktaID)
		return err
	})
	return g
}

// quarterly is an occurrence that is over: people with the worst names there are.
func (d *desk) quarterly() access.Occurrence {
	d.t.Helper()
	o := d.begun()
	d.tells(o)
	d.decides(o)
	d.does(tester, func(tx *store.Tx) (err error) {
		now, err := tx.Occurrence(o.ID)
		if err != nil {
			return err
		}
		now.State, now.ClosedAt, now.NextAt = access.OccurrenceClosed, noon, time.Time{}
		o, err = tx.SaveOccurrence(now)
		return err
	})
	return o
}

// begun is the same one when people begin to be asked.
func (d *desk) begun() access.Occurrence {
	d.t.Helper()
	panel, people := campaigns.PanelOf(grace)
	names := []string{`=HYPERLINK("https://evil.example","Ada")`, `<script>alert(1)</script>`, "+cyd", "-dee", "@eve", "<fay>"}
	granted := map[int]access.Grant{cyd: d.grant(access.Person{OktaID: "00u2", Login: "p2@example.com", Status: "ACTIVE"}, ""), fay: d.grant(access.Person{OktaID: "00u5", Login: "p5@example.com", Status: "ACTIVE"}, "")}
	var o access.Occurrence
	d.does(tester, func(tx *store.Tx) (err error) {
		rules := access.Campaign{Name: "quarterly", Scope: access.AllHolders, OlderThan: 30 * 24 * time.Hour, When: cmp.Or(d.filter, `role != "Admin" && person.department != "<b>"`), Reviewers: []access.Approver{{Kind: access.ApproverManager}},
			Fallback: []access.Approver{{Kind: access.ApproverGroup, Value: "00gSecurity"}, {Kind: access.ApproverPerson, Value: "hal@example.com"}}, RemindEvery: 72 * time.Hour, Deadline: 14 * 24 * time.Hour, Silence: access.SilenceKeeps}
		o, _, err = tx.BeginOccurrence(access.Occurrence{Campaign: "quarterly", ScheduledAt: noon, Missed: 1, Rules: rules})
		return err
	})
	for n, name := range names {
		d.does(tester, func(tx *store.Tx) (err error) {
			i := access.CampaignItem{Target: viewer.ID, Subject: fmt.Sprintf("00u%d", n), Who: fmt.Sprintf("p%d@example.com", n), Standing: granted[n].ID == "", Grant: granted[n].ID, Panel: panel}
			asked := campaigns.Asked{Rule: "manager", Reviewers: []campaigns.Reviewer{{OktaID: grace.OktaID, Login: grace.Login, Name: grace.Name}}}
			if n == eve {
				i.Panel, asked.Reviewers = "", nil
			}
			var request, reason string
			if g := granted[n]; g.ID != "" {
				request, reason = g.RequestID, "=the <b>nightly</b> run"
			}
			i.Facts, err = json.Marshal(campaigns.Item{Request: request, Reason: reason, Target: viewer.ID, Who: i.Who, Name: name, OktaID: i.Subject, Standing: i.Standing, Through: []string{"Okta group 00gData"}, Grant: i.Grant, LastUse: "unknown",
				Peers: campaigns.Peers{Others: 4, OfManager: 1}, Recommended: campaigns.Revoke, Because: "standing access", Asked: asked})
			if err != nil {
				return err
			}
			return tx.AddItems(o, []access.CampaignItem{i}, map[string][]access.Person{panel: people})
		})
	}
	d.does(tester, func(tx *store.Tx) (err error) {
		o.State, o.Items, o.OpenedAt, o.DeadlineAt = access.OccurrenceOpen, len(names), noon, noon.Add(14*24*time.Hour)
		o.Population = access.Population{Targets: 7, Places: 12, Younger: 3, Filtered: 2, Nobody: 1, Unknown: []string{"Okta group 00gGone: it does not <exist>"}, Uses: []string{"log group airflow-use of 111122223333 in eu-west-1: 12 calls from 2026-01-02 to 2026-04-01, 0 of nobody's role session, 1 refused"}}
		o.Population.Unknown = append(o.Population.Unknown, d.unread...)
		o, err = tx.SaveOccurrence(o)
		return err
	})
	return o
}

// tells asks who is to be asked, and reminds them once.
func (d *desk) tells(o access.Occurrence) {
	d.t.Helper()
	for range 2 {
		asked, err := d.CampaignReviewers(d.t.Context(), o.ID)
		if err != nil {
			d.t.Fatal(err)
		}
		d.does(tester, func(tx *store.Tx) error { return tx.TellReviewer(o, asked[0], 5) })
	}
}

func (d *desk) decides(o access.Occurrence) {
	d.t.Helper()
	items, err := d.CampaignItems(d.t.Context(), o.ID, "", 10)
	if err != nil {
		d.t.Fatal(err)
	}
	d.does(access.PersonActor(grace), func(tx *store.Tx) error {
		for n, verdict := range map[int]access.ItemVerdict{ada: access.KeepItem, ben: access.RevokeItem, cyd: access.RevokeItem, fay: access.ReduceItem} {
			if n == fay {
				items[n].ReduceTo = "prod/Nothing"
			}
			i := campaigns.Decide(items[n], grace, verdict, time.Time{}, "=1+1 </td><img src=x onerror=alert(1)>", noon)
			if items[n], err = tx.SaveItem(i); err != nil {
				return err
			}
		}
		return nil
	})
	d.does(tester, func(tx *store.Tx) error {
		for n, why := range map[int]string{ada: "", ben: "take it away where it was given" + d.byHand, cyd: "", dee: "nobody has said that it is needed", fay: ""} {
			i := items[n]
			i.State, i.SettledAt, i.LastError, i.NextAt = access.ItemSettled, noon, why, time.Time{}
			if n == fay {
				i.LowerFailed = "<it> is no longer offered"
			}
			if n == dee {
				i.Silent, i.Verdict, i.DecidedAt = true, access.KeepItem, noon
			}
			if _, err := tx.SaveItem(i); err != nil {
				return err
			}
		}
		for _, n := range []int{cyd, fay} {
			g, err := tx.Grant(items[n].Grant)
			for _, state := range []access.GrantState{access.GrantRevoking, access.GrantEnded} {
				if g.State = state; state == access.GrantEnded {
					g.EndedAt, g.EndReason = noon, access.EndRevoked
					if !d.goneAt.IsZero() {
						g.EndedAt = d.goneAt
					}
				}
				if err == nil {
					g, err = tx.SaveGrant(g)
				}
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (d *desk) report(o access.Occurrence, f report.Format) string {
	d.t.Helper()
	var out bytes.Buffer
	if err := report.Write(d.t.Context(), d.Store, o.ID, f, d.t.TempDir(), &out); err != nil {
		d.t.Fatal(err)
	}
	return out.String()
}

// check is what is wrong with a report.
func (d *desk) check(text string) string {
	d.t.Helper()
	g, why, err := report.Check(d.Store, strings.NewReader(text))
	if err != nil {
		d.t.Fatal(err)
	}
	if why == "" {
		if r, err := d.VerifyAudit(d.t.Context(), g.Head); err != nil || r.Why != "" || g.First < 1 || g.First > g.Head.Seq {
			d.t.Errorf("%+v %v %+v", r, err, g)
		}
	}
	return why
}

func TestAReport(t *testing.T) {
	t.Parallel()
	d := open(t)
	got := d.report(d.quarterly(), report.HTML)
	if why := d.check(got); why != "" {
		t.Fatal(why)
	}
	ids, n := map[string]string{}, 0 // ids and hashes are others each time
	got = regexp.MustCompile(`\b[0-9a-f]{64}\b|\b06[0-9a-z]{24}\b|airpass-report-1\.[\w-]+`).ReplaceAllStringFunc(got, func(id string) string {
		if ids[id] == "" {
			n++
			ids[id] = fmt.Sprintf("id-%d", n)
		}
		return ids[id]
	})
	const golden = "testdata/report.html"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the report is not the one in %s; run with -update and look at what changes", golden)
	}
	for _, bad := range []string{"<script", "<img", "<b>\"", "<exist>"} {
		if strings.Contains(got, bad) {
			t.Errorf("%s is not escaped", bad)
		}
	}
	if m := regexp.MustCompile(`(?i)\b(src|href|url)\s*[=(]|@import|<link`).FindString(strings.ReplaceAll(got, "src=x", "")); m != "" {
		t.Errorf("it needs something outside: %s", m)
	}
}

func TestAnEditedReportIsFoundOut(t *testing.T) {
	t.Parallel()
	d := open(t)
	o := d.quarterly()
	all := map[report.Format]string{}
	for _, f := range []report.Format{report.HTML, report.CSV, report.JSON} {
		text := d.report(o, f)
		all[f] = text
		if why := d.check(text); why != "" {
			t.Errorf("%s: %s", f, why)
		}
		last := strings.LastIndexByte(strings.TrimSuffix(text, "\n"), '\n')
		for what, edited := range map[string]string{
			"a verdict":             strings.Replace(text, "keep", "kept", 1),
			"a byte at its begin":   " " + text,
			"something after it":    text + "<p>and more</p>\n",
			"no signature":          text[:last+1],
			"nothing":               "",
			"only a signature":      text[last+1:],
			"a line left out":       text[:strings.LastIndexByte(text[:last], '\n')] + text[last:],
			"an edited signature":   strings.Replace(text, "airpass-report-1.e", "airpass-report-1.f", 1),
			"another one's trailer": text[:last+1] + strings.ReplaceAll(text[last+1:], "\n", "\r\n"),
		} {
			if edited == text {
				t.Fatalf("%s: nothing was edited: %s", f, what)
			}
			if why := d.check(edited); why == "" {
				t.Errorf("%s: not found out: %s", f, what)
			}
		}
	}
	last := strings.LastIndex(all[report.CSV], "\nsignature,")
	if why := d.check(all[report.CSV][:last] + strings.Replace(all[report.CSV][last:], ",,,,,", "", 1)); why != "" {
		t.Errorf("a table with fewer columns, as of an earlier version: %s", why)
	}
	token := regexp.MustCompile(`airpass-report-1\.[\w-]+`)
	if why := d.check(token.ReplaceAllString(all[report.CSV], token.FindString(all[report.JSON]))); why == "" {
		t.Error("one format's signature counts for another")
	}
	other := open(t)
	other.quarterly()
	g, why, err := report.Check(other.Store, strings.NewReader(all[report.HTML]))
	if err != nil || why != "" {
		t.Fatal(why, err)
	}
	if r, err := other.VerifyAudit(t.Context(), g.Head); err != nil || r.Why == "" {
		t.Errorf("another trail is taken for the report's: %+v %v", r, err)
	}
}

// rowsOf are the rows of a table by the first column, as cells by the names of their columns.
func (d *desk) rowsOf(text string) map[string][]map[string]string {
	d.t.Helper()
	table, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		d.t.Fatal(err)
	}
	all := map[string][]map[string]string{}
	for _, line := range table[1:] {
		cells := map[string]string{}
		for n, cell := range line {
			cells[table[0][n]] = cell
		}
		all[line[0]] = append(all[line[0]], cells)
	}
	return all
}

func TestATableHasNoFormulas(t *testing.T) {
	t.Parallel()
	d := open(t)
	all := d.rowsOf(d.report(d.quarterly(), report.CSV))
	if reason := all["item"][cyd]["reason"]; reason != "'=the <b>nightly</b> run" {
		t.Errorf("asked for because %q", reason)
	}
	for _, rows := range all {
		for _, cells := range rows {
			for _, cell := range cells {
				if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
					t.Errorf("a formula: %s", cell)
				}
			}
		}
	}
	items := all["item"]
	if len(items) != 6 {
		t.Fatal(items)
	}
	if first := items[ada]; first["name"] != `'=HYPERLINK("https://evil.example","Ada")` || first["verdict"] != "keep" || first["decided_by"] != grace.Login || first["asked_okta_ids"] != grace.OktaID || !strings.HasPrefix(first["comment"], "'=1+1") {
		t.Errorf("%q", first)
	}
	if cells := items[cyd]; cells["removal_verified"] != "2026-10-01T09:00:00Z" || cells["exceptions"] != "" {
		t.Errorf("%q", cells)
	}
	if s := all["signature"]; len(s) != 1 || !strings.HasPrefix(s[0]["item"], "airpass-report-1.") {
		t.Errorf("%q", s)
	}
}

// A table says everything that the page says, so that whoever has only the table has the evidence.
func TestATableSaysOfTheOccurrenceWhatThePageSays(t *testing.T) {
	t.Parallel()
	d := open(t)
	all := d.rowsOf(d.report(d.quarterly(), report.CSV))
	for record, want := range map[string]string{
		"report":     "campaign=quarterly state=closed final=true scheduled=2026-10-01T09:00:00Z missed=1 begun=2026-10-01T09:00:00Z opened=2026-10-01T09:00:00Z deadline=2026-10-15T09:00:00Z closed=2026-10-01T09:00:00Z note= written=2026-10-01T09:00:00Z",
		"scope":      `access=holders targets=all older_than=30d when=role != "Admin" && person.department != "<b>" reviewers=manager fallback=okta_group:00gSecurity, then person:hal@example.com time_to_answer=14d remind_every=3d silence=keep escalate_to= remove_standing=false seal=sealed seal_event=7`,
		"population": "targets=7 places=12 younger=3 filtered=2 nobody=1 unknown=Okta group 00gGone: it does not <exist> use=log group airflow-use of 111122223333 in eu-west-1: 12 calls from 2026-01-02 to 2026-04-01, 0 of nobody's role session, 1 refused seal=sealed seal_of_facts=sealed items_stored=6 items_sealed=6 seal_event=8",
		"result":     "items=6 open=1 kept=1 kept_until=0 revoked=2 reduced=1 reduced_without_the_lower_role=1 other=0 kept_by_silence=1 revoked_by_silence=0 removals_verified=2 removals_not_verified=0 removals_by_hand=1 asked_of_nobody=1 escalated=0 exceptions=4 decided_against_the_recommendation=2",
		"trail":      "first=7 last=24", "verify": "command=airpass reviews verify FILE",
	} {
		var said []string
		for _, cells := range all[record] {
			if what := cells["what"]; what != "occurrence" && what != "seal_sum" && !(record == "trail" && what != "first" && what != "last") {
				said = append(said, what+"="+cells["value"])
			}
		}
		if got := strings.Join(said, " "); got != want {
			t.Errorf("%s says\n%s, want\n%s", record, got, want)
		}
	}
	if r := all["reviewer"]; len(r) != 1 || r[0]["who"] != grace.Login || r[0]["okta_id"] != grace.OktaID || r[0]["items_asked"] != "5" || r[0]["items_decided"] != "4" || r[0]["items_kept"] != "1" ||
		r[0]["items_revoked"] != "2" || r[0]["items_reduced"] != "1" || r[0]["items_open"] != "0" || r[0]["items_with_comment"] != "4" || r[0]["times_told"] != "2" || r[0]["first_decision"] != "2026-10-01T09:00:00Z" {
		t.Errorf("%q", r)
	}
	if e := all["exception"]; len(e) != 5 || e[0]["who"] != "p1@example.com" || e[0]["target"] != viewer.ID || e[0]["value"] != "take it away where it was given" || e[0]["item"] != all["item"][ben]["item"] {
		t.Errorf("%q", e)
	}
}

// becomes brings a grant to a state, as the reconciler does.
func (d *desk) becomes(g access.Grant, state access.GrantState, at time.Time) access.Grant {
	d.t.Helper()
	d.does(tester, func(tx *store.Tx) (err error) {
		switch g.State = state; state {
		case access.GrantActive:
			g.ActiveAt = tx.Now()
		case access.GrantEnded:
			g.EndedAt, g.EndReason = at, access.EndRevoked
		}
		g, err = tx.SaveGrant(g)
		return err
	})
	return g
}

// What was taken away was gone when the last was that had extended it, however often.
func TestExtendedAccessWasGoneWhenItsLastExtensionWas(t *testing.T) {
	t.Parallel()
	d := open(t)
	p := access.Person{OktaID: "00u7", Login: "p7@example.com", Status: "ACTIVE"}
	chain := []access.Grant{d.becomes(d.grant(p, ""), access.GrantActive, noon)}
	for range 2 {
		chain = append(chain, d.becomes(d.grant(p, chain[len(chain)-1].ID), access.GrantActive, noon))
	}
	var o access.Occurrence
	var i access.CampaignItem
	panel, people := campaigns.PanelOf(grace)
	d.does(tester, func(tx *store.Tx) (err error) {
		if o, _, err = tx.BeginOccurrence(access.Occurrence{Campaign: "quarterly", ScheduledAt: noon, Rules: access.Campaign{Name: "quarterly"}}); err != nil {
			return err
		}
		return tx.AddItems(o, []access.CampaignItem{{Target: viewer.ID, Subject: p.OktaID, Who: p.Login, Grant: chain[0].ID, Panel: panel, Facts: []byte("{}")}}, map[string][]access.Person{panel: people})
	})
	d.does(tester, func(tx *store.Tx) (err error) {
		o.State, o.Items, o.OpenedAt, o.DeadlineAt = access.OccurrenceOpen, 1, noon, noon.Add(24*time.Hour)
		o, err = tx.SaveOccurrence(o)
		return err
	})
	items, err := d.CampaignItems(t.Context(), o.ID, "", 10)
	if err != nil || len(items) != 1 {
		t.Fatal(items, err)
	}
	d.does(access.PersonActor(grace), func(tx *store.Tx) (err error) {
		i, err = tx.SaveItem(campaigns.Decide(items[0], grace, access.RevokeItem, time.Time{}, "", noon))
		return err
	})
	for n, g := range chain {
		d.becomes(d.becomes(g, access.GrantRevoking, noon), access.GrantEnded, noon.Add(time.Duration(n)*time.Hour))
	}
	d.does(tester, func(tx *store.Tx) error {
		i.State, i.SettledAt, i.NextAt = access.ItemSettled, noon.Add(4*time.Hour), time.Time{}
		_, err := tx.SaveItem(i)
		return err
	})
	if gone := d.rowsOf(d.report(o, report.CSV))["item"][0]["removal_verified"]; gone != "2026-10-01T11:00:00Z" {
		t.Errorf("it was gone %s", gone)
	}
}

// told is what is read of a report in JSON.
type told struct {
	Report struct {
		Final      bool
		Results    map[string]int
		Exceptions []string
		Sealed     struct {
			State, Shown  string
			Items, Stored int
		} `json:"population_sealed"`
		RulesSealed struct {
			State, Sum string
			Event      int
		} `json:"rules_sealed"`
		Trail struct {
			Differs int `json:"items_that_differ"`
			Erased  int `json:"items_erased"`
		}
		Verify string
	}
	Items []struct {
		Item, Who, State, Verdict string
		Passed                    []struct{ Why, Comment string }
		Exceptions, Erased        []string
	}
	Signature string
}

func (d *desk) told(o access.Occurrence) (out told) {
	d.t.Helper()
	if err := json.Unmarshal([]byte(d.report(o, report.JSON)), &out); err != nil {
		d.t.Fatal(err)
	}
	return out
}

func TestAReportCountsAndNamesWhatDidNotGoAsItShould(t *testing.T) {
	t.Parallel()
	d := open(t)
	got := d.told(d.quarterly())
	want := map[string]int{"items": 6, "open": 1, "kept": 1, "revoked": 2, "reduced": 1, "reduced_without_the_lower_role": 1, "kept_by_silence": 1, "removals_verified": 2, "removals_by_hand": 1,
		"asked_of_nobody": 1, "exceptions": 4, "decided_against_the_recommendation": 2}
	for name, n := range got.Report.Results {
		if n != want[name] {
			t.Errorf("%s is %d, want %d", name, n, want[name])
		}
	}
	if !got.Report.Final || got.Report.Trail.Differs != 0 || len(got.Items) != 6 || got.Signature == "" {
		t.Fatalf("%+v", got)
	}
	for n, words := range map[int]string{ben: "take it away where it was given", dee: "kept, although nobody has said that it is needed", eve: "nobody could be asked", fay: "prod/Nothing could not be given instead, and it was taken away all the same: <it> is no longer offered"} {
		if all := strings.Join(got.Items[n].Exceptions, "\n"); !strings.Contains(all, words) {
			t.Errorf("%s: %q", got.Items[n].Who, all)
		}
	}
}

func TestAReportIsOfOneMoment(t *testing.T) {
	t.Parallel()
	d := open(t)
	o := d.quarterly()
	items, err := d.CampaignItems(t.Context(), o.ID, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() { // somebody decides and takes it back, all the time
		i := items[eve]
		for range 20 {
			_ = d.Update(t.Context(), access.PersonActor(grace), func(tx *store.Tx) (err error) {
				if i.State == access.ItemOpen {
					i = campaigns.Decide(i, grace, access.RevokeItem, time.Time{}, "", noon)
				} else {
					i = campaigns.Undo(i)
				}
				i, err = tx.SaveItem(i)
				return err
			})
		}
	})
	for range 5 {
		var out bytes.Buffer
		err := report.Write(t.Context(), d.Store, o.ID, report.JSON, t.TempDir(), &out)
		if err != nil {
			if err.Error() != report.ErrChanges.Error() {
				t.Error(err)
			}
			continue
		}
		var got told
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if open := got.Items[eve].State == "open"; got.Report.Trail.Differs != 0 || open != (got.Report.Results["open"] == 1) {
			t.Errorf("it contradicts itself: %+v", got)
		}
	}
	all.Wait()
}
