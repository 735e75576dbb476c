package portal_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"

	"airpass/sandbox/browser"
	"airpass/sandbox/control"
	"airpass/sandbox/identitycenter"
	"airpass/sandbox/mwaa"
	"airpass/sandbox/okta"
	"airpass/sandbox/portal"
)

const (
	account = "111122223333"
	region  = "eu-west-1"
	ann     = "ann@example.com"
	bob     = "bob@example.com"
	odd     = "zoë+test#1@example.com"
	set     = "mwaa-dev-viewer"
)

// world is the whole way to Airflow over HTTP: Okta, Identity Center behind it, the
// portal with the console, and MWAA.
type world struct {
	t       *testing.T
	clock   *control.Clock
	okta    *okta.Server
	center  *identitycenter.Server
	admin   *ssoadmin.Client
	set     string // ARN of the permission set
	mwaa    *mwaa.Server
	portal  *portal.Server
	base    string // of the portal
	airflow string // of MWAA
	app     string // Okta's id of the Identity Center application

	mu   sync.Mutex
	wall time.Duration
}

// listen returns a server that is not started yet, and its address.
func listen(t *testing.T) (*httptest.Server, string) {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	t.Cleanup(s.Close)
	return s, "http://" + s.Listener.Addr().String()
}

func serve(s *httptest.Server, h http.Handler) {
	s.Config.Handler = h
	s.Start()
}

func newWorld(t *testing.T, change ...func(*portal.Options)) *world {
	t.Helper()
	w := &world{t: t, clock: new(control.Clock)}
	oktaSite, oktaURL := listen(t)
	airflowSite, airflowURL := listen(t)
	portalSite, base := listen(t)
	w.base, w.airflow = base, airflowURL
	centerSite, centerURL := listen(t)
	w.center = identitycenter.New(identitycenter.Options{Clock: w.clock, AdminTPS: -1, Before: func() { w.okta.Sync() }})
	w.admin = ssoadmin.New(ssoadmin.Options{
		Region: region, BaseEndpoint: aws.String(centerURL), Credentials: credentials.NewStaticCredentialsProvider("AKIA", "secret", ""),
	})
	w.okta = okta.New(okta.Options{Clock: w.clock, Downstream: w.center, TrustedOrigins: []string{base}})
	w.mwaa = mwaa.New(mwaa.Options{Clock: w.clock, Wall: w.now, Roles: w.center, ConsoleURL: base})
	opts := portal.Options{
		Clock: w.clock, Okta: w.okta, Center: w.center, MWAA: w.mwaa, UserName: portal.ApplicationUserName(w.okta), Sync: w.okta.Sync,
		BaseURL: base, OktaURL: oktaURL, AirflowURL: airflowURL,
	}
	for _, c := range change {
		c(&opts)
	}
	w.portal = portal.New(opts)
	serve(centerSite, w.center.Handler())
	serve(oktaSite, w.okta.Handler())
	serve(airflowSite, w.mwaa.Handler())
	serve(portalSite, w.portal.Handler())
	w.populate()
	return w
}

func (w *world) populate() {
	app, err := w.okta.AddApp(okta.App{Name: okta.IdentityCenterApp})
	must(w.t, err)
	w.app = app.ID
	must(w.t, w.center.AddAccount(account, "data"))
	for _, login := range []string{ann, bob, odd} {
		_, err := w.okta.AddUser(okta.User{Profile: map[string]any{
			"login": login, "email": login, "firstName": "F", "lastName": "L", "displayName": "F L",
		}})
		must(w.t, err)
		must(w.t, w.okta.SetAppUser(w.app, login, true))
	}
	w.add(mwaa.Environment{Name: "dev"})
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.wall)
}

func (w *world) add(e mwaa.Environment) {
	w.t.Helper()
	e.Account, e.Region = account, region
	_, err := w.mwaa.Add(e)
	must(w.t, err)
}

func (w *world) advance(d time.Duration) {
	w.t.Helper()
	_, err := w.clock.Advance(d)
	must(w.t, err)
}

// console is the address of an environment's /sso page at AWS.
func console(env string) string {
	return "https://" + region + ".console.aws.amazon.com/mwaa/home?region=" + region + "#environments/" + env + "/sso"
}

// link is the access portal's shortcut link to a destination.
func (w *world) link(set, destination string) string {
	return w.base + "/start/#/console?account_id=" + account + "&role_name=" + url.QueryEscape(set) + "&destination=" + url.QueryEscape(destination)
}

func (w *world) open(b *browser.Browser, link string) browser.Result {
	w.t.Helper()
	out, err := b.Open(w.t.Context(), link)
	must(w.t, err)
	return out
}

func (w *world) reload(b *browser.Browser) browser.Result {
	w.t.Helper()
	out, err := b.Reload(w.t.Context())
	must(w.t, err)
	return out
}

// policy allows the /sso page of an environment in an Airflow role.
func policy(env, role string, more ...string) string {
	of := "arn:aws:airflow:" + region + ":" + account + ":"
	statements := append([]string{
		`{"Effect":"Allow","Action":"airflow:GetEnvironment","Resource":"` + of + `environment/` + env + `"}`,
		`{"Effect":"Allow","Action":"airflow:CreateWebLoginToken","Resource":"` + of + `role/` + env + `/` + role + `"}`,
	}, more...)
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

// deny is what revokes a person's sessions.
func deny(userID string) string {
	return `{"Effect":"Deny","Action":["*"],"Resource":"*","Condition":{"StringEquals":{"identitystore:userId":"` + userID + `"}}}`
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantAirflow checks that a browser has come to Airflow, as a person and in a role.
func (w *world) wantAirflow(res browser.Result, person, role string) {
	w.t.Helper()
	if res.AirflowRole != role || !strings.HasPrefix(res.SignedInAs, "assumed-role/AWSReservedSSO_") || !strings.HasSuffix(res.SignedInAs, "/"+person) || res.Refused != "" {
		w.t.Fatalf("not in Airflow as %s in %s: %s", person, role, show(res))
	}
}

// wantRefused checks that a browser was refused.
func (w *world) wantRefused(res browser.Result, code string, status int) {
	w.t.Helper()
	if res.RefusedCode != code || res.Status != status || res.Refused == "" || res.SignedInAs != "" {
		w.t.Fatalf("not refused with %s: %s", code, show(res))
	}
}

func show(res browser.Result) string {
	var b strings.Builder
	for _, s := range res.Steps {
		fmt.Fprintf(&b, "\n  %d %s %s %q", s.Status, s.Method, s.URL, s.Title)
	}
	return fmt.Sprintf("%s\n  refused %q %q, signed in as %q in %q", b.String(), res.RefusedCode, res.Refused, res.SignedInAs, res.AirflowRole)
}
