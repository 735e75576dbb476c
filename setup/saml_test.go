package setup_test

import (
	"slices"
	"strings"
	"testing"

	"airpass/access"
	"airpass/setup"
)

func tile() setup.Tile {
	return setup.Tile{Environment: everyPartition()["aws"], Label: "Production", Name: setup.TileName, Home: "eu-central-1",
		StartURL: "https://example.awsapps.com/start/#/console?account_id=222222222222&destination=https%3A%2F%2Feu-west-1.console.aws.amazon.com%2Fmwaa%2Fhome%3Fregion%3Deu-west-1%23environments%2Fdata-prod%2Fsso"}
}

func TestThePageHasEveryValue(t *testing.T) {
	t.Parallel()
	blind := tile()
	golden(t, "saml-blind.txt", strings.TrimSuffix(blind.Page(), "\n"))
	seen := tile()
	seen.Server, seen.SignIn = "x-1.c7.airflow.eu-west-1.on.aws", "https://x-1.c7.airflow.eu-west-1.on.aws/aws_mwaa/aws-console-sso"
	page := seen.Page()
	golden(t, "saml.txt", strings.TrimSuffix(page, "\n"))
	for name, value := range seen.Values() {
		if !strings.Contains(page, value) {
			t.Errorf("%s: %s is not on the page", name, value)
		}
	}
}

const (
	oneApp     = "arn:aws:sso::111122223333:application/ssoins-0123456789abcdef/apl-1111111111111111"
	anotherApp = "arn:aws:sso::111122223333:application/ssoins-0123456789abcdef/apl-2222222222222222"
)

func TestAnApplicationIsFoundByItsNameOnce(t *testing.T) {
	t.Parallel()
	one, another := access.Application{ARN: oneApp, Name: setup.TileName}, access.Application{ARN: anotherApp, Name: "something else"}
	twin := access.Application{ARN: anotherApp, Name: setup.TileName}
	for name, c := range map[string]struct {
		arn   string // in the configuration
		all   []access.Application
		found string
		says  string
	}{
		"none":           {"", nil, "", "follow the page"},
		"another":        {"", []access.Application{another}, "", "follow the page"},
		"one":            {"", []access.Application{another, one}, oneApp, ""},
		"two of a name":  {"", []access.Application{one, twin}, "", oneApp + ", " + anotherApp},
		"by its ARN":     {anotherApp, []access.Application{one, twin}, anotherApp, ""},
		"an ARN is gone": {anotherApp, []access.Application{one}, "", "there is no application " + anotherApp},
	} {
		tile := tile()
		tile.ARN = c.arn
		if found, why := tile.Find(c.all); found != c.found || !strings.Contains(why, c.says) || (why == "") != (found != "") {
			t.Errorf("%s: %q %q", name, found, why)
		}
	}
}

func TestWhatIsNotAsItHasToBeIsSaid(t *testing.T) {
	t.Parallel()
	good := access.Application{ARN: oneApp, Name: setup.TileName, Protocol: "SAML", Enabled: true, Visible: true, Required: true, URL: tile().StartURL, People: []string{"p"}}
	if all := tile().Deviations(good); len(all) != 0 {
		t.Errorf("%+v", all)
	}
	for says, c := range map[string]struct {
		change func(*access.Application)
		unwise bool
	}{
		"not SAML":           {func(a *access.Application) { a.Protocol = "OAUTH" }, false},
		"is disabled":        {func(a *access.Application) { a.Enabled = false }, false},
		"is hidden":          {func(a *access.Application) { a.Visible = false }, false},
		"everybody has":      {func(a *access.Application) { a.Required = false }, false},
		"does not take":      {func(a *access.Application) { a.Refused = "ValidationException" }, true},
		"assigned to 1":      {func(a *access.Application) { a.Groups = []string{"g"} }, true},
		"the tile leads to ": {func(a *access.Application) { a.URL = "https://example.com/" }, true},
	} {
		a := good
		c.change(&a)
		all := tile().Deviations(a)
		if len(all) != 1 || !slices.ContainsFunc(all, func(d setup.Deviation) bool {
			return strings.Contains(d.Result, says) && d.Unwise == c.unwise && d.Means != "" && d.Mend != ""
		}) {
			t.Errorf("%s: %+v", says, all)
		}
	}
}
