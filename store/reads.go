package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"airpass/access"
	"airpass/store/db"
)

// reads are the queries that change nothing; the same inside and outside of transactions.
type reads struct{ q *db.Queries }

// Attempt reads an attempt. Here and below, what does not exist is an error that
// wraps access.ErrNotFound, unless a bool says so.
func (r reads) Attempt(ctx context.Context, id string) (access.Attempt, error) {
	row, err := r.q.Attempt(ctx, id)
	if err != nil {
		return access.Attempt{}, found(err, "attempt", id)
	}
	return attemptOf(row)
}

// Binding reads who somebody in Slack is, if that is known.
func (r reads) Binding(ctx context.Context, team, slackID string) (access.Binding, bool, error) {
	row, err := r.q.Binding(ctx, db.BindingParams{Team: team, SlackID: slackID})
	return optional(row, err, bindingOf, "binding", slackID)
}

// BindingOf are the people in Slack who are this Okta user.
func (r reads) BindingOf(ctx context.Context, oktaID string) ([]access.Binding, error) {
	rows, err := r.q.BindingsOf(ctx, oktaID)
	return all(rows, err, bindingOf)
}

// Request reads a request.
func (r reads) Request(ctx context.Context, id string) (access.Request, error) {
	row, err := r.q.Request(ctx, id)
	if err != nil {
		return access.Request{}, found(err, "request", id)
	}
	return requestOf(row)
}

// PendingRequests are requests that wait for a decision, the first to lapse first.
func (r reads) PendingRequests(ctx context.Context, limit int) ([]access.Request, error) {
	rows, err := r.q.PendingRequests(ctx, int64(limit))
	return all(rows, err, requestOf)
}

// DecisionsOf are the decisions on a request, oldest first.
func (r reads) DecisionsOf(ctx context.Context, requestID string) ([]access.Decision, error) {
	rows, err := r.q.DecisionsOf(ctx, requestID)
	return all(rows, err, decisionOf)
}

// Grant reads a grant.
func (r reads) Grant(ctx context.Context, id string) (access.Grant, error) {
	row, err := r.q.Grant(ctx, id)
	if err != nil {
		return access.Grant{}, found(err, "grant", id)
	}
	return grantOf(row)
}

// GrantOf reads the grant of a request, if there is one.
func (r reads) GrantOf(ctx context.Context, requestID string) (access.Grant, bool, error) {
	row, err := r.q.GrantOf(ctx, requestID)
	return optional(row, err, grantOf, "the grant of request", requestID)
}

// GrantsOf are the grants of an Okta user, newest first; with liveOnly those that
// are scheduled or live.
func (r reads) GrantsOf(ctx context.Context, oktaID string, liveOnly bool) ([]access.Grant, error) {
	if liveOnly {
		rows, err := r.q.LiveGrantsOf(ctx, oktaID)
		return all(rows, err, grantOf)
	}
	rows, err := r.q.GrantsOf(ctx, oktaID)
	return all(rows, err, grantOf)
}

// LiveExtensions are the grants that make the time of another longer and are scheduled
// or live.
func (r reads) LiveExtensions(ctx context.Context, grantID string) ([]access.Grant, error) {
	rows, err := r.q.LiveExtensions(ctx, grantID)
	return all(rows, err, grantOf)
}

// Extensions are the grants that make the time of another longer, whatever became of them.
func (r reads) Extensions(ctx context.Context, grantID string) ([]access.Grant, error) {
	rows, err := r.q.Extensions(ctx, grantID)
	return all(rows, err, grantOf)
}

// LiveSubjects are the Okta ids of people with a grant that is scheduled or live, in
// their order. They are read at once: SQLite finds them by their states, and would sort all of
// them for each page.
func (r reads) LiveSubjects(ctx context.Context) ([]string, error) {
	ids, err := r.q.LiveSubjects(ctx)
	slices.Sort(ids)
	return ids, err
}

// GrantEntitlements are what a grant holds or held, in the order in which it needs them.
func (r reads) GrantEntitlements(ctx context.Context, grantID string) ([]access.Entitlement, error) {
	rows, err := r.q.EntitlementsOf(ctx, grantID)
	return all(rows, err, entitlementOf)
}

// Holders are the holds on an entitlement, live or not, of grants that have not ended.
func (r reads) Holders(ctx context.Context, entitlementID string) ([]access.Hold, error) {
	rows, err := r.q.Holders(ctx, entitlementID)
	return all(rows, err, holdOf)
}

// HoldersNamed are the grants that need an entitlement, with their requests, the
// newest first; if none does, the one that held it last. At most max.
func (r reads) HoldersNamed(ctx context.Context, entitlementID string, max int) (grants, requests []string, err error) {
	rows, err := r.q.GrantsHolding(ctx, db.GrantsHoldingParams{EntitlementID: entitlementID, Max: int64(max)})
	for i, row := range rows {
		if row.Live || i == 0 {
			grants, requests = append(grants, row.GrantID), append(requests, row.RequestID)
		}
	}
	return grants, requests, err
}

// Entitlement reads an entitlement.
func (r reads) Entitlement(ctx context.Context, id string) (access.Entitlement, error) {
	row, err := r.q.Entitlement(ctx, id)
	if err != nil {
		return access.Entitlement{}, found(err, "entitlement", id)
	}
	return entitlementOf(row)
}

// EntitlementByKey reads the entitlement with this Ref.Key, if there is one.
func (r reads) EntitlementByKey(ctx context.Context, key string) (access.Entitlement, bool, error) {
	row, err := r.q.EntitlementByKey(ctx, key)
	return optional(row, err, entitlementOf, "entitlement", key)
}

// Intents are the unresolved intents of an entitlement, oldest first.
func (r reads) Intents(ctx context.Context, entitlementID string) ([]access.Intent, error) {
	rows, err := r.q.Intents(ctx, entitlementID)
	return all(rows, err, intentOf)
}

// unanswered is for how long an account assignment whose answer was lost counts as
// being made.
const unanswered = time.Minute

// CountOutstanding counts the account assignments that are being made at now.
func (r reads) CountOutstanding(ctx context.Context, now time.Time) (int, error) {
	n, err := r.q.CountOutstanding(ctx, now.Add(-unanswered))
	return int(n), err
}

// Message reads a message.
func (r reads) Message(ctx context.Context, id string) (access.Message, error) {
	row, err := r.q.Message(ctx, id)
	if err != nil {
		return access.Message{}, found(err, "message", id)
	}
	return messageOf(row)
}

// MessagesOf are the messages about a request, oldest first.
func (r reads) MessagesOf(ctx context.Context, requestID string) ([]access.Message, error) {
	rows, err := r.q.MessagesOf(ctx, requestID)
	return all(rows, err, messageOf)
}

// Overdue are the entitlements that nobody has needed for longer than after and that
// are not confirmed gone, the oldest first.
func (r reads) Overdue(ctx context.Context, now time.Time, after time.Duration) ([]access.Entitlement, error) {
	rows, err := r.q.Overdue(ctx, maybe(now.Add(-after)))
	return all(rows, err, entitlementOf)
}

// CountOverdue counts what Overdue returns.
func (r reads) CountOverdue(ctx context.Context, now time.Time, after time.Duration) (int, error) {
	n, err := r.q.CountOverdue(ctx, maybe(now.Add(-after)))
	return int(n), err
}

// CountDueGrants counts the grants that are to be looked at by now.
func (r reads) CountDueGrants(ctx context.Context, now time.Time) (int, error) {
	n, err := r.q.CountDueGrants(ctx, maybe(now))
	return int(n), err
}

// CountRemovals counts the entitlements of ours that nobody needs and that are not
// confirmed gone; waiting are those of them whose removal has not been asked for.
func (r reads) CountRemovals(ctx context.Context) (all, waiting int, err error) {
	rows, err := r.q.CountRemovals(ctx)
	for _, row := range rows {
		all += int(row.N)
		if access.Presence(row.Presence) == access.Present {
			waiting += int(row.N)
		}
	}
	return all, waiting, err
}

func optional[R, D any](row R, err error, convert func(R) (D, error), what, id string) (D, bool, error) {
	var none D
	if errors.Is(err, sql.ErrNoRows) {
		return none, false, nil
	}
	if err != nil {
		return none, false, found(err, what, id)
	}
	d, err := convert(row)
	return d, err == nil, err
}
