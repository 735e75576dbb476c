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

// escaped is a character as Slack wants it; look-alikes stand for those for which
// it has no escape.
func escaped(r rune) (string, bool) {
	switch r {
	case '&':
		return "&amp;", true
	case '<':
		return "&lt;", true
	case '>':
		return "&gt;", true
	case '`':
		return "ˋ", true
	case '*':
		return "∗", true
	case '~':
		return "∼", true
	case '\n', '\t':
		return " ", true
	}
	return "", false
}

// Escape makes what somebody wrote harmless inside mrkdwn and message texts: no
// mention, link, channel or markup comes of it.
// See https://docs.slack.dev/messaging/formatting-message-text#escaping.
func Escape(s string) string { return strings.Join(pieces(s), "") }

// pieces is s, tamed and escaped, one piece for each character that was written.
func pieces(s string) []string {
	written := []rune(tame(s))
	out := make([]string, len(written))
	for i, r := range written {
		out[i] = string(r)
		if e, ok := escaped(r); ok {
			out[i] = e
			continue
		}
		inWord := i > 0 && wordy(written[i-1])
		switch {
		case r == '@' && !inWord, r == '#' && !inWord:
			out[i] = string(r) + "\u2060" // a joiner: @here is words then
		case r == '_' && !(inWord && i+1 < len(written) && wordy(written[i+1])):
			out[i] = "ˍ"
		}
	}
	return out
}

func wordy(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

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

// clipMiddle is clip for names that begin alike and end with what tells them apart, as ARNs do.
func clipMiddle(s string, limit int) string {
	all := []rune(s)
	if clip(s, limit) == s || len(all) < limit {
		return clip(s, limit)
	}
	head := limit / 4
	return string(all[:head]) + "…" + clip(string(all[len(all)-(limit-head-1):]), limit-head-1)
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
	for _, piece := range pieces(s) {
		for _, r := range piece {
			n += width(r)
		}
		if n > limit-1 {
			return b.String() + "…"
		}
		b.WriteString(piece)
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
