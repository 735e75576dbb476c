package bot

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"airpass/doctor"
)

// ear notes what vendors say beside their answers.
type ear struct {
	mu     sync.Mutex
	skews  map[string]time.Duration
	limits map[string]doctor.Limit
}

func newEar() *ear {
	return &ear{skews: map[string]time.Duration{}, limits: map[string]doctor.Limit{}}
}

// at is a client whose answers from a system are listened to; nil without an ear.
func (e *ear) at(system string) *http.Client {
	if e == nil {
		return nil
	}
	return &http.Client{Timeout: 30 * time.Second, Transport: listening{ear: e, system: system, next: http.DefaultTransport}}
}

// heard is what was said until now.
func (e *ear) heard() doctor.Heard {
	e.mu.Lock()
	defer e.mu.Unlock()
	h := doctor.Heard{Skews: maps.Clone(e.skews)}
	for _, of := range slices.Sorted(maps.Keys(e.limits)) {
		h.Limits = append(h.Limits, e.limits[of])
	}
	return h
}

type listening struct {
	ear    *ear
	system string
	next   http.RoundTripper
}

// RoundTrip makes one request.
func (l listening) RoundTrip(r *http.Request) (*http.Response, error) {
	sent := time.Now()
	resp, err := l.next.RoundTrip(r)
	if err == nil {
		l.ear.note(l.system, r.URL.Path, resp.Header, sent, time.Now())
	}
	return resp, err
}

func (e *ear) note(system, path string, h http.Header, sent, received time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		e.skews[system] = skew(date, sent, received)
	}
	most, err1 := strconv.Atoi(h.Get("X-Rate-Limit-Limit"))
	left, err2 := strconv.Atoi(h.Get("X-Rate-Limit-Remaining"))
	if err1 == nil && err2 == nil && most > 0 {
		of := strings.TrimPrefix(path, "/api/v1/")
		of, _, _ = strings.Cut(of, "/")
		e.limits[of] = doctor.Limit{Of: of, Most: most, Left: left}
	}
}

// skew is how much the clock of who wrote date is ahead of ours: only what cannot be
// explained by the time that the call took, and by dates of whole seconds.
func skew(date, sent, received time.Time) time.Duration {
	switch {
	case date.Before(sent.Add(-time.Second)):
		return date.Sub(sent)
	case date.After(received):
		return date.Sub(received)
	}
	return 0
}
