// Package replicas tells how many processes serve the same database now, which of them
// this one is, and what of budgets and of connections to Slack is its part. It owns the
// heartbeat and the judgement of who is alive. It does not know what is divided.
//
// Nobody compares clocks: each replica stores a number that goes up with each beat, and
// one whose number has not gone up for a while, by the reader's own clock, is dead.
package replicas
