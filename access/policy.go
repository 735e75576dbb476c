package access

import (
	"slices"
	"time"
)

// ApproverKind says how the people who may decide are found.
type ApproverKind string

// How approvers are found. What each needs in Value is said beside it.
const (
	ApproverManager   ApproverKind = "manager"            // the requester's manager; no value
	ApproverManagers2 ApproverKind = "managers_manager"   // the manager of the requester's manager; no value
	ApproverPerson    ApproverKind = "person"             // an Okta login
	ApproverGroup     ApproverKind = "okta_group"         // an Okta group id
	ApproverOwner     ApproverKind = "environment_owners" // an Okta login of an owner of the environment
	ApproverSlack     ApproverKind = "slack_group"        // a Slack user group id, S…
	ApproverOnCall    ApproverKind = "on_call"            // a PagerDuty schedule id
)

// Approver is one rule by which people may decide a request.
type Approver struct {
	Kind  ApproverKind `json:"kind"`
	Value string       `json:"value,omitempty"`
}

// String names the rule, the same for the same rule: "okta_group:00g…".
func (a Approver) String() string {
	if a.Value == "" {
		return string(a.Kind)
	}
	return string(a.Kind) + ":" + a.Value
}

// Stage is a set of approvers of whom Required distinct people must agree.
type Stage struct {
	Name      string     `json:"name,omitempty"`
	Approvers []Approver `json:"approvers"`
	Required  int        `json:"required"`

	// RemindAfter and WidenAfter count from when the stage began; zero is never. After
	// the second, the people of WidenTo may decide too.
	RemindAfter time.Duration `json:"remind_after,omitempty"`
	WidenAfter  time.Duration `json:"widen_after,omitempty"`
	WidenTo     []Approver    `json:"widen_to,omitempty"`
}

// Rule changes what a request needs when its condition holds.
type Rule struct {
	Name string `json:"name"`
	When string `json:"when"` // CEL; see package policy
	// Approve lets the request pass without anybody, unless another rule asks for more.
	Approve bool `json:"approve,omitempty"`
	// Stages come after the policy's own.
	Stages []Stage `json:"stages,omitempty"`
	// MaxDuration is the longest that may be asked for; zero is no limit of its own.
	MaxDuration time.Duration `json:"max_duration,omitempty"`
}

// ReasonRule is what a reason has to be like. The zero value takes any that is not empty.
type ReasonRule struct {
	MinLength int `json:"min_length,omitempty"` // characters
	// Ticket is a regular expression (RE2) that must match somewhere in the reason;
	// TicketLink is the address of what it matched, with {ticket} for it.
	Ticket     string `json:"ticket,omitempty"`
	TicketLink string `json:"ticket_link,omitempty"`
}

// BreakGlass says who may take a target at once, and what is owed for it.
type BreakGlass struct {
	Requesters  []string      `json:"requesters"` // Okta group ids
	MaxDuration time.Duration `json:"max_duration"`
	Channel     string        `json:"channel"` // Slack channel that is told at once
	// Reviewers owe a review within ReviewWithin, and are reminded until it is given.
	Reviewers    []Approver    `json:"reviewers"`
	ReviewWithin time.Duration `json:"review_within"`
	RemindEvery  time.Duration `json:"remind_every"`
}

// Policy is how requests of a target are decided: its stages in order. The
// policy that was in force when a request was made is stored with the request.
type Policy struct {
	Name   string  `json:"name,omitempty"`
	Stages []Stage `json:"stages"`
	// CountTwice lets one person's yes count in every stage that names them; else a person
	// counts once in the whole request.
	CountTwice bool `json:"count_twice,omitempty"`
	// Fallback takes the place of approvers who are absent.
	Fallback []Approver `json:"fallback,omitempty"`
	Rules    []Rule     `json:"rules,omitempty"`
	Reason   ReasonRule `json:"reason,omitzero"`
	// MinDuration is the shortest that may be asked for, Choices are what the form offers;
	// zero and empty leave that to the target.
	MinDuration time.Duration   `json:"min_duration,omitempty"`
	Choices     []time.Duration `json:"choices,omitempty"`
	BreakGlass  *BreakGlass     `json:"break_glass,omitempty"`
}

// Single is the policy of one stage where one approval suffices.
func Single(approvers ...Approver) Policy {
	return Policy{Stages: []Stage{{Approvers: approvers, Required: 1}}}
}

// Approvers returns the rules of every stage, in order.
func (p Policy) Approvers() []Approver {
	var all []Approver
	for _, s := range p.Stages {
		all = append(all, s.Approvers...)
	}
	return all
}

// Tally is how far the yeses of a request have come under some stages.
type Tally struct {
	Stage int  `json:"stage,omitempty"` // the stage that is open, from 0; the number of stages when Done
	Have  int  `json:"have,omitempty"`  // distinct people who have agreed in it
	Need  int  `json:"need,omitempty"`  // of how many
	Done  bool `json:"done,omitempty"`  // every stage has enough
}

// TallyOf counts approvals, in the order in which they arrived, against stages, in
// their order. An approval counts in the stage that is open when its turn comes, if one
// of the rules that named its decider then is of that stage, of those to whom the stage
// may be widened, or of the fallback. One person counts once, unless countTwice: then
// also in each later stage that names them. No stages are never done: what needs nobody
// is decided by a rule and not by counting.
func TallyOf(stages []Stage, fallback []Approver, countTwice bool, approvals []Decision) Tally {
	var t Tally
	open := yeses(approvals) // that may still count
	for ; t.Stage < len(stages); t.Stage++ {
		t.Have, t.Need = 0, max(stages[t.Stage].Required, 1)
		var rest []Decision
		for i, d := range open {
			if named(d.Rules, stages[t.Stage], fallback) {
				t.Have++
			}
			if countTwice {
				rest = append(rest, d)
			}
			if t.Have == t.Need {
				rest = append(rest, open[i+1:]...)
				break
			}
		}
		if t.Have < t.Need {
			return t
		}
		open = rest
	}
	return Tally{Stage: len(stages), Done: len(stages) > 0}
}

// yeses are the approvals among decisions, each human's first.
func yeses(decisions []Decision) []Decision {
	var yes []Decision
	for _, d := range decisions {
		if d.Verdict == Approve && !slices.ContainsFunc(yes, func(o Decision) bool { return o.Decider.Same(d.Decider) }) {
			yes = append(yes, d)
		}
	}
	return yes
}

func named(rules []Approver, s Stage, fallback []Approver) bool {
	return slices.ContainsFunc(rules, func(r Approver) bool {
		return slices.Contains(s.Approvers, r) || slices.Contains(s.WidenTo, r) || slices.Contains(fallback, r)
	})
}

// Suffice says whether approvals, in whatever order they came, are enough for some stages:
// whether each stage can be given as many of the deciders whom it names as it requires,
// and nobody twice, unless countTwice. It is what a policy is asked that was not in force
// when the request was made.
func Suffice(stages []Stage, fallback []Approver, countTwice bool, approvals []Decision) bool {
	yes := yeses(approvals)
	if len(stages) == 0 {
		return false
	}
	if countTwice {
		return !slices.ContainsFunc(stages, func(s Stage) bool {
			n := 0
			for _, d := range yes {
				if named(d.Rules, s, fallback) {
					n++
				}
			}
			return n < max(s.Required, 1)
		})
	}
	var seats []Stage // one for each person who is required
	for _, s := range stages {
		for range max(s.Required, 1) {
			seats = append(seats, s)
		}
	}
	return seated(seats, fallback, yes)
}

// seated says whether everybody's seat can be filled by a decider of its own: a matching
// of seats and deciders, made larger one seat at a time.
func seated(seats []Stage, fallback []Approver, deciders []Decision) bool {
	if len(deciders) < len(seats) {
		return false
	}
	seatOf := make([]int, len(deciders)) // 1 + the seat that a decider fills; 0 is none
	var fill func(seat int, tried []bool) bool
	fill = func(seat int, tried []bool) bool {
		for i, d := range deciders {
			if tried[i] || !named(d.Rules, seats[seat], fallback) {
				continue
			}
			tried[i] = true
			if seatOf[i] == 0 || fill(seatOf[i]-1, tried) {
				seatOf[i] = seat + 1
				return true
			}
		}
		return false
	}
	for seat := range seats {
		if !fill(seat, make([]bool, len(deciders))) {
			return false
		}
	}
	return true
}
