// Package socket brings what Slack says over Socket Mode to a handlers.Router: it
// keeps connections open, acknowledges, and does afterwards what the router asks
// for. It does not know what is in a payload.
//
// See https://docs.slack.dev/apis/events-api/using-socket-mode.
package socket
