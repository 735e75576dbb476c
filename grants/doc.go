// Package grants carries out what was approved and takes it away again: grants, the
// holds they have on entitlements, and the reconciler that makes Okta and IAM
// Identity Center agree with the holds.
//
// It owns the meaning of "active" (everything a grant holds was read back as
// present) and of "ended" (everything that nobody else holds was read back as
// absent). It knows the outside only through the small interfaces below, and it
// knows neither Slack nor how a request came to be approved.
//
// Everything is done in steps. A step reads one row, does at most one change
// outside, records what came of it, and says when to look again. Any step may be
// repeated, lost or run by another replica: the row decides.
package grants
