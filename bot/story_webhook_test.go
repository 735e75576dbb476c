package bot_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"airpass/access"
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

// What happens to one person's access has one partition key, whether it is asked for, given,
// reviewed or taken away, and done for them at the vendors: who keeps the order of each key has
// the order of each grant. Nobody else's events have it.
func TestAllOfOneGrantHasOnePartitionKey(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var told []event.Event
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var e event.Event
		if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		told = append(told, e)
	}))
	t.Cleanup(receiver.Close)
	quarterly := campaign("scope: {access: grants}, reviewers: [manager], fallback: [environment_owners], deadline: 7d")
	tw := settleWith(t, quick(), func(w *sandbox.World, yaml string) string {
		return quarterly(w, yaml) + "\nwebhooks: [{name: siem, url: \"" + receiver.URL + "\", secret: {value: \"a key of thirty-two bytes, no less\"}, since: beginning}]\n"
	}, unhurried)
	tw.given("ada", "prod/User", "8 hours", "taken away", "grace")
	tw.given("ben", "prod/User", "8 hours", "kept", "grace")
	tw.starts()
	tw.sees("grace", stillNeeded, "0 of 2 are decided")
	tw.certifies("grace", map[string]string{"ada": "revoke", "ben": "keep"})
	tw.stands("ada", access.ItemDecided, access.RevokeItem)
	tw.advance(access.GraceOfReview + time.Minute)
	tw.eventually("ada's access is gone", func() bool { return tw.free("ada", "prod/User") })
	tw.settles("ada", "")
	end := strconv.FormatInt(tw.head(), 10)
	tw.eventually("all is told", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return slices.ContainsFunc(told, func(e event.Event) bool { return e.ID() == end })
	})
	mu.Lock()
	defer mu.Unlock()
	ada, families := tw.Person("ada").OktaID, map[string]bool{}
	about := map[string]bool{ada: true} // ids of what is hers
	for _, e := range told {
		var line struct {
			Body struct {
				Kind, Request, Grant, Ref string
				Facts                     map[string]string
			}
		}
		if err := json.Unmarshal(e.Data(), &line); err != nil {
			t.Fatal(err)
		}
		b := line.Body
		hers := about[b.Facts["subject"]] || about[b.Facts["okta_user"]] || about[b.Request] || about[b.Grant] || strings.Contains(b.Ref, ada)
		for _, id := range []string{b.Request, b.Grant} {
			if hers && id != "" {
				about[id] = true
			}
		}
		if key, _ := e.Extensions()["partitionkey"].(string); hers != (key == ada) {
			t.Errorf("event %s, %s of request %q, grant %q, %q, has the key %q", e.ID(), b.Kind, b.Request, b.Grant, b.Ref, key)
		}
		if family, _, _ := strings.Cut(b.Kind, "."); hers {
			families[family] = true
		}
	}
	for _, family := range []string{"request", "decision", "grant", "entitlement", "intent", "call", "item"} {
		if !families[family] {
			t.Errorf("nothing was told of %s.*", family)
		}
	}
}
