package main

import (
	"context"
	"encoding/json"

	"airpass/bot"
	"airpass/config"
)

type retentionCommands struct {
	Preview retentionPreview `cmd:"" help:"Say what retention would erase and delete now. Nothing is changed."`
}

type retentionPreview struct {
	configured
	JSON bool `name:"json" help:"Write it as JSON."`
}

// Help is shown by --help.
func (retentionPreview) Help() string {
	return `What the section retention of the configuration would do at its next look. For example:

    airpass retention preview --config airpass.yaml`
}

// Run looks.
func (c retentionPreview) Run(ctx context.Context, s streams) error {
	return c.operate(ctx, func(cfg *config.Config, op *bot.Operator) error {
		found, err := op.PreviewRetention(ctx, cfg)
		if err != nil {
			return err
		}
		if c.JSON {
			enc := json.NewEncoder(s.out)
			enc.SetIndent("", "  ")
			return enc.Encode(found)
		}
		c.tell(s, cfg.Retention, found)
		return nil
	})
}

func (retentionPreview) tell(s streams, rules config.Retention, found bot.Retained) {
	const form = "2006-01-02 15:04 MST"
	if !rules.On() {
		s.printf("nothing is ever deleted: the section retention says nothing\n")
	}
	if rules.Personal > 0 {
		s.printf("personal values of %s would be erased, who have done nothing since %s; those of %d stay\n", count(len(found.Erase), "user"), found.Since.Format(form), found.Keep)
		for _, person := range found.Erase {
			s.printf("  %s\n", person)
		}
	}
	if rules.Ended > 0 {
		more := ""
		if found.More {
			more = " and more"
		}
		s.printf("%s%s and %s would be deleted, that were over before %s\n", count(found.Requests, "request"), more, count(int(found.Attempts), "attempt"), found.Before.Format(form))
	}
}
