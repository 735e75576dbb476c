// Package policy says what a request needs: how many of whom have to agree, whether a rule
// lets it pass by itself, and how long it may be. It is pure: it calls nobody, and what it
// judges by are the facts that it is given.
//
// A condition is an expression in CEL (https://cel.dev) over
//
//	requester    .login .email .title .department .manager (strings), .groups (list of Okta group ids), .on_call (bool)
//	environment  .key .account .region .name (strings), .tags (map of strings)
//	role         "Viewer", "User", "Op" or "Admin"
//	duration     how long is asked for; compare with duration("2h")
//	now, start   when it is judged, and when the access begins; now.getHours("Europe/Berlin"), now.getDayOfWeek("Europe/Berlin") (0 is Sunday)
//	extension    whether it extends access that is held already
//
// and is a bool. One that fails while it is evaluated makes a request need more, never
// less: it does not let it pass, its stages are added, and its limit counts.
//
// The filter of a campaign is a condition over access that somebody has:
//
//	person       .login .email .title .department .manager (strings)
//	environment  as above
//	role         as above
//	standing     whether it is standing access, under a live grant or without one
//
// One that fails while it is evaluated chooses the access: it is asked about.
package policy
