package mwaa_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/mwaa"

	"airpass/sandbox/browser"
	"airpass/sandbox/mwaa"
)

// A session policy takes away and gives nothing.
func TestASessionPolicyLimitsTheRole(t *testing.T) {
	t.Parallel()
	s := newService(t)
	e := s.add(mwaa.Environment{Name: "dev"})
	s.roles.set(annRole, allowLogin("arn:aws:airflow:*:*:role/dev/*"))
	other := s.add(mwaa.Environment{Account: account, Region: region, Name: "prod"})
	for policy, role := range map[string]string{
		"": "Admin", allowLogin(e.RoleARN("User")): "User", allowLogin(other.RoleARN("User")): "", `{"Statement":[]}`: "",
		`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"airflow:*","Resource":"` + e.RoleARN("Admin") + `"}]}`: "Op",
		`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:SourceIdentity":"ann"}}}]}`:                      "Admin",
		`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:SourceIdentity":"bob"}}}]}`:                      "",
	} {
		c := ann()
		c.Policy, c.Source = policy, "ann"
		l, err := s.CreateWebLoginToken(c, region, "dev")
		if role == "" {
			var refused *mwaa.APIError
			if !errors.As(err, &refused) {
				t.Errorf("%s: %+v %v", policy, l, err)
			}
			continue
		}
		must(t, err)
		if in := s.login(browser.New(""), l); in.AirflowRole != role {
			t.Errorf("%s opens %s, not %s", policy, in.AirflowRole, role)
		}
	}
}

func TestATokenSignsInWhoeverMadeIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ version, family, cookie string }{
		{"2.10.3", "/aws_mwaa/", "session"}, {"3.0.6", "/pluginsv2/aws_mwaa/", "_token"},
	} {
		s := newService(t)
		e := s.add(mwaa.Environment{Name: "dev", AirflowVersion: c.version})
		s.roles.set(annRole, allowLogin(e.RoleARN("Viewer")))
		// Through the SDK, as her role session's own credentials would.
		out, err := s.client("ASIAANN").CreateWebLoginToken(t.Context(), &sdk.CreateWebLoginTokenInput{Name: aws.String("dev")})
		must(t, err)
		if *out.IamIdentity != "assumed-role/"+annRole+"/ann@example.com" || len(*out.AirflowIdentity) != 64 || *out.WebServerHostname != e.Hostname {
			t.Fatalf("%+v", out)
		}
		b := browser.New("")
		res, err := b.Open(t.Context(), s.http.URL+"/webserver/"+*out.WebServerHostname+c.family+"aws-console-sso?login=true#"+*out.WebToken)
		must(t, err)
		if res.SignedInAs != *out.IamIdentity || res.AirflowRole != "Viewer" || res.AirflowUser != *out.AirflowIdentity || res.Environment != "dev" || res.Refused != "" {
			t.Fatalf("%+v", res)
		}
		if got := s.Sessions(); len(got) != 1 || got[0].AirflowRole != "Viewer" || !got[0].Live || got[0].Until.Sub(got[0].Since) != 12*time.Hour {
			t.Errorf("%+v", got)
		}
		for _, step := range res.Steps {
			if strings.Contains(step.URL, *out.WebToken) {
				t.Errorf("the token is in a step: %s", step.URL)
			}
		}
		if tokens := s.Tokens(); tokens != (mwaa.Tokens{WebLogin: 1, Used: 1}) {
			t.Errorf("%+v", tokens)
		}
		// The other family is not there.
		other := map[bool]string{true: "/aws_mwaa", false: "/pluginsv2/aws_mwaa"}[strings.HasPrefix(c.version, "3")]
		wrong, err := browser.New("").Open(t.Context(), s.http.URL+"/webserver/"+e.Hostname+other+"/aws-console-sso?login=true#x")
		must(t, err)
		if wrong.Status != http.StatusNotFound || wrong.RefusedCode != "no-page" {
			t.Errorf("%+v", wrong)
		}
		if cookie := s.cookie(must1(s.CreateWebLoginToken(ann(), region, "dev"))); cookie.Name != c.cookie || !cookie.HttpOnly {
			t.Errorf("%+v", cookie)
		}
	}
}

// cookie signs in without a browser and returns the session's cookie.
func (s *service) cookie(l mwaa.WebLogin) *http.Cookie {
	s.t.Helper()
	path, _, _ := strings.Cut(l.Path(), "/aws-console-sso")
	plain := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := plain.PostForm(s.http.URL+path+"/login", url.Values{"token": {l.WebToken}})
	must(s.t, err)
	_ = resp.Body.Close()
	if len(resp.Cookies()) != 1 {
		s.t.Fatal(resp.Status)
	}
	return resp.Cookies()[0]
}

func must1[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestATokenWorksOnceFor60Seconds(t *testing.T) {
	t.Parallel()
	s := newService(t)
	e := s.add(mwaa.Environment{Name: "dev"})
	other := s.add(mwaa.Environment{Name: "other"})
	s.roles.set(annRole, allowLogin("arn:aws:airflow:*:*:role/*/User"))
	used := must1(s.CreateWebLoginToken(ann(), region, "dev"))
	if res := s.login(browser.New(""), used); res.AirflowRole != "User" {
		t.Fatalf("%+v", res)
	}
	if res := s.login(browser.New(""), used); res.Status != http.StatusUnauthorized || !strings.Contains(res.Refused, "used already") {
		t.Errorf("%+v", res)
	}
	late := must1(s.CreateWebLoginToken(ann(), region, "dev"))
	s.pass(59 * time.Second)
	if s.Tokens().Live != 1 {
		t.Errorf("%+v", s.Tokens())
	}
	s.pass(time.Second)
	if res := s.login(browser.New(""), late); res.RefusedCode != "token" || !strings.Contains(res.Refused, "expired") {
		t.Errorf("%+v", res)
	}
	// The sandbox clock does not move it.
	patient := must1(s.CreateWebLoginToken(ann(), region, "dev"))
	_, err := s.clock.Advance(time.Hour)
	must(t, err)
	// It is not good elsewhere, and trying so does not use it up.
	elsewhere := patient
	elsewhere.WebServerHostname = other.Hostname
	if res := s.login(browser.New(""), elsewhere); res.RefusedCode != "token" {
		t.Errorf("%+v", res)
	}
	if res := s.login(browser.New(""), patient); res.Environment != e.Name {
		t.Errorf("%+v", res)
	}
	if res := s.login(browser.New(""), mwaa.WebLogin{WebServerHostname: e.Hostname, WebToken: "made-up"}); res.RefusedCode != "token" {
		t.Errorf("%+v", res)
	}
}

func TestTheHighestRoleThatThePolicyAllows(t *testing.T) {
	t.Parallel()
	s := newService(t)
	e := s.add(mwaa.Environment{Name: "dev"})
	allow := func(resources string) string {
		return `{"Effect":"Allow","Action":"airflow:*","Resource":[` + resources + `]}`
	}
	deny := `{"Effect":"Deny","Action":"airflow:CreateWebLoginToken","Resource":"` + e.RoleARN("Admin") + `"}`
	denyAnn := `{"Effect":"Deny","Action":["*"],"Resource":"*","Condition":{"StringEquals":{"identitystore:userId":"u-ann"}}}`
	denyBob := strings.Replace(denyAnn, "u-ann", "u-bob", 1)
	for name, c := range map[string]struct{ statements, want string }{
		"one":             {allow(`"` + e.RoleARN("Viewer") + `"`), "Viewer"},
		"two":             {allow(`"` + e.RoleARN("Viewer") + `","` + e.RoleARN("Op") + `"`), "Op"},
		"wildcard":        {allow(`"arn:aws:airflow:*:111122223333:role/dev/*"`), "Admin"},
		"everything":      {allow(`"*"`), "Admin"},
		"deny one":        {allow(`"*"`) + "," + deny, "Op"},
		"deny the person": {allow(`"*"`) + "," + denyAnn, ""},
		"deny another":    {allow(`"*"`) + "," + denyBob, "Admin"},
		"lower case":      {allow(`"` + e.RoleARN("viewer") + `"`), ""},
		"another name":    {allow(`"arn:aws:airflow:*:*:role/prod/Admin"`), ""},
		"environment":     {allow(`"` + e.ARN() + `"`), ""},
	} {
		s.roles.set(annRole, `{"Statement":[`+c.statements+`]}`)
		l, err := s.CreateWebLoginToken(ann(), region, "dev")
		if c.want == "" {
			var api *mwaa.APIError
			if !errors.As(err, &api) || api.Code != mwaa.CodeAccessDenied {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if res := s.login(browser.New(""), l); res.AirflowRole != c.want {
			t.Errorf("%s: %s, want %s", name, res.AirflowRole, c.want)
		}
	}
}

func TestAnOpenTabGoesOnUntilItsSessionEnds(t *testing.T) {
	t.Parallel()
	s := newService(t)
	e := s.add(mwaa.Environment{Name: "dev", AirflowVersion: "3.2.1"})
	s.roles.set(annRole, allowLogin(e.RoleARN("Viewer")))
	b := browser.New("")
	s.login(b, must1(s.CreateWebLoginToken(ann(), region, "dev")))
	s.roles.remove(annRole)
	if _, err := s.CreateWebLoginToken(ann(), region, "dev"); err == nil {
		t.Error("a token for a role that is gone")
	}
	advance(t, s, 12*time.Hour-time.Minute)
	if res := must1(b.Reload(t.Context())); res.SignedInAs == "" {
		t.Errorf("%+v", res)
	}
	advance(t, s, 2*time.Minute)
	if res := must1(b.Reload(t.Context())); res.SignedInAs != "" || res.RefusedCode != "signed-out" || !strings.Contains(res.Refused, "ended") {
		t.Errorf("%+v", res)
	}
	if s.Sessions()[0].Live {
		t.Error("the session is still live")
	}
	if res, err := browser.New("").Open(t.Context(), s.http.URL+"/webserver/"+e.Hostname+"/"); err != nil || !strings.Contains(res.Refused, "not signed in") {
		t.Errorf("%+v", res)
	}
}

func advance(t *testing.T, s *service, d time.Duration) {
	t.Helper()
	_, err := s.clock.Advance(d)
	must(t, err)
}

func TestAWebServerThatIsNotUp(t *testing.T) {
	t.Parallel()
	s := newService(t)
	e := s.add(mwaa.Environment{Name: "dev"})
	s.roles.set(annRole, allowLogin(e.RoleARN("Viewer")))
	b := browser.New("")
	l := must1(s.CreateWebLoginToken(ann(), region, "dev"))
	must(t, s.SetStatus(account, region, "dev", mwaa.Unavailable))
	if res := s.login(b, l); res.Status != http.StatusServiceUnavailable || res.RefusedCode != "environment-not-available" {
		t.Errorf("%+v", res)
	}
	if _, err := s.CreateWebLoginToken(ann(), region, "dev"); err == nil {
		t.Error("a token for a web server that is down")
	}
	must(t, s.SetStatus(account, region, "dev", mwaa.UpdateFailed))
	if res := s.login(b, l); res.AirflowRole != "Viewer" {
		t.Errorf("%+v", res)
	}
	if res, err := b.Open(t.Context(), s.http.URL+"/webserver/nowhere.example.com/"); err != nil || res.RefusedCode != "no-server" {
		t.Errorf("%+v %v", res, err)
	}
}

func TestAPrivateWebServerAnswersInsideTheVPCOnly(t *testing.T) {
	t.Parallel()
	s := newService(t)
	e := s.add(mwaa.Environment{Name: "inner", AccessMode: mwaa.PrivateOnly})
	both := s.add(mwaa.Environment{Name: "both", AccessMode: mwaa.PublicAndPrivate, AirflowVersion: "3.2.1"})
	s.roles.set(annRole, allowLogin("arn:aws:airflow:*:*:role/*/Viewer"))
	if !strings.Contains(e.Hostname, "-vpce.") || strings.Contains(both.Hostname, "-vpce.") {
		t.Error(e.Hostname, both.Hostname)
	}
	login := func(b *browser.Browser, name string) browser.Result {
		return s.login(b, must1(s.CreateWebLoginToken(ann(), region, name)))
	}
	if res := login(browser.New(""), "inner"); res.RefusedCode != "private" || !strings.Contains(res.Refused, "reachable only inside the VPC") || res.SignedInAs != "" {
		t.Errorf("%+v", res)
	}
	if res := login(browser.New(""), "both"); res.AirflowRole != "Viewer" {
		t.Errorf("%+v", res)
	}
	inside := browser.New("")
	inside.Header = http.Header{mwaa.InsideVPCHeader: {"1"}}
	if res := login(inside, "inner"); res.AirflowRole != "Viewer" {
		t.Errorf("%+v", res)
	}
	s.SetInsideVPC(true)
	if res := login(browser.New(""), "inner"); res.AirflowRole != "Viewer" {
		t.Errorf("%+v", res)
	}
}

func TestASessionIsOfOneEnvironment(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.add(mwaa.Environment{Name: "dev"})
	other := s.add(mwaa.Environment{Name: "other"})
	s.roles.set(annRole, allowLogin("*"))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.http.URL+"/webserver/"+other.Hostname+"/", nil)
	must(t, err)
	r.AddCookie(s.cookie(must1(s.CreateWebLoginToken(ann(), region, "dev"))))
	resp, err := http.DefaultTransport.RoundTrip(r)
	must(t, err)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusFound {
		t.Error(resp.Status)
	}
}

func TestLoggingOutEndsTheSession(t *testing.T) {
	t.Parallel()
	s := newService(t)
	e := s.add(mwaa.Environment{Name: "dev"})
	s.roles.set(annRole, allowLogin(e.RoleARN("Public")))
	l := must1(s.CreateWebLoginToken(ann(), region, "dev"))
	cookie := s.cookie(l)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.http.URL+"/webserver/"+e.Hostname+"/logout", nil)
	must(t, err)
	r.AddCookie(cookie)
	resp, err := http.DefaultClient.Do(r)
	must(t, err)
	_ = resp.Body.Close()
	if s.Sessions()[0].Live {
		t.Error("logged out and still signed in")
	}
}
