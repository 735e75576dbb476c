package store

import (
	"context"
	"strings"

	"airpass/access"
)

// TraceGrant calls do with everything that the trail has of one grant, oldest first: its
// request and decisions, its own course, and what was done and seen of what it holds, from
// its beginning until another grant holds the same after its end.
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
		case e.Ref != "" && refs[e.Ref]:
			return do(e)
		}
		return nil
	})
}
