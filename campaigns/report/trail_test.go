package report_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/campaigns"
	"airpass/campaigns/report"
	"airpass/store"
)

// past changes something in the database past the trail.
func (d *desk) past(statements ...string) {
	d.t.Helper()
	for _, s := range statements {
		done, err := d.DB().ExecContext(d.t.Context(), s)
		if err != nil {
			d.t.Fatal(s, err)
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			d.t.Fatal(s, " changes nothing ", err)
		}
	}
}

// earlier makes what the trail says that of an earlier version, which has sealed it.
func (d *desk) earlier(statements ...string) {
	d.t.Helper()
	d.past(statements...)
	prev, last := make([]byte, sha256.Size), int64(0)
	var seals []string
	for {
		var body string
		err := d.DB().QueryRowContext(d.t.Context(), "SELECT seq, body FROM audit_events WHERE seq > $1 ORDER BY seq LIMIT 1", last).Scan(&last, &body)
		if errors.Is(err, sql.ErrNoRows) {
			break
		}
		if err != nil {
			d.t.Fatal(err)
		}
		mac := hmac.New(sha256.New, []byte(auditKey))
		mac.Write(prev)
		mac.Write([]byte(body))
		hash := mac.Sum(nil)
		seals = append(seals, fmt.Sprintf("UPDATE audit_events SET prev = '%x', hash = '%x' WHERE seq = %d", prev, hash, last))
		prev = hash
	}
	d.past(append(seals, fmt.Sprintf("UPDATE audit_head SET hash = '%x'", prev))...)
	if r, err := d.VerifyAudit(d.t.Context()); err != nil || r.Why != "" {
		d.t.Fatal(r.Why, err)
	}
}

// What was edited in the trail, too, so that both say the same, is compared with nothing: no
// report is written, whatever it would say.
func TestNoReportIsComparedWithATrailThatWasEdited(t *testing.T) {
	t.Parallel()
	decided := "(SELECT e.seq FROM audit_events e WHERE e.kind = 'item.decided' AND e.body LIKE '%00u1%')"
	verdict := "UPDATE audit_events SET body = REPLACE(body, '\"verdict\":\"revoke\"', '\"verdict\":\"keep\"') WHERE body LIKE '%00u1%'"
	for what, c := range map[string]struct {
		do  []string
		why string
	}{
		"the verdict, in both":        {append(ofItem("00u1", "verdict = 'keep'"), verdict), "is not what was sealed"},
		"an event is taken out":       {[]string{"DELETE FROM audit_personal WHERE seq = " + decided, "DELETE FROM audit_events WHERE seq = " + decided}, "is missing"},
		"the end is cut off":          {[]string{"DELETE FROM audit_events WHERE seq = (SELECT seq FROM audit_head)"}, "the end was cut off"},
		"the end is another":          {[]string{"UPDATE audit_head SET hash = REPLACE(hash, substr(hash, 1, 8), '00000000')"}, "is not the one that the head names"},
		"what it follows":             {[]string{"UPDATE audit_events SET prev = hash WHERE seq = " + decided}, "does not follow"},
		"the kind, in its column":     {[]string{"UPDATE audit_events SET kind = 'item.undone' WHERE seq = " + decided}, "a column differs"},
		"a key that is not there":     {[]string{"UPDATE audit_events SET key_id = 'k9' WHERE seq = " + decided}, "which is not known"},
		"a time of what it compares":  {[]string{"UPDATE audit_events SET at = 'garbage' WHERE seq = " + decided}, "column at of audit_events cannot be read"},
		"an event between two":        {[]string{"UPDATE audit_events SET seq = seq + 0.5 WHERE seq = (SELECT seq FROM audit_head)"}, "a row of audit_events was inserted whose seq is"},
		"a value of what it compares": {[]string{"UPDATE audit_personal SET salt = CAST(salt AS BLOB) WHERE seq = " + decided}, "column salt of audit_personal cannot be read"},
		"where the trail ends":        {[]string{"UPDATE audit_head SET seq = 'x'"}, "audit_head cannot be read"},
		"how the occurrence began":    {[]string{"UPDATE audit_events SET at = '' WHERE kind = 'campaign.begun'"}, "column at of audit_events cannot be read"},
		"when a grant was seen end":   {[]string{"UPDATE audit_events SET body = REPLACE(body, '\"ended\":\"2026-10-01', '\"ended\":\"2026-09-01') WHERE kind = 'grant.ended'"}, "is not what was sealed"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			o := d.quarterly()
			d.past(c.do...)
			var out strings.Builder
			err := report.Write(t.Context(), d.Store, o.ID, report.JSON, t.TempDir(), &out)
			if !errors.Is(err, store.ErrTrail) || !strings.Contains(err.Error(), c.why) || !strings.Contains(err.Error(), "airpass audit verify") || out.Len() > 0 {
				t.Errorf("%v, and %d bytes are written", err, out.Len())
			}
		})
	}
}

// changed is what is changed past the trail, and what the report says then.
type changed struct {
	do    []string
	items int    // of how many it says that they differ
	says  string // of one of these
	whole string // of the occurrence
}

// ofItem changes a column of the item of somebody.
func ofItem(subject, set string) []string {
	return []string{"UPDATE campaign_items SET " + set + " WHERE subject_id = '" + subject + "'"}
}

// another inserts a row like one, with other columns.
func another(like, state, verdict string) []string {
	return []string{`INSERT INTO campaign_items (id, occurrence_id, target_id, holder, subject_id, account, who, grant_id, standing, facts, panel, state, verdict, keep_until, silent, decider_id, decider, comment, decided_at, settled_at, attempts, last_error, next_at, version)
		SELECT 'zz', occurrence_id, 'prod/Admin', holder, subject_id, account, who, grant_id, standing, '{}', panel, '` + state + `', '` + verdict + `', keep_until, silent, decider_id, decider, comment, decided_at, settled_at, attempts, last_error, next_at, version
		FROM campaign_items WHERE subject_id = '` + like + `'`}
}

func deleted(subject string) []string {
	return []string{"DELETE FROM campaign_items WHERE subject_id = '" + subject + "'"}
}

// rules changes what is stored of the rules of the occurrence.
func rules(old, changed string) []string {
	return []string{fmt.Sprintf("UPDATE occurrences SET rules = REPLACE(rules, '%s', '%s')", old, changed)}
}

// population changes what is stored of how it was found whom the occurrence is about.
func population(old, changed string) []string {
	return []string{fmt.Sprintf("UPDATE occurrences SET population = REPLACE(population, '%s', '%s')", old, changed)}
}

func changes() map[string]changed {
	const notSealed, taken = "not what event", "items are stored, and event"
	decided := "(SELECT e.seq FROM audit_events e WHERE e.kind = 'item.decided' AND e.body LIKE '%00u1%')"
	return map[string]changed{
		"the verdict":                           {ofItem("00u1", "verdict = 'keep'"), 1, "the verdict", ""},
		"who has decided":                       {ofItem("00u1", `decider = '{"okta_id":"00uMallory"}', decider_id = '00uMallory'`), 1, "who has decided", ""},
		"the lower role":                        {ofItem("00u5", "reduce_to = 'prod/Admin'"), 1, "what it is reduced to", ""},
		"the request of the lower role":         {ofItem("00u5", "lower_request = '06other'"), 1, "what it is reduced to", ""},
		"that it is decided":                    {ofItem("00u4", "state = 'settled', verdict = 'keep'"), 1, "how it stands", "how many were left open"},
		"a decided row is deleted":              {deleted("00u1"), 0, "", "is stored no more: the access of 00u1 to prod/Viewer, which by the audit trail is settled, revoke by 00uGrace"},
		"a silent row is deleted":               {deleted("00u3"), 0, "", "keep by silence"},
		"an open row is deleted":                {deleted("00u4"), 0, "", "5 " + taken},
		"an open row is inserted":               {another("00u4", "open", ""), 0, "", "7 " + taken},
		"a decided row is inserted":             {another("00u0", "settled", "keep"), 1, "how it stands", "7 " + taken},
		"a row is exchanged":                    {append(another("00u4", "open", ""), deleted("00u4' AND id <> 'zz")...), 0, "", notSealed},
		"who is asked about what is open":       {ofItem("00u4", "panel = (SELECT MAX(panel) FROM campaign_panels)"), 1, "who is asked at first, by its facts", notSealed},
		"that others were asked before":         {ofItem("00u1", `passed = '[{"why":"unanswered","from":"","to":"grace","at":"2026-09-30T00:00:00Z"}]'`), 1, "who was asked before", ""},
		"who was asked":                         {ofItem("00u1", "panel = ''"), 1, "who is asked at first, by its facts", notSealed},
		"who is asked together":                 {[]string{"UPDATE campaign_reviewers SET reviewer = '{\"okta_id\":\"00uMallory\",\"login\":\"grace@example.com\"}'"}, 5, "who is asked together", "how often 00uGrace was told"},
		"that anybody is asked":                 {[]string{"DELETE FROM campaign_panels"}, 5, "who is asked together", ""},
		"that it was silence":                   {ofItem("00u3", "silent = FALSE"), 1, "whether silence has decided", ""},
		"that it was not silence":               {ofItem("00u1", "silent = TRUE"), 1, "whether silence has decided", ""},
		"until when it is kept":                 {ofItem("00u0", "keep_until = '2027-01-01 00:00:00+00:00'"), 1, "until when it is kept", ""},
		"when it was decided":                   {ofItem("00u0", "decided_at = '2026-09-01 00:00:00+00:00'"), 1, "when it was decided", ""},
		"when it was settled":                   {ofItem("00u1", "settled_at = '2026-09-01 00:00:00+00:00'"), 1, "when it was settled", ""},
		"when it was gone":                      {[]string{"UPDATE grants SET ended_at = '2026-09-01 00:00:00+00:00' WHERE subject_id = '00u2'"}, 1, "when it was seen to be gone", ""},
		"that it was gone":                      {[]string{"UPDATE grants SET ended_at = NULL WHERE subject_id = '00u2'"}, 1, "when it was seen to be gone", ""},
		"the comment":                           {ofItem("00u0", "comment = 'she asked for it'"), 1, "the comment", ""},
		"that there is no comment":              {ofItem("00u3", "comment = 'somebody has said so'"), 1, "the comment", ""},
		"the comment is taken out":              {ofItem("00u0", "comment = ''"), 1, "the comment", ""},
		"the facts":                             {ofItem("00u1", "facts = REPLACE(facts, '\"unknown\"', '\"2026-09-30T00:00:00Z\"')"), 1, "the facts", ""},
		"the facts are taken out":               {ofItem("00u1", "facts = '{}'"), 1, "the facts", ""},
		"who has agreed, by the facts":          {ofItem("00u1", "facts = REPLACE(facts, '\"last_use\"', '\"approved\":\"boss@example.com\",\"last_use\"')"), 1, "what the facts say of others", ""},
		"how they are called":                   {ofItem("00u1", "who = 'somebody@example.com'"), 1, "how they are called", ""},
		"the target":                            {ofItem("00u1", "target_id = 'dev/Viewer'"), 1, "the target", notSealed},
		"the target of what is open":            {ofItem("00u4", "target_id = 'dev/Viewer'"), 1, "whose access to what it is", notSealed},
		"whose access it is":                    {ofItem("00u1", "subject_id = '00uOther'"), 1, "whose access it is", notSealed},
		"the account":                           {ofItem("00u1", "account = 'u-9'"), 1, "whose access it is", notSealed},
		"the grant":                             {ofItem("00u1", "grant_id = '06other'"), 1, "the grant", notSealed},
		"that it is standing access":            {ofItem("00u0", "standing = FALSE"), 1, "whose access to what it is", notSealed},
		"that it stays by hand":                 {ofItem("00u1", "last_error = ''"), 1, "why it is left to people", ""},
		"why it stays by hand":                  {ofItem("00u1", "last_error = 'as it should'"), 1, "why it is left to people", ""},
		"why the lower role is not there":       {ofItem("00u5", "lower_failed = ''"), 1, "why it has not got what it was reduced to", ""},
		"which of two it is, of a removal":      {ofItem("00u1", "lower_failed = last_error, last_error = ''"), 1, "why it is left to people, why it has not got what it was reduced to", ""},
		"which of two it is, of a lower role":   {ofItem("00u5", "last_error = lower_failed, lower_failed = ''"), 1, "why it is left to people, why it has not got what it was reduced to", ""},
		"by what silence has decided":           {ofItem("00u3", `facts = REPLACE(facts, '"last_use":"unknown"', '"last_use":"none since 2026-01-01"')`), 1, "the facts, the facts as they were found", ""},
		"that silence has left it":              {ofItem("00u3", "last_error = ''"), 1, "why it is left to people", ""},
		"that silence has removed it":           {ofItem("00u3", "lower_failed = 'it was'"), 1, "why it has not got what it was reduced to", ""},
		"of what is open that it failed":        {ofItem("00u4", "lower_failed = 'it was'"), 1, "why it has not got what it was reduced to", ""},
		"the comment, also in the trail":        {append(ofItem("00u1", "comment = 'forged'"), "UPDATE audit_personal SET value = 'forged' WHERE field = 'comment' AND seq = "+decided), 1, "the comment", ""},
		"the comment, as if it was erased":      {append(ofItem("00u1", "comment = ''"), "DELETE FROM audit_personal WHERE field = 'comment' AND seq = "+decided), 1, "the comment", ""},
		"that it is over":                       {[]string{"UPDATE occurrences SET state = 'open'"}, 0, "", "its state"},
		"which campaign it is of":               {[]string{"UPDATE occurrences SET campaign = 'yearly'"}, 0, "", "its campaign"},
		"when it was due":                       {[]string{"UPDATE occurrences SET scheduled_at = '2026-09-01 00:00:00+00:00'"}, 0, "", "when it was due"},
		"when it began":                         {[]string{"UPDATE occurrences SET created_at = '2026-09-01 00:00:00+00:00'"}, 0, "", "when it began"},
		"when people began to be asked":         {[]string{"UPDATE occurrences SET opened_at = '2026-09-01 00:00:00+00:00'"}, 0, "", "when people began to be asked"},
		"that something is to be done by hand":  {ofItem("00u0", "last_error = 'take it away'"), 1, "why it is left to people", ""},
		"when it was closed":                    {[]string{"UPDATE occurrences SET closed_at = '2026-09-01 00:00:00+00:00'"}, 0, "", "when it was closed"},
		"why it was closed":                     {[]string{"UPDATE occurrences SET note = 'it was not'"}, 0, "", "why it was closed"},
		"the deadline":                          {[]string{"UPDATE occurrences SET deadline_at = '2026-12-01 00:00:00+00:00'"}, 0, "", "its deadline"},
		"that one was missed":                   {[]string{"UPDATE occurrences SET missed = 0"}, 0, "", "how many were missed"},
		"its scope":                             {rules(`"scope":"holders"`, `"scope":"grants"`), 0, "", "its scope"},
		"its targets":                           {rules(`"older_than"`, `"targets":["prod/Viewer"],"older_than"`), 0, "", "its scope"},
		"how old access has to be":              {rules(`"older_than":2592000000000000`, `"older_than":1`), 0, "", "its scope"},
		"its filter":                            {rules(`Admin`, `Viewer`), 0, "", "its filter"},
		"what silence means":                    {rules(`"silence":"keep"`, `"silence":"revoke"`), 0, "", "what silence means"},
		"whom silence escalates to":             {rules(`"silence":"keep"`, `"silence":"keep","escalate_to":[{"kind":"manager"}]`), 0, "", "what silence means"},
		"that standing access goes":             {rules(`"silence"`, `"remove_standing":true,"silence"`), 0, "", "whether standing access is taken away"},
		"how long people had":                   {rules(`"deadline":1209600000000000`, `"deadline":1`), 0, "", "how long people have to answer"},
		"how often they were reminded":          {rules(`"remind_every":259200000000000`, `"remind_every":1`), 0, "", "how long people have to answer"},
		"which group is asked":                  {rules(`00gSecurity`, `00gOther`), 0, "", "by which rules people are asked"},
		"who is named":                          {rules(`hal@example.com`, `mallory@example.com`), 0, "", "by which rules people are asked"},
		"what the rules are called":             {rules(`"name":"quarterly"`, `"name":"yearly"`), 0, "", "(its rules)"},
		"how it was found":                      {[]string{"UPDATE occurrences SET population = REPLACE(population, '\"younger\":3', '\"younger\":0')"}, 0, "", "how many were too young"},
		"what was shown of what nobody decides": {ofItem("00u4", `facts = REPLACE(facts, '"last_use":"unknown"', '"last_use":"none since 2026-01-01"')`), 1, "the facts as they were found", ""},
		"that too, with its digest":             {ofItem("00u4", `facts = REPLACE(facts, '"last_use":"unknown"', '"last_use":"none since 2026-01-01"'), salt = '', digest = ''`), 0, "", "what was found of its items"},
		"its digest":                            {ofItem("00u4", `salt = '', digest = 'ab'`), 1, "the facts as they were found", "what was found of its items"},
		"how rarely somebody was told":          {[]string{"UPDATE campaign_reviewers SET reminders = 1"}, 0, "", "how often 00uGrace was told"},
		"that somebody was told":                {[]string{"UPDATE campaign_reviewers SET reminders = 0"}, 0, "", "how often 00uGrace was told"},
		"how many places were read":             {population(`"places":12`, `"places":13`), 0, "", "how it was found whom it is about"},
		"of how many targets":                   {population(`"targets":7`, `"targets":1`), 0, "", "how it was found whom it is about"},
		"why something could not be read":       {population(`it does not`, `it did not`), 0, "", "how it was found whom it is about"},
		"what was read of use":                  {population(`12 calls`, `0 calls`), 0, "", "how it was found whom it is about"},
		"where the filter failed":               {population(`"unknown"`, `"broken":["no such key: data"],"unknown"`), 0, "", "how it was found whom it is about"},
		"what could not be read":                {[]string{"UPDATE occurrences SET population = REPLACE(population, '\"unknown\"', '\"known\"')"}, 0, "", "how much could not be read"},
	}
}

func TestWhatWasChangedPastTheTrailIsSaid(t *testing.T) {
	t.Parallel()
	for what, c := range changes() {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			o := d.quarterly()
			d.past(c.do...)
			got := d.told(o)
			if got.Report.Trail.Differs != c.items || got.Report.Trail.Erased != 0 {
				t.Errorf("%d items differ, and of %d something is erased", got.Report.Trail.Differs, got.Report.Trail.Erased)
			}
			said := 0
			for _, i := range got.Items {
				for _, e := range i.Exceptions {
					if strings.Contains(e, "past airpass") {
						said++
						if !strings.Contains(e, c.says) {
							t.Errorf("it says %q", e)
						}
					}
				}
			}
			if said != c.items {
				t.Errorf("%d items say so", said)
			}
			whole := strings.Join(got.Report.Exceptions, "\n")
			if (whole == "") != (c.whole == "") || !strings.Contains(whole, c.whole) {
				t.Errorf("of the occurrence it says %q", whole)
			}
			d.sayDifferences(o, c)
		})
	}
}

// sayDifferences makes sure that the other formats say it, too, and that what says it is signed.
func (d *desk) sayDifferences(o access.Occurrence, c changed) {
	d.t.Helper()
	o, err := d.Occurrence(d.t.Context(), o.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	page, table := d.report(o, report.HTML), d.report(o, report.CSV)
	if c.items > 0 && !strings.Contains(page, "Do not rely on them") || c.whole != "" && !strings.Contains(page, "Do not rely on this report") {
		d.t.Error("the page does not say it first")
	}
	for _, text := range []string{page, table} {
		if !strings.Contains(text, c.says) || !strings.Contains(text, c.whole) {
			d.t.Errorf("it is not said in\n%.200s", text)
		}
	}
}

// honest is a report of an occurrence of which nothing was changed past the trail.
func (d *desk) honest(o access.Occurrence) told {
	d.t.Helper()
	got := d.told(o)
	for _, i := range got.Items {
		for _, e := range i.Exceptions {
			if strings.Contains(e, "past airpass") {
				d.t.Errorf("%s: %s", i.Who, e)
			}
		}
	}
	if got.Report.Trail.Differs != 0 || len(got.Report.Exceptions) != 0 {
		d.t.Errorf("a false alarm: %+v", got.Report)
	}
	return got
}

func TestAnHonestReportSaysThatThePopulationIsTheOneThatWasSealed(t *testing.T) {
	t.Parallel()
	d := open(t)
	got := d.honest(d.quarterly()).Report
	if got.Sealed.State != "sealed" || got.Sealed.Shown != "sealed" || got.Sealed.Items != 6 || got.Sealed.Stored != 6 || got.Trail.Erased != 0 || got.Verify != "airpass reviews verify FILE" {
		t.Errorf("%+v", got)
	}
}

// Whoever is erased is named nowhere in a report that is written afterwards, and nothing in it
// is taken for a change past airpass: what is erased says so.
func TestErasingSomebodyIsNoChangePastTheTrail(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.byHand = ", as p2@example.com knows"
	o := d.quarterly()
	for n, who := range []string{"00u2", "00u1", grace.OktaID} {
		if _, err := d.ErasePersonal(t.Context(), tester, who); err != nil {
			t.Fatal(err)
		}
		got := d.honest(o)
		if e := strings.Join(got.Items[ben].Erased, ", "); n == 0 && e != "why it is left to people" {
			t.Errorf("of whom somebody was named beside who is erased it says %q", e)
		}
		if got.Report.Sealed.State != "sealed" || got.Report.Trail.Erased < n+1 {
			t.Errorf("after %s: %+v", who, got.Report)
		}
		for _, f := range []report.Format{report.HTML, report.CSV, report.JSON} {
			text := d.report(o, f)
			if why := d.check(text); why != "" {
				t.Errorf("%s: %s", f, why)
			}
			if !strings.Contains(text, who) || strings.Contains(text, map[string]string{"00u2": "p2@example.com", "00u1": "p1@example.com", grace.OktaID: "grace@example.com"}[who]) {
				t.Errorf("%s: %s is named, or not known by their id", f, who)
			}
		}
	}
	got := d.honest(o)
	if e := strings.Join(got.Items[cyd].Erased, ", "); e != "the facts, what the facts say of others, the comment, the facts as they were found" {
		t.Errorf("of whoever is erased it says %q", e)
	}
	if e := strings.Join(got.Items[ada].Erased, ", "); e != "what the facts say of others, the comment, the facts as they were found" {
		t.Errorf("of whom somebody has decided who is erased it says %q", e)
	}
	if e := got.Items[eve].Erased; len(e) != 0 {
		t.Errorf("of what nobody has decided it says %q", e)
	}
	// Nobody finds out by a digest what was erased.
	d.past("UPDATE campaign_items SET version = version + 1 WHERE salt = '' AND digest <> '' AND subject_id = '00u2'")
	var left int
	err := d.DB().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM campaign_items WHERE salt <> '' AND (facts = '{}' OR facts LIKE '%00uGrace%')`).Scan(&left)
	if err != nil || left != 0 {
		t.Errorf("%d items keep a salt, %v", left, err)
	}
	d.past(ofItem("00u2", "comment = 'written afterwards'")...)
	d.past(ofItem("00u0", "facts = REPLACE(facts, '\"unknown\"', '\"2026-09-30T00:00:00Z\"')")...)
	if got := d.told(o); got.Report.Trail.Differs != 1 {
		t.Errorf("%d items differ", got.Report.Trail.Differs)
	}
}

// Erasing somebody excuses what is missing of theirs, and nothing else.
func TestErasingSomebodyExcusesWhatIsTheirsAlone(t *testing.T) {
	t.Parallel()
	lost := func(field, subject string) string {
		return "DELETE FROM audit_personal WHERE field = '" + field + "' AND seq IN (SELECT seq FROM audit_events WHERE body LIKE '%\"subject\":\"" + subject + "\"%')"
	}
	for what, c := range map[string]struct {
		erase string
		do    []string
		says  string
	}{
		"facts":                  {"00uNobody", append(ofItem("00u1", "facts = REPLACE(facts, '\"unknown\"', '\"2026-09-30T00:00:00Z\"')"), lost("facts", "00u1")), "the facts"},
		"facts that are left":    {"00u2", []string{lost("facts", "00u1")}, "the facts"},
		"all facts":              {"00u2", append(ofItem("00u1", "facts = '{}'"), lost("facts", "00u1"), lost("others", "00u1")), "the facts, what the facts say of others"},
		"who else is named":      {"00u2", []string{lost("others", "00u1")}, "what the facts say of others"},
		"the comment":            {"00u2", append(ofItem("00u1", "comment = 'other'"), lost("comment", "00u1")), "the comment"},
		"no comment":             {"00u2", append(ofItem("00u1", "comment = ''"), lost("comment", "00u1")), "the comment"},
		"what is left to people": {"00u2", ofItem("00u1", "last_error = 'as it should'"), "why it is left to people"},
		"of whom it is left":     {"00u2", append(ofItem("00u1", "last_error = 'as it should'"), lost("why", "00u1")), "why it is left to people"},
		"what is left of nobody": {"00u1", ofItem("00u1", "last_error = ''"), "why it is left to people"},
		"a part of an id":        {"00u", ofItem("00u1", "last_error = '00u1'"), "why it is left to people"},
		"why nothing lower":      {"00u2", ofItem("00u5", "lower_failed = 'other'"), "why it has not got what it was reduced to"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			o := d.quarterly()
			if _, err := d.ErasePersonal(t.Context(), tester, c.erase); err != nil {
				t.Fatal(err)
			}
			d.past(c.do...)
			got := d.told(o)
			if got.Report.Trail.Differs != 1 {
				t.Errorf("%+v", got.Report.Trail)
			}
			said := strings.Join(append(got.Items[ben].Exceptions, got.Items[fay].Exceptions...), "\n")
			for _, one := range strings.Split(c.says, ", ") {
				if !strings.Contains(said, one) {
					t.Errorf("it says %q", said)
				}
			}
		})
	}
}

// What an earlier version opened is sealed by its number alone, and the report claims no more.
func TestAReportOfAnEarlierVersionsOccurrenceClaimsNoSeal(t *testing.T) {
	t.Parallel()
	d := open(t)
	o := d.quarterly()
	d.earlier(`UPDATE audit_events SET body = REPLACE(body, '"population":', '"before":') WHERE kind = 'campaign.opened'`,
		`UPDATE audit_events SET body = json_remove(body, '$.facts.found_by', '$.facts.shown') WHERE kind = 'campaign.opened'`)
	if got := d.honest(o).Report.Sealed; got.State != "not sealed" || got.Items != 6 {
		t.Errorf("%+v", got)
	}
	if page := d.report(o, report.HTML); !strings.Contains(page, "is not sealed: an earlier version of airpass wrote it") || strings.Contains(page, "none was added") {
		t.Error("the page claims more")
	}
	if got := d.told(o).Report.Sealed.Shown; got != "not sealed" {
		t.Errorf("of what was found it says %q", got)
	}
	d.wroteFactsWhole()
	d.past(population(`"places":12`, `"places":13`)...)   // which it has not sealed
	d.past("UPDATE campaign_reviewers SET reminders = 5") // nor said
	d.past(ofItem("00u4", `facts = REPLACE(facts, '"last_use":"unknown"', '"last_use":"none since 2026-01-01"')`)...)
	d.honest(o)
	d.past(deleted("00u4")...)
	if got := d.told(o).Report; got.Sealed.State != "differs" || !strings.Contains(strings.Join(got.Exceptions, "\n"), "5 items are stored") {
		t.Errorf("%+v", got)
	}
}

// While replicas are replaced, an earlier version may send what a later one has opened: it counts
// in the row alone. So does whoever edits the row. The report says what is missing in the trail,
// and not that it was changed; what nothing but an edit does it says as ever.
func TestWhatAnEarlierVersionHasSentIsSaidAndIsNoAlarm(t *testing.T) {
	t.Parallel()
	d := open(t)
	o := d.quarterly()
	says := func(counted string, changed bool) {
		t.Helper()
		got, page := d.told(o).Report.Exceptions, d.report(o, report.HTML)
		if whole := strings.Join(got, "\n"); len(got) != 1 || !strings.Contains(whole, counted) || strings.Contains(whole, "what is stored") != changed {
			t.Errorf("it says %q", got)
		}
		if strings.Contains(page, "Do not rely on this report") != changed || strings.Contains(page, "does not have everything") == changed {
			t.Error("the page says something else first")
		}
	}
	d.past("UPDATE campaign_reviewers SET reminders = reminders + 1, version = version + 1")
	says("(00uGrace: 2 of 3): an earlier version", false)
	asked, err := d.CampaignReviewers(t.Context(), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	d.does(tester, func(tx *store.Tx) error { return tx.TellReviewer(o, asked[0], 1) }) // a later one again
	says("(00uGrace: 3 of 4): an earlier version", false)
	d.past(`INSERT INTO campaign_reviewers SELECT 'zz', occurrence_id, '00uHal', '{"okta_id":"00uHal"}', 1, next_at, version FROM campaign_reviewers`)
	says("(00uGrace: 3 of 4, 00uHal: 0 of 1): an earlier version", false)
	d.past("DELETE FROM campaign_reviewers WHERE id = 'zz'", "UPDATE campaign_reviewers SET reminders = 3")
	says("how often 00uGrace was told", true)
	asked, err = d.CampaignReviewers(t.Context(), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	d.does(tester, func(tx *store.Tx) error { return tx.TellReviewer(o, asked[0], 1) }) // counts from what was edited
	says("how often 00uGrace was told", true)
}

// What an earlier version settled has both reasons in one: what the verdict allows tells them apart.
func TestTheReasonsOfAnEarlierVersionAreToldApart(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		do      []string
		differs int
	}{
		"nothing":             {},
		"a removal":           {ofItem("00u1", "lower_failed = last_error, last_error = ''"), 1},
		"a lower role":        {ofItem("00u5", "last_error = lower_failed, lower_failed = ''"), 1},
		"what silence leaves": {ofItem("00u3", "last_error = 'it is gone'"), 1},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			o := d.quarterly()
			d.wroteReasonsInOne()
			d.past(c.do...)
			if got := d.told(o); got.Report.Trail.Differs != c.differs {
				t.Errorf("%+v", got.Report.Trail)
			}
		})
	}
}

// wroteReasonsInOne makes what the trail says of settled items that of an earlier version.
func (d *desk) wroteReasonsInOne() {
	d.t.Helper()
	sum := sha256.Sum256([]byte("why\x00<it> is no longer offered"))
	d.earlier(`UPDATE audit_personal SET salt = '', value = '<it> is no longer offered' WHERE field = 'why' AND seq IN (SELECT seq FROM audit_personal WHERE field = 'lower_failed')`,
		`DELETE FROM audit_personal WHERE field = 'lower_failed'`,
		fmt.Sprintf(`UPDATE audit_events SET body = json_remove(json_set(body, '$.personal.why', '%x'), '$.personal.lower_failed') WHERE json_extract(body, '$.personal.lower_failed') IS NOT NULL`, sum),
		`DELETE FROM audit_personal WHERE field = 'why' AND seq IN (SELECT seq FROM audit_events WHERE json_extract(body, '$.facts.silent') IS NOT NULL)`,
		`UPDATE audit_events SET body = json_remove(body, '$.personal.why') WHERE json_extract(body, '$.facts.silent') IS NOT NULL`)
}

// wroteFactsWhole makes the decisions of the trail those of an earlier version, whose facts had
// in one value what names others.
func (d *desk) wroteFactsWhole() {
	d.t.Helper()
	d.past(`UPDATE audit_personal SET salt = '', value = (SELECT facts FROM campaign_items WHERE id = (SELECT json_extract(body, '$.facts.item') FROM audit_events e WHERE e.seq = audit_personal.seq)) WHERE field = 'facts'`,
		`DELETE FROM audit_personal WHERE field = 'others'`)
	rows, err := d.DB().QueryContext(d.t.Context(), `SELECT seq, value FROM audit_personal WHERE field = 'facts'`)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var seq int64
		var value string
		if err := rows.Scan(&seq, &value); err != nil {
			d.t.Fatal(err)
		}
		sum := sha256.Sum256([]byte("facts\x00" + value))
		all = append(all, fmt.Sprintf(`UPDATE audit_events SET body = json_remove(json_set(body, '$.personal.facts', '%x'), '$.personal.others') WHERE seq = %d`, sum, seq))
	}
	if err := rows.Err(); err != nil {
		d.t.Fatal(err)
	}
	_ = rows.Close()
	d.earlier(all...)
}

// An earlier version has said that others are asked, and not instead of whom: who was asked at
// first cannot be summed up, and the report does not claim it.
func TestAReportClaimsNoSealWhereItIsNotKnownWhoWasAskedAtFirst(t *testing.T) {
	t.Parallel()
	d := open(t)
	o := d.begun()
	items, err := d.CampaignItems(t.Context(), o.ID, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	panel, people := campaigns.PanelOf(access.Person{OktaID: "00uHal"})
	d.does(tester, func(tx *store.Tx) error {
		if err := tx.AskAlso(o, panel, people); err != nil {
			return err
		}
		items[ada].Panel = panel
		_, err := tx.SaveItem(items[ada])
		return err
	})
	d.earlier(`UPDATE audit_events SET body = json_remove(body, '$.facts.panel_before') WHERE kind = 'item.delegated'`)
	if got := d.honest(o).Report.Sealed; got.State != "not sealed" {
		t.Errorf("%+v", got)
	}
}

// Who was asked at first is what is sealed, whoever is asked by now; and who is asked by now
// is what the trail says.
func TestWhoIsAskedInsteadIsNoChangePastTheTrail(t *testing.T) {
	t.Parallel()
	d := open(t)
	o := d.begun()
	hal, ida := access.Person{OktaID: "00uHal", Login: "hal@example.com"}, access.Person{OktaID: "00uIda", Login: "ida@example.com"}
	items, err := d.CampaignItems(t.Context(), o.ID, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range []access.Person{hal, ida} {
		panel, people := campaigns.PanelOf(to)
		d.does(access.PersonActor(grace), func(tx *store.Tx) error {
			if err := tx.AskAlso(o, panel, people); err != nil {
				return err
			}
			for _, n := range []int{ada, eve} {
				items[n].Panel = panel
				if items[n], err = tx.SaveItem(items[n]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	d.does(access.PersonActor(ida), func(tx *store.Tx) error {
		for _, again := range []bool{false, true} {
			i := campaigns.Decide(items[ada], ida, access.KeepItem, noon.Add(1000*time.Hour), "first", tx.Now())
			if again {
				i = campaigns.Decide(items[ada], ida, access.RevokeItem, time.Time{}, "second", tx.Now())
			}
			if items[ada], err = tx.SaveItem(i); err != nil || again {
				return err
			}
			if items[ada], err = tx.SaveItem(campaigns.Undo(items[ada])); err != nil {
				return err
			}
		}
		return nil
	})
	if got := d.honest(o).Report; got.Sealed.State != "sealed" {
		t.Errorf("%+v", got)
	}
	gracesPanel, _ := campaigns.PanelOf(grace)
	d.past("UPDATE campaign_items SET panel = '" + gracesPanel + "' WHERE subject_id IN ('00u0', '00u4')")
	if got := d.told(o); got.Report.Trail.Differs != 2 || got.Report.Sealed.State != "sealed" || !strings.Contains(strings.Join(got.Items[eve].Exceptions, "\n"), "(who is asked)") {
		t.Errorf("%+v", got)
	}
}

// What is kept until a date is taken away then: the trail has forgotten the date as the row has.
func TestWhatIsTakenAwayAtItsDateIsNoChangePastTheTrail(t *testing.T) {
	t.Parallel()
	d := open(t)
	o := d.begun()
	items, err := d.CampaignItems(t.Context(), o.ID, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	i := items[ada]
	saves := func(by access.Actor, change func(tx *store.Tx)) {
		t.Helper()
		d.does(by, func(tx *store.Tx) error {
			change(tx)
			i, err = tx.SaveItem(i)
			return err
		})
		d.honest(o)
	}
	saves(access.PersonActor(grace), func(tx *store.Tx) {
		i = campaigns.Decide(i, grace, access.KeepItem, noon.Add(1000*time.Hour), "for the audit", tx.Now())
	})
	saves(tester, func(tx *store.Tx) { i.State, i.SettledAt, i.NextAt = access.ItemSettled, tx.Now(), i.KeepUntil })
	saves(tester, func(*store.Tx) { i.State, i.Verdict, i.KeepUntil = access.ItemRemoving, access.RevokeItem, time.Time{} })
	saves(tester, func(tx *store.Tx) {
		i.State, i.SettledAt, i.LastError, i.NextAt = access.ItemSettled, tx.Now(), "by hand", time.Time{}
	})
}

// That access is gone is seen before it is written down, which may take longer than a moment.
// Earlier versions have only said when it was written: it was seen not long before.
func TestWhenAccessWasSeenToBeGoneIsWhatTheTrailSays(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.goneAt = noon.Add(-3 * time.Hour)
	o := d.quarterly()
	d.honest(o)
	if gone := d.rowsOf(d.report(o, report.CSV))["item"][cyd]["removal_verified"]; gone != "2026-10-01T06:00:00Z" {
		t.Errorf("it was gone %s", gone)
	}
	gone := func(at string) {
		d.past("UPDATE grants SET ended_at = '2026-10-01 " + at + ":00+00:00' WHERE state = 'ended'")
	}
	for at, differ := range map[string]int{"05:00": 2, "06:00": 0, "08:30": 2} {
		if gone(at); d.told(o).Report.Trail.Differs != differ {
			t.Errorf("not %d items differ that were gone at %s", differ, at)
		}
	}
	d.earlier(`UPDATE audit_events SET body = REPLACE(body, '"ended":', '"before":') WHERE kind = 'grant.ended'`)
	for at, differ := range map[string]int{"06:00": 2, "08:30": 0, "09:00": 0, "09:05": 2} {
		if gone(at); d.told(o).Report.Trail.Differs != differ {
			t.Errorf("not %d items differ that were gone at %s, of an earlier version", differ, at)
		}
	}
}

// What nobody was asked about yet has no seal.
func TestWhatNobodyIsAskedAboutIsNotSealedYet(t *testing.T) {
	t.Parallel()
	d := open(t)
	var o access.Occurrence
	d.does(tester, func(tx *store.Tx) (err error) {
		o, _, err = tx.BeginOccurrence(access.Occurrence{Campaign: "quarterly", ScheduledAt: noon, Rules: access.Campaign{Name: "quarterly"}})
		return err
	})
	if got := d.honest(o).Report.Sealed.State; got != "not opened" {
		t.Error(got)
	}
}

// beside does something while a report of an occurrence is written, which is honest about it.
func (d *desk) beside(o access.Occurrence, do func(tx *store.Tx) error) {
	d.t.Helper()
	done := make(chan error)
	go func() { done <- d.Update(d.t.Context(), tester, do) }()
	d.honest(o)
	if err := <-done; err != nil {
		d.t.Fatal(err)
	}
}

// A report is of one moment also of who is asked: whatever happens in airpass while it is
// written is no change past it.
func TestWhatHappensWhileAReportIsWrittenIsNoChangePastTheTrail(t *testing.T) {
	t.Parallel()
	d := open(t)
	var o access.Occurrence
	for n := range 20 {
		d.does(tester, func(tx *store.Tx) (err error) {
			o, _, err = tx.BeginOccurrence(access.Occurrence{Campaign: fmt.Sprintf("c%d", n), ScheduledAt: noon})
			return err
		})
		for one := range 2 {
			panel, people := campaigns.PanelOf(access.Person{OktaID: fmt.Sprintf("00uFirst%d", one), Login: "first@example.com"})
			i := access.CampaignItem{Target: viewer.ID, Subject: fmt.Sprintf("00u%d", one), Who: "somebody", Standing: true, Panel: panel, Facts: []byte("{}")}
			d.beside(o, func(tx *store.Tx) error {
				return tx.AddItems(o, []access.CampaignItem{i}, map[string][]access.Person{panel: people})
			})
		}
		d.beside(o, func(tx *store.Tx) (err error) {
			o.State, o.Items, o.OpenedAt, o.DeadlineAt = access.OccurrenceOpen, 2, tx.Now(), noon.Add(14*24*time.Hour)
			_, err = tx.SaveOccurrence(o)
			return err
		})
		for other := range 5 {
			panel, people := campaigns.PanelOf(access.Person{OktaID: fmt.Sprintf("00uOther%d", other), Login: "other@example.com"})
			d.beside(o, func(tx *store.Tx) error {
				items, err := tx.OpenItems(o.ID, "", 1)
				if err != nil {
					return err
				}
				if err := tx.AskAlso(o, panel, people); err != nil {
					return err
				}
				items[0].Panel = panel
				_, err = tx.SaveItem(items[0])
				return err
			})
		}
	}
}

// Where an occurrence began is found by the time of its event, also where the clock of a replica
// is behind.
func TestAClockThatIsBehindHidesNothingOfAnOccurrence(t *testing.T) {
	t.Parallel()
	d := open(t)
	o := d.begun()
	behind := (50 * time.Minute).Milliseconds()
	d.ticks.Add(-behind)
	for n := range 40 {
		d.grant(access.Person{OktaID: fmt.Sprintf("00uElse%d", n), Login: "else@example.com", Status: "ACTIVE"}, "")
	}
	d.ticks.Add(behind)
	d.honest(o)
}

// Retention leaves what a report says of access that was extended: when the last grant of it was
// seen to be gone.
func TestRetentionLeavesWhenExtendedAccessWasSeenToBeGone(t *testing.T) {
	t.Parallel()
	d := open(t)
	o := d.quarterly()
	items, err := d.CampaignItems(t.Context(), o.ID, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	later := d.grant(access.Person{OktaID: "00u2", Login: "p2@example.com", Status: "ACTIVE"}, items[cyd].Grant)
	d.does(tester, func(tx *store.Tx) error {
		for _, state := range []access.GrantState{access.GrantRevoking, access.GrantEnded} {
			if later.State = state; state == access.GrantEnded {
				later.EndedAt, later.EndReason = noon.Add(3*time.Hour), access.EndRevoked
			}
			if later, err = tx.SaveGrant(later); err != nil {
				return err
			}
		}
		return nil
	})
	gone := func() string { return d.rowsOf(d.report(o, report.CSV))["item"][cyd]["removal_verified"] }
	if d.honest(o); gone() != "2026-10-01T12:00:00Z" {
		t.Fatal(gone())
	}
	for range 3 {
		if _, err := d.DeleteOver(t.Context(), tester, noon.Add(10000*time.Hour), 100); err != nil {
			t.Fatal(err)
		}
	}
	if d.honest(o); gone() != "2026-10-01T12:00:00Z" {
		t.Errorf("after retention it was gone %s", gone())
	}
}
