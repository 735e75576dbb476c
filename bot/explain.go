package bot

import (
	"context"
	"log/slog"
	"time"

	"airpass/approvals"
	"airpass/config"
	"airpass/outbound"
)

// Explain says what would come of a request of somebody, by their Okta login; see
// approvals.Service.Explain. It asks Okta and opens no store.
func Explain(ctx context.Context, c *config.Config, login, target string, d time.Duration, at time.Time) (approvals.Explanation, error) {
	now, _, err := clockOf(ctx, Options{Config: c})
	if err != nil {
		return approvals.Explanation{}, err
	}
	v, err := newVendors(c, outbound.New(outbound.Options{Budgets: budgets(c.Quotas), Now: now}), now) //nolint:contextcheck // clients are built; they call nobody yet
	if err != nil {
		return approvals.Explanation{}, err
	}
	return newApprovals(c, nil, v, nil, nil, nil, now, slog.New(slog.DiscardHandler), nil, nil).Explain(ctx, login, target, d, at)
}
