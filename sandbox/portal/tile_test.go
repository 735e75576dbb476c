package portal_test

import (
	"net/url"
	"strings"
	"testing"

	"airpass/sandbox/browser"
	"airpass/sandbox/identitycenter"
)

// A tile is there for those it is assigned to. It opens nothing: behind it the portal asks
// for a role, and has none for who has no assignment in the account.
func TestATileIsShownToTheAssignedAndOpensNothingByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.permissionSet(policy("dev", "Viewer"))
	start := w.base + "/start/#/console?account_id=" + account + "&destination=" + url.QueryEscape(console("dev"))
	app, err := w.center.MakeSAML(identitycenter.Application{Name: "AWS_SSO_Amazon_MWAA", URL: start, SAML: identitycenter.SAML{ACS: start, Audience: start}})
	must(t, err)
	tile := func(b *browser.Browser) bool {
		return strings.Contains(w.open(b, w.base+"/start/").HTML, `data-tile="AWS_SSO_Amazon_MWAA"`)
	}
	b := browser.New(ann)
	if tile(b) {
		t.Error("nobody has assigned it")
	}
	her := identitycenter.Principal{Type: identitycenter.PrincipalUser, ID: w.userID(ann)}
	must(t, w.center.EditApplication(app.ARN, func(a *identitycenter.Application) { a.Assigned = []identitycenter.Principal{her} }))
	if !tile(b) || tile(browser.New(bob)) {
		t.Error("it is for who is assigned, and for nobody else")
	}
	w.wantRefused(w.open(b, start), "no-assignment", 403)
	w.assign(ann)
	if res := w.open(b, start); !strings.Contains(res.HTML, "Choose a role") || !strings.Contains(res.HTML, "role_name="+set) {
		t.Error(show(res))
	}
	must(t, w.center.EditApplication(app.ARN, func(a *identitycenter.Application) { a.Assigned = nil }))
	if tile(b) {
		t.Error("it was taken away")
	}
}
