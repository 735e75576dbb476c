package access

import "time"

// What may be asked about one request, and how long each text is: what is said of it fits on
// a card beside everything else.
const (
	MaxQuestions = 5   // of all who decide together
	MaxSaid      = 500 // characters
)

// Query is what somebody who decides has asked the requester about a request, and what they
// were answered.
type Query struct {
	ID         string
	Request    string
	Asker      Person
	Slack      SlackUser // the asker's
	Text       string
	AskedAt    time.Time
	Answer     string
	AnsweredAt time.Time // zero: not answered
}

// Answered says whether the requester has answered.
func (q Query) Answered() bool { return !q.AnsweredAt.IsZero() }

// QueryMessage is the id of the message in which the requester is asked.
func QueryMessage(queryID string) string { return "question-" + queryID }
