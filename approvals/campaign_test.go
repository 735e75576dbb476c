package approvals_test

import (
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/campaigns"
	"airpass/sandbox/control"
	"airpass/sandbox/okta"
	"airpass/sandbox/workspace"
	"airpass/store"
)

// person is somebody of the town as airpass knows them.
func (b *bench) person(who string) access.Person {
	p := b.world.Person(who)
	return access.Person{OktaID: p.OktaID, Login: p.Login, Name: p.Name, Email: p.Email, Status: "ACTIVE"}
}

// campaign is an open one in which Grace is asked about the access of some people, and Olivia
// would be if Grace could not. It returns Grace as she is asked.
func (b *bench) campaign(of ...string) access.CampaignReviewer {
	b.Helper()
	return b.campaignOf([]string{"grace"}, of...)[0]
}

// campaignOf is campaign in which others are asked, together. It returns them as they are.
func (b *bench) campaignOf(asked []string, of ...string) (reviewers []access.CampaignReviewer) {
	b.Helper()
	b.svc.Campaigns = campaigns.New(campaigns.Options{Store: b.store, Targets: b.targets, Now: b.world.Clock.Now, Log: slog.New(slog.DiscardHandler),
		Planner: campaigns.Planner{Store: b.store, Directory: b.okta, Now: b.world.Clock.Now}})
	rules := access.Campaign{Name: "quarterly", When: `person.email != '` + b.person("grace").Login + `' || "00gData" != role`, Deadline: 7 * 24 * time.Hour, RemindEvery: 24 * time.Hour, Silence: access.SilenceKeeps,
		Reviewers: []access.Approver{{Kind: access.ApproverManager}}, Fallback: []access.Approver{{Kind: access.ApproverPerson, Value: b.person("olivia").Login}}}
	var people []access.Person
	var ids []string
	for _, who := range asked {
		people, ids = append(people, b.person(who)), append(ids, b.person(who).OktaID)
	}
	panel := campaigns.NameOfPanel(ids)
	var items []access.CampaignItem
	for _, who := range of {
		p, err := b.okta.ByID(b.Context(), b.person(who).OktaID)
		b.must(err)
		facts, err := json.Marshal(campaigns.Item{Target: "prod/Viewer", Who: p.Login, OktaID: p.OktaID, SameAs: p.SameAs, Silence: access.SilenceKeeps})
		b.must(err)
		items = append(items, access.CampaignItem{Target: "prod/Viewer", Subject: p.OktaID, Who: p.Login, Standing: true, Facts: facts, Panel: panel})
	}
	b.must(b.store.Update(b.Context(), access.System("test"), func(tx *store.Tx) error {
		o, _, err := tx.BeginOccurrence(access.Occurrence{Campaign: "quarterly", ScheduledAt: tx.Now(), Rules: rules})
		if err != nil {
			return err
		}
		if err := tx.AddItems(o, items, map[string][]access.Person{panel: people}); err != nil {
			return err
		}
		o.State, o.Items, o.OpenedAt, o.DeadlineAt = access.OccurrenceOpen, len(items), tx.Now(), tx.Now().Add(rules.Deadline)
		if _, err := tx.SaveOccurrence(o); err != nil {
			return err
		}
		if err := tx.AskReviewers(o.ID); err != nil {
			return err
		}
		all, err := tx.Panel(o.ID, panel)
		for _, id := range ids {
			reviewers = append(reviewers, all[slices.IndexFunc(all, func(r access.CampaignReviewer) bool { return r.Person.OktaID == id })])
		}
		return err
	}))
	return reviewers
}

// invites tells a reviewer that they are asked, or reminds them, as the engine does.
func (b *bench) invites(id string) {
	b.Helper()
	r, err := b.store.CampaignReviewer(b.Context(), id)
	if err == nil {
		err = b.svc.Invite(b.Context(), r.ID, r.Version)
	}
	if err != nil {
		b.Fatal(err)
	}
}

// item is the item of somebody, and who is asked about it.
func (b *bench) item(of access.CampaignReviewer, who string) (access.CampaignItem, string) {
	b.Helper()
	items, err := b.store.CampaignItems(b.Context(), of.Occurrence, "", 100)
	if err != nil {
		b.Fatal(err)
	}
	panels, err := b.store.CampaignPanels(b.Context(), of.Occurrence)
	if err != nil {
		b.Fatal(err)
	}
	for _, i := range items {
		if i.Subject != b.person(who).OktaID {
			continue
		}
		var names []string
		for _, p := range panels[i.Panel] {
			names = append(names, p.Login)
		}
		return i, strings.Join(names, " ")
	}
	b.Fatal("no item of", who)
	return access.CampaignItem{}, ""
}

// certifies is what somebody says of the access of another.
func (b *bench) certifies(by string, of access.CampaignReviewer, who string, v access.ItemVerdict) access.Attempt {
	b.Helper()
	i, _ := b.item(of, who)
	return b.tries(by, access.Attempt{Kind: access.AttemptCertify, Target: access.Certified{Reviewer: of.ID, Verdicts: map[string]access.ItemVerdict{i.ID: v}}.String()})
}

func TestAReviewerWhoCannotBeReachedIsReplacedWhenTheyAreToBeTold(t *testing.T) {
	t.Parallel()
	for name, gone := range map[string]func(b *bench){
		"deactivated in Slack": func(b *bench) {
			b.world.Slack.UpdateUser(b.world.Person("grace").SlackID, func(u *workspace.User) { u.Deleted = true })
		},
		"suspended in Okta": func(b *bench) {
			if err := b.world.Okta.SetStatus(b.person("grace").Login, okta.Suspended); err != nil {
				b.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.certifies("grace", b.campaign("ben"), "ben", access.KeepItem) // she is known in Slack from then on
			b.closes()
			r := b.campaign("ada", "ben")
			b.invites(r.ID)
			if _, asked := b.item(r, "ada"); asked != b.person("grace").Login {
				t.Fatalf("%q is asked", asked)
			}
			if _, err := b.world.Clock.Advance(25 * time.Hour); err != nil {
				t.Fatal(err)
			}
			gone(b)
			silent, why := b.world.Slack.Faults(), "the reviewer has no account in Slack any more"
			if strings.Contains(name, "Okta") {
				silent, why = b.world.Okta.Faults(), "the reviewer is SUSPENDED in Okta"
			}
			silent.Add(control.Fault{Op: "*", Answer: "unavailable"})
			b.invites(r.ID)
			if _, asked := b.item(r, "ada"); asked != b.person("grace").Login {
				t.Fatalf("%q is asked, and who knows that she has left has not answered", asked)
			}
			silent.Clear()
			if _, err := b.world.Clock.Advance(16 * time.Minute); err != nil {
				t.Fatal(err)
			}
			var said strings.Builder
			b.svc.Log = slog.New(slog.NewTextHandler(&said, nil))
			b.invites(r.ID)
			if !strings.Contains(said.String(), why) {
				t.Errorf("that they cannot be told is not said with the reason %q: %s", why, said.String())
			}
			for _, who := range []string{"ada", "ben"} {
				if _, asked := b.item(r, who); asked != b.person("olivia").Login {
					t.Errorf("%q is asked about the access of %s", asked, who)
				}
			}
			if a := b.certifies("grace", r, "ada", access.KeepItem); a.State != access.AttemptRefused {
				t.Errorf("who has left says something: %s %s", a.State, a.Answer)
			}
		})
	}
}

// closes closes the campaign that is open.
func (b *bench) closes() {
	b.Helper()
	o, _, err := b.store.LiveOccurrence(b.Context(), "quarterly")
	if err == nil {
		_, err = campaigns.New(campaigns.Options{Store: b.store, Now: b.world.Clock.Now}).Close(b.Context(), access.System("test"), o.ID, "enough")
	}
	if err != nil {
		b.Fatal(err)
	}
	if _, err := b.world.Clock.Advance(time.Minute); err != nil { // the next is another one
		b.Fatal(err)
	}
}

func TestWhoWasReplacedIsRefusedAlsoWhenTheyAreBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := b.campaign("ada")
	slack := b.world.Person("grace").SlackID
	b.world.Slack.UpdateUser(slack, func(u *workspace.User) { u.Deleted = true })
	b.invites(r.ID)
	b.world.Slack.UpdateUser(slack, func(u *workspace.User) { u.Deleted = false })
	if a := b.certifies("grace", r, "ada", access.RevokeItem); a.State != access.AttemptRefused || !strings.Contains(a.Answer, "others are asked about it by now") {
		t.Errorf("%s %s", a.State, a.Answer)
	}
	if i, asked := b.item(r, "ada"); i.State != access.ItemOpen || asked != b.person("olivia").Login {
		t.Errorf("%s, and %q is asked", i.State, asked)
	}
	if a := b.certifies("olivia", r, "ada", access.KeepItem); a.State != access.AttemptDone {
		t.Errorf("%s %s", a.State, a.Answer)
	}
}

func TestAReviewerWhoIsDeactivatedIsRefusedBeforeAnybodyHasLooked(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := b.campaign("ada")
	if err := b.world.Okta.SetStatus(b.person("grace").Login, okta.Deprovisioned); err != nil {
		t.Fatal(err)
	}
	if a := b.certifies("grace", r, "ada", access.KeepItem); a.State != access.AttemptRefused {
		t.Errorf("%s %s", a.State, a.Answer)
	}
	if i, _ := b.item(r, "ada"); i.State != access.ItemOpen {
		t.Errorf("%+v", i)
	}
}

func TestNobodySaysAnythingOfTheirOwnAccessInACampaign(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := b.campaign("grace", "ada") // however she came to be asked
	if a := b.certifies("grace", r, "grace", access.KeepItem); a.State != access.AttemptRefused || !strings.Contains(a.Answer, "your own access") {
		t.Errorf("%s %s", a.State, a.Answer)
	}
	if i, _ := b.item(r, "grace"); i.State != access.ItemOpen {
		t.Errorf("%+v", i)
	}
	if a := b.certifies("grace", r, "ada", access.KeepItem); a.State != access.AttemptDone {
		t.Errorf("of another: %s %s", a.State, a.Answer)
	}
}

func TestWhatWasSaidInACampaignIsTakenBackWithinTheGraceOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := b.campaign("ada")
	undo := func() access.Attempt { return b.tries("grace", access.Attempt{Kind: access.AttemptUndo, Target: r.ID}) }
	move := func(d time.Duration) {
		if _, err := b.world.Clock.Advance(d); err != nil {
			t.Fatal(err)
		}
	}
	b.certifies("grace", r, "ada", access.RevokeItem)
	move(access.GraceOfReview - time.Second)
	if a := undo(); a.State != access.AttemptDone {
		t.Errorf("in time: %s %s", a.State, a.Answer)
	}
	b.certifies("grace", r, "ada", access.RevokeItem)
	move(access.GraceOfReview)
	if a := undo(); a.State != access.AttemptRefused { // nothing has come of it yet: nobody has looked
		t.Errorf("too late: %s %s", a.State, a.Answer)
	}
	if i, _ := b.item(r, "ada"); i.State != access.ItemDecided || i.Verdict != access.RevokeItem {
		t.Errorf("%+v", i)
	}
}

// What lay there over night is not kept until a day that has come meanwhile.
func TestADayUntilWhichManyAreKeptIsStillToCome(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := b.campaign("ada", "ben")
	open, err := b.store.ItemsFor(t.Context(), r, access.ItemOpen, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	many := access.CertifiedMany{Reviewer: r.ID, Verdict: access.KeepItem, Digest: campaigns.Digest(open), Choice: campaigns.ChooseAll}
	says := func(until time.Time) access.Attempt {
		many.Until = until
		return b.tries("grace", access.Attempt{Kind: access.AttemptCertifyMany, Target: many.String()})
	}
	today := b.world.Clock.Now().UTC().Truncate(24 * time.Hour)
	if a := says(today); a.State != access.AttemptRefused || !strings.Contains(a.Answer, "later than today") {
		t.Errorf("%s %s", a.State, a.Answer)
	}
	if a := says(today.AddDate(0, 0, 1)); a.State != access.AttemptDone {
		t.Errorf("%s %s", a.State, a.Answer)
	}
	for _, who := range []string{"ada", "ben"} {
		if i, _ := b.item(r, who); i.Verdict != access.KeepItem || !i.KeepUntil.Equal(today.AddDate(0, 0, 1)) {
			t.Errorf("%+v", i)
		}
	}
}

// That others are asked is taken back by who has said so, within the grace, as long as nothing was
// said, and by one click once.
func TestThatOthersAreAskedIsTakenBackWithinTheGraceOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := b.campaign("ada", "ben")
	passes := func() {
		i, _ := b.item(r, "ada")
		b.does("grace", access.Attempt{Kind: access.AttemptDelegate, Channel: b.world.Person("olivia").SlackID, Reason: "ask her",
			Target: access.Certified{Reviewer: r.ID, Verdicts: map[string]access.ItemVerdict{i.ID: ""}}.String()})
	}
	undo := func(who, target string) access.Attempt {
		return b.tries(who, access.Attempt{Kind: access.AttemptUndo, Target: target})
	}
	asked := func(want string) {
		t.Helper()
		if i, asked := b.item(r, "ada"); asked != b.person(want).Login {
			t.Errorf("%q is asked: %+v", asked, i)
		}
	}
	b.certifies("grace", r, "ben", access.KeepItem)
	if _, err := b.world.Clock.Advance(time.Minute); err != nil {
		t.Fatal(err)
	}
	passes()
	i, _ := b.item(r, "ada")
	if p, is := i.PassedOn(); !is || p.Comment != "ask her" || p.By != b.person("grace").OktaID {
		t.Errorf("%+v", i)
	}
	asked("olivia")
	if a := undo("olivia", r.ID); a.State != access.AttemptRefused {
		t.Errorf("by somebody else: %s %s", a.State, a.Answer)
	}
	button := access.UndoOf(r.ID, i.Passed[0].At)
	for n, state := range []access.AttemptState{access.AttemptDone, access.AttemptRefused} {
		if a := undo("grace", button); a.State != state {
			t.Errorf("click %d: %s %s", n, a.State, a.Answer)
		}
	}
	asked("grace")
	if i, _ := b.item(r, "ben"); i.State != access.ItemDecided {
		t.Errorf("the second click takes back what was said before: %+v", i)
	}
	passes()
	b.certifies("olivia", r, "ada", access.KeepItem)
	if a := undo("grace", r.ID); a.State != access.AttemptDone { // of Ben: it is what stands of what she has said
		t.Errorf("%s %s", a.State, a.Answer)
	}
	if i, _ := b.item(r, "ada"); i.State != access.ItemDecided {
		t.Errorf("what Olivia has said is taken back by Grace: %+v", i)
	}
	b.closes()
	r = b.campaign("ada", "ben")
	passes()
	if _, err := b.world.Clock.Advance(access.GraceOfReview); err != nil {
		t.Fatal(err)
	}
	if a := undo("grace", r.ID); a.State != access.AttemptRefused {
		t.Errorf("too late: %s %s", a.State, a.Answer)
	}
	asked("olivia")
}

func TestAClickAfterACampaignIsOverIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := b.campaign("ada", "ben")
	if _, err := b.world.Clock.Advance(7*24*time.Hour - time.Second); err != nil {
		t.Fatal(err)
	}
	if a := b.certifies("grace", r, "ada", access.KeepItem); a.State != access.AttemptDone {
		t.Errorf("in time: %s %s", a.State, a.Answer)
	}
	if _, err := b.world.Clock.Advance(time.Second); err != nil {
		t.Fatal(err)
	}
	if a := b.certifies("grace", r, "ben", access.KeepItem); a.State != access.AttemptRefused || !strings.Contains(a.Answer, "is over") {
		t.Errorf("too late: %s %s", a.State, a.Answer)
	}
	b.closes()
	r = b.campaign("ada", "ben")
	b.closes() // with everything open
	if a := b.certifies("grace", r, "ben", access.KeepItem); a.State != access.AttemptRefused || !strings.Contains(a.Answer, "is over") {
		t.Errorf("closed: %s %s", a.State, a.Answer)
	}
	if i, _ := b.item(r, "ben"); i.State != access.ItemOpen {
		t.Errorf("%+v", i)
	}
}

// Each message to somebody whom a campaign asks is in the trail, once, however many items it is
// about: silence is only that of who was told.
func TestTheTrailSaysWhoWasAskedAndReminded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := b.campaign("ada", "ben")
	b.invites(r.ID)
	b.invites(r.ID) // it is not time yet
	if _, err := b.world.Clock.Advance(25 * time.Hour); err != nil {
		t.Fatal(err)
	}
	b.certifies("grace", r, "ada", access.KeepItem)
	b.invites(r.ID)
	b.certifies("grace", r, "ben", access.KeepItem)
	if _, err := b.world.Clock.Advance(25 * time.Hour); err != nil {
		t.Fatal(err)
	}
	b.invites(r.ID) // nothing is open
	var said []string
	for _, e := range b.events() {
		if strings.HasPrefix(string(e.Kind), "reviewer.") {
			said = append(said, string(e.Kind)+" "+e.Facts["times"]+" of "+e.Facts["items"])
			if e.Facts["reviewer"] != b.person("grace").OktaID || e.Facts["occurrence"] != r.Occurrence || e.Facts["campaign"] != "quarterly" || e.Actor.ID != "campaigns" {
				t.Errorf("%+v", e)
			}
		}
	}
	if got := strings.Join(said, ", "); got != "reviewer.asked 1 of 2, reviewer.reminded 2 of 1" {
		t.Errorf("the trail says %q", got)
	}
}
