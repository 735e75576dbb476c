package page

import (
	"context"
	"net/http"
	"time"
)

// worldEvery is how often the outside world is looked at for changes, and so how often
// a browser is sent its state at most.
const worldEvery = 250 * time.Millisecond

// Grant is access that was given for a while, as whoever gives it knows it.
type Grant struct {
	ID     string    `json:"id"`
	Login  string    `json:"login"`  // at Okta
	Target string    `json:"target"` // "prod/User"
	State  string    `json:"state"`
	End    time.Time `json:"end"` // sandbox clock
}

// worldRoutes are the API of the outside world's panel:
//
//	GET  /api/world/stream       the whole state, sent again whenever it has changed
//	POST /api/world/clock        {"by":"1h"} or {"to":"next_end"} or {"to":"deadline"}
//	POST /api/world/vendor       {"vendor":"okta","mode":"down"}; see vendorModes
//	POST /api/world/person       {"login":"ada@example.com","active":false}: in Okta
//	POST /api/world/environment  {"account":…,"region":…,"name":…,"status":"UPDATING"}
//	POST /api/world/campaign     {"name":"quarterly"}: it takes place now
//	POST /api/world/byhand       {}: people are given access past airpass
func (p *Page) worldRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/world/stream", func(w http.ResponseWriter, r *http.Request) {
		stream(w, r, every(r.Context(), worldEvery), 0, func(ctx context.Context) (any, error) { return p.worldState(ctx), nil })
	})
	post(mux, "/api/world/clock", p.moveClock)
	post(mux, "/api/world/vendor", p.setMode)
	post(mux, "/api/world/person", p.setPerson)
	post(mux, "/api/world/environment", p.setEnvironment)
	post(mux, "/api/world/campaign", p.startCampaign)
	post(mux, "/api/world/byhand", p.giveByHand)
}

// every signals each d until ctx ends; then the channel is closed.
func every(ctx context.Context, d time.Duration) <-chan struct{} {
	out := make(chan struct{}, 1)
	go func() {
		defer close(out)
		t := time.NewTicker(d)
		defer t.Stop()
		for {
			select {
			case <-t.C:
			case <-ctx.Done():
				return
			}
			select {
			case out <- struct{}{}:
			default:
			}
		}
	}()
	return out
}
