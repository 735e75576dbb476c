package bot_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/messages"
	"airpass/outbound"
	"airpass/sandbox"
	"airpass/sandbox/control"
)

// ensures turns okta.ensure_provisioned on.
func ensures(w *sandbox.World, yaml string) string {
	return strings.Replace(yaml, "\naws:", "\n  ensure_provisioned: {group: "+w.AssignmentGroup()+"}\naws:", 1)
}

// assigned says whether somebody is in the group that gives accounts.
func (tw *town) assigned(who string) bool {
	return tw.Okta.IsMember(tw.AssignmentGroup(), tw.Person(who).OktaID)
}

// account says whether somebody has an account in Identity Center that they can use.
func (tw *town) account(who string) bool {
	tw.Okta.Sync()
	for _, u := range tw.IdentityCenter.Users() {
		if u.UserName == tw.Person(who).Login {
			return !u.Disabled
		}
	}
	return false
}

// accountStays says that the account is left, and nobody thinks it should not be.
func (tw *town) accountStays(who string) {
	tw.Helper()
	tw.advance(20 * time.Minute) // past the settle window
	tw.idle()
	if !tw.assigned(who) {
		tw.Errorf("%s was taken out of the assignment group", who)
	}
	if n := tw.overdue(); n != 0 {
		tw.Errorf("%d removals are overdue", n)
	}
}

const stays = "The account in AWS IAM Identity Center that was made for this stays"

func TestSomebodyWithoutAnAccountAsksAndIsGivenOne(t *testing.T) {
	t.Parallel()
	o := quick()
	o.ProvisionDelay = 10 * time.Minute
	tw := settleWith(t, o, ensures)
	tw.ask("nina", "prod/User", "1 hour", "my first day")
	tw.sees("nina", "my first day", "Waiting for approval", "You have no account in AWS IAM Identity Center yet")
	card := tw.sees("grace", "my first day", "Approving also gives them one, which stays")
	tw.idle()
	if tw.assigned("nina") {
		t.Fatal("asking has given an account")
	}
	tw.click(card, "Approve")
	tw.sees("nina", "my first day", "gives the account in AWS IAM Identity Center: verified", "Being added to AWS IAM Identity Center: waiting for your account", "account assignment: waiting")
	if tw.account("nina") || tw.member("nina", "prod/User") {
		t.Error("something was given before the account is there")
	}
	tw.advance(10 * time.Minute)
	tw.sees("nina", "my first day", "Access is active", "Open Airflow")
	if !tw.has("nina", "prod/User") {
		t.Error("active without access")
	}
	tw.advance(30 * time.Minute)
	tw.given("nina", "prod/User", "1 hour", "and the second", "grace") // has an account by now
	tw.advance(31 * time.Minute)
	tw.sees("nina", "my first day", "Access has ended", stays)
	if !tw.has("nina", "prod/User") {
		t.Error("the end of the first grant took what the second needs")
	}
	tw.advance(time.Hour)
	ended := tw.sees("nina", "and the second", "Access has ended")
	if strings.Contains(ended.Visible(), "IAM Identity Center that was made") {
		t.Error("told of an account that this grant has not given")
	}
	tw.eventually("nothing is left", func() bool { return tw.free("nina", "prod/User") })
	tw.accountStays("nina")
}

func TestAnAccountThatNeverComesAndThenDoes(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), ensures)
	tw.Okta.SetProvisionNever(true)
	tw.ask("nina", "dev/User", "1 hour", "where is my account")
	tw.press("grace", "Approve", "where is my account")
	tw.sees("nina", "where is my account", "waiting for your account to appear")
	tw.advance(time.Hour + time.Minute)
	tw.sees("nina", "where is my account", "Access could not be given", "not in place 1h0m0s after the start: account in AWS IAM Identity Center",
		"so the account may still appear")
	tw.Okta.SetProvisionNever(false)
	tw.accountStays("nina")
	if !tw.account("nina") || tw.member("nina", "dev/User") || tw.inCenter("nina", "dev/User") {
		t.Error("the late account did not come, or gave something")
	}
	tw.given("nina", "dev/User", "1 hour", "now then", "grace")
	if !tw.inCenter("nina", "dev/User") {
		t.Error("active without access")
	}
}

func TestTwoRequestsWaitForTheSameAccount(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), ensures)
	tw.Okta.SetProvisionNever(true)
	for _, target := range []string{"prod/User", "dev/User"} {
		tw.ask("nina", target, "1 hour", "new here: "+target)
		tw.press("grace", "Approve", "new here: "+target)
		tw.sees("nina", "new here: "+target, "waiting for your account to appear")
	}
	tw.Okta.SetProvisionNever(false)
	tw.advance(time.Minute)
	for _, target := range []string{"prod/User", "dev/User"} {
		tw.sees("nina", "new here: "+target, "Access is active")
	}
	tw.press("nina", "Give back", "new here: dev/User")
	tw.sees("nina", "new here: dev/User", "Access has ended", "It was given back", stays)
	if !tw.has("nina", "prod/User") || tw.member("nina", "dev/User") {
		t.Error("giving one back took the other, or not itself")
	}
	tw.accountStays("nina")
}

func TestSomebodyWhoIsBeingProvisionedAlreadyKeepsWhatIsTheirs(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), ensures)
	tw.Okta.SetProvisionNever(true)
	if err := tw.Okta.SetMember(tw.AssignmentGroup(), tw.Person("nina").OktaID, true); err != nil {
		t.Fatal(err)
	}
	tw.ask("nina", "prod/User", "1 hour", "assigned this morning")
	tw.press("grace", "Approve", "assigned this morning")
	tw.sees("nina", "assigned this morning", "gives the account in AWS IAM Identity Center: you had it already", "waiting for your account")
	tw.Okta.SetProvisionNever(false)
	tw.advance(time.Minute)
	tw.sees("nina", "assigned this morning", "Access is active")
	tw.press("nina", "Give back", "assigned this morning")
	tw.sees("nina", "assigned this morning", "Access has ended", "Left in place, because it was there before")
	tw.accountStays("nina")
}

func TestAnAccountThatOktaRefusesIsToldInWords(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), ensures)
	tw.Okta.Faults().Add(control.Fault{Op: "AddUserToGroup", Answer: "denied"})
	tw.ask("nina", "prod/User", "1 hour", "the group has rules")
	tw.press("grace", "Approve", "the group has rules")
	tw.sees("nina", "the group has rules", "Access could not be given", "okta AddUserToGroup: denied")
	tw.Okta.Faults().Clear()
	if err := tw.Okta.SetAppGroup(tw.config.Okta.IdentityCenterApp, tw.AssignmentGroup(), false); err != nil {
		t.Fatal(err)
	}
	tw.ask("nina", "prod/User", "1 hour", "the group gives nothing")
	tw.press("grace", "Approve", "the group gives nothing")
	tw.sees("nina", "the group gives nothing", "Access could not be given", "does not assign the Identity Center application")
	tw.seesIn("sam", sandbox.AdminChannel, "Nothing was changed for the Okta user "+tw.Person("nina").OktaID, "does not assign the Identity Center application")
	if tw.assigned("nina") || tw.member("nina", "prod/User") {
		t.Error("something was given")
	}
}

func TestSomebodyWhoIsDeactivatedWhileTheirAccountIsAwaited(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), ensures, often)
	tw.Okta.SetProvisionNever(true)
	tw.ask("nina", "prod/User", "1 hour", "left on the first day")
	tw.press("grace", "Approve", "left on the first day")
	tw.sees("nina", "left on the first day", "waiting for your account to appear")
	if err := tw.Okta.SetStatus(tw.Person("nina").OktaID, "SUSPENDED"); err != nil {
		t.Fatal(err)
	}
	tw.advance(6 * time.Minute)
	tw.sees("nina", "left on the first day", "Access has ended", "no longer active in Okta")
	tw.Okta.SetProvisionNever(false)
	tw.accountStays("nina")
	if tw.member("nina", "prod/User") || tw.assignments("nina", "prod/User") != 0 {
		t.Error("something was given to somebody who has left")
	}
}

// The process ends after Okta has added somebody and before that was written down.
func TestAnAccountThatWasGivenInACrashIsGivenOnce(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), ensures)
	tw.stop()
	if err := tw.Slack.WaitFor(tw.ctx(), func() bool { return len(tw.Slack.Connections()) == 0 }); err != nil {
		t.Fatal(err)
	}
	added, release := make(chan struct{}), make(chan struct{})
	first := true
	tw.start(func(call outbound.Call) {
		if call.Site == outbound.OktaAddUserToGroup && first {
			first = false
			close(added)
			<-release
		}
	})
	tw.ask("nina", "prod/User", "1 hour", "in the middle of it")
	tw.press("grace", "Approve", "in the middle of it")
	<-added
	if !tw.assigned("nina") {
		t.Error("not added")
	}
	tw.advance(time.Minute) // the claim runs on; nobody else takes it for lost
	close(release)
	tw.sees("nina", "in the middle of it", "Access is active")
	if n := tw.Okta.Faults().Count("AddUserToGroup"); n != 2 { // the account, and the target's group
		t.Errorf("added %d times", n)
	}
	tw.press("nina", "Give back", "in the middle of it")
	tw.sees("nina", "in the middle of it", "Access has ended", stays)
	tw.accountStays("nina")
}

func TestAnAccountThatIsLostBetweenAskingAndTheDecisionIsNotGivenSilently(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), ensures)
	tw.ask("ada", "prod/User", "1 hour", "had one a minute ago")
	card := tw.sees("grace", "had one a minute ago")
	if strings.Contains(card.Visible(), "no account in AWS") {
		t.Error("she has one")
	}
	if err := tw.Okta.SetMember(tw.AssignmentGroup(), tw.Person("ada").OktaID, false); err != nil {
		t.Fatal(err)
	}
	tw.click(card, "Approve")
	tw.sees("grace", "Your decision was not applied", "has lost their account in AWS IAM Identity Center since")
	if tw.assigned("ada") {
		t.Error("given one that nobody was asked about")
	}
	tw.ask("ada", "prod/User", "1 hour", "asked again")
	tw.press("grace", "Approve", "asked again", "Approving also gives them one")
	tw.sees("ada", "asked again", "Access is active")
	if !tw.account("ada") || !tw.has("ada", "prod/User") {
		t.Error("active without access")
	}
}

func TestWithoutTheOptInNobodyIsGivenAnAccount(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.ask("nina", "prod/User", "1 hour", "let me in")
	tw.sees("nina", "Your request was not made", "is not assigned to the AWS application in Okta")
	if tw.assigned("nina") {
		t.Error("given an account")
	}
}

func TestAccessIsGivenBackOnTheCard(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	card := tw.given("ada", "prod/User", "1 hour", "done early", "grace")
	if got := card.Buttons(); !slices.Equal(got, []string{"Open Airflow", "Extend", "Give back"}) {
		t.Fatalf("buttons: %q", got)
	}
	if err := card.Button("Give back").Decline(); err == nil {
		t.Fatal("nothing asks before it gives back")
	}
	id := card.Button("Give back").Value()
	tw.deliver(tw.forgedClick(tw.Person("chen").SlackID, messages.ActionGiveBack, id))
	tw.sees("chen", "Nothing was cancelled or given back", "only the requester")
	if !tw.has("ada", "prod/User") {
		t.Error("somebody else gave it back")
	}
	tw.click(card, "Give back")
	tw.click(card, "Give back") // a double click
	tw.sees("ada", "done early", "Access has ended", "It was given back")
	tw.click(card, "Give back") // an old rendering, after the end
	tw.idle()
	if told := tw.about("Nothing was cancelled or given back"); len(told) != 1 {
		t.Errorf("pressing it again was answered: %d messages", len(told))
	}
	if !tw.free("ada", "prod/User") {
		t.Error("ended, and still in place")
	}
	late := tw.given("ada", "prod/User", "1 hour", "to the end", "grace")
	tw.advance(time.Hour + time.Minute)
	tw.sees("ada", "to the end", "Access has ended", "Its time was over")
	tw.click(late, "Give back")
	tw.sees("ada", "Nothing was cancelled or given back", "the access has ended already")
	tw.sees("ada", "to the end", "Its time was over")
}

func TestGivenBackWhileTheAccountIsAwaited(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), ensures)
	tw.Okta.SetProvisionNever(true)
	tw.ask("nina", "prod/User", "1 hour", "it takes too long")
	tw.press("grace", "Approve", "it takes too long")
	tw.press("nina", "Give back", "it takes too long", "waiting for your account to appear")
	tw.sees("nina", "it takes too long", "Access has ended", "It was given back", "so the account may still appear")
	tw.Okta.SetProvisionNever(false)
	tw.accountStays("nina")
	if tw.member("nina", "prod/User") || tw.assignments("nina", "prod/User") != 0 {
		t.Error("something was given after it was given back")
	}
	if tw.presence("nina", string(access.AssignmentGroup)) != "present" {
		t.Error("the account is not known")
	}
}
