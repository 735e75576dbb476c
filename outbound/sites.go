package outbound

import "slices"

// Vendor is an outside system with a budget of its own.
type Vendor string

// The outside systems.
const (
	Okta           Vendor = "okta"
	IdentityCenter Vendor = "identitycenter" // sso-admin: one budget for all its operations
	IdentityStore  Vendor = "identitystore"
	MWAA           Vendor = "mwaa"
	STS            Vendor = "sts"
	Slack          Vendor = "slack"
	SecretsManager Vendor = "secretsmanager"
	SSM            Vendor = "ssm"
	PagerDuty      Vendor = "pagerduty"
	CloudTrail     Vendor = "cloudtrail"
	CloudWatchLogs Vendor = "logs" // where a trail writes what CloudTrail records
	S3             Vendor = "s3"
	Webhook        Vendor = "webhook" // whoever is told of events
)

// Site is one place in the program that calls an outside system. Name is the
// vendor's own name of the operation.
type Site struct {
	Vendor Vendor
	Name   string
	// Changes says that the call changes something outside: it is never repeated
	// by anything but the row that asked for it.
	Changes bool
}

// The sites. A call that is not made through one of them does not pass the
// registry's test.
var (
	OktaGetUser              = Site{Okta, "GetUser", false}
	OktaListUsers            = Site{Okta, "ListUsers", false}
	OktaListUserGroups       = Site{Okta, "ListUserGroups", false}
	OktaListGroupUsers       = Site{Okta, "ListGroupUsers", false}
	OktaGetGroup             = Site{Okta, "GetGroup", false}
	OktaGetApplicationUser   = Site{Okta, "GetApplicationUser", false}
	OktaGetApplicationGroup  = Site{Okta, "GetApplicationGroupAssignment", false}
	OktaListApplicationUsers = Site{Okta, "ListApplicationUsers", false}
	OktaGetApplication       = Site{Okta, "GetApplication", false}
	OktaListGroupRules       = Site{Okta, "ListGroupRules", false}
	OktaAddUserToGroup       = Site{Okta, "AddUserToGroup", true}
	OktaRemoveUserFromGroup  = Site{Okta, "RemoveUserFromGroup", true}
	OktaListGroups           = Site{Okta, "ListGroups", false}
	OktaCreateGroup          = Site{Okta, "CreateGroup", true}
	ListAssignmentsPrincipal = Site{IdentityCenter, "ListAccountAssignmentsForPrincipal", false}
	ListAssignments          = Site{IdentityCenter, "ListAccountAssignments", false}
	CreateAssignment         = Site{IdentityCenter, "CreateAccountAssignment", true}
	DeleteAssignment         = Site{IdentityCenter, "DeleteAccountAssignment", true}
	ListCreations            = Site{IdentityCenter, "ListAccountAssignmentCreationStatus", false}
	ListDeletions            = Site{IdentityCenter, "ListAccountAssignmentDeletionStatus", false}
	DescribeCreation         = Site{IdentityCenter, "DescribeAccountAssignmentCreationStatus", false}
	DescribeDeletion         = Site{IdentityCenter, "DescribeAccountAssignmentDeletionStatus", false}
	ListInstances            = Site{IdentityCenter, "ListInstances", false}
	DescribePermissionSet    = Site{IdentityCenter, "DescribePermissionSet", false}
	GetInlinePolicy          = Site{IdentityCenter, "GetInlinePolicyForPermissionSet", false}
	ListProvisioned          = Site{IdentityCenter, "ListAccountsForProvisionedPermissionSet", false}
	ListProvisionedSets      = Site{IdentityCenter, "ListPermissionSetsProvisionedToAccount", false}
	ListManagedPolicies      = Site{IdentityCenter, "ListManagedPoliciesInPermissionSet", false}
	ListCustomerPolicies     = Site{IdentityCenter, "ListCustomerManagedPolicyReferencesInPermissionSet", false}
	GetBoundary              = Site{IdentityCenter, "GetPermissionsBoundaryForPermissionSet", false}
	ListPermissionSets       = Site{IdentityCenter, "ListPermissionSets", false}
	ListTags                 = Site{IdentityCenter, "ListTagsForResource", false}
	CreatePermissionSet      = Site{IdentityCenter, "CreatePermissionSet", true}
	UpdatePermissionSet      = Site{IdentityCenter, "UpdatePermissionSet", true}
	PutInlinePolicy          = Site{IdentityCenter, "PutInlinePolicyToPermissionSet", true}
	ProvisionPermissionSet   = Site{IdentityCenter, "ProvisionPermissionSet", true}
	DescribeProvisioning     = Site{IdentityCenter, "DescribePermissionSetProvisioningStatus", false}
	GetGroupID               = Site{IdentityStore, "GetGroupId", false}
	GetUserID                = Site{IdentityStore, "GetUserId", false}
	DescribeUser             = Site{IdentityStore, "DescribeUser", false}
	IsMemberInGroups         = Site{IdentityStore, "IsMemberInGroups", false}
	ListUsers                = Site{IdentityStore, "ListUsers", false}
	ListGroupMemberships     = Site{IdentityStore, "ListGroupMemberships", false}
	GetEnvironment           = Site{MWAA, "GetEnvironment", false}
	CreateWebLoginToken      = Site{MWAA, "CreateWebLoginToken", true}
	AssumeRole               = Site{STS, "AssumeRole", false}
	GetSecretValue           = Site{SecretsManager, "GetSecretValue", false}
	GetParameter             = Site{SSM, "GetParameter", false}
	LookupEvents             = Site{CloudTrail, "LookupEvents", false}
	FilterLogEvents          = Site{CloudWatchLogs, "FilterLogEvents", false}
	PutObject                = Site{S3, "PutObject", false} // keeps what says how the trail is; it changes nobody's access
	GetObjectLock            = Site{S3, "GetObjectLockConfiguration", false}
	ListObjectVersions       = Site{S3, "ListObjectVersions", false}
	GetObject                = Site{S3, "GetObject", false}
	PagerDutyOnCall          = Site{PagerDuty, "listScheduleUsers", false}
	WebhookDeliver           = Site{Webhook, "deliver", false} // tells; it changes nobody's access
	SlackAuthTest            = Site{Slack, "auth.test", false}
	SlackOpenConnection      = Site{Slack, "apps.connections.open", false}
	SlackUsersInfo           = Site{Slack, "users.info", false}
	SlackLookupByEmail       = Site{Slack, "users.lookupByEmail", false}
	SlackGroupUsers          = Site{Slack, "usergroups.users.list", false}
	SlackOpenConversation    = Site{Slack, "conversations.open", true}
	SlackHistory             = Site{Slack, "conversations.history", false}
	SlackPostMessage         = Site{Slack, "chat.postMessage", true}
	SlackUpdateMessage       = Site{Slack, "chat.update", true}
	SlackPostEphemeral       = Site{Slack, "chat.postEphemeral", true}
	SlackGetPermalink        = Site{Slack, "chat.getPermalink", false}
	SlackOpenView            = Site{Slack, "views.open", true}
	SlackUpdateView          = Site{Slack, "views.update", true}
	SlackPublishView         = Site{Slack, "views.publish", true}

	ListApplications            = Site{IdentityCenter, "ListApplications", false}
	DescribeApplication         = Site{IdentityCenter, "DescribeApplication", false}
	DescribeApplicationProvider = Site{IdentityCenter, "DescribeApplicationProvider", false}
	GetAssignmentConfiguration  = Site{IdentityCenter, "GetApplicationAssignmentConfiguration", false}
	ListApplicationAssignments  = Site{IdentityCenter, "ListApplicationAssignments", false}

	DescribeApplicationAssignment = Site{IdentityCenter, "DescribeApplicationAssignment", false}
	CreateApplicationAssignment   = Site{IdentityCenter, "CreateApplicationAssignment", true}
	DeleteApplicationAssignment   = Site{IdentityCenter, "DeleteApplicationAssignment", true}
)

// Sites lists every site, for tests that visit them all.
func Sites() []Site {
	return []Site{
		OktaGetUser, OktaListUsers, OktaListUserGroups, OktaListGroupUsers, OktaGetGroup, OktaGetApplicationUser,
		OktaGetApplicationGroup, OktaGetApplication, OktaListApplicationUsers, OktaListGroupRules, OktaAddUserToGroup, OktaRemoveUserFromGroup,
		OktaListGroups, OktaCreateGroup,
		ListAssignmentsPrincipal, ListAssignments, CreateAssignment, DeleteAssignment, ListCreations, ListDeletions,
		DescribeCreation, DescribeDeletion, ListInstances, DescribePermissionSet, GetInlinePolicy, ListProvisioned, ListProvisionedSets,
		ListManagedPolicies, ListCustomerPolicies, GetBoundary,
		ListPermissionSets, ListTags, CreatePermissionSet, UpdatePermissionSet, PutInlinePolicy, ProvisionPermissionSet, DescribeProvisioning, GetGroupID,
		GetUserID, DescribeUser, IsMemberInGroups, ListUsers, ListGroupMemberships, GetEnvironment, CreateWebLoginToken, AssumeRole, GetSecretValue, GetParameter, LookupEvents, FilterLogEvents,
		PutObject, GetObjectLock, ListObjectVersions, GetObject, PagerDutyOnCall, WebhookDeliver,
		SlackAuthTest, SlackOpenConnection, SlackUsersInfo, SlackLookupByEmail, SlackGroupUsers, SlackOpenConversation, SlackHistory, SlackPostMessage,
		SlackUpdateMessage, SlackPostEphemeral, SlackGetPermalink, SlackOpenView, SlackUpdateView, SlackPublishView,
		ListApplications, DescribeApplication, DescribeApplicationProvider, GetAssignmentConfiguration, ListApplicationAssignments,
		DescribeApplicationAssignment, CreateApplicationAssignment, DeleteApplicationAssignment,
	}
}

// SetupOnly lists the sites that nothing but airpass setup plan and setup apply call, and
// what cuts sessions, which has a role of its own: what else serves is not to be allowed them.
func SetupOnly() []Site {
	return []Site{
		OktaListGroups, OktaCreateGroup,
		ListPermissionSets, CreatePermissionSet, UpdatePermissionSet, PutInlinePolicy, ProvisionPermissionSet, DescribeProvisioning, GetGroupID,
	}
}

// Cutting lists the sites that whatever cuts sessions calls, which writes permission sets anew
// that somebody has edited, too: in a role of its own that is opt-in.
func Cutting() []Site {
	return []Site{ListTags, DescribePermissionSet, GetInlinePolicy, PutInlinePolicy, UpdatePermissionSet, ProvisionPermissionSet, DescribeProvisioning, ListProvisioned}
}

// AuditOnly lists the sites that nothing but airpass audit verify --anchors calls, as whoever
// runs it: an auditor. What serves writes anchors and cannot read them.
func AuditOnly() []Site { return []Site{ListObjectVersions, GetObject} }

// Serving lists all other sites: of what serves, and of the commands that only look.
func Serving() []Site {
	return slices.DeleteFunc(Sites(), func(s Site) bool { return slices.Contains(SetupOnly(), s) || slices.Contains(AuditOnly(), s) })
}

// Setup lists every site that airpass setup plan and setup apply call.
func Setup() []Site {
	return append(SetupOnly(),
		OktaGetGroup, OktaGetApplication, OktaGetApplicationGroup,
		ListTags, DescribePermissionSet, GetInlinePolicy, ListProvisioned, ListAssignments, CreateAssignment, DescribeCreation,
		ListGroupMemberships, AssumeRole,
	)
}
