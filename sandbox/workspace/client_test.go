package workspace

import (
	"errors"
	"testing"

	"github.com/slack-go/slack"
)

func TestButtonsThatShareAnActionID(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	tw.run(agree)
	row := func(block, value string) slack.Block {
		return slack.NewActionBlock(block, slack.NewButtonBlockElement("take", value, plain("Take")))
	}
	_, ts, err := tw.api.PostMessage(general, slack.MsgOptionBlocks(row("one", "1"), row("two", "2"),
		slack.NewSectionBlock(mrkdwn("menu"), nil, slack.NewAccessory(slack.NewOverflowBlockElement("more", opt("x", "X"))), slack.SectionBlockOptionBlockID("three"))))
	if err != nil {
		t.Fatal(err)
	}
	m, err := tw.As(anna).Message(general, ts)
	if err != nil {
		t.Fatal(err)
	}
	r, err := m.Press(tw.ctx(), "two", "take")
	if err != nil {
		t.Fatal(err)
	}
	got := decode[slack.InteractionCallback](t, r.Delivery.Payload).ActionCallback.BlockActions
	if len(got) != 1 || got[0].BlockID != "two" || got[0].Value != "2" {
		t.Errorf("what the app heard: %+v", got)
	}
	for _, wrong := range [][2]string{{"three", "take"}, {"three", "more"}} {
		if _, err := m.Press(tw.ctx(), wrong[0], wrong[1]); !errors.Is(err, ErrNoSuchElement) {
			t.Errorf("%v: %v", wrong, err)
		}
	}
	if _, err := tw.As(visitor).Message(general, ts); !errors.Is(err, ErrNotThere) {
		t.Errorf("a stranger: %v", err)
	}
	if _, _, err := tw.api.DeleteMessage(general, ts); err != nil {
		t.Fatal(err)
	}
	if _, err := tw.As(anna).Message(general, ts); !errors.Is(err, ErrGone) {
		t.Errorf("a deleted one: %v", err)
	}
}

func TestFillingInTellsNobodyUntilEnter(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	tw.run(agree)
	form, _ := opened(t, tw)
	same := tw.As(anna).View(form.View().ID)
	before := len(tw.Deliveries())
	if err := same.Fill(tw.ctx(), "env", "env", "dev"); err != nil {
		t.Fatal(err)
	}
	if now := len(tw.Deliveries()); now != before {
		t.Errorf("%d deliveries for what was only filled in", now-before)
	}
	if v := same.Values()["env"]["env"]; str(obj(v, "selected_option"), "value") != "dev" {
		t.Errorf("it holds %v", v)
	}
	if err := same.Select(tw.ctx(), "env", "env", "prod"); err != nil {
		t.Fatal(err)
	}
	if now := len(tw.Deliveries()); now != before+1 {
		t.Errorf("%d deliveries for a choice that is dispatched", now-before)
	}
	if err := tw.As(boris).View(form.View().ID).Fill(tw.ctx(), "env", "env", "dev"); !errors.Is(err, ErrGone) {
		t.Errorf("somebody else's modal: %v", err)
	}
}

func TestUnread(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	post := func(channel string, opts ...slack.MsgOption) string {
		_, ts, err := tw.api.PostMessage(channel, opts...)
		if err != nil {
			t.Fatal(err)
		}
		return ts
	}
	want := func(when string, channel string, messages, mentions int) {
		t.Helper()
		if n, m := tw.As(anna).Unread(channel); n != messages || m != mentions {
			t.Errorf("%s: %d unread and %d mentions, want %d and %d", when, n, m, messages, mentions)
		}
	}
	want("before anything", general, 0, 0)
	ts := post(general, slack.MsgOptionText("one", false))
	post(general, slack.MsgOptionText("for <@"+anna+">", false))
	post(general, slack.MsgOptionText("for <!subteam^S0DATA>", false))
	post(general, slack.MsgOptionText("in a thread", false), slack.MsgOptionTS(ts))
	if _, err := tw.As(anna).Say(general, "", "mine"); err != nil {
		t.Fatal(err)
	}
	want("the channel", general, 3, 2)
	post(tw.As(anna).DM(), slack.MsgOptionText("only you", false))
	want("a direct message", "", 1, 1)
	if err := tw.As(anna).MarkRead(general); err != nil {
		t.Fatal(err)
	}
	want("after reading", general, 0, 0)
	want("the other conversation", "", 1, 1)
	post(general, slack.MsgOptionText("new", false))
	want("what came later", general, 1, 0)
	if err := tw.As(anna).MarkRead(ops); !errors.Is(err, ErrNotThere) {
		t.Errorf("a channel that is not hers: %v", err)
	}
	if n, _ := tw.As(gone).Unread(general); n != 0 {
		t.Errorf("somebody deactivated has %d unread", n)
	}
}
