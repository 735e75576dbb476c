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
			for _, at := range []string{"2026-02-02T00:00:00Z", "2026-02-02T00:11:00Z", "2026-02-04T08:00:00Z"} {
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
			if want := time.Date(2026, 2, 4, 20, 2, 0, 0, time.UTC); !o.DeadlineAt.Equal(want) || o.LastError != "" || tw.item(o, "ada").State != access.ItemOpen {
				t.Fatalf("until %s, want %s: %+v", o.DeadlineAt, want, o)
			}
			tw.at("2026-02-04T20:13:00Z")
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

// Who was told when hardly any time was left, or after the deadline, by a Slack or an airpass
// that was down, has time from then on: also if nobody has looked before they were told.
func TestWhoIsToldLateHasTimeToAnswer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		told, looked, again string
		late                bool
	}{
		"half a day before the deadline":     {"2026-02-01T12:00:00Z", "2026-02-02T00:00:00Z", "", false},
		"a minute before it":                 {"2026-02-01T23:59:00Z", "2026-02-02T00:00:00Z", "2026-02-02T00:01:00Z", true},
		"five minutes after it":              {"2026-02-02T00:05:00Z", "2026-02-02T00:06:00Z", "2026-02-02T00:07:00Z", true},
		"two days after it, as all was down": {"2026-02-04T00:00:00Z", "2026-02-04T00:00:01Z", "2026-02-04T00:02:00Z", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tw := settle(t)
			o, given := tw.asksUntold(access.Campaign{Silence: access.SilenceRevokes, Reviewers: []access.Approver{{Kind: access.ApproverManager}}}, map[string][]string{"ada": {"grace"}})
			tw.at(c.told)
			tw.reached(o)
			before := o.DeadlineAt
			tw.at(c.looked)
			o = tw.stepOnce(o.ID)
			if c.late {
				if !o.Takes(tw.Now()) {
					t.Error("who was told late is refused:", o)
				}
				tw.at(c.again)
				o = tw.stepOnce(o.ID)
			}
			want := before
			if c.late {
				want = tw.Now().Add(12 * time.Hour)
			}
			if !o.DeadlineAt.Equal(want) || o.LastError != "" || tw.item(o, "ada").State != access.ItemOpen {
				t.Fatalf("until %s, want %s: %+v", o.DeadlineAt, want, o)
			}
			tw.at(want.Add(11 * time.Minute).Format(time.RFC3339))
			if o = tw.steps(tw.Service, o.ID); o.State != access.OccurrenceClosed || tw.revoking([]access.Grant{given["ada"]}) != 1 {
				t.Errorf("%+v", o)
			}
		})
	}
}

// Of several who are asked together one who was told is enough. Who cannot be told for good is
// not waited for, and is not told: only of whom nobody can be silence decides, as where nobody
// can be asked.
func TestWhoCannotBeToldIsNobody(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		became []access.MessageState // of those who are asked; fewer are not told yet
		waits  bool
	}{
		"one is told":                      {[]access.MessageState{access.MessagePosted}, false},
		"one is told, one cannot be":       {[]access.MessageState{access.MessageFailed, access.MessagePosted}, false},
		"one cannot be, one is not yet":    {[]access.MessageState{access.MessageFailed}, true},
		"one cannot be, one is under way":  {[]access.MessageState{access.MessageFailed, access.MessageNew}, true},
		"neither can be":                   {[]access.MessageState{access.MessageFailed, access.MessageFailed}, false},
		"neither is told, nor has a while": {nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tw := settle(t)
			o, _ := tw.asksUntold(access.Campaign{Silence: access.SilenceRevokes, Reviewers: []access.Approver{{Kind: access.ApproverManager}}}, map[string][]string{"ada": {"grace", "sam"}})
			reviewers, err := tw.CampaignReviewers(t.Context(), o.ID)
			if err != nil || len(reviewers) != 2 {
				t.Fatal(reviewers, err)
			}
			for n, became := range c.became {
				tw.tells(reviewers[n], became)
			}
			tw.at("2026-02-02T00:11:00Z")
			o = tw.stepOnce(o.ID)
			if waits := o.State == access.OccurrenceOpen && o.LastError != ""; waits != c.waits || waits == tw.item(o, "ada").Silent {
				t.Errorf("%+v: %+v", o, tw.item(o, "ada"))
			}
		})
	}
}
