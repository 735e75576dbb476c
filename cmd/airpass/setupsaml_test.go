package main

import (
	"encoding/json"
	"strings"
	"testing"

	"airpass/sandbox/control"
	"airpass/sandbox/identitycenter"
)

// The printed page is followed in the sandbox's console, and the application is found.
func TestSetupSAMLIsFollowedInTheConsole(t *testing.T) {
	t.Parallel()
	o := bare(t, "prod/Viewer", "dev/User")
	o.cli("setup", "saml", "--offline").want(t, 0, "AWS_SSO_Amazon_MWAA_prod", "AWS_SSO_Amazon_MWAA_dev", "${user:subject}", "Airflow UI")
	o.cli("setup", "saml", "--environment", "nowhere").want(t, exitUsage, "nowhere")
	if n := len(o.IdentityCenter.Faults().Calls()); n != 0 {
		t.Errorf("%d calls although nobody was to be asked", n)
	}
	page := o.cli("setup", "saml", "--environment", "prod").want(t, exitDiffers, "AWS_SSO_Amazon_MWAA_prod yet: follow the page", "/aws_mwaa/aws-console-sso").out

	app, err := o.IdentityCenter.FollowSAML(page)
	o.check(err)
	var out struct {
		Applications []struct {
			Values map[string]string `json:"values"`
		} `json:"applications"`
	}
	o.check(json.Unmarshal([]byte(o.cli("setup", "saml", "--environment", "prod", "--json").want(t, exitDiffers).out), &out))
	if typed := out.Applications[0].Values; typed["Display name"] != app.Name || typed["Application ACS URL"] != app.SAML.ACS || typed["Application SAML audience"] != app.SAML.Audience {
		t.Errorf("%+v is not %+v", typed, app)
	}
	before := len(o.IdentityCenter.Changes())
	for range 2 { // idempotent
		o.cli("setup", "saml", "--environment", "prod").want(t, exitDiffers, "found: "+app.ARN, "for the file: environments, prod: saml_application: "+app.ARN, "not to be seen by API")
	}
	o.edit(`label: "Production"`, "label: \"Production\"\n    saml_application: "+app.ARN)
	said := o.cli("setup", "saml", "--environment", "prod").want(t, 0, "found: "+app.ARN).out
	if strings.Contains(said, "for the file") || strings.Contains(said, "to do") || strings.Contains(said, "warning") {
		t.Error(said)
	}
	if n := len(o.IdentityCenter.Changes()); n != before {
		t.Errorf("setup saml changes something: %+v", o.IdentityCenter.Changes()[before:])
	}

	o.IdentityCenter.RefuseSAMLAssignments(true)
	o.cli("setup", "saml", "--environment", "prod").want(t, 0, "warning: AWS does not take assignments")
	o.check(o.IdentityCenter.EditApplication(app.ARN, func(a *identitycenter.Application) { a.Disabled = true }))
	o.cli("setup", "saml", "--environment", "prod").want(t, exitDiffers, "is disabled")
	o.IdentityCenter.Faults().Add(control.Fault{Op: "*", Answer: "denied"})
	o.cli("setup", "saml", "--environment", "prod").want(t, 1, "AWS did not tell")
}
