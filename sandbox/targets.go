package sandbox

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"airpass/sandbox/identitycenter"
	"airpass/sandbox/mwaa"
	"airpass/sandbox/sts"
)

// The AWS side of the town.
const (
	region            = "eu-west-1"
	managementAccount = "111122223333"
	prodAccount       = "444455556666"
	devAccount        = "777788889999"

	// keyID and keySecret are the access key of the bot's own identity: as secret as
	// the sandbox is, and the same in every world.
	keyID     = "AKIASANDBOXAIRPASS00"
	keySecret = "sandbox-airpass-secret" //nolint:gosec // opens the sandbox only

	centerRole = "airpass-identity-center" // assumed for Identity Center
	setupRole  = "airpass-setup"           // assumed by airpass setup
	mwaaRole   = "airpass-mwaa"            // assumed for MWAA, in each account
	loginRole  = "airpass-login"           // assumed in a person's name, in each account
	externalID = "airpass-sandbox"
)

// The ways in which a target is granted.
const (
	modeGroup = "group"
	modeUser  = "user"
)

// Target is something that can be asked for, with the vendors' ids of what grants it.
type Target struct {
	ID          string `json:"id"` // "prod/User"
	Environment string `json:"environment"`
	Role        string `json:"role"`
	Mode        string `json:"mode"` // group or user
	Account     string `json:"account"`
	// MWAAName is the environment's name at AWS.
	MWAAName          string `json:"mwaa_name"`
	PermissionSet     string `json:"permission_set"` // ARN
	PermissionSetName string `json:"permission_set_name"`
	OktaGroup         string `json:"okta_group,omitempty"`
	// IdentityCenterGroup is what OktaGroup is pushed to.
	IdentityCenterGroup string `json:"identity_center_group,omitempty"`

	marker bool // a bare world: an Okta group is to be made for it
	offer
}

// offer is what a target's entry in the configuration says beyond ids.
type offer struct {
	requesters []string // names of groups
	approvers  []string // YAML, in flow style
	session    time.Duration
	usual, max time.Duration
}

// place is an MWAA environment of the town and what is offered there.
type place struct {
	key, label, name, account string
	version                   string
	mode                      mwaa.AccessMode
	owners                    []string // keys of people
	roles                     []opening
}

// opening is one Airflow role of a place.
type opening struct {
	role string
	mode string
	// group is the Okta group that grants it, or in mode user goes with it.
	group string
	offer
}

const (
	byManager  = "manager"
	byOwners   = "environment_owners"
	bySecurity = "{okta_group: " + groupSecurity + "}" // the name is replaced by the id
)

func environments() []place {
	engineers := []string{groupEngineers}
	return []place{
		{key: "prod", label: "Production", name: "data-platform-prod", account: prodAccount, version: "2.10.3", mode: mwaa.PublicOnly, owners: []string{"olivia"},
			roles: []opening{
				{role: "Viewer", mode: modeUser, offer: offer{requesters: engineers, approvers: []string{byManager}, max: 12 * time.Hour}},
				{role: "User", mode: modeUser, group: "airflow-prod-user", offer: offer{requesters: engineers, approvers: []string{byManager, byOwners}}},
				{role: "Op", mode: modeUser, offer: offer{requesters: engineers, approvers: []string{byOwners}, max: 4 * time.Hour}},
				{role: "Admin", mode: modeUser, offer: offer{requesters: []string{groupPlatform}, approvers: []string{bySecurity}, usual: 30 * time.Minute, max: 2 * time.Hour}},
			}},
		{key: "dev", label: "Development", name: "data-platform-dev", account: devAccount, version: "3.0.6", mode: mwaa.PublicOnly, owners: []string{"olivia", "grace"},
			roles: []opening{
				{role: "User", mode: modeGroup, group: "airflow-dev-user", offer: offer{approvers: []string{byManager, byOwners}, session: 4 * time.Hour, max: 12 * time.Hour}},
				{role: "Admin", mode: modeUser, offer: offer{requesters: engineers, approvers: []string{byOwners}}},
			}},
		{key: "finance", label: "Finance (private)", name: "finance-close", account: prodAccount, version: "2.9.2", mode: mwaa.PrivateOnly, owners: []string{"olivia"},
			roles: []opening{
				{role: "Viewer", mode: modeUser, offer: offer{requesters: engineers, approvers: []string{byManager}}},
			}},
	}
}

// moreEnvironments adds environments of four roles each until there are sets
// permission sets in all.
func moreEnvironments(sets int) []place {
	have := 0
	for _, p := range environments() {
		have += len(p.roles)
	}
	var all []place
	for n := 1; have < sets; n++ {
		key := "team" + strconv.Itoa(n)
		account := []string{prodAccount, devAccount}[n%2]
		p := place{key: key, label: "Team " + strconv.Itoa(n), name: key + "-airflow", account: account, version: "2.10.3", mode: mwaa.PublicOnly, owners: []string{"olivia"}}
		for _, role := range []string{"Viewer", "User", "Op", "Admin"} {
			if have == sets {
				break
			}
			p.roles = append(p.roles, opening{role: role, mode: modeUser, offer: offer{approvers: []string{byManager}}})
			have++
		}
		all = append(all, p)
	}
	return all
}

// Targets returns everything that can be asked for.
func (w *World) Targets() []Target { return append([]Target(nil), w.town.targets...) }

// Target returns a target by its id ("prod/User"); the zero Target if there is none.
func (w *World) Target(id string) Target {
	for _, t := range w.town.targets {
		if t.ID == id {
			return t
		}
	}
	return Target{}
}

// settleAccounts makes the accounts and the roles under which airpass works in them.
func (w *World) settleAccounts() error {
	bot := w.STS.BaseKey().ARN
	for _, name := range []string{centerRole, setupRole} {
		if err := w.STS.AddRole(sts.Role{ARN: roleARN(managementAccount, name), Trusts: []string{bot}, ExternalID: externalID}); err != nil {
			return err
		}
	}
	for id, name := range map[string]string{prodAccount: "data-prod", devAccount: "data-dev"} {
		if err := w.IdentityCenter.AddAccount(id, name); err != nil {
			return err
		}
		if err := w.STS.AddRole(sts.Role{ARN: roleARN(id, mwaaRole), Trusts: []string{bot}, ExternalID: externalID}); err != nil {
			return err
		}
		read := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"airflow:GetEnvironment","Resource":"*"}]}`
		if err := w.MWAA.SetPolicy(id, "role/"+mwaaRole, read); err != nil {
			return err
		}
		if err := w.STS.AddRole(sts.Role{ARN: roleARN(id, loginRole), Trusts: []string{bot}, ExternalID: externalID, NamesSource: true}); err != nil {
			return err
		}
		// More than any one person may: what is left of it is up to the session's policy.
		login := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"airflow:CreateWebLoginToken","Resource":"arn:aws:airflow:*:` + id + `:role/*"}]}`
		if err := w.MWAA.SetPolicy(id, "role/"+loginRole, login); err != nil {
			return err
		}
	}
	return w.STS.AddRole(sts.Role{ARN: roleARN(managementAccount, cutsRole), Trusts: []string{bot}, ExternalID: externalID})
}

// cutsRole is assumed to write policies of permission sets, where sessions are cut.
const cutsRole = "airpass-cuts"

// LoginRole is the role under which people are signed in to Airflow in an account, for
// configurations with instant links; the external id is that of the other roles.
func (w *World) LoginRole(account string) string { return roleARN(account, loginRole) }

func roleARN(account, name string) string { return "arn:aws:iam::" + account + ":role/" + name }

// settleEnvironments makes the environments with a permission set for each role that
// is offered there.
func (w *World) settleEnvironments(places []place) error {
	for _, p := range places {
		made, err := w.MWAA.Add(mwaa.Environment{Account: p.account, Region: region, Name: p.name, AirflowVersion: p.version,
			AccessMode: p.mode, Tags: map[string]string{"team": p.key}})
		if err != nil {
			return fmt.Errorf("environment %s: %w", p.key, err)
		}
		if err := w.settleTile(p, made); err != nil {
			return fmt.Errorf("the tile of %s: %w", p.key, err)
		}
		for _, o := range p.roles {
			t, err := w.target(p, made, o)
			if err != nil {
				return fmt.Errorf("target %s/%s: %w", p.key, o.role, err)
			}
			w.town.targets = append(w.town.targets, t)
		}
	}
	return nil
}

// settleTile makes an environment's SAML application, in worlds that have them.
func (w *World) settleTile(p place, env mwaa.Environment) error {
	if !w.tiles {
		return nil
	}
	server := "https://" + env.Hostname
	app, err := w.IdentityCenter.MakeSAML(identitycenter.Application{Name: "AWS_SSO_Amazon_MWAA_" + p.key, Description: "Airflow of " + p.name,
		URL:  w.startURL(p),
		SAML: identitycenter.SAML{ACS: server, Audience: server, Subject: "${user:subject}", Format: "unspecified"}})
	if w.town.tiles == nil {
		w.town.tiles = map[string]string{}
	}
	w.town.tiles[p.key] = app.ARN
	return err
}

// startURL leads to an environment in one of the roles that a person has there, or in the
// only one that there is.
func (w *World) startURL(p place) string {
	role := ""
	if len(p.roles) == 1 {
		role = "&role_name=airflow-" + p.key + "-" + strings.ToLower(p.roles[0].role)
	}
	return w.sites.portal.URL() + "/start/#/console?account_id=" + p.account + role + "&destination=" +
		url.QueryEscape(w.sites.portal.URL()+"/mwaa/home?region="+region+"#environments/"+p.name+"/sso")
}

// Tile is the ARN of an environment's SAML application; empty if it has none.
func (w *World) Tile(environment string) string { return w.town.tiles[environment] }

// HasTile says whether the access portal shows a person the tile of an environment.
func (w *World) HasTile(login, environment string) bool {
	shown, err := w.IdentityCenter.ApplicationsOf(login)
	return err == nil && slices.ContainsFunc(shown, func(a identitycenter.Application) bool { return a.ARN == w.Tile(environment) })
}

func (w *World) target(p place, env mwaa.Environment, o opening) (Target, error) {
	t := Target{ID: p.key + "/" + o.role, Environment: p.key, Role: o.role, Mode: o.mode, Account: p.account, MWAAName: p.name,
		PermissionSetName: "airflow-" + p.key + "-" + strings.ToLower(o.role), offer: o.offer}
	if t.session == 0 {
		t.session = time.Hour
	}
	if w.bare {
		t.PermissionSetName, t.marker = "", o.group != ""
		return t, nil
	}
	set, err := w.IdentityCenter.AddPermissionSet(identitycenter.PermissionSet{Name: t.PermissionSetName, SessionDuration: t.session,
		Description: "Airflow " + o.role + " in " + p.name, InlinePolicy: policy(env, o.role), Tags: map[string]string{"airpass": t.ID}})
	if err != nil {
		return t, err
	}
	t.PermissionSet = set.ARN
	if o.group == "" {
		return t, nil
	}
	if t.OktaGroup, err = w.group(o.group); err != nil || o.mode == modeUser {
		return t, err
	}
	// The group holds the permission set from the beginning; a grant is membership.
	if t.IdentityCenterGroup, err = w.Okta.PushGroup(t.OktaGroup); err != nil {
		return t, err
	}
	return t, w.IdentityCenter.Assign(identitycenter.Assignment{Account: p.account, PermissionSetARN: set.ARN,
		PrincipalType: identitycenter.PrincipalGroup, PrincipalID: t.IdentityCenterGroup})
}

// policy lets a role open an environment's Airflow from the console in one Airflow
// role, whose name is capitalised in the resource.
// See https://docs.aws.amazon.com/mwaa/latest/userguide/access-policies.html.
func policy(env mwaa.Environment, role string) string {
	return `{"Version":"2012-10-17","Statement":[` +
		`{"Effect":"Allow","Action":"airflow:GetEnvironment","Resource":"` + env.ARN() + `"},` +
		`{"Effect":"Allow","Action":"airflow:CreateWebLoginToken","Resource":"` + env.RoleARN(role) + `"}]}`
}
