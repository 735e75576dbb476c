package approvals_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"airpass/access"
	"airpass/sandbox"
	"airpass/store"
	"airpass/store/storetest"
)

func onEachStore(t *testing.T, test func(b *bench)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(setupOn(t, storetest.SQLite(t)))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(setupOn(t, storetest.PostgreSQL(t)))
	})
}

// atOnce judges attempts of somebody side by side, and returns what became of them.
func (b *bench) atOnce(who string, attempts ...access.Attempt) []access.Attempt {
	b.Helper()
	ids := make([]string, len(attempts))
	for i, a := range attempts {
		ids[i] = b.records(who, a)
	}
	var group sync.WaitGroup
	for _, id := range ids {
		group.Go(func() {
			a, err := b.store.Attempt(b.Context(), id)
			if err == nil {
				err = b.svc.Judge(b.Context(), id, a.Version)
			}
			if err != nil {
				b.Error(err)
			}
		})
	}
	group.Wait()
	b.judgeAll() // what lost to others too often in a row is judged once more
	for i, id := range ids {
		var err error
		if attempts[i], err = b.store.Attempt(b.Context(), id); err != nil {
			b.Fatal(err)
		}
	}
	return attempts
}

// wishes are n attempts to ask for the same.
func wishes(n int, reason func(i int) string) []access.Attempt {
	all := make([]access.Attempt, n)
	for i := range all {
		all[i] = access.Attempt{Kind: access.AttemptAsk, Target: "prod/User", Duration: time.Hour, Reason: reason(i)}
	}
	return all
}

// count says how many of attempts are in a state.
func count(all []access.Attempt, state access.AttemptState) (n int) {
	for _, a := range all {
		if a.State == state {
			n++
		}
	}
	return n
}

func TestOfFormsSentInTheSameMomentForTheSameOneIsARequest(t *testing.T) {
	onEachStore(t, func(b *bench) {
		b.tries("ada", access.Attempt{Kind: access.AttemptHome}) // who was never here is made known by the first only
		all := b.atOnce("ada", wishes(8, func(int) string { return "the same" })...)
		if made, refused := count(all, access.AttemptDone), count(all, access.AttemptRefused); made != 1 || refused != 7 {
			b.Errorf("%d requests are made, %d refused: %+v", made, refused, all)
		}
		waiting, err := b.store.Requests(b.Context(), store.RequestFilter{State: access.RequestPending, Limit: 100})
		if err != nil || len(waiting) != 1 {
			b.Errorf("%d requests wait, %v", len(waiting), err)
		}
	})
}

func TestNobodyHasMoreRequestsThanThatAlsoInTheSameMoment(t *testing.T) {
	onEachStore(t, func(b *bench) {
		for i := range 18 {
			b.atOnce("ada", wishes(1, func(int) string { return fmt.Sprint("one of many, ", i) })...)
		}
		all := b.atOnce("ada", wishes(5, func(i int) string { return fmt.Sprint("at once, ", i) })...)
		if made, refused := count(all, access.AttemptDone), count(all, access.AttemptRefused); made != 2 || refused != 3 {
			b.Errorf("%d requests are made, %d refused", made, refused)
		}
	})
}

func TestWhatARuleLetsPassIsNotGivenTwiceInTheSameMoment(t *testing.T) {
	onEachStore(t, func(b *bench) {
		b.policies["prod/User"] = access.Policy{Stages: []access.Stage{stage("manager", 1, manager)}, Rules: []access.Rule{{Name: "all", When: "true", Approve: true}}}
		all := b.atOnce("ada", wishes(4, func(int) string { return "the same" })...)
		if made := count(all, access.AttemptDone); made != 1 {
			b.Errorf("%d requests are made", made)
		}
	})
}

// shown are the answers to somebody that show something of a topic.
func (b *bench) shown(who string, about access.Topic) (all []access.Question) {
	b.Helper()
	for _, m := range b.messages() {
		if q := access.ParseQuestion(m.Text); m.Kind == access.Answer && m.To == b.world.Person(who).SlackID && q.About == about {
			all = append(all, q)
		}
	}
	return all
}

// active makes the grant of a request active, as if it was carried out; it returns its id.
func (b *bench) active(request string) access.Grant {
	b.Helper()
	var g access.Grant
	err := b.store.Update(b.Context(), access.System("test"), func(tx *store.Tx) (err error) {
		if g, _, err = tx.GrantOf(request); err != nil {
			return err
		}
		g.State, g.ActiveAt, g.EndAt, g.LinkState = access.GrantActive, tx.Now(), tx.Now().Add(time.Hour), access.LinkReady
		g, err = tx.SaveGrant(g)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return g
}

// has makes somebody have a target for an hour.
func (b *bench) has(who, target string) access.Grant {
	b.Helper()
	request := b.asks(who, target)
	b.says("grace", access.AttemptApprove, request)
	return b.active(request)
}

// inForm is a wish sent with the form, typed is one in a line.
func inForm(d time.Duration) access.Attempt {
	return access.Attempt{Kind: access.AttemptAsk, Target: "prod/User", Duration: d, Reason: "it takes longer"}
}

func typed(d time.Duration) access.Attempt {
	a := inForm(d)
	a.Channel = sandbox.RequestsChannel
	return a
}

func TestWhoAsksForWhatTheyHaveIsOfferedMoreTimeOfIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	g := b.has("ada", "prod/User")
	a := b.tries("ada", typed(2*time.Hour))
	offered := b.shown("ada", access.AboutHeld)
	if a.State != access.AttemptRefused || len(offered) != 1 || offered[0].Request != g.RequestID || offered[0].Attempt != a.ID || !strings.Contains(offered[0].Words, "more time") {
		t.Fatalf("%s (%s), offered %+v", a.State, a.Answer, offered)
	}
	// Whoever got hold of the button of another asks for nothing.
	if other := b.tries("ben", access.Attempt{Kind: access.AttemptInstead, Target: a.ID}); other.State != access.AttemptRefused {
		t.Errorf("ben took the offer to ada: %s", other.Answer)
	}
	if other := b.tries("ada", access.Attempt{Kind: access.AttemptInstead, Target: "no-such-attempt"}); other.State != access.AttemptRefused {
		t.Errorf("an offer that nobody made: %s", other.Answer)
	}
	took := b.tries("ada", access.Attempt{Kind: access.AttemptInstead, Target: a.ID})
	if took.State != access.AttemptDone {
		t.Fatal(took.Answer)
	}
	if r := b.now(took.Answer); r.Extends != g.ID || r.Duration != 2*time.Hour || r.Reason != "it takes longer" || r.Target.ID != "prod/User" {
		t.Errorf("%+v", r)
	}
	if again := b.tries("ada", access.Attempt{Kind: access.AttemptInstead, Target: a.ID}); again.State != access.AttemptRefused {
		t.Errorf("extended twice: %s", again.Answer)
	}
	if same := b.shown("ada", access.AboutSame); len(same) != 1 || same[0].Request != took.Answer {
		t.Errorf("the request that waits is not shown: %+v", same)
	}
}

func TestAccessBesideWhatOneHasIsAWishOfItsOwn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.has("ada", "prod/User")
	later := typed(time.Hour)
	later.Begins = "in 20 hours"
	if a := b.tries("ada", later); a.State != access.AttemptDone {
		t.Errorf("what begins after the end: %s", a.Answer)
	}
	if a := b.tries("ada", inForm(2*time.Hour)); a.State != access.AttemptDone {
		t.Errorf("who sends the form all the same: %s", a.Answer)
	}
	b.chain = 4 * time.Hour
	if a := b.tries("ada", inForm(3*time.Hour)); a.State != access.AttemptRefused || len(b.shown("ada", access.AboutHeld)) != 1 {
		t.Errorf("around the bound of a chain: %s %s", a.State, a.Answer)
	}
	if _, err := b.world.Clock.Advance(2 * time.Hour); err != nil {
		t.Fatal(err)
	}
	if a := b.tries("ada", typed(3*time.Hour)); a.State != access.AttemptDone {
		t.Errorf("after the end: %s", a.Answer)
	}
}
