package grants_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"airpass/sandbox"
	"airpass/store"
)

func TestInvariant07EachChangeOfStateHasExactlyOneEventWithItsActor(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Options{})
	id := b.approve("ada", "prod/User", time.Hour)
	b.active(id)
	b.advance(time.Hour)
	b.ended(id)
	var trail bytes.Buffer
	if err := b.store.ExportAudit(t.Context(), &trail, store.AuditFilter{}); err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	lines := bufio.NewScanner(&trail)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct {
			Body struct {
				Kind  string
				Actor struct{ Kind, ID string }
			}
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err, lines.Text())
		}
		e := line.Body
		if e.Actor.Kind == "" || e.Actor.ID == "" {
			t.Errorf("nobody did this: %s", lines.Text())
		}
		count[e.Kind]++
	}
	for _, kind := range []string{"request.created", "request.approved", "grant.provisioning", "grant.active", "grant.revoking", "grant.ended"} {
		if count[kind] != 1 {
			t.Errorf("%s is there %d times", kind, count[kind])
		}
	}
	if count["entitlement.present"] != 2 || count["entitlement.absent"] < 2 || count["intent.add"] != 2 || count["intent.remove"] != 2 {
		t.Errorf("of the two entitlements: %v", count)
	}
	if result, err := b.store.VerifyAudit(t.Context()); err != nil || result.FirstBad != 0 || result.Events == 0 {
		t.Errorf("verified: %+v, %v", result, err)
	}
}
