package sandbox

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"airpass/sandbox/okta"
	"airpass/sandbox/workspace"
)

// Domain is the mail domain of the company; people from elsewhere have others.
const Domain = "example.com"

// Person is somebody of the town, in every system that knows them.
type Person struct {
	// Key is how stories call them: "ada".
	Key   string `json:"key"`
	Name  string `json:"name"`
	Login string `json:"login,omitempty"` // in Okta; empty for who is not there
	Email string `json:"email,omitempty"` // in Slack
	Title string `json:"title,omitempty"`
	// About is what they are in the town for.
	About   string `json:"about"`
	SlackID string `json:"slack_id,omitempty"`
	OktaID  string `json:"okta_id,omitempty"`
}

// resident is a person with what each vendor is told of them.
type resident struct {
	Person
	manager string // key
	groups  []string
	// slack changes what Slack is told; nil is an ordinary member.
	slack func(*workspace.User)
	// status is Okta's; empty is ACTIVE.
	status okta.Status
	// elsewhere is somebody whom Okta does not know.
	elsewhere bool
	// noAccount is somebody whom Okta does not assign Identity Center (yet).
	noAccount bool
}

// residents are the people of the town. Each is there for something that airpass has
// to get right.
func residents() []resident {
	person := func(key, name, title, about string) Person {
		login := key + "@" + Domain
		return Person{Key: key, Name: name, Login: login, Email: login, Title: title, About: about}
	}
	odd := func(key, name, login, title, about string) Person {
		p := person(key, name, title, about)
		p.Login, p.Email = login, login
		return p
	}
	return []resident{
		{Person: person("ada", "Ada Lindqvist", "Data engineer", "asks for access; her manager is Grace"), manager: "grace", groups: []string{groupEngineers}},
		{Person: person("ben", "Ben Okafor", "Data engineer", "asks for access too"), manager: "grace", groups: []string{groupEngineers}},
		{Person: person("chen", "Chen Wei", "Data engineer", "a colleague who may decide nothing"), manager: "grace", groups: []string{groupEngineers}},
		{Person: odd("dana", "Dana Reyes", "dana.reyes+data@"+Domain, "Analytics engineer", "has a + in her login"), manager: "henry", groups: []string{groupEngineers}},
		{Person: odd("zoe", "Zoë Müller", "zoë.müller@"+Domain, "Analytics engineer", "has letters in her login that are not ASCII; reads German"), manager: "henry", groups: []string{groupEngineers},
			slack: func(u *workspace.User) { u.Locale = "de-DE" }},
		{Person: person("grace", "Grace Adeyemi", "Head of data engineering", "manager; approves"), manager: "vera", groups: []string{groupEngineers}},
		{Person: person("henry", "Henry Castellanos", "Analytics manager", "another manager"), manager: "vera"},
		{Person: person("vera", "Vera Holm", "CTO", "is her own manager, so nobody approves for her"), manager: "vera", groups: []string{groupEngineers}},
		{Person: person("olivia", "Olivia Brandt", "Platform lead", "owns the environments; on call at first"), manager: "vera", groups: []string{groupPlatform}},
		{Person: person("pavel", "Pavel Novák", "Platform engineer", "may ask for Admin"), manager: "olivia", groups: []string{groupPlatform, groupEngineers}},
		{Person: person("sam", "Sam Whitfield", "Security lead", "decides about Admin; an admin of airpass"), manager: "vera", groups: []string{groupSecurity}},
		{Person: odd("alex", "Alex Kim", "alex.kim@"+Domain, "Data engineer", "has a namesake"), manager: "grace", groups: []string{groupEngineers}},
		{Person: odd("alex2", "Alex Kim", "alex.kim2@"+Domain, "Recruiter", "is the namesake, and not an engineer"), manager: "henry"},
		{Person: person("carl", "Carl Dietrich", "Contractor", "is a guest in Slack, though active in Okta"), manager: "henry", groups: []string{groupEngineers},
			slack: func(u *workspace.User) { u.IsRestricted = true }},
		{Person: person("dora", "Dora Lambert", "Former data engineer", "is deactivated in Okta, and still in Slack"), manager: "grace", groups: []string{groupEngineers}, status: okta.Deprovisioned},
		{Person: person("nina", "Nina Petrova", "Data engineer", "is new and has no account in Identity Center"), manager: "grace", groups: []string{groupEngineers}, noAccount: true},
		{Person: person("erik", "Erik Sand", "Former analyst", "is deactivated in Slack"), manager: "henry",
			slack: func(u *workspace.User) { u.Deleted = true }},
		{Person: Person{Key: "stefan", Name: "Stefan Roth", Email: "stefan@partner.example", Title: "Consultant", About: "is a stranger from a shared channel"}, elsewhere: true,
			slack: func(u *workspace.User) { u.TeamID, u.IsStranger = "T0PARTNER", true }},
		{Person: Person{Key: "deploybot", Name: "Deploy Bot", About: "is a bot"}, elsewhere: true,
			slack: func(u *workspace.User) { u.IsBot = true }},
	}
}

// settlePeople puts everybody into Okta and Slack. Identity Center hears of them
// from Okta.
func (w *World) settlePeople(all []resident) error {
	names := map[string]Person{}
	for _, r := range all {
		names[r.Key] = r.Person
	}
	for _, r := range all {
		p := r.Person
		p.SlackID = "U0" + strings.ToUpper(r.Key)
		if !r.elsewhere {
			made, err := w.Okta.AddUser(okta.User{Profile: profile(p, names[r.manager])})
			if err != nil {
				return fmt.Errorf("%s: %w", r.Key, err)
			}
			p.OktaID = made.ID
		}
		u := workspace.User{ID: p.SlackID, Name: strings.ToLower(r.Key), RealName: p.Name, DisplayName: p.Name, Email: p.Email, Title: p.Title, TZ: "Europe/Berlin"}
		if r.slack != nil {
			r.slack(&u)
		}
		w.Slack.AddUser(u)
		w.town.add(p)
	}
	return nil
}

func profile(p, manager Person) map[string]any {
	first, last, _ := strings.Cut(p.Name, " ")
	return map[string]any{"login": p.Login, "email": p.Email, "firstName": first, "lastName": last, "displayName": p.Name,
		"title": p.Title, "department": "Data", "manager": manager.Name, "managerId": manager.Login}
}

// deactivate gives people who are not ACTIVE their state, after they were given what
// they once had.
func (w *World) deactivate(all []resident) error {
	var errs []error
	for _, r := range all {
		if r.status != "" {
			errs = append(errs, w.Okta.SetStatus(r.Login, r.status))
		}
	}
	return errors.Join(errs...)
}

// crowd is more people, who do nothing but be there.
func crowd(from, to int) []resident {
	var all []resident
	for n := from; n < to; n++ {
		key := "p" + strconv.Itoa(n)
		login := key + "@" + Domain
		all = append(all, resident{Person: Person{Key: key, Name: "Person " + strconv.Itoa(n), Login: login, Email: login, Title: "Employee", About: "one of many"},
			manager: "henry", groups: []string{groupEngineers}})
	}
	return all
}
