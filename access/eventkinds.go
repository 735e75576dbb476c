package access

import "strings"

// EventKinds are the kinds of events that this version appends to the audit trail.
// docs/audit-format.md says of each when.
func EventKinds() []EventKind {
	var all []EventKind
	for _, k := range strings.Fields(`request.created request.approved request.denied request.cancelled request.lapsed request.escalated decision.recorded
		attempt.done attempt.refused binding.made binding.changed question.asked question.answered review.owed review.reminded review.given
		campaign.begun campaign.opened campaign.escalated campaign.postponed campaign.closed reviewer.asked reviewer.reminded reviewer.told reviewer.left item.decided item.undone item.delegated item.removing item.settled
		grant.scheduled grant.provisioning grant.active grant.revoking grant.ended grant.resolved grant.moved grant.overdue grant.retried grant.adopted
		entitlement.present entitlement.absent entitlement.unknown entitlement.origin entitlement.let_go entitlement.adopted entitlement.taken_over
		drift.found drift.done drift.resolved cut.asked cut.denied cut.cut cut.lifting cut.lifted cut.policy
		intent.add intent.remove intent.accepted intent.done intent.refused intent.expired call.made login.begun login.made login.failed
		setting.changed restoration.acknowledged webhook.passed personal.erased retention.deleted`) {
		all = append(all, EventKind(k))
	}
	return all
}
