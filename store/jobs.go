package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

// What River offers no call for and is done with its tables and its driver's interface
// here. Tests pin both.

// Waiting are the arguments, as JSON, of the jobs of a kind that wait to be run now or
// are being run. It reads beside the connection that writes.
func (s *Store) Waiting(ctx context.Context, kind string) ([]json.RawMessage, error) {
	args := "args::text"
	if s.dialect == sqlite {
		args = "json(args)"
	}
	rows, err := s.look.QueryContext(ctx, `SELECT `+args+` FROM river_job WHERE kind = $1 AND state IN ('available', 'pending', 'running', 'retryable')`, kind)
	if err != nil {
		return nil, fmt.Errorf("read the jobs that wait: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var all []json.RawMessage
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			return nil, fmt.Errorf("read the jobs that wait: %w", err)
		}
		all = append(all, json.RawMessage(one))
	}
	return all, rows.Err()
}

// freeJobs has the jobs run by somebody else that a replica was running. On SQLite
// there is nobody else.
func (s *Store) freeJobs(ctx context.Context, tx *sql.Tx, replica string) error {
	if s.dialect == sqlite {
		return nil
	}
	_, err := tx.ExecContext(ctx, `UPDATE river_job SET state = 'available', scheduled_at = now()
		WHERE state = 'running' AND attempted_by[array_upper(attempted_by, 1)] = $1`, replica)
	if err != nil {
		return fmt.Errorf("free its jobs: %w", err)
	}
	return nil
}

// FreeLostJobs has the jobs run again that this replica is said to be running and is
// not: the database was away when they ended. Those that began less than a while ago
// may not have reached their workers yet. It returns how many there were. On SQLite,
// where the database does not go away, it does nothing.
func (s *Store) FreeLostJobs(ctx context.Context, replica string, running []int64, while time.Duration) (int64, error) {
	if s.dialect == sqlite {
		return 0, nil
	}
	done, err := s.db.ExecContext(ctx, `UPDATE river_job SET state = 'available', scheduled_at = now()
		WHERE state = 'running' AND attempted_by[array_upper(attempted_by, 1)] = $1 AND attempted_at < now() - make_interval(secs => $2) AND NOT (id = ANY ($3::bigint[]))`,
		replica, while.Seconds(), running)
	if err != nil {
		return 0, fmt.Errorf("free lost jobs: %w", err)
	}
	return done.RowsAffected()
}

// Nudge has the jobs of a queue looked for at once. On PostgreSQL River tells itself.
func (s *Store) Nudge(queue string) {
	if s.bell != nil {
		s.bell.ring(queue)
	}
}

// nudged is River's driver for SQLite, which hears of new jobs by Nudge. River's own
// way there is a table of notifications that is written with each job and read 20
// times a second.
type nudged struct {
	*riversqlite.Driver
	bell *bell
}

// SupportsListenNotify says that nothing is to be written for listeners.
func (nudged) SupportsListenNotify() bool { return false }

// GetListener returns what hears the bell.
func (d nudged) GetListener(*riverdriver.GetListenenerParams) riverdriver.Listener {
	return listener{d.bell}
}

// bell remembers which queues were nudged and not looked at since.
type bell struct {
	mu    sync.Mutex
	rung  []string
	heard chan struct{}
}

func newBell() *bell { return &bell{heard: make(chan struct{}, 1)} }

func (b *bell) ring(queue string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, q := range b.rung {
		if q == queue {
			return
		}
	}
	b.rung = append(b.rung, queue)
	select {
	case b.heard <- struct{}{}:
	default:
	}
}

// next takes one queue.
func (b *bell) next() (queue string, any bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.rung) == 0 {
		return "", false
	}
	queue = b.rung[0]
	b.rung = b.rung[1:]
	return queue, true
}

// listener turns the bell into River's notifications of inserted jobs.
type listener struct{ bell *bell }

func (listener) Close(context.Context) error            { return nil }
func (listener) Connect(context.Context) error          { return nil }
func (listener) Listen(context.Context, string) error   { return nil }
func (listener) Ping(context.Context) error             { return nil }
func (listener) Schema() string                         { return "" }
func (listener) SetAfterConnectExec(string)             {}
func (listener) Unlisten(context.Context, string) error { return nil }

// WaitForNotification waits for a nudge.
func (l listener) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	for {
		if queue, any := l.bell.next(); any {
			payload, err := json.Marshal(map[string]string{"queue": queue})
			return &riverdriver.Notification{Topic: "river_insert", Payload: string(payload)}, err
		}
		select {
		case <-l.bell.heard:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
