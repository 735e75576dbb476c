package campaigns_test

import (
	"testing"
	"time"

	"airpass/access"
)

// Silence is that of people who were asked: as long as Slack has told nobody of a panel nothing
// is decided, and who is told after the deadline has time to answer, once for all.
func TestSilenceOfWhomNobodyHasToldDecidesNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		silence access.Silence
		ends    access.GrantState
	}{
		"revoke":   {access.SilenceRevokes, access.GrantRevoking},
		"escalate": {access.SilenceEscalates, access.GrantProvisioning},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tw := settle(t)
			rules := access.Campaign{Silence: c.silence, Reviewers: []access.Approver{{Kind: access.ApproverManager}}, EscalateTo: []access.Approver{{Kind: access.ApproverManagers2}}}
			o, given := tw.asksUntold(rules, map[string][]string{"ada": {"grace"}})
			for _, at := range []string{"2026-02-02T00:11:00Z", "2026-02-02T00:13:00Z", "2026-02-04T08:00:00Z"} {
				tw.at(at)
				if o = tw.stepOnce(o.ID); o.State != access.OccurrenceOpen || o.LastError == "" || tw.item(o, "ada").State != access.ItemOpen || tw.asked(o, "ada") != "grace" {
					t.Fatalf("at %s it is %s, %q: %+v", at, o.State, o.LastError, tw.item(o, "ada"))
				}
			}
			var admins int
			if err := tw.DB().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM messages WHERE kind = 'admin'").Scan(&admins); err != nil || admins != 1 {
				t.Error("the admins were told", admins, "times", err)
			}
			tw.reached(o)
			tw.at("2026-02-04T08:02:00Z")
			o = tw.stepOnce(o.ID)
			if want := time.Date(2026, 2, 5, 8, 2, 0, 0, time.UTC); !o.DeadlineAt.Equal(want) || o.LastError != "" || tw.item(o, "ada").State != access.ItemOpen {
				t.Fatalf("until %s, want %s: %+v", o.DeadlineAt, want, o)
			}
			tw.at("2026-02-05T08:13:00Z")
			o = tw.steps(tw.Service, o.ID)
			if c.silence == access.SilenceEscalates {
				if o.State != access.OccurrenceOpen || tw.asked(o, "ada") != "vera" {
					t.Fatalf("what was put off does not escalate: %+v", o)
				}
				tw.reached(o)
				tw.at("2026-02-06T08:30:00Z")
				o = tw.steps(tw.Service, o.ID)
			}
			g, err := tw.Grant(t.Context(), given["ada"].ID)
			if o.State != access.OccurrenceClosed || err != nil || g.State != c.ends || !tw.item(o, "ada").Silent {
				t.Errorf("%s, %s %v: %+v", o.State, g.State, err, tw.item(o, "ada"))
			}
		})
	}
}

// Of several who are asked together one who was told is enough, and of whom nobody can be told
// for good silence decides, as where nobody can be asked.
func TestSilenceDecidesWhereSomebodyWasTold(t *testing.T) {
	t.Parallel()
	tw := settle(t)
	o, _ := tw.asksUntold(access.Campaign{Silence: access.SilenceRevokes, Reviewers: []access.Approver{{Kind: access.ApproverManager}}}, map[string][]string{"ada": {"grace", "sam"}})
	reviewers, err := tw.CampaignReviewers(t.Context(), o.ID)
	if err != nil || len(reviewers) != 2 {
		t.Fatal(reviewers, err)
	}
	tw.tells(reviewers[0], access.MessageFailed)
	tw.at("2026-02-02T00:11:00Z")
	if o = tw.steps(tw.Service, o.ID); o.State != access.OccurrenceClosed || !tw.item(o, "ada").Silent {
		t.Errorf("%+v", o)
	}
}
