package control

import (
	"encoding/json"
	"net/http"
	"time"
)

// API returns the control API of one vendor, to be mounted under a prefix that
// no vendor uses ("/_sandbox/"):
//
//	GET    faults      the armed faults
//	POST   faults      arm one (a Fault as JSON)
//	DELETE faults      disarm all
//	GET    calls       the calls received
//	DELETE calls       forget them
func (f *Faults) API() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /faults", func(w http.ResponseWriter, _ *http.Request) { WriteJSON(w, http.StatusOK, f.Active()) })
	mux.HandleFunc("POST /faults", func(w http.ResponseWriter, r *http.Request) {
		var fault Fault
		if !ReadJSON(w, r, &fault) {
			return
		}
		if fault.Op == "" {
			http.Error(w, `a fault needs "op": an operation's name or "*"`, http.StatusBadRequest)
			return
		}
		f.Add(fault)
		WriteJSON(w, http.StatusCreated, fault)
	})
	mux.HandleFunc("DELETE /faults", func(w http.ResponseWriter, _ *http.Request) { f.Clear(); w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /calls", func(w http.ResponseWriter, _ *http.Request) { WriteJSON(w, http.StatusOK, f.Calls()) })
	mux.HandleFunc("DELETE /calls", func(w http.ResponseWriter, _ *http.Request) { f.ResetCalls(); w.WriteHeader(http.StatusNoContent) })
	return mux
}

// API returns the control API of the clock:
//
//	GET  /            {"now": …, "offset": "1h0m0s"}
//	POST /advance     {"by": "8h"}
func (c *Clock) API() http.Handler {
	type state struct {
		Now    string   `json:"now"`
		Offset Duration `json:"offset"`
	}
	show := func(w http.ResponseWriter) {
		WriteJSON(w, http.StatusOK, state{Now: c.Now().Format("2006-01-02T15:04:05.000Z07:00"), Offset: Duration(c.Offset())})
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) { show(w) })
	mux.HandleFunc("POST /advance", func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			By Duration `json:"by"`
		}
		if !ReadJSON(w, r, &body) {
			return
		}
		if _, err := c.Advance(time.Duration(body.By)); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		show(w)
	})
	return mux
}

// ReadJSON decodes a request body of at most 1 MiB strictly into v; on failure it has
// answered 400 and returns false.
func ReadJSON(w http.ResponseWriter, r *http.Request, v any) bool {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		http.Error(w, "the body is not the expected JSON: "+err.Error(), http.StatusBadRequest)
		return false
	}
	return true
}

// WriteJSON answers with v as JSON.
func WriteJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
