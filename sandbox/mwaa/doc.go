// Package mwaa is the sandbox's Amazon Managed Workflows for Apache Airflow: the
// control API, reached over real HTTP by the real AWS SDK, and the Airflow web
// server of each environment, reached by browsers.
//
// It owns what MWAA owns: environments with their states, web login and CLI tokens,
// Airflow's browser sessions, and which Airflow role a caller has. A web login token
// signs in whoever made it: as the IAM identity of the caller, in the highest
// Airflow role that the caller's policy allows.
//
// It does not know who people are, how they sign in, or why a role has its policy:
// it asks Callers who signed a request and Roles what a role may do.
//
// The API is one endpoint for all accounts and regions: the account is the caller's,
// the region is that of the request's signature. The SDK puts "api." and "env." in
// front of the endpoint's host unless it is told not to
// (smithyhttp.DisableEndpointHostPrefix). Signatures are not checked, only who signed.
//
// The web servers are served under /webserver/<hostname>/, because their own
// hostnames lead nowhere here; everything after that is as on MWAA: the family
// /aws_mwaa/ and the cookie "session" for Airflow 2, /pluginsv2/aws_mwaa/ and the
// cookie "_token" for Airflow 3. A private web server gives no answer outside its
// VPC; the sandbox shows a page that says so (504). A request is inside the VPC with
// the header InsideVPCHeader, or all are after SetInsideVPC.
//
// Time: web login and CLI tokens live 60 s by the wall clock, Airflow sessions 12 h
// by the sandbox clock. Airflow 3 is held to the same 12 h; how long a session can
// be renewed there is documented nowhere.
//
// Not documented by the vendor, chosen here: an Airflow user name that would be
// longer than 64 characters is the SHA-256 of the identity in hexadecimal digits;
// names of Airflow roles in policies tell upper from lower case; no token is made
// while the web server is not up (ValidationException), which it is unless the
// environment is CREATING, CREATE_FAILED, DELETING, DELETED or UNAVAILABLE.
//
// Faults use the API's operation as the name ("GetEnvironment",
// "CreateWebLoginToken", …). The answers are "throttled" (429 ThrottlingException),
// "unavailable" (503 ServiceUnavailableException), "internal" (500
// InternalServerException), "denied" (403 AccessDeniedException), "not_found" (404
// ResourceNotFoundException), "validation" (400 ValidationException) and
// "expired_token" (403 ExpiredTokenException).
//
// Vendor pages: https://docs.aws.amazon.com/mwaa/latest/API/,
// https://docs.aws.amazon.com/mwaa/latest/userguide/call-mwaa-apis-web.html,
// https://docs.aws.amazon.com/mwaa/latest/userguide/access-policies.html,
// https://docs.aws.amazon.com/mwaa/latest/userguide/configuring-networking.html.
package mwaa
