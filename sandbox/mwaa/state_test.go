package mwaa_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"airpass/sandbox/mwaa"
)

func TestTheStateIsShownAndChangedOverHTTP(t *testing.T) {
	t.Parallel()
	s := newService(t)
	state := httptest.NewServer(s.StateAPI())
	t.Cleanup(state.Close)
	post := func(path, body string, want int) {
		t.Helper()
		resp, err := http.Post(state.URL+path, "application/json", strings.NewReader(body))
		must(t, err)
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s %s: %s", path, body, resp.Status)
		}
	}
	post("/environment", `{"account":"111122223333","region":"eu-west-1","name":"dev"}`, http.StatusNoContent)
	post("/environment", `{"account":"1","region":"eu-west-1","name":"dev"}`, http.StatusBadRequest)
	post("/status", `{"account":"111122223333","region":"eu-west-1","name":"dev","status":"MAINTENANCE"}`, http.StatusNoContent)
	post("/status", `{"account":"111122223333","region":"eu-west-1","name":"gone","status":"MAINTENANCE"}`, http.StatusNotFound)
	post("/inside-vpc", `{"inside":true}`, http.StatusNoContent)
	post("/inside-vpc", `{"outside":true}`, http.StatusBadRequest)
	var got []mwaa.Environment
	read(t, state.URL+"/environments", &got)
	if len(got) != 1 || got[0].Status != mwaa.Maintenance || got[0].Hostname == "" {
		t.Errorf("%+v", got)
	}
	var tokens mwaa.Tokens
	read(t, state.URL+"/tokens", &tokens)
	var sessions []mwaa.Session
	read(t, state.URL+"/sessions", &sessions)
	if sessions == nil || len(sessions) != 0 {
		t.Errorf("%v", sessions)
	}
}

func read(t *testing.T, address string, v any) {
	t.Helper()
	resp, err := http.Get(address)
	must(t, err)
	defer func() { _ = resp.Body.Close() }()
	must(t, json.NewDecoder(resp.Body).Decode(v))
}
