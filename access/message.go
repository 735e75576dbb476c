package access

import "time"

// MessageKind is what a message in Slack shows.
type MessageKind string

// The messages there are.
const (
	RequesterCard MessageKind = "requester" // to the requester: the one message that follows the request to its end
	ApproverCard  MessageKind = "approver"  // to one approver, by direct message
	ChannelCard   MessageKind = "channel"   // in the channel of requests
	// HomeTab is somebody's Home tab in the app, published anew when what it shows changes.
	HomeTab MessageKind = "home"
	// Answer is to one person where they asked, seen by nobody else and never updated: Channel
	// is where, Text the question.
	Answer     MessageKind = "answer"
	ReviewCard MessageKind = "review" // to those who owe a review of the request, and in the channel of it
	// Asked is to the requester, who is asked something by one of those who decide.
	Asked MessageKind = "question"
	// Reminder is to the requester before their access ends, with what can be done about it.
	// Its id is of the grant, so that there is one of it.
	Reminder MessageKind = "reminder"
	// CampaignCard is to a reviewer of a campaign: Request is the id of the CampaignReviewer.
	CampaignCard MessageKind = "campaign"
	// DriftCard is to the admin channel: what is outside and not as it has to be, updated as
	// it comes and goes.
	DriftCard   MessageKind = "drift"
	Notice      MessageKind = "notice" // words to one person, never updated
	AdminNotice MessageKind = "admin"  // words to the admin channel, never updated
)

// MessageState is how far a message got.
type MessageState string

const (
	// MessageNew: not sent yet.
	MessageNew MessageState = "new"
	// MessagePosting: about to be posted, or posted with the answer lost; to be
	// looked for by its key before it is posted again.
	MessagePosting MessageState = "posting"
	// MessagePosted: it stands in Slack at Channel and TS.
	MessagePosted MessageState = "posted"
	// MessageFailed: Slack will never take it (no such channel); given up, logged.
	MessageFailed MessageState = "failed"
)

// Message is one message in Slack that shows stored state.
type Message struct {
	ID   string // also its key in Slack's message metadata
	Kind MessageKind
	// To is a Slack user id (a direct message) or a channel id.
	To      string
	Request string // what it shows; empty for words that stand alone
	Text    string // of notices: what they say
	Channel string // where it stands, once posted
	TS      string
	State   MessageState
	// Wanted counts the changes of what it shows; Shown is the count that Slack has.
	Wanted, Shown int64
	// Shows is a digest of what Slack has been shown, with the count of then; empty is not
	// known. What looks the same is not sent again: Slack takes 50 updates a minute.
	Shows        string
	Attempts     int
	LastError    string
	NextAt       time.Time
	Claim        string // see Entitlement.Claim
	ClaimedUntil time.Time
	Version      int64
	CreatedAt    time.Time
}

// ReminderMessage is the id of the message that reminds of the end of a grant.
func ReminderMessage(grantID string) string { return "reminder-" + grantID }
