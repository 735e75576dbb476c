package reviews

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/grants"
	"airpass/store"
	"airpass/store/storetest"
)

var (
	noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	by   = access.System("test")
)

func open(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), storetest.SQLite(t), store.Options{Now: func() time.Time { return noon }, Key: store.AuditKey{ID: "k1", Key: []byte("a key of thirty-two bytes, no less")}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func assignment(n int) access.Ref {
	return access.Ref{Kind: access.AccountAssignment, OktaUser: fmt.Sprintf("00u%d", n), Person: fmt.Sprintf("u%d", n), Instance: "i", Account: "a", PermissionSet: "s"}
}

// extras are what n people have that no grant explains.
func extras(n int) Drift {
	d := Drift{Targets: 1, Places: 1, Findings: []Finding{}}
	for i := range n {
		d.Findings = append(d.Findings, Finding{Kind: Extra, System: "aws", Place: "permission set s in account a", Targets: []string{"prod/Viewer"}, Who: fmt.Sprintf("p%d@example.com", i),
			Wrong: AWS, Proposed: Adopt, OktaID: fmt.Sprintf("00u%d", i), refs: []access.Ref{assignment(i)}})
	}
	return d
}

func keeper(s *store.Store, most int, a Action) Keeper {
	return Keeper{Store: s, Actions: map[string]Action{string(Extra): a}, Cap: grants.Cap{Most: most, AdminChannel: "C1"}}
}

func (k Keeper) must(t *testing.T, look Drift, want Kept) {
	t.Helper()
	if got, err := k.Keep(t.Context(), by, look, true); err != nil || got != want {
		t.Fatalf("%+v %v, want %+v", got, err, want)
	}
}

func entitlement(t *testing.T, s *store.Store, n int) (e access.Entitlement, known bool) {
	t.Helper()
	if err := s.Update(t.Context(), by, func(tx *store.Tx) (err error) {
		e, known, err = tx.EntitlementByKey(assignment(n).Key())
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return e, known
}

// Every kind that is told has a say of what may be done about it, and no other.
func TestEveryKindMayBeConfigured(t *testing.T) {
	t.Parallel()
	var all []string
	for _, k := range Kinds() {
		all = append(all, string(k))
	}
	if !slices.Equal(all, access.DriftKinds()) {
		t.Errorf("%v\n%v", all, access.DriftKinds())
	}
	for kind, is := range kinds {
		if !slices.Contains(access.DriftActions(string(kind)), is.proposed) {
			t.Errorf("%s cannot be configured to %s", kind, is.proposed)
		}
	}
}

// What somebody had under one id and what they had under another, or what a grant holds and what
// none does, are two findings: what was found of the one says nothing of the other.
func TestFindingsOfSeveralIDsOfAPersonAreSeveral(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range []Finding{{Kind: StalePrincipal, Place: "p", OktaID: "00u1", principal: "a"}, {Kind: StalePrincipal, Place: "p", OktaID: "00u1", principal: "b"},
		{Kind: StalePrincipal, Place: "p", OktaID: "00u1", principal: "a", granted: true}} {
		seen[f.key()] = true
	}
	if len(seen) != 3 {
		t.Errorf("%v", seen)
	}
	if key := (Finding{Kind: Extra, Place: "p", OktaID: "00u1", principal: "a", granted: true}).key(); key != "extra|p|00u1" {
		t.Error("of another kind it is the same finding whatever the id:", key)
	}
}

// Who has no account in Identity Center is concluded from the names that Okta says. Where these
// tie few to an account, the names are wrong, and not the people.
func TestNobodyIsTakenOutOfAGroupBecauseTheNamesTieNobody(t *testing.T) {
	t.Parallel()
	group := place{oktaGroup: "00g1"}
	s := &survey{there: map[place]map[string]*holder{group: {"00u1": {}, "00u2": {}, "00u3": {}}, {permissionSet: "s"}: {"a1": {}, "a2": {}}}}
	for _, c := range []struct {
		names map[string]string
		thin  bool
	}{
		{map[string]string{"00u1": "One@example.com", "00u2": "two@example.com"}, false},
		{map[string]string{"00u1": "one@example.com", "00u2": "t.two"}, true},
		{map[string]string{"00u4": "one@example.com"}, true},
	} {
		i := &identities{names: c.names, byName: map[string]string{"one@example.com": "a1", "two@example.com": "a2"}}
		if got := i.thinly(s); got != c.thin {
			t.Errorf("%v: %t", c.names, got)
		}
	}
	k := Keeper{Actions: map[string]Action{string(NoAccount): Remove}}
	if a, b := k.actionFor(Finding{Kind: NoAccount, Proposed: Report}), k.actionFor(Finding{Kind: NoAccount, Proposed: Report, unsure: true}); a != Remove || b != Report {
		t.Errorf("%s, %s", a, b)
	}
}

// One finding that has changed since the look does not keep the others from being mended.
func TestWhatHasChangedSinceTheLookIsLeftToTheNext(t *testing.T) {
	t.Parallel()
	for _, err := range []error{access.ErrNotAllowed, access.ErrNotFound, access.ErrStale} {
		if !refused(fmt.Errorf("%w: of one finding", err)) {
			t.Errorf("%v ends the run", err)
		}
	}
	if refused(nil) || refused(access.ErrUnavailable) {
		t.Error("what is not of one finding does not end it")
	}
}

func TestMoreRemovalsThanTheCapWaitForAnAdmin(t *testing.T) {
	t.Parallel()
	s := open(t)
	k := keeper(s, 2, Remove)
	k.must(t, extras(3), Kept{New: 3, Open: 3, Young: 3})
	k.must(t, extras(3), Kept{Open: 3, Held: 3})
	k.must(t, extras(3), Kept{Open: 3, Held: 3})
	if _, known := entitlement(t, s, 0); known {
		t.Fatal("something was done about what is held")
	}
	pending, err := s.Setting(t.Context(), grants.PendingDrift)
	if err != nil || pending == "" {
		t.Fatalf("no batch waits: %v", err)
	}
	var waits strings.Builder // as the admins are told of it
	if err := s.ExportAudit(t.Context(), &waits, store.AuditFilter{Kind: "setting.changed"}); err != nil || !strings.Contains(waits.String(), `"batch":"`+pending) ||
		!strings.Contains(waits.String(), `"cap":"2"`) || !strings.Contains(waits.String(), `"removals":"3"`) || !strings.Contains(waits.String(), `"value":"`+pending) {
		t.Errorf("%v: the trail does not say what waits\n%s", err, waits.String())
	}
	if err := grants.New(grants.Options{Store: s}).ConfirmRemovals(t.Context(), by, pending); err != nil {
		t.Fatal(err)
	}
	k.must(t, extras(4), Kept{New: 1, Open: 4, Young: 1, Removed: 3})
	if e, _ := entitlement(t, s, 2); e.Origin != access.OriginOurs || e.UnwantedSince.IsZero() {
		t.Errorf("it is not to be taken away: %+v", e)
	}
	var trail strings.Builder
	if err := s.ExportAudit(t.Context(), &trail, store.AuditFilter{Target: "prod/Viewer", Person: "00u2"}); err != nil ||
		strings.Count(trail.String(), `"kind":"entitlement.taken_over"`) != 1 || !strings.Contains(trail.String(), `"refs":"`+assignment(2).Key()+`"`) {
		t.Errorf("%v: what is taken away is not in the trail of the target\n%s", err, trail.String())
	}
	k.must(t, extras(4), Kept{Open: 4, Held: 4}) // a confirmation is for one batch
	k.must(t, extras(1), Kept{Open: 1, Resolved: 3, Removed: 1})
}

func TestWhatAGrantHoldsIsNeitherTakenNorAdopted(t *testing.T) {
	t.Parallel()
	for _, action := range []Action{Remove, Adopt} {
		s := open(t)
		k := keeper(s, 10, action)
		k.must(t, extras(1), Kept{New: 1, Open: 1, Young: 1})
		err := s.Update(t.Context(), by, func(tx *store.Tx) error {
			target := access.Target{ID: "prod/Viewer", Mode: access.ByUser, Instance: "i", PermissionSet: "s", Environment: access.Environment{Account: "a"}}
			r, err := tx.CreateRequest(access.Request{Subject: access.Person{OktaID: "00u0"}, Target: target, Duration: time.Hour, State: access.RequestPending, LapseAt: noon.Add(time.Hour)})
			if err != nil {
				return err
			}
			r.State = access.RequestApproved
			if r, err = tx.SaveRequest(r); err == nil {
				_, err = grants.Start(tx, r, "u0")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		k.must(t, extras(1), Kept{Open: 1, Refused: 1})
		if e, known := entitlement(t, s, 0); !known || !e.UnwantedSince.IsZero() || e.Origin != access.OriginUnknown {
			t.Errorf("%s: %+v", action, e)
		}
	}
}

func TestWhatWasAdoptedSinceTheLookIsNotTakenAway(t *testing.T) {
	t.Parallel()
	s := open(t)
	k := keeper(s, 10, Remove)
	look := extras(2)
	look.began = noon.Add(-time.Minute)
	k.must(t, look, Kept{New: 2, Open: 2, Young: 2})
	if err := s.Update(t.Context(), by, func(tx *store.Tx) error { return tx.KnowStanding(assignment(0)) }); err != nil {
		t.Fatal(err)
	}
	k.must(t, look, Kept{Open: 2, Removed: 1, Refused: 1})
	if e, _ := entitlement(t, s, 0); e.Origin != access.OriginStanding {
		t.Errorf("%+v", e)
	}
}

func TestWhatIsNotOursToTouchIsRefused(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, ref := range []access.Ref{
		{Kind: access.AssignmentGroup, OktaUser: "00u0", OktaGroup: "00g0"},
		{Kind: access.PushedMembership, OktaUser: "00u0", Person: "u0", IdentityStore: "d", IdentityCenterGroup: "g"},
	} {
		err := s.Update(t.Context(), by, func(tx *store.Tx) error { return tx.TakeOver(ref, noon) })
		if !errors.Is(err, access.ErrNotAllowed) {
			t.Errorf("%s: %v", ref.Kind, err)
		}
	}
	unknown := extras(1)
	unknown.Findings[0].OktaID = ""
	k := keeper(s, 10, Remove)
	k.must(t, unknown, Kept{New: 1, Open: 1, Young: 1})
	k.must(t, unknown, Kept{Open: 1, Refused: 1}) // whose it is is not known
}

func TestWhatCouldNotBeReadIsNotResolved(t *testing.T) {
	t.Parallel()
	s := open(t)
	k := keeper(s, 10, Report)
	k.must(t, extras(2), Kept{New: 2, Open: 2})
	blind := Drift{Unknown: []Unread{{What: "permission set s in account a", Targets: []string{"prod/Viewer"}, Error: "no answer"}}}
	k.must(t, blind, Kept{Open: 2})
	k.must(t, Drift{Unknown: []Unread{{What: "another", Targets: []string{"dev/User"}}}}, Kept{Resolved: 2})
	if r, err := s.VerifyAudit(t.Context()); err != nil || r.Why != "" {
		t.Errorf("%+v %v", r, err)
	}
	var trail strings.Builder
	if err := s.ExportAudit(t.Context(), &trail, store.AuditFilter{}); err != nil || strings.Count(trail.String(), `"drift.found"`) != 2 || strings.Count(trail.String(), `"drift.resolved"`) != 2 {
		t.Errorf("%v\n%s", err, trail.String())
	}
}

// Who may not read one thing of a permission set still sees what is mended of the rest.
func TestWhatCouldNotBeSeenIsLimited(t *testing.T) {
	t.Parallel()
	finding := func(kind Kind, target string) access.Finding {
		return access.Finding{Kind: string(kind), FindingFacts: access.FindingFacts{Targets: []string{target}}}
	}
	attached := Drift{Unknown: []Unread{{Targets: []string{"prod/Op"}, only: []Kind{PolicyAttached}}}}
	whole := Drift{Unknown: []Unread{{Targets: []string{"prod/Op"}}}}
	for _, c := range []struct {
		look    Drift
		finding access.Finding
		blind   bool
	}{
		{attached, finding(PolicyAttached, "prod/Op"), true}, {attached, finding(PolicyAttached, "prod/User"), false}, {attached, finding(Extra, "prod/Op"), false},
		{whole, finding(Extra, "prod/Op"), true}, {whole, finding(Extra, "prod/User"), false},
	} {
		if got := c.look.blind(c.finding); got != c.blind {
			t.Errorf("%+v in %+v: %t", c.finding, c.look, got)
		}
	}
}

// What is kept of a finding says what the configuration has done about it, beside what is
// suggested.
func TestWhatIsPlannedIsWhatIsConfigured(t *testing.T) {
	t.Parallel()
	s := open(t)
	planned := func(a Action, look Drift, act bool) Action {
		t.Helper()
		if _, err := keeper(s, 5, a).Keep(t.Context(), by, look, act); err != nil {
			t.Fatal(err)
		}
		kept, err := s.Findings(t.Context())
		if err != nil || len(kept) != 1 || kept[0].Proposed != Adopt || kept[0].Action != look.Findings[0].Action {
			t.Fatalf("%v: %+v", err, kept)
		}
		return kept[0].Action
	}
	if got := planned("", extras(1), true); got != Report {
		t.Errorf("by default: %s", got)
	}
	if got := planned(Remove, extras(1), false); got != Report {
		t.Errorf("of a restored database: %s", got)
	}
	if (Finding{Kind: Extra, refs: []access.Ref{assignment(0)}}).may(Remove) {
		t.Error("of somebody unknown")
	}
	if got := planned(Remove, extras(1), true); got != Remove {
		t.Errorf("with extra: remove: %s", got)
	}
}
