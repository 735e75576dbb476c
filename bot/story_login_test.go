package bot_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/messages"
	"airpass/sandbox"
	"airpass/sandbox/browser"
	"airpass/sandbox/control"
	"airpass/sandbox/mwaa"
	"airpass/sandbox/workspace"
	"airpass/store"
)

// instantly gives a target instant links.
func instantly(target string) func(*sandbox.World, string) string {
	return func(w *sandbox.World, yaml string) string { return withTarget(w, yaml, target, "link: instant") }
}

// signIn presses the button of an instant link on a card, and waits for the way in that is
// shown for it; n is the how manieth that somebody sees.
func (tw *town) signIn(who string, card workspace.Message, n int) workspace.Message {
	tw.Helper()
	tw.click(card, "Open Airflow")
	var found []workspace.Message
	tw.eventually("a way in is shown", func() bool {
		found = tw.waysIn(who)
		return len(found) >= n
	})
	if len(found) != n {
		tw.Fatalf("%d ways in, want %d", len(found), n)
	}
	return found[n-1]
}

// waysIn are the ways in to Airflow that somebody was shown, oldest first. Nobody else sees
// any of them.
func (tw *town) waysIn(who string) []workspace.Message {
	tw.Helper()
	p := tw.as(who)
	return slices.DeleteFunc(p.Messages(p.DM()), func(m workspace.Message) bool {
		return m.EphemeralFor != tw.Person(who).SlackID || !m.Button("Sign in now").There()
	})
}

// through opens a way in, in somebody's browser.
func (tw *town) through(who string, m workspace.Message) browser.Result {
	tw.Helper()
	opened, err := m.Button("Sign in now").Click(tw.ctx())
	if err != nil {
		tw.Fatal(err)
	}
	in, err := tw.Browser(who).Open(tw.ctx(), opened.URL)
	if err != nil {
		tw.Fatal(err)
	}
	return in
}

// logins are the events of the audit trail about logins, as exported.
func (tw *town) logins() []loginEvent {
	tw.Helper()
	var all []loginEvent
	tw.operate(func(o *bot.Operator) error {
		var out bytes.Buffer
		err := o.Store.ExportAudit(tw.ctx(), &out, store.AuditFilter{})
		for line := range bytes.Lines(out.Bytes()) {
			var e loginEvent
			if err := json.Unmarshal(line, &e); err != nil {
				return err
			}
			if strings.HasPrefix(e.Body.Kind, "login.") {
				all = append(all, e)
			}
		}
		return err
	})
	return all
}

type loginEvent struct {
	Body struct {
		Kind  string
		Actor struct{ ID string }
		Facts map[string]string
	}
	Values map[string]struct{ Value string }
}

func TestAnInstantLinkSignsInWhoClicksAsThemselves(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), instantly("prod/User"))
	card := tw.given("ada", "prod/User", "1 hour", "straight in", "grace")
	way := tw.signIn("ada", card, 1)
	if says := way.Visible(); !strings.Contains(says, "User in prod") || !strings.Contains(says, "once, within 60 seconds") || !strings.Contains(says, "assumed-role/airpass-login/ada@example.com") {
		t.Error(says)
	}
	opened, err := way.Button("Sign in now").Click(tw.ctx())
	if err != nil {
		t.Fatal(err)
	}
	in := tw.through("ada", way)
	if in.Refused != "" || in.SignedInAs != "assumed-role/airpass-login/ada@example.com" || in.AirflowRole != "User" || in.Environment != "data-platform-prod" {
		t.Errorf("%+v", in)
	}
	if again := tw.through("ada", way); again.RefusedCode != "token" || !strings.Contains(again.Refused, "used already") {
		t.Errorf("it works twice: %+v", again)
	}
	tw.idle()
	events := tw.logins()
	if len(events) != 2 || events[0].Body.Kind != "login.begun" || events[1].Body.Kind != "login.made" || events[1].Body.Actor.ID != tw.Person("ada").OktaID ||
		events[1].Body.Facts["airflow_role"] != "User" || events[1].Values["airflow_identity"].Value != "assumed-role/airpass-login/ada@example.com" {
		t.Errorf("%+v", events)
	}
	tw.nowhere(opened.URL)
}

// nowhere looks for a way in that has been shown in all that airpass writes.
func (tw *town) nowhere(address string) {
	tw.Helper()
	_, token, _ := strings.Cut(address, "#")
	if len(token) < 20 {
		tw.Fatalf("no token in the address")
	}
	written := map[string][]byte{"the log": []byte(tw.log.String())}
	if tw.config.Store.Path != "" {
		for _, name := range []string{tw.config.Store.Path, tw.config.Store.Path + "-wal"} {
			if data, err := os.ReadFile(name); err == nil {
				written["the database"] = append(written["the database"], data...)
			}
		}
	}
	if tw.config.Store.Path != "" && len(written["the database"]) == 0 || len(written["the log"]) == 0 {
		tw.Fatal("nothing was looked at")
	}
	for _, m := range tw.Slack.AllMessages() {
		if m.EphemeralFor == "" {
			raw, _ := json.Marshal(m)
			written["a message that stays"] = append(written["a message that stays"], raw...)
		}
	}
	for where, data := range written {
		if bytes.Contains(data, []byte(token)) {
			tw.Errorf("the token is in %s", where)
		}
	}
}

func TestAWayInIsOverAfterAMinute(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	o := quick()
	o.Wall = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	tw := settleWith(t, o, instantly("dev/User")) // Airflow 3
	card := tw.given("ada", "dev/User", "1 hour", "too slow", "grace")
	way := tw.signIn("ada", card, 1)
	ahead.Store(int64(61 * time.Second))
	if in := tw.through("ada", way); in.RefusedCode != "token" || !strings.Contains(in.Refused, "expired") {
		t.Errorf("%+v", in)
	}
	if in := tw.through("ada", tw.signIn("ada", card, 2)); in.AirflowRole != "User" || in.SignedInAs != "assumed-role/airpass-login/ada@example.com" {
		t.Errorf("a fresh one: %+v", in)
	}
}

// The button is the same wherever it stands; where there is no channel, the way in is shown
// in the direct messages.
func TestAnInstantLinkOpensFromTheHomeTabAndFromAnAnswer(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), instantly("prod/User"))
	tw.given("ada", "prod/User", "1 hour", "from anywhere", "grace")
	home := tw.home("ada", "User in prod", "left")
	if _, err := home.Button("Open Airflow").Click(tw.ctx()); err != nil {
		t.Fatal(err)
	}
	tw.eventually("a way in is shown", func() bool { return len(tw.waysIn("ada")) == 1 })
	if _, err := tw.as("ada").Slash(tw.ctx(), sandbox.Command, "me", sandbox.RequestsChannel); err != nil {
		t.Fatal(err)
	}
	tw.click(tw.seesIn("ada", sandbox.RequestsChannel, "Your access", "User in prod"), "Open Airflow")
	way := tw.seesIn("ada", sandbox.RequestsChannel, "this signs you in once")
	if way.EphemeralFor != tw.Person("ada").SlackID {
		t.Error("others see it")
	}
	if in := tw.through("ada", way); in.AirflowRole != "User" {
		t.Errorf("%+v", in)
	}
}

func TestNobodyIsSignedInWithWhatIsNotTheirs(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), instantly("prod/User"))
	id := tw.given("ada", "prod/User", "1 hour", "hers alone", "grace").Button("Open Airflow").Value()
	for who, request := range map[string]string{"ben": id, "grace": id, "olivia": id, "chen": "no-such-request"} {
		tw.deliver(tw.forgedClick(tw.Person(who).SlackID, messages.ActionLogin, request))
		tw.sees(who, "You were not signed in", "you have no such access")
	}
	// Nor is anybody where the link is the portal's.
	viewer := tw.given("ada", "prod/Viewer", "1 hour", "by the portal", "grace").Button("Open Airflow").Value()
	tw.deliver(tw.forgedClick(tw.Person("ada").SlackID, messages.ActionLogin, viewer))
	tw.sees("ada", "You were not signed in", "prod/Viewer has no instant link")
	tw.idle()
	if made, events := tw.MWAA.Tokens().WebLogin, tw.logins(); made != 0 || len(events) != 0 {
		t.Errorf("%d tokens were made: %+v", made, events)
	}
}

func TestNobodyIsSignedInOnceTheAccessHasEnded(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), instantly("prod/User"))
	card := tw.given("ada", "prod/User", "1 hour", "for an hour", "grace")
	tw.advance(time.Hour + time.Second)
	tw.click(card, "Open Airflow") // of the rendering that is still in front of her
	tw.sees("ada", "You were not signed in", "has ended")
	back := tw.given("ben", "prod/User", "1 hour", "given back soon", "grace")
	tw.click(back, "Give back")
	tw.sees("ben", "given back soon", "Access has ended")
	tw.click(back, "Open Airflow")
	tw.sees("ben", "You were not signed in", "has ended")
	if made := tw.MWAA.Tokens().WebLogin; made != 0 {
		t.Errorf("%d tokens were made", made)
	}
}

func TestNobodyIsSignedInWhenInDoubt(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), instantly("prod/User"))
	card := tw.given("ada", "prod/User", "1 hour", "not so sure", "grace")
	restored := func(is *access.Restoration) {
		tw.operate(func(o *bot.Operator) error {
			return o.Store.Update(tw.ctx(), o.Actor(), func(tx *store.Tx) error { return tx.SetRestoration(is) })
		})
	}
	restored(&access.Restoration{Why: "a test", At: tw.Clock.Now()})
	tw.click(card, "Open Airflow")
	tw.sees("ada", "You were not signed in", "a database that was restored")
	restored(nil)
	tw.environment("prod/User", mwaa.Unavailable)
	tw.click(card, "Open Airflow")
	tw.sees("ada", "You were not signed in", "UNAVAILABLE")
	tw.environment("prod/User", mwaa.Available)
	tw.STS.RemoveRole(tw.LoginRole(tw.Target("prod/User").Account))
	tw.click(card, "Open Airflow")
	tw.sees("ada", "You were not signed in", "does not let airpass sign you in (denied)", "airpass link tells why")
	if made := tw.MWAA.Tokens().WebLogin; made != 0 {
		t.Errorf("%d tokens were made", made)
	}
	for _, e := range tw.logins() {
		if e.Body.Kind == "login.made" {
			t.Errorf("%+v", e)
		}
	}
}

// A login whose answer was lost is made once more; each is in the trail, and one is shown.
func TestALoginWhoseAnswerWasLostIsMadeOnceMore(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), instantly("prod/User"))
	card := tw.given("ada", "prod/User", "1 hour", "lost on the way", "grace")
	tw.MWAA.Faults().Add(control.Fault{Op: "CreateWebLoginToken", LoseReply: true, Times: 1})
	tw.click(card, "Open Airflow")
	tw.sees("ada", "Checking…", "AWS does not answer")
	tw.advance(20 * time.Second)
	tw.eventually("a way in is shown", func() bool { return len(tw.waysIn("ada")) == 1 })
	if in := tw.through("ada", tw.waysIn("ada")[0]); in.AirflowRole != "User" {
		t.Errorf("%+v", in)
	}
	tw.idle()
	var kinds []string
	for _, e := range tw.logins() {
		kinds = append(kinds, e.Body.Kind)
	}
	if !slices.Equal(kinds, []string{"login.begun", "login.failed", "login.begun", "login.made"}) || tw.MWAA.Tokens().WebLogin != 2 {
		t.Errorf("%q, %d tokens", kinds, tw.MWAA.Tokens().WebLogin)
	}
	// Late is never: nobody looks any more.
	tw.MWAA.Faults().Add(control.Fault{Op: "CreateWebLoginToken", Answer: "unavailable"})
	tw.click(card, "Open Airflow")
	tw.eventually("it waits", func() bool { return len(tw.about("Checking…")) == 2 })
	tw.MWAA.Faults().Clear()
	tw.advance(2 * time.Minute)
	tw.sees("ada", "You were not signed in", "it took too long")
}

func TestOnePersonOpensSoManyLinks(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), instantly("prod/User"))
	ada, ben := tw.given("ada", "prod/User", "1 hour", "again and again", "grace"), tw.given("ben", "prod/User", "1 hour", "just once", "grace")
	for n := range 3 {
		tw.signIn("ada", ada, n+1)
	}
	tw.click(ada, "Open Airflow")
	tw.sees("ada", "You were not signed in", "wait a moment")
	tw.signIn("ben", ben, 1)
	if made := tw.MWAA.Tokens().WebLogin; made != 4 {
		t.Errorf("%d tokens", made)
	}
}
