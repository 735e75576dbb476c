package doctor

import (
	"context"
	"fmt"
	"slices"

	"airpass/access"
	"airpass/identitycenter"
	"airpass/mwaa"
	"airpass/setup"
)

const awsRole = "compare the role's policy with what airpass setup iam prints, and its trust policy and external id"

// refusedByAWS says of a call to AWS that did not succeed what came of it.
func refusedByAWS(about string, err error, means, mend string) Finding {
	switch access.ClassOf(err) {
	case access.Missing, access.Rejected:
		return wrong(about, err.Error(), means, mend)
	case access.Denied:
		return wrong(about, err.Error(), means, awsRole)
	}
	return unanswered(about, err, "see whether airpass may reach AWS, and has credentials")
}

func (d Deployment) instance(ctx context.Context) []Finding {
	all, err := d.IdentityCenter.Instances(ctx)
	if err != nil {
		return []Finding{refusedByAWS(d.Instance, err, "nothing can be granted", awsRole)}
	}
	i := slices.IndexFunc(all, func(i identitycenter.Instance) bool { return i.ARN == d.Instance })
	if i < 0 {
		return []Finding{wrong(d.Instance, "not among the instances that the role sees in this region", "nothing can be granted",
			"correct aws.instance_arn and aws.region (Identity Center's home region), or take a role of the account that owns the instance")}
	}
	is := all[i]
	found := d.kind(ctx, is, all)
	if is.IdentityStore != d.IdentityStore {
		found = append(found, wrong("aws.identity_store_id", "the instance's identity store is "+is.IdentityStore+", not "+d.IdentityStore, "nobody is found", "write "+is.IdentityStore))
	}
	delegated := d.RoleAccount != "" && is.Owner != "" && d.RoleAccount != is.Owner
	if delegated && d.ByPrincipal {
		found = append(found, wrong("aws.assignment_lookup", "the role is of "+d.RoleAccount+", the instance of "+is.Owner,
			"AWS lets the management account alone list the assignments of a person", "write assignment_lookup: list, or take a role of "+is.Owner))
	}
	for _, t := range d.Targets {
		if delegated && t.Environment.Account == is.Owner {
			found = append(found, wrong(t.ID, "is in the management account "+is.Owner, "a delegated administrator cannot change access there", "take a role of the management account"))
		}
	}
	if len(found) == 0 {
		return []Finding{fine(d.Instance, "seen, of the account %s, with permission sets and the identity store %s", is.Owner, is.IdentityStore)}
	}
	return found
}

// kind: it has to be the organization's instance. AWS says of none which kind it is; what
// it refuses tells, and who owns what can be seen hints at it.
func (d Deployment) kind(ctx context.Context, is identitycenter.Instance, all []identitycenter.Instance) []Finding {
	const means = "an account instance has no permission sets and assigns nobody to an account, so that nothing can be granted"
	const mend = "take the organization's instance (in its console, Settings > Details says so): aws.instance_arn, aws.identity_store_id and aws.region of it, and a role of the management or delegated account"
	if len(d.Targets) > 0 {
		_, err := d.IdentityCenter.PermissionSet(ctx, is.ARN, d.Targets[0].PermissionSet)
		if access.ClassOf(err) == access.Rejected {
			return []Finding{wrong(is.ARN, "AWS takes no question about permission sets of it, as for an account instance; the account "+is.Owner+" owns it: "+err.Error(), means, mend)}
		}
	}
	for _, other := range all {
		if other.Owner != is.Owner && is.Owner == d.RoleAccount {
			return []Finding{unwise(is.ARN, "of the instances that are seen, this is of the role's own account "+is.Owner+", and "+other.ARN+" of "+other.Owner+": one of them is an account instance", means, mend)}
		}
	}
	return nil
}

func (d Deployment) permissionSets(ctx context.Context) []Finding {
	var cuts []access.Cut
	var failed []Finding
	if d.Cuts != nil {
		var err error
		if cuts, err = d.Cuts(ctx); err != nil {
			failed = []Finding{unanswered("cuts", err, "see the check of the database")}
		}
	}
	return append(failed, each(ctx, d.Targets, func(ctx context.Context, t access.Target) []Finding {
		set, err := d.IdentityCenter.PermissionSet(ctx, t.Instance, t.PermissionSet)
		if err != nil {
			return []Finding{refusedByAWS(t.ID, err, "nobody can be granted it", "correct permission_set")}
		}
		found := slices.Concat(described(t, set), allowed(t, d.ConsoleActions, set.Policy))
		if len(failed) == 0 {
			found = append(found, denied(t, set.Policy, cuts)...)
		}
		old, err := d.IdentityCenter.Outdated(ctx, t.Instance, t.PermissionSet, t.Environment.Account)
		switch {
		case err != nil:
			found = append(found, refusedByAWS(t.ID, err, "it is not known whether the last edit has arrived", awsRole))
		case old:
			found = append(found, wrong(t.ID, "the account "+t.Environment.Account+" has an older version of the permission set", "the last edit has no effect there",
				"provision the permission set to the account (Permission sets > Reapply)"))
		}
		if len(found) == 0 {
			return []Finding{fine(t.ID, "%s opens it, and nothing else of Airflow", set.Name)}
		}
		return found
	})...)
}

// described compares what a permission set says of itself with the configuration.
func described(t access.Target, set identitycenter.PermissionSet) []Finding {
	var found []Finding
	if set.Name != t.PermissionSetName {
		found = append(found, wrong(t.ID, fmt.Sprintf("the permission set is called %s, the configuration says %s", set.Name, t.PermissionSetName),
			"the link that is posted leads to nothing", "write permission_set_name: "+set.Name))
	}
	switch {
	case set.Session == 0:
	case set.Session > t.SessionDuration:
		found = append(found, wrong(t.ID, fmt.Sprintf("sessions last %s, the configuration says %s", set.Session, t.SessionDuration),
			"cards promise an end that is too early", "correct session_duration, or the permission set"))
	case set.Session < t.SessionDuration:
		found = append(found, unwise(t.ID, fmt.Sprintf("sessions last %s, the configuration says %s", set.Session, t.SessionDuration),
			"cards tell a last moment that is later than it is", "correct session_duration"))
	}
	return found
}

// allowed compares what a permission set lets people do in Airflow with what the target
// is for.
func allowed(t access.Target, console []string, policy string) []Finding {
	var found []Finding
	for _, d := range setup.Deviations(t, console, policy) {
		grade := wrong
		if d.Unwise {
			grade = unwise
		}
		found = append(found, grade(t.ID, d.Result, d.Means, d.Mend))
	}
	return found
}

// assignments: what is there before anybody asks.
func (d Deployment) assignments(ctx context.Context) []Finding {
	return each(ctx, d.Targets, func(ctx context.Context, t access.Target) []Finding {
		people, groups, err := d.IdentityCenter.Assigned(ctx, t.Instance, t.Environment.Account, t.PermissionSet)
		if err != nil {
			return []Finding{refusedByAWS(t.ID, err, "grants cannot be read back", "correct permission_set and the environment's account")}
		}
		if t.Mode == access.ByGroup && !slices.Contains(groups, t.IdentityCenterGroup) {
			return []Finding{wrong(t.ID, "the group "+t.IdentityCenterGroup+" does not hold the permission set in "+t.Environment.Account,
				"grants never become ready, and fail", "assign the permission set to the pushed group in the account, once")}
		}
		groups = slices.DeleteFunc(groups, func(id string) bool { return t.Mode == access.ByUser && id == t.Anchor })
		if t.Mode == access.ByUser && len(groups) > 0 {
			return []Finding{unwise(t.ID, fmt.Sprintf("%d groups hold the permission set", len(groups)), "who is in them has the access for good, and the end of a grant does not end it", "take the assignment away, if that is not meant")}
		}
		return []Finding{fine(t.ID, "held by %d people and %d groups in %s", len(people), len(groups), t.Environment.Account)}
	})
}

// tiles: the applications that are assigned along with access, which opens none of it.
func (d Deployment) tiles(ctx context.Context) []Finding {
	return each(ctx, d.Tiles, func(ctx context.Context, t setup.Tile) []Finding {
		about := t.Environment.Key
		app, err := d.IdentityCenter.Application(ctx, t.ARN)
		if err != nil {
			return []Finding{refusedByAWS(about, err, "access is given without its tile in the portal", "correct saml_application, as airpass setup saml tells it, or write none")}
		}
		var found []Finding
		for _, v := range t.Deviations(app) {
			grade := wrong
			if v.Unwise {
				grade = unwise
			}
			found = append(found, grade(about, v.Result, v.Means, v.Mend))
		}
		if len(found) == 0 {
			return []Finding{fine(about, "%s, SAML, assigned one by one; %d people have it now", app.Name, len(app.People))}
		}
		return found
	})
}

func (d Deployment) environments(ctx context.Context) []Finding {
	var all []access.Environment
	for _, t := range d.Targets {
		if !slices.Contains(all, t.Environment) {
			all = append(all, t.Environment)
		}
	}
	return each(ctx, all, func(ctx context.Context, e access.Environment) []Finding {
		_, found := d.environment(ctx, e)
		return found
	})
}

// environment looks at one; its state is the zero state if that could not be seen.
func (d Deployment) environment(ctx context.Context, e access.Environment) (mwaa.State, []Finding) {
	ctx, cancel := context.WithTimeout(ctx, perLookup)
	defer cancel()
	state, err := d.Airflow.Environment(ctx, e)
	if err != nil {
		return mwaa.State{}, []Finding{refusedByAWS(e.Key, err, "it is not known whether it can be used, so no link is posted", "correct the environment's name, account and region")}
	}
	return state, environment(e, state)
}

// privateServer is said of a web server that is reached from inside its network only.
const privateServer = "the web server is private"

func environment(e access.Environment, s mwaa.State) []Finding {
	var found []Finding
	switch access.LinkFor(s.Status) {
	case access.LinkReady:
	case access.LinkRefused:
		found = append(found, wrong(e.Key, "MWAA says "+s.Status, "requests are refused", "mend the environment, or take it out of the configuration"))
	case access.LinkHeld:
		found = append(found, wrong(e.Key, "MWAA says "+s.Status, "links are held back", "see in the MWAA console what is wrong with it"))
	default:
		found = append(found, unwise(e.Key, "MWAA says "+s.Status, "links wait, or come with a warning", "wait until it is AVAILABLE"))
	}
	if s.Private {
		found = append(found, unwise(e.Key, privateServer, "the link works from inside its network only (VPN); cards say so", "nothing, if people know"))
	}
	if len(found) == 0 {
		return []Finding{fine(e.Key, "%s, Airflow %s", s.Status, s.Version)}
	}
	return found
}
