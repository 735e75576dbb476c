package approvals_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"airpass/access"
	"airpass/sandbox/okta"
	"airpass/sandbox/workspace"
)

// trial is one request in a directory that changes, and what is known of it without asking
// airpass: who is named by what, and who has agreed.
type trial struct {
	*bench
	rt        *rapid.T
	login, id string // the requester's, in Okta and Slack
	request   string
	lapses    time.Time
	asked     access.Policy // when it was asked
	now       access.Policy // in force
	manager   string        // key
	in        map[string]bool
	inactive  map[string]bool
	mayAsk    bool
	agreed    map[string][]access.Approver // by key: the rules that named them when they clicked
}

// deciders are those who click, besides the requester; the last may never decide.
func deciders() []string { return []string{"grace", "henry", "olivia", "sam", "chen"} }

// begin makes a requester of their own and a policy, and has them ask. It is nil where nobody
// could decide.
func (b *bench) begin(rt *rapid.T, group, engineers string) *trial {
	b.Helper()
	b.n++
	tr := &trial{bench: b, rt: rt, login: fmt.Sprintf("n%d@example.com", b.n), id: fmt.Sprintf("U0N%d", b.n), manager: "grace", mayAsk: true,
		in: map[string]bool{}, inactive: map[string]bool{}, agreed: map[string][]access.Approver{}}
	for _, who := range deciders() {
		tr.must(b.world.Okta.SetStatus(b.world.Person(who).Login, okta.Active))
		tr.member(group, who, who == "sam")
	}
	_, err := b.world.Okta.AddUser(okta.User{Profile: map[string]any{"login": tr.login, "email": tr.login, "firstName": "New", "lastName": tr.id,
		"displayName": "New " + tr.id, "managerId": b.world.Person("grace").Login}})
	tr.must(err)
	tr.must(b.world.Okta.SetMember(engineers, tr.login, true))
	tr.must(b.world.Okta.SetMember(b.world.AssignmentGroup(), tr.login, true))
	b.world.Okta.Sync()
	b.world.Slack.AddUser(workspace.User{ID: tr.id, Name: strings.ToLower(tr.id), RealName: "New " + tr.id, Email: tr.login, TZ: "Europe/Berlin"})
	tr.adopt(tr.policy(group))
	tr.asked = tr.now
	ask := access.Attempt{Kind: access.AttemptAsk, Target: "prod/User", Duration: time.Hour, Reason: "because"}
	if rapid.Bool().Draw(rt, "later") {
		ask.Begins = "in 20 hours"
	}
	a := tr.as(tr.id, ask)
	if a.State != access.AttemptDone {
		return nil
	}
	tr.request, tr.lapses = a.Answer, b.now(a.Answer).LapseAt
	return tr
}

func (tr *trial) must(err error) {
	tr.Helper()
	if err != nil {
		tr.Fatal(err)
	}
}

// as is tries of a Slack user.
func (tr *trial) as(slackID string, a access.Attempt) access.Attempt {
	tr.Helper()
	tr.n++
	a.Delivery, a.Slack = fmt.Sprint(tr.Name(), "#", tr.n), access.SlackUser{Team: tr.config.Slack.Team, ID: slackID}
	if fresh, err := tr.svc.Record(tr.Context(), a); err != nil || !fresh {
		tr.Fatal("not stored:", fresh, err)
	}
	return tr.judge(a.Delivery)
}

func (tr *trial) member(group, who string, is bool) {
	tr.Helper()
	tr.must(tr.world.Okta.SetMember(group, tr.world.Person(who).Login, is))
	tr.in[who] = is
}

// policy draws stages; no stage has a rule that another has, or all have.
func (tr *trial) policy(group string) access.Policy {
	rules := []access.Approver{manager, person("grace"), person("olivia"), person("sam"), person("henry"), {Kind: access.ApproverGroup, Value: group}}
	var p access.Policy
	for i := range rapid.IntRange(1, 2).Draw(tr.rt, "stages") {
		s := access.Stage{Name: fmt.Sprint("stage ", i), Required: rapid.IntRange(1, 2).Draw(tr.rt, "required")}
		for _, at := range rapid.SliceOfNDistinct(rapid.IntRange(0, len(rules)-1), 1, 3, rapid.ID[int]).Draw(tr.rt, "rules") {
			s.Approvers = append(s.Approvers, rules[at])
		}
		p.Stages = append(p.Stages, s)
	}
	return p
}

func (tr *trial) adopt(p access.Policy) { tr.now, tr.policies["prod/User"] = p, p }

// named says whether a rule names somebody now, by what was done to the directory.
func (tr *trial) named(rule access.Approver, who string) bool {
	switch rule.Kind {
	case access.ApproverManager:
		return tr.manager == who
	case access.ApproverGroup:
		return tr.in[who]
	}
	return strings.HasPrefix(rule.Value, who+"@")
}

// clicks has somebody agree, and notes by what they were named.
func (tr *trial) clicks(who string) {
	tr.Helper()
	var rules []access.Approver
	for _, s := range slices.Concat(tr.asked.Stages, tr.now.Stages) {
		for _, r := range s.Approvers {
			if tr.named(r, who) {
				rules = append(rules, r)
			}
		}
	}
	entitled := !tr.inactive[who] && len(rules) > 0 && tr.world.Clock.Now().Before(tr.lapses)
	if tr.granted() {
		return
	}
	a := tr.as(tr.world.Person(who).SlackID, access.Attempt{Kind: access.AttemptApprove, Request: tr.request})
	if _, twice := tr.agreed[who]; a.State != access.AttemptDone || twice {
		return // who has agreed may say so again, and nothing comes of it
	}
	if !entitled {
		tr.rt.Fatalf("%s, whom nothing names or who is not ACTIVE, has decided", who)
	}
	tr.agreed[who] = rules
}

func (tr *trial) granted() bool {
	tr.Helper()
	_, found, err := tr.store.GrantOf(tr.Context(), tr.request)
	tr.must(err)
	return found
}

// enough says whether those who agreed can fill every seat of a policy, nobody two: every
// way of seating them is tried.
func (tr *trial) enough(p access.Policy) bool {
	var seats []access.Stage
	for _, s := range p.Stages {
		for range max(s.Required, 1) {
			seats = append(seats, s)
		}
	}
	seated := map[string]bool{}
	var fill func(int) bool
	fill = func(i int) bool {
		if i == len(seats) {
			return true
		}
		for _, who := range slices.Sorted(maps.Keys(tr.agreed)) {
			fits := slices.ContainsFunc(seats[i].Approvers, func(r access.Approver) bool { return slices.Contains(tr.agreed[who], r) })
			if seated[who] || !fits {
				continue
			}
			seated[who] = true
			if fill(i + 1) {
				return true
			}
			delete(seated, who)
		}
		return false
	}
	return fill(0)
}

// holds is the property: no grant without a sufficient set of distinct eligible deciders,
// for a requester who may have it.
func (tr *trial) holds(when string) {
	tr.Helper()
	switch {
	case !tr.enough(tr.asked):
		tr.rt.Fatalf("%s: %v agreed, and it was asked for under %+v", when, tr.agreed, tr.asked.Stages)
	case !tr.enough(tr.now):
		tr.rt.Fatalf("%s: %v agreed, and the policy in force is %+v", when, tr.agreed, tr.now.Stages)
	case !tr.mayAsk || tr.inactive[""]:
		tr.rt.Fatalf("%s: the requester may not ask, or is not ACTIVE", when)
	}
}

// changes does one thing to the directory or to the configuration.
func (tr *trial) changes(group, engineers string) {
	tr.Helper()
	who := rapid.SampledFrom(deciders()).Draw(tr.rt, "of whom")
	login := tr.world.Person(who).Login
	switch rapid.SampledFrom([]string{"policy", "policy", "policy", "manager", "group", "status", "requester", "asking"}).Draw(tr.rt, "change") {
	case "manager":
		tr.must(tr.world.Okta.SetProfile(tr.login, map[string]any{"managerId": login}))
		tr.manager = who
	case "group":
		tr.member(group, who, !tr.in[who])
	case "status":
		tr.toggle(who, login)
	case "policy":
		tr.adopt(tr.policy(group))
	case "requester":
		tr.toggle("", tr.login)
	case "asking":
		tr.mayAsk = !tr.mayAsk
		tr.must(tr.world.Okta.SetMember(engineers, tr.login, tr.mayAsk))
	}
}

// toggle suspends somebody, or lets them in again; "" is the requester.
func (tr *trial) toggle(who, login string) {
	tr.Helper()
	to := okta.Suspended
	if tr.inactive[who] {
		to = okta.Active
	}
	tr.must(tr.world.Okta.SetStatus(login, to))
	tr.inactive[who] = !tr.inactive[who]
}

// In whatever order people click, leave groups, get other managers, are suspended, and the
// configuration is read anew: nothing is granted without enough distinct people who may
// decide, neither at once nor, when its time has come, what was asked for later.
func TestInvariant01NoGrantWithoutEnoughDistinctDecidersWhateverChanges(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made, err := b.world.Okta.AddGroup(okta.Group{Name: "property"})
	if err != nil {
		t.Fatal(err)
	}
	target, _ := b.config.Target("prod/User")
	engineers := target.Requesters[0]
	granted, begun, kept := 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		tr := b.begin(rt, made.ID, engineers)
		if tr == nil {
			return
		}
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			if rapid.IntRange(0, 2).Draw(rt, "kind") == 0 {
				tr.changes(made.ID, engineers)
				continue
			}
			before := tr.granted()
			tr.clicks(rapid.SampledFrom(deciders()).Draw(rt, "who"))
			if !before && tr.granted() {
				granted++
				tr.holds("when it was granted")
			}
		}
		if a := tr.as(tr.id, access.Attempt{Kind: access.AttemptApprove, Request: tr.request}); a.State == access.AttemptDone {
			rt.Fatal("the requester has decided")
		}
		g, found, err := b.store.GrantOf(t.Context(), tr.request)
		tr.must(err)
		if !found || g.State != access.GrantScheduled {
			return
		}
		for range rapid.IntRange(0, 2).Draw(rt, "changes before the start") {
			tr.changes(made.ID, engineers)
		}
		refused, err := b.svc.MayBegin(t.Context(), g)
		tr.must(err)
		if kept++; refused == "" {
			begun++
			tr.holds("at its start")
		}
	})
	t.Logf("%d granted, %d for later, of which %d may begin", granted, kept, begun)
	if granted == 0 {
		t.Error("nothing was granted: this test sees nothing")
	}
}
