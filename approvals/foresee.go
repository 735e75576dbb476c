package approvals

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"airpass/access"
	"airpass/policy"
)

// Question is what somebody might ask for.
type Question struct {
	Requester policy.Requester
	Target    string        // id
	Duration  time.Duration // zero is what the target suggests
	At        time.Time
	Reason    string // empty is not judged
	Unsure    error  // why it is not known whether the requester is on call
}

// Outlook is what a policy would say to a question.
type Outlook struct {
	Target   access.Target // as configured
	Duration time.Duration
	// Refused are the words by which it would be refused; empty if it may be asked.
	Refused string
	// Needs is empty if the target is not there.
	Needs policy.Needs
}

// Foresee says what would come of a question, as far as the configuration decides it. It
// is pure: whether the people of a stage are there is not looked at.
func Foresee(c *policy.Conditions, targets []access.Target, q Question) Outlook {
	i := slices.IndexFunc(targets, func(t access.Target) bool { return t.ID == q.Target })
	if i < 0 {
		return Outlook{Refused: Words(noTarget(q.Target))}
	}
	o := Outlook{Target: targets[i], Duration: q.Duration}
	if o.Duration == 0 {
		o.Duration = o.Target.DefaultDuration
	}
	facts := factsOf(q.Requester, o.Target, o.Duration, q.At)
	facts.Unsure = q.Unsure
	o.Needs = c.Needs(o.Target.Policy, facts)
	for _, err := range []error{o.Target.CheckDuration(o.Duration), q.reason(o.Target), inRequesters(o.Target, q.Requester.Groups), shortEnough(o.Needs, o.Duration)} {
		if err != nil {
			o.Refused = Words(err)
			break
		}
	}
	return o
}

func (q Question) reason(t access.Target) error {
	if q.Reason == "" {
		return nil
	}
	return t.Policy.Reason.Check(q.Reason)
}

// Words is the outlook on one line.
func (o Outlook) Words() string {
	var words string
	switch {
	case o.Refused != "":
		return "refused: " + o.Refused
	case o.Needs.Auto != "":
		words = "auto " + quoted(o.Needs.Auto)
	default:
		words = "stages " + quoted(o.StageNames()...)
	}
	if o.Needs.MaxDuration > 0 {
		words += fmt.Sprintf(", max_duration %s", o.Needs.MaxDuration)
	}
	return words
}

// StageNames are the names of the stages that would have to be decided, in order.
func (o Outlook) StageNames() []string {
	var names []string
	for _, s := range o.Needs.Stages {
		names = append(names, s.Name)
	}
	return names
}

func quoted(names ...string) string {
	var all []string
	for _, n := range names {
		all = append(all, fmt.Sprintf("%q", n))
	}
	return strings.Join(all, ", ")
}

func factsOf(r policy.Requester, t access.Target, d time.Duration, at time.Time) policy.Facts {
	return policy.Facts{Requester: r,
		Environment: policy.EnvironmentOf(t),
		Role:        t.Role, Duration: d, Now: at, Start: at}
}

func requesterOf(p access.Person, groups []string) policy.Requester {
	return policy.Requester{Login: p.Login, Email: p.Email, Title: p.Title, Department: p.Department, Manager: p.Manager, Groups: groups}
}

// inRequesters says whether somebody in these Okta groups may ask for a target.
func inRequesters(t access.Target, groups []string) error {
	if len(t.Requesters) == 0 || slices.ContainsFunc(t.Requesters, func(g string) bool { return slices.Contains(groups, g) }) {
		return nil
	}
	return refuse("you are not in one of the Okta groups that may ask for %s", t.ID)
}

func noTarget(id string) error {
	return fmt.Errorf("%w: there is no access named %q to ask for (any more)", access.ErrInvalid, id)
}
