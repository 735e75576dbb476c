package control

import "time"

// Budget is a rate limit of a vendor with how much of it is used now.
type Budget struct {
	// Name is what the limit is about, in the vendor's words: an operation, an endpoint
	// family, or all of an API.
	Name string `json:"name"`
	// Used of Limit are taken; what is taken comes back within Window (wall time).
	Used   int      `json:"used"`
	Limit  int      `json:"limit"`
	Window Duration `json:"window"`
}

// Recent counts the calls that arrived within the last while of wall time, which is
// what rate limits go by, whatever the clock was moved by.
func (f *Faults) Recent(last time.Duration) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	since := time.Now().Add(-last)
	n := 0
	for i := len(f.calls) - 1; i >= 0 && f.calls[i].wall.After(since); i-- {
		n++
	}
	return n
}
