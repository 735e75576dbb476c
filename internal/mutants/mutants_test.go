package mutants_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"airpass/internal/parallel"
)

func TestMain(m *testing.M) {
	parallel.Tests(runtime.GOMAXPROCS(0) + 1) // while one waits for what does not happen
	os.Exit(m.Run())
}

// mutant is a rule switched off: texts in a file are replaced, and the tests that
// match run in pkg have to fail.
type mutant struct {
	name     string
	file     string
	edits    []edit
	pkg, run string
}

type edit struct{ old, new string }

// one is a single edit.
func one(old, changed string) []edit { return []edit{{old, changed}} }

// mutants has at least one for each invariant of the design.
func mutants() []mutant {
	return []mutant{
		{"01 the store does not ask whether the request was approved", "store/grants.go",
			one("r.State != access.RequestApproved", "false"), "./grants", "TestInvariant01"},
		{"01 access that nobody decided is given without anybody who owes its review", "store/grants.go",
			one("if r.Course.BreakGlass {", "if false {"), "./approvals", "TestInvariant01"},
		{"02 people may review what they took themselves", "approvals/breakglass.go",
			one("	if p.Same(r.Subject) {\n		return because(access.ErrOwnRequest, \"somebody else has to review", "	if false {\n		return because(access.ErrOwnRequest, \"somebody else has to review"), "./approvals", "TestInvariant02"},
		{"04 removals are given up like adds", "grants/outcome.go",
			one("out.fatal = l.needed() && hopeless(err)\n", "out.fatal = hopeless(err)\n\tif !l.needed() {\n\t\tout.gone, out.looked = true, true\n\t}\n"), "./grants", "TestInvariant04"},
		{"04 a late add of ours is not waited for", "grants/step.go",
			one("if left := l.openLeft(access.Add); left > 0 {", "if left := l.openLeft(access.Add); left < 0 {"), "./grants", "TestACreateThatLands|TestInvariant04"},
		{"04 absence is not confirmed after the settle window", "grants/step.go",
			one("	case settleAt.IsZero():\n		out.next = l.settle\n", "	case settleAt.IsZero():\n"), "./grants", "TestInvariant04"},
		{"what a live grant holds under an id that nobody has any more is taken away, not given anew", "reviews/act.go",
			one("	case half && f.granted:\n		return Repair\n", "	case half && f.granted && f.Kind != StalePrincipal:\n		return Repair\n"), "./bot", "TestAGrantFollowsWho"},
		{"what is assigned to somebody who is gone counts as gone", "identitycenter/assignments.go",
			one("ref.Kind == access.GroupAssignment, ref.Nobodys():", "ref.Kind == access.GroupAssignment:"), "./bot", "TestWhatIsAssignedToAnID"},
		{"two empty lists of Okta's are proof that somebody is in no group", "okta/membership.go",
			one("	if len(members) == 0 {", "	if false {"), "./okta", "TestAnEmptyListIsNoProof"},
		{"a removal that AWS has failed at is asked for without end", "grants/outcome.go",
			one("		out.letBe, out.next = true, 0\n", ""), "./bot", "TestWhatIsAssignedToAnID"},
		{"nobody asks whether an id that is nobody's is somebody's", "identitycenter/assignments.go",
			one("	if ref.Nobodys() {\n		if err := c.nobody", "	if false {\n		if err := c.nobody"), "./grants", "TestWhatIsSomebodys"},
		{"what a live grant gives by name is taken for nobody's", "store/findings.go",
			one("	if held {\n		return fmt.Errorf(\"%w: a grant holds what", "	if held && false {\n		return fmt.Errorf(\"%w: a grant holds what"), "./store", "TestWhatAGrantHoldsIsNotTaken"},
		{"what drift asked for hours ago is added", "grants/step.go",
			one("	if l.entitlement.Ref.Kind.SetUp() && !l.asked() {", "	if false {"), "./grants", "TestWhatBelongsToTheSetUp"},
		{"what drift asked for is tried until it works", "grants/outcome.go",
			one("	if l.entitlement.Ref.Kind.SetUp() && !l.underWay(out) {", "	if false {"), "./grants", "TestWhatBelongsToTheSetUp"},
		{"the link of a grant that was moved leads to nothing", "store/moved.go",
			one("	if g.State == access.GrantActive {", "	if false {"), "./store", "TestGrantsMove"},
		{"an active grant whose access is not there shows its link", "grants/grant.go",
			one("(e.LastError != \"\" || e.Presence != access.Present || waits(g))", "e.LastError != \"\""), "./bot", "TestAMovedGrantIsVerified"},
		{"drift does not tell what an active grant waits for", "reviews/judge.go",
			one(" || s.known.awaited())", ")"), "./bot", "TestAMovedGrantIsVerified"},
		{"what was somebody's keeps them known for ever", "store/db/query.sql.go",
			one("SET origin = 'unknown', presence = 'absent', ready", "SET origin = 'unknown', presence = 'unknown', ready"), "./store", "TestWhoseGrantWasMoved"},
		{"people are taken out of groups because names tie nobody", "reviews/act.go",
			one("action == \"\" || f.unsure ||", "action == \"\" ||"), "./reviews", "TestNobodyIsTakenOut"},
		{"11 the cap on removals from ids that nobody has is off", "reviews/act.go",
			one("action == Remove && f.Kind != Leftover:", "action == Remove && f.Kind != Leftover && f.Kind != StalePrincipal:"), "./bot", "TestRemovalsFromIDs"},
		{"pauses put off for ever what a reviewer has decided", "campaigns/reduce.go",
			one("why != \"\" && !over ||", "why != \"\" ||"), "./campaigns", "TestPausesPutAReductionOff"},
		{"a restored database takes away what is to be reduced", "campaigns/reduce.go",
			one("restored != nil || ", "restored != nil && false || "), "./campaigns", "TestARestoredDatabaseTakes"},
		{"the day of a lower role is over before anybody has looked", "campaigns/reduce.go",
			one(" || over && i.LowerSince.Before(week) && i.LowerFailed == \"\"", ""), "./campaigns", "TestTheDayOfALowerRole"},
		{"05 a grant's end does not ask who else needs it", "access/want.go",
			one("		if h.Live {", "		if h.Live && len(holds) == 1 {"), "./grants", "TestInvariant05|TestOverlapping"},
		{"05 what is sticky is taken away like anything else", "access/want.go",
			one("	if kind.Sticky() {", "	if false && kind.Sticky() {"), "./grants", "TestInvariant05"},
		{"05 what was there before counts as ours", "grants/step.go",
			one("	return access.OriginStanding\n}", "	return access.OriginOurs\n}"), "./grants", "TestInvariant05|TestStanding"},
		{"06 our own add is taken for standing access after its answer was lost", "grants/outcome.go",
			one("		e.Origin = access.OriginOurs\n		_, err = tx.SaveEntitlement(e, false)", "		_, err = tx.SaveEntitlement(e, false)"), "./grants", "TestInvariant06|TestAGrantGives"},
		{"01 a click after the lapse counts", "approvals/decide.go",
			one("|| r.State == access.RequestPending && !received.Before(r.LapseAt)", ""), "./approvals", "TestInvariant01"},
		{"02 people may decide their own requests", "approvals/eligible.go",
			one("if p.Same(subject) {", "if false {"), "./approvals", "TestInvariant02"},
		{"02 only the Okta user id is compared", "access/person.go",
			one(" || (p.SameAs != \"\" && p.SameAs == q.SameAs)", ""), "./approvals", "TestInvariant02"},
		{"03 whoever got a card may decide", "approvals/decide.go",
			one("	naming, err := s.mayDecideNow(ctx, who.Person, subject, r, b)\n", "	naming, err := b.rules(true, true), error(nil)\n"), "./approvals", "TestInvariant03"},
		{"01 one of several approvers suffices", "access/policy.go",
			one("		if t.Have < t.Need {", "		if t.Have == 0 {"), "./approvals", "TestInvariant01"},
		{"01 what the policy in force asks for is not looked at", "approvals/ballot.go",
			one("	if b.same || b.now.Auto", "	if true || b.now.Auto"), "./approvals", "TestInvariant01"},
		{"01 a rule that cannot be evaluated lets a request pass", "policy/needs.go",
			one("if r.Approve && err == nil &&", "if r.Approve &&"), "./policy", "TestWhatARequestNeeds"},
		{"01 an approver may give more than was asked for", "approvals/decide.go",
			one("if a.Duration >= r.Asked() {", "if false {"), "./approvals", "TestNobodyApprovesForLonger"},
		{"03 anybody may take access away", "approvals/revoke.go",
			one("	_, err = s.Naming(ctx, p, subject, everybody(policies))\n", "	_, err = subject, error(nil)\n"), "./bot", "TestWhoMayTakeAccessAway"},
		{"03 somebody is signed in with the access of another", "approvals/login.go",
			one(" || g.Subject.OktaID != p.OktaID {", " {"), "./bot", "TestNobodyIsSignedInWithWhatIsNotTheirs"},
		{"04 somebody is signed in after the end", "approvals/login.go",
			one("	case g.State != access.GrantActive || !tx.Now().Before(g.EndAt):", "	case false:"), "./bot", "TestNobodyIsSignedInOnce"},
		{"06 an unanswered post is not looked for", "messages/outbox.go",
			one("		if !found {\n", "		if !found || true {\n"), "./messages", "TestALostReply|TestAWorkerThatDies"},
		{"07 a grant moves without a word in the trail", "store/grants.go",
			one("		if err := tx.logGrant(g, old.State); err != nil {\n			return g, err\n		}\n", ""), "./grants", "TestInvariant07"},
		{"08 people are identified before Slack is answered", "bot/bot.go",
			one("			return b.works.Load().deciding.Record(ctx, a)\n", "			_, _ = b.works.Load().deciding.Identify(context.WithoutCancel(ctx), a.Slack.Team, a.Slack.ID)\n			return b.works.Load().deciding.Record(context.WithoutCancel(ctx), a)\n"), "./bot", "TestInvariant08"},
		{"08 over HTTP, what follows comes before the answer", "handlers/signed/receiver.go",
			one("	r.write(w, d.ID, ack.Body)\n	r.after.Go(ctx, ack)", "	if ack.After != nil {\n		ack.After(ctx)\n	}\n	r.write(w, d.ID, ack.Body)"), "./handlers/signed", "TestNobodyIsCalledBefore"},
		{"the body's signature is not looked at", "handlers/signed/verify.go",
			one("if verifier.Ensure() != nil {", "if false {"), "./handlers/signed", "TestATamperedBody"},
		{"a replay at another replica shows a form again", "handlers/router.go",
			one("if r.firstAnywhere(ctx, d) {", "if true {"), "./bot", "TestAReplayAtAnotherReplica"},
		{"a form that shows something else by now does not follow", "handlers/cascade.go",
			one("		hash, err = r.o.Views.UpdateView(ctx, s.id, \"\", view)\n", ""), "./handlers", "TestAFormNeverFollows"},
		{"what somebody may not ask for is offered", "approvals/prospect.go",
			one("return inRequesters(t, in) != nil })", "return inRequesters(t, in) != nil && false })"), "./approvals", "TestWhatSomebodyIsShown"},
		{"each choice in a form asks Okta for itself", "approvals/prospect.go",
			one("if i, is := k.underWay[slackID]; is {", "if i, is := k.underWay[slackID]; is && false {"), "./approvals", "TestChoicesMadeWhileOktaIsSlow"},
		{"approvers are asked twice for one thing", "approvals/again.go",
			one("		case sameWish(w, r):\n", "		case false && sameWish(w, r):\n"), "./approvals", "TestOfFormsSentInTheSameMoment"},
		{"two forms that are sent in the same moment do not see each other", "store/settings.go",
			one("	if !tx.shared {\n", "	if true {\n"), "./approvals", "TestOfFormsSentInTheSameMoment"},
		{"what is done to somebody's entitlement has another key than their grants", "store/trail.go",
			one(", access.OwnerOf(e.Ref))", ")"), "./webhook", "TestThePartitionKey"},
		{"who has decided about a live grant is erased by retention", "store/retention.go",
			one("	if err != nil || why != \"\" || len(spared) == 0 {\n", "	if why = \"\"; err != nil || len(spared) == 0 {\n"), "./store", "TestNobodyWithAnythingLive"},
		{"who asks for what they have gets a second one", "approvals/again.go",
			one("	if base.ID != \"\" || !a.Typed()", "	if true || !a.Typed()"), "./approvals", "TestWhoAsksForWhatTheyHave"},
		{"anybody takes up an offer to somebody else", "approvals/again.go",
			one("	if asked.Slack != a.Slack || ", "	if "), "./approvals", "TestWhoAsksForWhatTheyHave"},
		{"03 anybody may ask about a request", "approvals/question.go",
			one("	if _, err := s.mayDecideNow(ctx, who.Person, subject, r, b); err != nil {", "	if _, err := s.mayDecideNow(ctx, who.Person, subject, r, b); err != nil && false {"), "./bot", "TestWhoMayNotDecideMayNotAsk"},
		{"03 anybody may answer for the requester", "approvals/question.go",
			one("		if r.Subject.OktaID != who.Person.OktaID {", "		if false {"), "./bot", "TestWhoMayNotDecideMayNotAsk"},
		{"who is away in Slack is waited for", "approvals/absent.go",
			one("		if is, err := s.away(ctx, p); is || err != nil {", "		if is, err := s.away(ctx, p); false && is || err != nil {"), "./approvals", "TestWhoIsAwayInSlack"},
		{"what somebody should read by itself is approved together", "messages/bulk.go",
			one("		if !harmless(r, now) || !lastMissing(r) {", "		if !lastMissing(r) {"), "./messages", "TestWhatIsAlike"},
		{"what is not the same is approved together", "messages/bulk.go",
			one("of := sort{r.Target.ID, r.Duration}", "of := sort{r.Target.ID, 0}"), "./messages", "TestWhatIsAlike"},
		{"09 a token is logged", "bot/bot.go",
			one("\"store\", b.store.Dialect(),", "\"store\", o.Config.Slack.BotToken.Reveal(),"), "./bot", "TestInvariant09"},
		{"10 whoever is missing from an answer counts as deactivated", "grants/deactivation.go",
			one("p, known := people[id]; known && p.Status != \"\" && !p.Active()", "p := people[id]; !p.Active()"), "./grants", "TestInvariant10"},
		{"10 nobody is deactivated", "grants/deactivation.go",
			one("known && p.Status != \"\" && !p.Active()", "known && p.Status == \"?\""), "./grants", "TestInvariant10"},
		{"02 people may certify their own access", "approvals/certify.go",
			one("	if i.OfPerson(p, facts.SameAs) || i.OfPerson(p, now[i.Subject]) ||", "	if false && i.OfPerson(p, facts.SameAs) ||"), "./approvals", "TestNobodySaysAnythingOfTheirOwn"},
		{"02 who turns out to be whose access it is certifies it", "approvals/certify.go",
			one(" || i.OfPerson(p, now[i.Subject]) ||", " ||"), "./approvals", "TestNobodyIsPassedTheirOwn"},
		{"03 whoever is not asked any more may say something in a campaign", "approvals/certify.go",
			one("	if !asked || i.Occurrence", "	if false && !asked || i.Occurrence"), "./approvals", "TestWhoWasReplaced"},
		{"what was said in a campaign is taken back after the grace", "access/occurrence.go",
			one("o.Takes(at) && at.Before(said.Add(GraceOfReview))", "o.Takes(at)"), "./approvals", "TestWhatWasSaidInACampaign"},
		{"what was said in a campaign is taken back behind an escalation", "access/occurrence.go",
			one("	if o.Rules.Silence == SilenceEscalates && said.Before(", "	if false && said.Before("), "./bot", "TestNothingIsTakenBackBehindAnEscalation"},
		{"what is closed in the same moment takes an answer", "approvals/certify.go",
			one("		if err := holds(tx, o); err != nil {\n			return err\n		}\n", ""), "./approvals", "TestWhatIsClosedInTheSameMoment"},
		{"of two who answer in the same moment both are heard", "store/db/query.sql.go",
			one("unanswered = $21, version = version + 1\nWHERE id = $22 AND version = $23", "unanswered = $21, version = version + 1\nWHERE id = $22 AND version >= $23"), "./approvals", "TestOfTwoWhoAreAskedTogether"},
		{"02 people are passed their own access", "approvals/certify.go",
			one("		if err := notTheirOwn(i, to.Person, theirs); err != nil {", "		if err := notTheirOwn(i, to.Person, theirs); err != nil && false {"), "./approvals", "TestNobodyIsPassedTheirOwn"},
		{"a second click takes back what was said before", "approvals/certify.go",
			one("	if !when.IsZero() && !when.Equal(at) {", "	if false && !when.Equal(at) {"), "./approvals", "TestThatOthersAreAsked"},
		{"many are kept until a day that is over", "approvals/certify.go",
			one("	if !until.IsZero() && !until", "	if false && !until"), "./approvals", "TestADayUntilWhichManyAreKept"},
		{"standing access is gone when its item is settled", "campaigns/report/gone.go",
			one("if at = r.trail.gone[i.ID]; at.IsZero() {", "if at = r.trail.gone[i.ID]; true {"), "./campaigns/report", "TestWhenStandingAccess"},
		{"a day until which something is kept is one of UTC", "access/certify.go",
			one("time.LoadLocation(zone)", "time.LoadLocation(zone[:0])"), "./access", "TestWhatIsKeptUntilADay"},
		{"the trace of a grant has nothing of what drift has found of it", "store/trace.go",
			one("case t.refs[e.Ref] || slices.ContainsFunc(", "case t.refs[e.Ref] || false && slices.ContainsFunc("), "./store", "TestTheLifeOfAGrant"},
		{"who is not among what was read of a history has not used their access", "campaigns/use.go",
			one("		if !t.Complete || ", "		if "), "./bot", "TestWhatIsNotReadToItsEnd"},
		{"the trace of a grant has nothing of who is asked about it", "store/trace.go",
			one("		a.open = true\n", ""), "./store", "TestTheLifeOfAGrantHasIts"},
		{"the trace of a grant has what drift finds of its permission set for others", "store/trace.go",
			one(" && e.Facts[\"account\"] == of.Environment.Account", ""), "./store", "TestTheLifeOfAGrantHasIts"},
		{"drift does not say of which permission set a finding is", "reviews/keep.go",
			one("	if f.ofSet() {", "	if false {"), "./cmd/airpass", "TestTheTraceOfAGrant"},
		{"a condition keeps who was in it", "store/scrub.go",
			one("if when, is := o[\"when\"].(string); is {", "if when, is := o[\"when\"].(string); false && is {"), "./approvals", "TestWhoIsErased"},
		{"the seal of a filter tells who was in it", "store/rules.go",
			one("	when := nameless(r.When)\n", "	when := r.When\n"), "./store", "TestTheSealOfAFilter"},
		{"the words of a vendor bring addresses into the trail", "store/update.go",
			one("is && strings.Contains(text, \"@\")", "is && strings.Contains(text, \"@@\")"), "./store", "TestTheWordsOfAVendor"},
		{"how a population was found may be changed past the trail", "campaigns/report/whole.go",
			one("sum == store.SealFinding(o.Population))", "sum != \"\" || sum == store.SealFinding(o.Population))"), "./campaigns/report", "TestWhatWasChangedPastTheTrail|TestErasingWhomAReading"},
		{"that somebody was told may be made up past the trail", "campaigns/report/tellings.go",
			one("n < r.Reminders {", "n < r.Reminders && n > 0 {"), "./campaigns/report", "TestWhatAnEarlierVersionHasSent"},
		{"how often somebody was told may be counted anew past the trail", "campaigns/report/tellings.go",
			one("told.less || ", ""), "./campaigns/report", "TestWhatAnEarlierVersionHasSent"},
		{"what is shown to a reviewer may be changed past the trail", "campaigns/report/compare.go",
			one("	c.found()\n", ""), "./campaigns/report", "TestWhatWasChangedPastTheTrail"},
		{"the seal of what is shown to a reviewer may be changed with it", "campaigns/report/whole.go",
			one("sum == t.population.Shown())", "sum != \"\")"), "./campaigns/report", "TestWhatWasChangedPastTheTrail"},
		{"what was erased is found out by its digest", "store/mentions.go",
			one("		if m.salted != \"\" &&", "		if false &&"), "./campaigns/report", "TestErasingSomebodyIsNoChange"},
		{"who has an account is known for ever", "store/db/query.sql.go",
			one("AND key LIKE $1 AND key NOT LIKE $2", "AND key LIKE $1 AND $2 <> ''"), "./store", "TestAnAccountThatStays"},
		{"whose a value of the trail is may be changed", "store/seal.go",
			one("		return person == about\n", "		return person == about || about != \"\"\n"), "./store", "TestWhosePersonalValueItIs"},
		{"whose a value of an earlier version is may be changed", "store/seal.go",
			one("return s.Facts[\"subject\"] == \"\" &&", "return true || s.Facts[\"subject\"] == \"\" &&"), "./store", "TestWhosePersonalValuesOfAnEarlier"},
		{"what stands before the first event is not looked for", "store/rows.go",
			one("[]string{\"seq < 1\", \"seq IS NULL\"}", "[]string{\"seq IS NULL\"}"), "./store", "TestWhatStandsOutside"},
		{"an event is there twice between two pages", "store/verify.go",
			one("	case n != events:\n", "	case n < events:\n"), "./store", "TestAnEventThatIsThereTwice"},
		{"a text that no query finds is taken for what was sealed", "store/rows.go",
			one("	text, is := r.cells[i].(string)\n", "	text, is := r.cells[i].(string)\n	if b, blob := r.cells[i].([]byte); blob {\n		text, is = string(b), true\n	}\n"), "./store", "TestWhatCannotBeRead"},
		{"a value that is there twice hides one that was deleted", "store/rows.go",
			one("if r.odd == nil && len(values) > 0 && values", "if false && len(values) > 0 && values"), "./store", "TestTheTrailIsVerifiedWithout"},
		{"whom Slack has told is told anew with each update", "store/messages.go",
			one("if now.Ts == \"\" && row.Ts != \"\"", "if row.Ts != \"\""), "./bot", "TestReviewersSayInSlackWhatIs"},
		{"people are asked and the trail does not say so", "store/certify.go",
			one("	tx.Record(e)\n	return nil\n}\n\n// TouchCampaign", "	return nil\n}\n\n// TouchCampaign"), "./approvals", "TestTheTrailSaysWho"},
		{"silence decides before the deadline", "campaigns/settle.go",
			[]edit{{"	if o.State == access.OccurrenceOpen && !now.Before(", "	if o.State == access.OccurrenceOpen || now.Before("},
				{"	if s.o.Now().Before(o.DeadlineAt.Add(attended)) {", "	if false {"}}, "./campaigns", "TestSilenceTakesAway"},
		{"a no leaves what has extended the access since people were asked", "campaigns/chain.go",
			one("		chain = append(chain, more...)", "		_ = more"), "./campaigns", "TestANoTakesAwayWhatWasExtended"},
		{"a no leaves what somebody has beside it", "campaigns/chain.go",
			one("	for _, b := range facts.Besides {", "	for _, b := range facts.Besides[:0] {"), "./bot", "TestANoIsSaidOfAllGrants"},
		{"what was given since people were asked counts as gone", "campaigns/standing.go",
			one("	live, err := tx.GrantsOf(i.Subject, true)", "	live, err := tx.GrantsOf(\"nobody\", true)"), "./bot", "TestANoIsSaidOfAllGrants"},
		{"silence of whom nobody has told decides", "campaigns/settle.go",
			one("	if heard, waits, err := s.heard(ctx, o); !heard || err != nil {", "	if heard, waits, err := s.heard(ctx, o); false && !heard || err != nil {"), "./campaigns", "TestSilenceOfWhomNobodyHasTold"},
		{"who is told late has no time to answer", "campaigns/untold.go",
			one("late = late || at.After(", "late = late || false && at.After("), "./campaigns", "TestWhoIsToldLate"},
		{"people are reminded of what is over", "approvals/certify.go",
			one("	if untimely(o, r, s.Now()) {", "	if false && untimely(o, r, s.Now()) {"), "./bot", "TestNobodyIsRemindedOfWhatTakesNoAnswers"},
		{"who was told before is not told that others have not answered", "campaigns/settle.go",
			one("		if err := askAgain(tx, o, panel, panels[panel]); err != nil {", "		if err := tx.AskAlso(o, panel, panels[panel]); err != nil {"), "./bot", "TestWhatNobodyAnswersInTime"},
		{"who has not answered in time is not noted", "campaigns/settle.go",
			one("i.PassTo(panel, access.Passing{Why: access.PassedUnanswered, At: tx.Now()})", "func() access.CampaignItem { i.Panel = panel; return i }()"), "./bot", "TestWhatNobodyAnswersInTime"},
		{"the report trusts the row about who was asked before", "campaigns/report/compare.go",
			one("	c.passed()\n", ""), "./campaigns/report", "TestWhatWasChangedPastTheTrail"},
		{"the report trusts the row about what was said when others were asked", "campaigns/report/passing.go",
			one("		c.saidWith(left[at], p)\n", ""), "./campaigns/report", "TestWhatWasSaidWhenOthersWereAsked"},
		{"the report does not compare what who has others asked was shown", "campaigns/report/trail.go",
			one("			s.shown, s.passing = seen, seen\n", ""), "./campaigns/report", "TestWhatWasSaidWhenOthersWereAsked"},
		{"the trail does not seal what who has others asked was shown", "store/certify.go",
			one("e.Personal = map[string]string{\"facts\": facts, \"others\": others}\n			if p", "_, _, e.Personal = facts, others, map[string]string{}\n			if p"), "./store", "TestWhoHasOthersAsked"},
		{"who passed things on by silence is thanked", "messages/campaign.go",
			one("	case all.Said == 0 || all.Unanswered > 0:", "	case all.Said == 0:"), "./bot", "TestWhatNobodyAnswersInTime"},
		{"who has not answered reads that it is over while others come to be asked", "messages/campaign.go",
			one("	case passing && all.Open > 0:", "	case false && passing && all.Open > 0:"), "./messages", "TestCampaignCardsAroundAnEscalation"},
		{"what was decided in time is asked about for as long once more", "campaigns/settle.go",
			one("		if !already && len(open) > 0 {", "		if !already && (true || len(open) > 0) {"), "./campaigns", "TestWhatWasDecidedInTime"},
		{"the Home tab goes on asking for what was confirmed", "grants/silence.go",
			one("errors.Join(all.save(tx), tx.TouchAdminHomes())", "errors.Join(all.save(tx))"), "./bot", "TestTheHomeTabIsDrawnAnew"},
		{"11 the cap on what silence takes away is off", "campaigns/settle.go",
			one("	allowed := removes == 0\n", "	allowed := true\n"), "./campaigns", "TestMoreThanTheCap"},
		{"11 what reviewers have said waits with what silence waits for", "campaigns/settle.go",
			one("		if err != nil || !waits {\n			return err\n		}\n		again =", "		if err != nil || !waits || true {\n			return err\n		}\n		again ="), "./campaigns", "TestWhatReviewersHaveSaidDoesNotWait"},
		{"11 what waits of one campaign is forgotten for that of another", "grants/silence.go",
			one("	all[o.ID] = silenced{Batch: name}\n", "	all = silences{o.ID: {Batch: name}}\n"), "./campaigns", "TestTwoCampaignsAboveTheCap"},
		{"11 a batch that is confirmed confirms that of another campaign", "grants/silence.go",
			one("	if waits := all[o.ID]; waits.Batch == name {\n", "	for _, w := range all {\n		if w.Confirmed {\n			return true, nil\n		}\n	}\n	if waits := all[o.ID]; waits.Batch == name {\n"), "./campaigns", "TestTwoCampaignsAboveTheCap"},
		{"the trail does not seal about which items a campaign asks", "store/population.go",
			one("		seal.Add(i)\n", "		_ = i\n"), "./store", "TestTheTrailSeals"},
		{"the trail does not seal whom a campaign asks", "store/population.go",
			one("strconv.FormatBool(i.Standing), i.Panel}", "strconv.FormatBool(i.Standing), \"\"}"), "./store", "TestTheTrailSeals"},
		{"the report does not compare the rules of an occurrence with what was sealed", "campaigns/report/whole.go",
			one("	differs = append(differs, t.rulesDiffer(o.Rules)...)\n", ""), "./campaigns/report", "TestWhatWasChangedPastTheTrailIsSaid"},
		{"erasing anybody excuses another name in the rules of an occurrence", "campaigns/report/rules.go",
			one("has && t.lost(t.begun.seq, text)", "has && t.erasedAt > t.begun.seq"), "./campaigns/report", "TestErasingWhomARuleNames"},
		{"erasing anybody excuses another why an occurrence was closed", "campaigns/report/whole.go",
			one("t.lost(t.closed.seq, note, t.closed.by)", "t.erasedAt > t.closed.seq"), "./campaigns/report", "TestErasingSomebodyExcusesWhyItWasClosed"},
		{"retention deletes the last extension of what a campaign speaks of", "store/db/query.sql.go",
			one("        AND grants.id NOT IN (SELECT spoken_of.id FROM spoken_of)))", "        ))"), "./store", "TestWhatMakesTheTimeOf"},
		{"a decision does not have what the card said of the person", "store/requests.go",
			one("own, others, err := tx.shownPerson(r)\n", "_, _, err = tx.shownPerson(r)\n	own, others := \"\", \"\"\n"), "./store", "TestADecisionHasEverything"},
		{"a review does not have what became of what was taken", "store/reviews.go",
			one("		if err := tx.shownGrant(of, e.Facts); err != nil {\n			return err\n		}\n", ""), "./store", "TestAReviewHasEverything"},
		{"of an occurrence whose row was deleted it is said that there was none", "store/begun.go",
			one("		return true, nil\n", "		return false, nil\n"), "./store", "TestTheTrailHasWhatBegan"},
		{"02 who has decided about what waits is erased, and may decide once more as somebody else", "store/erase.go",
			one("	if len(open) > 0 {\n", "	if false {\n"), "./store", "TestWhoHasDecidedAboutWhatWaits"},
		{"02 who has decided in a campaign is erased before it is carried out", "store/erase.go",
			one("		{tx.q.UnsettledBy, \"what they have decided in a campaign is not carried out yet\"},\n", ""), "./store", "TestWhoHasDecidedInACampaign"},
		{"02 retention erases who has decided in a campaign before it is carried out", "store/retention.go",
			one("		{\"what they have decided in a campaign is not carried out\", func() (bool, error) { return r.q.UnsettledBy(ctx, person) }},\n", ""), "./store", "TestWhoHasDecidedInACampaign"},
		{"02 whom a campaign asks is erased while it is open", "store/erase.go",
			one("		{tx.q.LiveReviewer, \"a campaign that is open asks them\"},\n", ""), "./store", "TestWhatACampaignKnows"},
		{"what is restored of a permission set is forgotten when AWS does not take it", "cuts/step.go",
			one("		p.Restore = wanted // until", "		_ = wanted // until"), "./cuts", "TestWhatIsRestoredIsWanted"},
		{"what is restored of a permission set is forgotten when AWS fails to bring it to the accounts", "cuts/step.go",
			one("	p.Restore = cmp.Or(p.Restore, access.RestorePolicy)\n", "	_ = cmp.Or[string]\n"), "./cuts", "TestWhatIsRestoredIsWanted"},
		{"what is asked for while a permission set is restored is forgotten", "cuts/step.go",
			one("	if locked.Restore != \"\" && locked.Version", "	if false && locked.Version"), "./cuts", "TestWhatIsToBeRestoredWhile"},
		{"the length of sessions is forgotten for the policy", "store/findings.go",
			one("More: string(access.RestoreSession)", "More: \"\""), "./cuts", "TestWhatIsToBeRestoredStays"},
		{"a campaign that may not takes standing access away", "campaigns/standing.go",
			one("	if !o.Rules.RemoveStanding {\n		return nil\n	}\n	return facts.ByAirpass()", "	return facts.ByAirpass()"), "./campaigns", "TestACampaignThatMayNot"},
		{"what was adopted since it was seen is taken away", "store/findings.go",
			one("timeOf(row.AdoptedAt).After(seen)", "timeOf(row.AdoptedAt).Before(seen)"), "./campaigns", "TestWhatWasAdopted"},
		{"people are taken out of groups into which a rule puts them", "reviews/ways.go",
			one("p.oktaGroup != \"\" && w.rules.groups[p.oktaGroup]", "p.oktaGroup == \"?\""), "./reviews", "TestWhatStaysByHand"},
		{"what is reduced is taken away before the lower role is there", "campaigns/reduce.go",
			one("	coming := found && ", "	coming := false && found && "), "./campaigns", "TestTheLowerRoleIsThereBefore"},
		{"standing access may be reduced", "approvals/reduce.go",
			one("	if i.Standing || i.Grant == \"\" {", "	if i.Grant == \"\" {"), "./approvals", "TestWhatCannotBeReducedIsRefused"},
		{"access may be reduced to a role that is not lower", "approvals/reduce.go",
			one("if !exists || !t.Below(g.Target) {", "if !exists {"), "./approvals", "TestWhatCannotBeReducedIsRefused"},
		{"01 a lower role is given that no reviewer has decided", "store/grants.go",
			one("	if err := tx.reduced(r); err != nil {", "	if err := tx.reduced(r); false {"), "./campaigns", "TestNothingIsGivenInstead"},
		{"reviewers who left go on to be asked", "campaigns/leave.go",
			one("known && p.Status != \"\" && !p.Active()", "known && p.Status == \"?\""), "./campaigns", "TestWhatSomebodyIsAskedAbout"},
		{"a reviewer whom Slack has not told about is replaced", "approvals/certify.go",
			one("errors.Is(err, access.ErrNotFound) || err == nil && profile.Deleted {", "err != nil || profile.Deleted {"), "./approvals", "TestAReviewerWhoCannotBeReached"},
		{"11 the cap on inferred removals is off", "grants/deactivation.go",
			one("if len(gone) <= limit {", "if len(gone) <= limit+1000 {"), "./grants", "TestInvariant11"},
	}
}

// sample is how many are tried in the everyday tests; all of them are in CI.
const sample = 2

func TestEveryRuleThatIsSwitchedOffIsNoticed(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	all := mutants()
	if os.Getenv("AIRPASS_MATRIX") != "full" {
		all = all[:sample]
	}
	for _, m := range all {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			notices(t, root, m)
		})
	}
}

// Each rule is where the list says, and the tests that are to notice it exist: that is known
// without a run of all.
func TestEveryRuleAndItsTestAreThere(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]string{} // the texts of the tests of each package
	for _, m := range mutants() {
		m.applied(t, root)
		if tests[m.pkg] == "" {
			tests[m.pkg] = testsOf(t, filepath.Join(root, m.pkg))
		}
		for _, name := range strings.Split(m.run, "|") {
			if !strings.Contains(tests[m.pkg], "\nfunc "+name) {
				t.Errorf("%s: %s has no test %s", m.name, m.pkg, name)
			}
		}
	}
}

// testsOf is the text of all test files in a folder.
func testsOf(t *testing.T, folder string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}

// applied is the file of a mutant with its rule switched off.
func (m mutant) applied(t *testing.T, root string) string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(root, m.file))
	if err != nil {
		t.Fatal(err)
	}
	changed := string(source)
	for _, e := range m.edits {
		if n := strings.Count(changed, e.old); n != 1 {
			t.Fatalf("%s has %q %d times, want once: the rule has moved, and this test with it", m.file, e.old, n)
		}
		changed = strings.Replace(changed, e.old, e.new, 1)
	}
	return changed
}

func notices(t *testing.T, root string, m mutant) {
	path, changed := filepath.Join(root, m.file), m.applied(t, root)
	dir := t.TempDir()
	mutated, overlay := filepath.Join(dir, "mutated.go"), filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(mutated, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {path: mutated}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(overlay, replace, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "test", "-count=1", "-vet=off", "-failfast", "-ldflags=-s -w", "-overlay", overlay, "-run", "^("+m.run+")", "-timeout", "400s", m.pkg)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "AIRPASS_PATIENCE=30s") // many fail because something never happens
	out, err := cmd.CombinedOutput()
	switch {
	case err == nil:
		t.Errorf("with the rule switched off, %s in %s still passes", m.run, m.pkg)
	case !strings.Contains(string(out), "--- FAIL"):
		t.Errorf("%s did not fail as a test:\n%s", m.run, out)
	}
}
