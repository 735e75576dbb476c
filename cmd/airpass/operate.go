package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"airpass/access"
	"airpass/bot"
	"airpass/config"
	"airpass/grants"
	"airpass/store"
)

type pauseCommand struct{ configured }

// Help is shown by --help.
func (pauseCommand) Help() string {
	return `An approval is refused with words and its request stays open. It holds for every replica and across restarts.

    airpass pause`
}

// Run pauses.
func (c pauseCommand) Run(ctx context.Context, s streams) error {
	return c.set(ctx, s, "yes", "new grants are %[1]spaused; taking access away goes on")
}

type resumeCommand struct{ configured }

// Help is shown by --help.
func (resumeCommand) Help() string {
	return `For example:

    airpass resume`
}

// Run resumes.
func (c resumeCommand) Run(ctx context.Context, s streams) error {
	return c.set(ctx, s, "", "grants are %[1]smade again")
}

// set stores whether new grants are paused. In words, %[1]s stands for "already".
func (f configured) set(ctx context.Context, s streams, value, words string) error {
	return f.operate(ctx, func(_ *config.Config, op *bot.Operator) error {
		already := ""
		err := op.Store.Update(ctx, op.Actor(), func(tx *store.Tx) error {
			old, err := tx.Setting(grants.Paused)
			if err != nil {
				return err
			}
			if old == value {
				already = "already "
			}
			return tx.SetSetting(grants.Paused, value)
		})
		if err != nil {
			return err
		}
		s.printf(words+"\n", already)
		if is, err := op.Store.Restoration(ctx); err != nil || is == nil || value != "" {
			return err
		}
		s.printf("not yet, though: the database was restored and waits to be compared; airpass restore status\n")
		return nil
	})
}

type rebindCommand struct {
	configured
	Slack string `arg:"" placeholder:"SLACK-USER" help:"The person's Slack user id, like U0123456789."`
	Okta  string `required:"" placeholder:"OKTA-USER" help:"The Okta user id, like 00u1ab2cd3EF4gh5IJ67."`
	Email string `required:"" placeholder:"ADDRESS" help:"The e-mail address, as it is in Slack now."`
}

// Help is shown by --help.
func (rebindCommand) Help() string {
	return `At the first use a person in Slack is tied to one Okta user and e-mail address. When either changes they are refused
until somebody who knows them has confirmed it, with this.

    airpass people rebind U0123456789 --okta 00u1ab2cd3EF4gh5IJ67 --email ada.byron@example.com`
}

// oktaUser is what the ids of Okta's users look like.
var oktaUser = regexp.MustCompile(`^00u[0-9A-Za-z]{17}$`)

// Validate refuses what can be seen to be wrong.
func (c rebindCommand) Validate() error {
	if !oktaUser.MatchString(c.Okta) {
		return fmt.Errorf("--okta %q is not the id of an Okta user: 00u and 17 letters and digits", c.Okta)
	}
	return nil
}

// Run rebinds.
func (c rebindCommand) Run(ctx context.Context, s streams) error {
	return c.operate(ctx, func(cfg *config.Config, op *bot.Operator) error {
		name, domain, ok := strings.Cut(c.Email, "@")
		if !ok || name == "" || !slices.Contains(cfg.Slack.AllowedDomains, strings.ToLower(domain)) {
			return usage("--email %q is in none of slack.allowed_domains: %s", c.Email, strings.Join(cfg.Slack.AllowedDomains, ", "))
		}
		err := op.Store.Update(ctx, op.Actor(), func(tx *store.Tx) error {
			return tx.Rebind(access.Binding{Team: cfg.Slack.Team, SlackID: c.Slack, OktaID: c.Okta, Email: c.Email})
		})
		if err == nil {
			s.printf("%s is %s (%s) from now on\n", c.Slack, c.Okta, printable(c.Email))
		}
		return err
	})
}

type confirmCommand struct {
	configured
	Batch string `arg:"" placeholder:"BATCH" help:"The batch's name, from the message in the admin channel."`
}

// Help is shown by --help.
func (confirmCommand) Help() string {
	return `Removals that nobody asked for by name stop when they are unusually many: because Okta says that people have left, because
they are drift, or because nobody has said anything about them in a campaign. If it is right, confirm exactly this batch.

    airpass removals confirm 1a2b3c4d`
}

// Run confirms.
func (c confirmCommand) Run(ctx context.Context, s streams) error {
	return c.operate(ctx, func(_ *config.Config, op *bot.Operator) error {
		if err := op.Grants.ConfirmRemovals(ctx, op.Actor(), c.Batch); err != nil {
			return err
		}
		s.printf("%s is carried out by the next sweep\n", c.Batch)
		return nil
	})
}
