package identitycenter

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/document"
	idtypes "github.com/aws/aws-sdk-go-v2/service/identitystore/types"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"airpass/access"
	"airpass/outbound"
)

// PermissionSets lists the ARNs of all permission sets of an instance.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListPermissionSets.html.
func (c *Client) PermissionSets(ctx context.Context, instance string) ([]string, error) {
	var all []string
	in := &ssoadmin.ListPermissionSetsInput{InstanceArn: aws.String(instance), MaxResults: aws.Int32(pageSize)}
	err := eachPage(func(token *string) (next *string, err error) {
		in.NextToken = token
		var out *ssoadmin.ListPermissionSetsOutput
		err = c.caller.Do(ctx, outbound.ListPermissionSets, func(ctx context.Context) (err error) {
			out, err = c.admin.ListPermissionSets(ctx, in)
			return failure(outbound.ListPermissionSets, err)
		})
		if err != nil {
			return nil, err
		}
		all = append(all, out.PermissionSets...)
		return out.NextToken, nil
	})
	return all, err
}

// NameOf reads what a permission set is called.
func (c *Client) NameOf(ctx context.Context, instance, arn string) (string, error) {
	set, err := c.described(ctx, instance, arn)
	return set.Name, err
}

// Tags reads the tags of a permission set.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListTagsForResource.html.
func (c *Client) Tags(ctx context.Context, instance, arn string) (map[string]string, error) {
	all := map[string]string{}
	in := &ssoadmin.ListTagsForResourceInput{InstanceArn: aws.String(instance), ResourceArn: aws.String(arn)}
	err := eachPage(func(token *string) (next *string, err error) {
		in.NextToken = token
		var out *ssoadmin.ListTagsForResourceOutput
		err = c.caller.Do(ctx, outbound.ListTags, func(ctx context.Context) (err error) {
			out, err = c.admin.ListTagsForResource(ctx, in)
			return failure(outbound.ListTags, err)
		})
		if err != nil {
			return nil, err
		}
		for _, t := range out.Tags {
			all[aws.ToString(t.Key)] = aws.ToString(t.Value)
		}
		return out.NextToken, nil
	})
	return all, err
}

// CreatePermissionSet makes a permission set with tags and returns its ARN. It has no
// policy yet. A name that is taken is a conflict.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreatePermissionSet.html.
func (c *Client) CreatePermissionSet(ctx context.Context, instance string, p PermissionSet, tags map[string]string) (string, error) {
	in := &ssoadmin.CreatePermissionSetInput{InstanceArn: aws.String(instance), Name: aws.String(p.Name), Description: aws.String(p.Description),
		SessionDuration: aws.String(isoOf(p.Session)), RelayState: aws.String(p.RelayState)}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		in.Tags = append(in.Tags, types.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	var arn string
	err := c.caller.Do(ctx, outbound.CreatePermissionSet, func(ctx context.Context) error {
		out, err := c.admin.CreatePermissionSet(ctx, in)
		switch {
		case err != nil:
			return failure(outbound.CreatePermissionSet, err)
		case out.PermissionSet == nil || aws.ToString(out.PermissionSet.PermissionSetArn) == "":
			return implausible(outbound.CreatePermissionSet, "the answer has no ARN")
		}
		arn = *out.PermissionSet.PermissionSetArn
		return nil
	})
	return arn, err
}

// UpdatePermissionSet changes what a permission set says of itself, but for its name,
// which stays. Accounts have it once it is provisioned to them.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_UpdatePermissionSet.html.
func (c *Client) UpdatePermissionSet(ctx context.Context, instance, arn string, p PermissionSet) error {
	return c.caller.Do(ctx, outbound.UpdatePermissionSet, func(ctx context.Context) error {
		_, err := c.admin.UpdatePermissionSet(ctx, &ssoadmin.UpdatePermissionSetInput{InstanceArn: aws.String(instance), PermissionSetArn: aws.String(arn),
			Description: said(p.Description), SessionDuration: said(isoOf(p.Session)), RelayState: said(p.RelayState)})
		return failure(outbound.UpdatePermissionSet, err)
	})
}

// said is a text as AWS takes it, which takes no empty ones.
func said(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// SetSession changes how long sessions of a permission set last, and nothing else: AWS
// forgets a relay state that is not said again. Accounts have it once it is provisioned.
func (c *Client) SetSession(ctx context.Context, instance, arn string, lasts time.Duration) error {
	set, err := c.described(ctx, instance, arn)
	if err != nil {
		return err
	}
	set.Session = lasts
	return c.UpdatePermissionSet(ctx, instance, arn, set)
}

// PutInlinePolicy replaces the inline policy of a permission set. Accounts have it once
// it is provisioned to them.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_PutInlinePolicyToPermissionSet.html.
func (c *Client) PutInlinePolicy(ctx context.Context, instance, arn, policy string) error {
	return c.caller.Do(ctx, outbound.PutInlinePolicy, func(ctx context.Context) error {
		_, err := c.admin.PutInlinePolicyToPermissionSet(ctx, &ssoadmin.PutInlinePolicyToPermissionSetInput{InstanceArn: aws.String(instance), PermissionSetArn: aws.String(arn),
			InlinePolicy: aws.String(policy)})
		return failure(outbound.PutInlinePolicy, err)
	})
}

// Provision asks AWS to bring all accounts that have a permission set up to date. AWS
// works on it after it has answered, on three at the same time at most; see Provisioned.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ProvisionPermissionSet.html.
func (c *Client) Provision(ctx context.Context, instance, arn string) (requestID string, err error) {
	err = c.caller.Do(ctx, outbound.ProvisionPermissionSet, func(ctx context.Context) error {
		out, err := c.admin.ProvisionPermissionSet(ctx, &ssoadmin.ProvisionPermissionSetInput{InstanceArn: aws.String(instance), PermissionSetArn: aws.String(arn),
			TargetType: types.ProvisionTargetTypeAllProvisionedAccounts})
		switch {
		case err != nil:
			return failure(outbound.ProvisionPermissionSet, err)
		case out.PermissionSetProvisioningStatus == nil || aws.ToString(out.PermissionSetProvisioningStatus.RequestId) == "":
			return implausible(outbound.ProvisionPermissionSet, "the answer has no request id")
		}
		requestID = *out.PermissionSetProvisioningStatus.RequestId
		return nil
	})
	return requestID, err
}

// Provisioned says whether AWS has finished a provisioning, and with which failure.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_DescribePermissionSetProvisioningStatus.html.
func (c *Client) Provisioned(ctx context.Context, instance, requestID string) (done bool, failed string, err error) {
	err = c.caller.Do(ctx, outbound.DescribeProvisioning, func(ctx context.Context) error {
		out, err := c.admin.DescribePermissionSetProvisioningStatus(ctx, &ssoadmin.DescribePermissionSetProvisioningStatusInput{
			InstanceArn: aws.String(instance), ProvisionPermissionSetRequestId: aws.String(requestID)})
		switch {
		case err != nil:
			return failure(outbound.DescribeProvisioning, err)
		case out.PermissionSetProvisioningStatus == nil:
			return implausible(outbound.DescribeProvisioning, "the answer has no status")
		}
		s := out.PermissionSetProvisioningStatus
		switch s.Status {
		case types.StatusValuesInProgress:
		case types.StatusValuesSucceeded:
			done = true
		case types.StatusValuesFailed:
			done, failed = true, aws.ToString(s.FailureReason)
			if failed == "" {
				failed = "AWS gave no reason"
			}
		default:
			return implausible(outbound.DescribeProvisioning, "unheard-of status %q", s.Status)
		}
		return nil
	})
	return done, failed, err
}

// ProvisionedIn lists the accounts that have a permission set, or only those that have
// an older version of it.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListAccountsForProvisionedPermissionSet.html.
func (c *Client) ProvisionedIn(ctx context.Context, instance, arn string, outdated bool) ([]string, error) {
	in := &ssoadmin.ListAccountsForProvisionedPermissionSetInput{InstanceArn: aws.String(instance), PermissionSetArn: aws.String(arn)}
	if outdated {
		in.ProvisioningStatus = types.ProvisioningStatusLatestPermissionSetNotProvisioned
	}
	var all []string
	err := eachPage(func(token *string) (next *string, err error) {
		in.NextToken = token
		var out *ssoadmin.ListAccountsForProvisionedPermissionSetOutput
		err = c.caller.Do(ctx, outbound.ListProvisioned, func(ctx context.Context) (err error) {
			out, err = c.admin.ListAccountsForProvisionedPermissionSet(ctx, in)
			return failure(outbound.ListProvisioned, err)
		})
		if err != nil {
			return nil, err
		}
		all = append(all, out.AccountIds...)
		return out.NextToken, nil
	})
	return all, err
}

// AssignGroup assigns a permission set to a group in an account, as Add does to a person.
func (c *Client) AssignGroup(ctx context.Context, instance, account, set, group string) (access.Receipt, error) {
	return c.assign(ctx, assignable{instance, account, set}, types.PrincipalTypeGroup, group)
}

// GroupAssigned says what became of an AssignGroup.
func (c *Client) GroupAssigned(ctx context.Context, instance, requestID string) (access.Progress, error) {
	return c.progressOf(ctx, direction{instance, access.Add}, requestID)
}

// GroupID returns the id of the group with this name in the identity store, which is the
// name under which Okta pushed it. The error wraps access.ErrNotFound if there is none.
// See https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_GetGroupId.html.
func (c *Client) GroupID(ctx context.Context, name string) (string, error) {
	var id string
	err := c.caller.Do(ctx, outbound.GetGroupID, func(ctx context.Context) error {
		out, err := c.people.GetGroupId(ctx, &identitystore.GetGroupIdInput{
			IdentityStoreId: aws.String(c.opts.IdentityStore),
			AlternateIdentifier: &idtypes.AlternateIdentifierMemberUniqueAttribute{Value: idtypes.UniqueAttribute{
				AttributePath: aws.String("displayName"), AttributeValue: document.NewLazyDocument(name),
			}},
		})
		if err != nil {
			return failure(outbound.GetGroupID, err)
		}
		if id = aws.ToString(out.GroupId); id == "" {
			return implausible(outbound.GetGroupID, "the answer has no group id")
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("group %q of Identity Center: %w", name, err)
	}
	return id, nil
}

// isoOf is a duration as AWS takes it: hours and minutes.
func isoOf(d time.Duration) string {
	text := "PT"
	if h := int(d / time.Hour); h > 0 {
		text += fmt.Sprintf("%dH", h)
	}
	if m := int(d % time.Hour / time.Minute); m > 0 {
		text += fmt.Sprintf("%dM", m)
	}
	return text
}
