package messages_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"pgregory.net/rapid"

	"airpass/access"
	"airpass/messages"
)

// fields are the inputs of a form, by field.
func fields(form slack.ModalViewRequest) map[string]*slack.InputBlock {
	all := map[string]*slack.InputBlock{}
	for _, b := range form.Blocks.BlockSet {
		if in, is := b.(*slack.InputBlock); is {
			all[messages.FieldOf(in.BlockID)] = in
		}
	}
	return all
}

// menu is what a menu offers and what is chosen in it.
func menu(in *slack.InputBlock) (offered []string, chosen string) {
	m := in.Element.(*slack.SelectBlockElement)
	for _, o := range m.Options {
		offered = append(offered, o.Value)
	}
	if m.InitialOption != nil {
		chosen = m.InitialOption.Value
	}
	return offered, chosen
}

func anyTargets(t *rapid.T) []access.Target {
	var all []access.Target
	for e := range rapid.IntRange(1, 4).Draw(t, "environments") {
		key := fmt.Sprint("env", e)
		for i, role := range access.Roles() {
			if i > 0 && !rapid.Bool().Draw(t, "has it") {
				continue
			}
			longest := time.Duration(rapid.IntRange(1, 48).Draw(t, "quarters")) * 15 * time.Minute
			target := access.Target{ID: access.TargetID(key, role), Role: role, Environment: access.Environment{Key: key}, MaxDuration: longest,
				DefaultDuration: min(longest, time.Hour)}
			if rapid.Bool().Draw(t, "later") {
				target.StartAhead = time.Hour
			}
			all = append(all, target)
		}
	}
	return all
}

// Whatever was chosen before: what the form begins with goes together, is offered, and may
// be asked for.
func TestWhatIsChosenInTheFormAlwaysGoesTogether(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		targets := anyTargets(t)
		roles := append([]string{"", "Public"}, "Viewer", "User", "Op", "Admin")
		form := messages.AskForm{Targets: targets, Asked: messages.Asked{
			Environment: rapid.SampledFrom([]string{"", "env0", "env1", "env3", "gone"}).Draw(t, "environment"),
			Role:        rapid.SampledFrom(roles).Draw(t, "role"), Duration: time.Duration(rapid.IntRange(0, 60).Draw(t, "said")) * 15 * time.Minute}}
		before := map[string]string{"environment": "environment.2", "role": "role", "duration": "duration.7"}
		if rapid.Bool().Draw(t, "shown already") {
			form.Blocks = before
		}
		in := fields(messages.RequestForm(messages.Printer{}, form))
		environments, environment := menu(in["environment"])
		offered, role := menu(in["role"])
		durations, duration := menu(in["duration"])
		if environment != "" && !slices.Contains(environments, environment) || role != "" && !slices.Contains(offered, role) || !slices.Contains(durations, duration) {
			t.Fatalf("%s of %v, %s of %v, %s of %v", environment, environments, role, offered, duration, durations)
		}
		for _, r := range offered {
			there := func(x access.Target) bool {
				return string(x.Role) == r && (environment == "" || x.Environment.Key == environment)
			}
			if !slices.ContainsFunc(targets, there) {
				t.Fatalf("%s is no role of %q", r, environment)
			}
		}
		if i := slices.IndexFunc(targets, func(x access.Target) bool { return x.Environment.Key == environment && string(x.Role) == role }); i >= 0 {
			for _, d := range durations {
				if length, err := time.ParseDuration(d); err != nil || targets[i].CheckDuration(length) != nil {
					t.Fatalf("%s cannot be had for %s", targets[i].ID, d)
				}
			}
		}
		for field, was := range map[string]string{"environment": form.Environment, "role": form.Role, "duration": form.Duration.String()} {
			_, now := menu(in[field])
			if form.Blocks != nil && (in[field].BlockID == before[field]) != (was == now) {
				t.Fatalf("%s was %q and is %q: its block is %s", field, was, now, in[field].BlockID)
			}
		}
	})
}

func TestWhatTheFormSaysOfAChoice(t *testing.T) {
	t.Parallel()
	extended := pending().Request
	extended.ID, extended.Extends, extended.Target.ID = "01EXT", "01GRANT", "prod/Op"
	grant := access.Grant{ID: "01GRANT", RequestID: "01OLD", Target: prod(), State: access.GrantActive, EndAt: noon}
	says := func(p access.Prospect) string {
		p.Target, p.Subject = "prod/Viewer", ada()
		form := messages.RequestForm(messages.Printer{}, messages.AskForm{Targets: []access.Target{prod()}, Prospect: &p})
		var all []string
		for _, b := range form.Blocks.BlockSet {
			switch b := b.(type) {
			case *slack.SectionBlock:
				all = append(all, b.Text.Text)
			case *slack.ContextBlock:
				all = append(all, b.ContextElements.Elements[0].(*slack.TextBlockObject).Text)
			case *slack.ActionBlock:
				all = append(all, "["+b.Elements.ElementSet[0].(*slack.ButtonBlockElement).Text.Text+"]")
			}
		}
		return strings.Join(all, "\n")
	}
	scheduled, later := grant, grant
	scheduled.State, scheduled.StartAt = access.GrantScheduled, noon
	later.ID, later.State, later.EndAt = "01LATER", access.GrantProvisioning, noon.Add(time.Hour)
	two := access.Course{Stages: []access.Stage{{Approvers: []access.Approver{{Kind: access.ApproverManager}}}, {Required: 2, Approvers: []access.Approver{{Kind: access.ApproverGroup, Value: "<!channel>"}}}}}
	for want, p := range map[string]access.Prospect{
		"Will be decided in 2 stages. 1: the manager (Bob Berg). 2: 2 people, each a member of Okta group &lt;!channel&gt;.": {Course: two},
		"Nobody has to decide this now: the rule “reading” lets it pass.":                                                    {Course: access.Course{Auto: "reading"}},
		"[Ask for more time instead]":                       {Held: []access.Grant{grant}},
		"You have Viewer in prod already, until <!date^":    {Held: []access.Grant{grant}, Waiting: []access.Request{extended}},
		"You have Viewer in prod already, from <!date^":     {Held: []access.Grant{scheduled}},
		"Your access to Viewer in prod is being set up.":    {Held: []access.Grant{grant, later}},
		"The reason: Re-run the ledger DAG":                 {Waiting: []access.Request{pending().Request}},
		"You have asked for Viewer in prod for 2 hours alr": {Waiting: []access.Request{pending().Request}},
	} {
		got := says(p)
		if !strings.Contains(got, want) {
			t.Errorf("not %q:\n%s", want, got)
		}
		if extends := strings.Contains(got, "["); extends != (want == "[Ask for more time instead]") {
			t.Errorf("%q: more time is offered: %v", want, extends)
		}
	}
}
