package webhook

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"airpass/access"
	"airpass/outbound"
	"airpass/store"
)

// Hook is a receiver.
type Hook struct {
	Name   string
	URL    string
	Secret []byte
	// Kinds are the kinds of events that it is told of, or the words before their full
	// stops; none is all.
	Kinds []string
	// Personal: names, addresses and words are told too.
	Personal bool
	// Whole: it is told of everything since the first event; else of what happens from when
	// it is first seen in the configuration.
	Whole bool
}

func (h Hook) same(o Hook) bool {
	return h.URL == o.URL && slices.Equal(h.Secret, o.Secret) && slices.Equal(h.Kinds, o.Kinds) && h.Personal == o.Personal
}

// takes says whether events of a kind are for it.
func (h Hook) takes(kind access.EventKind) bool {
	family, _, _ := strings.Cut(string(kind), ".")
	return len(h.Kinds) == 0 || slices.Contains(h.Kinds, family) || slices.Contains(h.Kinds, string(kind))
}

// Options is what a Service needs. All but Wall must be set.
type Options struct {
	Store  *store.Store
	Caller *outbound.Caller
	// Hooks are the receivers that there are to be now.
	Hooks  func() []Hook
	Source string // of the CloudEvents
	Log    *slog.Logger
	// Wall is the machine's clock; nil is time.Now.
	Wall func() time.Time
}

// Service tells receivers of events. Several processes may do so for one database.
type Service struct {
	Options
	client *http.Client

	mu    sync.Mutex
	bells map[string]chan struct{} // of the receivers that are followed
}

// New returns a Service that does nothing until Run.
func New(o Options) *Service {
	if o.Wall == nil {
		o.Wall = time.Now
	}
	return &Service{Options: o, client: newClient(), bells: map[string]chan struct{}{}}
}

// How a receiver is told, wall time.
const (
	look      = 5 * time.Second  // how often it is looked for what another process has written
	page      = 100              // events that are read at once
	roundFor  = 15 * time.Second // how long a round begins to send
	claimFor  = time.Minute      // a round, the last call of it, and its end in the store
	recordFor = 5 * time.Second
	backoff   = 5 * time.Minute // the longest wait after a failure
)

// Happened says that there is something new in the trail.
func (s *Service) Happened() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, bell := range s.bells {
		select {
		case bell <- struct{}{}:
		default:
		}
	}
}

// Run tells every receiver of what happens until ctx ends. Each is told beside the others.
func (s *Service) Run(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		for _, h := range s.Hooks() {
			if bell, fresh := s.bell(h.Name); fresh {
				all.Go(func() {
					defer s.silence(h.Name)
					s.follow(ctx, h, bell)
				})
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// bell is rung for a receiver when something happens; fresh says that nobody follows it yet.
func (s *Service) bell(name string) (bell chan struct{}, fresh bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, there := s.bells[name]; there {
		return nil, false
	}
	s.bells[name] = make(chan struct{}, 1)
	return s.bells[name], true
}

func (s *Service) silence(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.bells, name)
}

// follow tells one receiver for as long as it is configured as it is.
func (s *Service) follow(ctx context.Context, h Hook, bell <-chan struct{}) {
	begun := false
	for ctx.Err() == nil && slices.ContainsFunc(s.Hooks(), func(o Hook) bool { return o.Name == h.Name && o.same(h) }) {
		var err error
		if !begun {
			err = s.begin(ctx, h)
			begun = err == nil
		}
		more := false
		if begun {
			more, err = s.round(ctx, h)
		}
		if err != nil && ctx.Err() == nil { // of the store; it is tried again
			s.Log.WarnContext(ctx, "how far a webhook is cannot be read or stored", "webhook", h.Name, "err", err)
		}
		if more {
			continue
		}
		select {
		case <-ctx.Done():
		case <-bell:
		case <-time.After(s.pause(ctx, h.Name)):
		}
	}
}

// pause is how long there is nothing to do unless something happens.
func (s *Service) pause(ctx context.Context, name string) time.Duration {
	w, begun, err := s.Store.Webhook(ctx, name)
	if left := w.NextAt.Sub(s.Wall()); err == nil && begun && left > 0 && left < look {
		return left
	}
	return look
}

// begin sees to it that the receiver has a place in the trail.
func (s *Service) begin(ctx context.Context, h Hook) error {
	if _, begun, err := s.Store.Webhook(ctx, h.Name); begun || err != nil {
		return err
	}
	after := int64(0)
	if !h.Whole {
		head, err := s.Store.Head(ctx)
		if err != nil {
			return err
		}
		after = head.Seq
	}
	return s.Store.BeginWebhook(ctx, h.Name, after, s.Wall())
}

// round sends what is there, for a while, if nobody else does; more says that there is
// more to send now. The error is of the store.
func (s *Service) round(ctx context.Context, h Hook) (more bool, err error) {
	at, begun, err := s.Store.Webhook(ctx, h.Name)
	if err != nil || !begun || at.NextAt.After(s.Wall()) {
		return false, err
	}
	lines, err := s.Store.AuditLines(ctx, at.Seq, 1)
	if err != nil || len(lines) == 0 {
		return false, err // nothing is written while nothing happens
	}
	token, wall := rand.Text(), s.Wall()
	w, mine, err := s.Store.ClaimWebhook(ctx, h.Name, token, wall, wall.Add(claimFor))
	if err != nil || !mine {
		return false, err
	}
	before := w
	work, stop := context.WithDeadline(ctx, wall.Add(claimFor-recordFor)) // after that it may be somebody else's
	defer stop()
	w, more, err = s.send(work, h, w, wall.Add(roundFor))
	s.tell(ctx, before, w)
	record, done := context.WithTimeout(context.WithoutCancel(ctx), recordFor)
	defer done()
	return more, errors.Join(err, s.Store.SaveWebhook(record, token, w))
}

// send sends events until there are no more, one fails, or it is time.
func (s *Service) send(ctx context.Context, h Hook, w store.Webhook, until time.Time) (_ store.Webhook, more bool, err error) {
	for {
		lines, err := s.Store.AuditLines(ctx, w.Seq, page)
		if err != nil || len(lines) == 0 {
			return w, false, err
		}
		for _, l := range lines {
			switch {
			case over(ctx):
				return w, false, nil
			case !s.Wall().Before(until):
				return w, true, nil
			case h.takes(l.Kind):
				if failure := s.one(ctx, h, l); failure != nil {
					return s.failed(ctx, w, l, failure), false, nil
				}
				w.DeliveredAt = s.Wall()
			}
			w.Seq, w.Failures, w.LastError, w.NextAt = l.Seq, 0, "", s.Wall()
		}
	}
}

// over says that there is no more time, which is no failure of a receiver's.
func over(ctx context.Context) bool { return ctx.Err() != nil }

func (s *Service) one(ctx context.Context, h Hook, l store.AuditLine) error {
	key, err := s.Store.AboutWhom(ctx, l)
	if err != nil {
		return err
	}
	body, err := Encode(l, s.Source, key, h.Personal)
	if err != nil {
		return err
	}
	return s.post(ctx, h, "airpass-"+strconv.FormatInt(l.Seq, 10), body)
}

// failed notes a failure and when to try again. That this process ends is none.
func (s *Service) failed(ctx context.Context, w store.Webhook, l store.AuditLine, failure error) store.Webhook {
	if ctx.Err() != nil {
		return w
	}
	w.Failures++
	wait := access.Backoff(w.Failures, backoff)
	var v *access.VendorError
	if errors.As(failure, &v) {
		wait = max(wait, v.RetryAfter)
	}
	w.LastError, w.NextAt = "event "+strconv.FormatInt(l.Seq, 10)+": "+failure.Error(), s.Wall().Add(wait)
	return w
}

// tell says once that a receiver fails, and once that it no longer does.
func (s *Service) tell(ctx context.Context, before, now store.Webhook) {
	switch {
	case before.Failures == 0 && now.Failures > 0:
		s.Log.WarnContext(ctx, "a webhook does not take an event; it is tried again until it does", "webhook", now.Name, "err", now.LastError)
	case before.Failures > 0 && now.Failures == 0 && now.Seq > before.Seq:
		s.Log.InfoContext(ctx, "a webhook takes events again", "webhook", now.Name, "failures", before.Failures)
	}
}
