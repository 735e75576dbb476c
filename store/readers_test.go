package store_test

import (
	"cmp"
	"testing"

	"airpass/access"
	"airpass/store"
)

func TestInWhichLanguageSomebodyReadsIsRememberedUntilTheyAreErased(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		remember := func(locale string) {
			t.Helper()
			w.update(func(tx *store.Tx) error {
				return tx.Remember(access.Reader{SlackID: "U1", OktaID: ada.OktaID, Locale: locale})
			})
		}
		reads := func(want string) {
			t.Helper()
			r, known, err := w.Reader(t.Context(), "U1")
			if err != nil || known != (want != "") || r.Locale != want {
				t.Errorf("reads %+v %v %v, not %q", r, known, err, want)
			}
		}
		reads("")
		remember("")
		reads("")
		for _, locale := range []string{"de-DE", "de-DE", "en-GB"} {
			remember(locale)
			reads(locale)
		}
		remember("") // Slack did not say
		reads("en-GB")
		if _, err := w.ErasePersonal(t.Context(), access.System("test"), ada.OktaID); err != nil {
			t.Fatal(err)
		}
		reads("")
		for _, zone := range []string{"Europe/Berlin", "", "America/New_York"} {
			w.update(func(tx *store.Tx) error {
				return tx.Remember(access.Reader{SlackID: "U1", OktaID: ada.OktaID, Zone: zone})
			})
			if r, _, err := w.Reader(t.Context(), "U1"); err != nil || r.Zone != cmp.Or(zone, "Europe/Berlin") {
				t.Errorf("%+v %v, in %q", r, err, zone)
			}
		}
		remember("de-DE")
		if r, _, err := w.Reader(t.Context(), "U1"); err != nil || r.Zone != "America/New_York" || r.Locale != "de-DE" {
			t.Errorf("%+v %v", r, err)
		}
	})
}
