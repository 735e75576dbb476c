package mwaa

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"airpass/access"
	"airpass/awsconfig"
	"airpass/outbound"
	"airpass/sandbox/browser"
	"airpass/sandbox/control"
	sandbox "airpass/sandbox/mwaa"
	"airpass/sandbox/sts"
)

const loginRole = "arn:aws:iam::" + account + ":role/airpass-login"

// signing is a world in which people are signed in, under a role that may do more than any
// of them.
func signing(t *testing.T) *world {
	t.Helper()
	w := setup(t)
	must(t, w.sts.AddRole(sts.Role{ARN: loginRole, ExternalID: "e-18", NamesSource: true}))
	must(t, w.mwaa.SetPolicy(account, "role/airpass-login", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"airflow:*","Resource":"*"}]}`))
	w.opts.Logins = map[string]awsconfig.Role{account: {RoleARN: loginRole, ExternalID: "e-18"}}
	w.client = w.make(t)
	return w
}

// of is a session of Ada's for one Airflow role of an environment.
func of(env access.Environment, role access.Role) awsconfig.Session {
	return awsconfig.Session{Name: "ada@example.com", Source: "00uADA",
		Policy: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"airflow:CreateWebLoginToken","Resource":"arn:aws:airflow:` + env.Region + `:` + env.Account + `:role/` + env.Name + `/` + string(role) + `"}]}`}
}

// follow opens an address as Ada's browser does, to which web servers have their names.
func (w *world) follow(t *testing.T, address string, inside bool) browser.Result {
	t.Helper()
	b := browser.New("") // the token signs in, and nothing else
	b.Hosts = func(host string) (string, bool) {
		path, ok := w.mwaa.Mounted(host)
		return w.opts.EndpointURL + path, ok
	}
	if inside {
		b.Header = http.Header{sandbox.InsideVPCHeader: {"yes"}}
	}
	in, err := b.Open(t.Context(), address)
	must(t, err)
	return in
}

// A login in every form that a web server has, followed to the page on which Airflow says
// who is signed in.
func TestALoginIsFollowedInEveryForm(t *testing.T) {
	t.Parallel()
	w := signing(t)
	n := 0
	for version, path := range map[string]string{"2.4.3": "/aws_mwaa/", "2.11.0": "/aws_mwaa/", "3.0.6": "/pluginsv2/aws_mwaa/", "3.3.1": "/pluginsv2/aws_mwaa/"} {
		for _, domain := range []string{"c7.airflow.eu-west-1.on.aws", "c19.eu-west-1.airflow.amazonaws.com"} {
			for _, mode := range []sandbox.AccessMode{sandbox.PublicOnly, sandbox.PrivateOnly} {
				for _, bare := range []bool{false, true} {
					n++
					env := prod()
					env.Name = fmt.Sprintf("env-%d", n)
					host := fmt.Sprintf("0a1b2c3d-%d-vpce.%s", n, domain)
					_, err := w.mwaa.Add(sandbox.Environment{Account: account, Region: env.Region, Name: env.Name, AirflowVersion: version,
						AccessMode: mode, Hostname: host, BareHostname: bare})
					must(t, err)
					login, err := w.client.Login(t.Context(), env, of(env, access.Op))
					if err != nil {
						t.Fatalf("%s %s: %v", version, host, err)
					}
					address := login.URL.Reveal()
					if !strings.HasPrefix(address, "https://"+host+path+"aws-console-sso?login=true#") || strings.Count(address, "#") != 1 {
						t.Fatalf("%s: %s", version, address)
					}
					if mode == sandbox.PrivateOnly {
						if out := w.follow(t, address, false); out.RefusedCode != "private" {
							t.Errorf("from outside its network %s opens %+v", host, out)
						}
					}
					in := w.follow(t, address, true)
					if in.AirflowRole != "Op" || in.SignedInAs != "assumed-role/airpass-login/ada@example.com" || in.AirflowUser != login.AirflowIdentity || in.Environment != env.Name {
						t.Errorf("%s %s: %+v", version, host, in)
					}
				}
			}
		}
	}
}

func TestALoginIsForOneRoleOfOneEnvironment(t *testing.T) {
	t.Parallel()
	w := signing(t)
	other, env := prod(), prod()
	other.Name = "other"
	_, err := w.mwaa.Add(sandbox.Environment{Account: account, Region: other.Region, Name: other.Name})
	must(t, err)
	for _, role := range access.Roles() {
		login, err := w.client.Login(t.Context(), env, of(env, role))
		must(t, err)
		if in := w.follow(t, login.URL.Reveal(), false); in.AirflowRole != string(role) {
			t.Errorf("%s opens %s", role, in.AirflowRole)
		}
	}
	if _, err := w.client.Login(t.Context(), other, of(env, access.Admin)); access.ClassOf(err) != access.Denied {
		t.Errorf("a session for one environment opens another: %v", err)
	}
}

func TestTwoPeopleAreTwoSessions(t *testing.T) {
	t.Parallel()
	w := signing(t)
	ada, ben := of(prod(), access.User), of(prod(), access.Viewer)
	ben.Name, ben.Source = "ben@example.com", "00uBEN"
	for _, s := range []awsconfig.Session{ada, ben, ada} {
		login, err := w.client.Login(t.Context(), prod(), s)
		must(t, err)
		if want := "assumed-role/airpass-login/" + s.Name; login.IAMIdentity != want || login.AirflowIdentity != want {
			t.Errorf("%+v, want %s", login, want)
		}
	}
	if n := w.sts.Faults().Count("AssumeRole"); n != 4 { // the reader's role, and one each time
		t.Errorf("a role was assumed %d times", n)
	}
}

func TestASessionThatCannotBeIsNotTried(t *testing.T) {
	t.Parallel()
	w := signing(t)
	elsewhere := prod()
	elsewhere.Account = home
	for name, c := range map[string]struct {
		env    access.Environment
		change func(*awsconfig.Session)
	}{
		"no policy":         {prod(), func(s *awsconfig.Session) { s.Policy = "" }},
		"no name":           {prod(), func(s *awsconfig.Session) { s.Name = "" }},
		"a name with a gap": {prod(), func(s *awsconfig.Session) { s.Name = "ada lovelace" }},
		"no source":         {prod(), func(s *awsconfig.Session) { s.Source = "" }},
		"no role there":     {elsewhere, func(*awsconfig.Session) {}},
	} {
		s := of(c.env, access.User)
		c.change(&s)
		if _, err := w.client.Login(t.Context(), c.env, s); !errors.Is(err, access.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := w.mwaa.Faults().Count("CreateWebLoginToken"); n != 0 {
		t.Errorf("%d tokens", n)
	}
}

func TestNoTokenIsMadeOfWhatCannotBeUsed(t *testing.T) {
	t.Parallel()
	w := signing(t)
	for status, busy := range map[sandbox.Status]bool{sandbox.Updating: true, sandbox.UpdateFailed: false} {
		must(t, w.mwaa.SetStatus(account, "eu-west-1", "analytics", status))
		if login, err := w.client.Login(t.Context(), prod(), of(prod(), access.User)); err != nil || login.Busy != busy {
			t.Errorf("%s: %+v %v", status, login, err)
		}
	}
	made := w.mwaa.Faults().Count("CreateWebLoginToken")
	for _, status := range []sandbox.Status{sandbox.Unavailable, sandbox.Deleting, sandbox.CreateFailed} {
		must(t, w.mwaa.SetStatus(account, "eu-west-1", "analytics", status))
		if _, err := w.client.Login(t.Context(), prod(), of(prod(), access.User)); !errors.Is(err, access.ErrNotAllowed) || !strings.Contains(err.Error(), string(status)) {
			t.Errorf("%s: %v", status, err)
		}
	}
	if n := w.mwaa.Faults().Count("CreateWebLoginToken"); n != made {
		t.Errorf("%d tokens", n-made)
	}
}

func TestARoleThatDoesNotLetItselfBeNamedIsRefused(t *testing.T) {
	t.Parallel()
	w := signing(t)
	must(t, w.client.MayLogin(t.Context(), prod(), of(prod(), access.User)))
	must(t, w.sts.AddRole(sts.Role{ARN: loginRole, ExternalID: "e-18"})) // without sts:SetSourceIdentity
	_, err := w.client.Login(t.Context(), prod(), of(prod(), access.User))
	if access.ClassOf(err) != access.Denied || !strings.Contains(err.Error(), "sts:SetSourceIdentity") {
		t.Error(err)
	}
	if err := w.client.MayLogin(t.Context(), prod(), of(prod(), access.User)); access.ClassOf(err) != access.Denied {
		t.Error(err)
	}
	if n := w.mwaa.Faults().Count("CreateWebLoginToken"); n != 0 {
		t.Errorf("%d tokens", n)
	}
}

func TestAFailedLoginSaysWhoseItIsAndKeepsTheTokenToItself(t *testing.T) {
	t.Parallel()
	w := signing(t)
	for answer, want := range map[string]access.Class{"throttled": access.Throttled, "unavailable": access.Unavailable, "denied": access.Denied, "validation": access.Rejected} {
		w.mwaa.Faults().Add(control.Fault{Op: "CreateWebLoginToken", Answer: answer, Times: 1})
		_, err := w.client.Login(t.Context(), prod(), of(prod(), access.User))
		var v *access.VendorError
		if !errors.As(err, &v) || v.Op != outbound.CreateWebLoginToken.Name || v.Class != want {
			t.Errorf("%s: %v", answer, err)
		}
	}
	login, err := w.client.Login(t.Context(), prod(), of(prod(), access.User))
	must(t, err)
	raw, err := json.Marshal(login)
	must(t, err)
	_, token, _ := strings.Cut(login.URL.Reveal(), "#")
	for _, text := range []string{fmt.Sprint(login), fmt.Sprintf("%+v %#v %s", login, login, login.URL), string(raw)} {
		if token == "" || strings.Contains(text, token) {
			t.Errorf("the token is in %s", text)
		}
	}
}

func TestWhereAirflowSignsPeopleIn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ server, version, want string }{
		{"x-1.c7.airflow.eu-west-1.on.aws", "2.10.3", "https://x-1.c7.airflow.eu-west-1.on.aws/aws_mwaa/aws-console-sso"},
		{"https://x-1.c7.airflow.eu-west-1.on.aws/", "2.10.3", "https://x-1.c7.airflow.eu-west-1.on.aws/aws_mwaa/aws-console-sso"},
		{"x-vpce.c19.eu-west-1.airflow.amazonaws.com", "3.0.6", "https://x-vpce.c19.eu-west-1.airflow.amazonaws.com/pluginsv2/aws_mwaa/aws-console-sso"},
		{"x.c1.cn-north-1.airflow.amazonaws.com.cn", "1.10.12", "https://x.c1.cn-north-1.airflow.amazonaws.com.cn/aws_mwaa/aws-console-sso"},
		{"x.on.aws", "4.0.0", ""}, {"x.on.aws", "", ""}, {"x.on.aws", "30.1", ""}, {"", "2.10.3", ""}, {"http://x.on.aws", "2.10.3", ""},
		{"x.on.aws/elsewhere", "2.10.3", ""}, {"x.on.aws:8443", "2.10.3", ""}, {"evil@x.on.aws", "2.10.3", ""}, {"localhost", "2.10.3", ""}, {"x.on.aws#", "3.0.6", ""},
	} {
		got, err := SignIn(c.server, c.version)
		if got != c.want || errors.Is(err, access.ErrUnverifiable) != (c.want == "") {
			t.Errorf("%s %s: %q %v", c.server, c.version, got, err)
		}
	}
}
