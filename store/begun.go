package store

import (
	"context"
	"errors"
	"fmt"
	"math"

	"airpass/access"
	"airpass/store/db"
)

// begunPage is how many events are read at once that say that an occurrence has begun.
const begunPage = 100

// Begun calls do with each event that says that an occurrence has begun, the newest first,
// until it returns false or fails. One that is not what was sealed is an error that wraps ErrTrail.
func (s *Store) Begun(ctx context.Context, do func(Recorded) (bool, error)) error {
	for before := int64(math.MaxInt64); ; {
		rows, err := s.q.BegunOccurrences(ctx, db.BegunOccurrencesParams{Before: before, Max: begunPage})
		if err != nil {
			return fmt.Errorf("read which occurrences have begun: %w", err)
		}
		for _, before = range rows {
			row, err := s.sealedRow(ctx, before)
			if err != nil {
				return err
			}
			e, err := recorded(row)
			if err != nil {
				return err
			}
			if more, err := do(e); err != nil || !more {
				return err
			}
		}
		if len(rows) < begunPage {
			return nil
		}
	}
}

// Lost says whether the row is there no more of an occurrence that has begun. Nothing in airpass
// deletes one, nor does retention.
func (s *Store) Lost(ctx context.Context, begun Recorded) (bool, error) {
	_, err := s.Occurrence(ctx, begun.Facts["occurrence"])
	if errors.Is(err, access.ErrNotFound) {
		return true, nil
	}
	return false, err
}

// LastBegun is the event with which an occurrence began, by its id, or with which the newest of a
// campaign did, by its name; also of those whose rows are there no more.
func (s *Store) LastBegun(ctx context.Context, name string) (found Recorded, is bool, err error) {
	err = s.Begun(ctx, func(e Recorded) (bool, error) {
		if e.Facts["occurrence"] == name || e.Facts["campaign"] == name {
			found, is = e, true
		}
		return !is, nil
	})
	return found, is, err
}
