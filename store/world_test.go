package store_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"airpass/access"
	"airpass/internal/parallel"
	"airpass/internal/pgtest"
	"airpass/internal/trailfacts"
	"airpass/store"
	"airpass/store/storetest"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(replicaOf); url != "" {
		os.Exit(writes(url))
	}
	parallel.Tests(6)
	os.Exit(m.Run())
}

// clock is domain time that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is a store on one of the two databases.
type world struct {
	*store.Store
	t     *testing.T
	clock *clock
	url   string
}

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func key() store.AuditKey {
	return store.AuditKey{ID: "k1", Key: []byte("a key of thirty-two bytes, no less")}
}

// onEach runs a test on every database: what holds on one holds on both.
func onEach(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	onSQLite(t, test)
	onPostgreSQL(t, test)
}

// onSQLite runs what only that does.
func onSQLite(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, at(t, storetest.SQLiteAt(t, filepath.Join(t.TempDir(), "air pass?.db"))))
	})
}

// onPostgreSQL runs what only that does.
func onPostgreSQL(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, at(t, pgtest.Copy(t, storetest.Migrate)))
	})
}

func at(t *testing.T, url string) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{now: noon}, url: url}
	w.Store = w.open()
	return w
}

// open opens the same database once more.
func (w *world) open() *store.Store {
	w.t.Helper()
	s, err := store.Open(w.t.Context(), w.url, store.Options{Now: w.clock.Now, Key: key(), OnEvents: w.listed})
	if err != nil {
		w.t.Fatalf("open: %v", err)
	}
	w.t.Cleanup(func() {
		if err := s.Close(); err != nil {
			w.t.Errorf("close: %v", err)
		}
	})
	return s
}

// documented are the names of facts that docs/audit-format.md has, kind by kind.
var documented = sync.OnceValues(func() (map[access.EventKind]trailfacts.Names, error) {
	page, err := os.ReadFile("../docs/audit-format.md")
	if err != nil {
		return nil, err
	}
	rows, err := trailfacts.Listed(string(page))
	return trailfacts.ByKind(rows), err
})

// listed holds what is recorded to what an auditor is told.
func (w *world) listed(_ context.Context, events []access.Event) {
	names, err := documented()
	if err != nil {
		w.t.Error(err)
	}
	for _, e := range events {
		recorded := trailfacts.Names{Facts: map[string]bool{}}
		for name := range e.Facts {
			recorded.Facts[name] = true
		}
		if known, is := names[e.Kind]; is && len(recorded.Without(known)) > 0 {
			w.t.Errorf("%s records %v, which docs/audit-format.md does not list", e.Kind, recorded.Without(known))
		}
	}
}

var (
	ada   = access.Person{OktaID: "00uAda", Login: "Ada@example.com", Email: "ada@example.com", Name: "Ada Lovelace", Status: "ACTIVE"}
	grace = access.Person{OktaID: "00uGrace", Login: "grace@example.com", Email: "grace@example.com", Name: "Grace Hopper", Status: "ACTIVE"}
	prod  = access.Target{ID: "prod/Viewer", Role: access.Viewer, Mode: access.ByUser, Instance: "arn:instance", PermissionSet: "arn:set",
		OktaGroup: "00gMarker", Environment: access.Environment{Key: "prod", Account: "111122223333"}, MaxDuration: 8 * time.Hour}
	tester = access.System("test")
)

// update runs a change that has to work.
func (w *world) update(change func(tx *store.Tx) error) {
	w.t.Helper()
	if err := w.Update(w.t.Context(), tester, change); err != nil {
		w.t.Fatalf("update: %v", err)
	}
}

// ask stores a pending request.
func (w *world) ask(who access.Person, target access.Target) access.Request {
	w.t.Helper()
	var r access.Request
	w.update(func(tx *store.Tx) (err error) {
		r, err = tx.CreateRequest(access.Request{Subject: who, Slack: access.SlackUser{Team: "T1", ID: "U" + who.OktaID, Name: who.Name},
			Target: target, Duration: time.Hour, Reason: "the nightly run is red", State: access.RequestPending, LapseAt: tx.Now().Add(time.Hour)})
		return err
	})
	return r
}

// grant approves a request and makes its grant.
func (w *world) grant(r access.Request, state access.GrantState) access.Grant {
	w.t.Helper()
	var g access.Grant
	w.update(func(tx *store.Tx) (err error) {
		g, err = approve(tx, r, state)
		return err
	})
	return g
}

func approve(tx *store.Tx, r access.Request, state access.GrantState) (access.Grant, error) {
	err := tx.CreateDecision(access.Decision{RequestID: r.ID, Decider: grace, Verdict: access.Approve, ReceivedAt: tx.Now(), Slack: access.SlackUser{Team: "T1", ID: "UG"}})
	if err != nil {
		return access.Grant{}, err
	}
	r.State, r.Decider, r.DecidedAt = access.RequestApproved, grace, tx.Now()
	if r, err = tx.SaveRequest(r); err != nil {
		return access.Grant{}, err
	}
	return tx.CreateGrant(access.Grant{RequestID: r.ID, Subject: r.Subject, Slack: r.Slack, Target: r.Target, Person: "p-1", State: state,
		StartAt: tx.Now(), EndAt: tx.Now().Add(r.Duration), Duration: r.Duration, NextAt: tx.Now()}, r.Target.Entitlements(r.Subject.OktaID, "p-1"))
}

// move saves a grant in another state.
func (w *world) move(g access.Grant, to access.GrantState) access.Grant {
	w.t.Helper()
	w.update(func(tx *store.Tx) (err error) {
		g.State = to
		g, err = tx.SaveGrant(g)
		return err
	})
	return g
}

func (w *world) entitlements(g access.Grant) []access.Entitlement {
	w.t.Helper()
	list, err := w.GrantEntitlements(w.t.Context(), g.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

// claim takes an entitlement in its current version.
func (w *world) claim(id, token string) access.Entitlement {
	w.t.Helper()
	now, err := w.Entitlement(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	var e access.Entitlement
	w.update(func(tx *store.Tx) error {
		var mine bool
		wall := time.Now()
		e, mine, err = tx.ClaimEntitlement(id, now.Version, token, wall, wall.Add(time.Minute))
		if err == nil && !mine {
			w.t.Errorf("entitlement %s is claimed by somebody else", id)
		}
		return err
	})
	return e
}

func (w *world) verified() store.VerifyResult {
	w.t.Helper()
	r, err := w.VerifyAudit(w.t.Context())
	if err != nil {
		w.t.Fatalf("verify: %v", err)
	}
	if r.Why != "" {
		w.t.Fatalf("the audit trail is bad at %d: %s", r.FirstBad, r.Why)
	}
	return r
}

// kinds are the kinds of all events from the first on.
func (w *world) kinds() []string {
	w.t.Helper()
	rows, err := w.DB().QueryContext(w.t.Context(), "SELECT kind FROM audit_events ORDER BY seq")
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var kinds []string
	for rows.Next() {
		var k string
		if err := rows.Scan(&k); err != nil {
			w.t.Fatal(err)
		}
		kinds = append(kinds, k)
	}
	if err := rows.Err(); err != nil {
		w.t.Fatal(err)
	}
	return kinds
}
