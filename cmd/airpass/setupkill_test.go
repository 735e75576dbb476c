package main

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"airpass/sandbox/control"
	"airpass/sandbox/identitycenter"
	"airpass/setup"
)

// death is where a process is killed: at the nth call of an operation, before the vendor
// has carried it out ("arrived") or before the answer ("done").
type death struct {
	op, phase string
	nth       int
}

func (d death) String() string { return fmt.Sprintf("%s %d %s", d.op, d.nth, d.phase) }

// assassin kills a process at a call, and counts those that it hears of.
type assassin struct {
	mu     sync.Mutex
	aim    death
	victim *os.Process
	heard  map[string]int
	struck bool
}

// hears is told of each call at the vendors.
func (a *assassin) hears(op, phase string) {
	a.mu.Lock()
	a.heard[op+" "+phase]++
	hit := a.victim != nil && !a.struck && op == a.aim.op && phase == a.aim.phase && a.heard[op+" "+phase] == a.aim.nth
	victim := a.victim
	a.struck = a.struck || hit
	a.mu.Unlock()
	if !hit {
		return
	}
	_ = victim.Signal(syscall.SIGKILL)
	if phase == "arrived" {
		panic(http.ErrAbortHandler) // nobody is there any more who would have sent it
	}
}

// broken is a world in which a set was made and pushed and then edited, and another
// target is still to be made: every call of setup is needed.
func broken(t *testing.T) *office {
	t.Helper()
	o := bare(t, "dev/User")
	o.cli("setup", "apply", "--yes").want(t, 0)
	_, err := o.Okta.PushGroup(value(o.plan(0)["dev/User"].File, "okta_group"))
	o.check(err)
	o.check(o.IdentityCenter.Assign(identitycenter.Assignment{Account: o.Target("dev/User").Account, PermissionSetARN: o.set("airpass-dev-User").ARN,
		PrincipalType: identitycenter.PrincipalUser, PrincipalID: o.IdentityCenter.Users()[0].ID}))
	o.check(o.IdentityCenter.SetInlinePolicy("airpass-dev-User", "{}"))
	o.edit("session_duration: 4h", "session_duration: 2h")
	full, err := os.ReadFile(o.file)
	o.check(err)
	more := string(o.Config("sqlite:unused.db", "prod/User"))
	_, entry, _ := strings.Cut(more, "\ntargets:")
	entry, _, _ = strings.Cut(entry, "\nstore:")
	o.write(o.file, bytes.Replace(full, []byte("\ntargets:"), []byte("\ntargets:"+entry), 1))
	o.plan(exitDiffers)
	return o
}

// apply runs airpass setup apply as a process of its own, which is killed if it gets there.
func (o *office) apply(a *assassin) (killed bool, log string) {
	o.t.Helper()
	self, err := os.Executable()
	o.check(err)
	child := exec.CommandContext(o.ctx(), self, "setup", "apply", "--yes", "--config", o.file)
	child.Env = append(append(os.Environ(), o.Environ()...), asMain+"=1")
	var out bytes.Buffer
	child.Stdout, child.Stderr = &out, &out
	o.check(child.Start())
	a.mu.Lock()
	a.victim = child.Process
	a.mu.Unlock()
	err = child.Wait()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.victim = nil; a.struck != (err != nil) {
		o.t.Errorf("killed %v, ended with %v\n%s", a.struck, err, out.String())
	}
	return a.struck, out.String()
}

func (o *office) watched(aim death) *assassin {
	a := &assassin{aim: aim, heard: map[string]int{}}
	for _, f := range []*control.Faults{o.IdentityCenter.Faults(), o.Okta.Faults(), o.STS.Faults()} {
		f.Watch(a.hears)
	}
	return a
}

// sampled are the deaths of the everyday test: at each change, either side of it.
func sampled() []death {
	var all []death
	for i, op := range []string{"CreateGroup", "CreatePermissionSet", "PutInlinePolicyToPermissionSet", "UpdatePermissionSet", "ProvisionPermissionSet", "CreateAccountAssignment"} {
		all = append(all, death{op, []string{"done", "arrived"}[i%2], 1})
	}
	return append(all, death{"PutInlinePolicyToPermissionSet", "done", 2}, death{"DescribePermissionSetProvisioningStatus", "done", 1})
}

// everyDeath is at every call of a run, either side of it.
func everyDeath(t *testing.T) []death {
	t.Helper()
	o := broken(t)
	a := o.watched(death{})
	if killed, log := o.apply(a); killed {
		t.Fatal(log)
	}
	var all []death
	for at, n := range a.heard {
		op, phase, _ := strings.Cut(at, " ")
		for nth := 1; nth <= n; nth++ {
			all = append(all, death{op, phase, nth})
		}
	}
	return all
}

// Killed at any call and run again, it makes everything, and everything once.
func TestKilledAtACallSetupGoesOn(t *testing.T) {
	t.Parallel()
	deaths := sampled()
	if os.Getenv("AIRPASS_MATRIX") == "full" {
		deaths = everyDeath(t)
	}
	for _, d := range deaths {
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			o := broken(t)
			a := o.watched(d)
			if killed, log := o.apply(a); !killed && (os.Getenv("AIRPASS_MATRIX") != "full" || d.nth == 1) {
				t.Fatalf("it was not killed\n%s", log)
			}
			o.cli("setup", "apply", "--yes").want(t, 0)
			o.whole()
		})
	}
}

// whole wants everything to be there, once, provisioned, and nothing left to do.
func (o *office) whole() {
	o.t.Helper()
	groups := map[string]int{}
	for _, g := range o.Okta.Groups() {
		groups[g.Name]++
	}
	sets := o.IdentityCenter.PermissionSets()
	if len(sets) != 2 || groups["airpass-prod-User"] != 1 || groups["airpass-dev-User"] != 1 {
		o.t.Errorf("%d permission sets, groups %v", len(sets), groups)
	}
	for _, s := range sets {
		if s.Tags[setup.Tag] == "" || cmp.Or(s.InlinePolicy, "{}") == "{}" || s.SessionDuration < time.Hour {
			o.t.Errorf("%+v", s)
		}
	}
	for _, r := range o.IdentityCenter.Roles() {
		if !r.Latest {
			o.t.Errorf("%s has an older version", r.Account)
		}
	}
	before := o.written()
	o.cli("setup", "apply", "--yes").want(o.t, 0, "Nothing is to be done for 2 targets")
	if n := o.written(); n != before {
		o.t.Errorf("%d changes where nothing was to be done", n-before)
	}
}
