package setup

import (
	"maps"
	"slices"

	"airpass/access"
	"airpass/outbound"
)

// setSource is what naming the person behind a session has to be allowed besides assuming
// the role: to whoever does it, and by the role.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html.
const setSource = "sts:SetSourceIdentity"

// LoginPolicy limits a session that signs somebody in to one Airflow role of one
// environment, whatever the role may that it is of.
func LoginPolicy(t access.Target) Document {
	return document(allow("ThisRoleAlone", []string{action(outbound.CreateWebLoginToken)}, []string{RoleARN(t.Environment, t.Role)}))
}

// logins are the roles under which people are signed in: one for each account that has a
// target with instant links.
func (d Deployment) logins() []IAMRole {
	opened := map[string][]string{}
	for _, t := range d.Targets {
		if t.Instant {
			opened[t.Environment.Account] = append(opened[t.Environment.Account], RoleARN(t.Environment, t.Role))
		}
	}
	var all []IAMRole
	for _, account := range slices.Sorted(maps.Keys(opened)) {
		who := d.Logins[account]
		role := IAMRole{ARN: who.ARN, Purpose: "signs people in to Airflow in " + account + ", each in their own name", Trust: d.trust(who),
			Policy: document(allow("Logins", []string{action(outbound.CreateWebLoginToken)}, opened[account]))}
		if role.Trust != nil {
			role.Trust.Statement[0].Action = append(role.Trust.Statement[0].Action, setSource)
		}
		all = append(all, role)
	}
	return all
}
