package iam

import (
	"strings"
	"time"
)

// Request is what somebody wants to do.
type Request struct {
	Action   string // airflow:GetEnvironment
	Resource string // an ARN, or "*"
	// Context has the condition keys of the request ("identitystore:userId"). A key
	// that it lacks matches no condition. Dates are RFC 3339.
	Context map[string]string
}

// Decision is what a policy says to a request.
type Decision int

// The decisions: nothing said, which refuses; allowed; and denied in so many words.
const (
	ImplicitDeny Decision = iota
	Allow
	ExplicitDeny
)

// Decide returns what the policy says: a Deny that matches wins over every Allow.
func (p Policy) Decide(r Request) Decision {
	out := ImplicitDeny
	for _, s := range p.Statements {
		if !s.matches(r) {
			continue
		}
		if s.Effect == "Deny" {
			return ExplicitDeny
		}
		out = Allow
	}
	return out
}

// Allows tells whether the request may go ahead.
func (p Policy) Allows(r Request) bool { return p.Decide(r) == Allow }

// matches: action names ignore case, resources do not.
func (s Statement) matches(r Request) bool {
	action := func(pattern string) bool { return like(strings.ToLower(pattern), strings.ToLower(r.Action)) }
	resource := func(pattern string) bool { return like(pattern, r.Resource) }
	if !some(s.Action, action) || !some(s.Resource, resource) {
		return false
	}
	for operator, keys := range s.Condition {
		for key, values := range keys {
			have, ok := lookUp(r.Context, key)
			if !ok || !some(values, func(want string) bool { return operators[operator](have, want) }) {
				return false
			}
		}
	}
	return true
}

// operators compare what the request has with what the policy says.
var operators = map[string]func(have, want string) bool{
	"StringEquals": func(have, want string) bool { return have == want },
	"StringLike":   func(have, want string) bool { return like(want, have) },
	"DateLessThan": before,
}

func before(have, want string) bool {
	h, err := time.Parse(time.RFC3339, have)
	if err != nil {
		return false
	}
	w, err := time.Parse(time.RFC3339, want)
	return err == nil && h.Before(w)
}

// lookUp finds a condition key, whose names ignore case.
func lookUp(context map[string]string, key string) (string, bool) {
	for k, v := range context {
		if strings.EqualFold(k, key) {
			return v, true
		}
	}
	return "", false
}

func some(values Values, ok func(string) bool) bool {
	for _, v := range values {
		if ok(v) {
			return true
		}
	}
	return false
}

// like matches * for any run of characters and ? for any one.
func like(pattern, text string) bool {
	p, t := 0, 0
	star, mark := -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
