// Package prepared keeps the statements of a SQLite connection prepared. SQLite parses
// and plans a statement each time it is given as text, which was a quarter of the
// processor's time of everything airpass does; database/sql keeps only what it is told
// to prepare, and the queries of airpass and of River are given as text.
package prepared

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"modernc.org/sqlite"
)

// size is how many statements a connection keeps: all that airpass and River have, and
// a few of those whose text grows with a list.
const size = 300

// named begins the text of a query that is written down, not made: sqlc puts it there.
// Migrations and pragmas are run once and not kept.
const named = "-- name: "

// limited finds a limit that is a parameter and nothing else. SQLite plans such a statement
// for the value that it has, and therefore anew for each one, kept or not: River's look for
// jobs, which is what an idle airpass does. Of a sum it knows no value.
// https://sqlite.org/c3ref/c_stmtstatus_counter.html (SQLITE_STMTSTATUS_REPREPARE)
var limited = regexp.MustCompile(`(?i)(\bLIMIT\s+)(\?\d+)`)

// Connector opens connections to a SQLite database that keep their statements prepared.
// dsn is what modernc.org/sqlite takes.
func Connector(dsn string) (driver.Connector, error) {
	base, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, fmt.Errorf("open SQLite: %w", err)
	}
	return connector{base}, nil
}

type connector struct{ driver.Connector }

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	raw, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err //nolint:wrapcheck // database/sql looks for driver.ErrBadConn
	}
	under, is := raw.(underlying)
	if !is {
		return nil, errors.Join(fmt.Errorf("a connection of SQLite is a %T, which lacks what database/sql wants", raw), raw.Close())
	}
	kept, err := simplelru.NewLRU(size, func(_ string, h *held) { h.drop() })
	if err != nil {
		return nil, errors.Join(err, raw.Close())
	}
	return &conn{under, kept}, nil
}

// underlying is what the driver's connections can do, and a wrapped one must still.
type underlying interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// held is a statement and whether it is being run or its rows are read: it is nobody
// else's until then, though the same query may be asked meanwhile.
type held struct {
	statement
	query string
	busy  bool
	out   bool // of the kept ones
}

// drop closes a statement, at once or when it is no longer used.
func (h *held) drop() {
	h.out = true
	if !h.busy {
		_ = h.Close()
	}
}

// conn is used by one goroutine at a time, as database/sql promises; so are its rows.
type conn struct {
	underlying
	kept *simplelru.LRU[string, *held]
}

// Unwrap is the connection itself, for the driver's own functions.
func (c *conn) Unwrap() driver.Conn { return c.underlying }

func (c *conn) Close() error {
	c.kept.Purge()
	return c.underlying.Close()
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if !strings.HasPrefix(query, named) {
		return c.underlying.ExecContext(ctx, query, args)
	}
	h, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := h.ExecContext(ctx, args)
	c.give(h, err)
	return result, err
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if !strings.HasPrefix(query, named) {
		return c.underlying.QueryContext(ctx, query, args)
	}
	h, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	found, err := h.QueryContext(ctx, args)
	if err != nil {
		c.give(h, err)
		return nil, err
	}
	return &rows{Rows: found, c: c, h: h}, nil
}

// take gives out the statement of a query, or one more of it while that one is in use.
func (c *conn) take(ctx context.Context, query string) (*held, error) {
	kept, is := c.kept.Get(query)
	if is && !kept.busy {
		kept.busy = true
		return kept, nil
	}
	s, err := c.PrepareContext(ctx, limited.ReplaceAllString(query, "${1}0+$2"))
	if err != nil {
		return nil, err
	}
	h := &held{statement: s.(statement), query: query, busy: true, out: is}
	if !is {
		c.kept.Add(query, h)
	}
	return h, nil
}

// give takes a statement back. One that failed is not kept: in which state it is only
// SQLite knows.
func (c *conn) give(h *held, err error) {
	h.busy = false
	switch {
	case h.out:
		_ = h.Close()
	case err != nil:
		c.kept.Remove(h.query)
	}
}

// rows are what a kept statement found.
type rows struct {
	driver.Rows
	c *conn
	h *held
}

func (r *rows) Close() error {
	err := r.Rows.Close()
	r.c.give(r.h, err)
	return err
}
