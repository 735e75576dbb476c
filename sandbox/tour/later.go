package tour

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// later is what the chapter of a scheduled start passes from step to step.
type later struct {
	*story
	wish wish
}

// laterChapter is access that starts the next morning. From here on AWS and Okta are
// quick: how slow they can be was seen.
func (s *story) laterChapter(ctx context.Context) {
	s.world.IdentityCenter.SetAssignmentDelay(0)
	s.world.Okta.SetPushDelay(0)
	c := &later{story: s, wish: wish{who: "ada", target: s.world.Target("prod/Viewer"), duration: "1h0m0s", reason: "Watch the first run of the new release"}}
	s.begin("Access that starts tomorrow")
	s.step(ctx, "Ada asks for an hour from tomorrow on, and Grace approves today", c.approved)
	s.step(ctx, "Until then nothing is given", c.waits)
	s.step(ctx, "Its start: she is asked for once more, and has the access", c.starts)
	s.step(ctx, "An hour later it is gone", c.ends)
}

func (c *later) approved(ctx context.Context, see *seen) error {
	c.wish.start = c.world.Clock.Now().Add(20 * time.Hour).Truncate(time.Minute)
	if err := c.ask(ctx, c.wish); err != nil {
		return err
	}
	card, err := c.undecided(ctx, "grace", "", c.wish)
	if err != nil {
		return err
	}
	if _, err := c.card(ctx, "grace", "", c.wish, "To begin", "until about"); err != nil {
		return err
	}
	see.that("Slack: Grace's card says from when until when, in her own zone")
	if _, err := card.Button(approve).Click(ctx); err != nil {
		return err
	}
	m, err := c.reads(ctx, "ada", c.wish, "Approved, starts later", "Starts")
	if err != nil {
		return err
	}
	if got := m.Buttons(); !slices.Equal(got, []string{"Cancel request"}) {
		return fmt.Errorf("the message of Ada has the buttons %v", got)
	}
	see.that("Slack: Ada's message says when it starts, and lets her cancel it")
	return nil
}

func (c *later) waits(ctx context.Context, see *seen) error {
	if err := c.advance(ctx, 19*time.Hour); err != nil {
		return err
	}
	if c.assigned("ada", c.wish.target) > 0 {
		return errors.New("there is an assignment before the start")
	}
	see.that("Identity Center: an hour before the start there is no assignment of Ada")
	return nil
}

func (c *later) starts(ctx context.Context, see *seen) error {
	if err := c.advance(ctx, time.Hour+time.Minute); err != nil {
		return err
	}
	_, err := c.opens(ctx, c.wish, see)
	return err
}

func (c *later) ends(ctx context.Context, see *seen) error {
	if err := c.advance(ctx, time.Hour+2*time.Minute); err != nil {
		return err
	}
	if _, err := c.reads(ctx, "ada", c.wish, "Access has ended"); err != nil {
		return err
	}
	see.that("Slack: Ada reads that it has ended")
	return c.nothingGranted()
}
