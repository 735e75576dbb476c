// Package tour plays the story of airpass from beginning to end: people of a sandbox
// town ask for access in Slack, approve and deny it, follow the link into Airflow, and
// lose the access when its time is over. A bot runs in the same process, on SQLite in
// a temporary directory, and meets everybody over real HTTP and WebSocket only.
//
// It owns the story and how it is told. What a step asserts it takes from the vendors'
// own state, from what people read in Slack and from the pages that a browser came to,
// never from airpass's database; but for the last step, which checks the audit trail.
package tour
