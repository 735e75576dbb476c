package bot_test

import (
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/messages"
)

// A reviewer finds that less will do: the lower role is there, with its link, before the
// higher is taken away, and a forged click gets nobody anything.
func TestAReviewerReducesAccessToALowerRole(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), campaign("scope: {access: grants}, reviewers: [manager], fallback: [environment_owners], deadline: 7d"), unhurried)
	tw.given("ada", "prod/User", "4 hours", "the higher", "grace")
	tw.given("ben", "prod/Viewer", "4 hours", "the lowest", "grace")
	tw.idle()
	tw.starts()
	tw.sees("grace", stillNeeded, "0 of 2 are decided")

	form := tw.opensItems("grace")
	items, _ := tw.itemsOf(tw.occurrence())
	ada, ben := items["prod/User "+tw.Person("ada").Login], items["prod/Viewer "+tw.Person("ben").Login]
	if err := form.Select(tw.ctx(), ben.ID, messages.FieldChoice, messages.ChoiceReduce+"prod/Viewer"); err == nil {
		t.Error("the lowest role can be reduced")
	}
	if err := form.Select(tw.ctx(), ada.ID, messages.FieldChoice, messages.ChoiceReduce+"prod/Op"); err == nil {
		t.Error("it can be reduced to a higher role")
	}
	tw.must(tw.as("grace").OpenView().CloseAll(tw.ctx()))

	tw.certifies("grace", map[string]string{"ada": messages.ChoiceReduce + "prod/Viewer", "ben": "keep"})
	card := tw.sees("grace", stillNeeded, "2 of 2 are decided: 1 kept, 0 taken away, 1 reduced")
	tw.click(card, messages.ActionUndo)
	tw.sees("grace", stillNeeded, "0 of 2 are decided")
	tw.certifies("grace", map[string]string{"ada": messages.ChoiceReduce + "prod/Viewer", "ben": "keep"})
	if i := tw.stands("ada", access.ItemDecided, access.ReduceItem); i.ReduceTo != "prod/Viewer" {
		t.Errorf("%+v", i)
	}

	tw.advance(access.GraceOfReview + time.Minute)
	tw.sees("ada", "Access is active", "Viewer", "quarterly", "Approved", "Grace")
	if !tw.has("ada", "prod/Viewer") {
		t.Error("she is told of what is not there")
	}
	tw.advance(2 * time.Minute)
	tw.sees("ada", "the higher", "Access has ended", "reduced to prod/Viewer")
	tw.eventually("the higher is gone, and the lower is there", func() bool { return tw.free("ada", "prod/User") && tw.has("ada", "prod/Viewer") })
	tw.advance(2 * time.Minute)
	i := tw.stands("ada", access.ItemSettled, access.ReduceItem)
	tw.operate(func(op *bot.Operator) error {
		r, err := op.Store.Request(tw.ctx(), i.Lower)
		if err != nil {
			return err
		}
		decisions, err := op.Store.DecisionsOf(tw.ctx(), r.ID)
		if err != nil || len(decisions) != 1 || decisions[0].Decider.OktaID != tw.Person("grace").OktaID || r.Course.Reduced == nil || r.Course.Reduced.Item != i.ID {
			t.Errorf("%+v %+v %v", r.Course, decisions, err)
		}
		higher, err := op.Store.Grant(tw.ctx(), i.Grant)
		if err != nil {
			return err
		}
		lower, _, err := op.Store.GrantOf(tw.ctx(), i.Lower)
		if err == nil && (lower.EndAt.After(higher.EndAt) || !strings.Contains(higher.EndNote, "campaign quarterly")) {
			t.Errorf("%+v %+v", lower, higher)
		}
		return err
	})
	tw.home("sam", "quarterly", "2 of 2 are decided: 1 kept, 0 taken away, 1 reduced")
}
