package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"airpass/config"
	"airpass/handlers/socket"
)

// line is a connection that can be hung up while airpass goes on.
type line struct {
	connection
	over   chan struct{}
	hangUp func()
}

func newLine(c connection) *line {
	over := make(chan struct{})
	return &line{connection: c, over: over, hangUp: sync.OnceFunc(func() { close(over) })}
}

// run brings deliveries until ctx is done or the line is hung up; then what has
// arrived is finished.
func (l *line) run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-l.over:
			cancel()
		case <-ctx.Done():
		}
	}()
	_ = l.Run(ctx)
}

// open are the lines that run, seen as one: for a moment there are two, while one takes
// the other's place. Its zero value is ready to use.
type open struct {
	mu  sync.Mutex
	all []*line // the newest last
}

// add counts a line from now until it has run.
func (o *open) add(l *line) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all = append(o.all, l)
}

// run runs a line that was added.
func (o *open) run(ctx context.Context, l *line) {
	l.run(ctx)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all = slices.DeleteFunc(o.all, func(other *line) bool { return other == l })
}

func (o *open) each(do func(lines)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, l := range o.all {
		if s, is := l.connection.(lines); is {
			do(s)
		}
	}
}

// Resize implements lines.
func (o *open) Resize(n int) { o.each(func(l lines) { l.Resize(n) }) }

// Renew implements lines.
func (o *open) Renew() { o.each(func(l lines) { l.Renew() }) }

// Wanted implements lines.
func (o *open) Wanted() (n int) { o.each(func(l lines) { n += l.Wanted() }); return n }

// Open implements lines.
func (o *open) Open() (n int) { o.each(func(l lines) { n += l.Open() }); return n }

// linesOf are the lines that run, nil in HTTP mode.
func (b *Bot) linesOf(c *config.Config) lines {
	if c.Slack.Mode == modeHTTP {
		return nil
	}
	return &b.lines
}

// lineTime is how long a new line may take to be answered, wall time.
const lineTime = 15 * time.Second

// errLater: what was tried may work in a while.
var errLater = errors.New("not now")

// redial opens a line with a new app token beside the one in use, and returns it once
// it is connected. The one in use is left alone.
func (b *Bot) redial(ctx context.Context, c *config.Config) (*line, error) {
	l, err := b.connect(ctx, c, func(total int) { b.spawn(func(run context.Context) { b.peers.hello(run, total) }) })
	if err != nil {
		return nil, err
	}
	b.lines.add(l)
	b.lines.Resize(b.peers.member.View().Connections())
	b.spawn(func(run context.Context) { b.lines.run(run, l) })
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(lineTime)
	for {
		switch err := l.Ready(); {
		case err == nil:
			return l, nil
		case errors.Is(err, socket.ErrRefused):
			l.hangUp()
			return nil, fmt.Errorf("slack.app_token: the new one: %w", err)
		}
		select {
		case <-tick.C:
			continue
		case <-late:
		case <-ctx.Done():
		}
		l.hangUp()
		return nil, fmt.Errorf("%w: slack.app_token: Slack has not let the new one connect within %s", errLater, lineTime)
	}
}
