package approvals_test

import (
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"airpass/access"
	"airpass/approvals"
	"airpass/campaigns"
	"airpass/config"
	"airpass/sandbox/okta"
	"airpass/store"
	"airpass/store/storetest"
)

// replica is another airpass on the same database.
func (b *bench) replica() *approvals.Service {
	b.Helper()
	st, err := store.Open(b.Context(), b.config.Store.URL.Reveal(), store.Options{Now: b.world.Clock.Now, Log: slog.New(slog.DiscardHandler), Key: store.AuditKey{ID: "k1", Key: config.KeyBytes(b.config.Audit.Key)}})
	b.must(err)
	b.Cleanup(func() { _ = st.Close() })
	o := b.svc.Options
	o.Store = st
	return approvals.New(o)
}

// passes is that somebody who is asked about the access of another has others asked.
func (b *bench) passes(by access.CampaignReviewer, of, to string) access.Attempt {
	b.Helper()
	i, _ := b.item(by, of)
	return access.Attempt{Kind: access.AttemptDelegate, Channel: b.world.Person(to).SlackID, Reason: "ask " + to,
		Target: access.Certified{Reviewer: by.ID, Verdicts: map[string]access.ItemVerdict{i.ID: ""}}.String()}
}

// keeps is that somebody says that the access of another is needed.
func (b *bench) keeps(by access.CampaignReviewer, of string) access.Attempt {
	b.Helper()
	i, _ := b.item(by, of)
	return access.Attempt{Kind: access.AttemptCertify, Target: access.Certified{Reviewer: by.ID, Verdicts: map[string]access.ItemVerdict{i.ID: access.KeepItem}}.String()}
}

// said is what somebody says.
type said struct {
	who string
	access.Attempt
}

// saidAtOnce has two say something in the same moment, each to another replica, and returns what
// became of both.
func (b *bench) saidAtOnce(other *approvals.Service, both [2]said) (judged [2]access.Attempt) {
	b.Helper()
	services, ids := [2]*approvals.Service{b.svc, other}, [2]string{}
	for n, one := range both {
		ids[n] = b.records(one.who, one.Attempt)
	}
	start, all := make(chan struct{}), sync.WaitGroup{}
	for n, id := range ids {
		all.Go(func() {
			a, err := services[n].Store.Attempt(b.Context(), id)
			<-start
			if err == nil {
				err = services[n].Judge(b.Context(), id, a.Version)
			}
			if err != nil {
				b.Error(err)
			}
		})
	}
	close(start)
	all.Wait()
	b.judgeAll() // what lost to the other too often in a row
	for n, id := range ids {
		var err error
		judged[n], err = b.store.Attempt(b.Context(), id)
		b.must(err)
	}
	return judged
}

// happenedTo counts what the trail has of an item.
func (b *bench) happenedTo(item string) (kinds []access.EventKind) {
	b.Helper()
	for after := int64(0); ; {
		events, err := b.store.AuditEvents(b.Context(), after, 500)
		b.must(err)
		for _, e := range events {
			if after = e.Seq; e.Facts["item"] == item {
				kinds = append(kinds, e.Kind)
			}
		}
		if len(events) < 500 {
			return kinds
		}
	}
}

// Two replicas, and two who are asked together: one has others asked while the other decides, or
// has somebody else asked, or takes back what the other is about to answer. One of them is heard,
// whichever; the other reads why they are not, and nothing is half.
func TestOfTwoWhoAreAskedTogetherOneIsHeard(t *testing.T) {
	const others, decided, back = "others are asked about it by now, not you", "somebody has said something about it already", "you are not asked about it, or not any more"
	onEachStore(t, func(b *bench) {
		other, subjects := b.replica(), []string{"ada", "ben", "chen", "alex"}
		for what, c := range map[string]struct {
			says func(of string, grace, olivia access.CampaignReviewer) [2]said
			late [2]string // what each reads who comes second
			// before says what is said before.
			before func(of string, grace access.CampaignReviewer)
		}{
			"one has somebody asked, the other decides": {late: [2]string{decided, others},
				says: func(of string, grace, olivia access.CampaignReviewer) [2]said {
					return [2]said{{"grace", b.passes(grace, of, "sam")}, {"olivia", b.keeps(olivia, of)}}
				}},
			"each has somebody else asked": {late: [2]string{others, others},
				says: func(of string, grace, olivia access.CampaignReviewer) [2]said {
					return [2]said{{"grace", b.passes(grace, of, "sam")}, {"olivia", b.passes(olivia, of, "vera")}}
				}},
			"one has two people asked": {late: [2]string{others, others},
				says: func(of string, grace, _ access.CampaignReviewer) [2]said {
					return [2]said{{"grace", b.passes(grace, of, "sam")}, {"grace", b.passes(grace, of, "vera")}}
				}},
			"one takes it back, the other decides": {late: [2]string{"nothing that can be taken back|it was taken back already, or something was said since|" + decided, back},
				before: func(of string, grace access.CampaignReviewer) { b.does("grace", b.passes(grace, of, "sam")) },
				says: func(of string, grace, _ access.CampaignReviewer) [2]said {
					return [2]said{{"grace", access.Attempt{Kind: access.AttemptUndo, Target: grace.ID}}, {"sam", b.keeps(grace, of)}}
				}},
		} {
			asked := b.campaignOf([]string{"grace", "olivia"}, subjects...)
			for _, of := range subjects {
				if c.before != nil {
					c.before(of, asked[0])
				}
				i, _ := b.item(asked[0], of)
				before, both := len(b.happenedTo(i.ID)), c.says(of, asked[0], asked[1])
				judged := b.saidAtOnce(other, both)
				first := slices.IndexFunc(judged[:], func(a access.Attempt) bool { return a.State == access.AttemptDone })
				if first < 0 || judged[1-first].State != access.AttemptRefused || !slices.ContainsFunc(strings.Split(c.late[1-first], "|"), func(words string) bool { return strings.Contains(judged[1-first].Answer, words) }) {
					b.Errorf("%s: %s %s, and %s %s", what, judged[0].State, judged[0].Answer, judged[1].State, judged[1].Answer)
					continue
				}
				want := map[access.AttemptKind]access.EventKind{access.AttemptDelegate: "item.delegated", access.AttemptCertify: "item.decided", access.AttemptUndo: "item.undone"}[both[first].Kind]
				if kinds := b.happenedTo(i.ID)[before:]; !slices.Equal(kinds, []access.EventKind{want}) {
					b.Errorf("%s: the trail has %v, not %s alone", what, kinds, want)
				}
				b.asItWasSaid(asked[0], of, both[first])
			}
			b.closes()
		}
	})
}

// asItWasSaid makes sure that of the access of somebody there is what was said last.
func (b *bench) asItWasSaid(r access.CampaignReviewer, of string, by said) {
	b.Helper()
	i, asked := b.item(r, of)
	if (by.Kind == access.AttemptCertify) != (i.State == access.ItemDecided && i.Decider.OktaID == b.person(by.who).OktaID) {
		b.Errorf("%s: %+v", by.Kind, i)
	}
	if by.Kind == access.AttemptDelegate && (!strings.HasPrefix(asked, strings.TrimPrefix(by.Reason, "ask ")) || len(i.Passed) != 1 || i.Passed[0].Comment != by.Reason) {
		b.Errorf("%s: %q is asked: %+v", by.Reason, asked, i)
	}
}

// Nobody has others asked, nor takes it back, after the deadline or once the campaign was closed.
func TestNobodyIsAskedBehindTheEndOfACampaign(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ends func(b *bench)
		says string
	}{
		"the deadline": {func(b *bench) {
			_, err := b.world.Clock.Advance(10 * time.Minute)
			b.must(err)
		}, "the time to answer is over"},
		"it is closed": {(*bench).closes, "the campaign is over"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			r := b.campaign("ada", "ben", "chen")
			_, err := b.world.Clock.Advance(7*24*time.Hour - 5*time.Minute)
			b.must(err)
			b.does("grace", b.passes(r, "ben", "sam"))
			b.does("grace", b.passes(r, "chen", "sam"))
			b.does("sam", b.keeps(r, "chen"))
			c.ends(b)
			was := map[string]access.CampaignItem{}
			for _, of := range []string{"ada", "ben", "chen"} {
				was[of], _ = b.item(r, of)
			}
			for what, one := range map[string]said{
				"has another asked":            {"grace", b.passes(r, "ada", "sam")},
				"takes it back":                {"grace", access.Attempt{Kind: access.AttemptUndo, Target: r.ID}},
				"takes it back by its button":  {"grace", access.Attempt{Kind: access.AttemptUndo, Target: access.UndoOf(r.ID, was["ben"].Passed[0].At)}},
				"has another asked once more":  {"sam", b.passes(r, "ben", "vera")},
				"answers what was passed on":   {"sam", b.keeps(r, "ben")},
				"takes back what has answered": {"sam", access.Attempt{Kind: access.AttemptUndo, Target: r.ID}},
			} {
				if a := b.tries(one.who, one.Attempt); a.State != access.AttemptRefused || !strings.Contains(a.Answer, c.says) {
					t.Errorf("%s %s: %s %s", one.who, what, a.State, a.Answer)
				}
			}
			for of, i := range was {
				if now, _ := b.item(r, of); now.Version != i.Version || now.Panel != i.Panel || now.State != i.State {
					t.Errorf("%s was %+v, and is %+v", of, i, now)
				}
			}
		})
	}
}

// A campaign is closed in the moment in which somebody has others asked: theirs has read that it
// was open, and waits for something else. It is judged anew, by what is so then, and refused.
func TestWhatIsClosedInTheSameMomentTakesNothing(t *testing.T) {
	t.Parallel()
	b := setupOn(t, storetest.PostgreSQL(t)) // SQLite lets one write at a time
	r := b.campaign("ada")
	i, _ := b.item(r, "ada")
	other := b.replica()
	held, err := other.Store.DB().BeginTx(t.Context(), nil)
	b.must(err)
	_, err = held.ExecContext(t.Context(), "UPDATE campaign_items SET attempts = attempts WHERE id = $1", i.ID)
	b.must(err)
	id, judged := b.records("grace", b.passes(r, "ada", "sam")), make(chan error)
	a, err := b.store.Attempt(t.Context(), id)
	b.must(err)
	go func() { judged <- b.svc.Judge(t.Context(), id, a.Version) }()
	for waits := 0; waits == 0; { // for the item, in its transaction
		b.must(other.Store.DB().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&waits))
	}
	_, err = campaigns.New(campaigns.Options{Store: other.Store, Now: b.world.Clock.Now}).Close(t.Context(), access.System("test"), r.Occurrence, "enough")
	b.must(err)
	b.must(held.Commit())
	b.must(<-judged)
	if a, err = b.store.Attempt(t.Context(), id); err != nil || a.State != access.AttemptRefused || !strings.Contains(a.Answer, "the campaign is over") {
		t.Errorf("%s %s %v", a.State, a.Answer, err)
	}
	if now, asked := b.item(r, "ada"); asked != b.person("grace").Login || len(now.Passed) > 0 {
		t.Errorf("%q is asked: %+v", asked, now)
	}
}

// attribute gives Okta users of somebody what they have in common.
func (b *bench) attribute(value string, people ...string) {
	b.Helper()
	for _, who := range people {
		b.must(b.world.Okta.SetProfile(b.person(who).Login, map[string]any{"employeeNumber": value}))
	}
}

// Nobody comes to be asked about their own access, by whichever Okta user of theirs: not by
// somebody who has them asked, nor by the next, and not by taking back what they had others asked
// about when it has turned out since that it is theirs.
func TestNobodyIsPassedTheirOwnAccess(t *testing.T) {
	t.Parallel()
	const own = "nobody is asked about their own access"
	for name, c := range map[string]struct {
		does  func(b *bench, r access.CampaignReviewer) access.Attempt
		says  string
		asked string // afterwards
	}{
		"to themself": {func(b *bench, r access.CampaignReviewer) access.Attempt {
			return b.tries("grace", b.passes(r, "ada", "ada"))
		}, own, "grace"},
		"to another Okta user of theirs": {func(b *bench, r access.CampaignReviewer) access.Attempt {
			return b.tries("grace", b.passes(r, "ben", "alex")) // who is Ben, too
		}, own, "grace"},
		"onward, to themself": {func(b *bench, r access.CampaignReviewer) access.Attempt {
			b.does("grace", b.passes(r, "ada", "sam"))
			return b.tries("sam", b.passes(r, "ada", "ada"))
		}, own, "sam"},
		"onward, to another Okta user of theirs": {func(b *bench, r access.CampaignReviewer) access.Attempt {
			b.does("grace", b.passes(r, "ben", "sam"))
			return b.tries("sam", b.passes(r, "ben", "alex"))
		}, own, "sam"},
		"to who turns out to have it": {func(b *bench, r access.CampaignReviewer) access.Attempt {
			b.does("grace", b.passes(r, "ben", "sam"))
			b.attribute("1007", "sam")
			return b.tries("sam", b.keeps(r, "ben"))
		}, "it is your own access", "sam"},
		"taken back by who turns out to have it": {func(b *bench, r access.CampaignReviewer) access.Attempt {
			b.does("grace", b.passes(r, "ben", "sam"))
			b.attribute("1007", "grace")
			return b.tries("grace", access.Attempt{Kind: access.AttemptUndo, Target: r.ID})
		}, "it is your own access", "sam"},
		"taken back by who is not ACTIVE any more": {func(b *bench, r access.CampaignReviewer) access.Attempt {
			b.does("grace", b.passes(r, "ben", "sam"))
			b.must(b.world.Okta.SetStatus(b.person("grace").Login, okta.Suspended))
			return b.tries("grace", access.Attempt{Kind: access.AttemptUndo, Target: r.ID})
		}, "no active user", "sam"},
		"to who turns out to be whose it is": {func(b *bench, r access.CampaignReviewer) access.Attempt {
			b.attribute("2001", "ada", "sam") // since people began to be asked
			return b.tries("grace", b.passes(r, "ada", "sam"))
		}, own, "grace"},
		"answered by who turns out to be themself": {func(b *bench, r access.CampaignReviewer) access.Attempt {
			b.does("grace", b.passes(r, "ada", "sam"))
			b.attribute("2001", "ada", "sam")
			return b.tries("sam", b.keeps(r, "ada"))
		}, "it is your own access", "sam"},
		"taken back by who turns out to be themself": {func(b *bench, r access.CampaignReviewer) access.Attempt {
			b.does("grace", b.passes(r, "ada", "sam"))
			b.attribute("2001", "ada", "grace")
			return b.tries("grace", access.Attempt{Kind: access.AttemptUndo, Target: r.ID})
		}, "it is your own access", "sam"},
		"to who is not ACTIVE": {func(b *bench, r access.CampaignReviewer) access.Attempt {
			return b.tries("grace", b.passes(r, "ben", "dora"))
		}, "they cannot be asked", "grace"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.attribute("1007", "ben", "alex")
			r := b.campaign("ada", "ben")
			of := "ben"
			if strings.Contains(name, "themself") || strings.Contains(name, "whose it is") {
				of = "ada"
			}
			if a := c.does(b, r); a.State != access.AttemptRefused || !strings.Contains(a.Answer, c.says) {
				t.Errorf("%s %s", a.State, a.Answer)
			}
			if i, asked := b.item(r, of); asked != b.person(c.asked).Login || i.State != access.ItemOpen {
				t.Errorf("%q is asked: %+v", asked, i)
			}
		})
	}
}

// What is taken back is asked of those of whom it was before who can be asked still: who has left
// meanwhile is passed by as ever, and without any others, those of the fallback are asked.
func TestWhatIsTakenBackIsAskedOfWhoIsStillThere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	asked := b.campaignOf([]string{"grace", "henry"}, "ada")
	grace := asked[0]
	b.does("grace", b.passes(grace, "ada", "sam"))
	b.must(b.world.Okta.SetStatus(b.person("henry").Login, okta.Suspended))
	b.does("grace", access.Attempt{Kind: access.AttemptUndo, Target: grace.ID})
	if a := b.tries("henry", b.keeps(asked[1], "ada")); a.State != access.AttemptRefused {
		t.Errorf("%s %s", a.State, a.Answer)
	}
	looks := func(want string) {
		t.Helper()
		service, is := b.svc.Campaigns.(*campaigns.Service)
		if !is {
			t.Fatal("no service")
		}
		b.must(service.LookForReviewers(t.Context()))
		if i, now := b.item(grace, "ada"); now != b.person(want).Login || i.State != access.ItemOpen {
			t.Errorf("%q is asked: %+v", now, i)
		}
	}
	b.must(b.store.Update(t.Context(), access.System("test"), func(tx *store.Tx) error { // whose reviewers are looked for
		return tx.SetCampaignDate(access.CampaignDate{Name: "quarterly", Schedule: "0 9 1 1 *", DueAt: tx.Now().AddDate(1, 0, 0), NextAt: tx.Now().AddDate(1, 0, 0)})
	}))
	looks("grace")
	b.does("grace", b.passes(grace, "ada", "sam"))
	b.does("grace", access.Attempt{Kind: access.AttemptUndo, Target: grace.ID})
	b.must(b.world.Okta.SetStatus(b.person("grace").Login, okta.Suspended))
	looks("olivia")
}
