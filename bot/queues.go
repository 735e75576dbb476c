package bot

import (
	"github.com/riverqueue/river"

	"airpass/access"
	"airpass/store"
)

// The queues: one for each outside system that steps wait for, with workers of its
// own, so that a slow one holds up its own only; and one more for taking away there,
// so that no number of additions that wait for the same budget keeps a removal from
// waiting in front of them. Their names are in stored jobs.
const (
	queueDecide    = "decide"    // attempts, and grants that are to start: Okta, Slack's directory, Identity Center
	queueReconcile = "reconcile" // grants that begin, and their links: MWAA
	queueEnds      = "ends"      // what ends by the clock: nobody outside is asked
	queueMessages  = "messages"  // Slack
	queueCuts      = "cuts"      // policies of permission sets
	queueCampaigns = "campaigns" // who is asked about what: everything outside is read
	queueAnchors   = "anchors"   // where the head of the trail is kept
	queueTicks     = "ticks"     // schedules

	queueOkta           = "okta"            // memberships in Okta
	queueIdentityCenter = "identity_center" // assignments
	queueIdentityStore  = "identity_store"  // memberships that Okta pushes
	queueTiles          = "tiles"           // assignments of applications, which open nothing and hold up nobody

	removals = "_removals" // after each of the four
	checks   = "_checks"   // the same, when looked at again: what became of a removal
)

// assignmentRemovals is how many removals of assignments are worked on at once: enough
// to use up Identity Center's calls, 20 a second, and no more. All that wait for a call
// stand before the next page of a list that others wait for; with 32 of them a page
// took 1.6 s, and a list of twenty never came in time.
const assignmentRemovals = 12

// queues are the workers of each. Those that wait for a vendor outnumber the calls
// that may be under way there; a worker that waits costs a few kilobytes.
func queues() map[string]river.QueueConfig {
	all := map[string]river.QueueConfig{
		queueDecide: {MaxWorkers: 16}, queueReconcile: {MaxWorkers: 16}, queueEnds: {MaxWorkers: 8},
		queueMessages: {MaxWorkers: 16}, queueCuts: {MaxWorkers: 4}, queueCampaigns: {MaxWorkers: 2}, queueAnchors: {MaxWorkers: 1}, queueTicks: {MaxWorkers: 4},
	}
	for _, vendor := range []string{queueOkta, queueIdentityCenter, queueIdentityStore} {
		all[vendor], all[vendor+removals], all[vendor+checks] = river.QueueConfig{MaxWorkers: 32}, river.QueueConfig{MaxWorkers: 32}, river.QueueConfig{MaxWorkers: 16}
	}
	for _, of := range []string{"", removals, checks} {
		all[queueTiles+of] = river.QueueConfig{MaxWorkers: 8}
	}
	all[queueIdentityCenter+removals] = river.QueueConfig{MaxWorkers: assignmentRemovals}
	return all
}

// queueOf is the queue in which a row is moved.
func queueOf(w store.Wake) string {
	switch {
	case w.Kind == store.WakeAttempt, w.Kind == store.WakeReview, w.Kind == store.WakeCampaignReviewer, w.Kind == store.WakeGrant && w.Starting:
		return queueDecide
	case w.Kind == store.WakeSetPolicy:
		return queueCuts
	case w.Kind == store.WakeCampaign, w.Kind == store.WakeOccurrence:
		return queueCampaigns
	case w.Kind == store.WakeMessage:
		return queueMessages
	case w.Kind == store.WakeAnchor:
		return queueAnchors
	case w.Kind == store.WakeRequest, w.Kind == store.WakeGrant && w.Ending:
		return queueEnds
	case w.Kind == store.WakeGrant:
		return queueReconcile
	}
	vendor := queueIdentityCenter
	switch w.Of {
	case access.OktaMembership, access.AssignmentGroup:
		vendor = queueOkta
	case access.PushedMembership:
		vendor = queueIdentityStore
	case access.ApplicationAssignment:
		vendor = queueTiles
	}
	switch {
	case w.Ending && !w.At.IsZero(): // does not wait behind those that have not been asked for
		return vendor + checks
	case w.Ending:
		return vendor + removals
	}
	return vendor
}
