package bot_test

import (
	"testing"
	"time"

	"airpass/sandbox"
	"airpass/sandbox/browser"
)

func TestAskedApprovedInAndGoneOnTime(t *testing.T) {
	t.Parallel()
	tw := settle(t, sandbox.Options{})
	tw.ask("ada", "prod/User", "1 hour", "the nightly load is stuck")
	tw.press("grace", "Approve", "the nightly load is stuck")
	card := tw.sees("ada", "the nightly load is stuck", "Open Airflow")
	if !tw.has("ada", "prod/User") {
		t.Fatal("a link, and no access")
	}
	opened, err := card.Button("Open Airflow").Click(tw.ctx())
	if err != nil {
		t.Fatal(err)
	}
	link := opened.URL
	in, err := browser.New(tw.Person("ada").Login).Open(tw.ctx(), link)
	if err != nil || in.AirflowRole != "User" {
		t.Fatalf("the link opens %+v, %v", in, err)
	}
	tw.advance(time.Hour + time.Minute)
	tw.eventually("access is gone", func() bool { return tw.free("ada", "prod/User") })
	tw.sees("ada", "the nightly load is stuck", "ended")
	out, err := browser.New(tw.Person("ada").Login).Open(tw.ctx(), link)
	if err != nil || out.Refused == "" {
		t.Fatalf("after the end the link opens %+v, %v", out, err)
	}
}
