package approvals

import (
	"context"
	"errors"
	"slices"
	"strings"

	"airpass/access"
	"airpass/grants"
)

// Identity is one human as all sides know them.
type Identity struct {
	Slack  access.SlackUser
	Person access.Person
	Zone   string // as Slack has it, IANA; empty is unknown
	Locale string // as Slack has it, "de-DE"; empty is unknown
}

// Identify finds the one ACTIVE Okta user who is this Slack user. Every step that
// has no match, or two, refuses with an error that wraps access.ErrNotAllowed and
// says which step it was and whom to ask.
func (s *Service) Identify(ctx context.Context, team, slackID string) (Identity, error) {
	if team != s.Team {
		return Identity{}, refuse("airpass serves another Slack workspace than yours")
	}
	profile, err := s.Workspace.User(ctx, slackID)
	if errors.Is(err, access.ErrNotFound) {
		return Identity{}, refuse("Slack does not know you in this workspace")
	}
	if err != nil {
		return Identity{}, err
	}
	if err := s.acceptProfile(profile); err != nil {
		return Identity{}, err
	}
	person, err := s.oneActive(ctx, profile.Email)
	if err != nil {
		return Identity{}, err
	}
	if err := s.sameAsBound(ctx, team, slackID, person, profile.Email); err != nil {
		return Identity{}, err
	}
	return Identity{
		Slack:  access.SlackUser{Team: team, ID: slackID, Email: profile.Email, Name: profile.Name},
		Person: person,
		Zone:   profile.Zone,
		Locale: profile.Locale,
	}, nil
}

// acceptProfile refuses everybody who is not a full, present, human member with a
// confirmed address in an allowed domain.
// See https://docs.slack.dev/reference/objects/user-object.
func (s *Service) acceptProfile(p Profile) error {
	_, domain, _ := strings.Cut(p.Email, "@")
	switch {
	case p.Team != s.Team || p.Stranger:
		return refuse("you belong to another organization's Slack; only members of this workspace can use airpass")
	case p.Deleted:
		return refuse("your Slack account is deactivated")
	case p.Bot:
		return refuse("bots cannot have access")
	case p.Guest:
		return refuse("guests of this workspace cannot use airpass; ask a Slack admin to make you a full member")
	case p.Email == "" || !p.EmailConfirmed || p.NotYetIn:
		return refuse("your e-mail address in Slack is not confirmed; confirm it in your Slack profile")
	case !slices.Contains(s.AllowedDomains, strings.ToLower(domain)):
		return refuse("your Slack e-mail address is not in a domain that airpass accepts; ask your airpass admins")
	}
	return nil
}

// oneActive finds the one ACTIVE Okta user with an e-mail address.
func (s *Service) oneActive(ctx context.Context, email string) (access.Person, error) {
	found, err := s.Directory.ByEmail(ctx, email)
	if err != nil {
		return access.Person{}, err
	}
	active := slices.DeleteFunc(found, func(p access.Person) bool { return !p.Active() })
	switch len(active) {
	case 1:
		return active[0], nil
	case 0:
		return access.Person{}, refuse("Okta has no active user with your Slack e-mail address; ask your Okta admins")
	}
	return access.Person{}, refuse("Okta has %d active users with your Slack e-mail address, so airpass cannot tell who you are; ask your Okta admins", len(active))
}

// sameAsBound refuses somebody whose Slack account was tied to another Okta user or
// address before: either side may have been taken over.
func (s *Service) sameAsBound(ctx context.Context, team, slackID string, p access.Person, email string) error {
	bound, found, err := s.Store.Binding(ctx, team, slackID)
	if err != nil || !found {
		return err
	}
	if bound.OktaID != p.OktaID || !strings.EqualFold(bound.Email, email) {
		return refuse("your Slack account was tied to another e-mail address or Okta user before; ask your airpass admins to confirm the change (airpass people rebind)")
	}
	return nil
}

// inIdentityCenter resolves somebody's user id in Identity Center. Without an error it
// is empty for somebody who has no account there and is given one by a grant of the
// target.
func (s *Service) inIdentityCenter(ctx context.Context, p access.Person, t access.Target) (string, error) {
	userName, id, err := grants.PersonOf(ctx, s.Directory, s.People, p.OktaID)
	_, given := t.Account(p.OktaID)
	switch {
	case !errors.Is(err, access.ErrNotFound):
		return id, err
	case given:
		return "", nil
	case userName == "":
		return "", refuse("%s is not assigned to the AWS application in Okta, so AWS does not know them; ask your Okta admins", p.Login)
	}
	return "", refuse("AWS IAM Identity Center has no user named %s yet; if Okta assigned them just now, try again in a few minutes, else ask your Okta admins", userName)
}
