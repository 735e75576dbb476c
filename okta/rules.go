package okta

import (
	"context"
	"fmt"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"

	"airpass/access"
	"airpass/outbound"
)

// Rule is a group rule: Okta itself puts people into its groups, and again after they
// were taken out.
type Rule struct {
	Name   string
	Active bool
	Groups []string // ids of the groups that people are put into
}

// Rules lists the group rules.
// See https://help.okta.com/en-us/content/topics/users-groups-profiles/usgp-about-group-rules.htm.
func (c *Client) Rules(ctx context.Context) ([]Rule, error) {
	found, err := collect(ctx, c, outbound.OktaListGroupRules, noLimit, func(ctx context.Context) ([]*sdk.GroupRule, *sdk.Response, error) {
		return c.sdk.Group.ListGroupRules(ctx, query.NewQueryParams(query.WithLimit(50)))
	})
	if err != nil {
		return nil, err
	}
	all := make([]Rule, 0, len(found))
	for _, r := range found {
		rule := Rule{Name: r.Name, Active: r.Status == "ACTIVE"}
		if r.Actions != nil && r.Actions.AssignUserToGroups != nil {
			rule.Groups = r.Actions.AssignUserToGroups.GroupIds
		}
		all = append(all, rule)
	}
	return all, nil
}

// RuledGroups are the ids of the groups into which rules that are active put people.
func (c *Client) RuledGroups(ctx context.Context) (map[string]bool, error) {
	all, err := c.Rules(ctx)
	if err != nil {
		return nil, err
	}
	ruled := map[string]bool{}
	for _, r := range all {
		for _, group := range r.Groups {
			ruled[group] = ruled[group] || r.Active
		}
	}
	return ruled, nil
}

// Application says whether the Identity Center application is there and ACTIVE. The
// error wraps access.ErrNotFound if Okta does not know it.
// See https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Application/#tag/Application/operation/getApplication.
func (c *Client) Application(ctx context.Context) (active bool, err error) {
	if c.o.IdentityCenterApp == "" {
		return false, fmt.Errorf("%w: the Identity Center application is not configured", access.ErrInvalid)
	}
	app := sdk.NewApplication()
	err = c.o.Caller.Do(ctx, outbound.OktaGetApplication, func(ctx context.Context) error {
		_, _, err := c.sdk.Application.GetApplication(ctx, c.o.IdentityCenterApp, app, nil)
		return classified(outbound.OktaGetApplication, err)
	})
	return app.Status == "ACTIVE", err
}
