package sandbox

import (
	"cmp"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"time"
)

// AWSKey is the access key of airpass's own identity in the sandbox, which the AWS
// SDK takes from its usual sources.
func (w *World) AWSKey() (id, secret string) {
	k := w.STS.BaseKey()
	return k.ID, k.Secret
}

// Environ is what a process that runs airpass against the world needs in its
// environment, as "NAME=value": the key, and nothing of what the user's own AWS
// settings would add to it. It is the same for every world.
func (w *World) Environ() []string {
	id, secret := w.AWSKey()
	return []string{"AWS_ACCESS_KEY_ID=" + id, "AWS_SECRET_ACCESS_KEY=" + secret, "AWS_SESSION_TOKEN=", "AWS_PROFILE=",
		"AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull, "AWS_CA_BUNDLE=", "AWS_EC2_METADATA_DISABLED=true"}
}

// Config is a complete configuration file that makes airpass live in the world, with
// its state at storeURL ("sqlite:/path/airpass.db"), and offers these targets; none is
// all. Its secrets are inline: they open this world and nothing else.
func (w *World) Config(storeURL string, targets ...string) []byte {
	var out strings.Builder
	parsed := template.Must(template.New("config").Funcs(template.FuncMap{"q": quoted}).Parse(configFile))
	data := w.configData(storeURL)
	if len(targets) > 0 {
		data.Targets = slices.DeleteFunc(data.Targets, func(t targetData) bool { return !slices.Contains(targets, t.ID) })
	}
	if err := parsed.Execute(&out, data); err != nil {
		panic("the sandbox's configuration template: " + err.Error())
	}
	return []byte(out.String())
}

// Fill writes a field into the entry of a target ("prod/User") or an environment
// ("prod") of a file that Config has made, as an operator does who was told to.
func Fill(file []byte, of, name, value string) []byte {
	entry := fmt.Sprintf("  - key: %q\n", of)
	if environment, role, is := strings.Cut(of, "/"); is {
		entry = fmt.Sprintf("  - environment: %q\n    role: %q\n", environment, role)
	}
	head, rest, is := strings.Cut(string(file), entry)
	if !is {
		panic("the sandbox's configuration has no " + of)
	}
	rest, tail, more := strings.Cut(rest, "\n  - ")
	line := "    " + name + ": "
	was := regexp.MustCompile("(?m)^" + regexp.QuoteMeta(line) + ".*\n")
	rest = line + value + "\n" + was.ReplaceAllLiteralString(rest, "")
	if more {
		rest += "\n  - " + tail
	}
	return []byte(head + entry + rest)
}

// quoted writes text as a double-quoted YAML scalar.
func quoted(text string) string { return fmt.Sprintf("%q", text) }

type configData struct {
	Store                                       string
	At                                          Addresses
	SlackAPI, BotToken, AppToken, Team, Command string
	RequestsTo, SigningSecret, Path             string
	Requests, Admin, Domain                     string
	OktaToken, App, PagerDutyToken              string
	Region, CenterRole, SetupRole, ExternalID   string
	Instance, IdentityStore                     string
	Accounts                                    []account
	Environments                                []environmentData
	Targets                                     []targetData
	Admins                                      []string
	CutsRole                                    string
	Campaign                                    bool
}

type account struct{ ID, Role, Login string }

type environmentData struct {
	Key, Account, Region, Name, Label string
	Tile                              string
	Owners                            []string
}

type targetData struct {
	Target
	Requesters, Approvers []string
	Session, Usual, Max   string
	ToMake                bool // its Okta group
}

func (w *World) configData(storeURL string) configData {
	d := configData{
		Store: storeURL, At: w.Addresses(),
		SlackAPI: w.Slack.APIURL(), BotToken: w.Slack.BotToken(), AppToken: w.Slack.AppToken(), Team: w.Slack.TeamID(),
		RequestsTo: w.requests, SigningSecret: w.Slack.SigningSecret(), Path: requestPath,
		Command: Command, Requests: RequestsChannel, Admin: AdminChannel, Domain: Domain,
		OktaToken: w.Okta.APIToken(), App: w.town.app, PagerDutyToken: w.PagerDuty.Token(),
		Region: region, CenterRole: roleARN(managementAccount, centerRole), SetupRole: roleARN(managementAccount, setupRole), ExternalID: externalID,
		Instance: w.IdentityCenter.InstanceARN(), IdentityStore: w.IdentityCenter.IdentityStoreID(),
		Admins:   []string{w.Person("sam").Login, w.Person("olivia").Login},
		Campaign: w.campaign,
	}
	d.CutsRole = roleARN(managementAccount, cutsRole)
	for _, id := range []string{prodAccount, devAccount} {
		d.Accounts = append(d.Accounts, account{id, roleARN(id, mwaaRole), w.LoginRole(id)})
	}
	for _, p := range w.town.places {
		e := environmentData{Key: p.key, Account: p.account, Region: region, Name: p.name, Label: p.label, Tile: w.Tile(p.key)}
		for _, owner := range p.owners {
			e.Owners = append(e.Owners, w.Person(owner).Login)
		}
		d.Environments = append(d.Environments, e)
	}
	for _, t := range w.town.targets {
		d.Targets = append(d.Targets, w.targetData(t))
	}
	return d
}

func (w *World) targetData(t Target) targetData {
	d := targetData{Target: t, ToMake: t.marker, Session: t.session.String(), Usual: cmp.Or(t.usual, time.Hour).String(), Max: cmp.Or(t.max, 8*time.Hour).String()}
	for _, name := range t.requesters {
		d.Requesters = append(d.Requesters, w.town.groups[name])
	}
	for _, a := range t.approvers {
		d.Approvers = append(d.Approvers, strings.ReplaceAll(a, groupSecurity, w.town.groups[groupSecurity]))
	}
	return d
}

const configFile = `# A configuration of airpass for a sandbox world. It opens nothing outside of it.
slack:
  api_url: {{q .SlackAPI}}
  bot_token: {value: {{q .BotToken}}}
{{- if .RequestsTo}}
  mode: http
  signing_secret: {value: {{q .SigningSecret}}}
  listen: {{q .RequestsTo}}
  path: {{q .Path}}
{{- else}}
  app_token: {value: {{q .AppToken}}}
{{- end}}
  team: {{q .Team}}
  command: {{q .Command}}
  allowed_domains: [{{q .Domain}}]
  requests_channel: {{q .Requests}}
  admin_channel: {{q .Admin}}
okta:
  org_url: {{q .At.Okta}}
  api_token: {value: {{q .OktaToken}}}
  manager: {attribute: managerId, kind: login}
  identity_center_app: {{q .App}}
aws:
  region: {{q .Region}}
  role_arn: {{q .CenterRole}}
  external_id: {{q .ExternalID}}
  setup: {role_arn: {{q .SetupRole}}, external_id: {{q .ExternalID}}}
  instance_arn: {{q .Instance}}
  identity_store_id: {{q .IdentityStore}}
  portal_url: {{q (print .At.Portal "/start")}}
  cuts: {role_arn: {{q .CutsRole}}, external_id: {{q .ExternalID}}}
  endpoints:
    sso_admin: {{q .At.IdentityCenter}}
    identity_store: {{q .At.IdentityCenter}}
    mwaa: {{q .At.MWAA}}
    sts: {{q .At.STS}}
    s3: {{q .At.S3}}
  accounts:
{{- range .Accounts}}
    {{q .ID}}: {role_arn: {{q .Role}}, external_id: {{q $.ExternalID}}, login_role_arn: {{q .Login}}, login_external_id: {{q $.ExternalID}}}
{{- end}}
pagerduty:
  api_url: {{q .At.PagerDuty}}
  api_token: {value: {{q .PagerDutyToken}}}
environments:
{{- range .Environments}}
  - key: {{q .Key}}
    account: {{q .Account}}
    region: {{q .Region}}
    name: {{q .Name}}
    label: {{q .Label}}
{{- with .Tile}}
    saml_application: {{q .}}
{{- end}}
    owners: [{{range $i, $o := .Owners}}{{if $i}}, {{end}}{{q $o}}{{end}}]
{{- end}}
targets:
{{- range .Targets}}
  - environment: {{q .Environment}}
    role: {{q .Role}}
    mode: {{q .Mode}}
{{- if .PermissionSet}}
    permission_set: {{q .PermissionSet}}
    permission_set_name: {{q .PermissionSetName}}
{{- else}}
    permission_set: create
{{- end}}
{{- if .ToMake}}
    okta_group: create
{{- end}}
{{- if .OktaGroup}}
    okta_group: {{q .OktaGroup}}
{{- end}}
{{- if .IdentityCenterGroup}}
    identity_center_group: {{q .IdentityCenterGroup}}
{{- end}}
    session_duration: {{.Session}}
    default_duration: {{.Usual}}
    max_duration: {{.Max}}
{{- if .Requesters}}
    requesters: [{{range $i, $g := .Requesters}}{{if $i}}, {{end}}{{q $g}}{{end}}]
{{- end}}
    approvers: [{{range $i, $a := .Approvers}}{{if $i}}, {{end}}{{$a}}{{end}}]
{{- end}}
{{- if .Campaign}}
campaigns:
  - name: quarterly
    schedule: CRON_TZ=Europe/Berlin 0 9 1 1,4,7,10 *
    scope: {access: holders}
    reviewers: [manager]
    fallback: [environment_owners]
    deadline: 14d
    remind_every: 3d
    silence: revoke
    remove_standing: true
{{- end}}
store:
  url: {{q .Store}}
audit:
  key: {value: "616972706173732073616e64626f78206175646974206b65792c20333220622e"}
  key_id: sandbox
http:
  listen: 127.0.0.1:0
admins: [{{range $i, $a := .Admins}}{{if $i}}, {{end}}{{q $a}}{{end}}]
sandbox:
  clock_url: {{q (print .At.Control "/clock")}}
`
