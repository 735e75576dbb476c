package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"airpass/access"
	"airpass/store/db"
)

// Tx is one write transaction of one actor. Its time stands still. It may only be
// used inside the function given to Update, by one goroutine.
type Tx struct {
	r      reads
	q      *db.Queries
	ctx    context.Context //nolint:containedctx // lives as long as one call of Update
	sql    *sql.Tx
	now    time.Time
	actor  access.Actor
	wakes  wakes
	events []event
	homes  map[string]bool // Slack users whose Home tab shows something else from now on
	shared bool            // other transactions may write meanwhile
	sealed Sealed          // the items of the occurrence that opens, if they were summed up before
}

// tries is how often a transaction is begun before a conflict is reported.
const tries = 6

// Update runs change in one write transaction. change does nothing outside of it,
// because it runs again when the database refuses the transaction for another
// one's sake. At the end the wakes are passed on and then, last of all, the audit
// events are sealed. An error of change rolls everything back and is returned.
func (s *Store) Update(ctx context.Context, actor access.Actor, change func(*Tx) error) error {
	return s.update(ctx, s.db, actor, change)
}

// Receive is Update for changes that are no audit events, as storing what Slack sends:
// they go past those that wait for their place in the trail.
func (s *Store) Receive(ctx context.Context, actor access.Actor, change func(*Tx) error) error {
	return s.update(ctx, s.front, actor, change)
}

func (s *Store) update(ctx context.Context, on *sql.DB, actor access.Actor, change func(*Tx) error) error {
	if actor.Kind == "" || actor.ID == "" {
		return fmt.Errorf("%w: a change without an actor", access.ErrInvalid)
	}
	wait := 5 * time.Millisecond
	for try := 1; ; try++ {
		err := s.once(ctx, on, actor, change)
		if err == nil || try == tries || !conflict(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(wait):
		}
		wait *= 3
	}
}

func (s *Store) once(ctx context.Context, on *sql.DB, actor access.Actor, change func(*Tx) error) error {
	sqlTx, err := on.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = sqlTx.Rollback() }() // does nothing after a commit
	q := db.New(sqlTx)
	tx := &Tx{r: reads{q}, q: q, ctx: ctx, sql: sqlTx, now: moment(s.o.Now()), actor: actor, shared: s.dialect != sqlite}
	if err := change(tx); err != nil {
		return err
	}
	if err := tx.showHomes(); err != nil {
		return err
	}
	if s.onWake != nil && len(tx.wakes.list) > 0 {
		if err := s.onWake(ctx, sqlTx, tx.wakes.list); err != nil {
			return fmt.Errorf("wake: %w", err)
		}
	}
	if err := tx.seal(s.o.Key); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	if err := sqlTx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	if s.onWoken != nil && len(tx.wakes.list) > 0 {
		s.onWoken(tx.wakes.list)
	}
	if s.o.OnEvents != nil && len(tx.events) > 0 {
		s.o.OnEvents(ctx, tx.happened())
	}
	return nil
}

// happened are the events of the transaction without personal values.
func (tx *Tx) happened() []access.Event {
	out := make([]access.Event, 0, len(tx.events))
	for _, e := range tx.events {
		if e.Actor.Kind == "" {
			e.Actor = tx.actor
		}
		e.At, e.Actor.Name, e.Personal = moment(cmp.Or(e.At, tx.now)), "", nil
		out = append(out, e.Event)
	}
	return out
}

// conflict says that the database refused a transaction for another one's sake:
// SQLite is busy, or PostgreSQL reports a serialization failure or a deadlock.
func conflict(err error) bool {
	var lite *driver.Error
	if errors.As(err, &lite) {
		return lite.Code()&0xff == codes.SQLITE_BUSY || lite.Code()&0xff == codes.SQLITE_LOCKED
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

// Now is the time of the transaction: UTC, milliseconds, the same at every call.
func (tx *Tx) Now() time.Time { return tx.now }

// Actor is who makes the change.
func (tx *Tx) Actor() access.Actor { return tx.actor }

// NewID makes an id that sorts by time.
func (tx *Tx) NewID() string { return newID(tx.now) }

// newIDs are ids in the order in which what they name is read, by id, afterwards.
func (tx *Tx) newIDs(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = tx.NewID()
	}
	slices.Sort(ids)
	return ids
}

// Wake asks for a look at a row when the transaction has been committed.
func (tx *Tx) Wake(w Wake) {
	if !w.At.After(tx.now) {
		w.At = time.Time{}
	}
	tx.wakes.add(w)
}

// wakeAt is Wake for rows that say themselves when: never if at is zero.
func (tx *Tx) wakeAt(kind WakeKind, id string, version int64, at time.Time) {
	if !at.IsZero() {
		tx.Wake(Wake{Kind: kind, ID: id, Version: version, At: at})
	}
}

// Record appends an audit event beside those that changes append themselves. Its
// personal values are taken to be about the subject of its request or grant, or
// else about the actor.
func (tx *Tx) Record(e access.Event) { tx.log("", e) }

// log appends the event of a change; its personal values are about the person.
func (tx *Tx) log(person string, e access.Event) {
	for _, name := range []string{"answer", "why"} { // the words of others, which nobody can erase
		if text, is := e.Facts[name]; is && strings.Contains(text, "@") {
			e.Facts[name] = addresses.ReplaceAllString(text, "…")
		}
	}
	tx.events = append(tx.events, event{Event: e, person: person})
}
