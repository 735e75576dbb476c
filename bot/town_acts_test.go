package bot_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"airpass/bot"
	"airpass/config"
	"airpass/messages"
	"airpass/outbound"
	"airpass/sandbox"
	"airpass/sandbox/control"
	"airpass/sandbox/okta"
	"airpass/sandbox/workspace"
	"airpass/store/storetest"
)

// quick are the options of a world whose vendors carry everything out at once, for
// stories that are not about waiting. What takes days is told in seconds: that Slack lets
// one method be called 50 times a minute is for the stories about Slack's patience.
func quick() sandbox.Options {
	return sandbox.Options{PushDelay: -1, AssignmentDelay: -1, SlackRate: 20}
}

// settleWith is settle with a configuration file that is edited as text before it
// is read, for what cannot be changed afterwards.
func settleWith(t *testing.T, o sandbox.Options, file func(w *sandbox.World, yaml string) string, edit ...func(*config.Config)) *town {
	t.Helper()
	return settleBudgeted(t, o, nil, file, edit...)
}

// settleBudgeted is settleWith of an airpass that has other budgets for some vendors.
func settleBudgeted(t *testing.T, o sandbox.Options, budgets map[outbound.Vendor]outbound.Budget, file func(w *sandbox.World, yaml string) string, edit ...func(*config.Config)) *town {
	t.Helper()
	n := abreastIn(t)
	w := world(t, o)
	tw := &town{T: t, World: w, abreast: n, log: &logLines{}, budgets: budgets}
	url := storetest.SQLite(t)
	if n > 1 {
		url = storetest.PostgreSQL(t)
	}
	tw.configure(url, file, edit...)
	tw.serve()
	return tw
}

// configure gives airpass the configuration that it is started with next.
func (tw *town) configure(storeURL string, file func(w *sandbox.World, yaml string) string, edit ...func(*config.Config)) {
	tw.Helper()
	c, err := config.Parse("airpass.yaml", []byte(file(tw.World, string(tw.World.Config(storeURL)))), os.LookupEnv)
	if err != nil {
		tw.Fatal(err)
	}
	for _, e := range edit {
		e(c)
	}
	tw.config = c
}

// rules gives a target other approvers than the sandbox's file does.
func rules(target, approvers string) func(*sandbox.World, string) string {
	return func(w *sandbox.World, yaml string) string {
		head, rest, found := strings.Cut(yaml, "permission_set_name: \""+w.Target(target).PermissionSetName+"\"")
		before, after, listed := strings.Cut(rest, "approvers: [")
		_, after, _ = strings.Cut(after, "\n")
		if !found || !listed {
			panic("no such target in the configuration: " + target)
		}
		return head + "permission_set_name: \"" + w.Target(target).PermissionSetName + "\"" + before + "approvers: [" + approvers + "]\n" + after
	}
}

// without takes a target out of the configuration file.
func without(target string) func(*sandbox.World, string) string {
	return func(w *sandbox.World, yaml string) string {
		parts := strings.Split(yaml, "\n  - environment: ")
		for i, p := range parts {
			if strings.Contains(p, "permission_set_name: \""+w.Target(target).PermissionSetName+"\"") && i < len(parts)-1 {
				return strings.Join(append(parts[:i:i], parts[i+1:]...), "\n  - environment: ")
			}
		}
		panic("no such target in the configuration, or it is the last: " + target)
	}
}

// stop ends airpass gracefully; begin starts it again on the same store.
func (tw *town) stop() {
	tw.Helper()
	if err := tw.close(tw.ctx()); err != nil {
		tw.Fatal("airpass does not stop:", err)
	}
}

func (tw *town) begin() {
	tw.Helper()
	if err := tw.Slack.WaitFor(tw.ctx(), func() bool { return len(tw.Slack.Connections()) == 0 }); err != nil {
		tw.Fatal("Slack still has a connection:", err)
	}
	tw.start(nil)
}

// operate does what somebody at the command line does, beside the running airpass.
func (tw *town) operate(do func(o *bot.Operator) error) {
	tw.Helper()
	o, err := bot.OpenOperator(tw.ctx(), tw.config, nil)
	if err != nil {
		tw.Fatal(err)
	}
	defer func() { _ = o.Close() }()
	if err := do(o); err != nil {
		tw.Fatal(err)
	}
}

// Person is somebody of the town, or a newcomer.
func (tw *town) Person(key string) sandbox.Person {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	if p, is := tw.extra[key]; is {
		return p
	}
	return tw.World.Person(key)
}

// newcomer is somebody more: in Okta with a profile and in groups like a model's,
// and in Slack. Either part can be changed, and left out by returning false.
func (tw *town) newcomer(key, login, model string, inOkta func(*okta.User) bool, inSlack func(*workspace.User) bool) sandbox.Person {
	tw.Helper()
	p := sandbox.Person{Key: key, Name: "New " + key, Login: login, Email: login, SlackID: "U0" + strings.ToUpper(key)}
	o := okta.User{Profile: map[string]any{"login": login, "email": login, "firstName": "New", "lastName": key, "displayName": p.Name,
		"managerId": tw.World.Person("grace").Login}}
	if inOkta == nil || inOkta(&o) {
		made, err := tw.Okta.AddUser(o)
		if err != nil {
			tw.Fatal(err)
		}
		p.OktaID = made.ID
		for _, g := range tw.Okta.Groups() {
			if g.Type == okta.OktaGroup && model != "" && tw.Okta.IsMember(g.ID, tw.World.Person(model).Login) {
				if err := tw.Okta.SetMember(g.ID, made.ID, true); err != nil {
					tw.Fatal(err)
				}
			}
		}
		tw.Okta.DeliverPushes()
	}
	u := workspace.User{ID: p.SlackID, Name: key, RealName: p.Name, DisplayName: p.Name, Email: p.Email}
	if inSlack == nil || inSlack(&u) {
		tw.Slack.AddUser(u)
		tw.Slack.UpdateChannel(sandbox.RequestsChannel, func(c *workspace.Channel) { c.Members = append(c.Members, u.ID) })
	}
	tw.mu.Lock()
	defer tw.mu.Unlock()
	if tw.extra == nil {
		tw.extra = map[string]sandbox.Person{}
	}
	tw.extra[key] = p
	return p
}

// given makes somebody have a target: asked, approved, verified.
func (tw *town) given(who, target, duration, reason, approver string) workspace.Message {
	tw.Helper()
	tw.ask(who, target, duration, reason)
	tw.press(approver, "Approve", reason)
	return tw.sees(who, reason, "🟢") // access is active, in whatever language
}

// seesIn waits until somebody sees a message with all these words in a channel.
func (tw *town) seesIn(who, channel string, words ...string) workspace.Message {
	tw.Helper()
	says := workspace.Saying(words...)
	m, err := tw.as(who).WaitMessage(tw.ctx(), func(m workspace.Message) bool { return m.Channel == channel && says(m) })
	if err != nil {
		tw.Fatalf("%s does not see %q in %s: %v\n%s", who, words, channel, err, tw.log)
	}
	return m
}

// card is the card of a request in the channel, as somebody there sees it.
func (tw *town) card(who, reason string) workspace.Message {
	tw.Helper()
	return tw.seesIn(who, sandbox.RequestsChannel, reason)
}

// click presses a button of a rendering that somebody has in front of them, however
// old it is.
func (tw *town) click(m workspace.Message, button string) {
	tw.Helper()
	if _, err := m.Button(button).Click(tw.ctx()); err != nil {
		tw.Fatalf("%s on %q: %v", button, m.Text, err)
	}
}

// deny presses Deny on a rendering and says why.
func (tw *town) deny(who string, m workspace.Message, why string) {
	tw.Helper()
	tw.click(m, "Deny")
	form, err := tw.as(who).WaitView(tw.ctx(), func(v workspace.View) bool { return v.CallbackID == messages.CallbackDeny })
	if err != nil {
		tw.Fatal("no form to say why:", err)
	}
	if err := form.Type(tw.ctx(), messages.FieldReason, messages.FieldReason, why); err != nil {
		tw.Fatal(err)
	}
	if s, err := form.Submit(tw.ctx()); err != nil || !s.Closed {
		tw.Fatalf("the form stays: %+v %v", s, err)
	}
}

// about are all messages that airpass has posted and that show these words.
func (tw *town) about(words ...string) []workspace.Message {
	says := workspace.Saying(words...)
	var all []workspace.Message
	for _, m := range tw.Slack.AllMessages() {
		if m.FromApp && !m.Deleted && says(m) {
			all = append(all, m)
		}
	}
	return all
}

// everyCard waits until exactly n cards show a request, known by its reason, and each
// says these words and has no buttons.
func (tw *town) everyCard(reason string, n int, words ...string) {
	tw.Helper()
	so := func() bool {
		says, good := workspace.Saying(words...), 0
		all := tw.about(reason)
		for _, m := range all {
			if says(m) && len(m.Buttons()) == 0 {
				good++
			}
		}
		return good == n && len(all) == n
	}
	if err := tw.Slack.WaitFor(tw.ctx(), so); err != nil {
		for _, m := range tw.about(reason) {
			tw.Logf("in %s with buttons %q:\n%s", m.Channel, m.Buttons(), m.Visible())
		}
		tw.Fatalf("not %d cards that say %q: %v\n%s", n, words, err, tw.log)
	}
}

// creations counts how often a target's assignment was asked for at AWS, and
// carried out; deletions the same.
func (tw *town) creations(who, target string) int { return tw.operations("create", who, target) }
func (tw *town) deletions(who, target string) int { return tw.operations("delete", who, target) }

func (tw *town) operations(kind, who, target string) int {
	n := 0
	for _, o := range tw.IdentityCenter.Operations() {
		if o.Kind == kind && o.PrincipalID == tw.center(who) && o.PermissionSetARN == tw.Target(target).PermissionSet {
			n++
		}
	}
	return n
}

// deliver sends a payload as somebody with a debugger could, and waits until airpass
// has acknowledged it.
func (tw *town) deliver(payload map[string]any) {
	tw.Helper()
	raw, err := json.Marshal(payload)
	if err != nil {
		tw.Fatal(err)
	}
	d, err := tw.Slack.DeliverRaw(tw.ctx(), "interactive", "", raw)
	if err != nil || !d.Acked {
		tw.Fatalf("not acknowledged: %+v %v", d, err)
	}
}

// forgedClick is a click on any button with any value.
func (tw *town) forgedClick(slackID, action, value string) map[string]any {
	return map[string]any{"type": "block_actions", "team": map[string]any{"id": tw.Slack.TeamID()}, "trigger_id": "1.2.3",
		"user": map[string]any{"id": slackID}, "actions": []any{map[string]any{"action_id": action, "value": value, "type": "button"}}}
}

// forgedAsk is a filled-in request form.
func (tw *town) forgedAsk(slackID, target, duration, reason string) map[string]any {
	environment, role, _ := strings.Cut(target, "/")
	chosen := func(v string) map[string]any { return map[string]any{"selected_option": map[string]any{"value": v}} }
	return map[string]any{"type": "view_submission", "team": map[string]any{"id": tw.Slack.TeamID()}, "user": map[string]any{"id": slackID},
		"view": map[string]any{"id": "V0" + slackID, "callback_id": messages.CallbackAsk, "state": map[string]any{"values": map[string]any{
			messages.FieldEnvironment: map[string]any{messages.FieldEnvironment: chosen(environment)},
			messages.FieldRole:        map[string]any{messages.FieldRole: chosen(role)},
			messages.FieldDuration:    map[string]any{messages.FieldDuration: chosen(duration)},
			messages.FieldReason:      map[string]any{messages.FieldReason: map[string]any{"value": reason}}}}}}
}

// answers are what became of what a Slack account did, as stored: for those whom
// nobody can write to.
func (tw *town) answers(slackID string) []string {
	tw.Helper()
	var all []string
	tw.operate(func(o *bot.Operator) error {
		rows, err := o.Store.DB().QueryContext(tw.ctx(), "SELECT answer FROM attempts WHERE state = 'refused' AND slack_id = '"+slackID+"'")
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var a string
			if err := rows.Scan(&a); err != nil {
				return err
			}
			all = append(all, a)
		}
		return rows.Err()
	})
	return all
}

// down makes a vendor answer everything with "unavailable" until its faults are
// cleared.
func down(f *control.Faults) { f.Add(control.Fault{Op: "*", Answer: "unavailable"}) }

// everyCardNow waits until every card of a request says these words.
func (tw *town) everyCardNow(reason string, words ...string) {
	tw.Helper()
	if err := tw.Slack.WaitFor(tw.ctx(), func() bool { return len(tw.about(reason)) == len(tw.about(append(words, reason)...)) }); err != nil {
		tw.Fatalf("not every card says %q: %v\n%s", words, err, tw.log)
	}
}

// idle waits until airpass has nothing to do: no job that could run, no row that is due.
func (tw *town) idle() {
	tw.Helper()
	tw.operate(func(o *bot.Operator) error {
		tw.eventually("nothing to do", func() bool {
			var jobs int
			err := o.Store.DB().QueryRowContext(tw.ctx(), "SELECT count(*) FROM river_job WHERE state IN ('available', 'running', 'pending', 'retryable')").Scan(&jobs)
			if err != nil {
				tw.Fatal(err)
			}
			due, err := o.Store.Due(tw.ctx(), tw.Clock.Now(), 10)
			if err != nil {
				tw.Fatal(err)
			}
			return jobs == 0 && len(due) == 0
		})
		return nil
	})
}

// sideBySide is how many stories are told at once. Not so many under the race detector, nor
// where each starts processes of its own.
func sideBySide() int {
	if os.Getenv("AIRPASS_MATRIX") == "full" {
		return min(abreast, 6)
	}
	return abreast
}

// chained bounds the chains of extensions of a target.
func chained(target, longest string) func(*sandbox.World, string) string {
	return func(w *sandbox.World, yaml string) string {
		return withTarget(w, yaml, target, "max_continuous: "+longest)
	}
}

// withTarget adds a line to a target of the configuration file.
func withTarget(w *sandbox.World, yaml, target, line string) string {
	name := "permission_set_name: \"" + w.Target(target).PermissionSetName + "\""
	if strings.Count(yaml, name) != 1 {
		panic("no such target in the configuration: " + target)
	}
	return strings.Replace(yaml, name, name+"\n    "+line, 1)
}
