package bot_test

import (
	"database/sql"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"airpass/bot"
	"airpass/config"
	"airpass/internal/pgtest"
	"airpass/sandbox"
	"airpass/sandbox/identitycenter"
)

// backups make and restore a copy of a database with the tools that the documentation
// names. save is called while airpass serves, restore while it is stopped.
type backups struct {
	url     string
	save    func()
	restore func()
}

func sqliteBackups(t *testing.T) backups {
	path, copied := filepath.Join(t.TempDir(), "airpass.db"), filepath.Join(t.TempDir(), "backup.db")
	return backups{
		url: "sqlite:" + path,
		save: func() {
			raw, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = raw.Close() }()
			if _, err := raw.ExecContext(t.Context(), "VACUUM INTO ?", copied); err != nil {
				t.Fatal(err)
			}
		},
		restore: func() {
			for _, suffix := range []string{"", "-wal", "-shm"} {
				_ = os.Remove(path + suffix)
			}
			text, err := os.ReadFile(copied)
			if err == nil {
				err = os.WriteFile(path, text, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		},
	}
}

func postgresBackups(t *testing.T) backups {
	at := pgtest.URL(t)
	dump, psql := pgtest.Tool(t, "pg_dump"), pgtest.Tool(t, "psql")
	file := filepath.Join(t.TempDir(), "airpass.sql")
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(u.Path, "/")
	u.Path = "/postgres"
	run := func(program string, args ...string) {
		t.Helper()
		if out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", program, err, out)
		}
	}
	return backups{
		url:  at,
		save: func() { run(dump, "--dbname", at, "--file", file) },
		restore: func() {
			run(psql, "--dbname", u.String(), "--set", "ON_ERROR_STOP=1", "--command", "DROP DATABASE "+name+" WITH (FORCE)", "--command", "CREATE DATABASE "+name)
			run(psql, "--dbname", at, "--quiet", "--set", "ON_ERROR_STOP=1", "--file", file)
		},
	}
}

func TestARestoredDatabaseGivesNothingUntilItHasBeenLookedAt(t *testing.T) {
	t.Parallel()
	for name, made := range map[string]func(*testing.T) backups{"sqlite": sqliteBackups, "postgres": postgresBackups} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := made(t)
			tw := settle(t, quick(), func(c *config.Config) {})
			tw.stop() // its store is another one
			tw.config = configure(t, tw.World, db.url)
			tw.begin()

			tw.given("ada", "prod/User", "2 hours", "before the copy", "grace")
			db.save()
			// Since then: ada's access was taken away, and ben was given some.
			tw.operate(func(o *bot.Operator) error {
				grants, err := o.Store.GrantsOf(tw.ctx(), tw.Person("ada").OktaID, true)
				if err != nil || len(grants) != 1 {
					return errors.Join(err, errors.New("ada has no grant"))
				}
				return o.Grants.Revoke(tw.ctx(), o.Actor(), grants[0].ID, "revoked", "a mistake")
			})
			tw.eventually("ada's access is gone", func() bool { return tw.free("ada", "prod/User") })
			tw.given("ben", "prod/User", "8 hours", "after the copy", "grace")
			tw.stop()
			db.restore()
			tw.begin()

			tw.seesIn("sam", sandbox.AdminChannel, "New grants are paused", "restore compare")
			tw.ask("chen", "prod/User", "1 hour", "now, please")
			tw.press("grace", "Approve", "now, please")
			tw.sees("grace", "new grants are paused until an operator has looked at a database that was restored")
			tw.advance(5 * time.Minute)
			if tw.has("ada", "prod/User") {
				t.Fatal("what was taken away was given again by a database that knew nothing of it")
			}

			tw.operate(func(o *bot.Operator) error {
				found, err := o.Compare(tw.ctx(), tw.config)
				if err != nil {
					return err
				}
				words := ""
				for _, f := range found.Findings {
					words += f.Words() + "\n"
				}
				for _, want := range []string{"Identity Center user " + tw.center("ben") + " is in permission set", tw.Person("ben").Login + " is in Okta group", "Okta user " + tw.Person("ada").OktaID + " is missing"} {
					if !strings.Contains(words, want) {
						t.Errorf("the comparison does not say %q:\n%s", want, words)
					}
				}
				if err := o.Acknowledge(tw.ctx(), "0123456789ab", "whatever"); !errors.Is(err, bot.ErrNotCompared) {
					t.Errorf("acknowledged without having looked: %v", err)
				}
				return nil
			})
			// What nobody knows of is taken away by hand.
			at := tw.Target("prod/User")
			if err := errors.Join(tw.Okta.SetMember(at.OktaGroup, tw.Person("ben").OktaID, false), tw.IdentityCenter.Unassign(identitycenter.Assignment{
				Account: at.Account, PermissionSetARN: at.PermissionSet, PrincipalType: identitycenter.PrincipalUser, PrincipalID: tw.center("ben")})); err != nil {
				t.Fatal(err)
			}
			tw.operate(func(o *bot.Operator) error {
				found, err := o.Compare(tw.ctx(), tw.config)
				if err != nil {
					return err
				}
				for _, f := range found.Findings {
					if f.Kind == "extra" {
						t.Error("still:", f.Words())
					}
				}
				return o.Acknowledge(tw.ctx(), found.Digest(), "ben's access removed by hand")
			})
			tw.press("grace", "Approve", "now, please")
			tw.sees("chen", "now, please", "Access is active")
		})
	}
}
