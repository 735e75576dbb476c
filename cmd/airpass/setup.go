package main

import (
	"cmp"
	"encoding/json"
	"regexp"

	"airpass/config"
	"airpass/setup"
)

type setupCommands struct {
	Plan  setupPlan  `cmd:"" help:"Show what setup apply would make and change: permission sets, their assignment to groups, Okta groups."`
	Apply setupApply `cmd:"" help:"Make it so, after asking."`
	IAM   setupIAM   `cmd:"" name:"iam" help:"Print the IAM policies that airpass needs, and no more than it needs."`
	Okta  setupOkta  `cmd:"" help:"Print what airpass needs in Okta: role, resource set, scopes, groups."`
	Slack setupSlack `cmd:"" help:"Print the Slack app's manifest."`
	SAML  setupSAML  `cmd:"" name:"saml" help:"Print how the SAML application of each environment is made in the console, and look whether it is there."`
}

type setupIAM struct {
	configured
	Principal string `placeholder:"ARN" help:"What airpass runs as (with --setup: who runs setup), like arn:aws:iam::999999999999:role/airpass: then trust policies are printed too."`
	Setup     bool   `help:"Print instead what setup plan and setup apply need, for a role of its own."`
	JSON      bool   `name:"json" help:"Write it as JSON."`
}

// Help is shown by --help.
func (setupIAM) Help() string {
	return `The policies are written from the calls that airpass makes and from the targets of the configuration file. They name the
permission sets and accounts that are assigned now: a target that is taken out of the file is still revoked, so take it out of
the policy once nobody holds it ("airpass config check --against-store" tells). For example:

    airpass setup iam --principal arn:aws:iam::999999999999:role/airpass
    airpass setup iam --setup --principal arn:aws:iam::999999999999:role/platform-admin`
}

var principalARN = regexp.MustCompile(`^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/[\w+=,.@/-]+$`)

// Run prints one policy for each role.
func (c setupIAM) Run(s streams) error {
	if c.Principal != "" && !principalARN.MatchString(c.Principal) {
		return usage("--principal %q is not the ARN of a role or user, like arn:aws:iam::999999999999:role/airpass", c.Principal)
	}
	cfg, err := c.setupForm()
	if err != nil {
		return err
	}
	roles := deployment(cfg, c.Principal).Roles()
	if c.Setup {
		roles = []setup.IAMRole{deployment(cfg, c.Principal).SetupRole()}
	}
	if c.JSON {
		enc := json.NewEncoder(s.out)
		enc.SetIndent("", "  ")
		return enc.Encode(roles)
	}
	for i, r := range roles {
		if i > 0 {
			s.printf("\n")
		}
		who := r.ARN
		if who == "" {
			who = "(no role of the configuration)"
		}
		s.printf("# %s: %s\n%s\n", who, r.Purpose, r.Policy)
		if r.Trust != nil {
			s.printf("\n# %s: its trust policy\n%s\n", who, r.Trust)
		}
	}
	for _, t := range cfg.Targets() {
		if t.PermissionSet == "" && !c.Setup {
			s.printf("\n# The permission set of %s is still to be made: print this again when its ARN is in the file.\n", t.ID)
		}
	}
	if c.Principal == "" {
		s.printf("\n# Trust policies are printed with --principal.\n")
	}
	return nil
}

func deployment(cfg *config.Config, principal string) setup.Deployment {
	accounts, logins := map[string]setup.Assumed{}, map[string]setup.Assumed{}
	for id, a := range cfg.AWS.Accounts {
		accounts[id] = setup.Assumed{ARN: a.RoleARN, ExternalID: a.ExternalID}
		logins[id] = setup.Assumed{ARN: a.LoginRoleARN, ExternalID: a.LoginExternalID}
	}
	d := setup.Deployment{
		Instance: cfg.AWS.InstanceARN, IdentityCenter: setup.Assumed{ARN: cfg.AWS.RoleARN, ExternalID: cfg.AWS.ExternalID},
		Setup:    setup.Assumed{ARN: cfg.AWS.Setup.RoleARN, ExternalID: cfg.AWS.Setup.ExternalID},
		Accounts: accounts, Logins: logins, Targets: cfg.Targets(), ByPrincipal: cfg.AWS.AssignmentLookup == "principal", Principal: principal,
		SecretsRegion: cmp.Or(cfg.Secrets.Region, cfg.AWS.Region),
	}
	d.History = cfg.LastUse.EventHistory
	for _, g := range cfg.LastUse.LogGroups {
		d.LogGroups = append(d.LogGroups, g.ARN)
	}
	if cuts := cfg.AWS.Cuts; cuts != nil {
		d.Cutting, d.Cuts = true, setup.Assumed{ARN: cuts.RoleARN, ExternalID: cuts.ExternalID}
	}
	if bucket := cfg.Audit.AnchorBucket; bucket != nil {
		d.Anchors, d.AnchorBucket, d.AnchorPrefix = setup.Assumed{ARN: bucket.RoleARN, ExternalID: bucket.ExternalID}, bucket.Bucket, bucket.Prefix
	}
	for _, k := range cfg.Kept() {
		if k.Parameter {
			d.Parameters = append(d.Parameters, k.Name)
		} else {
			d.Secrets = append(d.Secrets, k.Name)
		}
	}
	return d
}

type setupOkta struct {
	configured
	Setup bool `help:"Print instead what setup plan and setup apply need, for a role of its own."`
}

// Help is shown by --help.
func (setupOkta) Help() string {
	return `The groups are those of the configuration file. For example:

    airpass setup okta --config airpass.yaml`
}

// Run prints the steps.
func (c setupOkta) Run(s streams) error {
	cfg, err := c.setupForm()
	if err != nil {
		return err
	}
	n := setup.NeedsOfOkta(cfg.Targets())
	n.OrgURL, n.Application, n.Service = cfg.Okta.OrgURL, cfg.Okta.IdentityCenterApp, cfg.Okta.ClientID != ""
	if c.Setup {
		n.Service = cfg.Okta.Setup != nil && cfg.Okta.Setup.ClientID != "" || cfg.Okta.Setup == nil && n.Service
		s.printf("%s", n.Setup())
		return nil
	}
	s.printf("%s", n)
	return nil
}

type setupSlack struct {
	Command string `default:"/airflow" placeholder:"COMMAND" help:"The command, as slack.command has it (/airflow)."`
	URL     string `name:"url" placeholder:"URL" help:"For HTTP mode: where Slack's requests reach airpass, like https://airpass.example.com/slack."`
}

// Help is shown by --help.
func (setupSlack) Help() string {
	return `Paste it at https://api.slack.com/apps > Create New App > From a manifest. It is needed before there is a configuration file,
and so reads none. Without --url it is for Socket Mode. For example:

    airpass setup slack --url https://airpass.example.com/slack`
}

var slashCommand = regexp.MustCompile(`^/[a-z0-9_-]{1,31}$`)

// Run prints the manifest.
func (c setupSlack) Run(s streams) error {
	if !slashCommand.MatchString(c.Command) {
		return usage("--command %q is not a command like /airflow: lower case, no spaces", c.Command)
	}
	text, err := setup.Manifest(c.Command, c.URL)
	if err != nil {
		return usage("--url: %v", err)
	}
	s.printf("%s", text)
	return nil
}
