package messages

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"airpass/access"
)

// A post that was not answered and is not found may still be carried out, after the
// message was posted anew: then it stands twice, and only one of the two would
// follow the request. Such a message is marked and looked for once more after
// copyWait.
const copyWait = 2 * time.Minute

// mayStandTwice is the mark, kept as the text of a card, which has none otherwise.
const mayStandTwice = "may stand twice"

// anew posts a message whose first post is not found.
func (b *Outbox) anew(ctx context.Context, m access.Message, out Outgoing) (access.Message, error) {
	m, err := b.post(ctx, m, out)
	if err == nil && !wordsOnly(m.Kind) {
		m.Text = mayStandTwice
	}
	return m, err
}

// copies looks for a second copy of a marked message once it is old enough, and
// returns when to look (again); zero when there is nothing more to look for.
func (b *Outbox) copies(ctx context.Context, m access.Message) (access.Message, time.Time, error) {
	if m.Text != mayStandTwice || wordsOnly(m.Kind) {
		return m, time.Time{}, nil
	}
	now := b.o.Now()
	if due := postedAt(m.TS).Add(copyWait); now.Before(due) {
		return m, due, nil
	}
	retired, err := b.retire(ctx, m)
	if err != nil {
		return m, time.Time{}, err
	}
	if retired {
		return m, now.Add(copyWait), nil // there may have been several tries
	}
	m.Text = ""
	return m, time.Time{}, nil
}

// retire makes a copy say that it is one, without buttons and under another key.
// FindByKey finds the newest, and what arrives late is newer.
func (b *Outbox) retire(ctx context.Context, m access.Message) (bool, error) {
	ts, found, err := b.o.Sender.FindByKey(ctx, m.Channel, m.ID, m.CreatedAt)
	if err != nil || !found || ts == m.TS {
		return false, err
	}
	b.o.Log.WarnContext(ctx, "a copy of a message arrived late; it is retired", "message", m.ID, "channel", m.Channel, "ts", ts)
	reader, err := b.reader(ctx, m)
	if err != nil {
		return false, err
	}
	words := reader.Say(textCopy)
	err = b.o.Sender.Update(ctx, m.Channel, ts, Outgoing{Text: words, Blocks: []slack.Block{plainSection(words)}, Key: m.ID + ".copy"})
	return err == nil, err
}

// postedAt is when Slack took a message: its timestamp begins with the second.
func postedAt(ts string) time.Time {
	seconds, _, _ := strings.Cut(ts, ".")
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(n, 0)
}

// wordsOnly says that a message is said once and never updated.
func wordsOnly(kind access.MessageKind) bool {
	return kind == access.Notice || kind == access.AdminNotice || kind == access.Answer
}

// sooner is the earlier of two times of which zero means never.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}
