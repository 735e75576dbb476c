package access_test

import (
	"testing"
	"time"

	"airpass/access"
)

// What is said of many is read as it was written, also as earlier versions wrote it; a day is of
// what is kept alone.
func TestWhatIsSaidOfManyIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	day := time.Date(2027, 6, 30, 0, 0, 0, 0, time.UTC)
	for text, want := range map[string]access.CertifiedMany{
		"01R keep:2027-06-30 d1 target:prod/Viewer": {Reviewer: "01R", Verdict: access.KeepItem, Until: day, Digest: "d1", Choice: "target:prod/Viewer"},
		"01R keep d1 all":             {Reviewer: "01R", Verdict: access.KeepItem, Digest: "d1", Choice: "all"},
		"01R revoke d1 through:a b c": {Reviewer: "01R", Verdict: access.RevokeItem, Digest: "d1", Choice: "through:a b c"},
	} {
		if got, err := access.ParseCertifiedMany(text); err != nil || got != want || got.String() != text {
			t.Errorf("%q is %+v, written %q: %v", text, got, got, err)
		}
	}
	for _, text := range []string{"", "01R keep d1", "01R keep: d1 all", "01R keep:soon d1 all", "01R revoke:2027-06-30 d1 all", "01R lose d1 all", "01R lose:2027-06-30 d1 all"} {
		if got, err := access.ParseCertifiedMany(text); err == nil {
			t.Errorf("%q is read as %+v", text, got)
		}
	}
}
