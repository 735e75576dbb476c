package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"airpass/sandbox/mwaa"
	"airpass/sandbox/okta"
)

// link is what airpass link says of somebody's link, by a configuration file.
func (o *office) link(file, who, target string, code int) linkShown {
	o.t.Helper()
	r := cli(o.t, "link", "--config", file, "--user", o.Person(who).Login, "--target", target, "--json").want(o.t, code)
	var is linkShown
	o.check(json.Unmarshal([]byte(r.out), &is))
	if is.Works != (code == 0) || is.Target != target {
		o.t.Errorf("%+v", is)
	}
	return is
}

// says whether anything that was found says some words.
func (is linkShown) says(words string) bool {
	raw, _ := json.Marshal(is.Findings)
	return strings.Contains(string(raw), words)
}

func TestALinkIsExplained(t *testing.T) {
	t.Parallel()
	o := open(t)
	target := o.Target("prod/Viewer")
	args := []string{"link", "--user", "ada@example.com", "--target", "prod/Viewer"}
	o.cli(args...).want(t, exitFinding, "/start/#/console?account_id=", "grant: they have none of it", "would not work: grant")
	o.cli("link", "--user", "ada@example.com", "--target", "moon/Viewer").want(t, exitUsage, "moon/Viewer")
	o.serve()
	o.click(o.ask("ada", target, "see it explained"), "Approve")
	o.sees("ada", "see it explained", "Access is active")
	o.cli(args...).want(t, 0, "active until", "account_assignment: there", "read by the portal: account 444455556666, permission set airflow-prod-viewer, then https://", "/aws_mwaa/aws-console-sso, PUBLIC_ONLY", "The portal link of ada@example.com to prod/Viewer would work.")
	if is := o.link(o.file, "ben", "prod/Viewer", exitFinding); !is.says("they have none of it") || is.Link == "" {
		t.Errorf("%+v", is)
	}

	o.check(o.MWAA.SetStatus(target.Account, "eu-west-1", target.MWAAName, mwaa.Unavailable))
	if is := o.link(o.file, "ada", "prod/Viewer", exitFinding); !is.says("MWAA says UNAVAILABLE") {
		t.Errorf("%+v", is)
	}
	o.check(o.MWAA.SetStatus(target.Account, "eu-west-1", target.MWAAName, mwaa.Updating))
	if is := o.link(o.file, "ada", "prod/Viewer", 0); !is.says("MWAA says UPDATING") {
		t.Errorf("%+v", is)
	}
	o.check(o.MWAA.SetStatus(target.Account, "eu-west-1", target.MWAAName, mwaa.Available))
	for _, a := range o.IdentityCenter.Assignments() {
		if a.PermissionSetARN == target.PermissionSet {
			o.check(o.IdentityCenter.Unassign(a))
		}
	}
	if is := o.link(o.file, "ada", "prod/Viewer", exitFinding); !is.says("it is not there") {
		t.Errorf("%+v", is)
	}
	o.check(o.Okta.SetStatus("ada@example.com", okta.Suspended))
	o.cli(args...).want(t, exitFinding, "ada@example.com is SUSPENDED", "would not work: Okta")
}

// Every form of an environment: Airflow 2 and 3, either domain, with and without a scheme,
// in public and private. What is said of the link is what comes of following it.
func TestALinkIsWhatIsSaidOfIt(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.serve()
	for id, path := range map[string]string{"prod/Viewer": "/aws_mwaa/", "dev/Admin": "/pluginsv2/aws_mwaa/", "finance/Viewer": "/aws_mwaa/"} {
		target, private := o.Target(id), strings.HasPrefix(id, "finance")
		o.click(o.ask("ada", target, "into "+id), "Approve")
		o.sees("ada", "into "+id, "Access is active")
		for n, domain := range []string{"c7.airflow.eu-west-1.on.aws", "c19.eu-west-1.airflow.amazonaws.com"} {
			for _, bare := range []bool{false, true} {
				host := strings.ToLower(target.Environment) + "-" + string(rune('a'+n)) + "." + domain
				o.check(o.MWAA.SetWebserver(target.Account, "eu-west-1", target.MWAAName, host, bare))
				is := o.link(o.file, "ada", id, 0)
				if !is.says("https://"+host+path+"aws-console-sso") || is.Inside != private || is.Kind != "portal" || strings.Count(is.Link, "#") != 1 || strings.Contains(is.Link, "%25") {
					t.Errorf("%s at %s: %+v", id, host, is)
				}
				b := o.Browser("ada")
				if private {
					if out, err := b.Open(o.ctx(), is.Link); err != nil || out.RefusedCode != "private" {
						t.Errorf("%s from outside: %+v %v", id, out, err)
					}
					b.Header = http.Header{mwaa.InsideVPCHeader: {"yes"}}
				}
				if in, err := b.Open(o.ctx(), is.Link); err != nil || in.AirflowRole != target.Role || in.Environment != target.MWAAName {
					t.Errorf("%s at %s opens %+v %v", id, host, in, err)
				}
			}
		}
	}
}

func TestAnInstantLinkIsExplained(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.serve()
	target := o.Target("prod/Viewer")
	o.click(o.ask("ada", target, "at once"), "Approve")
	o.sees("ada", "at once", "Access is active")
	name := `permission_set_name: "` + target.PermissionSetName + `"`
	body, err := os.ReadFile(o.file)
	o.check(err)
	instant := filepath.Join(filepath.Dir(o.file), "instant.yaml")
	o.write(instant, []byte(strings.Replace(string(body), name, name+"\n    link: instant", 1)))
	if is := o.link(instant, "ada", "prod/Viewer", 0); is.Kind != "instant" || is.Link != "" || !is.says("airpass may sign them in, as Viewer alone") || !is.says("made when the button is clicked") {
		t.Errorf("%+v", is)
	}
	o.STS.RemoveRole(o.LoginRole(target.Account))
	if is := o.link(instant, "ada", "prod/Viewer", exitFinding); !is.says("sign-in") || !is.says("sts AssumeRole") || !is.says("airpass setup iam") {
		t.Errorf("%+v", is)
	}
	if n := o.MWAA.Tokens().WebLogin; n != 0 {
		t.Errorf("%d tokens were made", n)
	}
}
