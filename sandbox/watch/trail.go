package watch

import (
	"cmp"
	"context"
	"strings"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/sandbox"
	"airpass/sandbox/page"
	"airpass/store"
)

// Trail reads airpass's audit trail as the sandbox's page shows it: each event with one
// sentence, in which the people of the world have their names.
func Trail(world *sandbox.World, b *bot.Bot) func(context.Context, int64, int) ([]page.AuditEvent, error) {
	names := map[string]string{}
	for _, p := range world.People() {
		names[p.OktaID], names[world.Slack.TeamID()+"/"+p.SlackID] = p.Name, p.Name
	}
	delete(names, "") // who is not in Okta
	t := teller{names}
	return func(ctx context.Context, after int64, limit int) ([]page.AuditEvent, error) {
		events, err := b.AuditEvents(ctx, after, limit)
		out := make([]page.AuditEvent, 0, len(events))
		for _, e := range events {
			out = append(out, page.AuditEvent{Seq: e.Seq, At: e.At, Kind: string(e.Kind), Actor: t.actor(e.Actor),
				Object: cmp.Or(e.Facts["target"], e.Ref, e.Request), Words: t.words(e)})
		}
		return out, err
	}
}

// teller puts audit events into words for people who watch the sandbox.
type teller struct {
	names map[string]string // of people, by Okta id and by Slack's team/user
}

func (t teller) name(id string) string { return cmp.Or(t.names[id], id) }

func (t teller) actor(a access.Actor) string {
	switch a.Kind {
	case access.BySystem:
		return "airpass (" + a.ID + ")"
	case access.ByOperator:
		return "operator " + a.ID
	}
	return cmp.Or(t.names[a.ID], a.Name, a.ID)
}

// words is one sentence about an event.
func (t teller) words(e store.Recorded) string {
	who, target, f := t.name(e.Facts["subject"]), e.Facts["target"], e.Facts
	family, state, _ := strings.Cut(string(e.Kind), ".")
	switch family {
	case "request":
		return t.request(state, who, target, e)
	case "decision":
		return t.name(f["decider"]) + " decided about the request of " + who + " for " + target + ": " + f["verdict"]
	case "attempt":
		return t.name(f["slack"]) + ": " + strings.ReplaceAll(f["what"], "_", " ") + " " + outcome(state) + note(e.Personal["answer"])
	case "grant":
		return t.grant(state, who, target, e)
	case "entitlement":
		if state == "origin" {
			return thing(e.Ref) + ": it is " + f["origin"] + " now"
		}
		return thing(e.Ref) + ": the vendor says it is " + state
	case "intent":
		return t.intent(state, e)
	case "call":
		return "asked " + f["vendor"] + " for " + f["operation"] + ": " + f["result"]
	case "campaign":
		return "the campaign " + f["campaign"] + " is " + state + ", about " + f["items"] + " items"
	case "item":
		return "whether " + cmp.Or(who, "somebody") + " still needs " + target + ": " + state + note(f["verdict"]) + note(e.Personal["comment"])
	case "binding":
		return "Slack user and Okta user are tied together" + note(state)
	case "setting":
		return "the setting " + f["key"] + " is " + f["value"] + " now"
	}
	return string(e.Kind)
}

func (t teller) request(state, who, target string, e store.Recorded) string {
	if state == "created" {
		return who + " asks for " + target + " for " + readable(e.Facts["duration"]) + note(e.Personal["reason"])
	}
	return "the request of " + who + " for " + target + " is " + state + by(t.names[e.Facts["decider"]]) + note(e.Personal["note"])
}

func (t teller) grant(state, who, target string, e store.Recorded) string {
	switch state {
	case "provisioning":
		return "access of " + who + " to " + target + " is being set up"
	case "active":
		return who + " has access to " + target + ", until " + clock(e.Facts["end"])
	case "revoking":
		return "access of " + who + " to " + target + " is being taken away" + note(e.Facts["why"])
	case "ended":
		return who + " has no access to " + target + " any more" + note(e.Facts["why"])
	case "overdue":
		return "access outlives its end: " + e.Facts["why"]
	}
	return "access of " + who + " to " + target + " is " + state
}

func (t teller) intent(state string, e store.Recorded) string {
	switch state {
	case "add", "remove":
		return thing(e.Ref) + ": about to " + state + " it, written down before the vendor is called"
	}
	return thing(e.Ref) + ": what was asked (" + e.Facts["operation"] + ") is " + state + note(e.Facts["answer"])
}

// thing names an entitlement by the beginning of its key.
func thing(ref string) string {
	kind, _, _ := strings.Cut(ref, "|")
	return cmp.Or(map[string]string{
		string(access.OktaMembership): "Okta group membership", string(access.PushedMembership): "Okta group membership, pushed to Identity Center",
		string(access.AccountAssignment): "account assignment",
	}[kind], kind)
}

func outcome(state string) string {
	if state == "refused" {
		return "was refused"
	}
	return "was carried out"
}

func by(name string) string {
	if name == "" {
		return ""
	}
	return " by " + name
}

func note(words string) string {
	if words == "" {
		return ""
	}
	return " (" + words + ")"
}

func readable(duration string) string {
	d, err := time.ParseDuration(duration)
	if err != nil {
		return duration
	}
	return strings.TrimSuffix(strings.TrimSuffix(d.String(), "0s"), "0m")
}

func clock(at string) string {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return at
	}
	return t.UTC().Format("15:04 MST")
}
