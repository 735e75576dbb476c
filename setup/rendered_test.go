package setup_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"airpass/access"
	"airpass/setup"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a text with its file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || string(want) != got+"\n" {
		t.Errorf("%s (%v):\n%s", path, err, got)
	}
}

// everyPartition is an environment in each.
func everyPartition() map[string]access.Environment {
	return map[string]access.Environment{
		"aws":        {Key: "prod", Account: "222222222222", Region: "eu-west-1", Partition: "aws", Name: "data-prod"},
		"aws-cn":     {Key: "prod", Account: "222222222222", Region: "cn-north-1", Partition: "aws-cn", Name: "data-prod"},
		"aws-us-gov": {Key: "prod", Account: "222222222222", Region: "us-gov-west-1", Partition: "aws-us-gov", Name: "data-prod"},
	}
}

func TestThePolicyOfAPermissionSet(t *testing.T) {
	t.Parallel()
	for partition, env := range everyPartition() {
		golden(t, "inline-"+partition+".json", setup.Inline(access.Target{Environment: env, Role: access.Viewer}, nil).String())
	}
	golden(t, "inline-everything.json", setup.Inline(access.Target{Environment: everyPartition()["aws"], Role: access.Admin, CLI: true},
		[]string{"airflow:ListTagsForResource", "airflow:ListEnvironments"}).String())
	for name, cut := range map[string][]string{"one": {bob}, "two": {bob, ann, bob}} {
		golden(t, "inline-cut-"+name+".json", setup.Inline(access.Target{Environment: everyPartition()["aws"], Role: access.Viewer}, nil, cut...).String())
	}
}

// Users of Identity Center.
const (
	ann = "93e404b2-10a1-70c2-3a4b-0d9f4c8b7e10"
	bob = "a3f4c4d2-5081-7029-8f6a-1b2c3d4e5f60"
)

// Whoever is cut, and in whatever order, the same people make the same policy, and AWS
// takes that of a hundred and fifty.
func TestCutsAreRenderedInOneOrder(t *testing.T) {
	t.Parallel()
	target := access.Target{Environment: everyPartition()["aws"], Role: access.Viewer}
	if a, b := setup.Inline(target, nil, ann, bob).String(), setup.Inline(target, nil, bob, ann).String(); a != b {
		t.Errorf("%s\n%s", a, b)
	}
	var many []string
	for n := range 150 {
		many = append(many, fmt.Sprintf("%08x-10a1-70c2-3a4b-0d9f4c8b7e10", n))
	}
	d := setup.Inline(target, nil, many...)
	if n, spaces := d.Bytes(), len(d.String()); n > setup.MostBytes || n >= spaces || n < 150*len(many[0]) {
		t.Errorf("%d bytes of %d", n, spaces)
	}
}

// What is rendered is what doctor and drift want to see, whatever the target.
func TestNothingIsAmissInWhatIsRendered(t *testing.T) {
	t.Parallel()
	for _, env := range everyPartition() {
		for _, role := range access.Roles() {
			for _, cli := range []bool{false, true} {
				for _, console := range [][]string{nil, {"airflow:ListEnvironments"}} {
					target := access.Target{Environment: env, Role: role, CLI: cli}
					for _, cut := range [][]string{nil, {ann}, {bob, ann}} {
						if found := setup.Deviations(target, console, setup.Inline(target, console, cut...).String()); len(found) > 0 {
							t.Errorf("%s cli %v, %d cut: %+v", setup.RoleARN(env, role), cli, len(cut), found)
						}
					}
				}
			}
		}
	}
}

// Each statement that is taken out, and each that is widened, is seen.
func TestWhatIsAmissIsSeen(t *testing.T) {
	t.Parallel()
	target := access.Target{Environment: everyPartition()["aws"], Role: access.User, CLI: true}
	console := []string{"airflow:ListEnvironments"}
	whole := setup.Inline(target, console)
	for i := range whole.Statement {
		less := setup.Document{Version: whole.Version, Statement: append(append([]setup.Statement{}, whole.Statement[:i]...), whole.Statement[i+1:]...)}
		found := setup.Deviations(target, console, less.String())
		if len(found) != 1 || !strings.Contains(found[0].Result, whole.Statement[i].Action[0]) || found[0].Mend == "" || found[0].Means == "" {
			t.Errorf("without %s: %+v", whole.Statement[i].Sid, found)
		}
	}
	for policy, says := range map[string]string{
		strings.Replace(whole.String(), "role/data-prod/User", "role/data-prod/*", 1):    "it also opens the role Admin",
		strings.Replace(whole.String(), "role/data-prod/User", "role/data-prod/user", 1): "CreateWebLoginToken is not allowed",
		"{": "cannot be read",
		"":  "no inline policy",
	} {
		found := setup.Deviations(target, console, policy)
		said := ""
		for _, d := range found {
			said += d.Result + "\n"
		}
		if !strings.Contains(said, says) {
			t.Errorf("%q is not in %q of %s", says, said, policy)
		}
	}
	quiet := target
	quiet.CLI = false
	if found := setup.Deviations(quiet, console, whole.String()); len(found) != 1 || !found[0].Unwise {
		t.Errorf("the command line is given away: %+v", found)
	}
}

func TestPoliciesAreComparedByWhatTheySay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{`{"a": [1, "x"], "b": {}}`, `{"b":{},"a":[1,"x"]}`, true},
		{`{"a": [1, "x"]}`, `{"a": ["x", 1]}`, false},
		{`{"a": 1}`, ``, false},
		{`half of {`, ` half of {`, true},
	} {
		if setup.SamePolicy(c.a, c.b) != c.same {
			t.Errorf("%s and %s", c.a, c.b)
		}
	}
}
