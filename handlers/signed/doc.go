// Package signed brings what Slack says over HTTP to a handlers.Router: it takes
// signed requests at one path, answers them, and does afterwards what the router asks
// for. It makes of them the deliveries that Socket Mode brings.
//
// It owns the server, the verifying, and the forms in which Slack posts. It does not
// know what is in a payload, nor TLS: a proxy in front ends it.
//
// Nothing decides but what is signed, the timestamp and the body: the same request to
// another path, with a query or under another content type is refused, or is the same
// delivery.
//
// See https://docs.slack.dev/authentication/verifying-requests-from-slack.
package signed
