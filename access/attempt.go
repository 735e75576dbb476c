package access

import "time"

// AttemptKind is what somebody tried to do.
type AttemptKind string

// What can be attempted from Slack.
const (
	AttemptAsk     AttemptKind = "ask"
	AttemptApprove AttemptKind = "approve"
	AttemptDeny    AttemptKind = "deny"
	AttemptCancel  AttemptKind = "cancel"
	// AttemptQuestion asks the requester something before deciding: Reason is what.
	AttemptQuestion AttemptKind = "question"
	// AttemptReply answers that: Target is the id of the question, Reason the answer.
	AttemptReply AttemptKind = "reply"
	// AttemptRevoke takes the access of somebody else away before its end.
	AttemptRevoke AttemptKind = "revoke"
	// AttemptCut ends the sessions of somebody's access, and then the access.
	AttemptCut AttemptKind = "cut"
	// AttemptLift ends a cut before its time: Target is the id of the cut, Reason why.
	AttemptLift AttemptKind = "lift"
	// AttemptExtend asks for more time for what somebody has of a target that they name.
	AttemptExtend AttemptKind = "extend"
	// AttemptInstead asks to have for longer what one has, with what was said when it was asked
	// for anew: Target is the id of that attempt.
	AttemptInstead AttemptKind = "extend_instead"
	// AttemptTell asks what is so; see Question.
	AttemptTell AttemptKind = "tell"
	// AttemptHome opens the Home tab, or turns to another page of it: Target is which, as
	// "requests-1".
	AttemptHome AttemptKind = "home"
	// AttemptLogin asks to be signed in to what somebody has, at once.
	AttemptLogin AttemptKind = "login"
	// AttemptBreakGlass takes access at once, without a decision.
	AttemptBreakGlass AttemptKind = "break_glass"
	// What a reviewer says of that; the third also takes the access away.
	AttemptJustified    AttemptKind = "review_justified"
	AttemptNotJustified AttemptKind = "review_not_justified"
	AttemptTakeBack     AttemptKind = "review_take_back"
	// AttemptCertify says of items of a campaign whether they are still needed: Target is a
	// Certified, Reason a comment, Begins until when what is kept is kept (KeptUntilOf).
	AttemptCertify AttemptKind = "certify"
	// AttemptCertifyMany says the same of many items at once: Target is a CertifiedMany, with
	// that date, and Reason a comment.
	AttemptCertifyMany AttemptKind = "certify_many"
	// AttemptDelegate has somebody else be asked about such items: Channel is who.
	AttemptDelegate AttemptKind = "certify_delegate"
	// AttemptUndo takes back what was said last: see UndoOf.
	AttemptUndo AttemptKind = "certify_undo"
	// AttemptShow is done when it is stored: somebody was shown a form or words, and by
	// its delivery nobody is shown them again.
	AttemptShow AttemptKind = "show"
)

// Typed says whether somebody typed it as a command: then they are answered where they did.
func (a Attempt) Typed() bool {
	switch a.Kind {
	case AttemptTell, AttemptExtend:
		return true
	case AttemptAsk:
		return a.Channel != ""
	case AttemptCancel:
		return a.Request == ""
	}
	return false
}

// AttemptState is what became of an attempt.
type AttemptState string

// The states of an attempt: open until it was applied or refused.
const (
	AttemptOpen    AttemptState = "open"
	AttemptDone    AttemptState = "done"
	AttemptRefused AttemptState = "refused"
)

// Attempt is a click, command or submission as it arrived, stored before Slack is
// answered and judged later.
type Attempt struct {
	ID string
	// Delivery is the id under which Slack delivered it; one delivery is one attempt.
	Delivery string
	Slack    SlackUser // team and id only: what the signed payload says
	Kind     AttemptKind
	Request  string // the request acted on; when asking, the one whose grant is to be extended, or empty
	// Target, Duration and Reason are what was filled in; which of them depends on Kind. The
	// duration of a yes is what it is given for, zero for as long as was asked.
	// To give back or to extend what they have, people name a target or an environment
	// instead of a request. Of a question, Target is what it is about and Reason the rest.
	Target   string
	Duration time.Duration
	Reason   string
	// Comments are what is said of single items of a campaign, by their ids, instead of Reason.
	Comments map[string]string
	// Begins is when access is to begin, as package starts reads it; empty is at once.
	Begins string
	// Channel is where to answer if not in a direct message.
	Channel    string
	ReceivedAt time.Time // domain time of arrival: lapse is judged by it
	State      AttemptState
	Answer     string // what the person was told
	Tries      int
	NextAt     time.Time
	Version    int64
}

// Binding ties a person in Slack to one Okta user. It is made at the first use and
// changed by an operator only: a different e-mail or Okta id afterwards is refused.
type Binding struct {
	Team, SlackID string
	OktaID        string
	Email         string // as it was when bound
	BoundAt       time.Time
}
