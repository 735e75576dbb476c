package bot_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/sandbox/browser"
	"airpass/sandbox/identitycenter"
	"airpass/setup"
)

// cut cuts somebody's sessions at the command line.
func (tw *town) cut(who, target, why string) (c access.Cut) {
	tw.Helper()
	tw.operate(func(o *bot.Operator) (err error) {
		c, err = o.Cuts.Ask(tw.ctx(), o.Actor(), tw.Person(who).Login, target, why)
		return err
	})
	tw.wake()
	return c
}

// lift lifts a cut at the command line.
func (tw *town) lift(c access.Cut, why string) {
	tw.Helper()
	tw.operate(func(o *bot.Operator) error {
		_, err := o.Cuts.Lift(tw.ctx(), o.Actor(), c.ID, why)
		return err
	})
	tw.wake()
}

// cutIs waits until a cut has come to a state.
func (tw *town) cutIs(c access.Cut, state access.CutState) access.Cut {
	tw.Helper()
	tw.eventually("the cut of "+c.Subject.Login+" is "+string(state), func() bool {
		tw.operate(func(o *bot.Operator) (err error) {
			c, err = o.Store.Cut(tw.ctx(), c.ID)
			return err
		})
		return c.State == state
	})
	return c
}

// set is a permission set of the town as it is in Identity Center.
func (tw *town) set(target string) identitycenter.PermissionSet {
	tw.Helper()
	arn := tw.Target(target).PermissionSet
	for _, p := range tw.IdentityCenter.PermissionSets() {
		if p.ARN == arn {
			return p
		}
	}
	tw.Fatal("no permission set of", target)
	return identitycenter.PermissionSet{}
}

// denies says whether a policy denies somebody.
func (tw *town) denies(policy, who string) bool { return strings.Contains(policy, tw.center(who)) }

// inRole says whether the role in the account, which open sessions have, denies somebody.
func (tw *town) inRole(target, who string) bool {
	at := tw.Target(target)
	return slices.ContainsFunc(tw.IdentityCenter.Roles(), func(r identitycenter.Role) bool {
		return r.PermissionSetARN == at.PermissionSet && tw.denies(r.InlinePolicy, who)
	})
}

// console is a browser that has come to Airflow through the console, and the console's page
// that leads there again without the access portal.
func (tw *town) console(who, target, reason string) (b *browser.Browser, again string) {
	tw.Helper()
	opened, err := tw.sees(who, reason, "Access is active", "Open Airflow").Button("Open Airflow").Click(tw.ctx())
	if err != nil {
		tw.Fatal(err)
	}
	b, again = browser.New(tw.Person(who).Login), tw.Addresses().Portal+"/mwaa/home?region=eu-west-1#environments/"+tw.Target(target).MWAAName+"/sso"
	if in, err := b.Open(tw.ctx(), opened.URL); err != nil || in.AirflowRole == "" {
		tw.Fatalf("%+v %v", in, err)
	}
	tw.gets(b, again, true)
	return b, again
}

// gets says whether a browser gets into Airflow by its session of the console.
func (tw *town) gets(b *browser.Browser, page string, in bool) {
	tw.Helper()
	at, err := b.Open(tw.ctx(), page)
	switch {
	case err != nil:
		tw.Error(err)
	case in && at.AirflowRole == "":
		tw.Errorf("refused: %+v", at)
	case !in && (at.RefusedCode != "session-ended" || at.Status != http.StatusUnauthorized):
		tw.Errorf("not refused: %+v", at)
	}
}

func TestAnOpenConsoleSessionIsCutAndLetInAgain(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.given("ada", "prod/Viewer", "2 hours", "a long look", "grace")
	tw.given("ben", "prod/Viewer", "8 hours", "another look", "grace") // keeps the role in the account
	adas, again := tw.console("ada", "prod/Viewer", "a long look")
	bens, _ := tw.console("ben", "prod/Viewer", "another look")

	tw.IdentityCenter.SetNeverCompletes(true)
	c := tw.cut("ada", "prod/Viewer", "laptop stolen")
	tw.sees("ada", "a long look", "The link is held back", "sessions of this person are being cut")
	tw.eventually("the deny is on its way", func() bool { return tw.denies(tw.set("prod/Viewer").InlinePolicy, "ada") })
	tw.gets(adas, again, true) // until the account has it
	tw.advance(time.Minute)
	tw.idle()
	if c = tw.cutIs(c, access.CutAsked); tw.deletions("ada", "prod/Viewer") > 0 {
		t.Error("taken away before the deny is there")
	}
	tw.IdentityCenter.SetNeverCompletes(false)
	tw.IdentityCenter.CompleteOperations()
	tw.advance(3 * time.Second)
	tw.eventually("the role denies her", func() bool { return tw.inRole("prod/Viewer", "ada") })
	tw.gets(adas, again, false)
	tw.gets(bens, again, true)
	c = tw.comesTo(c, access.CutDone)
	tw.sees("ada", "a long look", "has ended", "sessions cut: laptop stolen")
	if tw.assignments("ada", "prod/Viewer") > 0 || !tw.has("ben", "prod/Viewer") {
		t.Error("not hers alone is gone")
	}
	if c.LiftAt.Sub(c.CutAt) != 2*time.Hour { // an hour's sessions, and the margin
		t.Errorf("%+v", c)
	}

	tw.ask("ada", "prod/Viewer", "1 hour", "let me in")
	tw.sees("ada", "Your request was not made", "are cut: until "+c.LiftAt.UTC().Format("2006-01-02 15:04"))
	tw.advance(c.LiftAt.Sub(tw.Clock.Now()) + time.Second)
	tw.cutIs(c, access.CutLifted)
	p := tw.set("prod/Viewer")
	if tw.denies(p.InlinePolicy, "ada") || tw.inRole("prod/Viewer", "ada") {
		t.Error("the deny is left behind")
	}
	target, _ := tw.config.Target("prod/Viewer")
	if !setup.SamePolicy(p.InlinePolicy, setup.Inline(target, nil).String()) {
		t.Errorf("not as setup puts it: %s", p.InlinePolicy)
	}
	tw.given("ada", "prod/Viewer", "1 hour", "a new laptop", "grace")
	back, _ := tw.console("ada", "prod/Viewer", "a new laptop")
	tw.gets(back, again, true)
}

func TestTwoPeopleAreCutAtOnceAndOneIsLetInEarlier(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.given("ada", "prod/User", "2 hours", "ada reads the reports", "grace")
	tw.given("ben", "prod/User", "2 hours", "ben reads the reports", "grace")
	one, two := tw.cut("ada", "prod/User", "both, one"), tw.cut("ben", "prod/User", "both, two")
	one, two = tw.comesTo(one, access.CutDone), tw.comesTo(two, access.CutDone)
	if p := tw.set("prod/User").InlinePolicy; !tw.denies(p, "ada") || !tw.denies(p, "ben") {
		t.Error("one has written over the other:", p)
	}
	if !tw.free("ada", "prod/User") || !tw.free("ben", "prod/User") {
		t.Error("something is left")
	}
	tw.lift(one, "found again")
	tw.comesTo(one, access.CutLifted)
	if p := tw.set("prod/User").InlinePolicy; tw.denies(p, "ada") || !tw.denies(p, "ben") {
		t.Error("not her deny alone is gone:", p)
	}
	tw.given("ada", "prod/User", "1 hour", "back at work", "grace")
	tw.console("ada", "prod/User", "back at work")
	tw.ask("ben", "prod/User", "1 hour", "me too")
	tw.sees("ben", "Your request was not made", "are cut: until")
	if tw.cutIs(two, access.CutDone); tw.creations("ben", "prod/User") != 1 {
		t.Error("he was given something under a deny")
	}
}

// comesTo waits until a cut has come to a state, while the clock goes on.
func (tw *town) comesTo(c access.Cut, state access.CutState) access.Cut {
	tw.Helper()
	tw.eventually("the cut is "+string(state), func() bool {
		tw.advance(6 * time.Second)
		tw.operate(func(o *bot.Operator) (err error) {
			c, err = o.Store.Cut(tw.ctx(), c.ID)
			return err
		})
		return c.State == state
	})
	return c
}

func TestADenyThatDoesNotArriveTakesNothingAwayAndIsTold(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.given("ada", "prod/Viewer", "8 hours", "hard to cut", "grace")
	tw.IdentityCenter.FailAssignments(identitycenter.Match{Kind: identitycenter.Provisioning, Times: 2}, "the account is suspended")
	c := tw.cut("ada", "prod/Viewer", "laptop stolen")
	tw.eventually("the admins are told", func() bool {
		tw.advance(3 * time.Second)
		return len(tw.about("cannot be cut or lifted as was asked", "the account is suspended")) == 1
	})
	if tw.assignments("ada", "prod/Viewer") != 1 {
		t.Error("taken away, and not denied")
	}
	tw.comesTo(c, access.CutDone)
	if n := len(tw.about("cannot be cut or lifted")); n != 1 {
		t.Errorf("told %d times", n)
	}
	if !tw.free("ada", "prod/Viewer") {
		t.Error("something is left")
	}
}

func TestAPolicyThatSomebodyElseWritesIsWrittenAnewWhileSomebodyIsCut(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.given("ada", "prod/Viewer", "2 hours", "ada reads the reports", "grace")
	tw.given("ben", "prod/Viewer", "8 hours", "ben reads the reports", "grace")
	c := tw.comesTo(tw.cut("ada", "prod/Viewer", "laptop stolen"), access.CutDone)
	was := tw.set("prod/Viewer").InlinePolicy
	if err := tw.IdentityCenter.SetInlinePolicy(tw.Target("prod/Viewer").PermissionSet, `{"Version":"2012-10-17","Statement":[]}`); err != nil {
		t.Fatal(err)
	}
	tw.advance(11 * time.Minute)
	tw.eventually("it is as it was", func() bool { return setup.SamePolicy(tw.set("prod/Viewer").InlinePolicy, was) })
	tw.lift(c, "found again")
	tw.comesTo(c, access.CutLifted)
	quiet := `{"Version":"2012-10-17","Statement":[]}`
	if err := tw.IdentityCenter.SetInlinePolicy(tw.Target("prod/Viewer").PermissionSet, quiet); err != nil {
		t.Fatal(err)
	}
	tw.advance(time.Hour)
	tw.idle()
	if p := tw.set("prod/Viewer").InlinePolicy; p != quiet {
		t.Error("nobody is cut, and a policy was written:", p)
	}
}
