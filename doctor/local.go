package doctor

import (
	"context"
	"fmt"
	"slices"

	"airpass/access"
)

// configuration repeats the configuration's warnings, and tells what is legal and will
// surprise somebody.
func (d Deployment) configuration(context.Context) []Finding {
	var found []Finding
	for _, w := range d.Warnings {
		found = append(found, unwise("", w, "", "as it says"))
	}
	for _, t := range d.Targets {
		found = append(found, unwiseSettings(t)...)
	}
	if d.AdminChannel == "" {
		found = append(found, unwise("slack.admin_channel", "not set", "nobody in Slack is told of overdue removals and failures", "make a channel, invite the app, and set it"))
	}
	if len(d.Admins) == 0 {
		found = append(found, unwise("admins", "nobody", "nobody can confirm large batches of removals in Slack", "list one or two Okta logins"))
	}
	if len(found) == 0 {
		return []Finding{fine("", "%d targets, nothing unwise", len(d.Targets))}
	}
	return found
}

func unwiseSettings(t access.Target) []Finding {
	var found []Finding
	if t.SessionDuration > t.MaxDuration {
		found = append(found, unwise(t.ID, fmt.Sprintf("sessions of %s outlive access of %s at most", t.SessionDuration, t.MaxDuration),
			"who signs in at the end of the access can go on working long after it", "give the permission set a session of 1 hour, and say so in session_duration"))
	}
	for _, s := range t.Policy.Stages {
		if len(s.Approvers) == 1 && s.Approvers[0].Kind == access.ApproverPerson && len(s.WidenTo) == 0 && len(t.Policy.Fallback) == 0 {
			found = append(found, unwise(t.ID, s.Approvers[0].Value+" alone decides", "requests lapse while this one person is away", "name a second person, a group, or a fallback"))
		}
	}
	return found
}

func (d Deployment) database(ctx context.Context) []Finding {
	if d.Store == nil {
		return []Finding{fine("", "none yet: serve makes it at its first start")}
	}
	if err := d.Store(ctx); err != nil {
		return []Finding{wrong("", err.Error(), "airpass cannot serve", "see the message; docs/operations.md tells of databases")}
	}
	return []Finding{fine("", "opens, with the tables of this version")}
}

// links builds each target's link, as a grant would, and looks whether somebody could be
// signed in where it is instant; nobody is.
func (d Deployment) links(ctx context.Context) []Finding {
	found := each(ctx, d.Targets, func(ctx context.Context, t access.Target) []Finding {
		all := d.link(t)
		if t.Instant {
			all = append(all, d.maySignIn(ctx, t, access.Person{Login: "airpass-doctor", OktaID: "airpass-doctor"}))
		}
		for i := range all {
			all[i].About = t.ID
		}
		return slices.DeleteFunc(all, func(f Finding) bool { return f.Severity == Fine })
	})
	if len(found) == 0 {
		return []Finding{fine("", "each of %d targets has one", len(d.Targets))}
	}
	return found
}
