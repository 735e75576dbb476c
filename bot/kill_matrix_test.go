package bot_test

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"airpass/outbound"
	"airpass/sandbox"
	"airpass/store/storetest"
)

// stores are where the state is kept.
func stores() map[string]func(testing.TB) string {
	return map[string]func(testing.TB) string{
		"sqlite":   storetest.SQLite,
		"postgres": storetest.PostgreSQL,
	}
}

// combination is one way to die.
type combination struct {
	store string
	story story
	plot  plot
	shot  *shot // nil is not at all
}

func (c combination) String() string {
	name := c.store + "/" + c.story.name + "/" + c.plot.name
	if c.shot != nil {
		name += fmt.Sprintf("/%s %s %d/%s", c.shot.site.Vendor, c.shot.site.Name, c.shot.nth, c.shot.phase)
	}
	return name
}

// result is what came of one.
type result struct {
	combination
	calls  map[outbound.Site]int // in the part that counts
	back   time.Duration         // from the restart until the first call, wall time
	healed time.Duration         // until what was awaited had come, sandbox time
	took   time.Duration         // wall time
}

// play plays a story with one death in it and judges the end.
func (c combination) play(t *testing.T) result {
	begin := time.Now()
	o := sandbox.Options{AssignmentDelay: 300 * time.Millisecond, PushDelay: 300 * time.Millisecond, ProvisionDelay: 300 * time.Millisecond, Tiles: c.plot.tile}
	if c.story.name == "cancel during create" {
		o.AssignmentDelay, o.PushDelay, o.ProvisionDelay = 3*time.Second, 3*time.Second, 3*time.Second
	}
	s := besiege(t, stores()[c.store](t), o, c.shot)
	s.stand(c.plot)
	c.story.play(s, c.plot)
	if killed := s.disarm(); !killed && c.shot != nil && c.shot.nth == 1 {
		t.Errorf("%s was not called", c.shot.site.Name)
	}
	s.judge(c.story, c.plot)
	if os.Getenv("AIRPASS_MATRIX") == "any" {
		t.Log(s.log)
	}
	return result{c, s.calls(), s.back, s.healed, time.Since(begin)}
}

// playAll plays combinations, several at once.
func playAll(t *testing.T, all []combination) []result {
	t.Helper()
	var results []result
	var mu sync.Mutex
	work := make(chan combination)
	var players sync.WaitGroup
	for range together {
		players.Go(func() {
			for c := range work {
				t.Run(c.String(), func(t *testing.T) {
					r := c.play(t)
					mu.Lock()
					defer mu.Unlock()
					results = append(results, r)
				})
			}
		})
	}
	for _, c := range all {
		work <- c
	}
	close(work)
	players.Wait()
	return results
}

// byTheClock are calls that only a schedule or a start makes, at a time of its own.
func byTheClock(story string, site outbound.Site) bool {
	return site == outbound.OktaListUsers && story == "revoke" || // the sweep for people who were deactivated
		site == outbound.OktaGetApplication && story == "revoke" || // each process once, by whoever has not given the access
		site == outbound.SlackAuthTest // at the start
}

// never are the sites that no story reaches, with the reason.
func never() map[outbound.Site]string {
	return map[outbound.Site]string{
		outbound.SlackPublishView:  "nobody opens the Home tab; its story is of its own",
		outbound.SlackAuthTest:     "it is asked after a start, before the story begins",
		outbound.SlackGetPermalink: "nobody asks for what waits already; without a link the answer says the rest",
		outbound.SlackGroupUsers:   "no policy of the town names a Slack user group",

		outbound.CreateWebLoginToken: "the links of the town are the portal's; instant ones have stories of their own",
		outbound.WebhookDeliver:      "nobody is told of events",
		outbound.PagerDutyOnCall:     "no policy of the town names a schedule",

		outbound.GetSecretValue: "the town keeps no secret in AWS", outbound.GetParameter: "the town keeps no secret in AWS",

		outbound.LookupEvents: "the town looks up nobody's last use", outbound.FilterLogEvents: "the town looks up nobody's last use",
		outbound.PutObject: "anchors have a story of their own", outbound.GetObjectLock: "doctor reads it",
		outbound.ListObjectVersions: "an auditor reads it", outbound.GetObject: "an auditor reads it",

		outbound.SlackOpenConnection: "doctor tries it", outbound.OktaListGroupRules: "doctor reads it", outbound.ListInstances: "doctor reads it", outbound.DescribePermissionSet: "doctor reads it",
		outbound.GetInlinePolicy: "doctor reads it", outbound.ListProvisioned: "doctor reads it",
		outbound.DescribeApplicationAssignment: "whileATileComesAndGoes", outbound.CreateApplicationAssignment: "whileATileComesAndGoes", outbound.DeleteApplicationAssignment: "whileATileComesAndGoes",

		outbound.ListApplications: "setup saml reads it", outbound.DescribeApplication: "setup saml reads it", outbound.DescribeApplicationProvider: "setup saml reads it",
		outbound.GetAssignmentConfiguration: "setup saml reads it", outbound.ListApplicationAssignments: "setup saml reads it",

		outbound.OktaListApplicationUsers: "drift reads it", outbound.ListUsers: "drift reads it", outbound.ListGroupMemberships: "drift reads it", outbound.ListTags: "drift reads it", outbound.ListProvisionedSets: "drift reads it",
		outbound.ListManagedPolicies: "drift reads it", outbound.ListCustomerPolicies: "drift reads it", outbound.GetBoundary: "drift reads it",
	}
}

func TestKillEverywhere(t *testing.T) {
	t.Parallel()
	switch os.Getenv("AIRPASS_MATRIX") {
	case "full":
		report(t, playAll(t, everywhere(dryRun(t))))
	case "any": // of which -run chooses
		report(t, playAll(t, anywhere()))
	default:
		report(t, playAll(t, sample()))
	}
}

// everywhere is every way to die in what was played: on both stores at the first call
// of a site, and on SQLite in one phase at the last one too.
func everywhere(played []result) []combination {
	all := slices.Concat(besideStanding(), whileAccountIsGiven(), whileATileComesAndGoes())
	for _, r := range played {
		for i, site := range outbound.Sites() {
			n := r.calls[site]
			if n == 0 {
				continue
			}
			for _, ph := range phases() {
				all = append(all, combination{r.store, r.story, r.plot, &shot{site, ph, 1}})
			}
			if n > 1 {
				all = append(all, combination{r.store, r.story, r.plot, &shot{site, phases()[i%len(phases())], n}})
			}
		}
	}
	for _, c := range all {
		if c.shot.nth == 1 {
			c.store = "postgres"
			all = append(all, c)
		}
	}
	return all
}

// besideStanding are ways to die when somebody has a part of what is granted already:
// it must not be taken for ours, nor ours for that.
func besideStanding() []combination {
	var all []combination
	for _, ph := range phases() {
		for _, site := range []outbound.Site{outbound.OktaListUserGroups, outbound.ListAssignmentsPrincipal, outbound.CreateAssignment} {
			all = append(all, combination{"sqlite", stories()[0], partlyStanding(), &shot{site, ph, 1}})
		}
		for _, site := range []outbound.Site{outbound.OktaListUserGroups, outbound.ListAssignmentsPrincipal, outbound.DeleteAssignment} {
			all = append(all, combination{"sqlite", stories()[1], partlyStanding(), &shot{site, ph, 1}})
		}
	}
	return all
}

// whileAccountIsGiven are ways to die while somebody is given an account, at the calls
// that other plots make too: it must be given once, be used, and stay.
func whileAccountIsGiven() []combination {
	var all []combination
	for _, ph := range phases() {
		for _, at := range []struct {
			site outbound.Site
			nth  int
		}{
			{outbound.OktaListUserGroups, 1}, {outbound.OktaGetApplicationGroup, 1}, {outbound.OktaAddUserToGroup, 1}, {outbound.OktaAddUserToGroup, 2},
			{outbound.OktaGetApplicationUser, 3}, {outbound.GetUserID, 1}, {outbound.CreateAssignment, 1},
		} {
			all = append(all, combination{"sqlite", stories()[0], newcomer(), &shot{at.site, ph, at.nth}})
		}
		all = append(all, combination{"sqlite", stories()[3], newcomer(), &shot{outbound.OktaAddUserToGroup, ph, 1}})
	}
	return all
}

// whileATileComesAndGoes are ways to die around the tile that goes with the access: it must
// not be left, nor be taken for somebody else's.
func whileATileComesAndGoes() []combination {
	var all []combination
	for _, ph := range phases() {
		all = append(all,
			combination{"sqlite", stories()[0], tiled(), &shot{outbound.CreateApplicationAssignment, ph, 1}},
			combination{"sqlite", stories()[1], tiled(), &shot{outbound.DeleteApplicationAssignment, ph, 1}})
	}
	return all
}

// anywhere is everything that can be thought of, also what does not happen.
func anywhere() []combination {
	var all []combination
	for name := range stores() {
		for _, st := range stories() {
			for _, p := range append(plots(), partlyStanding(), tiled()) {
				for _, site := range outbound.Sites() {
					for _, ph := range phases() {
						for nth := 1; nth < 10; nth++ {
							all = append(all, combination{name, st, p, &shot{site, ph, nth}})
						}
					}
				}
			}
		}
	}
	return all
}

// sample is what every run of the tests goes through: each phase, each story, and the
// calls at which most can go wrong.
func sample() []combination {
	var all []combination
	add := func(story, plot int, site outbound.Site, ph phase, nth int) {
		all = append(all, combination{"sqlite", stories()[story], plots()[plot], &shot{site, ph, nth}})
	}
	add(0, 0, outbound.CreateAssignment, beforeSend, 1)
	add(0, 0, outbound.CreateAssignment, beforeReply, 1)
	add(0, 0, outbound.OktaAddUserToGroup, afterReply, 1)
	add(0, 0, outbound.SlackPostMessage, beforeReply, 2)
	add(1, 0, outbound.DeleteAssignment, beforeReply, 1)
	add(1, 0, outbound.OktaRemoveUserFromGroup, beforeSend, 1)
	add(1, 1, outbound.IsMemberInGroups, afterReply, 1)
	add(2, 0, outbound.OktaListUserGroups, afterReply, 1)
	add(2, 0, outbound.SlackUpdateMessage, beforeReply, 1)
	add(3, 0, outbound.CreateAssignment, afterReply, 1)
	add(0, 4, outbound.OktaAddUserToGroup, beforeReply, 1)
	add(0, 4, outbound.DescribeUser, afterReply, 1)
	add(3, 4, outbound.OktaAddUserToGroup, afterReply, 1)
	all = append(all, combination{"sqlite", stories()[0], tiled(), &shot{outbound.CreateApplicationAssignment, beforeReply, 1}})
	return all
}

// dryRun plays every story with every plot and nobody dying, and returns for each the
// calls of sites that none before it in the same story has called. Every site has to be reached.
func dryRun(t *testing.T) []result {
	t.Helper()
	var all []combination
	for _, st := range stories() {
		for _, p := range plots() {
			all = append(all, combination{"sqlite", st, p, nil})
		}
	}
	played := playAll(t, all)
	slices.SortStableFunc(played, func(a, b result) int {
		at := func(r result) int {
			return slices.IndexFunc(plots(), func(p plot) bool { return p.name == r.plot.name })
		}
		return at(a) - at(b)
	})
	found := map[string]bool{}
	for _, r := range played {
		for site := range r.calls {
			if at := r.story.name + " " + siteName(site); found[at] || byTheClock(r.story.name, site) {
				delete(r.calls, site)
			} else {
				found[at], found[siteName(site)] = true, true
			}
		}
	}
	if len(played) < len(all) { // -run chooses: a case that failed is run by itself
		return played
	}
	for _, site := range outbound.Serving() {
		why, excused := never()[site]
		switch {
		case found[siteName(site)] && excused:
			t.Errorf("%s is called, and excused: %s", siteName(site), why)
		case !found[siteName(site)] && !excused:
			t.Errorf("no story calls %s: nobody dies there", siteName(site))
		}
	}
	return played
}

// report says how long it took from a restart until airpass was at work again, and
// until what was awaited had come, which includes what the story takes from there.
func report(t *testing.T, all []result) {
	t.Helper()
	slices.SortFunc(all, func(a, b result) int { return cmp.Compare(b.healed, a.healed) })
	back, healed := map[string][]time.Duration{}, map[string][]time.Duration{}
	for i, r := range all {
		if r.healed > 0 {
			back[r.store], healed[r.store] = append(back[r.store], r.back), append(healed[r.store], r.healed)
		}
		if i < 12 {
			t.Logf("%8s at work, %8s healed, %8s wall: %s", r.back.Round(time.Millisecond), r.healed.Round(time.Millisecond), r.took.Round(time.Millisecond), r)
		}
	}
	for name := range healed {
		t.Logf("%s: %d deaths; at work again %s; back where the story was %s", name, len(healed[name]), spread(back[name]), spread(healed[name]))
	}
}

// spread is the middle, the slow and the slowest of times.
func spread(times []time.Duration) string {
	slices.Sort(times)
	at := func(i int) time.Duration { return times[i].Round(time.Millisecond) }
	return fmt.Sprintf("after %s (median), %s (p90), %s (at most)", at(len(times)/2), at(len(times)*9/10), at(len(times)-1))
}

// What is due a few seconds after a death has only had a timer, which died too.
func TestATimerThatDiedIsMissedForASecondOnly(t *testing.T) {
	t.Parallel()
	s := besiege(t, stores()["sqlite"](t), sandbox.Options{AssignmentDelay: time.Hour}, nil)
	p := plots()[0]
	s.asks(p, firstReason)
	s.approves(p, firstReason)
	polls := func() int { return s.IdentityCenter.Faults().Count("ListAccountAssignmentCreationStatus") }
	s.eventually("the assignment is awaited", func() bool { return polls() > 0 })
	s.advance(20 * time.Second) // from here on it is looked at every 3 s
	before := polls()
	s.eventually("it was looked at twice", func() bool { return polls() >= before+2 })
	// Now what was seen is stored, and the next look is due later than a start takes. Were
	// it not, the look would only be repeated sooner.
	s.pause(300 * time.Millisecond)
	s.mu.Lock()
	s.process.kill()
	s.mu.Unlock()
	seen := polls()
	if err := s.launch(); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	s.eventually("it is looked at again", func() bool { return polls() > seen })
	if took := time.Since(begin); took > 10*slower*time.Second { // the sweep comes every 15 s
		t.Errorf("looked at again after %s\n%s", took, s.log)
	} else {
		t.Logf("looked at again after %s", took)
	}
}
