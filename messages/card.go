package messages

import (
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"airpass/access"
)

// card collects the blocks of one message.
type card struct {
	p      Printer // in whose language
	blocks []slack.Block
	again  time.Time
}

// lines adds one section of our own lines; empty ones are left out.
func (c *card) lines(lines ...string) {
	lines = slices.DeleteFunc(lines, func(l string) bool { return l == "" })
	for _, text := range pack(lines) {
		c.blocks = append(c.blocks, section(text))
	}
}

// pack joins lines into texts that fit a section each.
func pack(lines []string) []string {
	var texts []string
	size := 0
	for _, l := range lines {
		if n := len(l) + 1; len(texts) == 0 || size+n > sectionText {
			texts, size = append(texts, l), n
		} else {
			texts[len(texts)-1] += "\n" + l
			size += n
		}
	}
	return texts
}

// said adds what somebody wrote, as it is and as far as it fits.
func (c *card) said(label, words string) {
	c.blocks = append(c.blocks, plainSection(reasonOf(label, words)))
}

// field is a labelled value from outside, the label in English; empty ones are not shown.
type field struct{ label, value string }

func (c *card) fields(fields ...field) {
	var texts []*slack.TextBlockObject
	for _, f := range fields {
		if strings.TrimSpace(f.value) != "" {
			texts = append(texts, plain(c.p.Say(f.label)+"\n"+strings.ReplaceAll(f.value, "\n", " "), 300))
		}
	}
	if len(texts) > 0 {
		c.blocks = append(c.blocks, slack.NewSectionBlock(nil, texts, nil))
	}
}

func (c *card) buttons(elements ...slack.BlockElement) {
	c.blocks = append(c.blocks, slack.NewActionBlock("", elements...))
}

// foot adds the id by which people at the command line find the request.
func (c *card) foot(r access.Request) {
	c.blocks = append(c.blocks, slack.NewContextBlock("", plain(c.p.Say("Request %s", r.ID), 200)))
}

func (c *card) rendered(r access.Request, headline string) Rendered {
	return Rendered{Text: c.p.fallback(r, bare(headline)), Blocks: c.blocks, Again: c.again}
}

func button(action, value, label string, style slack.Style) *slack.ButtonBlockElement {
	return slack.NewButtonBlockElement(action, value, plain(label, 75)).WithStyle(style)
}

func (p Printer) cancelButton(r access.Request) *slack.ButtonBlockElement {
	text := p.Say(textCancelText)
	if r.State == access.RequestApproved { // it waits for its start
		text = p.Say(textCancelStart)
	}
	return button(ActionCancel, r.ID, p.Say(textCancel), slack.StyleDefault).WithConfirm(slack.NewConfirmationBlockObject(
		plain(p.Say(textCancelTitle), 100), plain(text, 300), plain(p.Say(textCancelYes), 30), plain(p.Say(textCancelNo), 30)))
}

func (p Printer) giveBackButton(r access.Request) *slack.ButtonBlockElement {
	return button(ActionGiveBack, r.ID, p.Say(textGiveBack), slack.StyleDefault).WithConfirm(slack.NewConfirmationBlockObject(
		plain(p.Say(textGiveBackTitle), 100), plain(p.Say(textGiveBackText), 300), plain(p.Say(textGiveBackYes), 30), plain(p.Say(textGiveBackNo), 30)))
}

func (p Printer) extendButton(r access.Request) *slack.ButtonBlockElement {
	return button(ActionExtend, r.ID, p.Say(textExtend), slack.StyleDefault)
}

func (p Printer) linkButton(v View) *slack.ButtonBlockElement {
	if v.Instant {
		return button(ActionLogin, v.Request.ID, p.Say(textOpen), slack.StylePrimary)
	}
	return button(ActionOpen, v.Request.ID, p.Say(textOpen), slack.StylePrimary).WithURL(v.Link)
}

// sound says whether Slack takes a link in a button.
func sound(link string) bool {
	return len(link) <= maxURL && (strings.HasPrefix(link, "https://") || strings.HasPrefix(link, "http://"))
}
