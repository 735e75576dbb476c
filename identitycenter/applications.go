package identitycenter

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"airpass/access"
	"airpass/outbound"
)

// Applications lists the applications of an instance: what each says of itself, and
// neither its protocol nor who is assigned to it.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListApplications.html.
func (c *Client) Applications(ctx context.Context, instance string) ([]access.Application, error) {
	var all []access.Application
	in := &ssoadmin.ListApplicationsInput{InstanceArn: aws.String(instance)}
	err := eachPage(func(token *string) (next *string, err error) {
		in.NextToken = token
		var out *ssoadmin.ListApplicationsOutput
		err = c.caller.Do(ctx, outbound.ListApplications, func(ctx context.Context) (err error) {
			out, err = c.admin.ListApplications(ctx, in)
			return failure(outbound.ListApplications, err)
		})
		if err != nil {
			return nil, err
		}
		for _, a := range out.Applications {
			all = append(all, applicationOf(a.ApplicationArn, a.Name, a.Description, a.Status, a.PortalOptions))
		}
		return out.NextToken, nil
	})
	return all, err
}

func applicationOf(arn, name, description *string, status types.ApplicationStatus, portal *types.PortalOptions) access.Application {
	a := access.Application{ARN: aws.ToString(arn), Name: aws.ToString(name), Description: aws.ToString(description), Enabled: status == types.ApplicationStatusEnabled}
	if portal == nil {
		return a
	}
	a.Visible = portal.Visibility != types.ApplicationVisibilityDisabled
	if s := portal.SignInOptions; s != nil && s.Origin == types.SignInOriginApplication {
		a.URL = aws.ToString(s.ApplicationUrl)
	}
	return a
}

// Application reads all that the API shows of an application. The error wraps
// access.ErrNotFound if there is none of this ARN.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_DescribeApplication.html.
func (c *Client) Application(ctx context.Context, arn string) (access.Application, error) {
	var a access.Application
	var provider string
	err := c.caller.Do(ctx, outbound.DescribeApplication, func(ctx context.Context) error {
		out, err := c.admin.DescribeApplication(ctx, &ssoadmin.DescribeApplicationInput{ApplicationArn: aws.String(arn)})
		if err != nil {
			return failure(outbound.DescribeApplication, err)
		}
		provider = aws.ToString(out.ApplicationProviderArn)
		a = applicationOf(out.ApplicationArn, out.Name, out.Description, out.Status, out.PortalOptions)
		return nil
	})
	if err == nil {
		a.Protocol, err = c.protocol(ctx, provider)
	}
	if err == nil {
		a.Required, err = c.assignmentRequired(ctx, arn)
	}
	if err == nil {
		a.People, a.Groups, err = c.assignedTo(ctx, arn)
		if access.ClassOf(err) == access.Rejected {
			a.Refused, err = err.Error(), nil
		}
	}
	if err != nil {
		return access.Application{}, fmt.Errorf("application %s: %w", arn, err)
	}
	return a, nil
}

// protocol is how the applications of a provider sign people in.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_DescribeApplicationProvider.html.
func (c *Client) protocol(ctx context.Context, provider string) (protocol string, err error) {
	if provider == "" {
		return "", nil
	}
	err = c.caller.Do(ctx, outbound.DescribeApplicationProvider, func(ctx context.Context) error {
		out, err := c.admin.DescribeApplicationProvider(ctx, &ssoadmin.DescribeApplicationProviderInput{ApplicationProviderArn: aws.String(provider)})
		if err != nil {
			return failure(outbound.DescribeApplicationProvider, err)
		}
		protocol = string(out.FederationProtocol)
		return nil
	})
	if access.ClassOf(err) == access.Missing { // it is the application that was asked about
		err = reclassified(err, access.Rejected)
	}
	return protocol, err
}

// assignmentRequired says whether an application is for those only who are assigned to it.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_GetApplicationAssignmentConfiguration.html.
func (c *Client) assignmentRequired(ctx context.Context, arn string) (required bool, err error) {
	err = c.caller.Do(ctx, outbound.GetAssignmentConfiguration, func(ctx context.Context) error {
		out, err := c.admin.GetApplicationAssignmentConfiguration(ctx, &ssoadmin.GetApplicationAssignmentConfigurationInput{ApplicationArn: aws.String(arn)})
		switch {
		case err != nil:
			return failure(outbound.GetAssignmentConfiguration, err)
		case out.AssignmentRequired == nil:
			return implausible(outbound.GetAssignmentConfiguration, "the answer does not say whether assignments are required")
		}
		required = *out.AssignmentRequired
		return nil
	})
	return required, err
}

// assignedTo reads who is assigned to an application.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListApplicationAssignments.html.
func (c *Client) assignedTo(ctx context.Context, arn string) (people, groups []string, err error) {
	found := newHolders()
	in := &ssoadmin.ListApplicationAssignmentsInput{ApplicationArn: aws.String(arn), MaxResults: aws.Int32(pageSize)}
	err = eachPage(func(token *string) (next *string, err error) {
		in.NextToken = token
		var out *ssoadmin.ListApplicationAssignmentsOutput
		err = c.caller.Do(ctx, outbound.ListApplicationAssignments, func(ctx context.Context) (err error) {
			out, err = c.admin.ListApplicationAssignments(ctx, in)
			return failure(outbound.ListApplicationAssignments, err)
		})
		if err != nil {
			return nil, err
		}
		for _, a := range out.ApplicationAssignments {
			found.add(a.PrincipalType, a.PrincipalId)
		}
		return out.NextToken, nil
	})
	return sorted(found.people), sorted(found.groups), err
}

// observeTile reads whether a person is assigned to an application. That either is not
// there is absence: nobody has a tile of an application that is gone.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_DescribeApplicationAssignment.html.
func (c *Client) observeTile(ctx context.Context, ref access.Ref) (access.Observation, error) {
	err := c.caller.Do(ctx, outbound.DescribeApplicationAssignment, func(ctx context.Context) error {
		_, err := c.admin.DescribeApplicationAssignment(ctx, &ssoadmin.DescribeApplicationAssignmentInput{
			ApplicationArn: aws.String(ref.Application), PrincipalId: aws.String(ref.Person), PrincipalType: types.PrincipalTypeUser,
		})
		return failure(outbound.DescribeApplicationAssignment, err)
	})
	if access.ClassOf(err) == access.Missing {
		return access.Observation{}, nil
	}
	return access.Observation{Present: err == nil, Ready: err == nil}, err
}

// addTile assigns a person to an application, which takes effect at once; doing it twice
// is no error.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreateApplicationAssignment.html.
func (c *Client) addTile(ctx context.Context, ref access.Ref) (access.Receipt, error) {
	err := c.caller.Do(ctx, outbound.CreateApplicationAssignment, func(ctx context.Context) error {
		_, err := c.admin.CreateApplicationAssignment(ctx, &ssoadmin.CreateApplicationAssignmentInput{
			ApplicationArn: aws.String(ref.Application), PrincipalId: aws.String(ref.Person), PrincipalType: types.PrincipalTypeUser,
		})
		return failure(outbound.CreateApplicationAssignment, err)
	})
	return access.Receipt{Done: err == nil}, err
}

// removeTile takes the assignment of a person away; what is not there is removed already.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_DeleteApplicationAssignment.html.
func (c *Client) removeTile(ctx context.Context, ref access.Ref) (access.Receipt, error) {
	err := c.caller.Do(ctx, outbound.DeleteApplicationAssignment, func(ctx context.Context) error {
		_, err := c.admin.DeleteApplicationAssignment(ctx, &ssoadmin.DeleteApplicationAssignmentInput{
			ApplicationArn: aws.String(ref.Application), PrincipalId: aws.String(ref.Person), PrincipalType: types.PrincipalTypeUser,
		})
		return failure(outbound.DeleteApplicationAssignment, err)
	})
	if access.ClassOf(err) == access.Missing {
		err = nil
	}
	return access.Receipt{Done: err == nil}, err
}
