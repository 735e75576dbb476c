package access_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"airpass/access"
)

func rule(n int) access.Approver {
	return access.Approver{Kind: access.ApproverGroup, Value: fmt.Sprint("00g", n)}
}

func stage(required int, rules ...int) access.Stage {
	s := access.Stage{Required: required}
	for _, n := range rules {
		s.Approvers = append(s.Approvers, rule(n))
	}
	return s
}

// yes is somebody's approval, named by some rules.
func yes(who string, rules ...int) access.Decision {
	d := access.Decision{Verdict: access.Approve, Decider: access.Person{OktaID: who}}
	for _, n := range rules {
		d.Rules = append(d.Rules, rule(n))
	}
	return d
}

func TestHowFarApprovalsHaveCome(t *testing.T) {
	t.Parallel()
	twoStages := []access.Stage{stage(2, 1), stage(1, 2)}
	no := yes("u9", 1)
	no.Verdict = access.Deny
	again := yes("u1b", 1)
	again.Decider.SameAs = "employee 1"
	first := yes("u1", 1)
	first.Decider.SameAs = "employee 1"
	for name, tt := range map[string]struct {
		stages []access.Stage
		twice  bool
		given  []access.Decision
		want   access.Tally
	}{
		"nothing yet":                            {twoStages, false, nil, access.Tally{Stage: 0, Have: 0, Need: 2}},
		"one of two":                             {twoStages, false, []access.Decision{yes("u1", 1)}, access.Tally{Stage: 0, Have: 1, Need: 2}},
		"the same person again":                  {twoStages, false, []access.Decision{yes("u1", 1), yes("u1", 1)}, access.Tally{Stage: 0, Have: 1, Need: 2}},
		"another account of the same person":     {twoStages, false, []access.Decision{first, again}, access.Tally{Stage: 0, Have: 1, Need: 2}},
		"somebody of no rule":                    {twoStages, false, []access.Decision{yes("u1", 1), yes("u2", 7)}, access.Tally{Stage: 0, Have: 1, Need: 2}},
		"a no is no yes":                         {twoStages, false, []access.Decision{yes("u1", 1), no}, access.Tally{Stage: 0, Have: 1, Need: 2}},
		"the first stage is complete":            {twoStages, false, []access.Decision{yes("u1", 1), yes("u2", 1)}, access.Tally{Stage: 1, Have: 0, Need: 1}},
		"who has counted does not count again":   {twoStages, false, []access.Decision{yes("u1", 1, 2), yes("u2", 1)}, access.Tally{Stage: 1, Have: 0, Need: 1}},
		"unless the policy says so":              {twoStages, true, []access.Decision{yes("u1", 1, 2), yes("u2", 1)}, access.Tally{Stage: 2, Done: true}},
		"a later stage is not begun early":       {twoStages, false, []access.Decision{yes("u3", 2), yes("u1", 1), yes("u2", 1)}, access.Tally{Stage: 1, Have: 0, Need: 1}},
		"all of it":                              {twoStages, false, []access.Decision{yes("u1", 1), yes("u2", 1), yes("u3", 2)}, access.Tally{Stage: 2, Done: true}},
		"a stage that requires nobody needs one": {[]access.Stage{stage(0, 1)}, false, nil, access.Tally{Need: 1}},
		"no stages are never done":               {nil, false, []access.Decision{yes("u1", 1)}, access.Tally{}},
	} {
		if got := access.TallyOf(tt.stages, nil, tt.twice, tt.given); got != tt.want {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
	}
}

func TestWhomAStageIsWidenedToAndTheFallbackCount(t *testing.T) {
	t.Parallel()
	s := stage(1, 1)
	s.WidenTo, s.WidenAfter = []access.Approver{rule(2)}, time.Hour
	for n, fallback := range map[int][]access.Approver{1: nil, 2: nil, 3: {rule(3)}} {
		if !access.TallyOf([]access.Stage{s}, fallback, false, []access.Decision{yes("u", n)}).Done {
			t.Errorf("rule %d does not count", n)
		}
	}
	if access.TallyOf([]access.Stage{s}, nil, false, []access.Decision{yes("u", 3)}).Done {
		t.Error("a fallback that there is not counts")
	}
}

// drawn are stages and decisions at random, of few people and rules, so that they meet.
func drawn(t *rapid.T) (stages []access.Stage, given []access.Decision, twice bool) {
	rules := rapid.SliceOfNDistinct(rapid.IntRange(1, 4), 1, 3, rapid.ID[int])
	for range rapid.IntRange(1, 3).Draw(t, "stages") {
		stages = append(stages, stage(rapid.IntRange(1, 3).Draw(t, "required"), rules.Draw(t, "rules")...))
	}
	for range rapid.IntRange(0, 8).Draw(t, "decisions") {
		d := yes(fmt.Sprint("u", rapid.IntRange(1, 6).Draw(t, "who")), rules.Draw(t, "named by")...)
		if rapid.IntRange(0, 4).Draw(t, "verdict") == 0 {
			d.Verdict = access.Deny
		}
		given = append(given, d)
	}
	return stages, given, rapid.Bool().Draw(t, "count twice")
}

// Whatever comes in whatever order, what is complete has in each stage as many distinct
// people as it requires, each named by a rule of that stage.
func TestNothingIsCompleteWithoutEnoughDistinctPeople(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		stages, given, twice := drawn(t)
		done := access.TallyOf(stages, nil, twice, given).Done
		enough := access.Suffice(stages, nil, twice, given)
		if done && !enough {
			t.Fatalf("complete without enough people: %+v %+v", stages, given)
		}
		if !enough {
			return
		}
		need, people := 0, map[string]bool{}
		for _, s := range stages {
			of := map[string]bool{}
			for _, d := range given {
				if d.Verdict == access.Approve && slices.ContainsFunc(d.Rules, func(r access.Approver) bool { return slices.Contains(s.Approvers, r) }) {
					of[d.Decider.OktaID], people[d.Decider.OktaID] = true, true
				}
			}
			if len(of) < s.Required {
				t.Fatalf("a stage has %d of %d", len(of), s.Required)
			}
			need += s.Required
		}
		if !twice && len(people) < need {
			t.Fatalf("%d people fill %d places", len(people), need)
		}
	})
}

// One more approval never makes it less.
func TestOneMoreYesIsNeverAStepBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		stages, given, twice := drawn(t)
		var before access.Tally
		for n := range len(given) + 1 {
			now := access.TallyOf(stages, nil, twice, given[:n])
			if now.Stage < before.Stage || now.Stage == before.Stage && now.Have < before.Have || before.Done && !now.Done {
				t.Fatalf("after %d: %+v, before %+v", n, now, before)
			}
			before = now
		}
	})
}
