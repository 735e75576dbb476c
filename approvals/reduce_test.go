package approvals_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/campaigns"
	"airpass/sandbox/control"
	"airpass/sandbox/okta"
	"airpass/store"
)

// reviewed is an open campaign in which Grace is asked about grants, and those of standing
// access, which is theirs besides.
func (b *bench) reviewed(standing bool, of ...access.Grant) access.CampaignReviewer {
	b.Helper()
	panel, people := campaigns.PanelOf(b.person("grace"))
	var asked access.CampaignReviewer
	err := b.store.Update(b.Context(), access.System("test"), func(tx *store.Tx) error {
		o, _, err := tx.BeginOccurrence(access.Occurrence{Campaign: "quarterly", ScheduledAt: tx.Now(), Rules: access.Campaign{Name: "quarterly", Deadline: 7 * 24 * time.Hour, Silence: access.SilenceKeeps}})
		if err != nil {
			return err
		}
		var items []access.CampaignItem
		for _, g := range of {
			facts, err := json.Marshal(campaigns.Item{Target: g.Target.ID, Who: g.Subject.Login, OktaID: g.Subject.OktaID, Grant: g.ID, Standing: standing})
			if err != nil {
				return err
			}
			items = append(items, access.CampaignItem{Target: g.Target.ID, Subject: g.Subject.OktaID, Who: g.Subject.Login, Grant: g.ID, Standing: standing, Facts: facts, Panel: panel})
		}
		if err := tx.AddItems(o, items, map[string][]access.Person{panel: people}); err != nil {
			return err
		}
		o.State, o.Items, o.OpenedAt, o.DeadlineAt = access.OccurrenceOpen, len(items), tx.Now(), tx.Now().Add(7*24*time.Hour)
		if _, err := tx.SaveOccurrence(o); err != nil {
			return err
		}
		all, err := tx.Panel(o.ID, panel)
		asked = all[0]
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return asked
}

// reduces is what Grace says: that the access of somebody is reduced to a target.
func (b *bench) reduces(of access.CampaignReviewer, who, to string) access.Attempt {
	b.Helper()
	i, _ := b.item(of, who)
	said := access.Certified{Reviewer: of.ID, Verdicts: map[string]access.ItemVerdict{i.ID: access.ReduceItem}, To: map[string]string{i.ID: to}}
	return b.tries("grace", access.Attempt{Kind: access.AttemptCertify, Target: said.String()})
}

// gives carries out what was decided, as a campaign does, and returns the grant that takes
// the place of the other.
func (b *bench) gives(of access.CampaignReviewer, who string) (instead access.Grant, refused string) {
	b.Helper()
	i, _ := b.item(of, who)
	give, refused, err := b.svc.Reduce(b.Context(), access.Occurrence{ID: i.Occurrence, Campaign: "quarterly"}, i)
	if err != nil {
		b.Fatal(err)
	}
	if refused != "" {
		return instead, refused
	}
	err = b.store.Update(b.Context(), access.System("campaigns"), func(tx *store.Tx) error {
		request, err := give(tx)
		if err == nil {
			instead, _, err = tx.GrantOf(request)
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return instead, ""
}

func TestWhatCannotBeReducedIsRefusedWhoeverForgesIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		standing bool
		to, why  string
		before   func(b *bench)
	}{
		"standing access":     {standing: true, to: "prod/Viewer", why: "standing access"},
		"the same role":       {to: "prod/User", why: "not a lower role"},
		"a higher role":       {to: "prod/Op", why: "not a lower role"},
		"another environment": {to: "finance/Viewer", why: "not a lower role"},
		"nothing that is":     {to: "prod/Public", why: "not a lower role"},
		"who may not have it": {to: "prod/Viewer", why: "may not ask for prod/Viewer", before: func(b *bench) {
			viewer, _ := b.config.Target("prod/Viewer")
			if err := b.world.Okta.SetMember(viewer.Requesters[0], b.person("ada").OktaID, false); err != nil {
				b.Fatal(err)
			}
		}},
		"who has left": {to: "prod/Viewer", why: "no longer active", before: func(b *bench) {
			if err := b.world.Okta.SetStatus(b.person("ada").Login, okta.Suspended); err != nil {
				b.Fatal(err)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			r := b.reviewed(c.standing, b.has("ada", "prod/User"))
			if c.before != nil {
				c.before(b)
			}
			if a := b.reduces(r, "ada", c.to); a.State != access.AttemptRefused || !strings.Contains(a.Answer, c.why) {
				t.Errorf("%s %s", a.State, a.Answer)
			}
			if i, _ := b.item(r, "ada"); i.State != access.ItemOpen || i.ReduceTo != "" {
				t.Errorf("%+v", i)
			}
		})
	}
}

func TestNothingIsReducedWhileItIsNotKnownWhetherTheyMayHaveIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := b.reviewed(false, b.has("ada", "prod/User"))
	b.world.IdentityCenter.Faults().Add(control.Fault{Op: "*", Times: 1, Answer: "unavailable"})
	if a := b.reduces(r, "ada", "prod/Viewer"); a.State != access.AttemptOpen {
		t.Errorf("%s %s", a.State, a.Answer)
	}
	if _, err := b.world.Clock.Advance(time.Minute); err != nil {
		t.Fatal(err)
	}
	if a := b.judgeAll(); a.State != access.AttemptDone {
		t.Errorf("%s %s", a.State, a.Answer)
	}
}

func TestNobodyReducesTheirOwnAccess(t *testing.T) {
	t.Parallel()
	b := setup(t)
	request := b.asks("grace", "prod/User")
	if a := b.says("olivia", access.AttemptApprove, request); a.State != access.AttemptDone {
		t.Fatal(a.Answer)
	}
	r := b.reviewed(false, b.active(request))
	if a := b.reduces(r, "grace", "prod/Viewer"); a.State != access.AttemptRefused || !strings.Contains(a.Answer, "your own access") {
		t.Errorf("%s %s", a.State, a.Answer)
	}
}

// That who has decided is who keeps the rest may be known only when it is given: then nothing
// of it is stored, also by whoever goes on after the refusal.
func TestWhatTurnsOutToBeTheirOwnIsNotReduced(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := b.reviewed(false, b.has("ada", "prod/User"))
	if a := b.reduces(r, "ada", "prod/Viewer"); a.State != access.AttemptDone {
		t.Fatal(a.Answer)
	}
	i, _ := b.item(r, "ada")
	i.Decider = access.Person{OktaID: b.person("ada").OktaID}
	give, refused, err := b.svc.Reduce(t.Context(), access.Occurrence{ID: i.Occurrence, Campaign: "quarterly"}, i)
	if err != nil || refused != "" {
		t.Fatal(refused, err)
	}
	err = b.store.Update(t.Context(), access.System("campaigns"), func(tx *store.Tx) error {
		if _, err := give(tx); !errors.Is(err, access.ErrNotAllowed) {
			t.Errorf("given: %v", err)
		}
		return nil
	})
	if _, unknown := b.store.Request(t.Context(), i.ID); err != nil || !errors.Is(unknown, access.ErrNotFound) {
		t.Errorf("a request was stored: %v, %v", unknown, err)
	}
}

// What takes the place of access is a request of who has it, decided by who was asked, once.
func TestTheLowerRoleIsARequestThatTheReviewerHasApproved(t *testing.T) {
	t.Parallel()
	b := setup(t)
	higher := b.has("ada", "prod/User")
	r := b.reviewed(false, higher)
	if a := b.reduces(r, "ada", "prod/Viewer"); a.State != access.AttemptDone {
		t.Fatal(a.Answer)
	}
	instead, refused := b.gives(r, "ada")
	i, _ := b.item(r, "ada")
	request, err := b.store.Request(t.Context(), i.ID)
	if err != nil || refused != "" || instead.RequestID != i.ID || instead.State != access.GrantProvisioning || !instead.EndAt.Equal(higher.EndAt) {
		t.Fatalf("%+v %q %v", instead, refused, err)
	}
	given, err := b.store.DecisionsOf(t.Context(), i.ID)
	if err != nil || len(given) != 1 || given[0].Decider.OktaID != b.person("grace").OktaID || !given[0].ReceivedAt.Equal(i.DecidedAt) || !request.Course.Tally.Done || request.Subject.OktaID != higher.Subject.OktaID {
		t.Errorf("%+v %+v %v", request, given, err)
	}
	if err := b.store.Update(t.Context(), access.System("campaigns"), func(tx *store.Tx) error {
		give, _, err := b.svc.Reduce(t.Context(), access.Occurrence{Campaign: "quarterly"}, i)
		if err == nil {
			_, err = give(tx)
		}
		return err
	}); err == nil {
		t.Error("one item has given it twice")
	}
}

// What somebody has of the lower role already serves; it is made longer where it ends before.
func TestWhatSomebodyHasOfTheLowerRoleServes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	short := b.has("ada", "prod/Viewer")
	if _, err := b.world.Clock.Advance(30 * time.Minute); err != nil {
		t.Fatal(err)
	}
	higher := b.has("ada", "prod/User")
	r := b.reviewed(false, higher)
	b.reduces(r, "ada", "prod/Viewer")
	longer, refused := b.gives(r, "ada")
	i, _ := b.item(r, "ada")
	request, err := b.store.Request(t.Context(), longer.RequestID)
	if err != nil || refused != "" || request.ID != i.ID || request.Extends != short.ID || !longer.EndAt.Equal(higher.EndAt) {
		t.Fatalf("%+v %+v %q %v", request, longer, refused, err)
	}
	b.closes()

	b = setup(t)
	higher = b.has("ada", "prod/User")
	if _, err := b.world.Clock.Advance(30 * time.Minute); err != nil {
		t.Fatal(err)
	}
	longer = b.has("ada", "prod/Viewer")
	r = b.reviewed(false, higher)
	b.reduces(r, "ada", "prod/Viewer")
	if served, refused := b.gives(r, "ada"); served.ID != longer.ID || refused != "" {
		t.Errorf("%+v %q", served, refused)
	}
}

// While what somebody has of the lower role is being extended it is not known how long it
// lasts: the reduction waits, in a way that holds up nothing else.
func TestAReductionWaitsWhileTheLowerRoleIsBeingExtended(t *testing.T) {
	t.Parallel()
	b := setup(t)
	short := b.has("ada", "prod/Viewer")
	if _, err := b.world.Clock.Advance(30 * time.Minute); err != nil {
		t.Fatal(err)
	}
	r := b.reviewed(false, b.has("ada", "prod/User"))
	b.reduces(r, "ada", "prod/Viewer")
	more := b.tries("ada", access.Attempt{Kind: access.AttemptAsk, Request: short.RequestID, Target: "prod/Viewer", Duration: time.Hour, Reason: "because"})
	b.says("grace", access.AttemptApprove, more.Answer)
	i, _ := b.item(r, "ada")
	gives := func() (request string, err error) {
		give, refused, err := b.svc.Reduce(t.Context(), access.Occurrence{ID: i.Occurrence, Campaign: "quarterly"}, i)
		if err != nil || refused != "" {
			t.Fatal(refused, err)
		}
		err = b.store.Update(t.Context(), access.System("campaigns"), func(tx *store.Tx) (err error) {
			request, err = give(tx)
			return err
		})
		return request, err
	}
	if request, err := gives(); !errors.Is(err, access.ErrPaused) {
		t.Errorf("given by %q: %v", request, err)
	}
	b.active(more.Answer)
	if request, err := gives(); err != nil || request != more.Answer {
		t.Errorf("given by %q and not by the extension: %v", request, err)
	}
}

// Of many that are reduced those are that can be, each to the next lower role: what a reviewer
// was shown, or nothing.
func TestManyAreReducedAsTheyWereShown(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.has("ada", "prod/User")
	lowest := b.has("ben", "prod/Viewer")
	r := b.reviewed(false, first, lowest)
	says := func(digest string) access.Attempt {
		many := access.CertifiedMany{Reviewer: r.ID, Verdict: access.ReduceItem, Digest: digest, Choice: campaigns.ChooseAll}
		return b.tries("grace", access.Attempt{Kind: access.AttemptCertifyMany, Target: many.String()})
	}
	open, err := b.store.ItemsFor(t.Context(), r, access.ItemOpen, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	items, all, not := campaigns.Reducible(b.targets(), open, campaigns.ChooseAll)
	if len(items) != 1 || all != 1 || len(not) != 1 {
		t.Fatalf("%+v, %d can be reduced and %+v cannot", items, all, not)
	}
	other := items[0]
	other.ReduceTo = "prod/Op"
	for _, digest := range []string{campaigns.Digest([]access.CampaignItem{other}), campaigns.Digest(open)} {
		if a := says(digest); a.State != access.AttemptRefused {
			t.Errorf("what was not shown is decided: %s", a.State)
		}
	}
	if a := says(campaigns.Digest(items)); a.State != access.AttemptDone {
		t.Errorf("%s %s", a.State, a.Answer)
	}
	if i, _ := b.item(r, "ada"); i.Verdict != access.ReduceItem || i.ReduceTo != "prod/Viewer" {
		t.Errorf("%+v", i)
	}
	if i, _ := b.item(r, "ben"); i.State != access.ItemOpen {
		t.Errorf("%+v", i)
	}
}
