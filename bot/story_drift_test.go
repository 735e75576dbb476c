package bot_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/config"
	"airpass/reviews"
	"airpass/sandbox"
	"airpass/sandbox/control"
	"airpass/sandbox/identitycenter"
	"airpass/sandbox/okta"
	"airpass/store/storetest"
)

// unhurried lets a comparison ask as fast as it can.
func unhurried(c *config.Config) {
	c.Quotas.OktaPerMinute, c.Quotas.IdentityCenterPerSecond, c.Quotas.IdentityStorePerSecond = 1_000_000, 100_000, 100_000
}

func (tw *town) must(errs ...error) {
	tw.Helper()
	if err := errors.Join(errs...); err != nil {
		tw.Fatal(err)
	}
}

// drift looks, as the command does.
func (tw *town) drift() reviews.Drift {
	tw.Helper()
	var found reviews.Drift
	tw.operate(func(o *bot.Operator) (err error) {
		found, err = o.Drift(tw.ctx(), tw.config)
		return err
	})
	return found
}

// byHand is an assignment of a person as somebody would make it in the console.
func (tw *town) byHand(who, target string) identitycenter.Assignment {
	at := tw.Target(target)
	return identitycenter.Assignment{Account: at.Account, PermissionSetARN: at.PermissionSet, PrincipalType: identitycenter.PrincipalUser, PrincipalID: tw.center(who)}
}

func (tw *town) ofGroup(group, target string) identitycenter.Assignment {
	a := tw.byHand("ada", target)
	a.PrincipalType, a.PrincipalID = identitycenter.PrincipalGroup, group
	return a
}

func (tw *town) setOf(target string) identitycenter.PermissionSet {
	for _, s := range tw.IdentityCenter.PermissionSets() {
		if s.ARN == tw.Target(target).PermissionSet {
			return s
		}
	}
	return identitycenter.PermissionSet{}
}

func (tw *town) policyOf(target string) string { return tw.setOf(target).InlinePolicy }

func (tw *town) sessionOf(target string) time.Duration { return tw.setOf(target).SessionDuration }

// told are findings as "kind target who".
func told(found reviews.Drift) map[string]reviews.Finding {
	all := map[string]reviews.Finding{}
	for _, f := range found.Findings {
		who, _, _ := strings.Cut(f.Who, " (")
		all[strings.TrimSpace(fmt.Sprintf("%s %s %s", f.Kind, strings.Join(f.Targets, "+"), who))] = f
	}
	return all
}

func TestAHealthyTownHasNoDrift(t *testing.T) {
	t.Parallel()
	tw := settle(t, quick(), unhurried)
	tw.IdentityCenter.SetLimits(10_000, 10_000)
	tw.must(tw.IdentityCenter.Assign(tw.byHand("zoe", "prod/Viewer")))
	// What is attached to a permission set that is not airpass's is nobody's business of ours.
	op := tw.Target("prod/Op").PermissionSet
	tw.must(tw.IdentityCenter.AttachPolicies(op, "", "arn:aws:iam::aws:policy/ReadOnlyAccess"), tw.IdentityCenter.Untag(op))
	if all := told(tw.drift()); len(all) != 1 || !strings.Contains(all["extra prod/Viewer "+tw.Person("zoe").Login].Words(), "standing access, which airpass has not made") {
		t.Errorf("access that airpass has not made: %v", all)
	}
	tw.given("zoe", "prod/Viewer", "1 hour", "on top of standing access", "henry")
	tw.given("ada", "prod/User", "8 hours", "by assignment", "grace")
	tw.given("ben", "dev/User", "8 hours", "by group", "grace")
	tw.given("chen", "prod/Viewer", "1 hour", "over soon", "grace")
	tw.advance(90 * time.Minute)
	tw.eventually("chen's access is gone", func() bool { return tw.free("chen", "prod/Viewer") })
	tw.idle()
	found := tw.drift()
	if len(found.Findings) > 0 || len(found.Unknown) > 0 || found.Explained != 2 || found.Standing != 1 {
		t.Errorf("%+v", found)
	}
}

// mess makes grants, undoes and adds by hand what is to be found, and says what that is.
func mess(t *testing.T) (tw *town, expected map[string]string) {
	tw = settle(t, quick(), unhurried)
	tw.IdentityCenter.SetLimits(10_000, 10_000)
	tw.given("ada", "dev/Admin", "1 hour", "to be left over", "grace")
	tw.IdentityCenter.FailAssignments(identitycenter.Match{Kind: identitycenter.Deletion, PermissionSetARN: tw.Target("dev/Admin").PermissionSet}, "")
	tw.advance(61 * time.Minute)
	tw.eventually("the removal has failed", func() bool { return tw.deletions("ada", "dev/Admin") > 0 })
	tw.advance(10 * time.Minute)
	tw.given("ada", "prod/Viewer", "8 hours", "to be missing", "grace")
	tw.given("ben", "prod/Viewer", "8 hours", "to stay", "grace")
	tw.given("chen", "prod/User", "8 hours", "to be half", "grace")
	tw.given("ben", "prod/User", "8 hours", "to be the other half", "grace")
	tw.given("ada", "prod/Op", "4 hours", "to be forgotten by the file", "olivia")
	tw.idle()
	tw.stop()

	other, err := tw.IdentityCenter.AddGroup(identitycenter.Group{Name: "somebody's group"})
	tw.must(err)
	dev := tw.Target("dev/User")
	tw.must(
		tw.IdentityCenter.Unassign(tw.byHand("ada", "prod/Viewer")),
		tw.IdentityCenter.Unassign(tw.byHand("chen", "prod/User")),
		tw.Okta.SetMember(tw.Target("prod/User").OktaGroup, tw.Person("ben").OktaID, false),
		tw.IdentityCenter.Assign(tw.byHand("vera", "prod/Viewer")),
		tw.IdentityCenter.Assign(tw.byHand("erik", "prod/Viewer")),
		tw.IdentityCenter.Assign(tw.byHand("pavel", "prod/Viewer")),
		tw.Okta.SetStatus(tw.Person("pavel").OktaID, okta.Suspended),
		tw.IdentityCenter.Assign(tw.byHand("dora", "prod/Viewer")), // who left long ago
		tw.Okta.SetMember(tw.Target("prod/User").OktaGroup, tw.Person("nina").OktaID, true),
		tw.IdentityCenter.Assign(tw.ofGroup(other.ID, "dev/User")),
		tw.IdentityCenter.Unassign(tw.ofGroup(dev.IdentityCenterGroup, "dev/User")),
		tw.IdentityCenter.SetMembership(dev.IdentityCenterGroup, tw.Person("henry").Login, true),
		tw.IdentityCenter.SetInlinePolicy(tw.Target("prod/Admin").PermissionSet, strings.ReplaceAll(tw.policyOf("prod/Admin"), "/Admin", "/*")),
		tw.IdentityCenter.SetSessionDuration(tw.Target("prod/Admin").PermissionSet, 8*time.Hour),
		tw.IdentityCenter.AttachPolicies(tw.Target("prod/Admin").PermissionSet, "/teams/bounds", "arn:aws:iam::aws:policy/AdministratorAccess", "/teams/more"),
		tw.IdentityCenter.SetInlinePolicy(tw.Target("prod/Viewer").PermissionSet, tw.policyOf("prod/Viewer")+" "),
	)
	gone := tw.center("erik")
	tw.must(tw.IdentityCenter.DeleteUser(tw.Person("erik").Login))
	tw.configure(tw.config.Store.URL.Reveal(), func(w *sandbox.World, yaml string) string {
		set, name := w.Target("finance/Viewer").PermissionSet, fmt.Sprintf("permission_set_name: %q", w.Target("dev/Admin").PermissionSetName)
		yaml = strings.Replace(yaml, set, set[:len(set)-4]+"0000", 1)
		yaml = strings.Replace(yaml, name, name+"\n    okta_group: 00gnobody000000000XX", 1)
		return without("prod/Op")(w, yaml)
	}, unhurried)
	return tw, map[string]string{
		"missing prod/Viewer ada@example.com":                                        "although a grant of prod/Viewer says so",
		"half_okta prod/User chen@example.com":                                       "not in Identity Center: it does not open: a grant says both",
		"half_aws prod/User ben@example.com":                                         "not in its Okta group: a grant says both",
		"half_aws dev/User henry@example.com":                                        "no grant says either",
		"extra prod/Viewer vera@example.com":                                         "it is standing access",
		"stale_principal prod/Viewer Identity Center user " + gone:                   "since the user was deleted",
		"inactive_holder prod/Viewer pavel@example.com":                              "they are SUSPENDED",
		"inactive_holder prod/Viewer dora@example.com":                               "they are DEPROVISIONED",
		"no_account prod/User nina@example.com":                                      "has no account in Identity Center",
		"other_group dev/User Identity Center group " + other.ID:                     "no grant's end ends that",
		"group_unassigned dev/User Identity Center group " + dev.IdentityCenterGroup: "its grants do not open",
		"policy_edited prod/Admin":                                                   "it also opens the role Viewer",
		"session_edited prod/Admin":                                                  "do not last as long as prod/Admin says: 8h0m0s instead of 1h0m0s",
		"policy_attached prod/Admin":                                                 "arn:aws:iam::aws:policy/AdministratorAccess, /teams/more; detach it",
		"boundary_attached prod/Admin":                                               "may not open what it says: /teams/bounds; detach it",
		"not_provisioned prod/Viewer":                                                "the account has an older version",
		"permission_set_gone finance/Viewer":                                         "does not exist",
		"group_gone dev/Admin":                                                       "Okta group 00gnobody000000000XX does not exist",
		"leftover dev/Admin ada@example.com":                                         "for a grant of dev/Admin that is over",
		"unconfigured (no longer configured) ada@example.com":                        "a live grant holds it until its end",
	}
}

func TestAMessIsToldThingByThing(t *testing.T) {
	t.Parallel()
	tw, expected := mess(t)
	// To be throttled is not the end of it.
	tw.IdentityCenter.Faults().Add(control.Fault{Op: "ListAccountAssignments", Times: 2, Answer: "throttled"})
	tw.IdentityCenter.Faults().Add(control.Fault{Op: "ListUsers", Times: 1, Answer: "throttled", RetryAfter: control.Duration(time.Second)})
	found := tw.drift()
	all := told(found)
	if len(all) != len(found.Findings) || len(found.Unknown) > 0 {
		t.Errorf("%d findings are told as %d; unknown: %v", len(found.Findings), len(all), found.Unknown)
	}
	kinds := map[reviews.Kind]bool{}
	for key, words := range expected {
		f, is := all[key]
		if !is || !strings.Contains(f.Words(), words) || f.Wrong == "" || f.Proposed == "" {
			t.Errorf("%s: %q is not told: %+v %s", key, words, f, f.Words())
		}
		kinds[f.Kind] = true
		delete(all, key)
	}
	for key, f := range all {
		t.Errorf("nobody expected %s: %s", key, f.Words())
	}
	if missed := slices.DeleteFunc(reviews.Kinds(), func(k reviews.Kind) bool { return kinds[k] }); len(missed) > 0 {
		t.Errorf("no story of %v", missed)
	}

	// Who may not read what is attached is told so, and finds everything else.
	tw.IdentityCenter.Faults().Add(control.Fault{Op: "ListManagedPoliciesInPermissionSet", Answer: "denied"})
	found = tw.drift()
	if is := told(found); len(found.Unknown) == 0 || len(is) != len(expected)-2 || is["policy_edited prod/Admin"].Kind == "" {
		t.Errorf("%d findings of %d, unknown: %v", len(is), len(expected), found.Unknown)
	}
	attached := slices.DeleteFunc(slices.Clone(found.Unknown), func(u reviews.Unread) bool { return !strings.HasPrefix(u.What, "what is attached") })
	if len(attached) != 1 || len(attached[0].Targets) < 2 {
		t.Errorf("one thing is not allowed, and told so: %v", attached)
	}
	tw.IdentityCenter.Faults().Clear()

	// The same of what is outdated, which each account is asked once.
	tw.IdentityCenter.Faults().Add(control.Fault{Op: "ListPermissionSetsProvisionedToAccount", Answer: "denied"})
	found = tw.drift()
	is := told(found)
	if _, seen := is["not_provisioned prod/Viewer"]; seen || len(found.Unknown) == 0 || len(is) != len(expected)-1 {
		t.Errorf("%d findings of %d, unknown: %v", len(is), len(expected), found.Unknown)
	}
	tw.IdentityCenter.Faults().Clear()

	// What cannot be read is unknown: nobody is missing for that, and nobody has left.
	down(tw.Okta.Faults())
	found = tw.drift()
	if len(found.Unknown) == 0 {
		t.Error("Okta is down, and nothing is unknown")
	}
	for key, f := range told(found) {
		if f.System == "okta" || f.Kind == reviews.NoAccount || f.Kind == reviews.Inactive || f.Kind == reviews.HalfOkta || f.Kind == reviews.HalfAWS {
			t.Errorf("Okta is down, and still: %s: %s", key, f.Words())
		}
	}
	tw.Okta.Faults().Clear()
	down(tw.IdentityCenter.Faults())
	found = tw.drift()
	if len(found.Unknown) == 0 {
		t.Error("AWS is down, and nothing is unknown")
	}
	for key, f := range told(found) {
		if f.System == "aws" || f.Kind == reviews.NoAccount || f.Kind == reviews.HalfOkta || f.Kind == reviews.HalfAWS {
			t.Errorf("AWS is down, and still: %s: %s", key, f.Words())
		}
	}
}

// A list that is empty although airpass has seen somebody in it is not believed before some of
// them have been asked about alone.
func TestAnEmptyListIsNobodysAbsence(t *testing.T) {
	t.Parallel()
	tw := settle(t, unlimited(), unhurried)
	tw.given("ben", "dev/User", "8 hours", "the only one", "grace")
	tw.idle()
	tw.stop()
	tw.Okta.Faults().Add(control.Fault{Op: "ListGroupUsers", Answer: "empty"})
	found := tw.drift()
	if len(found.Findings) > 0 || len(found.Unknown) != 1 || !strings.Contains(found.Unknown[0].Error, "airpass has seen 1 people there, and asked about one of them alone, the answer is another") {
		t.Errorf("%+v", found)
	}
	tw.Okta.Faults().Clear()
	down(tw.IdentityCenter.Faults()) // nobody can be asked
	tw.must(tw.Okta.SetMember(tw.Target("dev/User").OktaGroup, tw.Person("ben").OktaID, false))
	if found := tw.drift(); slices.ContainsFunc(found.Findings, func(f reviews.Finding) bool { return f.System == "aws" }) {
		t.Errorf("%+v", found)
	}
}

// In a small organization a place is empty when its only one has been taken out, and nothing
// holds a permission set when its pushed group does not.
func TestTheOnlyOneThatIsMissingIsFound(t *testing.T) {
	t.Parallel()
	tw := settle(t, unlimited(), unhurried, driftDoes(map[string]access.DriftAction{string(reviews.Missing): reviews.Repair, string(reviews.Unassigned): reviews.Repair}))
	tw.looked()
	tw.given("ada", "prod/Viewer", "8 hours", "the only one", "grace")
	tw.given("ben", "dev/User", "8 hours", "the only one by group", "grace")
	tw.idle()
	group := tw.ofGroup(tw.Target("dev/User").IdentityCenterGroup, "dev/User")
	tw.must(tw.IdentityCenter.Unassign(tw.byHand("ada", "prod/Viewer")), tw.IdentityCenter.Unassign(group),
		tw.Okta.SetMember(tw.Target("dev/User").OktaGroup, tw.Person("ben").OktaID, false))
	tw.eventually("Okta has taken him out of the pushed group", func() bool { return !tw.pushed("ben", "dev/User") })
	found := tw.drift()
	if len(found.Unknown) > 0 || len(found.Findings) != 3 {
		t.Errorf("%+v", found)
	}
	for kind, who := range map[reviews.Kind][]string{reviews.Missing: {"ada", "ben"}, reviews.Unassigned: nil} {
		var ids, want []string
		for _, f := range found.Findings {
			if f.Kind == kind && f.OktaID != "" {
				ids = append(ids, f.Who+" "+f.OktaID)
			}
		}
		for _, name := range who {
			want = append(want, tw.Person(name).Login+" "+tw.Person(name).OktaID)
		}
		slices.Sort(ids)
		slices.Sort(want)
		if !slices.Equal(ids, want) {
			t.Errorf("%s: %q instead of %q", kind, ids, want)
		}
	}
	tw.look()
	tw.look()
	tw.eventually("what grants and the configuration say is there again", func() bool {
		return tw.has("ada", "prod/Viewer") && tw.holds(group) && tw.pushed("ben", "dev/User")
	})
	tw.advance(20 * time.Minute) // past the settle window
	tw.idle()
	tw.look()
	if left := tw.findings(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// What a look costs: each list once, in the largest pages that there are.
func TestDriftAsksForListsAndNotForPeople(t *testing.T) {
	t.Parallel()
	for _, size := range []sandbox.Scale{{People: 200, PermissionSets: 10}, {People: 2000, PermissionSets: 100}} {
		t.Run(fmt.Sprintf("%d people", size.People), func(t *testing.T) {
			t.Parallel()
			o := quick()
			o.Scale, o.Unlimited = size, true
			w := world(t, o)
			tw := &town{T: t, World: w, log: &logLines{}}
			tw.configure(storetest.SQLite(t), func(_ *sandbox.World, yaml string) string { return yaml }, unhurried)
			perSet := everybodyHolds(t, tw.World, size.People/2)
			before := listed(tw.World)
			found := tw.drift()
			calls := listed(tw.World)
			for op, n := range before {
				calls[op] -= n
			}
			maps.DeleteFunc(calls, func(_ string, n int) bool { return n == 0 })
			if len(found.Unknown) > 0 || len(found.Findings) < size.People/2 {
				t.Fatalf("%d findings, unknown: %v", len(found.Findings), found.Unknown)
			}
			least := leastCalls(tw.World, perSet)
			t.Logf("%d people, %d targets: %v, at least %v", size.People, len(tw.Targets()), calls, least)
			for op, n := range calls {
				if n > least[op] {
					t.Errorf("%s was asked %d times, %d would do", op, n, least[op])
				}
			}
		})
	}
}

// everybodyHolds gives a number of people one target each by hand, the first target to
// half of them and the others to the rest in turn, and says how many hold each.
func everybodyHolds(tb testing.TB, w *sandbox.World, people int) map[string]int {
	tb.Helper()
	holders := map[string]int{}
	var at []sandbox.Target
	for _, target := range w.Targets() {
		if target.Mode == "user" {
			at = append(at, target)
		}
	}
	for i, u := range w.IdentityCenter.Users()[:people] {
		target := at[0]
		if i%2 == 1 {
			target = at[i/2%len(at)]
		}
		holders[target.ID]++
		if err := w.IdentityCenter.Assign(identitycenter.Assignment{Account: target.Account, PermissionSetARN: target.PermissionSet,
			PrincipalType: identitycenter.PrincipalUser, PrincipalID: u.ID}); err != nil {
			tb.Fatal(err)
		}
	}
	return holders
}

// listed counts the calls that the vendors were asked, by operation.
func listed(w *sandbox.World) map[string]int {
	calls := map[string]int{}
	for _, c := range append(w.IdentityCenter.Faults().Calls(), w.Okta.Faults().Calls()...) {
		calls[c.Op]++
	}
	return calls
}

// idsOfAFilter is how many people airpass asks Okta for at once. The API sets no such number.
const idsOfAFilter = 50

// leastCalls is what the APIs need at the least to tell all of it: what each permission set is,
// which are outdated for each account, and a list for each place, in
// pages of 100 at AWS, of 500 for an application's users in Okta, and of 200 for a group's. Who
// the people in these places are is asked of Okta by filters of ids, which is airpass's own choice
// (okta.Client.People says why) and counted as such: where most people hold something the list of
// all takes fewer calls, but those who were deactivated are not in it.
func leastCalls(w *sandbox.World, holders map[string]int) map[string]int {
	pages := func(n, size int) int { return max(1, (n+size-1)/size) }
	n := map[string]int{"ListUsers": pages(len(w.IdentityCenter.Users()), 100)}
	assigned, held, accounts := 0, 0, map[string]bool{}
	for _, p := range w.Okta.Users() {
		if w.Okta.IsMember(w.AssignmentGroup(), p.ID) {
			assigned++
		}
	}
	for _, target := range w.Targets() {
		n["ListAccountAssignments"] += pages(holders[target.ID], 100)
		n["DescribePermissionSet"]++
		n["GetInlinePolicyForPermissionSet"]++
		accounts[target.Account] = true
		n["ListTagsForResource"]++
		n["ListManagedPoliciesInPermissionSet"]++
		n["ListCustomerManagedPolicyReferencesInPermissionSet"]++
		n["GetPermissionsBoundaryForPermissionSet"]++
		if target.OktaGroup != "" {
			n["ListGroupUsers"] += pages(len(w.Okta.Members(target.OktaGroup)), 200)
		}
		if target.Mode == "group" {
			n["ListGroupMemberships"]++
		}
		held += holders[target.ID]
	}
	n["ListPermissionSetsProvisionedToAccount"] = len(accounts)
	n["ListApplicationUsers"] = pages(assigned, 500)
	n["ListUsers"] += pages(held, idsOfAFilter) // Okta's, which are called the same
	return n
}
