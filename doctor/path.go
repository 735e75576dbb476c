package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"airpass/access"
)

// Path is the way of one person to one target, step by step as a grant goes. It ends at
// the first step that cannot be taken.
func (d Deployment) Path(login, targetID string) []Check {
	return []Check{{"The way of " + login + " to " + targetID, func(ctx context.Context) []Finding {
		w, missing := d.walker(login, targetID)
		if w == nil {
			return missing
		}
		return walk(ctx, w.inOkta, w.inSlack, w.mayAsk, w.inIdentityCenter, w.opens, w.arrives)
	}}}
}

// walker is somebody on their way to a target; nil, and why, if there is none.
func (d Deployment) walker(login, targetID string) (*walker, []Finding) {
	i := slices.IndexFunc(d.Targets, func(t access.Target) bool { return t.ID == targetID })
	if i < 0 {
		return nil, []Finding{wrong(targetID, "no such target in the configuration", "it cannot be asked for", "write one of targets")}
	}
	return &walker{Deployment: d, target: d.Targets[i], login: login}, nil
}

// walk takes steps until one cannot be taken.
func walk(ctx context.Context, steps ...func(context.Context) []Finding) []Finding {
	var found []Finding
	for _, step := range steps {
		now := step(ctx)
		found = append(found, now...)
		if Worst(now).rank() >= Unknown.rank() {
			break
		}
	}
	return found
}

// walker is on its way.
type walker struct {
	Deployment
	target access.Target
	login  string
	person access.Person // once found
	center string        // their id in Identity Center, once found
	grant  access.Grant  // that they have of the target, once found
}

func (w *walker) inOkta(ctx context.Context) []Finding {
	p, err := w.Okta.ByLogin(ctx, w.login)
	switch {
	case err != nil:
		return []Finding{refused("Okta", "login "+w.login, err, "they are refused", "correct the login")}
	case !p.Active():
		return []Finding{wrong("Okta", w.login+" is "+p.Status, "they are refused", "activate them in Okta")}
	}
	w.person = p
	alike, err := w.Okta.ByEmail(ctx, p.Email)
	if err == nil && len(alike) != 1 {
		return []Finding{wrong("Okta", fmt.Sprintf("%d people have the e-mail address %s", len(alike), p.Email), "which of them asks is not known, so they are refused", "give each their own")}
	}
	return []Finding{fine("Okta", "%s, ACTIVE, %s", p.Name, p.OktaID)}
}

func (w *walker) inSlack(ctx context.Context) []Finding {
	p, err := w.Slack.UserByEmail(ctx, w.person.Email)
	switch {
	case errors.Is(err, access.ErrNotFound):
		return []Finding{wrong("Slack", "nobody has the e-mail address "+w.person.Email, "they are not recognized in Slack", "give them the same address in Slack as in Okta")}
	case err != nil:
		return []Finding{unanswered("Slack", err, slackScopes)}
	case p.Deleted, p.Bot, p.Restricted, p.UltraRestricted, p.Stranger, p.Team != w.Team:
		return []Finding{wrong("Slack", p.ID+" is a guest, a stranger, a bot or deactivated", "they are refused", "make them a full member of the workspace")}
	case !p.EmailConfirmed:
		return []Finding{wrong("Slack", p.ID+" has not confirmed their e-mail address", "they are refused", "let them confirm it")}
	}
	return []Finding{fine("Slack", "%s, a full member", p.ID)}
}

func (w *walker) mayAsk(ctx context.Context) []Finding {
	e, err := w.Explain(ctx, w.login, w.target.ID)
	switch {
	case err != nil:
		return []Finding{unanswered("policy", err, oktaReach)}
	case !e.MayAsk:
		return []Finding{wrong("policy", e.Refused, "they are refused", "airpass policy explain --user "+w.login+" --target "+w.target.ID+" tells more")}
	case e.Auto != "":
		return []Finding{fine("policy", "may ask; nobody has to decide, by the rule %s", e.Auto)}
	}
	return []Finding{fine("policy", "may ask; %d stages decide", len(e.Stages))}
}

func (w *walker) inIdentityCenter(ctx context.Context) []Finding {
	name, err := w.Okta.IdentityCenterUserName(ctx, w.person.OktaID)
	if errors.Is(err, access.ErrNotFound) && w.AssignmentGroup != "" {
		return []Finding{fine("Identity Center", "no account yet; a grant gives one, through the group %s", w.AssignmentGroup)}
	} else if err != nil {
		return []Finding{refused("Identity Center", "user name of theirs there", err, "they are refused", "assign them to the Identity Center application in Okta, or set okta.ensure_provisioned")}
	}
	id, err := w.IdentityCenter.PersonID(ctx, name)
	if err != nil {
		return []Finding{refusedByAWS("Identity Center", err, "they are refused", "see in Okta whether "+name+" was provisioned: the application's assignments tell errors")}
	}
	w.center = id
	enabled, err := w.IdentityCenter.Enabled(ctx, id)
	switch {
	case err != nil:
		return []Finding{refusedByAWS("Identity Center", err, "it is not known whether they may sign in", awsRole)}
	case !enabled:
		return []Finding{wrong("Identity Center", name+" is disabled there", "they cannot sign in to AWS at all", "assign the application to them in Okta")}
	}
	return []Finding{fine("Identity Center", "%s, %s", name, id)}
}

// opens looks at what the target gives.
func (w *walker) opens(ctx context.Context) []Finding {
	one := w.Deployment
	one.Targets, one.AssignmentGroup = []access.Target{w.target}, ""
	var found []Finding
	if w.target.OktaGroup != "" {
		found = append(found, one.oktaGroups(ctx)...)
	}
	return slices.Concat(found, one.permissionSets(ctx), one.assignments(ctx))
}

// arrives looks at where the link leads.
func (w *walker) arrives(ctx context.Context) []Finding {
	state, found := w.environment(ctx, w.target.Environment)
	if state.Status != "" {
		found = append(found, webServer(w.target, state))
	}
	return append(found, w.link(w.target)...)
}
