package tour

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"airpass/bot"
	"airpass/config"
	"airpass/doctor"
	"airpass/sandbox"
	"airpass/setup"
	"airpass/setup/apply"
)

// emptyTargets are what the organization that starts empty is to offer: one by an account
// assignment, one by a group.
var emptyTargets = []string{"prod/User", "dev/User"}

// unhurried are budgets for a world whose vendors limit nobody.
const unhurried = "quotas: {identity_center_per_second: 20, identity_store_per_second: 20, okta_per_minute: 60000}\n"

// unlimited is unhurried where the file allows no more than AWS's quotas.
func unlimited(c *config.Config) {
	c.Quotas.IdentityCenterPerSecond, c.Quotas.IdentityStorePerSecond = 10_000, 10_000
}

// empty is what the chapter of an organization that starts empty passes from step to step.
type empty struct {
	*story // in a world of its own, told by the same teller
	file   string
	wish   wish
	tile   string // the SAML application
}

// emptyChapter is the way from an organization in which nothing is to access that works.
func (s *story) emptyChapter(ctx context.Context) {
	if s.failed > 0 {
		return
	}
	c := &empty{story: &story{teller: s.teller, opts: s.opts, dir: filepath.Join(s.dir, "empty")},
		wish: wish{who: "ada", duration: "1h0m0s", reason: "Try what was set up a minute ago"}}
	defer c.close(context.WithoutCancel(ctx))
	s.begin("From an empty organization to access that works")
	s.step(ctx, "Another organization has no permission set and no group for Airflow", c.nothing)
	s.step(ctx, "airpass setup plan says what is missing, and changes nothing", c.plans)
	s.step(ctx, "airpass setup apply makes it; the group is pushed, and apply goes on", c.makes)
	s.step(ctx, "The page that airpass setup saml prints is followed in the console", c.follows)
	s.step(ctx, "airpass doctor finds nothing that is wrong", c.examined)
	s.step(ctx, "Ada asks, Grace approves: Airflow opens, and the portal has a tile", c.works)
	s.step(ctx, "airpass setup apply once more changes nothing", c.again)
}

func (c *empty) nothing(ctx context.Context, see *seen) error {
	if err := c.enter(ctx, sandbox.Options{Bare: true, Unlimited: true, PushDelay: -1, AssignmentDelay: -1}); err != nil {
		return err
	}
	c.world.IdentityCenter.SetProvisionDelay(0)
	if err := os.Mkdir(c.dir, 0o700); err != nil {
		return err
	}
	c.file = filepath.Join(c.dir, "airpass.yaml")
	if err := c.write(append(c.world.Config("sqlite:"+filepath.Join(c.dir, "airpass.db"), emptyTargets...), unhurried...)); err != nil {
		return err
	}
	center := c.world.IdentityCenter
	if n := len(center.PermissionSets()) + len(center.Applications()) + len(center.Assignments()); n > 0 {
		return fmt.Errorf("%d permission sets, applications and assignments are there", n)
	}
	see.that("Identity Center: no permission set, no application, no assignment")
	return nil
}

// write makes a text the configuration file.
func (c *empty) write(text []byte) error { return os.WriteFile(c.file, text, 0o600) }

// fill writes into the configuration file what the operator was told to write.
func (c *empty) fill(of string, fields ...setup.Field) error {
	text, err := os.ReadFile(c.file)
	if err != nil {
		return err
	}
	for _, f := range fields {
		text = sandbox.Fill(text, of, f.Name, f.Wanted)
	}
	return c.write(text)
}

// load reads the configuration file, for airpass setup or for the rest.
func (c *empty) load(ctx context.Context, forSetup bool) (*config.Config, error) {
	source := config.Source{Path: c.file, Setup: forSetup}
	cfg, err := source.Load(ctx)
	if err == nil {
		unlimited(cfg)
	}
	return cfg, err
}

// plan is what airpass setup plan does.
func (c *empty) plan(ctx context.Context) (*apply.Work, []setup.Plan, error) {
	cfg, err := c.load(ctx, true)
	if err != nil {
		return nil, nil, err
	}
	work, err := bot.Setup(cfg, nil, nil) //nolint:contextcheck // clients are built; they call nobody yet
	if err != nil {
		return nil, nil, err
	}
	work.Pause = 5 * lookEvery // what AWS works on here is done soon
	plans, err := work.Plan(ctx)
	return work, plans, err
}

// apply is what airpass setup apply does; it says what it has done and what is left.
func (c *empty) apply(ctx context.Context) (done int, left []setup.Plan, err error) {
	work, plans, err := c.plan(ctx)
	if err != nil {
		return 0, nil, err
	}
	for _, p := range plans {
		if len(p.Refused) > 0 {
			return 0, nil, fmt.Errorf("refused: %s", strings.Join(p.Refused, "; "))
		}
		done += len(p.Changes)
	}
	left, err = work.Carry(ctx, plans)
	return done, left, err
}

// written counts what was changed at the vendors, whether they took it or not.
func (c *empty) written() int {
	return len(c.world.IdentityCenter.Changes()) + len(c.world.Okta.Log())
}

func (c *empty) plans(ctx context.Context, see *seen) error {
	before := c.written()
	_, plans, err := c.plan(ctx)
	if err != nil {
		return err
	}
	for i, want := range [][]string{{"+ permission set airpass-prod-User", "+ Okta group airpass-prod-User", "role/data-platform-prod/User"},
		{"+ permission set airpass-dev-User", "+ Okta group airpass-dev-User", "by hand: push the Okta group airpass-dev-User"}} {
		for _, words := range want {
			if !strings.Contains(plans[i].String(), words) {
				return fmt.Errorf("the plan does not say %q:\n%s", words, plans[i])
			}
		}
	}
	see.that("The plan: two permission sets with their policies, two Okta groups; pushing a group is left to people")
	if n := c.written() - before; n > 0 {
		return fmt.Errorf("planning has changed %d things", n)
	}
	see.that("Okta, Identity Center: nothing was changed")
	return nil
}

func (c *empty) makes(ctx context.Context, see *seen) error {
	if _, _, err := c.apply(ctx); err != nil {
		return err
	}
	dev := ""
	for _, g := range c.world.Okta.Groups() {
		if g.Name == "airpass-dev-User" {
			dev = g.ID
		}
	}
	pushed, err := c.world.Okta.PushGroup(dev) // an administrator's click
	if err != nil {
		return err
	}
	_, left, err := c.apply(ctx)
	if err != nil {
		return err
	}
	for _, p := range left {
		if len(p.Changes)+len(p.ByHand) > 0 {
			return fmt.Errorf("something is left:\n%s", p)
		}
		if err := c.fill(p.Target, p.File...); err != nil {
			return err
		}
	}
	c.wish.target = c.world.Target("dev/User")
	for _, set := range c.world.IdentityCenter.PermissionSets() {
		see.that("Identity Center: the permission set %s with the tag %s=%s, sessions of %s", set.Name, setup.Tag, set.Tags[setup.Tag], set.SessionDuration)
		if set.Name == "airpass-dev-User" {
			c.wish.target.PermissionSet, c.wish.target.PermissionSetName = set.ARN, set.Name
		}
	}
	c.wish.target.OktaGroup, c.wish.target.IdentityCenterGroup = dev, pushed
	held := c.world.IdentityCenter.Assignments()
	if len(held) != 1 || held[0].PermissionSetARN != c.wish.target.PermissionSet || held[0].PrincipalID != pushed || len(c.world.IdentityCenter.PermissionSets()) != 2 {
		return fmt.Errorf("there are %d permission sets, and the assignments %+v", len(c.world.IdentityCenter.PermissionSets()), held)
	}
	see.that("Identity Center: the pushed group holds its permission set, and nobody is in it")
	return nil
}

// portal is what airpass setup saml looks at, of the one environment.
func (c *empty) portal(ctx context.Context) (bot.TileSeen, error) {
	cfg, err := c.load(ctx, true)
	if err != nil {
		return bot.TileSeen{}, err
	}
	p, err := bot.NewPortal(cfg, []string{"dev"}) //nolint:contextcheck // clients are built; they call nobody yet
	if err != nil {
		return bot.TileSeen{}, err
	}
	seen := p.Look(ctx)[0]
	return seen, errors.Join(seen.Err, seen.Unread)
}

func (c *empty) follows(ctx context.Context, see *seen) error {
	printed, err := c.portal(ctx)
	if err != nil {
		return err
	}
	if printed.Found != "" {
		return fmt.Errorf("there is an application already: %s", printed.Found)
	}
	made, err := c.world.IdentityCenter.FollowSAML(printed.Page())
	if err != nil {
		return err
	}
	see.that("Console: %s made, field by field as the page says; its ACS URL is %s", made.Name, made.SAML.ACS)
	found, err := c.portal(ctx)
	if err != nil {
		return err
	}
	if found.Found != made.ARN || len(found.Deviations(found.Application)) > 0 {
		return fmt.Errorf("found is %q, with %+v", found.Found, found.Deviations(found.Application))
	}
	see.that("airpass setup saml: it is found by its name, and as it has to be")
	c.tile = made.ARN
	return c.fill("dev", setup.Field{Name: "saml_application", Wanted: made.ARN})
}

func (c *empty) examined(ctx context.Context, see *seen) error {
	var err error
	if c.config, err = c.load(ctx, false); err != nil {
		return err
	}
	d, err := bot.Doctor(ctx, c.config, nil)
	if err != nil {
		return err
	}
	found, fine := doctor.Run(ctx, d.Checks(), nil), 0
	for _, f := range found {
		switch f.Severity {
		case doctor.Wrong, doctor.Unknown:
			return fmt.Errorf("%s, %s: %s", f.Check, f.About, f.Result)
		case doctor.Fine:
			fine++
		}
	}
	see.that("Slack, Okta, Identity Center, MWAA: %d of %d findings are fine, none is wrong, none unknown", fine, len(found))
	return nil
}

func (c *empty) works(ctx context.Context, see *seen) error {
	if err := c.startBot(ctx); err != nil {
		return err
	}
	if err := c.world.Slack.WaitConnected(ctx, 1); err != nil {
		return err
	}
	if err := c.ask(ctx, c.wish); err != nil {
		return err
	}
	card, err := c.undecided(ctx, "grace", "", c.wish)
	if err != nil {
		return err
	}
	if _, err := card.Button(approve).Click(ctx); err != nil {
		return err
	}
	if _, err := c.opens(ctx, c.wish, see); err != nil {
		return err
	}
	if err := until(ctx, "the portal shows Ada the tile", c.shown); err != nil {
		return err
	}
	see.that("Access portal: Ada has the tile of the SAML application, and nobody else has it")
	return nil
}

// shown says whether the access portal has the tile for Ada, and for her alone.
func (c *empty) shown() bool {
	for _, app := range c.world.IdentityCenter.Applications() {
		if app.ARN == c.tile {
			return len(app.Assigned) == 1 && c.tileOf("ada") && !c.tileOf("ben")
		}
	}
	return false
}

func (c *empty) tileOf(who string) bool {
	all, err := c.world.IdentityCenter.ApplicationsOf(c.world.Person(who).Login)
	for _, app := range all {
		if app.ARN == c.tile {
			return err == nil
		}
	}
	return false
}

func (c *empty) again(ctx context.Context, see *seen) error {
	before := c.written()
	done, _, err := c.apply(ctx)
	if err != nil {
		return err
	}
	if n := c.written() - before; done+n > 0 {
		return fmt.Errorf("%d changes planned, %d made", done, n)
	}
	see.that("Okta, Identity Center: nothing was to be done, and nothing was changed")
	return c.stopBot(ctx)
}
