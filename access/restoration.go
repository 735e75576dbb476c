package access

import "time"

// Restoration says that the database seems to be an older copy of what airpass knew.
// Until somebody has compared it with the outside and acknowledged what they found,
// nothing new is given; taking away goes on.
type Restoration struct {
	Why string    `json:"why"`
	At  time.Time `json:"at"` // when it was noticed
	// ComparedAt is when it was last compared with the outside; zero if never. Digest
	// is of what was found, and Findings how much.
	ComparedAt time.Time `json:"compared_at,omitzero"`
	Digest     string    `json:"digest,omitempty"`
	Findings   int       `json:"findings,omitempty"`
}
