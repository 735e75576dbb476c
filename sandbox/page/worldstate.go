package page

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"airpass/sandbox/control"
	"airpass/sandbox/identitycenter"
	"airpass/sandbox/mwaa"
	"airpass/sandbox/portal"
)

// worldState is the outside world as it is now. Times are of the sandbox clock unless
// said otherwise.
type worldState struct {
	Clock    clockState          `json:"clock"`
	Bot      botState            `json:"bot"`
	Okta     oktaState           `json:"okta"`
	Center   centerState         `json:"center"`
	Airflow  airflowState        `json:"airflow"`
	Console  []consoleSession    `json:"console"`
	Refusals []portal.Refusal    `json:"refusals"`
	Vendors  []shownVendor       `json:"vendors"`
	Trail    trailState          `json:"trail"`
	Done     map[string]bool     `json:"done"`     // the steps of the guide
	People   map[string]townName `json:"people"`   // by login
	Accounts map[string]string   `json:"accounts"` // name by number
	// Campaigns are empty where there are none; CampaignsError is why they cannot be read.
	Campaigns      []Campaign `json:"campaigns"`
	CampaignsError string     `json:"campaigns_error,omitempty"`
}

type townName struct {
	Key  string `json:"key"`
	Name string `json:"name"`
}

type clockState struct {
	// OffsetMS is how far the sandbox is ahead of the wall clock, in milliseconds.
	OffsetMS int64 `json:"offset_ms"`
	// Next is the grant that ends first; nil when there is none.
	Next *Grant `json:"next"`
}

type botState struct {
	// Known: the page can look at what airpass knows, and not only at the vendors.
	Known       bool    `json:"known"`
	HTTP        bool    `json:"http"`        // Slack posts to it
	Connections int     `json:"connections"` // to Slack, in Socket Mode
	Grants      []Grant `json:"grants"`
	Error       string  `json:"error,omitempty"` // why the grants cannot be read
}

type oktaState struct {
	Groups []oktaGroup  `json:"groups"` // those of targets
	People []oktaPerson `json:"people"`
	Pushes []oktaPush   `json:"pushes"` // on their way to Identity Center
}

type oktaGroup struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Targets []string `json:"targets"` // "prod/User"
	Pushed  bool     `json:"pushed"`
	Members []string `json:"members"` // logins
}

type oktaPerson struct {
	Login  string `json:"login"`
	Status string `json:"status"`
}

type oktaPush struct {
	ID     int    `json:"id"`
	Login  string `json:"login"`
	Group  string `json:"group,omitempty"` // its name
	Member bool   `json:"member"`
	Kind   string `json:"kind"`
	Error  string `json:"error,omitempty"`
}

type centerState struct {
	Users       []centerUser       `json:"users"`
	Groups      []centerGroup      `json:"groups"` // pushed by Okta
	Assignments []centerAssignment `json:"assignments"`
	Operations  []centerOperation  `json:"operations"` // the newest first, the last few
	Roles       []centerRole       `json:"roles"`
	Tiles       []centerTile       `json:"tiles"` // of the access portal
	// Creating of CreatingLimit creations of assignments are under way.
	Creating      int `json:"creating"`
	CreatingLimit int `json:"creating_limit"`
}

type centerUser struct {
	Name    string `json:"name"` // the user name
	Enabled bool   `json:"enabled"`
}

type centerGroup struct {
	Name    string   `json:"name"`
	Members []string `json:"members"` // user names
}

type centerAssignment struct {
	Account       string `json:"account"`
	PermissionSet string `json:"permission_set"`
	Type          string `json:"type"` // USER or GROUP
	Principal     string `json:"principal"`
}

type centerOperation struct {
	ID     string `json:"id"`
	Kind   string `json:"kind"`
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
	centerAssignment
}

type centerRole struct {
	Account string `json:"account"`
	Name    string `json:"name"`
}

type centerTile struct {
	Name   string   `json:"name"`
	People []string `json:"people"` // user names of those who have it
}

type airflowState struct {
	Environments []environmentState `json:"environments"`
	Sessions     []airflowSession   `json:"sessions"` // the newest first, the last few
	Statuses     []string           `json:"statuses"` // that an environment can be given
}

type environmentState struct {
	Account string `json:"account"`
	Region  string `json:"region"`
	Name    string `json:"name"`
	Status  string `json:"status"`
	Version string `json:"version"`
	Private bool   `json:"private"`
}

type airflowSession struct {
	Login       string    `json:"login"` // empty for an identity that nobody has
	Identity    string    `json:"identity"`
	Role        string    `json:"role"`
	Environment string    `json:"environment"`
	Since       time.Time `json:"since"`
	Until       time.Time `json:"until"`
	Live        bool      `json:"live"`
}

type consoleSession struct {
	Login         string    `json:"login"`
	Account       string    `json:"account"`
	PermissionSet string    `json:"permission_set"`
	Since         time.Time `json:"since"`
	Until         time.Time `json:"until"`
	Live          bool      `json:"live"`
	Ended         string    `json:"ended,omitempty"`
}

// How many of what grows without end are shown.
const (
	maxOperations = 6
	maxSessions   = 8
	maxBudgets    = 3
)

// worldState looks at every system of the world once.
func (p *Page) worldState(ctx context.Context) worldState {
	p.world.Okta.Sync() // what is due has happened
	grants, err := p.liveGrants(ctx)
	s := worldState{
		Clock:    clockState{OffsetMS: p.world.Clock.Offset().Milliseconds()},
		Bot:      botState{Known: p.audit != nil, HTTP: p.world.Slack.HTTPMode(), Connections: len(p.world.Slack.Connections()), Grants: grants},
		Okta:     p.oktaState(),
		Center:   p.centerState(),
		Airflow:  p.airflowState(),
		Console:  p.consoleSessions(),
		Refusals: lastOf(p.world.Portal.Refusals(), maxSessions),
		Vendors:  p.shownVendors(),
		Trail:    p.trail.look(ctx, p.audit),
		People:   map[string]townName{},
		Accounts: p.world.IdentityCenter.AccountNames(),
	}
	if err != nil {
		s.Bot.Error = err.Error()
	}
	if s.Campaigns, err = p.liveCampaigns(ctx); err != nil {
		s.CampaignsError = err.Error()
	}
	if next, ok := nextEnd(grants, p.world.Clock.Now()); ok {
		s.Clock.Next = &next
	}
	for _, who := range p.world.People() {
		if who.Login != "" {
			s.People[who.Login] = townName{who.Key, who.Name}
		}
	}
	s.Done = p.trail.done(s)
	return s
}

func (p *Page) liveGrants(ctx context.Context) ([]Grant, error) {
	if p.grants == nil {
		return []Grant{}, nil
	}
	list, err := p.grants(ctx)
	if list == nil {
		list = []Grant{}
	}
	return list, err
}

func (p *Page) oktaState() oktaState {
	org := p.world.Okta
	out := oktaState{Groups: []oktaGroup{}, People: []oktaPerson{}, Pushes: []oktaPush{}}
	names := map[string]string{}
	for _, g := range org.Groups() {
		names[g.ID] = g.Name
	}
	for _, t := range p.world.Targets() {
		if t.OktaGroup == "" {
			continue
		}
		at := slices.IndexFunc(out.Groups, func(g oktaGroup) bool { return g.ID == t.OktaGroup })
		if at < 0 {
			at = len(out.Groups)
			out.Groups = append(out.Groups, oktaGroup{ID: t.OktaGroup, Name: names[t.OktaGroup], Members: org.Members(t.OktaGroup)})
		}
		g := &out.Groups[at]
		g.Targets, g.Pushed = append(g.Targets, t.ID), g.Pushed || t.IdentityCenterGroup != ""
	}
	for _, u := range org.Users() {
		out.People = append(out.People, oktaPerson{u.Login(), string(u.Status)})
	}
	for _, push := range org.Pushes() {
		out.Pushes = append(out.Pushes, oktaPush{push.ID, push.User, names[push.Group], push.Member, push.Kind, push.Error})
	}
	return out
}

func (p *Page) centerState() centerState {
	c := p.world.IdentityCenter
	out := centerState{Users: []centerUser{}, Groups: []centerGroup{}, Assignments: []centerAssignment{}, Operations: []centerOperation{}, Roles: []centerRole{}}
	for _, u := range c.Users() {
		out.Users = append(out.Users, centerUser{u.UserName, !u.Disabled})
	}
	for _, g := range c.Groups() {
		out.Groups = append(out.Groups, centerGroup{g.Name, g.Members})
	}
	for _, a := range c.Assignments() {
		out.Assignments = append(out.Assignments, assignmentOf(a))
	}
	for _, op := range slices.Backward(c.Operations()) {
		if len(out.Operations) < maxOperations || op.Status == identitycenter.InProgress {
			out.Operations = append(out.Operations, centerOperation{op.RequestID, op.Kind, op.Status, op.Reason, assignmentOf(op.Assignment)})
		}
	}
	for _, r := range c.Roles() {
		out.Roles = append(out.Roles, centerRole{r.Account, r.Name})
	}
	out.Tiles = p.centerTiles()
	out.Creating, out.CreatingLimit = c.OutstandingCreates()
	return out
}

// centerTiles are the applications of the access portal with the people who have them.
func (p *Page) centerTiles() []centerTile {
	c, out := p.world.IdentityCenter, []centerTile{}
	names := map[string]string{}
	for _, u := range c.Users() {
		names[u.ID] = u.UserName
	}
	for _, app := range c.Applications() {
		tile := centerTile{Name: app.Name, People: []string{}}
		for _, of := range app.Assigned {
			tile.People = append(tile.People, cmp.Or(names[of.ID], of.ID))
		}
		out = append(out, tile)
	}
	return out
}

func assignmentOf(a identitycenter.Assignment) centerAssignment {
	return centerAssignment{a.Account, a.PermissionSetName, a.PrincipalType, a.PrincipalName}
}

func (p *Page) airflowState() airflowState {
	out := airflowState{Environments: []environmentState{}, Sessions: []airflowSession{}, Statuses: []string{}}
	for _, e := range p.world.MWAA.Environments() {
		out.Environments = append(out.Environments, environmentState{e.Account, e.Region, e.Name, string(e.Status), e.AirflowVersion, e.AccessMode == mwaa.PrivateOnly})
	}
	for _, s := range mwaa.Statuses() {
		out.Statuses = append(out.Statuses, string(s))
	}
	for _, s := range slices.Backward(lastOf(p.world.MWAA.Sessions(), maxSessions)) {
		out.Sessions = append(out.Sessions, airflowSession{p.whose(s.Identity), s.Identity, s.AirflowRole, s.Environment, s.Since, s.Until, s.Live})
	}
	return out
}

// whose is the login of the person behind an assumed role: AWS names a role session
// by the user name, as far as its letters go.
func (p *Page) whose(identity string) string {
	session := identity[strings.LastIndexByte(identity, '/')+1:]
	for _, who := range p.world.People() {
		if who.Login != "" && portal.SessionName(who.Login) == session {
			return who.Login
		}
	}
	return ""
}

func (p *Page) consoleSessions() []consoleSession {
	out := []consoleSession{}
	for _, s := range slices.Backward(lastOf(p.world.Portal.Sessions(), maxSessions)) {
		out = append(out, consoleSession{s.Login, s.Account, s.PermissionSet, s.Since, s.Until, s.Live, s.Ended})
	}
	return out
}

// lastOf is the last n of a list.
func lastOf[T any](list []T, n int) []T { return list[max(0, len(list)-n):] }

// fullest are the limits of which most is used; one of which nothing is used is not
// shown, unless it is the only one.
func fullest(all []control.Budget) []control.Budget {
	share := func(b control.Budget) float64 { return float64(b.Used) / float64(max(b.Limit, 1)) }
	out := slices.Clone(all)
	slices.SortStableFunc(out, func(a, b control.Budget) int { return cmp.Compare(share(b), share(a)) })
	out = slices.DeleteFunc(out, func(b control.Budget) bool { return b.Used == 0 })
	if len(out) == 0 && len(all) > 0 {
		out = all[:1]
	}
	if out == nil {
		out = []control.Budget{}
	}
	return out[:min(len(out), maxBudgets)]
}
