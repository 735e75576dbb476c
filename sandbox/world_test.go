package sandbox_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/config"
	"airpass/sandbox"
	"airpass/sandbox/browser"
	"airpass/sandbox/control"
	"airpass/sandbox/identitycenter"
	"airpass/sandbox/okta"
)

func start(t *testing.T, opts sandbox.Options) *sandbox.World {
	t.Helper()
	w, err := sandbox.Start(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

func TestTheConfigurationOfAWorldIsValid(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]sandbox.Options{"town": {}, "large": {Scale: sandbox.Scale{People: 100, PermissionSets: 60}}} {
		w := start(t, opts)
		c, err := config.Parse(name, w.Config("sqlite:airpass.db"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Warnings) != 0 {
			t.Errorf("%s: %v", name, c.Warnings)
		}
		if len(c.Targets()) != len(w.Targets()) || c.Sandbox.ClockURL == "" {
			t.Errorf("%s: %d targets, the world has %d", name, len(c.Targets()), len(w.Targets()))
		}
	}
}

func TestWhoIsInTheTown(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Options{})
	if n := len(w.People()); n < 12 {
		t.Errorf("%d people", n)
	}
	active, provisioned := 0, 0
	for _, u := range w.Okta.Users() {
		if u.Status == okta.Active {
			active++
		}
	}
	for _, u := range w.IdentityCenter.Users() {
		if !u.Disabled {
			provisioned++
		}
	}
	if active != provisioned+1 || active < 12 {
		t.Errorf("%d are active in Okta, %d enabled in Identity Center, want all but one", active, provisioned)
	}
	if _, _, err := w.IdentityCenter.AccessOf(w.Person("nina").Login); err == nil {
		t.Error("Nina has an account")
	}
	if u, err := w.Okta.User("dora@example.com"); err != nil || u.Status != okta.Deprovisioned {
		t.Errorf("%+v, %v", u, err)
	}
	names := map[string]int{}
	for _, u := range w.Slack.Users() {
		names[u.DisplayName]++
	}
	if names["Alex Kim"] != 2 {
		t.Errorf("%d people are called Alex Kim", names["Alex Kim"])
	}
	for key, strange := range map[string]bool{"ada": false, "stefan": true} {
		if u, ok := w.Slack.User(w.Person(key).SlackID); !ok || u.IsStranger != strange {
			t.Errorf("%s: %+v", key, u)
		}
	}
	if w.Person("nobody") != (sandbox.Person{}) {
		t.Error("somebody who is not there")
	}
}

func TestTheApplicationIsAssignedByAGroupThatIsNotPushed(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Options{})
	apps := w.Okta.Apps()
	if len(apps) != 1 || len(apps[0].Groups) != 1 {
		t.Fatalf("%+v", apps)
	}
	if _, pushed := apps[0].Pushed[apps[0].Groups[0]]; pushed {
		t.Error("what assigns the application is pushed")
	}
	for _, target := range w.Targets() {
		pushed, is := apps[0].Pushed[target.OktaGroup]
		if is != (target.Mode == "group") || pushed != target.IdentityCenterGroup {
			t.Errorf("%s: %+v", target.ID, target)
		}
	}
}

// Whoever is assigned a target's permission set comes into its Airflow in its role.
func TestEveryTargetOpensWhatItSays(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Options{})
	w.MWAA.SetInsideVPC(true)
	ada := w.Person("ada")
	for _, target := range w.Targets() {
		var id string
		for _, u := range w.IdentityCenter.Users() {
			if u.UserName == ada.Login {
				id = u.ID
			}
		}
		a := identitycenter.Assignment{Account: target.Account, PermissionSetARN: target.PermissionSet, PrincipalType: identitycenter.PrincipalUser, PrincipalID: id}
		if err := w.IdentityCenter.Assign(a); err != nil {
			t.Fatal(err)
		}
		res, err := browser.New(ada.Login).Open(t.Context(), link(w, target))
		if err != nil || res.AirflowRole != target.Role || res.Environment != target.MWAAName || !strings.HasSuffix(res.SignedInAs, "/"+ada.Login) {
			t.Errorf("%s: %v %+v", target.ID, err, res)
		}
	}
}

func link(w *sandbox.World, target sandbox.Target) string {
	return w.Addresses().Portal + "/start/#/console?account_id=" + target.Account + "&role_name=" + url.QueryEscape(target.PermissionSetName) +
		"&destination=" + url.QueryEscape("https://eu-west-1.console.aws.amazon.com/mwaa/home?region=eu-west-1#environments/"+target.MWAAName+"/sso")
}

func TestAMemberOfAPushedGroupComesIn(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Options{PushDelay: time.Minute})
	target, ben := w.Target("dev/User"), w.Person("ben")
	if err := w.Okta.SetMember(target.OktaGroup, ben.Login, true); err != nil {
		t.Fatal(err)
	}
	open := func() browser.Result {
		t.Helper()
		res, err := browser.New(ben.Login).Open(t.Context(), link(w, target))
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	if res := open(); res.RefusedCode != "no-assignment" {
		t.Errorf("%+v", res)
	}
	if _, err := w.Clock.Advance(2 * time.Minute); err != nil {
		t.Fatal(err)
	}
	if res := open(); res.AirflowRole != "User" {
		t.Errorf("%+v", res)
	}
}

func TestTheControlServer(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Options{})
	at := w.Addresses().Control
	var clock struct{ Offset string }
	get(t, at+"/clock", &clock)
	if clock.Offset != "0s" {
		t.Errorf("%+v", clock)
	}
	post(t, at+"/clock/advance", `{"by":"8h"}`)
	if w.Clock.Offset() != 8*time.Hour {
		t.Errorf("the clock is ahead by %s", w.Clock.Offset())
	}
	for _, vendor := range []string{"slack", "okta", "identitycenter", "sts", "mwaa"} {
		post(t, at+"/"+vendor+"/faults", `{"op":"*","times":1,"latency":"1ms"}`)
		var faults []control.Fault
		if get(t, at+"/"+vendor+"/faults", &faults); len(faults) != 1 {
			t.Errorf("%s: %v", vendor, faults)
		}
	}
	for _, path := range []string{"/slack/users", "/okta/users", "/identitycenter/assignments", "/mwaa/environments", "/portal/sessions"} {
		var list []any
		get(t, at+path, &list)
	}
	var root struct {
		Addresses sandbox.Addresses
		People    []sandbox.Person
		Targets   []sandbox.Target
	}
	if get(t, at+"/", &root); root.Addresses != w.Addresses() || len(root.People) != len(w.People()) || len(root.Targets) == 0 {
		t.Errorf("%+v", root)
	}
}

func get(t *testing.T, url string, into any) {
	t.Helper()
	do(t, http.MethodGet, url, "", into)
}

func post(t *testing.T, url, body string) {
	t.Helper()
	do(t, http.MethodPost, url, body, nil)
}

func do(t *testing.T, method, url, body string, into any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode >= 300 {
		t.Fatalf("%s %s: %s", method, url, res.Status)
	}
	if into != nil {
		if err := json.NewDecoder(res.Body).Decode(into); err != nil {
			t.Fatal(err)
		}
	}
}

func TestALargeTown(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Options{Scale: sandbox.Scale{People: 2000, PermissionSets: 100}, Unlimited: true})
	if n := len(w.People()); n != 2000 {
		t.Errorf("%d people", n)
	}
	if n := len(w.IdentityCenter.PermissionSets()); n != 100 {
		t.Errorf("%d permission sets", n)
	}
	if n := len(w.IdentityCenter.Users()); n < 1990 {
		t.Errorf("%d in Identity Center", n)
	}
}

func TestOnlyThisMachineIsServed(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"0.0.0.0:0", ":4700", "192.0.2.1:80", "nonsense"} {
		if w, err := sandbox.Start(t.Context(), sandbox.Options{Listen: address}); err == nil {
			w.Close()
			t.Errorf("%s is served", address)
		}
	}
}

func TestAClosedWorldIsGone(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Options{})
	at := w.Addresses()
	w.Close()
	w.Close()
	for _, address := range []string{at.Control, at.Slack, at.Okta, at.IdentityCenter, at.STS, at.MWAA, at.Portal, at.Secrets, at.S3} {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			_ = res.Body.Close()
			t.Errorf("%s still answers", address)
		}
		cancel()
	}
	if !slices.ContainsFunc(w.Environ(), func(s string) bool { return strings.HasPrefix(s, "AWS_ACCESS_KEY_ID=") }) {
		t.Error("no key in the environment")
	}
}
