package okta

import (
	"strconv"
	"strings"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"

	"airpass/access"
)

// person is a user of Okta in our words.
// See https://developer.okta.com/docs/reference/api/users/ (default profile).
func (c *Client) person(u *sdk.User) access.Person {
	name := profileText(u, "displayName")
	if name == "" {
		name = strings.TrimSpace(profileText(u, "firstName") + " " + profileText(u, "lastName"))
	}
	p := access.Person{
		OktaID: u.Id, Login: profileText(u, "login"), Email: profileText(u, c.o.EmailAttribute), Name: name,
		Title: profileText(u, "title"), Department: profileText(u, "department"),
		ManagerName: profileText(u, "manager"), Manager: profileText(u, c.o.ManagerAttribute), Status: u.Status,
	}
	if c.o.PersonAttribute != "" {
		p.SameAs = profileText(u, c.o.PersonAttribute)
	}
	return p
}

// profileText is a profile attribute as text: numbers are written out, lists and
// everything else count as not set.
func profileText(u *sdk.User, attribute string) string {
	if u.Profile == nil {
		return ""
	}
	switch v := (*u.Profile)[attribute].(type) {
	case string:
		return strings.TrimSpace(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// plainID says whether s looks like an id of Okta's: letters and digits. Ids go into
// paths and filters.
func plainID(s string) bool {
	for _, r := range s {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
			return false
		}
	}
	// "me" is whoever the token belongs to.
	return len(s) > 2 && len(s) <= 100
}
