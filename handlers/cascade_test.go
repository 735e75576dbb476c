package handlers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/sandbox/workspace"
)

// mine is what ada is told: prod/Viewer and dev/Admin are hers to ask for.
func (b *bench) mine(_ context.Context, _ string, c access.Choice, _ bool) (access.Prospect, error) {
	p := access.Prospect{Targets: slices.DeleteFunc(slices.Clone(b.targets), func(t access.Target) bool { return t.ID == "prod/Op" })}
	if c.Target != "" {
		p.Target, p.Course = c.Target, access.Course{Stages: []access.Stage{{Approvers: []access.Approver{{Kind: access.ApproverPerson, Value: "boss of " + c.Target}}}}}
	}
	return p, nil
}

// offers are what a menu of a form offers, by its words.
func (b *bench) offers(v *workspace.ViewHandle, field string) string {
	b.t.Helper()
	all, err := v.Options(b.ctx(), "", field, "")
	if err != nil {
		b.t.Fatal(err)
	}
	var words []string
	for _, o := range all {
		words = append(words, o.Text)
	}
	return strings.Join(words, ", ")
}

// chosen is what is chosen in a form.
func chosen(v *workspace.ViewHandle, field string) string {
	for _, held := range v.Values() {
		if o, is := held[field]["selected_option"].(map[string]any); is {
			return o["value"].(string)
		}
	}
	return ""
}

// follows waits until a form is as it should be.
func (b *bench) follows(what string, v *workspace.ViewHandle, so func() bool) {
	b.t.Helper()
	if err := b.WaitFor(b.ctx(), so); err != nil {
		b.t.Fatalf("%s: %v\nroles %s, chosen %s; durations %s, chosen %s\n%s", what, err, b.offers(v, "role"), chosen(v, "role"), b.offers(v, "duration"), chosen(v, "duration"), v.View().Visible())
	}
}

func (b *bench) choose(v *workspace.ViewHandle, field, value string) {
	b.t.Helper()
	if err := v.Select(b.ctx(), "", field, value); err != nil {
		b.t.Fatal(field, value, err)
	}
}

// choosesIn delivers the choice of an environment in a form as it was when it had this hash.
func (b *bench) choosesIn(v *workspace.ViewHandle, hash, environment string) {
	b.t.Helper()
	now := time.Now().Add(time.Second)
	values := v.Values()
	for block, held := range values {
		if _, is := held["environment"]; is {
			values[block] = map[string]workspace.Block{"environment": {"type": "static_select", "selected_option": map[string]any{"value": environment}}}
		}
	}
	raw, err := json.Marshal(map[string]any{"type": "block_actions", "team": map[string]any{"id": b.TeamID()}, "user": map[string]any{"id": ada}, "trigger_id": "1.2.3",
		"actions": []any{map[string]any{"action_id": "environment", "action_ts": fmt.Sprintf("%d.%06d", now.Unix(), now.Nanosecond()/1000)}},
		"view":    map[string]any{"id": v.View().ID, "hash": hash, "callback_id": "request.ask", "state": map[string]any{"values": values}}})
	if err != nil {
		b.t.Fatal(err)
	}
	if d, err := b.DeliverRaw(b.ctx(), "interactive", "", raw); err != nil || !d.Acked {
		b.t.Fatalf("not acknowledged: %+v %v", d, err)
	}
}

func TestTheFormFollowsWhatIsChosen(t *testing.T) {
	t.Parallel()
	b := start(t, nil)
	v := b.form(ada)
	b.choose(v, "environment", "prod")
	b.follows("roles of prod", v, func() bool { return b.offers(v, "role") == "Viewer, Op" })
	b.choose(v, "role", "Viewer")
	b.follows("durations of prod/Viewer", v, func() bool { return strings.HasSuffix(b.offers(v, "duration"), "8 hours") })
	b.choose(v, "duration", "8h0m0s")
	b.choose(v, "role", "Op")
	b.follows("what is too long for prod/Op is not kept", v, func() bool {
		return chosen(v, "role") == "Op" && chosen(v, "duration") == "1h0m0s" && strings.HasSuffix(b.offers(v, "duration"), "2 hours")
	})
	if err := v.Type(b.ctx(), "reason", "reason", "because of it"); err != nil {
		t.Fatal(err)
	}
	b.choose(v, "environment", "dev")
	b.follows("the only role of dev is chosen", v, func() bool { return chosen(v, "role") == "Admin" && b.offers(v, "role") == "Admin" })
	b.choose(v, "environment", "prod")
	b.follows("a role that prod has not is not kept", v, func() bool { return chosen(v, "role") == "" && b.offers(v, "role") == "Viewer, Op" })
	b.choose(v, "role", "Viewer")
	if s, err := v.Submit(b.ctx()); err != nil || !s.Closed {
		t.Fatalf("%+v %v", s, err)
	}
	if a := b.one(); a.Target != "prod/Viewer" || a.Duration != time.Hour || a.Reason != "because of it" {
		t.Errorf("%+v", a)
	}
}

func TestOnlyWhatOneMayAskForIsOffered(t *testing.T) {
	t.Parallel()
	b := start(t, func(b *bench) { b.prospect = b.mine })
	v := b.form(ada)
	b.follows("without prod/Op", v, func() bool { return b.offers(v, "role") == "Viewer, Admin" })
	b.choose(v, "environment", "prod")
	b.follows("who decides", v, func() bool {
		return chosen(v, "role") == "Viewer" && strings.Contains(v.View().Visible(), "Will be decided by boss of prod/Viewer.")
	})
	b.choose(v, "environment", "dev")
	b.follows("who decides that", v, func() bool { return strings.Contains(v.View().Visible(), "Will be decided by boss of dev/Admin.") })
}

func TestWhoMayAskForNothingReadsIt(t *testing.T) {
	t.Parallel()
	b := start(t, func(b *bench) {
		b.prospect = func(_ context.Context, user string, _ access.Choice, _ bool) (access.Prospect, error) {
			if user == bob {
				return access.Prospect{Refused: "guests cannot."}, nil
			}
			return access.Prospect{}, nil
		}
	})
	for user, words := range map[string]string{ada: "nothing that you may ask for", bob: "You cannot ask for access: guests cannot."} {
		v := b.form(user)
		b.follows(user, v, func() bool { return strings.Contains(v.View().Visible(), words) })
		if _, err := v.Submit(b.ctx()); err == nil {
			t.Error(user, "can submit it")
		}
	}
}

// What is found out late about an earlier choice is not shown over a later one, and a form
// that was changed in between is still made to follow the latest.
func TestAFormNeverFollowsAnEarlierChoice(t *testing.T) {
	t.Parallel()
	late := make(chan struct{})
	b := start(t, func(b *bench) {
		b.prospect = func(ctx context.Context, user string, c access.Choice, anew bool) (access.Prospect, error) {
			if c.Target == "prod/Op" {
				select {
				case <-late:
				case <-ctx.Done():
				}
			}
			p, err := b.mine(ctx, user, c, anew)
			p.Targets = b.targets
			return p, err
		}
	})
	v := b.form(ada)
	b.choose(v, "environment", "prod")
	b.follows("roles of prod", v, func() bool { return b.offers(v, "role") == "Viewer, Op" })
	b.choose(v, "role", "Op")
	b.follows("shows what is configured while it is being found out", v, func() bool { return strings.HasSuffix(b.offers(v, "duration"), "2 hours") })
	stale := v.View().Hash
	b.choose(v, "role", "Viewer")
	b.follows("the later choice", v, func() bool { return strings.Contains(v.View().Visible(), "boss of prod/Viewer.") })
	close(late)
	b.choosesIn(v, stale, "dev")
	b.follows("a choice made in a form that shows something else by now", v, func() bool { return strings.Contains(v.View().Visible(), "boss of dev/Admin.") })
	b.stop()
	if seen := v.View().Visible(); strings.Contains(seen, "boss of prod") {
		t.Errorf("an earlier choice is shown:\n%s", seen)
	}
}
