package access

// SlackUser is a person in Slack. Names are for reading only; the two ids are the key.
type SlackUser struct {
	Team  string `json:"team"`
	ID    string `json:"id"`
	Email string `json:"email,omitempty"`
	Name  string `json:"name,omitempty"`
}

// Person is one human as Okta knows them now.
type Person struct {
	OktaID      string `json:"okta_id"` // 00u…, the identity that rules compare
	Login       string `json:"login"`
	Email       string `json:"email"`
	Name        string `json:"name"`
	Title       string `json:"title,omitempty"`
	Department  string `json:"department,omitempty"`
	ManagerName string `json:"manager_name,omitempty"`
	// Status is Okta's; only ACTIVE may ask, decide or keep access.
	Status string `json:"status"`
	// SameAs is the value of the attribute that two Okta users of one human share
	// (okta.person_attribute); empty where none is configured.
	SameAs string `json:"same_as,omitempty"`
	// Manager is the raw value of the configured manager attribute.
	Manager string `json:"manager,omitempty"`
}

// Active says whether Okta lets the person in.
func (p Person) Active() bool { return p.Status == "ACTIVE" }

// Same says whether two Okta users are one human: the same Okta user, or the
// same non-empty value of the configured person attribute.
func (p Person) Same(q Person) bool {
	return p.OktaID == q.OktaID || (p.SameAs != "" && p.SameAs == q.SameAs)
}
