package identitycenter

import (
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"airpass/access"
	"airpass/outbound"
	"airpass/sandbox/control"
	sandbox "airpass/sandbox/identitycenter"
	"airpass/sandbox/sts"
)

const account = "444455556666"

// world is Identity Center and STS over HTTP, two people, a permission set and a
// client.
type world struct {
	clock  *control.Clock
	center *sandbox.Server
	sts    *sts.Server
	opts   Options
	client *Client

	set      string // ARN of the permission set
	mia, noa string // user ids
}

// setup returns a world whose operations stay in progress until they are completed.
func setup(t *testing.T, lookup Lookup) *world {
	t.Helper()
	w := &world{clock: new(control.Clock), sts: sts.New(sts.Options{})}
	w.center = sandbox.New(sandbox.Options{Clock: w.clock, Callers: w.sts, AdminTPS: -1, StoreTPS: -1, DelegatedAdmin: "777788889999"})
	w.center.SetNeverCompletes(true)
	must(t, w.center.AddAccount(account, "data"))
	set, err := w.center.AddPermissionSet(sandbox.PermissionSet{Name: "mwaa-prod-Viewer"})
	must(t, err)
	w.set = set.ARN
	w.mia, w.noa = w.person(t, "mia@example.com"), w.person(t, "noa@example.com")
	api, tokens := httptest.NewServer(w.center.Handler()), httptest.NewServer(w.sts.Handler())
	t.Cleanup(api.Close)
	t.Cleanup(tokens.Close)
	base := w.sts.BaseKey()
	w.opts = Options{
		Region: "eu-west-1", IdentityStore: w.center.IdentityStoreID(), Lookup: lookup,
		Credentials: credentials.NewStaticCredentialsProvider(base.ID, base.Secret, base.Session),
		SSOAdminURL: api.URL, IdentityStoreURL: api.URL, STSURL: tokens.URL, Tick: 20 * time.Millisecond,
		Caller: outbound.New(outbound.Options{Timeout: 10 * time.Second}),
	}
	w.client = w.make(t)
	return w
}

func (w *world) make(t *testing.T) *Client {
	t.Helper()
	c, err := New(w.opts)
	must(t, err)
	return c
}

func (w *world) person(t *testing.T, name string) string {
	t.Helper()
	u, err := w.center.AddUser(sandbox.User{UserName: name})
	must(t, err)
	return u.ID
}

func (w *world) group(t *testing.T, name string, members ...string) string {
	t.Helper()
	g, err := w.center.AddGroup(sandbox.Group{Name: name})
	must(t, err)
	for _, m := range members {
		must(t, w.center.SetMembership(g.ID, m, true))
	}
	return g.ID
}

// standing gives a principal the permission set, as somebody else did long ago.
func (w *world) standing(t *testing.T, kind, id string) {
	t.Helper()
	must(t, w.center.Assign(sandbox.Assignment{Account: account, PermissionSetARN: w.set, PrincipalType: kind, PrincipalID: id}))
}

// crowd lets n people have the permission set, and returns a group that they are in.
func (w *world) crowd(t *testing.T, n int) (group string) {
	t.Helper()
	group = w.group(t, "crowd")
	for i := range n {
		name := fmt.Sprintf("p%d@example.com", i)
		w.standing(t, sandbox.PrincipalUser, w.person(t, name))
		must(t, w.center.SetMembership(group, name, true))
	}
	return group
}

func (w *world) ref(person string) access.Ref {
	return access.Ref{
		Kind: access.AccountAssignment, OktaUser: "00u1", Person: person,
		Instance: w.center.InstanceARN(), Account: account, PermissionSet: w.set,
	}
}

func (w *world) pushed(person, group string) access.Ref {
	r := w.ref(person)
	r.Kind, r.IdentityStore, r.IdentityCenterGroup = access.PushedMembership, w.center.IdentityStoreID(), group
	return r
}

func (w *world) intent(r access.Ref, op access.Operation, requestID string) access.Intent {
	return access.Intent{ID: "i1", Ref: r, Operation: op, RequestID: requestID, CreatedAt: w.clock.Now()}
}

func (w *world) count(ops ...string) (n int) {
	for _, op := range ops {
		n += w.center.Faults().Count(op)
	}
	return n
}

func (w *world) see(t *testing.T, r access.Ref) access.Observation {
	t.Helper()
	seen, err := w.client.Observe(t.Context(), r, time.Time{})
	must(t, err)
	return seen
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
