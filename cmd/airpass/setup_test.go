package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"airpass/setup"
)

func TestSetupPrintsWhatTheConfigurationNeeds(t *testing.T) {
	t.Parallel()
	file := exampleFile(t)
	cli(t, "setup", "iam", "--config", file).want(t, 0, "sso:CreateAccountAssignment",
		"arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-3333333333333333", "arn:aws:airflow:eu-west-1:222222222222:environment/data-platform-prod",
		"printed with --principal")
	cli(t, "setup", "iam", "--config", file, "--principal", "somebody").want(t, exitUsage, "--principal", "arn:aws:iam::")
	var roles []setup.IAMRole
	out := cli(t, "setup", "iam", "--config", file, "--json", "--principal", "arn:aws:iam::999999999999:role/airpass").want(t, 0).out
	if err := json.Unmarshal([]byte(out), &roles); err != nil || len(roles) != 4 || roles[1].Trust == nil {
		t.Errorf("%v: %s", err, out)
	}
	cli(t, "setup", "iam", "--setup", "--config", file, "--principal", "arn:aws:iam::999999999999:role/ops").want(t, 0, "sso:PutInlinePolicyToPermissionSet",
		"aws:ResourceTag/airpass", "aws:RequestTag/airpass", "arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/*", "opt-in")
	cli(t, "setup", "okta", "--setup", "--config", file).want(t, 0, "Create groups", "okta.setup.api_token")
	if out := cli(t, "setup", "iam", "--config", file).out; strings.Contains(out, "InlinePolicyToPermissionSet") || strings.Contains(out, "sso:CreatePermissionSet") {
		t.Error(out)
	}
	cli(t, "setup", "okta", "--config", file).want(t, 0, "00g1stagingUserGrp01 (people are added and taken out)", "https://example.okta.com")
}

// What is printed lets airpass fetch its secrets: it is printed before it may.
func TestSetupFetchesNoSecrets(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.lockUp()
	o.cli("setup", "iam").want(t, 0, "secretsmanager:GetSecretValue", ":secret:airpass/slack-??????", "ssm:GetParameter", ":parameter/airpass/audit")
	o.cli("setup", "okta").want(t, 0, "people are added and taken out")
	if n := len(o.Secrets.Faults().Calls()); n != 0 {
		t.Errorf("%d calls", n)
	}
}

// Those who make the secrets print first what for; none of the example's variables is set.
func TestWhatNeedsNoSecretsIsPrintedWithoutThem(t *testing.T) {
	t.Parallel()
	const file = "../../airpass.example.yaml"
	cli(t, "setup", "iam", "--config", file).want(t, 0, "sso:CreateAccountAssignment")
	cli(t, "setup", "okta", "--config", file).want(t, 0, "people are added and taken out")
	expectations := filepath.Join(t.TempDir(), "expect.yaml")
	if err := os.WriteFile(expectations, []byte("people:\n  ada: {login: ada@example.com, groups: []}\nexpect:\n"+
		"  - {name: an hour, who: ada, target: staging/User, duration: 1h, at: 2026-11-24T10:00:00Z, stages: [approvers]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := cli(t, "policy", "test", "--config", file, expectations); !strings.Contains(r.out, "of 1 expectation hold") {
		t.Error(r)
	}
	cli(t, "config", "check", "--config", file).want(t, exitConfig, "AIRPASS_AUDIT_KEY is not set")
}

func TestSetupSlackNeedsNoConfiguration(t *testing.T) {
	t.Parallel()
	cli(t, "setup", "slack").want(t, 0, "socket_mode_enabled: true", "command: /airflow")
	cli(t, "setup", "slack", "--command", "/mwaa", "--url", "https://bots.example.org/slack").want(t, 0, "request_url: https://bots.example.org/slack", "command: /mwaa")
	cli(t, "setup", "slack", "--command", "mwaa").want(t, exitUsage, "lower case")
	cli(t, "setup", "slack", "--url", "http://bots.example.org").want(t, exitUsage, "write one like")
}

// exampleFile is the example configuration with secrets of its own.
func exampleFile(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../airpass.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	filled := strings.NewReplacer(
		"{env: AIRPASS_SLACK_BOT_TOKEN}", "{value: xoxb-1-abcdefghijkl}", "{env: AIRPASS_SLACK_APP_TOKEN}", "{value: xapp-1-abcdefghijkl}",
		"{env: AIRPASS_OKTA_API_TOKEN}", "{value: 00abcdefghijklmnop}", "{env: AIRPASS_AUDIT_KEY}", "{value: "+strings.Repeat("0123456789abcdef", 4)+"}",
	).Replace(string(text))
	file := filepath.Join(t.TempDir(), "airpass.yaml")
	if err := os.WriteFile(file, []byte(filled), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
