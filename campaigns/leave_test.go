package campaigns_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/campaigns"
	"airpass/config"
	"airpass/grants"
	"airpass/okta"
	"airpass/outbound"
	"airpass/policy"
	"airpass/sandbox"
	"airpass/sandbox/control"
	sandboxokta "airpass/sandbox/okta"
	"airpass/store"
)

// inTown is a desk at which campaigns ask people of a sandbox, as Okta tells about them.
type inTown struct {
	*desk
	*campaigns.Service
	world *sandbox.World
}

// moved is when these stories begin.
const moved = "2026-02-01T00:00:00Z"

func settle(t *testing.T) *inTown {
	t.Helper()
	world, err := sandbox.Start(t.Context(), sandbox.Options{Unlimited: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(world.Close)
	for _, pair := range world.Environ() { // the same in every world
		name, value, _ := strings.Cut(pair, "=")
		if err := os.Setenv(name, value); err != nil {
			t.Fatal(err)
		}
	}
	url := file(t)
	c, err := config.Parse("airpass.yaml", world.Config(url), os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	directory, err := okta.New(okta.Options{URL: c.Okta.OrgURL, Caller: outbound.New(outbound.Options{Timeout: time.Minute}), Token: c.Okta.APIToken.Reveal(),
		ManagerAttribute: "managerId", ManagerKind: "login", PersonAttribute: "employeeNumber", IdentityCenterApp: c.Okta.IdentityCenterApp})
	if err != nil {
		t.Fatal(err)
	}
	d := open(t, url, moved)
	owners := func(environment string) []string {
		e, _ := c.Environment(environment)
		return e.Owners
	}
	s := campaigns.New(campaigns.Options{Store: d.Store, Targets: c.Targets, Now: d.Now, Log: slog.New(slog.DiscardHandler), Cap: grants.Cap{Most: 10, AdminChannel: "C1"},
		Planner:   campaigns.Planner{Store: d.Store, Directory: directory, Conditions: (*policy.Conditions)(nil), Owners: owners, Now: d.Now},
		Campaigns: []campaigns.Dated{{Campaign: access.Campaign{Name: "quarterly"}, Schedule: quarterly, Next: func(after time.Time) time.Time { return after.AddDate(1, 0, 0) }}}})
	if err := s.Schedule(t.Context()); err != nil {
		t.Fatal(err)
	}
	return &inTown{d, s, world}
}

// person is somebody of the town as airpass knows them.
func (tw *inTown) person(key string) access.Person {
	p := tw.world.Person(key)
	return access.Person{OktaID: p.OktaID, Login: p.Login, Name: p.Name, Email: p.Email, Status: "ACTIVE"}
}

// asks opens an occurrence that asks about grants of prod/Viewer: whose, and whom about each.
func (tw *inTown) asks(rules access.Campaign, of map[string][]string) (access.Occurrence, map[string]access.Grant) {
	tw.t.Helper()
	o, given := tw.asksUntold(rules, of)
	tw.reached(o)
	return o, given
}

// asksUntold is asks, and Slack has told nobody yet.
func (tw *inTown) asksUntold(rules access.Campaign, of map[string][]string) (access.Occurrence, map[string]access.Grant) {
	tw.t.Helper()
	given, o := map[string]access.Grant{}, access.Occurrence{}
	rules.Name, rules.Deadline = "quarterly", 24*time.Hour
	target := viewer
	target.Environment.Key = "prod"
	err := tw.Update(tw.t.Context(), access.System("test"), func(tx *store.Tx) (err error) {
		if o, _, err = tx.BeginOccurrence(access.Occurrence{Campaign: "quarterly", ScheduledAt: tx.Now(), Rules: rules}); err != nil {
			return err
		}
		for who, reviewers := range of {
			g, err := give(tx, tw.person(who), target)
			if err != nil {
				return err
			}
			given[who] = g
			panel, people := tw.panel(reviewers)
			facts, err := json.Marshal(campaigns.Item{Target: target.ID, Who: tw.person(who).Login, OktaID: tw.person(who).OktaID, Grant: g.ID, Silence: rules.Silence})
			if err != nil {
				return err
			}
			item := access.CampaignItem{Target: target.ID, Subject: tw.person(who).OktaID, Who: tw.person(who).Login, Grant: g.ID, Facts: facts, Panel: panel}
			if err := tx.AddItems(o, []access.CampaignItem{item}, map[string][]access.Person{panel: people}); err != nil {
				return err
			}
		}
		o.State, o.Items, o.OpenedAt, o.DeadlineAt = access.OccurrenceOpen, len(of), tx.Now(), tx.Now().Add(rules.Deadline)
		o.NextAt = o.DeadlineAt
		o, err = tx.SaveOccurrence(o)
		return err
	})
	if err != nil {
		tw.t.Fatal(err)
	}
	return o, given
}

// reached has everybody whom an occurrence asks been told by Slack.
func (d *desk) reached(o access.Occurrence) {
	d.t.Helper()
	reviewers, err := d.CampaignReviewers(d.t.Context(), o.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	d.does(func(tx *store.Tx) error {
		for _, r := range reviewers {
			if _, err := tx.Message(access.CampaignMessage(r.ID)); err == nil {
				continue
			}
			if err := tells(tx, r, access.MessagePosted); err != nil {
				return err
			}
		}
		return nil
	})
}

// tells stores what became of telling somebody.
func (d *desk) tells(r access.CampaignReviewer, became access.MessageState) {
	d.t.Helper()
	d.does(func(tx *store.Tx) error { return tells(tx, r, became) })
}

func tells(tx *store.Tx, r access.CampaignReviewer, became access.MessageState) error {
	m := access.Message{ID: access.CampaignMessage(r.ID), Kind: access.CampaignCard, To: "U1", Request: r.ID, State: became, NextAt: tx.Now()}
	if became == access.MessagePosted {
		m.Channel, m.TS = "D1", fmt.Sprintf("%d.%s", tx.Now().Unix(), r.ID)
	}
	_, err := tx.CreateMessage(m)
	return err
}

// panel are some people who are asked together. The package names the panel of one.
func (tw *inTown) panel(keys []string) (string, []access.Person) {
	name, people := "", []access.Person{}
	for _, key := range keys {
		one, p := campaigns.PanelOf(tw.person(key))
		name, people = name+one, append(people, p...)
	}
	return name, people
}

// give grants somebody a target.
func give(tx *store.Tx, p access.Person, target access.Target) (g access.Grant, err error) {
	r, err := tx.CreateRequest(access.Request{Subject: p, Slack: access.SlackUser{Team: "T1", ID: "U" + p.OktaID}, Target: target, Duration: 500 * time.Hour, Reason: "the nightly run",
		State: access.RequestPending, LapseAt: tx.Now().Add(time.Hour)})
	if err != nil {
		return g, err
	}
	r.State = access.RequestApproved
	if r, err = tx.SaveRequest(r); err != nil {
		return g, err
	}
	return grants.Start(tx, r, "person-"+p.OktaID)
}

// asked says who is asked about the item of somebody: the keys of those who are, by name.
func (tw *inTown) asked(o access.Occurrence, who string) string {
	tw.t.Helper()
	panels, err := tw.CampaignPanels(tw.t.Context(), o.ID)
	if err != nil {
		tw.t.Fatal(err)
	}
	var keys []string
	for _, p := range panels[tw.item(o, who).Panel] {
		name, _, _ := strings.Cut(p.Login, "@")
		keys = append(keys, name)
	}
	slices.Sort(keys)
	return strings.Join(keys, " ")
}

func (tw *inTown) item(o access.Occurrence, who string) access.CampaignItem {
	tw.t.Helper()
	items, err := tw.CampaignItems(tw.t.Context(), o.ID, "", 100)
	if err != nil {
		tw.t.Fatal(err)
	}
	for _, i := range items {
		if i.Subject == tw.person(who).OktaID {
			return i
		}
	}
	tw.t.Fatal("no item of", who)
	return access.CampaignItem{}
}

// count counts rows.
func (tw *inTown) count(query string, args ...any) (n int) {
	tw.t.Helper()
	if err := tw.DB().QueryRowContext(tw.t.Context(), query, args...).Scan(&n); err != nil {
		tw.t.Fatal(err)
	}
	return n
}

func (tw *inTown) events(kind string) int {
	return tw.count("SELECT COUNT(*) FROM audit_events WHERE kind = ?", kind)
}

func (tw *inTown) looks() {
	tw.t.Helper()
	if err := tw.LookForReviewers(tw.t.Context()); err != nil {
		tw.t.Fatal(err)
	}
}

func (tw *inTown) leaves(who string) {
	tw.t.Helper()
	if err := tw.world.Okta.SetStatus(tw.person(who).Login, sandboxokta.Deprovisioned); err != nil {
		tw.t.Fatal(err)
	}
}

var byManager = access.Campaign{Silence: access.SilenceKeeps, Reviewers: []access.Approver{{Kind: access.ApproverManager}}, Fallback: []access.Approver{{Kind: access.ApproverOwner}}}

func TestWhatSomebodyIsAskedAboutWhoLeavesIsPassedOn(t *testing.T) {
	t.Parallel()
	tw := settle(t)
	o, _ := tw.asks(byManager, map[string][]string{"ada": {"grace"}, "ben": {"grace"}, "chen": {"grace", "vera"}, "grace": {"vera"}})
	before := tw.world.Okta.Faults().Count("ListUsers")
	tw.looks()
	if n := tw.world.Okta.Faults().Count("ListUsers") - before; n != 1 {
		t.Errorf("nobody has left, and Okta is asked %d times", n)
	}
	if tw.asked(o, "ada") != "grace" || tw.events("reviewer.left") != 0 {
		t.Fatal("nobody has left, and others are asked:", tw.asked(o, "ada"))
	}

	tw.leaves("grace")
	tw.looks()
	for who, want := range map[string]string{"ada": "olivia", "ben": "olivia", "chen": "vera", "grace": "vera"} {
		if got := tw.asked(o, who); got != want {
			t.Errorf("about the access of %s %q is asked, want %s", who, got, want)
		}
	}
	if left, passed := tw.events("reviewer.left"), tw.events("item.delegated"); left != 1 || passed != 3 {
		t.Errorf("%d have left and %d items were passed on by the trail, want 1 and 3", left, passed)
	}
	olivia := tw.person("olivia").OktaID
	if n := tw.count("SELECT COUNT(*) FROM campaign_reviewers WHERE reviewer_id = ? AND next_at IS NOT NULL", olivia); n != 1 {
		t.Error("she is not told that she is asked")
	}
	tw.looks()
	if left := tw.events("reviewer.left"); left != 1 {
		t.Errorf("passed on %d times", left)
	}
	if n := tw.count("SELECT COUNT(*) FROM messages WHERE kind = 'admin'"); n != 0 {
		t.Errorf("%d notices, and somebody is asked about everything", n)
	}
}

func TestNobodyIsLeftWhoCanBeAskedAndTheAdminsAreTold(t *testing.T) {
	t.Parallel()
	tw := settle(t)
	alone := access.Campaign{Silence: access.SilenceKeeps, Reviewers: []access.Approver{{Kind: access.ApproverManager}}, Fallback: []access.Approver{{Kind: access.ApproverPerson, Value: "vera@example.com"}}}
	o, _ := tw.asks(alone, map[string][]string{"ada": {"grace"}, "ben": {"grace"}})
	tw.leaves("grace")
	tw.leaves("vera")
	tw.looks()
	if got := tw.asked(o, "ada") + tw.asked(o, "ben"); got != "" {
		t.Error("somebody who left is asked:", got)
	}
	tw.looks()
	told := tw.count("SELECT COUNT(*) FROM messages WHERE kind = 'admin' AND text LIKE '%nobody else can be asked about%' AND text LIKE ?", "%"+tw.person("grace").OktaID+"%")
	if all := tw.count("SELECT COUNT(*) FROM messages WHERE kind = 'admin'"); told != 1 || all != 1 {
		t.Errorf("the admins are told %d times of %d, want once", told, all)
	}
	tw.at("2026-02-02T00:11:00Z")
	if o := tw.steps(tw.Service, o.ID); o.State != access.OccurrenceClosed || !tw.item(o, "ada").Silent {
		t.Errorf("silence does not decide what nobody is asked about: %+v", o)
	}
}

func TestWhomOktaDoesNotTellAboutGoesOnToBeAsked(t *testing.T) {
	t.Parallel()
	tw := settle(t)
	o, _ := tw.asks(byManager, map[string][]string{"ada": {"grace"}})
	tw.leaves("grace")
	tw.world.Okta.Faults().Add(control.Fault{Op: "*", Answer: "unavailable"})
	if err := tw.LookForReviewers(t.Context()); err == nil {
		t.Error("Okta does not answer, and that is no failure")
	}
	if got := tw.asked(o, "ada"); got != "grace" {
		t.Errorf("%q is asked", got)
	}
	tw.world.Okta.Faults().Clear()
	tw.looks()
	if got := tw.asked(o, "ada"); got != "olivia" {
		t.Errorf("%q is asked", got)
	}
}

// Of what nobody has said anything about others are asked, once and for as long as the first;
// who has left by then is not asked; and what is open after that stays, as a finding.
func TestSilenceEscalatesOnceAndThenKeeps(t *testing.T) {
	t.Parallel()
	tw := settle(t)
	rules := access.Campaign{Silence: access.SilenceEscalates, Reviewers: []access.Approver{{Kind: access.ApproverManager}}, Fallback: []access.Approver{{Kind: access.ApproverOwner}},
		EscalateTo: []access.Approver{{Kind: access.ApproverManagers2}, {Kind: access.ApproverPerson, Value: "sam@example.com"}}}
	o, given := tw.asks(rules, map[string][]string{"ada": {"grace"}, "ben": {"grace"}, "chen": {"grace"}})
	tw.says(o, "chen", "grace", access.KeepItem)
	tw.at("2026-02-02T00:05:00Z") // who answered in time may not have been judged yet
	if tw.steps(tw.Service, o.ID); tw.asked(o, "ada") != "grace" {
		t.Error("others are asked before the first have had their time:", tw.asked(o, "ada"))
	}
	tw.at("2026-02-02T00:11:00Z")
	tw.world.Okta.Faults().Add(control.Fault{Op: "*", Answer: "unavailable"})
	if tw.stepOnce(o.ID); tw.asked(o, "ada") != "grace" {
		t.Error("others are asked whom Okta did not name:", tw.asked(o, "ada"))
	}
	tw.world.Okta.Faults().Clear()
	tw.at("2026-02-02T00:15:00Z")
	o = tw.steps(tw.Service, o.ID)
	if o.State != access.OccurrenceOpen || tw.asked(o, "ada") != "vera" || tw.asked(o, "ben") != "vera" || tw.asked(o, "chen") != "grace" {
		t.Fatalf("%s: %q, %q and %q are asked", o.State, tw.asked(o, "ada"), tw.asked(o, "ben"), tw.asked(o, "chen"))
	}
	if want := time.Date(2026, 2, 3, 0, 15, 0, 0, time.UTC); !o.DeadlineAt.Equal(want) {
		t.Errorf("they have until %s, want %s", o.DeadlineAt, want)
	}
	tw.says(o, "ben", "vera", access.RevokeItem)

	tw.leaves("vera") // whose place is taken by those who are named after her, not by the first
	tw.looks()
	if got := tw.asked(o, "ada"); got != "sam" {
		t.Errorf("%q is asked", got)
	}
	tw.reached(o)
	tw.at("2026-02-03T00:30:00Z")
	if o = tw.steps(tw.Service, o.ID); o.State != access.OccurrenceClosed {
		t.Fatalf("it escalates again: %+v", o)
	}
	if i := tw.item(o, "ada"); i.State != access.ItemSettled || i.Verdict != access.KeepItem || !i.Silent || i.LastError == "" {
		t.Errorf("no finding: %+v", i)
	}
	if n := tw.revoking([]access.Grant{given["ada"], given["chen"]}); n != 0 {
		t.Errorf("%d are taken away that nobody said anything against", n)
	}
	if n := tw.revoking([]access.Grant{given["ben"]}); n != 1 {
		t.Error("what was decided after it escalated is not carried out")
	}
}

// Where everything was decided in time nobody has been silent: nothing escalates, and it is over at
// its deadline, not after as long once more.
func TestWhatWasDecidedInTimeDoesNotEscalate(t *testing.T) {
	t.Parallel()
	tw := settle(t)
	rules := access.Campaign{Silence: access.SilenceEscalates, Reviewers: []access.Approver{{Kind: access.ApproverManager}}, EscalateTo: []access.Approver{{Kind: access.ApproverManagers2}}}
	o, _ := tw.asks(rules, map[string][]string{"ada": {"grace"}, "ben": {"grace"}})
	for _, who := range []string{"ada", "ben"} {
		tw.says(o, who, "grace", access.KeepItem)
	}
	tw.at("2026-02-02T00:11:00Z")
	if now := tw.steps(tw.Service, o.ID); now.State != access.OccurrenceClosed || !now.DeadlineAt.Equal(o.DeadlineAt) {
		t.Errorf("it is %s, until %s", now.State, now.DeadlineAt)
	}
}

// A no does not wait until Okta has said who is asked instead of others, nor until those have
// answered.
func TestWhatReviewersHaveSaidDoesNotWaitForThoseWhoAreAskedNext(t *testing.T) {
	t.Parallel()
	tw := settle(t)
	rules := access.Campaign{Silence: access.SilenceEscalates, Reviewers: []access.Approver{{Kind: access.ApproverManager}}, EscalateTo: []access.Approver{{Kind: access.ApproverManagers2}}}
	o, given := tw.asks(rules, map[string][]string{"ada": {"grace"}, "ben": {"grace"}, "chen": {"grace"}})
	tw.at("2026-02-01T23:50:00Z")
	tw.says(o, "ben", "grace", access.RevokeItem)
	tw.at("2026-02-01T23:55:00Z")
	tw.says(o, "chen", "grace", access.RevokeItem)
	tw.world.Okta.Faults().Add(control.Fault{Op: "*", Answer: "unavailable"})
	for _, at := range []string{"2026-02-02T00:10:00Z", "2026-02-02T00:20:00Z"} {
		tw.at(at)
		o = tw.steps(tw.Service, o.ID)
	}
	if tw.asked(o, "ada") != "grace" || tw.revoking([]access.Grant{given["ben"]}) != 1 || tw.revoking([]access.Grant{given["chen"]}) != 0 {
		t.Errorf("Okta does not answer: %q is asked, ben is %+v and chen %+v", tw.asked(o, "ada"), tw.item(o, "ben"), tw.item(o, "chen"))
	}
	tw.world.Okta.Faults().Clear()
	tw.at("2026-02-02T00:21:00Z")
	if o = tw.steps(tw.Service, o.ID); tw.asked(o, "ada") != "vera" {
		t.Errorf("%q is asked", tw.asked(o, "ada"))
	}
	tw.at("2026-02-02T00:25:00Z")
	if tw.steps(tw.Service, o.ID); tw.revoking([]access.Grant{given["chen"]}) != 1 {
		t.Errorf("others have a day: %+v", tw.item(o, "chen"))
	}
}

// says records what a reviewer says of somebody's access.
func (tw *inTown) says(o access.Occurrence, of, by string, v access.ItemVerdict) {
	tw.t.Helper()
	tw.decides(o, of, by, v, time.Time{})
}

func (tw *inTown) decides(o access.Occurrence, of, by string, v access.ItemVerdict, until time.Time) {
	tw.t.Helper()
	was := tw.item(o, of)
	err := tw.Update(tw.t.Context(), access.PersonActor(tw.person(by)), func(tx *store.Tx) error {
		i, err := tx.SaveItem(campaigns.Decide(was, tw.person(by), v, until, "", tx.Now()))
		if err != nil {
			return err
		}
		return tx.HastenOccurrence(o.ID, i.NextAt)
	})
	if err != nil {
		tw.t.Fatal(err)
	}
}

// stepOnce looks at an occurrence once.
func (tw *inTown) stepOnce(id string) access.Occurrence {
	tw.t.Helper()
	o, err := tw.Occurrence(tw.t.Context(), id)
	if err == nil {
		err = tw.StepOccurrence(context.WithoutCancel(tw.t.Context()), id, o.Version)
	}
	if err != nil {
		tw.t.Log("Okta does not answer:", err)
	}
	if o, err = tw.Occurrence(tw.t.Context(), id); err != nil {
		tw.t.Fatal(err)
	}
	return o
}

func TestWhatIsKeptUntilADateIsTakenAwayThen(t *testing.T) {
	t.Parallel()
	tw := settle(t)
	o, given := tw.asks(byManager, map[string][]string{"ada": {"grace"}, "ben": {"grace"}})
	tw.decides(o, "ada", "grace", access.KeepItem, time.Date(2026, 2, 10, 0, 0, 0, 0, time.UTC))
	tw.decides(o, "ben", "grace", access.KeepItem, time.Time{})
	tw.at("2026-02-01T00:31:00Z") // it cannot be taken back any more
	o = tw.steps(tw.Service, o.ID)
	if i := tw.item(o, "ada"); i.State != access.ItemSettled || i.Verdict != access.KeepItem {
		t.Errorf("%+v", i)
	}
	tw.at("2026-02-02T00:11:00Z")
	if o = tw.steps(tw.Service, o.ID); o.State != access.OccurrenceClosed {
		t.Fatalf("%+v", o)
	}
	tw.at("2026-02-09T23:59:59Z")
	tw.steps(tw.Service, o.ID)
	if n := tw.revoking([]access.Grant{given["ada"], given["ben"]}); n != 0 {
		t.Fatal("taken away before the date")
	}
	tw.at("2026-02-10T00:00:00Z") // also of an occurrence that is over
	tw.steps(tw.Service, o.ID)
	if tw.revoking([]access.Grant{given["ada"]}) != 1 || tw.revoking([]access.Grant{given["ben"]}) != 0 {
		t.Error("not hers alone is taken away when its date has come")
	}
	if i := tw.item(o, "ada"); i.State != access.ItemRemoving || i.Verdict != access.RevokeItem || i.Decider.OktaID != tw.person("grace").OktaID {
		t.Errorf("%+v", i)
	}
}
