package tour

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"airpass/sandbox"
	"airpass/sandbox/browser"
	"airpass/sandbox/workspace"
)

// slowPush is how long Okta takes in the second chapter to push a membership.
const slowPush = 10 * time.Minute

// nextLook is how long it takes at most until airpass looks again at what takes that long.
const nextLook = 10 * time.Second

// second is what the second chapter passes from step to step.
type second struct {
	*story
	wish wish
	link string
}

// secondChapter is access by a group that Okta pushes, slowly.
func (s *story) secondChapter(ctx context.Context) {
	c := &second{story: s, wish: wish{who: "ben", target: s.world.Target("dev/User"), duration: "1h0m0s", reason: "Try the new operator on a copy"}}
	s.begin("Access by a group that Okta pushes, on a day when Okta is slow")
	s.step(ctx, "Ben asks, and Olivia approves as an owner of the environment", c.approved)
	s.step(ctx, "No link while Okta's push is under way", c.waits)
	s.step(ctx, "The push arrives: Ben follows the link into Airflow 3", c.arrives)
	s.step(ctx, "Its time is over: the membership is taken away, Okta's push is awaited", c.ends)
	s.step(ctx, "That takes too long: the administrators are told", c.overdue)
	s.step(ctx, "The push arrives: now it has ended", c.gone)
	s.step(ctx, "The link is refused; the group keeps its permission set for the next one", c.refused)
}

func (c *second) approved(ctx context.Context, see *seen) error {
	c.world.Okta.SetPushDelay(slowPush)
	if err := c.ask(ctx, c.wish); err != nil {
		return err
	}
	card, err := c.undecided(ctx, "olivia", sandbox.RequestsChannel, c.wish)
	if err != nil {
		return err
	}
	if _, err := card.Button(approve).Click(ctx); err != nil {
		return err
	}
	if _, err := c.card(ctx, "olivia", sandbox.RequestsChannel, c.wish, "Approved by Olivia Brandt"); err != nil {
		return err
	}
	see.that("Slack: the card in the channel says that Olivia has approved")
	return nil
}

func (c *second) waits(ctx context.Context, see *seen) error {
	t := c.wish.target
	if err := until(ctx, "Ben is in the Okta group", func() bool { return c.member("ben", t) }); err != nil {
		return err
	}
	see.that("Okta: Ben is in the group %s", t.OktaGroup)
	m, err := c.reads(ctx, "ben", c.wish, "access is being set up", "waiting for it to arrive")
	if err != nil {
		return err
	}
	if slices.Contains(m.Buttons(), openIt) {
		return errors.New("there is a link already")
	}
	see.that("Slack: Ben reads which step is awaited, and there is no link")
	if c.pushed(c.wish) {
		return errors.New("the push is there already")
	}
	see.that("Identity Center: Ben is not in the pushed group yet, %d push under way", len(c.world.Okta.Pushes()))
	return nil
}

func (c *second) arrives(ctx context.Context, see *seen) error {
	t := c.wish.target
	if err := c.advance(ctx, slowPush); err != nil {
		return err
	}
	if err := until(ctx, "the push arrives", func() bool { return c.pushed(c.wish) }); err != nil {
		return err
	}
	if err := c.advance(ctx, nextLook); err != nil {
		return err
	}
	see.that("Identity Center: Ben is in the pushed group")
	m, err := c.reads(ctx, "ben", c.wish, "Access is active", openIt)
	if err != nil {
		return err
	}
	answer, err := m.Button(openIt).Click(ctx)
	if err != nil {
		return err
	}
	c.link = answer.URL
	_, page, err := c.fresh(ctx, "ben", c.link)
	if err != nil {
		return err
	}
	if err := c.inAirflow(page, "ben", t); err != nil {
		return err
	}
	if !slices.ContainsFunc(page.Steps, func(s browser.Step) bool { return strings.Contains(s.URL, "/pluginsv2/aws_mwaa/") }) {
		return errors.New("not by the paths of Airflow 3")
	}
	see.that("Airflow's page: signed in as %s, role %s in %s", page.SignedInAs, page.AirflowRole, page.Environment)
	if c.assigned("ben", t) > 0 {
		return errors.New("an assignment was made beside the membership")
	}
	see.that("Identity Center: no assignment of Ben himself, the group's is enough")
	return nil
}

func (c *second) ends(ctx context.Context, see *seen) error {
	t := c.wish.target
	if err := c.advance(ctx, time.Hour+time.Minute); err != nil {
		return err
	}
	if err := until(ctx, "Ben is out of the Okta group", func() bool { return !c.member("ben", t) }); err != nil {
		return err
	}
	see.that("Okta: Ben is out of the group")
	if !c.pushed(c.wish) {
		return errors.New("the slow push was there at once")
	}
	if _, err := c.reads(ctx, "ben", c.wish, "Access is being taken away"); err != nil {
		return err
	}
	see.that("Identity Center: the push is not there yet, so Ben's message does not say that it has ended")
	return nil
}

// overdue lets six minutes pass, which is one more than a removal may take unnoticed.
func (c *second) overdue(ctx context.Context, see *seen) error {
	if err := c.advance(ctx, 6*time.Minute); err != nil {
		return err
	}
	admin, told := c.world.As("sam"), workspace.Saying(c.world.Person("ben").Login, c.wish.target.ID, "should be gone since")
	_, err := admin.WaitMessage(ctx, func(m workspace.Message) bool { return m.Channel == sandbox.AdminChannel && told(m) })
	if err != nil {
		return err
	}
	see.that("Slack: the admin channel is told whose access to what should be gone and is not")
	if !c.pushed(c.wish) {
		return errors.New("the push is there already")
	}
	see.that("Identity Center: Ben is still in the pushed group")
	return nil
}

func (c *second) gone(ctx context.Context, see *seen) error {
	if err := c.advance(ctx, slowPush); err != nil {
		return err
	}
	if err := until(ctx, "the push arrives", func() bool { return !c.pushed(c.wish) }); err != nil {
		return err
	}
	if err := c.advance(ctx, nextLook); err != nil {
		return err
	}
	see.that("Identity Center: Ben is out of the pushed group")
	if _, err := c.reads(ctx, "ben", c.wish, "Access has ended"); err != nil {
		return err
	}
	see.that("Slack: now it says so")
	return nil
}

func (c *second) refused(ctx context.Context, see *seen) error {
	_, page, err := c.fresh(ctx, "ben", c.link)
	if err != nil {
		return err
	}
	if err := refused(page, "no-assignment"); err != nil {
		return err
	}
	see.that("Browser: %s", page.Refused)
	if c.role(c.wish.target) == "" {
		return fmt.Errorf("the role of %s is gone", c.wish.target.ID)
	}
	see.that("Identity Center: the group's own assignment and its role are untouched")
	return c.nothingGranted()
}
