package identitycenter

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"airpass/access"
	"airpass/outbound"
)

// pageSize is the most that AWS puts on a page of assignments or statuses.
const pageSize = 100

// assignable is what can be assigned to people and groups.
type assignable struct{ instance, account, permissionSet string }

func assignableOf(r access.Ref) assignable {
	return assignable{r.Instance, r.Account, r.PermissionSet}
}

// holders are those to whom a permission set is assigned in an account.
type holders struct {
	people, groups map[string]bool
	pages          int // as which they were read
}

func newHolders() holders { return holders{people: map[string]bool{}, groups: map[string]bool{}} }

func (h holders) add(kind types.PrincipalType, id *string) {
	switch kind {
	case types.PrincipalTypeUser:
		h.people[aws.ToString(id)] = true
	case types.PrincipalTypeGroup:
		h.groups[aws.ToString(id)] = true
	}
}

// Observe reads whether a person has an account assignment or a pushed membership.
//
// An application assignment is read by itself, and always anew. Of those that groups give
// nothing is said: a tile opens nothing.
//
// What is assigned to a group, or to a user id that nobody has any more, is looked up in the list
// of those who hold the permission set.
//
// An account assignment is there when it is the person's own; groups that give them
// the same are named in Through. A pushed membership is ready when the group holds
// the permission set that the ref names; a direct assignment and other groups that
// give the person the same are named in Through.
//
// What it says is read anew, unless since is set: then it may come from a list that
// others share and that began after since, by the domain clock; ReadAt says when. Who
// is asked about like that together with many others who hold the same permission set
// in the same account is read from such a list, also with Lookup "principal".
func (c *Client) Observe(ctx context.Context, ref access.Ref, since time.Time) (access.Observation, error) {
	if err := check(ref); err != nil {
		return access.Observation{}, err
	}
	switch {
	case ref.Kind == access.ApplicationAssignment:
		return c.observeTile(ctx, ref)
	case ref.Kind == access.PushedMembership:
		return c.observePushed(ctx, ref, since)
	case ref.Kind == access.GroupAssignment, ref.Nobodys():
		return c.observeListed(ctx, ref, since)
	case c.opts.Lookup == ByList || c.crowded(assignableOf(ref), since):
		return c.observeInList(ctx, ref, since)
	}
	has, err := c.assignmentsOf(ctx, ref)
	if err != nil {
		return access.Observation{}, err
	}
	present := has.people[ref.Person]
	return access.Observation{Present: present, Ready: present, Through: inWords(has.groups)}, nil
}

// observeListed reads whether a group has an assignment, or a user id that nobody has any more:
// AWS answers no question about somebody who is gone, and lists what they had.
func (c *Client) observeListed(ctx context.Context, ref access.Ref, since time.Time) (access.Observation, error) {
	all, began, err := c.holdersOf(ctx, assignableOf(ref), since)
	if err != nil {
		return access.Observation{}, err
	}
	present := all.people[ref.Person]
	if ref.Kind == access.GroupAssignment {
		present = all.groups[ref.IdentityCenterGroup]
	}
	return access.Observation{Present: present, Ready: present, ReadAt: began, Unsure: !present && all.pages > 1}, nil
}

func (c *Client) observeInList(ctx context.Context, ref access.Ref, since time.Time) (access.Observation, error) {
	all, began, err := c.holdersOf(ctx, assignableOf(ref), since)
	if err != nil {
		return access.Observation{}, err
	}
	seen := access.Observation{Present: all.people[ref.Person], ReadAt: began}
	seen.Ready, seen.Unsure = seen.Present, !seen.Present && all.pages > 1
	if seen.Present && !began.IsZero() {
		return seen, nil // of which nothing is concluded that people are told
	}
	in, err := c.existingMemberships(ctx, c.storeOf(ref), ref.Person, sorted(all.groups))
	if err != nil {
		return access.Observation{}, err
	}
	seen.Through = inWords(in)
	return seen, nil
}

// storeOf is the identity store of a ref; assignments do not name theirs.
func (c *Client) storeOf(ref access.Ref) string {
	if ref.IdentityStore != "" {
		return ref.IdentityStore
	}
	return c.opts.IdentityStore
}

func (c *Client) observePushed(ctx context.Context, ref access.Ref, since time.Time) (access.Observation, error) {
	in, err := c.memberships(ctx, c.storeOf(ref), ref.Person, []string{ref.IdentityCenterGroup})
	if err != nil {
		return access.Observation{}, err
	}
	seen := access.Observation{Present: in[ref.IdentityCenterGroup]}
	if ref.Instance == "" || ref.Account == "" || ref.PermissionSet == "" {
		return seen, nil // what the group opens is not said, so it cannot be read back
	}
	all, _, err := c.holdersOf(ctx, assignableOf(ref), since) // the membership itself is read anew
	if access.ClassOf(err) == access.Missing {
		if !seen.Present {
			return seen, nil
		}
		// That the set or the account is gone must not pass for "the membership is gone".
		err = reclassified(err, access.Rejected)
	}
	if err != nil {
		return access.Observation{}, err
	}
	seen.Ready = seen.Present && all.groups[ref.IdentityCenterGroup]
	others := maps.Clone(all.groups)
	delete(others, ref.IdentityCenterGroup)
	if in, err = c.existingMemberships(ctx, c.storeOf(ref), ref.Person, sorted(others)); err != nil {
		return access.Observation{}, err
	}
	if seen.Through = inWords(in); all.people[ref.Person] {
		seen.Through = append(seen.Through, "an account assignment of their own")
	}
	return seen, nil
}

// inWords names groups as other ways to the same thing.
func inWords(groups map[string]bool) []string {
	var words []string
	for _, id := range sorted(groups) {
		words = append(words, "Identity Center group "+id)
	}
	return words
}

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }

// assignmentsOf reads who gives the person the permission set in the account: they
// themselves, or groups they are in.
func (c *Client) assignmentsOf(ctx context.Context, ref access.Ref) (holders, error) {
	found := newHolders()
	in := &ssoadmin.ListAccountAssignmentsForPrincipalInput{
		InstanceArn: aws.String(ref.Instance), PrincipalId: aws.String(ref.Person), PrincipalType: types.PrincipalTypeUser,
		Filter: &types.ListAccountAssignmentsFilter{AccountId: aws.String(ref.Account)}, MaxResults: aws.Int32(pageSize),
	}
	err := eachPage(func(token *string) (next *string, err error) {
		in.NextToken = token
		var out *ssoadmin.ListAccountAssignmentsForPrincipalOutput
		err = c.caller.Do(ctx, outbound.ListAssignmentsPrincipal, func(ctx context.Context) (err error) {
			out, err = c.admin.ListAccountAssignmentsForPrincipal(ctx, in)
			return failure(outbound.ListAssignmentsPrincipal, err)
		})
		if err != nil {
			return nil, err
		}
		for _, a := range out.AccountAssignments {
			if aws.ToString(a.AccountId) == ref.Account && aws.ToString(a.PermissionSetArn) == ref.PermissionSet {
				found.add(a.PrincipalType, a.PrincipalId)
			}
		}
		return out.NextToken, nil
	})
	return found, err
}

func (c *Client) listHolders(ctx context.Context, what assignable) (holders, error) {
	found := newHolders()
	in := &ssoadmin.ListAccountAssignmentsInput{
		InstanceArn: aws.String(what.instance), AccountId: aws.String(what.account),
		PermissionSetArn: aws.String(what.permissionSet), MaxResults: aws.Int32(pageSize),
	}
	err := eachPage(func(token *string) (next *string, err error) {
		in.NextToken = token
		var out *ssoadmin.ListAccountAssignmentsOutput
		err = c.caller.Do(ctx, outbound.ListAssignments, func(ctx context.Context) (err error) {
			out, err = c.admin.ListAccountAssignments(ctx, in)
			return failure(outbound.ListAssignments, err)
		})
		if err != nil {
			return nil, err
		}
		for _, a := range out.AccountAssignments {
			found.add(a.PrincipalType, a.PrincipalId)
		}
		found.pages++
		return out.NextToken, nil
	})
	return found, err
}

// Assigned reads the ids of the people and the groups to whom a permission set is assigned
// in an account.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListAccountAssignments.html.
func (c *Client) Assigned(ctx context.Context, instance, account, permissionSet string) (people, groups []string, err error) {
	all, _, err := c.holdersOf(ctx, assignable{instance, account, permissionSet}, time.Time{})
	if err != nil {
		return nil, nil, err
	}
	return sorted(all.people), sorted(all.groups), nil
}

// eachPage asks for page after page until one has no token for a next one. A page
// may be empty and still have one.
func eachPage(page func(token *string) (next *string, err error)) error {
	for token, err := page(nil); ; token, err = page(token) {
		if err != nil || aws.ToString(token) == "" {
			return err
		}
	}
}

// Add assigns the permission set to the person, or to the group, in the account. AWS works on it
// after it has answered: the receipt has the id by which Progress asks about it.
// Whether AWS calls adding what is there already a success is not documented; it does not refuse it.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreateAccountAssignment.html.
func (c *Client) Add(ctx context.Context, ref access.Ref) (access.Receipt, error) {
	if err := checkChange(ref); err != nil {
		return access.Receipt{}, err
	}
	if ref.Kind == access.ApplicationAssignment {
		return c.addTile(ctx, ref)
	}
	if ref.Kind == access.GroupAssignment {
		return c.assign(ctx, assignableOf(ref), types.PrincipalTypeGroup, ref.IdentityCenterGroup)
	}
	return c.assign(ctx, assignableOf(ref), types.PrincipalTypeUser, ref.Person)
}

func (c *Client) assign(ctx context.Context, what assignable, kind types.PrincipalType, principal string) (access.Receipt, error) {
	var receipt access.Receipt
	err := c.caller.Do(ctx, outbound.CreateAssignment, func(ctx context.Context) error {
		out, err := c.admin.CreateAccountAssignment(ctx, &ssoadmin.CreateAccountAssignmentInput{
			InstanceArn: aws.String(what.instance), PermissionSetArn: aws.String(what.permissionSet),
			PrincipalId: aws.String(principal), PrincipalType: kind,
			TargetId: aws.String(what.account), TargetType: types.TargetTypeAwsAccount,
		})
		if err != nil {
			return failure(outbound.CreateAssignment, err)
		}
		receipt, err = receiptOf(outbound.CreateAssignment, out.AccountAssignmentCreationStatus)
		return err
	})
	return receipt, err
}

// Remove takes the assignment of the person away; what is not there is removed
// already. As with Add, AWS works on it after it has answered. Sessions that are open
// go on until they expire.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_DeleteAccountAssignment.html.
func (c *Client) Remove(ctx context.Context, ref access.Ref) (access.Receipt, error) {
	if err := checkChange(ref); err != nil {
		return access.Receipt{}, err
	}
	if ref.Kind.SetUp() {
		return access.Receipt{}, fmt.Errorf("%w: a %s is never taken away", access.ErrInvalid, ref.Kind)
	}
	if ref.Kind == access.ApplicationAssignment {
		return c.removeTile(ctx, ref)
	}
	if ref.Nobodys() {
		if err := c.nobody(ctx, ref.Person); err != nil {
			return access.Receipt{}, err
		}
	}
	var receipt access.Receipt
	err := c.caller.Do(ctx, outbound.DeleteAssignment, func(ctx context.Context) error {
		out, err := c.admin.DeleteAccountAssignment(ctx, &ssoadmin.DeleteAccountAssignmentInput{
			InstanceArn: aws.String(ref.Instance), PermissionSetArn: aws.String(ref.PermissionSet),
			PrincipalId: aws.String(ref.Person), PrincipalType: types.PrincipalTypeUser,
			TargetId: aws.String(ref.Account), TargetType: types.TargetTypeAwsAccount,
		})
		if err != nil {
			return failure(outbound.DeleteAssignment, err)
		}
		receipt, err = receiptOf(outbound.DeleteAssignment, out.AccountAssignmentDeletionStatus)
		return err
	})
	if access.ClassOf(err) == access.Missing {
		return access.Receipt{Done: true}, nil
	}
	return receipt, err
}

// nobody makes sure, right before something is taken away because nobody has a user id, that nobody
// has it: the list of everybody, from which that was concluded, is older and may have had a gap.
func (c *Client) nobody(ctx context.Context, person string) error {
	_, err := c.Enabled(ctx, person)
	switch {
	case errors.Is(err, access.ErrNotFound):
		return nil
	case err == nil:
		err = fmt.Errorf("%w: somebody has the user id %s", access.ErrUnsafe, person)
	}
	return err
}

// receiptOf reads the answer to a change that AWS took.
func receiptOf(site outbound.Site, s *types.AccountAssignmentOperationStatus) (access.Receipt, error) {
	if s == nil || aws.ToString(s.RequestId) == "" {
		return access.Receipt{}, implausible(site, "the answer has no request id")
	}
	r := access.Receipt{RequestID: *s.RequestId}
	switch s.Status {
	case types.StatusValuesInProgress:
	case types.StatusValuesSucceeded:
		r.Done = true
	case types.StatusValuesFailed:
		r.Failure = reasonOf(s)
	default:
		return access.Receipt{}, implausible(site, "unheard-of status %q", s.Status)
	}
	return r, nil
}

func reasonOf(s *types.AccountAssignmentOperationStatus) string {
	if reason := aws.ToString(s.FailureReason); reason != "" {
		return reason
	}
	return "AWS gave no reason"
}

// check refuses a ref that is not a complete one of ours.
func check(r access.Ref) error {
	var needed []string
	switch r.Kind {
	case access.AccountAssignment:
		needed = []string{r.Person, r.Instance, r.Account, r.PermissionSet}
	case access.PushedMembership:
		needed = []string{r.Person, r.IdentityCenterGroup}
	case access.ApplicationAssignment:
		needed = []string{r.Person, r.Application}
	case access.GroupAssignment:
		needed = []string{r.IdentityCenterGroup, r.Instance, r.Account, r.PermissionSet}
	default:
		return fmt.Errorf("%w: Identity Center does not hold entitlements of kind %s", access.ErrInvalid, r.Kind)
	}
	if slices.Contains(needed, "") {
		return fmt.Errorf("%w: the %s %s is incomplete", access.ErrInvalid, r.Kind, r.Key())
	}
	return nil
}

// checkChange refuses a ref that is not ours to change: what a directory pushes is
// changed where it comes from.
func checkChange(r access.Ref) error {
	if r.Kind.Derived() {
		return fmt.Errorf("%w: a %s is changed in the directory that pushes it", access.ErrInvalid, r.Kind)
	}
	return check(r)
}
