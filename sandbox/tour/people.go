package tour

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"airpass/sandbox"
	"airpass/sandbox/workspace"
)

// The words on what people press.
const (
	approve = "Approve"
	deny    = "Deny"
	openIt  = "Open Airflow"
)

// wish is what somebody asks for. The reason is what people tell requests apart by.
type wish struct {
	who      string // key
	target   sandbox.Target
	duration string // as in the form's menu
	reason   string
	start    time.Time // zero is at once
}

// openForm types the slash command and waits for the form.
func (s *story) openForm(ctx context.Context, who string) (*workspace.ViewHandle, *workspace.Response, error) {
	p := s.world.As(who)
	answer, err := p.Slash(ctx, sandbox.Command, "", sandbox.RequestsChannel)
	if err != nil {
		return nil, nil, err
	}
	form, err := p.WaitView(ctx, nil)
	return form, answer, err
}

// fill writes a wish into the form and sends it.
func fill(ctx context.Context, form *workspace.ViewHandle, w wish) (*workspace.Submission, error) {
	for _, choice := range [][2]string{{"environment", w.target.Environment}, {"role", w.target.Role}, {"duration", w.duration}} {
		if err := form.Select(ctx, "", choice[0], choice[1]); err != nil {
			return nil, fmt.Errorf("choose %s: %w", choice[0], err)
		}
	}
	if !w.start.IsZero() {
		if err := form.Select(ctx, "start", "start", strconv.FormatInt(w.start.Unix(), 10)); err != nil {
			return nil, fmt.Errorf("choose a start: %w", err)
		}
	}
	if err := form.Type(ctx, "reason", "reason", w.reason); err != nil {
		return nil, err
	}
	sent, err := form.Submit(ctx)
	if err != nil {
		return nil, err
	}
	if len(sent.Errors) > 0 || !sent.Closed {
		return nil, fmt.Errorf("the form was not taken: %v", sent.Errors)
	}
	return sent, nil
}

// ask is openForm and fill, until the message says that the request waits.
func (s *story) ask(ctx context.Context, w wish) error {
	form, _, err := s.openForm(ctx, w.who)
	if err != nil {
		return err
	}
	if _, err := fill(ctx, form, w); err != nil {
		return err
	}
	_, err = s.reads(ctx, w.who, w, "Waiting for approval")
	return err
}

// reads waits until somebody's direct message about a wish says these words.
func (s *story) reads(ctx context.Context, who string, w wish, words ...string) (workspace.Message, error) {
	p := s.world.As(who)
	said := workspace.Saying(append([]string{w.reason}, words...)...)
	m, err := p.WaitMessage(ctx, func(m workspace.Message) bool { return m.Channel == p.DM() && said(m) })
	if err != nil {
		return m, fmt.Errorf("%w; what stands there is:\n%s", err, s.lastSaid(who))
	}
	return m, nil
}

// hears waits until somebody is told words in a direct message or only for them.
func (s *story) hears(ctx context.Context, who string, words ...string) error {
	p := s.world.As(who)
	said := workspace.Saying(words...)
	_, err := p.WaitMessage(ctx, func(m workspace.Message) bool { return (m.Channel == p.DM() || m.EphemeralFor == p.ID()) && said(m) })
	if err != nil {
		return fmt.Errorf("%w; what stands there is:\n%s", err, s.lastSaid(who))
	}
	return nil
}

func (s *story) lastSaid(who string) string { return last(s.world.As(who).Messages("")) }

// last is what the newest message says, for whoever looks for what went wrong.
func last(all []workspace.Message) string {
	if len(all) == 0 {
		return "(nothing)"
	}
	return all[len(all)-1].Visible()
}

// card waits until somebody sees a wish's card with these words, in a channel, as it
// is then; "" is the direct message.
func (s *story) card(ctx context.Context, who, channel string, w wish, words ...string) (workspace.Message, error) {
	p := s.world.As(who)
	if channel == "" {
		channel = p.DM()
	}
	said := workspace.Saying(append([]string{w.reason, s.world.Person(w.who).Name}, words...)...)
	m, err := p.WaitMessage(ctx, func(m workspace.Message) bool { return m.Channel == channel && said(m) })
	if err != nil {
		return m, fmt.Errorf("%w; what stands in %s is:\n%s", err, channel, last(p.Messages(channel)))
	}
	return m, nil
}

// undecided waits for a card that can still be decided.
func (s *story) undecided(ctx context.Context, who, channel string, w wish) (workspace.Message, error) {
	m, err := s.card(ctx, who, channel, w)
	if err != nil {
		return m, err
	}
	if got := m.Buttons(); !slices.Contains(got, approve) || !slices.Contains(got, deny) {
		return m, fmt.Errorf("the card has the buttons %v", got)
	}
	return m, nil
}

// course is the first line of every rendering that a message had: how it went.
func course(m workspace.Message) []string {
	var all []string
	for _, v := range m.Versions {
		_, state, _ := strings.Cut(v.Text, " – ")
		if len(all) == 0 || all[len(all)-1] != state {
			all = append(all, state)
		}
	}
	return all
}

// everSaid says whether some rendering of a message had all of these words.
func everSaid(m workspace.Message, words ...string) bool {
	return slices.ContainsFunc(m.Versions, func(v workspace.Version) bool {
		then := m
		then.Text, then.Blocks = v.Text, v.Blocks
		return workspace.Saying(words...)(then)
	})
}

// showing accepts modals that say these words.
func showing(words string) func(workspace.View) bool {
	return func(v workspace.View) bool { return strings.Contains(v.Visible(), words) }
}
