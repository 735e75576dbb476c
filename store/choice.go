package store

import (
	"slices"
	"strings"
)

// choice follows what the requests that a filter chooses became.
type choice struct {
	person, target string
	requests       map[string]bool
	refs           map[string]bool // what their grants hold
}

func newChoice(f AuditFilter) *choice {
	return &choice{person: f.Person, target: f.Target, requests: map[string]bool{}, refs: map[string]bool{}}
}

// follows says whether there is anything to follow.
func (c *choice) follows() bool { return c.person != "" || c.target != "" }

// takes says whether an event is chosen; it has to be asked about all, from the first on.
func (c *choice) takes(l AuditLine) (bool, error) {
	if !c.follows() {
		return true, nil
	}
	e, err := l.Recorded()
	if err != nil {
		return false, err
	}
	if e.Kind == "request.created" && (c.person == "" || e.Facts["subject"] == c.person) && (c.target == "" || e.Facts["target"] == c.target) {
		c.requests[e.Request] = true
	}
	if c.requests[e.Request] {
		for _, ref := range strings.Fields(e.Facts["holds"]) {
			c.refs[ref] = true
		}
		return true, nil
	}
	if c.target != "" {
		about := e.Ref != "" && c.refs[e.Ref] || e.Facts["target"] == c.target
		return about && (c.person == "" || c.involves(e)), nil
	}
	return c.involves(e), nil
}

// involves says whether the person did it, or is named by what it is about.
func (c *choice) involves(e Recorded) bool {
	if e.Actor.ID == c.person || slices.Contains(strings.Split(e.Ref, "|"), c.person) {
		return true
	}
	for _, name := range []string{"subject", "decider", "asker", "okta_user", "okta_id"} {
		if e.Facts[name] == c.person {
			return true
		}
	}
	return false
}
