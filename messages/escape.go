package messages

import (
	"strings"
	"unicode"

	"github.com/slack-go/slack"
)

// Slack's limits on texts, in characters.
// See https://docs.slack.dev/reference/block-kit/blocks/section-block.
const (
	sectionText = 3000
	fieldText   = 2000
	maxURL      = 3000
)

var markup = strings.NewReplacer(
	"&", "&amp;", "<", "&lt;", ">", "&gt;",
	// Slack has no escape for these; look-alikes keep the words readable.
	"`", "ˋ", "*", "∗", "~", "∼", "_", "ˍ",
	"@", "@\u2060", "#", "#\u2060", "\n", " ", "\r", " ", "\t", " ",
)

// Escape makes what somebody wrote harmless inside mrkdwn and message texts: no
// mention, link, channel or markup comes of it.
// See https://docs.slack.dev/messaging/formatting-message-text#escaping.
func Escape(s string) string { return markup.Replace(tame(s)) }

// tame removes control characters and the characters that turn the direction of
// writing around, with which one text can be made to look like another.
func tame(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0x200E, r == 0x200F:
			return -1
		case r == unicode.ReplacementChar:
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

// clip cuts s to at most limit characters, counted as UTF-16 does so that no way
// of counting finds more; what is cut ends in "…".
func clip(s string, limit int) string {
	n, cut := 0, 0
	for i, r := range s {
		if n < limit {
			cut = i // the last place that leaves room for the ellipsis
		}
		if n += width(r); n > limit {
			return strings.TrimRightFunc(s[:cut], unicode.IsSpace) + "…"
		}
	}
	return s
}

func width(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}

// clipEscaped escapes s, of which as much is kept as fits into limit once escaped.
func clipEscaped(s string, limit int) string {
	var b strings.Builder
	n := 0
	for _, r := range tame(s) {
		e := markup.Replace(string(r))
		w := 0
		for _, c := range e {
			w += width(c)
		}
		if n+w > limit-1 {
			return b.String() + "…"
		}
		n += w
		b.WriteString(e)
	}
	return b.String()
}

// plain is a text that Slack shows as it is: neither markup nor :emoji: names.
func plain(s string, limit int) *slack.TextBlockObject {
	s = clip(strings.TrimSpace(tame(s)), limit)
	if s == "" {
		s = "–"
	}
	return slack.NewTextBlockObject(slack.PlainTextType, s, false, false)
}

// mrkdwn is a text of our own with escaped pieces in it. Verbatim keeps Slack from
// finding links and mentions in it by itself.
func mrkdwn(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.MarkdownType, s, false, true)
}

func plainSection(s string) slack.Block {
	return slack.NewSectionBlock(plain(s, sectionText), nil, nil)
}

func section(s string) slack.Block { return slack.NewSectionBlock(mrkdwn(s), nil, nil) }
