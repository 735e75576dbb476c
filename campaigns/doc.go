// Package campaigns says what a campaign asks whom: which access it is about, with the facts
// to decide by, who is asked about it and why they and not somebody else, what would be
// recommended, and what silence would do.
//
// It owns these rules. Who has access it is told by package reviews; it changes nothing,
// sends nothing, and does not know Slack.
package campaigns
