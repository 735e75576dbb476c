package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/rivermigrate"
)

// errSchemaBehind: the database is older than this program.
var errSchemaBehind = errors.New("the database's schema is behind this version of airpass")

// CheckSchema says whether the database is at least at the schema that this program
// needs; one that a newer airpass has brought further is fine. Open has seen to it:
// what can be found here later is a database that somebody has restored from an older
// copy, or migrated down, beneath a running process.
func (s *Store) CheckSchema(ctx context.Context) error {
	if err := s.reached(ctx, "tables", `SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version WHERE is_applied`, s.needs.ours); err != nil {
		return err
	}
	return s.reached(ctx, "job tables", `SELECT COALESCE(MAX(version), 0) FROM river_migration WHERE line = 'main'`, s.needs.river)
}

// schema is the version of our own tables and of River's.
type schema struct{ ours, river int64 }

// newest is the schema that these migrations lead to.
func newest(ours *goose.Provider, river *rivermigrate.Migrator[*sql.Tx]) schema {
	sources, versions := ours.ListSources(), river.AllVersions()
	return schema{sources[len(sources)-1].Version, int64(versions[len(versions)-1].Version)}
}

// reached asks for a schema's version and compares it with the one that is needed.
func (s *Store) reached(ctx context.Context, what, query string, need int64) error {
	var version int64
	if err := s.look.QueryRowContext(ctx, query).Scan(&version); err != nil {
		return fmt.Errorf("the schema's version cannot be read (%s): %w", what, err)
	}
	if version < need {
		return fmt.Errorf("%w: its %s are at version %d and need %d; restart airpass, which brings them up to date", errSchemaBehind, what, version, need)
	}
	return nil
}

// ownMigrations are the migrations of our own tables.
func (s *Store) ownMigrations() (*goose.Provider, error) {
	folder, err := fs.Sub(migrations, "migrations/"+s.dialect)
	if err != nil {
		return nil, err
	}
	dialect := goose.DialectSQLite3
	if s.dialect == postgres {
		dialect = goose.DialectPostgres
	}
	return goose.NewProvider(dialect, s.db, folder)
}
