package access

import "time"

// ActorKind is what sort of actor changed something.
type ActorKind string

// The kinds of actor.
const (
	ByPerson   ActorKind = "person"   // somebody in Slack, known to Okta
	ByOperator ActorKind = "operator" // somebody at the command line
	BySystem   ActorKind = "system"   // airpass itself: a schedule, the reconciler
)

// Actor is who changed something. Every change of state names one.
type Actor struct {
	Kind ActorKind `json:"kind"`
	// ID is the Okta user id, the operating system's user, or the part of airpass
	// ("reconciler", "expiry").
	ID string `json:"id"`
	// Name is for reading; a personal value.
	Name string `json:"name,omitempty"`
}

// System is an actor that is a part of airpass itself.
func System(part string) Actor { return Actor{Kind: BySystem, ID: part} }

// PersonActor is somebody known to Okta.
func PersonActor(p Person) Actor { return Actor{Kind: ByPerson, ID: p.OktaID, Name: p.Name} }

// EventKind names what happened: "request.created", "grant.active", …
type EventKind string

// Event is one line of the audit trail, before it is sealed into the chain.
// Facts are kept in clear in the chain; Personal values enter it as salted
// digests, with the values beside it, so that they can be deleted later.
type Event struct {
	Kind     EventKind
	At       time.Time // domain time, UTC, milliseconds
	Actor    Actor
	Request  string // ids of what it is about; empty where it does not apply
	Grant    string
	Ref      string // Ref.Key of the entitlement
	Facts    map[string]string
	Personal map[string]string
}
