// Package storetest gives tests databases whose schema is up to date already. Bringing it
// there takes longer than many a test, and whether it works is for the tests of store and
// for those of a first start.
package storetest

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"airpass/internal/pgtest"
	"airpass/store"
)

// SQLite returns the url of a fresh database in a file that goes when the test ends.
func SQLite(t testing.TB) string {
	t.Helper()
	return SQLiteAt(t, filepath.Join(t.TempDir(), "airpass.db"))
}

// SQLiteAt is SQLite with a file of that path.
func SQLiteAt(t testing.TB, path string) string {
	t.Helper()
	whole, err := file()
	if err != nil {
		t.Fatalf("make a database: %v", err)
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

// few connections are enough for a story. Each is a process of the server's, which plans
// each statement anew: with as many as there are in service the servers of the tests have
// more to do than the tests.
const few = "4"

// PostgreSQL returns the url of a fresh database, under the same terms as pgtest.URL.
func PostgreSQL(t testing.TB) string {
	t.Helper()
	u, err := url.Parse(pgtest.Copy(t, Migrate))
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("pool_max_conns", few)
	u.RawQuery = q.Encode()
	return u.String()
}

// file is what a database is that nothing has been written to.
var file = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "airpass-store-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "airpass.db")
	if err := Migrate("sqlite:" + path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// Migrate brings the schema of the database at url up to date.
func Migrate(url string) error {
	s, err := store.Open(context.Background(), url, store.Options{Now: time.Now, Key: store.AuditKey{ID: "none", Key: make([]byte, 32)}})
	if err != nil {
		return err
	}
	return s.Close()
}
