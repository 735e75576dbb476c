package store_test

import (
	"database/sql"
	"os"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"airpass/access"
	"airpass/store"
)

// lineage looks at a database as a process does that begins to serve it.
func (w *world) lineage() (*store.Lineage, string) {
	w.t.Helper()
	l := w.Lineage()
	why, err := l.Check(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	if err := l.Remember(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	return l, why
}

func TestADatabaseThatIsServedAgainIsTheSame(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.ask(ada, prod) // as by a version that kept no lineage
		l, why := w.lineage()
		if why != "" {
			t.Fatal("a database that is seen for the first time:", why)
		}
		w.ask(grace, prod)
		if why, err := l.Check(t.Context()); why != "" || err != nil {
			t.Fatal("the same process, after a change:", why, err)
		}
		if err := l.Remember(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.ask(ada, prod) // after the last look, as when it is killed
		if _, why := w.lineage(); why != "" {
			t.Error("the next process:", why)
		}
	})
}

// An older copy on SQLite: the trail beside it has gone further.
func TestAnOlderCopyOfAFileIsNoticed(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/airpass.db"
	w := at(t, "sqlite:"+path)
	w.ask(ada, prod)
	w.lineage()
	copied := t.TempDir() + "/copy.db"
	w.copyTo(copied)
	w.ask(grace, prod)
	w.lineage()

	replace(t, path, copied)
	again := &world{t: t, clock: w.clock, url: "sqlite:" + path}
	again.Store = again.open()
	if _, why := again.lineage(); !strings.Contains(why, "newest changes are lost") {
		t.Errorf("an older copy: %q", why)
	}
	if _, why := again.lineage(); why != "" {
		t.Errorf("it is told once: %q", why)
	}
	again.ask(grace, prod)
	again.ask(ada, prod)
	if _, why := again.lineage(); why != "" {
		t.Errorf("it is the database from here on: %q", why)
	}
}

// The same copy, after it has gone its own way for longer than the one it replaces.
func TestAnotherCopyOfAFileIsNoticed(t *testing.T) {
	t.Parallel()
	path, copied := t.TempDir()+"/airpass.db", t.TempDir()+"/copy.db"
	w := at(t, "sqlite:"+path)
	w.ask(ada, prod)
	w.lineage()
	w.copyTo(copied)
	w.ask(grace, prod)
	w.lineage()
	other := at(t, "sqlite:"+copied)
	for range 3 {
		other.ask(ada, prod)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	replace(t, path, copied)
	again := &world{t: t, clock: w.clock, url: "sqlite:" + path}
	again.Store = again.open()
	if _, why := again.lineage(); !strings.Contains(why, "another copy") {
		t.Errorf("got %q", why)
	}
}

// A copy that comes without what lay beside it, on another machine.
func TestAFileThatWasMovedIsNoticed(t *testing.T) {
	t.Parallel()
	w := at(t, "sqlite:"+t.TempDir()+"/airpass.db")
	w.ask(ada, prod)
	w.lineage()
	elsewhere := t.TempDir() + "/airpass.db"
	w.copyTo(elsewhere)
	moved := at(t, "sqlite:"+elsewhere)
	if _, why := moved.lineage(); !strings.Contains(why, "airpass.db.anchor is not there") {
		t.Errorf("got %q", why)
	}
}

// A file that is lost altogether, and begun anew.
func TestAFileThatIsLostIsNoticed(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/airpass.db"
	w := at(t, "sqlite:"+path)
	w.ask(ada, prod)
	w.lineage()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		_ = os.Remove(path + suffix)
	}
	again := &world{t: t, clock: w.clock, url: "sqlite:" + path}
	again.Store = again.open()
	if _, why := again.lineage(); !strings.Contains(why, "newest changes are lost") {
		t.Errorf("got %q", why)
	}
}

func TestAnAnchorThatIsDamagedIsSaidAndNotGuessedAt(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/airpass.db"
	w := at(t, "sqlite:"+path)
	w.lineage()
	if err := os.WriteFile(path+".anchor", []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if why, err := w.Lineage().Check(t.Context()); err == nil || why != "" || !strings.Contains(err.Error(), "airpass.db.anchor") {
		t.Errorf("%q %v", why, err)
	}
}

// A process that lives while its database loses changes under it.
func TestChangesThatAreLostUnderARunningProcessAreNoticed(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		w.ask(ada, prod)
		w.ask(grace, prod)
		l, _ := w.lineage()
		raw := w.raw()
		for _, statement := range []string{
			"DELETE FROM audit_personal WHERE seq = (SELECT max(seq) FROM audit_events)",
			"DELETE FROM audit_events WHERE seq = (SELECT max(seq) FROM audit_events)",
		} {
			if _, err := raw.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		if why, err := l.Check(t.Context()); err != nil || why == "" {
			t.Errorf("%q %v", why, err)
		}
	})
}

func TestARestorationIsStoredUntilItIsOver(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		want := access.Restoration{Why: "a copy of Monday", At: noon, ComparedAt: noon, Digest: "abc", Findings: 2}
		w.update(func(tx *store.Tx) error { return tx.SetRestoration(&want) })
		if got, err := w.Restoration(t.Context()); err != nil || got == nil || *got != want {
			t.Errorf("%+v %v", got, err)
		}
		w.update(func(tx *store.Tx) error { return tx.SetRestoration(nil) })
		if got, err := w.Restoration(t.Context()); err != nil || got != nil {
			t.Errorf("%+v %v", got, err)
		}
	})
}

// copyTo makes a consistent copy while the database is open, as a backup does.
func (w *world) copyTo(path string) {
	w.t.Helper()
	if _, err := w.raw().ExecContext(w.t.Context(), "VACUUM INTO ?", path); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) raw() *sql.DB {
	w.t.Helper()
	name, source := "pgx", w.url
	if path, is := strings.CutPrefix(w.url, "sqlite:"); is {
		name, source = "sqlite", "file:"+strings.NewReplacer("%", "%25", "?", "%3f").Replace(path)+"?_pragma=busy_timeout(10000)"
	}
	raw, err := sql.Open(name, source)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = raw.Close() })
	return raw
}

func replace(t *testing.T, path, with string) {
	t.Helper()
	for _, suffix := range []string{"-wal", "-shm"} {
		_ = os.Remove(path + suffix)
	}
	text, err := os.ReadFile(with)
	if err == nil {
		_ = os.Remove(path)
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
