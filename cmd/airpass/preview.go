package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"airpass/access"
	"airpass/bot"
	"airpass/campaigns"
	"airpass/config"
)

type previewCommand struct {
	configured
	Name    string `arg:"" help:"The campaign's name in the configuration."`
	JSON    bool   `name:"json" help:"Write it as JSON."`
	LastUse bool   `name:"last-use" help:"Read from CloudTrail, too, when access was used last: once a second a page of it."`
}

// Help is shown by --help.
func (previewCommand) Help() string {
	return `As if the campaign began now: each access, its facts, who would be asked about it and why they, what is recommended and what silence would do.
What could not be read is unknown, and its access is missing here: exit code 1 says so. It reads outside what airpass drift reads, in lists, with a
fifth of the budgets. When access was used last is unknown without --last-use.

    airpass reviews preview quarterly
    airpass reviews preview quarterly --json > preview.json`
}

// Run looks.
func (c previewCommand) Run(ctx context.Context, s streams) error {
	return c.operate(ctx, func(cfg *config.Config, op *bot.Operator) error {
		if c.LastUse && !cfg.LastUse.On() {
			return coded{exitUsage, errors.New("the configuration says nowhere where the last use is looked up: last_use")}
		}
		found, err := op.Preview(ctx, cfg, c.Name, c.LastUse)
		if errors.Is(err, access.ErrNotFound) {
			return coded{exitUsage, err}
		}
		if err != nil {
			return err
		}
		if c.JSON {
			enc := json.NewEncoder(s.out)
			enc.SetIndent("", "  ")
			err = enc.Encode(found)
		} else {
			c.tell(s, found)
		}
		if err == nil && len(found.Unknown) > 0 {
			err = coded{exitFailed, fmt.Errorf("%s could not be read; nothing is known of it", count(len(found.Unknown), "list"))}
		}
		return err
	})
}

// tell writes the items, target by target, and how they fall to people.
func (c previewCommand) tell(s streams, p campaigns.Preview) {
	target := ""
	for _, i := range p.Items {
		if i.Target != target {
			target = i.Target
			s.printf("%s\n", target)
		}
		c.item(s, i)
	}
	for _, r := range p.Reviewers {
		s.printf("%-8d asked of %s\n", r.Items, printable(r.Login))
	}
	if p.Nobody > 0 {
		s.printf("%-8d asked of nobody: silence decides\n", p.Nobody)
	}
	for _, b := range p.Broken {
		s.printf("%-8s the filter, for what it failed for: %s\n", "asked", printable(b))
	}
	for _, u := range p.Uses {
		s.printf("%-8s %s\n", "use", printable(u))
	}
	for _, u := range p.Unknown {
		s.printf("%-8s %s: %s\n", "unknown", u.What, printable(u.Error))
	}
	s.printf("%s, %d too young, %d filtered out, %d unknown; %s, %s\n", count(len(p.Items), "item"), p.Younger, p.Filtered, len(p.Unknown),
		count(p.Targets, "target"), count(p.Places, "place"))
	s.printf("%s begins next at %s and has until %s\n", p.Campaign, when(p.Next), when(p.Deadline))
}

// item writes one item.
func (previewCommand) item(s streams, i campaigns.Item) {
	line := func(name, format string, args ...any) {
		s.printf("    %-12s %s\n", name, printable(fmt.Sprintf(format, args...)))
	}
	s.printf("  %s\n", printable(i.Who))
	if i.Grant != "" {
		line("grant", "%s since %s until %s, request %s, approved by %s", i.Grant, when(i.Since), when(i.Until), i.Request, i.Approved)
		if i.Reason != "" {
			line("reason", "%s", i.Reason)
		}
		for _, b := range i.Besides {
			line("also", "%s", b.Words())
		}
	}
	if i.Standing {
		line("standing", "since when is not known")
		for _, w := range i.ByAirpass() {
			line("taken away", "%s", w.Place)
		}
		for _, w := range i.ByHand() {
			line("by hand", "%s: %s", w.Place, w.ByHand)
		}
		if len(i.Ways) == 0 {
			line("by hand", "this campaign takes no standing access away")
		}
	}
	if len(i.Through) > 0 {
		line("seen", "%s", strings.Join(i.Through, ", "))
	} else {
		line("seen", "nowhere; airpass drift")
	}
	line("last use", "%s", i.LastUse)
	peers := fmt.Sprintf("%s have it too, %d of the same manager", count(i.Peers.Others, "other"), i.Peers.OfManager)
	if len(i.Peers.Logins) > 0 {
		peers += ": " + strings.Join(i.Peers.Logins, ", ")
	}
	line("peers", "%s", peers)
	line("asked", "%s", askedOf(i.Asked))
	line("recommended", "%s: %s", i.Recommended, i.Because)
	line("silence", "%s", i.Silence)
}

// askedOf says who is asked, and why they.
func askedOf(a campaigns.Asked) string {
	var who []string
	for _, r := range a.Reviewers {
		who = append(who, r.Login)
	}
	words := "nobody"
	switch {
	case a.Unknown != "":
		words = "unknown: " + a.Unknown
	case len(who) > 0 && a.Fallback:
		words = strings.Join(who, ", ") + " (fallback " + a.Rule + ")"
	case len(who) > 0:
		words = strings.Join(who, ", ") + " (" + a.Rule + ")"
	}
	if len(a.Passed) > 0 {
		words += "; not " + strings.Join(a.Passed, "; not ")
	}
	return words
}
