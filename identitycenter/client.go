// Package identitycenter reads and changes who has what in AWS IAM Identity Center:
// account and application assignments of people, and, read only, their membership of groups that
// Okta pushes there. It does not know why somebody has something, and it neither
// waits for what is asynchronous nor tries anything twice: that is its caller's.
//
// # Failures
//
// Every failed call is an *access.VendorError of one of these classes:
//
//	throttled    ThrottlingException, 429; RetryAfter where AWS says how long
//	conflict     ConflictException: another change of the same thing is under way
//	denied       AccessDeniedException, wrong or expired credentials, a role that STS refuses,
//	             a KMS key that is gone
//	missing      ResourceNotFoundException: a person, group, account or permission set
//	rejected     ValidationException and other refusals; an identity store that does not exist
//	quota        ServiceQuotaExceededException
//	unavailable  5xx, time-outs, lost connections, answers that make no sense
//
// Only after "unavailable" a change may have been carried out all the same.
//
// # Calls
//
// What one call costs does not depend on how many people there are: an assignment
// is read by its person (Lookup "principal"), or from a list of the account and
// permission set that everybody who asks at about the same time shares. A shared
// result is never older than the question: its first call began after the last of
// those who use it had asked, or after the moment that they name.
//
// The permissions needed: sso:ListAccountAssignmentsForPrincipal (with Lookup
// "principal"), sso:ListAccountAssignments, sso:CreateAccountAssignment,
// sso:DeleteAccountAssignment, sso:ListAccountAssignmentCreationStatus,
// sso:ListAccountAssignmentDeletionStatus, sso:DescribeAccountAssignmentCreationStatus,
// sso:DescribeAccountAssignmentDeletionStatus, identitystore:GetUserId,
// identitystore:DescribeUser and identitystore:IsMemberInGroups; for looking at what was
// set up, sso:ListInstances, sso:DescribePermissionSet,
// sso:GetInlinePolicyForPermissionSet, sso:ListAccountsForProvisionedPermissionSet,
// sso:ListPermissionSetsProvisionedToAccount,
// sso:ListTagsForResource, sso:ListManagedPoliciesInPermissionSet,
// sso:ListCustomerManagedPolicyReferencesInPermissionSet and
// sso:GetPermissionsBoundaryForPermissionSet; for
// looking at all people at once, identitystore:ListUsers and
// identitystore:ListGroupMemberships; for the portal's tiles, sso:ListApplications,
// sso:DescribeApplication, sso:DescribeApplicationProvider,
// sso:GetApplicationAssignmentConfiguration, sso:ListApplicationAssignments,
// sso:DescribeApplicationAssignment, sso:CreateApplicationAssignment and
// sso:DeleteApplicationAssignment. What airpass setup makes needs more, of a role of
// its own: see outbound.SetupOnly.
//
// Vendor pages: https://docs.aws.amazon.com/singlesignon/latest/APIReference/ and
// https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/.
package identitycenter

import (
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"

	"airpass/access"
	"airpass/awsconfig"
	"airpass/outbound"
)

// Lookup says how a person's account assignment is read.
type Lookup string

const (
	// ByPrincipal asks for the assignments of the person in the account. AWS answers
	// in the organization's management account only.
	// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListAccountAssignmentsForPrincipal.html.
	ByPrincipal Lookup = "principal"
	// ByList reads everybody's assignments of the account and permission set, shared by
	// all who ask at about the same time. It works for a delegated administrator, too.
	ByList Lookup = "list"
)

// Options says how to reach Identity Center. Region, IdentityStore and Caller are needed.
type Options struct {
	Region        string // where the instance is
	IdentityStore string // d-…, in which people are looked up
	Lookup        Lookup // empty is ByPrincipal
	// Role is assumed with our own credentials; the zero value is none.
	Role awsconfig.Role
	// Credentials are our own; nil takes them from AWS's default chain.
	Credentials aws.CredentialsProvider
	Profile     string // of the shared AWS files; empty is the default
	// HTTPClient sends the requests; nil is the SDK's own.
	HTTPClient aws.HTTPClient
	// SSOAdminURL, IdentityStoreURL and STSURL override AWS's endpoints; empty is AWS's own.
	SSOAdminURL      string
	IdentityStoreURL string
	STSURL           string
	// Tick is the shortest time from one shared list to the next, wall time; 0 is 1 s.
	Tick time.Duration
	// Now is the domain clock, by which it is said how old a list may be; nil is the
	// machine's.
	Now    func() time.Time
	Caller *outbound.Caller
}

// Client calls Identity Center. It is safe for concurrent use.
type Client struct {
	opts   Options
	caller *outbound.Caller
	admin  *ssoadmin.Client
	people *identitystore.Client

	mu        sync.Mutex
	registers map[assignable]*register
	demand    demand // of all registers
	statuses  map[statusList]*shared[map[string]bool]
	unclaimed map[direction]*shared[[]operation]
}

// New returns a client. It calls nobody. The error wraps access.ErrInvalid.
func New(o Options) (*Client, error) {
	if o.Lookup == "" {
		o.Lookup = ByPrincipal
	}
	if o.Tick <= 0 {
		o.Tick = time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	switch {
	case o.IdentityStore == "":
		return nil, fmt.Errorf("%w: the id of the identity store is needed", access.ErrInvalid)
	case o.Lookup != ByPrincipal && o.Lookup != ByList:
		return nil, fmt.Errorf("%w: assignments are looked up by %q or %q, not %q", access.ErrInvalid, ByPrincipal, ByList, o.Lookup)
	}
	for _, endpoint := range []string{o.SSOAdminURL, o.IdentityStoreURL} {
		if err := awsconfig.CheckURL(endpoint); err != nil {
			return nil, err
		}
	}
	cfg, err := awsconfig.Load(awsconfig.Options{
		Region: o.Region, Credentials: o.Credentials, Profile: o.Profile, HTTPClient: o.HTTPClient, Role: o.Role, STSURL: o.STSURL, Caller: o.Caller,
	})
	if err != nil {
		return nil, err
	}
	return &Client{
		opts: o, caller: o.Caller,
		admin:     ssoadmin.NewFromConfig(cfg, func(so *ssoadmin.Options) { so.BaseEndpoint = endpoint(o.SSOAdminURL) }),
		people:    identitystore.NewFromConfig(cfg, func(so *identitystore.Options) { so.BaseEndpoint = endpoint(o.IdentityStoreURL) }),
		registers: map[assignable]*register{},
		statuses:  map[statusList]*shared[map[string]bool]{},
		unclaimed: map[direction]*shared[[]operation]{},
	}, nil
}

func endpoint(url string) *string {
	if url == "" {
		return nil
	}
	return aws.String(url)
}
