package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"airpass/store/db"
)

// The rows of the trail are read as whoever has the database may have left them: SQLite keeps
// any type in any column, and a NULL or a BLOB in the place of a text is found by no query
// that looks for that text. What is not of its column's type is a finding with the number of
// an event, and no error of reading.

// sealedTables are the tables of the trail, with the columns that are read of them.
var sealedTables = []struct {
	name    string
	columns []string
}{
	{"audit_events", []string{"seq", "at", "kind", "actor_id", "request_id", "grant_id", "key_id", "body", "prev", "hash"}},
	{"audit_personal", []string{"seq", "field", "person", "salt", "value"}},
	{"audit_head", []string{"id", "seq", "hash"}},
}

// oddRow is a row of the trail that cannot be what airpass has written.
type oddRow struct {
	seq int64 // the event that it stands at; zero if it stands at none
	why string
}

func (o *oddRow) Error() string { return fmt.Sprintf("%v: %s", ErrTrail, o.why) }

// Unwrap says that the trail was changed.
func (o *oddRow) Unwrap() error { return ErrTrail }

// row is one row as it was read.
type row struct {
	table   string
	columns []string
	cells   []any
	after   int64 // the number of the row before
	odd     *oddRow
}

// number is a column with the number of an event, of a row after others in their order.
func (r *row) number(i int) int64 {
	n, is := r.cells[i].(int64)
	if is || r.odd != nil {
		return n
	}
	after := r.after
	if f, is := r.cells[i].(float64); is && math.Abs(f) < math.MaxInt32 {
		after = int64(math.Floor(f)) // not each event has a row in each table
	}
	r.odd = &oddRow{after + 1, fmt.Sprintf("after event %d a row of %s was inserted whose %s is %s", after, r.table, r.columns[i], described(r.cells[i]))}
	return 0
}

func (r *row) text(i int) string {
	text, is := r.cells[i].(string)
	if !is {
		r.unreadable(i)
	}
	return text
}

func (r *row) moment(i int) time.Time {
	at, is := r.cells[i].(time.Time)
	if !is {
		r.unreadable(i)
	}
	return at
}

func (r *row) unreadable(i int) {
	if r.odd != nil {
		return
	}
	seq, _ := r.cells[0].(int64)
	r.odd = &oddRow{seq, fmt.Sprintf("event %d: column %s of %s cannot be read: it is %s", seq, r.columns[i], r.table, described(r.cells[i]))}
}

// described is a value that is where it cannot be, cut off. Of a text, which may be somebody's
// name, it is only told that it is one.
func described(v any) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case string:
		return fmt.Sprintf("a text of %d characters", len([]rune(v)))
	case []byte:
		return fmt.Sprintf("a BLOB of %d bytes", len(v))
	case float64:
		if v == math.Trunc(v) && !math.IsInf(v, 0) {
			return fmt.Sprintf("%.0f, too great for a number", v)
		}
	}
	return fmt.Sprint(v)
}

// eachRow reads rows of a table of the trail, as a query's end chooses and sorts them. It ends
// with the first row of which do finds that it is odd.
func (s *Store) eachRow(ctx context.Context, table int, after int64, end string, args []any, do func(*row)) (err error) {
	t := sealedTables[table]
	columns := slices.Clone(t.columns)
	if s.dialect == postgres && table == 0 { // infinity is no moment that Go has
		columns[1] = "CASE WHEN isfinite(at) THEN at END"
	}
	rows, err := s.look.QueryContext(ctx, "SELECT "+strings.Join(columns, ", ")+" FROM "+t.name+" "+end, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		r := &row{table: t.name, columns: t.columns, cells: make([]any, len(columns)), after: after}
		into := make([]any, len(columns))
		for i := range into {
			into[i] = &r.cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if do(r); r.odd != nil {
			return r.odd
		}
		after, _ = r.cells[0].(int64)
	}
	return rows.Err()
}

// auditRows reads at most so many events after one, oldest first. An error that is an oddRow
// comes with those before it.
func (s *Store) auditRows(ctx context.Context, after int64, most int) (events []db.AuditEvent, err error) {
	err = s.eachRow(ctx, 0, after, "WHERE seq > $1 ORDER BY seq LIMIT $2", []any{after, most}, func(r *row) {
		e := db.AuditEvent{Seq: r.number(0), At: r.moment(1), Kind: r.text(2), ActorID: r.text(3), RequestID: r.text(4), GrantID: r.text(5),
			KeyID: r.text(6), Body: r.text(7), Prev: r.text(8), Hash: r.text(9)}
		if r.odd == nil {
			events = append(events, e)
		}
	})
	return events, wrapped("read the audit trail", err)
}

// sealedRow reads one event, which has to be what was sealed, else the error wraps ErrTrail.
func (s *Store) sealedRow(ctx context.Context, seq int64) (db.AuditEvent, error) {
	rows, err := s.auditRows(ctx, seq-1, 1)
	if err != nil {
		return db.AuditEvent{}, err
	}
	if len(rows) == 0 || rows[0].Seq != seq {
		return db.AuditEvent{}, fmt.Errorf("%w: event %d is missing", ErrTrail, seq)
	}
	return rows[0], s.o.Key.checkAlone(rows[0])
}

// personalRows reads the personal values of the events after one, up to another. An error that
// is an oddRow comes with those before it.
func (s *Store) personalRows(ctx context.Context, after, last int64) (values []db.AuditPersonal, err error) {
	err = s.eachRow(ctx, 1, after, "WHERE seq > $1 AND seq <= $2 ORDER BY seq, field", []any{after, last}, func(r *row) {
		v := db.AuditPersonal{Seq: r.number(0), Field: r.text(1), Person: r.text(2), Salt: r.text(3), Value: r.text(4)}
		if r.odd == nil && len(values) > 0 && values[len(values)-1].Seq == v.Seq && values[len(values)-1].Field == v.Field {
			r.odd = &oddRow{v.Seq, fmt.Sprintf("event %d: the personal value %q is there twice", v.Seq, v.Field)}
		}
		if r.odd == nil {
			values = append(values, v)
		}
	})
	return values, wrapped("read personal values", err)
}

// headRow reads the one row that says where the trail ends. It is sql.ErrNoRows if there is none.
func (s *Store) headRow(ctx context.Context) (head db.AuditHeadRow, err error) {
	var rows []db.AuditHeadRow
	err = s.eachRow(ctx, 2, 0, "ORDER BY id LIMIT 2", nil, func(r *row) {
		id, whole := r.cells[0].(int64)
		seq, number := r.cells[1].(int64)
		hash, text := r.cells[2].(string)
		for i, fine := range []bool{whole && id == 1, number && seq >= 0, text} {
			if !fine && r.odd == nil {
				r.odd = &oddRow{0, fmt.Sprintf("the row of audit_head cannot be read: %s is %s", r.columns[i], described(r.cells[i]))}
			}
		}
		rows = append(rows, db.AuditHeadRow{Seq: seq, Hash: hash})
	})
	switch {
	case err != nil:
	case len(rows) == 0:
		err = sql.ErrNoRows
	case len(rows) > 1:
		err = &oddRow{0, "audit_head has more than one row"}
	default:
		return rows[0], nil
	}
	return head, fmt.Errorf("read the audit head: %w", err)
}

// beforeFirst looks for rows that are read with no event, because they stand before the first:
// what it finds is an oddRow.
func (s *Store) beforeFirst(ctx context.Context) error {
	for table, what := range []string{"an event", "a personal value"} {
		name := sealedTables[table].name
		for _, where := range []string{"seq < 1", "seq IS NULL"} { // each by the index
			var seq any
			err := s.look.QueryRowContext(ctx, "SELECT seq FROM "+name+" WHERE "+where+" ORDER BY seq LIMIT 1").Scan(&seq)
			switch {
			case err == nil:
				return &oddRow{0, fmt.Sprintf("%s before the first was inserted: a row of %s whose seq is %s", what, name, described(seq))}
			case !errors.Is(err, sql.ErrNoRows):
				return fmt.Errorf("look for %s before the first: %w", what, err)
			}
		}
	}
	return nil
}

// lostTable says which table of the trail, or column, is not there; empty is none.
func (s *Store) lostTable(ctx context.Context) (why string, err error) {
	query := `SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1), EXISTS (SELECT 1 FROM pragma_table_info($1) WHERE name = $2)`
	if s.dialect == postgres {
		query = `SELECT EXISTS (SELECT 1 FROM pg_class WHERE oid = to_regclass($1) AND relkind IN ('r', 'p')),
			EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = $2 AND NOT attisdropped)`
	}
	for _, t := range sealedTables {
		for _, column := range t.columns {
			var table, is bool
			if err := s.look.QueryRowContext(ctx, query, t.name, column).Scan(&table, &is); err != nil {
				return "", fmt.Errorf("look for the table %s: %w", t.name, err)
			}
			if !table {
				return "the table " + t.name + " is missing", nil
			}
			if !is {
				return "the column " + column + " of the table " + t.name + " is missing", nil
			}
		}
	}
	return "", nil
}
