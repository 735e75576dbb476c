package messages

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"airpass/access"
	"airpass/store"
	"airpass/tracing"
)

// OutboxOptions is what an Outbox needs.
type OutboxOptions struct {
	Store  *store.Store
	Sender Sender
	// Link makes the login link of a grant; "" is none. It is pure.
	Link func(access.Grant) string
	// Instant says whether the login link of a grant is made when it is clicked instead; nil
	// is never. It is pure.
	Instant func(access.Grant) bool
	Now     func() time.Time // domain time; nil is time.Now
	// OverdueAfter is how long after it became unwanted something that is still
	// there is called overdue; 0 is 5 minutes.
	OverdueAfter time.Duration
	// Paused says whether nothing new is given; nil is that it is.
	Paused func(context.Context) (bool, error)
	// Admin says whether an Okta login is of somebody who runs airpass; nil is nobody.
	Admin func(login string) bool
	// Cuts says that sessions can be cut.
	Cuts bool
	// Target returns what can be asked for now under an id; nil is all that there ever was.
	Target  func(id string) (access.Target, bool)
	Command string // the slash command
	// Language is spoken in channels, and to whom no other language is known of; the zero
	// value speaks English.
	Language Printer
	Log      *slog.Logger
	Trace    *tracing.Tracer // nil is nobody
}

// Wall times of one step: a step that takes longer than stepTime gives up well
// before somebody else may take the message over, so that an old rendering never
// arrives after a newer one.
const (
	claimTime = 30 * time.Second
	stepTime  = 20 * time.Second
)

// errNothingToShow: a message of a kind that shows a request names none.
var errNothingToShow = errors.New("message without a request")

// Outbox brings stored messages into Slack: each is posted once and then updated
// to what is stored. It keeps nothing itself and is safe for concurrent use, also
// by several processes.
type Outbox struct {
	o    OutboxOptions
	wall func() time.Time // of claims
}

// NewOutbox returns an Outbox. Now, OverdueAfter and Log may be left out.
func NewOutbox(o OutboxOptions) *Outbox {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Trace == nil {
		o.Trace = tracing.New(nil)
	}
	if o.OverdueAfter <= 0 {
		o.OverdueAfter = 5 * time.Minute
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Outbox{o: o, wall: time.Now}
}

// Step brings one message one step further under its claim. A message that somebody
// else works on, or whose version is not the one given, is left alone. What Slack
// refuses or does not answer is stored with the time of the next try, for which a
// wake-up is left; again is how long until then, 0 if nothing is to be done. The
// error is the store's only.
func (b *Outbox) Step(ctx context.Context, messageID string, version int64) (again time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, stepTime)
	defer cancel()
	m, mine, err := b.claim(ctx, messageID, version)
	if err != nil || !mine {
		return 0, err
	}
	if !b.pending(m) {
		return b.until(m), b.settle(ctx, m)
	}
	v, err := b.view(ctx, m)
	ctx, span := b.o.Trace.Step(ctx, "message "+string(m.Kind), tracing.Grant(m.Request, v.Grant.ID))
	if err == nil {
		m, err = b.show(ctx, m, v, span)
	}
	cause := err
	defer func() { span.End(cause) }()
	switch {
	case errors.Is(err, access.ErrStale):
		return 0, nil // the claim ran out; whoever has it now renders anew
	case err != nil:
		return b.failed(ctx, m, v, err)
	}
	return b.until(m), b.settle(ctx, m)
}

// show brings what a message shows to Slack. The message it returns carries what is
// known by then, with an error too.
func (b *Outbox) show(ctx context.Context, m access.Message, v View, span *tracing.Span) (access.Message, error) {
	wanted := m.Wanted // counted before the view was loaded: what is shown is at least that new
	shown, err := b.render(ctx, m, v)
	if err != nil {
		return m, err
	}
	span.Note(attribute.Bool("airpass.link", shown.linked()))
	m, err = b.bring(ctx, m, shown)
	m.Wanted = wanted
	if err != nil {
		return m, err
	}
	m, look, err := b.copies(ctx, m)
	if err == nil {
		m.Shown, m.Shows, m.Attempts, m.LastError, m.NextAt = wanted, shown.mark(wanted), 0, "", sooner(shown.Again, look)
	}
	return m, err
}

// bring sends what a message shows, unless Slack has it already: most changes of a grant
// change nothing that those who have approved it see. Whoever opens a Home tab may look at a
// workspace that has lost it, so it is always sent.
func (b *Outbox) bring(ctx context.Context, m access.Message, shown Rendered) (access.Message, error) {
	mark := shown.mark(m.Shown)
	if m.State == access.MessagePosted && mark != "" && m.Shows == mark && m.Kind != access.HomeTab {
		return m, nil
	}
	m.Shows = "" // until Slack has answered
	m, err := b.send(ctx, m, shown)
	if err == nil {
		m.Shows = mark
	}
	return m, err
}

// render is what Slack is to show of a message.
func (b *Outbox) render(ctx context.Context, m access.Message, v View) (Rendered, error) {
	reader, err := b.reader(ctx, m)
	if err != nil {
		return Rendered{}, err
	}
	if m.Kind == access.HomeTab {
		h, err := b.home(ctx, m.To, reader)
		return Home(h, b.o.Now()), err
	}
	if m.Kind == access.CampaignCard {
		c, err := LoadCertification(ctx, b.o.Store, m.Request)
		c.Reader = reader
		return Campaign(c, b.o.Now()), err
	}
	if m.Kind == access.DriftCard {
		return b.renderDrift(ctx, reader)
	}
	if m.Kind != access.Answer {
		v.Reader = reader
		if m.Kind == access.Asked {
			return Question(v, m.ID), nil
		}
		return Of(m.Kind, v, m.Text, b.o.Now()), nil
	}
	q := access.ParseQuestion(m.Text)
	o, err := b.overview(ctx, q)
	o.Reader = reader
	return Answer(q, o, b.o.Now()), err
}

// reader speaks the language of whoever a message is for: what is remembered of a person,
// and in a channel, which has no language, that of the deployment.
func (b *Outbox) reader(ctx context.Context, m access.Message) (Printer, error) {
	if !person(m.To) {
		return b.o.Language, nil
	}
	r, _, err := b.o.Store.Reader(ctx, m.To)
	return Speaking(r.Locale, b.o.Language), err
}

// pending says whether Slack has not got what it should have.
func (b *Outbox) pending(m access.Message) bool {
	switch {
	case m.State == access.MessageFailed, m.State == access.MessagePosted && wordsOnly(m.Kind):
		return false
	case m.State == access.MessagePosted && m.Shown >= m.Wanted:
		return !m.NextAt.IsZero() && !m.NextAt.After(b.o.Now())
	}
	return true
}

func (b *Outbox) claim(ctx context.Context, id string, version int64) (m access.Message, mine bool, err error) {
	token := rand.Text()
	err = b.change(ctx, func(tx *store.Tx) error {
		wall := b.wall()
		m, mine, err = tx.ClaimMessage(id, version, token, wall, wall.Add(claimTime))
		return err
	})
	if errors.Is(err, access.ErrStale) {
		return m, false, nil
	}
	return m, mine, err
}

// view loads everything that a message shows of a request, as of now. It is loaded after
// the claim, so it is not older than the count of changes in m.
func (b *Outbox) view(ctx context.Context, m access.Message) (v View, err error) {
	if wordsOnly(m.Kind) || m.Kind == access.HomeTab || m.Kind == access.CampaignCard || m.Kind == access.DriftCard {
		return v, nil
	}
	if m.Request == "" {
		return v, fmt.Errorf("%w: %s", errNothingToShow, m.ID)
	}
	if v, err = b.viewOf(ctx, m.Request); err == nil && m.Kind == access.Reminder {
		v.MoreTime, err = b.moreTime(ctx, v)
	}
	if err == nil && m.Kind == access.ApproverCard {
		v.Cuts, err = b.mayCut(ctx, m.To, v)
	}
	if err != nil || v.Request.State != access.RequestPending || m.Kind == access.RequesterCard {
		return v, err
	}
	return v, b.history(ctx, &v) // for who decides
}

// mayCut says whether the button that cuts sessions is shown to somebody: to those who run
// airpass, as far as they are known by their Home tab. Whether they may is judged at the click.
func (b *Outbox) mayCut(ctx context.Context, slackID string, v View) (bool, error) {
	if !b.o.Cuts || b.o.Admin == nil || !v.HasGrant || v.Grant.Person == "" || v.Grant.State == access.GrantScheduled {
		return false, nil
	}
	h, found, err := b.o.Store.Home(ctx, slackID)
	return found && h.Refused == "" && b.o.Admin(h.Login), err
}

// viewOf loads everything there is to show of a request.
func (b *Outbox) viewOf(ctx context.Context, id string) (v View, err error) {
	v.Command = b.o.Command
	if v.Request, err = b.o.Store.Request(ctx, id); err != nil {
		return v, err
	}
	if v.Request.Extends != "" {
		if v.Extended, err = b.o.Store.Grant(ctx, v.Request.Extends); err != nil {
			return v, err
		}
	}
	if v.Decisions, err = b.o.Store.DecisionsOf(ctx, id); err != nil {
		return v, err
	}
	if v.Request.State == access.RequestPending || v.Request.Course.BreakGlass {
		if v.Namesakes, err = b.o.Store.Namesakes(ctx, v.Request.Subject); err != nil {
			return v, err
		}
	}
	if v.Questions, err = b.o.Store.QuestionsOf(ctx, id); err != nil {
		return v, err
	}
	if v.Request.Course.BreakGlass {
		if v.Review, _, err = b.o.Store.ReviewOf(ctx, id); err != nil {
			return v, err
		}
	}
	if v.Grant, v.HasGrant, err = b.o.Store.GrantOf(ctx, id); err != nil || !v.HasGrant {
		return v, err
	}
	extensions, err := b.o.Store.LiveExtensions(ctx, v.Grant.ID)
	if err != nil {
		return v, err
	}
	if len(extensions) > 0 {
		v.Extension = extensions[0]
	}
	if v.Entitlements, err = b.o.Store.GrantEntitlements(ctx, v.Grant.ID); err != nil {
		return v, err
	}
	for _, e := range v.Entitlements {
		v.Overdue = v.Overdue || e.Overdue(b.o.Now(), b.o.OverdueAfter)
	}
	if v.Grant.State == access.GrantActive && b.o.Link != nil {
		v.Link = b.o.Link(v.Grant)
	}
	v.Instant = v.Grant.State == access.GrantActive && b.o.Instant != nil && b.o.Instant(v.Grant)
	return v, nil
}

// past is how many earlier grants of a target those who decide are shown.
const past = 3

// history is what somebody has and had, for those who decide.
func (b *Outbox) history(ctx context.Context, v *View) (err error) {
	if v.Held, err = b.o.Store.GrantsOf(ctx, v.Request.Subject.OktaID, true); err != nil {
		return err
	}
	v.Past, err = b.o.Store.Grants(ctx, store.GrantFilter{Subject: v.Request.Subject.OktaID, Target: v.Request.Target.ID, Limit: past})
	return err
}

// send posts or updates. The message it returns carries what is known by then, with
// an error too.
func (b *Outbox) send(ctx context.Context, m access.Message, shown Rendered) (access.Message, error) {
	out := Outgoing{Text: shown.Text, Blocks: shown.Blocks, Key: m.ID}
	if m.Kind == access.HomeTab { // publishing it twice is publishing it
		err := b.o.Sender.PublishHome(ctx, m.To, out)
		if err == nil {
			m.State = access.MessagePosted
		}
		return m, err
	}
	switch m.State {
	case access.MessageNew:
		if m.Kind == access.Answer && m.Channel != "" {
			return b.answer(ctx, m, out)
		}
		var err error
		if m, err = b.announce(ctx, m); err != nil {
			return m, err
		}
		return b.post(ctx, m, out)
	case access.MessagePosting:
		ts, found, err := b.o.Sender.FindByKey(ctx, m.Channel, m.ID, m.CreatedAt)
		// Where there is too much to look through, one card too many does less harm
		// than none: its buttons act on the same request.
		if err != nil && !errors.Is(err, access.ErrUnverifiable) {
			return m, err
		}
		if !found {
			return b.anew(ctx, m, out)
		}
		m.TS, m.State = ts, access.MessagePosted
	}
	err := b.o.Sender.Update(ctx, m.Channel, m.TS, out)
	if err != nil && access.ClassOf(err) == access.Missing {
		m.TS, m.State = "", access.MessagePosting // somebody deleted it: it is looked for, and posted anew
	}
	return m, err
}

// announce stores, before anything is posted, that it is about to be and where: a
// message whose post was not answered is then looked for instead of posted twice.
func (b *Outbox) announce(ctx context.Context, m access.Message) (access.Message, error) {
	m.Channel = m.To
	if person(m.To) {
		channel, err := b.o.Sender.OpenDM(ctx, m.To)
		if err != nil {
			return m, err
		}
		m.Channel = channel
	}
	m.State = access.MessagePosting
	return b.save(ctx, m, false)
}

func (b *Outbox) post(ctx context.Context, m access.Message, out Outgoing) (access.Message, error) {
	ts, err := b.o.Sender.Post(ctx, m.Channel, out)
	if err == nil {
		m.TS, m.State = ts, access.MessagePosted
	}
	return m, err
}

// person says whether an address is a person and not a channel.
// See https://docs.slack.dev/reference/methods/conversations.open.
func person(to string) bool { return strings.HasPrefix(to, "U") || strings.HasPrefix(to, "W") }

// settle stores m and gives the claim back; the store leaves a wake-up for m.NextAt.
func (b *Outbox) settle(ctx context.Context, m access.Message) error {
	// Slack has it by now: its place must be stored even when the step is cut off.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_, err := b.save(ctx, m, true)
	if errors.Is(err, access.ErrStale) {
		return nil // the claim ran out; whoever has it now finds the message by its key
	}
	return err
}

func (b *Outbox) save(ctx context.Context, m access.Message, release bool) (saved access.Message, err error) {
	err = b.change(ctx, func(tx *store.Tx) error {
		saved, err = tx.SaveMessage(m, release)
		return err
	})
	if err != nil {
		return m, err
	}
	return saved, nil
}

func (b *Outbox) change(ctx context.Context, change func(*store.Tx) error) error {
	return b.o.Store.Update(ctx, access.System("messages"), change)
}

func (b *Outbox) until(m access.Message) time.Duration {
	if m.NextAt.IsZero() {
		return 0
	}
	return max(m.NextAt.Sub(b.o.Now()), time.Millisecond)
}
