package config

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/access"
)

const examplePath = "../airpass.example.yaml"

// testEnv has every variable that the example names.
func testEnv(name string) (string, bool) {
	v, ok := map[string]string{
		"AIRPASS_SLACK_BOT_TOKEN":      "xoxb-hush-bot",
		"AIRPASS_SLACK_APP_TOKEN":      "xapp-hush-app",
		"AIRPASS_OKTA_API_TOKEN":       "hush-okta",
		"AIRPASS_SLACK_SIGNING_SECRET": "hush-signing",
		"AIRPASS_AUDIT_KEY":            strings.Repeat("5ec4e7ff", 8),
		"AIRPASS_STORE_URL":            "postgres://ada:hush-store@db.example.com/airpass?sslmode=require",
	}[name]
	return v, ok
}

func example(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile(examplePath)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// In HTTP mode the app-level token is not needed, the signing secret is, and Slack's
// requests have an address of their own.
func TestHTTPMode(t *testing.T) {
	t.Parallel()
	text := strings.Replace(example(t), "mode: socket", "mode: http\n  signing_secret: {env: AIRPASS_SLACK_SIGNING_SECRET}", 1)
	text = strings.Replace(text, "  app_token:", "  # app_token:", 1)
	c, err := Parse("airpass.yaml", []byte(text), testEnv)
	if err != nil {
		t.Fatal(err)
	}
	if s := c.Slack; s.Mode != "http" || s.SigningSecret.Reveal() != "hush-signing" || !s.AppToken.IsZero() || s.Listen != "127.0.0.1:3000" || s.Path != "/slack" {
		t.Errorf("%+v", s)
	}
	if len(c.Warnings) > 0 {
		t.Error(c.Warnings)
	}
}

func TestTheExampleLoadsWithoutProblems(t *testing.T) {
	t.Parallel()
	c, err := Load(examplePath, testEnv)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Warnings) > 0 {
		t.Errorf("warnings:\n%v", c.Warnings)
	}
	if got := len(c.Targets()); got != 3 {
		t.Fatalf("%d targets, want 3", got)
	}
	staging, ok := c.Target("staging/User")
	if !ok {
		t.Fatal("no staging/User")
	}
	want := access.Single(access.Approver{Kind: access.ApproverManager},
		access.Approver{Kind: access.ApproverOwner, Value: "grace@example.com"})
	if !slices.Equal(staging.Policy.Approvers(), want.Approvers()) || staging.Policy.Stages[0].Required != 1 {
		t.Errorf("policy %+v, want %+v", staging.Policy, want)
	}
	if staging.Mode != access.ByGroup || staging.Environment.Account != "111111111111" || staging.Environment.Partition != "aws" ||
		staging.Instance != c.AWS.InstanceARN || staging.IdentityStore != "d-0123456789" || staging.SessionDuration != 4*time.Hour {
		t.Errorf("staging/User is %+v", staging)
	}
	viewer, _ := c.Target("prod/Viewer")
	if viewer.DefaultDuration != time.Hour || viewer.MaxDuration != 8*time.Hour || viewer.MaxContinuous != 5*24*time.Hour {
		t.Errorf("prod/Viewer is %+v", viewer)
	}
	if _, ok := c.Target("prod/Op"); ok {
		t.Error("prod/Op is no target, yet it was found")
	}
}

func TestDefaultsAreFilledIn(t *testing.T) {
	t.Parallel()
	c, err := Load(examplePath, testEnv)
	if err != nil {
		t.Fatal(err)
	}
	if c.Slack.APIURL != "https://slack.com/api/" || c.Slack.Command != "/airflow" || c.Slack.NotifyMax != 10 {
		t.Errorf("slack: %+v", c.Slack)
	}
	if c.Okta.EmailAttribute != "email" || c.Okta.IdentityCenterUserName.From != "app_user" {
		t.Errorf("okta: %+v", c.Okta)
	}
	wantTimes := Times{8 * time.Hour, time.Hour, 15 * time.Minute, 5 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 5 * time.Minute}
	if c.Times != wantTimes {
		t.Errorf("times %+v, want %+v", c.Times, wantTimes)
	}
	if c.Quotas != (Quotas{10, 10, 10, 300, 20}) || c.Caps != (Caps{10, 0.1}) {
		t.Errorf("quotas %+v, caps %+v", c.Quotas, c.Caps)
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	if got := c.Schedules.Sweep.Next(now); got != now.Add(15*time.Second) {
		t.Errorf("the sweep fires at %v", got)
	}
	if c.Store.Kind != SQLite || c.Store.Path != filepath.Join("..", "airpass.db") || c.Log != (Log{slog.LevelInfo, "json"}) {
		t.Errorf("store %+v, log %+v", c.Store, c.Log)
	}
	prod, _ := c.Environment("prod")
	want := "https://eu-west-1.console.aws.amazon.com/mwaa/home?region=eu-west-1#environments/data-platform-prod/sso"
	if got := c.ConsoleURL(prod.Environment); got != want {
		t.Errorf("console page %s, want %s", got, want)
	}
}

// TestNothingCommentedOutIsWrong uncomments the example's defaults and loads them.
func TestNothingCommentedOutIsWrong(t *testing.T) {
	t.Parallel()
	keep := []string{"api_url:", "command:", "notify_max:", "email_attribute:", "assignment_lookup:", "partition:"}
	inSection := false
	var out []string
	for line := range strings.Lines(example(t)) {
		body, commented := strings.CutPrefix(strings.TrimLeft(line, " "), "# ")
		indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
		switch {
		case commented && indent == "" && slices.ContainsFunc([]string{"times:", "schedules:", "caps:", "quotas:"}, func(s string) bool { return strings.HasPrefix(body, s) }):
			inSection = true
			line = body
		case commented && inSection && strings.HasPrefix(body, "  "):
			line = body
		case commented && slices.ContainsFunc(keep, func(s string) bool { return strings.HasPrefix(body, s) }):
			line = indent + body
			inSection = false
		default:
			inSection = false
		}
		out = append(out, line)
	}
	text := strings.Join(out, "")
	for _, want := range []string{"\n  request_lapse: 8h", "\n  inferred_share: 0.1", "\n  okta_concurrent: 20", "\n  sweep: ", "\n  command: /airflow"} {
		if !strings.Contains(text, want) {
			t.Fatalf("%q was not uncommented", want)
		}
	}
	plain, err := Load(examplePath, testEnv)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse("airpass.yaml", []byte(text), testEnv)
	if err != nil {
		t.Fatal(err)
	}
	if c.Times != plain.Times || c.Quotas != plain.Quotas || c.Caps != plain.Caps || c.Slack.APIURL != plain.Slack.APIURL {
		t.Error("the example's comments do not show the defaults")
	}
}

func TestAFileThatIsNotThere(t *testing.T) {
	t.Parallel()
	if _, err := Load("no-such.yaml", testEnv); err == nil || !strings.Contains(err.Error(), "no-such.yaml") {
		t.Errorf("error %v does not name the file", err)
	}
}

func TestAnchorsAndMergeKeysAreFollowed(t *testing.T) {
	t.Parallel()
	text := strings.Replace(example(t), "  - environment: staging\n", "  - &base\n    environment: staging\n", 1)
	text = strings.Replace(text, "\nstore:", `
  - <<: *base
    role: Op
    permission_set: arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-4444444444444444
    okta_group: 00g8stagingOpGroup01
    identity_center_group: 44444444-2222-4333-8444-555555555555
store:`, 1)
	c, err := Parse("airpass.yaml", []byte(text), testEnv)
	if err != nil {
		t.Fatal(err)
	}
	op, ok := c.Target("staging/Op")
	if !ok || op.OktaGroup != "00g8stagingOpGroup01" || op.MaxDuration != 12*time.Hour {
		t.Errorf("staging/Op is %+v", op)
	}
}

func TestOwnAddressesAndPostgres(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer("# api_url: https://slack.com/api/", "api_url: http://127.0.0.1:9000/slack/api",
		"url: sqlite:airpass.db ", "url: {env: AIRPASS_STORE_URL} ",
		"allowed_domains: [example.com]", "allowed_domains: [Example.COM]",
		"{env: AIRPASS_SLACK_BOT_TOKEN}", "{value: xoxb-inline}").Replace(example(t))
	c, err := Parse("airpass.yaml", []byte(text), testEnv)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Warnings) != 0 {
		t.Errorf("an inline token for this machine needs no warning: %v", c.Warnings)
	}
	if c.Slack.APIURL != "http://127.0.0.1:9000/slack/api/" {
		t.Errorf("api_url %q has no / at its end", c.Slack.APIURL)
	}
	if c.Slack.AllowedDomains[0] != "example.com" {
		t.Errorf("domain %q", c.Slack.AllowedDomains[0])
	}
	if c.Store.Kind != Postgres || c.Store.Display != "postgres://db.example.com/airpass" || !strings.Contains(c.Store.URL.Reveal(), "hush-store") {
		t.Errorf("store %+v", c.Store)
	}
}

func TestDurations(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{"90m": 90 * time.Minute, "7d": 168 * time.Hour, "1d12h": 36 * time.Hour, "1h30m": 90 * time.Minute} {
		if got, err := ParseDuration(text); err != nil || got != want {
			t.Errorf("%s is %v, %v; want %v", text, got, err, want)
		}
		if back, err := ParseDuration(Duration(want)); err != nil || back != want {
			t.Errorf("%v is written %s", want, Duration(want))
		}
	}
	for _, text := range []string{"", "7", "d", "1d-2h", "99999d", "1.5d", "8 h"} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("%q is taken as %v", text, got)
		}
	}
}

func TestTheShortestFileThatLoads(t *testing.T) {
	t.Parallel()
	c, err := Load("testdata/minimal.yaml", testEnv)
	if err != nil {
		t.Fatal(err)
	}
	op, ok := c.Target("prod/Op")
	if !ok || op.Environment.Account != "222222222222" || op.DefaultDuration != time.Hour || op.SessionDuration != 12*time.Hour {
		t.Errorf("prod/Op is %+v", op)
	}
	if c.Store.Path != filepath.Join("testdata", "airpass.db") || c.Slack.Mode != "socket" || c.HTTP.Listen != "127.0.0.1:8080" || len(c.Warnings) > 0 {
		t.Errorf("loaded %+v", c)
	}
}

func TestAThousandTargetsLoadQuickly(t *testing.T) {
	t.Parallel()
	head, tail, _ := strings.Cut(example(t), "\nstore:")
	var b strings.Builder
	b.WriteString(head)
	roles := access.Roles()
	for i := range 250 {
		for j, role := range roles {
			fmt.Fprintf(&b, "\n  - {environment: e%d, role: %s, mode: user, permission_set: \"arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-%016d\", permission_set_name: p, approvers: [manager]}", i, role, 10*i+j)
		}
	}
	b.WriteString("\nstore:" + tail)
	var envs strings.Builder
	for i := range 250 {
		fmt.Fprintf(&envs, "\n  - {key: e%d, account: \"111111111111\", region: eu-west-1, name: e%d}", i, i)
	}
	text := strings.Replace(b.String(), "\ntargets:", envs.String()+"\ntargets:", 1)
	start := time.Now()
	c, err := Parse("airpass.yaml", []byte(text), testEnv)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Targets()) != 1003 {
		t.Errorf("%d targets", len(c.Targets()))
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it took %v", took)
	} else {
		t.Logf("%d bytes in %v", len(text), took)
	}
}
