package bot

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"time"

	"airpass/access"
	"airpass/awsconfig"
	"airpass/config"
	"airpass/identitycenter"
	"airpass/mwaa"
	"airpass/outbound"
	"airpass/setup"
)

// Portal looks at the SAML applications of the environments. It reads, with half of the
// budgets, because a process may be serving beside it, and changes nothing.
type Portal struct {
	center   *identitycenter.Client
	airflow  *mwaa.Client
	instance string
	tiles    []setup.Tile
}

// NewPortal is for the environments of these keys; none is all.
func NewPortal(c *config.Config, keys []string) (*Portal, error) {
	caller := outbound.New(outbound.Options{Budgets: portion(budgets(c.Quotas), 2)})
	role := awsconfig.Role{RoleARN: c.AWS.RoleARN, ExternalID: c.AWS.ExternalID}
	center, err := identitycenter.New(centerOptions(c, role, caller, time.Now))
	if err != nil {
		return nil, fmt.Errorf("aws identity center: %w", err)
	}
	airflow, err := newMWAA(c, caller)
	if err != nil {
		return nil, err
	}
	tiles, err := Tiles(c, keys)
	return &Portal{center, airflow, c.AWS.InstanceARN, tiles}, err
}

// Tiles is the SAML application of each environment as it is to be. Keys choose
// environments; none is all. The error wraps access.ErrNotFound.
func Tiles(c *config.Config, keys []string) ([]setup.Tile, error) {
	var all []setup.Tile
	wanted := map[string]bool{}
	for _, key := range keys {
		if _, is := c.Environment(key); !is {
			return nil, fmt.Errorf("%w: there is no environment %q", access.ErrNotFound, key)
		}
		wanted[key] = true
	}
	for _, e := range c.Environments {
		if len(keys) > 0 && !wanted[e.Key] {
			continue
		}
		start, err := startURL(c, e)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Key, err)
		}
		all = append(all, setup.Tile{Environment: e.Environment, Label: e.Label, Name: tileName(c, e), ARN: e.Application, Home: c.AWS.Region, StartURL: start})
	}
	return all, nil
}

// tilesInUse are the applications that targets name, each once.
func tilesInUse(c *config.Config) ([]setup.Tile, error) {
	var all []setup.Tile
	seen := map[string]bool{}
	for _, t := range c.Targets() {
		if t.Application == "" || seen[t.Application] {
			continue
		}
		seen[t.Application] = true
		e, _ := c.Environment(t.Environment.Key)
		start, err := startURL(c, e)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Key, err)
		}
		all = append(all, setup.Tile{Environment: e.Environment, Label: e.Label, Name: tileName(c, e), ARN: t.Application, Home: c.AWS.Region, StartURL: start})
	}
	return all, nil
}

// tileName is what an environment's application is called: of several each has its own,
// or nobody could tell the tiles apart.
func tileName(c *config.Config, e config.Environment) string {
	if len(c.Environments) == 1 {
		return cmp.Or(e.SAMLName, setup.TileName)
	}
	return cmp.Or(e.SAMLName, setup.TileName+"_"+e.Key)
}

// startURL is where a tile leads: to the environment, in the one role that there is, or
// in one of those that the person has.
func startURL(c *config.Config, e config.Environment) (string, error) {
	var sets []string
	for _, t := range c.Targets() {
		if t.Environment.Key == e.Key {
			sets = append(sets, t.PermissionSetName)
		}
	}
	if len(sets) == 1 && sets[0] != "" {
		return mwaa.Link(c.AWS.PortalURL, e.Environment, sets[0], c.ConsoleURL(e.Environment))
	}
	return mwaa.Choice(c.AWS.PortalURL, e.Environment, c.ConsoleURL(e.Environment))
}

// TileSeen is what is there of an environment's application.
type TileSeen struct {
	setup.Tile
	// Unread is why MWAA did not tell the web server's address; the page says where it is.
	Unread error
	// Found is the application's ARN; without one, Missing says why in words.
	Found, Missing string
	Application    access.Application
	// Err is why AWS did not tell.
	Err error
}

// Look reads the web servers, finds the applications, and reads them.
func (p *Portal) Look(ctx context.Context) []TileSeen {
	all, err := p.center.Applications(ctx, p.instance)
	var seen []TileSeen
	for _, t := range p.tiles {
		one := TileSeen{Tile: t, Err: err}
		one.Server, one.SignIn, one.Unread = p.server(ctx, t.Environment)
		if err == nil {
			one.Found, one.Missing = t.Find(all)
		}
		if one.Found != "" {
			one.Application, one.Err = p.center.Application(ctx, one.Found)
		}
		seen = append(seen, one)
	}
	return seen
}

// server is the host of an environment's web server, and where it signs people in.
func (p *Portal) server(ctx context.Context, e access.Environment) (host, page string, err error) {
	state, err := p.airflow.Environment(ctx, e)
	if err != nil {
		return "", "", err
	}
	page, err = mwaa.SignIn(state.WebserverURL, state.Version)
	if err != nil {
		return "", "", err
	}
	u, err := url.Parse(page)
	if err != nil {
		return "", "", err
	}
	return u.Host, page, nil
}
