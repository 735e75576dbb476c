package bot

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"airpass/access"
	"airpass/outbound"
	"airpass/replicas"
	"airpass/store"
)

// peers fits this process in among the other replicas: its part of the budgets and of
// the connections to Slack.
type peers struct {
	member  *replicas.Member
	foreign foreign
	lines   lines // nil in HTTP mode
	store   *store.Store
	channel func() string // of the admins
	log     *slog.Logger
}

// lines are the connections to Slack. In HTTP mode there are none.
type lines interface {
	Resize(n int)
	Renew()
	Wanted() int
	Open() int
}

// peersOptions is what newPeers needs.
type peersOptions struct {
	id           string // of this process
	store        *store.Store
	caller       *outbound.Caller
	lines        lines // nil in HTTP mode
	version      string
	team         string
	adminChannel func() string
	wall         func() time.Time // nil is time.Now
	log          *slog.Logger
}

func newPeers(o peersOptions) *peers {
	if o.wall == nil {
		o.wall = time.Now
	}
	p := &peers{foreign: foreign{now: o.wall}, store: o.store, channel: o.adminChannel, lines: o.lines, log: o.log}
	m := replicas.Options{ID: o.id, Version: o.version, Team: o.team, Log: o.log, Changed: func(v replicas.View) {
		o.caller.Share(v.Share())
		if p.lines != nil {
			p.lines.Resize(v.Connections())
		}
	}}
	if o.store.Dialect() != "sqlite" { // whose file one process serves
		m.Registry = o.store
	}
	if p.lines != nil {
		m.Holds = p.lines.Open
	}
	p.member = replicas.New(m)
	return p
}

// run beats, and looks whether Slack is to be asked again, until ctx ends.
func (p *peers) run(ctx context.Context) {
	if p.lines == nil {
		p.member.Run(ctx)
		return
	}
	var both sync.WaitGroup
	both.Go(func() { p.watch(ctx) })
	both.Go(func() { p.member.Run(ctx) })
	both.Wait()
}

// leave tells the others that this replica ends. If that fails they find out.
func (p *peers) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, replicas.Every)
	defer cancel()
	if err := p.member.Leave(ctx); err != nil {
		p.log.Warn("the other replicas could not be told that this one ends", "err", err)
	}
}

func (p *peers) watch(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if p.foreign.due() {
				p.lines.Renew()
			}
		}
	}
}

// live is how many replicas there are.
func (p *peers) live() int { return p.member.View().Live }

// without says that this replica holds no connection on purpose: enough others do.
func (p *peers) without() bool {
	return p.lines != nil && p.lines.Wanted() == 0
}

// note is what readiness says of Slack beside "ok".
func (p *peers) note() string {
	if p.without() {
		return "no connection here: the other replicas hold as many as Slack allows"
	}
	return ""
}

// hello hears from Slack how many connections the app has.
func (p *peers) hello(ctx context.Context, total int) {
	v := p.member.View()
	open, wanted := p.lines.Open(), p.lines.Wanted()
	many, news := p.foreign.heard(total, max(open, wanted)+v.Others, open >= wanted)
	if many > 0 {
		p.log.Warn("another deployment uses the same Slack app: it gets a part of the clicks meant for this one", "connections", many, "of", total)
	}
	if !news && many > 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := p.tell(ctx, many); err != nil {
		p.log.Error("the admins could not be told who uses the Slack app", "err", err)
	}
}

// foreignTold is the setting that says that the admins know.
const foreignTold = "slack.foreign"

var connectionsActor = access.System("slack connections")

// tell tells the admins once, whichever replica finds out, and again only after it was
// over in between.
func (p *peers) tell(ctx context.Context, many int) error {
	told, err := p.store.Setting(ctx, foreignTold)
	if err != nil || (told != "") == (many > 0) {
		return err
	}
	return p.store.Update(ctx, connectionsActor, func(tx *store.Tx) error {
		told, err := tx.LockSetting(foreignTold)
		if err != nil || (told != "") == (many > 0) {
			return err
		}
		if many == 0 {
			return tx.SetSetting(foreignTold, "")
		}
		if err := tx.SetSetting(foreignTold, "told"); err != nil || p.channel() == "" {
			return err
		}
		_, err = tx.CreateMessage(access.Message{
			ID: tx.NewID(), Kind: access.AdminNotice, To: p.channel(), State: access.MessageNew, NextAt: tx.Now(),
			Text: fmt.Sprintf("Another deployment uses the same Slack app as this airpass: Slack names %s that are not ours. "+
				"Each of the two gets only a part of the clicks, and those that the other one gets come to nothing here. Stop the other one, or give it a Slack app of its own.", connections(many)),
		})
		return err
	})
}

func connections(n int) string {
	if n == 1 {
		return "1 connection"
	}
	return fmt.Sprintf("%d connections", n)
}
