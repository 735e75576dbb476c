package chat

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"airpass/access"
	"airpass/outbound"
)

// GroupNames says whether the person with this e-mail address is in a user group now,
// in two calls however large the group is. Whoever is not found in Slack is in none.
func (c *Client) GroupNames(ctx context.Context, group, email string) (bool, error) {
	p, err := c.UserByEmail(ctx, email)
	switch {
	case errors.Is(err, access.ErrNotFound):
		return false, nil
	case err != nil:
		return false, err
	case !p.reachable():
		return false, nil
	}
	members, err := c.groupMembers(ctx, group)
	return slices.Contains(members, p.ID), err
}

// GroupEmails returns the e-mail addresses of members of a user group, asking for at
// most limit of them. Members who are gone by now have none.
func (c *Client) GroupEmails(ctx context.Context, group string, limit int) ([]string, error) {
	members, err := c.groupMembers(ctx, group)
	if err != nil {
		return nil, err
	}
	var emails []string
	for _, id := range members[:min(limit, len(members))] {
		p, err := c.User(ctx, id)
		if err != nil && !errors.Is(err, access.ErrNotFound) {
			return nil, err
		}
		if err == nil && p.reachable() {
			emails = append(emails, p.Email)
		}
	}
	return emails, nil
}

// reachable says whether a profile's address says who somebody is.
func (p Profile) reachable() bool {
	return !p.Deleted && !p.Bot && !p.Stranger && p.EmailConfirmed && p.Email != ""
}

// groupMembers returns the user ids of a user group; one that is disabled is not found.
// See https://docs.slack.dev/reference/methods/usergroups.users.list.
func (c *Client) groupMembers(ctx context.Context, group string) ([]string, error) {
	if group == "" {
		return nil, fmt.Errorf("%w: no Slack user group", access.ErrInvalid)
	}
	var members []string
	err := c.caller.DoIn(ctx, outbound.SlackGroupUsers, "", func(ctx context.Context) error {
		var err error
		members, err = c.api.GetUserGroupMembersContext(ctx, group)
		return classified(outbound.SlackGroupUsers, err)
	})
	if err != nil {
		return nil, err
	}
	return members, nil
}
