package setup

import (
	"encoding/json"
	"reflect"
	"strings"

	"airpass/access"
)

// The actions that a target is about.
// See https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonmanagedworkflowsforapacheairflow.html.
const (
	actionLogin       = "airflow:CreateWebLoginToken"
	actionEnvironment = "airflow:GetEnvironment"
	actionCLI         = "airflow:CreateCliToken"
)

// Inline is the inline policy that a target's permission set is to have: to open
// Airflow in one role, the console page that leads there, and the command line only
// where the target says so. console are further actions that the page may need, on
// anything. It is the one rendering of it: airpass setup puts it, and Deviations holds
// to it what is there.
func Inline(t access.Target, console []string) Document {
	d := document(
		allow("OpenAirflow", []string{actionLogin}, []string{RoleARN(t.Environment, t.Role)}),
		allow("SeeEnvironment", []string{actionEnvironment}, []string{EnvironmentARN(t.Environment)}),
	)
	if t.CLI { // which knows no role: it is the whole environment's
		d.Statement = append(d.Statement, allow("CommandLineOfTheEnvironment", []string{actionCLI}, []string{EnvironmentARN(t.Environment)}))
	}
	if len(console) > 0 {
		d.Statement = append(d.Statement, allow("ConsolePage", console, []string{"*"}))
	}
	return d
}

// SamePolicy says whether two policies are the same but for the way they are written.
func SamePolicy(a, b string) bool {
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return strings.TrimSpace(a) == strings.TrimSpace(b)
	}
	return reflect.DeepEqual(x, y)
}
