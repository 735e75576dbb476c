package bot_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"airpass/messages"
	"airpass/sandbox"
	"airpass/sandbox/control"
	"airpass/sandbox/workspace"
)

// The load under which Slack has to be answered, and the floor: see docs/performance.md.
const (
	perSecond = 200
	loadTime  = 30 * time.Second
	floorP99  = 250 * time.Millisecond
	floorMax  = 3 * time.Second // Slack gives up
	pending   = 50              // requests that are clicked on
)

// BenchmarkAcknowledge measures how long Slack waits for acknowledgements, on Slack's
// side, while Okta and AWS take every call and answer none: 60 % clicks on Approve by
// 2,000 people, 20 % submitted forms, 20 % slash commands. Deliveries go out on time,
// whether or not earlier ones have been answered. Afterwards Okta answers again, and
// the time is taken until everything that was clicked has been judged.
func BenchmarkAcknowledge(b *testing.B) {
	for _, mode := range []string{"socket", "http"} {
		b.Run(mode, func(b *testing.B) { acknowledge(newRigIn(b, mode, large, sqliteIn(b))) })
	}
}

func acknowledge(r *rig) {
	b := r.B
	r.run()
	cards := r.crowdCards()
	before := r.metric("go_goroutines")
	for _, f := range []*control.Faults{r.Okta.Faults(), r.IdentityCenter.Faults(), r.STS.Faults(), r.MWAA.Faults()} {
		f.ResetCalls()
		f.Add(control.Fault{Op: "*", Hang: true})
	}
	for b.Loop() {
		l := &load{rig: r, cards: cards}
		l.play()
		l.report()
	}
	b.ReportMetric(float64(len(r.Okta.Faults().Calls())), "okta-calls")
	b.ReportMetric(r.metric("go_goroutines")-before, "goroutines-more")
	b.ReportMetric(r.metric("process_resident_memory_bytes")/1e6, "rss-MB")
	for _, f := range []*control.Faults{r.Okta.Faults(), r.IdentityCenter.Faults(), r.STS.Faults(), r.MWAA.Faults()} {
		f.Clear()
	}
}

// crowdCards makes requests that wait for a decision and returns their cards in the
// channel, each in front of somebody else.
func (r *rig) crowdCards() []workspace.Message {
	r.Helper()
	for n := range pending {
		who := fmt.Sprintf("p%d", 100+n)
		if _, err := r.submit(r.Context(), who, "prod/Viewer", "load "+who); err != nil {
			r.Fatal(err)
		}
	}
	says := workspace.Saying("load p")
	watching := r.As("ada")
	var waiting []string
	r.wait("every request has its card", func() bool {
		waiting = waiting[:0]
		for _, m := range watching.Messages(sandbox.RequestsChannel) {
			if says(m) && m.Button("Approve").There() {
				waiting = append(waiting, m.TS)
			}
		}
		return len(waiting) == pending
	})
	var cards []workspace.Message
	for n := 20; n < large.People; n++ {
		p := r.As(fmt.Sprintf("p%d", n))
		for _, m := range p.Messages(sandbox.RequestsChannel) {
			if m.TS == waiting[n%pending] {
				cards = append(cards, m)
			}
		}
	}
	if len(cards) < 1900 {
		r.Fatalf("only %d people see a card", len(cards))
	}
	return cards
}

// load is one run of deliveries.
type load struct {
	*rig
	cards []workspace.Message

	mu     sync.Mutex
	took   []time.Duration
	kinds  map[string][]time.Duration
	failed []error
}

func (l *load) play() {
	l.kinds = map[string][]time.Duration{}
	var under sync.WaitGroup
	begin := time.Now()
	for n := range perSecond * int(loadTime/time.Second) {
		time.Sleep(time.Until(begin.Add(time.Duration(n) * time.Second / perSecond)))
		under.Go(func() { l.deliver(n) })
	}
	sent := time.Since(begin)
	under.Wait()
	l.ReportMetric(float64(perSecond*int(loadTime/time.Second))/sent.Seconds(), "sent-per-s")
}

// deliver sends the nth delivery and notes when it was acknowledged.
func (l *load) deliver(n int) {
	ctx, cancel := context.WithTimeout(l.Context(), 10*time.Second)
	defer cancel()
	person := fmt.Sprintf("p%d", 20+n%1900)
	var d workspace.Delivery
	var err error
	kind := "click"
	switch n % 10 {
	case 3, 7:
		kind = "form"
		d, err = l.submit(ctx, person, "prod/Viewer", "asked while nothing answers")
	case 5, 9:
		kind = "command"
		var res *workspace.Response
		if res, err = l.As(person).Slash(ctx, sandbox.Command, "", sandbox.RequestsChannel); res != nil {
			d = res.Delivery
		}
	default:
		var res *workspace.Response
		if res, err = l.cards[n%len(l.cards)].Button(messages.ActionApprove).Click(ctx); res != nil {
			d = res.Delivery
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil || !d.Acked {
		l.failed = append(l.failed, fmt.Errorf("%s: %w", kind, err))
		return
	}
	l.took = append(l.took, d.Latency)
	l.kinds[kind] = append(l.kinds[kind], d.Latency)
}

func (l *load) report() {
	l.Helper()
	if len(l.failed) > 0 {
		l.Errorf("%d deliveries were not acknowledged, one of them: %v", len(l.failed), l.failed[0])
	}
	l.spread("ack", l.took, 50, 99, 100)
	for kind, took := range l.kinds {
		l.spread(kind, took, 99)
	}
	p99, slowest := l.took[len(l.took)*99/100], l.took[len(l.took)-1]
	if p99 > floorP99 || slowest >= floorMax {
		l.Errorf("below the floor: p99 %s, max %s", p99, slowest)
	}
}
