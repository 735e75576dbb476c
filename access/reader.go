package access

// Reader is somebody in Slack whose language or time zone is known.
type Reader struct {
	SlackID string
	OktaID  string
	Locale  string // as Slack names it: "de-DE"; empty is unknown
	Zone    string // likewise: "Europe/Berlin"
}
