package bot_test

import (
	"context"
	"database/sql"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"airpass/internal/pgtest"
	"airpass/internal/promtool"
	"airpass/sandbox"
	"airpass/sandbox/control"
)

// scrape is what /metrics answers: values by series, as they are written.
func (tw *town) scrape() (string, map[string]float64) {
	tw.Helper()
	_, text := tw.probe("/metrics")
	series := map[string]float64{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		at := strings.LastIndexByte(line, ' ')
		if at < 0 || line[0] == '#' {
			continue
		}
		v, err := strconv.ParseFloat(line[at+1:], 64)
		if err != nil {
			tw.Errorf("not a number: %s", line)
		}
		series[line[:at]] = v
	}
	return text, series
}

func TestTheMetricsTellTheStory(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.given("ada", "prod/User", "1 hour", "to be counted", "grace")
	tw.ask("ben", "prod/User", "1 hour", "not to be given")
	tw.deny("grace", tw.sees("grace", "not to be given"), "not now")
	tw.sees("ben", "not to be given", "Denied")
	_, live := tw.scrape()
	for series, want := range map[string]float64{
		`airpass_requests_total{state="pending"}`: 2, `airpass_requests_total{state="approved"}`: 1, `airpass_requests_total{state="denied"}`: 1,
		`airpass_attempts_total{action="ask",outcome="applied"}`: 2, `airpass_attempts_total{action="approve",outcome="applied"}`: 1,
		`airpass_grants_total{state="active"}`: 1, `airpass_grant_provisioning_seconds_count`: 1, `airpass_rows{state="active",table="grants"}`: 1,
		`airpass_ready{check="database"}`: 1, `airpass_ready{check="migrations"}`: 1, `airpass_ready{check="slack"}`: 1,
		`airpass_outbound_calls_total{operation="ListUsers",result="denied",vendor="okta"}`: 0, `airpass_outbound_in_flight{vendor="okta"}`: 0,
		`airpass_overdue_removals`: 0, `airpass_paused`: 0, `airpass_restored`: 0, `airpass_inferred_removals_waiting`: 0,
	} {
		if got, is := live[series]; !is || got != want {
			t.Errorf("%s is %v (%t), want %v", series, got, is, want)
		}
	}
	tw.IdentityCenter.Faults().Add(control.Fault{Op: "DeleteAccountAssignment", Answer: "unavailable"})
	tw.advance(time.Hour + time.Minute)
	tw.sees("ada", "to be counted", "being taken away")
	tw.eventually("AWS has refused a removal", func() bool {
		_, m := tw.scrape()
		return m[`airpass_outbound_calls_total{operation="DeleteAccountAssignment",result="unavailable",vendor="identitycenter"}`] >= 1
	})
	tw.advance(6 * time.Minute)
	tw.sees("ada", "to be counted", "Overdue")
	tw.eventually("it is overdue", func() bool {
		_, m := tw.scrape()
		return m[`airpass_overdue_removals`] >= 1 && m[`airpass_overdue_oldest_seconds`] > 300 && m[`airpass_grant_ends_total{reason="expired"}`] == 1
	})
	tw.IdentityCenter.Faults().Clear()
	tw.advance(3 * time.Minute)
	tw.sees("ada", "to be counted", "Access has ended")
	_, over := tw.scrape()
	if over[`airpass_overdue_removals`] != 0 || over[`airpass_grant_removal_seconds_count`] != 1 || over[`airpass_grant_removal_seconds_sum`] < 300 {
		t.Errorf("after it is gone: %v %v %v", over[`airpass_overdue_removals`], over[`airpass_grant_removal_seconds_count`], over[`airpass_grant_removal_seconds_sum`])
	}
	tw.eventually("everything is counted", func() bool { // the sweep is, when its time comes
		_, over = tw.scrape()
		return over[`airpass_slack_answer_seconds_count{kind="interactive"}`] >= 3 && over[`airpass_step_seconds_count{kind="entitlement",outcome="ok"}`] >= 2 &&
			over[`airpass_tick_seconds_count{outcome="ok",schedule="sweep"}`] >= 1 && over[`airpass_audit_events_total`] >= 8
	})
}

func TestPromtoolTakesAScrape(t *testing.T) {
	t.Parallel()
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(receiver.Close)
	tw := settleWith(t, quick(), func(_ *sandbox.World, yaml string) string {
		return yaml + "\nwebhooks: [{name: siem, url: \"" + receiver.URL + "\", secret: {value: \"a key of thirty-two bytes, no less\"}}]\n"
	})
	tw.given("ada", "prod/User", "1 hour", "to be scraped", "grace")
	var text string
	var series map[string]float64
	tw.eventually("each schedule has run", func() bool {
		text, series = tw.scrape()
		return series[`airpass_schedule_last_run_timestamp_seconds{schedule="audit_head"}`] > 0 && series[`airpass_schedule_last_run_timestamp_seconds{schedule="deactivation"}`] > 0 &&
			series[`airpass_tick_seconds_count{outcome="ok",schedule="sweep"}`] > 0 && strings.Contains(text, "airpass_webhook_waiting_seconds{")
	})
	if said := promtool.Run(t, ".", text, "check", "metrics"); said != "" {
		t.Error(said)
	}
	ada, grace := tw.Person("ada"), tw.Person("grace")
	for _, personal := range []string{ada.OktaID, ada.Login, ada.SlackID, grace.OktaID, grace.SlackID, "scraped"} {
		if strings.Contains(text, personal) {
			t.Errorf("the metrics have %q", personal)
		}
	}
	names, ours := map[string]bool{}, 0
	for s := range series {
		name, _, _ := strings.Cut(s, "{")
		names[name] = true
		if strings.HasPrefix(name, "airpass_") {
			ours++
		}
	}
	if ours > 2000 {
		t.Errorf("%d series after one story", ours)
	}
	named := regexp.MustCompile(`\b(?:airpass|process|go)_[a-z_]+`)
	for _, file := range []string{"../deploy/prometheus/alerts.yaml", "../deploy/prometheus/alerts_test.yaml", "../deploy/grafana/airpass.json"} {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all := named.FindAllString(string(raw), -1)
		slices.Sort(all)
		all = slices.Compact(all)
		if len(all) < 10 {
			t.Errorf("%s names only %v", file, all)
		}
		for _, name := range all {
			if !names[name] {
				t.Errorf("%s names %s, which is not served", file, name)
			}
		}
	}
}

// onPostgres is settle on PostgreSQL, and what ends every connection to its database
// and lets nobody in any more.
func onPostgres(t *testing.T) (tw *town, cut func()) {
	t.Helper()
	database := pgtest.URL(t)
	tw = &town{T: t, World: world(t, quick()), log: &logLines{}}
	tw.config = configure(t, tw.World, database)
	tw.start(nil)
	t.Cleanup(func() { _ = tw.bot.Close(context.WithoutCancel(t.Context())) })
	return tw, func() {
		t.Helper()
		u, err := url.Parse(database)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(u.Path, "/")
		u.Path = "/postgres"
		db, err := sql.Open("pgx", u.String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		for _, statement := range []string{"ALTER DATABASE " + name + " WITH ALLOW_CONNECTIONS false",
			"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name + "'"} {
			if _, err := db.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestAScrapeWithoutTheDatabaseSaysSo(t *testing.T) {
	t.Parallel()
	tw, cut := onPostgres(t)
	_, before := tw.scrape()
	if _, is := before[`airpass_overdue_removals`]; !is || before[`airpass_ready{check="database"}`] != 1 {
		t.Error("not there with a database")
	}
	tw.eventually("the metrics say that the database is gone", func() bool {
		cut() // and again: who was being let in at that moment is not among those who are sent away
		_, m := tw.scrape()
		ready, is := m[`airpass_ready{check="database"}`]
		_, rows := m[`airpass_overdue_removals`]
		return is && ready == 0 && !rows && m[`process_resident_memory_bytes`] > 0
	})
}

// Somebody migrates the database down, or restores an older one, beneath airpass.
func TestADatabaseThatFallsBehindIsNotReady(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	db, err := sql.Open("sqlite", "file:"+tw.config.Store.Path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	migrations, err := goose.NewProvider(goose.DialectSQLite3, db, os.DirFS("../store/migrations/sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	ready := func() bool { status, _ := tw.probe("/readyz"); return status == http.StatusOK }
	tw.eventually("it is ready", ready)
	if _, err := migrations.Down(t.Context()); err != nil {
		t.Fatal(err)
	}
	tw.unready("the database's schema is behind this version of airpass")
	if _, body := tw.probe("/readyz"); !strings.Contains(body, `"database":"ok"`) || !strings.Contains(body, `"slack":"ok"`) {
		t.Error(body)
	}
	if _, m := tw.scrape(); m[`airpass_ready{check="migrations"}`] != 0 || m[`airpass_ready{check="database"}`] != 1 {
		t.Error("the metrics say something else")
	}
	if _, err := migrations.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	tw.eventually("it is ready again", ready)
	if _, err := db.ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)`); err != nil {
		t.Fatal(err)
	}
	if !ready() {
		t.Error("a database that a newer airpass has migrated is refused")
	}
}
