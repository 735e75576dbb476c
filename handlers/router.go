package handlers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/slack-go/slack"

	"airpass/access"
	"airpass/messages"
)

// The kinds of delivery, as Socket Mode names them.
// See https://docs.slack.dev/apis/events-api/using-socket-mode.
const (
	KindCommand     = "slash_commands"
	KindInteractive = "interactive"
	KindEvent       = "events_api"
)

// Delivery is one payload from Slack, as JSON.
type Delivery struct {
	// ID is the envelope id, or over HTTP a digest of the signed request: the same
	// for the same delivery sent twice. An event is known by its event id instead.
	ID         string
	Kind       string
	Payload    []byte
	ReceivedAt time.Time // domain time; zero is now
}

// Ack is what a delivery is acknowledged with.
type Ack struct {
	// Body is the payload of the acknowledgement; nil is an empty one.
	Body any
	// After runs once Slack has been answered; nil is nothing to do. It calls Slack,
	// so it may be slow, and must be quick to begin: a trigger id lives 3 seconds.
	After func(ctx context.Context)
	// Later runs after After, or once Slack has been answered, beside few others; nil is
	// nothing to do. Nobody waits for it: it may be left out when there is much to do.
	Later func(ctx context.Context)
}

// Views opens modals and changes them. A hash names what a modal shows.
type Views interface {
	OpenView(ctx context.Context, triggerID string, view slack.ModalViewRequest) (id, hash string, err error)
	// UpdateView changes a modal that still shows what has this hash, else it is a failure
	// of the class access.Conflict; an empty hash is whatever it shows.
	UpdateView(ctx context.Context, id, hash string, view slack.ModalViewRequest) (now string, err error)
}

// Options is what a Router needs.
type Options struct {
	Team    string        // the only team that is answered
	Command func() string // with its slash: "/airflow"
	// Record stores an attempt; fresh is false when this delivery was stored before.
	// It is the only thing that is waited for before Slack is answered.
	Record func(ctx context.Context, a access.Attempt) (fresh bool, err error)
	// Once says whether a delivery that somebody is to be shown something for comes for
	// the first time, to this process or any other. It is asked after Slack has been
	// answered. nil is what this process knows by itself.
	Once func(ctx context.Context, delivery string) (first bool, err error)
	// Targets are what can be asked for now; from memory.
	Targets func() []access.Target
	// Reader speaks the language of a person, as far as it is remembered here (Slack is not
	// asked), and else, or of nobody, that of the deployment. nil speaks English.
	Reader func(ctx context.Context, user string) messages.Printer
	// Zone is the time zone of a person as it is remembered here (Slack is not asked); empty is
	// not known. nil is that of nobody.
	Zone func(ctx context.Context, user string) (string, error)
	// Request reads a request from the store, for a form about it; asked after Slack has
	// been answered.
	Request func(ctx context.Context, id string) (access.Request, error)
	// Cut reads a cut from the store, for a form about it; asked after Slack has been answered.
	Cut   func(ctx context.Context, id string) (access.Cut, error)
	Views Views
	// Certification reads what a reviewer of a campaign is asked, for a form about it: the
	// items after one, or the first; asked after Slack has been answered. It is an error if
	// somebody else is asked.
	Certification func(ctx context.Context, reviewer, user, after string) (messages.Certification, error)
	// Open reads the same with all items that are open, as far as they are chosen from.
	Open func(ctx context.Context, reviewer, user string) (messages.Certification, error)
	// Offered are the targets that somebody may ask for, as far as it is known; from memory.
	// nil is Targets.
	Offered func(user string) []access.Target
	// Prospect finds out what somebody who asks is to be shown, anew or as it was found out
	// when their form was opened; asked after Slack has been answered, and may take long.
	// nil is nothing to be found out.
	Prospect func(ctx context.Context, user string, c access.Choice, anew bool) (access.Prospect, error)
	// Tell says something to one person only, in the channel given if that is
	// possible, else in a direct message. The words are plain text.
	Tell func(ctx context.Context, channel, user, words string) error
	// Count is told what came (its type) and what became of it; nil is nobody.
	Count func(what, outcome string)
	// Answered is told how long it took until the answer to a delivery of a kind was
	// known, wall time; nil is nobody.
	Answered func(kind string, took time.Duration)
	Now      func() time.Time
	Log      *slog.Logger
}

// What became of a delivery, as told to Count.
const (
	outcomeRecorded  = "recorded"
	outcomeDuplicate = "duplicate"
	outcomeAnswered  = "answered"  // nothing to store: help, options, a form to open
	outcomeRefused   = "refused"   // wrong team, or filled in wrongly
	outcomeIgnored   = "ignored"   // means nothing to us
	outcomeUnknown   = "unknown"   // should mean something and does not
	outcomeMalformed = "malformed" // cannot be decoded
	outcomeFailed    = "failed"    // could not be stored
)

// recordTime bounds storing an attempt, wall time: Slack gives up after 3 seconds.
const recordTime = 2 * time.Second

// maxPayload is the size of the largest payload looked at. Slack's own are far
// smaller: a message of 50 blocks of 3,000 characters, and what was filled in.
const maxPayload = 1 << 20

// errMalformed: a payload is not what Slack sends.
var errMalformed = errors.New("malformed payload")

// onceTime bounds asking Once, wall time: a trigger id expires after 3 seconds, and a
// form that is opened twice does less harm than one that is not opened.
const onceTime = time.Second

// Router says what becomes of what Slack sends. It is safe for concurrent use.
type Router struct {
	o      Options
	recent *recent
	newest *newest

	commented *commented
}

// NewRouter returns a Router. Now, Log, Count, Answered and Reader may be left out.
func NewRouter(o Options) *Router {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Count == nil {
		o.Count = func(string, string) {}
	}
	if o.Answered == nil {
		o.Answered = func(string, time.Duration) {}
	}
	if o.Reader == nil {
		o.Reader = func(context.Context, string) messages.Printer { return messages.Printer{} }
	}
	if o.Zone == nil {
		o.Zone = func(context.Context, string) (string, error) { return "", nil }
	}
	if o.Offered == nil {
		o.Offered = func(string) []access.Target { return o.Targets() }
	}
	return &Router{o: o, recent: newRecent(4096), newest: newNewest(4096), commented: newCommented(1024)}
}

// Handle says what to acknowledge a delivery with. The Ack is right to send in any
// case; the error is for the log and says why a delivery came to nothing: it could
// not be decoded, or not be stored, in which case the Ack says so in words.
func (r *Router) Handle(ctx context.Context, d Delivery) (Ack, error) {
	begin := time.Now()
	defer func() { r.o.Answered(knownKind(d.Kind), time.Since(begin)) }()
	if d.ReceivedAt.IsZero() {
		d.ReceivedAt = r.o.Now()
	}
	if len(d.Payload) > maxPayload || d.ID == "" || len(d.ID) > 255 {
		r.o.Count(d.Kind, outcomeMalformed)
		return Ack{}, fmt.Errorf("%w: %s of %d bytes with an id of %d", errMalformed, d.Kind, len(d.Payload), len(d.ID))
	}
	switch d.Kind {
	case KindCommand:
		return r.command(ctx, d)
	case KindInteractive:
		return r.interactive(ctx, d)
	case KindEvent:
		return r.event(ctx, d)
	}
	r.o.Count("delivery", outcomeUnknown)
	r.o.Log.Warn("Slack sent a kind of delivery that is not known", "kind", shorten(d.Kind), "delivery", d.ID)
	return Ack{}, nil
}

func (r *Router) interactive(ctx context.Context, d Delivery) (Ack, error) {
	p, err := decodeInteraction(d.Payload)
	if err != nil {
		r.o.Count(KindInteractive, outcomeMalformed)
		return Ack{}, err
	}
	if !r.ours(p.Team.ID) || (p.User.Team != "" && !r.ours(p.User.Team)) || !validID(p.User.ID) {
		return r.stranger(ctx, d, p), nil
	}
	switch p.Type {
	case "block_actions":
		return r.click(ctx, d, p)
	case "view_submission":
		return r.submission(ctx, d, p)
	case "block_suggestion":
		return r.suggestion(p), nil
	case "shortcut", "message_action":
		return r.shortcut(d, p)
	case "view_closed":
		return r.ignore(d, p.Type)
	}
	return r.unknown(d, p.Type, "")
}

func (r *Router) ours(team string) bool { return team != "" && team == r.o.Team }

// stranger refuses somebody of another workspace, or whom the payload does not name.
func (r *Router) stranger(ctx context.Context, d Delivery, p interaction) Ack {
	r.o.Count(known(p.Type), outcomeRefused)
	r.o.Log.Warn("refused: not a person of this workspace", "type", shorten(p.Type), "team", shorten(p.Team.ID), "user_team", shorten(p.User.Team), "user", shorten(p.User.ID))
	switch p.Type {
	case "view_submission":
		return formError(p, r.speaking(ctx, "").Say(wordsWrongTeam))
	case "block_suggestion":
		return Ack{Body: noOptions()}
	}
	return r.tell(d, p.channel(), p.User.ID, wordsWrongTeam)
}

// ignore acknowledges what is known to mean nothing here.
func (r *Router) ignore(d Delivery, what string) (Ack, error) {
	r.o.Count(what, outcomeIgnored)
	r.o.Log.Debug("ignored", "what", what, "delivery", d.ID)
	return Ack{}, nil
}

// unknown acknowledges what should mean something here and does not.
func (r *Router) unknown(d Delivery, what, id string) (Ack, error) {
	r.o.Count(known(what), outcomeUnknown)
	r.o.Log.Warn("Slack sent something that is not known", "type", shorten(what), "id", shorten(id), "delivery", d.ID)
	return Ack{}, nil
}

// knownKind is known for the kinds of delivery.
func knownKind(kind string) string {
	switch kind {
	case KindCommand, KindInteractive, KindEvent:
		return kind
	}
	return "other"
}

// known keeps what is counted to the types that Slack has: a count's label must not
// grow with what is sent.
func known(what string) string {
	switch what {
	case "block_actions", "view_submission", "block_suggestion", "view_closed", "shortcut", "message_action":
		return what
	}
	return "other"
}

// record stores an attempt that somebody made by a delivery; what is counted.
func (r *Router) record(ctx context.Context, d Delivery, user, what string, a access.Attempt) error {
	a.Slack = access.SlackUser{Team: r.o.Team, ID: user}
	if a.Delivery == "" {
		a.Delivery = d.ID
	}
	a.State, a.ReceivedAt, a.NextAt = access.AttemptOpen, d.ReceivedAt, d.ReceivedAt
	ctx, cancel := context.WithTimeout(ctx, recordTime)
	defer cancel()
	fresh, err := r.o.Record(ctx, a)
	switch {
	case err != nil:
		r.o.Count(what, outcomeFailed)
		return fmt.Errorf("storing the attempt to %s: %w", a.Kind, err)
	case fresh:
		r.o.Count(what, outcomeRecorded)
	default:
		r.o.Count(what, outcomeDuplicate)
	}
	return nil
}

// shown is an acknowledgement after which somebody is shown something, once for a
// delivery.
func (r *Router) shown(d Delivery, user string, show func(ctx context.Context)) Ack {
	if !validID(user) || !r.recent.first(d.ID) {
		return Ack{}
	}
	return Ack{After: func(ctx context.Context) {
		if r.firstAnywhere(ctx, d) {
			show(ctx)
		}
	}}
}

// firstAnywhere asks whether another process has had this delivery. Without an answer
// it counts as the first: this process has not.
//
// Its name differs from that of an attempt: what was told because an attempt could not
// be stored must not stand in the way when it comes again.
func (r *Router) firstAnywhere(ctx context.Context, d Delivery) bool {
	if r.o.Once == nil {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, onceTime)
	defer cancel()
	first, err := r.o.Once(ctx, "shown:"+d.ID)
	if err != nil {
		r.o.Log.Warn("cannot find out whether a delivery was handled elsewhere; going on", "delivery", d.ID, "error", err)
		return true
	}
	if !first {
		r.o.Count(d.Kind, outcomeDuplicate)
	}
	return first
}

// readerTime bounds finding out in which language somebody reads, wall time: words in
// another language are better than late ones.
const readerTime = 200 * time.Millisecond

// speaking speaks the language of whoever reads it.
func (r *Router) speaking(ctx context.Context, user string) messages.Printer {
	ctx, cancel := context.WithTimeout(ctx, readerTime)
	defer cancel()
	return r.o.Reader(ctx, user)
}

// tell is an empty acknowledgement followed by words to one person, given in English.
func (r *Router) tell(d Delivery, channel, user, english string) Ack {
	return r.shown(d, user, func(ctx context.Context) { r.say(ctx, channel, user, r.speaking(ctx, user).Say(english)) })
}

func (r *Router) say(ctx context.Context, channel, user, words string) {
	if err := r.o.Tell(ctx, channel, user, words); err != nil {
		r.o.Log.Warn("could not tell somebody", "user", user, "channel", channel, "words", words, "error", err)
	}
}

// open is an acknowledgement after which a modal is opened.
func (r *Router) open(d Delivery, trigger, channel, user string, form func(messages.Printer) slack.ModalViewRequest) Ack {
	return r.shown(d, user, func(ctx context.Context) { r.openNow(ctx, trigger, channel, user, form(r.speaking(ctx, user))) })
}

func (r *Router) openNow(ctx context.Context, trigger, channel, user string, view slack.ModalViewRequest) (id, hash string) {
	id, hash, err := r.o.Views.OpenView(ctx, trigger, view)
	if err != nil {
		r.o.Log.Warn("could not open a form", "form", view.CallbackID, "user", user, "error", err)
		r.say(ctx, channel, user, r.speaking(ctx, user).Say(wordsNoForm))
	}
	return id, hash
}
