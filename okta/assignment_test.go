package okta_test

import (
	"testing"
	"time"

	"airpass/access"
	"airpass/okta"
	"airpass/outbound"
	"airpass/sandbox/control"
	sandbox "airpass/sandbox/okta"
)

func (o *org) account(login, group string) access.Ref {
	return access.Ref{Kind: access.AssignmentGroup, OktaUser: o.id(login), OktaGroup: group}
}

func TestPeopleAreAddedToTheAssignmentGroupAndNeverTakenOut(t *testing.T) {
	t.Parallel()
	o := newOrg(t)
	c := o.with(func(opts *okta.Options) { opts.AssignmentGroup = o.assigns })
	ref := o.account(boris, o.assigns)
	r, err := c.Add(ctxOf(t), ref)
	must(t, err)
	if !r.Done || !o.IsMember(o.assigns, boris) {
		t.Fatal("not added")
	}
	seen, err := c.Observe(ctxOf(t), ref, time.Time{})
	must(t, err)
	if !seen.Present || !seen.Ready {
		t.Errorf("seen as %+v", seen)
	}
	_, err = c.Remove(ctxOf(t), ref)
	wants(t, "taking somebody out", err, access.ErrUnsafe)
	if !o.IsMember(o.assigns, boris) || o.Faults().Count("RemoveUserFromGroup") != 0 {
		t.Error("taken out")
	}
	// Neither as a member of an ordinary group.
	_, err = c.Remove(ctxOf(t), o.ref(boris, o.assigns))
	wants(t, "taking a member out", err, access.ErrUnsafe)
}

func TestOnlyTheConfiguredGroupThatAssignsGivesAnAccount(t *testing.T) {
	t.Parallel()
	o := newOrg(t)
	as := func(group string) *okta.Client {
		return o.with(func(opts *okta.Options) { opts.AssignmentGroup = group })
	}
	other := o.group(sandbox.Group{Name: "aws-people-too"})
	must(t, o.SetAppGroup(o.app, other, true))
	for what, c := range map[string]struct {
		client *okta.Client
		group  string
		want   error
	}{
		"none is configured":                 {o.client, o.assigns, access.ErrUnsafe},
		"another one is configured":          {as(other), o.assigns, access.ErrUnsafe},
		"it does not assign Identity Center": {as(o.plain), o.plain, access.ErrUnsafe},
		"another system's":                   {as(o.imported), o.imported, access.ErrUnsafe},
		"Okta does not know it":              {as("00gnotthere000000000"), "00gnotthere000000000", access.ErrNotFound},
		"Okta does not know the application": {o.with(func(opts *okta.Options) {
			opts.AssignmentGroup, opts.IdentityCenterApp = o.assigns, "0oanotthere000000000"
		}), o.assigns, access.ErrUnsafe},
		"configured as the assignment group only": {as(o.assigns), o.assigns, nil},
	} {
		err := c.client.AssignmentGroupIsSafe(ctxOf(t), c.group)
		if c.want == nil {
			must(t, err)
			continue
		}
		wants(t, what, err, c.want)
		_, err = c.client.Add(ctxOf(t), o.account(boris, c.group))
		wants(t, "adding, "+what, err, c.want)
	}
	c := as(o.assigns)
	for _, op := range []string{"GetGroup", "GetApplicationGroupAssignment"} {
		o.Faults().Add(control.Fault{Op: op, Times: 1, Answer: "unavailable"})
		_, err := c.Add(ctxOf(t), o.account(boris, o.assigns))
		wants(t, op+" does not answer", err, access.ErrUnavailable)
	}
	if o.Faults().Count("AddUserToGroup") != 0 {
		t.Error("a group was changed of which it is not known that it gives an account")
	}
	// The other way round: it is no ordinary group even after it has stopped assigning.
	must(t, o.SetAppGroup(o.app, o.assigns, false))
	wants(t, "an ordinary group", c.GroupIsSafe(ctxOf(t), o.assigns), access.ErrUnsafe)
	_, err := okta.New(okta.Options{URL: o.url, Token: token, Caller: outbound.New(outbound.Options{}), AssignmentGroup: o.assigns})
	wants(t, "without the application", err, access.ErrInvalid)
}

func TestANameIsNoAccountWhereAccountsAreGiven(t *testing.T) {
	t.Parallel()
	o := newOrg(t)
	by := func(group string) *okta.Client {
		return o.with(func(opts *okta.Options) { opts.UserNameAttribute, opts.AssignmentGroup = "email", group })
	}
	name, err := by("").IdentityCenterUserName(ctxOf(t), o.id(boris))
	must(t, err)
	if name != boris {
		t.Errorf("named %q", name)
	}
	_, err = by(o.assigns).IdentityCenterUserName(ctxOf(t), o.id(boris))
	wants(t, "somebody without the application", err, access.ErrNotFound)
	must(t, o.SetMember(o.assigns, boris, true))
	name, err = by(o.assigns).IdentityCenterUserName(ctxOf(t), o.id(boris))
	must(t, err)
	if name != boris {
		t.Errorf("named %q", name)
	}
}
