package setup

import (
	"encoding/json"
	"slices"
)

// Document is an IAM policy.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html.
type Document struct {
	Version   string
	Statement []Statement
}

// Statement is one statement of a policy.
type Statement struct {
	Sid       string
	Effect    string
	Principal *Principal `json:",omitempty"`
	Action    []string
	Resource  []string  `json:",omitempty"`
	Condition Condition `json:",omitempty"`
}

// Principal is whom a trust policy lets in.
type Principal struct{ AWS string }

// Condition maps an operator to keys and the values of which they must have one.
type Condition map[string]map[string]Values

// Values are written as one text where there is only one.
type Values []string

// MarshalJSON writes them.
func (v Values) MarshalJSON() ([]byte, error) {
	if len(v) == 1 {
		return json.Marshal(v[0])
	}
	return json.Marshal([]string(v))
}

// UnmarshalJSON reads one text or several.
func (v *Values) UnmarshalJSON(data []byte) error { return (*list)(v).UnmarshalJSON(data) }

// allow is a statement; actions and resources are sorted and told once.
func allow(sid string, actions, resources []string) Statement {
	return Statement{Sid: sid, Effect: "Allow", Action: once(actions), Resource: once(resources)}
}

func once(all []string) []string {
	all = slices.Clone(all)
	slices.Sort(all)
	return slices.Compact(all)
}

func document(statements ...Statement) Document {
	return Document{Version: "2012-10-17", Statement: statements}
}

// String is the policy as JSON that the AWS console and command line take.
func (d Document) String() string {
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		panic("a policy of strings: " + err.Error())
	}
	return string(text)
}
