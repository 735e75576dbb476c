package access

import "encoding/json"

// Topic is what somebody asks about.
type Topic string

// What can be asked about.
const (
	AboutMe     Topic = "me"     // what I have, and what waits for me
	AboutStatus Topic = "status" // my requests
	AboutExtend Topic = "extend" // what of it I can have for longer
	AboutReturn Topic = "return" // what of it I can give back
	AboutWho    Topic = "who"    // who has access to an environment
	AboutNotice Topic = ""       // words that were not asked for

	// What is shown instead of a request that was not made.
	AboutSame Topic = "same" // one like it that waits already
	AboutHeld Topic = "held" // the access that it asks for, which one has
)

// Question is what an answer is to: it is asked once, and answered from what is stored
// when the answer is sent.
type Question struct {
	About       Topic  `json:"about,omitempty"`
	Person      string `json:"person,omitempty"`      // who asks: the Okta user id
	Environment string `json:"environment,omitempty"` // its key
	Words       string `json:"words,omitempty"`       // of a notice, or why a request was not made
	Request     string `json:"request,omitempty"`     // the request shown
	Attempt     string `json:"attempt,omitempty"`     // what was asked for
}

// String is the question as the text of a message.
func (q Question) String() string {
	raw, _ := json.Marshal(q) // of strings
	return string(raw)
}

// ParseQuestion reads what String wrote; anything else is a question about nothing.
func ParseQuestion(text string) Question {
	var q Question
	if json.Unmarshal([]byte(text), &q) != nil {
		return Question{Words: text}
	}
	return q
}
