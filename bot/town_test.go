package bot_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"airpass/bot"
	"airpass/config"
	"airpass/internal/pgtest"
	"airpass/messages"
	"airpass/outbound"
	"airpass/sandbox"
	"airpass/sandbox/workspace"
)

// town is a sandbox world with airpass at work in it. Stories act as people in
// Slack and look at the vendors' own state.
type town struct {
	*testing.T
	*sandbox.World
	config  *config.Config
	bot     *bot.Bot   // the first of bots
	bots    []*bot.Bot // the replicas, which share a database
	abreast int        // how many of them are started; 0 is one
	log     *logLines
	source  *config.Source // read again while airpass runs; nil is never
	hangup  chan os.Signal
	wall    func() time.Time                    // of bot.Options; nil is the machine's clock
	json    bool                                // the log is written as JSON
	budgets map[outbound.Vendor]outbound.Budget // of bot.Options

	mu    sync.Mutex
	extra map[string]sandbox.Person // who came to the town later; see newcomer
}

// settle starts a world and airpass in it; edit may change the configuration.
func settle(t *testing.T, o sandbox.Options, edit ...func(*config.Config)) *town {
	t.Helper()
	return settleWith(t, o, func(_ *sandbox.World, yaml string) string { return yaml }, edit...)
}

// serve starts airpass, follows the clock, and ends with the test.
func (tw *town) serve() {
	tw.Helper()
	tw.Cleanup(func() { // also if not all of them start
		_ = tw.close(context.WithoutCancel(tw.Context()))
		if url := tw.config.Store.URL.Reveal(); tw.abreast > 1 && pgtest.Deadlocks(tw, url) > 0 {
			tw.Error("replicas have waited for each other until PostgreSQL gave one of them up")
		}
	})
	tw.start(nil)
	tw.Clock.OnMove(func(time.Time) { tw.wake() })
}

// wake has every replica look for what is due.
func (tw *town) wake() {
	for _, b := range tw.bots {
		b.Wake(context.WithoutCancel(tw.Context()))
	}
}

// close ends every replica.
func (tw *town) close(ctx context.Context) error {
	var errs []error
	for _, b := range tw.bots {
		errs = append(errs, b.Close(ctx))
	}
	return errors.Join(errs...)
}

func world(t *testing.T, o sandbox.Options) *sandbox.World {
	t.Helper()
	o.HTTP = o.HTTP || overHTTP(t)
	w, err := sandbox.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	for _, pair := range w.Environ() { // the same in every world
		name, value, _ := strings.Cut(pair, "=")
		if err := os.Setenv(name, value); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func configure(t *testing.T, w *sandbox.World, storeURL string, edit ...func(*config.Config)) *config.Config {
	t.Helper()
	c, err := config.Parse("airpass.yaml", w.Config(storeURL), os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range edit {
		e(c)
	}
	return c
}

// start runs airpass in this process, as many replicas of it as there are to be, and
// waits until Slack knows them.
func (tw *town) start(after func(outbound.Call)) {
	tw.Helper()
	tw.replicate(after)
	var urls []string
	for _, b := range tw.bots {
		if url := b.RequestURL(); url != "" {
			urls = append(urls, url)
		}
	}
	tw.bot = tw.bots[0]
	if len(urls) > 0 {
		tw.PostTo(inTurn(tw, urls))
		return
	}
	if overHTTP(tw) {
		tw.Fatal("airpass is in Socket Mode")
	}
	each := 1 // connection, and a second one when it is alone or all know each other
	if tw.abreast > 1 {
		each = 2
	}
	if err := tw.Slack.WaitConnected(tw.ctx(), each*len(tw.bots)); err != nil {
		tw.Fatal("Slack waits for airpass:", err)
	}
}

// replicate starts one replica, and then the others side by side: each looks for half a second
// whether it is alone.
func (tw *town) replicate(after func(outbound.Call)) {
	tw.Helper()
	bots, errs := make([]*bot.Bot, max(1, tw.abreast)), make([]error, max(1, tw.abreast))
	begin := func(n int) {
		bots[n], errs[n] = bot.Start(tw.Context(), bot.Options{Config: tw.config, Source: tw.source, Hangup: tw.hangup, Now: tw.Clock.Now, Wall: tw.wall, AfterCall: after, Budgets: tw.budgets,
			Log: slog.New(tw.logHandler()), Version: "test"})
	}
	begin(0)
	var others sync.WaitGroup
	for n := range bots[1:] {
		others.Go(func() { begin(n + 1) })
	}
	others.Wait()
	tw.bots = slices.DeleteFunc(bots, func(b *bot.Bot) bool { return b == nil })
	if err := errors.Join(errs...); err != nil {
		tw.Fatal(err)
	}
}

func (tw *town) logHandler() slog.Handler {
	o := &slog.HandlerOptions{Level: slog.LevelInfo}
	if tw.json {
		return slog.NewJSONHandler(tw.log, o)
	}
	return slog.NewTextHandler(tw.log, o)
}

// patience is how long a story waits for something to happen, wall time.
// Where a rule is switched off, so that a story has to fail, AIRPASS_PATIENCE says less.
var patience = func() time.Duration {
	if less, err := time.ParseDuration(os.Getenv("AIRPASS_PATIENCE")); err == nil {
		return less
	}
	return 90 * time.Second * slower
}()

func (tw *town) ctx() context.Context {
	ctx, cancel := context.WithTimeout(tw.Context(), patience)
	tw.Cleanup(cancel)
	return ctx
}

func (tw *town) as(key string) *workspace.Person { return tw.Slack.As(tw.Person(key).SlackID) }

// ask fills in the request form as somebody would.
func (tw *town) ask(who, target, duration, reason string, more ...func(*workspace.ViewHandle)) {
	tw.Helper()
	p := tw.as(who)
	environment, role, _ := strings.Cut(target, "/")
	before := p.OpenView()
	if _, err := p.Slash(tw.ctx(), sandbox.Command, "", p.DM()); err != nil {
		tw.Fatal(err)
	}
	form, err := p.WaitView(tw.ctx(), func(v workspace.View) bool {
		return v.CallbackID == messages.CallbackAsk && (before == nil || v.ID != before.View().ID)
	})
	if err != nil {
		tw.Fatal("the form does not open:", err, tw.log)
	}
	for _, choice := range [][2]string{{messages.FieldEnvironment, environment}, {messages.FieldRole, role}, {messages.FieldDuration, duration}} {
		if err := form.Select(tw.ctx(), "", choice[0], choice[1]); err != nil {
			tw.Fatal(choice, err)
		}
	}
	if err := form.Type(tw.ctx(), messages.FieldReason, messages.FieldReason, reason); err != nil {
		tw.Fatal(err)
	}
	for _, fill := range more {
		fill(form)
	}
	if _, err := form.Submit(tw.ctx()); err != nil {
		tw.Fatal(err, tw.log)
	}
	if wrong := form.Errors(); len(wrong) > 0 {
		tw.Fatal("the form is refused:", wrong)
	}
}

// sees waits until somebody sees a message with all these words, in their direct
// messages with airpass.
func (tw *town) sees(who string, words ...string) workspace.Message {
	tw.Helper()
	p := tw.as(who)
	says := workspace.Saying(words...)
	m, err := p.WaitMessage(tw.ctx(), func(m workspace.Message) bool { return m.Channel == p.DM() && says(m) })
	if err != nil {
		tw.Fatalf("%s does not see %q: %v\n%s\n%s", who, words, err, tw.inbox(who), tw.log)
	}
	return m
}

func (tw *town) inbox(who string) string {
	p := tw.as(who)
	out := ""
	for _, m := range p.Messages(p.DM()) {
		out += "  | " + strings.ReplaceAll(m.Visible(), "\n", "\n  |   ") + "\n"
	}
	return out
}

// press presses a button on the newest card somebody sees with these words.
func (tw *town) press(who, button string, words ...string) {
	tw.Helper()
	m := tw.sees(who, words...)
	if _, err := m.Button(button).Click(tw.ctx()); err != nil {
		tw.Fatal(who, "presses", button, err, tw.log)
	}
}

// eventually waits until something is so outside, without moving the clock.
func (tw *town) eventually(what string, so func() bool) {
	tw.Helper()
	deadline := time.Now().Add(patience)
	for !so() {
		if time.Now().After(deadline) {
			tw.Fatalf("never: %s\n%s", what, tw.log)
		}
		select {
		case <-tw.Context().Done():
			tw.Fatal("the test ended before:", what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (tw *town) advance(d time.Duration) {
	tw.Helper()
	if _, err := tw.Clock.Advance(d); err != nil {
		tw.Fatal(err)
	}
}

// center is somebody's id in Identity Center.
func (tw *town) center(who string) string {
	for _, u := range tw.IdentityCenter.Users() {
		if u.UserName == tw.Person(who).Login {
			return u.ID
		}
	}
	return ""
}

// assignments counts somebody's own assignments of a target in Identity Center.
func (tw *town) assignments(who, target string) int {
	n, at, id := 0, tw.Target(target), tw.center(who)
	tw.IdentityCenter.Sync()
	for _, a := range tw.IdentityCenter.Assignments() {
		if a.PrincipalType == "USER" && a.PrincipalID == id && a.PermissionSetARN == at.PermissionSet && a.Account == at.Account {
			n++
		}
	}
	return n
}

func (tw *town) member(who, target string) bool {
	return tw.Okta.IsMember(tw.Target(target).OktaGroup, tw.Person(who).OktaID)
}

// has says whether somebody has all of a target that is granted by assignment.
func (tw *town) has(who, target string) bool {
	return tw.assignments(who, target) == 1 && (tw.Target(target).OktaGroup == "" || tw.member(who, target))
}

// free says whether nothing of a target is left with somebody.
func (tw *town) free(who, target string) bool {
	return tw.assignments(who, target) == 0 && (tw.Target(target).OktaGroup == "" || !tw.member(who, target))
}
