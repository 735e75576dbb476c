// Package campaigns says what a campaign asks whom: which access it is about, with the facts
// to decide by, who is asked about it and why they and not somebody else, what would be
// recommended, and what silence would do. It lets campaigns take place: an occurrence begins
// when its time has come, is built from what is there, is open until its deadline, and is
// closed.
//
// It owns these rules and the rows of occurrences. Who has access it is told by package
// reviews; it changes nothing outside and does not know Slack.
package campaigns
