package sandbox

import (
	"fmt"

	"airpass/sandbox/browser"
	"airpass/sandbox/okta"
	"airpass/sandbox/pagerduty"
	"airpass/sandbox/workspace"
)

// The Okta groups of the town, beside those of targets.
const (
	groupAWS       = "AWS IAM Identity Center users" // assigns the application; never pushed
	groupEngineers = "Data engineers"                // may ask
	groupPlatform  = "Platform team"                 // may ask for Admin
	groupSecurity  = "Security on call"              // decides about Admin
)

// The Slack side of the town.
const (
	// Command is the app's slash command.
	Command = "/airflow"
	// RequestsChannel is where every request is shown, AdminChannel where airpass
	// says what a person must look at.
	RequestsChannel = "C0REQUESTS"
	AdminChannel    = "C0AIRPASSADMIN"
	// AnchorBucket is the bucket in S3 that keeps what is written into it under a lock.
	AnchorBucket  = "example-audit"
	sharedChannel = "C0PARTNERS"
)

// Schedule is the PagerDuty schedule of those who are on call for the platform: Olivia at
// first.
const Schedule = "P0PLATFORM"

// town is who and what is in a world, by name.
type town struct {
	people  []Person
	byKey   map[string]int
	groups  map[string]string // id by name
	app     string            // Okta's id of the Identity Center application
	places  []place
	targets []Target
	tiles   map[string]string // ARN of the SAML application by environment
}

func (t *town) add(p Person) {
	if t.byKey == nil {
		t.byKey = map[string]int{}
	}
	t.byKey[p.Key] = len(t.people)
	t.people = append(t.people, p)
}

// People returns everybody of the town.
func (w *World) People() []Person { return append([]Person(nil), w.town.people...) }

// Person returns somebody by the key that stories use ("ada"); the zero Person for
// nobody.
func (w *World) Person(key string) Person {
	i, known := w.town.byKey[key]
	if !known {
		return Person{}
	}
	return w.town.people[i]
}

// As returns a person in front of their Slack client.
func (w *World) As(key string) *workspace.Person { return w.Slack.As(w.Person(key).SlackID) }

// Browser is a fresh browser of somebody, to whom the names of the web servers lead.
func (w *World) Browser(key string) *browser.Browser {
	b := browser.New(w.Person(key).Login)
	b.Hosts = func(host string) (string, bool) {
		path, ok := w.MWAA.Mounted(host)
		return w.sites.mwaa.URL() + path, ok
	}
	return b
}

// settle fills the world: people, groups, the application, accounts, permission sets,
// environments, channels.
func (w *World) settle(scale Scale) error {
	all := residents()
	all = append(all, crowd(len(all), scale.People)...)
	w.town.groups = map[string]string{}
	w.town.places = append(environments(), moreEnvironments(scale.PermissionSets)...)
	for _, step := range []func() error{
		func() error { return w.settlePeople(all) },
		func() error { return w.settleGroups(all) },
		w.settleAccounts,
		func() error { return w.settleEnvironments(w.town.places) },
		func() error { return w.settleOnCall(all) },
		func() error { return w.deactivate(all) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	w.settleChannels()
	w.Okta.DeliverPushes()
	return nil
}

// settleGroups makes the town's groups and assigns the Identity Center application
// through a group of its own: what assigns it must not be pushed.
func (w *World) settleGroups(all []resident) error {
	members := map[string][]string{}
	for _, r := range all {
		if r.elsewhere {
			continue
		}
		if !r.noAccount {
			members[groupAWS] = append(members[groupAWS], r.Login)
		}
		for _, g := range r.groups {
			members[g] = append(members[g], r.Login)
		}
	}
	for _, name := range []string{groupAWS, groupEngineers, groupPlatform, groupSecurity} {
		if _, err := w.group(name, members[name]...); err != nil {
			return err
		}
	}
	app, err := w.Okta.AddApp(okta.App{Name: okta.IdentityCenterApp, Label: "AWS IAM Identity Center"})
	if err != nil {
		return err
	}
	w.town.app = app.ID
	return w.Okta.SetAppGroup(app.ID, w.town.groups[groupAWS], true)
}

// AssignmentGroup is the id of the Okta group that assigns the Identity Center
// application.
func (w *World) AssignmentGroup() string { return w.town.groups[groupAWS] }

// SecurityGroup is the id of the Okta group that decides about Admin.
func (w *World) SecurityGroup() string { return w.town.groups[groupSecurity] }

// PlatformGroup is the id of the Okta group that may ask for Admin.
func (w *World) PlatformGroup() string { return w.town.groups[groupPlatform] }

func (w *World) group(name string, members ...string) (string, error) {
	g, err := w.Okta.AddGroup(okta.Group{Name: name}, members...)
	if err != nil {
		return "", fmt.Errorf("group %s: %w", name, err)
	}
	w.town.groups[name] = g.ID
	return g.ID, nil
}

// settleOnCall puts the town into PagerDuty, and somebody on call.
func (w *World) settleOnCall(all []resident) error {
	for _, r := range all {
		if !r.elsewhere {
			w.PagerDuty.AddUser(pagerduty.User{Name: r.Name, Email: r.Email, Title: r.Title})
		}
	}
	w.PagerDuty.AddSchedule(pagerduty.Schedule{ID: Schedule, Name: "Platform on call", TimeZone: "Europe/Berlin"})
	return w.PagerDuty.SetOnCall(Schedule, w.Person("olivia").Email)
}

// settleChannels makes the channels, with the app and the town in them.
func (w *World) settleChannels() {
	bot := w.Slack.App().BotUserID
	everybody := []string{bot}
	for _, p := range w.town.people {
		if u, ok := w.Slack.User(p.SlackID); ok && !u.IsStranger && !u.Deleted && !u.IsBot {
			everybody = append(everybody, p.SlackID)
		}
	}
	w.Slack.AddChannel(workspace.Channel{ID: RequestsChannel, Name: "airflow-access", Topic: "Requests for access to Airflow", Members: everybody})
	w.Slack.AddChannel(workspace.Channel{ID: AdminChannel, Name: "airpass-admin", Private: true,
		Members: []string{bot, w.Person("sam").SlackID, w.Person("olivia").SlackID}})
	w.Slack.AddChannel(workspace.Channel{ID: sharedChannel, Name: "partners", ExtShared: true, SharedTeams: []string{w.Slack.TeamID(), "T0PARTNER"},
		Members: []string{bot, w.Person("ada").SlackID, w.Person("stefan").SlackID}})
}
