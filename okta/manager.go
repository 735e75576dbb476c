package okta

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"airpass/access"
)

// ManagerOf returns the person whom p's manager attribute names. It returns
// access.ErrNotFound, in words, when the attribute is empty or does not name
// exactly one Okta user; whether they are active, and not p, the caller judges.
func (c *Client) ManagerOf(ctx context.Context, p access.Person) (access.Person, error) {
	if p.Manager == "" {
		return access.Person{}, fmt.Errorf("%w: the Okta profile of %s names no manager in %s",
			access.ErrNotFound, p.Login, c.o.ManagerAttribute)
	}
	m, err := c.manager(ctx, p.Manager)
	if errors.Is(err, access.ErrNotFound) || errors.Is(err, access.ErrInvalid) {
		return access.Person{}, fmt.Errorf("%w: %q, the manager of %s, is not exactly one Okta user (looked up by %s): %w",
			access.ErrNotFound, p.Manager, p.Login, c.o.ManagerKind, err)
	}
	return m, err
}

func (c *Client) manager(ctx context.Context, value string) (access.Person, error) {
	switch c.o.ManagerKind {
	case ManagerLogin:
		return c.ByLogin(ctx, value)
	case ManagerEmail:
		return onlyOne(c.ByEmail(ctx, value))
	case ManagerEmployeeNumber:
		return onlyOne(c.byAttribute(ctx, "employeeNumber", value))
	}
	return c.ByID(ctx, value)
}

// ManagersOf returns the managers of people, by the Okta user ids of those people; in
// lists, each manager once. Whose manager attribute is empty or does not name exactly one
// Okta user is not in the answer. Any failure is a failure of the whole.
func (c *Client) ManagersOf(ctx context.Context, people []access.Person) (map[string]access.Person, error) {
	values := make([]string, 0, len(people))
	for _, p := range people {
		if p.Manager != "" {
			values = append(values, p.Manager)
		}
	}
	found, err := c.managers(ctx, values)
	if err != nil {
		return nil, err
	}
	out := map[string]access.Person{}
	for _, p := range people {
		if m := found[strings.ToLower(p.Manager)]; len(m) == 1 {
			out[p.OktaID] = m[0]
		}
	}
	return out, nil
}

// managers are those whom values of the manager attribute name, by the value in lower case.
func (c *Client) managers(ctx context.Context, values []string) (map[string][]access.Person, error) {
	switch c.o.ManagerKind {
	case ManagerLogin:
		return c.having(ctx, "login", values)
	case ManagerEmail:
		return c.having(ctx, c.o.EmailAttribute, values)
	case ManagerEmployeeNumber:
		return c.having(ctx, "employeeNumber", values)
	}
	people, err := c.People(ctx, slices.DeleteFunc(values, func(id string) bool { return !plainID(id) }))
	out := map[string][]access.Person{}
	for id, p := range people {
		out[strings.ToLower(id)] = append(out[strings.ToLower(id)], p)
	}
	return out, err
}

func onlyOne(people []access.Person, err error) (access.Person, error) {
	if err != nil {
		return access.Person{}, err
	}
	if len(people) != 1 {
		return access.Person{}, fmt.Errorf("%w: %d Okta users", access.ErrNotFound, len(people))
	}
	return people[0], nil
}
