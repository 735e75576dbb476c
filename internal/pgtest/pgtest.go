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

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib" // the driver "pgx", too
)

// Variable names the environment variable with the url of a server to use. Its user
// has to be allowed to create databases.
const Variable = "AIRPASS_TEST_POSTGRES"

// server starts the server of this test program when it is first asked for. It ends
// with the program: see serve.
var server = sync.OnceValues(func() (running, error) {
	given := os.Getenv(Variable)
	if given == "" {
		return serve()
	}
	if _, err := url.Parse(given); err != nil {
		return running{}, fmt.Errorf("%s is not a url", Variable) // which has a password in it
	}
	return running{url: given}, nil
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
	return fresh(t, s, "template1")
}

// Copy is URL, but the database is a copy of one that fill has filled: once for each test
// program, all of which give the same fill. Nothing may be connected to that when fill
// returns. On a server that was given, where nobody would remove it, fill is called each
// time.
func Copy(t testing.TB, fill func(url string) error) string {
	t.Helper()
	s, err := server()
	if err != nil || s.hold == nil {
		u := URL(t)
		if err := fill(u); err != nil {
			t.Fatalf("fill the database: %v", err)
		}
		return u
	}
	filled.Do(func() {
		if errFilled = run(s.url, "CREATE DATABASE filled"); errFilled == nil {
			errFilled = fill(s.at("filled"))
		}
	})
	if errFilled != nil {
		t.Fatalf("fill the database that others are copies of: %v", errFilled)
	}
	return fresh(t, s, "filled")
}

var (
	filled    sync.Once
	errFilled error
)

// fresh makes a database, which is dropped when the test ends.
func fresh(t testing.TB, s running, like string) string {
	t.Helper()
	name := "t_" + strings.ToLower(rand.Text())
	if err := run(s.url, "CREATE DATABASE "+name+" TEMPLATE "+like); err != nil {
		t.Fatalf("make a database: %v", err)
	}
	t.Cleanup(func() {
		if err := run(s.url, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop the database: %v", err)
		}
	})
	return s.at(name)
}

// at is the url of one of the server's databases.
func (s running) at(name string) string {
	u, _ := url.Parse(s.url)
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

// Deadlocks is how often a transaction in the database at address was given up because it
// and others waited for each other.
func Deadlocks(t testing.TB, address string) (n int) {
	t.Helper()
	config, err := pgxpool.ParseConfig(address) // which may speak of a pool, too
	if err != nil {
		t.Fatal(err)
	}
	db := stdlib.OpenDB(*config.ConnConfig)
	defer func() { _ = db.Close() }()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 30*time.Second)
	defer cancel()
	if err := db.QueryRowContext(ctx, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").Scan(&n); err != nil {
		t.Errorf("count the deadlocks: %v", err)
	}
	return n
}
