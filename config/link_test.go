package config

import (
	"strings"
	"testing"
)

func TestALinkIsThePortalsUnlessItIsSaid(t *testing.T) {
	t.Parallel()
	text := example(t)
	c, err := Parse("airpass.yaml", []byte(text), testEnv)
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range c.Targets() {
		if target.Instant {
			t.Errorf("%s is instant", target.ID)
		}
	}
	text = strings.Replace(text, "# link: portal ", "link: instant ", 1)
	const account = `"222222222222": {role_arn: "arn:aws:iam::222222222222:role/airpass-mwaa", `
	text = strings.Replace(text, account, account+`login_role_arn: "arn:aws:iam::222222222222:role/airpass-login", login_external_id: e-2, `, 1)
	if c, err = Parse("airpass.yaml", []byte(text), testEnv); err != nil {
		t.Fatal(err)
	}
	if target, _ := c.Target("prod/Viewer"); !target.Instant {
		t.Error("it is not instant")
	}
	if target, _ := c.Target("prod/Admin"); target.Instant {
		t.Error("another target is instant too")
	}
	if a := c.AWS.Accounts["222222222222"]; a.LoginRoleARN != "arn:aws:iam::222222222222:role/airpass-login" || a.LoginExternalID != "e-2" || a.ExternalID != "airpass" {
		t.Errorf("%+v", a)
	}
}
