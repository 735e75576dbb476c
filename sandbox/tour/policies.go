package tour

import (
	"fmt"
	"strings"

	"airpass/sandbox"
	"airpass/sandbox/workspace"
)

// securityChannel is told at once of what is taken without a decision.
const securityChannel = "C0SECURITY"

// policies decide some targets in the chapters that are about deciding; SECURITYGROUP and
// PLATFORMGROUP stand for the ids of Okta groups.
const policies = `policies:
  - name: two-stages
    stages:
      - name: data
        approvers: [manager, environment_owners]
        required: 2
      - name: security
        approvers: [{okta_group: SECURITYGROUP}]
  - name: owners-then-security
    stages:
      - name: owners
        approvers: [environment_owners]
        remind_after: 30m
        widen_after: 2h
        widen_to: [{okta_group: SECURITYGROUP}]
  - name: at-once
    stages:
      - name: security
        approvers: [{okta_group: SECURITYGROUP}]
    break_glass:
      requesters: [PLATFORMGROUP]
      max_duration: 1h
      channel: ` + securityChannel + `
      reviewers: [{okta_group: SECURITYGROUP}]
      review_within: 2d
      remind_every: 1d
`

// settleSecurity makes the channel of the security team.
func settleSecurity(w *sandbox.World) {
	w.Slack.AddChannel(workspace.Channel{ID: securityChannel, Name: "security", Private: true,
		Members: []string{w.Slack.App().BotUserID, w.Person("sam").SlackID, w.Person("vera").SlackID}})
}

// governed is a world's configuration file with policies for some targets in place of
// their lists of approvers.
func governed(w *sandbox.World, file string) (string, error) {
	filled := strings.NewReplacer("SECURITYGROUP", w.SecurityGroup(), "PLATFORMGROUP", w.PlatformGroup()).Replace(policies)
	return ruled(w, file, filled, map[string]string{"prod/Op": "two-stages", "dev/Admin": "owners-then-security", "prod/Admin": "at-once"})
}

// ruled has policies decide about targets, by the names of both.
func ruled(w *sandbox.World, file, policies string, by map[string]string) (string, error) {
	for target, policy := range by {
		head, rest, found := strings.Cut(file, "permission_set_name: \""+w.Target(target).PermissionSetName+"\"\n")
		between, after, listed := strings.Cut(rest, "    approvers: [")
		_, after, ended := strings.Cut(after, "]\n")
		if !found || !listed || !ended || strings.Contains(between, "- environment:") {
			return "", fmt.Errorf("the sandbox's configuration has no list of approvers for %s", target)
		}
		file = head + "permission_set_name: \"" + w.Target(target).PermissionSetName + "\"\n" + between + "    policy: " + policy + "\n" + after
	}
	return strings.Replace(file, "\ntargets:\n", "\n"+policies+"targets:\n", 1), nil
}
