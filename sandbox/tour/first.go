package tour

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"airpass/sandbox"
	"airpass/sandbox/browser"
	"airpass/sandbox/workspace"
)

// first is what the first chapter passes from step to step.
type first struct {
	*story
	wish wish
	form *workspace.ViewHandle
	card workspace.Message // Grace's, before she decided
	link string
	tab  *browser.Browser // Ada's, with Airflow open
}

// firstChapter is access by an account assignment, from asking to its end.
func (s *story) firstChapter(ctx context.Context) {
	f := &first{story: s, wish: wish{who: "ada", target: s.world.Target("prod/User"), duration: "1h0m0s", reason: "Re-run the failed load of last night"}}
	s.begin("One hour of Airflow, from asking to its end (an account assignment)")
	for _, part := range []struct {
		name string
		do   func(context.Context, *seen) error
	}{
		{"airpass starts and connects to Slack", f.start},
		{"Ada types /airflow and is shown a form", f.command},
		{"Ada fills the form in and sends it", f.ask},
		{"Grace, her manager, sees the card, by direct message and in the channel", f.shown},
		{"Ada approves her own request, a colleague approves it: both are refused", f.notAllowed},
		{"Grace approves, with a double click", f.approve},
		{"Ada's message follows step by step until the access works", f.progress},
		{"Okta and AWS hold what was approved, once", f.held},
		{"Ada follows the link: Airflow says who she is and in which role", f.follow},
		{"Ben asks too, and is denied with a reason", f.deny},
		{"The hour is over: everything is taken away", f.end},
		{"The link is refused in a fresh browser", f.refused},
		{"Everything that is gone is looked at once more after the settle window", f.settled},
		{"The tab that was open goes on until its own session ends", f.tabEnds},
	} {
		s.step(ctx, part.name, part.do)
	}
}

func (f *first) start(ctx context.Context, see *seen) error {
	if err := f.startBot(ctx); err != nil {
		return err
	}
	if err := f.world.Slack.WaitConnected(ctx, 2); err != nil {
		return fmt.Errorf("no connection to Slack: %w", err)
	}
	see.that("Slack: connected in Socket Mode, %d at once", len(f.world.Slack.Connections()))
	if err := f.nothingGranted(); err != nil {
		return err
	}
	see.that("Okta, Identity Center: nobody has access to any environment yet")
	return nil
}

func (f *first) command(ctx context.Context, see *seen) error {
	form, answer, err := f.openForm(ctx, f.wish.who)
	if err != nil {
		return err
	}
	f.form = form
	if title := form.View().Visible(); !strings.Contains(title, "Ask for Airflow access") {
		return fmt.Errorf("the form says %q", title)
	}
	see.that("Slack: the command was acknowledged after %s, a modal is in front of Ada", answer.Delivery.Latency.Round(time.Millisecond))
	return nil
}

func (f *first) ask(ctx context.Context, see *seen) error {
	sent, err := fill(ctx, f.form, f.wish)
	if err != nil {
		return err
	}
	see.that("Slack: the submission was acknowledged after %s, the modal is closed", sent.Delivery.Latency.Round(time.Millisecond))
	m, err := f.reads(ctx, "ada", f.wish, "Waiting for approval", "prod", "User", "1 hour")
	if err != nil {
		return err
	}
	if got := m.Buttons(); !slices.Equal(got, []string{"Cancel request"}) {
		return fmt.Errorf("the message of Ada has the buttons %v", got)
	}
	see.that("Slack: Ada's message says that the request waits, and for whom")
	return nil
}

func (f *first) shown(ctx context.Context, see *seen) error {
	var err error
	if f.card, err = f.undecided(ctx, "grace", "", f.wish); err != nil {
		return err
	}
	for _, word := range []string{"Ada Lindqvist", "ada@example.com", "User", "prod", f.wish.reason, "1 hour"} {
		if !strings.Contains(f.card.Visible(), word) {
			return fmt.Errorf("the card does not say %q:\n%s", word, f.card.Visible())
		}
	}
	see.that("Slack: Grace's card says who, what, why and how long, with Approve and Deny")
	if _, err := f.undecided(ctx, "grace", sandbox.RequestsChannel, f.wish); err != nil {
		return err
	}
	see.that("Slack: the same card stands in the channel of requests")
	if said := f.world.As("chen").Messages(""); len(said) > 0 {
		return fmt.Errorf("somebody who may decide nothing got %q", said[0].Visible())
	}
	see.that("Slack: Chen, a colleague, was sent nothing")
	return nil
}

func (f *first) notAllowed(ctx context.Context, see *seen) error {
	for _, try := range []struct{ who, words, note string }{
		{"ada", "nobody decides their own request", "Ada is told that nobody decides their own request"},
		{"chen", "not one of the people who may decide", "Chen is told that he is not one of those who may decide"},
	} {
		card, err := f.undecided(ctx, try.who, sandbox.RequestsChannel, f.wish)
		if err != nil {
			return err
		}
		if _, err := card.Button(approve).Click(ctx); err != nil {
			return err
		}
		if err := f.hears(ctx, try.who, try.words); err != nil {
			return err
		}
		see.that("Slack: %s", try.note)
	}
	if _, err := f.undecided(ctx, "grace", "", f.wish); err != nil {
		return err
	}
	if err := f.nothingGranted(); err != nil {
		return err
	}
	see.that("Okta, Identity Center: nothing has changed, the card can still be decided")
	return nil
}

func (f *first) approve(ctx context.Context, see *seen) error {
	one, two, err := f.card.Button(approve).DoubleClick(ctx)
	if err != nil {
		return err
	}
	see.that("Slack: both clicks were acknowledged, after %s and %s", one.Delivery.Latency.Round(time.Millisecond), two.Delivery.Latency.Round(time.Millisecond))
	for _, channel := range []string{"", sandbox.RequestsChannel} {
		m, err := f.story.card(ctx, "grace", channel, f.wish, "Approved by Grace Adeyemi")
		if err != nil {
			return err
		}
		if got := m.Buttons(); slices.Contains(got, approve) || slices.Contains(got, deny) {
			return fmt.Errorf("a decided card has the buttons %v", got)
		}
	}
	see.that("Slack: both cards say that Grace has approved, and can be decided no more")
	return nil
}

func (f *first) progress(ctx context.Context, see *seen) error {
	m, err := f.reads(ctx, "ada", f.wish, "Access is active", openIt)
	if err != nil {
		return err
	}
	how := course(m)
	want := []string{"Waiting for approval", "Approved: access is being set up", "Access is active"}
	if !slices.Equal(how, want) {
		return fmt.Errorf("the message went through %q", how)
	}
	see.that("Slack: the one message read, in turn: %s", strings.Join(how, "; "))
	if !everSaid(m, "Okta group: verified", "Identity Center account assignment: adding") {
		return fmt.Errorf("it never showed the Okta group as there and the assignment as under way, in %d renderings", len(m.Versions))
	}
	see.that("Slack: in between it showed which step was done and which was under way")
	answer, err := m.Button(openIt).Click(ctx)
	if err != nil {
		return err
	}
	f.link = answer.URL
	if !strings.HasPrefix(f.link, f.world.Addresses().Portal+"/start/#/console?") {
		return fmt.Errorf("the link leads to %s", f.link)
	}
	see.that("Slack: the link is the access portal's, with nothing secret in it")
	if !strings.Contains(m.Visible(), "a session already open could work until about") {
		return fmt.Errorf("the message does not say what an end leaves open:\n%s", m.Visible())
	}
	see.that("Slack: it says until when, and what a session that is open could do after that")
	return nil
}

func (f *first) held(_ context.Context, see *seen) error {
	t := f.wish.target
	if !f.member("ada", t) {
		return fmt.Errorf("nobody was put into the Okta group of %s", t.ID)
	}
	see.that("Okta: Ada is in the group that goes with %s", t.ID)
	if n, made := f.assigned("ada", t), f.changes("CreateAccountAssignment"); n != 1 || made != 1 {
		return fmt.Errorf("%d assignments, made by %d calls", n, made)
	}
	see.that("Identity Center: one account assignment of Ada to %s in %s, made by one call", t.PermissionSetName, t.Account)
	if f.role(t) == "" {
		return fmt.Errorf("there is no role for %s", t.PermissionSetName)
	}
	see.that("IAM: the role %s is in the account", f.role(t))
	if a, m := f.granted(); a != 1 || m != 1 {
		return fmt.Errorf("besides, there are %d assignments and %d memberships in all", a, m)
	}
	see.that("Okta, Identity Center: nobody else was given anything")
	return nil
}

func (f *first) follow(ctx context.Context, see *seen) error {
	tab, page, err := f.fresh(ctx, "ada", f.link)
	if err != nil {
		return err
	}
	f.tab = tab
	if err := f.inAirflow(page, "ada", f.wish.target); err != nil {
		return err
	}
	see.that("Browser: %d pages on: portal, sign-in at Okta, console, Airflow", len(page.Steps))
	see.that("Airflow's page: signed in as %s", page.SignedInAs)
	see.that("Airflow's page: role %s in %s", page.AirflowRole, page.Environment)
	if _, page, err = f.fresh(ctx, "ben", f.link); err != nil {
		return err
	}
	if err := refused(page, "no-assignment"); err != nil {
		return err
	}
	see.that("Browser: the same link gives Ben nothing: %s", page.Refused)
	return nil
}

func (f *first) deny(ctx context.Context, see *seen) error {
	w := wish{who: "ben", target: f.world.Target("prod/Viewer"), duration: "1h0m0s", reason: "Curious what is in there"}
	if err := f.story.ask(ctx, w); err != nil {
		return err
	}
	card, err := f.undecided(ctx, "grace", "", w)
	if err != nil {
		return err
	}
	if _, err := card.Button(deny).Click(ctx); err != nil {
		return err
	}
	form, err := f.world.As("grace").WaitView(ctx, nil)
	if err != nil {
		return err
	}
	if err := form.Type(ctx, "reason", "reason", "Please use dev for that"); err != nil {
		return err
	}
	if _, err := form.Submit(ctx); err != nil {
		return err
	}
	if _, err := f.reads(ctx, "ben", w, "Denied", "Denied by Grace Adeyemi", "Please use dev for that"); err != nil {
		return err
	}
	see.that("Slack: Ben reads that Grace has denied it, and why")
	if a, m := f.granted(); a != 1 || m != 1 || f.assigned("ben", w.target) > 0 {
		return fmt.Errorf("there are %d assignments and %d memberships", a, m)
	}
	see.that("Okta, Identity Center: Ben has nothing, Ada's access is as it was")
	return nil
}

func (f *first) end(ctx context.Context, see *seen) error {
	t := f.wish.target
	before := f.world.Clock.Now()
	if err := f.advance(ctx, time.Hour+time.Minute); err != nil {
		return err
	}
	see.that("Clock: moved from %s to %s", before.Format("15:04"), f.world.Clock.Now().Format("15:04"))
	if err := until(ctx, "the account assignment is gone", func() bool { return f.assigned("ada", t) == 0 }); err != nil {
		return err
	}
	see.that("Identity Center: the account assignment is gone, by %d call", f.changes("DeleteAccountAssignment"))
	if err := until(ctx, "the membership is gone", func() bool { return !f.member("ada", t) }); err != nil {
		return err
	}
	see.that("Okta: Ada is out of the group")
	if name := f.role(t); name != "" {
		return fmt.Errorf("the role %s is still there", name)
	}
	see.that("IAM: with its last assignment the role has gone from the account")
	if err := f.nothingGranted(); err != nil {
		return err
	}
	if _, err := f.reads(ctx, "ada", f.wish, "Access has ended", "Its time was over"); err != nil {
		return err
	}
	if _, err := f.story.card(ctx, "grace", "", f.wish, "Access ended"); err != nil {
		return err
	}
	see.that("Slack: Ada's message and Grace's card say that it has ended")
	return nil
}

func (f *first) refused(ctx context.Context, see *seen) error {
	_, page, err := f.fresh(ctx, "ada", f.link)
	if err != nil {
		return err
	}
	if err := refused(page, "no-assignment"); err != nil {
		return err
	}
	see.that("Browser: %s", page.Refused)
	return nil
}

// settled moves the clock past the settle window, and waits until both vendors have
// been asked about Ada again.
func (f *first) settled(ctx context.Context, see *seen) error {
	reads := func() int {
		c := f.world.IdentityCenter.Faults()
		return c.Count("ListAccountAssignmentsForPrincipal") + c.Count("ListAccountAssignments")
	}
	groups := func() int { return f.world.Okta.Faults().Count("ListUserGroups") }
	deleted, aws, okta := f.changes("DeleteAccountAssignment"), reads(), groups()
	if err := f.advance(ctx, 16*time.Minute); err != nil {
		return err
	}
	if err := until(ctx, "Identity Center and Okta are asked once more", func() bool { return reads() > aws && groups() > okta }); err != nil {
		return err
	}
	see.that("Identity Center, Okta: asked again after 15 minutes")
	if err := f.nothingGranted(); err != nil {
		return err
	}
	if n := f.changes("DeleteAccountAssignment"); n != deleted {
		return fmt.Errorf("%d more deletions", n-deleted)
	}
	see.that("Identity Center, Okta: still nothing there, and nothing was taken away twice")
	return nil
}

func (f *first) tabEnds(ctx context.Context, see *seen) error {
	page, err := f.tab.Reload(ctx)
	if err != nil {
		return err
	}
	if err := f.inAirflow(page, "ada", f.wish.target); err != nil {
		return fmt.Errorf("the open tab: %w", err)
	}
	see.that("Airflow's page: the tab that Ada had open still works, as her message said it could")
	if err := f.advance(ctx, 12*time.Hour); err != nil {
		return err
	}
	if page, err = f.tab.Reload(ctx); err != nil {
		return err
	}
	if err := refused(page, "signed-out"); err != nil {
		return err
	}
	see.that("Airflow's page, 12 hours later: %s", page.Refused)
	return nil
}
