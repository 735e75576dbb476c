package bot_test

import (
	"strings"
	"testing"
	"time"

	"airpass/sandbox"
)

// decidedBy gives a target a policy in the configuration file; GROUP stands for the Okta
// group of security in it.
func decidedBy(target, policy string) func(*sandbox.World, string) string {
	return func(w *sandbox.World, yaml string) string {
		security := ""
		for _, g := range w.Okta.Groups() {
			if w.Okta.IsMember(g.ID, w.Person("sam").OktaID) && !w.Okta.IsMember(g.ID, w.Person("ada").OktaID) {
				security = g.ID
			}
		}
		yaml = rules(target, "manager")(w, yaml)
		head, rest, found := strings.Cut(yaml, "permission_set_name: \""+w.Target(target).PermissionSetName+"\"")
		if !found || security == "" {
			panic("no such target in the configuration, or no group of security: " + target)
		}
		yaml = head + "permission_set_name: \"" + w.Target(target).PermissionSetName + "\"" + strings.Replace(rest, "approvers: [manager]", "policy: story", 1)
		return strings.Replace(yaml, "\ntargets:", "\npolicies:\n"+strings.ReplaceAll(policy, "GROUP", security)+"targets:", 1)
	}
}

const twoStages = `  - name: story
    stages:
      - name: data
        approvers: [manager, environment_owners]
        required: 2
      - name: security
        approvers: [{okta_group: GROUP}]
    rules:
      - name: a short while
        when: duration <= duration("30m") && !("GROUP" in requester.groups)
        approve: true
    reason: {ticket: 'DATA-[0-9]+'}
`

// Of the policy in the configuration file: two of the first stage, then one of the second,
// followed on the cards.
func TestStagesAreFollowedOnTheCards(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), decidedBy("prod/User", twoStages))
	tw.ask("ada", "prod/User", "1 hour", "DATA-12 backfill")
	tw.sees("grace", "DATA-12 backfill", "Stage 1 of 2 (data): 0 of 2 have agreed")
	tw.press("grace", "Approve", "DATA-12 backfill")
	tw.sees("olivia", "DATA-12 backfill", "Stage 1 of 2 (data): 1 of 2 have agreed", "Grace Adeyemi")
	tw.sees("ada", "DATA-12 backfill", "1 of 2 have agreed")
	if tw.creations("ada", "prod/User") != 0 {
		t.Fatal("one yes of two gave access")
	}
	tw.press("olivia", "Approve", "DATA-12 backfill")
	tw.sees("sam", "DATA-12 backfill", "Stage 2 of 2 (security): 0 of 1 have agreed")
	if tw.creations("ada", "prod/User") != 0 {
		t.Fatal("the first stage gave access")
	}
	tw.press("sam", "Approve", "DATA-12 backfill")
	tw.sees("ada", "DATA-12 backfill", "Access is active")
	if !tw.has("ada", "prod/User") {
		t.Error("she has it not")
	}
}

func TestARuleOfTheFileLetsARequestPass(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), decidedBy("prod/User", twoStages))
	tw.ask("ada", "prod/User", "30 minutes", "DATA-13 a look")
	tw.sees("ada", "DATA-13 a look", "Access is active")
	if !tw.has("ada", "prod/User") {
		t.Error("she has it not")
	}
	for _, who := range []string{"grace", "olivia", "sam"} {
		if strings.Contains(tw.inbox(who), "DATA-13 a look") {
			t.Error(who, "was asked")
		}
	}
}

func TestWidenedAfterTwoHoursAndLapsed(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), decidedBy("prod/User", `  - name: story
    stages:
      - name: manager
        approvers: [manager]
        remind_after: 30m
        widen_after: 2h
        widen_to: [environment_owners]
`))
	tw.ask("ada", "prod/User", "1 hour", "nobody is at work")
	tw.sees("grace", "nobody is at work")
	tw.advance(31 * time.Minute)
	tw.sees("grace", "still waits for your decision")
	if strings.Contains(tw.inbox("olivia"), "nobody is at work") {
		t.Error("widened before its time")
	}
	tw.advance(90 * time.Minute)
	late := tw.sees("olivia", "nobody is at work")
	tw.advance(6 * time.Hour)
	tw.everyCard("nobody is at work", 4, "apsed")
	tw.click(late, "Approve")
	tw.sees("olivia", "Your decision was not applied", "nobody decided it")
	if !tw.free("ada", "prod/User") {
		t.Error("a request that lapsed gave access")
	}
}
