package okta

import (
	"context"
	"fmt"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"

	"airpass/access"
	"airpass/outbound"
)

// GroupMembers returns the first members of a group, of any status, at most limit.
// It returns access.ErrNotFound for an unknown group.
func (c *Client) GroupMembers(ctx context.Context, groupID string, limit int) ([]access.Person, error) {
	if !plainID(groupID) || limit <= 0 {
		return nil, fmt.Errorf("%w: %d members of the group %q", access.ErrInvalid, limit, groupID)
	}
	q := query.NewQueryParams(query.WithLimit(int64(min(limit, 200))))
	users, err := collect(ctx, c, outbound.OktaListGroupUsers, limit, func(ctx context.Context) ([]*sdk.User, *sdk.Response, error) {
		return c.sdk.Group.ListGroupUsers(ctx, groupID, q)
	})
	if err != nil {
		return nil, err
	}
	out := make([]access.Person, 0, len(users))
	for _, u := range users {
		out = append(out, c.person(u))
	}
	return out, nil
}

// errNoGroups is what GroupsOf says of somebody who is there and is in no group at all.
var errNoGroups = implausible(outbound.OktaListUserGroups, "no groups at all, although everybody is in Everyone")

// GroupsOf returns the ids of the groups that a person is in. An empty list for
// somebody who is not DEPROVISIONED is access.ErrUnavailable: everybody is in
// Everyone, so nothing is known. It returns access.ErrNotFound for nobody.
// See https://help.okta.com/en-us/content/topics/users-groups-profiles/usgp-about-groups.htm.
func (c *Client) GroupsOf(ctx context.Context, oktaID string) (map[string]bool, error) {
	if !plainID(oktaID) {
		return nil, fmt.Errorf("%w: %q is no Okta user id", access.ErrInvalid, oktaID)
	}
	groups, err := collect(ctx, c, outbound.OktaListUserGroups, noLimit, func(ctx context.Context) ([]*sdk.Group, *sdk.Response, error) {
		return c.sdk.User.ListUserGroups(ctx, oktaID)
	})
	if err != nil {
		return nil, err
	}
	if len(groups) == 0 {
		p, err := c.ByID(ctx, oktaID)
		if err != nil {
			return nil, err
		}
		if p.Status != "DEPROVISIONED" {
			return nil, errNoGroups
		}
	}
	out := make(map[string]bool, len(groups))
	for _, g := range groups {
		out[g.Id] = true
	}
	return out, nil
}

// getGroup asks for a group.
// See https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Group/#tag/Group/operation/getGroup.
func (c *Client) getGroup(ctx context.Context, groupID string) (*sdk.Group, error) {
	var g *sdk.Group
	err := c.o.Caller.Do(ctx, outbound.OktaGetGroup, func(ctx context.Context) error {
		var err error
		g, _, err = c.sdk.Group.GetGroup(ctx, groupID)
		if err == nil && (g == nil || g.Id != groupID) {
			return implausible(outbound.OktaGetGroup, "another group than the one asked for")
		}
		return classified(outbound.OktaGetGroup, err)
	})
	return g, err
}
