package workspace

import (
	"testing"
	"time"

	"github.com/slack-go/slack"

	"airpass/sandbox/control"
)

func TestBudgetsTellWhatIsUsed(t *testing.T) {
	t.Parallel()
	tw := newTown(t, func(o *Options) { o.Rate = 0 })
	for range 3 {
		if _, _, err := tw.api.PostMessageContext(tw.ctx(), general, slack.MsgOptionText("hello", true)); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]control.Budget{
		windowForMessage + general: {Limit: postBurst, Window: control.Duration(time.Second)},
		windowForMessage + "all":   {Limit: postsAMinute, Window: control.Duration(time.Minute)},
	}
	for _, b := range tw.Budgets() {
		w, asked := want[b.Name]
		if !asked {
			continue
		}
		delete(want, b.Name)
		if b.Limit != w.Limit || b.Window != w.Window || b.Used < 1 || b.Used > 3 {
			t.Errorf("%+v", b)
		}
	}
	if len(want) > 0 {
		t.Errorf("not told: %v", want)
	}
	if free := newTown(t, nil).Budgets(); len(free) != 0 {
		t.Errorf("limits are off, and yet %v", free)
	}
}
