package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"airpass/access"
)

const (
	oktaReach = "check okta.org_url and the credentials, and that airpass may reach Okta"
	oktaRole  = "compare the admin role with what airpass setup okta prints"
)

// refused says of a lookup in Okta that did not succeed what came of it.
func refused(about, what string, err error, means, mend string) Finding {
	switch {
	case errors.Is(err, access.ErrNotFound):
		return wrong(about, "Okta knows no "+what, means, mend)
	case errors.Is(err, access.ErrUnsafe), errors.Is(err, access.ErrInvalid):
		return wrong(about, err.Error(), means, mend)
	case access.ClassOf(err) == access.Denied:
		return wrong(about, err.Error(), means, oktaRole)
	}
	return unanswered(about, err, oktaReach)
}

func (d Deployment) oktaApplication(ctx context.Context) []Finding {
	active, err := d.Okta.Application(ctx)
	about := d.Application
	switch {
	case err != nil:
		return []Finding{refused(about, "such application", err, "no group can be told from one that assigns Identity Center, so nobody is added to or taken out of any",
			"set okta.identity_center_app to the id of the AWS IAM Identity Center application (it is in its address in the admin console)")}
	case !active:
		return []Finding{wrong(about, "the application is not ACTIVE", "nobody is provisioned in Identity Center, and nobody can sign in", "activate it in Okta")}
	}
	return []Finding{fine(about, "ACTIVE, and airpass can read it")}
}

// oktaGroups are the groups that people are added to.
func (d Deployment) oktaGroups(ctx context.Context) []Finding {
	var found []Finding
	if g := d.AssignmentGroup; g != "" {
		if err := d.Okta.AssignmentGroupIsSafe(ctx, g); err != nil {
			found = append(found, refused("okta.ensure_provisioned", "group "+g, err, "nobody is given an account", "name the plain group that assigns the Identity Center application"))
		}
	}
	type use struct{ group, target string }
	var uses []use
	for _, t := range d.Targets {
		if t.OktaGroup != "" {
			uses = append(uses, use{t.OktaGroup, t.ID})
		}
	}
	found = append(found, each(ctx, uses, func(ctx context.Context, u use) []Finding {
		if err := d.Okta.GroupIsSafe(ctx, u.group); err != nil {
			return []Finding{refused(u.target, "group "+u.group, err, "nobody can be granted it; what was granted cannot be taken away by airpass",
				"use a plain group of its own that is pushed to Identity Center and does not assign the application")}
		}
		return []Finding{fine(u.target, "%s is a plain group that does not assign Identity Center", u.group)}
	})...)
	return found
}

func (d Deployment) oktaRules(ctx context.Context) []Finding {
	rules, err := d.Okta.Rules(ctx)
	if err != nil {
		return []Finding{refused("", "rules", err, "a rule may undo what airpass does, and it would not be known", oktaRole)}
	}
	var found []Finding
	for _, t := range d.Targets {
		for _, r := range rules {
			if r.Active && t.OktaGroup != "" && slices.Contains(r.Groups, t.OktaGroup) {
				found = append(found, wrong(t.ID, fmt.Sprintf("the group rule %q puts people into %s", r.Name, t.OktaGroup),
					"whom airpass takes out may be put in again: their access does not end", "deactivate the rule, or give the target a group of its own"))
			}
		}
	}
	if len(found) == 0 {
		return []Finding{fine("", "none of %d rules touches a target's group", len(rules))}
	}
	return found
}

// requesters: somebody may ask for each target.
func (d Deployment) requesters(ctx context.Context) []Finding {
	return d.populated(ctx, d.groupsOf(func(t access.Target) []string { return t.Requesters }), "may ask for it")
}

// groupsOf maps groups to the targets that name them, in the order of the targets.
func (d Deployment) groupsOf(named func(access.Target) []string) []groupUse {
	var all []groupUse
	for _, t := range d.Targets {
		for _, g := range named(t) {
			i := slices.IndexFunc(all, func(u groupUse) bool { return u.group == g })
			if i < 0 {
				all, i = append(all, groupUse{group: g}), len(all)
			}
			if !slices.Contains(all[i].targets, t.ID) {
				all[i].targets = append(all[i].targets, t.ID)
			}
		}
	}
	return all
}

type groupUse struct {
	group   string
	targets []string
}

// few bounds what is read of a group: doctor asks whether there is somebody, not who.
const few = 20

// populated: each group is there, and somebody ACTIVE is in it.
func (d Deployment) populated(ctx context.Context, uses []groupUse, may string) []Finding {
	return each(ctx, uses, func(ctx context.Context, u groupUse) []Finding {
		about := strings.Join(u.targets, ", ")
		members, err := d.Okta.GroupMembers(ctx, u.group, few)
		if err != nil {
			return []Finding{refused(about, "group "+u.group, err, "nobody of it "+may, "correct the id: it is in the group's address in the admin console")}
		}
		if !slices.ContainsFunc(members, access.Person.Active) {
			return []Finding{wrong(about, "nobody ACTIVE is in the group "+u.group, "nobody of it "+may, "put somebody in, or name another group")}
		}
		return []Finding{fine(about, "the group %s has people in it", u.group)}
	})
}

// deciders: each rule about approvers names somebody.
func (d Deployment) deciders(ctx context.Context) []Finding {
	groups := d.groupsOf(func(t access.Target) []string { return valuesOf(t.Policy, access.ApproverGroup) })
	found := d.populated(ctx, groups, "can decide it")
	slackGroups := d.groupsOf(func(t access.Target) []string { return valuesOf(t.Policy, access.ApproverSlack) })
	found = append(found, each(ctx, slackGroups, d.userGroup)...)
	schedules := d.groupsOf(func(t access.Target) []string { return valuesOf(t.Policy, access.ApproverOnCall) })
	found = append(found, each(ctx, schedules, d.schedule)...)
	people := d.groupsOf(func(t access.Target) []string {
		return slices.Concat(valuesOf(t.Policy, access.ApproverPerson), valuesOf(t.Policy, access.ApproverOwner))
	})
	return append(found, each(ctx, people, func(ctx context.Context, u groupUse) []Finding {
		return d.person(ctx, u.group, strings.Join(u.targets, ", "), "cannot decide")
	})...)
}

// userGroup: a Slack user group is there, and somebody of it is ACTIVE in Okta.
func (d Deployment) userGroup(ctx context.Context, u groupUse) []Finding {
	about, cannot := strings.Join(u.targets, ", "), "nobody of it can decide it"
	emails, err := d.Slack.GroupEmails(ctx, u.group, few)
	switch {
	case errors.Is(err, access.ErrNotFound):
		return []Finding{wrong(about, "Slack knows no user group "+u.group, cannot, "correct the id: it is in the user group's address in Slack")}
	case access.ClassOf(err) == access.Denied:
		return []Finding{wrong(about, err.Error(), cannot, slackScopes)}
	case err != nil:
		return []Finding{unanswered(about, err, "see whether airpass may reach slack.com")}
	}
	someone, failed := d.oneOf(ctx, emails)
	switch {
	case failed != nil:
		return []Finding{refused(about, "e-mail address", failed, cannot, "see that Slack and Okta have the same addresses")}
	case someone != "":
		return []Finding{fine(about, "the Slack user group %s has people in it", u.group)}
	}
	return []Finding{wrong(about, "nobody who is ACTIVE in Okta is in the Slack user group "+u.group, cannot, "put somebody in, or name another group")}
}

// oneOf is the login of some ACTIVE person whose address is among these, and theirs alone;
// empty if there is none.
func (d Deployment) oneOf(ctx context.Context, emails []string) (login string, err error) {
	for _, email := range emails {
		people, err := d.Okta.ByEmail(ctx, email)
		if err != nil && !errors.Is(err, access.ErrNotFound) {
			return "", err
		}
		people = slices.DeleteFunc(people, func(p access.Person) bool { return !p.Active() })
		if len(people) == 1 {
			return people[0].Login, nil
		}
	}
	return "", nil
}

// schedule: a PagerDuty schedule is there, and somebody who is on call now is ACTIVE in
// Okta.
func (d Deployment) schedule(ctx context.Context, u groupUse) []Finding {
	about, cannot := strings.Join(u.targets, ", "), "nobody who is on call can decide it"
	const key = "give airpass an API key of PagerDuty that may read: pagerduty.api_token"
	if d.OnCall == nil {
		return []Finding{wrong(about, "no PagerDuty is configured", cannot, key)}
	}
	emails, err := d.OnCall.Emails(ctx, u.group, few)
	switch {
	case errors.Is(err, access.ErrNotFound):
		return []Finding{wrong(about, "PagerDuty knows no schedule "+u.group, cannot, "correct the id: it is at the end of the address of the schedule's page")}
	case access.ClassOf(err) == access.Denied:
		return []Finding{wrong(about, err.Error(), cannot, key)}
	case err != nil:
		return []Finding{unanswered(about, err, "see whether airpass may reach pagerduty.api_url")}
	case len(emails) == 0:
		return []Finding{unwise(about, "nobody is on call now in the PagerDuty schedule "+u.group, cannot+" at such times", "fill the gap in the schedule, or name others beside it")}
	}
	login, err := d.oneOf(ctx, emails)
	switch {
	case err != nil:
		return []Finding{refused(about, "e-mail address", err, cannot, "see that PagerDuty and Okta have the same addresses")}
	case login == "":
		return []Finding{wrong(about, "who is on call now in the PagerDuty schedule "+u.group+" is nobody ACTIVE in Okta", cannot, "see that PagerDuty and Okta have the same addresses")}
	}
	return []Finding{fine(about, "%s is on call now in the PagerDuty schedule %s", login, u.group)}
}

// valuesOf are what the approver rules of one kind name, anywhere in a policy.
func valuesOf(p access.Policy, kind access.ApproverKind) []string {
	rules := slices.Concat(p.Approvers(), p.Fallback)
	stages := slices.Clone(p.Stages)
	for _, r := range p.Rules {
		stages = append(stages, r.Stages...)
	}
	for _, s := range stages {
		rules = slices.Concat(rules, s.Approvers, s.WidenTo)
	}
	if p.BreakGlass != nil {
		rules = append(rules, p.BreakGlass.Reviewers...)
	}
	var all []string
	for _, r := range rules {
		if r.Kind == kind && !slices.Contains(all, r.Value) {
			all = append(all, r.Value)
		}
	}
	return all
}

// person: somebody with this login is there, and ACTIVE.
func (d Deployment) person(ctx context.Context, login, about, cannot string) []Finding {
	p, err := d.Okta.ByLogin(ctx, login)
	switch {
	case err != nil:
		return []Finding{refused(about, "login "+login, err, login+" "+cannot, "correct the login, or remove it")}
	case !p.Active():
		return []Finding{wrong(about, login+" is "+p.Status+" in Okta", login+" "+cannot, "name somebody else")}
	}
	return []Finding{fine(about, "%s is ACTIVE", login)}
}

func (d Deployment) admins(ctx context.Context) []Finding {
	return each(ctx, d.Admins, func(ctx context.Context, login string) []Finding {
		return d.person(ctx, login, "admins", "is no admin")
	})
}

// managers tries the manager attribute with a few people who may ask for what managers
// decide. It is free text in Okta, so that only trying tells.
func (d Deployment) managers(ctx context.Context) []Finding {
	var groups []string
	for _, t := range d.Targets {
		if slices.ContainsFunc(t.Policy.Approvers(), func(a access.Approver) bool {
			return a.Kind == access.ApproverManager || a.Kind == access.ApproverManagers2
		}) {
			groups = append(groups, t.Requesters...)
		}
	}
	slices.Sort(groups)
	tried, without, example := 0, 0, ""
	for _, g := range slices.Compact(groups) {
		members, err := d.Okta.GroupMembers(ctx, g, 5)
		if err != nil {
			continue // "Who may ask" tells
		}
		for _, p := range members {
			if !p.Active() {
				continue
			}
			tried++
			m, err := d.Okta.ManagerOf(ctx, p)
			if err != nil && !errors.Is(err, access.ErrNotFound) && !errors.Is(err, access.ErrInvalid) {
				return []Finding{unanswered(p.Login, err, oktaReach)}
			}
			if err != nil || !m.Active() {
				without, example = without+1, p.Login
			}
		}
	}
	switch {
	case tried == 0:
		return nil
	case without == tried:
		return []Finding{wrong("okta.manager", fmt.Sprintf("of %d people tried, nobody's manager was found", tried), "nothing that managers decide can be asked for",
			"look at "+example+" in Okta: which attribute names the manager, and how? Set okta.manager.attribute and kind")}
	case without > 0:
		return []Finding{unwise("okta.manager", fmt.Sprintf("of %d people tried, %d have no manager who is ACTIVE, such as %s", tried, without, example),
			"they cannot ask for what their manager decides, unless the policy has a fallback", "fill in the attribute, or give the policy a fallback")}
	}
	return []Finding{fine("okta.manager", "found for each of %d people tried", tried)}
}
