package doctor_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/config"
	"airpass/doctor"
	"airpass/store"
)

// A receiver that does not take an event is found before somebody misses what came after it.
func TestAReceiverThatTakesNothingIsFound(t *testing.T) {
	t.Parallel()
	p := admit(t)
	p.text += "\nwebhooks:\n  - {name: siem, url: \"https://siem.example.com\", secret: {value: \"" + strings.Repeat("k", 40) + "\"}}\n"
	c, err := config.Parse("airpass.yaml", []byte(p.text), nil)
	p.must(err)
	began := p.Clock.Now().Truncate(time.Second)
	happened := began
	st, err := store.Open(t.Context(), c.Store.URL.Reveal(), store.Options{Now: func() time.Time { return happened }, Key: store.AuditKey{ID: c.Audit.KeyID, Key: config.KeyBytes(c.Audit.Key)}})
	p.must(err)
	t.Cleanup(func() { _ = st.Close() })
	d := p.deployment()
	d.Receivers = bot.Receivers(c)
	now := began
	d.Now = func() time.Time { return now }
	says := func(grade doctor.Severity, words string) {
		t.Helper()
		found := p.examined(slices.DeleteFunc(d.Checks(), func(c doctor.Check) bool { return c.Name != "Webhooks" }))
		if len(found) != 1 || found[0].Severity != grade || found[0].About != "siem" || !strings.Contains(found[0].Result+found[0].Mend, words) {
			t.Errorf("%s %q is not what is found: %+v", grade, words, found)
		}
	}
	says(doctor.Fine, "nothing was told to it yet")
	p.must(st.BeginWebhook(t.Context(), "siem", 0, time.Now()))
	now = began.Add(time.Hour)
	says(doctor.Fine, "takes what it is told")
	for range 3 {
		p.must(st.Update(t.Context(), access.System("test"), func(tx *store.Tx) error {
			tx.Record(access.Event{Kind: "grant.retried"})
			return nil
		}))
		happened = happened.Add(time.Minute)
	}
	now = began.Add(15 * time.Minute)
	says(doctor.Fine, "takes what it is told")
	now = began.Add(15*time.Minute + time.Second)
	says(doctor.Wrong, "an event has waited for 15m1s to be taken, and 2 in the audit trail have come after it")
	says(doctor.Wrong, "airpass webhooks pass siem")
	p.must(st.PassWebhookEvent(t.Context(), access.Actor{Kind: access.ByOperator, ID: "root"}, "siem", 0, time.Now()))
	says(doctor.Fine, "takes what it is told")
}
