package chat

import (
	"context"
	"fmt"

	"github.com/slack-go/slack"

	"airpass/access"
	"airpass/outbound"
)

// Profile is what Slack knows of one of its users.
// See https://docs.slack.dev/reference/objects/user-object.
type Profile struct {
	ID       string
	Team     string // the person's home workspace
	Email    string // empty without the scope users:read.email
	Name     string // display name, else the real one
	RealName string
	TZ       string // IANA name
	Status   string // the emoji of their status, ":palm_tree:"; empty where they have none
	Locale   string // "de-DE"; empty where it was not asked for

	EmailConfirmed  bool
	Deleted         bool
	Bot             bool // a bot, an app's user or a workflow
	Restricted      bool // a guest, of one channel or several
	UltraRestricted bool // a guest of one channel
	Stranger        bool // of another workspace, known through a shared channel
	Invited         bool // has not signed in yet
}

// User returns what Slack knows of a person now, their locale too. It returns access.ErrNotFound for
// nobody.
// See https://docs.slack.dev/reference/methods/users.info.
func (c *Client) User(ctx context.Context, id string) (Profile, error) {
	if id == "" {
		return Profile{}, fmt.Errorf("%w: no Slack user id", access.ErrInvalid)
	}
	return c.profile(ctx, outbound.SlackUsersInfo, func(u Profile) bool { return u.ID == id },
		func(ctx context.Context) (*slack.User, error) {
			return c.api.GetUserInfoContext(ctx, id, slack.GetUserInfoOptionIncludeLocale(true))
		})
}

// UserByEmail returns the person with this address. People who are deactivated are
// not found. It returns access.ErrNotFound for nobody.
// See https://docs.slack.dev/reference/methods/users.lookupByEmail.
func (c *Client) UserByEmail(ctx context.Context, email string) (Profile, error) {
	if email == "" {
		return Profile{}, fmt.Errorf("%w: no e-mail address", access.ErrInvalid)
	}
	return c.profile(ctx, outbound.SlackLookupByEmail, func(u Profile) bool { return u.ID != "" },
		func(ctx context.Context) (*slack.User, error) {
			return c.api.GetUserByEmailContext(ctx, email)
		})
}

func (c *Client) profile(ctx context.Context, site outbound.Site, plausible func(Profile) bool,
	ask func(context.Context) (*slack.User, error),
) (Profile, error) {
	var p Profile
	err := c.caller.DoIn(ctx, site, "", func(ctx context.Context) error {
		u, err := ask(ctx)
		if err != nil {
			return classified(site, err)
		}
		if p = profileOf(u); !plausible(p) {
			return implausible(site, "another person than the one asked for, or nobody")
		}
		return nil
	})
	if err != nil {
		return Profile{}, err
	}
	return p, nil
}

func profileOf(u *slack.User) Profile {
	p := Profile{
		ID: u.ID, Team: u.TeamID, Email: u.Profile.Email, RealName: u.RealName, TZ: u.TZ, Locale: u.Locale, Status: u.Profile.StatusEmoji,
		EmailConfirmed: u.IsEmailConfirmed, Deleted: u.Deleted,
		Bot:        u.IsBot || u.IsAppUser || u.IsConnectorBot || u.IsWorkflowBot,
		Restricted: u.IsRestricted, UltraRestricted: u.IsUltraRestricted, Stranger: u.IsStranger, Invited: u.IsInvitedUser,
	}
	for _, name := range []string{u.Profile.DisplayName, u.Profile.RealName, u.RealName, u.Name} {
		if p.Name == "" {
			p.Name = name
		}
	}
	if p.RealName == "" {
		p.RealName = u.Profile.RealName
	}
	return p
}
