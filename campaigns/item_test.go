package campaigns

import (
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/reviews"
	"airpass/store"
)

func TestWhatIsRecommended(t *testing.T) {
	t.Parallel()
	deadline := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	late := deadline.Add(time.Hour)
	for name, tt := range map[string]struct {
		item    Item
		status  string
		advice  Advice
		because string
	}{
		"a grant":                          {Item{OktaID: "u", Grant: "g", Until: late}, "ACTIVE", Keep, "approved"},
		"a grant that ends by itself":      {Item{OktaID: "u", Grant: "g", Until: deadline}, "ACTIVE", Keep, "before the deadline"},
		"standing access":                  {Item{OktaID: "u", Standing: true, Peers: Peers{OfManager: 1}}, "ACTIVE", Revoke, "can be asked for"},
		"standing access of one alone":     {Item{OktaID: "u", Standing: true}, "ACTIVE", Revoke, "nobody else of the same manager"},
		"standing access beneath a grant":  {Item{OktaID: "u", Standing: true, Grant: "g", Until: late}, "ACTIVE", Revoke, "standing access"},
		"a grant that is used":             {Item{OktaID: "u", Grant: "g", Until: late, LastUse: "2026-11-10T10:00:00Z"}, "ACTIVE", Keep, "used in the last 30 days"},
		"a grant that was used once":       {Item{OktaID: "u", Grant: "g", Until: late, LastUse: "2026-09-10T10:00:00Z"}, "ACTIVE", Keep, "approved"},
		"standing access that is used":     {Item{OktaID: "u", Standing: true, LastUse: "2026-11-10T10:00:00Z"}, "ACTIVE", Keep, "used in the last 30 days"},
		"a grant that nobody uses":         {Item{OktaID: "u", Grant: "g", Until: late, LastUse: "none since 2026-10-01"}, "ACTIVE", Revoke, "no use of it was seen"},
		"a grant that is too new":          {Item{OktaID: "u", Grant: "g", Until: late, LastUse: "none since 2026-11-10"}, "ACTIVE", Keep, "approved"},
		"a grant of whose use is unknown":  {Item{OktaID: "u", Grant: "g", Until: late, LastUse: "unknown"}, "ACTIVE", Keep, "approved"},
		"somebody who left":                {Item{OktaID: "u", Grant: "g", Until: late}, "DEPROVISIONED", Revoke, "they are DEPROVISIONED"},
		"an account that is nobody's":      {Item{Standing: true}, "", Revoke, "whose account this is"},
		"somebody of whom nothing is told": {Item{OktaID: "u", Standing: true}, "", Keep, "look at it again"},
	} {
		if advice, because := tt.item.advise(access.Person{Status: tt.status}, deadline.Add(-14*24*time.Hour), deadline); advice != tt.advice || !strings.Contains(because, tt.because) {
			t.Errorf("%s: %s, %s", name, advice, because)
		}
	}
}

// Standing access is never taken away for silence, unless the campaign says that it may.
func TestWhatSilenceWouldDo(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		silence access.Silence
		may     bool
		grant   string
		want    access.Silence
	}{
		{access.SilenceRevokes, false, "g", access.SilenceRevokes}, {access.SilenceRevokes, false, "", access.SilenceKeeps}, {access.SilenceRevokes, true, "", access.SilenceRevokes},
		{access.SilenceKeeps, true, "", access.SilenceKeeps}, {access.SilenceEscalates, false, "", access.SilenceEscalates},
	} {
		if got := silenceOn(access.Campaign{Silence: tt.silence, RemoveStanding: tt.may}, Item{Grant: tt.grant, Standing: tt.grant == ""}); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
}

func TestPeersAreTheOthersOfTheSameTarget(t *testing.T) {
	t.Parallel()
	of := func(target, who, manager string) reviews.Holding {
		return reviews.Holding{Target: &access.Target{ID: target}, Who: who, Person: &access.Person{Manager: manager}}
	}
	all := []reviews.Holding{of("a", "ada", "grace"), of("a", "ben", "GRACE"), of("a", "zoe", "henry"), of("a", "nobody", ""), of("a", "no other", ""), of("b", "ada", "grace")}
	teams := teamsOf(all)
	for i, want := range []Peers{{4, 1, []string{"ben"}}, {4, 1, []string{"ada"}}, {4, 0, nil}, {4, 0, nil}, {4, 0, nil}, {0, 0, nil}} {
		got := teams.peers(all[i])
		if got.Others != want.Others || got.OfManager != want.OfManager || strings.Join(got.Logins, " ") != strings.Join(want.Logins, " ") {
			t.Errorf("%s of %s: %+v", all[i].Who, all[i].Target.ID, got)
		}
	}
}

func TestWhoHasApproved(t *testing.T) {
	t.Parallel()
	if got := approvedBy(store.Beginning{Approvers: []string{"grace", "olivia"}}); got != "grace, olivia" {
		t.Error(got)
	}
	if got := approvedBy(store.Beginning{Course: access.Course{Auto: "short"}}); got != "the rule short" {
		t.Error(got)
	}
	if got := approvedBy(store.Beginning{Course: access.Course{BreakGlass: true}}); got != "nobody (break-glass)" {
		t.Error(got)
	}
}
