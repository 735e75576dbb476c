package setup

import (
	"fmt"
	"slices"
	"strings"

	"airpass/access"
)

// TileName is what the SAML application of an environment is called, unless the
// configuration says otherwise: as in AWS's own write-up.
// See https://aws.amazon.com/blogs/compute/using-okta-as-an-identity-provider-with-amazon-mwaa/.
const TileName = "AWS_SSO_Amazon_MWAA"

// Tile is the SAML application of an environment, as it is to be: a tile of the access
// portal. It cannot be made by API, so that its page tells people how.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreateApplication.html.
type Tile struct {
	Environment access.Environment
	Label       string // as people read the environment's name
	Name        string
	ARN         string // as the configuration has it; empty: it is found by its name
	Home        string // Identity Center's region
	StartURL    string // where the tile leads
	// Server is the web server's host and SignIn the page of it that signs people in;
	// empty if MWAA did not tell them.
	Server, SignIn string
}

// Description is what the application says of itself.
func (t Tile) Description() string {
	return "Airflow of " + t.Environment.Name + ". Who has access is up to airpass, in Slack"
}

// readFrom is how to put together what MWAA did not tell.
func (t Tile) readFrom(value, otherwise string) string {
	if value != "" {
		return value
	}
	return "<" + otherwise + ">"
}

// Values are what is typed into the console, by the console's own names.
// See https://docs.aws.amazon.com/singlesignon/latest/userguide/customermanagedapps-saml2-setup.html.
func (t Tile) Values() map[string]string {
	return map[string]string{
		"Display name": t.Name, "Description": t.Description(), "Application start URL": t.StartURL,
		"Application ACS URL":       t.readFrom(t.SignIn, "https://, the web server's name, /aws_mwaa/aws-console-sso"),
		"Application SAML audience": t.readFrom(t.server(), "https:// and the web server's name"),
		"Subject":                   "${user:subject}", "Format": "unspecified",
	}
}

// Page is the page to follow in the console, step by step, with every value.
func (t Tile) Page() string {
	var b strings.Builder
	values, n := t.Values(), 0
	step := func(words string) { n++; fmt.Fprintf(&b, "%3d. %s\n", n, words) }
	line := func(name, is string) { fmt.Fprintf(&b, "       %-28s %s\n", name, is) }
	value := func(name string) { line(name, values[name]) }
	note := func(words string) { fmt.Fprintf(&b, "       %s\n", words) }
	fmt.Fprintf(&b, "%s (%s): the SAML application %s\n\n", t.Label, t.Environment.Key, t.Name)
	step("Sign in to the AWS console of the account that administers IAM Identity Center, region " + t.Home + ".")
	step("IAM Identity Center > Applications > Customer managed > Add application.")
	step("I have an application I want to set up; SAML 2.0; Next.")
	step("Configure application:")
	value("Display name")
	value("Description")
	step("Application properties:")
	value("Application start URL")
	line("Relay state", "(leave it empty)")
	line("Session duration", "(leave it as it is)")
	note("The start URL is what the tile opens: the portal signs the person in to the account " + t.Environment.Account + ", and the console's")
	note("page of the environment opens Airflow. It is no secret, and opens nothing to anybody without access.")
	step("Application metadata: Manually type your metadata values.")
	value("Application ACS URL")
	value("Application SAML audience")
	note("Where they are from: Amazon MWAA console, region " + t.Environment.Region + ", Environments > " + t.Environment.Name + " > Details > Airflow UI.")
	note("The form wants both; MWAA reads no assertion, and with a start URL none is sent.")
	step("Submit. Then, on the application's own page, Actions > Edit attribute mappings; save.")
	line("User attribute", "Subject")
	line("Maps to", values["Subject"])
	value("Format")
	step("Assign nobody there. Where the console asks, assignments stay required.")
	step("airpass setup saml again: it finds the application, and says what to write in the file.")
	return b.String()
}

func (t Tile) server() string {
	if t.Server == "" {
		return ""
	}
	return "https://" + t.Server
}

// Find looks for the application among all of the instance: by its ARN, or, while the
// configuration has none, by its name. Without one, why says in words what is the matter.
func (t Tile) Find(all []access.Application) (arn, why string) {
	var found []string
	for _, a := range all {
		if t.ARN == a.ARN && t.ARN != "" {
			return a.ARN, ""
		}
		if t.ARN == "" && a.Name == t.Name {
			found = append(found, a.ARN)
		}
	}
	switch {
	case t.ARN != "":
		return "", "there is no application " + t.ARN
	case len(found) == 0:
		return "", "there is no application called " + t.Name + " yet: follow the page, and run this again"
	case len(found) > 1:
		slices.Sort(found)
		return "", fmt.Sprintf("%d applications are called %s: write the ARN of the right one: %s", len(found), t.Name, strings.Join(found, ", "))
	}
	return found[0], ""
}

// Deviations says in which ways an application is not as it has to be, as far as the API
// shows it. Metadata and mapping are not among that.
func (t Tile) Deviations(a access.Application) []Deviation {
	var all []Deviation
	add := func(unwise bool, result, means, mend string) {
		all = append(all, Deviation{Result: result, Means: means, Mend: mend, Unwise: unwise})
	}
	if a.Protocol != "" && a.Protocol != "SAML" {
		add(false, "the application "+a.Name+" signs people in by "+a.Protocol+", not SAML", "it is another application", "write the ARN of the SAML application as saml_application")
	}
	if !a.Enabled {
		add(false, "the application "+a.Name+" is disabled", "nobody sees its tile", "enable it (Applications > Actions)")
	}
	if !a.Visible {
		add(false, "the application "+a.Name+" is hidden in the access portal", "nobody sees its tile", "make it visible in the access portal")
	}
	if !a.Required {
		add(false, "everybody has the tile of "+a.Name+", assigned or not", "it does not come and go with access (which it does not open)", "require assignments (the application's page > Assignments required)")
	}
	if a.Refused != "" {
		add(true, "AWS does not take assignments of "+a.Name+" by API: "+a.Refused, "the tile does not come and go; grants go on without it", "assign the application in the console to a group of those who may ask")
	}
	if len(a.Groups) > 0 && a.Refused == "" {
		add(true, fmt.Sprintf("%s is assigned to %d groups", a.Name, len(a.Groups)), "who is in them has the tile for good (which opens nothing)", "take those assignments away, if that is not meant")
	}
	if a.URL != "" && a.URL != t.StartURL {
		add(true, "the tile leads to "+a.URL, "it may not arrive in Airflow", "write "+t.StartURL+" as Application start URL")
	}
	return all
}
