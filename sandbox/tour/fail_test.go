package tour

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"airpass/sandbox"
	"airpass/sandbox/control"
	"airpass/sandbox/identitycenter"
)

// A tour that could not fail would show nothing.
func TestTheTourFailsWhereTheStoryDoesNotHold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tamper func(*sandbox.World)
		step   string
	}{
		"assignments fail": {func(w *sandbox.World) {
			w.IdentityCenter.FailAssignments(identitycenter.Match{}, "the account is suspended")
		}, "Ada's message follows step by step"},
		"nothing is taken away": {func(w *sandbox.World) {
			w.IdentityCenter.Faults().Add(control.Fault{Op: "DeleteAccountAssignment", Answer: "denied"})
		}, "The hour is over"},
		"somebody else gives Ben access": {func(w *sandbox.World) {
			if err := w.Okta.SetMember(w.Target("prod/User").OktaGroup, w.Person("ben").Login, true); err != nil {
				t.Error(err)
			}
		}, "airpass starts"},
		"security has nobody": {func(w *sandbox.World) {
			if err := w.Okta.SetMember(w.SecurityGroup(), w.Person("sam").Login, false); err != nil {
				t.Error(err)
			}
		}, "her manager and an owner are asked, security is not yet"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			err := Run(t.Context(), &out, Options{StepTime: 20 * time.Second, tamper: c.tamper})
			if !errors.Is(err, ErrFailed) {
				t.Fatalf("%v\n%s", err, out.String())
			}
			lines := strings.Split(out.String(), "\n")
			for i, line := range lines {
				if strings.HasPrefix(line, "FAIL") {
					if !strings.Contains(line, c.step) || strings.Contains(strings.Join(lines[i+1:], "\n"), "ok  ") {
						t.Error(out.String())
					}
					return
				}
			}
			t.Errorf("no step is told to have failed:\n%s", out.String())
		})
	}
}

// Nor would a chapter of setting up that could not.
func TestTheEmptyOrganizationFailsWhereItIsNotSetUp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tamper func(*sandbox.World)
		step   string
	}{
		"there is a set already": {func(w *sandbox.World) {
			if _, err := w.IdentityCenter.AddPermissionSet(identitycenter.PermissionSet{Name: "airpass-dev-User"}); err != nil {
				t.Error(err)
			}
		}, "has no permission set"},
		"no group is made": {func(w *sandbox.World) {
			w.Okta.Faults().Add(control.Fault{Op: "CreateGroup", Answer: "denied"})
		}, "setup apply makes it"},
		"tiles are not assigned by API": {func(w *sandbox.World) { w.IdentityCenter.RefuseSAMLAssignments(true) }, "is followed in the console"},
		"no environment is there": {func(w *sandbox.World) {
			w.MWAA.Faults().Add(control.Fault{Op: "GetEnvironment", Answer: "denied"})
		}, "is followed in the console"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			s := &story{teller: &teller{out: &out, began: time.Now(), stepTime: time.Minute}, dir: t.TempDir(), opts: Options{tamper: c.tamper}}
			s.emptyChapter(t.Context())
			_, failed, _ := strings.Cut(out.String(), "FAIL")
			line, rest, _ := strings.Cut(failed, "\n")
			if err := s.end(); !errors.Is(err, ErrFailed) || !strings.Contains(line, c.step) || strings.Contains(rest, "ok  ") {
				t.Errorf("%v\n%s", err, out.String())
			}
		})
	}
}

// Nor would a campaign that could not.
func TestTheCampaignFailsWhereItsStoryDoesNotHold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tamper func(*sandbox.World)
		step   string
	}{
		"somebody else has access too": {func(w *sandbox.World) {
			if err := w.Okta.SetMember(w.Target("dev/User").OktaGroup, w.Person("ben").Login, true); err != nil {
				t.Error(err)
			}
		}, "60 people have access"},
		"nothing is taken away": {func(w *sandbox.World) {
			w.IdentityCenter.Faults().Add(control.Fault{Op: "DeleteAccountAssignment", Answer: "denied"})
		}, "what Henry said is carried out"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			s := &story{teller: &teller{out: &out, began: time.Now(), stepTime: 30 * time.Second}, dir: t.TempDir(), opts: Options{tamper: c.tamper}}
			s.campaignChapter(t.Context())
			_, failed, _ := strings.Cut(out.String(), "FAIL")
			line, rest, _ := strings.Cut(failed, "\n")
			if err := s.end(); !errors.Is(err, ErrFailed) || !strings.Contains(line, c.step) || strings.Contains(rest, "ok  ") {
				t.Errorf("%v\n%s", err, out.String())
			}
		})
	}
}

func TestHowAStoryIsTold(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	tell := &teller{out: &out, began: time.Now(), stepTime: time.Second}
	tell.begin("Chapter")
	tell.step(t.Context(), "one", func(_ context.Context, s *seen) error { s.that("saw %d", 1); return nil })
	tell.step(t.Context(), "two", func(ctx context.Context, _ *seen) error {
		if _, bounded := ctx.Deadline(); !bounded {
			t.Error("a step without an end")
		}
		return errors.New("broken")
	})
	tell.step(t.Context(), "three", func(context.Context, *seen) error { t.Error("went on"); return nil })
	if err := tell.end(); !errors.Is(err, ErrFailed) {
		t.Error(err)
	}
	for _, words := range []string{"Chapter\n", "ok    1  one", "- saw 1\n", "FAIL  2  two", "! broken\n", "Step 2 did not hold"} {
		if !strings.Contains(out.String(), words) {
			t.Errorf("does not say %q:\n%s", words, out.String())
		}
	}
}
