package config

import (
	"strings"
	"testing"
)

const (
	tileApp    = "arn:aws:sso::999999999999:application/ssoins-0123456789abcdef/apl-1111111111111111"
	anotherApp = "arn:aws:sso::999999999999:application/ssoins-0123456789abcdef/apl-2222222222222222"
)

// withTile writes an application into the environment prod of the example.
func withTile(t *testing.T, is string) string {
	t.Helper()
	const prod = "    label: Production\n"
	text := example(t)
	if !strings.Contains(text, prod) {
		t.Fatal("the example has no environment prod")
	}
	return strings.Replace(text, prod, prod+"    saml_application: "+is+"\n", 1)
}

func TestAnEnvironmentsTileIsThatOfItsTargets(t *testing.T) {
	t.Parallel()
	text := withTile(t, tileApp)
	c, err := Parse("airpass.yaml", []byte(text), testEnv)
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range c.Targets() {
		want := map[bool]string{true: tileApp}[target.Environment.Key == "prod"]
		if target.Application != want {
			t.Errorf("%s has the application %q", target.ID, target.Application)
		}
	}
	const admin = "    permission_set_name: airflow-prod-admin\n"
	for own, want := range map[string]string{"none": "", anotherApp: anotherApp} {
		c, err := Parse("airpass.yaml", []byte(strings.Replace(text, admin, admin+"    saml_application: "+own+"\n", 1)), testEnv)
		if err != nil {
			t.Fatal(err)
		}
		if target, _ := c.Target("prod/Admin"); target.Application != want {
			t.Errorf("%s: %q", own, target.Application)
		}
		if target, _ := c.Target("prod/Viewer"); target.Application != tileApp {
			t.Errorf("%s: another target has %q", own, target.Application)
		}
	}
}

// A name is for setup, which finds the ARN.
func TestATileIsNamedBeforeItIsThere(t *testing.T) {
	t.Parallel()
	text := withTile(t, "Airflow (production)")
	c, err := forSetup(text)
	if err != nil {
		t.Fatal(err)
	}
	if e, _ := c.Environment("prod"); e.SAMLName != "Airflow (production)" || e.Application != "" {
		t.Errorf("%+v", e)
	}
	for is, says := range map[string]string{
		"Airflow (production)": "airpass setup saml",
		"arn:aws:sso::999999999999:application/ssoins-ffffffffffffffff/apl-1111111111111111": "another Identity Center instance",
		"arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-1111111111111111":            "the ARN of an application",
	} {
		if _, err := Parse("airpass.yaml", []byte(withTile(t, is)), testEnv); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", is, err)
		}
	}
}
