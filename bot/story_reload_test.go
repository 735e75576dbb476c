package bot_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"airpass/config"
	"airpass/sandbox"
	"airpass/store/storetest"
)

// office is a town whose configuration is a file that airpass follows.
type office struct {
	*town
	path  string
	hup   chan os.Signal
	store string
}

// moveIn starts airpass on a file that lies in a folder of its own.
func moveIn(t *testing.T, o sandbox.Options, link ...string) *office {
	t.Helper()
	w := world(t, o)
	dir := t.TempDir()
	of := &office{town: &town{T: t, World: w, log: &logLines{all: true}}, path: filepath.Join(dir, "airpass.yaml"),
		hup: make(chan os.Signal, 1), store: storetest.SQLite(t)}
	if len(link) > 0 { // the file is reached through links, as in a mounted ConfigMap
		of.must(os.Mkdir(filepath.Join(dir, link[0]), 0o700))
		of.must(os.WriteFile(filepath.Join(dir, link[0], "airpass.yaml"), of.yaml(), 0o600))
		of.must(os.Symlink(link[0], filepath.Join(dir, "..data")))
		of.must(os.Symlink("..data/airpass.yaml", of.path))
	} else {
		of.must(os.WriteFile(of.path, of.yaml(), 0o600))
	}
	of.open(nil)
	return of
}

// open starts airpass on the file; secrets in AWS are fetched with what is given.
func (of *office) open(secrets config.OpenVault) {
	of.Helper()
	of.source, of.hangup = &config.Source{Path: of.path}, of.hup
	of.source.FetchWith(secrets)
	c, err := of.source.Load(of.Context())
	of.must(err)
	of.config = c
	of.start(nil)
	of.Cleanup(func() { _ = of.bot.Close(context.WithoutCancel(of.Context())) })
	of.Clock.OnMove(func(time.Time) { of.bot.Wake(context.WithoutCancel(of.Context())) })
}

func (of *office) must(err error) {
	of.Helper()
	if err != nil {
		of.Fatal(err)
	}
}

func (of *office) yaml() []byte { return of.World.Config(of.store) }

// save replaces the file by a rename, as editors do.
func (of *office) save(yaml string) {
	of.Helper()
	of.must(os.WriteFile(of.path+"~", []byte(yaml), 0o600))
	of.must(os.Rename(of.path+"~", of.path))
}

// reloads is how often reading again came to something.
func (of *office) reloads(result string) int {
	return int(served(of.town, `airpass_config_reloads_total{result="`+result+`"}`))
}

// reloaded waits until a file is taken into use, or came to something else.
func (of *office) reloaded(result string, do func()) {
	of.Helper()
	before := of.reloads(result)
	do()
	of.eventually("the file is "+result, func() bool { return of.reloads(result) > before })
}

// served reads one line of /metrics.
func served(tw *town, line string) float64 {
	tw.Helper()
	res, err := http.Get("http://" + tw.bot.Addr() + "/metrics")
	if err != nil {
		tw.Fatal(err)
	}
	defer res.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(res.Body); err != nil {
		tw.Fatal(err)
	}
	for l := range strings.Lines(text.String()) {
		if value, found := strings.CutPrefix(l, line+" "); found {
			n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil {
				tw.Fatal(err)
			}
			return n
		}
	}
	return 0
}

func TestReloadWhileClicksPourInLosesNone(t *testing.T) {
	t.Parallel()
	o := quick()
	o.Unlimited = true // each click is answered with a message
	of := moveIn(t, o)
	of.ask("ada", "prod/User", "1 hour", "clicked all the time")
	whole := string(of.yaml()) + "quotas: {okta_per_minute: 100000}\n" // each click asks Okta who it is
	less := without("prod/Viewer")(of.World, whole)
	connected := len(of.Slack.Connections())
	// Chen may not decide: each click is judged and refused.
	card := of.seesIn("chen", sandbox.RequestsChannel, "clicked all the time", "Approve")
	stop, toggled := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(toggled)
		tick := time.NewTicker(60 * time.Millisecond)
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			case <-tick.C:
				of.hup <- syscall.SIGHUP
			}
			if err := os.WriteFile(of.path+"~", []byte([]string{less, whole}[n%2]), 0o600); err == nil {
				_ = os.Rename(of.path+"~", of.path)
			}
		}
	}()
	const each = 40
	clicks := 0
	of.eventually("it is reloaded three times while it is clicked", func() bool {
		var pour sync.WaitGroup
		for range 4 {
			pour.Go(func() {
				for range each / 4 {
					if _, err := card.Button("Approve").Click(of.ctx()); err != nil {
						t.Error("a click was not acknowledged:", err)
					}
				}
			})
		}
		pour.Wait()
		clicks += each
		return of.reloads("loaded") >= 3
	})
	close(stop)
	<-toggled
	of.press("grace", "Approve", "clicked all the time")
	of.sees("ada", "clicked all the time", "Access is active")
	// A machine that is too slow to store a click in 2 seconds says so to whoever clicked.
	failed := served(of.town, `airpass_slack_deliveries_total{outcome="failed",type="block_actions"}`)
	of.eventually("every click is judged", func() bool {
		return served(of.town, `airpass_attempts_total{action="approve",outcome="not_allowed"}`)+
			served(of.town, `airpass_attempts_total{action="approve",outcome="already_decided"}`) >= float64(clicks)-failed
	})
	if n := len(of.answers(of.Person("chen").SlackID)); n < clicks-int(failed) || failed > float64(clicks)/2 {
		t.Errorf("%d of %d clicks are answered, %v could not be stored in time", n, clicks, failed)
	}
	if s := of.Slack.Stats(); s.TimedOut+s.LateAcks+s.Failed+s.DroppedAcks > 0 {
		t.Errorf("Slack counts %+v", s)
	}
	if n := len(of.Slack.Connections()); n != connected {
		t.Errorf("%d connections, before %d: they were not kept", n, connected)
	}
}

func TestReloadATargetComesAndGoes(t *testing.T) {
	t.Parallel()
	of := moveIn(t, quick())
	whole := string(of.yaml())
	of.given("ada", "prod/User", "1 hour", "before it goes", "grace")
	of.ask("ben", "prod/User", "1 hour", "decided too late")
	late := of.sees("grace", "decided too late", "Approve")

	of.reloaded("loaded", func() { of.save(without("prod/User")(of.World, whole)) })
	of.click(late, "Approve") // of a request for what can no longer be asked for
	of.sees("grace", "Your decision was not applied")
	if of.assignments("ben", "prod/User") != 0 {
		t.Error("what is no longer in the file was granted")
	}
	of.advance(time.Hour + time.Minute)
	of.sees("ada", "before it goes", "Access has ended")
	if !of.free("ada", "prod/User") {
		t.Error("a live grant whose target left the file was not taken away")
	}

	of.reloaded("loaded", func() { of.save(whole) })
	of.given("chen", "prod/User", "1 hour", "after it came back", "grace")
}

// What is approved is what the card showed, whatever the file says by then.
func TestReloadATargetThatOpensSomethingElse(t *testing.T) {
	t.Parallel()
	of := moveIn(t, quick())
	whole := string(of.yaml())
	of.ask("ada", "prod/User", "1 hour", "as the card shows")
	card := of.sees("grace", "as the card shows", "Approve")
	set := of.Target("prod/User").PermissionSet
	other := set[:len(set)-4] + "0000"
	of.reloaded("loaded", func() { of.save(strings.ReplaceAll(whole, set, other)) })
	of.click(card, "Approve")
	of.sees("grace", "Your decision was not applied")
	if of.assignments("ada", "prod/User") != 0 || of.creations("ada", "prod/User") != 0 {
		t.Error("granted by another permission set than the card showed")
	}
}

func TestReloadOfAnInvalidFileIsRefusedWhole(t *testing.T) {
	t.Parallel()
	of := moveIn(t, quick())
	whole := string(of.yaml())
	since := served(of.town, "airpass_config_loaded_timestamp_seconds")
	if since == 0 {
		t.Fatal("nobody says since when the configuration is in use")
	}
	// One target gone, which would be fine, and two mistakes.
	broken := strings.Replace(strings.Replace(without("prod/User")(of.World, whole), "mode: ", "mood: ", 1), "key_id: sandbox", "key_id: sandbox\n  colour: blue", 1)
	of.reloaded("refused", func() { of.save(broken) })
	for _, words := range []string{"mood", "audit.colour", "level=ERROR"} {
		if !strings.Contains(of.log.String(), words) {
			t.Errorf("the log does not say %q", words)
		}
	}
	of.seesIn("sam", sandbox.AdminChannel, "is refused", "audit.colour")
	of.reloaded("refused", func() { of.hup <- syscall.SIGHUP }) // told once
	of.given("ada", "prod/User", "1 hour", "the old one stays", "grace")
	if n := len(of.about("configuration was changed and is refused")); n != 1 {
		t.Errorf("the admin channel was told %d times", n)
	}
	of.reloaded("unchanged", func() { of.save(whole) })
	if served(of.town, "airpass_config_loaded_timestamp_seconds") != since {
		t.Error("what was refused counts as loaded")
	}
	of.reloaded("refused", func() { of.save(broken) }) // and again when it was good in between
	of.eventually("told again", func() bool { return len(of.about("configuration was changed and is refused")) == 2 })
}

func TestReloadOfWhatNeedsARestartIsRefusedWhole(t *testing.T) {
	t.Parallel()
	of := moveIn(t, quick())
	whole := string(of.yaml())
	edited := strings.Replace(strings.Replace(whole, of.store, of.store+".other", 1), "key_id: sandbox", "key_id: another", 1)
	edited = strings.Replace(edited, "listen: 127.0.0.1:0", "listen: 127.0.0.1:1", 1)
	of.reloaded("refused", func() { of.save(strings.Replace(edited, "command: \"/airflow\"", "command: \"/other\"", 1)) })
	of.seesIn("sam", sandbox.AdminChannel, "restart", "store.url, audit.key_id, http.listen")
	if _, err := of.as("ada").Slash(of.ctx(), sandbox.Command, "help", of.as("ada").DM()); err != nil {
		t.Fatal(err)
	}
	of.given("ada", "prod/User", "1 hour", "half of it was not applied", "grace") // by the old command
}

// A mounted ConfigMap is swapped by renaming a link.
func TestReloadOfASwappedLink(t *testing.T) {
	t.Parallel()
	of := moveIn(t, quick(), "..2026_1")
	dir := filepath.Dir(of.path)
	of.reloaded("loaded", func() {
		of.must(os.Mkdir(filepath.Join(dir, "..2026_2"), 0o700))
		of.must(os.WriteFile(filepath.Join(dir, "..2026_2", "airpass.yaml"), []byte(without("prod/User")(of.World, string(of.yaml()))), 0o600))
		of.must(os.Symlink("..2026_2", filepath.Join(dir, "..data_tmp")))
		of.must(os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")))
		of.must(os.RemoveAll(filepath.Join(dir, "..2026_1")))
	})
}

// New tokens come in the files that secrets are in; the old ones are revoked. The
// connection moves to the new app token before the old one closes.
func TestReloadOfNewTokens(t *testing.T) {
	socketOnly(t)
	t.Parallel()
	of := moveIn(t, quick())
	dir := filepath.Dir(of.path)
	write := func(name, text string) {
		t.Helper()
		of.must(os.WriteFile(filepath.Join(dir, name+"~"), []byte(text+"\n"), 0o600))
		of.must(os.Rename(filepath.Join(dir, name+"~"), filepath.Join(dir, name)))
	}
	write("bot", of.Slack.BotToken())
	write("app", of.Slack.AppToken())
	in := strings.NewReplacer(fmt.Sprintf("{value: %q}", of.Slack.BotToken()), "{file: bot}", fmt.Sprintf("{value: %q}", of.Slack.AppToken()), "{file: app}")
	// The same tokens from elsewhere: nothing changes, and the new files are followed.
	of.reloaded("unchanged", func() { of.save(in.Replace(string(of.yaml()))) })
	of.ask("ada", "prod/User", "1 hour", "asked before the rotation")
	of.sees("grace", "asked before the rotation", "Approve")

	bot, app := of.Slack.BotToken()+"-2", of.Slack.AppToken()+"-2"
	first := of.Slack.Connections()
	of.reloaded("refused", func() { write("bot", bot) }) // Slack does not know it yet
	if !strings.Contains(of.log.String(), "slack.bot_token: Slack refuses the new one") {
		t.Error("the log does not say why", of.log)
	}
	of.Slack.Rotate(bot, app)
	of.reloaded("loaded", func() { write("app", app) })
	of.press("grace", "Approve", "asked before the rotation")
	of.sees("ada", "asked before the rotation", "Access is active")
	of.eventually("only new connections are left", func() bool {
		now := of.Slack.Connections()
		return len(now) > 0 && now[0].Number > first[len(first)-1].Number
	})
	for _, token := range []string{bot, app} {
		if strings.Contains(of.log.String(), token) {
			t.Error("a token is in the log")
		}
	}
	// Another app's token is somebody else's.
	of.reloaded("refused", func() { write("app", "xapp-1-A0OTHER0000-1-x") })
	if !strings.Contains(of.log.String(), "slack.app_token (it is of another app)") {
		t.Error("the log does not say why", of.log)
	}
}

// Times, quotas and schedules are those of the new file, without a restart.
func TestReloadOfTimesAndSchedules(t *testing.T) {
	t.Parallel()
	of := moveIn(t, quick())
	more := "\ntimes: {request_lapse: 10m}\nquotas: {okta_per_minute: 600}\nschedules: {audit_head: \"@every 1s\"}\nlog: {level: debug}\n"
	of.reloaded("loaded", func() { of.save(string(of.yaml()) + more) })
	of.eventually("the head of the trail is logged twice more", func() bool { return strings.Count(of.log.String(), "audit head") >= 3 })
	of.ask("ada", "prod/Viewer", "1 hour", "ten minutes to decide")
	of.sees("grace", "ten minutes to decide", "Approve")
	of.advance(11 * time.Minute)
	of.sees("ada", "ten minutes to decide", "apsed")
}

// A real process takes a new file into use at SIGHUP, and one that it does not like
// leaves it running.
func TestReloadOfAProcessAtSIGHUP(t *testing.T) {
	t.Parallel()
	s := besiege(t, storetest.SQLite(t), quick(), nil)
	whole, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	hup := func(yaml string, words ...string) {
		t.Helper()
		if err := os.WriteFile(s.path, []byte(yaml), 0o600); err != nil {
			t.Fatal(err)
		}
		s.mu.Lock()
		p := s.process
		s.mu.Unlock()
		if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		for _, w := range words {
			s.eventually("the child says "+w, func() bool { return strings.Contains(s.log.String(), w) })
		}
	}
	s.town.given("ada", "prod/User", "1 hour", "lives through it", "grace")
	hup(string(whole)+"\ncolour: blue\n", "colour: is not a known field", "the old one stays")
	hup(without("prod/User")(s.World, string(whole)), "configuration: loaded")
	s.ask("ben", "prod/Viewer", "1 hour", "still served")
	s.sees("grace", "still served", "Approve")
	s.advance(time.Hour + time.Minute)
	s.sees("ada", "lives through it", "Access has ended")
	if !s.free("ada", "prod/User") {
		t.Error("access is left")
	}
}
