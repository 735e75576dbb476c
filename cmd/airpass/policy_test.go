package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"airpass/approvals"
)

const officePolicy = `
policies:
  - name: careful
    stages:
      - {name: owners, approvers: [manager, environment_owners], required: 2, remind_after: 1h, widen_after: 2h, widen_to: [managers_manager, {on_call: P0PLATFORM}]}
    fallback: [{person: henry@example.com}]
    rules:
      - {name: short, when: 'duration <= duration("30m")', approve: true}
      - {name: weekend, when: 'now.getDayOfWeek("UTC") in [0, 6]', stages: [{name: lead, approvers: [{person: sam@example.com}]}], max_duration: 1h}
    min_duration: 20m
targets:`

// policied writes the office's configuration with every target decided by officePolicy.
func (o *office) policied() {
	o.t.Helper()
	var out []string
	for line := range strings.Lines(string(o.Config("sqlite:" + filepath.Join(filepath.Dir(o.file), "airpass.db")))) {
		if strings.HasPrefix(line, "    approvers: [") {
			line = "    policy: careful\n"
		}
		out = append(out, line)
	}
	o.write(o.file, []byte(strings.Replace(strings.Join(out, ""), "\ntargets:", officePolicy, 1)))
}

func TestPolicyExplain(t *testing.T) {
	o := open(t)
	o.policied()
	explain := func(args ...string) result { return o.cli(append([]string{"policy", "explain"}, args...)...) }

	r := explain("--user", "ada@example.com", "--target", "prod/User", "--duration", "1h", "--at", "2026-11-24T10:00:00Z").want(t, 0,
		"Ada Lindqvist <ada@example.com> may ask for prod/User for 1h0m0s", "policy careful", "limits: 20m0s to 8h0m0s",
		`rule "short" does not hold`, `rule "weekend" does not hold`, `stage 1 "owners", from the policy: 2 of`,
		"manager: Grace Adeyemi <grace@example.com>", "environment_owners:olivia@example.com: Olivia Brandt", "reminded after 1h0m0s",
		"after 2h0m0s also", "managers_manager: Vera Holm", "on_call:P0PLATFORM: Olivia Brandt", "in place of who is absent", "Henry Castellanos")
	if strings.Contains(r.out, "stage 2") {
		t.Error(r.out)
	}
	explain("--user", "ada@example.com", "--target", "prod/User", "--duration", "1h", "--at", "2026-11-28T10:00:00Z").want(t, 0,
		`rule "weekend" holds`, "limits: 20m0s to 1h0m0s", `stage 2 "lead", from the rule weekend: 1 of`, "Sam Whitfield")
	explain("--user", "ada@example.com", "--target", "prod/User", "--duration", "30m", "--at", "2026-11-24T10:00:00Z").want(t, 0,
		`nobody has to decide it: rule "short" lets it pass`)
	for _, refused := range [][]string{
		{"--user", "ada@example.com", "--target", "prod/User", "--duration", "2h", "--at", "2026-11-28T10:00:00Z", "longer than a rule of the policy allows"},
		{"--user", "ada@example.com", "--target", "prod/Admin", "--duration", "1h", "not in one of the Okta groups"},
		{"--user", "ada@example.com", "--target", "prod/User", "--duration", "15m", "shorter than the policy allows"},
		{"--user", "dora@example.com", "--target", "prod/User", "--duration", "1h", "not ACTIVE in Okta"},
	} {
		last := len(refused) - 1
		explain(refused[:last]...).want(t, exitFinding, "may not ask", refused[last])
	}
	explain("--user", "nobody@example.com", "--target", "prod/User").want(t, exitFailed, "knows nobody")
	explain("--user", "ada@example.com", "--target", "prod/Nothing").want(t, exitFailed, "no target prod/Nothing")
	explain("--user", "ada@example.com", "--target", "prod/User", "--at", "today").want(t, exitUsage, "--at")
	explain("--user", "ada@example.com", "--target", "prod/User", "--duration", "long").want(t, exitUsage, "--duration")

	// Olivia owns the environment; she cannot decide for herself, so that Henry stands in.
	r = explain("--json", "--user", "pavel@example.com", "--target", "prod/User", "--duration", "1h", "--at", "2026-11-24T10:00:00Z").want(t, 0)
	var e approvals.Explanation
	if err := json.Unmarshal([]byte(r.out), &e); err != nil {
		t.Fatal(err)
	}
	if !e.MayAsk || len(e.Stages) != 1 || e.Stages[0].Required != 2 || len(e.Stages[0].Who) != 2 || e.Stages[0].Who[0].People[0].Login != "olivia@example.com" {
		t.Errorf("%+v", e)
	}
}

func TestPolicyTest(t *testing.T) {
	o := open(t)
	o.policied()
	file := filepath.Join(t.TempDir(), "expect.yaml")
	const head = "people:\n  ada: {login: ada@example.com, groups: []}\nexpect:\n"
	const question = "  - {name: dev for an hour, who: ada, target: dev/User, duration: 1h, at: 2026-11-24T10:00:00Z, "
	o.write(file, []byte(head+question+"stages: [owners]}\n"))
	o.cli("policy", "test", file).want(t, 0, "1 of 1 expectation hold")
	o.write(file, []byte(head+question+"stages: [owners]}\n"+question+"auto: short}\n"))
	o.cli("policy", "test", file).want(t, exitFinding, "dev for an hour", `expected auto "short"`, `came     stages "owners"`, "short: does not hold", "1 of 2 expectations hold")
	o.write(file, []byte(head+question+"atuo: short}\n"))
	o.cli("policy", "test", file).want(t, exitFailed, "unknown field")
	o.cli("policy", "test", "no-such-file.yaml").want(t, exitFailed, "no-such-file.yaml")
}
