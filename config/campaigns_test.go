package config

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/access"
)

// campaigned is the example with the campaign that is commented out in it.
func campaigned(t testing.TB) string {
	t.Helper()
	head, tail, found := strings.Cut(example(t), "\n# campaigns:")
	block, rest, ends := strings.Cut(tail, "\n\n")
	if !found || !ends {
		t.Fatal("the example has no campaign")
	}
	return head + "\ncampaigns:" + regexp.MustCompile(`(?m)^# `).ReplaceAllString(block, "") + "\n\n" + rest
}

func TestTheExamplesCampaign(t *testing.T) {
	t.Parallel()
	text := campaigned(t)
	c, err := Parse("airpass.yaml", []byte(text), testEnv)
	if err != nil {
		t.Fatal(err)
	}
	if err := sees(t, validator(t), text); err != nil {
		t.Errorf("an editor refuses it: %v", err)
	}
	one, is := c.Campaign("quarterly")
	if !is || len(c.Campaigns) != 1 || len(c.Warnings) > 0 {
		t.Fatalf("%+v, %v", c.Campaigns, c.Warnings)
	}
	if one.Scope != access.AllHolders || one.OlderThan != 30*day || !slices.Equal(one.Targets, []string{"prod/Viewer", "prod/Admin"}) || one.When == "" ||
		one.Deadline != 14*day || one.RemindEvery != 2*day || one.Silence != access.SilenceEscalates || one.RemoveStanding ||
		!slices.Equal(one.Reviewers, []access.Approver{{Kind: access.ApproverManager}}) || !slices.Equal(one.Fallback, []access.Approver{{Kind: access.ApproverOwner}}) ||
		!slices.Equal(one.EscalateTo, []access.Approver{{Kind: access.ApproverGroup, Value: "00g7securityOnCall01"}}) {
		t.Errorf("%+v", one)
	}
	if next := one.Calendar.Next(time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)); !next.Equal(time.Date(2027, 1, 1, 8, 0, 0, 0, time.UTC)) {
		t.Errorf("the next is at %s", next)
	}
	if _, is := c.Campaign("yearly"); is {
		t.Error("there is no such campaign, and it was found")
	}
	again, err := Parse("airpass.yaml", []byte(text), testEnv)
	if err != nil || !Same(c, again) {
		t.Errorf("the same file means something else: %v", err)
	}
	other, err := Parse("airpass.yaml", []byte(strings.Replace(text, "CRON_TZ=Europe/Berlin", "CRON_TZ=Europe/Rome", 1)), testEnv)
	if err != nil || Same(c, other) || len(NeedRestart(c, other)) > 0 {
		t.Errorf("another zone means the same, or needs a restart: %v", err)
	}
}

func TestWhatACampaignLeavesOut(t *testing.T) {
	t.Parallel()
	c, err := Parse("airpass.yaml", []byte(example(t)+"\ncampaigns: [{name: yearly, schedule: '@yearly', reviewers: [environment_owners]}]\n"), testEnv)
	if err != nil {
		t.Fatal(err)
	}
	one := c.Campaigns[0]
	if one.Scope != access.AllHolders || one.OlderThan != 0 || one.Targets != nil || one.Deadline != 14*day || one.RemindEvery != 2*day || one.Silence != access.SilenceRevokes ||
		!slices.Equal(one.Fallback, []access.Approver{{Kind: access.ApproverPerson, Value: "grace@example.com"}}) {
		t.Errorf("%+v", one)
	}
}

func brokenCampaigns() []broken {
	const p = "campaigns[0]."
	return []broken{
		{name: "no name", old: "- name: quarterly\n    schedule", new: "- schedule", field: p + "name", message: "is missing"},
		{name: "the same name", old: "\n# sandbox:", new: "\n  - {name: quarterly, schedule: \"@yearly\", reviewers: [manager]}\n# sandbox:", mark: "  - {name: quarterly", field: "campaigns[1].name", message: "earlier campaign"},
		{name: "unknown field", old: "    deadline:", new: "    dedline:", field: p + "dedline", message: "not a known field", mend: "deadline"},
		{name: "unknown field of the scope", old: "      older_than:", new: "      older:", field: p + "scope.older", message: "not a known field"},
		{name: "no schedule", old: "    schedule: ", new: "    # ", mark: "  - name: quarterly", field: p + "schedule", message: "is missing", mend: "CRON_TZ="},
		{name: "an interval", old: `"CRON_TZ=Europe/Berlin 0 9 1 1,4,7,10 *"`, new: `"@every 720h"`, field: p + "schedule", message: "no moments of its own", mend: "CRON_TZ=Europe/Berlin"},
		{name: "this machine's zone", old: "CRON_TZ=Europe/Berlin", new: "CRON_TZ=Local", field: p + "schedule", message: "another machine", mend: "name a zone"},
		{name: "no such zone", old: "CRON_TZ=Europe/Berlin", new: "CRON_TZ=Europe/Berln", field: p + "schedule", message: "unknown time zone"},
		{name: "a day that never is", old: "0 9 1 1,4,7,10 *", new: "0 9 31 2 *", field: p + "schedule", message: "never fires", mend: "day that exists"},
		{name: "too often", old: "0 9 1 1,4,7,10 *", new: "0 9 * * 1", mark: "deadline: 14d", field: p + "deadline", message: "one begins 167h after another", mend: "6d or less"},
		{name: "too often without a deadline", old: "    deadline: 14d ", new: "    # ", mark: "schedule: \"CRON_TZ=Europe/Berlin 0 9 *", field: p + "schedule", message: "one begins 23h after another", mend: "the day on which clocks go forward is shorter"},
		{name: "an unknown scope", old: "access: holders", new: "access: holder", field: p + "scope.access", message: "not known", mend: "write holders"},
		{name: "an age of what has none", old: "access: holders", new: "access: standing", mark: "older_than: 30d", field: p + "scope.older_than", message: "is not known"},
		{name: "no such target", old: "[prod/Viewer, prod/Admin]", new: "[prod/Viewer, prod/Admn]", field: p + "scope.targets[1]", message: "there is no target", mend: "did you mean prod/Admin"},
		{name: "no such environment", old: "[prod/Viewer, prod/Admin]", new: "[prod/Viewer, prd/Admin]", field: p + "scope.targets[1]", message: "there is no target", mend: "prod/Admin"},
		{name: "no targets", old: "[prod/Viewer, prod/Admin]", new: "[]", field: p + "scope.targets", message: "is empty"},
		{name: "no filter", old: `when: role == "Admin" || person.department != "Data"`, new: `when: role == "Admin" || person.depatment != "Data"`, field: p + "scope.when", message: "undefined field 'depatment'", mend: "docs/campaigns.md"},
		{name: "a filter about requests", old: `when: role == "Admin" || person.department != "Data"`, new: `when: extension`, field: p + "scope.when", message: "undeclared reference to 'extension'"},
		{name: "a filter of nothing", old: `when: role == "Admin" || person.department != "Data"`, new: `when: "false"`, field: p + "scope.when", message: "never holds"},
		{name: "no reviewers", old: "    reviewers: [manager] ", new: "    # ", mark: "  - name: quarterly", field: p + "reviewers", message: "is missing"},
		{name: "a user group of Slack", old: "reviewers: [manager]", new: "reviewers: [{slack_group: S0123456789}]", field: p + "reviewers", message: "known in Okta"},
		{name: "nobody to stand in", old: "    fallback: [environment_owners] ", new: "    # ", mark: "  - name: quarterly", field: p + "fallback", message: "there are no admins"},
		{name: "reminded too late", old: "remind_every: 2d", new: "remind_every: 14d", field: p + "remind_every", message: "not before the deadline"},
		{name: "an unknown silence", old: "silence: escalate", new: "silence: revok", field: p + "silence", message: "not known", mend: "write revoke"},
		{name: "nobody to escalate to", old: "    escalate_to: ", new: "    # ", mark: "silence: escalate", field: p + "silence", message: "nobody to escalate to", mend: "escalate_to"},
		{name: "escalated in vain", old: "silence: escalate", new: "silence: keep", mark: "escalate_to: ", field: p + "escalate_to", message: "never asked"},
		{name: "no standing access in scope", old: "access: holders", new: "access: grants", mark: "remove_standing: true", field: p + "remove_standing", message: "says nothing"},
		{name: "no owners", old: "reviewers: [manager]", new: "reviewers: [environment_owners]", field: p + "reviewers", message: "the environment prod has no owners"},
	}
}

func TestACampaignThatTakesStandingAccessAwayIsWarnedOf(t *testing.T) {
	t.Parallel()
	for silence, words := range map[string]string{"silence: escalate": "has a reviewer's no take away", "silence: revoke": "has a reviewer's no, and silence, take away"} {
		text := strings.Replace(strings.Replace(campaigned(t), "remove_standing: false", "remove_standing: true", 1), "silence: escalate", silence, 1)
		if silence == "silence: revoke" {
			text = strings.Replace(text, "    escalate_to:", "    # escalate_to:", 1)
		}
		c, err := Parse("airpass.yaml", []byte(text), testEnv)
		if err != nil || !c.Campaigns[0].RemoveStanding || len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0].Message, words) || !strings.Contains(c.Warnings[0].Mend, "reviews preview quarterly") {
			t.Errorf("%v %+v", err, c)
		}
	}
}

func TestBrokenCampaigns(t *testing.T) {
	t.Parallel()
	for _, b := range brokenCampaigns() {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			text := campaigned(t)
			switch b.name { // what else has to be so for it
			case "nobody to stand in":
				text = strings.Replace(text, "admins: [", "# admins: [", 1)
			case "no standing access in scope":
				text = strings.Replace(text, "remove_standing: false", "remove_standing: true", 1)
			case "no owners":
				text = strings.Replace(text, "    owners: [grace@example.com, linus@example.com]", "    #", 1)
				text = strings.Replace(text, "      - {okta_group: 00g7securityOnCall01}", "      - manager", 1)
			case "too often without a deadline":
				text = strings.Replace(text, "0 9 1 1,4,7,10 *", "0 9 * * *", 1)
			}
			if !strings.Contains(text, b.old) {
				t.Fatalf("the example has no %q", b.old)
			}
			find(t, strings.Replace(text, b.old, b.new, 1), b)
		})
	}
}
