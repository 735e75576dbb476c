package iam

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// ErrPolicy says that a document is not a policy, or says something that this
// package does not know.
var ErrPolicy = errors.New("not a policy that the sandbox understands")

// Policy is a policy document. The zero value allows nothing.
type Policy struct {
	Version    string
	ID         string `json:"Id"`
	Statements []Statement
}

// Statement is one statement of a policy.
type Statement struct {
	Sid       string
	Effect    string // Allow or Deny
	Action    Values
	Resource  Values
	Condition map[string]map[string]Values // operator, key, values
}

// Values is one text or a list of them.
type Values []string

// UnmarshalJSON reads "a" and ["a","b"].
func (v *Values) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*v = Values{one}
		return nil
	}
	var many []string
	if err := json.Unmarshal(b, &many); err != nil {
		return fmt.Errorf("text or a list of texts: %w", err)
	}
	*v = many
	return nil
}

// Parse reads a policy document. An empty document is a policy that allows nothing.
// It returns ErrPolicy, also for elements that this package does not know
// (NotAction, NotResource, Principal, other condition operators).
func Parse(document string) (Policy, error) {
	if document == "" {
		return Policy{}, nil
	}
	var raw struct {
		Version   string
		ID        string `json:"Id"`
		Statement json.RawMessage
	}
	if err := strict([]byte(document), &raw); err != nil {
		return Policy{}, err
	}
	p := Policy{Version: raw.Version, ID: raw.ID}
	var err error
	if body := bytes.TrimSpace(raw.Statement); len(body) > 0 && body[0] == '{' {
		p.Statements = make([]Statement, 1)
		err = strict(body, &p.Statements[0])
	} else {
		err = strict(body, &p.Statements)
	}
	if err != nil {
		return Policy{}, err
	}
	for _, s := range p.Statements {
		if err := s.check(); err != nil {
			return Policy{}, err
		}
	}
	return p, nil
}

func strict(raw []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return fmt.Errorf("%w: %w", ErrPolicy, err)
	}
	return nil
}

func (s Statement) check() error {
	if s.Effect != "Allow" && s.Effect != "Deny" {
		return fmt.Errorf("%w: the effect %q", ErrPolicy, s.Effect)
	}
	if len(s.Action) == 0 || len(s.Resource) == 0 {
		return fmt.Errorf("%w: a statement without an action or a resource", ErrPolicy)
	}
	for operator := range s.Condition {
		if operators[operator] == nil {
			return fmt.Errorf("%w: the condition operator %q", ErrPolicy, operator)
		}
	}
	return nil
}
