package tour

import (
	"context"
	"fmt"
	"time"
)

// extension is what the chapter of more time passes from step to step.
type extension struct {
	*story
	wish, more    wish
	made, deleted int // calls for assignments that were carried out before it
	link          string
}

// extensionChapter is access that is made longer while it is held.
func (s *story) extensionChapter(ctx context.Context) {
	t := s.world.Target("prod/User")
	c := &extension{story: s, made: s.changes("CreateAccountAssignment"), deleted: s.changes("DeleteAccountAssignment"),
		wish: wish{who: "ada", target: t, duration: "1h0m0s", reason: "Load the days that are missing"},
		more: wish{who: "ada", target: t, duration: "2h0m0s", reason: "There are more days than I thought"}}
	s.begin("More time: access is made longer while it is held")
	s.step(ctx, "Ada has an hour, and asks for two more before it is over", c.asked)
	s.step(ctx, "Grace approves: nothing is assigned a second time", c.approved)
	s.step(ctx, "The first hour is over: the assignment was never taken away, the link works", c.goesOn)
	s.step(ctx, "The two hours are over too: now it is gone", c.gone)
}

// approves has somebody approve a wish on their own card.
func (s *story) approves(ctx context.Context, who string, w wish) error {
	card, err := s.undecided(ctx, who, "", w)
	if err != nil {
		return err
	}
	_, err = card.Button(approve).Click(ctx)
	return err
}

func (c *extension) asked(ctx context.Context, see *seen) error {
	if err := c.ask(ctx, c.wish); err != nil {
		return err
	}
	if err := c.approves(ctx, "grace", c.wish); err != nil {
		return err
	}
	var err error
	if c.link, err = c.opens(ctx, c.wish, see); err != nil {
		return err
	}
	m, err := c.reads(ctx, "ada", c.wish, "Access is active", "Extend")
	if err != nil {
		return err
	}
	if _, err := m.Button("Extend").Click(ctx); err != nil {
		return err
	}
	form, err := c.world.As("ada").WaitView(ctx, showing("More time"))
	if err != nil {
		return err
	}
	if err := form.Select(ctx, "duration", "duration", c.more.duration); err != nil {
		return err
	}
	if err := submit(ctx, form, c.more.reason); err != nil {
		return err
	}
	if _, err := c.card(ctx, "grace", "", c.more, "It makes access longer that is held already"); err != nil {
		return err
	}
	see.that("Slack: Grace's card says that it makes access longer that Ada holds")
	return nil
}

func (c *extension) approved(ctx context.Context, see *seen) error {
	if err := c.approves(ctx, "grace", c.more); err != nil {
		return err
	}
	if _, err := c.reads(ctx, "ada", c.wish, "It was extended until"); err != nil {
		return err
	}
	if _, err := c.reads(ctx, "ada", c.more, "Access is active", openIt); err != nil {
		return err
	}
	see.that("Slack: Ada's first message says until when it was extended, and a second one has the link")
	return c.untouched(see)
}

// untouched checks that there is the assignment that was made at the beginning, and that
// none was made or taken away since.
func (c *extension) untouched(see *seen) error {
	made, deleted := c.changes("CreateAccountAssignment")-c.made, c.changes("DeleteAccountAssignment")-c.deleted
	if n := c.assigned("ada", c.wish.target); n != 1 || made != 1 || deleted != 0 {
		return fmt.Errorf("%d assignments, made by %d calls, and %d deletions", n, made, deleted)
	}
	if !c.member("ada", c.wish.target) {
		return fmt.Errorf("she is not in the Okta group of %s", c.wish.target.ID)
	}
	see.that("Identity Center: still the one assignment; one creation in all, and no deletion")
	return nil
}

func (c *extension) goesOn(ctx context.Context, see *seen) error {
	if err := c.advance(ctx, time.Hour+2*time.Minute); err != nil {
		return err
	}
	if _, err := c.reads(ctx, "ada", c.wish, "Access has ended", "It was extended until"); err != nil {
		return err
	}
	see.that("Slack: the first message says that its own time is over")
	if err := c.untouched(see); err != nil {
		return err
	}
	_, page, err := c.fresh(ctx, "ada", c.link)
	if err != nil {
		return err
	}
	if err := c.inAirflow(page, "ada", c.wish.target); err != nil {
		return err
	}
	see.that("Browser: the link of the first hour leads into Airflow, as %s", page.SignedInAs)
	return nil
}

func (c *extension) gone(ctx context.Context, see *seen) error {
	if err := c.advance(ctx, 2*time.Hour); err != nil {
		return err
	}
	if _, err := c.reads(ctx, "ada", c.more, "Access has ended", "Its time was over"); err != nil {
		return err
	}
	if err := c.nothingGranted(); err != nil {
		return err
	}
	if n := c.changes("DeleteAccountAssignment") - c.deleted; n != 1 {
		return fmt.Errorf("%d deletions", n)
	}
	see.that("Okta, Identity Center: all of it is gone, by one deletion")
	return nil
}
