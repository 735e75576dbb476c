package bot_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"airpass/messages"
	"airpass/sandbox"
	"airpass/sandbox/control"
	"airpass/sandbox/identitycenter"
	"airpass/sandbox/workspace"
)

// plot is who asks for what in a story, and what is awkward about it.
type plot struct {
	name      string
	who       string
	target    string
	approver  string
	approvers []string // everybody who gets a card
	// lost: Slack takes the first post and the answer never comes.
	lost bool
	// standing: the person is in the Okta group already, and stays.
	standing bool
	// newcomer: the person has no account in Identity Center and is given one.
	newcomer bool
	// tile: a tile of the access portal comes and goes with it.
	tile bool
}

// plots together reach every site; the first one that reaches a site is the one in
// which the process is killed there.
func plots() []plot {
	return []plot{
		{name: "assigned", who: "ada", target: "prod/User", approver: "grace", approvers: []string{"grace", "olivia"}},
		{name: "pushed", who: "ada", target: "dev/User", approver: "grace", approvers: []string{"grace", "olivia"}},
		{name: "lost post", who: "ada", target: "prod/Viewer", approver: "grace", approvers: []string{"grace"}, lost: true},
		{name: "group of approvers", who: "pavel", target: "prod/Admin", approver: "sam", approvers: []string{"sam"}},
		newcomer(),
	}
}

// newcomer is somebody who has no account in Identity Center.
func newcomer() plot {
	return plot{name: "newcomer", who: "nina", target: "prod/User", approver: "grace", approvers: []string{"grace", "olivia"}, newcomer: true}
}

// tiled is somebody with whose access a tile comes and goes.
func tiled() plot {
	return plot{name: "tile", who: "ada", target: "prod/Viewer", approver: "grace", approvers: []string{"grace"}, tile: true}
}

// partlyStanding is somebody who has a part of what is asked for from elsewhere.
func partlyStanding() plot {
	return plot{name: "partly standing", who: "ben", target: "prod/User", approver: "grace", approvers: []string{"grace", "olivia"}, standing: true}
}

// story is one way in which access comes and goes. It arms the siege where the part
// that it is named for begins, and leaves nothing behind.
type story struct {
	name string
	play func(s *siege, p plot)
	// requests is how many there are in it.
	requests int
}

func stories() []story {
	return []story{{"grant", grantStory, 1}, {"revoke", revokeStory, 1}, {"overlap", overlapStory, 2}, {"cancel during create", cancelStory, 1}}
}

const (
	firstReason  = "the nightly load is stuck"
	secondReason = "and the backfill after it"
)

// grantStory: asked, approved, there; and gone when its time is over, which shows that
// it was still taken for ours.
func grantStory(s *siege, p plot) {
	s.arm()
	s.annoy(p)
	s.asks(p, firstReason)
	s.approves(p, firstReason)
	s.until("access", s.given(p, firstReason))
	s.disarm()
	s.advance(time.Hour + time.Minute)
	s.until("the end", s.over(p, firstReason))
}

// revokeStory: its time is over.
func revokeStory(s *siege, p plot) {
	s.asks(p, firstReason)
	s.approves(p, firstReason)
	s.until("access", s.given(p, firstReason))
	s.arm()
	s.advance(time.Hour + time.Minute)
	s.until("the end", s.over(p, firstReason))
}

// overlapStory: a second grant of the same begins before the first one ends.
func overlapStory(s *siege, p plot) {
	s.asks(p, firstReason)
	s.approves(p, firstReason)
	s.until("access", s.given(p, firstReason))
	s.advance(30 * time.Minute)
	s.arm()
	s.annoy(p)
	s.asks(p, secondReason)
	s.approves(p, secondReason)
	s.until("the second grant", s.given(p, secondReason))
	s.advance(31 * time.Minute)
	s.until("the end of the first grant", s.ended(p, firstReason))
	if !s.holds(p) {
		s.Fatalf("the end of the first grant took away what the second needs\n%s%s", s.scene(), s.log)
	}
	s.advance(30 * time.Minute)
	s.until("the end", s.over(p, secondReason))
}

// cancelStory: given back while the first thing that is granted is being made. The
// requester presses the button of the card that they have had in front of them since.
func cancelStory(s *siege, p plot) {
	s.arm()
	s.annoy(p)
	s.asks(p, firstReason)
	card := s.card(p.who, firstReason, "Cancel request")
	s.approves(p, firstReason)
	s.await("the making has begun", func() error {
		if s.begun(p) {
			return nil
		}
		return errors.New("nothing was called")
	})
	s.persist("give it back", func(ctx context.Context) error {
		_, err := card.Button("Cancel request").Click(ctx)
		return err
	})
	s.until("the end", s.over(p, firstReason))
}

// annoy makes Slack awkward: the first form does not open, so that the person is told
// and tries again; and a post may be lost.
func (s *siege) annoy(p plot) {
	s.Slack.Faults().Add(control.Fault{Op: "views.open", Times: 1, Answer: "slack:expired_trigger_id"})
	if p.lost {
		s.Slack.Faults().Add(control.Fault{Op: "chat.postMessage", Times: 1, LoseReply: true})
	}
}

// asks fills in the form, and begins again when airpass has gone in between.
func (s *siege) asks(p plot, reason string) {
	s.Helper()
	who := s.as(p.who)
	s.persist("ask", func(ctx context.Context) error {
		form := who.OpenView()
		if form == nil {
			if _, err := who.Slash(ctx, sandbox.Command, "", sandbox.RequestsChannel); err != nil {
				return err
			}
			soon, cancel := context.WithTimeout(ctx, 3*slower*time.Second)
			defer cancel()
			var err error
			if form, err = who.WaitView(soon, func(v workspace.View) bool { return v.CallbackID == messages.CallbackAsk }); err != nil {
				return err
			}
		}
		environment, role, _ := strings.Cut(p.target, "/")
		for _, choice := range [][2]string{{messages.FieldEnvironment, environment}, {messages.FieldRole, role}, {messages.FieldDuration, "1 hour"}} {
			if err := form.Select(ctx, "", choice[0], choice[1]); err != nil {
				return err
			}
		}
		if err := form.Type(ctx, messages.FieldReason, messages.FieldReason, reason); err != nil {
			return err
		}
		if _, err := form.Submit(ctx); err != nil {
			return err
		}
		if wrong := form.Errors(); len(wrong) > 0 {
			return fmt.Errorf("the form is refused: %v", wrong)
		}
		return nil
	})
}

// approves presses the button on the approver's card.
func (s *siege) approves(p plot, reason string) {
	s.Helper()
	card := s.card(p.approver, reason, "Approve")
	s.persist("approve", func(ctx context.Context) error {
		_, err := card.Button("Approve").Click(ctx)
		return err
	})
}

// card waits for somebody's card with a button.
func (s *siege) card(who, reason, button string) workspace.Message {
	s.Helper()
	var found workspace.Message
	s.await("a card for "+who, func() error {
		for _, m := range s.cards(s.as(who).DM(), who, reason) {
			if m.Button(button).There() {
				found = m
				return nil
			}
		}
		return errors.New("no card with the button " + button)
	})
	return found
}

// cards are the messages of airpass about a request in a conversation, as somebody sees
// them.
func (s *siege) cards(channel, who, reason string) []workspace.Message {
	return slices.DeleteFunc(s.as(who).Messages(channel), func(m workspace.Message) bool {
		return !m.FromApp || !strings.Contains(m.Visible(), reason)
	})
}

// holds says whether the person has all of what a plot is about, and once only.
func (s *siege) holds(p plot) bool {
	t := s.Target(p.target)
	if p.tile && !s.HasTile(s.Person(p.who).Login, t.Environment) {
		return false
	}
	if t.Mode == "user" {
		return s.has(p.who, p.target)
	}
	return s.member(p.who, p.target) && s.opens(p)
}

// nothing says whether the person has nothing of what a plot is about, but for what
// was theirs before.
func (s *siege) nothing(p plot) bool {
	if p.tile && s.HasTile(s.Person(p.who).Login, s.Target(p.target).Environment) {
		return false
	}
	if p.standing {
		return s.assignments(p.who, p.target) == 0 && s.member(p.who, p.target) && !s.opens(p)
	}
	return s.free(p.who, p.target) && !s.opens(p)
}

// opens says whether the access portal shows the person what a plot is about.
func (s *siege) opens(p plot) bool {
	t := s.Target(p.target)
	_, list, err := s.IdentityCenter.AccessOf(s.Person(p.who).Login)
	if p.newcomer && errors.Is(err, identitycenter.ErrUnknownUser) {
		return false // no account yet
	}
	if err != nil {
		s.Fatal(err)
	}
	return slices.ContainsFunc(list, func(a identitycenter.Access) bool {
		return a.Account == t.Account && a.PermissionSetARN == t.PermissionSet
	})
}

// begun says whether the first thing that is granted is being made.
func (s *siege) begun(p plot) bool {
	if t := s.Target(p.target); p.newcomer || t.OktaGroup != "" && t.Mode == "group" {
		return s.Okta.Faults().Count("AddUserToGroup") > 0
	}
	return s.IdentityCenter.Faults().Count("CreateAccountAssignment") > 0
}

// given: the person has it, and every card says so.
func (s *siege) given(p plot, reason string) func() error {
	return func() error {
		if !s.holds(p) {
			return errors.New("it is not there")
		}
		return s.shows(p, reason, []string{"Access is active"}, []string{"Open Airflow", "Extend", "Give back"}, []string{"Approved by"}, []string{"Take away…"})
	}
}

// ended: every card says that it is over.
func (s *siege) ended(p plot, reason string) func() error {
	return func() error {
		return s.shows(p, reason, []string{"Access has ended", "Access ended"}, nil, []string{"Approved by", "Access has ended"}, nil)
	}
}

// over: nothing is left, and every card says so.
func (s *siege) over(p plot, reason string) func() error {
	return func() error {
		if !s.nothing(p) {
			return errors.New("something is left")
		}
		return s.ended(p, reason)()
	}
}

// shows says what is wrong with the cards of a request: the requester and each approver
// has exactly one, so has the channel, and each says what it should, with exactly these
// buttons.
func (s *siege) shows(p plot, reason string, requester, buttons, others, othersButtons []string) error {
	check := func(channel, who string, words, buttons []string) error {
		all := s.cards(channel, who, reason)
		if len(all) != 1 {
			return fmt.Errorf("%s has %d cards about it", who, len(all))
		}
		if !workspace.Saying(words...)(all[0]) {
			return fmt.Errorf("the card of %s does not say %q: %q", who, words, all[0].Visible())
		}
		if got := all[0].Buttons(); !slices.Equal(got, buttons) {
			return fmt.Errorf("the card of %s has the buttons %q", who, got)
		}
		return nil
	}
	errs := []error{check(s.as(p.who).DM(), p.who, requester, buttons), check(sandbox.RequestsChannel, p.approver, others, othersButtons)}
	for _, who := range p.approvers {
		errs = append(errs, check(s.as(who).DM(), who, others, othersButtons))
	}
	return errors.Join(errs...)
}
