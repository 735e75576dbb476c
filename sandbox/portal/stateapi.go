package portal

import (
	"net/http"

	"airpass/sandbox/control"
)

// StateAPI shows the console's sessions as JSON, to be mounted under a prefix that
// neither the portal nor the console uses:
//
//	GET sessions  who, in which role, since when, until when
//	GET refusals  whom it has turned away
func (s *Server) StateAPI() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /sessions", func(w http.ResponseWriter, _ *http.Request) {
		control.WriteJSON(w, http.StatusOK, s.Sessions())
	})
	mux.HandleFunc("GET /refusals", func(w http.ResponseWriter, _ *http.Request) {
		control.WriteJSON(w, http.StatusOK, s.Refusals())
	})
	return mux
}
