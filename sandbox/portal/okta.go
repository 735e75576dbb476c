package portal

import "airpass/sandbox/okta"

// ApplicationUserName returns the user name that Okta's Identity Center application
// gives a person, for Options.UserName; ok is false for somebody who does not have
// the application.
func ApplicationUserName(org *okta.Server) func(login string) (userName string, ok bool) {
	return func(login string) (string, bool) {
		for _, app := range org.Apps() {
			if app.Name != okta.IdentityCenterApp || app.Inactive {
				continue
			}
			for _, u := range app.Users {
				if u.User == login {
					return u.UserName, true
				}
			}
		}
		return "", false
	}
}
