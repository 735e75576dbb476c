// Package reviews looks at the access that there is, rather than at what is asked for: it
// compares what grants say with what Okta and Identity Center say.
//
// It owns what a difference is and how it is told. It changes nothing outside, and does
// not know Slack.
package reviews
