// Package approvals decides: who somebody is, what they may ask for, who may say yes
// or no, and what a decision does.
//
// It owns requests and decisions, and the judging of attempts: what was clicked in
// Slack is stored as an attempt first and judged here later, with Okta asked live. It
// hands an approved request to package grants in the transaction that approves it.
//
// It does not know how Slack shows anything, nor how access is carried out. When it
// is not sure whether somebody is allowed, it refuses and says why.
package approvals
