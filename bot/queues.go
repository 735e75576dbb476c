package bot

import (
	"github.com/riverqueue/river"

	"airpass/access"
	"airpass/store"
)

// The queues: one for each outside system that steps wait for, with workers of its
// own, so that a slow one holds up its own only. Their names are in stored jobs.
const (
	queueDecide         = "decide"          // attempts: Okta, Slack's directory, Identity Center
	queueReconcile      = "reconcile"       // grants that begin, and their links: MWAA
	queueEnds           = "ends"            // what ends by the clock: nobody outside is asked
	queueOkta           = "okta"            // memberships in Okta
	queueIdentityCenter = "identity_center" // assignments
	queueIdentityStore  = "identity_store"  // memberships that Okta pushes
	queueMessages       = "messages"        // Slack
	queueTicks          = "ticks"           // schedules
)

// queues are the workers of each. Those that wait for a vendor outnumber the calls
// that may be under way there; a worker that waits costs a few kilobytes.
func queues() map[string]river.QueueConfig {
	return map[string]river.QueueConfig{
		queueDecide: {MaxWorkers: 16}, queueReconcile: {MaxWorkers: 16}, queueEnds: {MaxWorkers: 8},
		queueOkta: {MaxWorkers: 32}, queueIdentityCenter: {MaxWorkers: 32}, queueIdentityStore: {MaxWorkers: 32},
		queueMessages: {MaxWorkers: 16}, queueTicks: {MaxWorkers: 4},
	}
}

// queueOf is the queue in which a row is moved.
func queueOf(w store.Wake) string {
	switch w.Kind {
	case store.WakeAttempt:
		return queueDecide
	case store.WakeRequest:
		return queueEnds
	case store.WakeMessage:
		return queueMessages
	case store.WakeGrant:
		if w.Ending {
			return queueEnds
		}
		return queueReconcile
	}
	switch w.Of {
	case access.OktaMembership, access.AssignmentGroup:
		return queueOkta
	case access.PushedMembership:
		return queueIdentityStore
	case access.AccountAssignment, access.ApplicationAssignment:
		return queueIdentityCenter
	}
	return queueReconcile
}

// urgency is River's priority within a queue, 1 before 2: what has to be taken away
// gets the next worker.
func urgency(w store.Wake) int {
	if w.Ending {
		return 1
	}
	return 2
}
