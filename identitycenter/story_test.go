package identitycenter

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"airpass/access"
	"airpass/awsconfig"
	"airpass/sandbox/control"
	sandbox "airpass/sandbox/identitycenter"
	"airpass/sandbox/sts"
)

func lookups() []Lookup { return []Lookup{ByPrincipal, ByList} }

func TestAnAssignmentComesAndGoes(t *testing.T) {
	t.Parallel()
	for _, lookup := range lookups() {
		t.Run(string(lookup), func(t *testing.T) {
			t.Parallel()
			w := setup(t, lookup)
			r := w.ref(w.mia)
			if seen := w.see(t, r); seen.Present || seen.Ready {
				t.Fatalf("%+v", seen)
			}
			w.carryOut(t, r, access.Add)
			if seen := w.see(t, r); !seen.Present || !seen.Ready || len(seen.Through) != 0 {
				t.Fatalf("%+v", seen)
			}
			if seen := w.see(t, w.ref(w.noa)); seen.Present {
				t.Fatal("somebody else has it, too")
			}
			w.carryOut(t, r, access.Remove)
			if seen := w.see(t, r); seen.Present {
				t.Fatalf("%+v", seen)
			}
		})
	}
}

// carryOut begins an operation, sees it under way, lets it complete and sees that.
func (w *world) carryOut(t *testing.T, r access.Ref, op access.Operation) {
	t.Helper()
	begin := map[access.Operation]func() (access.Receipt, error){
		access.Add:    func() (access.Receipt, error) { return w.client.Add(t.Context(), r) },
		access.Remove: func() (access.Receipt, error) { return w.client.Remove(t.Context(), r) },
	}[op]
	receipt, err := begin()
	must(t, err)
	if receipt.RequestID == "" || receipt.Done || receipt.Failure != "" {
		t.Fatalf("%s: %+v", op, receipt)
	}
	want := access.Progress{Known: true, RequestID: receipt.RequestID}
	if p, err := w.client.Progress(t.Context(), w.intent(r, op, receipt.RequestID), time.Time{}); err != nil || p != want {
		t.Fatalf("%s under way: %+v %v", op, p, err)
	}
	w.center.CompleteOperations()
	want.Done = true
	if p, err := w.client.Progress(t.Context(), w.intent(r, op, receipt.RequestID), time.Time{}); err != nil || p != want {
		t.Fatalf("%s done: %+v %v", op, p, err)
	}
}

func TestAnOperationThatFailsSaysWhy(t *testing.T) {
	t.Parallel()
	w := setup(t, ByPrincipal)
	w.center.FailAssignments(sandbox.Match{Kind: sandbox.Creation}, "Received a 500 status error: no.")
	receipt, err := w.client.Add(t.Context(), w.ref(w.mia))
	must(t, err)
	w.center.CompleteOperations()
	p, err := w.client.Progress(t.Context(), w.intent(w.ref(w.mia), access.Add, receipt.RequestID), time.Time{})
	if err != nil || !p.Known || p.Done || p.Failure != "Received a 500 status error: no." {
		t.Errorf("%+v %v", p, err)
	}
}

func TestAnOperationThatAWSHasForgottenIsUnknown(t *testing.T) {
	t.Parallel()
	w := setup(t, ByPrincipal)
	p, err := w.client.Progress(t.Context(), w.intent(w.ref(w.mia), access.Add, "00000000-0000-0000-0000-000000000000"), time.Time{})
	if err != nil || p.Known {
		t.Errorf("%+v %v", p, err)
	}
}

func TestDoingItTwiceIsNoFailure(t *testing.T) {
	t.Parallel()
	w := setup(t, ByPrincipal)
	if r, err := w.client.Remove(t.Context(), w.ref(w.mia)); err != nil || !r.Done {
		t.Errorf("removing what is not there: %+v %v", r, err)
	}
	w.standing(t, sandbox.PrincipalUser, w.mia)
	if r, err := w.client.Add(t.Context(), w.ref(w.mia)); err != nil || r.RequestID == "" {
		t.Errorf("adding what is there: %+v %v", r, err)
	}
}

func TestASecondChangeOfTheSameThingIsAConflict(t *testing.T) {
	t.Parallel()
	w := setup(t, ByPrincipal)
	_, err := w.client.Add(t.Context(), w.ref(w.mia))
	must(t, err)
	_, err = w.client.Remove(t.Context(), w.ref(w.mia))
	var v *access.VendorError
	if !errors.As(err, &v) || v.Class != access.Conflict || v.MayHaveHappened() || v.RequestID == "" {
		t.Errorf("%v", err)
	}
	if n := w.count("DeleteAccountAssignment"); n != 1 {
		t.Errorf("tried %d times", n)
	}
}

func TestTheSixteenthCreationIsThrottled(t *testing.T) {
	t.Parallel()
	w := setup(t, ByPrincipal)
	for i := range 16 {
		_, err := w.client.Add(t.Context(), w.ref(w.person(t, fmt.Sprintf("p%d", i))))
		if (access.ClassOf(err) == access.Throttled) != (i == 15) {
			t.Errorf("creation %d: %v", i+1, err)
		}
	}
}

// The reply to a creation is lost while others are under way, too.
func TestAnOperationWhoseAnswerWasLostIsFound(t *testing.T) {
	t.Parallel()
	for _, op := range []access.Operation{access.Add, access.Remove} {
		t.Run(string(op), func(t *testing.T) {
			t.Parallel()
			w := setup(t, ByPrincipal)
			change, name := w.client.Add, "CreateAccountAssignment"
			if op == access.Remove {
				change, name = w.client.Remove, "DeleteAccountAssignment"
				w.standing(t, sandbox.PrincipalUser, w.mia)
				w.standing(t, sandbox.PrincipalUser, w.noa)
			}
			_, err := change(t.Context(), w.ref(w.noa))
			must(t, err)
			w.center.Faults().Add(control.Fault{Op: name, LoseReply: true, Times: 1})
			intent := w.intent(w.ref(w.mia), op, "")
			_, err = change(t.Context(), w.ref(w.mia))
			var v *access.VendorError
			if !errors.As(err, &v) || !v.MayHaveHappened() {
				t.Fatalf("%v", err)
			}
			if n := w.count(name); n != 2 {
				t.Fatalf("%s was called %d times for two changes", name, n)
			}
			p, err := w.client.Progress(t.Context(), intent, time.Time{})
			must(t, err)
			if !p.Known || p.Done || p.RequestID != w.operationOf(t, w.mia) {
				t.Fatalf("%+v", p)
			}
			w.center.CompleteOperations()
			intent.RequestID = p.RequestID
			if p, err = w.client.Progress(t.Context(), intent, time.Time{}); err != nil || !p.Done {
				t.Errorf("%+v %v", p, err)
			}
		})
	}
}

func (w *world) operationOf(t *testing.T, person string) string {
	t.Helper()
	for _, op := range w.center.Operations() {
		if op.PrincipalID == person {
			return op.RequestID
		}
	}
	t.Fatal("no operation of", person)
	return ""
}

func TestWhatFitsNoIntentIsNotTakenForIt(t *testing.T) {
	t.Parallel()
	w := setup(t, ByPrincipal)
	other, err := w.center.AddPermissionSet(sandbox.PermissionSet{Name: "mwaa-prod-Admin"})
	must(t, err)
	must(t, w.center.AddAccount("222233334444", "other"))
	otherSet, otherAccount := w.ref(w.mia), w.ref(w.mia)
	otherSet.PermissionSet, otherAccount.Account = other.ARN, "222233334444"
	for _, r := range []access.Ref{otherSet, otherAccount, w.ref(w.noa)} {
		_, err := w.client.Add(t.Context(), r)
		must(t, err)
	}
	w.center.Faults().Add(control.Fault{Op: "CreateAccountAssignment", LoseRequest: true, Times: 1})
	intent := w.intent(w.ref(w.mia), access.Add, "")
	_, err = w.client.Add(t.Context(), w.ref(w.mia))
	if access.ClassOf(err) != access.Unavailable || err == nil {
		t.Fatal(err)
	}
	if p, err := w.client.Progress(t.Context(), intent, time.Time{}); err != nil || p.Known {
		t.Errorf("the request never arrived: %+v %v", p, err)
	}

	_, err = w.client.Add(t.Context(), w.ref(w.mia)) // ours, begun now
	must(t, err)
	if p, err := w.client.Progress(t.Context(), intent, time.Time{}); err != nil || !p.Known {
		t.Errorf("%+v %v", p, err)
	}
	intent.CreatedAt = w.clock.Now().Add(2 * time.Minute) // an intent of later is not about it
	if p, err := w.client.Progress(t.Context(), intent, time.Time{}); err != nil || p.Known {
		t.Errorf("%+v %v", p, err)
	}
	deletion := w.intent(w.ref(w.mia), access.Remove, "")
	if p, err := w.client.Progress(t.Context(), deletion, time.Time{}); err != nil || p.Known {
		t.Errorf("a creation was taken for a deletion: %+v %v", p, err)
	}
}

func TestSeekingDescribesEachOperationOnce(t *testing.T) {
	t.Parallel()
	w := setup(t, ByPrincipal)
	for i := range 15 {
		_, err := w.client.Add(t.Context(), w.ref(w.person(t, fmt.Sprintf("p%d", i))))
		must(t, err)
	}
	for range 4 {
		p, err := w.client.Progress(t.Context(), w.intent(w.ref(w.mia), access.Add, ""), time.Time{})
		if err != nil || p.Known {
			t.Errorf("%+v %v", p, err)
		}
	}
	if n := w.count("DescribeAccountAssignmentCreationStatus"); n != 15 {
		t.Errorf("%d descriptions of 15 operations", n)
	}
}

func TestManyWhoPollShareOneList(t *testing.T) {
	t.Parallel()
	w := setup(t, ByPrincipal)
	w.opts.Tick = 300 * time.Millisecond
	w.client = w.make(t)
	var intents []access.Intent
	for i := range 15 {
		r := w.ref(w.person(t, fmt.Sprintf("p%d", i)))
		receipt, err := w.client.Add(t.Context(), r)
		must(t, err)
		intents = append(intents, w.intent(r, access.Add, receipt.RequestID))
	}
	var all sync.WaitGroup
	for _, intent := range intents {
		for range 10 {
			all.Go(func() {
				if p, err := w.client.Progress(t.Context(), intent, time.Time{}); err != nil || !p.Known || p.Done {
					t.Errorf("%+v %v", p, err)
				}
			})
		}
	}
	all.Wait()
	if n := w.count("ListAccountAssignmentCreationStatus"); n > 6 {
		t.Errorf("%d lists for 150 polls", n)
	}
	if n := w.count("DescribeAccountAssignmentCreationStatus"); n != 0 {
		t.Errorf("%d descriptions of what is in the list", n)
	}
}

func TestAGroupThatGivesTheSameIsNamed(t *testing.T) {
	t.Parallel()
	for _, lookup := range lookups() {
		t.Run(string(lookup), func(t *testing.T) {
			t.Parallel()
			w := setup(t, lookup)
			admins := w.group(t, "admins", "mia@example.com")
			others := w.group(t, "others", "noa@example.com")
			w.standing(t, sandbox.PrincipalGroup, admins)
			w.standing(t, sandbox.PrincipalGroup, others)
			w.standing(t, sandbox.PrincipalUser, w.noa)
			if seen := w.see(t, w.ref(w.mia)); seen.Present || !reflect.DeepEqual(seen.Through, []string{"Identity Center group " + admins}) {
				t.Errorf("%+v", seen)
			}
			if seen := w.see(t, w.ref(w.noa)); !seen.Present || !reflect.DeepEqual(seen.Through, []string{"Identity Center group " + others}) {
				t.Errorf("%+v", seen)
			}
		})
	}
}

func TestAPushedMembershipIsReadyWhenItsGroupHoldsThePermissionSet(t *testing.T) {
	t.Parallel()
	for _, lookup := range lookups() {
		t.Run(string(lookup), func(t *testing.T) {
			t.Parallel()
			w := setup(t, lookup)
			viewers := w.group(t, "airflow-prod-viewer")
			r := w.pushed(w.mia, viewers)
			if seen := w.see(t, r); seen.Present || seen.Ready {
				t.Errorf("not pushed yet: %+v", seen)
			}
			must(t, w.center.SetMembership(viewers, "mia@example.com", true))
			if seen := w.see(t, r); !seen.Present || seen.Ready {
				t.Errorf("in the group, which opens nothing yet: %+v", seen)
			}
			w.standing(t, sandbox.PrincipalGroup, viewers)
			if seen := w.see(t, r); !seen.Present || !seen.Ready || seen.Through != nil {
				t.Errorf("%+v", seen)
			}
			unsaid := r
			unsaid.PermissionSet = ""
			if seen := w.see(t, unsaid); !seen.Present || seen.Ready {
				t.Errorf("nothing was read back: %+v", seen)
			}
			must(t, w.center.SetMembership(viewers, "mia@example.com", false))
			admins := w.group(t, "admins", "mia@example.com")
			w.standing(t, sandbox.PrincipalGroup, admins)
			w.standing(t, sandbox.PrincipalUser, w.mia)
			want := []string{"Identity Center group " + admins, "an account assignment of their own"}
			if seen := w.see(t, r); seen.Present || seen.Ready || !reflect.DeepEqual(seen.Through, want) {
				t.Errorf("taken away, with other ways left: %+v", seen)
			}
		})
	}
}

// The membership is there although what it opened is gone: that is not "absent".
func TestAMembershipOfAGroupWhosePermissionSetIsGoneIsNotAbsent(t *testing.T) {
	t.Parallel()
	w := setup(t, ByPrincipal)
	r := w.pushed(w.mia, w.group(t, "viewers", "mia@example.com"))
	r.PermissionSet = "arn:aws:sso:::permissionSet/ssoins-72230a4b1c9d5e6f/ps-0000000000000000"
	if seen, err := w.client.Observe(t.Context(), r, time.Time{}); err == nil || errors.Is(err, access.ErrNotFound) || access.ClassOf(err) != access.Rejected {
		t.Errorf("%+v %v", seen, err)
	}
	must(t, w.center.SetMembership(r.IdentityCenterGroup, "mia@example.com", false))
	if seen := w.see(t, r); seen.Present {
		t.Errorf("%+v", seen)
	}
}

func TestPeopleAreFoundByExactlyTheirUserName(t *testing.T) {
	t.Parallel()
	w := setup(t, ByPrincipal)
	for _, name := range []string{"mia+air#flow@example.com", "zoë.müller@example.com", "李雷@example.com", `o"brien\@example.com`, "a b@example.com", "%2Fx@example.com"} {
		id := w.person(t, name)
		if got, err := w.client.PersonID(t.Context(), name); err != nil || got != id {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
	for _, name := range []string{"nobody@example.com", "mia"} {
		if id, err := w.client.PersonID(t.Context(), name); !errors.Is(err, access.ErrNotFound) || id != "" {
			t.Errorf("%s: %q %v", name, id, err)
		}
	}
	w.opts.IdentityStore = "d-0000000000"
	if id, err := w.make(t).PersonID(t.Context(), "mia@example.com"); err == nil || errors.Is(err, access.ErrNotFound) {
		t.Errorf("another store's silence is nobody's absence: %q %v", id, err)
	}
}

func TestWhereThePersonsAssignmentsMayNotBeListed(t *testing.T) {
	t.Parallel()
	w := setup(t, ByPrincipal)
	must(t, w.sts.AddRole(sts.Role{ARN: "arn:aws:iam::777788889999:role/airpass", ExternalID: "e-1"}))
	w.opts.Role = awsconfig.Role{RoleARN: "arn:aws:iam::777788889999:role/airpass", ExternalID: "e-1"}
	_, err := w.make(t).Observe(t.Context(), w.ref(w.mia), time.Time{})
	if access.ClassOf(err) != access.Denied {
		t.Errorf("a delegated administrator: %v", err)
	}
	w.opts.Lookup = ByList
	w.client = w.make(t)
	w.standing(t, sandbox.PrincipalUser, w.mia)
	if seen := w.see(t, w.ref(w.mia)); !seen.Present {
		t.Errorf("%+v", seen)
	}
	if n := w.sts.Faults().Count("AssumeRole"); n != 2 {
		t.Errorf("two clients assumed the role %d times", n)
	}
}

func TestAnErrorInTheMiddleOfPagesIsNoShorterList(t *testing.T) {
	t.Parallel()
	w := setup(t, ByList)
	w.crowd(t, 250)
	w.standing(t, sandbox.PrincipalUser, w.mia) // on the third page
	w.center.Faults().Add(control.Fault{Op: "ListAccountAssignments", Answer: "unavailable", Skip: 2, Times: 1})
	if seen, err := w.client.Observe(t.Context(), w.ref(w.mia), time.Time{}); !errors.Is(err, access.ErrUnavailable) {
		t.Errorf("%+v %v", seen, err)
	}
	if seen := w.see(t, w.ref(w.mia)); !seen.Present {
		t.Errorf("%+v", seen)
	}
}

// What reading and changing costs does not grow with the number of people.
func TestCallsDoNotGrowWithPeople(t *testing.T) {
	t.Parallel()
	for _, people := range []int{200, 2000} {
		t.Run(fmt.Sprint(people), func(t *testing.T) {
			t.Parallel()
			w := setup(t, ByPrincipal)
			group := w.crowd(t, people)
			w.center.Faults().ResetCalls()
			w.see(t, w.ref(w.mia))
			_, err := w.client.Add(t.Context(), w.ref(w.mia))
			must(t, err)
			w.center.CompleteOperations()
			if seen := w.see(t, w.ref(w.mia)); !seen.Present {
				t.Error("not there")
			}
			if n := len(w.center.Faults().Calls()); n != 3 {
				t.Errorf("%d calls: %+v", n, w.center.Faults().Calls())
			}
			must(t, w.center.SetMembership(group, "mia@example.com", true))
			w.center.Faults().ResetCalls()
			if in, err := w.client.memberships(t.Context(), w.center.IdentityStoreID(), w.mia, []string{group}); err != nil || !in[group] {
				t.Error(in, err)
			}
			if n := len(w.center.Faults().Calls()); n != 1 {
				t.Errorf("%d calls for a membership", n)
			}
		})
	}
}

// A hundred people who ask at once share one reading of the list, or two or three if
// some came when one had begun.
func TestAHundredWhoAskShareTheList(t *testing.T) {
	t.Parallel()
	w := setup(t, ByList)
	w.opts.Tick = 500 * time.Millisecond
	w.client = w.make(t)
	w.crowd(t, 950)
	w.standing(t, sandbox.PrincipalUser, w.mia)
	w.center.Faults().ResetCalls()
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if seen, err := w.client.Observe(t.Context(), w.ref(w.mia), time.Time{}); err != nil || !seen.Present {
				t.Error(seen, err)
			}
		})
	}
	all.Wait()
	if n := w.count("ListAccountAssignments"); n%10 != 0 || n > 30 {
		t.Errorf("%d pages were read of a list of ten", n)
	}
}

// Somebody's assignment is taken away while the list is being read: who asks after
// that must not be told the older list.
func TestWhatWasTakenAwayIsNotSeenInAnOlderList(t *testing.T) {
	t.Parallel()
	w := setup(t, ByList)
	w.standing(t, sandbox.PrincipalUser, w.mia)
	reading, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	w.center.Faults().OnCall = func(op, phase string) {
		if op == "ListAccountAssignments" && phase == "done" {
			once.Do(func() { close(reading); <-release })
		}
	}
	var all sync.WaitGroup
	all.Go(func() {
		if seen, err := w.client.Observe(t.Context(), w.ref(w.mia), time.Time{}); err != nil || !seen.Present {
			t.Error("who asked before:", seen, err)
		}
	})
	<-reading
	must(t, w.center.Unassign(sandbox.Assignment{Account: account, PermissionSetARN: w.set, PrincipalType: sandbox.PrincipalUser, PrincipalID: w.mia}))
	all.Go(func() {
		if seen, err := w.client.Observe(t.Context(), w.ref(w.mia), time.Time{}); err != nil || seen.Present {
			t.Error("who asked after:", seen, err)
		}
	})
	w.client.mu.Lock()
	list := w.client.registers[assignableOf(w.ref(w.mia))].list
	w.client.mu.Unlock()
	for deadline := time.Now().Add(5 * time.Second); ; {
		list.mu.Lock()
		joined := list.next != nil
		list.mu.Unlock()
		if joined || time.Now().After(deadline) {
			break
		}
		time.Sleep(time.Millisecond)
	}
	close(release)
	all.Wait()
}

func TestADeletedPersonHasNothing(t *testing.T) {
	t.Parallel()
	w := setup(t, ByPrincipal)
	r := w.pushed(w.mia, w.group(t, "viewers", "mia@example.com"))
	must(t, w.center.DeleteUser("mia@example.com"))
	for _, ref := range []access.Ref{r, w.ref(w.mia)} {
		if seen, err := w.client.Observe(t.Context(), ref, time.Time{}); !errors.Is(err, access.ErrNotFound) {
			t.Errorf("%+v %v", seen, err)
		}
	}
}

func TestWhetherSomebodyMaySignIn(t *testing.T) {
	t.Parallel()
	w := setup(t, ByPrincipal)
	for _, want := range []bool{true, false, true} {
		must(t, w.center.SetUserEnabled("mia@example.com", want))
		if got, err := w.client.Enabled(t.Context(), w.mia); err != nil || got != want {
			t.Errorf("enabled: %v %v, want %v", got, err, want)
		}
	}
	if _, err := w.client.Enabled(t.Context(), "90676f0a-1111-2222-3333-444455556666"); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
}
