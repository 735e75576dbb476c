package setup

import (
	"fmt"
	"strings"

	"airpass/outbound"
)

// Tag is the tag of the permission sets that airpass setup makes. Its value is the id of
// their target. What does not carry it is never changed.
const Tag = "airpass"

// SetupRole is what airpass setup plan and setup apply have to be allowed: a role of its
// own, which nothing that serves can assume. Permission sets are made with the tag, and
// changed with the tag.
// See https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiamidentitycenter.html.
func (d Deployment) SetupRole() IAMRole {
	var reads, changes []string
	for _, s := range outbound.Setup() {
		switch {
		case s.Vendor != outbound.IdentityCenter && s.Vendor != outbound.IdentityStore, s == outbound.CreatePermissionSet:
		case s.Changes:
			changes = append(changes, action(s))
		default:
			reads = append(reads, action(s))
		}
	}
	sets := []string{permissionSetsOf(d.Instance)}
	tagged := func(s Statement, key string) Statement {
		s.Condition = Condition{"StringLike": {key + "/" + Tag: {"?*"}}}
		return s
	}
	accounts := d.accounts()
	policy := document(
		allow("Read", reads, []string{"*"}),
		tagged(allow("MakePermissionSetsWithTheTag", []string{action(outbound.CreatePermissionSet)}, append(sets, d.Instance)), "aws:RequestTag"),
		tagged(allow("ChangePermissionSetsThatCarryTheTag", changes, sets), "aws:ResourceTag"),
		allow("WhereTheyAre", changes, append(accounts, d.Instance)), // which carry no tags
	)
	return IAMRole{ARN: d.Setup.ARN, Purpose: "opt-in: airpass setup plan and setup apply; nothing that serves needs it", Policy: policy, Trust: d.trustOf(d.Setup)}
}

// cutting is what cuts sessions: it writes the policies of permission sets that carry the
// tag, and brings them to the accounts of the targets.
func (d Deployment) cutting() []Statement {
	var reads, changes []string
	for _, s := range outbound.Cutting() {
		if s.Changes {
			changes = append(changes, action(s))
		} else {
			reads = append(reads, action(s))
		}
	}
	tagged := allow("CutSessionsOfPermissionSetsThatCarryTheTag", changes, []string{permissionSetsOf(d.Instance)})
	tagged.Condition = Condition{"StringLike": {"aws:ResourceTag/" + Tag: {"?*"}}}
	return []Statement{
		allow("SeePermissionSets", reads, []string{"*"}), tagged,
		allow("WhereSessionsAreCut", changes, append(d.accounts(), d.Instance)), // which carry no tags
	}
}

// trustOf is the trust policy of a role that has an ARN.
func (d Deployment) trustOf(who Assumed) *Document {
	if who.ARN == "" {
		return nil
	}
	return d.trust(who)
}

// permissionSetsOf are all permission sets of an instance, as IAM names them.
func permissionSetsOf(instance string) string {
	return fmt.Sprintf("arn:%s:sso:::permissionSet/%s/*", partition(instance), instance[strings.LastIndexByte(instance, '/')+1:])
}

// accounts are the accounts of the targets.
func (d Deployment) accounts() []string {
	var all []string
	for _, t := range d.Targets {
		all = append(all, fmt.Sprintf("arn:%s:sso:::account/%s", partition(d.Instance), t.Environment.Account))
	}
	return once(all)
}
