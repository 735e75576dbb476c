package approvals

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"airpass/access"
)

// Explanation is what would come of a request and why, with the names of now.
type Explanation struct {
	Login    string    `json:"login"`
	Name     string    `json:"name"`
	Target   string    `json:"target"`
	Policy   string    `json:"policy,omitempty"` // its name; empty where the target lists approvers
	Duration string    `json:"duration"`
	At       time.Time `json:"at"`
	// MayAsk, and if not why.
	MayAsk  bool   `json:"may_ask"`
	Refused string `json:"refused,omitempty"`
	// Auto is the rule by which nobody has to decide.
	Auto     string           `json:"auto,omitempty"`
	Rules    []RuleExplained  `json:"rules,omitempty"`
	Stages   []StageExplained `json:"stages,omitempty"`
	Fallback []WhoExplained   `json:"fallback,omitempty"`
	Limits   LimitsExplained  `json:"limits"`
	// BreakGlass says who may take it without a decision; nil if nobody may.
	BreakGlass *GlassExplained `json:"break_glass,omitempty"`
}

// GlassExplained is how a target may be taken at once.
type GlassExplained struct {
	May       bool           `json:"may"` // whether the one who is asked about may
	Longest   string         `json:"longest"`
	Within    string         `json:"review_within"`
	Reviewers []WhoExplained `json:"reviewers"`
}

// RuleExplained is what came of a rule.
type RuleExplained struct {
	Name string `json:"name"`
	When string `json:"when"`
	// Said is "holds", "does not hold", or why it could not be evaluated.
	Said string `json:"said"`
}

// StageExplained is a stage and who may decide it.
type StageExplained struct {
	Name     string         `json:"name,omitempty"`
	Why      string         `json:"why"` // "policy", or the rule that adds it
	Required int            `json:"required"`
	Who      []WhoExplained `json:"who"`
	// Stuck says why the stage cannot be decided now; empty if there are enough people.
	Stuck       string         `json:"stuck,omitempty"`
	RemindAfter string         `json:"remind_after,omitempty"`
	WidenAfter  string         `json:"widen_after,omitempty"`
	WidenTo     []WhoExplained `json:"widen_to,omitempty"`
}

// WhoExplained is a rule about approvers and whom it names now.
type WhoExplained struct {
	Rule   string           `json:"rule"`
	People []NamedExplained `json:"people,omitempty"`
	Error  string           `json:"error,omitempty"` // why nobody is known
}

// NamedExplained is somebody whom a rule names.
type NamedExplained struct {
	Login string `json:"login"`
	Name  string `json:"name"`
	// Not says why they cannot decide: they ask themselves, or are not ACTIVE.
	Not string `json:"not,omitempty"`
}

// LimitsExplained are the durations that may be asked for, and what a reason has to be
// like.
type LimitsExplained struct {
	Shortest  string   `json:"shortest"`
	Longest   string   `json:"longest"` // rules that hold included
	Choices   []string `json:"choices,omitempty"`
	MinReason int      `json:"min_reason,omitempty"` // characters
	Ticket    string   `json:"ticket,omitempty"`     // RE2
}

// Explain says what would come of a request of somebody, by their Okta login, and asks
// Okta who may decide. A zero duration is what the target suggests, a zero time is now;
// conditions are judged for that time, people as they are now. Nothing is stored. Somebody
// whom Okta does not know is an error that wraps access.ErrNotFound.
func (s *Service) Explain(ctx context.Context, login, target string, d time.Duration, at time.Time) (Explanation, error) {
	if at.IsZero() {
		at = s.Now()
	}
	p, err := s.Directory.ByLogin(ctx, login)
	if err != nil {
		return Explanation{}, fmt.Errorf("%s: %w", login, err)
	}
	groups, err := s.Directory.GroupsOf(ctx, p.OktaID)
	if err != nil {
		return Explanation{}, fmt.Errorf("the groups of %s: %w", login, err)
	}
	q := Question{Requester: requesterOf(p, slices.Sorted(maps.Keys(groups))), Target: target, Duration: d, At: at}
	if t, exists := s.target(target); exists {
		q.Requester.OnCall, q.Unsure = s.onCall(ctx, p, t.Policy)
	}
	o := Foresee(s.Conditions, s.Targets(), q)
	e := Explanation{Login: p.Login, Name: p.Name, Target: target, Policy: o.Target.Policy.Name, Duration: o.Duration.String(), At: at,
		Refused: o.Refused, Auto: o.Needs.Auto, Limits: limitsOf(o)}
	if !p.Active() {
		e.Refused = "not ACTIVE in Okta, but " + p.Status
	}
	if glass := o.Target.Policy.BreakGlass; glass != nil {
		e.BreakGlass = &GlassExplained{May: p.Active() && slices.ContainsFunc(glass.Requesters, func(g string) bool { return groups[g] }),
			Longest: min(glass.MaxDuration, o.Target.MaxDuration).String(), Within: glass.ReviewWithin.String(), Reviewers: s.explainWho(ctx, p, glass.Reviewers)}
	}
	for i, said := range o.Needs.Said {
		e.Rules = append(e.Rules, RuleExplained{Name: said.Rule, When: o.Target.Policy.Rules[i].When, Said: said.Outcome()})
	}
	for i, stage := range o.Needs.Stages {
		one, err := s.explainStage(ctx, p, o.Target.Policy, stage)
		if err != nil {
			return Explanation{}, err
		}
		if one.Why = "policy"; i >= len(o.Target.Policy.Stages) {
			one.Why = "rule " + adder(o.Target.Policy, stage)
		}
		if one.Stuck != "" && e.Refused == "" {
			e.Refused = "nobody could decide it: " + one.Stuck
		}
		e.Stages = append(e.Stages, one)
	}
	if len(e.Stages) > 0 {
		e.Fallback = s.explainWho(ctx, p, o.Target.Policy.Fallback)
	}
	e.MayAsk = e.Refused == ""
	return e, nil
}

// adder is the rule that adds a stage.
func adder(p access.Policy, stage access.Stage) string {
	for _, r := range p.Rules {
		if slices.ContainsFunc(r.Stages, func(s access.Stage) bool { return s.Name == stage.Name }) {
			return r.Name
		}
	}
	return ""
}

func (s *Service) explainStage(ctx context.Context, subject access.Person, p access.Policy, stage access.Stage) (StageExplained, error) {
	one := StageExplained{Name: stage.Name, Required: max(stage.Required, 1), Who: s.explainWho(ctx, subject, stage.Approvers), WidenTo: s.explainWho(ctx, subject, stage.WidenTo)}
	if stage.RemindAfter > 0 {
		one.RemindAfter = stage.RemindAfter.String()
	}
	if stage.WidenAfter > 0 {
		one.WidenAfter = stage.WidenAfter.String()
	}
	_, err := s.decidersIn(ctx, subject, access.Course{Fallback: p.Fallback}, stage, false)
	if err != nil && !isNobody(err) {
		return one, err
	}
	if err != nil {
		one.Stuck = err.Error()
	}
	return one, nil
}

func (s *Service) explainWho(ctx context.Context, subject access.Person, rules []access.Approver) []WhoExplained {
	var all []WhoExplained
	for _, rule := range rules {
		w := WhoExplained{Rule: rule.String()}
		people, err := s.named(ctx, rule, subject)
		if errors.Is(err, access.ErrNotFound) {
			w.Error = "Okta knows nobody"
		} else if err != nil {
			w.Error = err.Error()
		}
		for _, p := range people {
			n := NamedExplained{Login: p.Login, Name: p.Name}
			switch {
			case p.Same(subject):
				n.Not = "asks"
			case !p.Active():
				n.Not = "is " + p.Status + " in Okta"
			}
			w.People = append(w.People, n)
		}
		all = append(all, w)
	}
	return all
}

func limitsOf(o Outlook) LimitsExplained {
	p := o.Target.Policy
	longest := o.Target.MaxDuration
	if limit := o.Needs.MaxDuration; limit > 0 && limit < longest {
		longest = limit
	}
	l := LimitsExplained{Shortest: max(p.MinDuration, access.Shortest).String(), Longest: longest.String(), MinReason: p.Reason.MinLength, Ticket: p.Reason.Ticket}
	for _, d := range p.Choices {
		if d <= longest {
			l.Choices = append(l.Choices, d.String())
		}
	}
	return l
}
