// Package reviews looks at the access that there is, rather than at what is asked for: it
// compares what grants say with what Okta and Identity Center say.
//
// There is one way of comparing. Places outside are read, each in one list, and then what
// airpass knows (survey). Compare judges place by place, for a database that was restored,
// and fails whole. Drift judges person by person of each target, tells the one finding
// that explains the others, and concludes nothing from what it could not read.
//
// It owns what a difference is and how it is told. It changes nothing outside, and does
// not know Slack.
package reviews
