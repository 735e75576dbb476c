// Package access holds the words of just-in-time access and the rules that need
// nothing but them: targets, requests, decisions, grants, entitlements and holds,
// the one table of moves of each, and the sentinel errors. It imports the
// standard library only, reads no clock (time is an argument) and knows neither
// Slack nor Okta nor AWS nor SQL.
package access
