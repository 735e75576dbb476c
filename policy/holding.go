package policy

import (
	"reflect"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/ext"

	"airpass/access"
)

// Holder is somebody who has access, as the filters of campaigns see them.
type Holder struct {
	Login      string `cel:"login"`
	Email      string `cel:"email"`
	Title      string `cel:"title"`
	Department string `cel:"department"`
	Manager    string `cel:"manager"` // the raw value of the manager attribute
}

// Holding is access that somebody has: what the filter of a campaign is judged by.
type Holding struct {
	Person      Holder
	Environment Environment
	Role        access.Role
	Standing    bool // it is, under a live grant or without one
}

func holdingLanguage() (*language, error) {
	return newLanguage(
		ext.NativeTypes(ext.ParseStructTag("cel"), reflect.TypeFor[Holder](), reflect.TypeFor[Environment]()),
		cel.Variable("person", cel.ObjectType("policy.Holder")),
		cel.Variable("environment", cel.ObjectType("policy.Environment")),
		cel.Variable("role", cel.StringType),
		cel.Variable("standing", cel.BoolType),
	)
}

// CheckFilter compiles the filter of a campaign, as Check does a condition.
func (c *Conditions) CheckFilter(text string) error {
	_, err := c.holdings.program(text)
	return err
}

// Chooses says whether a filter chooses some access; an empty one chooses all. One that
// cannot be evaluated chooses too: to ask about too much is better than to forget some.
// The error says why.
func (c *Conditions) Chooses(filter string, h Holding) (bool, error) {
	if filter == "" {
		return true, nil
	}
	yes, err := c.holdings.judge(filter, map[string]any{"person": h.Person, "environment": h.Environment, "role": string(h.Role), "standing": h.Standing})
	return yes || err != nil, err
}
