package workspace

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
)

// wants checks Slack's error name; "" is success.
func wants(t *testing.T, what string, err error, code string) {
	t.Helper()
	got := ""
	if err != nil {
		got = err.Error()
	}
	if got != code {
		t.Errorf("%s: got error %q, want %q", what, got, code)
	}
}

func TestTokensAndScopes(t *testing.T) {
	t.Parallel()
	tw := newTown(t, func(o *Options) { o.App.BotScopes = []string{"chat:write", "im:write", "users:read"} })
	client := func(token string) *slack.Client { return slack.New(token, slack.OptionAPIURL(tw.APIURL())) }
	_, err := client("xoxb-wrong").AuthTest()
	wants(t, "a wrong token", err, "invalid_auth")
	_, err = client("").AuthTest()
	wants(t, "no token", err, "not_authed")
	_, err = client(tw.AppToken()).AuthTest()
	wants(t, "the app-level token", err, "not_allowed_token_type")
	_, _, err = slack.New("", slack.OptionAPIURL(tw.APIURL()), slack.OptionAppLevelToken(tw.BotToken())).StartSocketModeContext(t.Context())
	wants(t, "the bot token for Socket Mode", err, "not_allowed_token_type")

	me, err := tw.api.AuthTest()
	if err != nil || me.TeamID != tw.TeamID() || me.UserID != tw.App().BotUserID || me.BotID != tw.App().BotID {
		t.Errorf("auth.test: %+v %v", me, err)
	}
	if got := me.Header.Get("X-OAuth-Scopes"); got != "chat:write,im:write,users:read" {
		t.Errorf("X-OAuth-Scopes: %q", got)
	}
	_, err = tw.api.GetUserByEmail("anna@example.com")
	var refused slack.SlackErrorResponse
	if !errors.As(err, &refused) || refused.Err != "missing_scope" || refused.Needed != "users:read.email" || !strings.Contains(refused.Provided, "im:write") {
		t.Errorf("missing_scope names what is needed and provided: %+v", err)
	}
	u, err := tw.api.GetUserInfo(anna)
	if err != nil || u.Profile.Email != "" {
		t.Errorf("without users:read.email no address: %q %v", u.Profile.Email, err)
	}
	_, _, err = tw.api.PostMessage("C0GENERAL2", slack.MsgOptionText("x", false))
	wants(t, "an unknown channel", err, "channel_not_found")
	_, err = tw.api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: ops})
	if !errors.As(err, &refused) || refused.Needed != "groups:history" {
		t.Errorf("a private channel's history needs groups:history: %v", err)
	}
	resp, err := http.PostForm(tw.APIURL()+"chat.explode", url.Values{"token": {tw.BotToken()}})
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK || !strings.Contains(string(body), `"unknown_method"`) {
		t.Errorf("an unknown method: %d %s", resp.StatusCode, body)
	}
}

func TestPeople(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	u, err := tw.api.GetUserInfo(anna, slack.GetUserInfoOptionIncludeLocale(true))
	if err != nil || u.Profile.Email != "anna@example.com" || !u.IsEmailConfirmed || u.TZ != "Europe/Berlin" || u.Locale != "de-DE" ||
		u.Profile.DisplayName != "Anna" || u.Profile.Title != "Data engineer" || u.TeamID != tw.TeamID() {
		t.Errorf("users.info: %+v %v", u, err)
	}
	if u, err = tw.api.GetUserInfo(anna, slack.GetUserInfoOptionIncludeLocale(false)); err != nil || u.Locale != "" {
		t.Errorf("a locale that was not asked for: %q %v", u.Locale, err)
	}
	byMail, err := tw.api.GetUserByEmail("ANNA@example.com")
	if err != nil || byMail.ID != anna || byMail.Locale != "" {
		t.Errorf("users.lookupByEmail: %+v %v", byMail, err)
	}
	_, err = tw.api.GetUserByEmail("greta@example.com")
	wants(t, "a deactivated person's address", err, "users_not_found")
	_, err = tw.api.GetUserInfo("U0NOBODY")
	wants(t, "nobody", err, "user_not_found")
	greta, err := tw.api.GetUserInfo(gone)
	if err != nil || !greta.Deleted {
		t.Errorf("a deactivated person: %+v %v", greta, err)
	}
	g, err := tw.api.GetUserInfo(guest)
	if err != nil || !g.IsRestricted || g.IsUltraRestricted {
		t.Errorf("a guest: %+v %v", g, err)
	}
	all, err := tw.api.GetUsers(slack.GetUsersOptionLimit(3))
	if err != nil || len(all) != 7 || !all[0].IsBot {
		t.Errorf("users.list in pages: %d %v", len(all), err)
	}
	same := 0
	for _, u := range all {
		if u.Profile.DisplayName == "Anna" {
			same++
		}
	}
	if same != 2 {
		t.Errorf("%d people are called Anna", same)
	}
	groups, err := tw.api.GetUserGroups(slack.GetUserGroupsOptionIncludeUsers(true), slack.GetUserGroupsOptionIncludeCount(true))
	if err != nil || len(groups) != 1 || !slices.Equal(groups[0].Users, []string{anna}) || groups[0].UserCount != 1 {
		t.Errorf("usergroups.list: %+v %v", groups, err)
	}
	members, err := tw.api.GetUserGroupMembers("S0DATA")
	if err != nil || !slices.Equal(members, []string{anna}) {
		t.Errorf("usergroups.users.list leaves the deactivated out: %v %v", members, err)
	}
	tw.UpdateUser(boris, func(u *User) { u.Away, u.EmailUnconfirmed = true, true })
	if p, err := tw.api.GetUserPresence(boris); err != nil || p.Presence != "away" {
		t.Errorf("users.getPresence: %+v %v", p, err)
	}
	if b, _ := tw.api.GetUserInfo(boris); b.IsEmailConfirmed {
		t.Error("the address is not confirmed")
	}
	team, err := tw.api.GetTeamInfo()
	if err != nil || team.ID != tw.TeamID() || team.Domain != "sandbox" {
		t.Errorf("team.info: %+v %v", team, err)
	}
	bot, err := tw.api.GetBotInfo(slack.GetBotInfoParameters{Bot: tw.App().BotID})
	if err != nil || bot.UserID != tw.App().BotUserID {
		t.Errorf("bots.info: %+v %v", bot, err)
	}
}

func TestConversations(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	im, _, already, err := tw.api.OpenConversation(&slack.OpenConversationParameters{Users: []string{anna}, ReturnIM: true})
	if err != nil || already || !im.IsIM || im.User != anna {
		t.Errorf("conversations.open: %+v %v", im, err)
	}
	again, noop, _, err := tw.api.OpenConversation(&slack.OpenConversationParameters{Users: []string{anna}})
	if err != nil || again.ID != im.ID || !noop {
		t.Errorf("it is the same conversation: %v %v", again, err)
	}
	_, _, _, err = tw.api.OpenConversation(&slack.OpenConversationParameters{Users: []string{gone}})
	wants(t, "a deactivated person", err, "user_disabled")
	_, _, _, err = tw.api.OpenConversation(&slack.OpenConversationParameters{Users: []string{"U0NOBODY"}})
	wants(t, "nobody", err, "user_not_found")
	group, _, _, err := tw.api.OpenConversation(&slack.OpenConversationParameters{Users: []string{anna, boris}, ReturnIM: true})
	if err != nil || !group.IsMpIM {
		t.Errorf("a group conversation: %+v %v", group, err)
	}

	info, err := tw.api.GetConversationInfo(&slack.GetConversationInfoInput{ChannelID: joint, IncludeNumMembers: true})
	if err != nil || !info.IsExtShared || !info.IsShared || info.NumMembers != 3 || !info.IsMember {
		t.Errorf("a shared channel: %+v %v", info, err)
	}
	_, err = tw.api.GetConversationInfo(&slack.GetConversationInfoInput{ChannelID: secret})
	wants(t, "a private channel without the app", err, "channel_not_found")
	members, next, err := tw.api.GetUsersInConversation(&slack.GetUsersInConversationParameters{ChannelID: general, Limit: 3})
	if err != nil || len(members) != 3 || next == "" {
		t.Errorf("conversations.members: %v %v", members, err)
	}
	list, _, err := tw.api.GetConversations(&slack.GetConversationsParameters{Types: []string{"public_channel", "private_channel"}, ExcludeArchived: true})
	if err != nil || len(list) != 3 {
		t.Errorf("conversations.list: %d %v", len(list), err)
	}
	mine, _, err := tw.api.GetConversationsForUser(&slack.GetConversationsForUserParameters{UserID: guest})
	if err != nil || len(mine) != 1 || mine[0].ID != general {
		t.Errorf("users.conversations: %+v %v", mine, err)
	}
	tw.AddChannel(Channel{ID: "C0NEW", Name: "new"})
	if _, _, _, err = tw.api.JoinConversation("C0NEW"); err != nil {
		t.Error(err)
	}
	if c, _ := tw.Channel("C0NEW"); !c.Has(tw.App().BotUserID) {
		t.Error("the app did not join")
	}
	_, _, _, err = tw.api.JoinConversation(ops)
	wants(t, "joining a private channel", err, "method_not_supported_for_channel_type")
}

func TestPostingAndEditing(t *testing.T) {
	t.Parallel()
	tw := newTown(t, func(o *Options) {
		o.App.BotScopes = slices.DeleteFunc(DefaultBotScopes(), func(s string) bool { return s == "chat:write.public" })
	})
	text := slack.MsgOptionText("a <b> & <!channel>", true)
	_, ts, err := tw.api.PostMessage(general, text)
	if err != nil {
		t.Fatal(err)
	}
	m, _ := tw.Message(general, ts)
	if m.Text != "a &lt;b&gt; &amp; &lt;!channel&gt;" || len(m.Notifies()) != 0 {
		t.Errorf("escaped text: %q notifies %v", m.Text, m.Notifies())
	}
	tw.AddChannel(Channel{ID: "C0NEW", Name: "new"})
	post := func(channel string) error { _, _, err := tw.api.PostMessage(channel, text); return err }
	wants(t, "a public channel without the app", post("C0NEW"), "not_in_channel")
	wants(t, "a private one", post(secret), "channel_not_found")
	wants(t, "an archived one", post(old), "is_archived")
	wants(t, "a deactivated person", post(gone), "channel_not_found")
	tw.AddUser(User{ID: "U0FAR", TeamID: "T0OTHER", Name: "far"})
	wants(t, "a stranger without a common channel", post("U0FAR"), "channel_not_found")
	wants(t, "a person's id means their direct message", post(anna), "")
	if got := tw.As(anna).Messages(""); len(got) != 1 {
		t.Errorf("Anna's direct messages: %+v", got)
	}
	_, _, err = tw.api.PostMessage(general)
	wants(t, "nothing to say", err, "no_text")

	long := strings.Repeat("ü", 4001)
	_, _, _, err = tw.api.UpdateMessage(general, ts, slack.MsgOptionText(long, false))
	wants(t, "an update over 4,000 characters", err, "msg_too_long")
	_, cut, err := tw.api.PostMessage(general, slack.MsgOptionText(strings.Repeat("ü", 40_010), false))
	if m, _ := tw.Message(general, cut); err != nil || len([]rune(m.Text)) != 40_000 {
		t.Errorf("40,010 characters become 40,000: %d %v", len([]rune(m.Text)), err)
	}
	_, _, _, err = tw.api.UpdateMessage(general, "1.000000", text)
	wants(t, "no such message", err, "message_not_found")
	annas, err := tw.As(anna).Say(general, "", "hello")
	if err != nil {
		t.Fatal(err)
	}
	_, _, _, err = tw.api.UpdateMessage(general, annas.TS, text)
	wants(t, "somebody else's message", err, "cant_update_message")
	_, _, err = tw.api.DeleteMessage(general, annas.TS)
	wants(t, "somebody else's message", err, "cant_delete_message")
	_, _, err = tw.api.DeleteMessage(general, ts)
	wants(t, "our own", err, "")
	_, _, err = tw.api.DeleteMessage(general, ts)
	wants(t, "twice", err, "message_not_found")

	wants(t, "a reaction", tw.api.AddReaction("eyes", slack.NewRefToMessage(general, annas.TS)), "")
	wants(t, "the same again", tw.api.AddReaction("eyes", slack.NewRefToMessage(general, annas.TS)), "already_reacted")
	link, err := tw.api.GetPermalink(&slack.PermalinkParameters{Channel: general, Ts: annas.TS})
	if err != nil || link != "https://sandbox.slack.com/archives/"+general+"/p"+strings.ReplaceAll(annas.TS, ".", "") {
		t.Errorf("chat.getPermalink: %s %v", link, err)
	}
}

func TestEphemeralMessagesLeaveNoTrace(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	ts, err := tw.api.PostEphemeral(general, anna, slack.MsgOptionBlocks(card("only you")...))
	if err != nil {
		t.Fatal(err)
	}
	if len(tw.As(anna).Messages(general)) != 1 || len(tw.As(boris).Messages(general)) != 0 {
		t.Error("an ephemeral message is for one person")
	}
	_, _, _, err = tw.api.UpdateMessage(general, ts, slack.MsgOptionText("x", false))
	wants(t, "ephemeral messages cannot be updated", err, "message_not_found")
	h, err := tw.api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: general})
	if err != nil || len(h.Messages) != 0 {
		t.Errorf("they are not in the history: %+v %v", h, err)
	}
	_, err = tw.api.PostEphemeral(secret, boris, slack.MsgOptionText("x", false))
	wants(t, "a private channel without the app", err, "channel_not_found")
	_, err = tw.api.PostEphemeral(ops, anna, slack.MsgOptionText("x", false))
	wants(t, "somebody who is not there", err, "user_not_in_channel")
	tw.run(agree)
	m := tw.As(anna).Messages(general)[0]
	r, err := m.Button("Approve").Click(tw.ctx())
	if err != nil {
		t.Fatal(err)
	}
	if p := decode[slack.InteractionCallback](t, r.Delivery.Payload); !p.Container.IsEphemeral || p.Message.Timestamp != "" {
		t.Errorf("a click on an ephemeral message carries no message: %+v", p.Container)
	}
}

func TestHistoryThreadsAndMetadata(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	meta := func(kind string) slack.MsgOption {
		return slack.MsgOptionMetadata(slack.SlackMetadata{EventType: kind, EventPayload: map[string]any{"key": "k1"}})
	}
	var stamps []string
	for i := range 5 {
		kind := "card"
		if i == 4 {
			kind = "undeclared"
		}
		_, ts, err := tw.api.PostMessage(general, slack.MsgOptionText("m"+strconv.Itoa(i), false), meta(kind))
		if err != nil {
			t.Fatal(err)
		}
		stamps = append(stamps, ts)
	}
	_, reply, err := tw.api.PostMessage(general, slack.MsgOptionText("reply", false), slack.MsgOptionTS(stamps[1]))
	if err != nil {
		t.Fatal(err)
	}
	all := &slack.GetConversationHistoryParameters{ChannelID: general, Limit: 2, IncludeAllMetadata: true}
	var seen []slack.Message
	for {
		page, err := tw.api.GetConversationHistory(all)
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, page.Messages...)
		if !page.HasMore {
			break
		}
		all.Cursor = page.ResponseMetaData.NextCursor
	}
	if len(seen) != 5 || seen[0].Text != "m4" || seen[4].Text != "m0" {
		t.Fatalf("the history is newest first, in pages, without replies: %d", len(seen))
	}
	if seen[1].Metadata.EventPayload["key"] != "k1" || seen[0].Metadata.EventPayload != nil || seen[0].Metadata.EventType != "undeclared" {
		t.Errorf("only declared metadata keeps its payload: %+v %+v", seen[1].Metadata, seen[0].Metadata)
	}
	if seen[3].ReplyCount != 1 || seen[3].LatestReply != reply {
		t.Errorf("the thread's first message counts replies: %+v", seen[3].Msg)
	}
	plainPage, err := tw.api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: general, Oldest: stamps[2], Latest: stamps[3], Inclusive: true})
	if err != nil || len(plainPage.Messages) != 2 || plainPage.Messages[0].Metadata.EventPayload != nil {
		t.Errorf("a part of the history without all metadata: %+v %v", plainPage, err)
	}
	thread, _, _, err := tw.api.GetConversationReplies(&slack.GetConversationRepliesParameters{ChannelID: general, Timestamp: stamps[1]})
	if err != nil || len(thread) != 2 || thread[1].ThreadTimestamp != stamps[1] {
		t.Errorf("conversations.replies: %+v %v", thread, err)
	}
	_, _, err = tw.api.PostMessage(general, slack.MsgOptionText("x", false), slack.MsgOptionTS("1.000000"))
	wants(t, "a reply to nothing", err, "cannot_reply_to_message")

	// An update keeps the metadata unless it brings its own.
	if _, _, _, err := tw.api.UpdateMessage(general, stamps[0], slack.MsgOptionText("new", false)); err != nil {
		t.Fatal(err)
	}
	if m, _ := tw.Message(general, stamps[0]); m.Metadata == nil || m.Metadata.EventPayload["key"] != "k1" {
		t.Errorf("the metadata is gone: %+v", m.Metadata)
	}
	huge := slack.SlackMetadata{EventType: "card", EventPayload: map[string]any{"k": strings.Repeat("x", 17_000)}}
	_, _, err = tw.api.PostMessage(general, slack.MsgOptionText("x", false), slack.MsgOptionMetadata(huge))
	wants(t, "huge metadata", err, "metadata_too_large")
	if d := tw.Duplicates(); len(d) != 1 || len(d[0]) != 4 {
		t.Errorf("four messages with equal metadata are duplicates: %d", len(d))
	}
}

func TestRateLimits(t *testing.T) {
	t.Parallel()
	tw := newTown(t, func(o *Options) { o.Rate = 1 })
	var limited *slack.RateLimitedError
	posted := 0
	for range 10 {
		_, _, err := tw.api.PostMessage(general, slack.MsgOptionText("x", false))
		if errors.As(err, &limited) {
			break
		}
		posted++
	}
	if posted != postBurst || limited == nil || limited.RetryAfter < time.Second {
		t.Errorf("%d posts in a burst, then %v", posted, limited)
	}
	if _, _, err := tw.api.PostMessage(ops, slack.MsgOptionText("x", false)); err != nil {
		t.Errorf("another channel has its own second: %v", err)
	}
	limited = nil
	updates := 0
	for range 100 {
		_, _, _, err := tw.api.UpdateMessage(general, "1.0", slack.MsgOptionText("x", false))
		if errors.As(err, &limited) {
			break
		}
		updates++
	}
	if updates != 50 || limited == nil {
		t.Errorf("chat.update is tier 3: %d calls went through", updates)
	}
}

func TestResponseURL(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	tw.run(agree)
	ctx := tw.ctx()
	if _, _, err := tw.api.PostMessage(general, slack.MsgOptionBlocks(card("original")...)); err != nil {
		t.Fatal(err)
	}
	m, err := tw.As(anna).WaitMessage(ctx, Saying("original"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := m.Button("Approve").Click(ctx)
	if err != nil {
		t.Fatal(err)
	}
	say := func(options ...slack.MsgOption) error { _, _, err := tw.api.PostMessage("", options...); return err }
	wants(t, "an ephemeral answer", say(slack.MsgOptionText("psst", false), slack.MsgOptionResponseURL(r.ResponseURL, "ephemeral")), "")
	wants(t, "replacing", say(slack.MsgOptionText("replaced", false), slack.MsgOptionReplaceOriginal(r.ResponseURL)), "")
	if now, _ := m.Now(); now.Text != "replaced" || len(now.Blocks) != 0 || len(tw.As(boris).Messages(general)) != 1 {
		t.Errorf("the original: %+v", now)
	}
	for range 3 {
		wants(t, "three more", say(slack.MsgOptionText("more", false), slack.MsgOptionResponseURL(r.ResponseURL, "in_channel")), "")
	}
	var status slack.StatusCodeError
	if err := say(slack.MsgOptionText("six", false), slack.MsgOptionResponseURL(r.ResponseURL, "")); !errors.As(err, &status) || status.Code != 404 {
		t.Errorf("the sixth use: %v", err)
	}
	r, err = tw.As(anna).Slash(ctx, "/airflow", "", general)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tw.Clock().Advance(31 * time.Minute); err != nil {
		t.Fatal(err)
	}
	if err := say(slack.MsgOptionText("late", false), slack.MsgOptionResponseURL(r.ResponseURL, "")); !errors.As(err, &status) {
		t.Errorf("after half an hour: %v", err)
	}
}

func TestJSONBodiesAreUnderstood(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	body := `{"channel":"` + general + `","text":"hi","blocks":[{"type":"divider"}],"metadata":{"event_type":"card","event_payload":{"a":1}}}`
	req, _ := http.NewRequest(http.MethodPost, tw.APIURL()+"chat.postMessage", strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("Authorization", "Bearer "+tw.BotToken())
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		OK      bool   `json:"ok"`
		TS      string `json:"ts"`
		Message struct {
			Metadata Metadata `json:"metadata"`
		} `json:"message"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || !answer.OK || answer.Message.Metadata.EventPayload["a"] != 1.0 {
		t.Errorf("a JSON body: %+v %v", answer, err)
	}
}
