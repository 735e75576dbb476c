package access

import "time"

// The parts of a Home tab that are shown a page at a time.
const (
	PartAccess   = "access"
	PartWaiting  = "waiting"
	PartRequests = "requests"
)

// MaxPage is the last page of a part that can be turned to.
const MaxPage = 99

// Home is somebody's Home tab: who they were when they opened it last, and which pages
// they have turned to. What it shows is a message of kind HomeTab.
type Home struct {
	SlackID string
	OktaID  string // empty while they are refused
	Login   string
	Admin   bool // they were one of those who run airpass
	Refused string
	// Pages are the pages shown, from 0; the newest or most urgent come first.
	Pages    map[string]int
	OpenedAt time.Time
}

// HomeMessage is the id of the message that is somebody's Home tab.
func HomeMessage(slackID string) string { return "home-" + slackID }
