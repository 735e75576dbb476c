package bot

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/riverqueue/river"

	"airpass/store"
)

// sweepInsert is how many jobs one transaction of a sweep inserts: who wants to write
// meanwhile waits for one of these, and Slack's 3 seconds are running.
const sweepInsert = 20

// sweep wakes every row that is due, whatever became of its jobs. Those whose job is
// there already are left alone: while a directory does not answer, thousands may be
// due and wait their turn.
func (e *engine) sweep(ctx context.Context) error {
	due, err := e.store.Due(ctx, e.now(), sweepBatch)
	if err != nil || len(due) == 0 {
		return err
	}
	there, err := e.awake(ctx)
	if err != nil {
		return err
	}
	due = slices.DeleteFunc(due, func(w store.Wake) bool { return there[wake{What: w.Kind, ID: w.ID, Version: w.Version}] })
	for some := range slices.Chunk(due, sweepInsert) {
		jobs := make([]river.InsertManyParams, 0, len(some))
		for _, w := range some {
			jobs = append(jobs, e.job(w, time.Time{}))
		}
		if _, err := e.client.InsertMany(ctx, jobs); err != nil {
			return err
		}
		e.nudge(some)
	}
	return nil
}

// awake are the wakes for which a job waits to be run now, or runs.
func (e *engine) awake(ctx context.Context) (map[wake]bool, error) {
	waiting, err := e.store.Waiting(ctx, wake{}.Kind())
	if err != nil {
		return nil, err
	}
	there := make(map[wake]bool, len(waiting))
	for _, raw := range waiting {
		var w wake
		if err := json.Unmarshal(raw, &w); err != nil {
			return nil, err
		}
		w.Later = false // its time has come
		there[w] = true
	}
	return there, nil
}
