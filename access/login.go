package access

import "time"

// Login is a way in to Airflow that was made for one person, once.
type Login struct {
	URL OneTime
	// AirflowIdentity is whom Airflow takes the person for, IAMIdentity whom AWS does.
	AirflowIdentity, IAMIdentity string
	Ends                         time.Time // of the URL, wall time
	Busy                         bool      // the environment is being changed right now: Airflow may not answer
}

// OneTime is an address that lets in whoever opens it, as somebody else. It prints as
// nothing of itself; Reveal is for the one place that shows it to the person.
type OneTime string

const unsaid = "[redacted]"

// Reveal is the address.
func (o OneTime) Reveal() string { return string(o) }

// String and GoString keep it out of what is printed, MarshalText out of what is encoded.
func (OneTime) String() string { return unsaid }

// GoString is String for %#v.
func (OneTime) GoString() string { return unsaid }

// MarshalText is String for encoders, and for logs.
func (OneTime) MarshalText() ([]byte, error) { return []byte(unsaid), nil }
