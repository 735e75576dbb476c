package bot_test

import (
	"fmt"
	"testing"
	"time"

	"airpass/access"
	"airpass/config"
	"airpass/grants"
	"airpass/sandbox"
	"airpass/sandbox/identitycenter"
	"airpass/store"
)

// multitude gives many people of a large town access in the past, without a click: grants
// that are active in the store, and what they hold at the vendors.
type multitude struct {
	testing.TB
	world  *sandbox.World
	config *config.Config
	store  *store.Store
	center map[string]string // login to user id in Identity Center
}

// newMultitude opens the store beside an airpass that may be running.
func newMultitude(tb testing.TB, w *sandbox.World, c *config.Config, now func() time.Time) *multitude {
	tb.Helper()
	st, err := store.Open(tb.Context(), c.Store.URL.Reveal(), store.Options{Now: now, Key: store.AuditKey{ID: c.Audit.KeyID, Key: config.KeyBytes(c.Audit.Key)}})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = st.Close() })
	m := &multitude{TB: tb, world: w, config: c, store: st, center: map[string]string{}}
	for _, u := range w.IdentityCenter.Users() {
		m.center[u.UserName] = u.ID
	}
	return m
}

// grant gives n people a target each, from the person with number first on; their time
// ends at end.
func (m *multitude) grant(first, n int, target func(i int) string, end time.Time) {
	m.Helper()
	for i := 0; i < n; i += 100 {
		err := m.store.Update(m.Context(), access.System("test"), func(tx *store.Tx) error {
			for j := i; j < min(i+100, n); j++ {
				if err := m.grantOne(tx, m.world.Person(fmt.Sprintf("p%d", first+j)), target(j), end); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			m.Fatal(err)
		}
	}
	for _, q := range []string{
		`UPDATE grants SET state = 'active', active_at = start_at, link_state = 'ready', end_at = $1, next_at = $1 WHERE state = 'provisioning'`,
		`UPDATE entitlements SET origin = 'ours', presence = 'present', ready = TRUE, next_at = NULL, verified_at = $1`,
	} {
		if _, err := m.store.DB().ExecContext(m.Context(), q, end.UTC().Truncate(time.Millisecond)); err != nil {
			m.Fatal(err)
		}
	}
}

func (m *multitude) grantOne(tx *store.Tx, p sandbox.Person, id string, end time.Time) error {
	t, ok := m.config.Target(id)
	if !ok {
		return fmt.Errorf("no target %s", id)
	}
	subject := access.Person{OktaID: p.OktaID, Login: p.Login, Email: p.Email, Name: p.Name, Status: "ACTIVE"}
	r, err := tx.CreateRequest(access.Request{ID: tx.NewID(), Subject: subject, Slack: access.SlackUser{Team: m.config.Slack.Team, ID: p.SlackID},
		Target: t, Duration: time.Hour, Reason: "because", State: access.RequestPending, CreatedAt: tx.Now(), LapseAt: tx.Now().Add(time.Hour)})
	if err != nil {
		return err
	}
	r.State, r.DecidedAt = access.RequestApproved, tx.Now()
	if r, err = tx.SaveRequest(r); err != nil {
		return err
	}
	if _, err = grants.Start(tx, r, m.center[p.Login]); err != nil {
		return err
	}
	at := m.world.Target(id)
	if at.OktaGroup != "" {
		if err := m.world.Okta.SetMember(at.OktaGroup, p.OktaID, true); err != nil {
			return err
		}
	}
	if at.Mode == "user" {
		return m.world.IdentityCenter.Assign(identitycenter.Assignment{Account: at.Account, PermissionSetARN: at.PermissionSet,
			PrincipalType: identitycenter.PrincipalUser, PrincipalID: m.center[p.Login]})
	}
	return nil
}

// ended counts the grants that have ended.
func (m *multitude) ended() int {
	m.Helper()
	var n int
	if err := m.store.DB().QueryRowContext(m.Context(), `SELECT count(*) FROM grants WHERE state = 'ended'`).Scan(&n); err != nil {
		m.Fatal(err)
	}
	return n
}

// left counts the assignments of an own that there are of a target.
func (m *multitude) left(target string) int {
	n, at := 0, m.world.Target(target)
	for _, a := range m.world.IdentityCenter.Assignments() {
		if a.PrincipalType == identitycenter.PrincipalUser && a.PermissionSetARN == at.PermissionSet && a.Account == at.Account {
			n++
		}
	}
	return n
}

// settling counts what is to be looked at once more.
func (m *multitude) settling() int {
	m.Helper()
	var n int
	if err := m.store.DB().QueryRowContext(m.Context(), `SELECT count(*) FROM entitlements WHERE settle_at IS NOT NULL`).Scan(&n); err != nil {
		m.Fatal(err)
	}
	return n
}
