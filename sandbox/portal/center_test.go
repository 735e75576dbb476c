package portal_test

import (
	"sync"
	"time"

	"airpass/sandbox/portal"
)

type center struct {
	mu       sync.Mutex
	enabled  map[string]bool
	access   map[string][]portal.Access
	policies map[string]string
	n        int
}

func (w *world) newCenter() {
	w.center = &center{enabled: map[string]bool{}, access: map[string][]portal.Access{}, policies: map[string]string{}}
}

func (c *center) UpsertUser(_, userName, _, _, _, _ string) (string, error) {
	return "id-" + userName, nil
}

func (c *center) SetUserEnabled(userName string, enabled bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.enabled[userName] = enabled
	return nil
}
func (c *center) UpsertGroup(name string) string          { return name }
func (c *center) SetMembership(_, _ string, _ bool) error { return nil }
func (c *center) RoleExists(_, role string) bool          { _, ok := c.RolePolicy("", role); return ok }
func (c *center) RolePolicy(_, role string) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, ok := c.policies[role]
	return p, ok
}

func (c *center) AccessOf(userName string) (string, []portal.Access, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	on, ok := c.enabled[userName]
	switch {
	case !ok:
		return "", nil, portal.ErrUnknownUser
	case !on:
		return "", nil, portal.ErrDisabledUser
	}
	return "id-" + userName, c.access[userName], nil
}

const role = "AWSReservedSSO_" + set + "_0123456789abcdef"

func (w *world) permissionSet(doc string, _ time.Duration) {
	w.center.mu.Lock()
	defer w.center.mu.Unlock()
	w.center.policies[role] = doc
}
func (w *world) userID(login string) string { return "id-" + login }

func (w *world) assign(login string) {
	w.center.mu.Lock()
	defer w.center.mu.Unlock()
	w.center.access[login] = append(w.center.access[login], portal.Access{Account: account, PermissionSetName: set, RoleName: role, SessionDuration: time.Hour})
}

func (w *world) unassign(login string) {
	w.center.mu.Lock()
	defer w.center.mu.Unlock()
	delete(w.center.access, login)
	if len(w.center.access) == 0 {
		delete(w.center.policies, role)
	}
}
