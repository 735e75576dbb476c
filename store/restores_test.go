package store_test

import (
	"os"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"airpass/access"
)

// What was to be restored stood in the place of a digest. It is not forgotten on the way to a
// column of its own, nor on the way back.
func TestWhatIsToBeRestoredMovesToAColumnOfItsOwn(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		const since = 44
		dialect, folder := goose.DialectPostgres, "migrations/postgres"
		if strings.HasPrefix(w.url, "sqlite:") {
			dialect, folder = goose.DialectSQLite3, "migrations/sqlite"
		}
		raw := w.raw()
		migrations, err := goose.NewProvider(dialect, raw, os.DirFS(folder))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := migrations.DownTo(t.Context(), since-1); err != nil {
			t.Fatal(err)
		}
		digests := map[string]string{"one": "restore", "two": "restore session", "three": "d1", "four": ""}
		for set, digest := range digests {
			if _, err := raw.ExecContext(t.Context(), `INSERT INTO set_policies (permission_set, instance, digest, users, vendor_request, provisioned, attempts, last_error, claim, version)
				VALUES ($1, 'i', $2, '[]', '', FALSE, 0, '', '', 1)`, set, digest); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := migrations.Up(t.Context()); err != nil {
			t.Fatal(err)
		}
		now := w.open()
		for set, want := range map[string]access.SetPolicy{"one": {Restore: access.RestorePolicy}, "two": {Restore: access.RestoreSession}, "three": {Digest: "d1"}, "four": {}} {
			if p, err := now.SetPolicy(t.Context(), set); err != nil || p.Restore != want.Restore || p.Digest != want.Digest {
				t.Errorf("%s: %+v %v", set, p, err)
			}
		}
		if _, err := migrations.DownTo(t.Context(), since-1); err != nil {
			t.Fatal(err)
		}
		for set, want := range digests {
			var is string
			if err := raw.QueryRowContext(t.Context(), `SELECT digest FROM set_policies WHERE permission_set = $1`, set).Scan(&is); err != nil || is != want {
				t.Errorf("back again, the digest of %s is %q, want %q %v", set, is, want, err)
			}
		}
	})
}
