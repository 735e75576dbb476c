package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// OldestDue is since when the row of each sort that has been due the longest is due;
// zero where none is. What waits for its own backoff is not due.
func (r reads) OldestDue(ctx context.Context, now time.Time) (map[WakeKind]time.Time, error) {
	at := maybe(now)
	oldest := map[WakeKind]time.Time{}
	for kind, read := range map[WakeKind]func(context.Context, *time.Time) (*time.Time, error){
		WakeAttempt: r.q.OldestDueAttempt, WakeRequest: r.q.OldestDueRequest, WakeGrant: r.q.OldestDueGrant,
		WakeEntitlement: r.q.OldestDueEntitlement, WakeMessage: r.q.OldestDueMessage, WakeReview: r.q.OldestDueReview, WakeSetPolicy: r.q.OldestDueSetPolicy,
		WakeCampaign: r.q.OldestDueCampaign, WakeOccurrence: r.q.OldestDueOccurrence, WakeCampaignReviewer: r.q.OldestDueCampaignReviewer,
		WakeAnchor: r.q.OldestDueAnchor,
	} {
		since, err := read(ctx, at)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, fmt.Errorf("the oldest due %s: %w", kind, err)
		}
		oldest[kind] = timeOf(since)
	}
	return oldest, nil
}

// OldestOverdue is since when the first of what Overdue returns is unwanted; zero
// if there is none.
func (r reads) OldestOverdue(ctx context.Context, now time.Time, after time.Duration) (time.Time, error) {
	since, err := r.q.OldestOverdue(ctx, maybe(now.Add(-after)))
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	return timeOf(since), err
}

// CronRuns are when each schedule that leaves a note ran last, by name; wall time.
func (r reads) CronRuns(ctx context.Context) (map[string]time.Time, error) {
	rows, err := r.q.CronRuns(ctx)
	runs := make(map[string]time.Time, len(rows))
	for _, row := range rows {
		runs[row.Name] = row.RanAt.UTC()
	}
	return runs, err
}

// QueueState is a queue of jobs and what the jobs in it do.
type QueueState struct {
	Queue string
	// State is "waiting" (to be run now), "running", or "later" (for its time, or
	// after a failure).
	State string
}

// Queues counts the jobs that are not finished. It reads River's table, like Waiting.
func (s *Store) Queues(ctx context.Context) (map[QueueState]int64, error) {
	rows, err := s.look.QueryContext(ctx, `SELECT queue, CASE WHEN state IN ('available', 'pending') THEN 'waiting' WHEN state = 'running' THEN 'running' ELSE 'later' END AS what, COUNT(*)
		FROM river_job WHERE state IN ('available', 'pending', 'running', 'retryable', 'scheduled') GROUP BY 1, 2`)
	if err != nil {
		return nil, fmt.Errorf("count the jobs: %w", err)
	}
	defer func() { _ = rows.Close() }()
	counts := map[QueueState]int64{}
	for rows.Next() {
		var q QueueState
		var n int64
		if err := rows.Scan(&q.Queue, &q.State, &n); err != nil {
			return nil, fmt.Errorf("count the jobs: %w", err)
		}
		counts[q] += n
	}
	return counts, rows.Err()
}
