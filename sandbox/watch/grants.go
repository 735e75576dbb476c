package watch

import (
	"context"

	"airpass/bot"
	"airpass/sandbox/page"
)

// Grants reads the access that airpass gives or is about to give or take.
func Grants(b *bot.Bot) func(context.Context) ([]page.Grant, error) {
	return func(ctx context.Context) ([]page.Grant, error) {
		live, err := b.LiveGrants(ctx)
		out := make([]page.Grant, 0, len(live))
		for _, g := range live {
			out = append(out, page.Grant{ID: g.ID, Login: g.Subject.Login, Target: g.Target.ID, State: string(g.State), End: g.EndAt})
		}
		return out, err
	}
}
