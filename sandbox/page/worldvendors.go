package page

import (
	"reflect"
	"time"

	"airpass/sandbox/control"
)

// vendor is one of the outside systems as the panel shows and breaks it.
type vendor struct {
	key, name string
	faults    *control.Faults
	budgets   []control.Budget
	modes     []vendorMode
}

// vendorMode is a way in which a vendor works or does not.
type vendorMode struct {
	Key   string `json:"key"`
	Label string `json:"label"`
	Hint  string `json:"hint"`

	faults []control.Fault
}

// otherMode is what a vendor is in that somebody has broken over the control server.
const otherMode = "other"

// How a vendor misbehaves when it is switched to.
const (
	slowBy     = 2 * time.Second
	retryAfter = 5 * time.Second
)

// vendorModes are the ways in which a vendor can be made to misbehave. changing are
// its operations that change something: those whose replies are lost.
func vendorModes(name string, changing ...string) []vendorMode {
	var lost []control.Fault
	for _, op := range changing {
		lost = append(lost, control.Fault{Op: op, LoseReply: true})
	}
	return []vendorMode{
		{Key: "works", Label: "Works", Hint: name + " answers as usual."},
		{Key: "slow", Label: "Slow", Hint: "Every call to " + name + " takes 2 seconds longer.",
			faults: []control.Fault{{Op: "*", Latency: control.Duration(slowBy)}}},
		{Key: "throttled", Label: "Throttled", Hint: name + " refuses every call: too many requests, try again later.",
			faults: []control.Fault{{Op: "*", Answer: "throttled", RetryAfter: control.Duration(retryAfter)}}},
		{Key: "down", Label: "Down", Hint: name + " answers every call with an outage.",
			faults: []control.Fault{{Op: "*", Answer: "unavailable"}}},
		{Key: "lost", Label: "Reply lost", Hint: name + " does what it is asked to, and the answer never arrives.", faults: lost},
	}
}

func (p *Page) vendors() []vendor {
	w := p.world
	return []vendor{
		{"slack", "Slack", w.Slack.Faults(), w.Slack.Budgets(), vendorModes("Slack", "chat.postMessage", "chat.update", "chat.postEphemeral", "views.open", "views.update")},
		{"okta", "Okta", w.Okta.Faults(), w.Okta.Budgets(), vendorModes("Okta", "AddUserToGroup", "RemoveUserFromGroup")},
		{"identitycenter", "AWS Identity Center", w.IdentityCenter.Faults(), w.IdentityCenter.Budgets(),
			vendorModes("Identity Center", "CreateAccountAssignment", "DeleteAccountAssignment")},
		// airpass changes nothing at MWAA; a reply is lost where it only looks.
		{"mwaa", "Amazon MWAA", w.MWAA.Faults(), nil, vendorModes("MWAA", "*")},
	}
}

// mode says which of its modes a vendor is in.
func (v vendor) mode() string {
	active := v.faults.Active()
	for _, m := range v.modes {
		if len(m.faults) == len(active) && (len(active) == 0 || reflect.DeepEqual(m.faults, active)) {
			return m.Key
		}
	}
	return otherMode
}

// shownVendor is a vendor with its calls and limits.
type shownVendor struct {
	Key    string       `json:"key"`
	Name   string       `json:"name"`
	Mode   string       `json:"mode"`
	Modes  []vendorMode `json:"modes"`
	Second int          `json:"second"` // calls in the last second of wall time
	Minute int          `json:"minute"`
	// Budgets are the limits of which something is used, the fullest first.
	Budgets []control.Budget `json:"budgets"`
}

func (p *Page) shownVendors() []shownVendor {
	var out []shownVendor
	for _, v := range p.vendors() {
		out = append(out, shownVendor{Key: v.key, Name: v.name, Mode: v.mode(), Modes: v.modes,
			Second: v.faults.Recent(time.Second), Minute: v.faults.Recent(time.Minute), Budgets: fullest(v.budgets)})
	}
	return out
}
