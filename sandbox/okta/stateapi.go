package okta

import (
	"errors"
	"net/http"
	"time"

	"airpass/sandbox/control"
)

type groupState struct {
	Group
	Members []string `json:"members"`
}

type pushState struct {
	Delay          control.Duration `json:"delay"`
	Never          bool             `json:"never"`
	ProvisionDelay control.Duration `json:"provision_delay"`
	ProvisionNever bool             `json:"provision_never"`
	Pushes         []Push           `json:"pushes"`
}

// StateAPI shows the org as JSON and lets somebody else change it, to be mounted
// under a prefix that Okta does not use:
//
//	GET  users, groups, apps, log, pushes
//	POST push-delay      {"delay":"3s"}
//	POST push-never      {"never":true}
//	POST provision-delay {"delay":"3s"}: how long new accounts take
//	POST provision-never {"never":true}
//	POST deliver-pushes  everything that is under way arrives now
//	POST deliver-push    {"id":12}: this one arrives now, out of its turn
//	POST status          {"user":"ann@example.com","status":"SUSPENDED"}
//	POST profile         {"user":…,"profile":{"department":"Data"}}
//	POST member          {"group":"00g…","user":…,"member":true}
//	POST app-user        {"app":"0oa…","user":…,"assigned":false}
//	POST app-group       {"app":"0oa…","group":"00g…","assigned":false}
func (s *Server) StateAPI() http.Handler {
	mux := http.NewServeMux()
	show := func(name string, get func() any) {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, _ *http.Request) {
			s.Sync()
			control.WriteJSON(w, http.StatusOK, get())
		})
	}
	show("users", func() any { return s.Users() })
	show("groups", func() any { return s.groupStates() })
	show("apps", func() any { return s.Apps() })
	show("log", func() any { return s.Log() })
	show("pushes", func() any {
		delay, never := s.PushKnobs()
		state := pushState{Delay: control.Duration(delay), Never: never, Pushes: s.Pushes()}
		delay, state.ProvisionNever = s.ProvisionKnobs()
		state.ProvisionDelay = control.Duration(delay)
		return state
	})
	s.pushAPI(mux)
	s.somebodyElseAPI(mux)
	return mux
}

func (s *Server) groupStates() []groupState {
	out := []groupState{}
	for _, g := range s.Groups() {
		out = append(out, groupState{g, s.Members(g.ID)})
	}
	return out
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

func (s *Server) pushAPI(mux *http.ServeMux) {
	post(mux, "push-delay", func(b struct {
		Delay control.Duration `json:"delay"`
	}) error {
		s.SetPushDelay(time.Duration(b.Delay))
		return nil
	})
	post(mux, "push-never", func(b struct {
		Never bool `json:"never"`
	}) error {
		s.SetPushNever(b.Never)
		return nil
	})
	post(mux, "provision-delay", func(b struct {
		Delay control.Duration `json:"delay"`
	}) error {
		s.SetProvisionDelay(time.Duration(b.Delay))
		return nil
	})
	post(mux, "provision-never", func(b struct {
		Never bool `json:"never"`
	}) error {
		s.SetProvisionNever(b.Never)
		return nil
	})
	post(mux, "deliver-push", func(b struct {
		ID int `json:"id"`
	}) error {
		return s.DeliverPush(b.ID)
	})
	mux.HandleFunc("POST /deliver-pushes", func(w http.ResponseWriter, _ *http.Request) {
		s.DeliverPushes()
		w.WriteHeader(http.StatusNoContent)
	})
}

func (s *Server) somebodyElseAPI(mux *http.ServeMux) {
	post(mux, "status", func(b struct {
		User   string `json:"user"`
		Status Status `json:"status"`
	}) error {
		return s.SetStatus(b.User, b.Status)
	})
	post(mux, "profile", func(b struct {
		User    string         `json:"user"`
		Profile map[string]any `json:"profile"`
	}) error {
		return s.SetProfile(b.User, b.Profile)
	})
	post(mux, "member", func(b struct {
		Group  string `json:"group"`
		User   string `json:"user"`
		Member bool   `json:"member"`
	}) error {
		return s.SetMember(b.Group, b.User, b.Member)
	})
	post(mux, "app-user", func(b struct {
		App      string `json:"app"`
		User     string `json:"user"`
		Assigned bool   `json:"assigned"`
	}) error {
		return s.SetAppUser(b.App, b.User, b.Assigned)
	})
	post(mux, "app-group", func(b struct {
		App      string `json:"app"`
		Group    string `json:"group"`
		Assigned bool   `json:"assigned"`
	}) error {
		return s.SetAppGroup(b.App, b.Group, b.Assigned)
	})
}
