package bot_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"airpass/bot"
	"airpass/config"
	"airpass/grants"
	"airpass/internal/pgtest"
	"airpass/sandbox"
	"airpass/sandbox/control"
	"airpass/store"
	"airpass/store/storetest"
)

// probe is what an endpoint answers.
func (tw *town) probe(path string) (status int, body string) {
	tw.Helper()
	req, err := http.NewRequestWithContext(tw.ctx(), http.MethodGet, "http://"+tw.bot.Addr()+path, nil)
	if err != nil {
		tw.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		tw.Fatal(err)
	}
	defer res.Body.Close()
	all, err := io.ReadAll(res.Body)
	if err != nil {
		tw.Fatal(err)
	}
	return res.StatusCode, string(all)
}

// unready waits until /readyz says why not.
func (tw *town) unready(why string) {
	tw.Helper()
	tw.eventually("/readyz says "+why, func() bool {
		status, body := tw.probe("/readyz")
		return status == http.StatusServiceUnavailable && strings.Contains(body, why)
	})
}

func TestAWrongWorkspaceIsTold(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick(), func(c *config.Config) { c.Slack.Team = "T0ELSEWHERE" })
	tw.unready("the bot token is of the workspace " + tw.Slack.TeamID() + ", and slack.team is T0ELSEWHERE")
	if log := tw.log.String(); !strings.Contains(log, "level=ERROR msg=\"airpass cannot work in Slack\"") {
		t.Error(log)
	}
}

func TestAWrongBotTokenIsTold(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick(), func(c *config.Config) { c.Slack.BotToken = config.NewSecret("xoxb-ofsomebodyelse") })
	tw.unready("Slack refuses the bot token: slack auth.test: denied")
	log := tw.log.String()
	if !strings.Contains(log, "level=ERROR msg=\"airpass cannot work in Slack\"") || strings.Contains(log, "ofsomebodyelse") {
		t.Error(log)
	}
}

func TestATokenThatIsMendedIsFoundOut(t *testing.T) {
	t.Parallel()
	w := world(t, quick())
	w.Slack.Faults().Add(control.Fault{Op: "auth.test", Times: 1, Answer: "slack:account_inactive"})
	tw := &town{T: t, World: w, config: configure(t, w, storetest.SQLite(t)), log: &logLines{}}
	tw.start(nil)
	t.Cleanup(func() { _ = tw.bot.Close(context.WithoutCancel(t.Context())) })
	tw.unready("account_inactive")
	tw.eventually("it is ready", func() bool { status, _ := tw.probe("/readyz"); return status == http.StatusOK })
}

func TestTheLogTellsWhatIsDoneAndNothingPersonal(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.given("ada", "prod/User", "1 hour", "the nightly load is stuck", "grace")
	tw.advance(time.Hour + time.Minute)
	tw.sees("ada", "the nightly load is stuck", "Access has ended")
	log := tw.log.String()
	ada, grace := tw.Person("ada"), tw.Person("grace")
	for _, line := range []string{
		"kind=request.created request=", "kind=decision.recorded request=", "kind=grant.active request=", "kind=grant.ended request=",
		"target=prod/User", "verdict=approve", "actor_kind=person actor=" + grace.OktaID, "actor_kind=system actor=expiry",
	} {
		if !strings.Contains(log, line) {
			t.Errorf("the log does not say %q:\n%s", line, log)
		}
	}
	if n := strings.Count(log, "kind=request.created"); n != 1 {
		t.Errorf("the request is told %d times", n)
	}
	for _, personal := range []string{"nightly", ada.Login, ada.Name, grace.Name, grace.Login} {
		if strings.Contains(log, personal) {
			t.Errorf("the log has %q:\n%s", personal, log)
		}
	}
}

func TestTheMetricsTellAPause(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	gauge := func(want string) {
		t.Helper()
		if _, body := tw.probe("/metrics"); !strings.Contains(body, "\nairpass_paused "+want+"\n") {
			t.Errorf("not airpass_paused %s:\n%s", want, body)
		}
	}
	pause := func(value string) {
		tw.operate(func(o *bot.Operator) error {
			return o.Store.Update(tw.ctx(), o.Actor(), func(tx *store.Tx) error { return tx.SetSetting(grants.Paused, value) })
		})
	}
	gauge("0")
	pause("yes")
	gauge("1")
	pause("")
	gauge("0")
}

func TestOktaThatRefusesOurTokenIsNamedAndTheAdminsAreTold(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick(), func(c *config.Config) { c.Times.ClickDeadline = 3 * time.Hour })
	tw.ask("ada", "prod/Viewer", "1 hour", "whose token is it")
	tw.ask("ben", "prod/Viewer", "1 hour", "whose token was it")
	first, second := tw.sees("grace", "whose token is it"), tw.sees("grace", "whose token was it")
	tw.Okta.Faults().Add(control.Fault{Op: "*", Answer: "invalid_token"})
	tw.click(first, "Approve")
	tw.click(second, "Approve")
	tw.sees("grace", "Checking… Okta refuses airpass's own credentials")
	tw.seesIn("sam", sandbox.AdminChannel, "Okta refuses airpass's credentials", "Invalid token provided")
	told := func() int { return len(tw.about("Okta refuses airpass's credentials, so")) }
	tw.advance(30 * time.Minute)
	tw.eventually("Okta is asked again", func() bool { return tw.Okta.Faults().Count("ListUsers") >= 4 })
	if n := told(); n != 1 {
		t.Errorf("the admins were told %d times within an hour", n)
	}
	tw.idle() // what was asked is written down
	tw.advance(31 * time.Minute)
	tw.eventually("the admins are told once more", func() bool { return told() == 2 })
	tw.Okta.Faults().Clear()
	tw.advance(time.Minute)
	tw.sees("ada", "whose token is it", "Access is active")
	tw.sees("ben", "whose token was it", "Access is active")
}

func TestSlacksDirectoryThatDoesNotAnswerIsNamed(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.ask("ada", "prod/Viewer", "1 hour", "who is silent")
	card := tw.sees("grace", "who is silent")
	tw.Slack.Faults().Add(control.Fault{Op: "users.info", Times: 1, Answer: "unavailable"})
	tw.click(card, "Approve")
	tw.sees("grace", "Checking… Slack does not answer")
	tw.advance(20 * time.Second)
	tw.sees("ada", "who is silent", "Access is active")
}

// gateway passes connections on to a database, once it is there.
type gateway struct {
	addr string
	to   string
}

// reserve finds an address where nobody listens yet, nor will until the gateway does.
func reserve(t *testing.T, database string) (g gateway, through string) {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	g = gateway{addr: freeAddress(t), to: u.Host}
	u.Host = g.addr
	return g, u.String()
}

// open lets everybody through until the test ends.
func (g gateway) open(t *testing.T) {
	ln, err := net.Listen("tcp", g.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			in, err := ln.Accept()
			if err != nil {
				return
			}
			go g.pass(in)
		}
	}()
}

func (g gateway) pass(in net.Conn) {
	defer func() { _ = in.Close() }()
	out, err := net.Dial("tcp", g.to)
	if err != nil {
		return
	}
	defer func() { _ = out.Close() }()
	var both sync.WaitGroup
	both.Go(func() { _, _ = io.Copy(out, in); _ = out.Close() })
	both.Go(func() { _, _ = io.Copy(in, out); _ = in.Close() })
	both.Wait()
}

func TestADatabaseThatStartsLaterThanAirpass(t *testing.T) {
	t.Parallel()
	g, through := reserve(t, storetest.PostgreSQL(t))
	w := world(t, quick())
	log := &logLines{}
	o := bot.Options{Config: configure(t, w, through), Now: w.Clock.Now, Log: slog.New(slog.NewTextHandler(log, nil))}
	started := make(chan error, 1)
	go func() {
		b, err := bot.Start(t.Context(), o)
		if err == nil {
			err = b.Close(context.WithoutCancel(t.Context()))
		}
		started <- err
	}()
	deadline := time.Now().Add(patience)
	for !strings.Contains(log.String(), "PostgreSQL cannot be reached; trying again") {
		if time.Now().After(deadline) {
			t.Fatal("it is not told: " + log.String())
		}
		time.Sleep(10 * time.Millisecond)
	}
	g.open(t)
	select {
	case err := <-started:
		if err != nil {
			t.Error(err, log)
		}
	case <-time.After(patience):
		t.Error("not started", log)
	}
	if n := strings.Count(log.String(), "PostgreSQL cannot be reached"); n != 1 {
		t.Errorf("told %d times in a moment", n)
	}
}

func TestADatabaseThatRefusesUsIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	u, err := url.Parse(pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/nosuchdatabase"
	begin := time.Now()
	_, err = bot.Start(t.Context(), bot.Options{Config: configure(t, world(t, quick()), u.String())})
	if err == nil || time.Since(begin) > patience {
		t.Errorf("%v after %s", err, time.Since(begin))
	}
}
