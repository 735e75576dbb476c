package access

import "time"

// RequestState is where a request stands.
type RequestState string

// The states of a request. Only Pending can move; see requestMoves.
const (
	RequestPending   RequestState = "pending"
	RequestApproved  RequestState = "approved"
	RequestDenied    RequestState = "denied"
	RequestCancelled RequestState = "cancelled"
	RequestLapsed    RequestState = "lapsed"
)

// Request is a person asking for a target, for a duration, with a reason.
type Request struct {
	ID      string
	Subject Person
	Slack   SlackUser
	Target  Target // as it was when asked
	// Duration is what was asked for, or the least that somebody who agreed gave; see Asked.
	Duration time.Duration
	Reason   string
	// StartAt is when the access was asked to begin; zero is as soon as it is approved. A
	// start that is over when the request is approved is then.
	StartAt time.Time
	// NewAccount: the subject had no account in Identity Center when they asked, and a
	// yes gives them one, which stays.
	NewAccount bool
	State      RequestState
	Version    int64
	CreatedAt  time.Time
	LapseAt    time.Time // a decision clicked at or after this moment comes too late
	DecidedAt  time.Time
	// Decider and DeciderNote are of the decision that ended it, if one did.
	Decider     Person
	DeciderNote string
	Course      Course
	// Extends is the grant whose time the request is to make longer; empty for any other
	// request.
	Extends string
	NextAt  time.Time // when there is something to do before it lapses; zero is never
	Seen    Seen
}

// Seen is what was seen outside when a request was made.
type Seen struct {
	// Private: the web server is reachable only from inside its network.
	Private bool `json:"private,omitempty"`
}

// Course is what the decision of a request needs, and how far it has come.
type Course struct {
	// Stages are what the policy and its rules required when the request was made.
	Stages     []Stage    `json:"stages,omitempty"`
	Fallback   []Approver `json:"fallback,omitempty"`
	CountTwice bool       `json:"count_twice,omitempty"`
	// Auto is the rule by which nobody had to decide; empty if somebody had to.
	Auto string `json:"auto,omitempty"`
	// BreakGlass: nobody was asked. Somebody took it at once, and owes a review.
	BreakGlass bool `json:"break_glass,omitempty"`
	// Reduced is set if a reviewer of a campaign has decided that this takes the place of what
	// the campaign had asked about; nil of what somebody has asked for.
	Reduced *Reduced `json:"reduced,omitempty"`
	// Broken are rules that could not be evaluated when the request was made, and so
	// made it need more.
	Broken []string `json:"broken,omitempty"`
	// AnyOrder is set when a policy that came into force since asks for more than the
	// one under which the request was made: who has agreed already still counts.
	AnyOrder bool `json:"any_order,omitempty"`
	// Asked is the duration that was asked for, where less was given; zero where not.
	Asked time.Duration `json:"asked,omitempty"`

	Tally   Tally     `json:"tally"`    // as of the newest decision
	StageAt time.Time `json:"stage_at"` // when the open stage began
	// What was done about the open stage since: its people reminded, more people asked, and
	// told that nobody could decide it.
	Reminded bool `json:"reminded,omitempty"`
	Widened  bool `json:"widened,omitempty"`
	Stuck    bool `json:"stuck,omitempty"`
}

// Reduced is what a lower role takes the place of.
type Reduced struct {
	Campaign string `json:"campaign"`
	Item     string `json:"item"`
	From     string `json:"from"` // the id of the target
}

// Asked is the duration that was asked for, whatever was given.
func (r Request) Asked() time.Duration { return max(r.Duration, r.Course.Asked) }

// Shorten makes a request as short as the shortest time that somebody who agreed gave.
func (r Request) Shorten(decisions []Decision) Request {
	asked := r.Asked()
	for _, d := range decisions {
		if d.Verdict == Approve && d.Duration > 0 {
			r.Duration = min(r.Duration, d.Duration)
		}
	}
	if r.Course.Asked = 0; r.Duration < asked {
		r.Course.Asked = asked
	}
	return r
}

// Needed is the course of a request; one that was made before there were stages has those
// of its policy.
func (r Request) Needed() Course {
	c := r.Course
	if len(c.Stages) == 0 && c.Auto == "" && !c.BreakGlass {
		p := r.Target.Policy
		c.Stages, c.Fallback, c.CountTwice, c.StageAt = p.Stages, p.Fallback, p.CountTwice, r.CreatedAt
		c.Tally = c.Count(nil)
	}
	return c
}

// Count says how far approvals have come.
func (c Course) Count(approvals []Decision) Tally {
	t := TallyOf(c.Stages, c.Fallback, c.CountTwice, approvals)
	if c.AnyOrder && Suffice(c.Stages, c.Fallback, c.CountTwice, approvals) {
		t = Tally{Stage: len(c.Stages), Done: true}
	}
	return t
}

// Open is the stage that waits for people; the zero stage if none does.
func (c Course) Open() Stage {
	if c.Tally.Stage < len(c.Stages) {
		return c.Stages[c.Tally.Stage]
	}
	return Stage{}
}

// Next is when there is something to do about the open stage; zero is never.
func (c Course) Next() time.Time {
	var next time.Time
	s := c.Open()
	for _, n := range []struct {
		done  bool
		after time.Duration
	}{{c.Reminded, s.RemindAfter}, {c.Widened, s.WidenAfter}} {
		if at := c.StageAt.Add(n.after); !n.done && n.after > 0 && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}

// Verdict is an approver's yes or no.
type Verdict string

// The verdicts.
const (
	Approve Verdict = "approve"
	Deny    Verdict = "deny"
)

// Decision is one approver's yes or no on one request.
type Decision struct {
	ID        string
	RequestID string
	Decider   Person
	Slack     SlackUser
	Verdict   Verdict
	// Duration is what a yes was given for, where that is less than was asked for; else zero.
	Duration   time.Duration
	Reason     string
	ReceivedAt time.Time // when the click arrived
	// Rules are the approver rules that named the decider when the click was judged.
	Rules []Approver
}
