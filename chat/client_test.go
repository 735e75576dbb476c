package chat_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/chat"
	"airpass/outbound"
	"airpass/sandbox/control"
	"airpass/sandbox/workspace"
)

func TestOptionsThatCannotWork(t *testing.T) {
	t.Parallel()
	for what, change := range map[string]func(*chat.Options){
		"no caller":  func(o *chat.Options) { o.Caller = nil },
		"no token":   func(o *chat.Options) { o.BotToken = "" },
		"http":       func(o *chat.Options) { o.APIURL = "http://slack.com/api/" },
		"no URL":     func(o *chat.Options) { o.APIURL = "slack" },
		"a password": func(o *chat.Options) { o.APIURL = "https://a:xoxb-verysecret@slack.com/api/" },
	} {
		o := chat.Options{BotToken: "xoxb-verysecret", Caller: outbound.New(outbound.Options{})}
		change(&o)
		_, err := chat.New(o)
		if !errors.Is(err, access.ErrInvalid) || strings.Contains(err.Error(), "verysecret") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := chat.New(chat.Options{BotToken: "xoxb-1", Caller: outbound.New(outbound.Options{})}); err != nil {
		t.Error(err)
	}
}

func TestWhoWeAreIsAskedOnce(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	tw.Faults().Add(control.Fault{Op: "auth.test", Times: 1, Answer: "unavailable"})
	_, err := tw.client.Identity(ctxOf(t))
	failure(t, "no answer", err, access.Unavailable)
	for range 3 {
		me, err := tw.client.Identity(ctxOf(t))
		if err != nil || me.Team != tw.TeamID() || me.BotUser != tw.App().BotUserID || me.Bot != tw.App().BotID || me.TeamName != "Sandbox" {
			t.Errorf("%+v %v", me, err)
		}
	}
	if n := tw.Faults().Count("auth.test"); n != 2 {
		t.Errorf("%d calls", n)
	}
	_, err = tw.with("xoxb-verysecret").Identity(ctxOf(t))
	if failure(t, "a wrong token", err, access.Denied); strings.Contains(err.Error(), "verysecret") {
		t.Errorf("%v", err)
	}
}

func TestAProfileSaysWhoMayBeTrusted(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	want := map[string]chat.Profile{
		anna:    {Team: tw.TeamID(), Email: "anna+test@example.com", Name: "Anna", RealName: "Anna Arndt", TZ: "Europe/Berlin", Locale: "de-DE", EmailConfirmed: true},
		boris:   {Team: tw.TeamID(), Email: "boris@example.com", Name: "Boris Berg", RealName: "Boris Berg", TZ: "UTC", Locale: "en-US", Invited: true},
		guest:   {Team: tw.TeamID(), Email: "gus@contractor.example", Name: "Gus Guest", RealName: "Gus Guest", TZ: "UTC", Locale: "en-US", EmailConfirmed: true, Restricted: true, UltraRestricted: true},
		gone:    {Team: tw.TeamID(), Email: "greta@example.com", Name: "Greta Gone", RealName: "Greta Gone", TZ: "UTC", Locale: "en-US", EmailConfirmed: true, Deleted: true},
		visitor: {Team: "T0OTHER", Name: "Vera Visitor", RealName: "Vera Visitor", TZ: "UTC", Locale: "en-US", EmailConfirmed: true, Stranger: true},
	}
	for id, w := range want {
		w.ID = id
		if got, err := tw.client.User(ctxOf(t), id); err != nil || got != w {
			t.Errorf("got %+v %v\nwant %+v", got, err, w)
		}
	}
	if bot, err := tw.client.User(ctxOf(t), tw.App().BotUserID); err != nil || !bot.Bot {
		t.Errorf("%+v %v", bot, err)
	}
	if p, err := tw.client.UserByEmail(ctxOf(t), "ANNA+test@example.com"); err != nil || p.ID != anna || p.Locale != "" {
		t.Errorf("%+v %v", p, err)
	}
	_, err := tw.client.User(ctxOf(t), "U0NOBODY")
	failure(t, "nobody", err, access.Missing)
	for _, email := range []string{"greta@example.com", "vera@other.example", "nobody@example.com"} {
		_, err = tw.client.UserByEmail(ctxOf(t), email)
		if failure(t, email, err, access.Missing); !errors.Is(err, access.ErrNotFound) {
			t.Errorf("%s: %v", email, err)
		}
	}
	blind := newTown(t, func(o *workspace.Options) { o.App.BotScopes = []string{"users:read"} })
	_, err = blind.client.UserByEmail(ctxOf(t), "boris@example.com")
	if failure(t, "a scope is missing", err, access.Denied); !strings.Contains(err.Error(), "users:read.email") {
		t.Errorf("the missing scope is not named: %v", err)
	}
}

func TestFailuresAndTheirClasses(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	for answer, class := range map[string]access.Class{
		"throttled": access.Throttled, "slack:ratelimited": access.Throttled,
		"unavailable": access.Unavailable, "internal": access.Unavailable, "fatal_error": access.Unavailable,
		"slack:invalid_auth": access.Denied, "slack:token_revoked": access.Denied, "slack:account_inactive": access.Denied,
		"slack:missing_scope": access.Denied, "slack:not_in_channel": access.Denied, "slack:restricted_action": access.Denied,
		"slack:channel_not_found": access.Missing, "slack:user_not_found": access.Missing, "slack:is_archived": access.Missing,
		"slack:invalid_blocks": access.Rejected, "slack:msg_too_long": access.Rejected, "slack:something_new": access.Rejected,
	} {
		tw.Faults().ResetCalls()
		tw.Faults().Add(control.Fault{Op: "chat.postMessage", Times: 1, Answer: answer, RetryAfter: control.Duration(7 * time.Second)})
		_, err := tw.client.Post(ctxOf(t), general, chat.Message{Text: "hello"})
		v := failure(t, answer, err, class)
		if n := tw.Faults().Count("chat.postMessage"); n != 1 {
			t.Errorf("%s: %d calls", answer, n)
		}
		if (v.RetryAfter == 7*time.Second) != (answer == "throttled") || v.MayHaveHappened() != (class == access.Unavailable) {
			t.Errorf("%s: %+v", answer, v)
		}
		_, _ = tw.clock.Advance(7 * time.Second) // a throttled method is held that long
		if strings.Contains(err.Error(), "xoxb") || strings.Contains(err.Error(), "http://") {
			t.Errorf("%s: %v", answer, err)
		}
	}
	if n := len(tw.Messages(general)); n != 0 {
		t.Errorf("%d messages", n)
	}
}

// Every call that Slack receives was reported, once and under its own name, refused
// ones too.
func TestEveryCallIsReportedUnderItsName(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	var reported []string
	client, err := chat.New(chat.Options{BotToken: tw.BotToken(), APIURL: tw.APIURL(), Caller: outbound.New(outbound.Options{
		After: func(c outbound.Call) { reported = append(reported, c.Site.Name) },
	})})
	must(t, err)
	ctx, m := ctxOf(t), chat.Message{Text: "x", Key: "k"}
	_ = client.Connects(ctx)
	_, _ = client.User(ctx, anna)
	_, _ = client.UserByEmail(ctx, "boris@example.com")
	_, _ = client.GroupNames(ctx, "S0NOTHERE", "anna+test@example.com")
	dm, _ := client.OpenDM(ctx, anna)
	ts, _ := client.Post(ctx, dm, m)
	_ = client.Update(ctx, dm, ts, m)
	_, _, _ = client.FindByKey(ctx, dm, "k", time.Time{})
	_ = client.Ephemeral(ctx, general, anna, chat.Message{Text: "x"})
	_, _ = client.Permalink(ctx, dm, ts)
	_, _, _ = client.OpenView(ctx, "1.2.3", modal("x"))
	_, _ = client.UpdateView(ctx, "V0NOTHERE", "", modal("x"))
	_ = client.PublishHome(ctx, anna, modal("x").Blocks.BlockSet)
	var received []string
	for _, c := range tw.Faults().Calls() {
		received = append(received, c.Op)
	}
	if !slices.Equal(received, reported) {
		t.Errorf("received %v\nreported %v", received, reported)
	}
	for _, site := range outbound.Sites() {
		if site.Vendor == outbound.Slack && !slices.Contains(received, site.Name) {
			t.Errorf("%s was not called", site.Name)
		}
	}
}

// Whether a connection would be opened is known without opening one.
func TestTheAppTokenIsTriedWithoutAConnection(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	with := func(token string) error {
		client, err := chat.New(chat.Options{BotToken: tw.BotToken(), AppToken: token, APIURL: tw.APIURL(), Caller: outbound.New(outbound.Options{})})
		must(t, err)
		return client.Connects(ctxOf(t))
	}
	must(t, with(tw.AppToken()))
	failure(t, "another token", with("xapp-1-another"), access.Denied)
	failure(t, "the bot's token", with(tw.BotToken()), access.Denied)
	tw.SetRequestURLs(workspace.RequestURLs{Commands: "http://127.0.0.1:1"})
	failure(t, "HTTP mode", with(tw.AppToken()), access.Rejected)
}

// What stands between Slack and us answers too, and must not be taken for Slack.
func TestAnswersThatSlackDidNotGive(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		status int
		body   string
	}{
		"a page": {200, "<html>sign in</html>"}, "an empty object": {200, "{}"}, "ok and no more": {200, `{"ok":true}`}, "nothing": {200, ""},
		"a redirect": {302, ""}, "a gateway": {502, "<html></html>"}, "not there": {404, "<html></html>"},
	} {
		client := odd(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(c.status)
			_, _ = w.Write([]byte(c.body))
		})
		ctx := ctxOf(t)
		_, err := client.Identity(ctx)
		failure(t, "identity, "+what, err, access.Unavailable)
		_, err = client.User(ctx, anna)
		failure(t, "user, "+what, err, access.Unavailable)
		_, err = client.UserByEmail(ctx, "a@example.com")
		failure(t, "address, "+what, err, access.Unavailable)
		_, err = client.OpenDM(ctx, anna)
		failure(t, "direct message, "+what, err, access.Unavailable)
		_, err = client.Post(ctx, general, chat.Message{Text: "x"})
		failure(t, "post, "+what, err, access.Unavailable)
		failure(t, "update, "+what, client.Update(ctx, general, "1.2", chat.Message{Text: "x"}), access.Unavailable)
		failure(t, "ephemeral, "+what, client.Ephemeral(ctx, general, anna, chat.Message{Text: "x"}), access.Unavailable)
	}
	limited := odd(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) })
	_, err := limited.User(ctxOf(t), anna)
	failure(t, "429 without a wait", err, access.Throttled)
	dead, err := chat.New(chat.Options{BotToken: "xoxb-verysecret", APIURL: "http://127.0.0.1:1/api/", Caller: outbound.New(outbound.Options{})})
	must(t, err)
	_, err = dead.User(ctxOf(t), anna)
	if failure(t, "nobody listens", err, access.Unavailable); strings.Contains(err.Error(), "/api/") {
		t.Errorf("%v", err)
	}
}

func TestNothingIsSentWithoutAnAddressee(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	ctx := ctxOf(t)
	_, user := tw.client.User(ctx, "")
	_, email := tw.client.UserByEmail(ctx, "")
	_, dm := tw.client.OpenDM(ctx, "")
	_, post := tw.client.Post(ctx, "", chat.Message{Text: "x"})
	_, _, find := tw.client.FindByKey(ctx, general, "", time.Time{})
	for i, err := range []error{user, email, dm, post, find, tw.client.Update(ctx, general, "", chat.Message{}), tw.client.Ephemeral(ctx, general, "", chat.Message{Text: "x"})} {
		if !errors.Is(err, access.ErrInvalid) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if n := len(tw.Faults().Calls()); n != 0 {
		t.Errorf("%d calls", n)
	}
}
