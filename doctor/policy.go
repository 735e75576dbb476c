package doctor

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
)

// inline is a permission set's inline policy, as far as it says what is allowed.
// Conditions are not judged: an allowance under a condition counts as one, a denial
// under a condition does not, so that what may be open is told.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html.
type inline struct{ statements []statement }

type statement struct {
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

func parsePolicy(text string) (inline, error) {
	var doc struct{ Statement json.RawMessage }
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		return inline{}, errors.New("it is not JSON")
	}
	var p inline
	var one statement
	if json.Unmarshal(doc.Statement, &one) == nil {
		p.statements = []statement{one}
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

func (s statement) about(action, resource string) bool {
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
