package config

import (
	"errors"
	"strings"
	"testing"
	"time"

	"airpass/access"
)

// policied is the example with a policy, which prod/Admin and staging/User name.
func policied(t testing.TB) string {
	t.Helper()
	head, _, _ := strings.Cut(example(t), "\n# policies:")
	_, tail, _ := strings.Cut(example(t), "\ntargets:")
	text := head + "\n" + examplePolicy + "\ntargets:" + tail
	text = strings.Replace(text, "approvers: [manager, environment_owners] #", "policy: careful #", 1)
	return strings.Replace(text, "    approvers:\n      - {okta_group: 00g7securityOnCall01}\n", "    policy: careful\n", 1)
}

const examplePolicy = `policies:
  - name: careful
    stages:
      - name: owners
        approvers: [manager, environment_owners]
        required: 2
        remind_after: 30m
        widen_after: 2h
        widen_to: [managers_manager]
      - name: security
        approvers: [{okta_group: 00g7securityOnCall01}, {person: sam@example.com}]
    fallback: [{person: linus@example.com}]
    count_twice: true
    rules:
      - name: short looks pass
        when: role == "Viewer"
        approve: true
      - name: weekend
        when: |
          now.getDayOfWeek("Europe/Berlin") in [0, 6] &&
            role == "Admin"
        stages:
          - name: weekend
            approvers: [environment_owners]
      - name: gold
        when: 'environment.tags["tier"] == "gold"'
        max_duration: 1h
    min_duration: 30m
    choices: [2h, 30m, 1h]
    reason: {min_length: 10, ticket: '[A-Z]+-[0-9]+', ticket_link: "https://tickets.example.com/{ticket}"}
`

func TestAPolicyIsTakenByEachTargetForItsEnvironment(t *testing.T) {
	t.Parallel()
	text := strings.Replace(policied(t), "    default_duration: 30m\n", "", 1)
	text = strings.Replace(text, "    default_duration: 4h                # 1h if left out\n", "", 1)
	c, err := Parse("airpass.yaml", []byte(text), testEnv)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Warnings) > 0 {
		t.Error(c.Warnings)
	}
	owner := func(login string) access.Approver {
		return access.Approver{Kind: access.ApproverOwner, Value: login}
	}
	for id, owners := range map[string][]access.Approver{
		"prod/Admin":   {owner("grace@example.com"), owner("linus@example.com")},
		"staging/User": {owner("grace@example.com")},
	} {
		target, _ := c.Target(id)
		p := target.Policy
		if p.Name != "careful" || len(p.Stages) != 2 || len(p.Rules) != 3 || !p.CountTwice || p.Reason.MinLength != 10 || p.MinDuration != 30*time.Minute {
			t.Fatalf("%s: %+v", id, p)
		}
		if got := p.Stages[0]; len(got.Approvers) != 1+len(owners) || got.Approvers[1] != owners[0] || got.Required != 2 ||
			got.RemindAfter != 30*time.Minute || got.WidenAfter != 2*time.Hour || got.WidenTo[0].Kind != access.ApproverManagers2 {
			t.Errorf("%s: %+v", id, got)
		}
		if got := p.Rules[1].Stages[0].Approvers; len(got) != len(owners) || got[len(got)-1] != owners[len(owners)-1] {
			t.Errorf("%s: %+v", id, got)
		}
		if target.DefaultDuration != time.Hour || p.Choices[0] != 30*time.Minute || p.Choices[2] != 2*time.Hour {
			t.Errorf("%s: usually %s of %v", id, target.DefaultDuration, p.Choices)
		}
		if err := target.CheckDuration(90 * time.Minute); !errors.Is(err, access.ErrInvalid) {
			t.Errorf("what is no choice: %v", err)
		}
	}
}

func brokenPolicies() []broken {
	const p = "policies[0]."
	return []broken{
		{name: "both", old: "    policy: careful\n", new: "    policy: careful\n    approvers: [manager]\n", mark: "policy: careful\n    approvers", field: "targets[2].policy", message: "beside approvers"},
		{name: "neither", old: "    policy: careful\n", new: "", mark: "  - environment: prod\n    role: Admin", field: "targets[2].approvers", message: "missing"},
		{name: "no such policy", old: "    policy: careful\n", new: "    policy: carful\n", field: "targets[2].policy", message: "there is no policy", mend: "careful"},
		{name: "twice", old: "\ntargets:", new: "  - {name: careful, stages: [{name: a, approvers: [manager]}]}\ntargets:", mark: "  - {name: careful", field: "policies[1].name", message: "earlier policy"},
		{name: "unused", old: "\ntargets:", new: "  - {name: idle, stages: [{name: a, approvers: [manager]}]}\ntargets:", mark: "  - {name: idle", field: "policies[1].name", message: "no target says", warning: true},
		{name: "no stages", old: "\ntargets:", new: "  - {name: idle}\ntargets:", mark: "  - {name: idle", field: "policies[1].stages", message: "missing", besides: 1},
		{name: "unknown field", old: "    count_twice: true\n", new: "    count_twize: true\n", field: p + "count_twize", message: "not a known field", mend: "count_twice"},
		{name: "unknown field of a stage", old: "        required: 2\n", new: "        requires: 2\n", field: p + "stages[0].requires", message: "not a known field", mend: "required"},
		{name: "more than there are", old: "required: 2\n", new: "required: 3\n", mark: "    policy: careful #", field: "targets[0].policy", message: "2 at most"},
		{name: "more than are named", old: "approvers: [manager, environment_owners]\n        required: 2", new: "approvers: [manager, {person: ada@example.com}]\n        required: 3", mark: "required: 3", field: p + "stages[0].required", message: "2 at most"},
		{name: "reminded too late", old: "remind_after: 30m", new: "remind_after: 8h", field: p + "stages[0].remind_after", message: "request_lapse"},
		{name: "nobody to widen to", old: "        widen_to: [managers_manager]\n", new: "", mark: "widen_after: 2h\n      - name", field: p + "stages[0].widen_after", message: "without widen_to"},
		{name: "never widened", old: "        widen_after: 2h\n", new: "", mark: "widen_to: [managers_manager]", field: p + "stages[0].widen_to", message: "without widen_after"},
		{name: "widened to the same", old: "widen_to: [managers_manager]", new: "widen_to: [manager]", field: p + "stages[0].widen_to", message: "already"},
		{name: "two stages of a name", old: "- name: weekend\n            approvers", new: "- name:  owners\n            approvers", mark: "- name:  owners", field: p + "rules[1].stages[0].name", message: "earlier stage"},
		{name: "two rules of a name", old: "- name: gold\n", new: "- name:  weekend\n", mark: "- name:  weekend", field: p + "rules[2].name", message: "earlier rule"},
		{name: "no effect", old: "        max_duration: 1h\n", new: "", mark: "- name: gold", field: p + "rules[2]", message: "does nothing"},
		{name: "approve: false", old: "        approve: true\n", new: "        approve: false\n", field: p + "rules[0].approve", message: "false"},
		{name: "approve in vain", old: "        approve: true\n", new: "        approve: true\n        stages: [{name: x, approvers: [manager]}]\n", field: p + "rules[0].approve", message: "never counts"},
		{name: "never holds", old: `when: role == "Viewer"`, new: `when: "false"`, field: p + "rules[0].when", message: "never holds"},
		{name: "no condition", old: "        when: role == \"Viewer\"\n", new: "", mark: "- name: short looks pass", field: p + "rules[0].when", message: "missing"},
		{name: "a condition that is none", old: `when: role == "Viewer"`, new: `when: rolle == "Viewer"`, field: p + "rules[0].when", message: "undeclared reference to 'rolle'"},
		{name: "on the second line", old: `  role == "Admin"`, new: `  rolle == "Admin"`, field: p + "rules[1].when", message: "undeclared reference to 'rolle'"},
		{name: "no text", old: `when: role == "Viewer"`, new: `when: 'role'`, field: p + "rules[0].when", message: "must give bool"},
		{name: "on call", old: "{person: sam@example.com}", new: "{on_call: PABCDEF}", field: p + "stages[1].approvers[1].on_call", message: "no section pagerduty"},
		{name: "no user group", old: "{person: sam@example.com}", new: "{slack_group: data-leads}", field: p + "stages[1].approvers[1].slack_group", message: "Slack user group id"},
		{name: "two in one", old: "{person: sam@example.com}", new: "{person: sam@example.com, okta_group: 00g7securityOnCall01}", field: p + "stages[1].approvers[1]", message: "several"},
		{name: "misspelt", old: "widen_to: [managers_manager]", new: "widen_to: [manager_manager]", field: p + "stages[0].widen_to[0]", message: "says not who", mend: "managers_manager"},
		{name: "a choice too short", old: "choices: [2h, 30m, 1h]", new: "choices: [2h, 20m, 30m, 1h]", field: p + "choices[1]", message: "min_duration"},
		{name: "a choice too long", old: "choices: [2h, 30m, 1h]", new: "choices: [30m, 3h]", mark: "    policy: careful\n", field: "targets[2].policy", message: "max_duration"},
		{name: "a default that is no choice", old: "default_duration: 30m", new: "default_duration: 45m", field: "targets[2].default_duration", message: "careful"},
		{name: "no pattern", old: "ticket: '[A-Z]+-[0-9]+'", new: "ticket: '['", field: p + "reason.ticket", message: "RE2"},
		{name: "a pattern of nothing", old: "ticket: '[A-Z]+-[0-9]+'", new: "ticket: '[A-Z]*'", field: p + "reason.ticket", message: "no ticket at all"},
		{name: "no ticket in the link", old: "tickets.example.com/{ticket}", new: "tickets.example.com/", field: p + "reason.ticket_link", message: "{ticket}"},
		{name: "no owners", old: "    owners: [grace@example.com]\n", new: "", mark: "    policy: careful #", field: "targets[0].policy", message: "has no owners"},
		{name: "a limit that is none", old: "        max_duration: 1h\n", new: "        max_duration: 2h\n", mark: "    policy: careful\n", field: "targets[2].policy", message: "no longer than that", warning: true},
		{name: "nobody says who is on call", old: "role == \"Viewer\"", new: "requester.on_call", mark: "        when: requester.on_call", field: p + "rules[0].when", message: "no schedule says it", warning: true},
	}
}

func TestBrokenPolicies(t *testing.T) {
	t.Parallel()
	text := strings.Replace(policied(t), "    default_duration: 4h                # 1h if left out\n", "", 1)
	for _, b := range brokenPolicies() {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(text, b.old) {
				t.Fatalf("the example has no %q", b.old)
			}
			find(t, strings.Replace(text, b.old, b.new, 1), b)
		})
	}
}

// A mistake is reported where it stands in the file, however the condition is written.
func TestAMistakeInAConditionHasItsPlaceInTheFile(t *testing.T) {
	t.Parallel()
	const whole = `when: role == "Viewer"`
	for written, mark := range map[string]string{
		`when: role == "Viewer" && oops`:                         "oops",
		`when: 'role == "Viewer" && oops'`:                       "oops",
		`when: "true && oops"`:                                   "oops",
		"when: |\n          true &&\n            oops":           "oops",
		"when: |-\n          true ||\n\n          oops && false": "oops",
		"when: >-\n          true &&\n          oops":            "when: >-",
		`when: "role == \"x\" && oops"`:                          `"role == \"x`,
	} {
		text := strings.Replace(policied(t), whole, written, 1)
		_, err := Parse("airpass.yaml", []byte(text), testEnv)
		var all Problems
		if !errors.As(err, &all) {
			t.Errorf("%s is accepted", written)
			continue
		}
		at := strings.Index(text, mark)
		if mark == "when: >-" {
			at += len("when: ")
		}
		line, column := 1+strings.Count(text[:at], "\n"), at-strings.LastIndex(text[:at], "\n")
		found := false
		for _, p := range all {
			if strings.Contains(p.Message, "undeclared reference to 'oops'") {
				found = true
				if p.Line != line || p.Column != column {
					t.Errorf("%s: %d:%d, want %d:%d", written, p.Line, p.Column, line, column)
				}
			}
		}
		if !found {
			t.Errorf("%s: %v", written, all)
		}
	}
}

// What is commented out in the example is a policy.
func TestThePolicyOfTheExampleIsOne(t *testing.T) {
	t.Parallel()
	var out []string
	inside := false
	for line := range strings.Lines(example(t)) {
		inside = strings.HasPrefix(line, "# policies:") || inside && strings.HasPrefix(line, "#")
		if inside {
			line = strings.TrimPrefix(line, "# ")
		}
		out = append(out, line)
	}
	text := strings.Replace(strings.Join(out, ""), "    approvers:\n      - {okta_group: 00g7securityOnCall01}\n", "    policy: careful\n", 1)
	c, err := Parse("airpass.yaml", []byte(text), testEnv)
	if err != nil {
		t.Fatal(err)
	}
	admin, _ := c.Target("prod/Admin")
	if len(c.Warnings) > 0 || len(admin.Policy.Rules) != 3 {
		t.Errorf("%v %+v", c.Warnings, admin.Policy)
	}
}
