package store

import (
	"context"
	"embed"
	"fmt"
	"log/slog"
	"time"

	"github.com/gofrs/flock"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed migrations
var migrations embed.FS

// migrationLock is the key of PostgreSQL's advisory lock while the schema changes.
const migrationLock = 0x61697270617373 // "airpass"

// migrate brings River's schema and ours up to date, one process at a time.
func (s *Store) migrate(ctx context.Context) error {
	river, err := rivermigrate.New(s.driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	ours, err := s.ownMigrations()
	if err != nil {
		return err
	}
	if s.needs = newest(ours, river); s.o.AsIs {
		return nil
	}
	unlock, err := s.lockSchema(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := river.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("job engine: %w", err)
	}
	_, err = ours.Up(ctx)
	return err
}

func (s *Store) lockSchema(ctx context.Context) (unlock func(), err error) {
	if s.dialect == sqlite {
		lock := flock.New(s.path + ".schema.lock")
		if _, err := lock.TryLockContext(ctx, 20*time.Millisecond); err != nil {
			return nil, fmt.Errorf("lock %s: %w", lock.Path(), err)
		}
		return func() { _ = lock.Unlock() }, nil
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, int64(migrationLock)); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return func() {
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, int64(migrationLock))
		_ = conn.Close()
	}, nil
}
