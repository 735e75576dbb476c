package page

import (
	"context"
	"net/http"

	"airpass/sandbox"
)

// slackRoutes are the Slack half's API.
func (p *Page) slackRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/slack/stream", p.streamSlack)
	mux.HandleFunc("POST /api/slack/act", p.actSlack)
}

// somebody returns the person that a request names with ?as=KEY, or answers 404.
func (p *Page) somebody(w http.ResponseWriter, r *http.Request) (sandbox.Person, bool) {
	who := p.world.Person(r.URL.Query().Get("as"))
	if who.Key == "" {
		http.Error(w, "nobody of that name in this town", http.StatusNotFound)
		return who, false
	}
	return who, true
}

// streamSlack sends a person's Slack, and sends it again whenever it has changed.
func (p *Page) streamSlack(w http.ResponseWriter, r *http.Request) {
	who, ok := p.somebody(w, r)
	if !ok {
		return
	}
	changes := p.world.Slack.Subscribe(r.Context())
	stream(w, r, signals(changes, nil), p.coalesce, func(context.Context) (any, error) { return p.slackState(who), nil })
}
