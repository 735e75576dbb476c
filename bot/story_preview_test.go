package bot_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/campaigns"
	"airpass/sandbox"
	"airpass/sandbox/identitycenter"
	"airpass/sandbox/okta"
	"airpass/store/storetest"
)

// campaign adds a campaign to the configuration file.
func campaign(rest string) func(*sandbox.World, string) string {
	return func(_ *sandbox.World, yaml string) string {
		return yaml + "\ncampaigns:\n  - {name: quarterly, schedule: \"CRON_TZ=Europe/Berlin 0 9 1 1,4,7,10 *\", " + rest + "}\n"
	}
}

// preview is what somebody at the command line is told.
func (tw *town) preview() campaigns.Preview {
	tw.Helper()
	var p campaigns.Preview
	tw.operate(func(o *bot.Operator) (err error) {
		p, err = o.Preview(tw.ctx(), tw.config, "quarterly", false)
		return err
	})
	return p
}

// items are those of a preview by "target who".
func items(p campaigns.Preview) map[string]campaigns.Item {
	all := map[string]campaigns.Item{}
	for _, i := range p.Items {
		who, _, _ := strings.Cut(i.Who, "@")
		all[i.Target+" "+who] = i
	}
	return all
}

// lookedAt says that vendors were asked for nothing but what there is.
func (tw *town) lookedAt(before map[string]int) {
	tw.Helper()
	for op, n := range listed(tw.World) {
		if n > before[op] && !strings.HasPrefix(op, "List") && !strings.HasPrefix(op, "Get") && !strings.HasPrefix(op, "Describe") {
			tw.Errorf("a preview has called %s", op)
		}
	}
}

func TestAPreviewSaysWhoWouldBeAskedAboutWhatAndWhy(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), campaign("reviewers: [manager], fallback: [environment_owners, {person: sam@example.com}]"), unhurried)
	tw.IdentityCenter.SetLimits(10_000, 10_000)
	tw.given("ada", "prod/Viewer", "8 hours", "to be asked about", "grace")
	tw.given("ben", "prod/Viewer", "1 hour", "over soon", "grace")
	tw.advance(90 * time.Minute)
	tw.eventually("ben's access is gone", func() bool { return tw.free("ben", "prod/Viewer") })
	tw.idle()
	other, err := tw.IdentityCenter.AddGroup(identitycenter.Group{Name: "somebody's group"})
	tw.must(err)
	tw.must(
		tw.IdentityCenter.Assign(tw.byHand("vera", "prod/Viewer")), // her own manager
		tw.IdentityCenter.Assign(tw.byHand("olivia", "prod/Op")),
		tw.IdentityCenter.Assign(tw.byHand("zoe", "prod/Viewer")),  // whose manager leaves
		tw.IdentityCenter.Assign(tw.byHand("dora", "prod/Viewer")), // who left long ago
		tw.IdentityCenter.Assign(tw.byHand("erik", "prod/Viewer")), // whose account goes
		tw.Okta.SetMember(tw.Target("prod/User").OktaGroup, tw.Person("chen").OktaID, true),
		tw.IdentityCenter.Assign(tw.ofGroup(other.ID, "dev/User")),
		tw.IdentityCenter.SetMembership(other.ID, tw.Person("pavel").Login, true),
		tw.Okta.SetStatus(tw.Person("henry").OktaID, okta.Suspended),
		tw.IdentityCenter.DeleteUser(tw.Person("erik").Login),
	)
	before, head := listed(tw.World), tw.head()
	p := tw.preview()
	tw.lookedAt(before)
	tw.wroteNothing(head)
	if len(p.Unknown) > 0 || len(p.Broken) > 0 {
		t.Fatalf("%+v", p)
	}
	all := items(p)
	for key, want := range map[string]struct{ asked, rule, passed, advice, because, through string }{
		"prod/Viewer ada":        {"grace", "manager", "", "keep", "ends by itself", "permission set"},
		"prod/Viewer vera":       {"olivia", "environment_owners", "manager: vera@example.com has it themself", "revoke", "nobody else of the same manager", "permission set"},
		"prod/Viewer zoë.müller": {"olivia", "environment_owners", "manager: henry@example.com is SUSPENDED in Okta", "revoke", "standing access", "permission set"},
		"prod/Viewer dora":       {"grace", "manager", "", "revoke", "DEPROVISIONED", "permission set"},
		"prod/Op olivia":         {"vera", "manager", "", "revoke", "standing access", "permission set"},
		"prod/User chen":         {"grace", "manager", "", "revoke", "standing access", "Okta group"},
		"dev/User pavel":         {"olivia", "manager", "", "revoke", "standing access", "Identity Center group " + other.ID},
	} {
		i, is := all[key]
		if !is || len(i.Asked.Reviewers) != 1 || i.Asked.Reviewers[0].Login != want.asked+"@example.com" || i.Asked.Rule != want.rule || i.Asked.Fallback != (want.passed != "") ||
			strings.Join(i.Asked.Passed, "") != want.passed || string(i.Recommended) != want.advice || !strings.Contains(i.Because, want.because) || !strings.Contains(strings.Join(i.Through, ", "), want.through) || i.LastUse != "unknown" {
			t.Errorf("%s: %+v", key, i)
		}
		delete(all, key)
	}
	for key := range all {
		t.Errorf("nobody expected %s", key)
	}
	ada := items(p)["prod/Viewer ada"]
	if ada.Standing || ada.Grant == "" || ada.Request == "" || ada.Approved != "grace@example.com" || !ada.Until.Equal(ada.Since.Add(8*time.Hour)) || ada.Silence != "revoke" || ada.Peers.Others != 3 || ada.Peers.OfManager != 1 {
		t.Errorf("%+v", ada)
	}
	if vera := items(p)["prod/Viewer vera"]; !vera.Standing || vera.Grant != "" || !vera.Since.IsZero() || vera.Silence != "keep" {
		t.Errorf("standing access, which the campaign may not take away: %+v", vera)
	}
	var told []string
	for _, r := range p.Reviewers {
		told = append(told, fmt.Sprintf("%s %d", r.Login, r.Items))
	}
	if want := []string{"grace@example.com 3", "olivia@example.com 3", "vera@example.com 1"}; !slices.Equal(told, want) || p.Nobody != 0 {
		t.Errorf("%v and %d of nobody, want %v", told, p.Nobody, want)
	}
	if zone := p.Next.In(mustZone(t, "Europe/Berlin")); zone.Hour() != 9 || zone.Day() != 1 || !p.Deadline.Equal(p.Next.Add(14*24*time.Hour)) {
		t.Errorf("next at %s until %s", p.Next, p.Deadline)
	}
}

func mustZone(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// head is the end of the audit trail.
func (tw *town) head() (seq int64) {
	tw.Helper()
	tw.operate(func(o *bot.Operator) error {
		head, err := o.Store.Head(tw.ctx())
		seq = head.Seq
		return err
	})
	return seq
}

// wroteNothing says that whoever is at the command line has left nothing in the audit trail
// since. The process beside may: it goes on with what it has to do.
func (tw *town) wroteNothing(since int64) {
	tw.Helper()
	tw.operate(func(o *bot.Operator) error {
		events, err := o.Store.AuditEvents(tw.ctx(), since, 100)
		for _, e := range events {
			if e.Event.Actor == o.Actor() {
				tw.Errorf("a preview has written to the audit trail: %+v", e.Event)
			}
		}
		return err
	})
}

func TestACampaignAsksAboutNoMoreThanItsScope(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), campaign(`scope: {access: grants, older_than: 2h, targets: [prod/Viewer, prod/User], when: 'person.login != "chen@example.com"'}, reviewers: [{okta_group: 00gnobody000000000XX}], fallback: [{person: sam@example.com}]`), unhurried)
	tw.IdentityCenter.SetLimits(10_000, 10_000)
	tw.given("ada", "prod/Viewer", "8 hours", "since long", "grace")
	tw.given("chen", "prod/Viewer", "8 hours", "not chosen", "grace")
	tw.given("ada", "dev/User", "8 hours", "another target", "grace")
	tw.advance(3 * time.Hour)
	tw.given("ben", "prod/User", "8 hours", "too young", "grace")
	tw.idle()
	tw.must(tw.IdentityCenter.Assign(tw.byHand("vera", "prod/Viewer")))
	p := tw.preview()
	if len(p.Items) != 1 || p.Items[0].Who != tw.Person("ada").Login || p.Items[0].Target != "prod/Viewer" || p.Younger != 1 || p.Filtered != 1 || p.Targets != 2 {
		t.Errorf("%+v", p)
	}
	// A rule that cannot be looked up may name somebody: nobody is chosen in their place.
	if a := p.Items[0].Asked; len(a.Reviewers) > 0 || !strings.Contains(a.Unknown, "okta_group:00gnobody000000000XX") || len(p.Unknown) != 1 || p.Nobody != 0 {
		t.Errorf("%+v, %+v", a, p.Unknown)
	}

	// What airpass's grants say is known while nothing outside can be read.
	down(tw.Okta.Faults())
	down(tw.IdentityCenter.Faults())
	p = tw.preview()
	if len(p.Unknown) == 0 || len(p.Items) != 1 || len(p.Items[0].Through) > 0 || p.Items[0].Recommended != campaigns.Keep {
		t.Errorf("%+v", p)
	}
}

// The members of a group in Okta review: those who are there when the campaign begins and can
// answer, any of them, and nobody what they have themself. Of whom nobody else is in the
// group, the fallback is asked.
func TestTheMembersOfAnOktaGroupReview(t *testing.T) {
	t.Parallel()
	var security, alone okta.Group
	tw := settleWith(t, quick(), func(w *sandbox.World, yaml string) string {
		var err1, err2 error
		security, err1 = w.Okta.AddGroup(okta.Group{Name: "security"}, w.Person("ada").Login, w.Person("vera").Login, w.Person("henry").Login)
		alone, err2 = w.Okta.AddGroup(okta.Group{Name: "one person"}, w.Person("pavel").Login)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		return yaml + "\ncampaigns:\n" +
			"  - {name: quarterly, schedule: \"0 9 1 1,4,7,10 *\", scope: {targets: [prod/Viewer]}, reviewers: [{okta_group: " + security.ID + "}], deadline: 7d}\n" +
			"  - {name: narrow, schedule: \"0 9 1 1,4,7,10 *\", scope: {targets: [prod/User]}, reviewers: [{okta_group: " + alone.ID + "}], fallback: [{person: sam@example.com}], deadline: 7d}\n"
	}, unhurried)
	for _, who := range []string{"ada", "ben"} {
		tw.must(tw.IdentityCenter.Assign(tw.byHand(who, "prod/Viewer")))
	}
	tw.must(tw.IdentityCenter.Assign(tw.byHand("pavel", "prod/User")), tw.Okta.SetStatus(tw.Person("henry").OktaID, okta.Suspended))
	asked := func(i campaigns.Item) (logins []string) {
		for _, r := range i.Asked.Reviewers {
			logins = append(logins, r.Login)
		}
		slices.Sort(logins)
		return logins
	}
	p := tw.preview()
	ben, ada := items(p)["prod/Viewer ben"], items(p)["prod/Viewer ada"]
	if !slices.Equal(asked(ben), []string{"ada@example.com", "vera@example.com"}) || ben.Asked.Rule != "okta_group:"+security.ID || ben.Asked.Fallback || len(p.Unknown) > 0 {
		t.Errorf("%+v, %+v", ben.Asked, p.Unknown)
	}
	if !slices.Equal(asked(ada), []string{"vera@example.com"}) || ada.Asked.Rule != "okta_group:"+security.ID {
		t.Errorf("%+v", ada.Asked)
	}
	tw.operate(func(o *bot.Operator) error {
		narrow, err := o.Preview(tw.ctx(), tw.config, "narrow", false)
		if i := items(narrow)["prod/User pavel"]; !slices.Equal(asked(i), []string{"sam@example.com"}) || !i.Asked.Fallback || !strings.Contains(strings.Join(i.Asked.Passed, ""), alone.ID) {
			t.Errorf("who is alone in the group: %+v", i.Asked)
		}
		return err
	})

	tw.starts()
	tw.sees("vera", stillNeeded, "0 of 2 are decided")
	tw.sees("ada", stillNeeded, "0 of 1 are decided")
	about, _ := tw.itemsOf(tw.occurrence())
	if all := tw.asksAbout(tw.opensItems("ada")); !slices.Equal(all, []string{about["prod/Viewer "+tw.Person("ben").Login].ID}) {
		t.Errorf("she is asked about %q", all)
	}
	tw.must(tw.as("ada").OpenView().CloseAll(tw.ctx()))
	tw.certifies("ada", map[string]string{"ben": "keep"})
	tw.sees("vera", stillNeeded, "1 of 2 are decided")
	tw.certifies("vera", map[string]string{"ada": "revoke"})
	if i := tw.stands("ada", access.ItemDecided, access.RevokeItem); i.Decider.OktaID != tw.Person("vera").OktaID {
		t.Errorf("%+v", i)
	}
	if i := tw.stands("ben", access.ItemDecided, access.KeepItem); i.Decider.OktaID != tw.Person("ada").OktaID {
		t.Errorf("%+v", i)
	}
}

// Who extends what they have has it since they were given it, until the extension's end.
func TestExtendedAccessIsOneItem(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), campaign("scope: {older_than: 2h}, reviewers: [manager], fallback: [{person: sam@example.com}]"), unhurried)
	tw.given("ada", "prod/User", "1 hour", "the nightly run", "grace")
	tw.extends("ada", "the nightly run", "2 hours", "it takes longer")
	tw.press("grace", "Approve", "it takes longer")
	tw.sees("ada", "the nightly run", "It was extended until")
	tw.idle()
	if p := tw.preview(); len(p.Items) != 0 || p.Younger != 1 {
		t.Errorf("%+v", p)
	}
	tw.advance(2*time.Hour + time.Minute)
	tw.sees("ada", "the nightly run", "Access has ended")
	tw.idle()
	p := tw.preview()
	if len(p.Items) != 1 || p.Younger != 0 {
		t.Fatalf("%+v", p)
	}
	if i := p.Items[0]; i.Until.Sub(i.Since) != 3*time.Hour || i.Standing || i.Approved != "grace@example.com" || len(i.Through) != 2 {
		t.Errorf("%+v", i)
	}
}

// What a preview costs: lists, whoever and however many are in them.
func TestAPreviewAsksForListsAndNotForPeople(t *testing.T) {
	t.Parallel()
	calls := map[int]map[string]int{}
	for _, people := range []int{200, 400} {
		o := quick()
		o.Scale, o.Unlimited = sandbox.Scale{People: people, PermissionSets: 10}, true
		tw := &town{T: t, World: world(t, o), log: &logLines{}}
		tw.configure(storetest.SQLite(t), campaign("reviewers: [manager], fallback: [managers_manager, environment_owners, {person: sam@example.com}]"), unhurried)
		everybodyHolds(t, tw.World, people/2)
		before := listed(tw.World)
		p := tw.preview()
		if len(p.Unknown) > 0 || len(p.Items) < people/2-5 {
			t.Fatalf("%d items of %d people, unknown: %v", len(p.Items), people, p.Unknown)
		}
		calls[people] = listed(tw.World)
		for op, n := range before {
			calls[people][op] -= n
		}
	}
	for op, n := range calls[400] {
		// Both a page of a hundred people and a filter of fifty of them are a call more.
		if more := n - calls[200][op]; more > 8 {
			t.Errorf("%s: %d calls for 200 people, %d for 400", op, calls[200][op], n)
		}
	}
	if n := calls[400]["GetUser"]; n > 0 {
		t.Errorf("%d people were asked for one by one", n)
	}
}

// Who is in a group in Okta, and who is in the one that it is pushed to, are two lists while a
// push is late: whoever is in either is asked about, and where they were seen is said.
func TestWhoIsInAGroupIsReadWhereItOpensToo(t *testing.T) {
	t.Parallel()
	o := quick()
	o.PushDelay, o.Unlimited = time.Hour, true
	tw := settleWith(t, o, campaign("reviewers: [manager], fallback: [environment_owners]"), unhurried)
	dev, vera := tw.Target("dev/User"), tw.Person("vera")
	seen := func(want ...string) {
		t.Helper()
		if i := items(tw.preview())["dev/User vera"]; !slices.Equal(i.Through, want) {
			t.Errorf("she was seen through %q, want %q", i.Through, want)
		}
	}
	okta, center := "Okta group "+dev.OktaGroup, "Identity Center group "+dev.IdentityCenterGroup
	tw.must(tw.Okta.SetMember(dev.OktaGroup, vera.OktaID, true))
	seen(okta)
	if all := told(tw.drift()); all["half_okta dev/User "+vera.Login].Kind == "" {
		t.Errorf("%+v", all)
	}
	tw.advance(2 * time.Hour)
	seen(center, okta)

	// Okta has taken her out, and AWS still lets her in.
	tw.must(tw.Okta.SetMember(dev.OktaGroup, vera.OktaID, false))
	seen(center)
	if all := told(tw.drift()); all["half_aws dev/User "+vera.Login].Kind == "" {
		t.Errorf("%+v", all)
	}
	tw.advance(2 * time.Hour)
	seen()
}
