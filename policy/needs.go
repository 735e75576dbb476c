package policy

import (
	"fmt"
	"slices"
	"time"

	"airpass/access"
)

// Needs is what one request needs under a policy.
type Needs struct {
	// Stages are the policy's own and those that rules added. They are empty only if Auto
	// is set.
	Stages []access.Stage
	// Auto is the rule that lets the request pass without anybody; "" if none does.
	Auto string
	// MaxDuration is the shortest limit of the rules that hold; zero if none has one.
	MaxDuration time.Duration
	// Said is what came of each rule, in order.
	Said []Said
}

// Said is what came of one rule.
type Said struct {
	Rule  string
	Holds bool
	Err   error // why it could not be evaluated; it then counts as what asks for more
}

// Broken are the rules that could not be evaluated.
func (n Needs) Broken() []Said {
	return slices.DeleteFunc(slices.Clone(n.Said), func(s Said) bool { return s.Err == nil })
}

// Needs judges a request by a policy. It never fails: a rule that cannot be evaluated
// makes the request need more.
func (c *Conditions) Needs(p access.Policy, f Facts) Needs {
	n := Needs{Stages: slices.Clone(p.Stages)}
	more := false
	for _, r := range p.Rules {
		var holds bool
		err := f.Unsure
		if err == nil || !AsksOnCall(r.When) {
			holds, err = c.holds(r.When, f)
		}
		n.Said = append(n.Said, Said{Rule: r.Name, Holds: holds, Err: err})
		if !holds && err == nil {
			continue
		}
		if r.Approve && err == nil && n.Auto == "" {
			n.Auto = r.Name
		}
		if len(r.Stages) > 0 {
			n.Stages, more = append(n.Stages, r.Stages...), true
		}
		if r.MaxDuration > 0 && (n.MaxDuration == 0 || r.MaxDuration < n.MaxDuration) {
			n.MaxDuration = r.MaxDuration
		}
	}
	if more {
		n.Auto = "" // somebody has to look at it
	}
	if n.Auto != "" {
		n.Stages = nil
	}
	return n
}

// Words says what came of a rule.
func (s Said) Words() string { return s.Rule + ": " + s.Outcome() }

// Outcome is Words without the name of the rule.
func (s Said) Outcome() string {
	switch {
	case s.Err != nil:
		return fmt.Sprintf("could not be evaluated, so the request needs more: %v", s.Err)
	case s.Holds:
		return "holds"
	}
	return "does not hold"
}
