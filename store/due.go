package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"airpass/access"
	"airpass/store/db"
)

// Due are all rows that are to be looked at by now and are not finished, in their
// current versions; at most limit of each sort, the longest due first. Jobs may
// be lost: who asks this regularly loses nothing. Grants of one target, and entitlements
// that are read from one list, stand together where the first of them stands: what is
// looked at one after another can use the same list.
func (r reads) Due(ctx context.Context, now time.Time, limit int) ([]Wake, error) {
	at, most := maybe(now), int64(limit)
	var all due
	attempts, err := r.q.DueAttempts(ctx, db.DueAttemptsParams{Now: at, Max: most})
	add(&all, attempts, err, func(row db.DueAttemptsRow) Wake { return Wake{Kind: WakeAttempt, ID: row.ID, Version: row.Version} })
	requests, err := r.q.DueRequests(ctx, db.DueRequestsParams{Now: at, Max: most})
	add(&all, requests, err, func(row db.DueRequestsRow) Wake { return Wake{Kind: WakeRequest, ID: row.ID, Version: row.Version} })
	grants, err := r.q.DueGrants(ctx, db.DueGrantsParams{Now: at, Max: most})
	add(&all, alike(grants, func(g db.DueGrantsRow) string { return g.TargetID }), err, func(row db.DueGrantsRow) Wake {
		return Wake{Kind: WakeGrant, ID: row.ID, Version: row.Version, Ending: ending(access.GrantState(row.State), row.EndAt, now),
			Starting: access.GrantState(row.State) == access.GrantScheduled}
	})
	entitlements, err := r.q.DueEntitlements(ctx, db.DueEntitlementsParams{Now: at, Max: most})
	add(&all, alike(entitlements, func(e db.DueEntitlementsRow) string { return access.SharedOf(e.Key) }), err, func(row db.DueEntitlementsRow) Wake {
		return entitlementWake(row.ID, row.Key, row.Presence, row.UnwantedSince, row.Version, time.Time{})
	})
	messages, err := r.q.DueMessages(ctx, db.DueMessagesParams{Now: at, Max: most})
	add(&all, messages, err, func(row db.DueMessagesRow) Wake { return Wake{Kind: WakeMessage, ID: row.ID, Version: row.Version} })
	reviews, err := r.q.DueReviews(ctx, db.DueReviewsParams{Now: at, Max: most})
	add(&all, reviews, err, func(row db.DueReviewsRow) Wake { return Wake{Kind: WakeReview, ID: row.ID, Version: row.Version} })
	policies, err := r.q.DueSetPolicies(ctx, db.DueSetPoliciesParams{Now: at, Max: most})
	add(&all, policies, err, func(row db.DueSetPoliciesRow) Wake {
		return Wake{Kind: WakeSetPolicy, ID: row.PermissionSet, Version: row.Version}
	})
	campaigns, err := r.q.DueCampaigns(ctx, db.DueCampaignsParams{Now: at, Max: most})
	add(&all, campaigns, err, func(row db.DueCampaignsRow) Wake { return Wake{Kind: WakeCampaign, ID: row.Name, Version: row.Version} })
	occurrences, err := r.q.DueOccurrences(ctx, db.DueOccurrencesParams{Now: at, Max: most})
	add(&all, occurrences, err, func(row db.DueOccurrencesRow) Wake {
		return Wake{Kind: WakeOccurrence, ID: row.ID, Version: row.Version}
	})
	reviewers, err := r.q.DueCampaignReviewers(ctx, db.DueCampaignReviewersParams{Now: at, Max: most})
	add(&all, reviewers, err, func(row db.DueCampaignReviewersRow) Wake {
		return Wake{Kind: WakeCampaignReviewer, ID: row.ID, Version: row.Version}
	})
	anchors, err := r.q.DueAnchors(ctx, db.DueAnchorsParams{Now: at, Max: most})
	add(&all, anchors, err, func(row db.DueAnchorsRow) Wake { return Wake{Kind: WakeAnchor, ID: row.Place, Version: row.Version} })
	return all.wakes, errors.Join(all.errs...)
}

// due are rows that are to be looked at, and what could not be read of them.
type due struct {
	wakes []Wake
	errs  []error
}

// add adds rows of one sort.
func add[T any](d *due, rows []T, err error, wake func(T) Wake) {
	d.errs = append(d.errs, err)
	for _, row := range rows {
		d.wakes = append(d.wakes, wake(row))
	}
}

// alike puts rows with the same name together, in the order in which the names appear.
func alike[T any](rows []T, name func(T) string) []T {
	rank := map[string]int{}
	for _, row := range rows {
		if _, known := rank[name(row)]; !known {
			rank[name(row)] = len(rank)
		}
	}
	slices.SortStableFunc(rows, func(a, b T) int { return cmp.Compare(rank[name(a)], rank[name(b)]) })
	return rows
}

// Stats counts rows by table and state, for metrics: those that are not over. What it
// costs does not grow with the past.
func (r reads) Stats(ctx context.Context) (map[string]map[string]int64, error) {
	counts := map[string]map[string]int64{"requests": {}, "grants": {}, "entitlements": {}, "intents": {}, "messages": {}}
	requests, err1 := r.q.CountRequests(ctx)
	for _, row := range requests {
		counts["requests"][row.State] = row.N
	}
	grants, err2 := r.q.CountGrants(ctx)
	for _, row := range grants {
		counts["grants"][row.State] = row.N
	}
	entitlements, err3 := r.q.CountEntitlements(ctx)
	for _, row := range entitlements {
		counts["entitlements"][row.Presence] = row.N
	}
	intents, err4 := r.q.CountIntents(ctx)
	for _, row := range intents {
		counts["intents"][row.State] = row.N
	}
	messages, err5 := r.q.CountMessages(ctx)
	for _, row := range messages {
		counts["messages"][row.State] = row.N
	}
	return counts, errors.Join(err1, err2, err3, err4, err5)
}
