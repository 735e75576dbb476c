package setup

import (
	"fmt"
	"slices"
	"strings"

	"airpass/access"
)

// OktaNeeds is what the configuration makes airpass touch and read in Okta.
type OktaNeeds struct {
	OrgURL string
	// Application is the AWS IAM Identity Center application's id; only read.
	Application string
	// Service: airpass signs in as an API services application, not with an API token.
	Service bool
	// Written are the groups that people are added to and taken out of; Given the one
	// that people are only added to, if any; Read those whose members are looked at.
	Written []string
	Given   string
	Read    []string
}

// NeedsOfOkta gathers the groups of all targets and of what decides about them.
func NeedsOfOkta(targets []access.Target) OktaNeeds {
	var n OktaNeeds
	for _, t := range targets {
		if t.OktaGroup != "" {
			n.Written = append(n.Written, t.OktaGroup)
		}
		if t.AssignmentGroup != "" {
			n.Given = t.AssignmentGroup
		}
		n.Read = append(n.Read, t.Requesters...)
		n.Read = append(n.Read, groupsOf(t.Policy)...)
	}
	n.Written, n.Read = once(n.Written), once(n.Read)
	return n
}

// groupsOf are the Okta groups by whose members a policy decides.
func groupsOf(p access.Policy) []string {
	rules := slices.Concat(p.Approvers(), p.Fallback)
	stages := slices.Clone(p.Stages)
	for _, r := range p.Rules {
		stages = append(stages, r.Stages...)
	}
	for _, s := range stages {
		rules = slices.Concat(rules, s.Approvers, s.WidenTo)
	}
	var all []string
	if p.BreakGlass != nil {
		rules, all = append(rules, p.BreakGlass.Reviewers...), p.BreakGlass.Requesters
	}
	for _, r := range rules {
		if r.Kind == access.ApproverGroup {
			all = append(all, r.Value)
		}
	}
	return all
}

// String says it as steps in the admin console.
func (n OktaNeeds) String() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("In %s, Security > Administrators:", n.OrgURL)
	line("")
	line("1. Roles > Create new role, with these permissions and no others:")
	line("     View users and their details")
	line("     View groups and their details")
	line("     Manage group membership")
	line("     View applications and their details")
	line("")
	line("2. Resources > Create new resource set, of:")
	line("     the people who may ask or decide (all users, or the groups they are in)")
	line("     the application %s (AWS IAM Identity Center; only read, never touched)", n.Application)
	groups := func(ids []string, what string) {
		for _, id := range ids {
			line("     the group %s (%s)", id, what)
		}
	}
	groups(n.Written, "people are added and taken out")
	if n.Given != "" {
		groups([]string{n.Given}, "people are added, never taken out")
	}
	groups(slices.DeleteFunc(slices.Clone(n.Read), func(id string) bool { return slices.Contains(n.Written, id) }), "read: who is in it")
	line("     the groups that conditions of policies name, if any")
	line("")
	if n.Service {
		b.WriteString(serviceSteps)
	} else {
		b.WriteString(tokenSteps)
	}
	b.WriteString(groupTraps)
	return b.String()
}

// See https://developer.okta.com/docs/guides/implement-oauth-for-okta-serviceapp/main/.
const serviceSteps = `3. Applications > Create App Integration > API Services:
     Client authentication: public key / private key; add a key, and keep its id (okta.key_id)
     The private key is RSA, PEM; airpass takes PKCS#1 and PKCS#8, no elliptic curve
     Require Demonstrating Proof of Possession (DPoP): switch it OFF; with it every call fails with invalid_dpop_proof
     Okta API Scopes: okta.users.read, okta.groups.manage, okta.apps.read
     Admin roles: the role and the resource set from above

`

// See https://help.okta.com/en-us/content/topics/security/api.htm.
const tokenSteps = `3. A service account of its own with that role on that resource set and no other role; signed in as it, Security > API >
   Tokens > Create token. The token may do what the account may. An API services application is better: it is limited by scopes too.

`

// See https://docs.aws.amazon.com/singlesignon/latest/userguide/okta-idp.html.
const groupTraps = `Of each group that people are added to and taken out of:
     a plain group of Okta, not one of an application or of Active Directory, and no group rule puts people into it
     pushed to AWS IAM Identity Center (the application's Push Groups), for targets of mode group
     NOT assigned to that application: who is taken out of a group that assigns it is disabled in all of AWS
`

// Setup says what airpass setup plan and setup apply need besides, as steps in the admin
// console: a role of its own, which nothing that serves has.
// See https://help.okta.com/en-us/content/topics/security/custom-admin-role/custom-admin-roles.htm.
func (n OktaNeeds) Setup() string {
	var b strings.Builder
	fmt.Fprintf(&b, setupSteps, n.OrgURL, n.Application)
	if n.Service {
		b.WriteString(setupService)
	} else {
		b.WriteString(setupToken)
	}
	return b.String()
}

const setupSteps = `Opt-in: for airpass setup plan and setup apply only; nothing that serves needs it.
In %s, Security > Administrators:

1. Roles > Create new role, with these permissions and no others:
     View groups and their details
     Create groups
     View applications and their details

2. Resources > Create new resource set, of:
     all groups (one that is yet to be made cannot be named)
     the application %s (AWS IAM Identity Center; only read, never touched)

`

const setupService = `3. Another API Services application, as for airpass itself, with this role and resource set (okta.setup of the configuration):
     Okta API Scopes: okta.groups.manage, okta.apps.read
`

const setupToken = `3. Another service account with this role and resource set, and a token of its own (okta.setup.api_token of the configuration).
`
