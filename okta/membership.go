package okta

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"airpass/access"
	"airpass/outbound"
)

func checkRef(ref access.Ref) error {
	if ref.Kind != access.OktaMembership && ref.Kind != access.AssignmentGroup || !plainID(ref.OktaUser) || !plainID(ref.OktaGroup) {
		return fmt.Errorf("%w: %q is no membership of an Okta group", access.ErrInvalid, ref.Key())
	}
	return nil
}

// Observe says whether the person is in the group, read from the person's own
// groups, whose number does not grow with the group. Where these are none, because
// the admin role of airpass sees no others, the group's own list says it, if it has anybody:
// two empty lists are no proof of absence (access.ErrUnavailable). A person whom
// Okta no longer has is in no group, as long as Okta knows the group: an org that knows
// neither may be the wrong one, and proves nothing (access.ErrUnavailable). It is always
// read anew.
func (c *Client) Observe(ctx context.Context, ref access.Ref, _ time.Time) (access.Observation, error) {
	if err := checkRef(ref); err != nil {
		return access.Observation{}, err
	}
	groups, err := c.GroupsOf(ctx, ref.OktaUser)
	if errors.Is(err, errNoGroups) {
		return c.observeInGroup(ctx, ref)
	}
	if errors.Is(err, access.ErrNotFound) {
		if _, err = c.getGroup(ctx, ref.OktaGroup); errors.Is(err, access.ErrNotFound) {
			err = &access.VendorError{Vendor: string(outbound.Okta), Op: outbound.OktaListUserGroups.Name, Class: access.Unavailable,
				Err: fmt.Errorf("this org knows neither user %s nor group %s: is it the right one?", ref.OktaUser, ref.OktaGroup)}
		}
	}
	if err != nil {
		return access.Observation{}, err
	}
	in := groups[ref.OktaGroup]
	return access.Observation{Present: in, Ready: in}, nil
}

// observeInGroup says the same of somebody who is there, read from everybody in the group.
func (c *Client) observeInGroup(ctx context.Context, ref access.Ref) (access.Observation, error) {
	members, err := c.GroupMembers(ctx, ref.OktaGroup, math.MaxInt)
	if err != nil {
		return access.Observation{}, err
	}
	if len(members) == 0 {
		return access.Observation{}, errNoGroups
	}
	in := slices.ContainsFunc(members, func(p access.Person) bool { return p.OktaID == ref.OktaUser })
	return access.Observation{Present: in, Ready: in}, nil
}

// Add puts the person into the group, if GroupIsSafe, or AssignmentGroupIsSafe where it
// is that; somebody who is in it already is no error.
// See https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Group/#tag/Group/operation/assignUserToGroup.
func (c *Client) Add(ctx context.Context, ref access.Ref) (access.Receipt, error) {
	if err := checkRef(ref); err != nil {
		return access.Receipt{}, err
	}
	safe := c.GroupIsSafe
	if ref.Kind == access.AssignmentGroup {
		safe = c.AssignmentGroupIsSafe
	}
	if err := safe(ctx, ref.OktaGroup); err != nil {
		return access.Receipt{}, err
	}
	err := c.o.Caller.Do(ctx, outbound.OktaAddUserToGroup, func(ctx context.Context) error {
		_, err := c.sdk.Group.AddUserToGroup(ctx, ref.OktaGroup, ref.OktaUser)
		return classified(outbound.OktaAddUserToGroup, err)
	})
	return access.Receipt{Done: err == nil}, err
}

// Remove takes the person out of the group, if GroupIsSafe; somebody who is not in
// it, or whom Okta no longer has, is done. Nobody is ever taken out of an assignment
// group: access.ErrUnsafe.
// See https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Group/#tag/Group/operation/unassignUserFromGroup.
func (c *Client) Remove(ctx context.Context, ref access.Ref) (access.Receipt, error) {
	if err := checkRef(ref); err != nil {
		return access.Receipt{}, err
	}
	if ref.Kind.Sticky() {
		return access.Receipt{}, fmt.Errorf("%w: nobody is taken out of the Okta group %s, which gives them their account in Identity Center", access.ErrUnsafe, ref.OktaGroup)
	}
	if err := c.GroupIsSafe(ctx, ref.OktaGroup); err != nil {
		return access.Receipt{}, err
	}
	err := c.o.Caller.Do(ctx, outbound.OktaRemoveUserFromGroup, func(ctx context.Context) error {
		_, err := c.sdk.Group.RemoveUserFromGroup(ctx, ref.OktaGroup, ref.OktaUser)
		return classified(outbound.OktaRemoveUserFromGroup, err)
	})
	// The group was there a moment ago, so it is the person or the membership.
	if errors.Is(err, access.ErrNotFound) {
		err = nil
	}
	return access.Receipt{Done: err == nil}, err
}
