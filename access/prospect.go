package access

import "time"

// Prospect is what somebody who is about to ask is shown beside what is configured. It
// decides nothing: all of it is judged anew when they have asked.
type Prospect struct {
	Subject Person
	// Refused says why airpass does not serve them; empty if it does.
	Refused string
	// Targets are what they may ask for.
	Targets []Target
	// Held are their grants that are scheduled or live, and Waiting their requests that wait
	// for a decision.
	Held    []Grant
	Waiting []Request
	// Target is what they have chosen, if it is theirs to ask for; its id. Course is who would
	// decide it, and Longest what the rules of its policy limit it to; zero if they do not.
	Target  string
	Course  Course
	Longest time.Duration
}

// Choice is what somebody has chosen so far.
type Choice struct {
	Target   string // its id; empty if it is not chosen yet
	Duration time.Duration
	Start    time.Time // zero is at once
}
