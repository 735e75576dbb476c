package approvals_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/sandbox/control"
)

// prospect is what somebody is shown who has chosen a target.
func (b *bench) prospect(who, target string, d time.Duration, anew bool) access.Prospect {
	b.Helper()
	p, err := b.svc.Prospect(b.Context(), b.world.Person(who).SlackID, access.Choice{Target: target, Duration: d}, anew)
	if err != nil {
		b.Fatal(err)
	}
	return p
}

func offers(p access.Prospect, target string) bool {
	return slices.ContainsFunc(p.Targets, func(t access.Target) bool { return t.ID == target })
}

func TestWhatSomebodyIsShownWhoIsAboutToAsk(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.policies["prod/User"] = access.Policy{Stages: []access.Stage{stage("data", 1, manager)}, Rules: []access.Rule{
		{Name: "not for long", When: `duration > duration("4h")`, MaxDuration: 2 * time.Hour},
		{Name: "security looks", When: `requester.groups.exists(g, true) && duration > duration("1h")`, Stages: []access.Stage{stage("security", 1, person("sam"))}},
	}}
	p := b.prospect("ada", "prod/User", time.Hour, true)
	if !offers(p, "prod/User") || offers(p, "prod/Admin") || p.Refused != "" || p.Target != "prod/User" || len(p.Course.Stages) != 1 || p.Longest != 0 {
		t.Errorf("%+v", p)
	}
	if p = b.prospect("ada", "prod/User", 2*time.Hour, false); len(p.Course.Stages) != 2 || p.Course.Stages[1].Name != "security" {
		t.Errorf("a rule that holds is not looked at: %+v", p.Course)
	}
	if p = b.prospect("ada", "prod/User", 5*time.Hour, false); p.Longest != 2*time.Hour {
		t.Errorf("the limit of a rule is %s", p.Longest)
	}
	if p = b.prospect("ada", "prod/Admin", time.Hour, false); p.Target != "" || len(p.Course.Stages) != 0 {
		t.Errorf("it is said who would decide what they may not ask for: %+v", p)
	}
	if p = b.prospect("carl", "prod/User", time.Hour, true); !strings.Contains(p.Refused, "guests") || len(p.Targets) > 0 {
		t.Errorf("a guest: %+v", p)
	}
	request := b.asks("ada", "prod/User")
	if p = b.prospect("ada", "", 0, false); len(p.Waiting) != 1 || p.Waiting[0].ID != request || len(p.Held) != 0 {
		t.Errorf("%+v %+v", p.Waiting, p.Held)
	}
	b.says("grace", access.AttemptApprove, request)
	if p = b.prospect("ada", "", 0, false); len(p.Waiting) != 0 || len(p.Held) != 1 || p.Held[0].RequestID != request {
		t.Errorf("%+v %+v", p.Waiting, p.Held)
	}
}

// While a form is filled in nobody is asked again who somebody is; the next form does.
func TestWhoSomebodyIsIsKnownForOneForm(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.prospect("ada", "", 0, true)
	b.world.Okta.Faults().Add(control.Fault{Op: "*", Answer: "unavailable"})
	b.world.Slack.Faults().Add(control.Fault{Op: "users.info", Answer: "unavailable"})
	if p := b.prospect("ada", "prod/User", time.Hour, false); p.Target != "prod/User" {
		t.Errorf("%+v", p)
	}
	again := func(anew bool) error {
		_, err := b.svc.Prospect(b.Context(), b.world.Person("ada").SlackID, access.Choice{}, anew)
		return err
	}
	if again(true) == nil {
		t.Error("a new form is filled with what the last one knew")
	}
	all := b.svc.Offered(b.world.Person("ada").SlackID)
	if len(all) == 0 || slices.ContainsFunc(all, func(x access.Target) bool { return x.ID == "prod/Admin" }) {
		t.Errorf("what she may ask for is forgotten: %+v", all)
	}
	if _, err := b.world.Clock.Advance(6 * time.Minute); err != nil {
		t.Fatal(err)
	}
	if again(false) == nil {
		t.Error("it is known for longer than a form is filled in")
	}
	if got := len(b.svc.Offered(b.world.Person("ada").SlackID)); got != len(b.targets()) {
		t.Errorf("%d of %d are offered to whom nothing is known of", got, len(b.targets()))
	}
}

// Who fills a form in faster than Okta answers has it asked once: what each choice would
// ask is taken from the calls that their request waits for.
func TestChoicesMadeWhileOktaIsSlowAreOneQuestion(t *testing.T) {
	t.Parallel()
	b := setup(t)
	asked := func() int { return b.world.Okta.Faults().Count("ListUsers") }
	b.world.Okta.Faults().Add(control.Fault{Op: "ListUsers", Times: 1, Latency: control.Duration(200 * time.Millisecond)})
	for round, anew := range []int{1, 2} { // a form that opens asks for itself
		answers := make(chan error, 5)
		for choice := range 5 {
			go func() {
				p, err := b.svc.Prospect(b.Context(), b.world.Person("ada").SlackID, access.Choice{Target: "prod/User", Duration: time.Hour}, round > 0 && choice == 0)
				if err == nil && (p.Target != "prod/User" || p.Subject.Login != b.world.Person("ada").Login) {
					err = fmt.Errorf("%+v", p)
				}
				answers <- err
			}()
		}
		for range 5 {
			if err := <-answers; err != nil {
				t.Error(err)
			}
		}
		if n := asked(); n != anew {
			t.Errorf("round %d: Okta was asked %d times who she is", round, n)
		}
	}
}

// Who waits for what somebody else finds out gets their error too, and not nothing; and the
// next one asks anew.
func TestAQuestionThatFailsFailsForAllWhoWaitForIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.world.Okta.Faults().Add(control.Fault{Op: "ListUsers", Answer: "unavailable", Latency: control.Duration(500 * time.Millisecond)})
	answers := make(chan error, 5)
	for range 5 {
		go func() {
			_, err := b.svc.Prospect(b.Context(), b.world.Person("ada").SlackID, access.Choice{}, false)
			answers <- err
		}()
	}
	for range 5 {
		if err := <-answers; !errors.Is(err, access.ErrUnavailable) {
			t.Errorf("the answer is %v", err)
		}
	}
	if n := b.world.Okta.Faults().Count("ListUsers"); n == 0 || n >= 5 {
		t.Errorf("Okta was asked %d times by five who wait for one answer", n)
	}
	b.world.Okta.Faults().Clear()
	if p := b.prospect("ada", "prod/User", time.Hour, false); p.Target != "prod/User" {
		t.Errorf("%+v", p)
	}
}
