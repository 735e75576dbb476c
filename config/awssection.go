package config

import (
	"fmt"
	"strings"
	"time"
)

func readAWS(root *section) AWS {
	s, ok := root.required("aws")
	if !ok {
		return AWS{}
	}
	defer s.close()
	const mend = "write a URL of the test bench, like http://127.0.0.1:9000, or leave it out"
	c := AWS{
		Region:           s.text("region", awsRegion),
		Profile:          s.optional("profile", "", awsProfile),
		EndpointURL:      s.base("endpoint_url", mend),
		InstanceARN:      s.text("instance_arn", ssoInstance),
		IdentityStoreID:  s.text("identity_store_id", ssoStore),
		PortalURL:        s.portal(),
		AssignmentLookup: s.oneOf("assignment_lookup", "principal", "principal", "list"),
	}
	c.RoleARN, c.ExternalID = s.role()
	e := s.section("endpoints")
	c.Endpoints = Endpoints{SSOAdmin: e.base("sso_admin", mend), IdentityStore: e.base("identity_store", mend),
		MWAA: e.base("mwaa", mend), STS: e.base("sts", mend), SecretsManager: e.base("secrets_manager", mend), SSM: e.base("ssm", mend),
		CloudTrail: e.base("cloudtrail", mend), Logs: e.base("logs", mend), S3: e.base("s3", mend)}
	e.close()
	if c.Region != "" && c.InstanceARN != "" && partitionOf(c.Region) != arnPart(c.InstanceARN, 1) {
		s.problem("instance_arn", fmt.Sprintf("is in the partition %s, the region %s is in %s",
			arnPart(c.InstanceARN, 1), c.Region, partitionOf(c.Region)), "correct region or instance_arn")
	}
	c.ConsoleActions = s.texts("console_actions", awsAction)
	c.AnchorGroup = s.optional("anchor_group", "", ssoGroup)
	made := s.section("setup")
	c.Setup.RoleARN, c.Setup.ExternalID = made.role()
	made.close()
	c.Cuts = s.cuts()
	c.Accounts = readAccounts(s)
	c.ConsoleURL = readConsole(s)
	return c
}

// cuts reads how sessions are cut; without the section they are not.
func (s *section) cuts() *Cuts {
	sub := s.section("cuts")
	defer sub.close()
	if !s.has("cuts") {
		return nil
	}
	var c Cuts
	c.RoleARN, c.ExternalID = sub.role()
	c.Margin, _ = sub.duration("margin", time.Hour, time.Minute, 24*time.Hour)
	c.Deactivated = sub.yes("deactivated")
	return &c
}

// portal reads the access portal's address, to which shortcut links are appended:
// https://docs.aws.amazon.com/singlesignon/latest/userguide/createshortcutlink.html.
func (s *section) portal() string {
	const mend = "write the access portal's address, like https://example.awsapps.com/start"
	if !s.present("portal_url", mend) {
		return ""
	}
	return s.base("portal_url", mend)
}

// role reads role_arn and external_id.
func (s *section) role() (arn, external string) {
	arn = s.optional("role_arn", "", awsRole)
	external = s.optional("external_id", "", awsExternal)
	if s.has("external_id") && !s.has("role_arn") {
		s.problem("external_id", "stands without a role_arn", "add role_arn, or remove it")
	}
	return arn, external
}

// loginRole reads login_role_arn and login_external_id. It is a role of its own: under
// role_arn airpass works as itself.
func (s *section) loginRole(other string) (arn, external string) {
	arn = s.optional("login_role_arn", "", awsRole)
	external = s.optional("login_external_id", "", awsExternal)
	if s.has("login_external_id") && !s.has("login_role_arn") {
		s.problem("login_external_id", "stands without a login_role_arn", "add login_role_arn, or remove it")
	}
	if arn != "" && arn == other {
		s.problem("login_role_arn", "is role_arn too, under which airpass works as itself", "make a role of its own, as airpass setup iam prints it")
	}
	return arn, external
}

func readAccounts(aws *section) map[string]Account {
	s := aws.section("accounts")
	all := map[string]Account{}
	for _, id := range s.keys(awsAccount) {
		path := s.name(id)
		one := s.section(id)
		var a Account
		a.RoleARN, a.ExternalID = one.role()
		a.LoginRoleARN, a.LoginExternalID = one.loginRole(a.RoleARN)
		one.close()
		if !s.r.check(path, id, awsAccount) {
			continue
		}
		if a.RoleARN != "" && arnPart(a.RoleARN, 4) != id {
			one.problem("role_arn", "is a role of the account "+arnPart(a.RoleARN, 4), "name a role of "+id)
		}
		if a.LoginRoleARN != "" && arnPart(a.LoginRoleARN, 4) != id {
			one.problem("login_role_arn", "is a role of the account "+arnPart(a.LoginRoleARN, 4), "name a role of "+id)
		}
		all[id] = a
	}
	return all
}

// checkAccounts warns of roles that nothing uses, which is mostly a mistyped account.
func (r *reader) checkAccounts(c *Config) {
	if r.wrong["environments"] || r.wrongBelow["environments"] {
		return
	}
	used := map[string]bool{}
	for _, e := range c.Environments {
		used[e.Account] = true
	}
	for id := range c.AWS.Accounts {
		if !used[id] {
			r.warn("aws.accounts."+id, "has no environment", "remove it, or correct the account")
		}
	}
}

// readConsole returns the page templates by partition: AWS's own, unless overridden.
func readConsole(aws *section) map[string]string {
	const page = "/mwaa/home?region={region}#environments/{environment}/sso"
	all := map[string]string{
		"aws":        "https://{region}.console.aws.amazon.com" + page,
		"aws-cn":     "https://{region}.console.amazonaws.cn" + page,
		"aws-us-gov": "https://{region}.console.amazonaws-us-gov.com" + page,
	}
	s := aws.section("console_url")
	defer s.close()
	for _, partition := range []string{"aws", "aws-cn", "aws-us-gov"} {
		text := s.optional(partition, all[partition], consolePage)
		if text == "" {
			continue
		}
		all[partition] = text
		s.checkTemplate(partition, text)
	}
	return all
}

func (s *section) checkTemplate(field, text string) {
	if !strings.Contains(text, "{environment}") {
		s.problem(field, "does not name the environment", "write {environment} where its name belongs")
	}
	rest := text
	for _, known := range []string{"{region}", "{account}", "{environment}"} {
		rest = strings.ReplaceAll(rest, known, "x")
	}
	if strings.ContainsAny(rest, "{}") {
		s.problem(field, "has a placeholder that is not known", "known are {region}, {account} and {environment}")
		return
	}
	if host, ok := strings.CutPrefix(rest, "http://"); ok {
		name, _, _ := strings.Cut(host, "/")
		name, _, _ = strings.Cut(name, ":")
		if !loopback(name) {
			s.problem(field, "is plain http to another machine", "write https://")
		}
	}
}

// arnPart returns the n-th part of an ARN: 1 is the partition, 4 the account.
func arnPart(arn string, n int) string {
	parts := strings.Split(arn, ":")
	if n >= len(parts) {
		return ""
	}
	return parts[n]
}
