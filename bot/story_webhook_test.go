package bot_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"airpass/sandbox"
	"airpass/webhook"
)

// Somebody else is told of a grant from the question to its end, in the order in which it
// happened, and of nobody's name; while they are away, access is given and taken away.
func TestSomebodyElseIsToldOfAGrantInOrder(t *testing.T) {
	t.Parallel()
	const key = "a key that nobody else knows, and long"
	var mu sync.Mutex
	var told []event.Event
	var bodies string
	away := true
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var e event.Event
		if err != nil || json.Unmarshal(body, &e) != nil {
			return
		}
		if wrong := webhook.Wrong(r.Header, []byte(key+key), time.Now(), body); wrong == "" {
			t.Error("signed with another key")
		}
		if wrong := webhook.Wrong(r.Header, []byte(key), time.Now(), body); wrong != "" {
			t.Error(wrong)
		}
		mu.Lock()
		defer mu.Unlock()
		if away {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		told, bodies = append(told, e), bodies+string(body)
	}))
	t.Cleanup(receiver.Close)
	tw := settleWith(t, quick(), func(_ *sandbox.World, yaml string) string {
		return yaml + "\nwebhooks:\n  - {name: siem, url: \"" + receiver.URL + "\", secret: {value: \"" + key + "\"}, kinds: [request, decision, grant, call], since: beginning}\n"
	})
	tw.given("ada", "prod/Viewer", "1 hour", "zanzibar", "grace")
	tw.eventually("the metrics say that events wait", func() bool {
		_, m := tw.scrape()
		return m[`airpass_webhook_waiting_events{webhook="siem"}`] > 0 && m[`airpass_webhook_waiting_seconds{webhook="siem"}`] > 0
	})
	tw.press("ada", "Give back", "zanzibar")
	tw.sees("ada", "zanzibar", "Access has ended")
	mu.Lock()
	away = false
	mu.Unlock()
	var types []string
	tw.eventually("all is told", func() bool {
		mu.Lock()
		defer mu.Unlock()
		types = nil
		for _, e := range told {
			if !strings.HasPrefix(e.Type(), "airpass.call.") {
				types = append(types, e.Type())
			}
		}
		return slices.Contains(types, "airpass.grant.ended")
	})
	want := []string{"airpass.request.created", "airpass.decision.recorded", "airpass.request.approved", "airpass.grant.provisioning",
		"airpass.grant.active", "airpass.grant.revoking", "airpass.grant.ended"}
	if !slices.Equal(types, want) {
		t.Errorf("told %q, want %q", types, want)
	}
	tw.eventually("the metrics say that none waits", func() bool {
		_, m := tw.scrape()
		n, begun := m[`airpass_webhook_waiting_events{webhook="siem"}`]
		return begun && n == 0 && m[`airpass_webhook_waiting_seconds{webhook="siem"}`] == 0
	})
	mu.Lock()
	defer mu.Unlock()
	if !strings.Contains(bodies, "airpass.call.made") || !strings.Contains(bodies, tw.Person("ada").OktaID) {
		t.Error("no calls, or not of whom")
	}
	for _, private := range []string{"zanzibar", tw.Person("ada").Name, tw.Person("ada").Login} {
		if strings.Contains(bodies, private) {
			t.Errorf("told %q", private)
		}
	}
}
