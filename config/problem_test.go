package config

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// broken is the example with one thing changed: old is replaced by new. The problem
// expected is on the line of new that holds mark (its first line if mark is empty).
type broken struct {
	name, old, new, mark string
	field, message, mend string
	warning              bool
	besides              int // problems that follow from it
}

// find returns the only problem, or fails.
func find(t *testing.T, text string, b broken) {
	t.Helper()
	c, err := Parse("airpass.yaml", []byte(text), testEnv)
	var all Problems
	if c != nil {
		all = c.Warnings
	} else if !errors.As(err, &all) {
		t.Fatalf("error is %T: %v", err, err)
	}
	if c != nil != b.warning {
		t.Errorf("refused is %v, want %v", c == nil, !b.warning)
	}
	line := 1
	if mark := cmp.Or(b.mark, strings.SplitN(strings.TrimPrefix(b.new, "\n"), "\n", 2)[0]); mark != "" {
		at := strings.Index(text, mark)
		if at < 0 {
			t.Fatalf("no %q in the text", mark)
		}
		line = 1 + strings.Count(text[:at], "\n")
	}
	for _, p := range all {
		if p.Field != b.field || !strings.Contains(p.Message, b.message) {
			continue
		}
		if p.Line != line {
			t.Errorf("it is on line %d, want %d:\n%v", p.Line, line, p)
		}
		if !strings.Contains(p.Mend, b.mend) || p.Mend == "" {
			t.Errorf("mend %q, want %q", p.Mend, b.mend)
		}
		if p.Warning != b.warning || p.File != "airpass.yaml" || p.Column < 1 {
			t.Errorf("problem %+v", p)
		}
		if len(all) != 1+b.besides {
			t.Errorf("one change made %d problems:\n%v", len(all), all)
		}
		return
	}
	t.Fatalf("no problem of %s that says %q in:\n%v", b.field, b.message, all)
}

func TestBrokenFiles(t *testing.T) {
	t.Parallel()
	text := example(t)
	for _, b := range brokenFiles() {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(text, b.old) {
				t.Fatalf("the example has no %q", b.old)
			}
			find(t, strings.Replace(text, b.old, b.new, 1), b)
		})
	}
}

func brokenFiles() []broken {
	const (
		botToken = "bot_token: {env: AIRPASS_SLACK_BOT_TOKEN}"
		httpMode = "mode: http\n  signing_secret: {env: AIRPASS_SLACK_SIGNING_SECRET}"
	)
	return []broken{
		{name: "unknown field", old: "team: T0", new: "taem: T0", mark: "taem:", field: "slack.taem", message: "not a known field", mend: "did you mean team?", besides: 1},
		{name: "unknown section", old: "admins: ", new: "quota: {}\nadmins: ", field: "quota", message: "not a known field", mend: "did you mean quotas?"},
		{name: "unknown and far", old: "admins: ", new: "colour: red\nadmins: ", field: "colour", message: "not a known field", mend: "known here: sandbox, slack"},
		{name: "collector that is no URL", old: "admins: ", new: "tracing: {otlp_endpoint: otel.example.com:4318}\nadmins: ", field: "tracing.otlp_endpoint", message: "is not a URL", mend: "https://otel.example.com:4318"},
		{name: "collector over gRPC", old: "admins: ", new: "tracing: {otlp_endpoint: 'grpc://otel.example.com:4317'}\nadmins: ", field: "tracing.otlp_endpoint", message: "is neither https nor http", mend: "https://otel.example.com:4318"},
		{name: "collector over plain http", old: "admins: ", new: "tracing:\n  otlp_endpoint: http://otel.example.com:4318\nadmins: ", mark: "otlp_endpoint: http://otel", field: "tracing.otlp_endpoint", message: "plain http to another machine", mend: "write https://otel.example.com:4318"},
		{name: "collector with a query", old: "admins: ", new: "tracing: {otlp_endpoint: 'https://otel.example.com?key=k'}\nadmins: ", field: "tracing.otlp_endpoint", message: "query or fragment", mend: "before the ?"},
		{name: "headers for no collector", old: "admins: ", new: "tracing:\n  headers: {Authorization: {env: AIRPASS_OKTA_API_TOKEN}}\nadmins: ", mark: "headers: {Auth", field: "tracing.headers", message: "none is named", mend: "add otlp_endpoint"},
		{name: "header in plain text", old: "admins: ", new: "tracing:\n  otlp_endpoint: https://otel.example.com\n  headers: {Authorization: hush}\nadmins: ", mark: "headers: {Auth", field: "tracing.headers.Authorization", message: "written into the file", mend: "{env: AIRPASS_"},
		{name: "header of no name", old: "admins: ", new: "tracing:\n  otlp_endpoint: https://otel.example.com\n  headers: {'x y': {env: AIRPASS_OKTA_API_TOKEN}}\nadmins: ", mark: "headers: {'x", field: `tracing.headers."x y"`, message: "not the name of an HTTP header", mend: "Authorization"},
		{name: "ratio above one", old: "admins: ", new: "tracing:\n  sample_ratio: 1.01\nadmins: ", mark: "sample_ratio: 1.01", field: "tracing.sample_ratio", message: `"1.01" is out of range`, mend: "from 0 to 1"},
		{name: "ratio below zero", old: "admins: ", new: "tracing:\n  sample_ratio: -0.1\nadmins: ", mark: "sample_ratio: -0.1", field: "tracing.sample_ratio", message: "out of range", mend: "from 0 to 1"},
		{name: "ratio in words", old: "admins: ", new: "tracing:\n  sample_ratio: half\nadmins: ", mark: "sample_ratio: half", field: "tracing.sample_ratio", message: "is text, must be a number", mend: "from 0 to 1"},
		{name: "key twice", old: "  level: info", new: "  level: info\n  level: warn", mark: "level: warn", field: "log.level", message: "twice, first on line", mend: "remove one"},
		{name: "section twice", old: "admins: ", new: "log: {level: warn}\nadmins: ", field: "log", message: "twice", mend: "remove one"},
		{name: "missing field", old: "  team: T0123456789", new: "", mark: "slack:", field: "slack.team", message: "is missing", mend: "write the team id"},
		{name: "wrong type, list for text", old: "team: T0123456789", new: "team: [T0123456789]", field: "slack.team", message: "is a list, must be text", mend: "write the team id"},
		{name: "wrong type, text for number", old: "# notify_max: 10", new: "notify_max: ten", field: "slack.notify_max", message: "is text, must be a whole number", mend: "from 1 to 50"},
		{name: "out of range", old: "# notify_max: 10", new: "notify_max: 51", field: "slack.notify_max", message: "out of range", mend: "from 1 to 50"},
		{name: "text for a list", old: "[example.com]", new: "example.com", mark: "allowed_domains", field: "slack.allowed_domains", message: "is text, must be a list", mend: `"- "`},
		{name: "domain with @", old: "[example.com]", new: `["@example.com"]`, mark: "allowed_domains", field: "slack.allowed_domains[0]", message: "is not a mail domain", mend: "what follows the @"},
		{name: "no domains", old: "[example.com]", new: `[]`, mark: "allowed_domains", field: "slack.allowed_domains", message: "nobody could ask", mend: "example.com"},
		{name: "http mode without a secret", old: "mode: socket", new: "mode: http", mark: "slack:", field: "slack.signing_secret", message: "is missing", mend: "{env: AIRPASS_SIGNING_SECRET}"},
		{name: "socket mode without a token", old: "app_token: {env: AIRPASS_SLACK_APP_TOKEN}", new: "# app_token:", mark: "slack:", field: "slack.app_token", message: "is missing", mend: "{env: AIRPASS_APP_TOKEN}"},
		{name: "an address in socket mode", old: "mode: socket", new: "listen: 127.0.0.1:3000\n  mode: socket", mark: "listen: 127.0.0.1:3000", field: "slack.listen", message: "not read in mode socket", mend: "write mode: http", warning: true},
		{name: "a path in socket mode", old: "mode: socket", new: "path: /slack\n  mode: socket", mark: "path: /slack", field: "slack.path", message: "not read in mode socket", mend: "remove it", warning: true},
		{name: "no port", old: "mode: socket", new: httpMode + "\n  listen: localhost", mark: "listen: localhost", field: "slack.listen", message: "not an address", mend: "host:port"},
		{name: "a path with a query", old: "mode: socket", new: httpMode + "\n  path: /slack?x", mark: "path: /slack?x", field: "slack.path", message: "is not the path of a URL", mend: "like /slack"},
		{name: "the address of the probes", old: "mode: socket", new: httpMode + "\n  listen: 0.0.0.0:8080", mark: "listen: 127.0.0.1:8080", field: "http.listen", message: "is also slack.listen", mend: "another port"},
		{name: "channel name", old: "C0123456788", new: "'#airpass'", field: "slack.admin_channel", message: "is not a Slack channel id", mend: "C0123456789, not its name"},
		{name: "plain http", old: "# api_url: https://slack.com/api/", new: "api_url: http://slack.com/api/", field: "slack.api_url", message: "plain http to another machine", mend: "https://slack.com/api/"},
		{name: "plain token", old: botToken, new: "bot_token: xoxb-hush", field: "slack.bot_token", message: "written into the file", mend: "{env: AIRPASS_BOT_TOKEN}"},
		{name: "inline token", old: botToken, new: "bot_token: {value: xoxb-hush}", field: "slack.bot_token", message: "written into the file", mend: "{env: AIRPASS_BOT_TOKEN}", warning: true},
		{name: "tokens swapped", old: "{env: AIRPASS_SLACK_BOT_TOKEN}", new: "{env: AIRPASS_SLACK_APP_TOKEN}", field: "slack.bot_token", message: "does not begin with xoxb-", mend: "other kind"},
		{name: "variable not set", old: "{env: AIRPASS_AUDIT_KEY}", new: "{env: AIRPASS_NOT_SET}", field: "audit.key.env", message: "AIRPASS_NOT_SET is not set", mend: "set AIRPASS_NOT_SET"},
		{name: "file not there", old: "{env: AIRPASS_AUDIT_KEY}", new: "{file: no-such-key}", field: "audit.key.file", message: "no such file", mend: "a regular file"},
		{name: "device as a file", old: "{env: AIRPASS_AUDIT_KEY}", new: "{file: /dev/zero}", field: "audit.key.file", message: "not a regular file", mend: "a regular file"},
		{name: "two sources", old: "{env: AIRPASS_AUDIT_KEY}", new: "{env: AIRPASS_AUDIT_KEY, file: x}", field: "audit.key", message: "more than one", mend: "keep one"},
		{name: "short key", old: "{env: AIRPASS_AUDIT_KEY}", new: "{env: AIRPASS_OKTA_API_TOKEN}", mark: "  key: {env", field: "audit.key", message: "shorter than 32 bytes", mend: "openssl rand -hex 32"},
		{name: "admin console", old: "https://example.okta.com", new: "https://example-admin.okta.com", field: "okta.org_url", message: "admin console", mend: "write https://example.okta.com"},
		{name: "two ways to sign in", old: "# client_id: 0oa", new: "client_id: 0oa", mark: "api_token:", field: "okta.api_token", message: "beside client_id", mend: "keep one"},
		{name: "manager kind", old: "kind: login", new: "kind: logn", field: "okta.manager.kind", message: "not known here", mend: "write login"},
		{name: "an instant link without a role", old: "# link: portal ", new: "link: instant ", field: "targets[1].link", message: "there is no role to sign people in with in the account 222222222222", mend: "aws.accounts.222222222222.login_role_arn"},
		{name: "another kind of link", old: "# link: portal ", new: "link: instnat ", field: "targets[1].link", message: "not known here", mend: "write instant"},
		{name: "a login role elsewhere", old: "role/airpass-mwaa\", external_id: airpass}\n    \"222", new: "role/airpass-mwaa\", external_id: airpass, login_role_arn: \"arn:aws:iam::222222222222:role/l\"}\n    \"222", mark: "login_role_arn: \"arn:aws:iam::222222222222:role/l", field: "aws.accounts.111111111111.login_role_arn", message: "is a role of the account 222222222222", mend: "name a role of 111111111111"},
		{name: "a login role that reads", old: "role/airpass-mwaa\", external_id: airpass}\n    \"222", new: "role/airpass-mwaa\", external_id: airpass, login_role_arn: \"arn:aws:iam::111111111111:role/airpass-mwaa\"}\n    \"222", mark: "login_role_arn: \"arn:aws:iam::111", field: "aws.accounts.111111111111.login_role_arn", message: "is role_arn too", mend: "a role of its own"},
		{name: "an external id of no login role", old: "role/airpass-mwaa\", external_id: airpass}\n    \"222", new: "role/airpass-mwaa\", external_id: airpass, login_external_id: airpass}\n    \"222", mark: "login_external_id: airpass}", field: "aws.accounts.111111111111.login_external_id", message: "stands without", mend: "add login_role_arn"},
		{name: "no portal", old: "  portal_url: https://example.awsapps.com/start", new: "", mark: "aws:", field: "aws.portal_url", message: "is missing", mend: "https://example.awsapps.com/start"},
		{name: "portal with a fragment", old: "awsapps.com/start", new: "awsapps.com/start/#/", field: "aws.portal_url", message: "query or fragment", mend: "before the ?", mark: "portal_url"},
		{name: "role of another account", old: "arn:aws:iam::222222222222", new: "arn:aws:iam::333333333333", mark: `"222222222222": {`, field: "aws.accounts.222222222222.role_arn", message: "of the account 333333333333", mend: "a role of 222222222222"},
		{name: "account nobody uses", old: "  accounts: ", new: "  accounts:\n    \"444444444444\": {}\n    # ", mark: `"444444444444"`, field: "aws.accounts.444444444444", message: "has no environment", mend: "remove it", warning: true},
		{name: "short account", old: `account: "222222222222"`, new: `account: "22222222222"`, field: "environments[0].account", message: "is not an AWS account id", mend: "12 digits"},
		{name: "region of China", old: "    region: eu-west-1\n    # partition: aws ", new: "    region: cn-north-1\n    partition: aws ", mark: "    partition: aws ", field: "environments[0].partition", message: "aws has no region cn-north-1", mend: "partition: aws-cn"},
		{name: "key twice in environments", old: "key: staging", new: "key: prod", mark: "  - key: prod\n    account: \"111", field: "environments[1].key", message: "earlier environment", mend: "another key"},
		{name: "lower-case role", old: "role: Viewer", new: "role: viewer", field: "targets[1].role", message: "is not how MWAA spells", mend: "write Viewer"},
		{name: "misspelt role", old: "role: Viewer", new: "role: Veiwer", field: "targets[1].role", message: "is not an Airflow role", mend: "did you mean Viewer?"},
		{name: "unknown environment", old: "environment: staging", new: "environment: stagin", field: "targets[0].environment", message: "no environment", mend: "did you mean staging?"},
		{name: "target twice", old: "role: Admin", new: "role: Viewer", mark: "    role: Viewer\n    mode: user", field: "targets[2].role", message: "is a target already", mend: "remove one"},
		{name: "other instance", old: "ssoins-0123456789abcdef/ps-2", new: "ssoins-ffffffffffffffff/ps-2", field: "targets[1].permission_set", message: "another Identity Center instance", mend: "arn:aws:sso:::instance/ssoins-0123456789abcdef"},
		{name: "group without Okta group", old: "    okta_group: 00g2prodViewerGroup1\n", new: "", mark: "  - environment: prod\n    role: Viewer", field: "targets[1].okta_group", message: "is missing", mend: "00g"},
		{name: "group pushed in mode user", old: "    mode: user\n", new: "    mode: user\n    identity_center_group: 22222222-3333-4444-8555-777777777777\n", mark: "8555-777777777777", field: "targets[2].identity_center_group", message: "not read in mode user", mend: "mode: group"},
		{name: "default over maximum", old: "default_duration: 4h", new: "default_duration: 13h", field: "targets[0].default_duration", message: "13h is longer than max_duration, 12h", mend: "write 12h or less"},
		{name: "chain under maximum", old: "max_continuous: 5d", new: "max_continuous: 2h", field: "targets[1].max_continuous", message: "2h is shorter than max_duration, 8h", mend: "write 8h or more"},
		{name: "session too long", old: "session_duration: 4h", new: "session_duration: 13h", field: "targets[0].session_duration", message: "13h is out of range", mend: "from 1h to 12h"},
		{name: "duration without a unit", old: "max_duration: 12h", new: "max_duration: 12", field: "targets[0].max_duration", message: "is a whole number, must be a duration", mend: "such as 8h"},
		{name: "owners of none", old: "    owners: [grace@example.com]\n", new: "", mark: "approvers: [manager, environment_owners]", field: "targets[0].approvers[1]", message: "staging has no owners", mend: "add owners"},
		{name: "no approvers", old: "    approvers: [manager, environment_owners]", new: "    approvers: []", field: "targets[0].approvers", message: "nobody could decide", mend: "write manager"},
		{name: "misspelt approver", old: "[manager, environment_owners]", new: "[manger]", field: "targets[0].approvers[0]", message: "says not who", mend: "did you mean manager?"},
		{name: "bare login as approver", old: "[manager, environment_owners]", new: "[ada@example.com]", field: "targets[0].approvers[0]", message: "says not who", mend: "{person: ada@example.com}"},
		{name: "shares with nobody", old: "# shares_with: [prod/Op] ", new: "shares_with: [prod/Op] ", field: "targets[2].shares_with[0]", message: "no target", mend: "remove it"},
		{name: "shares nothing", old: "# shares_with: [prod/Op] ", new: "shares_with: [prod/Viewer] ", field: "targets[2].shares_with[0]", message: "nothing in common", mend: "remove it", warning: true},
		{name: "Sunday is 7", old: "# schedules: ", new: "schedules:\n  audit_head: 0 3 * * 7\n# ", mark: "* 7", field: "schedules.audit_head", message: "is not a schedule", mend: "Sunday as 0"},
		{name: "never", old: "# schedules: ", new: "schedules:\n  sweep: 0 0 31 2 *\n# ", mark: "31 2", field: "schedules.sweep", message: "never fires", mend: "a day that exists"},
		{name: "only a time zone", old: "# schedules: ", new: "schedules:\n  sweep: CRON_TZ=UTC\n# ", mark: "CRON_TZ", field: "schedules.sweep", message: "only a time zone", mend: "CRON_TZ=UTC 0 3 * * 1"},
		{name: "seconds", old: "# schedules: ", new: "schedules:\n  sweep: 0 0 3 * * 1\n# ", mark: "0 0 3", field: "schedules.sweep", message: "is not a schedule", mend: "remove the field of seconds"},
		{name: "too many outstanding", old: "# quotas: ", new: "quotas: {outstanding_assignments: 16}\n# ", field: "quotas.outstanding_assignments", message: "out of range", mend: "from 1 to 15"},
		{name: "share over one", old: "# caps: ", new: "caps: {inferred_share: 10}\n# ", field: "caps.inferred_share", message: "out of range", mend: "0 to 1"},
		{name: "store", old: "url: sqlite:airpass.db", new: "url: mysql://ada:hush@db/airpass", field: "store.url", message: "neither with sqlite:", mend: "sqlite:airpass.db"},
		{name: "password in the file", old: "url: sqlite:airpass.db", new: "url: postgres://ada:hush@db.example.com/airpass", field: "store.url", message: "password written into", mend: "AIRPASS_STORE_URL", warning: true},
		{name: "clock elsewhere", old: "# sandbox: ", new: "sandbox: {clock_url: https://example.com/clock}\n# ", field: "sandbox.clock_url", message: "another machine", mend: "remove the section"},
		{name: "listen", old: "listen: 127.0.0.1:8080", new: "listen: localhost", field: "http.listen", message: "not an address", mend: "host:port"},
		{name: "two ways to say when", old: "# times:", new: "times: {deactivation_sweep: 2m}\nschedules: {deactivation: '@every 3m'}\n#", mark: "2m", field: "times.deactivation_sweep", message: "is not read where schedules.deactivation", mend: "remove one", warning: true},
		{name: "no assignment group", old: "  # ensure_provisioned: ", new: "  ensure_provisioned: {}\n  # ", field: "okta.ensure_provisioned.group", message: "is missing", mend: "00g"},
		{name: "the assignment group opens a target", old: "  # ensure_provisioned: ", new: "  ensure_provisioned: {group: 00g2prodViewerGroup1}\n  # ", mark: "okta_group: 00g2prodViewerGroup1", field: "targets[1].okta_group", message: "which gives people their account", mend: "a group of its own"},
		{name: "tag", old: "team: T0123456789", new: "team: !!binary T0123456789", field: "slack.team", message: "has a YAML tag", mend: "remove the tag"},
		{name: "unknown alias", old: "team: T0123456789", new: "team: *nobody", field: "slack.team", message: "not defined", mend: "define it"},
	}
}

func TestSharedEntitlementsAreReportedOnBothSides(t *testing.T) {
	t.Parallel()
	text := strings.Replace(example(t), "okta_group: 00g2prodViewerGroup1", "okta_group: 00g1stagingUserGrp01", 1)
	_, err := Parse("airpass.yaml", []byte(text), testEnv)
	var all Problems
	if !errors.As(err, &all) || len(all) != 2 {
		t.Fatalf("want two problems, got:\n%v", err)
	}
	for i, want := range []string{"targets[0]", "targets[1]"} {
		if all[i].Field != want || !strings.Contains(all[i].Message, "opens the Okta group 00g1stagingUserGrp01") || !strings.Contains(all[i].Mend, "shares_with: [") {
			t.Errorf("problem %v", all[i])
		}
	}
	oneSide := strings.Replace(text, "    max_continuous: 5d", "    shares_with: [staging/User]\n    max_continuous: 5d", 1)
	_, err = Parse("airpass.yaml", []byte(oneSide), testEnv)
	if !errors.As(err, &all) || len(all) != 1 || all[0].Field != "targets[0]" {
		t.Fatalf("want the other side only, got:\n%v", err)
	}
	both := strings.Replace(oneSide, "    default_duration: 4h", "    shares_with: [prod/Viewer]\n    default_duration: 4h", 1)
	c, err := Parse("airpass.yaml", []byte(both), testEnv)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := c.Target("staging/User"); len(got.SharesWith) != 1 || got.SharesWith[0] != "prod/Viewer" {
		t.Errorf("shares with %v", got.SharesWith)
	}
}

func TestTheDeactivationSweepComesAsOftenAsItsTimeSays(t *testing.T) {
	t.Parallel()
	for times, want := range map[string]string{"": "@every 5m0s", "times: {deactivation_sweep: 90s}\n": "@every 1m30s",
		"schedules: {deactivation: '@every 7m'}\n": "@every 7m"} {
		c, err := Parse("airpass.yaml", []byte(strings.Replace(example(t), "# times:", times+"# times:", 1)), testEnv)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Schedules.Deactivation.String(); got != want {
			t.Errorf("%q: %s, want %s", times, got, want)
		}
	}
}

func TestEveryTargetKnowsHowAnAccountIsMade(t *testing.T) {
	t.Parallel()
	c, err := Parse("airpass.yaml", []byte(strings.Replace(example(t), "  # ensure_provisioned: ", "  ensure_provisioned: ", 1)), testEnv)
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range c.Targets() {
		if target.AssignmentGroup != c.Okta.EnsureProvisioned.Group || target.AssignmentGroup == "" {
			t.Errorf("%s: %q", target.ID, target.AssignmentGroup)
		}
	}
}

func TestTheSamePermissionSetInOneAccountIsShared(t *testing.T) {
	t.Parallel()
	text := strings.Replace(example(t), "\nstore:", `
  - environment: prod
    role: Op
    mode: user
    permission_set: arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-3333333333333333
    permission_set_name: airflow-prod-admin
    approvers: [manager]
store:`, 1)
	_, err := Parse("airpass.yaml", []byte(text), testEnv)
	var all Problems
	if !errors.As(err, &all) || len(all) != 2 || !strings.Contains(all[0].Message, "in the account 222222222222") {
		t.Fatalf("got:\n%v", err)
	}
}

func TestEveryProblemAtOnceInTheOrderOfTheFile(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer("team: T0", "taem: T0", "kind: login", "kind: nick", "role: Viewer", "role: viewer",
		"key: staging", "kye: staging", "level: info", "level: [info]", "url: sqlite:", "url: lite:",
		"session_duration: 4h", "session_duration: four").Replace(example(t))
	_, err := Parse("airpass.yaml", []byte(text), testEnv)
	var all Problems
	if !errors.As(err, &all) {
		t.Fatal(err)
	}
	var fields []string
	for i, p := range all {
		fields = append(fields, p.Field)
		if i > 0 && p.Line < all[i-1].Line {
			t.Errorf("%v stands after %v", p, all[i-1])
		}
	}
	want := "[slack.team slack.taem okta.manager.kind environments[1].key environments[1].kye targets[0].session_duration targets[1].role store.url log.level]"
	if got := fmt.Sprint(fields); got != want {
		t.Errorf("fields\n%s, want\n%s", got, want)
	}
	if lines := strings.Split(err.Error(), "\n"); len(lines) != len(all) || !strings.HasPrefix(lines[0], "airpass.yaml:") {
		t.Errorf("printed as\n%v", err)
	}
}

func TestAnEmptyFileNamesItsSections(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "\n# nothing\n", "---\n", "null"} {
		_, err := Parse("airpass.yaml", []byte(text), testEnv)
		for _, want := range []string{"slack: is missing", "okta: is missing", "aws: is missing", "environments: is missing", "targets: is missing", "audit: is missing"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: no %q in\n%v", text, want, err)
			}
		}
	}
}

func TestWhatIsNotYAML(t *testing.T) {
	t.Parallel()
	for text, line := range map[string]int{
		"slack:\n  team: [T01\n":           2,
		"slack:\n\tteam: T01\n":            2,
		"a: 1\n---\nb: 2\n":                3,
		"- a\n- b\n":                       1,
		"slack: {mode: socket\nokta: {}\n": 2,
		strings.Repeat("[", 100_000):       1,
		strings.Repeat("- ", 100_000):      1,
	} {
		_, err := Parse("airpass.yaml", []byte(text), testEnv)
		var all Problems
		if !errors.As(err, &all) || len(all) == 0 || all[0].Line != line {
			t.Errorf("%.30q: want a problem on line %d, got\n%v", text, line, err)
		}
	}
}

// TestAliasesCannotUnfoldWithoutEnd is the "billion laughs" with merge keys.
func TestAliasesCannotUnfoldWithoutEnd(t *testing.T) {
	t.Parallel()
	text := "slack: &a0 {x: 1}\n"
	for i := 1; i < 12; i++ {
		text += fmt.Sprintf("k%d: &a%d\n  <<: [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 20), ","))
	}
	text += "okta: *a11\naws: &self {<<: *self}\n"
	_, err := Parse("airpass.yaml", []byte(text), testEnv)
	if err == nil || !strings.Contains(err.Error(), "merges too deeply") {
		t.Errorf("got %.300v", err)
	}
}
