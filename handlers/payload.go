package handlers

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"airpass/messages"
)

// The payloads are decoded into what is used of them and no further: a block of a
// kind that is not known here must not make a click unreadable. Slack adds fields
// at any time.
// See https://docs.slack.dev/reference/interaction-payloads.

// slash is a slash command.
// See https://docs.slack.dev/interactivity/implementing-slash-commands.
type slash struct {
	Team    string `json:"team_id"`
	User    string `json:"user_id"`
	Channel string `json:"channel_id"`
	Command string `json:"command"`
	Text    string `json:"text"`
	Trigger string `json:"trigger_id"`
}

// interaction is a click, a submitted modal, a shortcut, or a menu asking for its entries.
type interaction struct {
	Type string `json:"type"`
	Team struct {
		ID string `json:"id"`
	} `json:"team"`
	User struct {
		ID   string `json:"id"`
		Team string `json:"team_id"` // of people from elsewhere, their own
	} `json:"user"`
	Channel struct {
		ID string `json:"id"`
	} `json:"channel"`
	Container struct {
		Channel string `json:"channel_id"`
	} `json:"container"`
	Trigger string   `json:"trigger_id"`
	Actions []action `json:"actions"`
	// CallbackID and Message are of a shortcut; the message is the one that it was used on.
	CallbackID string `json:"callback_id"`
	Message    struct {
		Text string `json:"text"` // as Slack writes it, with its marks and escapes
	} `json:"message"`
	View struct {
		ID         string `json:"id"`
		Hash       string `json:"hash"`
		CallbackID string `json:"callback_id"`
		Metadata   string `json:"private_metadata"`
		State      struct {
			Values map[string]map[string]filled `json:"values"`
		} `json:"state"`
	} `json:"view"`
	// ActionID and Value are of a menu that asks for its entries.
	ActionID string `json:"action_id"`
	Value    string `json:"value"`
}

type action struct {
	ID    string `json:"action_id"`
	Value string `json:"value"`
	At    string `json:"action_ts"` // seconds of the Unix epoch, with six digits behind the point
}

// filled is one field of a submitted modal.
type filled struct {
	Value    *string `json:"value"`
	Selected *struct {
		Value string `json:"value"`
	} `json:"selected_option"`
	Date   *string `json:"selected_date"`
	User   *string `json:"selected_user"`
	Moment *int64  `json:"selected_date_time"` // seconds of the Unix epoch
}

func decodeInteraction(payload []byte) (interaction, error) {
	var p interaction
	if err := json.Unmarshal(payload, &p); err != nil {
		return p, fmt.Errorf("%w: interactive: %w", errMalformed, err)
	}
	return p, nil
}

func decodeSlash(payload []byte) (slash, error) {
	var p slash
	if err := json.Unmarshal(payload, &p); err != nil {
		return p, fmt.Errorf("%w: slash command: %w", errMalformed, err)
	}
	return p, nil
}

// channel is where a click was made, if it was made in one.
func (p interaction) channel() string {
	for _, id := range []string{p.Container.Channel, p.Channel.ID} {
		if validID(id) {
			return id
		}
	}
	return ""
}

// field is what was filled into a field; empty if nothing was.
func (p interaction) field(name string) string {
	f := p.View.State.Values[p.block(name)][name]
	switch {
	case f.Selected != nil:
		return clean(f.Selected.Value)
	case f.Date != nil:
		return clean(*f.Date)
	case f.User != nil:
		return clean(*f.User)
	case f.Value != nil:
		return clean(*f.Value)
	}
	return ""
}

// block is the id of the block in which a field is shown: its name, or what the form has
// made of that.
func (p interaction) block(name string) string {
	if _, is := p.View.State.Values[name]; is {
		return name
	}
	for id := range p.View.State.Values {
		if messages.FieldOf(id) == name {
			return id
		}
	}
	return name
}

// moment is the date and time that was picked; zero if none was.
func (p interaction) moment(name string) time.Time {
	if at := p.View.State.Values[p.block(name)][name].Moment; at != nil {
		return time.Unix(*at, 0).UTC()
	}
	return time.Time{}
}

// clean makes text storable: valid UTF-8 without NUL, which PostgreSQL refuses.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}

// validID says whether s can be an id: of a person or a channel in Slack, or of a
// request of ours.
func validID(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, r := range s {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_') {
			return false
		}
	}
	return true
}

// validTarget says whether s can be the id of a target: of an environment and a role.
func validTarget(s string) bool {
	environment, role, is := strings.Cut(s, "/")
	return is && validID(environment) && validID(role)
}

// shorten bounds what goes from a payload into the log.
func shorten(s string) string {
	const limit = 100
	s = clean(s)
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit]) + "…"
}
