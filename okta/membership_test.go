package okta_test

import (
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/okta"
	"airpass/sandbox/control"
	sandbox "airpass/sandbox/okta"
)

func TestAMembershipComesAndGoes(t *testing.T) {
	t.Parallel()
	o := newOrg(t)
	ref := o.ref(jose, o.plain)
	step := func(what string, change func() (access.Receipt, error), present bool) {
		t.Helper()
		if change != nil {
			if r, err := change(); err != nil || !r.Done || r.RequestID != "" {
				t.Errorf("%s: %+v %v", what, r, err)
			}
		}
		if seen, err := o.client.Observe(ctxOf(t), ref, time.Time{}); err != nil || seen.Present != present || seen.Ready != present {
			t.Errorf("%s: %+v %v", what, seen, err)
		}
		if o.IsMember(o.plain, jose) != present {
			t.Errorf("%s: Okta does not say the same", what)
		}
	}
	add := func() (access.Receipt, error) { return o.client.Add(ctxOf(t), ref) }
	remove := func() (access.Receipt, error) { return o.client.Remove(ctxOf(t), ref) }
	step("before", nil, false)
	step("added", add, true)
	step("added twice", add, true)
	step("removed", remove, false)
	step("removed twice", remove, false)
	if p, err := o.client.Progress(ctxOf(t), access.Intent{Ref: ref}, time.Time{}); err != nil || p.Known {
		t.Errorf("nothing is under way: %+v %v", p, err)
	}
}

func TestAGroupThatIsNotSafeIsNotTouched(t *testing.T) {
	t.Parallel()
	o := newOrg(t)
	everyone := o.Groups()[0].ID
	unconfigured := o.with(func(o *okta.Options) { o.IdentityCenterApp = "" })
	wrongApp := o.with(func(o *okta.Options) { o.IdentityCenterApp = "0oanotthere000000000" })
	for what, c := range map[string]struct {
		client *okta.Client
		group  string
		want   error
	}{
		"a plain group":                          {o.client, o.plain, nil},
		"the group that assigns Identity Center": {o.client, o.assigns, access.ErrUnsafe},
		"a group of another system's":            {o.client, o.imported, access.ErrUnsafe},
		"Everyone":                               {o.client, everyone, access.ErrUnsafe},
		"an application that is not configured":  {unconfigured, o.plain, access.ErrUnsafe},
		"an application that Okta does not know": {wrongApp, o.plain, access.ErrUnsafe},
		"a group that Okta does not know":        {o.client, "00gnotthere000000000", access.ErrNotFound},
		"what is no id of a group":               {o.client, "../users", access.ErrInvalid},
	} {
		err := c.client.GroupIsSafe(ctxOf(t), c.group)
		if c.want == nil {
			must(t, err)
			continue
		}
		wants(t, what, err, c.want)
		ref := access.Ref{Kind: access.OktaMembership, OktaUser: o.id(boris), OktaGroup: c.group}
		_, err = c.client.Add(ctxOf(t), ref)
		wants(t, "adding to "+what, err, c.want)
		_, err = c.client.Remove(ctxOf(t), ref)
		wants(t, "removing from "+what, err, c.want)
	}
	if o.Faults().Count("AddUserToGroup")+o.Faults().Count("RemoveUserFromGroup") != 0 {
		t.Error("a group that is not safe was changed")
	}
}

// Somebody assigns the application by a group of ours between the grant and its end.
func TestAGroupIsCheckedBeforeEveryChange(t *testing.T) {
	t.Parallel()
	o := newOrg(t)
	ref := o.ref(anna, o.plain)
	_, err := o.client.Add(ctxOf(t), ref)
	must(t, err)
	must(t, o.SetAppGroup(o.app, o.plain, true))
	_, err = o.client.Remove(ctxOf(t), ref)
	wants(t, "the group assigns Identity Center now", err, access.ErrUnsafe)
	must(t, o.SetAppGroup(o.app, o.plain, false))
	for _, op := range []string{"GetGroup", "GetApplicationGroupAssignment"} {
		o.Faults().Add(control.Fault{Op: op, Times: 1, Answer: "unavailable"})
		_, err = o.client.Remove(ctxOf(t), ref)
		wants(t, "no answer of "+op, err, access.ErrUnavailable)
	}
	if !o.IsMember(o.plain, anna) || o.Faults().Count("RemoveUserFromGroup") != 0 {
		t.Error("changed without knowing that it is safe")
	}
	_, err = o.client.Remove(ctxOf(t), ref)
	must(t, err)
}

func TestALostReplyIsNotSentAgain(t *testing.T) {
	t.Parallel()
	o := newOrg(t)
	ref := o.ref(anna, o.plain)
	o.Faults().Add(control.Fault{Op: "AddUserToGroup", Times: 1, LoseReply: true})
	_, err := o.client.Add(ctxOf(t), ref)
	if v := failure(t, "the reply was lost", err, access.Unavailable); !v.MayHaveHappened() || v.Op != "AddUserToGroup" {
		t.Errorf("%+v", v)
	}
	if n := o.Faults().Count("AddUserToGroup"); n != 1 {
		t.Errorf("the change was asked for %d times", n)
	}
	if last := o.seen.last(); last.Site.Name != "AddUserToGroup" || access.ClassOf(last.Err) != access.Unavailable {
		t.Errorf("reported as %+v", last)
	}
	if seen, err := o.client.Observe(ctxOf(t), ref, time.Time{}); err != nil || !seen.Present {
		t.Errorf("it has happened: %+v %v", seen, err)
	}
	o.Faults().Add(control.Fault{Op: "RemoveUserFromGroup", Times: 1, LoseRequest: true})
	_, err = o.client.Remove(ctxOf(t), ref)
	failure(t, "the request was lost", err, access.Unavailable)
	if n := o.Faults().Count("RemoveUserFromGroup"); n != 1 || !o.IsMember(o.plain, anna) {
		t.Errorf("asked for %d times", n)
	}
}

func TestFailuresAndTheirClasses(t *testing.T) {
	t.Parallel()
	o := newOrg(t)
	ref := o.ref(anna, o.plain)
	for answer, class := range map[string]access.Class{
		"throttled": access.Throttled, "throttled_bare": access.Throttled, "unavailable": access.Unavailable,
		"unavailable_html": access.Unavailable, "internal": access.Unavailable, "denied": access.Denied, "invalid_token": access.Denied,
	} {
		o.Faults().ResetCalls()
		o.Faults().Add(control.Fault{Op: "AddUserToGroup", Times: 1, Answer: answer, RetryAfter: control.Duration(20 * time.Second)})
		_, err := o.client.Add(ctxOf(t), ref)
		v := failure(t, answer, err, class)
		if n := o.Faults().Count("AddUserToGroup"); n != 1 {
			t.Errorf("%s: %d calls", answer, n)
		}
		if v.MayHaveHappened() != (class == access.Unavailable) {
			t.Errorf("%s may have happened: %v", answer, v.MayHaveHappened())
		}
		if waits := v.RetryAfter; (waits > 0) != (answer == "throttled") || waits > 22*time.Second || waits > 0 && waits < 19*time.Second {
			t.Errorf("%s: wait %s", answer, waits)
		}
		if v.RequestID == "" || strings.Contains(err.Error(), token) || strings.Contains(err.Error(), o.url) {
			t.Errorf("%s: %v", answer, err)
		}
	}
	o.Faults().Add(control.Fault{Op: "AddUserToGroup", Times: 1, Answer: "not_found"})
	_, err := o.client.Add(ctxOf(t), ref)
	failure(t, "nobody to add", err, access.Missing)
	o.Faults().Add(control.Fault{Op: "RemoveUserFromGroup", Times: 1, Answer: "not_found"})
	if r, err := o.client.Remove(ctxOf(t), ref); err != nil || !r.Done {
		t.Errorf("nobody to remove: %+v %v", r, err)
	}
}

func TestTheOrgsOwnLimit(t *testing.T) {
	t.Parallel()
	o := newOrg(t)
	o.SetLimit("/api/v1/users/{id}", 1)
	if _, err := o.client.ByID(ctxOf(t), o.id(anna)); err != nil {
		t.Fatal(err)
	}
	_, err := o.client.ByID(ctxOf(t), o.id(anna))
	if v := failure(t, "over the limit", err, access.Throttled); v.RetryAfter <= 0 || v.RetryAfter > 62*time.Second || v.MayHaveHappened() {
		t.Errorf("%+v", v)
	}
	wants(t, "nothing is known", err, access.ErrUnavailable)
}

// Who is in no group at all, as far as an admin role sees, is looked up in the group.
func TestAnEmptyListIsNoProofOfAbsence(t *testing.T) {
	t.Parallel()
	o := newOrg(t)
	none := func() { o.Faults().Add(control.Fault{Op: "ListUserGroups", Times: 1, Answer: "empty"}) }
	none()
	if seen, err := o.client.Observe(ctxOf(t), o.ref(anna, o.assigns), time.Time{}); err != nil || !seen.Present {
		t.Errorf("the group has her: %+v %v", seen, err)
	}
	none()
	if err := o.SetMember(o.plain, jose, true); err != nil {
		t.Fatal(err)
	}
	if seen, err := o.client.Observe(ctxOf(t), o.ref(anna, o.plain), time.Time{}); err != nil || seen.Present {
		t.Errorf("the group has others, and not her: %+v %v", seen, err)
	}
	none()
	o.Faults().Add(control.Fault{Op: "ListGroupUsers", Times: 1, Answer: "empty"})
	_, err := o.client.Observe(ctxOf(t), o.ref(anna, o.assigns), time.Time{})
	failure(t, "no groups at all", err, access.Unavailable)
	none()
	o.Faults().Add(control.Fault{Op: "ListGroupUsers", Times: 1, Answer: "503"})
	_, err = o.client.Observe(ctxOf(t), o.ref(anna, o.plain), time.Time{})
	wants(t, "neither says it", err, access.ErrUnavailable)
	none()
	_, err = o.client.GroupsOf(ctxOf(t), o.id(anna))
	failure(t, "no groups at all", err, access.Unavailable)
	// Whether a deactivated person keeps their groups is not said; that they have none
	// can be.
	o.Faults().Add(control.Fault{Op: "ListUserGroups", Times: 1, Answer: "empty"})
	if groups, err := o.client.GroupsOf(ctxOf(t), o.id(gone)); err != nil || len(groups) != 0 {
		t.Errorf("%v %v", groups, err)
	}
}

func TestSomebodyWhomOktaNoLongerHas(t *testing.T) {
	t.Parallel()
	o := newOrg(t)
	nobody := access.Ref{Kind: access.OktaMembership, OktaUser: "00unobody00000000000", OktaGroup: o.plain}
	if seen, err := o.client.Observe(ctxOf(t), nobody, time.Time{}); err != nil || seen.Present {
		t.Errorf("in no group: %+v %v", seen, err)
	}
	if r, err := o.client.Remove(ctxOf(t), nobody); err != nil || !r.Done {
		t.Errorf("nothing to remove: %+v %v", r, err)
	}
	_, err := o.client.Add(ctxOf(t), nobody)
	failure(t, "nobody to add", err, access.Missing)
	nobody.OktaGroup = "00gnotthere000000000"
	_, err = o.client.Observe(ctxOf(t), nobody, time.Time{})
	wants(t, "an org that knows neither proves nothing", err, access.ErrUnavailable)
	_, err = o.client.Observe(ctxOf(t), access.Ref{Kind: access.AccountAssignment, OktaUser: o.id(anna), OktaGroup: o.plain}, time.Time{})
	wants(t, "what is not Okta's", err, access.ErrInvalid)
}

func TestMembersAreReadUpToALimit(t *testing.T) {
	t.Parallel()
	o := newOrg(t)
	var logins []string
	for i := range 450 {
		o.person(numbered(i), nil)
		logins = append(logins, numbered(i))
	}
	big := o.group(sandbox.Group{Name: "big"}, logins...)
	for _, c := range []struct{ limit, want, calls int }{{1, 1, 1}, {200, 200, 1}, {201, 201, 2}, {1000, 450, 3}} {
		o.Faults().ResetCalls()
		people, err := o.client.GroupMembers(ctxOf(t), big, c.limit)
		if err != nil || len(people) != c.want || o.Faults().Count("ListGroupUsers") != c.calls {
			t.Errorf("limit %d: %d people in %d calls: %v", c.limit, len(people), o.Faults().Count("ListGroupUsers"), err)
		}
	}
	_, err := o.client.GroupMembers(ctxOf(t), "00gnotthere000000000", 10)
	wants(t, "no such group", err, access.ErrNotFound)
	_, err = o.client.GroupMembers(ctxOf(t), big, 0)
	wants(t, "no limit", err, access.ErrInvalid)
	o.Faults().Add(control.Fault{Op: "ListGroupUsers", Skip: 1, Answer: "unavailable"})
	people, err := o.client.GroupMembers(ctxOf(t), big, 1000)
	failure(t, "the second page", err, access.Unavailable)
	if people != nil {
		t.Error("half a list")
	}
}

func TestTheNumberOfCallsDoesNotGrowWithTheDirectory(t *testing.T) {
	t.Parallel()
	o := newOrg(t)
	ref := o.ref(anna, o.plain)
	next := 0
	grow := func(to int) {
		for ; next < to; next++ {
			o.person(numbered(next), nil)
			must(t, o.SetMember(o.plain, numbered(next), true))
		}
	}
	cost := func() map[string]int {
		o.Faults().ResetCalls()
		_, err := o.client.Observe(ctxOf(t), ref, time.Time{})
		must(t, err)
		_, err = o.client.Add(ctxOf(t), ref)
		must(t, err)
		seen, err := o.client.Observe(ctxOf(t), ref, time.Time{})
		if err != nil || !seen.Present {
			t.Errorf("%+v %v", seen, err)
		}
		count := map[string]int{}
		for _, c := range o.Faults().Calls() {
			count[c.Op]++
		}
		_, err = o.client.Remove(ctxOf(t), ref)
		must(t, err)
		return count
	}
	cost() // the application is looked up once
	for _, people := range []int{200, 2000} {
		grow(people)
		got := cost()
		want := map[string]int{"ListUserGroups": 2, "GetGroup": 1, "GetApplicationGroupAssignment": 1, "AddUserToGroup": 1}
		if len(got) != len(want) {
			t.Errorf("%d people: %v", people, got)
		}
		for op, n := range want {
			if got[op] != n {
				t.Errorf("%d people: %s %d times, want %d", people, op, got[op], n)
			}
		}
	}
}
