package store

import (
	"slices"
	"strings"
)

// choice follows what the requests that a filter chooses became.
type choice struct {
	person, target string
	requests       map[string]bool
	refs           map[string]bool // what their grants hold, and what else was given or taken of the target
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
		c.learn(e.Facts["holds"])
		return true, nil
	}
	if c.target != "" {
		about := c.names(e) || e.Ref != "" && c.refs[e.Ref]
		return about && (c.person == "" || c.involves(e)), nil
	}
	return c.involves(e), nil
}

// names says whether an event is of the target by name, and learns which things it says
// are of it: what a campaign or drift takes away follows from no request.
func (c *choice) names(e Recorded) bool {
	if !slices.Contains(strings.Fields(e.Facts["target"]), c.target) {
		return false
	}
	c.learn(e.Ref + " " + e.Facts["refs"])
	return true
}

func (c *choice) learn(refs string) {
	for _, ref := range strings.Fields(refs) {
		c.refs[ref] = true
	}
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
