package bot_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/bot"
	campaignreport "airpass/campaigns/report"
	"airpass/messages"
	"airpass/sandbox/workspace"
	"airpass/store"
)

// Somebody has another be asked, with a comment, which that one reads. They take it back as long
// as nothing was said; a click on the same button once more takes nothing else back. The trail
// has all of it, and what was said; the other one reads that nothing waits for them.
func TestThatSomebodyElseIsAskedCanBeTakenBack(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), campaign("reviewers: [{person: grace@example.com}], deadline: 7d"), unhurried)
	for _, who := range []string{"ada", "ben", "chen"} {
		tw.must(tw.IdentityCenter.Assign(tw.byHand(who, "prod/Viewer")))
	}
	tw.idle()
	tw.starts()
	tw.sees("grace", stillNeeded, "0 of 3 are decided")
	asksSam := func() {
		tw.Helper()
		tw.certifies("grace", map[string]string{"ada": messages.ChoiceDelegate}, tw.other("sam"), func(form *workspace.ViewHandle) {
			tw.must(form.Type(tw.ctx(), messages.FieldReason, messages.FieldReason, "you know her project"))
		})
		tw.sees("sam", stillNeeded, "0 of 1 are decided")
	}
	tw.certifies("grace", map[string]string{"ben": "keep"})
	tw.sees("grace", stillNeeded, "1 of 3 are decided")
	asksSam()
	form := tw.opensItems("sam")
	tw.shows(form, "Grace Adeyemi has had others asked about it: “you know her project”")

	card := tw.sees("grace", stillNeeded, "1 of 2 are decided", "Take back the last (1)")
	tw.click(card, messages.ActionUndo)
	tw.sees("grace", stillNeeded, "1 of 3 are decided")
	tw.sees("sam", stillNeeded, "Nothing here waits for you")
	if i := tw.stands("ada", access.ItemOpen, ""); len(i.Passed) != 0 {
		t.Errorf("%+v", i)
	}
	tw.certifies("grace", map[string]string{"chen": "keep"}) // something else was said last
	tw.sees("grace", stillNeeded, "2 of 3 are decided")
	items := tw.asksAbout(form) // Sam has the form open still
	tw.must(form.Select(tw.ctx(), items[0], messages.FieldChoice, "revoke"))
	tw.records(form)
	tw.sees("sam", "you are not asked about it, or not any more")
	tw.stands("ada", access.ItemOpen, "")

	asksSam()
	tw.certifies("sam", map[string]string{"ada": "revoke"})
	tw.stands("ada", access.ItemDecided, access.RevokeItem)
	var kinds []access.EventKind
	for _, e := range tw.trail() {
		if slices.Contains([]access.EventKind{"item.delegated", "item.undone"}, e.Kind) {
			kinds = append(kinds, e.Kind)
			passed(t, e)
		}
	}
	if !slices.Equal(kinds, []access.EventKind{"item.delegated", "item.undone", "item.delegated"}) {
		t.Errorf("%v", kinds)
	}
	tw.advance(access.GraceOfReview + time.Minute)
	tw.stands("ada", access.ItemSettled, access.RevokeItem)
	var page bytes.Buffer
	tw.operate(func(op *bot.Operator) error {
		return campaignreport.Write(tw.ctx(), op.Store, tw.occurrence().ID, campaignreport.HTML, "", &page)
	})
	if text := page.String(); !strings.Contains(text, "grace@example.com has had others asked: “you know her project”") || strings.Contains(text, "past airpass") {
		t.Errorf("the report does not say why Sam was asked, or doubts it:\n%s", text)
	}
}

// passed looks at what the trail says of who is asked.
func passed(t *testing.T, e store.Recorded) {
	t.Helper()
	if asked := e.Kind == "item.delegated"; asked != (e.Personal["facts"] != "" && e.Personal["comment"] == "you know her project") {
		t.Errorf("%s: what was shown and said is %q", e.Kind, e.Personal)
	}
	if e.Facts["panel"] == "" || e.Facts["panel_before"] == "" || e.Facts["panel"] == e.Facts["panel_before"] || e.Facts["reviewers"] == "" {
		t.Errorf("%s: %v", e.Kind, e.Facts)
	}
}
