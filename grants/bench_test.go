package grants_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/config"
	"airpass/grants"
	"airpass/identitycenter"
	"airpass/mwaa"
	"airpass/okta"
	"airpass/outbound"
	"airpass/sandbox"
	"airpass/store"

	"airpass/awsconfig"
)

// bench is a service over real clients of a sandbox, driven by hand: rows that are
// due are stepped one after the other, and the clock moves when none is.
type bench struct {
	*testing.T
	world  *sandbox.World
	config *config.Config
	store  *store.Store
	svc    *grants.Service
	calls  map[string]int
}

func setup(t *testing.T, o sandbox.Options) *bench {
	t.Helper()
	o.Unlimited = true
	world, err := sandbox.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(world.Close)
	for _, pair := range world.Environ() { // the same in every world
		name, value, _ := strings.Cut(pair, "=")
		if err := os.Setenv(name, value); err != nil {
			t.Fatal(err)
		}
	}
	url := "sqlite:" + filepath.Join(t.TempDir(), "airpass.db")
	file := strings.Replace(string(world.Config(url)), "\naws:", "\n  ensure_provisioned: {group: "+world.AssignmentGroup()+"}\naws:", 1)
	c, err := config.Parse("airpass.yaml", []byte(file), os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{T: t, world: world, config: c, calls: map[string]int{}}
	b.store, err = store.Open(t.Context(), url, store.Options{Now: world.Clock.Now, Log: slog.New(slog.DiscardHandler),
		Key: store.AuditKey{ID: "k1", Key: config.KeyBytes(c.Audit.Key)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.store.Close() })
	b.svc = grants.New(b.options())
	return b
}

// options are those of a service over clients made anew, as after a restart.
func (b *bench) options() grants.Options {
	b.Helper()
	c := b.config
	caller := outbound.New(outbound.Options{Timeout: 2 * time.Second, After: func(call outbound.Call) { b.calls[call.Site.Name]++ }})
	oktaClient, err := okta.New(okta.Options{URL: c.Okta.OrgURL, Caller: caller, Token: c.Okta.APIToken.Reveal(),
		ManagerAttribute: "managerId", ManagerKind: "login", IdentityCenterApp: c.Okta.IdentityCenterApp,
		AssignmentGroup: c.Okta.EnsureProvisioned.Group})
	if err != nil {
		b.Fatal(err)
	}
	center, err := identitycenter.New(identitycenter.Options{Region: c.AWS.Region, IdentityStore: c.AWS.IdentityStoreID,
		Role:        awsconfig.Role{RoleARN: c.AWS.RoleARN, ExternalID: c.AWS.ExternalID},
		SSOAdminURL: c.AWS.Endpoints.SSOAdmin, IdentityStoreURL: c.AWS.Endpoints.IdentityStore, STSURL: c.AWS.Endpoints.STS,
		Tick: time.Millisecond, Caller: caller})
	if err != nil {
		b.Fatal(err)
	}
	roles := map[string]awsconfig.Role{}
	for id, a := range c.AWS.Accounts {
		roles[id] = awsconfig.Role{RoleARN: a.RoleARN, ExternalID: a.ExternalID}
	}
	airflow, err := mwaa.New(mwaa.Options{Roles: roles, EndpointURL: c.AWS.Endpoints.MWAA, STSURL: c.AWS.Endpoints.STS, Caller: caller})
	if err != nil {
		b.Fatal(err)
	}
	return grants.Options{
		Store: b.store, Environments: airflow, Directory: oktaClient, People: center, Now: b.world.Clock.Now, Log: slog.New(slog.DiscardHandler),
		Systems: map[access.Kind]grants.System{access.AssignmentGroup: oktaClient, access.OktaMembership: oktaClient, access.PushedMembership: center,
			access.AccountAssignment: center, access.ApplicationAssignment: center, access.GroupAssignment: center},
		ProvisioningTimeout: time.Hour, SettleWindow: 15 * time.Minute, OverdueAfter: 5 * time.Minute, LinkWarningAfter: 5 * time.Minute,
		InferredMax: 10, InferredShare: 0.1, Outstanding: 15, AdminChannel: sandbox.AdminChannel,
	}
}

// approve makes a grant as an approved request does, and returns its id.
func (b *bench) approve(who, target string, d time.Duration) string {
	b.Helper()
	return b.approveAs(who, b.center(who), target, d)
}

// approveNew does so for somebody who has no account in Identity Center.
func (b *bench) approveNew(who, target string, d time.Duration) string {
	b.Helper()
	return b.approveAs(who, "", target, d)
}

func (b *bench) approveAs(who, account, target string, d time.Duration) string {
	b.Helper()
	person := b.world.Person(who)
	t, ok := b.config.Target(target)
	if !ok {
		b.Fatalf("no target %s", target)
	}
	id := ""
	err := b.store.Update(b.Context(), access.System("test"), func(tx *store.Tx) error {
		subject := access.Person{OktaID: person.OktaID, Login: person.Login, Email: person.Email, Name: person.Name, Status: "ACTIVE"}
		r, err := tx.CreateRequest(access.Request{ID: tx.NewID(), Subject: subject, Slack: access.SlackUser{Team: b.config.Slack.Team, ID: person.SlackID},
			Target: t, Duration: d, Reason: "because", NewAccount: account == "", State: access.RequestPending, CreatedAt: tx.Now(), LapseAt: tx.Now().Add(time.Hour)})
		if err != nil {
			return err
		}
		r.State, r.DecidedAt = access.RequestApproved, tx.Now()
		if r, err = tx.SaveRequest(r); err != nil {
			return err
		}
		g, err := grants.Start(tx, r, account)
		id = g.ID
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return id
}

// center is somebody's user id in Identity Center.
func (b *bench) center(who string) string {
	for _, u := range b.world.IdentityCenter.Users() {
		if u.UserName == b.world.Person(who).Login {
			return u.ID
		}
	}
	b.Fatalf("%s is not in Identity Center", who)
	return ""
}

// step steps every row that is due once, and says whether there was one.
func (b *bench) step() bool {
	b.Helper()
	due, err := b.store.Due(b.Context(), b.world.Clock.Now(), 1000)
	if err != nil {
		b.Fatal(err)
	}
	any := false
	for _, w := range due {
		switch w.Kind {
		case store.WakeEntitlement:
			err, any = b.svc.StepEntitlement(b.Context(), w.ID, w.Version), true
		case store.WakeGrant:
			err, any = b.svc.StepGrant(b.Context(), w.ID, w.Version), true
		}
		if err != nil {
			b.Fatalf("step %s %s: %v", w.Kind, w.ID, err)
		}
	}
	return any
}

// until steps and moves the clock until cond holds, for at most limit of domain time.
func (b *bench) until(what string, limit time.Duration, cond func() bool) {
	b.Helper()
	end := b.world.Clock.Now().Add(limit)
	for quiet := 0; !cond(); {
		if b.step() {
			quiet = 0
		} else {
			quiet++
		}
		if b.world.Clock.Now().After(end) {
			b.Fatalf("not within %s: %s\n%s", limit, what, b.dump())
		}
		pace := 250 * time.Millisecond
		if quiet > 8 {
			pace = 5 * time.Second
		}
		b.advance(min(pace, max(time.Millisecond, limit/10)))
	}
}

func (b *bench) advance(d time.Duration) {
	b.Helper()
	if _, err := b.world.Clock.Advance(d); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) grant(id string) access.Grant {
	b.Helper()
	g, err := b.store.Grant(b.Context(), id)
	if err != nil {
		b.Fatal(err)
	}
	return g
}

func (b *bench) state(id string, want access.GrantState) func() bool {
	return func() bool { return b.grant(id).State == want }
}

func (b *bench) active(id string) {
	b.Helper()
	b.until("grant is active", 10*time.Minute, b.state(id, access.GrantActive))
}

func (b *bench) ended(id string) {
	b.Helper()
	b.until("grant has ended", 10*time.Minute, b.state(id, access.GrantEnded))
}

func (b *bench) revoke(id string) {
	b.Helper()
	if err := b.svc.Revoke(b.Context(), access.System("test"), id, access.EndRevoked, "test"); err != nil {
		b.Fatal(err)
	}
}

// assigned says whether Identity Center holds an assignment of the person.
func (b *bench) assigned(who, target string) bool { return b.assignments(who, target) > 0 }

func (b *bench) assignments(who, target string) int {
	n, t, id := 0, b.world.Target(target), b.center(who)
	b.world.IdentityCenter.Sync()
	for _, a := range b.world.IdentityCenter.Assignments() {
		if a.PrincipalType == "USER" && a.PrincipalID == id && a.PermissionSetARN == t.PermissionSet && a.Account == t.Account {
			n++
		}
	}
	return n
}

func (b *bench) member(who, target string) bool {
	return b.world.Okta.IsMember(b.world.Target(target).OktaGroup, b.world.Person(who).OktaID)
}

// pushed says whether the target's group in Identity Center has the person.
func (b *bench) pushed(who, target string) bool {
	b.world.Okta.Sync()
	_, list, err := b.world.IdentityCenter.AccessOf(b.world.Person(who).Login)
	if err != nil {
		b.Fatal(err)
	}
	for _, a := range list {
		if a.PermissionSetARN == b.world.Target(target).PermissionSet {
			return true
		}
	}
	return false
}

func (b *bench) entitlements(id string) []access.Entitlement {
	b.Helper()
	all, err := b.store.GrantEntitlements(b.Context(), id)
	if err != nil {
		b.Fatal(err)
	}
	return all
}

func (b *bench) dump() string {
	out := ""
	all, _ := b.store.Grants(context.Background(), store.GrantFilter{Limit: 50})
	for _, g := range all {
		out += "grant " + g.ID + " " + string(g.State) + " " + string(g.EndReason) + " " + g.EndNote + " " + g.LastError + "\n"
		es, _ := b.store.GrantEntitlements(context.Background(), g.ID)
		for _, e := range es {
			out += "  " + string(e.Ref.Kind) + " " + string(e.Origin) + " " + string(e.Presence) + " ready=" + map[bool]string{true: "y", false: "n"}[e.Ready] +
				" next=" + e.NextAt.String() + " err=" + e.LastError + " claim=" + e.Claim + "\n"
			is, _ := b.store.Intents(context.Background(), e.ID)
			for _, i := range is {
				out += "    " + string(i.Operation) + " " + string(i.State) + " " + i.RequestID + " " + i.Answer + "\n"
			}
		}
	}
	return out
}
