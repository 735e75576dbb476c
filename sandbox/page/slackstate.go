package page

import (
	"airpass/sandbox"
	"airpass/sandbox/workspace"
)

// slackState is a person's whole Slack, as the front end draws it.
type slackState struct {
	NowMS    int64                          `json:"now_ms"` // sandbox clock
	Me       sandbox.Person                 `json:"me"`
	People   []sandbox.Person               `json:"people"`
	Channels []workspace.Channel            `json:"channels"`
	Messages map[string][]workspace.Message `json:"messages"` // by channel, oldest first
}

func (p *Page) slackState(who sandbox.Person) slackState {
	out := slackState{NowMS: p.world.Clock.Now().UnixMilli(), Me: who, People: p.world.People(), Messages: map[string][]workspace.Message{}}
	person := p.world.As(who.Key)
	for _, c := range p.world.Slack.Channels() {
		if c.Has(who.SlackID) {
			out.Channels = append(out.Channels, c)
			out.Messages[c.ID] = person.Messages(c.ID)
		}
	}
	return out
}
