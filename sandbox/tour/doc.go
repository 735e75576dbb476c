// Package tour plays the story of airpass from beginning to end: people of a sandbox
// town ask for access in Slack, approve and deny it, follow the link into Airflow, and
// lose the access when its time is over. A bot runs in the same process, on SQLite in
// a temporary directory, and meets everybody over real HTTP and WebSocket only.
//
// A chapter about drift is of a town of its own. Its last chapter is of another town, with a bot of its own: an organization in which
// nothing is there for Airflow yet, set up by what airpass setup, its printed pages and
// airpass doctor do.
//
// It owns the story and how it is told. What a step asserts it takes from the vendors'
// own state, from what people read in Slack and from the pages that a browser came to,
// never from airpass's database; but for the step that checks the audit trail.
package tour
