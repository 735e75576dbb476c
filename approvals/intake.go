package approvals

import (
	"context"
	"sync"
	"time"

	"airpass/access"
	"airpass/store"
)

// intake stores attempts as they arrive. What arrives while a transaction is waited
// for goes into that transaction: a crowd that clicks at once costs few of them, and
// the one that writes waits in line once and not for each click.
type intake struct {
	store *store.Store
	// gather is how long each transaction waits for more; 0 is not at all. Nobody must
	// wait for Slack's acknowledgement then.
	gather time.Duration

	mu      sync.Mutex
	waiting []*arrival
	writing bool // a goroutine works through what waits
}

// arrival is one attempt that somebody waits for to be stored.
type arrival struct {
	attempt access.Attempt
	fresh   bool
	err     error
	done    chan struct{}
}

const (
	intakeBatch = 128
	intakeTime  = 5 * time.Second // of one transaction; who waits may give up before
	// showGather keeps the transactions about what is shown after acknowledgements few: each
	// takes the place of one with clicks in it. A form may be opened for 3 s.
	showGather = 50 * time.Millisecond
)

var intakeActor = access.System("intake")

// put stores an attempt and returns the id under which it is stored. If ctx ends
// before that, it may still be.
func (in *intake) put(ctx context.Context, a access.Attempt) (id string, fresh bool, err error) {
	mine := &arrival{attempt: a, done: make(chan struct{})}
	in.mu.Lock()
	in.waiting = append(in.waiting, mine)
	if !in.writing {
		in.writing = true
		go in.write(context.WithoutCancel(ctx))
	}
	in.mu.Unlock()
	select {
	case <-mine.done:
		return mine.attempt.ID, mine.fresh, mine.err
	case <-ctx.Done():
		return "", false, ctx.Err()
	}
}

// write works until nothing waits.
func (in *intake) write(ctx context.Context) {
	for in.some() {
		time.Sleep(in.gather) //nolint:forbidigo // in a goroutine of its own
		var batch []*arrival
		err := in.save(ctx, func() []*arrival {
			if batch == nil {
				batch = in.take()
			}
			return batch
		})
		switch {
		case err != nil && batch == nil:
			batch = in.take() // no transaction began
		case err != nil && len(batch) > 1:
			for _, one := range batch { // the fault of one is not the others'
				one.err = in.save(ctx, func() []*arrival { return []*arrival{one} })
				close(one.done)
			}
			continue
		}
		for _, one := range batch {
			one.err = err
			close(one.done)
		}
	}
}

// some says whether anything waits; if not, the writing is over.
func (in *intake) some() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.writing = len(in.waiting) > 0
	return in.writing
}

func (in *intake) take() []*arrival {
	in.mu.Lock()
	defer in.mu.Unlock()
	n := min(len(in.waiting), intakeBatch)
	batch := in.waiting[:n:n]
	in.waiting = in.waiting[n:]
	return batch
}

// save stores what batch returns inside the transaction.
func (in *intake) save(ctx context.Context, batch func() []*arrival) error {
	ctx, cancel := context.WithTimeout(ctx, intakeTime)
	defer cancel()
	return in.store.Receive(ctx, intakeActor, func(tx *store.Tx) error {
		for _, one := range batch() {
			a := one.attempt
			a.ID = tx.NewID()
			if a.State == access.AttemptOpen {
				a.NextAt = tx.Now()
			}
			if a.ReceivedAt.IsZero() {
				a.ReceivedAt = tx.Now()
			}
			stored, fresh, err := tx.PutAttempt(a)
			if err != nil {
				return err
			}
			one.attempt.ID, one.fresh = stored.ID, fresh
		}
		return nil
	})
}
