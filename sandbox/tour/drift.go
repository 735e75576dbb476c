package tour

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"airpass/config"
	"airpass/sandbox"
	"airpass/sandbox/control"
	"airpass/sandbox/identitycenter"
	"airpass/sandbox/okta"
	"airpass/sandbox/workspace"
)

// driftActions are what the town of the chapter has done about drift.
const driftActions = `drift:
  actions: {missing: repair, half_okta: repair, half_aws: repair, extra: adopt, leftover: remove, inactive_holder: remove, policy_edited: repair, not_provisioned: repair,
    stale_principal: remove, group_unassigned: repair, no_account: remove}
`

// drift is what the chapter of drift passes from step to step.
type drift struct {
	*story // in a world of its own, told by the same teller
	group  string
	stale  identitycenter.Assignment
}

// driftChapter is a town in which people have changed in Okta and AWS what airpass gave.
func (s *story) driftChapter(ctx context.Context) {
	if s.failed > 0 {
		return
	}
	c := &drift{story: &story{teller: s.teller, opts: s.opts, dir: filepath.Join(s.dir, "drift")}}
	defer c.close(context.WithoutCancel(ctx))
	s.begin("Drift: what is in Okta and AWS is not what grants say")
	s.step(ctx, "In another town people have access, and somebody makes a mess by hand", c.seeded)
	s.step(ctx, "A first look tells twelve kinds of finding, and changes nothing", c.told)
	s.step(ctx, "A second look finds them too: what may be mended is", c.mended)
	s.step(ctx, "People mend what is left, and the message says that all is well", c.well)
}

func (c *drift) seeded(ctx context.Context, see *seen) error {
	if err := c.enter(ctx, sandbox.Options{Unlimited: true, SlackRate: hurry, PushDelay: -1, AssignmentDelay: -1}); err != nil {
		return err
	}
	c.world.IdentityCenter.SetProvisionDelay(0)
	c.world.IdentityCenter.SetTakesFromGone(true)
	if err := os.Mkdir(c.dir, 0o700); err != nil {
		return err
	}
	file := string(c.world.Config("sqlite:"+filepath.Join(c.dir, "airpass.db"))) + unhurried + driftActions
	var err error
	if c.config, err = config.Parse("drift.yaml", []byte(file), os.LookupEnv); err != nil {
		return err
	}
	unlimited(c.config)
	if err := c.startBot(ctx); err != nil {
		return err
	}
	if err := c.world.Slack.WaitConnected(ctx, 1); err != nil {
		return err
	}
	if err := c.leftOver(ctx); err != nil {
		return err
	}
	if err := c.giveAll(ctx, map[string][]string{"ada": {"prod/Viewer"}, "ben": {"prod/Viewer", "prod/User"}, "chen": {"prod/User"}}); err != nil {
		return err
	}
	see.that("Identity Center: Ada, Ben and Chen have what was approved; a removal that AWS refuses is left over")
	return c.mess(see)
}

// gives asks and approves, and waits until it is there.
func (c *drift) gives(ctx context.Context, who, target, duration string) error {
	w := wish{who: who, target: c.world.Target(target), duration: duration, reason: who + " needs " + target}
	if err := c.ask(ctx, w); err != nil {
		return err
	}
	if err := c.approves(ctx, "grace", w); err != nil {
		return err
	}
	_, err := c.reads(ctx, who, w, "Access is active")
	return err
}

// giveAll gives several people what they ask for, side by side.
func (c *drift) giveAll(ctx context.Context, targets map[string][]string) error {
	errs := make(chan error, len(targets))
	for who, wants := range targets {
		go func() {
			var err error
			for _, target := range wants {
				err = errors.Join(err, c.gives(ctx, who, target, "8h0m0s"))
			}
			errs <- err
		}()
	}
	var err error
	for range targets {
		err = errors.Join(err, <-errs)
	}
	return err
}

// leftOver is a grant that is over while AWS refuses to take away what it gave.
func (c *drift) leftOver(ctx context.Context) error {
	if err := c.gives(ctx, "ada", "dev/Admin", "1h0m0s"); err != nil {
		return err
	}
	c.world.IdentityCenter.Faults().Add(control.Fault{Op: "DeleteAccountAssignment", Answer: "denied"})
	if err := c.advance(ctx, 61*time.Minute); err != nil {
		return err
	}
	if err := until(ctx, "the removal is tried", func() bool {
		for _, call := range c.world.IdentityCenter.Faults().Calls() {
			if call.Op == "DeleteAccountAssignment" {
				return true
			}
		}
		return false
	}); err != nil {
		return err
	}
	return c.advance(ctx, 10*time.Minute)
}

// by is an assignment as somebody makes it in the console.
func (c *drift) by(kind, id, target string) identitycenter.Assignment {
	t := c.world.Target(target)
	return identitycenter.Assignment{Account: t.Account, PermissionSetARN: t.PermissionSet, PrincipalType: kind, PrincipalID: id}
}

func (c *drift) person(who, target string) identitycenter.Assignment {
	for _, u := range c.world.IdentityCenter.Users() {
		if u.UserName == c.world.Person(who).Login {
			return c.by(identitycenter.PrincipalUser, u.ID, target)
		}
	}
	return identitycenter.Assignment{}
}

// pushed is what the pushed group of dev/User holds.
func (c *drift) pushed() identitycenter.Assignment {
	return c.by(identitycenter.PrincipalGroup, c.world.Target("dev/User").IdentityCenterGroup, "dev/User")
}

// there says whether Identity Center has an assignment.
func (c *drift) there(a identitycenter.Assignment) bool {
	c.world.IdentityCenter.Sync()
	return slices.ContainsFunc(c.world.IdentityCenter.Assignments(), func(is identitycenter.Assignment) bool {
		return is.Account == a.Account && is.PermissionSetARN == a.PermissionSetARN && is.PrincipalID == a.PrincipalID
	})
}

func (c *drift) policy(target string) string {
	for _, set := range c.world.IdentityCenter.PermissionSets() {
		if set.ARN == c.world.Target(target).PermissionSet {
			return set.InlinePolicy
		}
	}
	return ""
}

// mess changes by hand, in Okta and Identity Center, what drift is to find.
func (c *drift) mess(see *seen) error {
	center, directory, at := c.world.IdentityCenter, c.world.Okta, c.world.Target
	other, err := center.AddGroup(identitycenter.Group{Name: "somebody's group"})
	if err != nil {
		return err
	}
	c.group, c.stale = other.ID, c.person("erik", "prod/Viewer")
	for _, act := range []func() error{
		func() error { return center.Unassign(c.person("ada", "prod/Viewer")) },
		func() error { return center.Unassign(c.person("chen", "prod/User")) },
		func() error {
			return directory.SetMember(at("prod/User").OktaGroup, c.world.Person("ben").Login, false)
		},
		func() error { return center.Assign(c.person("vera", "prod/Viewer")) },
		func() error { return center.Assign(c.stale) },
		func() error { return center.DeleteUser(c.world.Person("erik").Login) },
		func() error { return center.Assign(c.person("pavel", "prod/Viewer")) },
		func() error { return directory.SetStatus(c.world.Person("pavel").Login, okta.Suspended) },
		func() error {
			return directory.SetMember(at("prod/User").OktaGroup, c.world.Person("nina").Login, true)
		},
		func() error { return center.Assign(c.by(identitycenter.PrincipalGroup, c.group, "dev/User")) },
		func() error {
			return center.Unassign(c.pushed())
		},
		func() error {
			return center.SetInlinePolicy(at("prod/Admin").PermissionSet, strings.ReplaceAll(c.policy("prod/Admin"), "/Admin", "/*"))
		},
		func() error {
			return center.SetInlinePolicy(at("prod/Viewer").PermissionSet, c.policy("prod/Viewer")+" ")
		},
	} {
		if err := act(); err != nil {
			return err
		}
	}
	see.that("Okta, Identity Center: twelve things are changed by hand")
	return nil
}

// headline begins the one message about drift.
const headline = "What is in Okta and AWS is"

func (c *drift) told(ctx context.Context, see *seen) error {
	before := c.written()
	if err := c.bot.LookForDrift(ctx); err != nil {
		return err
	}
	kinds := []string{"missing", "half_okta", "half_aws", "extra", "leftover", "inactive_holder", "stale_principal", "no_account", "other_group", "group_unassigned", "policy_edited", "not_provisioned"}
	words := []string{headline + " not what grants say"}
	for _, kind := range kinds {
		words = append(words, "1 `"+kind+"`")
	}
	if err := c.admins(ctx, words...); err != nil {
		return err
	}
	see.that("Slack: one message in the admin channel says %s", strings.Join(kinds, ", "))
	if n := c.written() - before; n > 0 {
		return fmt.Errorf("%d changes were made", n)
	}
	at := c.world.Target
	if c.assigned("ada", at("prod/Viewer")) > 0 || c.assigned("pavel", at("prod/Viewer")) == 0 || c.member("ben", at("prod/User")) || !c.member("nina", at("prod/User")) {
		return errors.New("something was mended that only one look has found")
	}
	see.that("Identity Center, Okta: nothing was changed")
	return nil
}

// written counts what airpass has changed in Identity Center.
func (c *drift) written() int {
	return c.changes("CreateAccountAssignment") + c.changes("DeleteAccountAssignment") + c.changes("PutInlinePolicyToPermissionSet") + c.changes("ProvisionPermissionSet")
}

// admins waits until the message about drift says these words.
func (c *drift) admins(ctx context.Context, words ...string) error {
	p := c.world.As("sam")
	says := workspace.Saying(words...)
	_, err := p.WaitMessage(ctx, func(m workspace.Message) bool { return m.Channel == sandbox.AdminChannel && says(m) })
	if err != nil {
		return fmt.Errorf("%w; what stands there is:\n%s", err, last(p.Messages(sandbox.AdminChannel)))
	}
	return nil
}

func (c *drift) mended(ctx context.Context, see *seen) error {
	c.world.IdentityCenter.Faults().Clear()
	if err := c.bot.LookForDrift(ctx); err != nil {
		return err
	}
	at := c.world.Target
	for _, w := range []struct {
		says  string
		holds func() bool
	}{
		{"Identity Center: Ada and Chen have again what their grants say", func() bool {
			return c.assigned("ada", at("prod/Viewer")) == 1 && c.assigned("chen", at("prod/User")) == 1
		}},
		{"Okta: Ben is in the group of prod/User again", func() bool { return c.member("ben", at("prod/User")) }},
		{"Identity Center: Pavel, who is suspended, has nothing; what was left over of Ada's is gone", func() bool {
			return c.assigned("pavel", at("prod/Viewer")) == 0 && c.assigned("ada", at("dev/Admin")) == 0
		}},
		{"Identity Center: what was assigned to an id that nobody has is gone, and the pushed group of dev/User holds its permission set again", func() bool {
			return !c.there(c.stale) && c.there(c.pushed())
		}},
		{"Okta: Nina, who has no account in Identity Center, is out of the group", func() bool { return !c.member("nina", at("prod/User")) }},
		{"Identity Center: the policy of prod/Admin opens no other role any more", func() bool { return !strings.Contains(c.policy("prod/Admin"), "/*") }},
	} {
		if err := until(ctx, w.says, w.holds); err != nil {
			return err
		}
		see.that("%s", w.says)
	}
	if c.assigned("vera", at("prod/Viewer")) != 1 {
		return errors.New("what was to be adopted is gone")
	}
	see.that("Identity Center: Vera keeps what she had before: it is known as standing access")
	return nil
}

func (c *drift) well(ctx context.Context, see *seen) error {
	if err := c.world.IdentityCenter.Unassign(c.by(identitycenter.PrincipalGroup, c.group, "dev/User")); err != nil {
		return err
	}
	// What was mended is read back and settles while this looks.
	for {
		if err := c.bot.LookForDrift(ctx); err != nil {
			return err
		}
		soon, cancel := context.WithTimeout(ctx, time.Second)
		err := c.admins(soon, headline+" what grants say again")
		cancel()
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return err
		}
	}
	see.that("Slack: the same message says that everything is as grants say")
	return nil
}
