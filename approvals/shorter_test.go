package approvals_test

import (
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/store"
)

// shortly is a yes for less time.
func (b *bench) shortly(who, request string, d time.Duration) access.Attempt {
	b.Helper()
	return b.tries(who, access.Attempt{Kind: access.AttemptApprove, Request: request, Duration: d})
}

func TestTheShortestTimeThatSomebodyGaveIsGranted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.policies["prod/User"] = access.Policy{Stages: []access.Stage{stage("data", 2, manager, person("olivia")), stage("security", 1, person("sam"))}}
	request := b.asksFor("ada", "prod/User", 2*time.Hour)
	b.shortly("grace", request, 30*time.Minute)
	b.shortly("olivia", request, time.Hour)
	if r := b.now(request); r.State != access.RequestPending || r.Duration != 30*time.Minute || r.Asked() != 2*time.Hour {
		t.Fatalf("after two of three: %s for %s of %s", r.State, r.Duration, r.Asked())
	}
	b.says("sam", access.AttemptApprove, request)
	g, found, err := b.store.GrantOf(t.Context(), request)
	if err != nil || !found || g.Duration != 30*time.Minute || g.EndAt.Sub(g.StartAt) != 30*time.Minute {
		t.Errorf("granted %v for %s until %s: %v", found, g.Duration, g.EndAt.Sub(g.StartAt), err)
	}
	if r := b.now(request); r.State != access.RequestApproved || r.Duration != 30*time.Minute || r.Asked() != 2*time.Hour {
		t.Errorf("approved: %s for %s of %s", r.State, r.Duration, r.Asked())
	}
	facts := map[string][]string{}
	for _, e := range b.events() {
		if e.Kind == "decision.recorded" || e.Kind == "request.approved" || e.Kind == "request.created" {
			facts[string(e.Kind)] = append(facts[string(e.Kind)], e.Facts["duration"])
		}
	}
	if got := strings.Join(facts["decision.recorded"], " "); got != "30m0s 1h0m0s " {
		t.Errorf("the trail says of the decisions: %q", got)
	}
	if facts["request.created"][0] != "2h0m0s" || facts["request.approved"][0] != "30m0s" {
		t.Errorf("the trail says: %v", facts)
	}
}

func TestNobodyApprovesForLongerThanWasAskedForOrThanMayBe(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.policies["prod/User"] = access.Policy{Stages: []access.Stage{stage("data", 1, manager)}, Choices: []time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour}}
	request := b.asksFor("ada", "prod/User", time.Hour)
	for d, words := range map[time.Duration]string{
		2 * time.Hour:    "2h0m0s is not shorter than what was asked for, 1h0m0s",
		time.Hour:        "not shorter",
		45 * time.Minute: "cannot be chosen",
		time.Minute:      "shorter than the shortest",
		-time.Hour:       "shorter than the shortest",
	} {
		if a := b.shortly("grace", request, d); a.State != access.AttemptRefused || !strings.Contains(a.Answer, words) {
			t.Errorf("%s: %s %s", d, a.State, a.Answer)
		}
	}
	if a := b.shortly("ada", request, 30*time.Minute); a.State != access.AttemptRefused || !strings.Contains(a.Answer, access.ErrOwnRequest.Error()) {
		t.Errorf("by herself: %s %s", a.State, a.Answer)
	}
	if r := b.now(request); r.State != access.RequestPending || r.Duration != time.Hour {
		t.Fatalf("%s for %s", r.State, r.Duration)
	}
	// What is offered when it is judged counts, not what the form has shown.
	p := b.policies["prod/User"]
	p.Choices = []time.Duration{45 * time.Minute, time.Hour}
	b.policies["prod/User"] = p
	if a := b.shortly("grace", request, 30*time.Minute); a.State != access.AttemptRefused {
		t.Errorf("what is no longer offered: %s %s", a.State, a.Answer)
	}
	if a := b.shortly("grace", request, 45*time.Minute); a.State != access.AttemptDone || b.now(request).Duration != 45*time.Minute {
		t.Errorf("what is offered now: %s %s, %s", a.State, a.Answer, b.now(request).Duration)
	}
}

// Less time than a rule of now allows is what makes an old request possible.
func TestAYesForLessTimeSatisfiesALimitThatCameLater(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.policies["prod/User"] = access.Policy{Stages: []access.Stage{stage("data", 1, manager)}}
	request := b.asksFor("ada", "prod/User", 2*time.Hour)
	b.policies["prod/User"] = access.Policy{Stages: []access.Stage{stage("data", 1, manager)}, Rules: []access.Rule{{Name: "short", When: "true", MaxDuration: time.Hour}}}
	if a := b.says("grace", access.AttemptApprove, request); a.State != access.AttemptRefused {
		t.Fatalf("as long as asked: %s", a.State)
	}
	if a := b.shortly("grace", request, time.Hour); a.State != access.AttemptDone || b.state(request) != access.RequestApproved {
		t.Errorf("for an hour: %s %s", a.State, a.Answer)
	}
}

// events are all of the trail.
func (b *bench) events() []store.Recorded {
	b.Helper()
	all, err := b.store.AuditEvents(b.Context(), 0, 1000)
	if err != nil {
		b.Fatal(err)
	}
	return all
}
