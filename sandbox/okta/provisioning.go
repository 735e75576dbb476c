package okta

import (
	"fmt"
	"slices"
	"time"
)

// Provisioner is IAM Identity Center as Okta reaches it over SCIM. It may take its
// own locks but must not call the Server's methods. An error is kept with the
// person or push it concerns and shown; nothing is tried again by itself.
type Provisioner interface {
	// UpsertUser makes or changes the person whom Okta knows by externalID and
	// returns their id downstream.
	UpsertUser(externalID, userName, email, displayName, first, last string) (string, error)
	// SetUserEnabled lets somebody in or shuts them out.
	SetUserEnabled(userName string, enabled bool) error
	// UpsertGroup makes the group with this name, if there is none, and returns its id.
	UpsertGroup(name string) (id string)
	// SetMembership changes who is in a group. Doing it twice is no error.
	SetMembership(groupID, userName string, member bool) error
}

type taskKind string

const (
	upsertUser     taskKind = "user"
	disableUser    taskKind = "disable_user"
	pushMembership taskKind = "group_membership"
)

// task is something to be told downstream. Somebody new is told after the provision
// delay, other changes of people at once, those of pushed groups after the push delay.
type task struct {
	id     int
	kind   taskKind
	app    *app
	user   *user
	group  *group
	member bool
	// fresh: the person has just been assigned, so their memberships follow.
	fresh  bool
	queued time.Time
	forced bool
	err    error
}

// Push is a change that has not reached Identity Center.
type Push struct {
	ID     int    `json:"id"`
	Kind   string `json:"kind"` // user, disable_user or group_membership
	User   string `json:"user"` // login
	Group  string `json:"group,omitempty"`
	Member bool   `json:"member"`
	// Queued is when it was made, on the sandbox clock.
	Queued time.Time `json:"queued"`
	// Error is why it failed; it stays until delivered by DeliverPush.
	Error string `json:"error,omitempty"`
}

func (s *Server) queue(t *task) {
	if s.opts.Downstream == nil {
		return
	}
	t.id, t.queued = s.next(), s.now()
	s.tasks = append(s.tasks, t)
}

// pushMembership queues a change in a pushed group, unless the same is the last that
// is under way for this person and group.
func (s *Server) pushMembership(g *group, u *user, member bool) {
	for _, a := range s.apps {
		if _, pushed := a.pushed[g.ID]; !pushed {
			continue
		}
		same := false
		for _, t := range s.tasks {
			if t.kind == pushMembership && t.app == a && t.group == g && t.user == u {
				same = t.member == member
			}
		}
		if !same {
			s.queue(&task{kind: pushMembership, app: a, user: u, group: g, member: member})
		}
	}
}

// pushProfile queues a changed profile of somebody who is provisioned.
func (s *Server) pushProfile(u *user) {
	for _, a := range s.apps {
		if au := a.users[u.ID]; au != nil && a.provisions() && au.externalID != "" {
			s.queue(&task{kind: upsertUser, app: a, user: u})
		}
	}
}

// PushGroup pushes a group to the Identity Center application: the group is made
// there at once, its members follow after the push delay. It returns the group's id
// downstream. It returns ErrNotFound, and ErrInvalid for a group that assigns the
// application: the same group cannot do both.
// See https://docs.aws.amazon.com/singlesignon/latest/userguide/gs-okta.html.
func (s *Server) PushGroup(groupID string) (string, error) {
	s.deliver.Lock()
	id, err := s.pushGroup(groupID)
	s.deliver.Unlock()
	s.Sync()
	return id, err
}

func (s *Server) pushGroup(groupID string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, g := s.identityCenter(), s.group(groupID)
	if a == nil || g == nil || s.opts.Downstream == nil {
		return "", fmt.Errorf("%w: group %q, the Identity Center application, or what is behind it", ErrNotFound, groupID)
	}
	if a.assignment(g) != nil {
		return "", fmt.Errorf("%w: %s assigns the application and cannot be pushed to it", ErrInvalid, g.Name)
	}
	if id, already := a.pushed[g.ID]; already {
		return id, nil
	}
	name := g.Name
	s.mu.Unlock() // deliver is held; only s.mu is let go while the downstream works
	id := s.opts.Downstream.UpsertGroup(name)
	s.mu.Lock()
	a.pushed[g.ID] = id
	s.record("application.provision.group_push.mapping.created", "Group push mapping created", somebody(), g.asActor(), a.asActor())
	for _, u := range s.users {
		if _, in := g.members[u.ID]; in {
			s.pushMembership(g, u, true)
		}
	}
	return id, nil
}

// SetPushDelay changes how long changes in pushed groups take, also of those that
// are under way.
func (s *Server) SetPushDelay(d time.Duration) {
	s.mu.Lock()
	s.pushDelay = max(d, 0)
	s.mu.Unlock()
	s.Sync()
}

// SetPushNever holds every change in pushed groups back until it is called with
// false: SCIM has stopped, as with an expired token. What was held is then due by
// its age, which is the late push that arrives.
func (s *Server) SetPushNever(never bool) {
	s.mu.Lock()
	s.pushNever = never
	s.mu.Unlock()
	s.Sync()
}

// SetProvisionDelay changes how long it takes until somebody who is assigned the
// application has an account downstream, also for those under way.
func (s *Server) SetProvisionDelay(d time.Duration) {
	s.mu.Lock()
	s.provisionDelay = max(d, 0)
	s.mu.Unlock()
	s.Sync()
}

// SetProvisionNever holds everybody new back until it is called with false; who was
// held is then due by their age.
func (s *Server) SetProvisionNever(never bool) {
	s.mu.Lock()
	s.provisionNever = never
	s.mu.Unlock()
	s.Sync()
}

// ProvisionKnobs returns the provision delay and whether new people are held back.
func (s *Server) ProvisionKnobs() (delay time.Duration, never bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.provisionDelay, s.provisionNever
}

// PushKnobs returns the push delay and whether pushes are held back.
func (s *Server) PushKnobs() (delay time.Duration, never bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pushDelay, s.pushNever
}

// Pushes lists what has not reached Identity Center, oldest first.
func (s *Server) Pushes() []Push {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []Push{}
	for _, t := range s.tasks {
		p := Push{ID: t.id, Kind: string(t.kind), User: t.user.Login(), Member: t.member, Queued: t.queued}
		if t.group != nil {
			p.Group = t.group.ID
		}
		if t.err != nil {
			p.Error = t.err.Error()
		}
		out = append(out, p)
	}
	return out
}

// DeliverPushes delivers everything that is under way now, in order, whatever the
// delay; what failed is tried again.
func (s *Server) DeliverPushes() {
	s.mu.Lock()
	for _, t := range s.tasks {
		t.forced, t.err = true, nil
	}
	s.mu.Unlock()
	s.Sync()
}

// DeliverPush delivers one push now, out of its turn. It returns ErrNotFound.
func (s *Server) DeliverPush(id int) error {
	s.mu.Lock()
	found := false
	for _, t := range s.tasks {
		if t.id == id {
			t.forced, t.err, found = true, nil, true
		}
	}
	s.mu.Unlock()
	s.Sync()
	if !found {
		return fmt.Errorf("%w: push %d", ErrNotFound, id)
	}
	return nil
}

// Sync does what is due by the sandbox clock: requests that were lost and are carried
// out late, group rules, and provisioning. It is called at every request and move of
// the clock; Identity Center's own handler must be preceded by a call, so that it
// sees what is due. It must not be called by the Provisioner.
func (s *Server) Sync() {
	s.faults.RunLate()
	s.deliver.Lock()
	defer s.deliver.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runRules()
	for {
		at := slices.IndexFunc(s.tasks, s.due)
		if at < 0 {
			return
		}
		t := s.tasks[at]
		if err := s.perform(t); err != nil {
			t.err, t.forced = err, false
			s.failed(t)
			continue
		}
		s.tasks = slices.DeleteFunc(s.tasks, func(o *task) bool { return o == t })
	}
}

func (s *Server) due(t *task) bool {
	switch {
	case t.err != nil:
		return false
	case t.forced:
		return true
	case t.kind == upsertUser && t.fresh:
		return !s.provisionNever && !t.queued.Add(s.provisionDelay).After(s.now())
	case t.kind != pushMembership:
		return true
	}
	return !s.pushNever && !t.queued.Add(s.pushDelay).After(s.now())
}

func (s *Server) perform(t *task) error {
	switch t.kind {
	case upsertUser:
		return s.performUpsert(t)
	case disableUser:
		return s.performDisable(t)
	}
	return s.performMembership(t)
}

// outside lets go of the state while the downstream works; deliver stays held.
func (s *Server) outside(f func() error) error {
	s.mu.Unlock()
	defer s.mu.Lock()
	return f()
}

func (s *Server) performUpsert(t *task) error {
	au := t.app.users[t.user.ID]
	if au == nil {
		return nil // unassigned in the meantime
	}
	p := t.user.Profile
	email, display, first, last := text(p, "email"), text(p, "displayName"), text(p, "firstName"), text(p, "lastName")
	name := au.userName
	// See https://docs.aws.amazon.com/singlesignon/latest/userguide/gs-okta.html:
	// without these a person is not synchronised.
	if name == "" || display == "" || first == "" || last == "" {
		return fmt.Errorf("%w: Identity Center needs user name, display name, first and last name", ErrInvalid)
	}
	var id string
	err := s.outside(func() (err error) {
		if id, err = s.opts.Downstream.UpsertUser(t.user.ID, name, email, display, first, last); err != nil {
			return err
		}
		return s.opts.Downstream.SetUserEnabled(name, true)
	})
	if err != nil {
		return err
	}
	au.externalID, au.sync, au.lastSync = id, "SYNCHRONIZED", s.now()
	if au.status != "PROVISIONED" {
		au.status, au.since = "PROVISIONED", s.now()
	}
	t.app.provisioned[t.user.ID] = name
	s.record("application.provision.user.sync", "Sync user in external application", system(), t.user.asActor(), t.app.asActor())
	if !t.fresh {
		return nil
	}
	for _, g := range s.groups {
		if _, in := g.members[t.user.ID]; in {
			s.pushMembership(g, t.user, true)
		}
	}
	return nil
}

func (s *Server) performDisable(t *task) error {
	name, known := t.app.provisioned[t.user.ID]
	if !known || t.app.users[t.user.ID] != nil {
		return nil // never provisioned, or assigned again in the meantime
	}
	if err := s.outside(func() error { return s.opts.Downstream.SetUserEnabled(name, false) }); err != nil {
		return err
	}
	s.record("application.provision.user.deactivate", "Deactivate user in external application", system(), t.user.asActor(), t.app.asActor())
	return nil
}

// performMembership tells a change in a pushed group. Only people who are assigned
// and provisioned are pushed into groups; whoever was provisioned is taken out.
func (s *Server) performMembership(t *task) error {
	name, known := t.app.provisioned[t.user.ID]
	if !known || t.member && t.app.users[t.user.ID] == nil {
		return nil
	}
	group := t.app.pushed[t.group.ID]
	if err := s.outside(func() error { return s.opts.Downstream.SetMembership(group, name, t.member) }); err != nil {
		return err
	}
	event, words := "application.provision.group_membership.add", "Add user to group in external application"
	if !t.member {
		event, words = "application.provision.group_membership.remove", "Remove user from group in external application"
	}
	s.record(event, words, system(), t.user.asActor(), t.group.asActor(), t.app.asActor())
	return nil
}

// failed shows a failure where Okta does: on the application user and in the log.
func (s *Server) failed(t *task) {
	if au := t.app.users[t.user.ID]; au != nil && t.kind != pushMembership {
		au.sync = "ERROR"
	}
	s.recordFailure("application.provision.user.push", "Push to external application failed", t.err.Error(), system(), t.user.asActor(), t.app.asActor())
}
