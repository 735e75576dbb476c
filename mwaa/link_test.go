package mwaa

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"airpass/access"
)

func ExampleLink() {
	env := access.Environment{Account: "381491960855", Region: "eu-west-2", Partition: "aws", Name: "development"}
	link, _ := Link("https://example.awsapps.com/start", env, "mwaa-user", "")
	fmt.Println(link)
	// Output:
	// https://example.awsapps.com/start/#/console?account_id=381491960855&role_name=mwaa-user&destination=https%3A%2F%2Feu-west-2.console.aws.amazon.com%2Fmwaa%2Fhome%3Fregion%3Deu-west-2%23environments%2Fdevelopment%2Fsso
}

// read takes a link apart as a browser and the portal do.
func read(t *testing.T, link string) (portal string, values url.Values) {
	t.Helper()
	portal, query, ok := strings.Cut(link, "#/console?")
	if !ok || strings.Contains(query, "#") || strings.Contains(query, "%25") {
		t.Fatalf("one # and nothing encoded twice: %s", link)
	}
	values, err := url.ParseQuery(query)
	must(t, err)
	return portal, values
}

func TestLinkSurvivesItsReading(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"mwaa-0a1b2c3d-Viewer", "Data+Eng=,.@_-", "a"} {
		link, err := Link("https://example.awsapps.com/start/#/", prod(), name, "")
		must(t, err)
		portal, values := read(t, link)
		if portal != "https://example.awsapps.com/start/" || values.Get("role_name") != name || values.Get("account_id") != account {
			t.Errorf("%s: %s %v", link, portal, values)
		}
		page, err := url.Parse(values.Get("destination"))
		must(t, err)
		if page.Host != "eu-west-1.console.aws.amazon.com" || page.Query().Get("region") != "eu-west-1" || page.Fragment != "environments/analytics/sso" {
			t.Errorf("%s", page)
		}
		if strings.Count(link, "%23") != 1 {
			t.Errorf("the page's # is encoded once: %s", link)
		}
	}
}

func TestALinkIsReadAsThePortalReadsIt(t *testing.T) {
	t.Parallel()
	link, err := Link("https://example.awsapps.com/start", prod(), "mwaa-user", "")
	must(t, err)
	is, err := Read(link)
	if want := (Parts{"https://example.awsapps.com/start/", account, "mwaa-user", "https://eu-west-1.console.aws.amazon.com/mwaa/home?region=eu-west-1#environments/analytics/sso"}); err != nil || is != want {
		t.Errorf("%+v %v", is, err)
	}
	head := "https://example.awsapps.com/start/#/console?account_id=1&role_name=x&destination="
	for name, wrong := range map[string]string{
		"a bare #":            head + "https%3A%2F%2Fx.example.com%2Fhome#environments/a/sso",
		"the # twice encoded": head + "https%3A%2F%2Fx.example.com%2Fhome%3Fregion%3Dr%2523environments%2Fa%2Fsso",
		"all twice encoded":   head + "https%253A%252F%252Fx.example.com%252Fhome%2523environments",
		"no destination":      head,
		"no account":          "https://example.awsapps.com/start/#/console?role_name=x&destination=https%3A%2F%2Fx.example.com",
		"nothing":             "", "another page": "https://example.awsapps.com/start/#/?account_id=1",
		"a broken escape": head + "%zz",
	} {
		if is, err := Read(wrong); !errors.Is(err, access.ErrInvalid) {
			t.Errorf("%s: %+v %v", name, is, err)
		}
	}
}

func TestPortalsOfEveryForm(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"https://example.awsapps.com/start":                                    "https://example.awsapps.com/start/",
		"https://example.awsapps.com/start/":                                   "https://example.awsapps.com/start/",
		"https://example.awsapps.com/start#/":                                  "https://example.awsapps.com/start/",
		"https://ssoins-72230a4b1c9d5e6f.portal.eu-west-1.app.aws":             "https://ssoins-72230a4b1c9d5e6f.portal.eu-west-1.app.aws/",
		"https://start.us-gov-west-1.us-gov-home.awsapps.com/directory/d-123/": "https://start.us-gov-west-1.us-gov-home.awsapps.com/directory/d-123/",
		"http://127.0.0.1:8080/start":                                          "http://127.0.0.1:8080/start/",
	} {
		link, err := Link(given, prod(), "set", "")
		if err != nil {
			t.Errorf("%s: %v", given, err)
			continue
		}
		if portal, _ := read(t, link); portal != want {
			t.Errorf("%s: %s", given, portal)
		}
	}
	for _, wrong := range []string{"", "example.awsapps.com/start", "http://example.awsapps.com/start", "https://u:p@example.com/", "https://example.com/?x=1", "https://example.com/#/console", "javascript:alert(1)"} {
		if link, err := Link(wrong, prod(), "set", ""); !errors.Is(err, access.ErrInvalid) {
			t.Errorf("%q: %s %v", wrong, link, err)
		}
	}
}

func TestConsoleOfEveryPartition(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ partition, region, host string }{
		{"aws", "eu-west-1", "eu-west-1.console.aws.amazon.com"},
		{"", "eu-west-1", "eu-west-1.console.aws.amazon.com"},
		{"aws-cn", "cn-north-1", "cn-north-1.console.amazonaws.cn"},
		{"", "cn-northwest-1", "cn-northwest-1.console.amazonaws.cn"},
		{"aws-us-gov", "us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"},
		{"", "us-gov-east-1", "us-gov-east-1.console.amazonaws-us-gov.com"},
	} {
		env := prod()
		env.Partition, env.Region = c.partition, c.region
		link, err := Link("https://example.awsapps.com/start", env, "set", "")
		must(t, err)
		_, values := read(t, link)
		if want := "https://" + c.host + "/mwaa/home?region=" + c.region + "#environments/analytics/sso"; values.Get("destination") != want {
			t.Errorf("%s: %s", c.region, values.Get("destination"))
		}
	}
	env := prod()
	env.Partition = "aws-iso"
	if _, err := Link("https://example.awsapps.com/start", env, "set", ""); !errors.Is(err, access.ErrInvalid) {
		t.Error(err)
	}
	if _, err := Link("https://example.awsapps.com/start", env, "set", "https://console.example.com/{region}"); err != nil {
		t.Error(err)
	}
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	link, err := Link("https://example.awsapps.com/start", prod(), "set", "https://{region}.console.example.com/mwaa home?a={account}#/environments/{name}/sso")
	must(t, err)
	_, values := read(t, link)
	if want := "https://eu-west-1.console.example.com/mwaa home?a=" + account + "#/environments/analytics/sso"; values.Get("destination") != want {
		t.Errorf("%s", values.Get("destination"))
	}
	if strings.Contains(link, "+") || strings.Contains(link, " ") {
		t.Errorf("a space is %%20: %s", link)
	}
	for _, wrong := range []string{"https://x.example.com/{environment}", "http://x.example.com/", "//x", "{name}", "https://u@x.example.com/"} {
		if link, err := Link("https://example.awsapps.com/start", prod(), "set", wrong); !errors.Is(err, access.ErrInvalid) {
			t.Errorf("%q: %s %v", wrong, link, err)
		}
	}
}

func TestNothingIsSmuggledIntoALink(t *testing.T) {
	t.Parallel()
	for _, change := range []func(*access.Environment){
		func(e *access.Environment) { e.Account = "444455556666&role_name=Admin" },
		func(e *access.Environment) { e.Region = "evil.example.com/" },
		func(e *access.Environment) { e.Name = "x/../y" },
		func(e *access.Environment) { e.Name = "" },
		func(e *access.Environment) { e.Name = strings.Repeat("a", 81) },
	} {
		env := prod()
		change(&env)
		if link, err := Link("https://example.awsapps.com/start", env, "set", ""); !errors.Is(err, access.ErrInvalid) {
			t.Errorf("%+v: %s %v", env, link, err)
		}
	}
	for _, set := range []string{"", "a&destination=https://evil", "a b", strings.Repeat("a", 33)} {
		if link, err := Link("https://example.awsapps.com/start", prod(), set, ""); !errors.Is(err, access.ErrInvalid) {
			t.Errorf("%q: %s %v", set, link, err)
		}
	}
}

// A tile is of an environment: which of a person's roles it is, the portal asks.
func TestALinkMayLeaveTheRoleToThePortal(t *testing.T) {
	t.Parallel()
	link, err := Choice("https://example.awsapps.com/start", prod(), "")
	must(t, err)
	portal, values := read(t, link)
	whole, err := Link("https://example.awsapps.com/start", prod(), "set", "")
	must(t, err)
	_, of := read(t, whole)
	if portal != "https://example.awsapps.com/start/" || values.Has("role_name") || values.Get("account_id") != account || values.Get("destination") != of.Get("destination") {
		t.Errorf("%s: %s %v", link, portal, values)
	}
}
