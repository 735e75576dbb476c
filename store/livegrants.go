package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"airpass/access"
)

// LiveGrant is what tells of a grant that is live, or scheduled, whose it is, of what, and for how long: what is
// asked of all of them at once.
type LiveGrant struct {
	ID      string
	Subject *access.Person // shared by those whose grants say the same of them
	Target  string         // its id
	EndAt   time.Time
	// From is when it starts, if that is to come; else zero.
	From time.Time
	// Beside is another one of the same person and target, if somebody has noted it here.
	Beside *LiveGrant
}

// LiveGrants are the grants that are live or scheduled. They are read one by one: a list of all rows
// would be several times as large as what is kept of them.
func (s *Store) LiveGrants(ctx context.Context) ([]LiveGrant, error) {
	rows, err := s.look.QueryContext(ctx, "SELECT id, subject, target_id, start_at, end_at, state = '"+string(access.GrantScheduled)+
		"' FROM grants WHERE state IN ('"+string(access.GrantScheduled)+"', '"+string(access.GrantProvisioning)+"', '"+string(access.GrantActive)+"')")
	if err != nil {
		return nil, fmt.Errorf("list live grants: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []LiveGrant
	subjects, targets := map[string]*access.Person{}, map[string]string{}
	for rows.Next() {
		var g LiveGrant
		var subject string
		var scheduled bool
		if err := rows.Scan(&g.ID, &subject, &g.Target, &g.From, &g.EndAt, &scheduled); err != nil {
			return nil, fmt.Errorf("list live grants: %w", err)
		}
		if g.From = g.From.UTC(); !scheduled {
			g.From = time.Time{}
		}
		if subjects[subject] == nil {
			var d decoder
			p := &access.Person{}
			if d.decode("grants.subject", subject, p); d.err != nil {
				return nil, d.err
			}
			subjects[subject] = p
		}
		if targets[g.Target] == "" {
			targets[g.Target] = g.Target
		}
		g.Subject, g.Target, g.EndAt = subjects[subject], targets[g.Target], g.EndAt.UTC()
		out = append(out, g)
	}
	return out, rows.Err()
}

// Beginning is how the access of a grant began, of which it may be an extension, or an
// extension of an extension.
type Beginning struct {
	Request  string // the first
	Reason   string // of that, in the words of who made it
	Course   access.Course
	StartAt  time.Time
	ActiveAt time.Time // zero if it was never there
	// Approvers are the logins of those who have agreed, in the order in which they did.
	Approvers []string
}

// LongestChain is more extensions than anybody has asked for.
const LongestChain = 1000

// Beginnings says of some grants how their access began.
func (s *Store) Beginnings(ctx context.Context, grants []string) (map[string]Beginning, error) {
	all, newest := make(map[string]Beginning, len(grants)), make(map[string][]string, len(grants))
	for _, g := range grants {
		newest[g] = []string{g}
	}
	// All of them, then those that they extend, and so on: what is found last is the first.
	for n := 0; len(newest) > 0 && n <= LongestChain; n++ {
		found, err := s.began(ctx, slices.Sorted(maps.Keys(newest)))
		if err != nil {
			return nil, err
		}
		before := map[string][]string{}
		for grant, of := range newest {
			l, is := found[grant]
			if !is {
				return nil, fmt.Errorf("%w: grant %s", access.ErrNotFound, grant)
			}
			for _, g := range of {
				all[g] = l.Beginning
			}
			if l.extends != "" {
				before[l.extends] = append(before[l.extends], of...)
			}
		}
		newest = before
	}
	return all, s.approvers(ctx, all)
}

// began is one grant of a chain of extensions.
type began struct {
	Beginning
	extends string // the grant before it; empty of the first
}

func (s *Store) began(ctx context.Context, grants []string) (map[string]began, error) {
	rows, err := s.look.QueryContext(ctx, "SELECT g.id, g.request_id, g.start_at, g.active_at, r.course, r.reason, r.extends FROM grants g JOIN requests r ON r.id = g.request_id WHERE g.id IN "+places(s.dialect != sqlite, len(grants)), anys(grants)...)
	if err != nil {
		return nil, fmt.Errorf("read how grants began: %w", err)
	}
	defer func() { _ = rows.Close() }()
	all := make(map[string]began, len(grants))
	for rows.Next() {
		var l began
		var grant, course string
		var active *time.Time
		if err := rows.Scan(&grant, &l.Request, &l.StartAt, &active, &course, &l.Reason, &l.extends); err != nil {
			return nil, fmt.Errorf("read how grants began: %w", err)
		}
		var d decoder
		if d.decode("requests.course", course, &l.Course); d.err != nil {
			return nil, d.err
		}
		l.StartAt, l.ActiveAt = l.StartAt.UTC(), timeOf(active)
		all[grant] = l
	}
	return all, rows.Err()
}

// approvers adds to beginnings who has agreed.
func (s *Store) approvers(ctx context.Context, all map[string]Beginning) error {
	by := map[string][]string{} // grants, by request
	var requests []string
	for grant, b := range all {
		if by[b.Request] == nil {
			requests = append(requests, b.Request)
		}
		by[b.Request] = append(by[b.Request], grant)
	}
	if len(requests) == 0 {
		return nil
	}
	slices.Sort(requests)
	rows, err := s.look.QueryContext(ctx, "SELECT request_id, decider FROM decisions WHERE verdict = '"+string(access.Approve)+"' AND request_id IN "+places(s.dialect != sqlite, len(requests))+" ORDER BY received_at, id", anys(requests)...)
	if err != nil {
		return fmt.Errorf("read who has approved grants: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var request, decider string
		if err := rows.Scan(&request, &decider); err != nil {
			return fmt.Errorf("read who has approved grants: %w", err)
		}
		var p access.Person
		var d decoder
		if d.decode("decisions.decider", decider, &p); d.err != nil {
			return d.err
		}
		for _, grant := range by[request] {
			b := all[grant]
			b.Approvers = append(b.Approvers, p.Login)
			all[grant] = b
		}
	}
	return rows.Err()
}

// place is the nth parameter of a query whose text grows. SQLite looks for a parameter that has
// a number among all that the query has; one without a number is the next.
func place(numbered bool, n int) string {
	if numbered {
		return "$" + strconv.Itoa(n)
	}
	return "?"
}

// places are the parameters of a list, from the first on.
func places(numbered bool, n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = place(numbered, i+1)
	}
	return "(" + strings.Join(all, ", ") + ")"
}

func anys(texts []string) []any {
	all := make([]any, len(texts))
	for i, t := range texts {
		all[i] = t
	}
	return all
}
