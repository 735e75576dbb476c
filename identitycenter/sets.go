package identitycenter

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"airpass/access"
	"airpass/outbound"
)

// Instance is an Identity Center instance as our credentials see it.
type Instance struct {
	ARN           string
	IdentityStore string
	Owner         string // account id
}

// Instances lists the instances that our credentials can see, in our region.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListInstances.html.
func (c *Client) Instances(ctx context.Context) ([]Instance, error) {
	var all []Instance
	pages := ssoadmin.NewListInstancesPaginator(c.admin, &ssoadmin.ListInstancesInput{})
	for pages.HasMorePages() {
		err := c.caller.Do(ctx, outbound.ListInstances, func(ctx context.Context) error {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return failure(outbound.ListInstances, err)
			}
			for _, i := range page.Instances {
				all = append(all, Instance{ARN: aws.ToString(i.InstanceArn), IdentityStore: aws.ToString(i.IdentityStoreId), Owner: aws.ToString(i.OwnerAccountId)})
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// PermissionSet is what a permission set says of itself.
type PermissionSet struct {
	Name        string
	Description string
	// Session is how long its sessions live; zero if AWS says it in a way that is not understood.
	Session    time.Duration
	RelayState string
	// Policy is the inline policy, JSON; empty if there is none.
	Policy string
}

// PermissionSet reads a permission set and its inline policy. The error wraps
// access.ErrNotFound if there is none of this ARN.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_DescribePermissionSet.html.
func (c *Client) PermissionSet(ctx context.Context, instance, arn string) (PermissionSet, error) {
	set, err := c.described(ctx, instance, arn)
	if err == nil {
		err = c.caller.Do(ctx, outbound.GetInlinePolicy, func(ctx context.Context) error {
			out, err := c.admin.GetInlinePolicyForPermissionSet(ctx, &ssoadmin.GetInlinePolicyForPermissionSetInput{InstanceArn: aws.String(instance), PermissionSetArn: aws.String(arn)})
			if err != nil {
				return failure(outbound.GetInlinePolicy, err)
			}
			set.Policy = aws.ToString(out.InlinePolicy)
			return nil
		})
	}
	if err != nil {
		return PermissionSet{}, fmt.Errorf("permission set %s: %w", arn, err)
	}
	return set, nil
}

// Attached is what a permission set opens, or bounds, beside its inline policy.
type Attached struct {
	// Policies are the ARNs of AWS's managed policies, and the paths and names of those of
	// the accounts' own.
	Policies []string
	Boundary string // of permissions, named in the same way; empty is none
}

// Attached reads what is attached to a permission set: two lists, of up to 100 a page, and
// the boundary.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListManagedPoliciesInPermissionSet.html,
// https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListCustomerManagedPolicyReferencesInPermissionSet.html.
func (c *Client) Attached(ctx context.Context, instance, arn string) (Attached, error) {
	var all Attached
	managed := &ssoadmin.ListManagedPoliciesInPermissionSetInput{InstanceArn: aws.String(instance), PermissionSetArn: aws.String(arn), MaxResults: aws.Int32(pageSize)}
	err := eachPage(func(token *string) (next *string, err error) {
		managed.NextToken = token
		return next, c.caller.Do(ctx, outbound.ListManagedPolicies, func(ctx context.Context) error {
			out, err := c.admin.ListManagedPoliciesInPermissionSet(ctx, managed)
			if err != nil {
				return failure(outbound.ListManagedPolicies, err)
			}
			for _, p := range out.AttachedManagedPolicies {
				all.Policies = append(all.Policies, aws.ToString(p.Arn))
			}
			next = out.NextToken
			return nil
		})
	})
	if err != nil {
		return all, err
	}
	customers := &ssoadmin.ListCustomerManagedPolicyReferencesInPermissionSetInput{InstanceArn: aws.String(instance), PermissionSetArn: aws.String(arn), MaxResults: aws.Int32(pageSize)}
	err = eachPage(func(token *string) (next *string, err error) {
		customers.NextToken = token
		return next, c.caller.Do(ctx, outbound.ListCustomerPolicies, func(ctx context.Context) error {
			out, err := c.admin.ListCustomerManagedPolicyReferencesInPermissionSet(ctx, customers)
			if err != nil {
				return failure(outbound.ListCustomerPolicies, err)
			}
			for _, p := range out.CustomerManagedPolicyReferences {
				all.Policies = append(all.Policies, referred(p))
			}
			next = out.NextToken
			return nil
		})
	})
	if err == nil {
		all.Boundary, err = c.boundary(ctx, instance, arn)
	}
	return all, err
}

// boundary reads the permissions boundary of a permission set that is there. AWS says of
// none that it was not found.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_GetPermissionsBoundaryForPermissionSet.html.
func (c *Client) boundary(ctx context.Context, instance, arn string) (name string, err error) {
	err = c.caller.Do(ctx, outbound.GetBoundary, func(ctx context.Context) error {
		out, err := c.admin.GetPermissionsBoundaryForPermissionSet(ctx, &ssoadmin.GetPermissionsBoundaryForPermissionSetInput{InstanceArn: aws.String(instance), PermissionSetArn: aws.String(arn)})
		if err != nil {
			return failure(outbound.GetBoundary, err)
		}
		if b := out.PermissionsBoundary; b != nil && b.CustomerManagedPolicyReference != nil {
			name = referred(*b.CustomerManagedPolicyReference)
		} else if b != nil {
			name = aws.ToString(b.ManagedPolicyArn)
		}
		return nil
	})
	if access.ClassOf(err) == access.Missing {
		return "", nil
	}
	return name, err
}

// referred names a policy that each account has of its own: the path begins and ends with /.
func referred(p types.CustomerManagedPolicyReference) string {
	return cmp.Or(aws.ToString(p.Path), "/") + aws.ToString(p.Name)
}

// described reads what a permission set says of itself.
func (c *Client) described(ctx context.Context, instance, arn string) (set PermissionSet, err error) {
	err = c.caller.Do(ctx, outbound.DescribePermissionSet, func(ctx context.Context) error {
		out, err := c.admin.DescribePermissionSet(ctx, &ssoadmin.DescribePermissionSetInput{InstanceArn: aws.String(instance), PermissionSetArn: aws.String(arn)})
		switch {
		case err != nil:
			return failure(outbound.DescribePermissionSet, err)
		case out.PermissionSet == nil:
			return implausible(outbound.DescribePermissionSet, "the answer has no permission set")
		}
		p := out.PermissionSet
		set = PermissionSet{Name: aws.ToString(p.Name), Description: aws.ToString(p.Description), Session: isoDuration(aws.ToString(p.SessionDuration)), RelayState: aws.ToString(p.RelayState)}
		return nil
	})
	return set, err
}

// Outdated says whether an account still has an older version of a permission set: an
// edit changes nothing there until it is provisioned.
func (c *Client) Outdated(ctx context.Context, instance, arn, account string) (bool, error) {
	in, err := c.ProvisionedIn(ctx, instance, arn, true)
	if err != nil {
		return false, fmt.Errorf("permission set %s: %w", arn, err)
	}
	return slices.Contains(in, account), nil
}

// OutdatedIn lists the permission sets of which an account has an older version: one list, of
// up to 100 a page, for all permission sets of the account.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListPermissionSetsProvisionedToAccount.html.
func (c *Client) OutdatedIn(ctx context.Context, instance, account string) ([]string, error) {
	in := &ssoadmin.ListPermissionSetsProvisionedToAccountInput{InstanceArn: aws.String(instance), AccountId: aws.String(account), MaxResults: aws.Int32(pageSize),
		ProvisioningStatus: types.ProvisioningStatusLatestPermissionSetNotProvisioned}
	var all []string
	err := eachPage(func(token *string) (next *string, err error) {
		in.NextToken = token
		return next, c.caller.Do(ctx, outbound.ListProvisionedSets, func(ctx context.Context) error {
			out, err := c.admin.ListPermissionSetsProvisionedToAccount(ctx, in)
			if err != nil {
				return failure(outbound.ListProvisionedSets, err)
			}
			all, next = append(all, out.PermissionSets...), out.NextToken
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("permission sets of account %s: %w", account, err)
	}
	return all, nil
}

// An ISO 8601 duration of hours and minutes, which is all that the service takes: 1 h to 12 h.
var hoursMinutes = regexp.MustCompile(`^PT(?:(\d{1,3})H)?(?:(\d{1,3})M)?$`)

func isoDuration(text string) time.Duration {
	m := hoursMinutes.FindStringSubmatch(text)
	if m == nil {
		return 0
	}
	hours, _ := strconv.Atoi(m[1]) // empty is none
	minutes, _ := strconv.Atoi(m[2])
	return time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
}
