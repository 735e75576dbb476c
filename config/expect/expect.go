package expect

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"airpass/access"
	"airpass/approvals"
	"airpass/config"
	"airpass/policy"
)

// Expectation is a question and what is expected of the answer: one of Auto, Stages and
// Refused, or a MaxDuration alone or beside them.
type Expectation struct {
	Name     string
	Question approvals.Question

	Auto        string   // the rule that lets it pass
	Stages      []string // the names of all stages, in order
	Refused     string   // words that are in the refusal
	MaxDuration time.Duration
}

// Failure is an expectation that does not hold.
type Failure struct {
	Name string
	Want string
	Got  string
}

// String is the failure on three lines.
func (f Failure) String() string {
	return fmt.Sprintf("%s\n  expected %s\n  came     %s", f.Name, f.Want, f.Got)
}

type person struct {
	Login      string   `yaml:"login"`
	Email      string   `yaml:"email"`
	Title      string   `yaml:"title"`
	Department string   `yaml:"department"`
	Manager    string   `yaml:"manager"`
	Groups     []string `yaml:"groups"`
	OnCall     bool     `yaml:"on_call"`
}

type entry struct {
	Name        string   `yaml:"name"`
	Who         string   `yaml:"who"`
	Target      string   `yaml:"target"`
	Duration    string   `yaml:"duration"`
	At          string   `yaml:"at"`
	Reason      string   `yaml:"reason"`
	Auto        string   `yaml:"auto"`
	Stages      []string `yaml:"stages"`
	Refused     string   `yaml:"refused"`
	MaxDuration string   `yaml:"max_duration"`
}

type file struct {
	People map[string]person `yaml:"people"`
	Expect []entry           `yaml:"expect"`
}

// Parse reads a file of expectations. The error has every mistake, one a line.
func Parse(data []byte) ([]Expectation, error) {
	var f file
	if err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(&f); err != nil {
		return nil, fmt.Errorf("not a file of expectations: %s", strings.TrimSpace(yaml.FormatError(err, false, true)))
	}
	if len(f.Expect) == 0 {
		return nil, errors.New("nothing is expected: list questions and answers below expect:")
	}
	var all []Expectation
	var errs []error
	for i, e := range f.Expect {
		one, err := e.read(f.People)
		if one.Name = e.Name; e.Name == "" {
			one.Name = fmt.Sprintf("expect[%d]", i)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", one.Name, err))
		}
		all = append(all, one)
	}
	return all, errors.Join(errs...)
}

func (e entry) read(people map[string]person) (Expectation, error) {
	x := Expectation{Auto: e.Auto, Stages: e.Stages, Refused: e.Refused,
		Question: approvals.Question{Target: e.Target, Reason: e.Reason}}
	p, known := people[e.Who]
	if !known {
		return x, fmt.Errorf("who: there is nobody %q in people: %s", e.Who, strings.Join(slices.Sorted(maps.Keys(people)), ", "))
	}
	x.Question.Requester = policy.Requester(p)
	answers := 0
	for _, given := range []bool{e.Auto != "", len(e.Stages) > 0, e.Refused != ""} {
		if given {
			answers++
		}
	}
	if answers > 1 || answers == 0 && e.MaxDuration == "" {
		return x, errors.New("expect one of auto, stages and refused, or a max_duration")
	}
	if e.Target == "" {
		return x, errors.New("target is missing")
	}
	var err error
	if x.Question.At, err = time.Parse(time.RFC3339, e.At); err != nil {
		return x, fmt.Errorf("at: %q is not a time like 2026-11-24T10:00:00+01:00", e.At)
	}
	if x.Question.Duration, err = span(e.Duration); err != nil {
		return x, fmt.Errorf("duration: %w", err)
	}
	if x.MaxDuration, err = span(e.MaxDuration); err != nil {
		return x, fmt.Errorf("max_duration: %w", err)
	}
	return x, nil
}

func span(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := config.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%q is not a duration like 1h30m", text)
	}
	return d, nil
}

// Check judges expectations and returns those that do not hold. It calls nobody.
func Check(c *policy.Conditions, targets []access.Target, all []Expectation) []Failure {
	var failed []Failure
	for _, x := range all {
		o := approvals.Foresee(c, targets, x.Question)
		if !x.met(o) {
			failed = append(failed, Failure{Name: x.Name, Want: x.words(), Got: came(o)})
		}
	}
	return failed
}

func (x Expectation) met(o approvals.Outlook) bool {
	if x.MaxDuration > 0 && o.Needs.MaxDuration != x.MaxDuration {
		return false
	}
	switch {
	case x.Refused != "":
		return o.Refused != "" && strings.Contains(o.Refused, x.Refused)
	case o.Refused != "":
		return x.Auto == "" && len(x.Stages) == 0 // a max_duration alone
	case x.Auto != "":
		return o.Needs.Auto == x.Auto
	case len(x.Stages) > 0:
		return o.Needs.Auto == "" && slices.Equal(o.StageNames(), x.Stages)
	}
	return true
}

func (x Expectation) words() string {
	var all []string
	switch {
	case x.Auto != "":
		all = append(all, fmt.Sprintf("auto %q", x.Auto))
	case len(x.Stages) > 0:
		all = append(all, "stages "+strings.Join(quoted(x.Stages), ", "))
	case x.Refused != "":
		all = append(all, "refused: … "+x.Refused+" …")
	}
	if x.MaxDuration > 0 {
		all = append(all, fmt.Sprintf("max_duration %s", x.MaxDuration))
	}
	return strings.Join(all, ", ")
}

// came are the outlook and what the rules said to it.
func came(o approvals.Outlook) string {
	words := o.Words()
	for _, s := range o.Needs.Said {
		words += "\n           " + s.Words()
	}
	return words
}

func quoted(names []string) []string {
	all := make([]string, 0, len(names))
	for _, n := range names {
		all = append(all, fmt.Sprintf("%q", n))
	}
	return all
}
