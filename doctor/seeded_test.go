package doctor_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/config"
	"airpass/doctor"
	"airpass/sandbox"
	"airpass/sandbox/control"
	"airpass/sandbox/identitycenter"
	"airpass/sandbox/mwaa"
	"airpass/sandbox/okta"
	"airpass/sandbox/sts"
	"airpass/sandbox/workspace"
	"airpass/setup"
)

// patient is a world and the configuration with which airpass would live in it.
type patient struct {
	*testing.T
	*sandbox.World
	text string
}

var environ sync.Once

func admit(t *testing.T) *patient {
	t.Helper()
	w, err := sandbox.Start(t.Context(), sandbox.Options{PushDelay: -1, AssignmentDelay: -1, Tiles: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	environ.Do(func() { // the same for every world
		for _, pair := range w.Environ() {
			name, value, _ := strings.Cut(pair, "=")
			if err := os.Setenv(name, value); err != nil {
				t.Error(err)
			}
		}
	})
	return &patient{T: t, World: w, text: string(w.Config("sqlite:" + filepath.Join(t.TempDir(), "airpass.db")))}
}

func (p *patient) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// tile changes the SAML application of the environment prod.
func (p *patient) tile(change func(*identitycenter.Application)) {
	p.Helper()
	p.must(p.IdentityCenter.EditApplication(p.Tile("prod"), change))
}

// edit replaces words of the configuration, which have to be there.
func (p *patient) edit(old, new string) {
	p.Helper()
	if !strings.Contains(p.text, old) {
		p.Fatalf("the configuration has no %q:\n%s", old, p.text)
	}
	p.text = strings.Replace(p.text, old, new, 1)
}

// deployment is what doctor looks at, as the command would.
func (p *patient) deployment() doctor.Deployment {
	p.Helper()
	c, err := config.Parse("airpass.yaml", []byte(p.text), nil)
	p.must(err)
	c.Quotas.OktaPerMinute, c.Quotas.IdentityCenterPerSecond, c.Quotas.IdentityStorePerSecond = 30000, 1000, 1000 // the vendors' own limits hold it
	p.IdentityCenter.SetLimits(1000, 1000)
	d, err := bot.Doctor(p.Context(), c, nil)
	p.must(err)
	return d
}

// anchored has heads of the trail kept in S3.
func (p *patient) anchored() {
	p.Helper()
	p.edit("\naudit:\n", "\naudit:\n  anchor_bucket: {bucket: "+sandbox.AnchorBucket+"}\n")
}

func (p *patient) examined(checks []doctor.Check) []doctor.Finding {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.Context(), time.Minute)
	defer cancel()
	return doctor.Run(ctx, checks, nil)
}

func TestAHealthyDeploymentHasNothingWrong(t *testing.T) {
	t.Parallel()
	p := admit(t)
	p.text += campaign("manager, {okta_group: "+p.SecurityGroup()+"}", "{person: sam@example.com}, environment_owners")
	p.anchored()
	d := p.deployment()
	for _, f := range p.examined(d.Checks()) {
		if f.Severity == doctor.Wrong || f.Severity == doctor.Unknown {
			t.Errorf("%+v", f)
		}
	}
	for _, f := range p.examined(d.Path("ada@example.com", "prod/Viewer")) {
		if f.Severity == doctor.Wrong || f.Severity == doctor.Unknown {
			t.Errorf("%+v", f)
		}
	}
}

// seed is one thing that is not as it has to be, and what doctor has to say of it.
type seed struct {
	name  string
	sow   func(p *patient)
	check string
	grade doctor.Severity
	says  string // in result, means or mend
}

func groupOf(p *patient, id string) string {
	p.Helper()
	g := p.Target(id).OktaGroup
	if g == "" {
		p.Fatalf("%s has no Okta group", id)
	}
	return g
}

// campaign is a campaign in the configuration.
func campaign(reviewers, fallback string) string {
	return "\ncampaigns: [{name: yearly, schedule: \"@yearly\", reviewers: [" + reviewers + "], fallback: [" + fallback + "]}]\n"
}

func seeds() []seed {
	byGroup, byUser := "dev/User", "prod/Viewer" // as the town has them
	policy := func(p *patient, id, change, to string) {
		t := p.Target(id)
		for _, s := range p.IdentityCenter.PermissionSets() {
			if s.ARN == t.PermissionSet {
				if !strings.Contains(s.InlinePolicy, change) {
					p.Fatalf("%s is not in %s", change, s.InlinePolicy)
				}
				p.must(p.IdentityCenter.SetInlinePolicy(s.ARN, strings.ReplaceAll(s.InlinePolicy, change, to)))
			}
		}
	}
	return []seed{
		{"the bucket of anchors does not lock", func(p *patient) { p.anchored(); p.S3.Make(sandbox.AnchorBucket, false) }, "Anchors", doctor.Wrong, "object lock is not on"},
		{"the bucket of anchors is not there", func(p *patient) {
			p.anchored()
			p.edit("{bucket: "+sandbox.AnchorBucket, "{bucket: other")
		}, "Anchors", doctor.Wrong, "no such bucket"},
		{"anchors may not be locked", func(p *patient) { p.anchored(); p.S3.Deny("s3:PutObjectRetention") }, "Anchors", doctor.Wrong, "s3:PutObjectRetention"},
		{"people are erased before somebody audits", func(p *patient) { p.edit("\naudit:\n", "\nretention: {personal: 100d}\naudit:\n") }, "Configuration", doctor.Unwise, "100 days"},
		{"the bot token was revoked", func(p *patient) { p.Slack.Rotate("xoxb-other", p.Slack.AppToken()) }, "Slack app", doctor.Wrong, "install the app again"},
		{"the token is of another workspace", func(p *patient) { p.edit("team: \"T0SANDBOX\"", "team: \"T0ANOTHER\"") }, "Slack app", doctor.Wrong, "correct slack.team"},
		{"the app is not in the admin channel", func(p *patient) {
			p.Slack.UpdateChannel(sandbox.AdminChannel, func(c *workspace.Channel) { c.Members = nil })
		}, "Slack channels", doctor.Wrong, "invite the app"},
		{"a channel that is not there", func(p *patient) { p.edit(sandbox.RequestsChannel, "C0NOWHERE") }, "Slack channels", doctor.Wrong, "slack.requests_channel"},
		{"the Okta token was revoked", func(p *patient) { p.edit(p.Okta.APIToken(), "00another-token") }, "Okta application", doctor.Wrong, "airpass setup okta"},
		{"the application's id is wrong", func(p *patient) { p.edit("identity_center_app: ", "identity_center_app: 0oanobody00000000000 # ") }, "Okta application", doctor.Wrong, "okta.identity_center_app"},
		{"a target's group assigns the application", func(p *patient) { p.must(p.Okta.SetAppGroup(appOf(p), groupOf(p, byGroup), true)) }, "Okta groups", doctor.Wrong, "does not assign the application"},
		{"a target's group is not there", func(p *patient) { p.edit(groupOf(p, byGroup), "00gnobody000000000XX") }, "Okta groups", doctor.Wrong, "Okta knows no group"},
		{"a group rule puts people back", func(p *patient) {
			_, err := p.Okta.AddRule(okta.Rule{Name: "everybody in data", Attribute: "user.department", Value: "Data", Groups: []string{groupOf(p, byGroup)}})
			p.must(err)
		}, "Okta group rules", doctor.Wrong, "everybody in data"},
		{"nobody may ask", func(p *patient) {
			for _, g := range p.deployment().Targets[0].Requesters {
				for _, m := range p.Okta.Members(g) {
					p.must(p.Okta.SetMember(g, m, false))
				}
			}
		}, "Who may ask", doctor.Wrong, "nobody ACTIVE"},
		{"an owner has left", func(p *patient) { p.must(p.Okta.SetStatus("olivia@example.com", okta.Deprovisioned)) }, "Who decides", doctor.Wrong, "olivia@example.com is DEPROVISIONED"},
		{"no such Slack user group", func(p *patient) { p.edit("approvers: [manager", "approvers: [{slack_group: S0NOTHERE}, manager") }, "Who decides", doctor.Wrong, "no user group S0NOTHERE"},
		{"a Slack user group of nobody", func(p *patient) {
			p.Slack.AddUserGroup(workspace.UserGroup{ID: "S0EMPTY", Handle: "empty"})
			p.edit("approvers: [manager", "approvers: [{slack_group: S0EMPTY}, manager")
		}, "Who decides", doctor.Wrong, "nobody who is ACTIVE"},
		{"no such PagerDuty schedule", func(p *patient) { p.edit("approvers: [manager", "approvers: [{on_call: P0NOTHERE}, manager") }, "Who decides", doctor.Wrong, "no schedule P0NOTHERE"},
		{"nobody is on call", func(p *patient) {
			p.must(p.PagerDuty.SetOnCall(sandbox.Schedule))
			p.edit("approvers: [manager", "approvers: [{on_call: "+sandbox.Schedule+"}, manager")
		}, "Who decides", doctor.Unwise, "nobody is on call now"},
		{"who is on call has left", func(p *patient) {
			p.must(p.PagerDuty.SetOnCall(sandbox.Schedule, "dora@example.com"))
			p.edit("approvers: [manager", "approvers: [{on_call: "+sandbox.Schedule+"}, manager")
		}, "Who decides", doctor.Wrong, "is nobody ACTIVE in Okta"},
		{"PagerDuty's key was revoked", func(p *patient) {
			p.edit(p.PagerDuty.Token(), "another-key")
			p.edit("approvers: [manager", "approvers: [{on_call: "+sandbox.Schedule+"}, manager")
		}, "Who decides", doctor.Wrong, "pagerduty.api_token"},
		{"an admin is mistyped", func(p *patient) { p.edit(`"sam@example.com"`, `"samm@example.com"`) }, "Admins", doctor.Wrong, "samm@example.com"},
		{"a campaign asks a group that is not there", func(p *patient) { p.text += campaign("{okta_group: 00gnobody000000000XX}", "manager") }, "Campaigns", doctor.Wrong, "Okta knows no group"},
		{"who stands in for reviewers has left", func(p *patient) { p.text += campaign("manager", "{person: dora@example.com}") }, "Campaigns", doctor.Wrong, "dora@example.com cannot be asked by a campaign"},
		{"the manager attribute is another one", func(p *patient) { p.edit("attribute: managerId", "attribute: manager") }, "Managers", doctor.Wrong, "okta.manager.attribute"},
		{"another instance", func(p *patient) {
			_, id, _ := strings.Cut(p.IdentityCenter.InstanceARN(), "/")
			p.text = strings.ReplaceAll(p.text, id, "ssoins-0000000000000000")
		}, "Identity Center", doctor.Wrong, "aws.instance_arn"},
		{"the instance is an account's own", func(p *patient) { p.IdentityCenter.SetOwner("444455556666") }, "Identity Center", doctor.Wrong, "take the organization's instance"},
		{"an instance of somebody else's beside it", func(p *patient) {
			p.IdentityCenter.ShowInstance("arn:aws:sso:::instance/ssoins-0000000000000000", "d-0000000000", "444455556666")
		}, "Identity Center", doctor.Unwise, "one of them is an account instance"},
		{"no API lists commands", func(*patient) {}, "Slack's way here", doctor.ByHand, "type /airflow help"},
		{"another identity store", func(p *patient) { p.edit(p.IdentityCenter.IdentityStoreID(), "d-0000000000") }, "Identity Center", doctor.Wrong, "write d-"},
		{"AWS denies", func(p *patient) { p.IdentityCenter.Faults().Add(control.Fault{Op: "*", Answer: "denied"}) }, "Identity Center", doctor.Wrong, "airpass setup iam"},
		{"AWS does not answer", func(p *patient) { p.IdentityCenter.Faults().Add(control.Fault{Op: "*", Answer: "unavailable"}) }, "Identity Center", doctor.Unknown, "nothing is known"},
		{"a permission set is called otherwise", func(p *patient) { p.edit(p.Target(byUser).PermissionSetName, "another-name") }, "Permission sets", doctor.Wrong, "write permission_set_name: "},
		{"a permission set that is not there", func(p *patient) {
			arn := p.Target(byUser).PermissionSet
			p.edit(arn, arn[:len(arn)-4]+"0000")
		}, "Permission sets", doctor.Wrong, "correct permission_set"},
		{"sessions are longer than said", func(p *patient) { p.edit("session_duration: 4h", "session_duration: 1h # 4h") }, "Permission sets", doctor.Wrong, "an end that is too early"},
		{"the role is spelled small", func(p *patient) { policy(p, byUser, "/Viewer", "/viewer") }, "Permission sets", doctor.Wrong, "airflow:CreateWebLoginToken is not allowed"},
		{"every role is opened", func(p *patient) { policy(p, byUser, "/Viewer", "/*") }, "Permission sets", doctor.Wrong, "it also opens the role Admin"},
		{"the command line is given away", func(p *patient) { policy(p, byUser, `"airflow:GetEnvironment"`, `"airflow:*"`) }, "Permission sets", doctor.Unwise, "CreateCliToken"},
		{"approvers are warned of what is not given", func(p *patient) { p.edit("    role: \"Viewer\"\n", "    role: \"Viewer\"\n    cli: true\n") }, "Permission sets", doctor.Unwise, "take cli out"},
		{"an edit that was not provisioned", func(p *patient) {
			t := p.Target(byGroup)
			for _, s := range p.IdentityCenter.PermissionSets() {
				if s.ARN == t.PermissionSet {
					p.must(p.IdentityCenter.SetInlinePolicy(s.ARN, s.InlinePolicy+" "))
				}
			}
		}, "Permission sets", doctor.Wrong, "provision the permission set"},
		{"the pushed group holds nothing", func(p *patient) {
			t := p.Target(byGroup)
			for _, a := range p.IdentityCenter.Assignments() {
				if a.PermissionSetARN == t.PermissionSet {
					p.must(p.IdentityCenter.Unassign(a))
				}
			}
		}, "Assignments", doctor.Wrong, "grants never become ready"},
		{"a tile is not there", func(p *patient) { p.must(p.IdentityCenter.DeleteApplication(p.Tile("prod"))) }, "Portal tiles", doctor.Wrong, "correct saml_application"},
		{"a tile is disabled", func(p *patient) { p.tile(func(a *identitycenter.Application) { a.Disabled = true }) }, "Portal tiles", doctor.Wrong, "enable it"},
		{"a tile is for everybody", func(p *patient) { p.tile(func(a *identitycenter.Application) { a.ForEverybody = true }) }, "Portal tiles", doctor.Wrong, "require assignments"},
		{"a tile is of another protocol", func(p *patient) {
			p.tile(func(a *identitycenter.Application) { a.ProviderARN = "arn:aws:sso::aws:applicationProvider/custom" })
		}, "Portal tiles", doctor.Wrong, "not SAML"},
		{"a tile leads elsewhere", func(p *patient) { p.tile(func(a *identitycenter.Application) { a.URL = "https://example.com/" }) }, "Portal tiles", doctor.Unwise, "Application start URL"},
		{"AWS takes no assignments of SAML applications", func(p *patient) { p.IdentityCenter.RefuseSAMLAssignments(true) }, "Portal tiles", doctor.Unwise, "to a group of those who may ask"},
		{"an environment is not there", func(p *patient) { p.edit("name: \""+p.Target(byUser).MWAAName, "name: \"another-name") }, "Environments", doctor.Wrong, "correct the environment's name"},
		{"an environment is being deleted", func(p *patient) {
			t := p.Target(byUser)
			p.must(p.MWAA.SetStatus(t.Account, "eu-west-1", t.MWAAName, mwaa.Deleting))
		}, "Environments", doctor.Wrong, "DELETING"},
		{"the role for MWAA cannot be assumed", func(p *patient) { p.edit("external_id: \"airpass-sandbox\", login", "external_id: \"another\", login") }, "Environments", doctor.Wrong, "airpass setup iam"},
		{"the role for logins does not let itself be named", func(p *patient) {
			t := p.Target("prod/Viewer")
			name := "permission_set_name: \"" + t.PermissionSetName + "\""
			p.edit(name, name+"\n    link: instant")
			p.must(p.STS.AddRole(sts.Role{ARN: p.LoginRole(t.Account), ExternalID: "airpass-sandbox"}))
		}, "Links", doctor.Wrong, "sts:SetSourceIdentity"},
		{"the app token was revoked", func(p *patient) { p.Slack.Rotate(p.Slack.BotToken(), "xapp-1-another") }, "Slack's way here", doctor.Wrong, "connections:write"},
		{"the signing secret is something else", func(p *patient) {
			p.edit("  app_token: ", "  mode: http\n  signing_secret: {value: a-client-secret}\n  app_token: ")
		}, "Slack's way here", doctor.Wrong, "Signing Secret, not the client secret"},
		{"a deny is left behind", func(p *patient) {
			target := p.deployment().Targets[0]
			p.must(p.IdentityCenter.SetInlinePolicy(target.PermissionSet, setup.Inline(target, nil, "90677c608a-00000000-0000-0000-0000-000000000000").String()))
		}, "Permission sets", doctor.Wrong, "whose sessions nobody cuts"},
		{"a role is assumed without an external id", func(p *patient) { p.edit("external_id: \"airpass-sandbox\", login_role_arn", "login_role_arn") }, "Configuration", doctor.Unwise, "the confused deputy"},
		{"requests wait for days", func(p *patient) { p.text += "\ntimes: {request_lapse: 120h}\n" }, "Configuration", doctor.Unwise, "write 72h or less"},
		{"people who left are looked for too rarely", func(p *patient) { p.text += "\ntimes: {deactivation_sweep: 2h}\n" }, "Configuration", doctor.Unwise, "times.deactivation_sweep"},
		{"one person alone decides", func(p *patient) { p.edit("approvers: [manager", "approvers: [{person: grace@example.com}] # ") }, "Configuration", doctor.Unwise, "alone decides"},
	}
}

// What the vendors say of their clocks and limits is heard of their own answers.
func TestClocksAndLimitsAreHeardOf(t *testing.T) {
	t.Parallel()
	p := admit(t)
	d := p.deployment()
	p.examined(d.Checks())
	heard := d.Heard()
	for _, of := range []string{"Slack", "Okta", "AWS"} {
		if off, is := heard.Skews[of]; !is || off.Abs() >= 15*time.Second {
			t.Errorf("%s: %s %v", of, off, is)
		}
	}
	if len(heard.Limits) == 0 {
		t.Error("Okta's limits were not heard")
	}
	d.OktaPerMinute, d.IdentityCenterPerSecond = 300, 10
	for _, c := range []struct {
		heard doctor.Heard
		check string
		grade doctor.Severity
		says  string
	}{
		{doctor.Heard{Skews: map[string]time.Duration{"AWS": -5 * time.Second}}, "Clocks", doctor.Fine, "agree"},
		{doctor.Heard{Skews: map[string]time.Duration{"AWS": 20 * time.Second}}, "Clocks", doctor.Unwise, "20s ahead of"},
		{doctor.Heard{Skews: map[string]time.Duration{"Slack": -2 * time.Minute}}, "Clocks", doctor.Wrong, "2m0s behind"},
		{doctor.Heard{Limits: []doctor.Limit{{Of: "users", Most: 600, Left: 590}}}, "Rate limits", doctor.Fine, "590 of 600"},
		{doctor.Heard{Limits: []doctor.Limit{{Of: "users", Most: 600, Left: 20}}}, "Rate limits", doctor.Unwise, "somebody uses them up"},
		{doctor.Heard{Limits: []doctor.Limit{{Of: "groups", Most: 500, Left: 480}}}, "Rate limits", doctor.Unwise, "okta_per_minute: 250"},
	} {
		d.Heard = func() doctor.Heard { return c.heard }
		checks := slices.DeleteFunc(d.Checks(), func(one doctor.Check) bool { return one.Name != c.check })
		if found := p.examined(checks); len(found) != 1 || found[0].Severity != c.grade || !strings.Contains(found[0].Result+found[0].Means+found[0].Mend, c.says) {
			t.Errorf("%+v: %+v", c.heard, found)
		}
	}
	d.IdentityCenterPerSecond = 20
	d.Heard = func() doctor.Heard { return doctor.Heard{} }
	checks := slices.DeleteFunc(d.Checks(), func(one doctor.Check) bool { return one.Name != "Rate limits" })
	if found := p.examined(checks); len(found) != 1 || found[0].Severity != doctor.Unwise {
		t.Errorf("%+v", found)
	}
}

// Whose sessions are cut and what a policy denies belong together, both ways.
func TestCutsAreHeldToThePolicies(t *testing.T) {
	t.Parallel()
	p := admit(t)
	d := p.deployment()
	target := d.Targets[0]
	const user = "90677c608a-00000000-0000-0000-0000-000000000000"
	cut := access.Cut{Person: user, Subject: access.Person{Login: "ada@example.com"}, Target: target, State: access.CutDone}
	d.Cuts = func(context.Context) ([]access.Cut, error) { return []access.Cut{cut}, nil }
	of := func() []doctor.Finding {
		return slices.DeleteFunc(p.examined(d.Checks()), func(f doctor.Finding) bool { return f.Check != "Permission sets" || f.Severity != doctor.Wrong })
	}
	if found := of(); len(found) != 1 || !strings.Contains(found[0].Result, "ada@example.com are cut") {
		t.Errorf("%+v", found)
	}
	cut.State = access.CutAsked // which is still being brought there
	if found := of(); len(found) != 0 {
		t.Errorf("%+v", found)
	}
	cut.State = access.CutDone
	p.must(p.IdentityCenter.SetInlinePolicy(target.PermissionSet, setup.Inline(target, nil, user).String()))
	if found := of(); slices.ContainsFunc(found, func(f doctor.Finding) bool { return strings.Contains(f.Result, "cut") }) {
		t.Errorf("%+v", found)
	}
}

func appOf(p *patient) string { return p.deployment().Application }

func TestSeededMisconfigurationsAreFound(t *testing.T) {
	t.Parallel()
	for _, s := range seeds() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			p := admit(t)
			s.sow(p)
			found := p.examined(p.deployment().Checks())
			if !slices.ContainsFunc(found, func(f doctor.Finding) bool {
				return f.Check == s.check && f.Severity == s.grade && strings.Contains(f.About+"\n"+f.Result+"\n"+f.Means+"\n"+f.Mend, s.says) && f.Mend != ""
			}) {
				t.Errorf("%s %q is not among", s.grade, s.says)
				for _, f := range found {
					if f.Severity != doctor.Fine {
						t.Errorf("%s %s %s: %s; %s; %s", f.Severity, f.Check, f.About, f.Result, f.Means, f.Mend)
					}
				}
			}
		})
	}
}
