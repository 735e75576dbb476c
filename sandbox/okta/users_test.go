package okta

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"
)

func TestPeopleAreFoundByIDLoginAndShortName(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	for _, login := range []string{anna, boris, plus, jens, slash, "ANNA@example.com", o.id(anna), "boris"} {
		u, _, err := o.sdk.User.GetUser(o.ctx(), url.PathEscape(login))
		if err != nil {
			t.Errorf("%s: %v", login, err)
			continue
		}
		if want := o.id(login); u.Id != want {
			t.Errorf("%s: got %s, want %s", login, u.Id, want)
		}
	}
	// The SDK puts the login into the path as it is: unescaped, # begins a fragment.
	if u, _, err := o.sdk.User.GetUser(o.ctx(), plus); err == nil {
		t.Errorf("an unescaped # found %v", (*u.Profile)["login"])
	}
	_, _, err := o.sdk.User.GetUser(o.ctx(), "nobody@example.com")
	e := wantCode(t, err, "E0000007")
	if e.ErrorSummary != "Not found: Resource not found: nobody@example.com (User)" {
		t.Error(e.ErrorSummary)
	}
	// Two people with the same short name: it names nobody.
	o.person("anna@other.example", nil)
	_, _, err = o.sdk.User.GetUser(o.ctx(), "anna")
	wantCode(t, err, "E0000007")
	// Ids tell upper from lower case, in any place.
	flipped := []byte(o.id(anna))
	for i, b := range flipped[3:] {
		if b >= 'a' && b <= 'z' {
			flipped[3+i] = b - 32
			break
		}
	}
	_, _, err = o.sdk.User.GetUser(o.ctx(), string(flipped))
	wantCode(t, err, "E0000007")
}

func TestProfileIsGivenWhole(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	u, _, err := o.sdk.User.GetUser(o.ctx(), o.id(anna))
	must(t, err)
	p := *u.Profile
	if p["manager"] != "Boris Berg" || p["managerId"] != boris || p["department"] != "Data" || u.Status != "ACTIVE" || len(u.Id) != 20 || u.Id[:3] != "00u" {
		t.Fatalf("%+v %v", u, p)
	}
	if u.LastUpdated == nil || time.Since(*u.LastUpdated) > time.Minute {
		t.Error("lastUpdated", u.LastUpdated)
	}
}

func TestSearchAndFilterReallyFilter(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	o.person(`quote"back\slash@example.com`, map[string]any{"title": `say "hi" \o/`, "level": 3.0, "onCall": true})
	soon := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	odd := `quote"back\slash@example.com`
	for _, c := range []struct {
		by, expression string
		want           []string
	}{
		{"search", `profile.email eq "anna@example.com"`, []string{anna}},
		{"search", `profile.email eq "ANNA@EXAMPLE.COM"`, []string{anna}},
		{"search", `profile.department eq "Data" and status eq "ACTIVE"`, []string{anna, boris}},
		{"search", `profile.department eq "Data" and profile.title sw "data"`, []string{anna}},
		{"search", `profile.title co "of data" or profile.department eq "Sales"`, []string{boris, jens}},
		{"search", `profile.department eq "Sales" or profile.department eq "Data" and profile.title sw "Head"`, []string{boris, jens}},
		{"search", `(profile.department eq "Sales" or profile.department eq "Data") and not (profile.title sw "Head")`, []string{anna, jens}},
		{"search", `profile.department ne "Data" and profile.department pr`, []string{jens}},
		{"search", `not profile.department pr and status eq "ACTIVE" and profile.login sw "anna"`, []string{plus}},
		{"search", `profile.slackIds eq "U2"`, []string{jens}},
		{"search", `profile.login eq "josé.muñoz@exämple.com"`, []string{jens}},
		{"search", `profile.login eq "anna+test#1@example.com"`, []string{plus}},
		{"search", `profile.title eq "say \"hi\" \\o/"`, []string{odd}},
		{"search", `profile.level ge 3 and profile.onCall eq true`, []string{odd}},
		{"search", `profile.level gt 3`, nil},
		{"search", `status eq "DEPROVISIONED"`, []string{gone}},
		{"search", `lastUpdated gt "` + soon + `"`, nil},
		{"search", `lastUpdated lt "` + soon + `" and profile.login sw "boris"`, []string{boris}},
		{"search", `id eq "` + o.id(anna) + `"`, []string{anna}},
		{"search", `profile.email eq "nobody@example.com"`, nil},
		{"filter", `profile.login eq "boris@example.com"`, []string{boris}},
		{"filter", `status eq "DEPROVISIONED" or profile.email eq "anna@example.com"`, []string{anna, gone}},
		{"filter", `id eq "` + o.id(gone) + `"`, []string{gone}},
		{"q", "anna", []string{anna, plus}},
		{"q", "nna", nil},
		{"q", "greta", nil}, // DEPROVISIONED people need a filter
	} {
		with := map[string]func(string) query.ParamOptions{"search": query.WithSearch, "filter": query.WithFilter, "q": query.WithQ}[c.by]
		users, _, err := o.sdk.User.ListUsers(o.ctx(), query.NewQueryParams(with(c.expression)))
		if err != nil {
			t.Errorf("%s=%s: %v", c.by, c.expression, err)
			continue
		}
		var got []string
		for _, u := range users {
			got = append(got, (*u.Profile)["login"].(string))
		}
		slices.Sort(got)
		want := slices.Clone(c.want)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s=%s: got %v, want %v", c.by, c.expression, got, want)
		}
	}
}

func TestWhatASearchCannotAskIsRefused(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	for by, expressions := range map[string][]string{
		"search": {
			`profile.nosuch eq "x"`, `profile.email eq`, `profile.email`, `profile.email = "x"`, `profile.email eq "x`, `(status eq "ACTIVE"`,
			`status eq "ACTIVE" and`, `status eq ACTIVE`, `"status" eq "ACTIVE"`, `status eq "ACTIVE" status eq "STAGED"`, `profile.email eq "\x"`, `password eq "x"`,
		},
		"filter": {`profile.department eq "Data"`, `profile.login sw "anna"`, `status ne "ACTIVE"`, `profile.login co "anna"`},
	} {
		with := map[string]func(string) query.ParamOptions{"search": query.WithSearch, "filter": query.WithFilter}[by]
		for _, e := range expressions {
			_, resp, err := o.sdk.User.ListUsers(o.ctx(), query.NewQueryParams(with(e)))
			if resp == nil || resp.StatusCode != http.StatusBadRequest {
				t.Errorf("%s=%s: %v, want 400", by, e, err)
				continue
			}
			wantCode(t, err, "E0000031")
		}
	}
}

func TestPeopleComeInPages(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	for i := range 250 {
		o.person(fmt.Sprintf("many%03d@example.com", i), nil)
	}
	everybody := map[string]bool{}
	users, resp, err := o.sdk.User.ListUsers(o.ctx(), nil)
	must(t, err)
	if len(users) != 200 || !resp.HasNextPage() {
		t.Fatalf("%d people on the first page, want 200 and more to come", len(users))
	}
	first := users
	for {
		for _, u := range users {
			if everybody[u.Id] {
				t.Fatalf("%s twice", u.Id)
			}
			everybody[u.Id] = true
		}
		if !resp.HasNextPage() {
			break
		}
		users = nil
		resp, err = resp.Next(o.ctx(), &users)
		must(t, err)
	}
	if len(everybody) != 255 { // 5 of the org's first 6, DEPROVISIONED left out
		t.Errorf("%d people on all pages", len(everybody))
	}
	if more, _, err := o.sdk.User.ListUsers(o.ctx(), query.NewQueryParams(query.WithLimit(5000))); err != nil || len(more) != len(first) {
		t.Errorf("a limit of 5000 gave %d people, %v", len(more), err)
	}
	for _, bad := range []string{"limit=0", "limit=x", "after=nonsense"} {
		if resp := o.get("/api/v1/users?" + bad); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d", bad, resp.StatusCode)
		}
	}
	sorted, _, err := o.sdk.User.ListUsers(o.ctx(), query.NewQueryParams(
		query.WithSearch(`profile.login sw "many"`), query.WithSortBy("profile.login"), query.WithSortOrder("desc"), query.WithLimit(2)))
	must(t, err)
	if len(sorted) != 2 || (*sorted[0].Profile)["login"] != "many249@example.com" {
		t.Errorf("sorted: %v", *sorted[0].Profile)
	}
}

func TestAPageGoesOnWhenItsLastPersonHasGone(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	for i := range 4 {
		must(t, o.SetMember(o.unrelated, o.person(fmt.Sprintf("page%d@example.com", i), nil).ID, true))
	}
	users, resp, err := o.sdk.Group.ListGroupUsers(o.ctx(), o.unrelated, query.NewQueryParams(query.WithLimit(2)))
	must(t, err)
	must(t, o.SetMember(o.unrelated, users[1].Id, false))
	var rest []*sdk.User
	_, err = resp.Next(o.ctx(), &rest)
	must(t, err)
	if len(rest) != 2 || (*rest[0].Profile)["login"] != "page2@example.com" {
		t.Fatalf("the second page has %d people", len(rest))
	}
}

func TestLifecycle(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	id := o.id(anna)
	status := func() string {
		u, _, err := o.sdk.User.GetUser(o.ctx(), id)
		must(t, err)
		return u.Status
	}
	_, _, err := o.sdk.User.ActivateUser(o.ctx(), id, query.NewQueryParams(query.WithSendEmail(false)))
	wantCode(t, err, "E0000016")
	_, err = o.sdk.User.UnsuspendUser(o.ctx(), id)
	wantCode(t, err, "E0000001")
	_, err = o.sdk.User.SuspendUser(o.ctx(), id)
	must(t, err)
	if status() != "SUSPENDED" {
		t.Error(status())
	}
	_, err = o.sdk.User.SuspendUser(o.ctx(), id)
	wantCode(t, err, "E0000001")
	_, err = o.sdk.User.UnsuspendUser(o.ctx(), id)
	must(t, err)
	_, err = o.sdk.User.DeactivateUser(o.ctx(), id, nil)
	must(t, err)
	if status() != "DEPROVISIONED" {
		t.Error(status())
	}
	_, err = o.sdk.User.DeactivateUser(o.ctx(), id, nil)
	wantCode(t, err, "E0000038")
	token, _, err := o.sdk.User.ActivateUser(o.ctx(), id, query.NewQueryParams(query.WithSendEmail(false)))
	must(t, err)
	if token.ActivationToken == "" || status() != "ACTIVE" {
		t.Errorf("%+v %s", token, status())
	}
}

func TestWhatOktaWouldNotKeepIsNotTaken(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	for name, u := range map[string]User{
		"no login":  {Profile: map[string]any{"email": "x@example.com"}},
		"no email":  {Profile: map[string]any{"login": "x"}},
		"taken":     {Profile: map[string]any{"login": "Anna@Example.com", "email": "x@example.com"}},
		"bad state": {Status: "GONE", Profile: map[string]any{"login": "x@example.com", "email": "x@example.com"}},
		"bad id":    {ID: "U123", Profile: map[string]any{"login": "x@example.com", "email": "x@example.com"}},
	} {
		if _, err := o.AddUser(u); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if err := o.SetProfile(anna, map[string]any{"login": boris}); err == nil {
		t.Error("two people with one login")
	}
	must(t, o.SetProfile(anna, map[string]any{"department": nil, "team": "core"}))
	u, err := o.User(anna)
	must(t, err)
	if u.Profile["department"] != nil || u.Profile["team"] != "core" {
		t.Errorf("%v", u.Profile)
	}
}
