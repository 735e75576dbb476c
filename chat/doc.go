// Package chat is airpass's client of Slack's Web API: who somebody is, direct
// messages, messages that can be found again by a key, and modals.
//
// It owns how Slack is asked, and which class a failure is of. It knows neither what
// a message says nor how Slack's requests come in, never repeats a call by itself
// and escapes nothing: text and blocks are sent as they are.
//
// Failures are *access.VendorError:
//
//	429, ratelimited                            throttled, with the wait that Slack asks for
//	channel_not_found, user_not_found, …        missing
//	invalid_auth, missing_scope,
//	not_in_channel, …                           denied
//	internal_error, fatal_error, …, 5xx, no or
//	an unreadable answer                        unavailable: it may have happened
//	every other error that Slack names          rejected
//
// Slack throttles each method on its own, and chat.postMessage in each channel. Once
// it has asked to wait, calls of that method are not made before: they fail as
// throttled, with what is left to wait.
//
// Vendor pages: https://docs.slack.dev/reference/methods,
// https://docs.slack.dev/apis/web-api/rate-limits.
package chat
