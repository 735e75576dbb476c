package bot_test

import (
	"slices"
	"strings"
	"testing"

	"airpass/access"
	"airpass/messages"
	"airpass/sandbox/workspace"
)

// nineItems is a town in which Grace is asked about nine items, one more than fit into a form.
func nineItems(t *testing.T) *town {
	t.Helper()
	tw := settleWith(t, quick(), campaign("reviewers: [{person: grace@example.com}], deadline: 7d"), unhurried)
	for _, target := range []string{"prod/Viewer", "prod/User", "dev/User"} {
		for _, who := range []string{"ada", "ben", "dana"} {
			tw.must(tw.IdentityCenter.Assign(tw.byHand(who, target)))
		}
	}
	tw.idle()
	tw.starts()
	tw.sees("grace", stillNeeded, "0 of 9 are decided")
	return tw
}

// opensItems opens the form about items on the message of a campaign.
func (tw *town) opensItems(who string) *workspace.ViewHandle {
	tw.Helper()
	tw.press(who, messages.ActionCertify, stillNeeded)
	form, err := tw.as(who).WaitView(tw.ctx(), func(v workspace.View) bool { return v.CallbackID == messages.CallbackCertify })
	if err != nil {
		tw.Fatal("the form does not open:", err, tw.log)
	}
	return form
}

// asksAbout are the items that a form asks about: its fields are named by them.
func (tw *town) asksAbout(form *workspace.ViewHandle) (ids []string) {
	tw.Helper()
	items, _ := tw.itemsOf(tw.occurrence())
	for _, i := range items {
		if slices.ContainsFunc(form.View().Blocks, func(b workspace.Block) bool { return b["block_id"] == i.ID }) {
			ids = append(ids, i.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// Somebody is asked about more than fits into a form: it turns to the next page when one is
// recorded, and nothing that was said on the page before is lost or said twice. What is said
// of one item alone stands at that one.
func TestAFormTurnsToItsNextPage(t *testing.T) {
	t.Parallel()
	tw := nineItems(t)
	turn := func(form *workspace.ViewHandle, before []string) (next []string) {
		t.Helper()
		sent, err := form.Submit(tw.ctx())
		if err != nil || sent.Closed || len(sent.Errors) > 0 {
			t.Fatalf("the form does not turn: %+v, %v", sent, err)
		}
		tw.eventually("the next page is there", func() bool {
			next = tw.asksAbout(form)
			return len(next) > 0 && !slices.Contains(before, next[0])
		})
		return next
	}

	form := tw.opensItems("grace")
	first := tw.asksAbout(form)
	tw.must(form.Select(tw.ctx(), first[0], messages.FieldChoice, "keep"), form.Select(tw.ctx(), first[1], messages.FieldChoice, "revoke"),
		form.Type(tw.ctx(), messages.FieldReason, messages.FieldReason, "of the first page"))
	tw.comments(form, first[0], "of the first item")
	tw.comments(form, first[2], "of nothing that is decided")
	if sent, err := form.Submit(tw.ctx()); err != nil || sent.Closed || len(sent.Errors) != 1 || sent.Errors[messages.FieldComment+"."+first[2]] == "" {
		t.Fatalf("a comment is lost: %+v, %v", sent, err)
	}
	tw.must(form.Type(tw.ctx(), messages.FieldComment+"."+first[2], messages.FieldComment, ""))
	second := turn(form, first)
	if len(first) != access.MaxCertified || len(second) != 1 {
		t.Fatalf("the pages are of %d and %d items", len(first), len(second))
	}
	if all := form.Buttons(); len(all) > 0 {
		t.Errorf("one item has the comment of its form, and buttons: %q", all)
	}
	for block, fields := range form.Values() {
		for name, at := range fields {
			if name == messages.FieldReason && at["value"] != nil {
				t.Errorf("what was said of the first page stands on the second, in %s: %v", block, at)
			}
		}
	}
	tw.must(form.Select(tw.ctx(), second[0], messages.FieldChoice, "revoke"))
	if sent, err := form.Submit(tw.ctx()); err != nil || !sent.Closed {
		t.Fatalf("after the last page: %+v, %v", sent, err)
	}
	tw.sees("grace", stillNeeded, "3 of 9 are decided: 1 kept, 2 taken away")
	items, _ := tw.itemsOf(tw.occurrence())
	for _, i := range items {
		if said := i.State == access.ItemDecided; said != (i.ID == first[0] || i.ID == first[1] || i.ID == second[0]) {
			t.Errorf("%s is %s", i.ID, i.State)
		}
		if want := map[string]string{first[0]: "of the first item", first[1]: "of the first page"}[i.ID]; i.Comment != want {
			t.Errorf("of %s it is said: %q", i.ID, i.Comment)
		}
	}
}

// comments asks for a field in which something is said of one item alone, and fills it in.
func (tw *town) comments(form *workspace.ViewHandle, item, words string) {
	tw.Helper()
	if _, err := form.Press(tw.ctx(), "facts."+item, messages.ActionComment); err != nil {
		tw.Fatal(err)
	}
	tw.eventually("there is a field for a comment", func() bool {
		return form.Type(tw.ctx(), messages.FieldComment+"."+item, messages.FieldComment, words) == nil
	})
}

// Who only wants to look turns pages without saying anything; on the last there is nothing to
// turn to.
func TestAPageIsTurnedWithoutAWord(t *testing.T) {
	t.Parallel()
	tw := nineItems(t)
	form := tw.opensItems("grace")
	first := tw.asksAbout(form)
	sent, err := form.Submit(tw.ctx())
	if err != nil || sent.Closed {
		t.Fatalf("%+v, %v", sent, err)
	}
	var second []string
	tw.eventually("the next page", func() bool {
		second = tw.asksAbout(form)
		return len(second) == 1 && !slices.Contains(first, second[0])
	})
	if sent, err = form.Submit(tw.ctx()); err != nil || sent.Closed || len(sent.Errors) != 1 {
		t.Errorf("nothing was said on the last page: %+v, %v", sent, err)
	}
	for block := range sent.Errors {
		if !strings.HasPrefix(block, messages.FieldReason) {
			t.Errorf("it is said at %s", block)
		}
	}
	tw.sees("grace", stillNeeded, "0 of 9 are decided")
}

// Many are decided at once: who does so sees which first, decides about exactly those, and
// can take it back.
func TestManyAreDecidedAtOnce(t *testing.T) {
	t.Parallel()
	tw := nineItems(t)

	form := tw.choosesMany("grace", "target:prod/Viewer", "revoke")
	if shown := form.View().Visible(); !strings.Contains(shown, "3 are taken away") || strings.Count(shown, "prod/Viewer") != 3 || !strings.Contains(shown, "ada@example.com – prod/Viewer") {
		t.Errorf("it is shown: %s", shown)
	}
	tw.records(form)
	card := tw.sees("grace", stillNeeded, "3 of 9 are decided: 0 kept, 3 taken away")

	// What is open becomes something else while she looks: then nothing is decided.
	form = tw.choosesMany("grace", "all", "keep")
	tw.click(card, messages.ActionUndo)
	tw.sees("grace", stillNeeded, "0 of 9 are decided")
	tw.records(form)
	tw.sees("grace", "what is open is not what you were shown any more")
	tw.sees("grace", stillNeeded, "0 of 9 are decided")

	form = tw.choosesMany("grace", "all", "keep")
	tw.must(form.Type(tw.ctx(), messages.FieldReason, messages.FieldReason, "all of them, until the migration is over"))
	tw.records(form)
	card = tw.sees("grace", stillNeeded, "9 of 9 are decided: 9 kept, 0 taken away")
	items, _ := tw.itemsOf(tw.occurrence())
	for _, i := range items {
		if i.Verdict != access.KeepItem || i.Comment != "all of them, until the migration is over" || i.Decider.OktaID != tw.Person("grace").OktaID {
			t.Errorf("%+v", i)
		}
	}
	tw.click(card, messages.ActionUndo)
	tw.sees("grace", stillNeeded, "0 of 9 are decided")
}

// choosing opens the form in which many items of a campaign are chosen, and chooses them and
// what is said of them.
func (tw *town) choosing(who, which, verdict string) *workspace.ViewHandle {
	tw.Helper()
	tw.press(who, messages.ActionMany, stillNeeded)
	form, err := tw.as(who).WaitView(tw.ctx(), func(v workspace.View) bool { return v.CallbackID == messages.CallbackMany })
	tw.must(err)
	tw.must(form.Select(tw.ctx(), messages.FieldWhich, messages.FieldWhich, which), form.Select(tw.ctx(), messages.FieldVerdict, messages.FieldVerdict, verdict))
	return form
}

// choosesMany chooses many items of a campaign, and what is said of them, and returns the
// form that shows which they are.
func (tw *town) choosesMany(who, which, verdict string) *workspace.ViewHandle {
	tw.Helper()
	return tw.listed(who, tw.choosing(who, which, verdict))
}

// listed submits what is chosen, and waits for the form that shows which items that is.
func (tw *town) listed(who string, form *workspace.ViewHandle) *workspace.ViewHandle {
	tw.Helper()
	if sent, err := form.Submit(tw.ctx()); err != nil || sent.Closed || len(sent.Errors) > 0 {
		tw.Fatalf("which they are is not shown: %+v, %v", sent, err)
	}
	form, err := tw.as(who).WaitView(tw.ctx(), func(v workspace.View) bool { return v.CallbackID == messages.CallbackSure })
	tw.must(err)
	return form
}

func (tw *town) records(form *workspace.ViewHandle) {
	tw.Helper()
	if sent, err := form.Submit(tw.ctx()); err != nil || !sent.Closed {
		tw.Fatalf("it is not taken: %+v, %v", sent, err)
	}
}
