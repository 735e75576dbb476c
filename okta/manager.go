package okta

import (
	"context"
	"errors"
	"fmt"

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

func onlyOne(people []access.Person, err error) (access.Person, error) {
	if err != nil {
		return access.Person{}, err
	}
	if len(people) != 1 {
		return access.Person{}, fmt.Errorf("%w: %d Okta users", access.ErrNotFound, len(people))
	}
	return people[0], nil
}
