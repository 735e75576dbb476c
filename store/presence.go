package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// presenceKey is the advisory lock that every process on a PostgreSQL database shares
// while it serves: "serving" in hexadecimal. Migrating takes another.
const presenceKey int64 = 0x73657276696e67

// presence is a connection of its own that holds the lock: PostgreSQL lets go of it
// when the process dies, however it dies.
type presence struct {
	conn  *pgx.Conn
	alone bool // nobody else was there; the lock is ours alone until settled
}

// arrive takes a share of the lock, and the whole of it if nobody else is there. Who
// comes while somebody has the whole waits until that is settled, within ctx.
func arrive(ctx context.Context, config *pgx.ConnConfig) (*presence, error) {
	conn, err := pgx.ConnectConfig(ctx, config.Copy())
	if err != nil {
		return nil, fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	p := &presence{conn: conn}
	if err = p.tryAlone(ctx); err == nil {
		_, err = conn.Exec(ctx, "SELECT pg_advisory_lock_shared($1)", presenceKey)
	}
	if err != nil {
		p.leave() //nolint:contextcheck // also when ctx has ended
		return nil, fmt.Errorf("announce this process to the others: %w", err)
	}
	return p, nil
}

// lingering is for how long PostgreSQL may hold the lock of a process that has just
// died: until it notices that the connection is gone.
const lingering = 500 * time.Millisecond

// tryAlone takes the whole lock if nobody else is there.
func (p *presence) tryAlone(ctx context.Context) error {
	for end := time.Now().Add(lingering); ; {
		err := p.conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", presenceKey).Scan(&p.alone)
		if err != nil || p.alone || time.Now().After(end) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lingering / 10):
		}
	}
}

// settle lets others in.
func (p *presence) settle(ctx context.Context) error {
	p.alone = false
	_, err := p.conn.Exec(ctx, "SELECT pg_advisory_unlock($1)", presenceKey)
	return err
}

func (p *presence) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_, _ = p.conn.Exec(ctx, "SELECT pg_advisory_unlock_all()") // at once, not when PostgreSQL notices
	_ = p.conn.Close(ctx)
}
