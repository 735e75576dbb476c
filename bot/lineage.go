package bot

import (
	"context"
	"log/slog"
	"time"

	"airpass/access"
	"airpass/store"
)

// lineageEvery is how often a process looks whether the database is still the one that
// it serves. Wall time.
const lineageEvery = 5 * time.Second

// lineage pauses new grants when the database has been restored.
type lineage struct {
	store   *store.Store
	follows *store.Lineage
	channel func() string // where admins are told
	log     *slog.Logger
}

var lineageActor = access.System("lineage")

// look compares the database with what is known of it, and writes down what it is.
func (l *lineage) look(ctx context.Context) error {
	why, err := l.follows.Check(ctx)
	if err != nil {
		return err
	}
	if why != "" {
		l.log.Error("the database was restored: new grants are paused until it has been compared (airpass restore compare)", "why", why)
		if err := MarkRestored(ctx, l.store, lineageActor, why, l.channel()); err != nil {
			return err
		}
	}
	return l.follows.Remember(ctx)
}

// follow looks again and again until ctx ends.
func (l *lineage) follow(ctx context.Context) {
	tick := time.NewTicker(lineageEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := l.look(ctx); err != nil && ctx.Err() == nil {
			l.log.Warn("could not look whether the database is still the same", "error", err)
		}
	}
}

// MarkRestored stores that the database was restored and why that is thought, and tells
// the admins. A comparison made before counts no longer.
func MarkRestored(ctx context.Context, st *store.Store, actor access.Actor, why, channel string) error {
	return st.Update(ctx, actor, func(tx *store.Tx) error {
		if err := tx.SetRestoration(&access.Restoration{Why: why, At: tx.Now()}); err != nil || channel == "" {
			return err
		}
		_, err := tx.CreateMessage(access.Message{ID: tx.NewID(), Kind: access.AdminNotice, To: channel, State: access.MessageNew, NextAt: tx.Now(),
			Text: "New grants are paused: " + why + ". Taking access away goes on. Compare it with what is outside (airpass restore compare), " +
				"then let grants be made again (airpass restore acknowledge)."})
		return err
	})
}
