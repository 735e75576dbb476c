package config

import "regexp"

// What the vendors' ids look like, and where to find them. The AWS patterns are
// those of the services' API models.
var (
	slackTeam    = rule{regexp.MustCompile(`^T[A-Z0-9]{6,20}$`), "a Slack team id", "write the team id, like T0123456789 (auth.test tells it)", false, 0}
	slackChannel = rule{regexp.MustCompile(`^[CG][A-Z0-9]{6,20}$`), "a Slack channel id", "write the channel's id, like C0123456789, not its name (at the foot of the channel's details)", false, 0}
	slackEmoji   = rule{regexp.MustCompile(`^:[a-z0-9_+'.-]{1,100}:$`), "the name of an emoji", "write it as Slack does, in quotes, like \":palm_tree:\"", false, 0}
	slackCommand = rule{regexp.MustCompile(`^/[a-z0-9_-]{1,31}$`), "a slash command", "write it as in the Slack app, like /airflow", false, 0}
	slackPath    = rule{regexp.MustCompile(`^/[A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]+)*$`), "the path of a URL", "write it as in the Slack app's request URL, like /slack", false, 200}
	mailDomain   = rule{regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$`), "a mail domain", "write what follows the @, like example.com", false, 253}

	oktaGroup     = rule{regexp.MustCompile(`^00g[0-9A-Za-z]{17}$`), "an Okta group id", "write the group's id, like 00g1ab2cd3EF4gh5IJ67 (at the end of its page's address)", false, 0}
	slackGroup    = rule{regexp.MustCompile(`^S[A-Z0-9]{2,}$`), "a Slack user group id", "write the user group's id, like S0123ABCD (in its address in Slack)", false, 30}
	pagerSchedule = rule{regexp.MustCompile(`^[A-Z0-9]{6,20}$`), "a PagerDuty schedule id", "write the schedule's id, like PI7DH85 (at the end of its page's address)", false, 0}
	oktaApp       = rule{regexp.MustCompile(`^0oa[0-9A-Za-z]{17}$`), "an Okta application id", "write the id of the AWS IAM Identity Center application, like 0oa1ab2cd3EF4gh5IJ67", false, 0}
	oktaLogin     = rule{regexp.MustCompile(`^\S+$`), "an Okta login", "write the login, like ada@example.com", false, 100}
	oktaAttribute = rule{regexp.MustCompile(`^[A-Za-z][0-9A-Za-z_]*$`), "the name of an Okta profile attribute", "write the attribute's variable name, like employeeNumber", false, 100}
	oktaClient    = rule{regexp.MustCompile(`^0oa[0-9A-Za-z]{17}$`), "the client id of an Okta API services application", "write the client id, like 0oa1ab2cd3EF4gh5IJ67", false, 0}
	oktaKeyID     = rule{regexp.MustCompile(`^\S+$`), "a key id", "write the kid of the application's public key", false, 256}
	oktaScope     = rule{regexp.MustCompile(`^okta\.[A-Za-z.]+$`), "an Okta scope", "write a scope, like okta.groups.manage", false, 0}

	awsRegion   = rule{regexp.MustCompile(`^[a-z]{2}(-[a-z]+){1,2}-[0-9]{1,2}$`), "an AWS region", "write a region, like eu-west-1", false, 0}
	awsAccount  = rule{regexp.MustCompile(`^[0-9]{12}$`), "an AWS account id", `write the 12 digits in quotes, like "123456789012"`, true, 0}
	awsRole     = rule{regexp.MustCompile(`^arn:(aws|aws-cn|aws-us-gov):iam::[0-9]{12}:role/[\w+=,.@/-]{1,576}$`), "the ARN of an IAM role", "write the role's ARN, like arn:aws:iam::123456789012:role/airpass", false, 0}
	s3Bucket    = rule{regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`), "the name of an S3 bucket", "write the bucket's name, not its ARN, like example-audit", true, 63}
	s3Prefix    = rule{regexp.MustCompile(`^[A-Za-z0-9_.=-]+(/[A-Za-z0-9_.=-]+)*/$`), "the beginning of keys in S3", "write it with a slash at its end, like airpass/", true, 200}
	awsExternal = rule{regexp.MustCompile(`^[\w+=,.@:/-]{2,}$`), "an external id", "write what the role's trust policy demands as sts:ExternalId", true, 1224}
	awsProfile  = rule{regexp.MustCompile(`^[^\s\[\]]+$`), "the name of a profile", "write a profile's name from ~/.aws/config", true, 256}
	ssoInstance = rule{regexp.MustCompile(`^arn:(aws|aws-cn|aws-us-gov):sso:::instance/(sso)?ins-[a-zA-Z0-9-.]{16}$`), "the ARN of an Identity Center instance", "write the instance ARN, like arn:aws:sso:::instance/ssoins-0123456789abcdef (aws sso-admin list-instances)", false, 0}
	ssoStore    = rule{regexp.MustCompile(`^(d-[0-9a-f]{10}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$`), "an identity store id", "write the id, like d-0123456789 (aws sso-admin list-instances)", false, 0}
	ssoGroup    = rule{regexp.MustCompile(`^([0-9a-f]{10}-)?[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}$`), "the id of an Identity Center group", "write the group's id there, like 01234567-89ab-cdef-0123-456789abcdef (aws identitystore list-groups)", false, 0}
	ssoSetName  = rule{regexp.MustCompile(`^[\w+=,.@-]+$`), "the name of a permission set", "write its name, not the name of the AWSReservedSSO role", false, 32}
	ssoSetOr    = rule{regexp.MustCompile(`^(create|arn:(aws|aws-cn|aws-us-gov):sso:::permissionSet/(sso)?ins-[a-zA-Z0-9-.]{16}/ps-[a-zA-Z0-9-./]{16})$`), "the ARN of a permission set", "write its ARN, like arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef, or create, for airpass setup", false, 0}
	oktaGroupOr = rule{regexp.MustCompile(`^(create|00g[0-9A-Za-z]{17})$`), "an Okta group id", "write the group's id, like 00g1ab2cd3EF4gh5IJ67 (at the end of its page's address), or create, for airpass setup", false, 0}
	oktaName    = rule{regexp.MustCompile(`^\S(.*\S)?$`), "the name of an Okta group", "write the name of the group that airpass setup makes", false, 255}
	ssoGroupOr  = rule{regexp.MustCompile(`^(none|([0-9a-f]{10}-)?[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12})$`), "the id of an Identity Center group", "write the group's id there, like 01234567-89ab-cdef-0123-456789abcdef, or none", false, 0}
	ssoApp      = rule{regexp.MustCompile(`^([^:]{1,100}|` + ssoAppARN + `)$`), "a name or the ARN of an application", "write the application's name, or its ARN as airpass setup saml tells it", false, 255}
	ssoAppOr    = rule{regexp.MustCompile(`^(none|` + ssoAppARN + `)$`), "the ARN of an application", "write its ARN, like arn:aws:sso::123456789012:application/ssoins-0123456789abcdef/apl-0123456789abcdef, or none", false, 0}
	awsAction   = rule{regexp.MustCompile(`^[a-z0-9-]+:[A-Za-z0-9*]+$`), "an action of IAM", "write an action, like airflow:ListEnvironments", false, 128}
	mwaaName    = rule{regexp.MustCompile(`^[a-zA-Z][0-9a-zA-Z_-]*$`), "the name of an MWAA environment", "write the name as MWAA has it: a letter, then letters, digits, - and _", false, 80}
	envKey      = rule{regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`), "a short name", "write lower-case letters, digits and -, like prod", false, 32}
	targetID    = rule{regexp.MustCompile(`^[a-z0-9][a-z0-9-]*/[A-Z][a-z]+$`), "the id of a target", "write environment/Role, like prod/Viewer", false, 0}
	anyText     = rule{nil, "", "write text", true, 200}
	auditKeyID  = rule{regexp.MustCompile(`^[0-9A-Za-z._-]{1,32}$`), "a key id", "write up to 32 letters, digits, ., _ and -, like k1", true, 0}
	consolePage = rule{regexp.MustCompile(`^https?://[^\s"<>]+$`), "a URL", "write the console page with {region} and {environment}", false, 0}
	listenOn    = rule{nil, "", `write host:port, like 127.0.0.1:8080`, false, 255}
)

// ssoAppARN is how the ARN of an application of Identity Center looks.
const ssoAppARN = `arn:(aws|aws-cn|aws-us-gov):sso::[0-9]{12}:application/(sso)?ins-[a-zA-Z0-9-.]{16}/apl-[a-zA-Z0-9]{16}`

// partitionOf is the AWS partition of a region.
func partitionOf(region string) string {
	switch {
	case len(region) > 3 && region[:3] == "cn-":
		return "aws-cn"
	case len(region) > 7 && region[:7] == "us-gov-":
		return "aws-us-gov"
	}
	return "aws"
}
