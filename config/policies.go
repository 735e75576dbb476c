package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"airpass/access"
	"airpass/policy"
)

// policies are the named policies of the file.
type policies struct {
	all []*named
	// unread: a policy of unknown name was reported, so that a name that is missing may be its.
	unread bool
}

// named is a policy as it is written: environment_owners is not yet anybody in it.
type named struct {
	access.Policy
	section *section
	stages  map[string]string // the path of each stage, by its name
	used    bool
}

var (
	policyName = rule{regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`), "a name", "write a short name of letters, digits, -, _ and .", false, 60}
	shownName  = rule{regexp.MustCompile(`^\S(.*\S)?$`), "a name", "write a few words that people understand", false, 60}
	ticketLink = rule{regexp.MustCompile(`^https?://[^\s"<>|]+$`), "a URL", "write the address of a ticket, like https://tickets.example.com/browse/{ticket}", false, 500}
	expression = rule{mend: `write a condition in CEL, like 'role == "Viewer"'`, max: 4000}
	choosing   = rule{mend: `write a filter in CEL, like 'role in ["Op", "Admin"]'`, max: 4000}
	regularRE2 = rule{mend: "write a regular expression, like '[A-Z]+-[0-9]+'", max: 200}
)

func readPolicies(root *section, c *Config) *policies {
	ps := &policies{}
	for _, s := range root.sections("policies") {
		p := &named{section: s, stages: map[string]string{}}
		p.Name = s.text("name", policyName)
		if p.Name == "" {
			ps.unread = true
		}
		_, twice := ps.find(p.Name)
		p.read(c)
		s.close()
		if twice {
			s.problem("name", quote(p.Name)+" is the name of an earlier policy", "give it another name")
			continue
		}
		ps.all = append(ps.all, p)
	}
	return ps
}

func (ps *policies) find(name string) (*named, bool) {
	for _, p := range ps.all {
		if p.Name == name && name != "" {
			return p, true
		}
	}
	return nil, false
}

func (ps *policies) warnOfUnused(r *reader) {
	if r.wrongBelow["targets"] || r.wrong["targets"] {
		return
	}
	for _, p := range ps.all {
		if !p.used && p.Name != "" {
			r.warn(p.section.name("name"), "no target says policy: "+p.Name, "remove the policy, or name it in a target")
		}
	}
}

func (p *named) read(c *Config) {
	s := p.section
	lapse := c.Times.RequestLapse
	sections := s.sections("stages")
	s.listed("stages", len(sections), "list who decides, as in airpass.example.yaml")
	for _, one := range sections {
		p.Stages = append(p.Stages, p.stage(one, lapse))
	}
	p.Fallback = s.approvers("fallback")
	p.CountTwice = s.yes("count_twice")
	names := map[string]bool{}
	for _, one := range s.sections("rules") {
		rule := p.rule(one, c)
		if names[rule.Name] && rule.Name != "" {
			one.problem("name", quote(rule.Name)+" is the name of an earlier rule", "give it another name")
		}
		names[rule.Name] = true
		p.Rules = append(p.Rules, rule)
	}
	p.Reason = readReason(s.section("reason"))
	p.BreakGlass = readBreakGlass(s)
	p.MinDuration, _ = s.duration("min_duration", 0, shortest, maxDuration)
	p.choices()
}

// stage reads one stage, of the policy or of a rule.
func (p *named) stage(s *section, lapse time.Duration) access.Stage {
	defer s.close()
	st := access.Stage{Name: s.text("name", shownName)}
	if st.Name != "" {
		if _, twice := p.stages[st.Name]; twice {
			s.problem("name", quote(st.Name)+" is the name of an earlier stage", "give it another name")
		}
		p.stages[st.Name] = s.path
	}
	if s.present("approvers", approverMend) {
		st.Approvers = s.approvers("approvers")
	}
	st.Required = s.whole("required", 1, 1, 20)
	st.RemindAfter = s.before("remind_after", lapse)
	st.WidenAfter = s.before("widen_after", lapse)
	st.WidenTo = s.approvers("widen_to")
	switch {
	case s.has("widen_after") && !s.has("widen_to"):
		s.problem("widen_after", "stands without widen_to: there is nobody to widen to", "add widen_to, or remove it")
	case s.has("widen_to") && !s.has("widen_after"):
		s.problem("widen_to", "stands without widen_after: it is never widened", "add widen_after, or remove it")
	}
	for _, a := range st.WidenTo {
		if slices.Contains(st.Approvers, a) {
			s.problem("widen_to", "names "+a.String()+", who is an approver of the stage already", "name somebody else")
		}
	}
	owners := func(a access.Approver) bool { return a.Kind == access.ApproverOwner }
	if !s.reportedWithin("approvers") && !slices.ContainsFunc(st.Approvers, owners) {
		s.r.checkRequired(s.name("required"), st)
	}
	return st
}

// before reads a wait that has to be over before a request lapses.
func (s *section) before(field string, lapse time.Duration) time.Duration {
	d, ok := s.duration(field, 0, time.Minute, maxDuration)
	if ok && d >= lapse && s.has(field) {
		s.problem(field, fmt.Sprintf("%s is not before times.request_lapse, %s: the request is gone by then", Duration(d), Duration(lapse)),
			"write less than "+Duration(lapse)+", or raise times.request_lapse")
	}
	return d
}

func (p *named) rule(s *section, c *Config) access.Rule {
	defer s.close()
	r := access.Rule{Name: s.text("name", shownName), When: s.condition("when", c.Conditions), Approve: s.yes("approve")}
	for _, one := range s.sections("stages") {
		r.Stages = append(r.Stages, p.stage(one, c.Times.RequestLapse))
	}
	r.MaxDuration, _ = s.duration("max_duration", 0, shortest, maxDuration)
	if policy.AsksOnCall(r.When) && len(c.PagerDuty.OnCall) == 0 && !s.reported("when") && !s.r.wrongBelow["pagerduty"] {
		s.r.warn(s.name("when"), "looks at who is on call, and no schedule says it: nobody is", "list schedules in pagerduty.on_call")
	}
	const mend = "add approve: true, stages or max_duration, or remove the rule"
	switch {
	case s.has("approve") && !r.Approve && !s.reported("approve"):
		s.problem("approve", "is false, which is what a rule does anyway", "remove it")
	case s.has("stages") && len(r.Stages) == 0 && !s.reportedWithin("stages"):
		s.problem("stages", "is empty, so the rule asks nobody", mend)
	case r.Approve && s.has("stages"):
		s.problem("approve", "never counts in a rule that adds stages: who asks for more wins", "write two rules, or remove one of the two")
	case !s.has("approve") && !s.has("stages") && !s.has("max_duration"):
		s.r.problem(s.path, "does nothing when its condition holds", mend)
	}
	if strings.TrimSpace(r.When) == "false" {
		s.problem("when", "never holds, so the rule does nothing", "correct the condition, or remove the rule")
	}
	return r
}

// readBreakGlass reads who may take a target at once, and who looks at it afterwards.
func readBreakGlass(policy *section) *access.BreakGlass {
	if !policy.has("break_glass") {
		policy.section("break_glass").close()
		return nil
	}
	s := policy.section("break_glass")
	defer s.close()
	b := &access.BreakGlass{Requesters: s.texts("requesters", oktaGroup), Channel: s.text("channel", slackChannel)}
	if len(b.Requesters) == 0 && !s.reportedWithin("requesters") {
		s.problem("requesters", "names nobody who may take it", "list Okta groups, like [00g…]")
	}
	b.MaxDuration, _ = s.duration("max_duration", time.Hour, shortest, maxDuration)
	if s.present("reviewers", approverMend) {
		b.Reviewers = s.approvers("reviewers")
	}
	b.ReviewWithin, _ = s.duration("review_within", 2*day, time.Hour, 30*day)
	b.RemindEvery, _ = s.duration("remind_every", day, time.Hour, 7*day)
	return b
}

func readReason(s *section) access.ReasonRule {
	defer s.close()
	r := access.ReasonRule{MinLength: s.whole("min_length", 0, 1, 500),
		Ticket: s.optional("ticket", "", regularRE2), TicketLink: s.optional("ticket_link", "", ticketLink)}
	if _, err := regexp.Compile(r.Ticket); err != nil {
		s.problem("ticket", "is not a regular expression (RE2): "+strings.TrimPrefix(err.Error(), "error parsing regexp: "), regularRE2.mend)
	} else if r.Ticket != "" && regexp.MustCompile(r.Ticket).MatchString("") {
		s.problem("ticket", "is satisfied by no ticket at all", "write what a ticket looks like, like '[A-Z]+-[0-9]+'")
	}
	switch {
	case s.has("ticket_link") && !s.has("ticket"):
		s.problem("ticket_link", "stands without ticket", "add the pattern of a ticket, or remove it")
	case r.TicketLink != "" && strings.Count(r.TicketLink, "{ticket}") != 1:
		s.problem("ticket_link", "does not hold {ticket} once", ticketLink.mend)
	}
	return r
}

func (p *named) choices() {
	s := p.section
	paths, nodes := s.items("choices")
	s.r.sketch.span(element(s.name("choices")), 0, shortest, maxDuration)
	s.r.sketch.atLeastOne(s.name("choices"))
	for i, n := range nodes {
		d, ok := s.r.span(paths[i], n, time.Hour, shortest, maxDuration)
		switch {
		case !ok:
		case d < p.MinDuration:
			s.r.problem(paths[i], Duration(d)+" is shorter than min_duration, "+Duration(p.MinDuration), "remove it, or lower min_duration")
		case slices.Contains(p.Choices, d):
			s.r.problem(paths[i], "is in the list twice", "remove one of the two")
		default:
			p.Choices = append(p.Choices, d)
		}
	}
	if s.has("choices") && len(nodes) == 0 && !s.reported("choices") {
		s.problem("choices", "is empty: nothing could be chosen", "list durations, like [30m, 1h], or remove it")
	}
	slices.Sort(p.Choices)
}
