package expect_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"airpass/config"
	"airpass/config/expect"
)

const root = "../../"

// with is the example configuration in which every target is decided by the policy of a
// file.
func with(t *testing.T, policies, name string) *config.Config {
	t.Helper()
	example, err := os.ReadFile(root + "airpass.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`(?m)^    approvers:.*\n(      - .*\n)*`).ReplaceAllString(string(example), "    policy: "+name+"\n")
	text = strings.Replace(text, "\ntargets:", "\n"+policies+"\ntargets:", 1)
	c, err := config.Parse("airpass.yaml", []byte(text), func(name string) (string, bool) {
		if strings.HasSuffix(name, "_KEY") {
			return strings.Repeat("5ec4e7ff", 8), true
		}
		return map[string]string{"AIRPASS_SLACK_BOT_TOKEN": "xoxb-1", "AIRPASS_SLACK_APP_TOKEN": "xapp-1"}[name] + "x", true
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Warnings) > 0 {
		t.Error(c.Warnings)
	}
	for _, target := range c.Targets() {
		if target.Policy.Name != name {
			t.Fatalf("%s has the policy %q", target.ID, target.Policy.Name)
		}
	}
	return c
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// The examples of the guide are policies, do what is expected of them, and are in the
// guide as they are.
func TestTheExamplesOfTheGuide(t *testing.T) {
	t.Parallel()
	found, err := filepath.Glob(root + "docs/examples/*.policy.yaml")
	if err != nil || len(found) < 6 {
		t.Fatal(found, err)
	}
	guide := read(t, root+"docs/policies.md")
	for _, path := range found {
		name := strings.TrimSuffix(filepath.Base(path), ".policy.yaml")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			policies := read(t, path)
			c := with(t, policies, name)
			all, err := expect.Parse([]byte(read(t, strings.TrimSuffix(path, ".policy.yaml")+".test.yaml")))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range expect.Check(c.Conditions, c.Targets(), all) {
				t.Error(f)
			}
			for _, rule := range c.Targets()[0].Policy.Rules {
				if err := c.Conditions.Check(rule.When); err != nil {
					t.Error(err)
				}
			}
			if !strings.Contains(guide, "```yaml\n"+policies+"```") {
				t.Error("docs/policies.md does not show it")
			}
			if !strings.Contains(guide, "(examples/"+name+".test.yaml)") {
				t.Error("docs/policies.md does not name its expectations")
			}
		})
	}
}

const people = "people:\n  ada: {login: ada@example.com, groups: [00g5dataEngineers001]}\nexpect:\n"

// question is one of an hour of prod/Viewer on a Tuesday morning, but for what is said
// otherwise.
func question(rest string) string {
	fields := map[string]string{"who": "ada", "target": "prod/Viewer", "duration": "1h", "at": `"2026-11-24T10:00:00+01:00"`}
	text := people + "  - {name: q"
	for _, f := range []string{"who", "target", "duration", "at"} {
		if !regexp.MustCompile(`(^|, )` + f + `: `).MatchString(rest) {
			text += ", " + f + ": " + fields[f]
		}
	}
	return text + ", " + rest + "}\n"
}

func TestWhatIsExpectedAndWhatCame(t *testing.T) {
	t.Parallel()
	c := with(t, read(t, root+"docs/examples/office-hours.policy.yaml"), "office-hours")
	for rest, want := range map[string]string{
		`auto: a short look in office hours`: "",
		`auto: another`:                      `expected auto "another"|came     auto "a short look in office hours"|a short look in office hours: holds`,
		`stages: [manager]`:                  `expected stages "manager"|came     auto`,
		`refused: longer`:                    "expected refused: … longer …|came     auto",
		`max_duration: 1h`:                   "expected max_duration 1h0m0s|came     auto",
		`auto: a short look in office hours, max_duration: 2h`:           `expected auto "a short look in office hours", max_duration 2h0m0s|came     auto`,
		`reason: x, auto: a short look in office hours`:                  "",
		`target: prod/Nothing, stages: [manager]`:                        "came     refused: |no access named \"prod/Nothing\"",
		`duration: 3h, stages: [manager, security]`:                      `expected stages "manager", "security"|came     stages "manager"|does not hold`,
		`duration: 9h, refused: longer than prod/Viewer allows`:          "",
		`duration: 9h, auto: a short look in office hours`:               "came     refused: |longer than prod/Viewer allows",
		`duration: 9h, refused: something else that nobody ever said`:    "came     refused: ",
		`at: "2026-11-28T10:00:00+01:00", stages: [manager]`:             "",
		`at: "2026-11-24T22:00:00Z", auto: a short look in office hours`: `came     stages "manager"`,
	} {
		all, err := expect.Parse([]byte(question(rest)))
		if err != nil {
			t.Errorf("%s: %v", rest, err)
			continue
		}
		failed := fmt.Sprint(expect.Check(c.Conditions, c.Targets(), all))
		if want == "" && failed != "[]" {
			t.Errorf("%s: %s", rest, failed)
		}
		for _, w := range strings.Split(want, "|") {
			if !strings.Contains(failed, w) {
				t.Errorf("%s: no %q in %s", rest, w, failed)
			}
		}
	}
}

func TestAFileOfExpectationsThatIsWrong(t *testing.T) {
	t.Parallel()
	for text, words := range map[string]string{
		"":                                  "",
		"expect: []":                        "nothing is expected",
		"expect: {":                         "not a file of expectations",
		question("atuo: x"):                 "unknown field",
		question("auto: x, stages: [a]"):    "expect one of auto, stages and refused",
		question("reason: x"):               "expect one of auto, stages and refused",
		question("who: ben, auto: x"):       `nobody "ben" in people: ada`,
		question("at: yesterday, auto: x"):  "is not a time like",
		question("duration: long, auto: x"): "duration: ",
		question("max_duration: -1h"):       "max_duration: ",
		question(`target: "", auto: x`):     "target is missing",
	} {
		if _, err := expect.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
