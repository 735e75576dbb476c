// Package pgtest gives tests a PostgreSQL to use: one server for each test program,
// one fresh database for each test. It does not know what is kept there.
package pgtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// Variable names the environment variable with the url of a server to use. Its user
// has to be allowed to create databases.
const Variable = "AIRPASS_TEST_POSTGRES"

// server starts the server of this test program when it is first asked for. It ends
// with the program: see serve.
var server = sync.OnceValues(func() (running, error) {
	if given := os.Getenv(Variable); given != "" {
		return running{url: given}, nil
	}
	return serve()
})

// running is a server that can be used.
type running struct {
	url  string
	hold io.Closer // as long as this is reachable, a server of our own lives
}

// URL returns the url of a fresh, empty database, which is dropped when the test
// ends. Without the variable AIRPASS_TEST_POSTGRES it starts a server of its own, if
// PostgreSQL is installed; if not, the test is skipped, or fails where the variable CI
// is "true".
func URL(t testing.TB) string {
	t.Helper()
	s, err := server()
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no PostgreSQL to test with: %v", err)
		}
		t.Skipf("NOT TESTED ON POSTGRESQL: %v (set %s, or install the server)", err, Variable)
	}
	base, name := s.url, "t_"+strings.ToLower(rand.Text())
	if err := run(base, "CREATE DATABASE "+name); err != nil {
		t.Fatalf("make a database: %v", err)
	}
	t.Cleanup(func() {
		if err := run(base, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop the database: %v", err)
		}
	})
	u, err := url.Parse(base)
	if err != nil {
		t.Fatalf("%s is not a url", Variable)
	}
	u.Path = "/" + name
	return u.String()
}

func run(base, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	db, err := sql.Open("pgx", base)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

// Deadlocks is how often a transaction in the database at url was given up because it
// and others waited for each other.
func Deadlocks(t testing.TB, url string) (n int) {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 30*time.Second)
	defer cancel()
	if err := db.QueryRowContext(ctx, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").Scan(&n); err != nil {
		t.Errorf("count the deadlocks: %v", err)
	}
	return n
}
