package bot_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/sandbox/workspace"
	"airpass/store"
)

// Many are reduced at once: who does so sees first which to what, and which cannot be; takes
// it back, keeps one of them, and reduces the others. Nobody is without access in between.
func TestManyAreReducedAtOnce(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), campaign("reviewers: [{person: grace@example.com}], deadline: 7d"), unhurried)
	tw.given("ada", "prod/Op", "4 hours", "the highest", "olivia")
	tw.given("ben", "prod/User", "4 hours", "the middle", "grace")
	tw.given("chen", "prod/User", "4 hours", "kept after all", "grace")
	tw.given("alex", "prod/Viewer", "4 hours", "the lowest", "grace")
	tw.must(tw.IdentityCenter.Assign(tw.byHand("pavel", "prod/User")))
	tw.idle()
	tw.starts()
	tw.sees("grace", stillNeeded, "0 of 5 are decided")

	form := tw.choosesMany("grace", "all", "reduce")
	tw.shows(form, "3 are reduced to the next lower role", "ada@example.com – prod/Op → prod/User", "ben@example.com – prod/User → prod/Viewer", "chen@example.com – prod/User → prod/Viewer",
		"2 of those that you chose cannot be reduced, and are left out", "alex.kim@example.com – prod/Viewer: there is no lower role", "pavel@example.com – prod/User: standing access")
	tw.must(form.Type(tw.ctx(), "reason", "reason", "less will do"))
	tw.records(form)
	tw.click(tw.sees("grace", stillNeeded, "3 of 5 are decided: 0 kept, 0 taken away, 3 reduced"), "Take back the last (3)")
	tw.sees("grace", stillNeeded, "0 of 5 are decided")
	tw.certifies("grace", map[string]string{"chen": "keep"})
	tw.sees("grace", stillNeeded, "1 of 5 are decided")
	form = tw.choosesMany("grace", "all", "reduce")
	tw.shows(form, "2 are reduced to the next lower role", "2 of those that you chose cannot be reduced")
	tw.must(form.Type(tw.ctx(), "reason", "reason", "less will do"))
	tw.records(form)
	tw.sees("grace", stillNeeded, "3 of 5 are decided: 1 kept, 0 taken away, 2 reduced")

	tw.IdentityCenter.SetNeverCompletes(true) // AWS takes its time
	tw.advance(access.GraceOfReview + time.Minute)
	tw.eventually("the lower roles are asked for", func() bool { return tw.creations("ada", "prod/User") == 1 && tw.creations("ben", "prod/Viewer") == 1 })
	tw.advance(2 * time.Minute)
	tw.idle()
	if tw.deletions("ada", "prod/Op")+tw.deletions("ben", "prod/User") > 0 {
		t.Error("the higher role is taken away, and the lower is not there")
	}
	tw.IdentityCenter.SetNeverCompletes(false)
	tw.advance(2 * time.Minute)
	tw.sees("ada", "Access is active", "User", "less will do")
	tw.sees("ben", "Access is active", "Viewer", "less will do")
	tw.reduced("ada", "prod/Op", "prod/User")
	tw.reduced("ben", "prod/User", "prod/Viewer")
	if !tw.has("chen", "prod/User") || !tw.has("alex", "prod/Viewer") || tw.assignments("pavel", "prod/User") != 1 || tw.creations("chen", "prod/Viewer") > 0 {
		t.Error("more was changed than was said")
	}
	tw.stands("chen", access.ItemSettled, access.KeepItem)
	tw.stands("alex", access.ItemOpen, "")
	tw.stands("pavel", access.ItemOpen, "")
}

// shows looks at what stands in a form.
func (tw *town) shows(form *workspace.ViewHandle, words ...string) {
	tw.Helper()
	shown := form.View().Visible()
	for _, w := range words {
		if !strings.Contains(shown, w) {
			tw.Errorf("%q is not shown:\n%s", w, shown)
		}
	}
}

// reduced waits, as long as it takes, until nothing more comes of somebody's item, and looks
// at what is there then, and in which order that came.
func (tw *town) reduced(who, from, to string) {
	tw.Helper()
	var i access.CampaignItem
	for range 20 {
		items, _ := tw.itemsOf(tw.occurrence())
		if i = items[from+" "+tw.Person(who).Login]; i.State == access.ItemSettled {
			break
		}
		tw.advance(time.Minute)
		tw.idle()
	}
	if i.State != access.ItemSettled || i.Verdict != access.ReduceItem || i.ReduceTo != to || i.Comment != "less will do" || i.LastError+i.LowerFailed != "" {
		tw.Errorf("%+v", i)
	}
	if tw.assignments(who, from) != 0 || !tw.has(who, to) {
		tw.Errorf("%s is not reduced from %s to %s", who, from, to)
	}
	there := slices.IndexFunc(tw.trail(), func(e store.Recorded) bool { return e.Kind == "grant.active" && e.Request == i.Lower })
	goes := slices.IndexFunc(tw.trail(), func(e store.Recorded) bool { return e.Kind == "grant.revoking" && e.Grant == i.Grant })
	if there < 0 || goes < there {
		tw.Errorf("%s of %s: event %d says that the lower role is there, %d that the higher goes", from, who, there, goes)
	}
}
