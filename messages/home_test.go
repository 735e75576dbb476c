package messages_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"airpass/access"
	"airpass/messages"
)

// many is n times the same, each with an id of its own.
func many(n int, view func() messages.View) []messages.View {
	var all []messages.View
	for i := range n {
		v := view()
		v.Request.ID = "01REQ" + string(rune('A'+i))
		all = append(all, v)
	}
	return all
}

// homes are tabs as they are seen.
func homes() map[string]messages.HomeView {
	part := func(name string, views ...messages.View) messages.Part {
		return messages.Part{Name: name, Views: views}
	}
	failed := given(access.GrantEnded, nil).Grant
	failed.EndNote = "Identity Center refused it"
	overdue := access.Entitlement{Ref: access.Ref{Kind: access.AccountAssignment, OktaUser: "00uADA", Account: "111122223333"}, UnwantedSince: noon.Add(-time.Hour)}
	held := func() messages.View { return active(nil) }
	full := func(name string, view func() messages.View) messages.Part {
		return messages.Part{Name: name, Page: 1, Older: true, Views: many(10, view)}
	}
	glass := func() messages.View {
		v := active(nil)
		v.Request.Course.BreakGlass = true
		v.Review = access.Review{ID: "01REV", State: access.ReviewOwed, DueAt: noon.Add(48 * time.Hour)}
		return v
	}
	named := prod()
	named.PermissionSetName = "airpass-prod-Viewer"
	alike := func(n int) []access.Request {
		var all []access.Request
		for _, v := range many(n, pending) {
			all = append(all, v.Request)
		}
		return all
	}
	return map[string]messages.HomeView{
		"home-owed":    {Command: "/airflow", Owed: messages.Owed{Views: many(2, glass), More: 3}},
		"home-alike":   {Command: "/airflow", Waiting: part(access.PartWaiting, many(2, pending)...), Alike: [][]access.Request{alike(2)}},
		"home-empty":   {Command: "/airflow"},
		"home-refused": {Command: "/airflow", Refused: "You are a guest here."},
		"home-requester": {Command: "/airflow", Access: part(access.PartAccess, held()), Requests: part(access.PartRequests, pending(), decided(access.RequestDenied)),
			Paused: true},
		"home-approver": {Command: "/airflow", Waiting: messages.Part{Name: access.PartWaiting, Older: true, Views: []messages.View{pending()}}},
		"home-admin":    {Command: "/airflow", Admin: &messages.Affairs{Overdue: []access.Entitlement{overdue}, Failed: []access.Grant{failed}}},
		"home-cuts": {Command: "/airflow", Admin: &messages.Affairs{Live: []access.Grant{held().Grant}, Cuts: []access.Cut{
			{ID: "01CUT", Subject: held().Grant.Subject, Target: named, State: access.CutDone, Reason: "laptop <!here> stolen – Sam Whitfield", CreatedAt: noon, LiftAt: noon.Add(3 * time.Hour)},
			{ID: "01LIFT", Subject: held().Grant.Subject, Target: named, State: access.CutLifting, CreatedAt: noon, LiftAt: noon.Add(3 * time.Hour)}}}},
		"home-doctor": {Command: "/airflow", Admin: &messages.Affairs{Doctor: &access.Diagnosis{At: noon, More: 2, Found: slices.Repeat([]access.Ailment{
			{Check: "Okta groups", About: "prod/User", Severity: "wrong", Result: "Okta knows no group <00g1>"}, {Check: "Database", Severity: "unknown", Result: "it does not answer"}}, 3)}}},
		"home-healthy":   {Command: "/airflow", Admin: &messages.Affairs{Doctor: &access.Diagnosis{At: noon}}},
		"home-drift":     {Command: "/airflow", Admin: &messages.Affairs{Drift: &messages.DriftView{Look: access.DriftLook{At: noon, Unknown: 2}, Counts: map[string]int{"extra": 12, "missing": 1}}}},
		"home-campaigns": {Command: "/airflow", Admin: &messages.Affairs{Campaigns: quarterly()}},
		"home-full": {Command: "/airflow", Paused: true, Owed: messages.Owed{Views: many(5, glass), More: 3}, Alike: [][]access.Request{alike(10), alike(10), alike(10)}, Access: full(access.PartAccess, held), Waiting: full(access.PartWaiting, pending), Requests: full(access.PartRequests, pending),
			Admin: &messages.Affairs{Overdue: slices.Repeat([]access.Entitlement{overdue}, 25), Failed: slices.Repeat([]access.Grant{failed}, 10),
				Live: slices.Repeat([]access.Grant{held().Grant}, 4), Cuts: slices.Repeat([]access.Cut{{ID: "01CUT", State: access.CutDone}}, 12), Doctor: &access.Diagnosis{At: noon, Found: make([]access.Ailment, 90)}, Campaigns: quarterly(),
				Drift: &messages.DriftView{Counts: map[string]int{"extra": 12}}}},
	}
}

// quarterly are occurrences in each state.
func quarterly() []messages.Progress {
	behind := func(n int, since time.Time) []messages.Behind {
		return slices.Repeat([]messages.Behind{{Person: access.Person{OktaID: "00uGRACE", Name: "Grace <Hopper>"}, Open: 7, Since: since}}, n)
	}
	o := access.Occurrence{Campaign: "quarterly", ScheduledAt: noon, DeadlineAt: noon.Add(48 * time.Hour), Rules: access.Campaign{Silence: access.SilenceRevokes}}
	of := func(state access.OccurrenceState, p messages.Progress) messages.Progress {
		p.Occurrence = o
		p.Occurrence.State = state
		return p
	}
	waits := of(access.OccurrenceOpen, messages.Progress{Open: 30, Said: 30, Keep: 30, Waits: "1a2b3c4d"})
	waits.Occurrence.DeadlineAt = noon.Add(-8 * time.Hour)
	return []messages.Progress{
		waits,
		of(access.OccurrenceBuilding, messages.Progress{}),
		of(access.OccurrenceOpen, messages.Progress{Open: 48, Said: 12, Keep: 10, Revoke: 2, Going: 1, Late: behind(7, noon.Add(-72*time.Hour)), Missed: behind(1, time.Time{})}),
		of(access.OccurrenceClosed, messages.Progress{Open: 3, Said: 57, Keep: 40, Revoke: 17, Silent: 5}),
	}
}

// However long the names are of those who are behind, and however many campaigns take place,
// the Home tab is one that Slack takes.
func TestManyWhoAreBehindFitASection(t *testing.T) {
	t.Parallel()
	for _, name := range []string{strings.Repeat("Ünal ", 30), strings.Repeat("&", 200)} {
		behind := slices.Repeat([]messages.Behind{{Person: access.Person{Name: name}, Open: 500, Since: noon}}, 40)
		one := messages.Progress{Occurrence: access.Occurrence{Campaign: "quarterly", State: access.OccurrenceOpen, DeadlineAt: noon}, Open: 500, Late: behind, Missed: behind}
		for n := 1; n <= 3; n++ {
			blocks := messages.Home(messages.HomeView{Admin: &messages.Affairs{Campaigns: slices.Repeat([]messages.Progress{one}, n)}}, noon).Blocks
			text := blocks[len(blocks)-1].(*slack.SectionBlock).Text.Text
			if len(text) > 3000 || strings.Count(text, "Reminded, and open: ") != n || strings.Count(text, "Not reached: ") != n || strings.Count(text, ", asked") < n {
				t.Errorf("%d campaigns: %d bytes: %s", n, len(text), text)
			}
		}
	}
}

func TestHomeReadsAsItDid(t *testing.T) {
	t.Parallel()
	for name, h := range homes() {
		golden(t, name, messages.Home(h, noon.Add(10*time.Minute)))
	}
}

// A Home tab may have 100 blocks, also with every part full.
// See https://docs.slack.dev/reference/views/home-tab-views.
func TestHomeFitsAView(t *testing.T) {
	t.Parallel()
	for name, h := range homes() {
		if n := len(messages.Home(h, noon.Add(10*time.Minute)).Blocks); n == 0 || n > 100 {
			t.Errorf("%s has %d blocks", name, n)
		}
	}
}
