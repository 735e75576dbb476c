package mwaa

import (
	"net/http"

	"airpass/sandbox/control"
)

// operation is one operation of the control API.
type operation struct {
	name    string // as in the vendor's model; faults use it
	pattern string // for http.ServeMux
	do      func(*Server, Caller, string, *http.Request) (any, error)
}

// operations are all that the API can do here. The paths are those of the model of
// 2020-07-01.
func operations() []operation {
	return []operation{
		{"ListEnvironments", "GET /environments", func(s *Server, c Caller, region string, r *http.Request) (any, error) {
			return s.list(c, region, r)
		}},
		{"GetEnvironment", "GET /environments/{Name}", func(s *Server, c Caller, region string, r *http.Request) (any, error) {
			e, err := s.GetEnvironment(c, region, r.PathValue("Name"))
			if err != nil {
				return nil, err
			}
			return map[string]any{"Environment": describe(e)}, nil
		}},
		{"CreateWebLoginToken", "POST /webtoken/{Name}", func(s *Server, c Caller, region string, r *http.Request) (any, error) {
			return s.CreateWebLoginToken(c, region, r.PathValue("Name"))
		}},
		{"CreateCliToken", "POST /clitoken/{Name}", func(s *Server, c Caller, region string, r *http.Request) (any, error) {
			return s.createCLIToken(c, region, r.PathValue("Name"))
		}},
	}
}

func (s *Server) newHandler() http.Handler {
	mux := http.NewServeMux()
	names := map[string]string{}
	for _, op := range operations() {
		names[op.pattern] = op.name
		mux.HandleFunc(op.pattern, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, op) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		(&APIError{http.StatusNotFound, "UnknownOperationException", "There is no such operation"}).write(w)
	})
	s.webServerRoutes(mux)
	opOf := func(r *http.Request) string {
		_, pattern := mux.Handler(r)
		return names[pattern]
	}
	return s.faults.Middleware(opOf, answerFault, mux)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, op operation) {
	w.Header().Set("X-Amzn-RequestId", uuid())
	caller, region, err := s.signer(r)
	if err != nil {
		asAPI(err).write(w)
		return
	}
	body, err := op.do(s, caller, region, r)
	if err != nil {
		asAPI(err).write(w)
		return
	}
	writeJSON(w, http.StatusOK, body)
}

func answerFault(w http.ResponseWriter, _ *http.Request, _ string, fault control.Fault) bool {
	e, known := faultAnswers()[fault.Answer]
	if known {
		e.write(w)
	}
	return known
}
