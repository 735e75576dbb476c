package handlers

import (
	"cmp"
	"hash/fnv"
	"sync"
)

// newest remembers when somebody last did something in a form, as Slack says it, so that
// what a form is made to show is never of something earlier. It knows of this process only:
// two that change one form at the same time are told apart by the form's hash.
type newest struct {
	mu   sync.Mutex
	at   map[string]string // by the form's id
	ring []string
	next int

	turns [64]sync.Mutex
}

func newNewest(size int) *newest {
	return &newest{at: make(map[string]string, size), ring: make([]string, size)}
}

// is says whether nothing later is known of a form, and remembers it then.
func (n *newest) is(form, at string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	before, known := n.at[form]
	if known && earlier(at, before) {
		return false
	}
	if !known {
		delete(n.at, n.ring[n.next])
		n.ring[n.next] = form
		n.next = (n.next + 1) % len(n.ring)
	}
	n.at[form] = at
	return true
}

// still says whether nothing has been done in a form since.
func (n *newest) still(form, at string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.at[form] == at
}

// turn is the lock that is held while a form is changed, so that what shows an older choice
// cannot overtake what shows a newer one between looking whether it is still wanted and
// Slack's taking it. Some forms share one: they wait for each other's call.
func (n *newest) turn(form string) *sync.Mutex {
	h := fnv.New32a()
	_, _ = h.Write([]byte(form)) // a hash takes everything
	return &n.turns[h.Sum32()%uint32(len(n.turns))]
}

// earlier compares two numbers of seconds with as many digits behind the point.
func earlier(a, b string) bool { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) < 0 }
