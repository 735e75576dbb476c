package setup_test

import (
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"airpass/access"
	"airpass/setup"
)

func TestTheManifestIsThatOfTheInstallation(t *testing.T) {
	t.Parallel()
	for address, socket := range map[string]bool{"": true, "https://bots.example.org/airpass": false} {
		text, err := setup.Manifest("/mwaa", address)
		if err != nil {
			t.Fatal(err)
		}
		var m struct {
			Features struct {
				SlashCommands []struct{ Command, URL string } `yaml:"slash_commands"`
			}
			Settings struct {
				Socket        bool `yaml:"socket_mode_enabled"`
				Interactivity struct {
					RequestURL string `yaml:"request_url"`
				}
			}
		}
		if err := yaml.Unmarshal([]byte(text), &m); err != nil {
			t.Fatal(err)
		}
		if c := m.Features.SlashCommands; len(c) != 1 || c[0].Command != "/mwaa" || c[0].URL != address || m.Settings.Socket != socket || m.Settings.Interactivity.RequestURL != address {
			t.Errorf("%q: %+v", address, m)
		}
		if strings.Contains(text, "airpass.example.com/") {
			t.Errorf("%q: an address of the example is left:\n%s", address, text)
		}
	}
}

func TestAnAddressThatSlackCannotPostTo(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"http://bots.example.org/slack", "bots.example.org", "https://", "https://bots.example.org/a b", "https://bots.example.org/\nfeatures: {}", "https://bots.example.org/?a=b"} {
		if _, err := setup.Manifest("/airflow", address); err == nil || !strings.Contains(err.Error(), "write one like") {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestOktaIsToldEachGroupAndWhatForOnce(t *testing.T) {
	t.Parallel()
	group := func(id string) access.Approver { return access.Approver{Kind: access.ApproverGroup, Value: id} }
	policy := access.Single(group("00gStage"))
	policy.Fallback = []access.Approver{group("00gFallback"), {Kind: access.ApproverManager}}
	policy.Stages[0].WidenTo = []access.Approver{group("00gWider")}
	policy.Rules = []access.Rule{{Name: "more", Stages: []access.Stage{{Approvers: []access.Approver{group("00gRule"), group("00gTarget")}}}}}
	policy.BreakGlass = &access.BreakGlass{Requesters: []string{"00gGlass"}, Reviewers: []access.Approver{group("00gReview")}}
	n := setup.NeedsOfOkta([]access.Target{
		{OktaGroup: "00gTarget", AssignmentGroup: "00gAccounts", Requesters: []string{"00gAsk"}, Policy: policy},
		{OktaGroup: "00gTarget", Requesters: []string{"00gAsk"}},
	})
	n.OrgURL, n.Application, n.Service = "https://example.okta.com", "0oaApp", true
	text := n.String()
	for _, line := range []string{
		"the group 00gTarget (people are added and taken out)", "the group 00gAccounts (people are added, never taken out)",
		"the group 00gAsk (read", "the group 00gStage (read", "the group 00gFallback (read", "the group 00gWider (read",
		"the group 00gRule (read", "the group 00gGlass (read", "the group 00gReview (read", "the application 0oaApp",
		"okta.users.read, okta.groups.manage, okta.apps.read", "DPoP",
	} {
		if strings.Count(text, line) != 1 {
			t.Errorf("%d times %q in\n%s", strings.Count(text, line), line, text)
		}
	}
	n.Service = false
	if text := n.String(); !strings.Contains(text, "Create token") || strings.Contains(text, "DPoP") {
		t.Error(text)
	}
}
