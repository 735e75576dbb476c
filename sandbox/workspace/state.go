package workspace

import (
	"net/http"
	"slices"

	"airpass/sandbox/control"
)

// Stats count what the app did and what Slack could not deliver.
type Stats struct {
	Posts            int `json:"posts"`
	Updates          int `json:"updates"`
	Deletes          int `json:"deletes"`
	Ephemeral        int `json:"ephemeral"`
	ResponseURLPosts int `json:"response_url_posts"`
	Deliveries       int `json:"deliveries"`
	TimedOut         int `json:"timed_out"`
	Failed           int `json:"failed"`
	LateAcks         int `json:"late_acks"`
	DroppedAcks      int `json:"dropped_acks"` // responses of 20 KB and more
}

// Stats returns the counts since the beginning.
func (w *Workspace) Stats() Stats {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stats
}

// StateAPI shows the state as JSON and lets connections misbehave, to be mounted
// under a prefix that Slack does not use:
//
//	GET    users, groups, channels, messages, views, deliveries, connections,
//	       duplicates, stats
//	GET    messages?channel=C…  one channel's; views?user=U…  one person's open modals
//	POST   disconnect           {"reason":"refresh_requested"}; "drop" cuts the line
//	POST   refuse               {"refuse":true}: take no new connections
//	POST   misdeliver           a Misdelivery
//	DELETE misdeliver           deliver as usual again
func (w *Workspace) StateAPI() http.Handler {
	mux := http.NewServeMux()
	show := func(name string, get func(r *http.Request) any) {
		mux.HandleFunc("GET /"+name, func(rw http.ResponseWriter, r *http.Request) { control.WriteJSON(rw, http.StatusOK, get(r)) })
	}
	show("users", func(*http.Request) any { return w.Users() })
	show("groups", func(*http.Request) any { return w.UserGroups() })
	show("channels", func(*http.Request) any { return w.Channels() })
	show("messages", func(r *http.Request) any {
		all := w.AllMessages()
		if c := r.URL.Query().Get("channel"); c != "" {
			all = slices.DeleteFunc(all, func(m Message) bool { return m.Channel != c })
		}
		return orEmpty(all)
	})
	show("views", func(r *http.Request) any {
		if u := r.URL.Query().Get("user"); u != "" {
			return orEmpty(w.OpenViews(u))
		}
		return orEmpty(w.Views())
	})
	show("deliveries", func(*http.Request) any { return w.Deliveries() })
	show("connections", func(*http.Request) any { return w.Connections() })
	show("duplicates", func(*http.Request) any { return orEmpty(w.Duplicates()) })
	show("stats", func(*http.Request) any { return w.Stats() })
	w.misbehaviourAPI(mux)
	return mux
}

func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func (w *Workspace) misbehaviourAPI(mux *http.ServeMux) {
	mux.HandleFunc("POST /disconnect", func(rw http.ResponseWriter, r *http.Request) {
		var body struct {
			Reason string `json:"reason"`
		}
		if !control.ReadJSON(rw, r, &body) {
			return
		}
		switch body.Reason {
		case "drop":
			w.DropConnections()
		case "warning", "refresh_requested", "link_disabled":
			w.Disconnect(body.Reason)
		default:
			http.Error(rw, `"reason" is drop, warning, refresh_requested or link_disabled`, http.StatusBadRequest)
			return
		}
		rw.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /refuse", func(rw http.ResponseWriter, r *http.Request) {
		var body struct {
			Refuse bool `json:"refuse"`
		}
		if control.ReadJSON(rw, r, &body) {
			w.RefuseConnections(body.Refuse)
			rw.WriteHeader(http.StatusNoContent)
		}
	})
	mux.HandleFunc("POST /misdeliver", func(rw http.ResponseWriter, r *http.Request) {
		var body Misdelivery
		if control.ReadJSON(rw, r, &body) {
			w.Misdeliver(body)
			control.WriteJSON(rw, http.StatusCreated, body)
		}
	})
	mux.HandleFunc("DELETE /misdeliver", func(rw http.ResponseWriter, _ *http.Request) {
		w.ClearMisdeliveries()
		rw.WriteHeader(http.StatusNoContent)
	})
}
