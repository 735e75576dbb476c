package page_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/sandbox"
	"airpass/sandbox/control"
	"airpass/sandbox/identitycenter"
	"airpass/sandbox/okta"
	"airpass/sandbox/page"
)

// outside is what the tests read of the panel's state.
type outside struct {
	Clock struct {
		OffsetMS int64 `json:"offset_ms"`
		Next     *page.Grant
	}
	Bot struct {
		Known       bool
		Connections int
		Grants      []page.Grant
		Error       string
	}
	Okta struct {
		Groups []struct {
			Name    string
			Targets []string
			Members []string
		}
		People []struct{ Login, Status string }
		Pushes []struct {
			Login, Group string
			Member       bool
		}
	}
	Center struct {
		Users []struct {
			Name    string
			Enabled bool
		}
		Assignments []assignment
		Operations  []struct {
			Kind, Status string
			assignment
		}
		Roles []struct{ Account, Name string }

		Creating      int
		CreatingLimit int `json:"creating_limit"`
	}
	Airflow struct {
		Environments []struct{ Name, Status string }
		Statuses     []string
	}
	Vendors []shownVendor
	Trail   struct {
		Known  bool
		Events []page.AuditEvent
		Error  string
	}
	Done   map[string]bool
	People map[string]struct{ Key, Name string }
}

type shownVendor struct {
	Key, Mode string
	Modes     []mode
	Second    int
	Minute    int
	Budgets   []control.Budget
}

type mode struct{ Key, Label, Hint string }

type assignment struct {
	Account       string
	PermissionSet string `json:"permission_set"`
	Type          string
	Principal     string
}

// panel is a world with its page, as a browser reads it.
type panel struct {
	*sandbox.World
	t     *testing.T
	url   string
	lines *bufio.Reader
}

func newPanel(t *testing.T, opts page.Options) *panel {
	t.Helper()
	world, err := sandbox.Start(t.Context(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(world.Close)
	opts.World = world
	server := httptest.NewServer(page.New(opts).Handler())
	t.Cleanup(server.CloseClientConnections)
	t.Cleanup(server.Close)
	p := &panel{World: world, t: t, url: server.URL}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	resp, err := http.DefaultClient.Do(request(t, "GET", server.URL+"/api/world/stream", "").WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	if ct := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || ct != "text/event-stream" {
		t.Fatalf("%d %s", resp.StatusCode, ct)
	}
	p.lines = bufio.NewReader(resp.Body)
	return p
}

// next reads the next state that is sent.
func (p *panel) next() outside {
	p.t.Helper()
	for {
		line, err := p.lines.ReadString('\n')
		if err != nil {
			p.t.Fatal(err)
		}
		data, ok := strings.CutPrefix(line, "data: ")
		if !ok {
			continue
		}
		var s outside
		if err := json.Unmarshal([]byte(data), &s); err != nil {
			p.t.Fatal(err)
		}
		return s
	}
}

// until reads states until one is as it should be.
func (p *panel) until(what string, as func(outside) bool) outside {
	p.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		if s := p.next(); as(s) {
			return s
		}
	}
	p.t.Fatal("never: " + what)
	return outside{}
}

// do changes something and says with which status and words it was answered.
func (p *panel) do(path, body string, header ...string) (int, string) {
	p.t.Helper()
	status, _, words := do(p.t, request(p.t, "POST", p.url+"/api/world/"+path, body, header...))
	return status, words
}

func (p *panel) must(path, body string) {
	p.t.Helper()
	if status, words := p.do(path, body); status != http.StatusNoContent {
		p.t.Fatalf("%s %s: %d %s", path, body, status, words)
	}
}

func TestTheWorldIsShownAsItIs(t *testing.T) {
	t.Parallel()
	p := newPanel(t, page.Options{})
	s := p.next()
	if s.Bot.Known || s.Trail.Known || s.Bot.Connections != 0 || len(s.Trail.Events) != 0 {
		t.Errorf("there is no airpass, and yet %+v", s.Bot)
	}
	if len(s.Okta.Groups) != 2 || s.Okta.Groups[0].Name != "airflow-prod-user" || !slices.Equal(s.Okta.Groups[0].Targets, []string{"prod/User"}) || len(s.Okta.Groups[0].Members) != 0 {
		t.Errorf("%+v", s.Okta.Groups)
	}
	status := map[string]string{}
	for _, one := range s.Okta.People {
		status[one.Login] = one.Status
	}
	if status["ada@example.com"] != "ACTIVE" || status["dora@example.com"] != "DEPROVISIONED" || s.People["ada@example.com"].Name != "Ada Lindqvist" {
		t.Errorf("%v %v", status, s.People)
	}
	for _, u := range s.Center.Users {
		if u.Enabled == (u.Name == "dora@example.com") {
			t.Errorf("%+v", u)
		}
	}
	if len(s.Airflow.Environments) != 3 || !slices.Contains(s.Airflow.Statuses, "UNAVAILABLE") || s.Center.CreatingLimit != 15 {
		t.Errorf("%+v %d", s.Airflow, s.Center.CreatingLimit)
	}
	for _, v := range s.Vendors {
		if v.Mode != "works" || len(v.Modes) != 5 || slices.ContainsFunc(v.Modes, func(m mode) bool { return m.Label == "" || m.Hint == "" }) {
			t.Errorf("%+v", v)
		}
	}
}

// TestAccessComingAndGoingIsSeen follows an Okta group and an assignment on their way.
func TestAccessComingAndGoingIsSeen(t *testing.T) {
	t.Parallel()
	p := newPanel(t, page.Options{})
	p.next()
	ada, target := p.Person("ada"), p.Target("dev/User")
	if err := p.Okta.SetMember(target.OktaGroup, ada.Login, true); err != nil {
		t.Fatal(err)
	}
	s := p.until("the push is under way", func(s outside) bool { return len(s.Okta.Pushes) == 1 })
	if push := s.Okta.Pushes[0]; push.Login != ada.Login || push.Group != "airflow-dev-user" || !push.Member || !slices.Contains(s.Okta.Groups[1].Members, ada.Login) {
		t.Errorf("%+v %+v", push, s.Okta.Groups)
	}
	p.until("the push has arrived", func(s outside) bool { return len(s.Okta.Pushes) == 0 })

	set := p.Target("prod/User")
	if err := p.IdentityCenter.Assign(identitycenter.Assignment{Account: set.Account, PermissionSetARN: set.PermissionSet,
		PrincipalType: identitycenter.PrincipalUser, PrincipalID: p.idOf(ada.Login)}); err != nil {
		t.Fatal(err)
	}
	s = p.until("the assignment and its role", func(s outside) bool {
		return slices.Contains(s.Center.Assignments, assignment{set.Account, set.PermissionSetName, "USER", ada.Login})
	})
	found := false
	for _, r := range s.Center.Roles {
		found = found || r.Account == set.Account && strings.HasPrefix(r.Name, "AWSReservedSSO_"+set.PermissionSetName+"_")
	}
	if !found {
		t.Errorf("%+v", s.Center.Roles)
	}
}

func (p *panel) idOf(login string) string {
	p.t.Helper()
	id, _, err := p.IdentityCenter.AccessOf(login)
	if err != nil {
		p.t.Fatal(err)
	}
	return id
}

func TestTheClockMovesForwardOnly(t *testing.T) {
	t.Parallel()
	end := time.Now().UTC().Add(90 * time.Minute)
	list := []page.Grant{{ID: "g2", Login: "ben@example.com", Target: "dev/User", State: "active", End: end.Add(time.Hour)}, {ID: "g1", Login: "ada@example.com", Target: "prod/User", State: "active", End: end}}
	p := newPanel(t, page.Options{Grants: func(context.Context) ([]page.Grant, error) { return list, nil }})
	if s := p.next(); s.Clock.Next == nil || s.Clock.Next.ID != "g1" || len(s.Bot.Grants) != 2 {
		t.Fatalf("%+v", s.Clock)
	}
	p.must("clock", `{"by":"15m"}`)
	p.until("the clock is ahead", func(s outside) bool { return s.Clock.OffsetMS == 15*60*1000 })
	p.must("clock", `{"to":"next_end"}`)
	if past := p.Clock.Now().Sub(end); past < time.Second || past > 20*time.Second {
		t.Errorf("%s past the end", past)
	}
	p.until("the next end is another", func(s outside) bool { return s.Clock.Next != nil && s.Clock.Next.ID == "g2" })
	p.must("clock", `{"to":"next_end"}`)
	before := p.Clock.Offset()
	for body, words := range map[string]string{
		`{"to":"next_end"}`: "no access has an end", `{"by":"-1h"}`: "forward", `{"by":"0s"}`: "how far", `{"by":"20000h"}`: "a year", `{"by":"soon"}`: "soon", `{`: "JSON", `{"back":"1h"}`: "back",
	} {
		if status, said := p.do("clock", body); status != http.StatusBadRequest || !strings.Contains(said, words) {
			t.Errorf("%s: %d %s", body, status, said)
		}
	}
	if after := p.Clock.Offset(); after != before {
		t.Errorf("what was refused moved the clock by %s", after-before)
	}
}

// TestASwitchReallyBreaksAVendor asks the vendor itself.
func TestASwitchReallyBreaksAVendor(t *testing.T) {
	t.Parallel()
	p := newPanel(t, page.Options{})
	ask := func() (int, error) {
		req := request(t, "GET", p.Addresses().Okta+"/api/v1/groups", "", "Authorization", "SSWS "+p.Okta.APIToken())
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return 0, err
		}
		defer resp.Body.Close()
		return resp.StatusCode, nil
	}
	is := func(want string) func(outside) bool {
		return func(s outside) bool { return s.Vendors[1].Key == "okta" && s.Vendors[1].Mode == want }
	}
	for _, c := range []struct {
		mode   string
		status int
	}{{"throttled", 429}, {"down", 503}, {"works", 200}} {
		p.must("vendor", `{"vendor":"okta","mode":"`+c.mode+`"}`)
		p.until("Okta is "+c.mode, is(c.mode))
		if status, err := ask(); err != nil || status != c.status {
			t.Errorf("%s: %d %v", c.mode, status, err)
		}
	}
	p.must("vendor", `{"vendor":"okta","mode":"slow"}`)
	if began := time.Now(); true {
		if status, err := ask(); err != nil || status != 200 || time.Since(began) < 2*time.Second {
			t.Errorf("slow: %d %v after %s", status, err, time.Since(began))
		}
	}
	// Accepted, and the answer lost.
	p.must("vendor", `{"vendor":"okta","mode":"lost"}`)
	group, ada := p.Target("prod/User").OktaGroup, p.Person("ada")
	put := request(t, "PUT", p.Addresses().Okta+"/api/v1/groups/"+group+"/users/"+ada.OktaID, "", "Authorization", "SSWS "+p.Okta.APIToken())
	if resp, err := http.DefaultClient.Do(put); err == nil {
		_ = resp.Body.Close()
		t.Errorf("the reply came: %s", resp.Status)
	}
	if !p.Okta.IsMember(group, ada.Login) {
		t.Error("the request was not carried out")
	}
	// Somebody else breaks it in another way; mending it mends that too.
	p.Okta.Faults().Add(control.Fault{Op: "GetUser", Answer: "denied", Times: 3})
	p.until("Okta misbehaves otherwise", is("other"))
	p.must("vendor", `{"vendor":"okta","mode":"works"}`)
	s := p.until("Okta works", is("works"))
	if used := s.Vendors[1]; used.Minute < 4 || len(used.Budgets) == 0 || used.Budgets[0].Used == 0 || used.Budgets[0].Limit != 600 {
		t.Errorf("%+v", used)
	}
	for _, body := range []string{`{"vendor":"nobody","mode":"down"}`, `{"vendor":"okta","mode":"on fire"}`} {
		if status, words := p.do("vendor", body); status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", body, status, words)
		}
	}
}

// TestEveryModeIsOneThatTheVendorHas: a fault that a vendor has no answer for would
// show 501, which no vendor ever answers.
func TestEveryModeIsOneThatTheVendorHas(t *testing.T) {
	t.Parallel()
	p := newPanel(t, page.Options{})
	for _, v := range p.next().Vendors {
		for _, m := range v.Modes {
			p.must("vendor", `{"vendor":"`+v.Key+`","mode":"`+m.Key+`"}`)
			if m.Key == "works" { // as before: nothing is sent
				continue
			}
			p.until(v.Key+" is "+m.Key, func(s outside) bool {
				return slices.ContainsFunc(s.Vendors, func(o shownVendor) bool { return o.Key == v.Key && o.Mode == m.Key })
			})
			if m.Key != "throttled" && m.Key != "down" {
				continue
			}
			at := map[string]string{"slack": p.Addresses().Slack + "/api/auth.test", "okta": p.Addresses().Okta + "/api/v1/users",
				"identitycenter": p.Addresses().IdentityCenter + "/", "mwaa": p.Addresses().MWAA + "/environments"}[v.Key]
			method := "GET"
			header := []string{}
			if v.Key == "identitycenter" {
				method, header = "POST", []string{"X-Amz-Target", "SWBExternalService.ListInstances", "Content-Type", "application/x-amz-json-1.1"}
			}
			status, _, words := do(t, request(t, method, at, "{}", header...))
			if status < 400 || status == http.StatusNotImplemented || status == http.StatusNotFound {
				t.Errorf("%s, %s: %d %s", v.Key, m.Key, status, words)
			}
		}
		p.must("vendor", `{"vendor":"`+v.Key+`","mode":"works"}`)
	}
}

func TestSomebodyIsDeactivatedAndComesBack(t *testing.T) {
	t.Parallel()
	p := newPanel(t, page.Options{})
	is := func(status string, enabled bool) func(outside) bool {
		return func(s outside) bool {
			in, shut := false, false
			for _, one := range s.Okta.People {
				in = in || one.Login == "ada@example.com" && one.Status == status
			}
			for _, u := range s.Center.Users {
				shut = shut || u.Name == "ada@example.com" && u.Enabled == enabled
			}
			return in && shut
		}
	}
	p.must("person", `{"login":"ada@example.com","active":false}`)
	p.until("Ada is gone in Okta and disabled in Identity Center", is("DEPROVISIONED", false))
	p.must("person", `{"login":"ada@example.com","active":true}`)
	p.until("Ada is back", is("ACTIVE", true))
	if err := p.Okta.SetStatus("ben@example.com", okta.Suspended); err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{`{"login":"nobody@example.com","active":false}`, `{"login":"ben@example.com","active":true}`} {
		if status, words := p.do("person", body); status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", body, status, words)
		}
	}
}

func TestAnEnvironmentChangesItsStatus(t *testing.T) {
	t.Parallel()
	p := newPanel(t, page.Options{})
	e := p.MWAA.Environments()[0]
	body := func(status string) string {
		return `{"account":"` + e.Account + `","region":"` + e.Region + `","name":"` + e.Name + `","status":"` + status + `"}`
	}
	p.must("environment", body("UPDATING"))
	p.until("it is UPDATING", func(s outside) bool { return s.Airflow.Environments[0].Status == "UPDATING" })
	if status, words := p.do("environment", body("ASLEEP")); status != http.StatusBadRequest || !strings.Contains(words, "ASLEEP") {
		t.Errorf("%d %s", status, words)
	}
}

func TestAnotherSitesPageChangesNothing(t *testing.T) {
	t.Parallel()
	p := newPanel(t, page.Options{})
	if status, _ := p.do("clock", `{"by":"1h"}`, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"); status != http.StatusForbidden || p.Clock.Offset() != 0 {
		t.Errorf("%d, and the clock is %s ahead", status, p.Clock.Offset())
	}
}

// TestTheTrailGrows reads a trail in pages, and says when it cannot be read.
func TestTheTrailGrows(t *testing.T) {
	t.Parallel()
	events := make(chan []page.AuditEvent, 1)
	begin := time.Now().UTC()
	var all []page.AuditEvent
	for n := range int64(500) {
		all = append(all, page.AuditEvent{Seq: n + 1, At: begin, Kind: "attempt.done", Words: "something"})
	}
	all[0].Kind = "request.created"
	events <- all
	p := newPanel(t, page.Options{Audit: func(_ context.Context, after int64, limit int) ([]page.AuditEvent, error) {
		list := <-events
		events <- list
		if list == nil {
			return nil, errors.New("the database is away")
		}
		rest := list[after:]
		return rest[:min(limit, len(rest))], nil
	}})
	s := p.next()
	if n := len(s.Trail.Events); n != 60 || s.Trail.Events[0].Seq != 500 || s.Trail.Events[n-1].Seq != 441 || !s.Trail.Known || s.Trail.Error != "" {
		t.Fatalf("%d events, %+v", n, s.Trail.Events[0])
	}
	if !s.Done["ask"] || s.Done["approve"] {
		t.Errorf("%v", s.Done)
	}
	<-events
	events <- append(all, page.AuditEvent{Seq: 501, At: begin, Kind: "request.approved"})
	s = p.until("the new event", func(s outside) bool { return s.Trail.Events[0].Seq == 501 })
	if len(s.Trail.Events) != 60 || !s.Done["approve"] {
		t.Errorf("%d events, %v", len(s.Trail.Events), s.Done)
	}
	<-events
	events <- nil
	s = p.until("it cannot be read", func(s outside) bool { return s.Trail.Error != "" })
	if s.Trail.Error != "the database is away" || s.Trail.Events[0].Seq != 501 {
		t.Errorf("%+v", s.Trail.Error)
	}
}
