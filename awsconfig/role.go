package awsconfig

import (
	"context"
	"fmt"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"airpass/access"
	"airpass/outbound"
)

// sessionName is what CloudTrail shows as the name of our role sessions.
const sessionName = "airpass"

// Session is a role session in the name of somebody, which may do no more than its policy
// says, whatever the role may. See
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session.
type Session struct {
	Name   string // shown wherever AWS names who did something
	Source string // the source identity: it stays with all that is done from the session
	Policy string // JSON; never empty: without one the session may do all that the role may
}

// sessionForm is that of session names and source identities alike.
// See https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html.
var sessionForm = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)

// Nameable says whether a text can be the name of a session, or its source identity.
func Nameable(text string) bool { return sessionForm.MatchString(text) }

// As returns the configuration of our own with the credentials of a session of o.Role,
// which are fetched when first needed and kept by nobody else. The error wraps
// access.ErrInvalid.
func As(own aws.Config, o Options, s Session) (aws.Config, error) {
	switch {
	case o.Role.RoleARN == "":
		return aws.Config{}, fmt.Errorf("%w: no role for the session of %q", access.ErrInvalid, s.Name)
	case !Nameable(s.Name) || !Nameable(s.Source):
		return aws.Config{}, fmt.Errorf("%w: %q from %q cannot be the name of a role session", access.ErrInvalid, s.Name, s.Source)
	case s.Policy == "":
		return aws.Config{}, fmt.Errorf("%w: the session of %q has no policy", access.ErrInvalid, s.Name)
	}
	as := own.Copy()
	as.Credentials = assumed(own, o, s)
	return as, nil
}

// assumed gives the credentials of o.Role, fetched when needed and kept until
// shortly before they expire.
func assumed(cfg aws.Config, o Options, s Session) aws.CredentialsProvider {
	client := sts.NewFromConfig(cfg, func(so *sts.Options) {
		if o.STSURL != "" {
			so.BaseEndpoint = aws.String(o.STSURL)
		}
	})
	provider := stscreds.NewAssumeRoleProvider(assumer{client, o.Caller}, o.Role.RoleARN, func(ro *stscreds.AssumeRoleOptions) {
		ro.RoleSessionName, ro.ExternalID = s.Name, given(o.Role.ExternalID)
		ro.SourceIdentity, ro.Policy = given(s.Source), given(s.Policy)
	})
	return aws.NewCredentialsCache(provider)
}

// given is nil for what is not given.
func given(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// assumer calls STS through the one door. The call is made from inside the call
// that needs the credentials; budgets are per vendor, so the two do not wait for
// each other's turn.
type assumer struct {
	client *sts.Client
	caller *outbound.Caller
}

// AssumeRole is what stscreds asks for.
// See https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html.
func (a assumer) AssumeRole(ctx context.Context, in *sts.AssumeRoleInput, set ...func(*sts.Options)) (out *sts.AssumeRoleOutput, err error) {
	err = a.caller.Do(ctx, outbound.AssumeRole, func(ctx context.Context) (err error) {
		out, err = a.client.AssumeRole(ctx, in, set...)
		return Failure(outbound.AssumeRole, err)
	})
	return out, err
}
