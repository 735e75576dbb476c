package tour

import (
	"context"
	"fmt"
	"time"

	"airpass/sandbox"
	"airpass/sandbox/workspace"
)

// glass is what the chapter of break-glass passes from step to step.
type glass struct {
	*story
	wish wish
	link string
}

// glassChapter is access that is taken at once and reviewed afterwards.
func (s *story) glassChapter(ctx context.Context) {
	c := &glass{story: s, wish: wish{who: "pavel", target: s.world.Target("prod/Admin"), duration: "1h0m0s", reason: "The scheduler is down and nobody answers"}}
	s.begin("Break-glass: access without waiting, and what is owed for it")
	s.step(ctx, "Ada tries, and is not one of those who may", c.notAda)
	s.step(ctx, "Pavel of the platform team takes Admin, and has it at once", c.taken)
	s.step(ctx, "The security channel is told, and Sam reviews it", c.reviewed)
	s.step(ctx, "Its hour is over: it is gone", c.gone)
}

// breaks fills in the form of break-glass.
func (s *story) breaks(ctx context.Context, w wish) error {
	p := s.world.As(w.who)
	if _, err := p.Slash(ctx, sandbox.Command, "break-glass", p.DM()); err != nil {
		return err
	}
	form, err := p.WaitView(ctx, showing("Break glass"))
	if err != nil {
		return err
	}
	for _, choice := range [][2]string{{"target", w.target.ID}, {"duration", w.duration}} {
		if err := form.Select(ctx, choice[0], choice[0], choice[1]); err != nil {
			return fmt.Errorf("choose %s: %w", choice[0], err)
		}
	}
	return submit(ctx, form, w.reason)
}

// submit writes a reason into a form and sends it.
func submit(ctx context.Context, form *workspace.ViewHandle, reason string) error {
	if err := form.Type(ctx, "reason", "reason", reason); err != nil {
		return err
	}
	sent, err := form.Submit(ctx)
	if err == nil && (len(sent.Errors) > 0 || !sent.Closed) {
		err = fmt.Errorf("the form was not taken: %v", sent.Errors)
	}
	return err
}

func (c *glass) notAda(ctx context.Context, see *seen) error {
	w := c.wish
	w.who, w.reason = "ada", "I would like that too"
	if err := c.breaks(ctx, w); err != nil {
		return err
	}
	if err := c.hears(ctx, "ada", "Nothing was given"); err != nil {
		return err
	}
	see.that("Slack: Ada is told that nothing was given, and why")
	return c.nothingGranted()
}

func (c *glass) taken(ctx context.Context, see *seen) error {
	if err := c.breaks(ctx, c.wish); err != nil {
		return err
	}
	var err error
	if c.link, err = c.opens(ctx, c.wish, see); err != nil {
		return err
	}
	if _, err := c.reads(ctx, "pavel", c.wish, "Taken at once, without a decision", "Its review is owed until"); err != nil {
		return err
	}
	see.that("Slack: Pavel reads that nobody decided it, and that its review is owed")
	if n := c.assigned("pavel", c.wish.target); n != 1 {
		return fmt.Errorf("%d assignments", n)
	}
	see.that("Identity Center: one assignment of Pavel to %s", c.wish.target.PermissionSetName)
	return nil
}

func (c *glass) reviewed(ctx context.Context, see *seen) error {
	if _, err := c.card(ctx, "vera", securityChannel, c.wish, "Break-glass"); err != nil {
		return err
	}
	see.that("Slack: the security channel reads who has taken what, and why")
	card, err := c.card(ctx, "sam", "", c.wish, "Break-glass", "Its review is owed until")
	if err != nil {
		return err
	}
	if _, err := card.Button("Review…").Click(ctx); err != nil {
		return err
	}
	form, err := c.world.As("sam").WaitView(ctx, showing("Review break-glass"))
	if err != nil {
		return err
	}
	if err := form.Select(ctx, "verdict", "verdict", "justified"); err != nil {
		return err
	}
	if err := submit(ctx, form, "It was down, and Pavel has repaired it"); err != nil {
		return err
	}
	if _, err := c.card(ctx, "vera", securityChannel, c.wish, "Reviewed by Sam Whitfield", "it was justified"); err != nil {
		return err
	}
	if _, err := c.reads(ctx, "pavel", c.wish, "Reviewed by Sam Whitfield", "it was justified"); err != nil {
		return err
	}
	see.that("Slack: the security channel and Pavel read that Sam has reviewed it, and finds it justified")
	return nil
}

func (c *glass) gone(ctx context.Context, see *seen) error {
	if err := c.advance(ctx, time.Hour+time.Minute); err != nil {
		return err
	}
	if _, err := c.reads(ctx, "pavel", c.wish, "Access has ended"); err != nil {
		return err
	}
	if err := c.nothingGranted(); err != nil {
		return err
	}
	see.that("Identity Center: the assignment is gone")
	_, page, err := c.fresh(ctx, "pavel", c.link)
	if err != nil {
		return err
	}
	if err := refused(page, "no-assignment"); err != nil {
		return err
	}
	see.that("Browser: %s", page.Refused)
	return nil
}
