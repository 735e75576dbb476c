package replicas

// View is what one replica knows of all.
type View struct {
	Live  int // replicas alive, this one included
	Place int // of this one: 0 has run longest
	// Others is how many connections to Slack the others hold or want to hold.
	Others int
	// Arriving: this one has come so lately that the others may not count it yet.
	Arriving bool
}

// Share is by how much a budget is to be divided. Until the others are sure to have
// made room a newcomer takes half of its part.
func (v View) Share() float64 {
	if v.Arriving && v.Live > 1 {
		return 2 * float64(v.Live)
	}
	return float64(max(v.Live, 1))
}

// slackConnections is how many Socket Mode connections an app may have.
// See https://docs.slack.dev/apis/events-api/using-socket-mode.
const slackConnections = 10

// Connections is how many connections to Slack this replica is to hold: two, so that
// one can be replaced while the other listens, while that is within Slack's limit for
// all; one beyond; and none for those that came after as many as the limit. Those
// without run jobs all the same.
func (v View) Connections() int {
	switch {
	case v.Live*2 <= slackConnections:
		return 2
	case v.Place < slackConnections:
		return 1
	}
	return 0
}
