package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"airpass/access"
	"airpass/store/db"
)

// Setting reads a setting; "" if there is none.
func (tx *Tx) Setting(key string) (string, error) { return tx.r.Setting(tx.ctx, key) }

// Setting reads a setting; "" if there is none.
func (r reads) Setting(ctx context.Context, key string) (string, error) {
	value, err := r.q.Setting(ctx, key)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, found(err, "setting", key)
}

// LockSetting reads a setting as Setting does, and makes whoever else locks it wait until
// this transaction ends: of several replicas that find that something was not told yet
// one is the first.
func (tx *Tx) LockSetting(key string) (string, error) {
	if err := tx.lock("setting " + key); err != nil {
		return "", err
	}
	return tx.Setting(key)
}

// lock makes whoever else locks this name wait until this transaction ends. On SQLite nobody
// else is in one.
func (tx *Tx) lock(name string) error {
	if !tx.shared {
		return nil
	}
	if _, err := tx.sql.ExecContext(tx.ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, name); err != nil {
		return fmt.Errorf("lock the %s: %w", name, err)
	}
	return nil
}

// SetSetting stores a setting and, if its value is new, appends setting.changed.
func (tx *Tx) SetSetting(key, value string) error {
	return tx.setSetting(key, value, access.Event{Facts: map[string]string{}})
}

// Batch is inferred removals that wait for an admin, as these are told of them: so many, of so
// many; how many need no confirmation; and what says exactly which they are.
type Batch struct {
	Many, Of, Cap int
	Which         string
}

// Digest is that of which removals they are.
func (b Batch) Digest() string { return hexDigest(b.Which) }

// SetWaiting is SetSetting of a setting that says that a batch waits: the event has what the
// admins are told.
func (tx *Tx) SetWaiting(key, value string, b Batch) error {
	return tx.setSetting(key, value, access.Event{Kind: "setting.changed", Facts: map[string]string{"removals": strconv.Itoa(b.Many), "of": strconv.Itoa(b.Of), "cap": strconv.Itoa(b.Cap), "batch": b.Digest()}})
}

func (tx *Tx) setSetting(key, value string, e access.Event) error {
	old, err := tx.Setting(key)
	if err != nil || old == value {
		return err
	}
	if err := tx.q.SetSetting(tx.ctx, db.SetSettingParams{Key: key, Value: words(value)}); err != nil {
		return saved(err, "setting", key)
	}
	e.Kind, e.Facts["key"], e.Facts["before"], e.Facts["value"] = "setting.changed", key, old, value
	tx.Record(e)
	return nil
}

// CronRun reads when a schedule ran last; zero if never.
func (tx *Tx) CronRun(name string) (time.Time, error) { return tx.r.CronRun(tx.ctx, name) }

// CronRun reads when a schedule ran last; zero if never.
func (r reads) CronRun(ctx context.Context, name string) (time.Time, error) {
	at, err := r.q.CronRun(ctx, name)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	return at.UTC(), found(err, "schedule", name)
}

// SetCronRun stores when a schedule ran last.
func (tx *Tx) SetCronRun(name string, at time.Time) error {
	return saved(tx.q.SetCronRun(tx.ctx, db.SetCronRunParams{Name: name, RanAt: moment(at)}), "schedule", name)
}
