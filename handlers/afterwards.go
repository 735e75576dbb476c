package handlers

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// AckTime is how long there is to answer a delivery: Slack has given up after 3
// seconds, and a trigger id has expired.
// See https://docs.slack.dev/interactivity/handling-user-interaction.
const AckTime = 3 * time.Second

// afterTime bounds what is done after an acknowledgement.
const afterTime = 15 * time.Second

// laterAtOnce is how much of what nobody waits for is done at once.
const laterAtOnce = 16

// Afterwards does what follows acknowledgements (Ack.After and Ack.Later), so much of it at
// once. Use NewAfterwards.
type Afterwards struct {
	log     *slog.Logger
	places  chan struct{}
	later   chan struct{}
	running sync.WaitGroup
}

// NewAfterwards returns an Afterwards that does at most so many things at once; 0 is
// 32.
func NewAfterwards(atOnce int, log *slog.Logger) *Afterwards {
	if atOnce <= 0 {
		atOnce = 32
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Afterwards{log: log, places: make(chan struct{}, atOnce), later: make(chan struct{}, laterAtOnce)}
}

// Go does what follows an acknowledgement, once there is a place for each part of it, and
// returns at once. The end of ctx does not stop it.
func (a *Afterwards) Go(ctx context.Context, ack Ack) {
	if ack.After == nil && ack.Later == nil {
		return
	}
	a.running.Go(func() {
		if ack.After != nil && !a.run(ctx, a.places, ack.After) || ack.Later == nil {
			return
		}
		a.run(ctx, a.later, ack.Later)
	})
}

// Wait returns when all is done. Nothing may be begun meanwhile.
func (a *Afterwards) Wait() { a.running.Wait() }

// run waits for a place; false if there was none in time. A trigger id has expired by the
// time that a crowd is through, so nobody queues for long.
func (a *Afterwards) run(ctx context.Context, places chan struct{}, do func(context.Context)) (done bool) {
	select {
	case places <- struct{}{}:
	case <-time.After(AckTime):
		a.log.Warn("too much to do after acknowledgements; one was dropped")
		return false
	}
	defer func() {
		<-places
		if p := recover(); p != nil {
			a.log.Error("panic after an acknowledgement", "panic", p)
		}
	}()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), afterTime)
	defer cancel()
	do(ctx)
	return true
}
