package browser

import (
	"net/http"
	"net/url"
)

// ActsAsCookie names the cookie in which the sandbox's page says as whom a link is
// followed: the login at Okta, percent-encoded. All of the sandbox is on one host, and
// cookies know no ports. It is a hint, for a machine on which one browser is many
// people: it signs nobody in.
const ActsAsCookie = "sandbox-acts-as"

// ActsAs is the login that a browser's hint names, or nothing.
func ActsAs(r *http.Request) string {
	c, err := r.Cookie(ActsAsCookie)
	if err != nil {
		return ""
	}
	login, err := url.PathUnescape(c.Value)
	if err != nil {
		return ""
	}
	return login
}

// ActAs changes the hint to another login.
func ActAs(w http.ResponseWriter, login string) {
	http.SetCookie(w, &http.Cookie{Name: ActsAsCookie, Value: url.PathEscape(login), Path: "/", SameSite: http.SameSiteLaxMode})
}
