package mwaa

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"airpass/access"
	"airpass/awsconfig"
)

// Forms of what goes into links. The names are MWAA's and Identity Center's own:
// https://docs.aws.amazon.com/mwaa/latest/API/API_Environment.html,
// https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_PermissionSet.html.
var (
	accountForm       = regexp.MustCompile(`^\d{12}$`)
	regionForm        = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d+$`)
	environmentForm   = regexp.MustCompile(`^[a-zA-Z][0-9a-zA-Z_-]{0,79}$`)
	permissionSetForm = regexp.MustCompile(`^[\w+=,.@-]{1,32}$`)
	placeholder       = regexp.MustCompile(`\{[^{}]*\}`)
)

// check refuses an environment that cannot exist.
func check(env access.Environment) error {
	switch {
	case !accountForm.MatchString(env.Account):
		return fmt.Errorf("%w: %q is not an AWS account of 12 digits", access.ErrInvalid, env.Account)
	case !regionForm.MatchString(env.Region):
		return fmt.Errorf("%w: %q is not an AWS region", access.ErrInvalid, env.Region)
	case !environmentForm.MatchString(env.Name):
		return fmt.Errorf("%w: %q is not the name of an MWAA environment", access.ErrInvalid, env.Name)
	}
	return nil
}

// Link returns the access portal's shortcut link with which a person signs in to an
// environment: through the portal and its identity provider, as themselves, under a
// permission set, to the console page that opens Airflow. It is no secret, does not
// expire, and opens nothing to anybody without the permission set.
//
// portalURL is the portal's, as its users know it ("https://example.awsapps.com/start",
// with or without "/" or "/#/" at its end). permissionSetName is the set's name, not
// that of its role. template, where not empty, is the address of the console page
// instead of the partition's own; {region}, {account} and {name} are replaced in it.
// The error wraps access.ErrInvalid.
// See https://docs.aws.amazon.com/singlesignon/latest/userguide/createshortcutlink.html.
func Link(portalURL string, env access.Environment, permissionSetName, template string) (string, error) {
	if !permissionSetForm.MatchString(permissionSetName) {
		return "", fmt.Errorf("%w: %q is not the name of a permission set", access.ErrInvalid, permissionSetName)
	}
	return link(portalURL, env, "&role_name="+encode(permissionSetName), template)
}

// Choice is Link without a permission set: the portal asks for one of those that the
// person has in the account.
func Choice(portalURL string, env access.Environment, template string) (string, error) {
	return link(portalURL, env, "", template)
}

func link(portalURL string, env access.Environment, role, template string) (string, error) {
	if err := check(env); err != nil {
		return "", err
	}
	portal, err := portalBase(portalURL)
	if err != nil {
		return "", err
	}
	page, err := destination(env, template)
	if err != nil {
		return "", err
	}
	return portal + "/#/console?account_id=" + encode(env.Account) + role + "&destination=" + encode(page), nil
}

// Parts is what a shortcut link says to the portal.
type Parts struct{ Portal, Account, PermissionSet, Destination string }

// Read takes a shortcut link apart as a browser and the portal do, each decoding once. The
// error wraps access.ErrInvalid and says why the link would not arrive where it was meant
// to: a "#" too many, or a page that was encoded twice.
func Read(link string) (Parts, error) {
	portal, query, found := strings.Cut(link, "#/console?")
	if !found || strings.Contains(query, "#") {
		return Parts{}, fmt.Errorf("%w: the link must have one #, before /console?", access.ErrInvalid)
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return Parts{}, fmt.Errorf("%w: what follows /console? cannot be read: %w", access.ErrInvalid, err)
	}
	p := Parts{portal, values.Get("account_id"), values.Get("role_name"), values.Get("destination")}
	page, err := url.Parse(p.Destination)
	switch {
	case p.Account == "" || p.PermissionSet == "":
		return p, fmt.Errorf("%w: the link names no account and permission set", access.ErrInvalid)
	case err != nil || page.Host == "" || page.Fragment == "" && strings.Contains(p.Destination, "%23"):
		return p, fmt.Errorf("%w: the page %q that the link leads to is no address, or encoded twice", access.ErrInvalid, p.Destination)
	}
	return p, nil
}

// encode escapes a value once. Spaces become %20, which every reader of a query
// understands, unlike "+".
func encode(value string) string { return strings.ReplaceAll(url.QueryEscape(value), "+", "%20") }

// portalBase is the portal's address without anything after its path.
func portalBase(portalURL string) (string, error) {
	u, err := url.Parse(portalURL)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || strings.Trim(u.Fragment, "/") != "" {
		return "", fmt.Errorf("%w: %q is not the address of an access portal", access.ErrInvalid, portalURL)
	}
	if !secure(u) {
		return "", fmt.Errorf("%w: the access portal's address %q must be https", access.ErrInvalid, portalURL)
	}
	u.Fragment, u.RawFragment = "", ""
	return strings.TrimRight(u.String(), "/"), nil
}

func secure(u *url.URL) bool {
	return u.Scheme == "https" || (u.Scheme == "http" && awsconfig.Loopback(u.Hostname()))
}

// destination is the console page that signs in to an environment's web server
// with the console's credentials. The portal takes console pages only.
func destination(env access.Environment, template string) (string, error) {
	if template == "" {
		host, err := consoleHost(env)
		if err != nil {
			return "", err
		}
		template = "https://" + host + "/mwaa/home?region={region}#environments/{name}/sso"
	}
	page := strings.NewReplacer("{region}", env.Region, "{account}", env.Account, "{name}", env.Name).Replace(template)
	if left := placeholder.FindString(page); left != "" {
		return "", fmt.Errorf("%w: the console page %q has %s; known are {region}, {account} and {name}", access.ErrInvalid, template, left)
	}
	u, err := url.Parse(page)
	if err != nil || u.Host == "" || u.User != nil || !secure(u) {
		return "", fmt.Errorf("%w: the console page %q is not an https address", access.ErrInvalid, template)
	}
	return page, nil
}

// consoleHost is the console of a region. A partition that is not given is told by
// the region's name.
// See https://docs.aws.amazon.com/awsconsolehelpdocs/latest/gsg/working-with-console.html.
func consoleHost(env access.Environment) (string, error) {
	partition := env.Partition
	if partition == "" {
		partition = partitionOf(env.Region)
	}
	switch partition {
	case "aws":
		return env.Region + ".console.aws.amazon.com", nil
	case "aws-cn":
		return env.Region + ".console.amazonaws.cn", nil
	case "aws-us-gov":
		return env.Region + ".console.amazonaws-us-gov.com", nil
	}
	return "", fmt.Errorf("%w: no console is known for the partition %q: give the console page's template", access.ErrInvalid, partition)
}

func partitionOf(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	case strings.HasPrefix(region, "us-iso"), strings.HasPrefix(region, "eu-isoe"), strings.HasPrefix(region, "eusc-"):
		return "of " + region
	}
	return "aws"
}
