package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"airpass/access"
	"airpass/store/db"
)

// WakeKind is what sort of row is to be looked at.
type WakeKind string

// The sorts of row that somebody moves on.
const (
	WakeAttempt     WakeKind = "attempt"
	WakeRequest     WakeKind = "request"
	WakeGrant       WakeKind = "grant"
	WakeEntitlement WakeKind = "entitlement"
	WakeMessage     WakeKind = "message"
	WakeReview      WakeKind = "review"
	WakeSetPolicy   WakeKind = "set_policy"
	WakeCampaign    WakeKind = "campaign"
	WakeOccurrence  WakeKind = "occurrence"
	// WakeCampaignReviewer is somebody who is to be asked, or reminded.
	WakeCampaignReviewer WakeKind = "campaign_reviewer"
	// WakeAnchor is the head of the audit trail, to be put somewhere outside.
	WakeAnchor WakeKind = "anchor"
)

// Wake asks for a look at one row in one version. It is only a hint: the rows say
// what is due, see Due.
type Wake struct {
	Kind    WakeKind
	ID      string
	Version int64
	At      time.Time // domain time; zero is now

	// Of says what an entitlement is, and with it whose vendor is asked.
	Of access.Kind
	// Ending says that something has to be taken away: an entitlement that nobody
	// needs and that is not known to be gone, a grant whose time is over.
	Ending bool
	// Starting is a grant that is to start: whether it may is judged then.
	Starting bool
}

// ending says whether a grant's next step is about its end.
func ending(state access.GrantState, end, next time.Time) bool {
	return state == access.GrantRevoking || state == access.GrantActive && !next.Before(end)
}

// wakeEntitlement is Wake for an entitlement as it is stored.
func (tx *Tx) wakeEntitlement(row db.Entitlement, at time.Time) {
	tx.Wake(entitlementWake(row.ID, row.Key, row.Presence, row.UnwantedSince, row.Version, at))
}

func entitlementWake(id, key, presence string, unwantedSince *time.Time, version int64, at time.Time) Wake {
	kind, _, _ := strings.Cut(key, "|")
	return Wake{Kind: WakeEntitlement, ID: id, Version: version, At: at, Of: access.Kind(kind),
		Ending: unwantedSince != nil && access.Presence(presence) != access.Absent}
}

// WakeFunc passes wakes on, inside the transaction that caused them.
type WakeFunc func(ctx context.Context, tx *sql.Tx, wakes []Wake) error

// OnWake sets who passes wakes on. It is called once, before the store is used.
func (s *Store) OnWake(f WakeFunc) { s.onWake = f }

// OnWoken sets who is told of wakes once their transaction is committed. It is called
// once, before the store is used.
func (s *Store) OnWoken(f func([]Wake)) { s.onWoken = f }

// wakes collects the wakes of one transaction, one for each row, in order of first
// appearance: a newer version replaces an older one, and of one version the
// earlier time counts.
type wakes struct {
	list  []Wake
	index map[rowName]int
}

type rowName struct {
	kind WakeKind
	id   string
}

func (ws *wakes) add(w Wake) {
	name := rowName{w.Kind, w.ID}
	i, known := ws.index[name]
	if !known {
		if ws.index == nil {
			ws.index = map[rowName]int{}
		}
		ws.index[name] = len(ws.list)
		ws.list = append(ws.list, w)
		return
	}
	old := ws.list[i]
	if w.Version > old.Version || (w.Version == old.Version && w.At.Before(old.At)) {
		ws.list[i] = w
	}
}
