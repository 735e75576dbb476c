package sandbox

import (
	"context"
	"fmt"
	"sync"

	"airpass/sandbox/cloudtrail"
	"airpass/sandbox/control"
	"airpass/sandbox/identitycenter"
	"airpass/sandbox/mwaa"
	"airpass/sandbox/objects"
	"airpass/sandbox/okta"
	"airpass/sandbox/pagerduty"
	"airpass/sandbox/portal"
	"airpass/sandbox/secrets"
	"airpass/sandbox/sts"
	"airpass/sandbox/workspace"
)

// World is a running sandbox. Its vendors may be used directly, to look at their
// state and to do what somebody else would do. It is safe for concurrent use.
type World struct {
	Clock          *control.Clock
	Slack          *workspace.Workspace
	Okta           *okta.Server
	IdentityCenter *identitycenter.Server
	STS            *sts.Server
	MWAA           *mwaa.Server
	Portal         *portal.Server
	Secrets        *secrets.Server
	PagerDuty      *pagerduty.Server
	CloudTrail     *cloudtrail.Server
	S3             *objects.Server

	sites    *sites
	town     town
	bare     bool
	tiles    bool
	campaign bool
	requests string // where airpass listens for Slack's requests; empty is Socket Mode
	close    sync.Once
}

// Start makes a world, fills it and serves it. The world stays up until Close; ctx
// bounds starting only. The error says which port is taken or what of Options is
// impossible.
func Start(ctx context.Context, opts Options) (*World, error) {
	opts = opts.withDefaults()
	if err := opts.check(); err != nil {
		return nil, err
	}
	open, err := listen(ctx, opts.Listen)
	if err != nil {
		return nil, err
	}
	w := &World{Clock: new(control.Clock), sites: open, bare: opts.Bare, tiles: opts.Tiles, campaign: opts.Campaign}
	w.build(opts)
	if err := w.settle(opts.Scale); err != nil {
		w.Close()
		return nil, fmt.Errorf("fill the sandbox: %w", err)
	}
	w.serve()
	if opts.HTTP {
		w.requests = opts.after(len(open.all()))
		w.PostTo("http://" + w.requests + requestPath)
	}
	return w, nil
}

// requestPath is slack.path of Config.
const requestPath = "/slack"

// PostTo says at which URL airpass takes Slack's requests. Until then, in a world of
// HTTP mode whose ports are free ones, every delivery fails.
func (w *World) PostTo(url string) {
	w.Slack.SetRequestURLs(workspace.RequestURLs{Commands: url, Interactivity: url, Options: url, Events: url})
}

// build makes the vendors and ties them together as they are in the world: Okta
// provisions Identity Center, whose roles are what MWAA asks; the portal signs people
// in at Okta, and lets them in where Identity Center says so.
func (w *World) build(opts Options) {
	rate, tps, calls, perMinute := opts.SlackRate, 0, 0, 0
	limits := map[string]int(nil)
	if opts.Unlimited {
		rate, tps, calls, perMinute, limits = -1, -1, -1, -1, okta.DefaultLimits()
		for family := range limits {
			limits[family] = -1
		}
	}
	w.Slack = workspace.New(workspace.Options{Clock: w.Clock, TeamName: "Example Data", Domain: "example-data",
		EmailDomain: Domain, Rate: rate, App: manifest()})
	w.Slack.SetBaseURL(w.sites.slack.URL())
	w.STS = sts.New(sts.Options{Clock: w.Clock, Wall: opts.Wall, BaseKeyID: keyID, BaseSecret: keySecret, ManagementAccount: managementAccount})
	w.IdentityCenter = identitycenter.New(identitycenter.Options{Clock: w.Clock, Before: func() { w.Okta.Sync() },
		ManagementAccount: managementAccount, Callers: w.STS, AssignmentDelay: opts.AssignmentDelay, AdminTPS: tps, StoreTPS: tps})
	w.Okta = okta.New(okta.Options{Clock: w.Clock, Downstream: w.IdentityCenter, PushDelay: opts.PushDelay, ProvisionDelay: opts.ProvisionDelay,
		Limits: limits, Concurrent: calls, TrustedOrigins: []string{w.sites.portal.URL()}})
	w.MWAA = mwaa.New(mwaa.Options{Clock: w.Clock, Wall: opts.Wall, Callers: w.STS, Roles: w.IdentityCenter, ConsoleURL: w.sites.portal.URL(), Called: func(c mwaa.Call) {
		w.CloudTrail.Record(cloudtrail.Event{At: c.At, Account: c.Account, Region: c.Region, Name: c.Operation, Environment: c.Environment, ARN: c.ARN, SourceIdentity: c.Source, ErrorCode: c.Code})
	}})
	w.CloudTrail = cloudtrail.New(cloudtrail.Options{Clock: w.Clock, Callers: w.STS, LogGroup: LogGroup, LogAccount: managementAccount, LogRegion: region, InHistory: opts.EventHistory, Unlimited: opts.Unlimited})
	w.Secrets = secrets.New(secrets.Options{Clock: w.Clock, Callers: w.STS, Account: managementAccount, Region: region})
	w.S3 = objects.New(objects.Options{Clock: w.Clock, Callers: w.STS})
	w.S3.Make(AnchorBucket, true)
	w.PagerDuty = pagerduty.New(pagerduty.Options{Clock: w.Clock, PerMinute: perMinute})
	w.Portal = portal.New(portal.Options{Clock: w.Clock, Okta: w.Okta, Center: w.IdentityCenter, MWAA: w.MWAA,
		UserName: portal.ApplicationUserName(w.Okta), Sync: w.Okta.Sync,
		BaseURL: w.sites.portal.URL(), OktaURL: w.sites.okta.URL(), AirflowURL: w.sites.mwaa.URL()})
}

// LogGroup is where the organization's trail writes who opens Airflow, LogGroupARN what AWS
// calls it.
const (
	LogGroup    = "airflow-use"
	LogGroupARN = "arn:aws:logs:" + region + ":" + managementAccount + ":log-group:" + LogGroup
)

// manifest is the app as its manifest declares it to Slack.
func manifest() workspace.App {
	return workspace.App{
		Commands: []workspace.Command{{Name: Command, Description: "Ask for access to an Airflow environment", Hint: "[help]"}},
		Shortcuts: []workspace.Shortcut{
			{Name: "Ask for Airflow access", Type: "global", CallbackID: "ask", Description: "Opens the form in which you ask for access"},
			{Name: "Ask because of this", Type: "message", CallbackID: "ask_about", Description: "Opens the form for Airflow access, with this message as the reason"},
		},
		Events:         []string{"app_home_opened"},
		MetadataEvents: []string{"airpass_message"},
		BotScopes:      botScopes(),
	}
}

// botScopes are those that deploy/slack-manifest.yaml asks for, and no more: a call
// that needs another fails here too.
func botScopes() []string {
	return []string{"commands", "chat:write", "im:write", "im:history", "channels:history", "groups:history", "usergroups:read", "users:read", "users:read.email"}
}

func (w *World) serve() {
	w.sites.slack.serve(w.Slack.Handler())
	w.sites.okta.serve(w.Okta.Handler())
	w.sites.aws.serve(w.IdentityCenter.Handler())
	w.sites.sts.serve(w.STS.Handler())
	w.sites.mwaa.serve(w.MWAA.Handler())
	w.sites.portal.serve(w.Portal.Handler())
	w.sites.secrets.serve(w.Secrets.Handler())
	w.sites.cloudtrail.serve(w.CloudTrail.Handler())
	w.sites.pagerduty.serve(w.PagerDuty.Handler())
	w.sites.s3.serve(w.S3.Handler())
	w.sites.control.serve(w.controlAPI())
}

// Close stops everything. Whoever is connected is cut off.
func (w *World) Close() {
	w.close.Do(func() {
		if w.Slack != nil {
			w.Slack.Close()
		}
		w.sites.close()
	})
}
