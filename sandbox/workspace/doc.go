// Package workspace is the sandbox's Slack: one workspace with one app installed
// in it, reached over real HTTP and WebSocket by the real Slack SDK, and people
// who use it.
//
// It owns what Slack owns: people, user groups, channels, direct messages,
// messages with every rendering they ever had, modals and Home tabs, the Web API
// with tokens, scopes and rate limits, Socket Mode, signed HTTP requests, trigger
// ids, response URLs, and Slack's limits on everything the app sends. It keeps
// enough of it to draw a page that looks like Slack, and announces each change
// (Subscribe, WaitFor).
//
// It does not know what the app does, nor any other vendor. Nothing here is
// decided for the app's comfort: what Slack refuses is refused with Slack's own
// error name and HTTP status 200, what Slack drops silently is dropped silently.
//
// Time: message timestamps, event times and the lifetime of a response URL follow
// the sandbox clock; acknowledgements, trigger ids, rate windows and signatures
// follow the wall clock, as the caller's own clocks do.
//
// Faults use the method's name as the operation ("chat.postMessage") and
// "response_url" for posts to response URLs. The answers are "throttled" (429 with
// Retry-After), "unavailable" (503), "internal" and "fatal_error" ({"ok":false}
// with internal_error and fatal_error), and "slack:NAME" for any other error name
// ("slack:missing_scope").
//
// Vendor pages: https://docs.slack.dev/reference/methods,
// https://docs.slack.dev/reference/block-kit,
// https://docs.slack.dev/apis/events-api/using-socket-mode,
// https://docs.slack.dev/interactivity/handling-user-interaction.
package workspace
