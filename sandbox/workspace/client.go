package workspace

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// What a Slack client does that has a whole screen in front of it: it knows messages
// by timestamp, views by id and elements by block and action, keeps what was read,
// and holds what was entered before anybody is told.

// TeamName returns the workspace's name.
func (w *Workspace) TeamName() string { return w.opts.TeamName }

// Message returns one message that the person sees; ErrGone when it was deleted,
// ErrNotThere when it is not for them.
func (p *Person) Message(channel, ts string) (Message, error) {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	if _, err := p.signedIn(); err != nil {
		return Message{}, err
	}
	c, err := p.in(channel)
	if err != nil {
		return Message{}, err
	}
	m := p.w.findMessage(c.ID, ts)
	switch {
	case m == nil || m.Deleted:
		return Message{}, fmt.Errorf("message %s: %w", ts, ErrGone)
	case m.EphemeralFor != "" && m.EphemeralFor != p.id:
		return Message{}, fmt.Errorf("message %s: %w", ts, ErrNotThere)
	}
	seen := *m
	seen.person = p
	return seen, nil
}

// View returns a view as a handle of this person. Everything done to one that is not
// open in front of them fails with ErrGone.
func (p *Person) View(id string) *ViewHandle { return &ViewHandle{p: p, id: id} }

// Press presses the button of this block and action id, as Button.Click does. It
// tells apart buttons that share an action id.
func (m Message) Press(ctx context.Context, block, action string) (*Response, error) {
	if m.person == nil {
		return nil, fmt.Errorf("nobody looks at this message: %w", ErrNoSuchElement)
	}
	return source{p: m.person, message: &m}.press(ctx, block, action)
}

// Press presses the button of this block and action id.
func (h *ViewHandle) Press(ctx context.Context, block, action string) (*Response, error) {
	return h.source().press(ctx, block, action)
}

func (s source) press(ctx context.Context, block, action string) (*Response, error) {
	s.p.w.mu.Lock()
	b, e, err := s.find(block, action)
	s.p.w.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if kind := str(e, "type"); kind != "button" && kind != "workflow_button" {
		return nil, fmt.Errorf("%s is no button: %w", kind, ErrNoSuchElement)
	}
	return s.send(ctx, b, e, nil)
}

// Fill enters values into an element as Select and Type do, and never tells the app:
// what is typed before Enter is pressed.
func (m Message) Fill(ctx context.Context, block, action string, chosen ...string) error {
	if m.person == nil {
		return fmt.Errorf("nobody looks at this message: %w", ErrNoSuchElement)
	}
	return source{p: m.person, message: &m}.fill(ctx, block, action, chosen)
}

// Fill enters values into an element as Select and Type do, and never tells the app:
// what is typed before Enter is pressed.
func (h *ViewHandle) Fill(ctx context.Context, block, action string, chosen ...string) error {
	return h.source().fill(ctx, block, action, chosen)
}

func (s source) fill(ctx context.Context, block, action string, chosen []string) error {
	_, _, _, err := s.put(ctx, block, action, chosen)
	return err
}

// Options returns what a menu of the message offers; an external select asks the app
// with the query. block may be "" when the action id is enough.
func (m Message) Options(ctx context.Context, block, action, query string) ([]Option, error) {
	if m.person == nil {
		return nil, fmt.Errorf("nobody looks at this message: %w", ErrNoSuchElement)
	}
	return source{p: m.person, message: &m}.options(ctx, block, action, query)
}

// Values returns what the person has entered in the message: block id -> action id ->
// value in Slack's form. Nil when nobody looks at it.
func (m Message) Values() map[string]map[string]Block {
	if m.person == nil {
		return nil
	}
	w := m.person.w
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.valuesOf(source{p: m.person, message: &m}.key(), m.Blocks)
}

// MarkRead notes that the person has read a conversation up to now ("" is the direct
// message with the app).
func (p *Person) MarkRead(channel string) error {
	w := p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := p.signedIn(); err != nil {
		return err
	}
	c, err := p.in(channel)
	if err != nil {
		return err
	}
	messages := w.messages[c.ID]
	if len(messages) == 0 {
		return nil
	}
	key, last := readKey{user: p.id, channel: c.ID}, messages[len(messages)-1].TS
	if w.read[key] != last {
		w.read[key] = last
		w.announce(Change{Kind: "read", Channel: c.ID, User: p.id})
	}
	return nil
}

type readKey struct{ user, channel string }

// Unread returns how many messages of others the person has not read in a
// conversation, and how many of them are for them in particular: a mention, or
// anything in a direct message. Replies in threads and ephemeral messages do not count.
func (p *Person) Unread(channel string) (messages, mentions int) {
	w := p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := p.signedIn(); err != nil {
		return 0, 0
	}
	c, err := p.in(channel)
	if err != nil || !c.Has(p.id) {
		return 0, 0
	}
	mark := w.read[readKey{user: p.id, channel: c.ID}]
	all := w.messages[c.ID]
	for i := len(all) - 1; i >= 0 && tsLess(mark, all[i].TS); i-- {
		m := all[i]
		reply := m.ThreadTS != "" && m.ThreadTS != m.TS && !m.Broadcast
		if m.Deleted || m.EphemeralFor != "" || m.User == p.id || reply {
			continue
		}
		messages++
		if c.IM || p.calledBy(m) {
			mentions++
		}
	}
	return messages, mentions
}

// calledBy says whether a message notifies the person by name, by group or as one of
// everybody. The caller holds the lock.
func (p *Person) calledBy(m *Message) bool {
	for _, who := range m.Notifies() {
		switch {
		case who == p.id || who == "channel" || who == "here" || who == "everyone":
			return true
		case strings.HasPrefix(who, "subteam^"):
			for _, g := range p.w.groups {
				if g.ID == strings.TrimPrefix(who, "subteam^") && slices.Contains(g.Users, p.id) {
					return true
				}
			}
		}
	}
	return false
}
