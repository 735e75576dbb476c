package bot_test

import (
	"strings"
	"testing"
	"time"

	"airpass/sandbox"
	"airpass/sandbox/workspace"
)

// Members of a Slack user group decide, and whoever has left it by the click does not.
func TestMembersOfASlackUserGroupDecide(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), rules("prod/User", "{slack_group: S0LEADS}"))
	leads := func(who ...string) {
		g := workspace.UserGroup{ID: "S0LEADS", Handle: "leads"}
		for _, key := range who {
			g.Users = append(g.Users, tw.Person(key).SlackID)
		}
		tw.Slack.AddUserGroup(g)
	}
	leads("ada", "olivia", "sam")
	tw.ask("ada", "prod/User", "1 hour", "backfill")
	card := tw.card("sam", "backfill")
	leads("ada", "olivia")
	tw.click(card, "Approve")
	tw.sees("sam", "Your decision was not applied", "not one of the people who may decide")
	if tw.creations("ada", "prod/User") != 0 {
		t.Fatal("somebody who had left the group gave access")
	}
	tw.click(tw.card("olivia", "backfill"), "Approve")
	tw.eventually("ada has access", func() bool { return tw.has("ada", "prod/User") })
}

// Who is on call when the click is judged decides; who has handed the shift over does not.
func TestWhoIsOnCallDecides(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), rules("prod/User", "{on_call: "+sandbox.Schedule+"}"))
	onCall := func(who ...string) {
		var emails []string
		for _, key := range who {
			emails = append(emails, tw.Person(key).Email)
		}
		if err := tw.PagerDuty.SetOnCall(sandbox.Schedule, emails...); err != nil {
			t.Fatal(err)
		}
	}
	onCall("sam")
	tw.ask("ada", "prod/User", "1 hour", "backfill")
	late := tw.sees("sam", "backfill")
	if strings.Contains(tw.inbox("olivia"), "backfill") {
		t.Error("somebody was asked who is not on call")
	}
	onCall("olivia", "ada")
	tw.click(late, "Approve")
	tw.sees("sam", "Your decision was not applied", "not one of the people who may decide")
	tw.click(tw.card("ada", "backfill"), "Approve")
	tw.sees("ada", "nobody decides their own request")
	if tw.creations("ada", "prod/User") != 0 {
		t.Fatal("somebody who is not on call gave access, or the requester did")
	}
	tw.click(tw.card("olivia", "backfill"), "Approve")
	tw.eventually("ada has access", func() bool { return tw.has("ada", "prod/User") })
}

// While PagerDuty does not answer, nobody is taken for being on call, and the others of the
// stage decide.
func TestWhilePagerDutyDoesNotAnswerTheOthersDecide(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), rules("prod/User", "{on_call: "+sandbox.Schedule+"}, manager"))
	tw.ask("ada", "prod/User", "1 hour", "backfill")
	tw.sees("olivia", "backfill")
	down(tw.PagerDuty.Faults())
	tw.click(tw.card("olivia", "backfill"), "Approve")
	tw.sees("olivia", "Checking… PagerDuty does not answer")
	tw.advance(11 * time.Minute)
	tw.sees("olivia", "Your decision was not applied", "did not answer in time")
	if tw.creations("ada", "prod/User") != 0 {
		t.Fatal("somebody was taken for being on call")
	}
	tw.ask("ben", "prod/User", "1 hour", "asked in the outage")
	tw.click(tw.card("grace", "asked in the outage"), "Approve")
	tw.eventually("ben has access", func() bool { return tw.has("ben", "prod/User") })
	tw.press("grace", "Approve", "backfill")
	tw.eventually("ada has access", func() bool { return tw.has("ada", "prod/User") })
}

// Who is on call passes, where a rule says so; while PagerDuty does not answer nobody does.
func TestARuleLetsWhoIsOnCallPass(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), func(w *sandbox.World, yaml string) string {
		yaml = strings.Replace(yaml, "\npagerduty:\n", "\npagerduty:\n  on_call: ["+sandbox.Schedule+"]\n", 1)
		return decidedBy("prod/User", `  - name: story
    stages:
      - name: manager
        approvers: [manager]
    rules:
      - name: who is on call
        when: requester.on_call
        approve: true
`)(w, yaml)
	})
	tw.ask("ada", "prod/User", "1 hour", "not on call")
	tw.sees("grace", "not on call")
	if err := tw.PagerDuty.SetOnCall(sandbox.Schedule, tw.Person("ben").Email); err != nil {
		t.Fatal(err)
	}
	tw.ask("ben", "prod/User", "1 hour", "it pages me")
	tw.sees("ben", "it pages me", "Access is active", "by the rule “who is on call”")
	if !tw.has("ben", "prod/User") {
		t.Error("he has it not")
	}
	if err := tw.PagerDuty.SetOnCall(sandbox.Schedule, tw.Person("chen").Email); err != nil {
		t.Fatal(err)
	}
	down(tw.PagerDuty.Faults())
	tw.ask("chen", "prod/User", "1 hour", "in the outage")
	tw.sees("grace", "in the outage", "May be decided by the manager")
	if !tw.untouched("chen", "prod/User") || !tw.untouched("ada", "prod/User") {
		t.Error("somebody passed who is not known to be on call")
	}
}
