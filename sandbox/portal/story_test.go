package portal_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"airpass/sandbox/browser"
	"airpass/sandbox/mwaa"
	"airpass/sandbox/okta"
	"airpass/sandbox/portal"
)

func TestTheLinkLeadsToAirflow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.permissionSet(policy("dev", "Viewer"))
	w.assign(ann)
	b := browser.New(ann)
	res := w.open(b, w.link(set, console("dev")))
	w.wantAirflow(res, ann, "Viewer")
	if res.Environment != "dev" || !strings.Contains(res.HTML, res.SignedInAs) || !strings.Contains(res.Title, "DAGs") {
		t.Error(show(res))
	}
	var titles []string
	for _, s := range res.Steps {
		if s.Title != "" {
			titles = append(titles, s.Title[:strings.Index(s.Title+" ·", " ·")])
		}
	}
	if got := strings.Join(titles, ", "); got != "AWS access portal, Sign In, Amazon MWAA, Signing in, DAGs" {
		t.Error(got)
	}
	// Signed in at Okta already: the same way without the form, a new token.
	res = w.open(b, w.link(set, console("dev")))
	w.wantAirflow(res, ann, "Viewer")
	if strings.Contains(show(res), "/login?fromURI") || w.mwaa.Tokens().Used != 2 {
		t.Error(show(res))
	}
	// Both ways in which the console's address is written.
	w.wantAirflow(w.open(b, w.link(set, strings.Replace(console("dev"), "#environments", "#/environments", 1))), ann, "Viewer")
	// The sandbox's own console.
	w.wantAirflow(w.open(browser.New(ann), w.link(set, w.base+"/mwaa/home?region="+region+"#environments/dev/sso")), ann, "Viewer")
	if got := w.portal.Sessions(); len(got) != 4 || got[0].Login != ann || got[0].PermissionSet != set || !got[0].Live || got[0].Until.Sub(got[0].Since) != time.Hour {
		t.Errorf("%+v", got)
	}
}

func TestAirflow3HasOtherPaths(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(mwaa.Environment{Name: "three", AirflowVersion: "3.0.6"})
	w.permissionSet(policy("three", "Op"))
	w.assign(ann)
	res := w.open(browser.New(ann), w.link(set, console("three")))
	w.wantAirflow(res, ann, "Op")
	if !strings.Contains(show(res), "/pluginsv2/aws_mwaa/login") {
		t.Error(show(res))
	}
}

func TestAfterTheAssignmentIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.permissionSet(policy("dev", "Viewer"))
	w.assign(ann)
	w.assign(bob) // keeps the role
	link := w.link(set, console("dev"))
	b := browser.New(ann)
	w.wantAirflow(w.open(b, link), ann, "Viewer")
	w.unassign(ann)
	// The link is refused, in a fresh browser and in hers.
	w.wantRefused(w.open(browser.New(ann), link), "no-assignment", http.StatusForbidden)
	other := browser.New(ann)
	w.wantRefused(w.open(other, link), "no-assignment", http.StatusForbidden)
	// The tab goes on.
	w.wantAirflow(w.open(b, w.mwaaHome("dev")), ann, "Viewer")
	w.wantAirflow(w.reload(b), ann, "Viewer")
	// So does the console, which opens Airflow anew.
	w.wantAirflow(w.open(b, w.base+"/mwaa/home?region="+region+"#environments/dev/sso"), ann, "Viewer")
	// An hour later the console's session is over, and Airflow's is not.
	w.advance(time.Hour)
	w.wantRefused(w.open(b, w.base+"/mwaa/home?region="+region+"#environments/dev/sso"), "session-ended", http.StatusUnauthorized)
	w.wantAirflow(w.open(b, w.mwaaHome("dev")), ann, "Viewer")
	w.advance(11*time.Hour - time.Minute)
	w.wantAirflow(w.reload(b), ann, "Viewer")
	w.advance(2 * time.Minute)
	res := w.reload(b)
	w.wantRefused(res, "signed-out", http.StatusUnauthorized)
	if !strings.Contains(res.Refused, "session has ended") || !strings.Contains(res.HTML, `href="`+w.base+`/mwaa/home?region=eu-west-1#environments/dev/sso"`) {
		t.Error(res.Refused, res.HTML)
	}
}

// mwaaHome is the first page of an environment's web server.
func (w *world) mwaaHome(env string) string {
	for _, e := range w.mwaa.Environments() {
		if e.Name == env {
			return w.airflow + "/webserver/" + e.Hostname + "/"
		}
	}
	w.t.Fatal("no environment", env)
	return ""
}

func TestTheLastAssignmentTakesTheRoleAndItsSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.permissionSet(policy("dev", "Viewer"))
	w.assign(ann)
	b := browser.New(ann)
	w.wantAirflow(w.open(b, w.link(set, console("dev"))), ann, "Viewer")
	w.unassign(ann)
	res := w.open(b, w.base+"/mwaa/home?region="+region+"#environments/dev/sso")
	w.wantRefused(res, "session-ended", http.StatusUnauthorized)
	if !strings.Contains(res.Refused, "is gone") {
		t.Error(res.Refused)
	}
	if got := w.portal.Sessions(); got[0].Live || got[0].Ended == "" {
		t.Errorf("%+v", got)
	}
	w.wantAirflow(w.open(b, w.mwaaHome("dev")), ann, "Viewer")
}

func TestADenyInTheRolesPolicyEndsOnePersonsSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.permissionSet(policy("dev", "Viewer"))
	w.assign(ann)
	w.assign(bob)
	anns, bobs := browser.New(ann), browser.New(bob)
	sso := w.base + "/mwaa/home?region=" + region + "#environments/dev/sso"
	w.wantAirflow(w.open(anns, w.link(set, console("dev"))), ann, "Viewer")
	w.wantAirflow(w.open(bobs, w.link(set, console("dev"))), bob, "Viewer")
	w.changePolicy(policy("dev", "Viewer", deny(w.userID(ann))))
	w.wantRefused(w.open(anns, sso), "session-ended", http.StatusUnauthorized)
	w.wantRefused(w.open(browser.New(ann), w.link(set, console("dev"))), "session-ended", http.StatusUnauthorized)
	w.wantAirflow(w.open(bobs, sso), bob, "Viewer")
}

func TestAnEnvironmentThatIsNotAvailable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.permissionSet(policy("dev", "Viewer"))
	w.assign(ann)
	must(t, w.mwaa.SetStatus(account, region, "dev", mwaa.Unavailable))
	res := w.open(browser.New(ann), w.link(set, console("dev")))
	w.wantRefused(res, "environment-not-available", http.StatusBadRequest)
	if !strings.Contains(res.Refused, "UNAVAILABLE") {
		t.Error(res.Refused)
	}
	must(t, w.mwaa.SetStatus(account, region, "dev", mwaa.UpdateFailed))
	w.wantAirflow(w.open(browser.New(ann), w.link(set, console("dev"))), ann, "Viewer")
}

func TestAPrivateWebServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(mwaa.Environment{Name: "inner", AccessMode: mwaa.PrivateOnly})
	w.permissionSet(policy("inner", "User"))
	w.assign(ann)
	res := w.open(browser.New(ann), w.link(set, console("inner")))
	w.wantRefused(res, "private", http.StatusGatewayTimeout)
	inside := browser.New(ann)
	inside.Header = http.Header{mwaa.InsideVPCHeader: {"1"}}
	w.wantAirflow(w.open(inside, w.link(set, console("inner"))), ann, "User")
}

func TestAPolicyThatDoesNotFit(t *testing.T) {
	t.Parallel()
	for name, doc := range map[string]string{
		"lower case":      policy("dev", "viewer"),
		"another":         policy("prod", "Viewer"),
		"no environment":  `{"Statement":{"Effect":"Allow","Action":"airflow:CreateWebLoginToken","Resource":"*"}}`,
		"only look":       `{"Statement":{"Effect":"Allow","Action":"airflow:GetEnvironment","Resource":"*"}}`,
		"no policy":       ``,
		"explicit denial": policy("dev", "*", `{"Effect":"Deny","Action":"airflow:CreateWebLoginToken","Resource":"*"}`),
	} {
		w := newWorld(t)
		w.permissionSet(doc)
		w.assign(ann)
		res := w.open(browser.New(ann), w.link(set, console("dev")))
		if res.RefusedCode != "denied" || !strings.Contains(res.Refused, "is not authorized to perform: airflow:") {
			t.Errorf("%s: %s", name, show(res))
		}
	}
	w := newWorld(t)
	w.permissionSet(policy("*", "*"))
	w.assign(ann)
	w.wantRefused(w.open(browser.New(ann), w.link(set, console("gone"))), "no-environment", http.StatusNotFound)
	w.wantAirflow(w.open(browser.New(ann), w.link(set, console("dev"))), ann, "Admin")
}

func TestADenyOfAirflowAloneLeavesTheConsole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.permissionSet(policy("dev", "Viewer", strings.Replace(deny(w.userID(ann)), `["*"]`, `"airflow:*"`, 1)))
	w.assign(ann)
	w.assign(bob)
	w.wantRefused(w.open(browser.New(ann), w.link(set, console("dev"))), "denied", http.StatusForbidden)
	w.wantAirflow(w.open(browser.New(bob), w.link(set, console("dev"))), bob, "Viewer")
	if got := w.portal.Sessions(); !got[0].Live {
		t.Errorf("%+v", got)
	}
}

func TestTheSSOPageCanDoWithoutGetEnvironment(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *portal.Options) { o.SSOWithoutGetEnvironment = true })
	w.permissionSet(`{"Statement":{"Effect":"Allow","Action":"airflow:CreateWebLoginToken","Resource":"arn:aws:airflow:*:*:role/dev/User"}}`)
	w.assign(ann)
	w.wantAirflow(w.open(browser.New(ann), w.link(set, console("dev"))), ann, "User")
}

func TestWhoCannotGetIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.permissionSet(policy("dev", "Viewer"))
	w.assign(ann)
	link := w.link(set, console("dev"))
	w.wantRefused(w.open(browser.New(bob), link), "no-assignment", http.StatusForbidden)
	w.wantRefused(w.open(browser.New(ann), w.link("mwaa-dev-admin", console("dev"))), "no-assignment", http.StatusForbidden)
	if res := w.open(browser.New(""), link); !strings.HasPrefix(res.Refused, "Asked to sign in") || res.SignedInAs != "" {
		t.Error(show(res))
	}
	// Somebody else at a browser where Ann is signed in at Okta: it is still Ann.
	b := browser.New(ann)
	w.wantAirflow(w.open(b, link), ann, "Viewer")
	// Without the application in Okta there is no way in, whatever is assigned.
	must(t, w.okta.SetAppUser(w.app, ann, false))
	w.wantRefused(w.open(browser.New(ann), link), "not-assigned", http.StatusForbidden)
	must(t, w.okta.SetAppUser(w.app, ann, true))
	w.wantAirflow(w.open(browser.New(ann), link), ann, "Viewer")
	// Disabled in, and deleted from, Identity Center by somebody else.
	must(t, w.center.SetUserEnabled(ann, false))
	w.wantRefused(w.open(browser.New(ann), link), "disabled-user", http.StatusForbidden)
	must(t, w.center.SetUserEnabled(ann, true))
	must(t, w.center.DeleteUser(bob))
	w.wantRefused(w.open(browser.New(bob), link), "unknown-user", http.StatusForbidden)
	// Deactivated in Okta: not even the sign-in.
	must(t, w.okta.SetStatus(ann, okta.Deprovisioned))
	for _, b := range []*browser.Browser{b, browser.New(ann)} {
		if res := w.open(b, link); !strings.Contains(res.Refused, "Unable to sign in") || res.SignedInAs != "" {
			t.Error(show(res))
		}
	}
	// The tab that she had goes on all the same.
	w.wantAirflow(w.open(b, w.mwaaHome("dev")), ann, "Viewer")
	if res := w.open(browser.New(ann), w.base+"/mwaa/home?region="+region); res.RefusedCode != "no-session" {
		t.Error(show(res))
	}
}

func TestHandMadeEncodings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.permissionSet(policy("dev", "Viewer"))
	w.assign(ann)
	at := w.base + "/start/#/console?account_id=" + account + "&role_name=" + set + "&destination="
	once := url.QueryEscape(console("dev"))
	// # encoded twice: the console finds no view and shows the list, or would.
	res := w.open(browser.New(ann), at+strings.Replace(once, "%23", "%2523", 1))
	if res.SignedInAs != "" || res.Refused != "" || res.Status != http.StatusOK || !strings.HasPrefix(res.Title, "Amazon MWAA environments") || !strings.Contains(res.HTML, "airflow:ListEnvironments") {
		t.Error(show(res))
	}
	// Such a list is of the region that the address is pinned to.
	w.changePolicy(policy("dev", "Viewer", `{"Effect":"Allow","Action":"airflow:ListEnvironments","Resource":"*"}`))
	res = w.open(browser.New(ann), at+strings.Replace(once, "%23", "%2523", 1))
	if res.SignedInAs != "" || !strings.Contains(res.HTML, ">Open Airflow UI</a>") {
		t.Error(show(res), res.HTML)
	}
	// All of it encoded twice: no page of the console.
	w.wantRefused(w.open(browser.New(ann), at+url.QueryEscape(once)), "destination", http.StatusBadRequest)
	// Not encoded at all: happens to work, since nothing in it is an ampersand.
	w.wantAirflow(w.open(browser.New(ann), at+console("dev")), ann, "Viewer")
	// The same as a browser sends it, which leaves the second # as it is.
	b := browser.New(ann)
	w.wantAirflow(w.open(b, w.base+"/start/open?fragment="+url.QueryEscape("/console?account_id="+account+"&role_name="+set+"&destination="+console("dev"))), ann, "Viewer")
	// & not encoded: what follows is lost, with the fragment.
	res = w.open(browser.New(ann), at+"https://eu-west-1.console.aws.amazon.com/mwaa/home?a=b&region=eu-west-1#environments/dev/sso")
	if res.SignedInAs != "" || !strings.HasPrefix(res.Title, "Amazon MWAA environments") {
		t.Error(show(res))
	}
	for _, bad := range []string{
		"https://evil.example/mwaa/home", "http://eu-west-1.console.aws.amazon.com/mwaa/home", "https://eu-west-1.console.aws.amazon.com.evil.example/",
		"https://eu-west-1.console.aws.amazon.com@evil.example/", "https://ann@eu-west-1.console.aws.amazon.com/mwaa/home", "javascript:alert(1)", "/mwaa/home", "https://x.airflow.eu-west-1.on.aws/",
	} {
		w.wantRefused(w.open(browser.New(ann), w.link(set, bad)), "destination", http.StatusBadRequest)
	}
}

func TestALinkWithLessInIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.permissionSet(policy("dev", "Viewer"))
	w.assign(ann)
	b := browser.New(ann)
	if res := w.open(b, w.base+"/"); !strings.HasPrefix(res.Title, "AWS access portal") || !strings.Contains(res.HTML, set) {
		t.Error(show(res))
	}
	if res := w.open(b, w.base+"/start/#/console?account_id="+account); !strings.HasPrefix(res.Title, "Choose a role") {
		t.Error(show(res))
	}
	// Without a destination: the relay state.
	w.wantAirflow(w.open(b, w.base+"/start/#/console?account_id="+account+"&role_name="+set), ann, "Viewer")
	if res := w.open(b, w.link(set, "https://console.aws.amazon.com/s3/home")); !strings.HasPrefix(res.Title, "Console Home") {
		t.Error(show(res))
	}
	if res := w.open(b, w.base+"/mwaa/home?region="+region+"#environments/dev"); !strings.HasPrefix(res.Title, "dev") || !strings.Contains(res.HTML, "AVAILABLE") {
		t.Error(show(res))
	}
	if res := w.open(b, w.base+"/console/signout"); res.Status != http.StatusOK {
		t.Error(show(res))
	}
	w.wantRefused(w.open(b, w.base+"/console/home"), "no-session", http.StatusUnauthorized)
	w.wantRefused(w.open(b, w.base+"/elsewhere"), "no-page", http.StatusNotFound)
	if res := w.open(b, w.base+"/start/signout"); !strings.HasPrefix(res.Title, "AWS access portal") {
		t.Error(show(res))
	}
}

func TestTheStateIsShownOverHTTP(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.permissionSet(policy("dev", "Viewer"))
	w.assign(ann)
	w.open(browser.New(ann), w.link(set, console("dev")))
	state := httptest.NewServer(w.portal.StateAPI())
	t.Cleanup(state.Close)
	resp, err := http.Get(state.URL + "/sessions")
	must(t, err)
	defer func() { _ = resp.Body.Close() }()
	var got []portal.Session
	must(t, json.NewDecoder(resp.Body).Decode(&got))
	if len(got) != 1 || got[0].UserName != ann || !strings.HasPrefix(got[0].Role, "AWSReservedSSO_"+set+"_") || !got[0].Live {
		t.Errorf("%+v", got)
	}
}

func TestALoginWithOddCharacters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.permissionSet(policy("dev", "Viewer"))
	w.assign(odd)
	w.wantAirflow(w.open(browser.New(odd), w.link(set, console("dev"))), "zo_+test_1@example.com", "Viewer")
}

func TestPagesRunTheirScriptAndNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.permissionSet(policy("dev", "Viewer"))
	w.assign(ann)
	for _, page := range []string{w.base + "/start/", w.mwaaHome("dev") + "aws_mwaa/aws-console-sso?login=true"} {
		resp, err := http.Get(page)
		must(t, err)
		body, err := io.ReadAll(resp.Body)
		must(t, err)
		_ = resp.Body.Close()
		_, rest, _ := strings.Cut(string(body), "<script>")
		script, _, ok := strings.Cut(rest, "</script>")
		sum := sha256.Sum256([]byte(script))
		allowed := "script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
		if !ok || script != browser.Script || !strings.Contains(resp.Header.Get("Content-Security-Policy"), allowed) {
			t.Errorf("%s: the browser will not run %q under %q", page, script, resp.Header.Get("Content-Security-Policy"))
		}
	}
}
