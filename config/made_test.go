package config

import (
	"strings"
	"testing"

	"airpass/access"
)

const (
	anchor      = "44444444-5555-4666-8777-888888888888"
	stagingSet  = "    permission_set: arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-1111111111111111 # create: airpass setup makes it\n    permission_set_name: airflow-staging-user\n"
	stagingPush = "    identity_center_group: 11111111-2222-4333-8444-555555555555\n"
)

// toBeMade is the example with a target of which nothing is there yet.
func toBeMade(t *testing.T) string {
	t.Helper()
	text := example(t)
	for old, is := range map[string]string{stagingSet: "    permission_set: create\n", stagingPush: "", "okta_group: 00g1stagingUserGrp01 ": "okta_group: create "} {
		if !strings.Contains(text, old) {
			t.Fatalf("the example has no %q", old)
		}
		text = strings.Replace(text, old, is, 1)
	}
	return text
}

func forSetup(text string) (*Config, error) {
	c, _, err := parse("airpass.yaml", []byte(text), testEnv, map[Kept]found{}, reading{setup: true})
	return c, err
}

func TestWhatSetupMakesNeedNotBeThereForIt(t *testing.T) {
	t.Parallel()
	c, err := forSetup(toBeMade(t))
	if err != nil {
		t.Fatal(err)
	}
	target, _ := c.Target("staging/User")
	if made := c.Made("staging/User"); made != (Made{PermissionSet: true, OktaGroup: true}) || target.PermissionSet != "" || target.OktaGroup != "" {
		t.Errorf("%+v, %+v", made, target)
	}
	if made := c.Made("prod/Viewer"); made != (Made{}) {
		t.Errorf("%+v", made)
	}
	named := strings.Replace(toBeMade(t), "okta_group: create ", "okta_group_name: airflow staging\n    okta_group: create ", 1)
	named = strings.Replace(named, "permission_set: create\n", "permission_set: create\n    permission_set_name: staging-user\n", 1)
	if c, err = forSetup(named); err != nil {
		t.Fatal(err)
	}
	if target, _ = c.Target("staging/User"); c.Made("staging/User").OktaGroupName != "airflow staging" || target.PermissionSetName != "staging-user" {
		t.Errorf("%+v, %+v", c.Made("staging/User"), target)
	}
}

// Nobody can be granted what is not there: what serves refuses the file, and says what to do.
func TestWhatIsStillToBeMadeIsRefusedElsewhere(t *testing.T) {
	t.Parallel()
	_, err := Parse("airpass.yaml", []byte(toBeMade(t)), testEnv)
	if err == nil {
		t.Fatal("it is taken")
	}
	for _, words := range []string{"targets[0].permission_set", "targets[0].okta_group", "is still to be made", "airpass setup apply", "targets[0].identity_center_group"} {
		if !strings.Contains(err.Error(), words) {
			t.Errorf("%q is not in %v", words, err)
		}
	}
	if err := sees(t, validator(t), toBeMade(t)); err != nil {
		t.Errorf("an editor refuses it: %v", err)
	}
}

func TestAnAnchorIsOfTargetsThatAssignPeople(t *testing.T) {
	t.Parallel()
	anchored := strings.Replace(example(t), "  accounts:  ", "  anchor_group: "+anchor+"\n  accounts:  ", 1)
	c, err := Parse("airpass.yaml", []byte(anchored), testEnv)
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{"prod/Admin": anchor, "prod/Viewer": "", "staging/User": ""} {
		if target, _ := c.Target(id); target.Anchor != want {
			t.Errorf("%s (%s) has the anchor %q", id, target.Mode, target.Anchor)
		}
	}
	none := strings.Replace(anchored, "    # anchor_group: none ", "    anchor_group: none ", 1)
	if c, err = Parse("airpass.yaml", []byte(none), testEnv); err != nil {
		t.Fatal(err)
	}
	if target, _ := c.Target("prod/Admin"); target.Anchor != "" || target.Mode != access.ByUser {
		t.Errorf("%+v", target)
	}
	grouped := strings.Replace(example(t), "    mode: group\n", "    mode: group\n    anchor_group: "+anchor+"\n", 1)
	if _, err := Parse("airpass.yaml", []byte(grouped), testEnv); err == nil || !strings.Contains(err.Error(), "anchor_group") {
		t.Errorf("an anchor in mode group: %v", err)
	}
}

func TestSetupSignsInAsSomebodyElse(t *testing.T) {
	t.Parallel()
	text := strings.Replace(example(t), "  manager:\n", "  setup: {api_token: {env: AIRPASS_SLACK_BOT_TOKEN}}\n  manager:\n", 1)
	text = strings.Replace(text, "  accounts:  ", "  setup: {role_arn: \"arn:aws:iam::999999999999:role/airpass-setup\", external_id: e-2}\n  console_actions: [airflow:ListEnvironments]\n  accounts:  ", 1)
	c, err := Parse("airpass.yaml", []byte(text), testEnv)
	if err != nil {
		t.Fatal(err)
	}
	if c.Okta.Setup == nil || c.Okta.Setup.APIToken.Reveal() != "xoxb-hush-bot" || c.AWS.Setup.ExternalID != "e-2" || len(c.AWS.ConsoleActions) != 1 {
		t.Errorf("%+v %+v", c.Okta.Setup, c.AWS)
	}
	wrong := strings.Replace(text, "\n  console_actions: [airflow:", "\n  console_actions: [", 1)
	if _, err := Parse("airpass.yaml", []byte(wrong), testEnv); err == nil || !strings.Contains(err.Error(), "an action of IAM") {
		t.Error(err)
	}
}
