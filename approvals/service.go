package approvals

import (
	"context"
	"log/slog"
	"time"

	"airpass/access"
	"airpass/grants"
	"airpass/policy"
	"airpass/store"
	"airpass/tracing"
)

// Directory is Okta, asked live. Somebody who does not exist is an error that wraps
// access.ErrNotFound; an answer that did not come, access.ErrUnavailable.
type Directory interface {
	ByID(ctx context.Context, oktaID string) (access.Person, error)
	ByLogin(ctx context.Context, login string) (access.Person, error)
	ByEmail(ctx context.Context, email string) ([]access.Person, error)
	ManagerOf(ctx context.Context, p access.Person) (access.Person, error)
	// People returns people by their Okta user ids; who is missing is unknown.
	People(ctx context.Context, oktaIDs []string) (map[string]access.Person, error)
	GroupsOf(ctx context.Context, oktaID string) (map[string]bool, error)
	GroupMembers(ctx context.Context, groupID string, limit int) ([]access.Person, error)
	grants.Names
}

// Profile is what Slack knows of one of its users.
type Profile struct {
	Team, ID, Name, Email     string
	Zone                      string // IANA; empty is unknown
	Locale                    string // "de-DE"; empty is unknown, or not asked for
	Status                    string // the emoji of their status, ":palm_tree:"; empty is none
	EmailConfirmed            bool
	Deleted, Bot              bool
	Guest, Stranger, NotYetIn bool // NotYetIn: invited, never signed in
}

// Workspace is Slack's directory.
type Workspace interface {
	User(ctx context.Context, id string) (Profile, error)
	UserByEmail(ctx context.Context, email string) (Profile, error)
}

// Environments tells how an MWAA environment is doing.
type Environments interface {
	Status(ctx context.Context, env access.Environment) (status string, private bool, err error)
}

// Options configures a Service. All fields are needed, but for the channels, Guardians,
// Judged and Trace, and those that say so.
type Options struct {
	Store        *store.Store
	Directory    Directory
	Workspace    Workspace
	People       grants.People
	Environments Environments
	Others       Others // may be nil, if no policy has rules that need it
	Logins       Logins // may be nil, if no target has instant links
	Cuts         Cuts   // may be nil, and sessions are cut by nobody then
	// Campaigns passes on what somebody is asked about in a campaign who cannot be asked any
	// more; nil is that it waits for them.
	Campaigns Campaigns
	Pace      *Pace // of logins; kept when a Service takes the place of another
	// OnCall are the rules that name who is on call, for conditions; none is nobody.
	OnCall     []access.Approver
	Conditions *policy.Conditions
	// Targets returns what can be asked for now.
	Targets func() []access.Target
	Admins  []string // the Okta logins of those who run airpass
	// Guardians are the Okta logins of those who may take access to an environment away
	// without being approvers, and know who has it: its owners, and admins. nil is nobody.
	Guardians func(environment string) []string
	// Speak says English words, with what is put into them, in the language of a locale as
	// Slack names it; nil speaks English.
	Speak func(locale, english string, args ...any) string
	Now   func() time.Time
	Log   *slog.Logger
	Trace *tracing.Tracer
	// Judged is told what became of an attempt each time that it was judged; nil is
	// nobody.
	Judged func(access.AttemptKind, Outcome)

	Team            string   // the one Slack team that is served
	AllowedDomains  []string // of confirmed e-mail addresses, lower case
	AwayStatus      []string // emoji of a Slack status that mean that somebody is not there to decide
	RequestsChannel string   // where each request is shown too; empty is nowhere
	AdminChannel    string   // where those who run airpass are told; empty is nowhere
	NotifyMax       int      // how many approvers get a card of their own
	RequestLapse    time.Duration
	ClickDeadline   time.Duration // how long an attempt waits for a directory that does not answer
}

// Service judges attempts. It is safe for concurrent use, also by several processes
// on one store.
type Service struct {
	Options
	intake *intake
	shows  *intake // see Once
	known  acquaintances
}

// New returns a Service.
func New(o Options) *Service {
	if o.Trace == nil {
		o.Trace = tracing.New(nil)
	}
	if o.Judged == nil {
		o.Judged = func(access.AttemptKind, Outcome) {}
	}
	return &Service{Options: o, intake: &intake{store: o.Store}, shows: &intake{store: o.Store, gather: showGather}}
}

// Record stores an attempt as it arrived, before Slack is answered: one short
// transaction, shared with others that arrive meanwhile, and nothing outside. The same
// delivery again is not fresh and changes nothing.
func (s *Service) Record(ctx context.Context, a access.Attempt) (fresh bool, err error) {
	begin := time.Now() // wall time, as all of a trace
	a.State = access.AttemptOpen
	a.ID, fresh, err = s.intake.put(ctx, a)
	if fresh {
		s.Trace.Received(ctx, a, begin)
	}
	return fresh, err
}

// Once says whether something that came with a delivery happens for the first time, in
// this process or in any other on the store: it is stored as an attempt that is done,
// apart from those for which Slack waits, and kept for showKept.
func (s *Service) Once(ctx context.Context, delivery string) (first bool, err error) {
	_, first, err = s.shows.put(ctx, access.Attempt{Delivery: delivery, Kind: access.AttemptShow, State: access.AttemptDone})
	return first, err
}

// showKept is how long it is known what was shown: Slack sends a delivery again for an
// hour at most. See https://docs.slack.dev/apis/events-api.
const showKept = 24 * time.Hour

// How much of what was shown one transaction deletes, so that clicks need not wait for it,
// and how many of them follow each other; the rest is left to the next time.
const (
	forgetBatch  = 200
	forgetRounds = 100
)

// ForgetShown deletes what is known of forms and words that were shown long ago.
func (s *Service) ForgetShown(ctx context.Context) error {
	before := s.Now().Add(-showKept)
	for range forgetRounds {
		var n int64
		err := s.Store.Update(ctx, intakeActor, func(tx *store.Tx) (err error) {
			n, err = tx.ForgetShown(before, forgetBatch)
			return err
		})
		if err != nil || n < forgetBatch {
			return err
		}
	}
	return nil
}

// target returns what can be asked for now under an id.
func (s *Service) target(id string) (access.Target, bool) {
	for _, t := range s.Targets() {
		if t.ID == id {
			return t, true
		}
	}
	return access.Target{}, false
}

// Campaigns passes on what reviewers are asked about.
type Campaigns interface {
	PassOn(ctx context.Context, reviewer access.CampaignReviewer, why string) error
}
