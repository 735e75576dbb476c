package bot

import (
	"context"

	"airpass/access"
	"airpass/store"
)

// AuditEvents returns at most limit events of the audit trail with a number above
// after, oldest first, for somebody who watches.
func (b *Bot) AuditEvents(ctx context.Context, after int64, limit int) ([]store.Recorded, error) {
	return b.store.AuditEvents(ctx, after, limit)
}

// LiveGrants returns the grants that have not ended, newest first: a hundred at most.
func (b *Bot) LiveGrants(ctx context.Context) ([]access.Grant, error) {
	return b.store.Grants(ctx, store.GrantFilter{Live: true})
}
