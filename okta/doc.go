// Package okta is airpass's client of one Okta org: people, their groups and
// managers, and membership of plain Okta groups.
//
// It owns how Okta is asked and what its answers mean: which user a name stands
// for, when an empty list cannot be true, when a group must not be touched, and
// which class a failure is of. It knows neither requests nor grants, and never
// repeats a call by itself.
//
// Failures are *access.VendorError:
//
//	429                                  throttled, with the wait that Okta asks for
//	401, 403, a refused access token     denied
//	404 with Okta's E0000007, 410        missing
//	409                                  conflict
//	every other 4xx but 404 and 408      rejected
//	5xx, 3xx, 408, another 404, no or an
//	unreadable or implausible answer     unavailable: a change may have happened
//
// A 404 that does not carry E0000007 was not written by Okta but by something in
// between, and says nothing about the person or group.
//
// Vendor pages: https://developer.okta.com/docs/api/,
// https://developer.okta.com/docs/reference/error-codes/,
// https://developer.okta.com/docs/reference/rl-best-practices/.
package okta
