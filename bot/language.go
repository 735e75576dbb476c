package bot

import (
	"context"

	"airpass/config"
	"airpass/messages"
	"airpass/store"
)

// spoken is the language of the deployment.
func spoken(c *config.Config) messages.Printer {
	return messages.Speaking(c.Slack.Language, messages.Printer{})
}

// readerOf speaks the language of somebody in Slack, as it was remembered when they were
// looked up last. Where that cannot be read, and for nobody, the deployment's will do.
func readerOf(st *store.Store, c *config.Config) func(ctx context.Context, slackID string) messages.Printer {
	return func(ctx context.Context, slackID string) messages.Printer {
		if slackID == "" {
			return spoken(c)
		}
		r, _, err := st.Reader(ctx, slackID)
		if err != nil {
			return spoken(c)
		}
		return messages.Speaking(r.Locale, spoken(c))
	}
}

// speaksOf says words in the language of a locale, or in the deployment's.
func speaksOf(c *config.Config) func(locale, english string, args ...any) string {
	return func(locale, english string, args ...any) string {
		return messages.Speaking(locale, spoken(c)).Say(english, args...)
	}
}
