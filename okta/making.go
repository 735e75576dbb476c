package okta

import (
	"context"
	"fmt"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"

	"airpass/access"
	"airpass/outbound"
)

// Group is a group of the org.
type Group struct {
	ID          string
	Name        string
	Description string
	Plain       bool // of Okta's own: not an application's, nor Everyone
}

// GroupNamed finds the plain group with a name; among others of the name, if there is no plain one,
// any. The error wraps access.ErrNotFound if there is none. It asks by the
// beginning of the name, which Okta answers from its database: a search may be late.
// See https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Group/#tag/Group/operation/listGroups.
func (c *Client) GroupNamed(ctx context.Context, name string) (Group, error) {
	if name == "" {
		return Group{}, fmt.Errorf("%w: a group without a name", access.ErrInvalid)
	}
	found, err := collect(ctx, c, outbound.OktaListGroups, noLimit, func(ctx context.Context) ([]*sdk.Group, *sdk.Response, error) {
		return c.sdk.Group.ListGroups(ctx, query.NewQueryParams(query.WithQ(name), query.WithLimit(200)))
	})
	if err != nil {
		return Group{}, err
	}
	var best Group
	for _, g := range found {
		if is := groupOf(g); is.Name == name && (best.ID == "" || is.Plain) {
			best = is
		}
	}
	if best.ID == "" {
		return Group{}, fmt.Errorf("%w: an Okta group named %q", access.ErrNotFound, name)
	}
	return best, nil
}

// Group reads a group. The error wraps access.ErrNotFound if there is none.
func (c *Client) Group(ctx context.Context, id string) (Group, error) {
	if !plainID(id) {
		return Group{}, fmt.Errorf("%w: %q is no Okta group id", access.ErrInvalid, id)
	}
	g, err := c.getGroup(ctx, id)
	if err != nil {
		return Group{}, err
	}
	return groupOf(g), nil
}

// CreateGroup makes a plain group that nobody is in. Okta refuses a name that another
// plain group has.
// See https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Group/#tag/Group/operation/addGroup.
func (c *Client) CreateGroup(ctx context.Context, name, description string) (Group, error) {
	var made Group
	err := c.o.Caller.Do(ctx, outbound.OktaCreateGroup, func(ctx context.Context) error {
		g, _, err := c.sdk.Group.CreateGroup(ctx, sdk.Group{Profile: &sdk.GroupProfile{Name: name, Description: description}})
		if err != nil {
			return classified(outbound.OktaCreateGroup, err)
		}
		if made = groupOf(g); made.ID == "" || made.Name != name {
			return implausible(outbound.OktaCreateGroup, "the answer is not the group that was made")
		}
		return nil
	})
	return made, err
}

func groupOf(g *sdk.Group) Group {
	if g == nil {
		return Group{}
	}
	is := Group{ID: g.Id, Plain: g.Type == "OKTA_GROUP"}
	if g.Profile != nil {
		is.Name, is.Description = g.Profile.Name, g.Profile.Description
	}
	return is
}
