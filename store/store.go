package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"airpass/access"
	"airpass/store/db"
	"airpass/store/prepared"
)

// AuditKey is what the audit trail is sealed with.
type AuditKey struct {
	ID  string // kept with every event, so that keys can change
	Key []byte // at least 16 bytes
	// Old are the keys that were used before, by id; only for verifying.
	Old map[string][]byte
}

// Options configures a store.
type Options struct {
	Now func() time.Time // domain time
	Key AuditKey
	Log *slog.Logger
	// OnEvents is told of the events of each transaction once it is committed, in
	// their order and without personal values; nil is nobody. It must be quick: it
	// runs on the path of whoever made the change.
	OnEvents func(context.Context, []access.Event)
	// AsIs leaves the schema as it is: for looking with CheckSchema, and nothing else.
	AsIs bool
}

// The dialects.
const (
	sqlite   = "sqlite"
	postgres = "postgres"
)

// Store is an open database. It is safe for concurrent use.
type Store struct {
	reads
	o       Options
	db      *sql.DB // writes, in line for the head of the audit trail
	front   *sql.DB // writes that stand in no line, see Receive
	look    *sql.DB // reads
	driver  riverdriver.Driver[*sql.Tx]
	dialect string
	path    string // of SQLite's file
	needs   schema

	pgConfig *pgx.ConnConfig // of PostgreSQL
	presence *presence       // while Lock is held on PostgreSQL

	onWake  WakeFunc
	onWoken func([]Wake)
	bell    *bell          // on SQLite
	close   []func() error // in order of closing
}

// Open opens the database at "sqlite:PATH" or "postgres://…" and brings its schema
// up to date, unless AsIs; several processes may do so at once. Errors never show the url.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	s := &Store{o: o}
	var err error
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		err = s.openSQLite(path)
	} else if strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://") {
		err = s.openPostgres(ctx, url)
	} else {
		err = fmt.Errorf("%w: a database url begins with sqlite: or postgres://", access.ErrInvalid)
	}
	if err != nil {
		return nil, err
	}
	s.reads = reads{db.New(s.look)}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("bring the schema up to date: %w", err), s.Close())
	}
	return s, nil
}

func (o *Options) check() error {
	if o.Now == nil || o.Key.ID == "" || len(o.Key.Key) < 16 {
		return fmt.Errorf("%w: a store needs a clock and an audit key with an id and at least 16 bytes", access.ErrInvalid)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return nil
}

// openSQLite opens a file. Transactions take the write lock when they begin, or
// two that read first and write later fail with "database is locked"; times are
// written in UTC, or comparing them compares zones.
func (s *Store) openSQLite(path string) error {
	if path == "" || strings.Contains(path, ":memory:") {
		return fmt.Errorf("%w: sqlite: needs the path of a file", access.ErrInvalid)
	}
	if err := ownerOnly(path); err != nil {
		return err
	}
	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	common := "file:" + escaped + "?_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_time_format=sqlite&_timezone=UTC"
	// The pages that a transaction of many rows changes, each in indexes of its own order, fit
	// in 8 MiB; of SQLite's 2 MiB it would write some before the end, and read them again. What a
	// statement of many rows may have to undo is kept in memory, too, and not written to a file.
	write, err := openKeeping(common + "&_txlock=immediate&_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=cache_size(-8192)&_pragma=temp_store(memory)")
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	// A transaction waits for the one connection that writes and is handed it. Two
	// connections would wait for SQLite's lock, which nobody hands on: who waits looks
	// again after ever longer pauses, and under load does not get it for seconds.
	write.SetMaxOpenConns(1)
	look, err := openKeeping(common + "&_pragma=query_only(1)")
	if err != nil {
		return errors.Join(fmt.Errorf("open %s: %w", path, err), write.Close())
	}
	look.SetMaxOpenConns(4)
	look.SetMaxIdleConns(4)
	s.db, s.front, s.look, s.path, s.dialect = write, write, look, path, sqlite
	s.bell = newBell()
	s.driver = nudged{riversqlite.New(write), s.bell}
	s.close = []func() error{look.Close, write.Close}
	return nil
}

// openKeeping opens a SQLite database whose connections keep their statements prepared.
func openKeeping(dsn string) (*sql.DB, error) {
	c, err := prepared.Connector(dsn)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(c), nil
}

// ownerOnly makes a new database file readable by nobody else: it holds personal
// data. SQLite gives its journals the same mode. A file that is there keeps its own.
func ownerOnly(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	return f.Close()
}

// standstill is how long a transaction may do nothing before PostgreSQL ends it: the
// process in it was stopped, or its machine or network is gone, and what it has locked
// the others need. Nothing is waited for inside a transaction.
const standstill = 5 * time.Second

// poolSize is how many connections to PostgreSQL there are at most, unless the url says
// so with pool_max_conns, and kept how many of them (or a quarter) are kept from those
// that write in line: steps wait for each other at the head of the audit trail, each
// with its connection, and clicks and forms must not wait behind them.
const (
	poolSize = 16
	kept     = 4
)

// openPostgres opens two pools, and one connection more for what River listens to.
func (s *Store) openPostgres(ctx context.Context, url string) error {
	conf, err := pgxpool.ParseConfig(url)
	if err != nil {
		return fmt.Errorf("%w: the database url is not one that PostgreSQL takes", access.ErrInvalid)
	}
	if !strings.Contains(url, "pool_max_conns") {
		conf.MaxConns = poolSize
	}
	conf.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, fmt.Sprintf("SET idle_in_transaction_session_timeout = %d", standstill.Milliseconds()))
		return err
	}
	s.pgConfig, s.dialect = conf.ConnConfig, postgres
	aside := max(1, min(kept, conf.MaxConns/4))
	var pools []*pgxpool.Pool
	for _, size := range []int32{max(1, conf.MaxConns-aside), aside, 1} {
		part := conf.Copy()
		part.MaxConns, part.MinConns, part.MinIdleConns = size, min(conf.MinConns, size), min(conf.MinIdleConns, size)
		pool, err := pgxpool.NewWithConfig(ctx, part)
		if err != nil {
			for _, open := range pools {
				open.Close()
			}
			return fmt.Errorf("open PostgreSQL: %w", err)
		}
		pools = append(pools, pool)
	}
	line, front, listen := pools[0], pools[1], pools[2]
	s.db, s.front = stdlib.OpenDBFromPool(line), stdlib.OpenDBFromPool(front)
	s.look = s.front
	s.driver = riverdatabasesql.NewWithPgxListener(s.db, listen)
	s.close = []func() error{s.db.Close, s.front.Close, func() error { listen.Close(); front.Close(); line.Close(); return nil }}
	return nil
}

// DB is the database, for those who run jobs in it. On SQLite it has one connection.
func (s *Store) DB() *sql.DB { return s.db }

// Driver is River's driver for it.
func (s *Store) Driver() riverdriver.Driver[*sql.Tx] { return s.driver }

// Dialect is "sqlite" or "postgres".
func (s *Store) Dialect() string { return s.dialect }

// Ping asks the database for a sign of life.
func (s *Store) Ping(ctx context.Context) error { return s.db.PingContext(ctx) }

// Close closes the database.
func (s *Store) Close() error {
	var errs []error
	for _, f := range s.close {
		errs = append(errs, f())
	}
	return errors.Join(errs...)
}

// Lock makes sure that one process serves a SQLite file; a second one gets an error
// in words. PostgreSQL serves several: each is known to the others until unlock, or
// until it dies. Commands that only read or change rows do not need the lock.
func (s *Store) Lock(ctx context.Context) (unlock func(), err error) {
	if s.dialect == postgres {
		if s.presence, err = arrive(ctx, s.pgConfig); err != nil {
			return nil, err
		}
		return s.presence.leave, nil
	}
	lock := flock.New(s.path + ".lock")
	mine, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", lock.Path(), err)
	}
	if !mine {
		return nil, fmt.Errorf("%w: another airpass serves %s; several need PostgreSQL", access.ErrNotAllowed, s.path)
	}
	return func() { _ = lock.Unlock() }, nil
}

// Reclaim frees what a process that died has left claimed: jobs, the leadership,
// claims of rows and its place among the replicas. It is for the holder of Lock, before anything runs. On PostgreSQL,
// where others may be alive, it does so only if nobody else was there when Lock was
// taken; else time frees what the dead have left.
//
// River has no call for this, so that its tables are written here; a test pins them.
func (s *Store) Reclaim(ctx context.Context) error {
	if s.dialect == sqlite {
		return s.reclaim(ctx)
	}
	if s.presence == nil || !s.presence.alone {
		return nil
	}
	return errors.Join(s.reclaim(ctx), s.presence.settle(ctx))
}

func (s *Store) reclaim(ctx context.Context) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("reclaim: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	wall := time.Now().UTC().Format("2006-01-02 15:04:05.000") // as text in River's own form for SQLite; PostgreSQL reads it too
	if _, err := tx.ExecContext(ctx, `UPDATE river_job SET state = 'available', scheduled_at = $1 WHERE state = 'running'`, wall); err != nil {
		return fmt.Errorf("reclaim jobs: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM river_leader`); err != nil {
		return fmt.Errorf("reclaim leadership: %w", err)
	}
	q := db.New(tx)
	if err := errors.Join(q.ClearEntitlementClaims(ctx), q.ClearMessageClaims(ctx), q.ClearSetPolicyClaims(ctx), q.ClearReplicas(ctx)); err != nil {
		return fmt.Errorf("reclaim claims: %w", err)
	}
	return tx.Commit()
}
