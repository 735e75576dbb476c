package bot

import (
	"testing"
	"time"

	"airpass/access"
	"airpass/store"
)

func TestEachRowWaitsInTheQueueOfItsVendor(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		wake store.Wake
		want string
	}{
		{store.Wake{Kind: store.WakeAttempt}, queueDecide},
		{store.Wake{Kind: store.WakeRequest}, queueEnds},
		{store.Wake{Kind: store.WakeGrant}, queueReconcile},
		{store.Wake{Kind: store.WakeGrant, Ending: true}, queueEnds},
		{store.Wake{Kind: store.WakeMessage}, queueMessages},
		{store.Wake{Kind: store.WakeEntitlement, Of: access.OktaMembership}, queueOkta},
		{store.Wake{Kind: store.WakeEntitlement, Of: access.OktaMembership, Ending: true}, "okta_removals"},
		{store.Wake{Kind: store.WakeEntitlement, Of: access.AssignmentGroup}, queueOkta},
		{store.Wake{Kind: store.WakeEntitlement, Of: access.PushedMembership}, queueIdentityStore},
		{store.Wake{Kind: store.WakeEntitlement, Of: access.ApplicationAssignment}, queueTiles},
		{store.Wake{Kind: store.WakeEntitlement, Of: access.ApplicationAssignment, Ending: true}, "tiles_removals"},
		{store.Wake{Kind: store.WakeEntitlement, Of: access.AccountAssignment}, queueIdentityCenter},
		{store.Wake{Kind: store.WakeEntitlement, Of: access.AccountAssignment, Ending: true}, "identity_center_removals"},
		{store.Wake{Kind: store.WakeEntitlement, Of: access.AccountAssignment, Ending: true, At: time.Unix(1, 0)}, "identity_center_checks"},
	} {
		got := queueOf(test.wake)
		if _, works := queues()[got]; got != test.want || !works {
			t.Errorf("%+v waits in %q, want %q", test.wake, got, test.want)
		}
	}
	// Where steps of the previous version left jobs somebody has to work still.
	for _, name := range []string{"decide", "reconcile", "messages", "ticks"} {
		if queues()[name].MaxWorkers == 0 {
			t.Errorf("nobody works in %s", name)
		}
	}
}
