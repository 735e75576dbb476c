package okta

import (
	"context"
	"errors"
	"fmt"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"

	"airpass/access"
	"airpass/outbound"
)

// GroupIsSafe says whether members of a group may be added and removed: it is a
// plain group of Okta's own, and it does not assign the Identity Center
// application. Who loses that assignment is disabled in Identity Center and loses
// all of AWS. It returns access.ErrUnsafe in words, access.ErrNotFound for an
// unknown group, and access.ErrUnavailable when Okta does not answer.
// See https://docs.aws.amazon.com/singlesignon/latest/userguide/okta-idp.html.
func (c *Client) GroupIsSafe(ctx context.Context, groupID string) error {
	assigned, err := c.plainGroup(ctx, groupID)
	if err != nil {
		return err
	}
	if assigned || groupID == c.o.AssignmentGroup {
		return fmt.Errorf("%w: the Okta group %s assigns the Identity Center application; leaving it would disable a person in all of AWS",
			access.ErrUnsafe, groupID)
	}
	return nil
}

// AssignmentGroupIsSafe is the reverse of GroupIsSafe: it says whether people may be
// added to the group that gives the Identity Center application. It is the one that
// is configured, a plain group of Okta's own, and it does assign the application, so
// that it is not pushed: Okta does not do both with one group. It returns the same
// errors.
// See https://docs.aws.amazon.com/singlesignon/latest/userguide/gs-okta.html.
func (c *Client) AssignmentGroupIsSafe(ctx context.Context, groupID string) error {
	if groupID != c.o.AssignmentGroup {
		return fmt.Errorf("%w: the Okta group %s is not (or no longer) the one configured to give people an account in Identity Center", access.ErrUnsafe, groupID)
	}
	assigned, err := c.plainGroup(ctx, groupID)
	if err != nil {
		return err
	}
	if !assigned {
		return fmt.Errorf("%w: the Okta group %s does not assign the Identity Center application, so being in it gives nobody an account there",
			access.ErrUnsafe, groupID)
	}
	return nil
}

// plainGroup refuses a group that is not a plain one of Okta's own, and says whether
// it assigns the Identity Center application.
func (c *Client) plainGroup(ctx context.Context, groupID string) (assigns bool, err error) {
	if !plainID(groupID) {
		return false, fmt.Errorf("%w: %q is no Okta group id", access.ErrInvalid, groupID)
	}
	if c.o.IdentityCenterApp == "" {
		return false, fmt.Errorf("%w: the Identity Center application is not configured, so it is not known whether the Okta group %s assigns it",
			access.ErrUnsafe, groupID)
	}
	g, err := c.getGroup(ctx, groupID)
	if err != nil {
		return false, err
	}
	if g.Type != "OKTA_GROUP" {
		return false, fmt.Errorf("%w: the Okta group %s is of type %s, and only an OKTA_GROUP is ours to change", access.ErrUnsafe, groupID, g.Type)
	}
	return c.assignsIdentityCenter(ctx, groupID)
}

// assignsIdentityCenter reads the application's assignment of the group. A 404 says
// that there is none, or that there is no such application: the latter is excluded
// once for each client.
func (c *Client) assignsIdentityCenter(ctx context.Context, groupID string) (bool, error) {
	if err := c.appExists(ctx); err != nil {
		return false, err
	}
	err := c.o.Caller.Do(ctx, outbound.OktaGetApplicationGroup, func(ctx context.Context) error {
		a, _, err := c.sdk.Application.GetApplicationGroupAssignment(ctx, c.o.IdentityCenterApp, groupID, nil)
		if err == nil && (a == nil || a.Id != groupID) {
			return implausible(outbound.OktaGetApplicationGroup, "another group than the one asked for")
		}
		return classified(outbound.OktaGetApplicationGroup, err)
	})
	if errors.Is(err, access.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (c *Client) appExists(ctx context.Context) error {
	if c.appKnown.Load() {
		return nil
	}
	err := c.o.Caller.Do(ctx, outbound.OktaGetApplication, func(ctx context.Context) error {
		_, _, err := c.sdk.Application.GetApplication(ctx, c.o.IdentityCenterApp, sdk.NewApplication(), nil)
		return classified(outbound.OktaGetApplication, err)
	})
	if errors.Is(err, access.ErrNotFound) {
		return fmt.Errorf("%w: Okta does not know the application %s, so it is not known which groups assign Identity Center",
			access.ErrUnsafe, c.o.IdentityCenterApp)
	}
	if err == nil {
		c.appKnown.Store(true)
	}
	return err
}
