package okta_test

import (
	"slices"
	"testing"

	"airpass/access"
	"airpass/okta"
	sandbox "airpass/sandbox/okta"
)

func TestRulesTellIntoWhichGroupsTheyPut(t *testing.T) {
	t.Parallel()
	o := newOrg(t)
	for name, inactive := range map[string]bool{"data": false, "old": true} {
		_, err := o.AddRule(sandbox.Rule{Name: name, Inactive: inactive, Attribute: "user.department", Value: "Nobody", Groups: []string{o.plain}})
		must(t, err)
	}
	rules, err := o.client.Rules(ctxOf(t))
	must(t, err)
	for _, want := range []okta.Rule{{Name: "data", Active: true, Groups: []string{o.plain}}, {Name: "old", Groups: []string{o.plain}}} {
		if !slices.ContainsFunc(rules, func(r okta.Rule) bool {
			return r.Name == want.Name && r.Active == want.Active && slices.Equal(r.Groups, want.Groups)
		}) {
			t.Errorf("%+v is not among %+v", want, rules)
		}
	}
}

func TestTheApplicationIsThereAndActive(t *testing.T) {
	t.Parallel()
	o := newOrg(t)
	if active, err := o.client.Application(ctxOf(t)); !active || err != nil {
		t.Error(active, err)
	}
	other := o.with(func(opts *okta.Options) { opts.IdentityCenterApp = "0oanobody00000000000" })
	_, err := other.Application(ctxOf(t))
	wants(t, "an unknown application", err, access.ErrNotFound)
	none := o.with(func(opts *okta.Options) { opts.IdentityCenterApp = "" })
	_, err = none.Application(ctxOf(t))
	wants(t, "no application", err, access.ErrInvalid)
}
