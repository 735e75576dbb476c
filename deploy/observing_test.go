package deploy_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"

	"airpass/internal/promtool"
)

// ruleFile is what is looked at of the alert rules.
type ruleFile struct {
	Groups []struct {
		Rules []struct {
			Alert, Expr         string
			Labels, Annotations map[string]string
		}
	}
}

// caseFile is what is looked at of their tests.
type caseFile struct {
	Tests []struct {
		Rules []struct {
			Name     string `yaml:"alertname"`
			Expected []any  `yaml:"exp_alerts"`
		} `yaml:"alert_rule_test"`
	}
}

func readYAML(t *testing.T, path string, into any) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err == nil {
		err = yaml.Unmarshal(raw, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestPromtoolTakesTheAlerts(t *testing.T) {
	t.Parallel()
	said := promtool.Run(t, "prometheus", "", "check", "rules", "alerts.yaml")
	if !strings.Contains(said, "SUCCESS") {
		t.Error(said)
	}
	if said = promtool.Run(t, "prometheus", "", "test", "rules", "alerts_test.yaml"); !strings.Contains(said, "SUCCESS") {
		t.Error(said)
	}
}

func TestEveryAlertSaysWhatToDoAndIsSeenFiringAndNot(t *testing.T) {
	t.Parallel()
	var rules ruleFile
	var cases caseFile
	readYAML(t, "prometheus/alerts.yaml", &rules)
	readYAML(t, "prometheus/alerts_test.yaml", &cases)
	fires, calm := map[string]bool{}, map[string]bool{}
	for _, c := range cases.Tests {
		for _, r := range c.Rules {
			seen := calm
			if len(r.Expected) > 0 {
				seen = fires
			}
			seen[r.Name] = true
		}
	}
	page, err := os.ReadFile(filepath.Join("..", "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			n++
			if !fires[r.Alert] || !calm[r.Alert] {
				t.Errorf("%s: tested firing %t, not firing %t", r.Alert, fires[r.Alert], calm[r.Alert])
			}
			if !slices.Contains([]string{"critical", "warning", "info"}, r.Labels["severity"]) || r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
				t.Errorf("%s: %v %v", r.Alert, r.Labels, r.Annotations)
			}
			if r.Annotations["runbook"] != "docs/operations.md#"+strings.ToLower(r.Alert) || !strings.Contains(string(page), "\n### "+r.Alert+"\n") {
				t.Errorf("%s: its runbook %q is not there", r.Alert, r.Annotations["runbook"])
			}
		}
	}
	if n < 15 {
		t.Errorf("only %d alerts were found", n)
	}
}

func readDashboard(t *testing.T) ([]byte, panels) {
	t.Helper()
	raw, err := os.ReadFile("grafana/airpass.json")
	if err != nil {
		t.Fatal(err)
	}
	var p panels
	if err := json.Unmarshal(raw, &p); err != nil {
		t.Fatal(err)
	}
	return raw, p
}

// panels is what is looked at of the dashboard.
type panels struct {
	Editable bool
	Panels   []struct {
		Type, Title, Description string
		Datasource               struct{ Type, UID string }
		FieldConfig              struct {
			Defaults struct{ Unit string }
		}
		Targets []struct{ Expr string }
	}
	Templating struct {
		List []struct {
			Name, Type, Query, AllValue string
			Multi                       bool
			Refresh                     int
		}
	}
}

// Grafana's own types know each field of the dashboard and find it sound.
func TestTheDashboardIsOneThatGrafanaReads(t *testing.T) {
	t.Parallel()
	raw, _ := readDashboard(t)
	plugins.RegisterDefaultPlugins()
	var d dashboard.Dashboard //nolint:staticcheck // SA1019: the newer schema is not read by the Grafana that people run
	if err := strictly(&d, raw); err != nil {
		t.Error("not a dashboard:", err)
	}
	if err := d.Validate(); err != nil {
		t.Error("not sound:", err)
	}
	if err := strictly(&d, []byte(strings.Replace(string(raw), `"graphTooltip"`, `"graphTooltipp"`, 1))); err == nil {
		t.Error("a field that is misspelt is let through: this test sees nothing")
	}
}

// strictly reads a dashboard and finds fields that Grafana does not know. The SDK
// returns an empty list of errors where it found none.
func strictly(d *dashboard.Dashboard, raw []byte) error { //nolint:staticcheck // SA1019: see above
	err := d.UnmarshalJSONStrict(raw)
	if list := (cog.BuildErrors{}); errors.As(err, &list) && len(list) == 0 {
		return nil
	}
	return err
}

// The rules of Grafana's dashboard linter, which cannot be fetched as a module. See
// https://github.com/grafana/dashboard-linter/blob/main/docs/index.md.
func TestTheDashboardKeepsTheLintersRules(t *testing.T) {
	t.Parallel()
	_, d := readDashboard(t)
	if d.Editable {
		t.Error("uneditable-dashboard: it can be edited")
	}
	variables := map[string]string{}
	for _, v := range d.Templating.List {
		variables[v.Name] = v.Type
		if v.Type == "query" && (!v.Multi || v.AllValue != ".+" || v.Refresh != 2) {
			t.Errorf("template-*-rule: %+v", v)
		}
	}
	if variables["datasource"] != "datasource" || variables["job"] != "query" || variables["instance"] != "query" {
		t.Errorf("template-*-rule: %v", variables)
	}
	n := 0
	for _, p := range d.Panels {
		if p.Type == "row" {
			continue
		}
		if p.Datasource.UID != "${datasource}" || p.Title == "" || p.Description == "" || p.FieldConfig.Defaults.Unit == "" || len(p.Targets) == 0 {
			t.Errorf("panel-*-rule: %+v", p)
		}
		for _, target := range p.Targets {
			n++
			for _, selector := range selectors.FindAllString(target.Expr, -1) {
				if !strings.Contains(selector, `job=~"$job", instance=~"$instance"`) {
					t.Errorf("target-job-rule, target-instance-rule: %s", selector)
				}
			}
			if counted.MatchString(target.Expr) || strings.Contains(target.Expr, "[") && !strings.Contains(target.Expr, "[$__rate_interval]") {
				t.Errorf("target-counter-agg-rule, target-rate-interval-rule: %s", target.Expr)
			}
		}
	}
	if n < 30 {
		t.Errorf("only %d queries were found", n)
	}
}

var (
	selectors = regexp.MustCompile(`\w+\{[^}]*\}`)
	counted   = regexp.MustCompile(`_total\{[^}]*\}(?:[^\[]|$)`)
)

func TestPromtoolTakesTheQueriesOfTheDashboard(t *testing.T) {
	t.Parallel()
	_, d := readDashboard(t)
	rules := "groups:\n  - name: dashboard\n    rules:\n"
	for i, p := range d.Panels {
		for j, target := range p.Targets {
			expr := strings.NewReplacer("$__rate_interval", "5m", "$job", "airpass", "$instance", ".+").Replace(target.Expr)
			rules += fmt.Sprintf("      - record: panel:%d:%d\n        expr: %q\n", i, j, expr)
		}
	}
	file := filepath.Join(t.TempDir(), "dashboard.yaml")
	if err := os.WriteFile(file, []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	if said := promtool.Run(t, ".", "", "check", "rules", file); !strings.Contains(said, "SUCCESS") {
		t.Error(said)
	}
}
