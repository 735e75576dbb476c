package awsconfig

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"airpass/outbound"
)

// sessionName is what CloudTrail shows as the name of our role sessions.
const sessionName = "airpass"

// assumed gives the credentials of o.Role, fetched when needed and kept until
// shortly before they expire.
func assumed(cfg aws.Config, o Options) aws.CredentialsProvider {
	client := sts.NewFromConfig(cfg, func(so *sts.Options) {
		if o.STSURL != "" {
			so.BaseEndpoint = aws.String(o.STSURL)
		}
	})
	provider := stscreds.NewAssumeRoleProvider(assumer{client, o.Caller}, o.Role.RoleARN, func(ro *stscreds.AssumeRoleOptions) {
		ro.RoleSessionName = sessionName
		if o.Role.ExternalID != "" {
			ro.ExternalID = aws.String(o.Role.ExternalID)
		}
	})
	return aws.NewCredentialsCache(provider)
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
