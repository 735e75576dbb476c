package okta

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"

	"airpass/access"
	"airpass/outbound"
)

// ByID returns the person with this Okta user id. It returns access.ErrInvalid for
// what is no id and access.ErrNotFound for nobody.
func (c *Client) ByID(ctx context.Context, oktaID string) (access.Person, error) {
	u, err := c.userByID(ctx, oktaID)
	if err != nil {
		return access.Person{}, err
	}
	return c.person(u), nil
}

func (c *Client) userByID(ctx context.Context, oktaID string) (*sdk.User, error) {
	if !plainID(oktaID) {
		return nil, fmt.Errorf("%w: %q is no Okta user id", access.ErrInvalid, oktaID)
	}
	u, err := c.getUser(ctx, oktaID)
	if err != nil {
		return nil, err
	}
	// Okta also looks the text up as a login and as the beginning of one ("me" is
	// whose token it is), so the answer may be somebody else.
	if u.Id != oktaID {
		return nil, fmt.Errorf("%w: no Okta user has the id %q", access.ErrNotFound, oktaID)
	}
	return u, nil
}

// ByLogin returns the person whose login is exactly this, without regard to case.
// It returns access.ErrInvalid for what is no login and access.ErrNotFound for nobody.
func (c *Client) ByLogin(ctx context.Context, login string) (access.Person, error) {
	// A path segment of dots would name another resource.
	if login == "" || strings.Trim(login, ".") == "" {
		return access.Person{}, fmt.Errorf("%w: %q is no Okta login", access.ErrInvalid, login)
	}
	// The SDK puts it into the path as it is.
	u, err := c.getUser(ctx, url.PathEscape(login))
	if err != nil {
		return access.Person{}, err
	}
	p := c.person(u)
	if !strings.EqualFold(p.Login, login) {
		return access.Person{}, fmt.Errorf("%w: no Okta user has the login %q", access.ErrNotFound, login)
	}
	return p, nil
}

// getUser asks for a user by what stands in the path.
// See https://developer.okta.com/docs/api/openapi/okta-management/management/tag/User/#tag/User/operation/getUser.
func (c *Client) getUser(ctx context.Context, segment string) (*sdk.User, error) {
	var u *sdk.User
	err := c.o.Caller.Do(ctx, outbound.OktaGetUser, func(ctx context.Context) error {
		var err error
		u, _, err = c.sdk.User.GetUser(ctx, segment)
		if err == nil && (u == nil || u.Id == "" || u.Profile == nil) {
			return implausible(outbound.OktaGetUser, "a user without id or profile")
		}
		return classified(outbound.OktaGetUser, err)
	})
	return u, err
}

// ByEmail returns everybody, of any status, whose email attribute is exactly this,
// without regard to case; nobody is an empty list.
func (c *Client) ByEmail(ctx context.Context, email string) ([]access.Person, error) {
	return c.byAttribute(ctx, c.o.EmailAttribute, email)
}

// byAttribute searches and compares once more: what a search returns is a
// suggestion, not a proof of who somebody is.
func (c *Client) byAttribute(ctx context.Context, attribute, value string) ([]access.Person, error) {
	if strings.TrimSpace(value) == "" {
		return nil, fmt.Errorf("%w: nobody is found by an empty %s", access.ErrInvalid, attribute)
	}
	users, err := c.listUsers(ctx, query.NewQueryParams(
		query.WithSearch("profile."+attribute+" eq "+quoted(value)), query.WithLimit(200)))
	if err != nil {
		return nil, err
	}
	out := []access.Person{}
	for _, u := range users {
		if strings.EqualFold(profileText(u, attribute), value) {
			out = append(out, c.person(u))
		}
	}
	return out, nil
}

// quoted writes a value into a filter or search expression.
// See https://developer.okta.com/docs/api/#filter.
func quoted(value string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}

// listUsers asks for all pages of a list of users.
// See https://developer.okta.com/docs/api/openapi/okta-management/management/tag/User/#tag/User/operation/listUsers.
func (c *Client) listUsers(ctx context.Context, q *query.Params) ([]*sdk.User, error) {
	return collect(ctx, c, outbound.OktaListUsers, noLimit, func(ctx context.Context) ([]*sdk.User, *sdk.Response, error) {
		return c.sdk.User.ListUsers(ctx, q)
	})
}

// chunk is how many ids one filter names: about 2 KB of URL. A page has 200 people, but Okta says
// nowhere how long a filter may be, and 200 ids are as much as many servers take of a URL.
const chunk = 50

// People returns what Okta knows of these users, by id. Somebody who is not in the
// answer is unknown, which does not mean deactivated: those are in it, with status
// DEPROVISIONED. Any failure is a failure of the whole.
//
// It asks by filters of ids: the calls grow with the people to know of and not with the
// directory, a filter sees changes at once, and it has those who were deactivated, whom the list
// of everybody leaves out.
func (c *Client) People(ctx context.Context, oktaIDs []string) (map[string]access.Person, error) {
	ids := slices.Compact(slices.Sorted(slices.Values(oktaIDs)))
	out := make(map[string]access.Person, len(ids))
	for part := range slices.Chunk(ids, chunk) {
		filter, err := anyID(part)
		if err != nil {
			return nil, err
		}
		users, err := c.listUsers(ctx, query.NewQueryParams(query.WithFilter(filter), query.WithLimit(200)))
		if err != nil {
			return nil, err
		}
		for _, u := range users {
			if slices.Contains(part, u.Id) {
				out[u.Id] = c.person(u)
			}
		}
	}
	return out, nil
}

// ByLogins returns the people with these logins, of any status, by login in lower case; in
// lists. A login that is nobody's is not in the answer. Any failure is one of the whole.
func (c *Client) ByLogins(ctx context.Context, logins []string) (map[string]access.Person, error) {
	found, err := c.having(ctx, "login", logins)
	out := map[string]access.Person{}
	for login, people := range found {
		if len(people) == 1 {
			out[login] = people[0]
		}
	}
	return out, err
}

// having is byAttribute for many values at once: by the value in lower case.
func (c *Client) having(ctx context.Context, attribute string, values []string) (map[string][]access.Person, error) {
	wanted := map[string]bool{}
	for _, v := range values {
		if strings.TrimSpace(v) != "" {
			wanted[strings.ToLower(v)] = true
		}
	}
	out := make(map[string][]access.Person, len(wanted))
	for part := range slices.Chunk(slices.Sorted(maps.Keys(wanted)), chunk) {
		terms := make([]string, len(part))
		for i, v := range part {
			terms[i] = "profile." + attribute + " eq " + quoted(v)
		}
		users, err := c.listUsers(ctx, query.NewQueryParams(query.WithSearch(strings.Join(terms, " or ")), query.WithLimit(200)))
		if err != nil {
			return nil, err
		}
		for _, u := range users {
			if v := strings.ToLower(profileText(u, attribute)); wanted[v] {
				out[v] = append(out[v], c.person(u))
			}
		}
	}
	return out, nil
}

func anyID(ids []string) (string, error) {
	terms := make([]string, len(ids))
	for i, id := range ids {
		if !plainID(id) {
			return "", fmt.Errorf("%w: %q is no Okta user id", access.ErrInvalid, id)
		}
		terms[i] = "id eq " + quoted(id)
	}
	return strings.Join(terms, " or "), nil
}
