package bot_test

import (
	"strings"
	"testing"
	"time"

	"airpass/sandbox"
	"airpass/sandbox/okta"
	"airpass/sandbox/workspace"
)

func TestDeniedWithAReason(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.ask("ada", "prod/Viewer", "1 hour", "curious about the new DAG")
	old := tw.sees("grace", "curious about the new DAG")
	tw.deny("grace", old, "not during the <!channel> audit")
	tw.everyCard("curious about the new DAG", 3, "Denied by Grace Adeyemi", "not during the <!channel> audit")
	tw.click(old, "Approve")
	tw.sees("grace", "Your decision was not applied", "Grace Adeyemi has denied the request")
	if !tw.free("ada", "prod/Viewer") || tw.creations("ada", "prod/Viewer") != 0 {
		t.Error("a denied request gave access")
	}
	for _, m := range tw.about("audit") {
		if n := m.Notifies(); len(n) > 0 {
			t.Errorf("the reason notifies %q", n)
		}
	}
}

func TestCancelledWhileItWaits(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.ask("ada", "prod/Viewer", "1 hour", "asked by mistake")
	old := tw.sees("grace", "asked by mistake")
	mine := tw.sees("ada", "asked by mistake")
	if err := mine.Button("Cancel request").Decline(); err == nil {
		t.Fatal("nothing asks before it cancels")
	}
	tw.click(mine, "Cancel request")
	tw.everyCard("asked by mistake", 3, "Cancelled")
	tw.click(old, "Approve")
	tw.sees("grace", "Your decision was not applied", "Ada Lindqvist has cancelled the request")
	tw.click(mine, "Cancel request")
	tw.sees("ada", "Nothing was cancelled or given back")
	if !tw.free("ada", "prod/Viewer") {
		t.Error("a cancelled request gave access")
	}
}

func TestGivenBackWhileItIsBeingCreated(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.IdentityCenter.SetNeverCompletes(true)
	tw.ask("ada", "prod/User", "1 hour", "changed my mind")
	mine := tw.sees("ada", "changed my mind") // the rendering with the button stays in front of her
	tw.press("grace", "Approve", "changed my mind")
	tw.eventually("AWS has the creation", func() bool { return tw.creations("ada", "prod/User") == 1 })
	tw.click(mine, "Cancel request")
	tw.sees("ada", "changed my mind", "being taken away", "given back")
	tw.IdentityCenter.SetNeverCompletes(false)
	tw.IdentityCenter.CompleteOperations()
	tw.sees("ada", "changed my mind", "Access has ended", "given back")
	if !tw.free("ada", "prod/User") || tw.creations("ada", "prod/User") != 1 || tw.deletions("ada", "prod/User") != 1 {
		t.Errorf("%+v", tw.IdentityCenter.Operations())
	}
	tw.everyCard("changed my mind", 4, "given back")
}

func TestLapsedAndALateClick(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.ask("ada", "prod/Viewer", "1 hour", "nobody looks")
	old := tw.sees("grace", "nobody looks")
	tw.advance(8*time.Hour + time.Minute)
	tw.click(old, "Approve") // before or after the cards say it: late is late
	tw.everyCard("nobody looks", 3, "apsed")
	tw.sees("grace", "Your decision was not applied", "nobody decided it")
	tw.sees("ada", "nobody looks", "You can ask again with "+sandbox.Command)
	if !tw.free("ada", "prod/Viewer") {
		t.Error("a late click gave access")
	}
}

func TestAClickInTimeCountsThoughOktaAnswersAfterTheLapse(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.ask("ada", "prod/Viewer", "1 hour", "just in time")
	card := tw.sees("grace", "just in time")
	tw.advance(8*time.Hour - time.Minute)
	down(tw.Okta.Faults())
	tw.click(card, "Approve")
	tw.sees("grace", "Checking…")
	tw.advance(3 * time.Minute) // past the lapse
	tw.eventually("Okta is asked again", func() bool { return tw.Okta.Faults().Count("ListUsers") >= 2 })
	tw.sees("ada", "just in time", "Waiting for approval")
	tw.Okta.Faults().Clear()
	tw.advance(20 * time.Second)
	tw.sees("ada", "just in time", "Access is active")
	if !tw.has("ada", "prod/Viewer") {
		t.Error("a click in time was lost")
	}
	if n := len(tw.about("Checking…")); n != 1 {
		t.Errorf("told %d times that it is being checked", n)
	}
}

func TestNobodyApprovesThemselves(t *testing.T) {
	t.Parallel()
	open := func(w *sandbox.World, yaml string) string {
		engineers := ""
		for _, g := range w.Okta.Groups() {
			if g.Name == "Data engineers" {
				engineers = g.ID
			}
		}
		// A wide rule and a narrow one that both name the requester.
		return rules("prod/Viewer", `{okta_group: "`+engineers+`"}, {person: "ada@example.com"}, manager`)(w, yaml)
	}
	person := func(w *sandbox.World, yaml string) string {
		return strings.Replace(open(w, yaml), "okta:\n", "okta:\n  person_attribute: employeeNumber\n", 1)
	}
	for name, c := range map[string]struct {
		file func(*sandbox.World, string) string
		// again returns who presses Approve on the card in the channel.
		again func(tw *town) string
	}{
		"her own click, wide and narrow rule together": {open, func(*town) string { return "ada" }},
		"a second Slack account with her address": {open, func(tw *town) string {
			tw.newcomer("ada2", "ada@example.com", "", func(*okta.User) bool { return false }, nil)
			return "ada2"
		}},
		"a second Okta user of the same human": {person, func(tw *town) string {
			if err := tw.Okta.SetProfile("ada@example.com", map[string]any{"employeeNumber": "1007"}); err != nil {
				tw.Fatal(err)
			}
			tw.newcomer("ada3", "ada.admin@example.com", "ada", func(u *okta.User) bool {
				u.Profile["employeeNumber"] = "1007"
				return true
			}, nil)
			return "ada3"
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tw := settleWith(t, quick(), c.file)
			who := c.again(tw)
			tw.ask("ada", "prod/Viewer", "1 hour", "I trust myself")
			tw.click(tw.card(who, "I trust myself"), "Approve")
			tw.sees(who, "Your decision was not applied", "nobody decides their own request")
			if len(tw.as(who).Messages("")) == 0 || !tw.free("ada", "prod/Viewer") {
				t.Error("somebody approved their own request")
			}
			tw.click(tw.card("ben", "I trust myself"), "Approve") // the wide rule names him
			tw.sees("ada", "I trust myself", "Access is active")
		})
	}
}

func TestHerOwnManagerIsToldWhenAskingThatNobodyCouldDecide(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.ask("vera", "prod/Viewer", "1 hour", "I am the CTO")
	tw.sees("vera", "Your request was not made", "nobody could decide this request")
	if cards := tw.about("I am the CTO"); len(cards) != 0 {
		t.Errorf("there are cards for a request that nobody can decide: %d", len(cards))
	}
}

func TestWhoMayDecideIsAskedWhenTheClickIsApplied(t *testing.T) {
	t.Parallel()
	t.Run("the manager has changed", func(t *testing.T) {
		t.Parallel()
		tw := settle(t, quick())
		tw.ask("ada", "prod/Viewer", "1 hour", "moved to Henry's team")
		old := tw.sees("grace", "moved to Henry's team")
		if err := tw.Okta.SetProfile(tw.Person("ada").Login, map[string]any{"managerId": tw.Person("henry").Login}); err != nil {
			t.Fatal(err)
		}
		tw.click(old, "Approve")
		tw.sees("grace", "Your decision was not applied", "not one of the people who may decide")
		if !tw.free("ada", "prod/Viewer") {
			t.Fatal("a former manager gave access")
		}
		tw.click(tw.card("henry", "moved to Henry's team"), "Approve") // who got no card may
		tw.sees("ada", "moved to Henry's team", "Access is active", "Approved by Henry")
	})
	t.Run("out of the group", func(t *testing.T) {
		t.Parallel()
		tw := settle(t, quick())
		tw.ask("pavel", "prod/Admin", "30 minutes", "rotate the key")
		old := tw.sees("sam", "rotate the key")
		for _, g := range tw.Okta.Groups() {
			if g.Name == "Security on call" {
				if err := tw.Okta.SetMember(g.ID, tw.Person("sam").OktaID, false); err != nil {
					t.Fatal(err)
				}
			}
		}
		tw.click(old, "Approve")
		tw.sees("sam", "Your decision was not applied", "not one of the people who may decide")
		tw.deny("sam", old, "then no")
		tw.eventually("he is refused twice", func() bool { return len(tw.about("Your decision was not applied")) == 2 })
		if !tw.free("pavel", "prod/Admin") {
			t.Error("somebody who left the group gave access")
		}
	})
}

func TestADoubleClickIsOneDecision(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.ask("ada", "prod/Viewer", "1 hour", "click click")
	card := tw.sees("grace", "click click")
	if _, _, err := card.Button("Approve").DoubleClick(tw.ctx()); err != nil {
		t.Fatal(err)
	}
	tw.sees("ada", "click click", "Access is active")
	tw.eventually("AWS was asked once", func() bool { return tw.creations("ada", "prod/Viewer") == 1 })
	tw.advance(time.Hour + time.Minute)
	tw.sees("ada", "click click", "Access has ended")
	if tw.creations("ada", "prod/Viewer") != 1 || !tw.free("ada", "prod/Viewer") {
		t.Error("one request became two grants")
	}
	if wrong := tw.about("Your decision was not applied"); len(wrong) > 0 {
		t.Errorf("what she decided was applied, and she is told that it was not: %s", wrong[0].Visible())
	}
}

func TestTwoApproversAtTheSameMoment(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.ask("ada", "prod/User", "1 hour", "both are awake")
	cards := map[string]workspace.Message{"grace": tw.sees("grace", "both are awake"), "olivia": tw.sees("olivia", "both are awake")}
	ready, done := make(chan struct{}), make(chan error, 2)
	for _, m := range cards {
		go func() {
			<-ready
			_, err := m.Button("Approve").Click(tw.ctx())
			done <- err
		}()
	}
	close(ready)
	for range cards {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	tw.sees("ada", "both are awake", "Access is active")
	winner, loser := "Grace Adeyemi", "olivia"
	if len(tw.about("both are awake", "Approved by Olivia Brandt")) > 0 {
		winner, loser = "Olivia Brandt", "grace"
	}
	tw.sees(loser, "Your decision was not applied", winner+" has approved the request")
	tw.everyCardNow("both are awake", "Approved by "+winner)
	if tw.creations("ada", "prod/User") != 1 {
		t.Error("two approvals made two assignments")
	}
}
