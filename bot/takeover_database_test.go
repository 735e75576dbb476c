package bot_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"airpass/bot"
	"airpass/config"
	"airpass/internal/pgtest"
	"airpass/sandbox"
	"airpass/sandbox/workspace"
	"airpass/store"
)

// rush is a crowd that asks and is decided, without minding whether airpass can answer:
// who is not told that it was recorded tries again.
type rush struct {
	*siege
	t    *testing.T
	db   *store.Store
	stop context.CancelFunc
	work sync.WaitGroup
	late chan struct{} // closed when the second half comes, and all that waits is decided

	mu      sync.Mutex
	stored  map[string]bool // who asked, and was told that it was recorded
	refused int             // asked, and was told that it was not
	clicks  []string        // deliveries of clicks that were acknowledged
	failed  int             // what Slack showed as failed
}

// asks has somebody ask for prod/User until it is recorded.
func (r *rush) asks(ctx context.Context, key string) {
	form := r.forgedAsk(r.Person(key).SlackID, "prod/User", "8h0m0s", "rush "+key)
	raw, err := json.Marshal(form)
	if err != nil {
		r.t.Error(err)
	}
	for ctx.Err() == nil {
		d, err := r.Slack.DeliverRaw(ctx, "interactive", "", raw)
		r.mu.Lock()
		switch {
		case err != nil || !d.Acked:
			r.failed++
		case strings.Contains(string(d.Answer), `"errors"`):
			r.refused++
		default:
			r.stored[key] = true
		}
		done := r.stored[key]
		r.mu.Unlock()
		if done {
			return
		}
		wait(ctx, 100*time.Millisecond)
	}
}

// decides has the manager press Approve on what waits for it, until told to stop: only a
// few at first.
func (r *rush) decides(ctx context.Context, few int) {
	says := workspace.Saying("rush p")
	pressed := map[string]time.Time{} // who presses waits a while for an answer
	for n := 0; ctx.Err() == nil; {
		p := r.as("henry")
		for _, m := range p.Messages(p.DM()) {
			if button := m.Button("Approve"); says(m) && button.There() && ctx.Err() == nil && time.Since(pressed[m.TS]) > 5*time.Second {
				pressed[m.TS] = time.Now()
				if n++; n > few {
					<-r.late
				}
				r.click(ctx, button)
				wait(ctx, 250*time.Millisecond) // a quick one, but a person
			}
		}
		wait(ctx, 100*time.Millisecond)
	}
}

func (r *rush) click(ctx context.Context, button *workspace.Button) {
	res, err := button.Click(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.failed++
		return
	}
	r.clicks = append(r.clicks, res.Delivery.ID)
}

// wait lets wall time pass between two tries.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// asked is how many have been told that what they asked for is recorded, and that it is not.
func (r *rush) asked() (stored, refused int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.stored), r.refused
}

// begin has the crowd come in, one after the other.
func (r *rush) begin(people int) {
	ctx, stop := context.WithCancel(r.Context())
	r.stop = stop
	for i := range people {
		r.work.Go(func() {
			if i >= people/2 {
				<-r.late
			}
			wait(ctx, time.Duration(i%(people/2))*100*time.Millisecond)
			r.asks(ctx, fmt.Sprintf("p%d", 100+i))
		})
	}
	r.work.Go(func() { r.decides(ctx, people/4) })
	r.t.Cleanup(func() { stop(); r.comes(); r.work.Wait() })
}

// comes lets the second half come.
func (r *rush) comes() {
	select {
	case <-r.late:
	default:
		close(r.late)
	}
}

// readiness is what a replica says of the database.
func readiness(t *testing.T, b *bot.Bot) (status int, database string) {
	t.Helper()
	res, err := http.Get("http://" + b.Addr() + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	var said map[string]string
	if err != nil || json.Unmarshal(raw, &said) != nil {
		t.Fatalf("%s %v", raw, err)
	}
	return res.StatusCode, said["database"]
}

// everywhereReady waits until every replica says that it is ready, or that the database
// is the reason why it is not.
func (tw *town) everywhereReady(ready bool) {
	tw.Helper()
	for _, b := range tw.bots {
		tw.eventually(fmt.Sprintf("readiness of the database: %t", ready), func() bool {
			status, database := readiness(tw.T, b)
			if ready {
				return status == http.StatusOK
			}
			return status == http.StatusServiceUnavailable && database != "ok"
		})
	}
}

// PostgreSQL is killed while a crowd asks and is decided by three replicas, and started
// again: whoever was told that something is recorded has it, nobody else was told so, and
// everything comes to its end.
func TestPostgreSQLDiesUnderLoad(t *testing.T) {
	t.Parallel()
	socketOnly(t)
	const people = 24
	own := pgtest.Own(t)
	o := crowded(140)
	o.Unlimited = true // one person clicks as many would
	o.AssignmentDelay, o.PushDelay = 200*time.Millisecond, 200*time.Millisecond
	w := world(t, o)
	tw := &town{T: t, World: w, abreast: 3, log: &logLines{}}
	tw.configure(own.URL(), func(_ *sandbox.World, yaml string) string { return yaml }, func(c *config.Config) { c.Quotas.OktaPerMinute = 6000 })
	tw.serve()
	r := &rush{siege: &siege{town: tw, store: own.URL()}, t: t, stored: map[string]bool{}, late: make(chan struct{})}
	r.db = r.open()
	r.begin(people)
	tw.eventually("some have it, and some have asked", func() bool {
		stored, _ := r.asked()
		return stored == people/2 && tw.held("prod/User") > 1
	})
	r.comes()
	tw.eventually("more are asking", func() bool { stored, _ := r.asked(); return stored > people/2 })
	before, _ := r.asked()

	own.Kill()
	tw.everywhereReady(false)
	tw.eventually("people are told that it was not recorded", func() bool {
		_, refused := r.asked()
		return refused > 5 && len(r.words()) > 0
	})
	own.Start()
	begin := time.Now()
	tw.everywhereReady(true)
	tw.eventually("all have asked", func() bool { stored, _ := r.asked(); return stored == people })
	r.converges(begin, people)
	r.stop()
	r.work.Wait()
	t.Logf("%d had asked before; %d were told that it was not recorded, %d saw Slack's own error, %d clicks", before, r.refused, r.failed, len(r.clicks))

	tw.advance(8*time.Hour + time.Minute)
	tw.meanwhile("nothing is left", func() bool { return tw.held("prod/User") == 0 })
	tw.meanwhile("everything has ended", func() bool { return r.count("SELECT count(*) FROM grants WHERE state = 'ended'") == people })
	r.judgeRush(people)
}

// converges waits until everybody has what they asked for.
func (r *rush) converges(begin time.Time, people int) {
	r.Helper()
	deadline := begin.Add(takeover + patience)
	for r.held("prod/User") < people || r.count("SELECT count(*) FROM grants WHERE state = 'active'") < people {
		if time.Now().After(deadline) {
			r.Fatalf("%d of %d have it %s after the database was back\n%s", r.held("prod/User"), people, time.Since(begin), r.log)
		}
		r.advance(200 * time.Millisecond) // of what waits for its time
		r.pause(100 * time.Millisecond)
	}
	if took := time.Since(begin); took > takeover {
		r.Errorf("it took %s after the database was back, more than %s\n%s", took, takeover, r.log)
	} else {
		r.Logf("all have it %s after the database was back", took.Round(time.Millisecond))
	}
}

// count asks the database for a number.
func (r *rush) count(query string, args ...any) (n int) {
	r.Helper()
	if err := r.db.DB().QueryRowContext(r.Context(), query, args...).Scan(&n); err != nil {
		r.Fatal(err)
	}
	return n
}

// words are what the manager was told of clicks that were not recorded.
func (r *rush) words() (all []workspace.Message) {
	says := workspace.Saying("probably not recorded")
	p := r.as("henry")
	for _, m := range p.Messages(p.DM()) {
		if says(m) {
			all = append(all, m)
		}
	}
	return all
}

// judgeRush: each click that was acknowledged is stored or was answered with words; each
// person has asked once, was decided once, and has had access once.
func (r *rush) judgeRush(people int) {
	r.Helper()
	unsaved := 0
	for _, id := range r.clicks {
		unsaved += 1 - r.count("SELECT count(*) FROM attempts WHERE delivery = $1", id)
	}
	if words := len(r.words()); words < unsaved {
		r.Errorf("%d clicks were acknowledged and not stored; %d were answered with words", unsaved, words)
	}
	if n := r.count("SELECT count(*) FROM attempts WHERE state = 'open'"); n != 0 {
		r.Errorf("%d attempts are not judged", n)
	}
	r.judgeOperations()
	for _, same := range r.Slack.Duplicates() {
		if !workspace.Saying("probably not recorded")(same[0]) && same[0].EphemeralFor == "" {
			r.Errorf("%d times in %s: %q", len(same), same[0].Channel, same[0].Visible())
		}
	}
	trail := r.trail(r.db)
	for _, kind := range []string{"request.created", "request.approved", "decision.recorded", "grant.provisioning", "grant.active", "grant.revoking", "grant.ended"} {
		if n := trail.kinds[kind]; n != people {
			r.Errorf("%d events %s, want %d", n, kind, people)
		}
	}
}
