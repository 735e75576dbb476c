package bot_test

import (
	"testing"

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
