package chat_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"airpass/access"
	"airpass/chat"
	"airpass/sandbox/control"
	"airpass/sandbox/workspace"
)

func TestAMessageIsPostedAndFollowsWhatItShows(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	dm, err := tw.client.OpenDM(ctxOf(t), anna)
	must(t, err)
	if again, err := tw.client.OpenDM(ctxOf(t), anna); err != nil || again != dm || dm != tw.DM(anna) {
		t.Errorf("%s %s %v", dm, again, err)
	}
	ts, err := tw.client.Post(ctxOf(t), dm, chat.Message{Text: "a &amp; b", Blocks: []slack.Block{section("Waiting")}, Key: "msg-1"})
	must(t, err)
	m, ok := tw.Message(dm, ts)
	if !ok || m.Text != "a &amp; b" || m.Metadata == nil || m.Metadata.EventType != "airpass_message" || m.Metadata.EventPayload["key"] != "msg-1" {
		t.Errorf("text is sent as it is, with its key: %+v", m)
	}
	must(t, tw.client.Update(ctxOf(t), dm, ts, chat.Message{Text: "done", Blocks: []slack.Block{section("Approved")}, Key: "msg-1"}))
	if m, _ := tw.Message(dm, ts); !strings.Contains(m.Visible(), "Approved") || len(m.Versions) != 2 || m.Metadata == nil {
		t.Errorf("%+v", m)
	}
	must(t, tw.client.Update(ctxOf(t), dm, ts, chat.Message{Text: "only words"}))
	if m, _ := tw.Message(dm, ts); len(m.Blocks) != 0 || m.Text != "only words" {
		t.Errorf("blocks stayed: %+v", m)
	}
	if ts, found, err := tw.client.FindByKey(ctxOf(t), dm, "msg-1", time.Time{}); err != nil || !found || ts != m.TS {
		t.Errorf("found again after updates: %s %v %v", ts, found, err)
	}
	failure(t, "a message that is not there", tw.client.Update(ctxOf(t), dm, "1.000001", chat.Message{Text: "x"}), access.Missing)
	must(t, tw.client.Ephemeral(ctxOf(t), general, anna, chat.Message{Text: "only for you"}))
	failure(t, "somebody who is not in the channel", tw.client.Ephemeral(ctxOf(t), general, "U0NOBODY", chat.Message{Text: "x"}), access.Missing)
}

func TestWhereNothingCanBePosted(t *testing.T) {
	t.Parallel()
	tw := newTown(t, func(o *workspace.Options) {
		o.App.BotScopes = []string{"chat:write", "im:write", "channels:history"}
	})
	tw.AddChannel(workspace.Channel{ID: "C0OTHER", Name: "other", Members: []string{anna}})
	for channel, class := range map[string]access.Class{
		"C0NOTHING": access.Missing, secret: access.Missing, old: access.Missing, "C0OTHER": access.Denied,
	} {
		_, err := tw.client.Post(ctxOf(t), channel, chat.Message{Text: "x"})
		failure(t, channel, err, class)
	}
	for _, user := range []string{gone, "U0NOBODY", tw.App().BotUserID} {
		_, err := tw.client.OpenDM(ctxOf(t), user)
		failure(t, user, err, access.Missing)
	}
	_, err := tw.client.Post(ctxOf(t), general, chat.Message{})
	failure(t, "a message that says nothing", err, access.Rejected)
	var many []slack.Block
	for i := range 51 {
		many = append(many, section(fmt.Sprint(i)))
	}
	_, err = tw.client.Post(ctxOf(t), general, chat.Message{Text: "x", Blocks: many})
	failure(t, "too many blocks", err, access.Rejected)
	_, _, err = tw.client.FindByKey(ctxOf(t), tw.DM(anna), "k", time.Time{})
	failure(t, "a history without its scope", err, access.Denied)
}

// The reply to a post is lost: the message stands, and is found instead of posted twice.
func TestAMessageWhosePostWasNotAnsweredIsFound(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	since := tw.clock.Now()
	tw.Faults().Add(control.Fault{Op: "chat.postMessage", Times: 1, LoseReply: true})
	_, err := tw.client.Post(ctxOf(t), general, chat.Message{Text: "hello", Key: "msg-1"})
	if v := failure(t, "the reply was lost", err, access.Unavailable); !v.MayHaveHappened() {
		t.Errorf("%+v", v)
	}
	if n := tw.Faults().Count("chat.postMessage"); n != 1 || len(tw.Messages(general)) != 1 {
		t.Errorf("%d calls, %d messages", n, len(tw.Messages(general)))
	}
	ts, found, err := tw.client.FindByKey(ctxOf(t), general, "msg-1", since)
	if err != nil || !found || ts != tw.Messages(general)[0].TS {
		t.Errorf("%s %v %v", ts, found, err)
	}
	if _, found, err := tw.client.FindByKey(ctxOf(t), general, "msg-2", since); err != nil || found {
		t.Errorf("another key: %v %v", found, err)
	}
	if _, found, err := tw.client.FindByKey(ctxOf(t), general, "msg-1", since.Add(10*time.Minute)); err != nil || found {
		t.Errorf("from before: %v %v", found, err)
	}
	tw.Faults().Add(control.Fault{Op: "conversations.history", Times: 1, Answer: "throttled"})
	_, found, err = tw.client.FindByKey(ctxOf(t), general, "msg-1", since)
	if failure(t, "no answer", err, access.Throttled); found {
		t.Error("found without an answer")
	}
}

func TestAKeyIsFoundBehindManyMessages(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	_, err := tw.client.Post(ctxOf(t), general, chat.Message{Text: "hello", Key: "msg-1"})
	must(t, err)
	for range 450 {
		_, err := tw.client.Post(ctxOf(t), general, chat.Message{Text: "chatter"})
		must(t, err)
	}
	if _, found, err := tw.client.FindByKey(ctxOf(t), general, "msg-1", time.Time{}); err != nil || !found {
		t.Errorf("%v %v", found, err)
	}
	if n := tw.Faults().Count("conversations.history"); n != 3 {
		t.Errorf("%d pages", n)
	}
	if _, found, err := tw.client.FindByKey(ctxOf(t), general, "other", time.Time{}); err != nil || found {
		t.Errorf("%v %v", found, err)
	}
}

// scripted answers auth.test, and every page of a history with the same message.
func scripted(t *testing.T, message string) *chat.Client {
	t.Helper()
	return odd(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "auth.test") {
			_, _ = w.Write([]byte(`{"ok":true,"team_id":"T1","user_id":"U1","bot_id":"B1"}`))
			return
		}
		_, _ = fmt.Fprintf(w, `{"ok":true,"messages":[%s],"has_more":true,"response_metadata":{"next_cursor":"more"}}`, message)
	})
}

func TestASearchThatDoesNotEndProvesNothing(t *testing.T) {
	t.Parallel()
	const form = `{"type":"message","ts":"1.000001","user":"%s","text":"x","metadata":{"event_type":"airpass_message","event_payload":{"key":"k"}}}`
	ours := scripted(t, fmt.Sprintf(form, "U1"))
	if ts, found, err := ours.FindByKey(ctxOf(t), general, "k", time.Time{}); err != nil || !found || ts != "1.000001" {
		t.Errorf("%s %v %v", ts, found, err)
	}
	copied := scripted(t, fmt.Sprintf(form, "U2"))
	_, found, err := copied.FindByKey(ctxOf(t), general, "k", time.Time{})
	if !errors.Is(err, access.ErrUnverifiable) || found {
		t.Errorf("another's message with our key: %v %v", found, err)
	}
}

func TestAModalOpensAndChanges(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	t.Cleanup(receiver.Close)
	tw.SetRequestURLs(workspace.RequestURLs{Commands: receiver.URL})
	asked, err := tw.As(anna).Slash(ctxOf(t), "/airflow", "", general)
	must(t, err)
	opens := func(c *chat.Client, trigger, words string) error {
		_, _, err := c.OpenView(ctxOf(t), trigger, modal(words))
		return err
	}
	updates := func(id, hash, words string) error {
		_, err := tw.client.UpdateView(ctxOf(t), id, hash, modal(words))
		return err
	}
	id, hash, err := tw.client.OpenView(ctxOf(t), asked.TriggerID, modal("Loading"))
	must(t, err)
	open := tw.OpenViews(anna)
	if len(open) != 1 || !strings.Contains(open[0].Visible(), "Loading") {
		t.Fatalf("%+v", open)
	}
	now, err := tw.client.UpdateView(ctxOf(t), id, hash, modal("Here you are"))
	must(t, err)
	if v, _ := tw.View(open[0].ID); !strings.Contains(v.Visible(), "Here you are") || v.Hash != now || now == hash || id != v.ID {
		t.Errorf("%s", v.Visible())
	}
	failure(t, "a trigger id serves once", opens(tw.client, asked.TriggerID, "again"), access.Rejected)
	failure(t, "no trigger id", opens(tw.client, "", "x"), access.Rejected)
	failure(t, "a modal that shows something else now", updates(id, hash, "stale"), access.Conflict)
	failure(t, "a modal that is gone", updates("V0NOTHERE", "", "x"), access.Missing)
	tw.Faults().Add(control.Fault{Op: "views.update", Times: 1, LoseReply: true})
	failure(t, "the reply was lost", updates(id, "", "later"), access.Unavailable)
	nothing := odd(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) })
	failure(t, "nothing said", opens(nothing, "1.2.3", "x"), access.Unavailable)
}
