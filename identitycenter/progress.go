package identitycenter

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"airpass/access"
	"airpass/outbound"
)

// clockSkew is how much earlier than our intent AWS may have begun to work on it by
// its own clock.
const clockSkew = time.Minute

// direction is a sort of operation of one instance: AWS keeps creations and
// deletions apart, and their ids are not interchangeable.
type direction struct {
	instance string
	op       access.Operation
}

// operation is one that AWS works on, or has finished.
type operation struct {
	id            string
	what          assignable
	kind          types.PrincipalType
	principal     string // the id of the person or the group
	created       time.Time
	status        types.StatusValues
	failureReason string
}

// Progress says what became of an operation that Add or Remove began.
//
// With the intent's request id: while AWS lists it among those in progress nothing
// more is asked (one list serves everybody who asks); when it is not in the list any
// more, it is described once. Without one, because the answer was lost, it is sought
// among those in progress (at most 15, of which AWS tells the subject only one by
// one) by permission set, account, person and the time of the intent. Known is false
// if nothing fits; then the effect is to be read with Observe.
//
// Unless since is zero it is one of many, and is not asked about by itself: what is
// neither in progress nor among the failed, in lists that others share and that began
// after since (domain time), is done.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListAccountAssignmentCreationStatus.html.
func (c *Client) Progress(ctx context.Context, intent access.Intent, since time.Time) (access.Progress, error) {
	if intent.Ref.Kind.Derived() || intent.Ref.Kind == access.ApplicationAssignment {
		return access.Progress{}, nil // nothing is ever begun, or it is carried out at once
	}
	if err := check(intent.Ref); err != nil {
		return access.Progress{}, err
	}
	if intent.Operation != access.Add && intent.Operation != access.Remove {
		return access.Progress{}, fmt.Errorf("%w: no operation is called %q", access.ErrInvalid, intent.Operation)
	}
	dir := direction{intent.Ref.Instance, intent.Operation}
	switch {
	case intent.RequestID == "":
		return c.seek(ctx, dir, intent)
	case !since.IsZero():
		return c.progressOfMany(ctx, dir, intent.RequestID, since)
	}
	running, err := c.listed(ctx, dir, types.StatusValuesInProgress, time.Time{})
	if err != nil {
		return access.Progress{}, err
	}
	if running[intent.RequestID] {
		return access.Progress{Known: true, RequestID: intent.RequestID}, nil
	}
	return c.progressOf(ctx, dir, intent.RequestID)
}

// progressOfMany goes through the operations that failed only if this one is no longer
// in progress: it cannot fail between the two unseen.
func (c *Client) progressOfMany(ctx context.Context, dir direction, id string, since time.Time) (access.Progress, error) {
	running, err := c.listed(ctx, dir, types.StatusValuesInProgress, since)
	if err != nil || running[id] {
		return access.Progress{Known: err == nil, RequestID: id}, err
	}
	failed, err := c.listed(ctx, dir, types.StatusValuesFailed, since)
	if err != nil {
		return access.Progress{}, err
	}
	if failed[id] {
		return c.progressOf(ctx, dir, id)
	}
	return access.Progress{Known: true, RequestID: id, Done: true}, nil
}

// progressOf asks about one operation.
func (c *Client) progressOf(ctx context.Context, dir direction, id string) (access.Progress, error) {
	o, err := c.describe(ctx, dir, id)
	if access.ClassOf(err) == access.Missing {
		return access.Progress{}, nil // AWS has forgotten it
	}
	if err != nil {
		return access.Progress{}, err
	}
	return o.progress(), nil
}

func (o operation) progress() access.Progress {
	return access.Progress{
		Known: true, RequestID: o.id,
		Done: o.status == types.StatusValuesSucceeded, Failure: o.failureReason,
	}
}

// seek finds the operation of an intent whose answer was lost.
func (c *Client) seek(ctx context.Context, dir direction, intent access.Intent) (access.Progress, error) {
	c.mu.Lock()
	list, made := c.unclaimed[dir]
	if !made {
		known := map[string]operation{}
		list = newShared(c.opts.Tick, c.opts.Now, func(ctx context.Context) ([]operation, error) { return c.describeRunning(ctx, dir, known) })
		c.unclaimed[dir] = list
	}
	c.mu.Unlock()
	running, _, err := list.get(ctx, time.Time{})
	if err != nil {
		return access.Progress{}, err
	}
	kind, principal := types.PrincipalTypeUser, intent.Ref.Person
	if intent.Ref.Kind == access.GroupAssignment {
		kind, principal = types.PrincipalTypeGroup, intent.Ref.IdentityCenterGroup
	}
	for _, o := range running { // oldest first
		if o.what == assignableOf(intent.Ref) && o.kind == kind && o.principal == principal && !o.created.Before(intent.CreatedAt.Add(-clockSkew)) {
			return o.progress(), nil
		}
	}
	return access.Progress{}, nil
}

// describeRunning describes every operation in progress. What an operation is about
// does not change, so known keeps what was described before; only one goroutine
// at a time runs this for a direction.
func (c *Client) describeRunning(ctx context.Context, dir direction, known map[string]operation) ([]operation, error) {
	running, err := c.listed(ctx, dir, types.StatusValuesInProgress, time.Time{})
	if err != nil {
		return nil, err
	}
	var all []operation
	for id := range running {
		o, described := known[id]
		if !described {
			o, err = c.describe(ctx, dir, id)
			if access.ClassOf(err) == access.Missing {
				continue
			}
			if err != nil {
				return nil, err
			}
			if o.status == types.StatusValuesInProgress {
				known[id] = o
			}
		}
		all = append(all, o)
	}
	for id := range known {
		if !running[id] {
			delete(known, id)
		}
	}
	slices.SortFunc(all, func(a, b operation) int { return a.created.Compare(b.created) })
	return all, nil
}

// listed returns the ids of the operations that have a status, as Observe does.
func (c *Client) listed(ctx context.Context, dir direction, status types.StatusValues, since time.Time) (map[string]bool, error) {
	c.mu.Lock()
	which := statusList{dir, status}
	list, made := c.statuses[which]
	if !made {
		list = newShared(c.opts.Tick, c.opts.Now, func(ctx context.Context) (map[string]bool, error) { return c.listStatuses(ctx, which) })
		c.statuses[which] = list
	}
	c.mu.Unlock()
	ids, _, err := list.get(ctx, since)
	return ids, err
}

// statusList is a list that AWS keeps of operations.
type statusList struct {
	direction
	status types.StatusValues
}

func (c *Client) listStatuses(ctx context.Context, which statusList) (map[string]bool, error) {
	ids := map[string]bool{}
	err := eachPage(func(token *string) (*string, error) {
		page, next, err := c.statusPage(ctx, which, token)
		for _, s := range page {
			if s.Status == which.status {
				ids[aws.ToString(s.RequestId)] = true
			}
		}
		return next, err
	})
	return ids, err
}

// statusPage reads one page of a list of operations.
func (c *Client) statusPage(ctx context.Context, which statusList, token *string) (page []types.AccountAssignmentOperationStatusMetadata, next *string, err error) {
	only := &types.OperationStatusFilter{Status: which.status}
	if which.op == access.Add {
		err = c.caller.Do(ctx, outbound.ListCreations, func(ctx context.Context) error {
			out, err := c.admin.ListAccountAssignmentCreationStatus(ctx, &ssoadmin.ListAccountAssignmentCreationStatusInput{
				InstanceArn: aws.String(which.instance), Filter: only, MaxResults: aws.Int32(pageSize), NextToken: token,
			})
			if err != nil {
				return failure(outbound.ListCreations, err)
			}
			page, next = out.AccountAssignmentsCreationStatus, out.NextToken
			return nil
		})
		return page, next, err
	}
	err = c.caller.Do(ctx, outbound.ListDeletions, func(ctx context.Context) error {
		out, err := c.admin.ListAccountAssignmentDeletionStatus(ctx, &ssoadmin.ListAccountAssignmentDeletionStatusInput{
			InstanceArn: aws.String(which.instance), Filter: only, MaxResults: aws.Int32(pageSize), NextToken: token,
		})
		if err != nil {
			return failure(outbound.ListDeletions, err)
		}
		page, next = out.AccountAssignmentsDeletionStatus, out.NextToken
		return nil
	})
	return page, next, err
}

// describe reads what an operation is about and how it stands.
func (c *Client) describe(ctx context.Context, dir direction, id string) (o operation, err error) {
	if dir.op == access.Add {
		err = c.caller.Do(ctx, outbound.DescribeCreation, func(ctx context.Context) error {
			out, err := c.admin.DescribeAccountAssignmentCreationStatus(ctx, &ssoadmin.DescribeAccountAssignmentCreationStatusInput{
				InstanceArn: aws.String(dir.instance), AccountAssignmentCreationRequestId: aws.String(id),
			})
			if err != nil {
				return failure(outbound.DescribeCreation, err)
			}
			o, err = operationOf(outbound.DescribeCreation, dir, id, out.AccountAssignmentCreationStatus)
			return err
		})
		return o, err
	}
	err = c.caller.Do(ctx, outbound.DescribeDeletion, func(ctx context.Context) error {
		out, err := c.admin.DescribeAccountAssignmentDeletionStatus(ctx, &ssoadmin.DescribeAccountAssignmentDeletionStatusInput{
			InstanceArn: aws.String(dir.instance), AccountAssignmentDeletionRequestId: aws.String(id),
		})
		if err != nil {
			return failure(outbound.DescribeDeletion, err)
		}
		o, err = operationOf(outbound.DescribeDeletion, dir, id, out.AccountAssignmentDeletionStatus)
		return err
	})
	return o, err
}

func operationOf(site outbound.Site, dir direction, id string, s *types.AccountAssignmentOperationStatus) (operation, error) {
	if s == nil {
		return operation{}, implausible(site, "the answer says nothing about operation %s", id)
	}
	o := operation{
		id: cmp.Or(aws.ToString(s.RequestId), id), created: aws.ToTime(s.CreatedDate), status: s.Status,
		what: assignable{dir.instance, aws.ToString(s.TargetId), aws.ToString(s.PermissionSetArn)},
		kind: s.PrincipalType, principal: aws.ToString(s.PrincipalId),
	}
	switch s.Status {
	case types.StatusValuesInProgress, types.StatusValuesSucceeded:
	case types.StatusValuesFailed:
		o.failureReason = reasonOf(s)
	default:
		return operation{}, implausible(site, "unheard-of status %q of operation %s", s.Status, id)
	}
	return o, nil
}
