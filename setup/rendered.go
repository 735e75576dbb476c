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
// anything. cut are the Identity Center users whose sessions are cut, in any order:
// they are denied everything. It is the one rendering of it: airpass setup and cuts put
// it, and Deviations holds to it what is there.
func Inline(t access.Target, console []string, cut ...string) Document {
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
	if len(cut) > 0 {
		d.Statement = append(d.Statement, deny(cut))
	}
	return d
}

// denySid names the statement that cuts sessions.
const denySid = "SessionsCut"

// deny is AWS's own statement to revoke the sessions of people: it holds for sessions
// that are open, too.
// See https://docs.aws.amazon.com/singlesignon/latest/userguide/prereqs-revoking-user-permissions.html.
func deny(users []string) Statement {
	return Statement{Sid: denySid, Effect: "Deny", Action: []string{"*"}, Resource: []string{"*"},
		Condition: Condition{"StringEquals": {"identitystore:userId": once(users)}}}
}

// MostBytes is how long an inline policy may be, not counting white space.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_PutInlinePolicyToPermissionSet.html.
const MostBytes = 10_240

// Bytes is how long a policy is as AWS counts it.
func (d Document) Bytes() int {
	n := 0
	for _, b := range []byte(d.String()) {
		if b != ' ' && b != '\n' && b != '\t' && b != '\r' {
			n++
		}
	}
	return n
}

// SamePolicy says whether two policies are the same but for the way they are written.
func SamePolicy(a, b string) bool {
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return strings.TrimSpace(a) == strings.TrimSpace(b)
	}
	return reflect.DeepEqual(x, y)
}

// CutIn are the people whose sessions a policy cuts, by our own statement. Setup knows of
// no others, and lifts none.
func CutIn(policy string) []string {
	var doc struct {
		Statement []struct {
			Sid, Effect string
			Condition   Condition
		}
	}
	if json.Unmarshal([]byte(policy), &doc) != nil {
		return nil
	}
	var all []string
	for _, s := range doc.Statement {
		if s.Sid == denySid && s.Effect == "Deny" {
			all = append(all, s.Condition["StringEquals"]["identitystore:userId"]...)
		}
	}
	return all
}
