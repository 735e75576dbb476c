package messages_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"airpass/access"
	"airpass/messages"
	"airpass/sandbox/workspace"
)

var update = flag.Bool("update", false, "write the golden files anew")

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func ada() access.Person {
	return access.Person{OktaID: "00uADA", Login: "ada+dags@example.com", Email: "ada@example.com", Name: "Ada Arndt",
		Title: "Data engineer", Department: "Pipelines", ManagerName: "Bob Berg", Status: "ACTIVE"}
}

func prod() access.Target {
	return access.Target{ID: "prod/Viewer", Role: access.Viewer, Mode: access.ByUser, MaxDuration: 8 * time.Hour, DefaultDuration: time.Hour,
		SessionDuration: 4 * time.Hour,
		Environment:     access.Environment{Key: "prod", Name: "mwaa-prod-emea", Account: "111122223333", Region: "eu-west-1"},
		Policy: access.Single(access.Approver{Kind: access.ApproverManager}, access.Approver{Kind: access.ApproverOwner, Value: "olga@example.com"},
			access.Approver{Kind: access.ApproverGroup, Value: "00gAPPROVERS"})}
}

func pending() messages.View {
	return messages.View{Command: "/airflow", Request: access.Request{ID: "01REQ", Subject: ada(), Target: prod(), Duration: 2 * time.Hour,
		Reason: "Re-run the ledger DAG: it failed at 03:00", State: access.RequestPending, CreatedAt: noon, LapseAt: noon.Add(8 * time.Hour)}}
}

func decided(state access.RequestState) messages.View {
	v := pending()
	v.Request.State, v.Request.DecidedAt = state, noon.Add(5*time.Minute)
	v.Request.Decider = access.Person{OktaID: "00uBOB", Name: "Bob Berg"}
	return v
}

// given is an approved request with its grant and an Okta group and an assignment.
func given(state access.GrantState, change func(*messages.View)) messages.View {
	v := decided(access.RequestApproved)
	v.HasGrant = true
	v.Grant = access.Grant{ID: "01GRANT", RequestID: "01REQ", Subject: ada(), Target: prod(), State: state, Duration: 2 * time.Hour,
		StartAt: noon.Add(5 * time.Minute), EndAt: noon.Add(125 * time.Minute)}
	v.Entitlements = []access.Entitlement{
		{Ref: access.Ref{Kind: access.OktaMembership}, Origin: access.OriginOurs, Presence: access.Present, Ready: true},
		{Ref: access.Ref{Kind: access.AccountAssignment}, Origin: access.OriginOurs, Presence: access.Absent},
	}
	if change != nil {
		change(&v)
	}
	return v
}

func active(change func(*messages.View)) messages.View {
	return given(access.GrantActive, func(v *messages.View) {
		v.Entitlements[1].Presence, v.Entitlements[1].Ready = access.Present, true
		v.Grant.ActiveAt, v.Grant.EndAt = noon.Add(7*time.Minute), noon.Add(127*time.Minute)
		v.Grant.LinkState, v.Link = access.LinkReady, "https://d-123.awsapps.com/start/#/console?account_id=111122223333&role_name=airflow-viewer"
		if change != nil {
			change(v)
		}
	})
}

func over(reason access.EndReason, change func(*messages.View)) messages.View {
	return active(func(v *messages.View) {
		v.Grant.State, v.Grant.EndReason, v.Grant.EndedAt = access.GrantEnded, reason, noon.Add(128*time.Minute)
		for i := range v.Entitlements {
			v.Entitlements[i].Presence, v.Entitlements[i].Ready = access.Absent, false
		}
		if change != nil {
			change(v)
		}
	})
}

// later is a request that asked for a later start.
func later(v messages.View, change func(*messages.View)) messages.View {
	v.Request.StartAt = noon.Add(21 * time.Hour)
	if change != nil {
		change(&v)
	}
	return v
}

// newcomer is somebody who had no account when they asked.
func newcomer(v messages.View, change func(*messages.View)) messages.View {
	v.Request.NewAccount = true
	account := access.Entitlement{Ref: access.Ref{Kind: access.AssignmentGroup}, Origin: access.OriginOurs, Presence: access.Present, Ready: true}
	v.Entitlements = append([]access.Entitlement{account}, v.Entitlements...)
	if change != nil {
		change(&v)
	}
	return v
}

// shortened is a request that somebody has agreed to for less time than was asked for.
func shortened(v *messages.View) {
	v.Request.Duration, v.Request.Course.Asked = time.Hour, 2*time.Hour
	v.Request.Course.Stages = []access.Stage{{Name: "data", Required: 2, Approvers: []access.Approver{{Kind: access.ApproverManager}}}}
	v.Request.Course.Tally = access.Tally{Have: 1, Need: 2}
	v.Decisions = []access.Decision{{Decider: access.Person{Name: "Olga Ortiz"}, Verdict: access.Approve, Duration: time.Hour, ReceivedAt: noon.Add(time.Minute)}}
}

func stories() map[string]messages.View {
	return map[string]messages.View{
		"waiting":             pending(),
		"waiting-new-account": newcomer(pending(), nil),
		"account-being-added": newcomer(given(access.GrantProvisioning, nil), func(v *messages.View) {
			v.Entitlements = v.Entitlements[:1]
			v.Entitlements[0].Ready, v.Entitlements[0].Presence = false, access.PresenceUnknown
		}),
		"account-awaited": newcomer(given(access.GrantProvisioning, nil), func(v *messages.View) { v.Entitlements = v.Entitlements[:1] }),
		"account-unread": newcomer(given(access.GrantProvisioning, nil), func(v *messages.View) {
			v.Entitlements, v.Grant.LastError = v.Entitlements[:1], "identitystore GetUserId: unavailable"
		}),
		"account-there": newcomer(given(access.GrantProvisioning, nil), func(v *messages.View) { v.Grant.Person = "p-1" }),
		"account-ending": newcomer(given(access.GrantRevoking, nil), func(v *messages.View) {
			v.Grant.Person, v.Grant.EndReason = "p-1", access.EndReturned
		}),
		"account-never-came": newcomer(over(access.EndFailed, nil), func(v *messages.View) {
			v.Entitlements, v.Grant.ActiveAt = v.Entitlements[:1], time.Time{}
			v.Grant.EndNote = "not in place 1h0m0s after the start: account in AWS IAM Identity Center"
		}),
		"account-stays": newcomer(over(access.EndExpired, nil), func(v *messages.View) { v.Grant.Person = "p-1" }),
		"denied": func() messages.View {
			v := decided(access.RequestDenied)
			v.Request.DeciderNote = "Ask for dev first"
			return v
		}(),
		"cancelled":          func() messages.View { v := decided(access.RequestCancelled); v.Request.Decider = ada(); return v }(),
		"lapsed":             func() messages.View { v := pending(); v.Request.State = access.RequestLapsed; return v }(),
		"approved":           decided(access.RequestApproved),
		"waiting-later":      later(pending(), nil),
		"waiting-start-over": later(pending(), func(v *messages.View) { v.Request.StartAt = noon }),
		"scheduled":          later(given(access.GrantScheduled, nil), func(v *messages.View) { v.Grant.StartAt = v.Request.StartAt }),
		"scheduled-paused": later(given(access.GrantScheduled, nil), func(v *messages.View) {
			v.Grant.LastError = "new grants are paused by an operator"
		}),
		"start-refused": later(over(access.EndRefused, nil), func(v *messages.View) {
			v.Grant.ActiveAt, v.Grant.EndNote = time.Time{}, "ada+dags@example.com is no longer active in Okta"
		}),
		"start-cancelled": later(over(access.EndReturned, nil), func(v *messages.View) {
			v.Grant.ActiveAt, v.Grant.StartAt, v.Grant.RevokingSince = time.Time{}, v.Request.StartAt, noon.Add(time.Hour)
		}),
		"approved-shorter": func() messages.View { v := decided(access.RequestApproved); shortened(&v); return v }(),
		"waiting-shorter":  func() messages.View { v := pending(); shortened(&v); return v }(),
		"waiting-risks": func() messages.View {
			v := pending()
			v.Request.Target.Role, v.Request.Target.CLI, v.Request.Seen.Private = access.Op, true, true
			for n := range 7 {
				v.Held = append(v.Held, access.Grant{Target: prod(), EndAt: noon.Add(time.Duration(7-n) * time.Hour)})
			}
			v.Past = []access.Grant{{StartAt: noon.Add(-24 * time.Hour), Duration: time.Hour}, {StartAt: noon.Add(-48 * time.Hour), Duration: 90 * time.Minute}}
			return v
		}(),
		"waiting-namesake": func() messages.View {
			v := pending()
			v.Namesakes = []access.Person{{OktaID: "00uADA2", Login: "ada.arndt2@example.com", Email: "ada.arndt2@example.com", Name: "Áda ARNDT", Title: "Recruiter"}}
			return v
		}(),
		"waiting-at-night": func() messages.View {
			v := pending()
			v.Request.Target.Hours = &access.Hours{Zone: "Europe/Berlin", From: 8 * 60, To: 12 * 60, Days: []time.Weekday{time.Tuesday}}
			return v
		}(),
		"waiting-for-sunday": later(pending(), func(v *messages.View) {
			v.Request.StartAt = noon.Add(5 * 24 * time.Hour)
			v.Request.Target.Hours = &access.Hours{Zone: "Europe/Berlin", From: 8 * 60, To: 18 * 60, Days: []time.Weekday{time.Monday, time.Tuesday}}
		}),
		"setting-up": given(access.GrantProvisioning, func(v *messages.View) {
			v.Entitlements = append(v.Entitlements, access.Entitlement{Ref: access.Ref{Kind: access.ApplicationAssignment}})
		}),
		"setting-up-pushed": given(access.GrantProvisioning, func(v *messages.View) {
			v.Entitlements[1].Ref.Kind = access.PushedMembership
		}),
		"setting-up-throttled": given(access.GrantProvisioning, func(v *messages.View) {
			v.Entitlements[0].Origin = access.OriginStanding
			v.Entitlements[1].LastError = "identitycenter CreateAccountAssignment: throttled <soon>"
		}),
		"setting-up-fatal": given(access.GrantProvisioning, func(v *messages.View) {
			v.Entitlements[1].LastError, v.Entitlements[1].Fatal = "the permission set does not exist", true
		}),
		"active": active(nil),
		"active-without-tile": active(func(v *messages.View) {
			v.Entitlements = append(v.Entitlements, access.Entitlement{Ref: access.Ref{Kind: access.ApplicationAssignment}, Fatal: true, LastError: "identitycenter CreateApplicationAssignment: rejected"})
		}),
		"active-not-looked": active(func(v *messages.View) { v.Grant.LinkState = access.LinkUnknown }),
		"active-busy-early": active(func(v *messages.View) { v.Grant.LinkState, v.Grant.ActiveAt = access.LinkBusy, noon.Add(9*time.Minute) }),
		"active-busy-late": active(func(v *messages.View) {
			v.Grant.LinkState, v.Grant.ActiveAt, v.Grant.LinkNote = access.LinkBusy, noon, "status UPDATING"
		}),
		"active-held":    active(func(v *messages.View) { v.Grant.LinkState, v.Grant.LinkNote = access.LinkHeld, "status UNAVAILABLE" }),
		"active-refused": active(func(v *messages.View) { v.Grant.LinkState = access.LinkRefused }),
		"active-private": active(func(v *messages.View) {
			v.Grant.LinkPrivate = true
		}),
		"active-instant": active(func(v *messages.View) { v.Instant = true }),
		"active-instant-held": active(func(v *messages.View) {
			v.Instant, v.Grant.LinkState, v.Grant.LinkNote = true, access.LinkHeld, "status UNAVAILABLE"
		}),
		"ending": active(func(v *messages.View) {
			v.Grant.State, v.Grant.EndReason = access.GrantRevoking, access.EndExpired
			v.Entitlements[0].UnwantedSince, v.Entitlements[1].UnwantedSince = noon, noon
			v.Entitlements[1].Presence = access.Absent
		}),
		"ending-overdue": active(func(v *messages.View) {
			v.Grant.State, v.Grant.EndReason, v.Grant.EndNote, v.Overdue = access.GrantRevoking, access.EndRevoked, "incident 4711", true
			v.Entitlements[0].Origin, v.Entitlements[1].UnwantedSince, v.Entitlements[1].LastError = access.OriginStanding, noon, "no answer"
		}),
		"rolling-back": given(access.GrantRevoking, func(v *messages.View) {
			v.Grant.EndReason, v.Grant.EndNote = access.EndFailed, "the assignment failed: ROLE_QUOTA"
			v.Entitlements[0].UnwantedSince, v.Entitlements[1].UnwantedSince = noon, noon
		}),
		"ended":          over(access.EndExpired, nil),
		"ended-returned": over(access.EndReturned, nil),
		"ended-failed":   over(access.EndFailed, func(v *messages.View) { v.Grant.ActiveAt = time.Time{}; v.Grant.EndNote = "not in 60 minutes" }),
		"ended-reduced": over(access.EndRevoked, func(v *messages.View) {
			v.Grant.EndNote = "campaign quarterly: prod/Public could not be given instead"
		}),
		"ended-standing": over(access.EndDeactivated, func(v *messages.View) {
			v.Entitlements[0].Origin, v.Entitlements[0].Presence = access.OriginStanding, access.Present
			v.Entitlements[1].Presence, v.Entitlements[1].Through = access.Present, []string{"group data-platform", "group admins"}
		}),
	}
}

func TestCardsReadAsTheyDid(t *testing.T) {
	t.Parallel()
	now := noon.Add(10 * time.Minute)
	for name, v := range stories() {
		golden(t, "requester-"+name, messages.Requester(v, now))
		golden(t, "approver-"+name, messages.Approver(v, now))
	}
	talk := pending()
	talk.Questions = []access.Query{{ID: "q1", Asker: access.Person{Name: "Bob Berg"}, Text: "Is <!channel> *urgent*, @here?", Answer: "Yes & <https://evil.example|no>", AnsweredAt: now},
		{ID: "q2", Asker: access.Person{Name: "Olga Ortiz"}, Text: "For which DAG?"}}
	golden(t, "requester-asked", messages.Requester(talk, now))
	golden(t, "approver-asked", messages.Approver(talk, now))
	golden(t, "question-answered", messages.Question(talk, access.QueryMessage("q1")))
	golden(t, "question-open", messages.Question(talk, access.QueryMessage("q2")))
	talk.Request.State = access.RequestLapsed
	golden(t, "question-too-late", messages.Question(talk, access.QueryMessage("q2")))
	soon := active(func(v *messages.View) { v.MoreTime = true })
	golden(t, "reminder", messages.Reminder(soon, noon.Add(112*time.Minute)))
	soon.MoreTime = false
	golden(t, "reminder-longest", messages.Reminder(soon, noon.Add(112*time.Minute)))
	soon.Extension = access.Grant{ID: "01NEXT", EndAt: noon.Add(4 * time.Hour)}
	golden(t, "reminder-extended", messages.Reminder(soon, noon.Add(113*time.Minute)))
	golden(t, "reminder-ended", messages.Reminder(over(access.EndExpired, nil), noon.Add(130*time.Minute)))
	var form []access.Request
	for _, v := range many(2, pending) {
		form = append(form, v.Request)
	}
	golden(t, "form-together", messages.Rendered{Text: "-", Blocks: messages.TogetherForm(messages.Printer{}, form).Blocks.BlockSet})
	v := pending()
	v.Request.Target.SharesWith = []string{"prod/Op", "dev/Viewer"}
	golden(t, "channel-shares", messages.Channel(v, now))
	taken := active(func(v *messages.View) {
		v.Request.Course = access.Course{BreakGlass: true}
		v.Review = access.Review{ID: "01REV", Request: v.Request.ID, State: access.ReviewOwed, DueAt: noon.Add(48 * time.Hour)}
	})
	golden(t, "review-owed", messages.Review(taken, now))
	alike := taken
	alike.Namesakes = []access.Person{{OktaID: "00uADA2", Login: "ada.arndt2@example.com", Email: "ada.arndt2@example.com", Name: "Áda ARNDT", Title: "Recruiter"}}
	golden(t, "review-namesake", messages.Review(alike, now))
	golden(t, "review-overdue", messages.Review(taken, noon.Add(49*time.Hour)))
	taken.Review.State, taken.Review.Verdict, taken.Review.Comment = access.ReviewGiven, access.NotJustified, "The scheduler was up <all the time>"
	taken.Review.Reviewer, taken.Review.GivenAt = access.Person{Name: "Sam & Co"}, noon.Add(time.Hour)
	golden(t, "review-given", messages.Review(taken, now))
	golden(t, "notice", messages.Notice("You cannot ask: <no> Okta user has your e-mail address, @here."))
}

func golden(t *testing.T, name string, r messages.Rendered) {
	t.Helper()
	got := readable(t, r)
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s reads differently (-update to accept):\n%s\n--- before:\n%s", name, got, want)
	}
}

// readable writes a message one text a line, with what kind of text it is.
func readable(t *testing.T, r messages.Rendered) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "fallback: %s\n", r.Text)
	if !r.Again.IsZero() {
		fmt.Fprintf(&b, "again: %s\n", r.Again.Format(time.RFC3339))
	}
	for _, block := range r.Blocks {
		raw, err := json.Marshal(block)
		if err != nil {
			t.Fatal(err)
		}
		var o map[string]any
		if err := json.Unmarshal(raw, &o); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "[%s]\n", o["type"])
		describe(&b, o)
	}
	return b.String()
}

func describe(b *strings.Builder, o map[string]any) {
	if text, ok := o["text"].(map[string]any); ok {
		describeText(b, text)
	}
	for _, list := range []string{"fields", "elements"} {
		items, _ := o[list].([]any)
		for _, item := range items {
			e := item.(map[string]any)
			if e["type"] != "button" {
				describeText(b, e)
				continue
			}
			fmt.Fprintf(b, "  button %v %v %v", e["action_id"], e["value"], e["text"].(map[string]any)["text"])
			for _, more := range []string{"style", "url"} {
				if e[more] != nil {
					fmt.Fprintf(b, " %s=%v", more, e[more])
				}
			}
			if confirm, ok := e["confirm"].(map[string]any); ok {
				fmt.Fprintf(b, " confirm=%q", confirm["text"].(map[string]any)["text"])
			}
			b.WriteString("\n")
		}
	}
}

func describeText(b *strings.Builder, text map[string]any) {
	fmt.Fprintf(b, "  %s: %s\n", text["type"], strings.ReplaceAll(text["text"].(string), "\n", "\n    "))
}

// nasty is what people, directories and vendors could put into a card.
func nasty() map[string]string {
	return map[string]string{
		"ampersands": strings.Repeat("&", 3000), "angles": strings.Repeat("<", 3000), "emoji": strings.Repeat("👩‍🚀", 1000),
		"rtl": strings.Repeat("\u202Eמגניב ", 400), "channel": "<!channel> <!here> <!everyone>", "at": "@here @channel @everyone <@U0BOB> <#C0REQUESTS>",
		"fence": "```rm -rf``` `x` *bold* _it_ ~no~", "link": "<https://evil.example|approve here> https://evil.example", "shortcode": ":rotating_light: :x:",
		"date": "<!date^0^{date}^https://evil.example|now>", "controls": "a\x00b\x07c\u2066d\r\n\n\ne", "invalid": "a\xff\xfeb", "blank": "   ", "empty": "",
		"lines": strings.Repeat("\n", 3000), "subteam": "<!subteam^S0DATA>", "backticks": strings.Repeat("`", 3000),
	}
}

func TestNothingThatIsWrittenBreaksACardOrCallsAnybody(t *testing.T) {
	t.Parallel()
	w := workspace.New(workspace.Options{Rate: -1})
	server := httptest.NewServer(w.Handler())
	w.SetBaseURL(server.URL)
	t.Cleanup(func() { w.Close(); server.Close() })
	w.AddUser(workspace.User{ID: "U0BOB", Name: "bob"})
	w.AddChannel(workspace.Channel{ID: "C0REQUESTS", Name: "requests", Members: []string{"U0BOB", w.App().BotUserID}})
	api := slack.New(w.BotToken(), slack.OptionAPIURL(w.APIURL()))
	post := func(name string, r messages.Rendered) {
		_, ts, err := api.PostMessageContext(t.Context(), "C0REQUESTS", slack.MsgOptionText(r.Text, false), slack.MsgOptionBlocks(r.Blocks...))
		if err != nil {
			raw, _ := json.Marshal(r.Blocks)
			t.Errorf("%s: %v\n%.2000s", name, err, raw)
			return
		}
		if m, _ := w.Message("C0REQUESTS", ts); len(m.Notifies()) > 0 {
			t.Errorf("%s notifies %v", name, m.Notifies())
		}
		// The fallback alone must call nobody either.
		_, ts, err = api.PostMessageContext(t.Context(), "C0REQUESTS", slack.MsgOptionText(r.Text, false))
		if m, _ := w.Message("C0REQUESTS", ts); err != nil || len(m.Notifies()) > 0 {
			t.Errorf("%s: fallback %v notifies %v", name, err, m.Notifies())
		}
	}
	for word, s := range nasty() {
		for story, v := range stories() {
			v = soiled(v, s)
			post(word+" requester "+story, messages.Requester(v, noon))
			post(word+" approver "+story, messages.Approver(v, noon))
		}
		post(word+" notice", messages.Notice(s))
	}
}

// soiled puts s everywhere where something from outside is shown.
func soiled(v messages.View, s string) messages.View {
	for _, p := range []*access.Person{&v.Request.Subject, &v.Request.Decider, &v.Grant.Subject} {
		*p = access.Person{OktaID: s, Login: s, Email: s, Name: s, Title: s, Department: s, ManagerName: s}
	}
	v.Namesakes = []access.Person{v.Request.Subject, v.Request.Subject, v.Request.Subject, v.Request.Subject, v.Request.Subject}
	v.Request.Reason, v.Request.DeciderNote, v.Grant.EndNote, v.Grant.LinkNote, v.Command = s, s, s, s, s
	t := &v.Request.Target
	t.SharesWith = []string{s, s}
	t.Environment = access.Environment{Key: s, Name: s, Account: s, Region: s}
	t.Policy = access.Policy{Stages: []access.Stage{{Approvers: []access.Approver{{Kind: access.ApproverManager}, {Kind: access.ApproverGroup, Value: s}, {Kind: access.ApproverPerson, Value: s}}}}}
	for range 40 {
		t.Policy.Stages[0].Approvers = append(t.Policy.Stages[0].Approvers, access.Approver{Kind: access.ApproverPerson, Value: s})
	}
	for _, all := range [][]access.Grant{v.Held, v.Past} {
		for i := range all {
			all[i].Target = *t
		}
	}
	entitlements := append([]access.Entitlement(nil), v.Entitlements...)
	for i := range entitlements {
		entitlements[i].LastError, entitlements[i].Through = s, []string{s, s, s}
	}
	v.Entitlements = entitlements
	if v.Link != "" {
		v.Link += s
	}
	return v
}

func TestAReasonIsWholeOnTheCardAsFarAsItFits(t *testing.T) {
	t.Parallel()
	v := pending()
	v.Request.Reason = "first line\nsecond & <third> :smile: “quoted”"
	if got := readable(t, messages.Approver(v, noon)); !strings.Contains(got, "plain_text: Why: first line\n    second & <third> :smile: “quoted”") {
		t.Errorf("the reason is not as it was written:\n%s", got)
	}
	v.Request.Reason = strings.Repeat("x", 3000)
	if got := readable(t, messages.Approver(v, noon)); !strings.Contains(got, strings.Repeat("x", 2900)) || !strings.Contains(got, "x…\n") {
		t.Error("a long reason is not cut with an ellipsis")
	}
}

func TestOnlyAnUndecidedRequestHasButtonsAndLiveAccessCanBeGivenBack(t *testing.T) {
	t.Parallel()
	for name, v := range stories() {
		approver, requester := readable(t, messages.Approver(v, noon)), readable(t, messages.Requester(v, noon))
		open := v.Request.State == access.RequestPending
		if strings.Contains(approver, "button request.approve 01REQ") != open || strings.Contains(approver, "button request.deny 01REQ") != open {
			t.Errorf("%s: approver's buttons", name)
		}
		if strings.Contains(requester, "button request.cancel 01REQ") != (open || v.HasGrant && v.Grant.State == access.GrantScheduled) {
			t.Errorf("%s: requester's button", name)
		}
		live := v.HasGrant && v.Grant.State.Live()
		if strings.Contains(requester, "button request.give_back 01REQ") != live || strings.Contains(approver, "give_back") {
			t.Errorf("%s: the button to give back", name)
		}
		if strings.Contains(approver, "button request.revoke 01REQ") != (live || v.HasGrant && v.Grant.State == access.GrantScheduled) || strings.Contains(requester, "request.revoke") {
			t.Errorf("%s: the button to take away", name)
		}
		if link := strings.Contains(requester, "url=https://"); link && v.Grant.State != access.GrantActive {
			t.Errorf("%s: a link without access", name)
		}
		if !open && v.Request.State != access.RequestLapsed && !strings.Contains(approver, fmt.Sprintf("<!date^%d^", noon.Add(5*time.Minute).Unix())) {
			t.Errorf("%s: when it was decided is not said:\n%s", name, approver)
		}
	}
}

func TestDurationsAreSpelt(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{30 * time.Minute: "30 minutes", time.Hour: "1 hour", 90 * time.Minute: "1 hour 30 minutes",
		49 * time.Hour: "2 days 1 hour", 20 * time.Second: "less than a minute"} {
		if got := (messages.Printer{}).Spell(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
