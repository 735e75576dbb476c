package bot_test

import (
	"slices"
	"strings"
	"testing"

	"airpass/config"
	"airpass/messages"
	"airpass/sandbox"
	"airpass/sandbox/workspace"
	"airpass/store/storetest"
)

// reads changes in which language somebody reads Slack.
func (tw *town) reads(who, locale string) {
	tw.Helper()
	if !tw.Slack.UpdateUser(tw.Person(who).SlackID, func(u *workspace.User) { u.Locale = locale }) {
		tw.Fatal("there is no", who)
	}
}

// formIn opens the request form and returns its title.
func (tw *town) formIn(who string) string {
	tw.Helper()
	p := tw.as(who)
	before := p.OpenView()
	tw.types(who, "request", "")
	v, err := p.WaitView(tw.ctx(), func(v workspace.View) bool {
		return v.CallbackID == messages.CallbackAsk && (before == nil || v.ID != before.View().ID)
	})
	if err != nil {
		tw.Fatal("the form does not open:", err, tw.log)
	}
	title, _ := v.View().Title["text"].(string)
	return title
}

// Zoë's Slack is German, Henry's English.
func TestEachReadsTheirOwnLanguage(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	if title := tw.formIn("zoe"); title != "Ask for Airflow access" {
		t.Errorf("nobody has looked Zoë up yet, and her form is %q", title)
	}
	tw.ask("zoe", "prod/User", "1 hour", "the quarterly load")
	tw.sees("zoe", "the quarterly load", "Wartet auf Genehmigung", "1 Stunde", "die Führungskraft")
	tw.seesIn("zoe", sandbox.RequestsChannel, "the quarterly load", "Waiting for approval", "1 hour") // everybody reads it there
	tw.press("henry", "Approve", "the quarterly load", "Waiting for approval", "1 hour")
	card := tw.sees("zoe", "the quarterly load", "Der Zugang ist aktiv", "Genehmigt von Henry Castellanos", "Airflow öffnen")
	tw.sees("henry", "the quarterly load", "Approved by Henry Castellanos")

	if title := tw.formIn("zoe"); title != "Airflow-Zugang anfragen" {
		t.Errorf("her form is %q once she is known", title)
	}
	tw.types("zoe", "hilfe", "")
	tw.isTold("zoe", "", "Das habe ich nicht verstanden", "öffnet ein Formular")
	tw.types("zoe", "me", "")
	tw.isTold("zoe", "", "Dein Zugang", "User in prod", "noch ")
	tw.types("zoe", "request prod Admin 1 hour because I want to", "")
	tw.isTold("zoe", "", "Deine Anfrage wurde nicht gestellt: du bist in keiner der Okta-Gruppen, die prod/Admin anfragen dürfen")
	tw.home("zoe", "Dein Zugang", "Deine Anfragen", "Nichts wartet auf dich")
	tw.home("henry", "Nothing waits for you")

	tw.click(card, "Zurückgeben")
	tw.eventually("it is gone", func() bool { return tw.free("zoe", "prod/User") })
	tw.sees("zoe", "the quarterly load", "Der Zugang ist beendet", "Er wurde zurückgegeben")
}

func TestAnApproverIsWrittenToInTheirLanguageFromTheFirstCard(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.reads("henry", "de-AT") // he has never used airpass
	tw.ask("dana", "prod/User", "1 hour", "a report")
	tw.press("henry", "Genehmigen", "a report", "Eine Anfrage nach Airflow-Zugang", "Wartet auf Genehmigung")
	tw.sees("dana", "a report", "Access is active")
	// What they choose in Slack later is noticed when they are looked up again.
	tw.reads("henry", "en-GB")
	tw.home("henry", "Nothing waits for you")
}

func TestChannelsSpeakTheLanguageOfTheDeployment(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick(), func(c *config.Config) { c.Slack.Language = "de" })
	tw.reads("grace", "fr-FR")                                 // which is not spoken here
	tw.ask("ada", "prod/User", "1 Stunde", "a German company") // nobody knows yet that she reads English
	tw.seesIn("chen", sandbox.RequestsChannel, "a German company", "Wartet auf Genehmigung", "1 Stunde")
	tw.sees("ada", "a German company", "Waiting for approval")
	tw.press("grace", "Genehmigen", "a German company")
	tw.sees("ada", "a German company", "Access is active")
	if title := tw.formIn("chen"); title != "Airflow-Zugang anfragen" {
		t.Errorf("the form of somebody who is not known yet is %q", title)
	}
}

func TestEveryLanguageThatIsSpokenCanBeConfigured(t *testing.T) {
	t.Parallel()
	w := world(t, quick())
	for _, language := range append(messages.Languages(), "xx") {
		yaml := strings.Replace(string(w.Config(storetest.SQLite(t))), "\nslack:\n", "\nslack:\n  language: "+language+"\n", 1)
		_, err := config.Parse("airpass.yaml", []byte(yaml), func(string) (string, bool) { return "x", true })
		if known := slices.Contains(messages.Languages(), language); known != (err == nil) {
			t.Errorf("language %s: %v", language, err)
		}
	}
}
