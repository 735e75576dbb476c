package approvals_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/campaigns/report"
	"airpass/cuts"
	"airpass/sandbox/workspace"
	policies "airpass/setup"
	"airpass/store"
)

// Whoever has had to do with the access of others in every way there is, and is erased, is
// named nowhere in the store any more: in no column of any table, whatever it is called.
func TestWhoIsErasedIsNamedNowhere(t *testing.T) {
	onEachStore(t, func(b *bench) {
		grace := b.person("grace")
		const name, inSlack = "Zenobia Quixley", "zenobia-in-slack"
		b.must(b.world.Okta.SetProfile(grace.Login, map[string]any{"displayName": name}))
		b.world.Slack.UpdateUser(b.world.Person("grace").SlackID, func(u *workspace.User) { u.RealName, u.DisplayName = inSlack, inSlack })
		b.meddles()
		alike := []access.Person{{OktaID: "00uRetired", Login: "ada.admin", Email: b.person("ada").Email, Name: b.person("ada").Name, SameAs: "E99"},
			{OktaID: "00uMay", Login: "may@corp.example", Email: "may@corp.example", Name: "May"}}
		twin := access.Person{OktaID: "00uTwin", Login: "z.admin", Email: "z.admin@corp.example", Name: "May Twin", SameAs: "E99"}
		for _, p := range append(alike, twin) {
			b.cancelled(p)
		}
		b.over()
		already := b.untouched(alike)
		theirs := b.rows(func(row string) bool { return strings.Contains(row, twin.OktaID) })
		needles := []string{"zenobia", "quixley", grace.Login}
		if before := b.mentions(needles); len(before) < 10 {
			t.Fatalf("she was named hardly anywhere: %q", before)
		}
		done, err := b.store.ErasePersonal(t.Context(), access.System("test"), grace.OktaID)
		b.must(err)
		for _, where := range b.mentions(needles) {
			t.Error("left in ", where)
		}
		if v, err := b.store.VerifyAudit(t.Context()); err != nil || v.Why != "" || v.Erased != already+done.Values || v.Recorded != v.Erased {
			t.Errorf("%+v %v, not %+v", v, err, done)
		}
		b.tellsStill(needles)
		if after := b.rows(func(row string) bool { return strings.Contains(row, twin.OktaID) }); len(theirs) < 2 || !slices.Equal(theirs, after) {
			t.Errorf("what is about her other account was %q and is %q", theirs, after)
		}
	})
}

// cancelled has somebody ask for something and think better of it.
func (b *bench) cancelled(p access.Person) {
	b.Helper()
	target := b.targets()[0]
	target.Policy = access.Policy{} // which names Grace
	b.must(b.store.Update(b.Context(), access.PersonActor(p), func(tx *store.Tx) error {
		r, err := tx.CreateRequest(access.Request{Subject: p, Slack: access.SlackUser{Team: "T1", ID: "U" + p.OktaID, Name: p.Name, Email: p.Email}, Target: target, Duration: time.Hour, Reason: "until 29 May 2027",
			State: access.RequestPending, LapseAt: tx.Now().Add(time.Hour)})
		if err != nil {
			return err
		}
		r.State, r.DecidedAt = access.RequestCancelled, tx.Now()
		_, err = tx.SaveRequest(r)
		return err
	}))
}

// untouched erases people of whom others have the mailbox, the name or the human, or whose name
// is a word, and makes sure that no row that is not about them changes. It returns how many
// values of the trail are erased.
func (b *bench) untouched(people []access.Person) (values int64) {
	b.Helper()
	others := func(row string) bool {
		return !slices.ContainsFunc(people, func(p access.Person) bool { return strings.Contains(row, p.OktaID) })
	}
	before := b.rows(others)
	for _, p := range people {
		done, err := b.store.ErasePersonal(b.Context(), access.System("test"), p.OktaID)
		b.must(err)
		values += done.Values
	}
	after := b.rows(others)
	for _, row := range before {
		if !slices.Contains(after, row) {
			b.Errorf("erasing others changed %s", row)
		}
	}
	if v, err := b.store.VerifyAudit(b.Context()); err != nil || v.Why != "" || v.Erased != values || v.Recorded != values {
		b.Errorf("%+v %v, not %d", v, err, values)
	}
	return values
}

// rows are those of all tables but the head of the trail that are of some kind, as text.
func (b *bench) rows(are func(row string) bool) (found []string) {
	b.Helper()
	for _, table := range b.tables() {
		if table == "audit_head" || strings.HasPrefix(table, "river_") || strings.HasPrefix(table, "sqlite_") {
			continue
		}
		rows, err := b.store.DB().QueryContext(b.Context(), `SELECT * FROM `+table)
		b.must(err)
		for _, row := range b.texts(rows) {
			if text := table + ": " + strings.Join(row, "|"); are(text) {
				found = append(found, text)
			}
		}
	}
	slices.Sort(found)
	return found
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// does is what somebody does, and that it was done.
func (b *bench) does(who string, a access.Attempt) access.Attempt {
	b.Helper()
	if a = b.tries(who, a); a.State != access.AttemptDone {
		b.Fatalf("%s cannot %s: %s", who, a.Kind, a.Answer)
	}
	return a
}

// meddles has Grace do all that somebody can do to the access of others, and others be told of it.
func (b *bench) meddles() {
	b.Helper()
	groups, err := b.okta.GroupsOf(b.Context(), b.person("ada").OktaID)
	b.must(err)
	glass := &access.BreakGlass{MaxDuration: time.Hour, Channel: "C0SECURITY", ReviewWithin: time.Hour, RemindEvery: time.Hour, Reviewers: []access.Approver{person("grace")}}
	for g := range groups {
		glass.Requesters = append(glass.Requesters, g)
	}
	for _, id := range []string{"prod/Viewer", "prod/User"} {
		b.policies[id] = access.Policy{Stages: []access.Stage{stage("", 1, manager, person("grace"), person("olivia"))}, BreakGlass: glass,
			Rules: []access.Rule{{Name: "a rule with her in it", When: `requester.login == "` + b.person("grace").Login + `"`, MaxDuration: 8 * time.Hour}}}
	}
	b.svc.Admins = []string{b.person("grace").Login}
	b.svc.Cuts = cuts.New(cuts.Options{Store: b.store, On: true, Most: policies.MostBytes, Now: b.world.Clock.Now, Log: slog.New(slog.DiscardHandler),
		Render: func(t access.Target, users []string) (cuts.Rendered, error) {
			d := policies.Inline(t, nil, users...)
			return cuts.Rendered{Text: d.String(), Bytes: d.Bytes()}, nil
		}})
	b.does("grace", access.Attempt{Kind: access.AttemptHome, Target: ""})

	// Asked about, agreed to, too late for somebody else, and taken away.
	viewer := b.asks("ada", "prod/Viewer")
	b.does("grace", access.Attempt{Kind: access.AttemptQuestion, Request: viewer, Reason: "which run?"})
	asked, err := b.store.QuestionsOf(b.Context(), viewer)
	b.must(err)
	b.does("ada", access.Attempt{Kind: access.AttemptReply, Target: asked[0].ID, Reason: "the nightly one"})
	b.does("grace", access.Attempt{Kind: access.AttemptApprove, Request: viewer})
	b.says("olivia", access.AttemptApprove, viewer)
	b.does("grace", access.Attempt{Kind: access.AttemptRevoke, Request: viewer, Reason: "incident 4711"})

	denied := b.asks("ben", "prod/Viewer")
	b.does("grace", access.Attempt{Kind: access.AttemptDeny, Request: denied, Reason: "not now"})
	b.says("olivia", access.AttemptApprove, denied)

	// Taken at once, and reviewed.
	taken := b.does("chen", access.Attempt{Kind: access.AttemptBreakGlass, Target: "prod/User", Duration: time.Hour, Reason: "it burns"}).Answer
	b.does("grace", access.Attempt{Kind: access.AttemptTakeBack, Request: taken, Reason: "it did not"})
	b.tries("olivia", access.Attempt{Kind: access.AttemptJustified, Request: taken, Reason: "it did"})

	// Sessions cut, and the cut lifted.
	cut := b.asks("ada", "prod/User")
	b.does("grace", access.Attempt{Kind: access.AttemptApprove, Request: cut})
	id := b.does("grace", access.Attempt{Kind: access.AttemptCut, Request: cut, Reason: "laptop stolen"}).Answer
	b.does("grace", access.Attempt{Kind: access.AttemptLift, Target: id, Reason: "found again"})

	// Asked by a campaign: says yes, says no and takes it back, has somebody else asked.
	r := b.campaign("ada", "ben", "chen")
	b.invites(r.ID)
	b.certifies("grace", r, "ada", access.RevokeItem)
	b.certifies("grace", r, "ben", access.KeepItem)
	b.does("grace", access.Attempt{Kind: access.AttemptUndo, Target: r.ID})
	b.certifies("grace", r, "ben", access.RevokeItem)
	i, _ := b.item(r, "chen")
	b.does("grace", access.Attempt{Kind: access.AttemptDelegate, Channel: b.world.Person("olivia").SlackID,
		Target: access.Certified{Reviewer: r.ID, Verdicts: map[string]access.ItemVerdict{i.ID: ""}}.String()})

	// And has asked for something herself, which others have been told of.
	own := b.asks("grace", "prod/Viewer")
	b.does("olivia", access.Attempt{Kind: access.AttemptApprove, Request: own})
	b.does("grace", access.Attempt{Kind: access.AttemptCancel, Request: own})
}

// over ends everything: what airpass does by itself is done, and what it says is said.
func (b *bench) over() {
	b.Helper()
	b.closes()
	b.must(b.store.Update(b.Context(), access.System("test"), func(tx *store.Tx) error {
		for _, who := range []string{"ada", "ben", "chen", "grace"} {
			all, err := tx.GrantsOf(b.person(who).OktaID, false)
			if err != nil {
				return err
			}
			for _, g := range all {
				for _, to := range []access.GrantState{access.GrantRevoking, access.GrantEnded} {
					if access.CheckGrantMove(g.State, to) != nil {
						continue
					}
					if g.State = to; to == access.GrantEnded {
						g.EndedAt = tx.Now()
					}
					if g, err = tx.SaveGrant(g); err != nil {
						return err
					}
				}
			}
		}
		return nil
	}))
	said := "'refused: User: arn:aws:sts::111122223333:assumed-role/login/" + b.person("grace").Login + " is not authorized'" // by a vendor
	for _, done := range []string{`UPDATE entitlements SET last_error = ` + said, `UPDATE intents SET answer = ` + said, `UPDATE grants SET last_error = ` + said, `UPDATE occurrences SET last_error = ` + said,
		`UPDATE messages SET last_error = ` + said,
		`UPDATE messages SET state = 'posted', next_at = NULL`, `UPDATE campaign_items SET settled_at = created_at, state = 'settled', next_at = NULL`} {
		_, err := b.store.DB().ExecContext(b.Context(), strings.Replace(done, "created_at", "(SELECT MAX(created_at) FROM occurrences)", 1))
		b.must(err)
	}
}

// mentions are the columns of all tables in which there is any of some words, with what there is.
func (b *bench) mentions(words []string) (found []string) {
	b.Helper()
	for _, table := range b.tables() {
		rows, err := b.store.DB().QueryContext(b.Context(), `SELECT * FROM `+table)
		b.must(err)
		found = append(found, b.named(table, rows, words)...)
	}
	return found
}

func (b *bench) tables() []string {
	b.Helper()
	tables := b.column(`SELECT name FROM sqlite_master WHERE type = 'table'`)
	if len(tables) == 0 {
		tables = b.column(`SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()`)
	}
	if len(tables) < 20 {
		b.Fatalf("these are not all tables: %q", tables)
	}
	return tables
}

func (b *bench) column(query string) (all []string) {
	rows, err := b.store.DB().QueryContext(b.Context(), query)
	if err != nil {
		return nil // the other dialect's
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var one string
		b.must(rows.Scan(&one))
		all = append(all, one)
	}
	b.must(rows.Err())
	return all
}

func (b *bench) named(table string, rows *sql.Rows, words []string) (found []string) {
	b.Helper()
	columns, err := rows.Columns()
	b.must(err)
	for _, row := range b.texts(rows) {
		for i, text := range row {
			for _, w := range words {
				if strings.Contains(strings.ToLower(text), w) {
					found = append(found, table+"."+columns[i]+": "+text)
					break
				}
			}
		}
	}
	return found
}

// texts are the values of rows.
func (b *bench) texts(rows *sql.Rows) (all [][]string) {
	b.Helper()
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	b.must(err)
	for rows.Next() {
		values, into, texts := make([]any, len(columns)), make([]any, len(columns)), make([]string, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		b.must(rows.Scan(into...))
		for i, v := range values {
			if raw, is := v.([]byte); is {
				v = string(raw)
			}
			texts[i] = fmt.Sprint(v)
		}
		all = append(all, texts)
	}
	b.must(rows.Err())
	return all
}

// tellsStill makes sure of what is told of the store: it names nobody who is erased, and who
// is not is named as before.
func (b *bench) tellsStill(words []string) {
	b.Helper()
	var out bytes.Buffer
	b.must(b.store.ExportAudit(b.Context(), &out, store.AuditFilter{}))
	b.must(b.store.ExportAuditCSV(b.Context(), &out, store.AuditFilter{}))
	all, err := b.store.Occurrences(b.Context(), 1)
	b.must(err)
	for _, f := range []report.Format{report.HTML, report.CSV, report.JSON} {
		b.must(report.Write(b.Context(), b.store, all[0].ID, f, b.TempDir(), &out))
	}
	for _, w := range words {
		if strings.Contains(strings.ToLower(out.String()), w) {
			b.Errorf("%q is told still", w)
		}
	}
	if ada := b.person("ada"); !strings.Contains(out.String(), ada.Name) {
		b.Error("who is not erased is named no more")
	}
}
