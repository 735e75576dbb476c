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
// with what the target is for.
func Deviations(t access.Target, policy string) []Deviation {
	if policy == "" {
		return []Deviation{{Unwise: true, Result: "the permission set has no inline policy", Means: "what it opens comes from policies that are not looked at",
			Mend: "give it an inline policy that names this Airflow role alone"}}
	}
	p, err := parseInline(policy)
	if err != nil {
		return []Deviation{{Result: "the inline policy cannot be read: " + err.Error(), Means: "nobody knows what it opens", Mend: "write it anew"}}
	}
	var found []Deviation
	role := RoleARN(t.Environment, t.Role)
	if !p.allows("airflow:CreateWebLoginToken", role) {
		found = append(found, Deviation{Result: "airflow:CreateWebLoginToken is not allowed on " + role, Means: "the link is refused at Airflow's door",
			Mend: "allow it in the permission set's inline policy, with the role spelled like that, and provision it"})
	}
	if env := EnvironmentARN(t.Environment); !p.allows("airflow:GetEnvironment", env) {
		found = append(found, Deviation{Result: "airflow:GetEnvironment is not allowed on " + env, Means: "the console page that the link leads to fails",
			Mend: "allow it in the permission set's inline policy, and provision it"})
	}
	for _, other := range access.Roles() {
		if other != t.Role && p.allows("airflow:CreateWebLoginToken", RoleARN(t.Environment, other)) {
			found = append(found, Deviation{Result: "it also opens the role " + string(other), Means: "more is given than was asked for and approved", Mend: "name " + role + " alone"})
		}
	}
	return append(found, commandLine(t, p)...)
}

// commandLine compares who may use Airflow's command line with what approvers are told.
// See https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonmanagedworkflowsforapacheairflow.html.
func commandLine(t access.Target, p inline) []Deviation {
	switch is := p.allows("airflow:CreateCliToken", EnvironmentARN(t.Environment)); {
	case is && !t.CLI:
		return []Deviation{{Unwise: true, Result: "airflow:CreateCliToken is allowed",
			Means: "it gives the power of Airflow's command line in the whole environment, whatever the role, and approvers are not told",
			Mend:  "take it out; or, if it is meant, write cli: true in the target"}}
	case t.CLI && !is:
		return []Deviation{{Unwise: true, Result: "airflow:CreateCliToken is not allowed, and the target says cli: true",
			Means: "approvers are warned of a power that is not given", Mend: "take cli out of the target, or allow it"}}
	}
	return nil
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
