package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"airpass/access"
	"airpass/store/db"
)

// Anchor is a place outside where the head of the audit trail is put, and how far that has
// got.
type Anchor struct {
	Place string // what it is and where
	// Head is what is to be put there, or was put there last. It was signed before the first
	// attempt: what is tried again is the same.
	Head      Head
	Attempts  int // in a row that failed
	LastError string
	PlacedAt  time.Time // when one was put there last; zero is never
	NextAt    time.Time // when Head is to be put there; zero if it is there
	Version   int64
}

func anchorOf(row db.Anchor) (Anchor, error) {
	a := Anchor{Place: row.Place, Attempts: int(row.Attempts), LastError: row.LastError, PlacedAt: timeOf(row.PlacedAt), NextAt: timeOf(row.NextAt), Version: row.Version}
	if err := json.Unmarshal([]byte(row.Head), &a.Head); err != nil {
		return a, fmt.Errorf("%w: the head for %s: %w", access.ErrInvalid, row.Place, err)
	}
	return a, nil
}

// Anchors are all places where the head was to be put, by name.
func (r reads) Anchors(ctx context.Context) ([]Anchor, error) {
	rows, err := r.q.Anchors(ctx)
	return all(rows, err, anchorOf)
}

// Anchor reads a place.
func (r reads) Anchor(ctx context.Context, place string) (Anchor, error) {
	row, err := r.q.Anchor(ctx, place)
	if err != nil {
		return Anchor{}, found(err, "anchor", place)
	}
	return anchorOf(row)
}

// WantAnchor has a head put at a place, unless it is there or another one waits to be: that
// one is what the trail was then, and is not given up for a newer one. The anchor is that
// which waits now; ok is whether it is this head. Like all about anchors it changes
// nobody's access and leaves no event, else there would always be another head.
func (tx *Tx) WantAnchor(place string, h Head) (a Anchor, ok bool, err error) {
	if h.Seq == 0 { // of no trail
		return a, false, nil
	}
	old, err := tx.r.Anchor(tx.ctx, place)
	if err != nil && !errors.Is(err, access.ErrNotFound) {
		return a, false, err
	}
	if err == nil && (!old.NextAt.IsZero() || old.Head.Seq == h.Seq) {
		return old, false, nil
	}
	row, err := tx.q.WantAnchor(tx.ctx, db.WantAnchorParams{Place: place, Head: encode(h), NextAt: maybe(tx.now)})
	if errors.Is(err, sql.ErrNoRows) { // another replica has had one put there meanwhile
		return old, false, nil
	}
	if err != nil {
		return a, false, saved(err, "anchor", place)
	}
	tx.wakeAt(WakeAnchor, place, row.Version, tx.now)
	a, err = anchorOf(row)
	return a, err == nil, err
}

// SaveAnchor stores what came of putting the head at a place; access.ErrStale if somebody
// else has stored it meanwhile.
func (tx *Tx) SaveAnchor(a Anchor) error {
	row, err := tx.q.UpdateAnchor(tx.ctx, db.UpdateAnchorParams{Place: a.Place, Version: a.Version, Attempts: int64(a.Attempts), LastError: words(a.LastError),
		PlacedAt: maybe(a.PlacedAt), NextAt: maybe(a.NextAt)})
	if err != nil {
		return saved(err, "anchor", a.Place)
	}
	if !a.NextAt.IsZero() {
		tx.wakeAt(WakeAnchor, a.Place, row.Version, a.NextAt)
	}
	return nil
}
