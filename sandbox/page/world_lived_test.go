package page_test

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"airpass/bot"
	"airpass/config"
	"airpass/sandbox"
	"airpass/sandbox/control"
	"airpass/sandbox/page"
	"airpass/sandbox/watch"
	"airpass/sandbox/workspace"
)

// lived is a world in which airpass runs, with the page of both. Tests that start one run
// one after the other: each is a whole airpass, a browser, and waits that have an end.
type lived struct {
	*sandbox.World
	t      *testing.T
	url    string
	config *config.Config // of the airpass
}

func live(t *testing.T) *lived {
	t.Helper()
	return liveIn(t, sandbox.Options{PushDelay: 500 * time.Millisecond, AssignmentDelay: 500 * time.Millisecond})
}

func liveIn(t *testing.T, opts sandbox.Options) *lived {
	t.Helper()
	browserPath(t) // skipped without a browser, before anything is started
	world, err := sandbox.Start(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(world.Close)
	for _, pair := range world.Environ() { // the same for every world
		name, value, _ := strings.Cut(pair, "=")
		if err := os.Setenv(name, value); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := config.Parse("sandbox.yaml", world.Config("sqlite:"+filepath.Join(t.TempDir(), "airpass.db")), os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Schedules.Deactivation, err = config.ParseSchedule("@every 1s")
	if err != nil {
		t.Fatal(err)
	}
	b, err := bot.Start(t.Context(), bot.Options{Config: cfg, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := b.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	server := httptest.NewServer(page.New(page.Options{World: world, Audit: watch.Trail(world, b), Grants: watch.Grants(b),
		Campaigns: watch.Campaigns(world, b), StartCampaign: b.StartCampaign}).Handler())
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() }) // tabs keep their lines open
	l := &lived{World: world, t: t, url: server.URL, config: cfg}
	l.check(world.Slack.WaitConnected(l.ctx(), 1))
	return l
}

func (l *lived) check(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *lived) ctx() context.Context {
	ctx, cancel := context.WithTimeout(l.t.Context(), 30*time.Second)
	l.t.Cleanup(cancel)
	return ctx
}

// ask makes a request in Slack and returns the manager's card.
func (l *lived) ask(who string, target sandbox.Target, reason string) workspace.Message {
	l.t.Helper()
	p, ctx := l.As(who), l.ctx()
	_, err := p.Slash(ctx, sandbox.Command, "", "")
	l.check(err)
	form, err := p.WaitView(ctx, nil)
	l.check(err)
	l.check(form.Select(ctx, "environment", "environment", target.Environment))
	l.check(form.Select(ctx, "", "role", target.Role))
	l.check(form.Type(ctx, "reason", "reason", reason))
	_, err = form.Submit(ctx)
	l.check(err)
	return l.reads("grace", reason)
}

// reads waits until somebody reads words in one direct message.
func (l *lived) reads(who string, words ...string) workspace.Message {
	l.t.Helper()
	p, said := l.As(who), workspace.Saying(words...)
	m, err := p.WaitMessage(l.ctx(), func(m workspace.Message) bool { return m.Channel == p.DM() && said(m) })
	l.check(err)
	return m
}

// given has Ada's access approved and returns the link that is posted.
func (l *lived) given() string {
	l.t.Helper()
	_, err := l.ask("ada", l.Target("prod/User"), "the nightly load").Button("Approve").Click(l.ctx())
	l.check(err)
	answer, err := l.reads("ada", "the nightly load", "Access is active").Button("Open Airflow").Click(l.ctx())
	l.check(err)
	return answer.URL
}

// The keys that the tests press.
const (
	enter     = kb.Enter
	arrowLeft = kb.ArrowLeft
)

// goTo goes to any address.
func (b *tab) goTo(url string) {
	b.t.Helper()
	b.do(chromedp.Navigate(url))
}

// arrives waits, through pages that send the browser on, until a page's heading has
// these words.
func (b *tab) arrives(words string) {
	b.t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		there, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](`!!document.querySelector("h1")?.innerText.includes(`+quote(words)+`)`))
		if err == nil && there { // an error: it is on the way to the next page
			return
		}
	}
	b.t.Fatalf("the browser does not arrive at %q: %s", words, b.text("body"))
}

// forgive takes back what the browser has complained of: a page that is refused is an
// error to its log.
func (b *tab) forgive() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.problems = nil
}

// hint is what the page does when a link is clicked: it says as whom.
func (b *tab) hint(at, login string) {
	b.t.Helper()
	b.goTo(at)
	b.script(`document.cookie = "sandbox-acts-as=" + encodeURIComponent(` + quote(login) + `) + "; path=/; SameSite=Lax"`)
}

// TestTheLinkIsFollowedInARealBrowser: portal, Okta, console, /sso and Airflow, with
// the scripts and cookies of a browser.
func TestTheLinkIsFollowedInARealBrowser(t *testing.T) {
	l := live(t)
	b := newTab(t)
	link := l.given()

	b.hint(l.url+"/icon.svg", "ada@example.com")
	b.goTo(link)
	b.arrives("Sign In")
	if got := value[string](b, `document.querySelector("#username").value`); got != "ada@example.com" {
		t.Errorf("the sign-in is prefilled with %q", got)
	}
	b.shot("1-okta")
	b.click("button.go")
	b.arrives("DAGs")
	b.sees("main", "/ada@example.com", "User")
	b.shot("2-airflow")
	if live := l.MWAA.Sessions(); len(live) != 1 || !live[0].Live || live[0].AirflowRole != "User" {
		t.Errorf("%+v", live)
	}
	airflow := value[string](b, `location.href`)
	if strings.Contains(airflow, "#") {
		t.Errorf("the login token is left in the address: %s", airflow)
	}

	// In the same browser somebody else opens it: the sign-in asks who, and Ben gets nothing.
	b.hint(l.url+"/icon.svg", "ben@example.com")
	b.goTo(link)
	b.arrives("Sign In")
	b.sees(".info", "signed in as ada@example.com")
	b.shot("3-somebody-else")
	b.clickText(".people button", "Ben Okafor")
	b.arrives("You don't have access")
	b.sees("main", "no assignment of the permission set")
	b.shot("4-not-ben")
	b.forgive()

	// The end: a fresh browser is refused, the open tab goes on.
	_, err := l.Clock.Advance(61 * time.Minute)
	l.check(err)
	l.reads("ada", "the nightly load", "Access has ended")
	fresh := newTab(t)
	fresh.goTo(link)
	fresh.arrives("Sign In")
	fresh.click("#who + form button[value='ada@example.com']")
	fresh.arrives("You don't have access")
	fresh.sees("main", "no assignment of the permission set", "has ended, or has not begun")
	fresh.shot("5-refused")
	fresh.forgive()
	b.goTo(airflow)
	b.arrives("DAGs")
	_, err = l.Clock.Advance(12 * time.Hour)
	l.check(err)
	b.goTo(airflow)
	b.arrives("Sign in to Airflow")
	b.sees("main", "Your session has ended")
	b.forgive()
	// Refusals are told to the page.
	if no := l.Portal.Refusals(); len(no) != 2 || no[0].Login != "ben@example.com" || no[1].Login != "ada@example.com" {
		t.Errorf("%+v", no)
	}
}

// TestThePanelFollowsAStory watches access come and go, in the state that is sent and
// on the screen.
func TestThePanelFollowsAStory(t *testing.T) {
	l := liveIn(t, sandbox.Options{PushDelay: 500 * time.Millisecond, AssignmentDelay: 500 * time.Millisecond, Tiles: true})
	b := newTab(t)
	b.goTo(l.url + "/?as=ada")
	b.sees("#world-guide", "step 1 of 6")
	b.sees("#world-airpass", "Nobody has any")
	card := l.ask("ada", l.Target("prod/User"), "the nightly load")
	b.sees("#world-guide", "step 2 of 6")
	b.sees("#world-trail", "Ada Lindqvist asks for prod/User for 1h (the nightly load)")
	b.shot("1-asked")
	_, err := card.Button("Approve").Click(l.ctx())
	l.check(err)
	b.sees("#world-trail", "is approved by Grace Adeyemi")
	b.sees("#world-center", "being added")
	b.shot("2-being-added")
	l.reads("ada", "the nightly load", "Access is active")
	b.sees("#world-airpass", "Ada Lindqvist", "prod/User", "active", "left")
	b.sees("#world-okta", "airflow-prod-user", "Ada Lindqvist")
	b.sees("#world-center", "airflow-prod-user", "AWSReservedSSO_airflow-prod-user_", "assigned", "Ada Lindqvist has AWS_SSO_Amazon_MWAA_prod")
	b.sees("#world-clock", "Next end: Ada Lindqvist, prod/User")
	b.sees("#world-guide", "step 4 of 6")
	b.shot("3-active")
	b.click("#world-next-end")
	b.sees("#world-airpass", "Nobody has any")
	b.sees("#world-trail", "has no access to prod/User any more (expired)")
	l.reads("ada", "the nightly load", "Access has ended")
	b.until(`!document.querySelector("#world-okta").innerText.includes("Ada")`)
	b.shot("4-ended")
	if l.Okta.IsMember(l.Target("prod/User").OktaGroup, "ada@example.com") {
		t.Error("Ada is still in the group")
	}
	// What the guide says is done is what has been done, whatever was clicked.
	if done := value[int](b, `document.querySelectorAll("#world-guide li.done").length`); done != 4 {
		t.Errorf("%d steps are done, want 4: the link was not followed", done)
	}
}

// TestTheSwitchesOfThePanel breaks and mends a vendor with the mouse and the keyboard.
func TestTheSwitchesOfThePanel(t *testing.T) {
	l := live(t)
	b := newTab(t)
	b.goTo(l.url + "/?as=ada")
	card := l.ask("ada", l.Target("prod/User"), "during an outage")
	b.clickText(`[data-vendor="identitycenter"] label`, "Down")
	b.until(`document.querySelector('[data-vendor="identitycenter"]').dataset.mode === "down"`)
	b.sees("#world-vendors", "1 broken", "answers every call with an outage")
	b.shot("1-down")
	l.IdentityCenter.Faults().ResetCalls()
	_, err := card.Button("Approve").Click(l.ctx())
	l.check(err)
	deadline := time.Now().Add(20 * time.Second)
	for len(l.IdentityCenter.Faults().Calls()) == 0 {
		if time.Now().After(deadline) {
			t.Fatal("Identity Center is not asked")
		}
		time.Sleep(20 * time.Millisecond)
	}
	if slices.ContainsFunc(l.IdentityCenter.Faults().Calls(), func(c control.Call) bool { return c.Done }) {
		t.Error("a call was carried out while it is down")
	}
	// With the keyboard: the arrow goes from Down back to Works.
	b.script(`document.querySelector('[data-vendor="identitycenter"] input:checked').focus()`)
	for _, mode := range []string{"throttled", "slow", "works"} {
		b.press(arrowLeft)
		b.until(`document.activeElement.value === "` + mode + `"`)
	}
	b.until(`document.querySelector('[data-vendor="identitycenter"]').dataset.mode === "works"`)
	_, err = l.Clock.Advance(10 * time.Minute) // what waits to be tried again is due
	l.check(err)
	l.reads("ada", "during an outage", "Access is active")

	// With the keyboard too, since rows above come and go meanwhile.
	b.script(`document.querySelector("#world-okta .w-fold summary").focus()`)
	b.press(enter)
	b.until(`document.querySelector("#world-okta .w-fold").open`)
	b.script(`document.querySelector("#world-okta .w-fold li:first-child button").focus()`)
	b.press(enter)
	b.sees("#world-okta .w-fold li:first-child", "DEPROVISIONED", "Activate")
	b.sees("#world-center", "disabled: Ada Lindqvist")
	l.reads("ada", "during an outage", "Access has ended")
	b.shot("2-deactivated")

	b.script(`{ const s = document.querySelector('select[aria-label="Status of data-platform-prod"]'); s.value = "UPDATING"; s.dispatchEvent(new Event("change", {bubbles: true})); }`)
	b.until(`document.querySelector('select[aria-label="Status of data-platform-prod"]').classList.contains("busy")`)
	if s := l.MWAA.Environments()[0].Status; s != "UPDATING" {
		t.Errorf("the environment is %s", s)
	}
	b.script(`document.querySelector("#world-clock input").focus()`)
	b.typed("yesterday")
	b.press(enter)
	b.sees(".w-alarm", "yesterday")
	b.forgive()
	b.click(".w-close")
	b.until(`!document.querySelector("#world-guide")`)
	b.goTo(l.url + "/?as=ada")
	b.sees("#world h1", "The outside world")
	if value[bool](b, `!!document.querySelector("#world-guide")`) {
		t.Error("the guide that was closed is open again")
	}
	b.clickText(".w-head button", "Guide")
	b.sees("#world-guide", "First visit")
}
