package bot_test

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"airpass/bot"
	"airpass/sandbox"
	"airpass/sandbox/control"
	"airpass/store/storetest"
	"airpass/tracing"
)

// traced is a town whose airpass sends its traces to a URL.
func traced(t *testing.T, url string, ratio float64) *town {
	t.Helper()
	w := world(t, quick())
	tw := &town{T: t, World: w, log: &logLines{all: true}, json: true}
	tw.configure(storetest.SQLite(t), func(_ *sandbox.World, yaml string) string {
		return yaml + fmt.Sprintf("\ntracing:\n  otlp_endpoint: %q\n  sample_ratio: %g\n  headers: {Authorization: {value: %q}}\n", url, ratio, collectorSecret)
	})
	tw.serve()
	return tw
}

// requestOf is the id of somebody's one request.
func (tw *town) requestOf(who string) (id string) {
	tw.Helper()
	tw.operate(func(o *bot.Operator) error {
		return o.Store.DB().QueryRowContext(tw.ctx(), "SELECT id FROM requests WHERE subject_id = '"+tw.Person(who).OktaID+"'").Scan(&id)
	})
	return id
}

// From the click on the form to the posted link and on to the end: one trace, though
// airpass is ended and started between the question and the answer, and again while AWS
// does not answer.
func TestOneTraceFromTheClickToTheLink(t *testing.T) {
	t.Parallel()
	c := collect(t, false)
	tw := traced(t, c.url, 1)
	tw.ask("ada", "prod/User", "1 hour", "zanzibar load is stuck")
	tw.ask("ben", "prod/User", "1 hour", "quokka report is late")
	tw.sees("grace", "zanzibar")
	tw.stop()
	tw.begin()
	tw.deny("grace", tw.sees("grace", "quokka"), "walrus first")
	tw.sees("ben", "quokka", "Denied")
	tw.IdentityCenter.Faults().Add(control.Fault{Op: "CreateAccountAssignment", Answer: "unavailable"})
	tw.press("grace", "Approve", "zanzibar")
	tw.eventually("AWS is asked", func() bool { return tw.IdentityCenter.Faults().Count("CreateAccountAssignment") > 0 })
	tw.stop()
	tw.begin()
	tw.IdentityCenter.Faults().Clear()
	tw.advance(2 * time.Minute)
	tw.sees("ada", "zanzibar", "Access is active", "Open Airflow")
	tw.press("ada", "Give back", "zanzibar")
	tw.sees("ada", "zanzibar", "Access has ended")
	tw.stop()

	all := c.traces()
	ada, ben := tracing.TraceID(tw.requestOf("ada")), tracing.TraceID(tw.requestOf("ben"))
	if len(all) != 2 || len(all[string(ada[:])]) == 0 || len(all[string(ben[:])]) == 0 {
		t.Fatalf("%d traces of two requests:\n%s", len(all), all)
	}
	for _, one := range all {
		one.connected(t)
		one.harmless(t)
	}
	one := all[string(ada[:])]
	one.told(t, tw.requestOf("ada"))
	for _, name := range []string{"receive deny", "judge deny", "decision", "message requester", "message channel"} {
		if len(all[string(ben[:])].named(name)) == 0 {
			t.Errorf("no %q of what was denied", name)
		}
	}
	if len(all[string(ben[:])].named("grant"))+len(all[string(ben[:])].named("entitlement")) > 0 {
		t.Error("a grant of what was denied")
	}
	tw.private(c)
	tw.inLog(map[string]string{tw.requestOf("ada"): ada.String(), tw.requestOf("ben"): ben.String()})
}

// named are the spans of a name, the earliest first.
func (one traceOf) named(name string) []seenSpan {
	var found []seenSpan
	for _, s := range one {
		if s.Name == name {
			found = append(found, s)
		}
	}
	slices.SortFunc(found, func(a, b seenSpan) int { return int(int64(a.StartTimeUnixNano) - int64(b.StartTimeUnixNano)) }) //nolint:gosec // times of today
	return found
}

// String is a trace as lines, for those who look for what is wrong.
func (one traceOf) String() string {
	var lines []string
	for _, s := range one {
		lines = append(lines, fmt.Sprintf("%s below %q: %v", s.Name, one[string(s.ParentSpanId)].GetName(), s.Attributes))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// connected wants one root, which is the click on the form, and a way to it from each span.
func (one traceOf) connected(t *testing.T) {
	t.Helper()
	roots := 0
	for _, s := range one {
		if len(s.ParentSpanId) == 0 {
			if roots++; s.Name != "receive ask" {
				t.Errorf("%s is below nothing", s.Name)
			}
			continue
		}
		if _, is := one[string(s.ParentSpanId)]; !is {
			t.Errorf("the parent of %s is not in its trace", s.Name)
		}
	}
	if roots != 1 {
		t.Errorf("%d roots", roots)
	}
}

// harmless wants nothing in spans but what is known here, each with words of its own.
func (one traceOf) harmless(t *testing.T) {
	t.Helper()
	known := []string{"airpass.request", "airpass.grant", "airpass.result", "airpass.action", "airpass.vendor", "airpass.operation", "airpass.state",
		"airpass.kind", "airpass.seen", "airpass.verdict", "airpass.outcome", "airpass.link"}
	for _, s := range one {
		if len(s.Events) > 0 || s.TraceState != "" {
			t.Errorf("%s has events or state", s.Name)
		}
		if s.Status.GetMessage() != "" && s.Status.GetMessage() != s.fact("airpass.result") {
			t.Errorf("%s says %q", s.Name, s.Status.GetMessage())
		}
		for _, a := range s.Attributes {
			if !slices.Contains(known, a.Key) {
				t.Errorf("%s has %s", s.Name, a.Key)
			}
		}
		call := s.fact("airpass.vendor") + " " + s.fact("airpass.operation")
		if is := s.Kind == tracepb.Span_SPAN_KIND_CLIENT; is != (s.fact("airpass.vendor") != "") || is && (s.Name != call || s.fact("airpass.result") == "") {
			t.Errorf("%s is a call of %q with result %q", s.Name, call, s.fact("airpass.result"))
		}
	}
}

// told wants everything that a request goes through in its trace, each below what it belongs to.
func (one traceOf) told(t *testing.T, request string) {
	t.Helper()
	for name, parent := range map[string]string{
		"judge ask": "receive ask", "receive approve": "receive ask", "judge approve": "receive approve", "decision": "judge approve",
		"receive cancel": "receive ask", "judge cancel": "receive cancel", "grant": "receive ask", "entitlement": "receive ask",
		"message requester": "receive ask", "message approver": "receive ask", "message channel": "receive ask",
		"identitycenter CreateAccountAssignment": "entitlement", "identitycenter DeleteAccountAssignment": "entitlement",
		"okta AddUserToGroup": "entitlement", "okta RemoveUserFromGroup": "entitlement",
	} {
		spans := one.named(name)
		if len(spans) == 0 {
			t.Errorf("no %q in\n%s", name, one)
		}
		for _, s := range spans {
			if at := one[string(s.ParentSpanId)]; at.Name != parent {
				t.Errorf("%s is below %q", name, at.Name)
			}
			if got := s.fact("airpass.request"); s.Kind != tracepb.Span_SPAN_KIND_CLIENT && got != request {
				t.Errorf("%s is about the request %q, want %q", name, got, request)
			}
		}
	}
	results := map[string]int{}
	for _, s := range one.named("identitycenter CreateAccountAssignment") {
		results[s.fact("airpass.result")]++
	}
	if results["unavailable"] < 1 || results["ok"] != 1 {
		t.Errorf("what came of CreateAccountAssignment: %v", results)
	}
	one.linked(t)
	processes := map[string]bool{}
	for _, s := range one {
		processes[s.process] = true
	}
	if len(processes) != 3 {
		t.Errorf("spans of %d processes, want three", len(processes))
	}
	for _, name := range []string{"grant", "entitlement"} {
		if one.named(name)[0].fact("airpass.grant") == "" {
			t.Errorf("%s does not say of which grant", name)
		}
	}
}

// linked wants the message with the link to be brought to Slack, after the click.
func (one traceOf) linked(t *testing.T) {
	t.Helper()
	for _, m := range one.named("message requester") {
		if m.fact("airpass.link") != "true" || m.StartTimeUnixNano < one.named("receive ask")[0].EndTimeUnixNano {
			continue
		}
		for _, name := range []string{"slack chat.update", "slack chat.postMessage"} {
			for _, s := range one.named(name) {
				if string(s.ParentSpanId) == string(m.SpanId) && s.fact("airpass.result") == "ok" {
					return
				}
			}
		}
	}
	t.Error("the link was not posted")
}

// private wants neither personal data nor secrets in what has been sent.
func (tw *town) private(c *collector) {
	tw.Helper()
	id, secret := tw.AWSKey()
	hidden := []string{"zanzibar", "quokka", "walrus", collectorSecret, tw.Slack.BotToken(), tw.Slack.AppToken(), id, secret, tw.config.Okta.APIToken.Reveal(),
		tw.config.Audit.Key.Reveal(), tw.center("ada"), "http://", "https://"}
	for _, p := range tw.People() {
		hidden = append(hidden, p.Name, p.Login, p.Email, p.SlackID, p.OktaID)
	}
	for _, words := range hidden {
		if len(words) > 3 && c.has(words) {
			tw.Errorf("spans have %q", words)
		}
	}
	if !c.has("chat.postMessage") {
		tw.Error("the search does not find what is there")
	}
}

// inLog wants the trace of a request named on each line about it.
func (tw *town) inLog(traces map[string]string) {
	tw.Helper()
	found := 0
	for _, l := range tw.lines() {
		if trace, known := traces[l.text("request")]; known && l.text("msg") == "changed" {
			if found++; l.text("trace_id") != trace {
				tw.Errorf("of another trace than %s: %v", trace, l)
			}
		}
	}
	if found < 8 {
		tw.Errorf("only %d changes in the log", found)
	}
}

// A collector that is not there, and one that does not answer, change nothing.
func TestACollectorThatIsDownChangesNothing(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(t *testing.T) (url string, told string){
		"refuses connections": func(t *testing.T) (string, string) {
			l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = l.Close() }() // nobody listens there any more
			return "http://" + l.Addr().String(), "traces do not reach the collector"
		},
		"hangs": func(t *testing.T) (string, string) {
			return collect(t, true).url, "the last traces were not sent"
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, told := start(t)
			tw := traced(t, url, 1)
			begin := time.Now()
			tw.given("ada", "prod/User", "1 hour", "nobody watches", "grace")
			if took := time.Since(begin); took > 20*slower*time.Second { // it has dozens of spans, and one export takes 10
				t.Errorf("it took %s", took)
			}
			tw.press("ada", "Give back", "nobody watches")
			tw.sees("ada", "nobody watches", "Access has ended")
			begin = time.Now()
			tw.stop()
			if took := time.Since(begin); took > 9*slower*time.Second { // 3 of them for traces, and one export takes 10
				t.Errorf("the end took %s", took)
			}
			if n := strings.Count(tw.log.String(), told); n != 1 {
				t.Errorf("the log says %d times that traces are lost\n%s", n, tw.log)
			}
			if !tw.free("ada", "prod/User") {
				t.Error("she still has it")
			}
		})
	}
}

// That traces are lost is said once, and that they are not any more.
func TestACollectorThatRefusesIsToldOfOnce(t *testing.T) {
	t.Parallel()
	c := collect(t, false)
	c.refuse.Store(401)
	tw := traced(t, c.url, 1)
	tw.ask("ada", "prod/User", "1 hour", "refused at first")
	tw.eventually("it is asked", func() bool { return c.count() > 0 })
	before := c.count()
	tw.ask("ben", "prod/User", "1 hour", "and again")
	tw.eventually("it is asked again", func() bool { return c.count() > before })
	c.refuse.Store(0)
	tw.press("grace", "Approve", "refused at first")
	tw.eventually("it works again", func() bool { return strings.Contains(tw.log.String(), "traces reach the collector again") })
	if n := strings.Count(tw.log.String(), "traces do not reach the collector"); n != 1 {
		t.Errorf("said %d times", n)
	}
	if strings.Contains(tw.log.String(), collectorSecret) {
		t.Error("the log has the collector's secret")
	}
}

func TestNoRequestIsTracedWithARatioOfZero(t *testing.T) {
	t.Parallel()
	c := collect(t, false)
	tw := traced(t, c.url, 0)
	tw.given("ada", "prod/User", "1 hour", "not sampled", "grace")
	tw.stop()
	if n := c.count(); n != 0 {
		t.Errorf("%d exports", n)
	}
	if strings.Contains(tw.log.String(), "trace_id") {
		t.Error("the log names a trace that there is not")
	}
}
