package tour

import (
	"context"
	"errors"
	"fmt"

	"airpass/sandbox/workspace"
)

// quorum is what the chapter of stages passes from step to step.
type quorum struct {
	*story
	wish wish
	made int // assignments that were made before it
	link string
}

// quorumChapter is access on which three people have to agree, in two stages, and which
// is given back early.
func (s *story) quorumChapter(ctx context.Context) {
	c := &quorum{story: s, wish: wish{who: "ada", target: s.world.Target("prod/Op"), duration: "2h0m0s", reason: "Clear the tasks that hang since Friday"},
		made: s.changes("CreateAccountAssignment")}
	s.begin("Access on which three people have to agree, in two stages, and which is given back early")
	s.step(ctx, "Ada asks: her manager and an owner are asked, security is not yet", c.asked)
	s.step(ctx, "Grace agrees, and clicks twice: that is one of two", c.first)
	s.step(ctx, "Olivia agrees: the first stage is over, and security is asked", c.second)
	s.step(ctx, "Sam of security agrees: now Ada has the access, once", c.agreed)
	s.step(ctx, "Ada gives it back before its time: it is gone, and the link is refused", c.returned)
}

// told counts the direct messages of somebody about a wish.
func (s *story) told(who string, w wish) int {
	n, about := 0, workspace.Saying(w.reason)
	for _, m := range s.world.As(who).Messages("") {
		if about(m) {
			n++
		}
	}
	return n
}

func (c *quorum) asked(ctx context.Context, see *seen) error {
	if err := c.ask(ctx, c.wish); err != nil {
		return err
	}
	for _, who := range []string{"grace", "olivia"} {
		if _, err := c.card(ctx, who, "", c.wish, "Stage 1 of 2 (data)", "0 of 2 have agreed"); err != nil {
			return err
		}
	}
	see.that("Slack: the cards of Grace and Olivia say that it is the first of two stages, and that nobody has agreed yet")
	if c.told("sam", c.wish) > 0 {
		return errors.New("security was asked before its turn")
	}
	see.that("Slack: Sam of security was sent nothing")
	return nil
}

func (c *quorum) first(ctx context.Context, see *seen) error {
	card, err := c.undecided(ctx, "grace", "", c.wish)
	if err != nil {
		return err
	}
	if _, _, err := card.Button(approve).DoubleClick(ctx); err != nil {
		return err
	}
	if _, err := c.card(ctx, "olivia", "", c.wish, "Stage 1 of 2 (data)", "1 of 2 have agreed", "Grace Adeyemi"); err != nil {
		return err
	}
	see.that("Slack: Olivia's card says that one of two has agreed, and that it was Grace")
	if c.told("sam", c.wish) > 0 {
		return errors.New("two clicks of one person were two yeses")
	}
	return c.nothingMade(see)
}

// nothingMade checks that nothing was given for the wish so far.
func (c *quorum) nothingMade(see *seen) error {
	if n := c.changes("CreateAccountAssignment"); n != c.made || c.assigned(c.wish.who, c.wish.target) > 0 {
		return fmt.Errorf("an assignment was made too early: %d calls", n-c.made)
	}
	see.that("Identity Center: no assignment was made")
	return nil
}

func (c *quorum) second(ctx context.Context, see *seen) error {
	card, err := c.undecided(ctx, "olivia", "", c.wish)
	if err != nil {
		return err
	}
	if _, err := card.Button(approve).Click(ctx); err != nil {
		return err
	}
	if _, err := c.card(ctx, "sam", "", c.wish, "Stage 2 of 2 (security)", "0 of 1 have agreed"); err != nil {
		return err
	}
	see.that("Slack: Sam's card says that it is the second stage, and who has agreed before")
	return c.nothingMade(see)
}

func (c *quorum) agreed(ctx context.Context, see *seen) error {
	card, err := c.undecided(ctx, "sam", "", c.wish)
	if err != nil {
		return err
	}
	if _, err := card.Button(approve).Click(ctx); err != nil {
		return err
	}
	if c.link, err = c.opens(ctx, c.wish, see); err != nil {
		return err
	}
	if n := c.changes("CreateAccountAssignment") - c.made; n != 1 {
		return fmt.Errorf("%d assignments were made", n)
	}
	see.that("Identity Center: one assignment, made by one call")
	return nil
}

// opens waits until a wish has come true and follows its link into Airflow.
func (s *story) opens(ctx context.Context, w wish, see *seen) (link string, err error) {
	m, err := s.reads(ctx, w.who, w, "Access is active", openIt)
	if err != nil {
		return "", err
	}
	answer, err := m.Button(openIt).Click(ctx)
	if err != nil {
		return "", err
	}
	_, page, err := s.fresh(ctx, w.who, answer.URL)
	if err != nil {
		return "", err
	}
	if err := s.inAirflow(page, w.who, w.target); err != nil {
		return "", err
	}
	see.that("Airflow's page: signed in as %s, role %s", page.SignedInAs, page.AirflowRole)
	return answer.URL, nil
}

func (c *quorum) returned(ctx context.Context, see *seen) error {
	m, err := c.reads(ctx, "ada", c.wish, "Access is active")
	if err != nil {
		return err
	}
	if _, err := m.Button("Give back").Click(ctx); err != nil {
		return err
	}
	if _, err := c.reads(ctx, "ada", c.wish, "Access has ended", "It was given back"); err != nil {
		return err
	}
	see.that("Slack: Ada reads that she has given it back")
	if err := c.nothingGranted(); err != nil {
		return err
	}
	if name := c.role(c.wish.target); name != "" {
		return fmt.Errorf("the role %s is still there", name)
	}
	see.that("Identity Center, IAM: the assignment is gone an hour and more before its time, and with it the role")
	_, page, err := c.fresh(ctx, "ada", c.link)
	if err != nil {
		return err
	}
	if err := refused(page, "no-assignment"); err != nil {
		return err
	}
	see.that("Browser: %s", page.Refused)
	return nil
}
