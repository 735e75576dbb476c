// Package pagerduty is the sandbox's PagerDuty, reached over real HTTP by the real SDK.
// It owns users, schedules and who is on call when. What a schedule is for it does not
// know.
//
// Of the REST API GET /schedules/{id}/users (listScheduleUsers, "list all of the users on
// call in a given schedule for a given time range") is served, for API keys. What changes
// the state is done by methods, as somebody does in the web app: a shift that was added
// later stands beside an earlier one, as two layers of a schedule do.
//
// Limits: 960 requests a minute, as for one API key; then 429 with code 2020.
//
// Faults use the operation's name. The answers are "throttled" (429), "unavailable" (503),
// "internal" (500), "unauthorized" (401) and "denied" (403).
//
// Vendor pages: https://developer.pagerduty.com/api-reference/,
// https://developer.pagerduty.com/docs/rest-api-v2/errors/ and
// https://developer.pagerduty.com/docs/rest-api-v2/rate-limiting/.
package pagerduty
