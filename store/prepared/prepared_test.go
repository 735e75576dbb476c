package prepared_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"airpass/store/prepared"
)

// open is a database with one connection and the numbers 1 to 9.
func open(t testing.TB) *sql.DB {
	t.Helper()
	c, err := prepared.Connector("file:" + filepath.Join(t.TempDir(), "db") + "?_pragma=busy_timeout(1000)")
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(1)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	run(t, db, "CREATE TABLE numbers (n INTEGER PRIMARY KEY, word TEXT)")
	for n := range 9 {
		run(t, db, "-- name: Put :exec\nINSERT INTO numbers (n, word) VALUES (?1, ?2)", n+1, fmt.Sprint("word ", n+1))
	}
	return db
}

func run(t testing.TB, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

const upTo = "-- name: UpTo :many\nSELECT n FROM numbers WHERE n <= ?1 ORDER BY n"

func TestAQueryIsAskedWhileItsFirstRowsAreRead(t *testing.T) {
	t.Parallel()
	tx, err := open(t).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	for range 3 { // the second time both find what the first has left
		sum := 0
		for _, n := range read(t, tx, 9, func() {
			for _, inner := range read(t, tx, 3, func() {}) {
				sum += inner
			}
		}) {
			sum += n
		}
		if sum != 45+9*6 {
			t.Errorf("the sum is %d", sum)
		}
	}
}

func read(t *testing.T, tx *sql.Tx, limit int, each func()) (all []int) {
	t.Helper()
	rows, err := tx.QueryContext(t.Context(), upTo, limit)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var n int
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
		all = append(all, n)
		each()
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return all
}

func TestRowsOutliveTheStatementsPlace(t *testing.T) {
	t.Parallel()
	tx, err := open(t).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	asked := false
	got := read(t, tx, 9, func() {
		if asked {
			return
		}
		asked = true
		for i := range 400 { // more than are kept
			var n int
			if err := tx.QueryRowContext(t.Context(), fmt.Sprintf("-- name: Made%d :one\nSELECT %d", i, i)).Scan(&n); err != nil || n != i {
				t.Fatalf("query %d answers %d, %v", i, n, err)
			}
		}
	})
	if len(got) != 9 || len(read(t, tx, 2, func() {})) != 2 {
		t.Errorf("read %v", got)
	}
}

func TestAStatementThatFailsWorksTheNextTime(t *testing.T) {
	t.Parallel()
	db := open(t)
	const put = "-- name: Put :exec\nINSERT INTO numbers (n, word) VALUES (?1, ?2)"
	if _, err := db.ExecContext(t.Context(), put, 1, "again"); err == nil {
		t.Error("a number that is there was put a second time")
	}
	run(t, db, put, 10, "ten")
	ended, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	var n int
	const endless = "-- name: Count :one\nWITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x < ?1) SELECT count(*) FROM c"
	if err := db.QueryRowContext(ended, endless, int64(1)<<40).Scan(&n); err == nil {
		t.Error("a query went on without end")
	}
	if err := db.QueryRowContext(t.Context(), endless, 5).Scan(&n); err != nil || n != 5 {
		t.Errorf("afterwards it answers %d, %v", n, err)
	}
}

func TestAKeptStatementSeesTheSchemaThatCameLater(t *testing.T) {
	t.Parallel()
	db := open(t)
	const all = "-- name: All :one\nSELECT count(*) FROM (SELECT * FROM numbers)"
	var n int
	for want := 9; want <= 10; want++ {
		if err := db.QueryRowContext(t.Context(), all).Scan(&n); err != nil || n != want {
			t.Errorf("counted %d, %v, want %d", n, err, want)
		}
		run(t, db, fmt.Sprintf("ALTER TABLE numbers ADD COLUMN more%d TEXT", want))
		run(t, db, "-- name: Add :exec\nINSERT INTO numbers (word) VALUES ('more')")
	}
}

const atMost = "-- name: AtMost :one\nSELECT COUNT(*) FROM (SELECT n FROM numbers WHERE n > ?1 ORDER BY n LIMIT ?2)"

func TestALimitIsAsItIsGiven(t *testing.T) {
	t.Parallel()
	db := open(t)
	for _, most := range []int{1, 5, 2, 100, 0} {
		var got int
		if err := db.QueryRowContext(t.Context(), atMost, 3, most).Scan(&got); err != nil || got != min(most, 6) {
			t.Errorf("a limit of %d gives %d rows: %v", most, got, err)
		}
	}
}

func BenchmarkQuery(b *testing.B) {
	db := open(b)
	var n int
	for b.Loop() {
		if err := db.QueryRowContext(b.Context(), upTo, 1).Scan(&n); err != nil {
			b.Fatal(err)
		}
	}
}
