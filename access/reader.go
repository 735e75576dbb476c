package access

// Reader is somebody in Slack whose language is known.
type Reader struct {
	SlackID string
	OktaID  string
	Locale  string // as Slack names it: "de-DE"
}
