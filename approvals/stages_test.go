package approvals_test

import (
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/grants"
	"airpass/sandbox/okta"
	"airpass/sandbox/workspace"
	"airpass/store"
)

func person(login string) access.Approver {
	return access.Approver{Kind: access.ApproverPerson, Value: login + "@example.com"}
}

var manager = access.Approver{Kind: access.ApproverManager}

func stage(name string, required int, who ...access.Approver) access.Stage {
	return access.Stage{Name: name, Required: required, Approvers: who}
}

// says is an attempt to decide and what became of it.
func (b *bench) says(who string, verdict access.AttemptKind, request string) access.Attempt {
	b.Helper()
	return b.tries(who, access.Attempt{Kind: verdict, Request: request})
}

// now is the request as it is stored.
func (b *bench) now(request string) access.Request {
	b.Helper()
	r, err := b.store.Request(b.Context(), request)
	if err != nil {
		b.Fatal(err)
	}
	return r
}

// notices are the words that were sent to somebody.
func (b *bench) notices(to string) string {
	b.Helper()
	var all []string
	for _, m := range b.messages() {
		if m.To == to && m.Text != "" {
			all = append(all, m.Text)
		}
	}
	return strings.Join(all, "\n")
}

// carded says whether somebody was sent a card of a request.
func (b *bench) carded(who, request string) bool {
	b.Helper()
	for _, m := range b.messages() {
		if m.Kind == access.ApproverCard && m.Request == request && m.To == b.world.Person(who).SlackID {
			return true
		}
	}
	return false
}

func TestInvariant01NothingIsGrantedBeforeEveryStageHasEnoughPeople(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.policies["prod/User"] = access.Policy{Stages: []access.Stage{stage("data", 2, manager, person("olivia"), person("henry")), stage("security", 1, person("sam"))}}
	request := b.asks("ada", "prod/User")
	if !b.carded("grace", request) || !b.carded("henry", request) || b.carded("sam", request) {
		t.Error("the cards are not those of the first stage")
	}
	if a := b.says("sam", access.AttemptApprove, request); a.State != access.AttemptRefused || !strings.Contains(a.Answer, "it is not your turn: the request is at the stage “data”") {
		t.Errorf("who is of a later stage: %s %s", a.State, a.Answer)
	}
	b.says("grace", access.AttemptApprove, request)
	if r := b.now(request); r.State != access.RequestPending || r.Course.Tally != (access.Tally{Stage: 0, Have: 1, Need: 2}) {
		t.Fatalf("after one of two: %s %+v", r.State, r.Course.Tally)
	}
	if a := b.says("grace", access.AttemptApprove, request); a.State != access.AttemptDone || b.now(request).Course.Tally.Have != 1 {
		t.Errorf("the same person again: %s %s %+v", a.State, a.Answer, b.now(request).Course.Tally)
	}
	b.says("henry", access.AttemptApprove, request)
	if r := b.now(request); r.State != access.RequestPending || r.Course.Tally != (access.Tally{Stage: 1, Have: 0, Need: 1}) || !b.carded("sam", request) {
		t.Fatalf("after the first stage: %s %+v, card of the second: %v", r.State, r.Course.Tally, b.carded("sam", request))
	}
	if a := b.says("olivia", access.AttemptApprove, request); a.State != access.AttemptRefused {
		t.Errorf("who is of an earlier stage: %s %s", a.State, a.Answer)
	}
	if _, found, err := b.store.GrantOf(t.Context(), request); found || err != nil {
		t.Fatal("granted before the last stage", err)
	}
	b.says("sam", access.AttemptApprove, request)
	if _, found, err := b.store.GrantOf(t.Context(), request); !found || err != nil || b.state(request) != access.RequestApproved {
		t.Fatalf("after the last stage: %s, granted %v %v", b.state(request), found, err)
	}
}

func TestANoAtAnyStageEndsTheRequest(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.policies["prod/User"] = access.Policy{Stages: []access.Stage{stage("data", 1, manager), stage("security", 2, person("sam"), person("olivia"))}}
	request := b.asks("ada", "prod/User")
	b.says("grace", access.AttemptApprove, request)
	b.says("olivia", access.AttemptApprove, request)
	b.tries("sam", access.Attempt{Kind: access.AttemptDeny, Request: request, Reason: "not now"})
	if b.state(request) != access.RequestDenied {
		t.Fatal(b.state(request))
	}
	if a := b.says("sam", access.AttemptApprove, request); a.State != access.AttemptRefused {
		t.Error("a denied request is approved:", a.State)
	}
}

func TestOnePersonCountsOnceUnlessThePolicySaysSo(t *testing.T) {
	t.Parallel()
	for name, twice := range map[string]bool{"once": false, "twice": true} {
		b := setup(t)
		b.policies["prod/User"] = access.Policy{CountTwice: twice, Stages: []access.Stage{stage("manager", 1, manager), stage("owner", 1, person("grace"), person("olivia"))}}
		request := b.asks("ada", "prod/User")
		b.says("grace", access.AttemptApprove, request)
		if approved := b.state(request) == access.RequestApproved; approved != twice {
			t.Errorf("%s: %s", name, b.state(request))
		}
		if twice {
			continue
		}
		if a := b.says("olivia", access.AttemptApprove, request); a.State != access.AttemptDone || b.state(request) != access.RequestApproved {
			t.Errorf("%s: somebody else of the second stage: %s %s, %s", name, a.State, a.Answer, b.state(request))
		}
	}
}

// Two people decide in the same moment, and both count.
func TestTwoWhoAgreeAtTheSameMomentBothCount(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.policies["prod/User"] = access.Policy{Stages: []access.Stage{stage("data", 2, manager, person("olivia"))}}
	request := b.asks("ada", "prod/User")
	first := b.records("grace", access.Attempt{Kind: access.AttemptApprove, Request: request})
	second := b.records("olivia", access.Attempt{Kind: access.AttemptApprove, Request: request})
	done := make(chan error, 2)
	for _, id := range []string{first, second} {
		go func() {
			a, err := b.store.Attempt(t.Context(), id)
			if err == nil {
				err = b.svc.Judge(t.Context(), id, a.Version)
			}
			done <- err
		}()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	b.judgeAll()
	if r := b.now(request); r.State != access.RequestApproved {
		t.Fatalf("%s %+v", r.State, r.Course.Tally)
	}
}

func TestInvariant01ThePolicyInForceAndThatOfTheRequestBothCount(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.policies["prod/User"] = access.Policy{Stages: []access.Stage{stage("manager", 1, manager)}}
	request := b.asks("ada", "prod/User")
	// Since then the target asks for security too.
	b.policies["prod/User"] = access.Policy{Stages: []access.Stage{stage("manager", 1, manager), stage("security", 1, person("sam"))}}
	b.says("grace", access.AttemptApprove, request)
	if r := b.now(request); r.State != access.RequestPending || !r.Course.AnyOrder || !b.carded("sam", request) {
		t.Fatalf("%s %+v", r.State, r.Course)
	}
	b.says("sam", access.AttemptApprove, request)
	if b.state(request) != access.RequestApproved {
		t.Fatal(b.state(request))
	}

	// The other way round: what was asked for when it was made still counts.
	stricter := b.asks("ben", "prod/User")
	b.policies["prod/User"] = access.Policy{Stages: []access.Stage{stage("manager", 1, manager)}}
	b.says("grace", access.AttemptApprove, stricter)
	if r := b.now(stricter); r.State != access.RequestPending {
		t.Fatalf("a policy that asks for less since: %s", r.State)
	}
	if a := b.says("sam", access.AttemptApprove, stricter); a.State != access.AttemptRefused {
		t.Errorf("who is of the old policy only: %s %s", a.State, b.state(stricter))
	}
}

func TestARuleLetsARequestPass(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.policies["prod/User"] = access.Policy{Stages: access.Single(manager).Stages, Rules: []access.Rule{
		{Name: "short", When: `duration <= duration("1h")`, Approve: true},
		{Name: "two at most", When: "true", MaxDuration: 2 * time.Hour},
		{Name: "long needs security", When: `duration > duration("90m")`, Stages: []access.Stage{stage("security", 1, person("sam"))}},
	}}
	short := b.tries("ada", access.Attempt{Kind: access.AttemptAsk, Target: "prod/User", Duration: time.Hour, Reason: "short"})
	if r := b.now(short.Answer); r.State != access.RequestApproved || r.Course.Auto != "short" || r.Decider.OktaID != "" {
		t.Fatalf("%+v", r)
	}
	if _, found, err := b.store.GrantOf(t.Context(), short.Answer); !found || err != nil {
		t.Fatal("not granted", err)
	}
	middling := b.tries("ada", access.Attempt{Kind: access.AttemptAsk, Target: "prod/User", Duration: 75 * time.Minute, Reason: "middling"})
	if r := b.now(middling.Answer); r.State != access.RequestPending || len(r.Course.Stages) != 1 {
		t.Errorf("%s %+v", r.State, r.Course)
	}
	long := b.tries("ada", access.Attempt{Kind: access.AttemptAsk, Target: "prod/User", Duration: 2 * time.Hour, Reason: "long"})
	if r := b.now(long.Answer); r.State != access.RequestPending || len(r.Course.Stages) != 2 {
		t.Errorf("%s %+v", r.State, r.Course)
	}
	if a := b.tries("ada", access.Attempt{Kind: access.AttemptAsk, Target: "prod/User", Duration: 3 * time.Hour, Reason: "too long"}); a.State != access.AttemptRefused || !strings.Contains(a.Answer, "longer than a rule of the policy allows") {
		t.Errorf("%s %s", a.State, a.Answer)
	}
	b.pause()
	if a := b.tries("ben", access.Attempt{Kind: access.AttemptAsk, Target: "prod/User", Duration: time.Hour, Reason: "while paused"}); a.State != access.AttemptRefused || !strings.Contains(a.Answer, "paused") {
		t.Errorf("while new grants are paused: %s %s", a.State, a.Answer)
	}
}

func TestARequestIsChasedWidenedAndLapses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := stage("manager", 1, manager)
	s.RemindAfter, s.WidenAfter, s.WidenTo = time.Hour, 3*time.Hour, []access.Approver{person("olivia")}
	b.policies["prod/User"] = access.Policy{Stages: []access.Stage{s}}
	request := b.asks("ada", "prod/User")
	if a := b.says("olivia", access.AttemptApprove, request); a.State != access.AttemptRefused {
		t.Error("before it is widened:", a.State)
	}
	b.after(time.Hour, request)
	if r := b.now(request); !r.Course.Reminded || r.Course.Widened || !strings.Contains(b.notices(b.world.Person("grace").SlackID), "still waits for your decision") {
		t.Fatalf("after an hour: %+v %q", r.Course, b.notices(b.world.Person("grace").SlackID))
	}
	b.after(2*time.Hour, request)
	if r := b.now(request); !r.Course.Widened || !b.carded("olivia", request) {
		t.Fatalf("after three: %+v", r.Course)
	}
	if n := strings.Count(b.notices(b.world.Person("grace").SlackID), "still waits"); n != 1 {
		t.Errorf("reminded %d times", n)
	}
	other := b.asks("ben", "prod/User")
	b.after(3*time.Hour, other)
	if a := b.says("olivia", access.AttemptApprove, other); a.State != access.AttemptDone || b.state(other) != access.RequestApproved {
		t.Errorf("somebody to whom it was widened: %s %s", a.State, a.Answer)
	}
	b.after(8*time.Hour, request)
	if b.state(request) != access.RequestLapsed {
		t.Error(b.state(request))
	}
}

func TestWhoIsAbsentIsStoodInForAndTheNumberStays(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.policies["prod/User"] = access.Policy{Stages: []access.Stage{stage("two", 2, person("henry"), person("olivia"))}, Fallback: []access.Approver{person("sam")}}
	request := b.asks("ada", "prod/User")
	if a := b.says("sam", access.AttemptApprove, request); a.State != access.AttemptRefused {
		t.Error("while everybody is there:", a.State)
	}
	if err := b.world.Okta.SetStatus(b.world.Person("henry").Login, okta.Suspended); err != nil {
		t.Fatal(err)
	}
	if a := b.says("sam", access.AttemptApprove, request); a.State != access.AttemptDone || b.state(request) != access.RequestPending {
		t.Fatalf("standing in: %s %s, %s", a.State, a.Answer, b.state(request))
	}
	b.says("olivia", access.AttemptApprove, request)
	if b.state(request) != access.RequestApproved {
		t.Error(b.state(request))
	}
}

func TestWhenNobodyIsLeftItIsSaid(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := stage("two", 2, person("henry"), person("olivia"))
	s.RemindAfter = time.Hour
	b.policies["prod/User"] = access.Policy{Stages: []access.Stage{s}}
	request := b.asks("ada", "prod/User")
	if err := b.world.Okta.SetStatus(b.world.Person("henry").Login, okta.Suspended); err != nil {
		t.Fatal(err)
	}
	b.after(time.Hour, request)
	if !strings.Contains(b.notices(b.world.Person("ada").SlackID), "Nobody is left who may decide") {
		t.Errorf("%q", b.notices(b.world.Person("ada").SlackID))
	}
	if a := b.tries("ben", access.Attempt{Kind: access.AttemptAsk, Target: "prod/User", Duration: time.Hour, Reason: "because"}); a.State != access.AttemptRefused || !strings.Contains(a.Answer, "nobody could decide") {
		t.Errorf("asking for what needs more people than there are: %s %s", a.State, a.Answer)
	}
}

// Where nothing is due, it is said once somebody has looked.
func TestWhenTheLastWhoMayDecideLeavesItIsSaidOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	widened := stage("widened", 1, person("henry"))
	widened.WidenTo, widened.WidenAfter = []access.Approver{person("sam")}, time.Hour
	b.policies["prod/User"] = access.Policy{Stages: []access.Stage{stage("one", 1, person("henry"))}}
	b.policies["prod/Viewer"] = access.Policy{Stages: []access.Stage{widened}}
	request, other := b.asks("ada", "prod/User"), b.asks("ben", "prod/Viewer")
	look := func() {
		t.Helper()
		if err := b.svc.LookForDeciders(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	look()
	if b.now(request).Course.Stuck {
		t.Fatal("while he is there")
	}
	if err := b.world.Okta.SetStatus(b.world.Person("henry").Login, okta.Suspended); err != nil {
		t.Fatal(err)
	}
	look()
	look()
	if said := b.notices(b.world.Person("ada").SlackID); !b.now(request).Course.Stuck || strings.Count(said, "Nobody is left who may decide") != 1 {
		t.Errorf("%+v %q", b.now(request).Course, said)
	}
	if said := b.notices(b.world.Person("ben").SlackID); strings.Contains(said, "Nobody is left") || b.now(other).Course.Stuck {
		t.Errorf("what will be widened: %q", said)
	}
}

// Of a later stage it is said as soon as it opens.
func TestWhenNobodyIsLeftForTheNextStageItIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.policies["prod/User"] = access.Policy{Stages: []access.Stage{stage("first", 1, manager), stage("second", 1, person("henry"))}}
	request := b.asks("ada", "prod/User")
	if err := b.world.Okta.SetStatus(b.world.Person("henry").Login, okta.Suspended); err != nil {
		t.Fatal(err)
	}
	if a := b.says("grace", access.AttemptApprove, request); a.State != access.AttemptDone || b.state(request) != access.RequestPending {
		t.Fatalf("%s %s, %s", a.State, a.Answer, b.state(request))
	}
	if said := b.notices(b.world.Person("ada").SlackID); strings.Count(said, "Nobody is left who may decide") != 1 {
		t.Errorf("%q", said)
	}
}

func TestWhoIsAwayInSlackIsStoodInFor(t *testing.T) {
	t.Parallel()
	for name, gone := range map[string]func(*workspace.User){
		"deactivated": func(u *workspace.User) { u.Deleted = true },
		"on holiday":  func(u *workspace.User) { u.StatusEmoji = ":palm_tree:" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.policies["prod/User"] = access.Policy{Stages: []access.Stage{stage("one", 1, person("henry"))}, Fallback: []access.Approver{person("sam")}}
			b.world.Slack.UpdateUser(b.world.Person("henry").SlackID, func(u *workspace.User) { u.StatusEmoji = ":headphones:" })
			before := b.asks("ada", "prod/User")
			if a := b.says("sam", access.AttemptApprove, before); a.State != access.AttemptRefused || b.carded("sam", before) {
				t.Fatal("while he is there:", a.State, b.carded("sam", before))
			}
			b.world.Slack.UpdateUser(b.world.Person("henry").SlackID, gone)
			after := b.asksFor("ada", "prod/User", 2*time.Hour)
			if !b.carded("sam", after) {
				t.Error("who stands in is not asked")
			}
			if a := b.says("sam", access.AttemptApprove, after); a.State != access.AttemptDone || b.state(after) != access.RequestApproved {
				t.Errorf("standing in: %s %s", a.State, a.Answer)
			}
		})
	}
}

// after moves the clock and looks at a request as the sweep does.
func (b *bench) after(d time.Duration, request string) {
	b.Helper()
	if _, err := b.world.Clock.Advance(d); err != nil {
		b.Fatal(err)
	}
	due, err := b.store.Due(b.Context(), b.world.Clock.Now(), 100)
	if err != nil {
		b.Fatal(err)
	}
	for _, w := range due {
		if w.Kind == store.WakeRequest && w.ID == request {
			if err := b.svc.Attend(b.Context(), w.ID, w.Version); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// messages are all that wait to be sent; nothing sends them here.
func (b *bench) messages() []access.Message {
	b.Helper()
	due, err := b.store.Due(b.Context(), b.world.Clock.Now(), 1000)
	if err != nil {
		b.Fatal(err)
	}
	var all []access.Message
	for _, w := range due {
		if w.Kind == store.WakeMessage {
			m, err := b.store.Message(b.Context(), w.ID)
			if err != nil {
				b.Fatal(err)
			}
			all = append(all, m)
		}
	}
	return all
}

// records stores an attempt of somebody without judging it, and returns its id.
func (b *bench) records(who string, a access.Attempt) string {
	b.Helper()
	b.n++
	a.Delivery, a.Slack = b.Name()+strings.Repeat("i", b.n), access.SlackUser{Team: b.config.Slack.Team, ID: b.world.Person(who).SlackID}
	if fresh, err := b.svc.Record(b.Context(), a); err != nil || !fresh {
		b.Fatal("not stored:", fresh, err)
	}
	due, err := b.store.Due(b.Context(), b.world.Clock.Now(), 1000)
	if err != nil {
		b.Fatal(err)
	}
	for _, w := range due {
		if w.Kind != store.WakeAttempt {
			continue
		}
		if stored, err := b.store.Attempt(b.Context(), w.ID); err == nil && stored.Delivery == a.Delivery {
			return w.ID
		}
	}
	b.Fatal("nothing was due")
	return ""
}

// pause stops new grants.
func (b *bench) pause() {
	b.Helper()
	if err := b.store.Update(b.Context(), access.System("test"), func(tx *store.Tx) error { return tx.SetSetting(grants.Paused, "yes") }); err != nil {
		b.Fatal(err)
	}
}

func TestAPolicySaysWhatAReasonAndADurationMustBeLike(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.policies["prod/User"] = access.Policy{Stages: access.Single(manager).Stages, MinDuration: 30 * time.Minute, Choices: []time.Duration{30 * time.Minute, 2 * time.Hour},
		Reason: access.ReasonRule{MinLength: 12, Ticket: `DATA-[0-9]+`}}
	for _, tt := range []struct {
		length time.Duration
		reason string
		words  string
	}{
		{20 * time.Minute, "DATA-1 backfill", "shorter than the policy allows, 30m0s"},
		{time.Hour, "DATA-1 backfill", "cannot be chosen, but 30m0s, 2h0m0s"},
		{2 * time.Hour, "DATA-1", "at least 12 characters"},
		{2 * time.Hour, "because I want it", "name a ticket"},
		{2 * time.Hour, "DATA-1 backfill", ""},
	} {
		a := b.tries("ada", access.Attempt{Kind: access.AttemptAsk, Target: "prod/User", Duration: tt.length, Reason: tt.reason})
		if (a.State == access.AttemptDone) != (tt.words == "") || tt.words != "" && !strings.Contains(a.Answer, tt.words) {
			t.Errorf("%s %q: %s %s", tt.length, tt.reason, a.State, a.Answer)
		}
	}
}
