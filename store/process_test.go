package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/store"
)

func TestOneProcessServesAFile(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		unlock, err := w.Lock(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Reclaim(t.Context()); err != nil { // who comes next waits for it
			t.Fatal(err)
		}
		second := w.open() // a command may open it
		_, err = second.Lock(t.Context())
		if w.Dialect() == "postgres" {
			if err != nil {
				t.Errorf("replicas are refused: %v", err)
			}
			return
		}
		if !errors.Is(err, access.ErrNotAllowed) || !strings.Contains(err.Error(), "another airpass serves") {
			t.Errorf("got %v", err)
		}
		unlock()
		unlock2, err := second.Lock(t.Context())
		if err != nil {
			t.Fatalf("the lock outlives its holder: %v", err)
		}
		unlock2()
	})
}

// This pins River's tables, which Reclaim writes without a call of River's.
func TestReclaimFreesWhatADeadProcessHeld(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		e := w.claim(w.entitlements(w.grant(w.ask(ada, prod), access.GrantProvisioning))[0].ID, "dead")
		statements := []string{
			`INSERT INTO river_job (args, kind, max_attempts, priority, queue, state, attempt, attempted_at, created_at, scheduled_at)
				VALUES ('{}', 'wake', 3, 1, 'default', 'running', 1, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)`,
			`INSERT INTO river_leader (elected_at, expires_at, leader_id, name) VALUES (CURRENT_TIMESTAMP, '2100-01-01', 'dead', 'default')`,
		}
		for _, statement := range statements {
			if _, err := w.DB().ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		unlock, err := w.Lock(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer unlock()
		if err := w.Reclaim(t.Context()); err != nil {
			t.Fatal(err)
		}
		var state string
		var leaders int
		err = errors.Join(w.DB().QueryRowContext(t.Context(), "SELECT state FROM river_job").Scan(&state),
			w.DB().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM river_leader").Scan(&leaders))
		if err != nil {
			t.Fatal(err)
		}
		now, err := w.Entitlement(t.Context(), e.ID)
		if err != nil {
			t.Fatal(err)
		}
		if state != "available" || leaders != 0 || now.Claim != "" {
			t.Errorf("job %s, %d leaders, claim %q", state, leaders, now.Claim)
		}
	})
}

func TestAProcessThatIsNotAloneFreesNothing(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		if w.Dialect() != "postgres" {
			return
		}
		other := w.open()
		unlock, err := other.Lock(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := other.Reclaim(t.Context()); err != nil { // the first lets the next in
			t.Fatal(err)
		}
		e := w.claim(w.entitlements(w.grant(w.ask(ada, prod), access.GrantProvisioning))[0].ID, "alive")
		come := func() string {
			unlock, err := w.Lock(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer unlock()
			if err := w.Reclaim(t.Context()); err != nil {
				t.Fatal(err)
			}
			now, err := w.Entitlement(t.Context(), e.ID)
			if err != nil {
				t.Fatal(err)
			}
			return now.Claim
		}
		if claim := come(); claim != "alive" {
			t.Errorf("beside a living process the claim became %q", claim)
		}
		unlock()
		if claim := come(); claim != "" {
			t.Errorf("alone, the claim stays %q", claim)
		}
	})
}

func TestWhatCannotBeOpenedIsSaidWithoutSecrets(t *testing.T) {
	t.Parallel()
	good := store.Options{Now: time.Now, Key: key()}
	weak := good
	weak.Key.Key = []byte("short")
	tests := map[string]struct {
		url string
		o   store.Options
	}{
		"another database": {"mysql://u:s3cret@h/db", good},
		"memory":           {"sqlite::memory:", good},
		"no path":          {"sqlite:", good},
		"no clock":         {"sqlite:x.db", store.Options{Key: key()}},
		"a weak key":       {"sqlite:x.db", weak},
		"a broken url":     {"postgres://u:s3cret@h:port/db", good},
		"no such server":   {"postgres://u:s3cret@127.0.0.1:1/db?connect_timeout=2", good},
		"no such folder":   {"sqlite:" + filepath.Join(t.TempDir(), "none", "a.db"), good},
	}
	for name, tt := range tests {
		s, err := store.Open(t.Context(), tt.url, tt.o)
		if err == nil {
			t.Errorf("%s: opened: %v", name, s.Close())
			continue
		}
		if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: the error shows the password: %v", name, err)
		}
	}
}

func TestANewFileIsItsOwnersOnly(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "airpass.db")
	s, err := store.Open(t.Context(), "sqlite:"+path, store.Options{Now: time.Now, Key: key()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %o", filepath.Base(name), mode)
		}
	}
}
