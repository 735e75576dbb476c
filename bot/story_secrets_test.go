package bot_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"airpass/bot"
	"airpass/sandbox"
	"airpass/sandbox/control"
	"airpass/store/storetest"
)

// Where the secrets of these stories are kept in AWS.
const (
	keptSlack = "airpass/slack"
	keptOkta  = "/airpass/okta"
)

// lockUp starts airpass on a file whose bot token and Okta token are kept in AWS, where
// they are looked at as often as the file says.
func lockUp(t *testing.T, every string) *office {
	t.Helper()
	w := world(t, quick())
	of := &office{town: &town{T: t, World: w, log: &logLines{all: true}}, path: filepath.Join(t.TempDir(), "airpass.yaml"),
		hup: make(chan os.Signal, 1), store: storetest.SQLite(t)}
	of.must(os.WriteFile(of.path, []byte(of.locked(every)), 0o600))
	of.keep(w.Slack.BotToken())
	w.Secrets.PutParameter(keptOkta, w.Okta.APIToken(), true)
	of.open(bot.Secrets(nil))
	return of
}

// locked is the file with its secrets in AWS.
func (of *office) locked(every string) string {
	return strings.NewReplacer(fmt.Sprintf("{value: %q}", of.Slack.BotToken()), "{aws_secret: "+keptSlack+", key: bot}",
		fmt.Sprintf("{value: %q}", of.Okta.APIToken()), "{ssm: "+keptOkta+"}",
		"  endpoints:\n", fmt.Sprintf("  endpoints:\n    secrets_manager: %q\n    ssm: %q\n", of.Addresses().Secrets, of.Addresses().Secrets),
	).Replace(string(of.yaml())) + "secrets: {every: " + every + "}\n"
}

// keep puts a bot token into Secrets Manager.
func (of *office) keep(token string) {
	of.Secrets.PutSecret(keptSlack, fmt.Sprintf(`{"bot": %q}`, token))
}

// fetched is how often airpass has asked for the secret.
func (of *office) fetched() int { return of.Secrets.Faults().Count("GetSecretValue") }

func TestSecretsInAWSAreFetchedAndLookedAt(t *testing.T) {
	t.Parallel()
	of := lockUp(t, "1s")
	of.given("ada", "prod/User", "1 hour", "with tokens from AWS", "grace")
	before := of.fetched()
	of.eventually("they are looked at", func() bool { return of.fetched() > before+1 })
	if n := of.reloads("loaded") + of.reloads("unchanged") + of.reloads("refused"); n > 0 {
		t.Errorf("read again %d times though nothing has changed", n)
	}
	for _, token := range []string{of.Slack.BotToken(), of.Okta.APIToken()} {
		if strings.Contains(of.log.String(), token) {
			t.Error("a token is in the log")
		}
	}
}

// The new token is put into Secrets Manager before Slack knows it; airpass keeps trying
// it, and the one in use, until the old one is revoked. Clicks pour in all the while.
func TestSecretsThatAreRotatedWhileClicksPourInLoseNone(t *testing.T) {
	t.Parallel()
	of := lockUp(t, "1s")
	of.ask("ada", "prod/User", "1 hour", "asked before the rotation")
	card := of.seesIn("chen", sandbox.RequestsChannel, "asked before the rotation", "Approve")
	const clicks = 20
	half, rotated := make(chan struct{}), make(chan struct{})
	var pour sync.WaitGroup
	pour.Go(func() {
		for n := range clicks {
			if _, err := card.Button("Approve").Click(of.ctx()); err != nil {
				t.Error("a click was not acknowledged:", err)
			}
			if n == clicks/2 {
				close(half)
				<-rotated
			}
		}
	})
	<-half
	token := of.Slack.BotToken() + "-2"
	of.reloaded("refused", func() { of.keep(token) })
	of.reloaded("loaded", func() { of.Slack.Rotate(token, of.Slack.AppToken()) })
	close(rotated)
	pour.Wait()
	if !strings.Contains(of.log.String(), `why="a secret in AWS has changed"`) {
		t.Error("the log does not say why", of.log)
	}
	of.press("grace", "Approve", "asked before the rotation")
	of.sees("ada", "asked before the rotation", "Access is active")
	failed := served(of.town, `airpass_slack_deliveries_total{outcome="failed",type="block_actions"}`)
	of.eventually("every click is judged", func() bool {
		return served(of.town, `airpass_attempts_total{action="approve",outcome="not_allowed"}`)+
			served(of.town, `airpass_attempts_total{action="approve",outcome="already_decided"}`) >= clicks-failed
	})
	if failed > clicks/2 || strings.Contains(of.log.String(), token) {
		t.Errorf("%v clicks could not be stored in time, or the token is in the log", failed)
	}
}

func TestSecretsWhileAWSIsDownAreThoseOfBefore(t *testing.T) {
	t.Parallel()
	of := lockUp(t, "1s")
	of.Secrets.Faults().Add(control.Fault{Op: "*", Answer: "unavailable"})
	token := of.Slack.BotToken() + "-2"
	of.keep(token)
	of.eventually("the log says that AWS is down", func() bool {
		return strings.Contains(of.log.String(), "level=WARN msg=\"secrets could not be looked at in AWS; those in use stay\"")
	})
	// A changed file is taken into use all the same, with the secrets of before.
	of.reloaded("loaded", func() { of.save(without("prod/Viewer")(of.World, of.locked("1s"))) })
	if !strings.Contains(of.log.String(), "slack.bot_token.aws_secret: cannot be fetched, so what it was before stays in use") {
		t.Error("the log does not say which", of.log)
	}
	of.given("ada", "prod/User", "1 hour", "goes on without AWS", "grace")
	// A secret of which nothing is known cannot be had from before: the file waits.
	of.reloaded("failed", func() {
		of.Secrets.PutParameter("/airpass/other", of.Okta.APIToken(), true)
		of.save(strings.Replace(of.locked("1s"), keptOkta, "/airpass/other", 1))
	})
	of.Slack.Rotate(token, of.Slack.AppToken())
	of.reloaded("loaded", func() { of.Secrets.Faults().Clear(); of.hup <- syscall.SIGHUP })
	of.given("chen", "prod/User", "1 hour", "with the new token", "grace")
}

func TestASecretThatCannotBeUsedIsRefusedWhole(t *testing.T) {
	t.Parallel()
	of := lockUp(t, "1s")
	good := of.Slack.BotToken()
	of.reloaded("refused", func() { of.keep("xoxp-of-a-person") })
	of.seesIn("sam", sandbox.AdminChannel, "is refused", "slack.bot_token: does not begin with xoxb-")
	of.given("ada", "prod/User", "1 hour", "the old one stays", "grace")
	if n := len(of.about("configuration was changed and is refused")); n != 1 {
		t.Errorf("the admin channel was told %d times", n)
	}
	// Asked for on purpose, a secret that is gone is a mistake; looked at, it stays in use.
	of.Secrets.DeleteSecret(keptSlack)
	of.reloaded("refused", func() { of.hup <- syscall.SIGHUP })
	of.seesIn("sam", sandbox.AdminChannel, "slack.bot_token.aws_secret: cannot be fetched", "marked for deletion")
	of.reloaded("unchanged", func() { of.keep(good); of.hup <- syscall.SIGHUP })
}
