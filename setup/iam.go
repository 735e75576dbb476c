package setup

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"airpass/access"
	"airpass/outbound"
)

// Deployment is what the policies are written for.
type Deployment struct {
	Instance string // of Identity Center: ARN
	// IdentityCenter is assumed for Identity Center; without an ARN airpass calls as itself.
	IdentityCenter Assumed
	// Setup is assumed by airpass setup plan and setup apply instead; without an ARN they call
	// as whoever runs them.
	Setup Assumed
	// Cuts is assumed to cut sessions; without an ARN it is IdentityCenter. Cutting: it is done.
	Cuts    Assumed
	Cutting bool
	// Accounts are the roles assumed for reading MWAA, by account; an account without one
	// is read by airpass as itself.
	Accounts map[string]Assumed
	// Logins are the roles assumed in a person's name to sign them in, by account.
	Logins  map[string]Assumed
	Targets []access.Target
	// ByPrincipal: the assignments of a person are listed as such, which only the
	// management account may do.
	ByPrincipal bool
	// Secrets are the names or ARNs of secrets in Secrets Manager that the configuration
	// names, Parameters those in the Parameter Store; what is only named is in SecretsRegion.
	Secrets, Parameters []string
	SecretsRegion       string
	// History: the event history of CloudTrail is read in each account with environments.
	// LogGroups are the ARNs of the log groups that are read besides.
	History   bool
	LogGroups []string
	// Anchors writes anchors of the audit trail; without an ARN airpass does as itself. They
	// are below AnchorPrefix in AnchorBucket; empty is nowhere.
	Anchors                    Assumed
	AnchorBucket, AnchorPrefix string
	// Principal is the ARN of what airpass runs as. Without it no trust policy is written.
	Principal string
}

// Assumed is a role that airpass assumes.
type Assumed struct {
	ARN        string
	ExternalID string
}

// IAMRole is what one role, or airpass's own identity, has to be allowed.
type IAMRole struct {
	// ARN of the role; empty for what airpass itself runs as.
	ARN     string
	Purpose string
	Policy  Document
	// Trust is who may assume the role; nil where that is not for us to say.
	Trust *Document `json:",omitempty"`
}

// prefix is the name of an outside system in IAM's actions.
var prefix = map[outbound.Vendor]string{
	outbound.IdentityCenter: "sso", outbound.IdentityStore: "identitystore", outbound.MWAA: "airflow", outbound.STS: "sts",
	outbound.SecretsManager: "secretsmanager", outbound.SSM: "ssm",
	outbound.CloudTrail: "cloudtrail", outbound.CloudWatchLogs: "logs", outbound.S3: "s3",
}

// renamed are the actions that are called otherwise than what they allow.
// See https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html.
var renamed = map[outbound.Site]string{
	outbound.GetObjectLock: "GetBucketObjectLockConfiguration", outbound.ListObjectVersions: "ListBucketVersions", outbound.GetObject: "GetObjectVersion",
}

// action is what a call has to be allowed in IAM; empty if it is not one to AWS.
func action(s outbound.Site) string {
	if p, ok := prefix[s.Vendor]; ok {
		return p + ":" + cmp.Or(renamed[s], s.Name)
	}
	return ""
}

// Roles lists what has to be allowed: airpass's own identity first, then the role for
// Identity Center, then one for each account with environments.
func (d Deployment) Roles() []IAMRole {
	own := IAMRole{Purpose: "what airpass itself runs as", Policy: document()}
	var assumed []IAMRole
	add := func(who Assumed, purpose string, statements []Statement) {
		if who.ARN == "" {
			own.Policy.Statement = append(own.Policy.Statement, statements...)
			return
		}
		assumed = append(assumed, IAMRole{ARN: who.ARN, Purpose: purpose, Policy: document(statements...), Trust: d.trust(who)})
	}
	add(d.IdentityCenter, "reads and changes assignments in Identity Center", d.identityCenter())
	if d.Cutting {
		who := d.Cuts
		if who.ARN == "" {
			who = d.IdentityCenter
		}
		add(who, "opt-in: cuts sessions", d.cutting())
	}
	environments := d.environments()
	for _, account := range slices.Sorted(maps.Keys(environments)) {
		add(d.Accounts[account], "reads the environments of "+account, []Statement{
			allow("Environments"+sidOf(d.Accounts[account], account), []string{action(outbound.GetEnvironment)}, environments[account])})
	}
	d.lastUse(slices.Sorted(maps.Keys(environments)), add)
	if d.AnchorBucket != "" {
		add(d.Anchors, "keeps anchors of the audit trail", d.anchors())
	}
	logins := d.logins()
	if arns := arnsOf(logins); len(arns) > 0 {
		own.Policy.Statement = append(own.Policy.Statement, allow("InAPersonsName", []string{setSource}, arns))
	}
	assumed = append(assumed, logins...)
	if arns := arnsOf(assumed); len(arns) > 0 {
		roles := allow("OnlyTheseRoles", []string{action(outbound.AssumeRole)}, arns)
		own.Policy.Statement = slices.Insert(own.Policy.Statement, 0, roles)
	}
	own.Policy.Statement = append(own.Policy.Statement, d.secrets()...)
	return append([]IAMRole{own}, merged(assumed)...)
}

// lastUse is reading who has opened Airflow, where that is switched on. The event history
// is an account's as a whole.
// See https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html,
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html.
func (d Deployment) lastUse(accounts []string, add func(who Assumed, purpose string, statements []Statement)) {
	for _, account := range accounts {
		if d.History {
			add(d.Accounts[account], "opt-in: reads the event history of "+account, []Statement{
				allow("LastUse"+sidOf(d.Accounts[account], account), []string{action(outbound.LookupEvents)}, []string{"*"})})
		}
	}
	byAccount := map[string][]string{}
	for _, arn := range d.LogGroups {
		if parts := strings.Split(arn, ":"); len(parts) > 4 {
			byAccount[parts[4]] = append(byAccount[parts[4]], arn, arn+":*")
		}
	}
	for _, account := range slices.Sorted(maps.Keys(byAccount)) {
		add(d.Accounts[account], "opt-in: reads log groups of "+account, []Statement{
			allow("RecordedUse"+sidOf(d.Accounts[account], account), []string{action(outbound.FilterLogEvents)}, byAccount[account])})
	}
}

// secrets are read by airpass as itself. Of a secret that is only named, Secrets Manager
// makes an ARN that ends in six characters of its own, in an account that is not for us to
// know. Keys of the customer's need kms:Decrypt besides, which their key policy says.
// See https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_iam-permissions.html.
func (d Deployment) secrets() []Statement {
	arn := func(service, before, name, after string) string {
		if strings.HasPrefix(name, "arn:") {
			return name
		}
		return fmt.Sprintf("arn:%s:%s:%s:*:%s%s%s", partition(d.Instance), service, d.SecretsRegion, before, strings.TrimPrefix(name, "/"), after)
	}
	var all []Statement
	var secrets, parameters []string
	for _, name := range d.Secrets {
		secrets = append(secrets, arn("secretsmanager", "secret:", name, "-??????"))
	}
	for _, name := range d.Parameters {
		if !strings.HasPrefix(name, "arn:") {
			name, _, _ = strings.Cut(name, ":") // a version or label
		}
		parameters = append(parameters, arn("ssm", "parameter/", name, ""))
	}
	if len(secrets) > 0 {
		all = append(all, allow("Secrets", []string{action(outbound.GetSecretValue)}, secrets))
	}
	if len(parameters) > 0 {
		all = append(all, allow("Parameters", []string{action(outbound.GetParameter)}, parameters))
	}
	return all
}

// anchors are written, each with its lock, and neither read nor deleted: that is for an
// auditor, and for nobody.
func (d Deployment) anchors() []Statement {
	bucket := "arn:" + partition(d.Instance) + ":s3:::" + d.AnchorBucket
	return []Statement{
		allow("WriteAnchors", []string{action(outbound.PutObject), "s3:PutObjectRetention"}, []string{bucket + "/" + d.AnchorPrefix + "*"}),
		allow("SeeThatTheyAreLocked", []string{action(outbound.GetObjectLock)}, []string{bucket}),
	}
}

// sidOf tells apart the statements that end up in one policy.
func sidOf(who Assumed, account string) string {
	if who.ARN == "" {
		return account
	}
	return ""
}

func arnsOf(roles []IAMRole) []string {
	var all []string
	for _, r := range roles {
		all = append(all, r.ARN)
	}
	return once(all)
}

// merged puts together what one role is for.
func merged(roles []IAMRole) []IAMRole {
	var all []IAMRole
	for _, r := range roles {
		if i := slices.IndexFunc(all, func(o IAMRole) bool { return o.ARN == r.ARN }); i >= 0 {
			all[i].Purpose += "; " + r.Purpose
			all[i].Policy.Statement = append(all[i].Policy.Statement, r.Policy.Statement...)
			continue
		}
		all = append(all, r)
	}
	return all
}

// identityCenter are the calls to sso-admin and the identity store. Changes are
// limited to the permission sets, accounts and applications of targets that are granted
// by assignment. Reading is about the instance as a whole: a list is how airpass sees
// what it did not make.
// See https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiamidentitycenter.html.
func (d Deployment) identityCenter() []Statement {
	var reads, changes, tiles []string
	for _, s := range outbound.Serving() {
		switch {
		case s.Vendor != outbound.IdentityCenter && s.Vendor != outbound.IdentityStore:
		case s == outbound.ListAssignmentsPrincipal && !d.ByPrincipal:
		case s == outbound.CreateApplicationAssignment || s == outbound.DeleteApplicationAssignment:
			tiles = append(tiles, action(s))
		case s.Changes:
			changes = append(changes, action(s))
		default:
			reads = append(reads, action(s))
		}
	}
	statements := []Statement{allow("Read", reads, []string{"*"})}
	if resources := d.assigned(); len(resources) > 0 {
		statements = append(statements, allow("AssignThesePermissionSets", changes, resources))
	}
	if applications := d.applications(); len(applications) > 0 {
		statements = append(statements, allow("AssignTheseApplications", tiles, applications))
	}
	return statements
}

// applications are those whose tiles come and go with access.
func (d Deployment) applications() []string {
	var all []string
	for _, t := range d.Targets {
		if t.Application != "" {
			all = append(all, t.Application)
		}
	}
	return once(all)
}

// assigned are the resources that an account assignment is about.
func (d Deployment) assigned() []string {
	var all []string
	for _, t := range d.Targets {
		if t.Mode == access.ByUser && t.PermissionSet != "" { // else it is still to be made
			all = append(all, t.PermissionSet, fmt.Sprintf("arn:%s:sso:::account/%s", partition(t.Instance), t.Environment.Account))
		}
	}
	if len(all) == 0 {
		return nil
	}
	return append(all, d.Instance)
}

// environments are the ARNs of the targets' environments by account.
func (d Deployment) environments() map[string][]string {
	all := map[string][]string{}
	for _, t := range d.Targets {
		e := t.Environment
		all[e.Account] = append(all[e.Account], EnvironmentARN(e))
	}
	return all
}

// trust lets airpass assume a role, with the external id that it was told.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html.
func (d Deployment) trust(who Assumed) *Document {
	if d.Principal == "" {
		return nil
	}
	s := Statement{Sid: "Airpass", Effect: "Allow", Principal: &Principal{AWS: d.Principal}, Action: []string{action(outbound.AssumeRole)}}
	if who.ExternalID != "" {
		s.Condition = Condition{"StringEquals": {"sts:ExternalId": {who.ExternalID}}}
	}
	doc := document(s)
	return &doc
}

// partition is the second part of an ARN.
func partition(arn string) string {
	if parts := strings.SplitN(arn, ":", 3); len(parts) == 3 && parts[1] != "" {
		return parts[1]
	}
	return "aws"
}
