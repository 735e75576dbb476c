package messages

import (
	"github.com/slack-go/slack"

	"airpass/access"
)

// Question renders a question to the requester, with a button to answer it while that matters;
// then with the answer. It is a message of its own and no reply in a thread: a reply whose
// post was not answered is found by none of the calls that airpass makes.
func Question(v View, queryID string) Rendered {
	c := &card{p: v.Reader}
	c.lines(c.p.Say(textAsked), "*"+c.p.what(v.Request.Target)+"*")
	for _, q := range v.Questions {
		if access.QueryMessage(q.ID) != queryID {
			continue
		}
		c.query(v.Request, q)
		if !q.Answered() && v.Request.State == access.RequestPending {
			c.buttons(button(ActionReply, q.ID, c.p.Say(textReply), slack.StylePrimary))
		}
	}
	if v.Request.State != access.RequestPending {
		c.lines(c.p.headlineOf(v))
	}
	return c.rendered(v.Request, c.p.Say(textAsked))
}

// talk adds what was asked about a request, and the answers.
func (c *card) talk(v View) {
	for _, q := range v.Questions {
		c.query(v.Request, q)
	}
}

// query adds a question and its answer as they were written: plain text has no markup and
// no mention.
func (c *card) query(r access.Request, q access.Query) {
	c.said(c.p.asks(q), q.Text)
	if q.Answered() {
		c.said(c.p.answers(r.Subject), q.Answer)
	}
}

func (p Printer) questionButton(r access.Request) *slack.ButtonBlockElement {
	return button(ActionQuestion, r.ID, p.Say(textQuestion), slack.StyleDefault)
}

// QuestionForm is the modal in which somebody who decides asks the requester something.
func QuestionForm(p Printer, r access.Request) slack.ModalViewRequest {
	m := p.modal(CallbackQuestion, p.Say(textQuestionTitle), p.Say(textQuestionAsk), section(p.questionAbout(r)), input(FieldReason, p.Say(textQuestionLabel), saidField(p.Say(textQuestionHint))))
	m.PrivateMetadata = r.ID
	return m
}

// ReplyForm is the modal in which the requester answers.
func ReplyForm(p Printer, queryID string) slack.ModalViewRequest {
	m := p.modal(CallbackReply, p.Say(textReplyTitle), p.Say(textReplyGive), input(FieldReason, p.Say(textReplyLabel), saidField(p.Say(textReplyHint))))
	m.PrivateMetadata = queryID
	return m
}

func saidField(hint string) *slack.PlainTextInputBlockElement {
	return reasonField(hint).WithMaxLength(access.MaxSaid)
}
