package bot_test

import (
	"slices"
	"testing"
	"time"

	"airpass/sandbox"
	"airpass/sandbox/control"
	"airpass/store/storetest"
)

// logged is a town whose log is JSON and is kept as a whole.
func logged(t *testing.T, o sandbox.Options) *town {
	t.Helper()
	w := world(t, o)
	tw := &town{T: t, World: w, log: &logLines{all: true}, json: true}
	tw.config = configure(t, w, storetest.SQLite(t))
	tw.serve()
	return tw
}

// said are the lines that say something.
func (tw *town) said(msg string) []logLine {
	tw.Helper()
	return slices.DeleteFunc(tw.lines(), func(l logLine) bool { return l.text("msg") != msg })
}

// ofTheProcess are the lines that are about no request.
func ofTheProcess() []string {
	return []string{"airpass serves", "Slack knows the bot token", "connected to Slack", "listening for Slack's requests", "audit head"}
}

const (
	lineMessage     = "a message did not reach Slack; it is tried again"
	lineEntitlement = "an entitlement cannot be brought to what is wanted"
)

// Everything goes wrong once: each line says for which request, and for which grant.
func TestEachLineSaysWhatItIsAbout(t *testing.T) {
	t.Parallel()
	tw := logged(t, quick())
	down(tw.Okta.Faults())
	tw.ask("ada", "prod/User", "1 hour", "all goes wrong")
	tw.eventually("it waits for Okta", func() bool { return len(tw.said("attempt waits")) > 0 })
	tw.Okta.Faults().Clear()
	tw.Slack.Faults().Add(control.Fault{Op: "chat.postMessage", Answer: "unavailable", Times: 3})
	tw.advance(time.Minute)
	tw.eventually("Slack fails", func() bool {
		return slices.ContainsFunc(tw.said(lineMessage), func(l logLine) bool { return l.text("kind") != "notice" })
	})
	tw.advance(time.Minute)
	tw.IdentityCenter.Faults().Add(control.Fault{Op: "CreateAccountAssignment", Answer: "unavailable", Times: 1})
	tw.press("grace", "Approve", "all goes wrong")
	tw.eventually("AWS fails", func() bool { return len(tw.said(lineEntitlement)) > 0 })
	tw.advance(time.Minute)
	tw.sees("ada", "all goes wrong", "Access is active")
	tw.IdentityCenter.Faults().Add(control.Fault{Op: "DeleteAccountAssignment", Answer: "throttled"})
	tw.advance(time.Hour + time.Minute)
	tw.sees("ada", "all goes wrong", "being taken away")
	tw.advance(6 * time.Minute)
	tw.eventually("it is overdue", func() bool { return len(tw.said("removal overdue")) > 0 })
	tw.IdentityCenter.Faults().Clear()
	tw.advance(3 * time.Minute)
	tw.sees("ada", "all goes wrong", "Access has ended")

	request, grant, seen := tw.requestOf("ada"), "", map[string]bool{}
	for _, l := range tw.lines() {
		msg := l.text("msg")
		if seen[msg] = true; slices.Contains(ofTheProcess(), msg) || l.text("kind") == "notice" { // words to somebody, about no request
			continue
		}
		if l.text("request") != request {
			t.Errorf("not about the request: %v", l)
		}
		if grant == "" {
			grant = l.text("grant")
		}
		of := l.text("kind") == "decision.recorded" || l.text("kind") == "request.approved" // written with the grant, and said before it
		if !of && l.text("grant") != grant {
			t.Errorf("not about the grant: %v", l)
		}
	}
	for _, msg := range []string{"attempt waits", lineMessage, "changed", lineEntitlement, "removal overdue"} {
		if !seen[msg] {
			t.Errorf("no line %q", msg)
		}
	}
}

// An entitlement that fails is told of when it begins to fail in another way, however
// often it is tried.
func TestAFailureIsToldOncePerClass(t *testing.T) {
	t.Parallel()
	tw := logged(t, quick())
	faults := tw.IdentityCenter.Faults()
	tries := func(n int) {
		t.Helper()
		before := faults.Count("CreateAccountAssignment")
		tw.eventually("it is tried again", func() bool {
			if faults.Count("CreateAccountAssignment") < before+n {
				tw.advance(20 * time.Second)
			}
			return faults.Count("CreateAccountAssignment") >= before+n
		})
		tw.idle()
	}
	faults.Add(control.Fault{Op: "CreateAccountAssignment", Answer: "unavailable"})
	tw.ask("ada", "prod/User", "1 hour", "three times down")
	tw.press("grace", "Approve", "three times down")
	tries(3)
	if lines := tw.said(lineEntitlement); len(lines) != 1 || lines[0].text("class") != "unavailable" {
		t.Errorf("after three times: %v", lines)
	}
	faults.Clear()
	faults.Add(control.Fault{Op: "CreateAccountAssignment", Answer: "denied"})
	tries(1)
	tw.sees("ada", "three times down", "Access could not be given")
	lines := tw.said(lineEntitlement)
	if len(lines) != 2 {
		t.Fatalf("%d lines: %v", len(lines), lines)
	}
	for i, class := range []string{"unavailable", "denied"} {
		l := lines[i]
		for name, want := range map[string]string{"level": "WARN", "class": class, "vendor": "identitycenter", "operation": "CreateAccountAssignment", "request": tw.requestOf("ada")} {
			if got := l.text(name); got != want {
				t.Errorf("line %d: %s is %q, want %q", i, name, got, want)
			}
		}
		if l.text("grant") == "" || l.text("entitlement") == "" || l.text("given_up") != map[bool]string{true: "true", false: "false"}[class == "denied"] {
			t.Errorf("line %d: %v", i, l)
		}
	}
}
