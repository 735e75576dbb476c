package setup_test

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"airpass/access"
	"airpass/outbound"
	"airpass/setup"
)

const (
	instance = "arn:aws:sso:::instance/ssoins-0123456789abcdef"
	set      = "arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-1111111111111111"
)

func target(key, account string, mode access.Mode) access.Target {
	return access.Target{ID: key + "/Viewer", Mode: mode, Role: access.Viewer, Instance: instance, PermissionSet: set,
		Environment: access.Environment{Key: key, Account: account, Region: "eu-west-1", Partition: "aws", Name: "data-" + key}}
}

// whole needs everything there is.
func whole() setup.Deployment {
	return setup.Deployment{
		Instance: instance, ByPrincipal: true, Principal: "arn:aws:iam::999999999999:role/airpass",
		IdentityCenter: setup.Assumed{ARN: "arn:aws:iam::999999999999:role/identity-center", ExternalID: "e-1"},
		Accounts:       map[string]setup.Assumed{"222222222222": {ARN: "arn:aws:iam::222222222222:role/mwaa", ExternalID: "e-2"}},
		Secrets:        []string{"airpass/slack", "arn:aws:secretsmanager:eu-west-1:999999999999:secret:okta-AbCdEf"}, SecretsRegion: "eu-west-1",
		Parameters: []string{"/airpass/audit:3"},
		Targets:    []access.Target{tiled(target("prod", "222222222222", access.ByUser)), instantly(target("staging", "111111111111", access.ByGroup))},
		History:    true, LogGroups: []string{"arn:aws:logs:eu-west-1:222222222222:log-group:airflow-use"},
		Anchors: setup.Assumed{ARN: "arn:aws:iam::999999999999:role/anchors", ExternalID: "e-5"}, AnchorBucket: "example-audit", AnchorPrefix: "airpass/",
		Logins: map[string]setup.Assumed{"111111111111": {ARN: "arn:aws:iam::111111111111:role/login", ExternalID: "e-3"}},
	}
}

func tiled(t access.Target) access.Target {
	t.Application = oneApp
	return t
}

func instantly(t access.Target) access.Target {
	t.Instant = true
	return t
}

func actions(roles []setup.IAMRole) []string {
	var all []string
	for _, r := range roles {
		for _, s := range r.Policy.Statement {
			all = append(all, s.Action...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func TestEveryCallToAWSIsAllowedAndNothingElse(t *testing.T) {
	t.Parallel()
	equal := func(what string, roles []setup.IAMRole, sites []outbound.Site) {
		t.Helper()
		if allowed, called := actions(roles), called(t, sites); !slices.Equal(allowed, called) {
			t.Errorf("%s\nallowed: %v\ncalled:  %v", what, allowed, called)
		}
	}
	equal("what serves", whole().Roles(), outbound.Serving())
	equal("setup", []setup.IAMRole{whole().SetupRole()}, slices.DeleteFunc(outbound.Setup(), func(s outbound.Site) bool { return s == outbound.AssumeRole }))
	cutting := whole()
	cutting.Cutting, cutting.Cuts = true, setup.Assumed{ARN: "arn:aws:iam::999999999999:role/cuts", ExternalID: "e-4"}
	var role []setup.IAMRole
	for _, r := range cutting.Roles() {
		if r.ARN == cutting.Cuts.ARN {
			role = append(role, r)
		}
	}
	equal("what cuts sessions", role, outbound.Cutting())
	equal("all of it", cutting.Roles(), append(outbound.Serving(), outbound.Cutting()...))
	for _, s := range role[0].Policy.Statement {
		for _, r := range s.Resource {
			if strings.Contains(r, ":permissionSet/") && len(s.Condition["StringLike"]["aws:ResourceTag/airpass"]) == 0 || r == "*" && s.Sid != "SeePermissionSets" {
				t.Errorf("%s reaches %s without the tag", s.Sid, r)
			}
		}
	}
	for _, s := range outbound.SetupOnly() {
		if slices.Contains(outbound.Serving(), s) {
			t.Errorf("%s %s is only setup's and what serves may do it", s.Vendor, s.Name)
		}
	}
}

// called are the sites' actions in IAM.
func called(t *testing.T, sites []outbound.Site) []string {
	t.Helper()
	services := map[outbound.Vendor]string{outbound.IdentityCenter: "sso", outbound.IdentityStore: "identitystore",
		outbound.MWAA: "airflow", outbound.STS: "sts", outbound.Okta: "", outbound.Slack: "", outbound.PagerDuty: "", outbound.Webhook: "",
		outbound.SecretsManager: "secretsmanager", outbound.SSM: "ssm",
		outbound.CloudTrail: "cloudtrail", outbound.CloudWatchLogs: "logs", outbound.S3: "s3"}
	var called []string
	for _, s := range sites {
		service, known := services[s.Vendor]
		switch {
		case !known:
			t.Errorf("nobody has said what %s has to be allowed in IAM", s.Vendor)
		case service != "":
			name := map[outbound.Site]string{outbound.GetObjectLock: "GetBucketObjectLockConfiguration"}[s]
			called = append(called, service+":"+cmp.Or(name, s.Name))
		}
		if s == outbound.PutObject { // which writing with a lock needs besides
			called = append(called, "s3:PutObjectRetention")
		}
		if s == outbound.CreateWebLoginToken { // which assuming a role in a person's name needs besides
			called = append(called, "sts:SetSourceIdentity")
		}
	}
	slices.Sort(called)
	return slices.Compact(called)
}

// Whatever setup changes in a permission set, the set carries the tag; and nothing lets
// it put the tag on one that does not.
func TestSetupChangesOnlyWhatCarriesTheTag(t *testing.T) {
	t.Parallel()
	d := whole()
	d.Setup = setup.Assumed{ARN: "arn:aws:iam::999999999999:role/setup", ExternalID: "e-3"}
	role := d.SetupRole()
	for _, s := range role.Policy.Statement {
		tag := ""
		for _, key := range []string{"aws:RequestTag/airpass", "aws:ResourceTag/airpass"} {
			if len(s.Condition["StringLike"][key]) > 0 {
				tag = key
			}
		}
		for _, r := range s.Resource {
			reaches := strings.Contains(r, ":permissionSet/") || r == "*" && s.Sid != "Read"
			if reaches && tag == "" {
				t.Errorf("%s reaches %s without the tag", s.Sid, r)
			}
		}
		if slices.Contains(s.Action, "sso:CreatePermissionSet") && tag != "aws:RequestTag/airpass" {
			t.Errorf("%s makes sets without the tag", s.Sid)
		}
		if slices.Contains(s.Action, "sso:TagResource") || slices.ContainsFunc(s.Action, func(a string) bool { return strings.Contains(a, "*") }) {
			t.Errorf("%s: %v", s.Sid, s.Action)
		}
	}
	if tr := role.Trust; tr == nil || !slices.Equal(tr.Statement[0].Condition["StringEquals"]["sts:ExternalId"], setup.Values{"e-3"}) {
		t.Errorf("%+v", tr)
	}
	golden(t, "iam-setup.json", role.Policy.String())
	for _, r := range d.Roles() {
		if r.ARN == d.Setup.ARN {
			t.Error("what serves may assume it")
		}
	}
}

func TestChangesAreLimitedToWhatIsAssigned(t *testing.T) {
	t.Parallel()
	var found bool
	for _, r := range whole().Roles() {
		for _, s := range r.Policy.Statement {
			changes := slices.ContainsFunc(s.Action, func(a string) bool { return strings.HasPrefix(a, "sso:Create") || strings.HasPrefix(a, "sso:Delete") })
			if !changes {
				continue
			}
			found = true
			want := []string{"arn:aws:sso:::account/222222222222", instance, set}
			if slices.ContainsFunc(s.Action, func(a string) bool { return strings.HasSuffix(a, "ApplicationAssignment") }) {
				want = []string{oneApp}
			}
			if !slices.Equal(s.Resource, want) {
				t.Errorf("%s: %s may be changed, want %s", s.Sid, s.Resource, want)
			}
		}
	}
	if !found {
		t.Error("nothing may be assigned")
	}
	grouped := whole()
	grouped.Targets = grouped.Targets[1:]
	for _, a := range actions(grouped.Roles()) {
		if strings.HasSuffix(a, "CreateAccountAssignment") || strings.HasSuffix(a, "DeleteAccountAssignment") || strings.HasSuffix(a, "teApplicationAssignment") {
			t.Errorf("%s is allowed though every target is granted by group, and none has a tile", a)
		}
	}
}

func TestADelegatedAdministratorListsNobodysAssignments(t *testing.T) {
	t.Parallel()
	d := whole()
	d.ByPrincipal = false
	if slices.Contains(actions(d.Roles()), "sso:ListAccountAssignmentsForPrincipal") {
		t.Error("only the management account may call ListAccountAssignmentsForPrincipal")
	}
}

func TestEachRoleIsOnlyForAirpassWithItsExternalID(t *testing.T) {
	t.Parallel()
	roles := whole().Roles()
	if own := roles[0]; own.ARN != "" || own.Trust != nil {
		t.Errorf("%+v", own)
	}
	for i, external := range map[int]string{1: "e-1", 2: "e-2", 3: "e-5", 4: "e-3"} {
		trust := roles[i].Trust.Statement[0]
		if trust.Principal.AWS != "arn:aws:iam::999999999999:role/airpass" || !slices.Equal(trust.Condition["StringEquals"]["sts:ExternalId"], setup.Values{external}) {
			t.Errorf("%s: %+v", roles[i].ARN, trust)
		}
	}
	d := whole()
	d.Principal = ""
	if d.Roles()[1].Trust != nil {
		t.Error("nobody said who may assume the role")
	}
}

func TestWithoutRolesEverythingIsAirpassItsOwn(t *testing.T) {
	t.Parallel()
	d := whole()
	d.IdentityCenter, d.Anchors, d.Accounts, d.Targets[1].Instant = setup.Assumed{}, setup.Assumed{}, nil, false
	roles := d.Roles()
	if len(roles) != 1 || slices.Contains(actions(roles), "sts:AssumeRole") {
		t.Fatalf("%+v", roles)
	}
	sids := map[string]bool{}
	for _, s := range roles[0].Policy.Statement {
		if sids[s.Sid] {
			t.Errorf("two statements are called %s", s.Sid)
		}
		sids[s.Sid] = true
	}
}

// Somebody who is signed in at a click is so under a role that does nothing else, which has
// to let airpass say in whose name; it is asked for only where a target is so.
func TestPeopleAreSignedInUnderARoleOfItsOwn(t *testing.T) {
	t.Parallel()
	roles := whole().Roles()
	login := roles[len(roles)-1]
	if text := login.Policy.String(); login.ARN != "arn:aws:iam::111111111111:role/login" || len(login.Policy.Statement) != 1 ||
		!strings.Contains(text, `"arn:aws:airflow:eu-west-1:111111111111:role/data-staging/Viewer"`) || !strings.Contains(text, `"airflow:CreateWebLoginToken"`) {
		t.Errorf("%s %s", login.ARN, text)
	}
	if trusts := login.Trust.Statement[0].Action; !slices.Equal(trusts, []string{"sts:AssumeRole", "sts:SetSourceIdentity"}) {
		t.Error(trusts)
	}
	for _, s := range roles[0].Policy.Statement {
		sets := slices.Contains(s.Action, "sts:SetSourceIdentity")
		if sets && !slices.Equal(s.Resource, []string{login.ARN}) {
			t.Errorf("a source identity may be set for %s", s.Resource)
		}
		if slices.Contains(s.Action, "sts:AssumeRole") && !slices.Contains(s.Resource, login.ARN) {
			t.Errorf("%s cannot be assumed", login.ARN)
		}
	}
	d := whole()
	d.Targets[1].Instant = false
	for _, r := range d.Roles() {
		if text := r.Policy.String(); r.ARN == login.ARN || strings.Contains(text, "CreateWebLoginToken") || strings.Contains(text, "SetSourceIdentity") || strings.Contains(text, login.ARN) {
			t.Errorf("no target has instant links, and yet: %s %s", r.ARN, text)
		}
	}
}

func TestASessionOpensOneAirflowRole(t *testing.T) {
	t.Parallel()
	text := setup.LoginPolicy(target("prod", "222222222222", access.ByUser)).String()
	if strings.Count(text, "arn:") != 1 || !strings.Contains(text, `"arn:aws:airflow:eu-west-1:222222222222:role/data-prod/Viewer"`) || strings.Contains(text, "*") || !strings.Contains(text, `"airflow:CreateWebLoginToken"`) {
		t.Error(text)
	}
}

func TestOtherPartitions(t *testing.T) {
	t.Parallel()
	e := access.Environment{Account: "222222222222", Region: "cn-north-1", Partition: "aws-cn", Name: "etl"}
	if arn := setup.EnvironmentARN(e); arn != "arn:aws-cn:airflow:cn-north-1:222222222222:environment/etl" {
		t.Error(arn)
	}
	if arn := setup.RoleARN(e, access.Op); arn != "arn:aws-cn:airflow:cn-north-1:222222222222:role/etl/Op" {
		t.Error(arn)
	}
	d := whole()
	d.Targets[0].Instance = "arn:aws-us-gov:sso:::instance/ssoins-0123456789abcdef"
	if text := d.Roles()[1].Policy.String(); !strings.Contains(text, "arn:aws-us-gov:sso:::account/222222222222") {
		t.Error(text)
	}
}

func TestAPolicyIsWhatIAMReads(t *testing.T) {
	t.Parallel()
	for _, r := range whole().Roles() {
		var back map[string]any
		if err := json.Unmarshal([]byte(r.Policy.String()), &back); err != nil || back["Version"] != "2012-10-17" {
			t.Errorf("%v: %s", err, r.Policy)
		}
		for _, s := range r.Policy.Statement {
			if s.Effect != "Allow" || s.Sid == "" || len(s.Action) == 0 || len(s.Resource) == 0 {
				t.Errorf("%s: %+v", r.Purpose, s)
			}
		}
	}
}

func TestSecretsAreNamedOneByOne(t *testing.T) {
	t.Parallel()
	text := whole().Roles()[0].Policy.String()
	for _, arn := range []string{"arn:aws:secretsmanager:eu-west-1:*:secret:airpass/slack-??????",
		"arn:aws:secretsmanager:eu-west-1:999999999999:secret:okta-AbCdEf", "arn:aws:ssm:eu-west-1:*:parameter/airpass/audit"} {
		if !strings.Contains(text, `"`+arn+`"`) {
			t.Errorf("%s is not in %s", arn, text)
		}
	}
}

// Who has opened Airflow is read by nobody unless it is switched on.
func TestTheLastUseIsOptIn(t *testing.T) {
	t.Parallel()
	d := whole()
	d.History, d.LogGroups = false, nil
	for _, a := range actions(d.Roles()) {
		if strings.HasPrefix(a, "cloudtrail:") || strings.HasPrefix(a, "logs:") {
			t.Errorf("%s is allowed", a)
		}
	}
}

func TestAnchorsAreWrittenAndNeitherReadNorDeleted(t *testing.T) {
	t.Parallel()
	for _, r := range whole().Roles() {
		for _, s := range r.Policy.Statement {
			for _, a := range s.Action {
				if strings.HasPrefix(a, "s3:") && (r.ARN != whole().Anchors.ARN || !slices.Contains([]string{"s3:PutObject", "s3:PutObjectRetention", "s3:GetBucketObjectLockConfiguration"}, a)) {
					t.Errorf("%s may %s", r.ARN, a)
				}
				if want := "arn:aws:s3:::example-audit/airpass/*"; strings.HasPrefix(a, "s3:Put") && !slices.Equal(s.Resource, []string{want}) {
					t.Errorf("%s on %v, want %s", a, s.Resource, want)
				}
			}
		}
	}
}
