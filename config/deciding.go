package config

import (
	"fmt"
	"slices"

	"airpass/access"
	"airpass/internal/nearest"
)

// decided reads how requests of a target are decided: by a named policy, or by any one of
// some approvers.
func (s *section) decided(t *access.Target, env Environment, ps *policies) {
	name := s.optional("policy", "", policyName)
	list := s.approvers("approvers")
	switch {
	case s.has("policy") && s.has("approvers"):
		s.problem("policy", "stands beside approvers", "remove one of the two; a policy names approvers in its stages")
	case !s.has("policy") && !s.has("approvers"):
		s.problem("approvers", "is missing", "write policy: NAME, or approvers: [manager]")
	case s.has("approvers"):
		at := max(slices.Index(list, access.Approver{Kind: access.ApproverOwner}), 0)
		t.Policy = access.Single(s.r.ownersOf(fmt.Sprintf("%s[%d]", s.name("approvers"), at), list, env)...)
	case name != "":
		s.policy(t, name, env, ps)
	}
}

// policy gives a target a named policy, as it is for its environment.
func (s *section) policy(t *access.Target, name string, env Environment, ps *policies) {
	p, ok := ps.find(name)
	if !ok {
		if ps.unread {
			return
		}
		names := make([]string, 0, len(ps.all))
		for _, one := range ps.all {
			names = append(names, one.Name)
		}
		mend := "add it to policies"
		if near, is := nearest.Word(name, names); is {
			mend = "did you mean " + near + "?"
		} else if len(names) > 0 {
			mend += ", or write one of " + some(names)
		}
		s.problem("policy", "there is no policy "+quote(name), mend)
		return
	}
	p.used = true
	path := s.name("policy")
	t.Policy = p.Policy
	t.Policy.Stages = s.r.stagesFor(path, p.Stages, env)
	t.Policy.Fallback = s.r.ownersOf(path, p.Fallback, env)
	t.Policy.Rules = slices.Clone(p.Rules)
	for i := range t.Policy.Rules {
		t.Policy.Rules[i].Stages = s.r.stagesFor(path, p.Rules[i].Stages, env)
	}
	if b := p.BreakGlass; b != nil {
		own := *b
		own.Reviewers = s.r.ownersOf(path, b.Reviewers, env)
		t.Policy.BreakGlass = &own
	}
	s.fits(t)
}

// stagesFor puts an environment's owners where stages say environment_owners.
func (r *reader) stagesFor(path string, stages []access.Stage, env Environment) []access.Stage {
	all := slices.Clone(stages)
	for i := range all {
		owners := slices.Contains(all[i].Approvers, access.Approver{Kind: access.ApproverOwner})
		all[i].Approvers = r.ownersOf(path, all[i].Approvers, env)
		all[i].WidenTo = r.ownersOf(path, all[i].WidenTo, env)
		if owners && len(env.Owners) > 0 {
			r.checkRequired(path, all[i])
		}
	}
	return all
}

// fits reports limits of a policy that a target's own contradict. Without a default of
// its own a target suggests the longest choice of an hour or less, or the first.
func (s *section) fits(t *access.Target) {
	p := t.Policy
	path := s.name("policy")
	if s.reported("max_duration") || s.reported("default_duration") {
		return
	}
	if p.MinDuration > t.MaxDuration {
		s.r.problem(path, "asks for at least "+Duration(p.MinDuration)+", and max_duration is "+Duration(t.MaxDuration), "raise max_duration, or name another policy")
		return
	}
	if n := len(p.Choices); n > 0 && p.Choices[n-1] > t.MaxDuration {
		s.r.problem(path, "lets people choose "+Duration(p.Choices[n-1])+", and max_duration is "+Duration(t.MaxDuration), "raise max_duration, or name another policy")
		return
	}
	for _, r := range p.Rules {
		if r.MaxDuration >= t.MaxDuration && len(r.Stages) == 0 && !r.Approve {
			s.r.warn(path, "its rule "+r.Name+" limits to "+Duration(r.MaxDuration)+", and max_duration is no longer than that", "lower the rule's max_duration, or raise that of the target")
		}
	}
	if s.has("default_duration") {
		if t.CheckDuration(t.DefaultDuration) != nil {
			s.problem("default_duration", Duration(t.DefaultDuration)+" is not what the policy "+p.Name+" lets people ask for", "write one of its choices, and not less than its min_duration")
		}
		return
	}
	t.DefaultDuration = max(t.DefaultDuration, p.MinDuration)
	if len(p.Choices) > 0 {
		usual := p.Choices[0]
		for _, d := range p.Choices {
			if d <= t.DefaultDuration {
				usual = d
			}
		}
		t.DefaultDuration = usual
	}
}
