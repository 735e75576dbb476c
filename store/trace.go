package store

import (
	"context"
	"errors"
	"slices"
	"strings"

	"airpass/access"
)

// Traced is a grant for TraceGrant. One whose row retention has deleted is known by the
// trail alone: it has its id and that of its request, and gone is true.
func (r reads) Traced(ctx context.Context, grant string) (g access.Grant, gone bool, err error) {
	g, err = r.Grant(ctx, grant)
	if !errors.Is(err, access.ErrNotFound) {
		return g, false, err
	}
	row, missing := r.q.GrantFirstEvent(ctx, grant)
	e, known, failed := optional(row, missing, recorded, "the first event of grant", grant)
	if failed != nil {
		return access.Grant{}, false, failed
	}
	if !known {
		return access.Grant{}, false, err
	}
	return access.Grant{ID: grant, RequestID: e.Request}, true, nil
}

// TraceGrant calls do with everything that the trail has of one grant, oldest first: its
// request and decisions, its own course, and what was done, seen and found by drift of what it
// holds, from its beginning until another grant holds the same after its end.
func (s *Store) TraceGrant(ctx context.Context, g access.Grant, do func(Recorded) error) error {
	refs, over := map[string]bool{}, false
	return s.EachAuditLine(ctx, AuditFilter{}, func(l AuditLine) error {
		if l.Request == "" && l.Grant == "" && len(refs) == 0 {
			return nil
		}
		e, err := l.Recorded()
		if err != nil {
			return err
		}
		switch {
		case e.Grant == g.ID || e.Request == g.RequestID && e.Request != "":
			over = over || e.Kind == access.EventKind("grant."+string(access.GrantEnded))
			for _, ref := range strings.Fields(e.Facts["holds"]) {
				refs[ref] = true
			}
			return do(e)
		case over && e.Grant != "":
			for _, ref := range strings.Fields(e.Facts["holds"]) {
				delete(refs, ref)
			}
		case refs[e.Ref] || slices.ContainsFunc(strings.Fields(e.Facts["refs"]), func(ref string) bool { return refs[ref] }):
			return do(e)
		}
		return nil
	})
}
