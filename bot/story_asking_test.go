package bot_test

import (
	"strings"
	"testing"

	"airpass/messages"
	"airpass/sandbox"
	"airpass/sandbox/workspace"
)

// roles are what a form offers as roles.
func (tw *town) roles(form *workspace.ViewHandle) string {
	tw.Helper()
	all, err := form.Options(tw.ctx(), "", messages.FieldRole, "")
	if err != nil {
		tw.Fatal(err)
	}
	var names []string
	for _, o := range all {
		names = append(names, o.Text)
	}
	return strings.Join(names, ", ")
}

func TestTheFormOffersWhatOneMayAskForAndSaysWhoDecides(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.types("ada", "", "")
	form := tw.asking("ada")
	tw.fillsIn(form, "prod", "User", "1 hour", "who is it?")
	tw.formSays(form, "Will be decided by", "Grace Adeyemi", "an owner of the environment")
	if got := tw.roles(form); got != "Viewer, User, Op" {
		t.Errorf("ada is offered %s in prod", got)
	}
	tw.types("pavel", "", "")
	other := tw.asking("pavel")
	tw.fillsIn(other, "prod", "Admin", "1 hour", "as I am on call")
	tw.formSays(other, "Will be decided by")
	tw.isTaken(form)
	tw.sees("grace", "who is it?", "Approve")

	// What is not offered is refused all the same.
	tw.deliver(tw.forgedAsk(tw.Person("ada").SlackID, "prod/Admin", "1h", "all of it"))
	tw.sees("ada", "Your request was not made", "not in one of the Okta groups")
	forged := tw.forgedAsk(tw.Person("ada").SlackID, "dev/Op", "1h", "a role that dev has not")
	forged["view"].(map[string]any)["id"] = "V0OTHER"
	tw.deliver(forged)
	if all := tw.about("a role that dev has not"); len(all) > 0 {
		t.Errorf("taken: %+v", all)
	}
}

func TestAskingForWhatOneHasOffersMoreTime(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.given("ada", "prod/User", "1 hour", "the nightly run", "grace")
	tw.types("ada", "request prod User 2h", "")
	form := tw.asking("ada")
	tw.formSays(form, "You have User in prod already, until")
	if err := form.Type(tw.ctx(), "", messages.FieldReason, "it takes longer"); err != nil {
		t.Fatal(err)
	}
	if _, err := form.Button("Ask for more time instead").Click(tw.ctx()); err != nil {
		t.Fatal(err)
	}
	extend, err := tw.as("ada").WaitView(tw.ctx(), func(v workspace.View) bool { return v.CallbackID == messages.CallbackExtend })
	if err != nil {
		t.Fatal(err, tw.log)
	}
	if held := extend.Values(); held[messages.FieldReason][messages.FieldReason]["value"] != "it takes longer" ||
		held[messages.FieldDuration][messages.FieldDuration]["selected_option"].(map[string]any)["value"] != "2h0m0s" {
		t.Errorf("not filled in: %+v", held)
	}
	tw.isTaken(extend)
	tw.press("grace", "Approve", "it takes longer", "It makes access longer")
	tw.sees("ada", "the nightly run", "It was extended until")
	if n := tw.creations("ada", "prod/User"); n != 1 {
		t.Errorf("%d assignments were made", n)
	}
}

// What is said in one line is asked for longer by one more click, with all that was said.
func TestOneLineForWhatOneHasOffersMoreTime(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.given("ada", "prod/User", "1 hour", "the nightly run", "grace")
	tw.types("ada", "request prod User 2h because it takes longer", sandbox.RequestsChannel)
	offer := tw.isTold("ada", sandbox.RequestsChannel, "Your request was not made", "you have this access already", "User in prod", "Ask for 2 hours more")
	tw.click(offer, "Ask for 2 hours more")
	tw.press("grace", "Approve", "it takes longer", "It makes access longer")
	tw.sees("ada", "the nightly run", "It was extended until")
	if n := tw.creations("ada", "prod/User"); n != 1 {
		t.Errorf("%d assignments were made", n)
	}
}

func TestAnOpenRequestIsShownInsteadOfASecond(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick())
	tw.ask("ada", "prod/Viewer", "1 hour", "look at <!channel> logs")
	tw.sees("grace", "logs", "Approve")
	tw.types("ada", "request prod Viewer", "")
	form := tw.asking("ada")
	tw.formSays(form, "You have asked for Viewer in prod for 1 hour already", "May be decided by the manager (Grace Adeyemi)", "The reason: look at")
	if seen := form.View().Visible(); strings.Contains(seen, "<!channel>") {
		t.Errorf("a mention: %s", seen)
	}
	tw.fillsIn(form, "prod", "Viewer", "1 hour", "look at <!channel> logs ")
	tw.isTaken(form)
	shown := tw.sees("ada", "Your request was not made", "you have asked for exactly this already", "Viewer in prod", "May be decided by", "Show its message")
	card := tw.sees("ada", "logs", "Waiting for approval")
	led, err := shown.Button("Show its message").Click(tw.ctx())
	if to := card.Channel + "/p" + strings.ReplaceAll(card.TS, ".", ""); err != nil || !strings.HasSuffix(led.URL, to) {
		t.Errorf("it leads to %+v, not to %s: %v", led, to, err)
	}
	tw.types("ada", "request prod Viewer 1h because and the other logs", "")
	tw.sees("grace", "and the other logs", "Approve")
}
