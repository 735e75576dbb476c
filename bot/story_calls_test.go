package bot_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/sandbox/control"
	"airpass/store"
)

// events are the events of the audit trail of one kind, oldest first.
func (tw *town) events(kind access.EventKind) []store.Recorded {
	tw.Helper()
	return slices.DeleteFunc(tw.trail(), func(e store.Recorded) bool { return e.Kind != kind })
}

// trail is the whole audit trail.
func (tw *town) trail() (all []store.Recorded) {
	tw.Helper()
	tw.operate(func(o *bot.Operator) error {
		for after := int64(0); ; {
			page, err := o.Store.AuditEvents(tw.ctx(), after, 500)
			if err != nil || len(page) == 0 {
				return err
			}
			all = append(all, page...)
			after = all[len(all)-1].Seq
		}
	})
	return all
}

// What the vendors say that they were asked to change, and what the audit trail says that
// they were asked, is the same, call by call.
func TestTheTrailHasEachCallThatChangedSomething(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), instantly("prod/User"))
	tw.IdentityCenter.Faults().Add(control.Fault{Op: "CreateAccountAssignment", Answer: "throttled", Times: 1})
	tw.ask("ada", "prod/User", "1 hour", "the load is stuck")
	tw.press("grace", "Approve", "the load is stuck")
	tw.eventually("AWS has throttled", func() bool { return tw.IdentityCenter.Faults().Count("CreateAccountAssignment") > 0 })
	tw.advance(2 * time.Minute)
	tw.signIn("ada", tw.sees("ada", "the load is stuck", "Access is active"), 1)
	tw.given("ben", "dev/User", "1 hour", "a look", "grace")
	tw.comesTo(tw.cut("ada", "prod/User", "her laptop was stolen"), access.CutDone)
	tw.press("ben", "Give back", "a look")
	tw.eventually("everything is gone", func() bool { return tw.free("ada", "prod/User") && tw.free("ben", "dev/User") })
	tw.advance(20 * time.Minute) // past the settle window
	tw.idle()

	asked := map[string]string{} // operations of the vendors by the id of the request
	for _, c := range tw.IdentityCenter.Changes() {
		asked[c.RequestID] = c.Op
	}
	for _, e := range tw.Okta.Log() {
		switch {
		case e.Request == "": // somebody else
		case e.Type == "group.user_membership.add":
			asked[e.Request] = "AddUserToGroup"
		case e.Type == "group.user_membership.remove":
			asked[e.Request] = "RemoveUserFromGroup"
		}
	}
	said, throttled, logins := map[string]bool{}, 0, 0
	for _, e := range tw.events("call.made") {
		f := e.Facts
		switch {
		case f["result"] == "throttled" && f["operation"] == "CreateAccountAssignment": // which has not come through to what it changes
			throttled++
		case f["vendor"] == "mwaa":
			if logins++; e.Actor.ID != tw.Person("ada").OktaID || e.Grant == "" || f["vendor_call"] == "" {
				t.Errorf("a login: %+v", e)
			}
		case f["result"] != "ok" || asked[f["vendor_call"]] != f["operation"]:
			t.Errorf("event %d says %v, the vendor was asked for %q", e.Seq, f, asked[f["vendor_call"]])
		case e.Ref == "" && f["permission_set"] == "":
			t.Errorf("event %d says not what it is about: %v", e.Seq, f)
		}
		if said[f["vendor_call"]] {
			t.Errorf("the call %s is there twice", f["vendor_call"])
		}
		said[f["vendor_call"]] = true
	}
	for id, operation := range asked {
		if !said[id] {
			t.Errorf("%s was asked for with %s, and the trail does not say so", operation, id)
		}
	}
	if throttled != 1 || logins != tw.MWAA.Tokens().WebLogin || logins == 0 {
		t.Errorf("%d throttled calls, %d logins", throttled, logins)
	}
	for _, operation := range []string{"CreateAccountAssignment", "DeleteAccountAssignment", "PutInlinePolicyToPermissionSet", "AddUserToGroup", "RemoveUserFromGroup"} {
		if !strings.Contains(strings.Join(values(asked), " "), operation) {
			t.Errorf("nothing has asked for %s: this story sees too little", operation)
		}
	}
}

func values(m map[string]string) []string {
	all := make([]string, 0, len(m))
	for _, v := range m {
		all = append(all, v)
	}
	return all
}
