package main

import (
	"fmt"
	"strings"
	"testing"

	"airpass/sandbox/control"
)

// lockUp puts the bot token and the audit key of the world into AWS.
func (o *office) lockUp() {
	o.t.Helper()
	const audit = `{value: "616972706173732073616e64626f78206175646974206b65792c20333220622e"}`
	text := strings.NewReplacer(fmt.Sprintf("{value: %q}", o.Slack.BotToken()), "{aws_secret: airpass/slack}", audit, "{ssm: /airpass/audit}",
		"  endpoints:\n", fmt.Sprintf("  endpoints:\n    secrets_manager: %q\n    ssm: %q\n", o.Addresses().Secrets, o.Addresses().Secrets),
	).Replace(string(o.Config("sqlite:airpass.db")))
	o.write(o.file, []byte(text))
	o.Secrets.PutSecret("airpass/slack", o.Slack.BotToken())
	o.Secrets.PutParameter("/airpass/audit", strings.Repeat("5ec4e7ff", 8), true)
}

func TestConfigCheckFetchesSecretsOnlyWhenToldTo(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.lockUp()
	o.cli("config", "check").want(t, 0, "is valid", "2 secrets in AWS not fetched")
	if n := len(o.Secrets.Faults().Calls()); n != 0 {
		t.Errorf("%d calls", n)
	}
	o.cli("config", "check", "--secrets").want(t, 0, "is valid", "2 secrets in AWS fetched")
	o.Secrets.PutParameter("/airpass/audit", "short", true)
	o.cli("config", "check").want(t, 0, "is valid")
	o.cli("config", "check", "--secrets").want(t, exitConfig, "audit.key: is shorter than 32 bytes", "1 problem")
}

func TestAStartWithoutItsSecretsSaysWhy(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.lockUp()
	o.Secrets.DeleteParameter("/airpass/audit")
	o.cli("serve").want(t, exitConfig, "audit.key.ssm: cannot be fetched", "ParameterNotFound", "make it, or correct the name", "airpass.yaml:")
	// That AWS does not answer is no mistake in the file.
	o.Secrets.Faults().Add(control.Fault{Op: "*", Answer: "unavailable"})
	r := o.cli("serve").want(t, exitFailed, "secrets cannot be fetched from AWS now", "slack.bot_token.aws_secret")
	if strings.Contains(r.errs, o.Slack.BotToken()) {
		t.Error("a token is told")
	}
	// Then it starts, and every command finds the audit key.
	o.Secrets.Faults().Clear()
	o.Secrets.PutParameter("/airpass/audit", strings.Repeat("5ec4e7ff", 8), true)
	o.serve()
	o.cli("audit", "verify").want(t, 0)
}
