package doctor

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"airpass/access"
	"airpass/mwaa"
)

// LinkPath is the way of one person through the link of one target: as Path walks it, with
// the grant that they hold in place of what the policy says. Where the link leads is told
// in any case.
func (d Deployment) LinkPath(login, targetID string) []Check {
	return []Check{{"The link of " + login + " to " + targetID, func(ctx context.Context) []Finding {
		w, missing := d.walker(login, targetID)
		if w == nil {
			return missing
		}
		if w.target.Instant { // made by airpass, for who clicks in Slack
			return slices.Concat(walk(ctx, w.inOkta, w.inSlack, w.granted, w.signsIn), w.arrives(ctx))
		}
		return slices.Concat(walk(ctx, w.inOkta, w.granted, w.inIdentityCenter, w.holds, w.opens), w.arrives(ctx))
	}}}
}

// granted looks at what they have of the target through airpass.
func (w *walker) granted(ctx context.Context) []Finding {
	const about = "grant"
	all, err := w.Grants(ctx, w.person.OktaID, w.target.ID)
	if err != nil {
		return []Finding{unanswered(about, err, "see whether the database answers")}
	}
	if len(all) == 0 {
		return []Finding{wrong(about, "they have none of it", "the link opens nothing", "let them ask for "+w.target.ID)}
	}
	w.grant = all[0]
	for _, g := range all {
		if g.State == access.GrantActive {
			w.grant = g
		}
	}
	g, end := w.grant, w.grant.EndAt.UTC().Format(time.RFC3339)
	switch {
	case g.State == access.GrantScheduled:
		return []Finding{wrong(about, "it begins "+g.StartAt.UTC().Format(time.RFC3339), "there is no link before", "wait")}
	case g.State == access.GrantProvisioning:
		return []Finding{wrong(about, "it is being set up"+because(g.LastError), "the link is posted when that is verified", "airpass grants show "+g.ID+" tells how far it is")}
	case g.State != access.GrantActive || !w.Now().Before(g.EndAt):
		return []Finding{wrong(about, "its time was over "+end+", or it was ended; it is "+string(g.State), "the link opens nothing any more", "let them ask again")}
	case !g.Target.OpensTheSame(w.target):
		grade := unwise
		if w.target.Instant {
			grade = wrong
		}
		return []Finding{grade(about, "the configuration has another "+w.target.ID+" now than was approved", "the portal's link goes by what was approved; an instant one is not made", "let them ask again")}
	case g.LinkState != access.LinkReady && g.LinkState != access.LinkBusy && g.LinkState != access.LinkWarned:
		return []Finding{wrong(about, "active until "+end+"; its link is held back"+because(g.LinkNote), "there is no button", "see what is said of the environment below; airpass looks again every half minute")}
	}
	return []Finding{fine(about, "active until %s", end)}
}

func because(words string) string {
	if words == "" {
		return ""
	}
	return " (" + words + ")"
}

// holds reads whether what the grant gives is there, as the grant itself does.
func (w *walker) holds(ctx context.Context) []Finding {
	return each(ctx, w.grant.Target.Entitlements(w.person.OktaID, cmp.Or(w.grant.Person, w.center)), func(ctx context.Context, ref access.Ref) []Finding {
		observe, failed := w.IdentityCenter.Observe, refusedByAWS
		if ref.Kind == access.OktaMembership {
			observe, failed = w.Okta.Observe, func(about string, err error, means, mend string) Finding {
				return refused(about, "such group", err, means, mend)
			}
		}
		const means = "the link opens nothing until it is back, which airpass sees to while the grant lasts"
		is, err := observe(ctx, ref, time.Time{})
		about := string(ref.Kind)
		switch {
		case err != nil && ref.Kind.Optional():
			return []Finding{unwise(about, err.Error(), "it is not known whether they have its tile in the access portal; the link needs none", "airpass doctor looks at the application")}
		case err != nil:
			return []Finding{failed(about, err, "it is not known whether they have it", awsRole)}
		case !is.Present && ref.Kind.Optional():
			return []Finding{unwise(about, "it is not there", "its tile in the access portal is missing; the link needs none", "airpass grants show "+w.grant.ID+" tells why; airpass doctor looks at the application")}
		case !is.Present:
			return []Finding{wrong(about, "it is not there", means, "see who took it away; airpass grants show "+w.grant.ID+" tells what airpass does")}
		case !is.Ready:
			return []Finding{wrong(about, "it is there, and the permission set is not held through it", means, "assign the permission set to the pushed group in the account")}
		}
		return []Finding{fine(about, "there")}
	})
}

// signsIn looks whether airpass may sign them in; nobody is.
func (w *walker) signsIn(ctx context.Context) []Finding {
	return []Finding{w.maySignIn(ctx, w.target, w.person)}
}

func (d Deployment) maySignIn(ctx context.Context, t access.Target, p access.Person) Finding {
	if err := d.MayLogin(ctx, t, p); err != nil {
		return refusedByAWS("sign-in", err, "the button refuses", awsRole)
	}
	return fine("sign-in", "airpass may sign them in, as %s alone", t.Role)
}

// webServer is where Airflow signs people in.
func webServer(t access.Target, s mwaa.State) Finding {
	page, err := mwaa.SignIn(s.WebserverURL, s.Version)
	switch {
	case err == nil:
		return fine("web server", "%s, %s", page, s.AccessMode)
	case t.Instant:
		return wrong("web server", err.Error(), "nobody can be signed in", "write link: portal, which does not need to know it")
	}
	return unwise("web server", err.Error(), "nothing for the portal's link, which does not need to know it", "nothing")
}

// link reads the link of a target as the portal does.
func (d Deployment) link(t access.Target) []Finding {
	link, err := d.Link(t)
	const mend = "correct aws.portal_url, aws.console_url or the environment"
	if err != nil {
		return []Finding{wrong("link", err.Error(), "no link can be posted", mend)}
	}
	is, err := mwaa.Read(link)
	switch {
	case err != nil:
		return []Finding{wrong("link", link+": "+err.Error(), "it does not arrive where it should", mend)}
	case is.Account != t.Environment.Account || is.PermissionSet != t.PermissionSetName:
		return []Finding{wrong("link", fmt.Sprintf("%s is about %s in %s", link, is.PermissionSet, is.Account), "it does not arrive where it should", mend)}
	case t.Instant:
		return []Finding{fine("link", "made when the button is clicked; it works once, for a minute")}
	}
	return []Finding{fine("link", "%s", link), fine("link", "read by the portal: account %s, permission set %s, then %s", is.Account, is.PermissionSet, is.Destination)}
}

// OnlyInside says whether what was found is of a web server that is reached from inside
// its network only.
func OnlyInside(all []Finding) bool {
	return slices.ContainsFunc(all, func(f Finding) bool { return f.Result == privateServer })
}
