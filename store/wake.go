package store

import (
	"context"
	"database/sql"
	"time"
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
)

// Wake asks for a look at one row in one version. It is only a hint: the rows say
// what is due, see Due.
type Wake struct {
	Kind    WakeKind
	ID      string
	Version int64
	At      time.Time // domain time; zero is now
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
