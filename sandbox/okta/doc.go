// Package okta is the sandbox's Okta: one org, reached over real HTTP by the real
// Okta SDK, and by browsers that sign in.
//
// It owns what Okta owns: people with their profiles and states, groups and who is
// in them, group rules, applications with their user and group assignments, API
// tokens and OAuth 2.0 service clients, rate limits, the System Log, browser
// sessions, and what Okta provisions to IAM Identity Center: assigned people at
// once, the members of pushed groups after a delay.
//
// It does not know Slack, the app under test, or how Identity Center works: it
// tells a Provisioner what SCIM would tell it.
//
// Every response of the Management API conforms to the OpenAPI document that is
// published inside the SDK's module. That document types the values of an
// application user's profile as objects where Okta sends text; the sandbox stays
// with the document and leaves that profile empty.
//
// Time: states, the log, pushes and browser sessions follow the sandbox clock;
// rate windows, client assertions and access tokens follow the wall clock, as the
// caller's own clock does.
//
// Faults use the SDK's method name as the operation ("AddUserToGroup",
// "ListUsers"; "Token" for the token endpoint). The answers are "throttled" (429
// with the X-Rate-Limit headers), "throttled_bare" (429 without them),
// "unavailable" (503 in Okta's form), "unavailable_html" (503 from a gateway),
// "internal" (500), "denied" (403), "invalid_token" (401), "not_found" (404), and
// "empty" (200 and an empty list, for lists only).
//
// Vendor pages: https://developer.okta.com/docs/api/,
// https://developer.okta.com/docs/reference/error-codes/,
// https://developer.okta.com/docs/reference/rl-best-practices/,
// https://help.okta.com/en-us/content/topics/users-groups-profiles/usgp-about-group-push.htm.
package okta
