package config_test

import (
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"airpass/awssecrets"
	"airpass/config"
	"airpass/outbound"
	"airpass/sandbox/control"
	"airpass/sandbox/secrets"
	"airpass/sandbox/sts"
)

// cabinet is a configuration whose secrets are kept in AWS: the file, the sandbox's two
// services over HTTP, and the source that reads both.
type cabinet struct {
	*testing.T
	*config.Source
	aws  *secrets.Server
	text string
}

// hush is in every secret: nothing may ever say it.
const hush = "hush"

func keep(t *testing.T, edit ...string) *cabinet {
	t.Helper()
	callers := sts.New(sts.Options{})
	c := &cabinet{T: t, aws: secrets.New(secrets.Options{Callers: callers})}
	server := httptest.NewServer(c.aws.Handler())
	t.Cleanup(server.Close)
	example, err := os.ReadFile("../airpass.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c.text = strings.NewReplacer(append(edit,
		"{env: AIRPASS_SLACK_BOT_TOKEN}", "{aws_secret: airpass/slack, key: bot}", "{env: AIRPASS_SLACK_APP_TOKEN}", "{aws_secret: airpass/slack, key: app}",
		"{env: AIRPASS_OKTA_API_TOKEN}", "{ssm: /airpass/okta}", "{env: AIRPASS_AUDIT_KEY}", "{ssm: /airpass/audit}",
		"  region: eu-west-1                     # Identity Center's", "  endpoint_url: "+server.URL+"\n  region: eu-west-1 #")...).Replace(string(example))
	c.Source = &config.Source{Path: filepath.Join(t.TempDir(), "airpass.yaml")}
	c.save(c.text)
	key := callers.BaseKey()
	caller := outbound.New(outbound.Options{Timeout: 5 * time.Second})
	c.FetchWith(func(r config.Reach) (config.Vault, error) {
		return awssecrets.New(awssecrets.Options{Region: r.Region, Credentials: credentials.NewStaticCredentialsProvider(key.ID, key.Secret, ""),
			SecretsManagerURL: r.SecretsManagerURL, SSMURL: r.SSMURL, Caller: caller})
	})
	c.aws.PutSecret("airpass/slack", `{"bot": "xoxb-hush", "app": "xapp-hush"}`)
	c.aws.PutParameter("/airpass/okta", "00hush", true)
	c.aws.PutParameter("/airpass/audit", strings.Repeat("5ec4e7ff", 8), true)
	return c
}

func (c *cabinet) save(text string) {
	c.Helper()
	if err := os.WriteFile(c.Path, []byte(text), 0o600); err != nil {
		c.Fatal(err)
	}
}

func (c *cabinet) loads() *config.Config {
	c.Helper()
	got, err := c.Load(c.Context())
	if err != nil {
		c.Fatal(err)
	}
	return got
}

// refused wants one problem of a field, at its line, and no secret in it.
func (c *cabinet) refused(err error, field string, words ...string) {
	c.Helper()
	var all config.Problems
	if !errors.As(err, &all) {
		c.Fatalf("%T %v", err, err)
	}
	if len(all) != 1 || all[0].Field != field || all[0].Mend == "" || all[0].Line < 2 {
		c.Errorf("problems, want one of %s:\n%v", field, all)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			c.Errorf("does not say %q: %v", w, err)
		}
	}
	if strings.Contains(err.Error(), hush) {
		c.Errorf("a secret is told: %v", err)
	}
}

func TestSecretsAreFetchedFromAWS(t *testing.T) {
	t.Parallel()
	c := keep(t)
	got := c.loads()
	if got.Slack.BotToken.Reveal() != "xoxb-hush" || got.Slack.AppToken.Reveal() != "xapp-hush" || got.Okta.APIToken.Reveal() != "00hush" || len(config.KeyBytes(got.Audit.Key)) != 32 {
		t.Error("not what is kept in AWS")
	}
	if n := c.aws.Faults().Count("GetSecretValue"); n != 1 || got.InAWS() != 3 {
		t.Errorf("%d calls for one secret with two keys; %d are in AWS", n, got.InAWS())
	}
	c.save(c.text + "secrets: {every: 1m, region: eu-central-1}\n")
	if got = c.loads(); got.Secrets != (config.Secrets{Every: time.Minute, Region: "eu-central-1"}) {
		t.Errorf("%+v", got.Secrets)
	}
}

func TestTheFormIsCheckedAndNobodyAsked(t *testing.T) {
	t.Parallel()
	c := keep(t)
	got, err := c.Form()
	if err != nil || got.InAWS() != 3 || !got.Slack.BotToken.IsZero() || len(c.aws.Faults().Calls()) != 0 {
		t.Errorf("%v, %d calls", err, len(c.aws.Faults().Calls()))
	}
	// A file with any other mistake is refused before AWS is asked.
	c.save(c.text + "colour: blue\n")
	_, err = c.Load(t.Context())
	c.refused(err, "colour")
	if len(c.aws.Faults().Calls()) != 0 {
		t.Error("AWS was asked")
	}
	if _, err := config.Load(c.Path, nil); err == nil || !strings.Contains(err.Error(), "which is not asked here") {
		t.Errorf("without a vault: %v", err)
	}
}

func TestAFileIsReadWithoutItsSecrets(t *testing.T) {
	t.Parallel()
	c := keep(t)
	c.Env, c.Blind = func(string) (string, bool) { return "", false }, true
	c.save(strings.Replace(c.text, "{ssm: /airpass/okta}", "{file: not-there}", 1))
	got, err := c.Form()
	if err != nil || !got.Okta.APIToken.IsZero() || !got.Audit.Key.IsZero() || len(c.aws.Faults().Calls()) != 0 {
		t.Errorf("%v, %d calls", err, len(c.aws.Faults().Calls()))
	}
	// How they are written is looked at all the same.
	c.save(strings.Replace(c.text, "{ssm: /airpass/okta}", "{env: 00hush}", 1))
	_, err = c.Form()
	c.refused(err, "okta.api_token.env", "does not look like the name")
}

func TestOnlyTheSecretsThatAreUsedAreRead(t *testing.T) {
	t.Parallel()
	c := keep(t)
	c.Only = []string{"okta"}
	c.save(strings.Replace(c.text, "{aws_secret: airpass/slack, key: app}", "{env: AIRPASS_NOT_SET}", 1))
	got := c.loads()
	if got.Okta.APIToken.Reveal() != "00hush" || !got.Slack.BotToken.IsZero() || !got.Audit.Key.IsZero() {
		t.Errorf("okta is %v, slack %v, the audit key %v", !got.Okta.APIToken.IsZero(), !got.Slack.BotToken.IsZero(), !got.Audit.Key.IsZero())
	}
	if n := len(c.aws.Faults().Calls()); n != 1 || got.InAWS() != 1 {
		t.Errorf("%d calls for one secret", n)
	}
	// A section is not another one that begins alike.
	c.Only = []string{"okt"}
	if got = c.loads(); !got.Okta.APIToken.IsZero() {
		t.Error("okta is read")
	}
}

func TestMistakesOfForm(t *testing.T) {
	t.Parallel()
	bot := "{aws_secret: airpass/slack, key: bot}"
	for name, m := range map[string]struct{ old, new, field, words string }{
		"two ways":              {bot, "{aws_secret: a, ssm: b}", "slack.bot_token", "keep one of them"},
		"a token for a name":    {bot, "{aws_secret: xoxb-hush}", "slack.bot_token.aws_secret", "does not look like a name"},
		"no name":               {bot, "{ssm: \"hush hush\"}", "slack.bot_token.ssm", "does not look like a name"},
		"another service's ARN": {bot, "{ssm: \"arn:aws:secretsmanager:eu-west-1:111122223333:secret:hush-123456\"}", "slack.bot_token.ssm", "does not look like a name"},
		"a number":              {bot, "{aws_secret: 7}", "slack.bot_token.aws_secret", "must be text"},
		"a list for a key":      {bot, "{aws_secret: a, key: [b]}", "slack.bot_token.key", "must be text"},
		"a key of a parameter":  {"{ssm: /airpass/okta}", "{ssm: /airpass/okta, key: hush}", "okta.api_token", "remove key"},
		"a member unknown":      {bot, "{aws_secret: a, stage: hush}", "slack.bot_token.(key)", "known here"},
		"circular":              {"external_id: airpass\n  instance", "external_id: {aws_secret: airpass/external}\n  instance", "aws.external_id", "needed to reach AWS"},
		"circular region":       {"http:\n", "secrets: {region: {ssm: /region}}\nhttp:\n", "secrets.region", "needed to reach AWS"},
		"no secret":             {"team: T0123456789", "team: {ssm: /airpass/team}", "slack.team", "is no secret"},
		"too often":             {"http:\n", "secrets: {every: 10ms}\nhttp:\n", "secrets.every", "from 1s to 1d"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := keep(t)
			text := strings.Replace(c.text, m.old, m.new, 1)
			if text == c.text {
				t.Fatalf("the file has no %q", m.old)
			}
			c.save(text)
			_, err := c.Form()
			c.refused(err, m.field, m.words)
		})
	}
}

func TestWhatCannotBeUsedIsToldWithItsLine(t *testing.T) {
	t.Parallel()
	c := keep(t)
	load := func(field string, words ...string) {
		t.Helper()
		_, err := c.Load(t.Context())
		if errors.Is(err, config.ErrAway) {
			t.Errorf("it is not only that AWS does not answer: %v", err)
		}
		c.refused(err, field, words...)
	}
	c.aws.PutSecret("airpass/slack", `{"bot": "xoxb-hush", "app": "xoxp-hush"}`)
	load("slack.app_token", "does not begin with xapp-")
	c.aws.PutSecret("airpass/slack", `{"bot": "xoxb-hush", "app": {"token": "xapp-hush"}}`)
	load("slack.app_token.key", "names nothing in the secret")
	c.aws.PutSecret("airpass/slack", `{"bot": "", "app": "xapp-hush"}`)
	load("slack.bot_token", "is empty")
	c.aws.PutSecret("airpass/slack", `{"bot": "xoxb-hush", "app": "xapp-hush"}`)
	c.aws.DeleteParameter("/airpass/okta")
	load("okta.api_token.ssm", "cannot be fetched", "ParameterNotFound", "make it, or correct the name")
	c.aws.PutParameter("/airpass/okta", "00hush\n", true)
	c.aws.Deny("/airpass/audit")
	load("audit.key.ssm", "AccessDenied", "ssm:GetParameter")
	c.aws.Allow("/airpass/audit")
	if got := c.loads(); got.Okta.APIToken.Reveal() != "00hush" {
		t.Error("the newline at its end counts")
	}
}

func TestAWSIsAway(t *testing.T) {
	t.Parallel()
	c := keep(t)
	c.aws.Faults().Add(control.Fault{Op: "GetParameter", Answer: "unavailable"})
	_, err := c.Load(t.Context())
	if !errors.Is(err, config.ErrAway) || !strings.Contains(err.Error(), "okta.api_token.ssm: cannot be fetched") {
		t.Fatal(err)
	}
	c.aws.Faults().Clear()
	first := c.loads()
	c.aws.Faults().Add(control.Fault{Op: "*", Answer: "throttled"})
	again, err := c.LoadAgain(t.Context(), first)
	if err != nil || !config.Same(first, again) || len(again.Stale) != 4 || !strings.Contains(again.Stale[0].String(), "what it was before stays in use") {
		t.Errorf("%v", err)
	}
	if rotated, err := c.Rotated(t.Context(), again); rotated || err == nil {
		t.Errorf("rotated is %v, %v", rotated, err)
	}
	// What was never fetched has nothing from before.
	c.save(strings.Replace(c.text, "{ssm: /airpass/okta}", "{ssm: /airpass/another}", 1))
	if _, err := c.LoadAgain(t.Context(), first); !errors.Is(err, config.ErrAway) {
		t.Error(err)
	}
}

func TestARotationIsNoticed(t *testing.T) {
	t.Parallel()
	c := keep(t)
	first := c.loads()
	if rotated, err := c.Rotated(t.Context(), first); rotated || err != nil {
		t.Errorf("nothing has changed: %v %v", rotated, err)
	}
	c.aws.PutParameter("/airpass/okta", "00hush-2", true)
	c.aws.Deny("airpass/slack") // of which nothing is known then
	rotated, err := c.Rotated(t.Context(), first)
	if !rotated || err == nil || strings.Contains(err.Error(), hush) {
		t.Errorf("rotated is %v, %v", rotated, err)
	}
	c.aws.Allow("airpass/slack")
	second, err := c.LoadAgain(t.Context(), first)
	if err != nil || config.Same(first, second) || second.Okta.APIToken.Reveal() != "00hush-2" || len(second.Stale) > 0 {
		t.Error(err)
	}
}
