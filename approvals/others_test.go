package approvals_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"airpass/access"
)

// rota answers for a Slack user group and a schedule, and counts what it is asked.
type rota struct {
	emails        []string
	down          bool
	names, listed int
}

func (r *rota) Names(_ context.Context, _ access.Approver, email string) (bool, error) {
	r.names++
	if r.down {
		return false, fmt.Errorf("%w: no answer", access.ErrUnavailable)
	}
	return slices.ContainsFunc(r.emails, func(e string) bool { return strings.EqualFold(e, email) }), nil
}

func (r *rota) Emails(_ context.Context, _ access.Approver, limit int) ([]string, error) {
	r.listed++
	if r.down {
		return nil, fmt.Errorf("%w: no answer", access.ErrUnavailable)
	}
	return r.emails[:min(limit, len(r.emails))], nil
}

func TestWhoIsNamedByEmailIsJudgedWithoutListingAnybody(t *testing.T) {
	t.Parallel()
	b := setup(t)
	person := func(name string) access.Person {
		p, err := b.okta.ByID(t.Context(), b.world.Person(name).OktaID)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	ada, grace := person("ada"), person("grace")
	borrowed := grace // of another Okta user, whose address Grace's is
	borrowed.OktaID, borrowed.Login = "00uOTHER", "other@example.com"
	nameless := grace
	nameless.Email = ""
	for _, kind := range []access.ApproverKind{access.ApproverSlack, access.ApproverOnCall} {
		policy := access.Single(access.Approver{Kind: kind, Value: "S0GROUP"})
		named := []string{strings.ToUpper(grace.Email), ada.Email}
		for what, c := range map[string]struct {
			rota    rota
			decider access.Person
			want    error
		}{
			"named":                      {rota{emails: named}, grace, nil},
			"named no longer":            {rota{emails: named[1:]}, grace, access.ErrNotAllowed},
			"with somebody's address":    {rota{emails: named}, borrowed, access.ErrNotAllowed},
			"without an address":         {rota{emails: []string{""}}, nameless, access.ErrNotAllowed},
			"the requester":              {rota{emails: named}, ada, access.ErrOwnRequest},
			"nobody knows whether named": {rota{emails: named, down: true}, grace, access.ErrUnavailable},
		} {
			b.svc.Others = &c.rota
			if err := b.svc.MayDecide(t.Context(), c.decider, ada, policy); !errors.Is(err, c.want) {
				t.Errorf("%s, %s: %v, not %v", kind, what, err, c.want)
			}
			if c.rota.listed > 0 || c.rota.names > 1 {
				t.Errorf("%s, %s: asked %d times, listed %d times", kind, what, c.rota.names, c.rota.listed)
			}
		}
		b.svc.Others = &rota{emails: append(named, "nobody@example.com")}
		found, _, err := b.svc.Deciders(t.Context(), ada, policy.Approvers(), 10)
		if err != nil || len(found) != 1 || found[0].OktaID != grace.OktaID {
			t.Errorf("%s: asked to decide are %v, %v", kind, found, err)
		}
		b.svc.Others = &rota{emails: named[1:]}
		if _, _, err := b.svc.Deciders(t.Context(), ada, policy.Approvers(), 10); !errors.Is(err, access.ErrNobody) {
			t.Errorf("%s: nobody but the requester is named: %v", kind, err)
		}
	}
}
