package tour

import (
	"context"
	"fmt"
	"strings"
	"time"

	"airpass/sandbox/workspace"
)

// together is what the chapter of approving together passes from step to step.
type together struct {
	*story
	ada, chen, other wish
}

// togetherChapter is a question before a decision, and requests that are alike.
func (s *story) togetherChapter(ctx context.Context) {
	t := s.world.Target("prod/Viewer")
	c := &together{story: s, ada: wish{who: "ada", target: t, duration: "1h0m0s", reason: "See how the ledger went"},
		chen:  wish{who: "chen", target: t, duration: "1h0m0s", reason: "Watch the load of the warehouse"},
		other: wish{who: "ben", target: s.world.Target("prod/User"), duration: "1h0m0s", reason: "Start the load anew"}}
	s.begin("Approving together what is alike, after a question")
	s.step(ctx, "Three people ask; Grace asks Ada something, and reads the answer on her card", c.asked)
	s.step(ctx, "Two of the three are alike: Grace reads the list and approves both at once", c.approved)
	s.step(ctx, "Their hour is over: it is gone", c.gone)
}

func (c *together) asked(ctx context.Context, see *seen) error {
	for _, w := range []wish{c.ada, c.chen, c.other} {
		if err := c.ask(ctx, w); err != nil {
			return err
		}
	}
	card, err := c.undecided(ctx, "grace", "", c.ada)
	if err != nil {
		return err
	}
	if err := c.says(ctx, "grace", card, "Ask a question…", "Ask a question", "Which <!channel> ledger?"); err != nil {
		return err
	}
	ada := c.world.As("ada")
	question, err := ada.WaitMessage(ctx, workspace.Saying("A question about your request", "Grace Adeyemi asks", "ledger?"))
	if err != nil {
		return err
	}
	if told := question.Notifies(); len(told) > 0 {
		return fmt.Errorf("the question notifies %q", told)
	}
	if err := c.says(ctx, "ada", question, "Answer…", "Answer the question", "The one of last night"); err != nil {
		return err
	}
	if _, err := c.card(ctx, "grace", "", c.ada, "Grace Adeyemi asks", "Ada Lindqvist answers", "The one of last night"); err != nil {
		return err
	}
	see.that("Slack: Ada is asked by name; question and answer stand on Grace's card, and call nobody")
	return c.nothingGranted()
}

// says presses a button and writes into the form that it opens.
func (s *story) says(ctx context.Context, who string, m workspace.Message, button, form, text string) error {
	if _, err := m.Button(button).Click(ctx); err != nil {
		return err
	}
	view, err := s.world.As(who).WaitView(ctx, showing(form))
	if err != nil {
		return err
	}
	return submit(ctx, view, text)
}

func (c *together) approved(ctx context.Context, see *seen) error {
	grace := c.world.As("grace")
	home, err := grace.WaitHome(ctx, showing("2 requests are alike"))
	if err != nil {
		return err
	}
	if _, err := home.Button("Approve together…").Click(ctx); err != nil {
		return err
	}
	form, err := grace.WaitView(ctx, showing("Approve together"))
	if err != nil {
		return err
	}
	list := form.View().Visible()
	if !strings.Contains(list, c.ada.reason) || !strings.Contains(list, c.chen.reason) || strings.Contains(list, c.other.reason) {
		return fmt.Errorf("the form lists:\n%s", list)
	}
	see.that("Slack: the form lists Ada and Chen with their reasons, and not Ben, who asks for more than looking")
	if _, err := form.Submit(ctx); err != nil {
		return err
	}
	for _, w := range []wish{c.ada, c.chen} {
		if _, err := c.reads(ctx, w.who, w, "Access is active", "Approved by Grace Adeyemi"); err != nil {
			return err
		}
		if n := c.assigned(w.who, w.target); n != 1 {
			return fmt.Errorf("%d assignments of %s", n, w.who)
		}
	}
	see.that("Identity Center: one assignment each of Ada and Chen, by a decision each")
	if n := c.assigned("ben", c.other.target); n != 0 {
		return fmt.Errorf("%d assignments of Ben, whom nobody has approved", n)
	}
	card, err := c.reads(ctx, "ben", c.other, "Waiting for approval")
	if err != nil {
		return err
	}
	_, err = card.Button("Cancel request").Click(ctx)
	return err
}

func (c *together) gone(ctx context.Context, see *seen) error {
	if err := c.advance(ctx, time.Hour+2*time.Minute); err != nil {
		return err
	}
	for _, w := range []wish{c.ada, c.chen} {
		if _, err := c.reads(ctx, w.who, w, "Access has ended"); err != nil {
			return err
		}
	}
	if err := c.nothingGranted(); err != nil {
		return err
	}
	see.that("Okta, Identity Center: nothing is left of either")
	return nil
}
