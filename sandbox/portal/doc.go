// Package portal is the sandbox's AWS access portal and as much of the AWS console as
// lies between a login link and Airflow.
//
// It owns the way of a person's browser: the portal's shortcut link, the sign-in at
// Okta, the role session in the console that an assignment gives, and MWAA's /sso
// page, which makes a web login token as that role session and hands the browser on
// to Airflow.
//
// It does not know who is assigned to what, what a role may do, or how tokens are
// made: it asks Identity Center, Okta and MWAA. It makes its web login tokens through
// the same code as MWAA's API, but not over HTTP: faults of the API do not hit it.
//
// A shortcut link is <base>/start/#/console?account_id=…&role_name=…&destination=…
// with every value URL-encoded once. The role name is the permission set's. What
// follows # never reaches a server, so the pages that need it have a form which
// their script fills in and sends; see package browser. The destination is a page of
// the console, https://<region>.console.aws.amazon.com/… or the sandbox's own; any
// other is refused. Without one it is the permission set's relay state, then the
// console's home. MWAA's pages are the ones of the console that exist here.
//
// The portal has no session of its own: it asks at each visit who is signed in at
// Okta. Okta's cookie reaches it because cookies are kept for a host, not for a
// port: both must be on the same host. A console session is a copy of what the
// assignment gave when it was opened: it goes on after the assignment is deleted,
// until its duration is over by the sandbox clock, or the role is gone, or the role's
// policy denies everything to the person (identitystore:userId).
//
// Not documented by the vendor, chosen here: the /sso page needs
// airflow:GetEnvironment besides airflow:CreateWebLoginToken, unless
// Options.SSOWithoutGetEnvironment; characters of a user name that a role session's
// name cannot have become "_".
//
// Vendor pages: https://docs.aws.amazon.com/singlesignon/latest/userguide/createshortcutlink.html,
// https://docs.aws.amazon.com/singlesignon/latest/userguide/howtopermrelaystate.html,
// https://docs.aws.amazon.com/singlesignon/latest/userguide/authconcept.html,
// https://docs.aws.amazon.com/mwaa/latest/userguide/call-mwaa-apis-web.html.
package portal
