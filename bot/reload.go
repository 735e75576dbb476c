package bot

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"airpass/access"
	"airpass/config"
	"airpass/config/watch"
	"airpass/store"
)

// What becomes of reading the configuration again, as counted.
const (
	reloadLoaded    = "loaded"
	reloadUnchanged = "unchanged"
	reloadRefused   = "refused"
	reloadFailed    = "failed" // it may work in a while
)

// retryReload is how long is waited before what failed is tried again, wall time.
const retryReload = 30 * time.Second

// errNeedsRestart: the fields cannot be changed while airpass runs.
var errNeedsRestart = errors.New("these can only be changed by a restart")

// reloader reads the configuration again while airpass runs.
type reloader struct {
	bot    *Bot
	source *config.Source

	mu    sync.Mutex
	again *time.Timer // of what failed

	last    atomic.Pointer[config.Config] // see inUse
	renewed chan struct{}                 // something was taken into use
}

// follow takes the configuration into use again whenever it changes, and at each
// signal, until ctx is done.
func (r *reloader) follow(ctx context.Context, hangup <-chan os.Signal) {
	var watching sync.WaitGroup
	watching.Go(func() {
		watch.Files(ctx, watch.Options{Paths: r.source.Files, Log: r.bot.log, Changed: func() { r.reload(ctx, "the file, or a secret's, has changed") }})
	})
	watching.Go(func() { r.look(ctx) })
	defer watching.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
			r.reload(ctx, "SIGHUP")
		}
	}
}

// reload reads, checks and takes into use, or leaves everything as it is.
func (r *reloader) reload(ctx context.Context, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.again != nil {
		r.again.Stop()
	}
	b := r.bot
	c, err := r.source.LoadAgain(ctx, r.inUse())
	changed := false
	if err == nil {
		changed, err = b.apply(ctx, c)
	}
	switch {
	case ctx.Err() != nil:
	case errors.Is(err, errLater), errors.Is(err, config.ErrAway):
		b.metrics.reloads.WithLabelValues(reloadFailed).Inc()
		b.log.Warn("the configuration cannot be taken into use now; the old one stays, and it is tried again", "why", why, "error", err, "in", retryReload)
		r.again = time.AfterFunc(retryReload, func() { r.reload(ctx, "it could not be taken into use before") })
	case err != nil:
		b.metrics.reloads.WithLabelValues(reloadRefused).Inc()
		b.refuse(ctx, why, r.source.Path, err)
	case !changed:
		b.metrics.reloads.WithLabelValues(reloadUnchanged).Inc()
		b.log.Info("configuration: nothing has changed", "why", why)
		r.keep(c)
		b.forget(ctx)
	default:
		b.metrics.reloads.WithLabelValues(reloadLoaded).Inc()
		b.log.Info("configuration: loaded", "why", why, "targets", len(c.Targets()), "warnings", len(c.Warnings))
		for _, w := range c.Warnings {
			b.log.Warn("configuration", "problem", w.String())
		}
		r.keep(c)
		b.forget(ctx)
	}
}

// apply puts a configuration in the place of the one in use; changed is false if it
// means the same. An error leaves everything as it was.
func (b *Bot) apply(ctx context.Context, c *config.Config) (changed bool, err error) {
	running := b.works.Load()
	if config.Same(running.config, c) {
		return false, nil
	}
	if fields := config.NeedRestart(running.config, c); len(fields) > 0 {
		return false, fmt.Errorf("%w, so nothing of the file is taken into use: %s", errNeedsRestart, strings.Join(fields, ", "))
	}
	next, err := b.build(c) //nolint:contextcheck // clients are built; they call nobody yet
	if err != nil {
		return false, err
	}
	was, is := running.config.Slack, c.Slack
	if was.BotToken.Reveal() != is.BotToken.Reveal() || was.APIURL != is.APIURL {
		if err := next.whose.first(ctx, running.whose); err != nil {
			return false, err
		}
		defer b.spawn(next.whose.check)
	} else {
		next.whose = running.whose
	}
	var fresh *line
	if is.Mode != modeHTTP && (was.AppToken.Reveal() != is.AppToken.Reveal() || was.APIURL != is.APIURL) {
		if fresh, err = b.redial(ctx, c); err != nil {
			return false, err
		}
	}
	if err := b.engine.reschedule(b.schedules(c)); err != nil {
		return false, err
	}
	b.caller.SetBudgets(budgets(c.Quotas))
	b.works.Store(next)
	if err := next.asking.Schedule(ctx); err != nil { // at the next start, then
		b.log.Error("when campaigns take place could not be stored", "error", err)
	}
	b.loaded(c)
	if fresh != nil {
		b.line.Swap(fresh).hangUp()
	}
	return true, nil
}

// loaded notes what does not ask the works each time.
func (b *Bot) loaded(c *config.Config) {
	if b.level != nil {
		b.level.Set(c.Log.Level)
	}
	b.metrics.loaded.SetToCurrentTime()
}

// reloadTold is the setting that keeps for which problems the admin channel was told
// that a configuration is refused.
const reloadTold = "reload_told"

// refuse says why a configuration is not taken into use: each problem to the log, and
// the first few to the admin channel, once for the same ones, whichever replicas find them.
func (b *Bot) refuse(ctx context.Context, why, file string, cause error) {
	problems := []string{cause.Error()}
	var all config.Problems
	if errors.As(cause, &all) {
		problems = problems[:0]
		for _, p := range all {
			problems = append(problems, p.String())
		}
	}
	for _, p := range problems {
		b.log.Error("the configuration is refused; the old one stays", "why", why, "file", file, "problem", p)
	}
	const few = 5
	text := fmt.Sprintf("airpass's configuration was changed and is refused: the old one stays in use. %s", strings.Join(problems[:min(few, len(problems))], "\n"))
	if left := len(problems) - few; left > 0 {
		text += fmt.Sprintf("\n… and %d more in the log.", left)
	}
	b.setting(ctx, text, func(tx *store.Tx) error {
		_, err := tx.CreateMessage(access.Message{ID: tx.NewID(), Kind: access.AdminNotice, To: b.adminChannel(),
			State: access.MessageNew, NextAt: tx.Now(), Text: text})
		return err
	})
}

// forget lets the same problems be told again, should they come again.
func (b *Bot) forget(ctx context.Context) {
	b.setting(ctx, "", func(*store.Tx) error { return nil })
}

// setting keeps what was told and does more with it, unless it is kept already.
func (b *Bot) setting(ctx context.Context, told string, more func(*store.Tx) error) {
	if old, err := b.store.Setting(ctx, reloadTold); err == nil && old == told {
		return
	}
	err := b.store.Update(ctx, access.System("configuration"), func(tx *store.Tx) error {
		old, err := tx.LockSetting(reloadTold) // replicas find out at the same moment
		if err != nil || old == told {
			return err
		}
		return errors.Join(tx.SetSetting(reloadTold, told), more(tx))
	})
	if err != nil && ctx.Err() == nil {
		b.log.Error("what became of the configuration could not be stored", "error", err)
	}
}
