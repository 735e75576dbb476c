package bot_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"airpass/config"
	"airpass/sandbox"
	"airpass/sandbox/browser"
	"airpass/sandbox/control"
)

func TestInvariant08SlackIsAnsweredWhateverTheOthersDo(t *testing.T) {
	t.Parallel()
	tw := settle(t, sandbox.Options{})
	tw.ask("ada", "prod/User", "1 hour", "before they hang")
	card := tw.sees("grace", "before they hang", "Approve")
	hang := []*control.Faults{tw.Okta.Faults(), tw.IdentityCenter.Faults(), tw.MWAA.Faults(), tw.STS.Faults()}
	for _, f := range hang {
		f.Add(control.Fault{Op: "*", Hang: true})
	}
	begin := time.Now()
	if _, err := card.Button("Approve").Click(tw.ctx()); err != nil {
		t.Fatal("the click was not acknowledged:", err)
	}
	if _, err := tw.as("ben").Slash(tw.ctx(), sandbox.Command, "help", ""); err != nil {
		t.Fatal("the command was not acknowledged:", err)
	}
	tw.ask("ben", "prod/User", "1 hour", "while they hang")
	if took := time.Since(begin); took > 9*slower*time.Second { // one call that hangs is waited for 10 s
		t.Errorf("all of it took %s", took)
	}
	if s := tw.Slack.Stats(); s.TimedOut+s.LateAcks+s.Failed+s.DroppedAcks > 0 {
		t.Errorf("Slack counts %+v", s)
	}
	for _, f := range hang {
		f.Clear()
	}
	tw.sees("ada", "before they hang", "Open Airflow")
	tw.sees("ben", "while they hang", "Waiting for approval")
}

func TestInvariant09NoSecretIsWrittenAnywhere(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "airpass.db")
	w := world(t, sandbox.Options{})
	tw := &town{T: t, World: w, config: configure(t, w, "sqlite:"+file), log: &logLines{all: true}}
	tw.start(nil)
	w.Clock.OnMove(func(time.Time) { tw.bot.Wake(context.WithoutCancel(t.Context())) })
	tw.Okta.Faults().Add(control.Fault{Op: "*", Times: 2, Answer: "invalid_token"}) // what failed is logged
	tw.ask("ada", "prod/User", "1 hour", "look for secrets")
	tw.press("grace", "Approve", "look for secrets")
	card := tw.sees("ada", "look for secrets", "Open Airflow")
	opened, err := card.Button("Open Airflow").Click(tw.ctx())
	if err != nil {
		t.Fatal(err)
	}
	if in, err := browser.New(tw.Person("ada").Login).Open(tw.ctx(), opened.URL); err != nil || in.Refused != "" {
		t.Fatal("the link does not open:", in.Refused, err)
	}
	if err := tw.bot.Close(tw.ctx()); err != nil {
		t.Fatal(err)
	}
	said, err := json.Marshal(tw.Slack.AllMessages())
	if err != nil {
		t.Fatal(err)
	}
	written := map[string][]byte{"a message in Slack": said, "the log": []byte(tw.log.String()), "the configuration, printed": []byte(printed(tw.config))}
	for _, name := range []string{file, file + "-wal"} {
		if data, err := os.ReadFile(name); err == nil {
			written["the database"] = append(written["the database"], data...)
		}
	}
	if len(written["the database"]) == 0 || len(written["the log"]) == 0 {
		t.Fatal("nothing was looked at")
	}
	_, key := tw.AWSKey()
	for what, secret := range map[string]string{
		"the bot token": tw.Slack.BotToken(), "the app token": tw.Slack.AppToken(), "Okta's token": tw.Okta.APIToken(), "the AWS key": key,
		"the audit key": tw.config.Audit.Key.Reveal(), "a web login token's path": "aws-console-sso", "an Okta session": "sid=",
	} {
		for where, data := range written {
			if bytes.Contains(data, []byte(secret)) {
				t.Errorf("%s is in %s", what, where)
			}
		}
	}
}

// printed is a configuration as a careless line of code would print it.
func printed(c *config.Config) string {
	data, _ := json.Marshal(c)
	return strings.Join([]string{string(data), sprint(c)}, "\n")
}
