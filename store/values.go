package store

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"airpass/access"
)

// moment is how a time is kept: UTC and milliseconds.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// maybe keeps the zero time as NULL.
func maybe(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = moment(t)
	return &t
}

// timeOf is the time that maybe kept.
func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// words is free text as both stores take it: PostgreSQL refuses NUL and what is not UTF-8.
func words(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}

// encode writes a value of the domain, which is plain data, as JSON.
func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic("store: " + err.Error()) // a type that cannot be written is a mistake in the program
	}
	return string(b)
}

// decoder reads JSON columns and keeps the first error.
type decoder struct{ err error }

func (d *decoder) decode(column, text string, into any) {
	if text == "" || d.err != nil {
		return
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		d.err = fmt.Errorf("column %s: %w", column, err)
	}
}

// found turns "no rows" into access.ErrNotFound with words.
func found(err error, what, id string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%w: %s %s", access.ErrNotFound, what, id)
	}
	if err != nil {
		return fmt.Errorf("read %s %s: %w", what, id, err)
	}
	return nil
}

// saved turns "no rows" of a compare-and-swap into access.ErrStale with words.
func saved(err error, what, id string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%w: %s %s", access.ErrStale, what, id)
	}
	if err != nil {
		return fmt.Errorf("save %s %s: %w", what, id, err)
	}
	return nil
}

// all converts rows.
func all[R, D any](rows []R, err error, convert func(R) (D, error)) ([]D, error) {
	if err != nil {
		return nil, err
	}
	list := make([]D, 0, len(rows))
	for _, row := range rows {
		d, err := convert(row)
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, nil
}
