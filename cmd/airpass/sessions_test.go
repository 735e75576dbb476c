package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"airpass/config"
	"airpass/sandbox/control"
	"airpass/setup"
)

func TestSessionsAreCutAndLiftedAtTheCommandLine(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.serve()
	ada := o.Person("ada").Login
	o.cli("sessions", "cut", "--user", ada, "--target", "prod/User", "--reason", "x").want(t, exitFailed, "never given prod/User")
	o.cli("sessions", "cut", "--user", ada, "--target", "prod/User", "--reason", " ").want(t, exitUsage, "--reason is empty")
	o.click(o.ask("ada", o.Target("prod/User"), "the first reason"), "Approve")
	o.sees("ada", "the first reason", "Access is active")

	o.IdentityCenter.Faults().Add(control.Fault{Op: "PutInlinePolicyToPermissionSet", Answer: "denied"})
	o.cli("sessions", "cut", "--user", ada, "--target", "prod/User", "--reason", "laptop stolen").want(t, 0,
		"are being cut", "in every account that uses it", "does not reach an Airflow tab that is open", "Active sessions")
	o.cli("sessions", "cut", "--user", ada, "--target", "prod/User", "--reason", "twice").want(t, exitFailed, "cut there already")
	o.until("the failure is told", func(c shownCut) bool { return c.State == "asked" && strings.Contains(c.Error, "denied") })
	o.IdentityCenter.Faults().Clear()
	cut := o.until("it is cut", func(c shownCut) bool { return c.State == "cut" && c.Error == "" })
	o.sees("ada", "the first reason", "sessions cut: laptop stolen")
	o.cli("sessions", "list").want(t, 0, cut.ID, ada, "prod/User", "laptop stolen")

	o.cli("sessions", "lift", cut.ID, "--reason", "found again").want(t, 0, "can be let in again")
	o.until("it is lifted", func(c shownCut) bool { return c.State == "lifted" && !c.LiftedAt.IsZero() })
	if r := o.cli("sessions", "list").want(t, 0); strings.Contains(r.out, cut.ID) {
		t.Errorf("still listed: %s", r.out)
	}
	o.cli("sessions", "list", "--all").want(t, 0, cut.ID, "lifted early: found again")
	o.cli("sessions", "lift", cut.ID, "--reason", "twice").want(t, exitFailed, "no such move")
	o.cli("sessions", "lift", "06h124ciiipdm8de9d5gvdtsh0", "--reason", "whose").want(t, exitFailed, "not found")
	o.cli("audit", "export", "--kind", "cut.asked").want(t, 0, "laptop stolen", `"kind":"operator"`)
	o.cli("audit", "export", "--kind", "cut.lifting").want(t, 0, "found again", `"kind":"operator"`)
	o.cli("audit", "verify").want(t, 0)
}

// What setup writes is rendered from who is cut, not from what it has read, and who serves
// does not write it meanwhile.
func TestSetupWritesTheDenyOfWhoIsCut(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.serve()
	o.click(o.ask("ada", o.Target("prod/User"), "the first reason"), "Approve")
	o.sees("ada", "the first reason", "Access is active")
	o.stop() // nobody brings the cut there but setup
	o.cli("sessions", "cut", "--user", o.Person("ada").Login, "--target", "prod/User", "--reason", "laptop stolen").want(t, 0, "are being cut")
	var cut shownCut
	o.check(json.Unmarshal([]byte(o.cli("sessions", "list", "--json").want(t, 0).out), &cut))
	arn := o.Target("prod/User").PermissionSet
	o.check(o.IdentityCenter.SetInlinePolicy(arn, "{}"))
	o.cli("setup", "apply", "--yes").want(t, 0, "inline policy of")
	o.wants(arn, cut.User)

	o.serve()
	o.until("it is cut", func(c shownCut) bool { return c.State == "cut" && c.Error == "" })
	o.wants(arn, cut.User)
}

// What doctor says of a deny that is left behind is true: setup takes it away.
func TestADenyThatIsLeftBehindIsFoundAndTakenAway(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.serve()
	o.stop()
	c, err := config.Load(o.file, nil)
	o.check(err)
	target, _ := c.Target("prod/User")
	const user = "90677c608a-00000000-0000-0000-0000-000000000000"
	o.check(o.IdentityCenter.SetInlinePolicy(target.PermissionSet, setup.Inline(target, nil, user).String()))
	o.cli("doctor").want(t, exitFinding, "denies everything to 1 people whose sessions nobody cuts: "+user, "airpass setup apply")
	o.cli("setup", "apply", "--yes").want(t, 0, "inline policy of")
	if r := o.cli("doctor"); strings.Contains(r.out, "nobody cuts") {
		t.Error(r.out)
	}
}

// wants fails the test unless the policy of a permission set denies a user.
func (o *office) wants(set, user string) {
	o.t.Helper()
	for _, s := range o.IdentityCenter.PermissionSets() {
		if s.ARN == set && !strings.Contains(s.InlinePolicy, user) {
			o.t.Errorf("%s is not denied: %s", user, s.InlinePolicy)
		}
	}
}

// until waits until the newest cut is as it is to be, and moves the clock meanwhile.
func (o *office) until(what string, so func(shownCut) bool) shownCut {
	o.t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		var c shownCut
		line, _, _ := strings.Cut(o.cli("sessions", "list", "--all", "--json").want(o.t, 0).out, "\n")
		o.check(json.Unmarshal([]byte(line), &c))
		if so(c) {
			return c
		}
		_, err := o.Clock.Advance(3 * time.Second)
		o.check(err)
	}
	o.t.Fatal("never: " + what)
	return shownCut{}
}
