package bot_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"airpass/config"
	"airpass/sandbox"
	"airpass/sandbox/identitycenter"
	"airpass/sandbox/workspace"
	"airpass/store"
)

// standing is access that somebody has from elsewhere and keeps.
var standing = struct{ who, target string }{"ada", "finance/Viewer"}

// stand gives what is standing.
func (s *siege) stand(p plot) {
	if p.standing {
		if err := s.Okta.SetMember(s.Target(p.target).OktaGroup, s.Person(p.who).Login, true); err != nil {
			s.Fatal(err)
		}
	}
	t := s.Target(standing.target)
	if err := s.IdentityCenter.Assign(identitycenter.Assignment{Account: t.Account, PermissionSetARN: t.PermissionSet,
		PrincipalType: identitycenter.PrincipalUser, PrincipalID: s.center(standing.who)}); err != nil {
		s.Fatal(err)
	}
}

// judge asserts, once a story is over, what must be true however it was cut into: from
// the vendors' own state, and from the audit trail.
func (s *siege) judge(st story, p plot) {
	s.Helper()
	s.advance(20 * time.Minute) // past the settle window: what comes late is seen
	s.await("a quiet end", func() error {
		if !s.nothing(p) {
			return fmt.Errorf("something is left of %s", p.target)
		}
		return nil
	})
	s.stop()
	if !s.nothing(p) {
		s.Errorf("something is left of %s\n%s", p.target, s.scene())
	}
	if s.assignments(standing.who, standing.target) != 1 {
		s.Error("standing access was touched")
	}
	s.judgeAccount(st, p)
	s.judgeOperations()
	s.judgeMessages(st, p)
	s.judgeAudit(st, p)
	if s.Failed() {
		s.Log(s.scene(), s.log)
	}
}

// judgeAccount: an account that was given is never taken away. It may not have come to
// it when the access was given back at once.
func (s *siege) judgeAccount(st story, p plot) {
	s.Helper()
	if p.newcomer && !s.assigned(p.who) && st.name != "cancel during create" {
		s.Error("the account is gone")
	}
	for _, e := range s.Okta.Log() {
		if e.Type == "group.user_membership.remove" && slices.Contains(e.Targets, s.AssignmentGroup()) {
			s.Errorf("somebody was taken out of the assignment group: %+v", e)
		}
	}
}

// judgeOperations: nothing is under way, and no two operations about the same
// assignment were at the same time.
func (s *siege) judgeOperations() {
	s.Helper()
	s.IdentityCenter.Sync()
	all := s.IdentityCenter.Operations()
	for i, a := range all {
		if a.Status == identitycenter.InProgress {
			s.Errorf("%s is still in progress", a.Kind)
		}
		for _, b := range all[i+1:] {
			if a.PermissionSetARN == b.PermissionSetARN && a.Account == b.Account && a.PrincipalID == b.PrincipalID && b.Created.Before(a.Done) {
				s.Errorf("%s of %s began while %s was under way", b.Kind, b.PermissionSetName, a.Kind)
			}
		}
	}
}

// judgeMessages: nobody was told anything twice.
func (s *siege) judgeMessages(st story, p plot) {
	s.Helper()
	for _, same := range s.Slack.Duplicates() {
		s.Errorf("%d times in %s: %q", len(same), same[0].Channel, same[0].Visible())
	}
	for _, who := range slices.Concat(p.approvers, []string{p.who}) {
		said := slices.DeleteFunc(s.Slack.Messages(s.as(who).DM()), func(m workspace.Message) bool { return !m.FromApp || m.EphemeralFor != "" })
		if len(said) != st.requests {
			s.Errorf("%s has %d messages, want %d: %s", who, len(said), st.requests, s.inbox(who))
		}
	}
	if n := len(s.Slack.Messages(sandbox.RequestsChannel)); n < st.requests {
		s.Errorf("%d messages in the channel of requests", n)
	}
}

// judgeAudit: the trail is whole, and holds each change of state exactly once.
func (s *siege) judgeAudit(st story, p plot) {
	s.Helper()
	db := s.open()
	trail := s.trail(db)
	for kind, want := range map[string]int{"request.created": st.requests, "request.approved": st.requests, "decision.recorded": st.requests,
		"grant.provisioning": st.requests, "grant.revoking": st.requests, "grant.ended": st.requests} {
		if trail.kinds[kind] != want {
			s.Errorf("%d events %s, want %d", trail.kinds[kind], kind, want)
		}
	}
	if n := trail.kinds["grant.active"]; n != st.requests && !(st.name == "cancel during create" && n == 0) {
		s.Errorf("%d events grant.active", n)
	}
	s.judgeRows(db, p)
}

// open opens the store beside whoever serves it.
func (s *siege) open() *store.Store {
	s.Helper()
	db, err := store.Open(s.Context(), s.store, store.Options{Now: s.Clock.Now, Log: slog.New(slog.DiscardHandler),
		Key: store.AuditKey{ID: s.config.Audit.KeyID, Key: config.KeyBytes(s.config.Audit.Key)}})
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = db.Close() })
	return db
}

// trail verifies the audit trail and follows it to its end.
func (s *siege) trail(db *store.Store) *trail {
	s.Helper()
	if r, err := db.VerifyAudit(s.Context()); err != nil || r.Why != "" {
		s.Errorf("the audit trail: %v %s", err, r.Why)
	}
	var out bytes.Buffer
	if err := db.ExportAudit(s.Context(), &out, store.AuditFilter{}); err != nil {
		s.Fatal(err)
	}
	trail := newTrail()
	for line := range bytes.Lines(out.Bytes()) {
		if err := trail.add(line); err != nil {
			s.Error(err)
		}
	}
	return trail
}

// judgeRows: nothing is left to do.
func (s *siege) judgeRows(db *store.Store, p plot) {
	s.Helper()
	stats, err := db.Stats(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	for table, states := range map[string][]string{"intents": {"open", "accepted"}, "messages": {"new", "posting", "failed"}, "entitlements": {"unknown", "present"}} {
		for _, state := range states {
			want := int64(0)
			if table == "entitlements" && state == "present" && (p.standing || p.newcomer && s.assigned(p.who)) {
				want = 1
			}
			if n := stats[table][state]; n != want {
				s.Errorf("%d %s are %s", n, table, state)
			}
		}
	}
}

// trail counts the events of the audit trail, and follows each thing from one state to
// the next.
type trail struct {
	kinds map[string]int
	state map[string]string // by what it is about
}

func newTrail() *trail { return &trail{kinds: map[string]int{}, state: map[string]string{}} }

// add takes one exported event. A change that does not begin where the last one ended
// is an error: one was lost, or counted twice.
func (t *trail) add(line []byte) error {
	var e struct {
		Body struct {
			Kind, Grant, Request string
			Facts                map[string]string
		}
	}
	if err := json.Unmarshal(line, &e); err != nil {
		return err
	}
	t.kinds[e.Body.Kind]++
	var about, from, to string
	switch f := e.Body.Facts; {
	case f["presence"] != "":
		about, from, to = "presence of "+f["entitlement"], f["presence_before"], f["presence"]
		if t.state[about] == "" {
			t.state[about] = "unknown"
		}
	case f["intent"] != "" && e.Body.Kind != "intent.add" && e.Body.Kind != "intent.remove":
		about, from, to = "intent "+f["intent"], f["from"], f["state"]
	case f["intent"] != "":
		about, to = "intent "+f["intent"], f["state"]
	case strings.HasPrefix(e.Body.Kind, "login."), e.Body.Kind == "call.made": // of a grant, which stays as it is
	case e.Body.Grant != "" && e.Body.Kind != "grant.overdue" && e.Body.Kind != "grant.resolved":
		about, from, to = "grant "+e.Body.Grant, f["from"], e.Body.Kind[len("grant."):]
	}
	if about == "" {
		return nil
	}
	if was := t.state[about]; was != from {
		return fmt.Errorf("%s: %s goes from %q, but it was %q", e.Body.Kind, about, from, was)
	}
	t.state[about] = to
	return nil
}
