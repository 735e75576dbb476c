package cuts_test

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"airpass/access"
	"airpass/cuts"
	"airpass/identitycenter"
	"airpass/outbound"
	"airpass/sandbox/control"
	sandbox "airpass/sandbox/identitycenter"
	"airpass/sandbox/sts"
	"airpass/setup"
	"airpass/store"
)

// outside is Identity Center as package cuts wants it.
type outside struct {
	*identitycenter.Client
	during *func() // what happens while the policy is put, once
}

func (o outside) Policy(ctx context.Context, instance, arn string) (policy string, session time.Duration, err error) {
	set, err := o.PermissionSet(ctx, instance, arn)
	return set.Policy, set.Session, err
}

func (o outside) PutInlinePolicy(ctx context.Context, instance, set, policy string) error {
	if now := *o.during; now != nil {
		*o.during = nil
		now()
	}
	return o.Client.PutInlinePolicy(ctx, instance, set, policy)
}

// repairs is a bench with a permission set that somebody has edited, in one account.
type repairs struct {
	bench
	center *sandbox.Server
	target access.Target
	during *func()
}

func newRepairs(t *testing.T) repairs {
	t.Helper()
	callers := sts.New(sts.Options{})
	center := sandbox.New(sandbox.Options{Clock: new(control.Clock), Callers: callers, AdminTPS: -1, StoreTPS: -1, DelegatedAdmin: "777788889999"})
	center.SetNeverCompletes(true)
	set, err := center.AddPermissionSet(sandbox.PermissionSet{Name: "edited", SessionDuration: 8 * time.Hour, Tags: map[string]string{setup.Tag: "yes"}})
	if err != nil {
		t.Fatal(err)
	}
	ada, err := center.AddUser(sandbox.User{UserName: "ada@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	target := viewer
	target.Instance, target.PermissionSet = center.InstanceARN(), set.ARN
	if err := center.AddAccount(target.Environment.Account, "data"); err != nil {
		t.Fatal(err)
	}
	if err := center.Assign(sandbox.Assignment{Account: target.Environment.Account, PermissionSetARN: set.ARN, PrincipalType: "USER", PrincipalID: ada.ID}); err != nil {
		t.Fatal(err)
	}
	api, tokens := httptest.NewServer(center.Handler()), httptest.NewServer(callers.Handler())
	t.Cleanup(api.Close)
	t.Cleanup(tokens.Close)
	base := callers.BaseKey()
	client, err := identitycenter.New(identitycenter.Options{Region: "eu-west-1", IdentityStore: center.IdentityStoreID(), Lookup: identitycenter.ByPrincipal,
		Credentials: credentials.NewStaticCredentialsProvider(base.ID, base.Secret, base.Session),
		SSOAdminURL: api.URL, IdentityStoreURL: api.URL, STSURL: tokens.URL, Caller: outbound.New(outbound.Options{Timeout: 10 * time.Second})})
	if err != nil {
		t.Fatal(err)
	}
	during := new(func())
	b := newBench(t, func(o *cuts.Options) {
		o.Sets, o.Tag, o.Same = outside{client, during}, setup.Tag, setup.SamePolicy
		o.Render = func(_ access.Target, users []string) (cuts.Rendered, error) {
			d := setup.Inline(target, nil, users...)
			return cuts.Rendered{Text: d.String(), Bytes: d.Bytes(), Session: target.SessionDuration}, nil
		}
	})
	return repairs{b, center, target, during}
}

func (r repairs) restore() {
	r.Helper()
	if err := r.Store.Update(r.Context(), operator, func(tx *store.Tx) error {
		return tx.RestoreSet(r.target.Instance, r.target.PermissionSet, access.RestoreSession)
	}); err != nil {
		r.Fatal(err)
	}
}

// steps looks at the policy so often.
func (r repairs) steps(n int) (p access.SetPolicy) {
	r.Helper()
	for range n {
		p, err := r.Store.SetPolicy(r.Context(), r.target.PermissionSet)
		if err == nil {
			err = r.Step(r.Context(), p.PermissionSet, p.Version)
		}
		if err != nil {
			r.Fatal(err)
		}
		r.center.CompleteOperations()
	}
	p, err := r.Store.SetPolicy(r.Context(), r.target.PermissionSet)
	if err != nil {
		r.Fatal(err)
	}
	return p
}

func (r repairs) calls(op string) int { return r.center.Faults().Count(op) }

// mended says whether the account has what the configuration says, and nothing is left to do.
func (r repairs) mended(p access.SetPolicy) {
	r.Helper()
	set := r.center.PermissionSets()[0]
	if set.SessionDuration != r.target.SessionDuration || !setup.SamePolicy(set.InlinePolicy, setup.Inline(r.target, nil).String()) {
		r.Errorf("the permission set: %+v", set)
	}
	if !p.Provisioned || p.LastError != "" || !p.NextAt.IsZero() {
		r.Errorf("something is left: %+v", p)
	}
}

func TestWhatIsRestoredIsWantedUntilItIsProvisioned(t *testing.T) {
	t.Parallel()
	t.Run("it cannot be asked for", func(t *testing.T) {
		r := newRepairs(t)
		r.center.Faults().Add(control.Fault{Op: "ProvisionPermissionSet", Times: 1, Answer: "conflict"})
		r.restore()
		if p := r.steps(1); p.NextAt.IsZero() || p.LastError == "" {
			t.Fatalf("given up: %+v", p)
		}
		r.mended(r.steps(3))
		if n := r.calls("ProvisionPermissionSet"); n != 2 {
			t.Errorf("asked %d times", n)
		}
	})
	t.Run("AWS fails", func(t *testing.T) {
		r := newRepairs(t)
		r.center.FailAssignments(sandbox.Match{Kind: sandbox.Provisioning, Times: 1}, "the account is suspended")
		r.restore()
		if p := r.steps(2); p.NextAt.IsZero() || p.LastError == "" {
			t.Fatalf("given up: %+v", p)
		}
		r.mended(r.steps(3))
		if n := r.calls("ProvisionPermissionSet"); n != 2 {
			t.Errorf("asked %d times", n)
		}
	})
	t.Run("AWS fails while the length of sessions waits", func(t *testing.T) {
		r := newRepairs(t)
		r.center.Faults().Add(control.Fault{Op: "UpdatePermissionSet", Times: 1, Answer: "denied"})
		r.center.FailAssignments(sandbox.Match{Kind: sandbox.Provisioning, Times: 1}, "the account is suspended")
		r.restore()
		if p := r.steps(2); p.Restore != access.RestoreSession || p.NextAt.IsZero() {
			t.Fatalf("forgotten: %+v", p)
		}
		r.mended(r.steps(3))
	})
}

// A role from before may write policies, and not say how long sessions last.
func TestAPolicyIsRestoredWhereTheLengthOfSessionsCannotBe(t *testing.T) {
	t.Parallel()
	r := newRepairs(t)
	r.center.Faults().Add(control.Fault{Op: "UpdatePermissionSet", Answer: "denied"})
	r.restore()
	p := r.steps(14)
	if puts, brought := r.calls("PutInlinePolicyToPermissionSet"), r.calls("ProvisionPermissionSet"); puts != 1 || brought != 1 || !p.Provisioned {
		t.Errorf("put %d times, brought %d times: %+v", puts, brought, p)
	}
	if wait := p.NextAt.Sub(noon); wait < 10*time.Minute || wait > time.Hour {
		t.Errorf("tried again in %s", wait)
	}
	r.center.Faults().Clear()
	r.mended(r.steps(3))
}

// Who is to be cut does not wait for how long sessions last.
func TestACutDoesNotWaitForTheLengthOfSessions(t *testing.T) {
	t.Parallel()
	r := newRepairs(t)
	r.center.Faults().Add(control.Fault{Op: "UpdatePermissionSet", Answer: "denied"})
	cut := access.Cut{Subject: access.Person{OktaID: "00uada", Login: "ada@example.com"}, Person: "u-ada", Target: r.target, LiftAt: noon.Add(8 * time.Hour)}
	if err := r.Store.Update(t.Context(), operator, func(tx *store.Tx) (err error) {
		cut, err = tx.CreateCut(cut)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	r.restore()
	r.steps(4)
	if now, err := r.Store.Cut(t.Context(), cut.ID); err != nil || now.State != access.CutDone || r.calls("UpdatePermissionSet") != 0 {
		t.Errorf("%+v %v, after %d tries of the length", now, err, r.calls("UpdatePermissionSet"))
	}
	r.restore()
	if p := r.steps(3); !p.Provisioned || p.LastError != "" || r.calls("UpdatePermissionSet") != 1 {
		t.Errorf("%+v", p)
	}
}

// What is found wrong while a step runs may be what the step has not seen.
func TestWhatIsToBeRestoredWhileAStepRunsIsNotForgotten(t *testing.T) {
	t.Parallel()
	r := newRepairs(t)
	r.restore()
	*r.during = r.restore
	if p := r.steps(1); p.Restore != access.RestoreSession || p.NextAt.IsZero() {
		t.Errorf("forgotten: %+v", p)
	}
	r.mended(r.steps(3))
	if n := r.calls("ProvisionPermissionSet"); n != 2 {
		t.Errorf("brought %d times", n)
	}
}
