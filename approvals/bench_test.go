package approvals_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/approvals"
	"airpass/awsconfig"
	"airpass/chat"
	"airpass/config"
	"airpass/identitycenter"
	"airpass/mwaa"
	"airpass/okta"
	"airpass/outbound"
	"airpass/sandbox"
	"airpass/store"
)

// bench judges attempts with Okta and Slack's directory asked over the wire.
type bench struct {
	*testing.T
	world  *sandbox.World
	config *config.Config
	store  *store.Store
	svc    *approvals.Service
	okta   *okta.Client
	n      int
	// policies replaces what the configuration says of a target, by its id.
	policies map[string]access.Policy
	ahead    time.Duration // how far ahead a start may be
	chain    time.Duration // how long access may go on at a stretch; 0 is not bounded
}

// targets are what the configuration offers, with the policies of the test.
func (b *bench) targets() []access.Target {
	all := b.config.Targets()
	for i := range all {
		all[i].StartAhead, all[i].MaxContinuous = b.ahead, b.chain
		if p, is := b.policies[all[i].ID]; is {
			all[i].Policy = p
		}
	}
	return all
}

func setup(t *testing.T) *bench {
	t.Helper()
	return setupOn(t, "sqlite:"+filepath.Join(t.TempDir(), "airpass.db"))
}

// setupOn is setup on a database.
func setupOn(t *testing.T, url string) *bench {
	t.Helper()
	world, err := sandbox.Start(t.Context(), sandbox.Options{Unlimited: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(world.Close)
	c, err := config.Parse("airpass.yaml", world.Config(url), os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{T: t, world: world, config: c, policies: map[string]access.Policy{}, ahead: 14 * 24 * time.Hour}
	b.store, err = store.Open(t.Context(), url, store.Options{Now: world.Clock.Now, Log: slog.New(slog.DiscardHandler),
		Key: store.AuditKey{ID: "k1", Key: config.KeyBytes(c.Audit.Key)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.store.Close() })
	caller := outbound.New(outbound.Options{Timeout: 2 * time.Second})
	if b.okta, err = okta.New(okta.Options{URL: c.Okta.OrgURL, Caller: caller, Token: c.Okta.APIToken.Reveal(), ManagerAttribute: "managerId",
		ManagerKind: "login", PersonAttribute: "employeeNumber", IdentityCenterApp: c.Okta.IdentityCenterApp}); err != nil {
		t.Fatal(err)
	}
	slack, err := chat.New(chat.Options{BotToken: c.Slack.BotToken.Reveal(), APIURL: c.Slack.APIURL, Caller: caller})
	if err != nil {
		t.Fatal(err)
	}
	center, airflow := b.aws(caller)
	b.svc = approvals.New(approvals.Options{Store: b.store, Directory: b.okta, Workspace: directory{slack}, People: center, Environments: airflow,
		Conditions: c.Conditions, Targets: b.targets, Now: world.Clock.Now, Log: slog.New(slog.DiscardHandler), Team: c.Slack.Team, AllowedDomains: c.Slack.AllowedDomains,
		AwayStatus: []string{":palm_tree:"}, RequestsChannel: c.Slack.RequestsChannel, NotifyMax: 10, RequestLapse: 8 * time.Hour, ClickDeadline: 10 * time.Minute})
	return b
}

// aws are the clients of Identity Center and MWAA.
func (b *bench) aws(caller *outbound.Caller) (*identitycenter.Client, *mwaa.Client) {
	b.Helper()
	for _, pair := range b.world.Environ() { // the same in every world
		name, value, _ := strings.Cut(pair, "=")
		if err := os.Setenv(name, value); err != nil {
			b.Fatal(err)
		}
	}
	c := b.config
	center, err := identitycenter.New(identitycenter.Options{Region: c.AWS.Region, IdentityStore: c.AWS.IdentityStoreID,
		Role:        awsconfig.Role{RoleARN: c.AWS.RoleARN, ExternalID: c.AWS.ExternalID},
		SSOAdminURL: c.AWS.Endpoints.SSOAdmin, IdentityStoreURL: c.AWS.Endpoints.IdentityStore, STSURL: c.AWS.Endpoints.STS, Caller: caller})
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
	return center, airflow
}

// directory is Slack's, asked over the wire.
type directory struct{ slack *chat.Client }

func (d directory) User(ctx context.Context, id string) (approvals.Profile, error) {
	return profile(d.slack.User(ctx, id))
}

func (d directory) UserByEmail(ctx context.Context, email string) (approvals.Profile, error) {
	return profile(d.slack.UserByEmail(ctx, email))
}

func profile(p chat.Profile, err error) (approvals.Profile, error) {
	return approvals.Profile{Team: p.Team, ID: p.ID, Name: p.Name, Email: p.Email, Zone: p.TZ, Status: p.Status, EmailConfirmed: p.EmailConfirmed, Deleted: p.Deleted, Bot: p.Bot,
		Guest: p.Restricted || p.UltraRestricted, Stranger: p.Stranger, NotYetIn: p.Invited}, err
}

// tries stores an attempt of somebody and judges it, as a click does; it returns
// what became of it.
func (b *bench) tries(who string, a access.Attempt) access.Attempt {
	b.Helper()
	b.n++
	a.Delivery = b.Name() + strings.Repeat("i", b.n)
	a.Slack = access.SlackUser{Team: b.config.Slack.Team, ID: b.world.Person(who).SlackID}
	if fresh, err := b.svc.Record(b.Context(), a); err != nil || !fresh {
		b.Fatal("not stored:", fresh, err)
	}
	return b.judge(a.Delivery)
}

func (b *bench) judge(delivery string) access.Attempt {
	b.Helper()
	due, err := b.store.Due(b.Context(), b.world.Clock.Now(), 100)
	if err != nil {
		b.Fatal(err)
	}
	for _, w := range due {
		if w.Kind != store.WakeAttempt {
			continue
		}
		if err := b.svc.Judge(b.Context(), w.ID, w.Version); err != nil {
			b.Fatal(err)
		}
		a, err := b.store.Attempt(b.Context(), w.ID)
		if err != nil {
			b.Fatal(err)
		}
		if a.Delivery == delivery {
			return a
		}
	}
	b.Fatal("nothing was due")
	return access.Attempt{}
}

// asks makes a request and returns its id.
func (b *bench) asks(who, target string) string {
	b.Helper()
	return b.asksFor(who, target, time.Hour)
}

func (b *bench) asksFor(who, target string, d time.Duration) string {
	b.Helper()
	a := b.tries(who, access.Attempt{Kind: access.AttemptAsk, Target: target, Duration: d, Reason: "because"})
	if a.State != access.AttemptDone {
		b.Fatal("refused:", a.Answer)
	}
	return a.Answer
}

func (b *bench) state(request string) access.RequestState {
	b.Helper()
	r, err := b.store.Request(b.Context(), request)
	if err != nil {
		b.Fatal(err)
	}
	return r.State
}

// judgeAll judges what is due now and returns the last of it.
func (b *bench) judgeAll() access.Attempt {
	b.Helper()
	due, err := b.store.Due(b.Context(), b.world.Clock.Now(), 100)
	if err != nil {
		b.Fatal(err)
	}
	var last access.Attempt
	for _, w := range due {
		if w.Kind != store.WakeAttempt {
			continue
		}
		if err := b.svc.Judge(b.Context(), w.ID, w.Version); err != nil {
			b.Fatal(err)
		}
		if last, err = b.store.Attempt(b.Context(), w.ID); err != nil {
			b.Fatal(err)
		}
	}
	return last
}
