package bot_test

import (
	"fmt"
	"testing"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/config"
	"airpass/grants"
	"airpass/sandbox"
	"airpass/sandbox/identitycenter"
	"airpass/store"
)

func TestTheEndOfOneGrantLeavesWhatAnotherNeeds(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.given("ada", "prod/User", "1 hour", "the short one", "grace")
	tw.given("ada", "prod/User", "4 hours", "the long one", "olivia")
	if tw.creations("ada", "prod/User") != 1 {
		t.Error("what is there was made twice")
	}
	tw.advance(time.Hour + time.Minute)
	tw.sees("ada", "the short one", "Access has ended", "another grant needs it")
	if !tw.has("ada", "prod/User") || tw.deletions("ada", "prod/User") != 0 {
		t.Error("the end of one took away what the other needs")
	}
	tw.advance(3 * time.Hour)
	tw.sees("ada", "the long one", "Access has ended")
	if !tw.free("ada", "prod/User") {
		t.Error("something is left after the last end")
	}
}

func TestAskedAgainWhileItIsBeingTakenAway(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.given("ada", "prod/User", "1 hour", "first time", "grace")
	tw.IdentityCenter.SetNeverCompletes(true)
	tw.advance(time.Hour + time.Minute)
	tw.eventually("AWS has the deletion", func() bool { return tw.deletions("ada", "prod/User") == 1 })
	tw.ask("ada", "prod/User", "2 hours", "not done yet")
	tw.press("grace", "Approve", "not done yet")
	tw.sees("ada", "not done yet", "being set up")
	tw.IdentityCenter.SetNeverCompletes(false)
	tw.IdentityCenter.CompleteOperations()
	tw.sees("ada", "not done yet", "Access is active")
	if !tw.has("ada", "prod/User") {
		t.Error("active, and not there")
	}
	tw.sees("ada", "first time", "Access has ended")
	tw.advance(2*time.Hour + time.Minute)
	tw.sees("ada", "not done yet", "Access has ended")
	if !tw.free("ada", "prod/User") {
		t.Error("something is left")
	}
}

func TestStandingAccessIsLeftInPlaceAlsoWhenAirpassStopsInBetween(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]map[string]bool{
		"without a stop": {}, "stopped while it is set up": {"asked": true}, "stopped while active": {"active": true}, "stopped at the end": {"end": true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tw := settle(t, quick())
			target := tw.Target("prod/User")
			if err := tw.IdentityCenter.Assign(identitycenter.Assignment{Account: target.Account, PermissionSetARN: target.PermissionSet,
				PrincipalType: identitycenter.PrincipalUser, PrincipalID: tw.center("ada")}); err != nil {
				t.Fatal(err)
			}
			tw.ask("ada", "prod/User", "1 hour", "to be sure")
			if at["asked"] {
				tw.press("grace", "Approve", "to be sure")
				tw.stop()
				tw.begin()
			} else {
				tw.press("grace", "Approve", "to be sure")
			}
			tw.sees("ada", "to be sure", "Access is active")
			if at["active"] {
				tw.stop()
				tw.begin()
			}
			if at["end"] {
				tw.stop()
				tw.advance(time.Hour + time.Minute)
				tw.begin()
			} else {
				tw.advance(time.Hour + time.Minute)
			}
			tw.sees("ada", "to be sure", "Access has ended", "Left in place, because it was there before")
			if tw.assignments("ada", "prod/User") != 1 || tw.deletions("ada", "prod/User") != 0 || tw.member("ada", "prod/User") {
				t.Error("standing access was taken away, or what was ours was left")
			}
			tw.advance(16 * time.Minute) // past the settle window
			if tw.assignments("ada", "prod/User") != 1 {
				t.Error("standing access was taken away later")
			}
		})
	}
}

func TestTwoRequestsAndTwoApprovalsInTheSameSecond(t *testing.T) {
	t.Parallel()
	tw := settle(t, sandbox.Options{PushDelay: -1, AssignmentDelay: 200 * time.Millisecond})
	reasons := map[string]string{"ada": "first of two", "ben": "second of two"}
	each := func(do func(who, reason string)) {
		done := make(chan bool)
		for who, reason := range reasons {
			go func() {
				defer func() { done <- true }()
				do(who, reason)
			}()
		}
		for range reasons {
			<-done
		}
	}
	each(func(who, reason string) { tw.ask(who, "prod/User", "1 hour", reason) })
	for _, reason := range reasons {
		tw.sees("grace", reason)
	}
	each(func(_, reason string) { tw.press("grace", "Approve", reason) })
	for who, reason := range reasons {
		tw.sees(who, reason, "Access is active")
		if !tw.has(who, "prod/User") || tw.creations(who, "prod/User") != 1 {
			t.Errorf("%s: %d assignments made", who, tw.creations(who, "prod/User"))
		}
	}
}

// The vendors' rates are as in reality and the clock is moved to the end: 300 people
// lose access in as much time as AWS's rate of calls needs.
func TestThreeHundredGrantsEndInTheSameMinute(t *testing.T) {
	t.Parallel()
	const people = crowd
	tw := settle(t, sandbox.Options{PushDelay: -1, AssignmentDelay: -1, Scale: sandbox.Scale{People: people + 30}}, func(c *config.Config) {
		c.Quotas.IdentityCenterPerSecond = 20
		c.AWS.AssignmentLookup = "list" // one paged list serves all who ask
	})
	target, found := tw.config.Target("prod/Viewer")
	if !found {
		t.Fatal("no target")
	}
	var keys []string
	for _, p := range tw.People() {
		if len(p.Key) > 1 && p.Key[0] == 'p' && p.Key[1] >= '0' && p.Key[1] <= '9' && len(keys) < people {
			keys = append(keys, p.Key)
		}
	}
	// They have it since yesterday: given by airpass, as its store says.
	tw.operate(func(o *bot.Operator) error { return tw.grantAll(o, target, keys) })
	tw.eventually("all have it", func() bool { return tw.holders("prod/Viewer") == people })
	begin := time.Now()
	tw.IdentityCenter.Faults().ResetCalls()
	tw.advance(2 * time.Hour)
	for left := people; left > 0; left = tw.holders("prod/Viewer") { // a busy machine may take longer, as long as it goes on
		fewer := func() bool { return tw.holders("prod/Viewer") < left }
		if tw.abreast > 1 { // together they may ask too much for a moment: rows then wait for their time
			tw.meanwhile("fewer have it", fewer)
		} else {
			tw.eventually("fewer have it", fewer)
		}
	}
	t.Logf("%d grants ended in %s with %d calls", people, time.Since(begin).Round(time.Millisecond), len(tw.IdentityCenter.Faults().Calls()))
	deletions := 0
	for _, o := range tw.IdentityCenter.Operations() { // what AWS took; a throttled one is asked for again
		if o.Kind == identitycenter.Deletion {
			deletions++
		}
	}
	if deletions != people {
		t.Errorf("%d deletions of %d assignments", deletions, people)
	}
	if n := len(tw.IdentityCenter.Faults().Calls()); n > 3*people {
		t.Errorf("%d calls for %d removals", n, people)
	}
}

// holders counts the people to whom a target is assigned.
func (tw *town) holders(target string) int {
	tw.IdentityCenter.Sync()
	n, at := 0, tw.Target(target)
	for _, a := range tw.IdentityCenter.Assignments() {
		if a.PrincipalType == identitycenter.PrincipalUser && a.PermissionSetARN == at.PermissionSet {
			n++
		}
	}
	return n
}

// grantAll stores an approved request and its active grant for each person, all of
// which end an hour from now, with what they hold verified as given by airpass.
func (tw *town) grantAll(o *bot.Operator, target access.Target, keys []string) error {
	return o.Store.Update(tw.ctx(), o.Actor(), func(tx *store.Tx) error {
		for i, key := range keys {
			p := tw.World.Person(key)
			center := tw.center(key)
			subject := access.Person{OktaID: p.OktaID, Login: p.Login, Email: p.Email, Name: p.Name, Status: "ACTIVE"}
			r, err := tx.CreateRequest(access.Request{ID: tx.NewID(), Subject: subject, Slack: access.SlackUser{Team: tw.Slack.TeamID(), ID: p.SlackID},
				Target: target, Duration: time.Hour, Reason: fmt.Sprint("one of many, ", i), State: access.RequestPending, CreatedAt: tx.Now(), LapseAt: tx.Now().Add(time.Hour)})
			if err != nil {
				return err
			}
			r.State, r.DecidedAt = access.RequestApproved, tx.Now()
			if r, err = tx.SaveRequest(r); err != nil {
				return err
			}
			if err := tw.IdentityCenter.Assign(identitycenter.Assignment{Account: target.Environment.Account, PermissionSetARN: target.PermissionSet,
				PrincipalType: identitycenter.PrincipalUser, PrincipalID: center}); err != nil {
				return err
			}
			g, err := grants.Start(tx, r, center)
			if err != nil {
				return err
			}
			if err := tw.ours(tx, g); err != nil {
				return err
			}
		}
		return nil
	})
}

// ours makes a new grant one that airpass has carried out.
func (tw *town) ours(tx *store.Tx, g access.Grant) error {
	held, err := tx.GrantEntitlements(g.ID)
	if err != nil {
		return err
	}
	for _, e := range held {
		wall := time.Now()
		e, mine, err := tx.ClaimEntitlement(e.ID, e.Version, "test", wall, wall.Add(time.Minute))
		if err != nil || !mine {
			return fmt.Errorf("claim: %v %w", mine, err)
		}
		e.Origin, e.Presence, e.Ready, e.VerifiedAt = access.OriginOurs, access.Present, true, tx.Now()
		if _, err := tx.SaveEntitlement(e, true); err != nil {
			return err
		}
	}
	if g, err = tx.Grant(g.ID); err != nil {
		return err
	}
	g.State, g.ActiveAt, g.EndAt, g.LinkState = access.GrantActive, tx.Now(), tx.Now().Add(time.Hour), access.LinkReady
	g.NextAt = g.EndAt
	_, err = tx.SaveGrant(g)
	return err
}
