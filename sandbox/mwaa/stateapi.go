package mwaa

import (
	"errors"
	"net/http"

	"airpass/sandbox/control"
)

// StateAPI shows the service as JSON and lets somebody else change it, to be mounted
// under a prefix that the service does not use:
//
//	GET  environments, tokens, sessions
//	POST environment  an Environment: it is added
//	POST status       {"account":"111122223333","region":"eu-west-1","name":"dev","status":"UNAVAILABLE"}
//	POST inside-vpc   {"inside":true}: every browser is inside every VPC
func (s *Server) StateAPI() http.Handler {
	mux := http.NewServeMux()
	show := func(name string, get func() any) {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, _ *http.Request) { control.WriteJSON(w, http.StatusOK, get()) })
	}
	show("environments", func() any { return s.Environments() })
	show("tokens", func() any { return s.Tokens() })
	show("sessions", func() any { return s.Sessions() })
	post(mux, "environment", func(e Environment) error {
		_, err := s.Add(e)
		return err
	})
	post(mux, "status", func(b struct {
		Account string `json:"account"`
		Region  string `json:"region"`
		Name    string `json:"name"`
		Status  Status `json:"status"`
	}) error {
		return s.SetStatus(b.Account, b.Region, b.Name, b.Status)
	})
	post(mux, "inside-vpc", func(b struct {
		Inside bool `json:"inside"`
	}) error {
		s.SetInsideVPC(b.Inside)
		return nil
	})
	return mux
}

// post registers a change whose body is a T.
func post[T any](mux *http.ServeMux, name string, do func(T) error) {
	mux.HandleFunc("POST /"+name, func(w http.ResponseWriter, r *http.Request) {
		var body T
		if !control.ReadJSON(w, r, &body) {
			return
		}
		err := do(body)
		switch {
		case err == nil:
			w.WriteHeader(http.StatusNoContent)
		case errors.Is(err, ErrNotFound):
			http.Error(w, err.Error(), http.StatusNotFound)
		default:
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	})
}
