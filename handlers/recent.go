package handlers

import "sync"

// recent remembers the last ids it has seen, so that a delivery sent twice shows
// something once, even while the store does not answer. What is stored does not rest
// on it: the store knows every delivery.
type recent struct {
	mu   sync.Mutex
	seen map[string]bool
	ring []string
	next int
}

func newRecent(size int) *recent {
	return &recent{seen: make(map[string]bool, size), ring: make([]string, size)}
}

// first says whether an id comes for the first time.
func (r *recent) first(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen[id] {
		return false
	}
	delete(r.seen, r.ring[r.next])
	r.ring[r.next], r.seen[id] = id, true
	r.next = (r.next + 1) % len(r.ring)
	return true
}
