// Package page is the sandbox in a browser: a page that looks and behaves like
// Slack, used as any person of the town, with the outside world beside it.
//
// It owns the page (static/, embedded, no build step), the server-sent events that
// keep it current, and the requests that a click turns into. What a click means to
// Slack is decided in package workspace, through whose Person every click goes: the
// page sends the app nothing by itself.
//
// It does not know airpass. It shows what the vendors of a sandbox.World know and,
// where somebody gives it one, an audit trail.
//
// It serves loopback only: requests for another host (DNS rebinding) and requests
// that change something from another origin are refused, and the page may load
// nothing from elsewhere.
package page
