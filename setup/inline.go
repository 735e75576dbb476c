package setup

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"

	"airpass/access"
)

// Deviation is one way in which a permission set opens something else than its target
// says.
type Deviation struct {
	Result string // what was seen
	Means  string // what comes of it
	Mend   string
	// Unwise: it works, and may be meant.
	Unwise bool
}

// Deviations compares what a permission set's inline policy lets people do in Airflow
// with the policy that the target is to have; see Inline. Whose sessions are cut is none.
func Deviations(t access.Target, console []string, policy string) []Deviation {
	if policy == "" {
		return []Deviation{{Unwise: true, Result: "the permission set has no inline policy", Means: "what it opens comes from policies that are not looked at",
			Mend: "give it an inline policy that names this Airflow role alone"}}
	}
	p, err := parseInline(policy)
	if err != nil {
		return []Deviation{{Result: "the inline policy cannot be read: " + err.Error(), Means: "nobody knows what it opens", Mend: "write it anew"}}
	}
	var found []Deviation
	for _, s := range Inline(t, console).Statement {
		for _, action := range s.Action {
			if !p.allows(action, s.Resource[0]) {
				found = append(found, missing(action, s.Resource[0]))
			}
		}
	}
	role := RoleARN(t.Environment, t.Role)
	for _, other := range access.Roles() {
		if other != t.Role && p.allows(actionLogin, RoleARN(t.Environment, other)) {
			found = append(found, Deviation{Result: "it also opens the role " + string(other), Means: "more is given than was asked for and approved", Mend: "name " + role + " alone"})
		}
	}
	if !t.CLI && p.allows(actionCLI, EnvironmentARN(t.Environment)) {
		found = append(found, Deviation{Unwise: true, Result: actionCLI + " is allowed",
			Means: "it gives the power of Airflow's command line in the whole environment, whatever the role, and approvers are not told",
			Mend:  "take it out; or, if it is meant, write cli: true in the target"})
	}
	return found
}

// missing is something that a target is to allow and that is not allowed.
func missing(action, resource string) Deviation {
	d := Deviation{Result: action + " is not allowed on " + resource, Mend: "allow it in the permission set's inline policy, and provision it"}
	switch action {
	case actionLogin:
		d.Means = "the link is refused at Airflow's door"
		d.Mend = "allow it in the permission set's inline policy, with the role spelled like that, and provision it"
	case actionEnvironment:
		d.Means = "the console page that the link leads to fails"
	case actionCLI:
		return Deviation{Unwise: true, Result: actionCLI + " is not allowed, and the target says cli: true",
			Means: "approvers are warned of a power that is not given", Mend: "take cli out of the target, or allow it"}
	default:
		d.Unwise, d.Means = true, "the console page that the link leads to may complain"
		d.Mend += "; or take it out of aws.console_actions"
	}
	return d
}

// inline is a permission set's inline policy, as far as it says what is allowed.
// Conditions are not judged: an allowance under a condition counts as one, a denial
// under a condition does not, so that what may be open is told.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html.
type inline struct{ statements []inlineStatement }

type inlineStatement struct {
	Effect      string
	Action      list
	NotAction   list
	Resource    list
	NotResource list
	Condition   json.RawMessage
}

// list is one text or several.
type list []string

// UnmarshalJSON reads either.
func (l *list) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*l = list{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(l))
}

func parseInline(text string) (inline, error) {
	var doc struct{ Statement json.RawMessage }
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		return inline{}, errors.New("it is not JSON")
	}
	var p inline
	var one inlineStatement
	if json.Unmarshal(doc.Statement, &one) == nil {
		p.statements = []inlineStatement{one}
	} else if json.Unmarshal(doc.Statement, &p.statements) != nil {
		return inline{}, errors.New("its statements cannot be read")
	}
	return p, nil
}

// allows says whether an action on a resource is allowed and not denied.
func (p inline) allows(action, resource string) bool {
	allowed := false
	for _, s := range p.statements {
		if !s.about(action, resource) {
			continue
		}
		switch s.Effect {
		case "Deny":
			if len(s.Condition) == 0 {
				return false
			}
		case "Allow":
			allowed = true
		}
	}
	return allowed
}

func (s inlineStatement) about(action, resource string) bool {
	is := func(pattern string) bool { return matches(strings.ToLower(pattern), strings.ToLower(action)) }
	on := func(pattern string) bool { return matches(pattern, resource) }
	if len(s.NotAction) > 0 && slices.ContainsFunc(s.NotAction, is) || len(s.NotAction) == 0 && !slices.ContainsFunc(s.Action, is) {
		return false
	}
	if len(s.NotResource) > 0 {
		return !slices.ContainsFunc(s.NotResource, on)
	}
	return slices.ContainsFunc(s.Resource, on)
}

// matches compares with IAM's wildcards: * is any text, ? one character.
func matches(pattern, text string) bool {
	quoted := regexp.QuoteMeta(pattern)
	quoted = strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(quoted)
	ok, err := regexp.MatchString(`^(?s:`+quoted+`)$`, text)
	return err == nil && ok
}
