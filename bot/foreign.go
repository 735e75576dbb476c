package bot

import (
	"sync"
	"time"
)

// How long Slack has to name more connections than ours before it counts, and how
// often it is asked again after that. Wall time: connections live by it. A connection
// of a process that died is forgotten by Slack sooner.
const (
	foreignSettle = time.Minute
	foreignAgain  = 10 * time.Minute
)

// foreign finds out whether somebody else uses our Slack app: Slack then hands each of
// us only a part of the clicks. It says how many connections the app has when it
// greets one; those that are not ours are of another deployment. One greeting is no
// proof, since connections come and go: it takes two, with a time between.
type foreign struct {
	now func() time.Time

	mu    sync.Mutex
	since time.Time // when there were first too many; zero while there are not
	many  int       // confirmed
	next  time.Time // when Slack is to be asked again; zero is never
	begun bool      // a first greeting has come
}

// heard takes Slack's word for how many connections there are. ours is how many there
// may be, whole says that ours are all open. It returns how many are confirmed not to
// be ours and whether that is news.
func (f *foreign) heard(total, ours int, whole bool) (many int, news bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now, before := f.now(), f.many
	if !f.begun { // several connections are greeted at once at first, and heard in any order
		f.begun, f.next = true, now.Add(foreignSettle)
	}
	switch {
	case total <= ours && !whole: // ours that are missing may hide others
	case total <= ours:
		f.since, f.many = time.Time{}, 0
	case f.since.IsZero():
		f.since, f.next = now, now.Add(foreignSettle)
	case now.Sub(f.since) >= foreignSettle:
		f.many, f.next = total-ours, now.Add(foreignAgain)
	}
	return f.many, (before > 0) != (f.many > 0)
}

// due says, once for each time, whether Slack is to be asked again now.
func (f *foreign) due() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	if f.next.IsZero() || now.Before(f.next) {
		return false
	}
	f.next = time.Time{}
	if !f.since.IsZero() { // until it is answered
		f.next = now.Add(foreignSettle)
	}
	return true
}

// count is how many connections are confirmed not to be ours.
func (f *foreign) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.many
}
