package bot_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/campaigns"
	"airpass/messages"
	"airpass/sandbox"
	"airpass/sandbox/identitycenter"
)

// manyItems is a town in which Grace is asked about so many items, half of each of two targets.
func manyItems(t *testing.T, items int) *town {
	t.Helper()
	o := unlimited()
	o.Scale = sandbox.Scale{People: items/2 + 30}
	tw := settleWith(t, o, campaign("reviewers: [{person: grace@example.com}], deadline: 7d"), unhurried)
	left := items
	for _, u := range tw.IdentityCenter.Users() {
		if u.Disabled || u.UserName == tw.Person("grace").Login || left == 0 {
			continue
		}
		for _, target := range []string{"prod/Viewer", "prod/User"} {
			at := tw.Target(target)
			tw.must(tw.IdentityCenter.Assign(identitycenter.Assignment{Account: at.Account, PermissionSetARN: at.PermissionSet, PrincipalType: identitycenter.PrincipalUser, PrincipalID: u.ID}))
			left--
		}
	}
	if left != 0 {
		t.Fatalf("nobody has %d of %d", left, items)
	}
	tw.idle()
	return tw
}

// slackCalls is how often Slack was asked for what since it was counted last.
func (tw *town) slackCalls() map[string]int {
	calls := map[string]int{}
	for _, c := range tw.Slack.Faults().Calls() {
		calls[c.Op]++
	}
	tw.Slack.Faults().ResetCalls()
	return calls
}

// costs says that something took no more calls to Slack than these: each other is for looking
// only.
func (tw *town) costs(what string, most map[string]int) {
	tw.Helper()
	tw.idle()
	calls := tw.slackCalls()
	for op, n := range calls {
		writes := strings.HasPrefix(op, "views.") || strings.HasPrefix(op, "chat.") && op != "chat.getPermalink"
		if writes && n > most[op] || n > 10 {
			tw.Errorf("%s took %d calls of %s, more than %v", what, n, op, most)
		}
	}
	tw.Logf("%s: %v", what, calls)
}

// fits says that everything somebody was ever shown in a view is what Slack takes.
// See https://docs.slack.dev/reference/views and https://docs.slack.dev/reference/block-kit.
func (tw *town) fits(who string) (shown int) {
	tw.Helper()
	for _, v := range tw.Slack.Views() {
		if v.User != tw.Person(who).SlackID {
			continue
		}
		for _, version := range v.Versions {
			shown++
			raw, err := json.Marshal(version.Blocks)
			tw.must(err)
			if len(version.Blocks) > 100 || len(raw)+len(v.PrivateMetadata) > 250_000 || len(v.PrivateMetadata) > 3000 {
				tw.Errorf("%s has %d blocks, %d bytes and %d of its own", v.CallbackID, len(version.Blocks), len(raw), len(v.PrivateMetadata))
			}
			for _, b := range version.Blocks {
				tw.short(v.CallbackID, b)
			}
		}
	}
	return shown
}

// short says that no text in a block is too long, and no list of options.
func (tw *town) short(view string, at any) {
	tw.Helper()
	switch at := at.(type) {
	case map[string]any:
		for key, below := range at {
			if text, is := below.(string); is && key == "text" && len([]rune(text)) > 3000 {
				tw.Errorf("%s has a text of %d characters", view, len([]rune(text)))
			}
			if options, is := below.([]any); is && key == "options" && len(options) > 100 {
				tw.Errorf("%s has %d options", view, len(options))
			}
			tw.short(view, below)
		}
	case []any:
		for _, below := range at {
			tw.short(view, below)
		}
	}
}

// A reviewer is asked about five hundred items. They read them page by page, decide half of
// them at once by what they have in common, take that back, and are done in two rounds. That
// takes as many calls to Slack as it would for a handful, and each view is one that Slack takes.
func TestAReviewerOfFiveHundredItemsIsDoneInAFewClicks(t *testing.T) {
	t.Parallel()
	const items = 500
	tw := manyItems(t, items)
	tw.slackCalls()
	tw.starts()
	tw.sees("grace", stillNeeded, "0 of 500 are decided")
	tw.costs("to ask", map[string]int{"chat.postMessage": 1, "chat.update": 2})

	form := tw.opensItems("grace")
	seen := map[string]bool{}
	for page := range 4 {
		ids := tw.asksAbout(form)
		if len(ids) != access.MaxCertified || slices.ContainsFunc(ids, func(id string) bool { return seen[id] }) {
			t.Fatalf("page %d asks about %v, after %v", page, ids, slices.Sorted(maps.Keys(seen)))
		}
		for _, id := range ids {
			seen[id] = true
		}
		if sent, err := form.Submit(tw.ctx()); err != nil || sent.Closed || len(sent.Errors) > 0 {
			t.Fatalf("page %d does not turn: %+v, %v", page, sent, err)
		}
		tw.eventually("the next page", func() bool {
			next := tw.asksAbout(form)
			return len(next) > 0 && !seen[next[0]]
		})
	}
	tw.must(form.CloseAll(tw.ctx()))
	tw.costs("five pages", map[string]int{"views.open": 1, "views.update": 4})

	// Half of them at once, shown first; and back.
	form = tw.choosesMany("grace", campaigns.ChooseTarget+"prod/Viewer", "revoke")
	tw.shows(form, "250 are taken away", "prod/Viewer")
	if strings.Contains(form.View().Visible(), "prod/User") {
		t.Error("more is shown than was chosen")
	}
	tw.records(form)
	card := tw.sees("grace", stillNeeded, "250 of 500 are decided: 0 kept, 250 taken away")
	tw.costs("half of them", map[string]int{"views.open": 1, "views.update": 1, "chat.update": 2})
	tw.advance(access.GraceOfReview - time.Minute)
	tw.click(card, "Take back the last (250)")
	tw.sees("grace", stillNeeded, "0 of 500 are decided")
	tw.costs("to take it back", map[string]int{"chat.update": 2})
	tw.advance(2 * time.Minute)
	tw.idle()
	if n := len(tw.IdentityCenter.Assignments()); n < items {
		t.Errorf("%d are left of %d: what was taken back came about", n, items)
	}

	// All of them, in as many rounds as one transaction takes.
	for round := range items / campaigns.MostAtOnce {
		form = tw.choosesMany("grace", campaigns.ChooseAll, "keep")
		tw.shows(form, "250 are kept")
		tw.records(form)
		tw.sees("grace", stillNeeded, []string{"250 of 500 are decided: 250 kept", "500 of 500 are decided: 500 kept"}[round])
	}
	tw.costs("all of them", map[string]int{"views.open": 2, "views.update": 2, "chat.update": 4})
	if n := tw.fits("grace"); n < 12 {
		t.Errorf("only %d views were looked at", n)
	}
	if n := len(tw.about(stillNeeded)); n != 1 {
		t.Errorf("%d messages ask", n)
	}
}

// Who is asked about one item presses one button, and sends one form.
func TestAReviewerOfOneItemIsDoneInTwoClicks(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), campaign("reviewers: [{person: grace@example.com}], deadline: 7d"), unhurried)
	tw.must(tw.IdentityCenter.Assign(tw.byHand("ada", "prod/Viewer")))
	tw.idle()
	tw.slackCalls()
	tw.starts()
	card := tw.sees("grace", stillNeeded, "0 of 1 are decided")
	if all := card.Buttons(); len(all) != 1 {
		t.Errorf("one item has the buttons %q", all)
	}
	tw.costs("to ask", map[string]int{"chat.postMessage": 1, "chat.update": 1})
	form := tw.opensItems("grace")
	if shown := form.View().Visible(); strings.Contains(shown, "the next come") || len(form.Buttons()) > 0 {
		t.Errorf("one item is asked about as if there were more: %s", shown)
	}
	item := tw.asksAbout(form)[0]
	tw.must(form.Select(tw.ctx(), item, messages.FieldChoice, "keep"))
	tw.records(form)
	tw.sees("grace", stillNeeded, "1 of 1 are decided: 1 kept")
	tw.costs("one item", map[string]int{"views.open": 1, "chat.update": 1})
	tw.fits("grace")
}
