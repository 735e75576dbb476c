package access

import "time"

// CampaignScope is which sort of access a campaign asks about.
type CampaignScope string

// The scopes of campaigns.
const (
	AllHolders     CampaignScope = "holders"  // everybody who has a target, whatever explains it
	LiveGrants     CampaignScope = "grants"   // what live grants give
	StandingAccess CampaignScope = "standing" // what is there and would stay without any grant
)

// Silence is what becomes of access about which nobody has said anything in time.
type Silence string

// What silence means.
const (
	SilenceRevokes   Silence = "revoke"
	SilenceKeeps     Silence = "keep" // and is a finding
	SilenceEscalates Silence = "escalate"
)

// Campaign is how access is asked about regularly: whether it is still needed.
type Campaign struct {
	Name  string        `json:"name"`
	Scope CampaignScope `json:"scope"`
	// OlderThan leaves out grants that began less than that ago; zero leaves out none. When
	// standing access began is not known: it is never left out.
	OlderThan time.Duration `json:"older_than,omitempty"`
	// Targets are the ids of those that are asked about; empty is all.
	Targets []string `json:"targets,omitempty"`
	When    string   `json:"when,omitempty"` // a filter in CEL; see package policy
	// Reviewers are asked, Fallback where none of them can be: nobody certifies their own access.
	Reviewers []Approver `json:"reviewers"`
	Fallback  []Approver `json:"fallback"`
	// RemindEvery is how often who has not answered is reminded, Deadline how long they have.
	RemindEvery time.Duration `json:"remind_every"`
	Deadline    time.Duration `json:"deadline"`
	Silence     Silence       `json:"silence"`
	EscalateTo  []Approver    `json:"escalate_to,omitempty"`
	// RemoveStanding lets a no, or silence, take standing access away.
	RemoveStanding bool `json:"remove_standing,omitempty"`
}
