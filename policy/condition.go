package policy

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/ext"

	"airpass/access"
)

// Requester is who asks, as conditions see them.
type Requester struct {
	Login      string   `cel:"login"`
	Email      string   `cel:"email"`
	Title      string   `cel:"title"`
	Department string   `cel:"department"`
	Manager    string   `cel:"manager"` // the raw value of the manager attribute
	Groups     []string `cel:"groups"`  // Okta group ids
	OnCall     bool     `cel:"on_call"`
}

// Environment is what is asked for, as conditions see it.
type Environment struct {
	Key     string            `cel:"key"`
	Account string            `cel:"account"`
	Region  string            `cel:"region"`
	Name    string            `cel:"name"`
	Tags    map[string]string `cel:"tags"`
}

// EnvironmentOf is the environment of a target.
func EnvironmentOf(t access.Target) Environment {
	e := t.Environment
	return Environment{Key: e.Key, Account: e.Account, Region: e.Region, Name: e.Name, Tags: t.Tags}
}

// Facts are what conditions are judged by.
type Facts struct {
	Requester   Requester
	Environment Environment
	Role        access.Role
	Duration    time.Duration
	Now, Start  time.Time
	Extension   bool
	// Unsure is why it is not known whether the requester is on call: conditions that name
	// it cannot be evaluated then.
	Unsure error
}

// AsksOnCall says whether a condition may look at whether the requester is on call.
func AsksOnCall(condition string) bool { return strings.Contains(condition, "on_call") }

func (f Facts) variables() map[string]any {
	return map[string]any{"requester": f.Requester, "environment": f.Environment, "role": string(f.Role),
		"duration": f.Duration, "now": f.Now, "start": f.Start, "extension": f.Extension}
}

// ErrCondition says that a text is no condition; the error has line and column.
var ErrCondition = errors.New("not a condition")

// costLimit bounds what evaluating one condition may cost, in CEL's own units: far above
// anything that a person writes, far below what would hold up a request.
const costLimit = 100_000

// longest is how many characters a condition may have.
const longest = 4000

// Conditions compiles conditions and remembers them by their text. It is safe for
// concurrent use.
type Conditions struct{ requests, holdings *language }

// NewConditions makes a compiler.
func NewConditions() (*Conditions, error) {
	requests, err := newLanguage(
		ext.NativeTypes(ext.ParseStructTag("cel"), reflect.TypeFor[Requester](), reflect.TypeFor[Environment]()),
		cel.Variable("requester", cel.ObjectType("policy.Requester")),
		cel.Variable("environment", cel.ObjectType("policy.Environment")),
		cel.Variable("role", cel.StringType),
		cel.Variable("duration", cel.DurationType),
		cel.Variable("now", cel.TimestampType),
		cel.Variable("start", cel.TimestampType),
		cel.Variable("extension", cel.BoolType),
	)
	if err != nil {
		return nil, err
	}
	holdings, err := holdingLanguage()
	return &Conditions{requests, holdings}, err
}

// Check compiles a condition of a policy's rule. The error wraps ErrCondition and says
// where the mistake is.
func (c *Conditions) Check(text string) error {
	_, err := c.requests.program(text)
	return err
}

// holds says whether a condition holds for some facts.
func (c *Conditions) holds(text string, f Facts) (bool, error) {
	return c.requests.judge(text, f.variables())
}

// language is what conditions of one sort may name.
type language struct {
	env      *cel.Env
	compiled cache
}

func newLanguage(names ...cel.EnvOption) (*language, error) {
	env, err := cel.NewEnv(names...)
	if err != nil {
		return nil, fmt.Errorf("the language of conditions: %w", err)
	}
	return &language{env: env}, nil
}

func (l *language) program(text string) (cel.Program, error) {
	return l.compiled.get(text, func() (cel.Program, error) {
		if strings.TrimSpace(text) == "" {
			return nil, fmt.Errorf("%w: it is empty", ErrCondition)
		}
		if len(text) > longest {
			return nil, fmt.Errorf("%w: %d characters are more than %d", ErrCondition, len(text), longest)
		}
		ast, issues := l.env.Compile(text)
		if issues != nil && issues.Err() != nil {
			return nil, fmt.Errorf("%w: %w", ErrCondition, mistakesOf(issues))
		}
		if ast.OutputType() != cel.BoolType {
			return nil, fmt.Errorf("%w: it gives %s, and must give bool", ErrCondition, ast.OutputType())
		}
		program, err := l.env.Program(ast, cel.CostLimit(costLimit), cel.EvalOptions(cel.OptOptimize))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrCondition, err)
		}
		return program, nil
	})
}

// judge evaluates a condition.
func (l *language) judge(text string, variables map[string]any) (bool, error) {
	program, err := l.program(text)
	if err != nil {
		return false, err
	}
	out, _, err := program.Eval(variables)
	if err != nil {
		return false, err
	}
	yes, is := out.Value().(bool)
	if !is {
		return false, fmt.Errorf("it gave %T, not bool", out.Value())
	}
	return yes, nil
}

// Mistake is one mistake in a condition, and where in its text it is.
type Mistake struct {
	Line, Column int // from 1, in characters
	Words        string
}

// Error is the mistake with its place.
func (m Mistake) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", m.Line, m.Column, m.Words)
}

// mistakes are what the compiler found.
type mistakes []Mistake

func (ms mistakes) Error() string {
	lines := make([]string, 0, len(ms))
	for _, m := range ms {
		lines = append(lines, m.Error())
	}
	return strings.Join(lines, "\n")
}

// Mistakes are those of an error of Check that have a place in the text; none if it has
// none.
func Mistakes(err error) []Mistake {
	var ms mistakes
	errors.As(err, &ms)
	return ms
}

func mistakesOf(issues *cel.Issues) mistakes {
	var all mistakes
	for _, e := range issues.Errors() {
		all = append(all, Mistake{Line: e.Location.Line(), Column: e.Location.Column() + 1, Words: e.Message})
	}
	return all
}
