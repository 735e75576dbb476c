package store

import (
	"context"
	"fmt"
	"time"

	"airpass/store/db"
)

// Replica is a process that serves this database. It says that it is alive by Beat,
// with Beats one higher each time. Its times are of its own clock and for people to
// read; whether it is alive is for others to tell by whether Beats goes up.
type Replica struct {
	ID      string
	Version string // of airpass
	Team    string // Slack's
	// Connections to Slack that it holds, or wants to hold if that is more.
	Connections int
	StartedAt   time.Time
	BeatAt      time.Time
	Beats       int64
}

// Beat says that a replica is alive, and returns all that have said so and were not
// forgotten, itself included, the longest running first. It is no change of state: it
// has no actor and leaves no event.
func (s *Store) Beat(ctx context.Context, r Replica) ([]Replica, error) {
	q := db.New(s.front)
	err := q.BeatReplica(ctx, db.BeatReplicaParams{ID: r.ID, Version: r.Version, Team: r.Team, Connections: int64(r.Connections),
		StartedAt: moment(r.StartedAt), BeatAt: moment(r.BeatAt), Beats: r.Beats})
	if err != nil {
		return nil, fmt.Errorf("replica %s: %w", r.ID, err)
	}
	rows, err := q.Replicas(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the replicas: %w", err)
	}
	all := make([]Replica, 0, len(rows))
	for _, row := range rows {
		all = append(all, Replica{ID: row.ID, Version: row.Version, Team: row.Team, Connections: int(row.Connections),
			StartedAt: row.StartedAt.UTC(), BeatAt: row.BeatAt.UTC(), Beats: row.Beats})
	}
	return all, nil
}

// Forget removes a replica whose beats have not gone up since they were read, and has
// others run the jobs that it was running; false if they have. One that was taken for
// dead by mistake is back with its next beat, and what it does meanwhile counts only
// where nobody else was quicker: the rows' versions and claims say so, and claims are
// left to run out.
func (s *Store) Forget(ctx context.Context, r Replica) (gone bool, err error) {
	tx, err := s.front.BeginTx(ctx, nil)
	if err != nil {
		return false, fmt.Errorf("forget replica %s: %w", r.ID, err)
	}
	defer func() { _ = tx.Rollback() }()
	n, err := db.New(tx).ForgetReplica(ctx, db.ForgetReplicaParams{ID: r.ID, Beats: r.Beats})
	if err == nil && n > 0 {
		err = s.freeJobs(ctx, tx, r.ID)
	}
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		return false, fmt.Errorf("forget replica %s: %w", r.ID, err)
	}
	return n > 0, nil
}

// Depart removes a replica that ends.
func (s *Store) Depart(ctx context.Context, id string) error {
	if err := db.New(s.front).RemoveReplica(ctx, id); err != nil {
		return fmt.Errorf("remove replica %s: %w", id, err)
	}
	return nil
}
