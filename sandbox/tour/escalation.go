package tour

import (
	"context"
	"errors"
	"fmt"
	"time"

	"airpass/sandbox/workspace"
)

// escalation is what the chapter of a request that nobody decides passes from step to step.
type escalation struct {
	*story
	wish wish
	made int               // assignments that were made before it
	late workspace.Message // Sam's card, before it lapsed
}

// escalationChapter is a request that nobody decides.
func (s *story) escalationChapter(ctx context.Context) {
	c := &escalation{story: s, wish: wish{who: "chen", target: s.world.Target("dev/Admin"), duration: "1h0m0s", reason: "Restart the workers of the test bed"},
		made: s.changes("CreateAccountAssignment")}
	s.begin("A request that nobody decides")
	s.step(ctx, "Chen asks, and the owners are reminded after half an hour", c.reminded)
	s.step(ctx, "After two hours security is asked too", c.widened)
	s.step(ctx, "Nobody decides: it lapses, and a late click is refused", c.lapsed)
}

func (c *escalation) reminded(ctx context.Context, see *seen) error {
	if err := c.ask(ctx, c.wish); err != nil {
		return err
	}
	for _, owner := range []string{"olivia", "grace"} {
		if _, err := c.undecided(ctx, owner, "", c.wish); err != nil {
			return err
		}
	}
	if err := c.advance(ctx, 31*time.Minute); err != nil {
		return err
	}
	for _, owner := range []string{"olivia", "grace"} {
		if err := c.hears(ctx, owner, "Chen Wei still waits for your decision"); err != nil {
			return err
		}
	}
	see.that("Slack: Olivia and Grace, who own the environment, are reminded")
	if c.told("sam", c.wish) > 0 {
		return errors.New("security was asked before its time")
	}
	see.that("Slack: Sam of security was sent nothing yet")
	return nil
}

func (c *escalation) widened(ctx context.Context, see *seen) error {
	if err := c.advance(ctx, 90*time.Minute); err != nil {
		return err
	}
	var err error
	if c.late, err = c.undecided(ctx, "sam", "", c.wish); err != nil {
		return err
	}
	see.that("Slack: Sam has a card now, with Approve and Deny")
	return nil
}

func (c *escalation) lapsed(ctx context.Context, see *seen) error {
	if err := c.advance(ctx, 6*time.Hour); err != nil {
		return err
	}
	if _, err := c.reads(ctx, "chen", c.wish, "Lapsed: nobody decided in time"); err != nil {
		return err
	}
	see.that("Slack: Chen reads that nobody decided in time")
	if _, err := c.late.Button(approve).Click(ctx); err != nil {
		return err
	}
	if err := c.hears(ctx, "sam", "Your decision was not applied", "nobody decided it"); err != nil {
		return err
	}
	see.that("Slack: Sam, who clicks on what he still has in front of him, is told that it comes too late")
	if n := c.changes("CreateAccountAssignment"); n != c.made {
		return fmt.Errorf("%d assignments were made", n-c.made)
	}
	see.that("Identity Center: nothing was given")
	return c.nothingGranted()
}
