package bot_test

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"

	"airpass/bot"
	"airpass/config"
	"airpass/sandbox"
	"airpass/store/storetest"
)

// overHTTP says whether a story is played in HTTP mode: below TestHTTPMode, and all of
// them with AIRPASS_SLACK=http in the environment, which "make race" does.
func overHTTP(t testing.TB) bool {
	return os.Getenv("AIRPASS_SLACK") == "http" || strings.HasPrefix(t.Name(), "TestHTTPMode/")
}

// Stories of Socket Mode are true of HTTP mode. Every day a few of them, with a form, a
// click, a delivery that comes twice, one that is forged, and a restart in them.
func TestHTTPMode(t *testing.T) {
	t.Parallel()
	for name, story := range map[string]func(*testing.T){
		"asked, approved, in, and gone on time": TestAskedApprovedInAndGoneOnTime,
		"what Slack delivers twice":             TestWhatSlackDeliversTwiceHappensOnce,
		"a form that is submitted twice":        TestAFormThatIsSubmittedTwiceIsOneRequest,
		"forged values":                         TestForgedValuesDoNothing,
	} {
		t.Run(name, story)
	}
}

// httpMode is quick in HTTP mode.
func httpMode() sandbox.Options {
	o := quick()
	o.HTTP = true
	return o
}

// another starts one more airpass on the same store and returns it as a town of its own,
// in the same world. Slack goes on posting to the first.
func (tw *town) another() *town {
	tw.Helper()
	other := &town{T: tw.T, World: tw.World, config: tw.config, log: &logLines{}}
	other.start(nil)
	tw.Cleanup(func() { _ = other.bot.Close(context.WithoutCancel(tw.Context())) })
	tw.PostTo(tw.bot.RequestURL())
	return other
}

// A request that somebody has overheard and sends to a replica that has not had it.
func TestAReplayAtAnotherReplicaDoesNothing(t *testing.T) {
	t.Parallel()
	w := world(t, httpMode())
	tw := &town{T: t, World: w, config: configure(t, w, storetest.PostgreSQL(t)), log: &logLines{}}
	tw.start(nil)
	t.Cleanup(func() { _ = tw.bot.Close(context.WithoutCancel(t.Context())) })
	other := tw.another()
	tw.given("ada", "prod/User", "1 hour", "once only", "grace")
	tw.idle()
	views, messages := len(tw.Slack.Views()), len(tw.Slack.AllMessages())
	tw.PostTo(other.bot.RequestURL())
	replayed := 0
	for _, d := range tw.Slack.Deliveries() {
		if again, err := tw.Slack.Replay(tw.ctx(), d); err != nil || !again.Acked {
			t.Errorf("a replay is not answered: %+v, %v", again, err)
		}
		replayed++
	}
	for _, line := range []string{`{outcome="duplicate",type="slash_commands"} 1`, `{outcome="duplicate",type="view_submission"} 1`, `{outcome="duplicate",type="block_actions"} 1`} {
		tw.eventually(line, func() bool {
			_, body := other.probe("/metrics")
			return strings.Contains(body, "airpass_slack_deliveries_total"+line)
		})
	}
	tw.idle()
	if n := tw.creations("ada", "prod/User"); replayed < 3 || n != 1 || len(tw.Slack.Views()) != views || len(tw.Slack.AllMessages()) != messages {
		t.Errorf("%d replays: %d assignments, %d forms (%d before), %d messages (%d before)", replayed, n, len(tw.Slack.Views()), views, len(tw.Slack.AllMessages()), messages)
	}
}

// What was shown before a restart is not shown again after it.
func TestAReplayAfterARestartDoesNothing(t *testing.T) {
	t.Parallel()
	tw := settle(t, httpMode())
	form := tw.form("ada", "prod/Viewer", "1 hour", "never sent")
	tw.stop()
	if _, err := tw.as("ada").Slash(tw.ctx(), sandbox.Command, "", tw.as("ada").DM()); err == nil {
		t.Error("answered by nobody")
	}
	tw.begin()
	command := tw.Slack.Deliveries()[0]
	if again, err := tw.Slack.Replay(tw.ctx(), command); err != nil || !again.Acked {
		t.Fatalf("%+v %v", again, err)
	}
	tw.eventually("it is known", func() bool {
		_, body := tw.probe("/metrics")
		return strings.Contains(body, `airpass_slack_deliveries_total{outcome="duplicate",type="slash_commands"} 1`)
	})
	if open := tw.Slack.OpenViews(tw.Person("ada").SlackID); len(open) != 1 || open[0].ID != form.View().ID || tw.Slack.Stats().Ephemeral != 0 {
		t.Errorf("open forms: %+v", open)
	}
}

func TestWhatIsSeenOfHTTPMode(t *testing.T) {
	t.Parallel()
	tw := settle(t, httpMode())
	tw.eventually("ready", func() bool { status, _ := tw.probe("/readyz"); return status == http.StatusOK })
	if err := tw.Slack.VerifyEventsURL(tw.ctx()); err != nil {
		t.Error(err)
	}
	base := strings.TrimSuffix(tw.bot.RequestURL(), "/slack")
	for _, path := range []string{"/metrics", "/readyz", "/healthz", "/"} {
		req, err := http.NewRequestWithContext(tw.ctx(), http.MethodGet, base+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusNotFound {
			t.Errorf("%s is HTTP %d where Slack's requests arrive", path, res.StatusCode)
		}
	}
	if _, body := tw.probe("/metrics"); !strings.Contains(body, `airpass_slack_deliveries_total{outcome="refused",type="request"} 4`) {
		t.Errorf("refused requests are not counted:\n%s", body)
	}
	// The address is taken: that is told at the start.
	address := strings.TrimPrefix(base, "http://")
	c := configure(t, tw.World, storetest.SQLite(t), func(c *config.Config) { c.Slack.Listen = address })
	if b, err := bot.Start(t.Context(), bot.Options{Config: c}); err == nil || !strings.Contains(err.Error(), "slack.listen: ") {
		t.Errorf("started on a taken address: %v", err)
		_ = b.Close(t.Context())
	}
}

// A secret that is not the app's lets nobody in, and the log says so without it.
func TestAWrongSigningSecretIsTold(t *testing.T) {
	t.Parallel()
	tw := settle(t, httpMode(), func(c *config.Config) { c.Slack.SigningSecret = config.NewSecret("hush, of another app") })
	if r, err := tw.as("ada").Slash(tw.ctx(), sandbox.Command, "", ""); err == nil {
		t.Errorf("answered: %+v", r)
	}
	log := tw.log.String()
	if !strings.Contains(log, "not signed with slack.signing_secret") || strings.Contains(log, "hush") {
		t.Error(log)
	}
}

// socketOnly leaves a story out in HTTP mode that is about Socket Mode's connections.
func socketOnly(t *testing.T) {
	t.Helper()
	if overHTTP(t) {
		t.Skip("about the connections of Socket Mode, which HTTP mode has none of")
	}
}
