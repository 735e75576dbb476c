package doctor

import (
	"context"
	"fmt"
	"slices"
	"time"

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
		if d.RemindBefore > 0 && d.RemindBefore >= t.MaxDuration {
			found = append(found, unwise(t.ID, fmt.Sprintf("its longest access, %s, is no longer than times.remind_before, %s", t.MaxDuration, d.RemindBefore),
				"nobody is reminded of its end", "write a shorter remind_before"))
		}
	}
	found = append(found, d.unwiseTimes()...)
	for _, role := range d.Unnamed {
		found = append(found, unwise(role, "is assumed without an external id", "whoever can make airpass's platform assume roles in their name reaches it too (the confused deputy)",
			"let the role's trust policy demand an external id, as airpass setup iam prints it, and write external_id"))
	}
	if least := 400 * 24 * time.Hour; d.PersonalKept > 0 && d.PersonalKept < least {
		found = append(found, unwise("retention.personal", fmt.Sprintf("names and reasons are erased %d days after somebody was done with", days(d.PersonalKept)),
			"who audits a year of it finds ids where people were", "write 400d or more, if you are audited yearly"))
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

// unwiseTimes are times of the configuration that are long.
func (d Deployment) unwiseTimes() []Finding {
	var found []Finding
	if most := 72 * time.Hour; d.RequestLapse > most {
		found = append(found, unwise("times.request_lapse", fmt.Sprintf("requests wait %s for a decision", d.RequestLapse),
			"what is approved days later may not be needed any more", "write 72h or less"))
	}
	if most := time.Hour; d.DeactivationSweep > most {
		found = append(found, unwise("times.deactivation_sweep", fmt.Sprintf("people who left are looked for every %s", d.DeactivationSweep),
			"they keep their access for as long", "write 5m"))
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
