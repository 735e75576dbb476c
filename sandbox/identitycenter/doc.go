// Package identitycenter is the sandbox's AWS IAM Identity Center: one organization
// instance with its identity store, reached over real HTTP by the real AWS SDK's
// clients for sso-admin and identitystore.
//
// It owns what Identity Center owns: people, groups and memberships; permission sets;
// account assignments, which are made and deleted later than they are asked for; the
// IAM roles that permission sets become in accounts; applications and who is assigned
// to them; the quotas; and what the access portal shows a person.
//
// It does not know Okta, which provisions people and groups through the methods that
// SCIM would call, nor the access portal's pages, the console, or MWAA.
//
// Choices where the service's documentation is silent:
//
//   - A creation that exists already is accepted and SUCCEEDED: Terraform looks before
//     it creates because the service "doesn't prevent us from creating duplicates"
//     (terraform-provider-aws, internal/service/ssoadmin/account_assignment.go).
//   - A deletion of what is not assigned is refused with ResourceNotFoundException,
//     which the operation lists among its errors and Terraform takes as success.
//     Options.AcceptMissingDeletes accepts it instead, to end as FAILED with "Received
//     a 404 status error: Assignment not found.", which the service says elsewhere
//     (terraform-provider-aws issue 35158).
//   - An unknown principal is accepted and ends as FAILED (terraform-provider-aws issue
//     19341), in deletions too; an unknown account or permission set is refused.
//   - The 16th creation under way is refused with ThrottlingException and "There are
//     too many requests processing. Please try again later."
//     (aws-iam-identity-center-extensions issue 87); the fault "quota" answers
//     ServiceQuotaExceededException.
//   - Relay state and session duration take effect like policies, when provisioned.
//
// Time: operations and dates follow the sandbox clock; rates follow the wall clock, as
// the caller's pace does.
//
// Faults use the API's operation name as the operation ("CreateAccountAssignment",
// "GetUserId"). The answers are "throttled" (ThrottlingException, "Rate exceeded"),
// "too_many" (ThrottlingException in the words of creations), "unavailable" (500
// InternalServerException), "gateway" (503 and no JSON), "conflict"
// (ConflictException), "denied" (AccessDeniedException), "not_found"
// (ResourceNotFoundException), "validation" (ValidationException), "quota"
// (ServiceQuotaExceededException), and "expired_token" (ExpiredTokenException).
//
// Vendor pages: https://docs.aws.amazon.com/singlesignon/latest/APIReference/,
// https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/,
// https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html.
package identitycenter
