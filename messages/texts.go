package messages

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"airpass/access"
)

// Every word that Slack shows is in this file. What comes from people, directories
// and vendors is escaped where it is put in.

const (
	textAskTitle    = "Ask for Airflow access"
	textAskSubmit   = "Ask"
	textDenyTitle   = "Deny the request"
	textDenyWhy     = "Why not?"
	textDenyHint    = "The requester reads this"
	textDeny        = "Deny"
	textApprove     = "Approve"
	textShorter     = "Approve shorter…"
	textCancel      = "Cancel request"
	textOpen        = "Open Airflow"
	textClose       = "Close"
	textPick        = "Choose"
	textEnvironment = "Environment"
	textRole        = "Airflow role"
	textDuration    = "For how long"
	textWhy         = "Why"
	textStart       = "Start (at once if left empty)"
	textWhyHint     = "What you need it for. The approvers read this, and it is kept."

	textCancelTitle = "Cancel this request?"
	textCancelText  = "Nobody can approve it any more afterwards. You can ask again at any time."
	textCancelStart = "The access does not start then. You can ask again at any time."
	textCancelYes   = "Cancel it"
	textCancelNo    = "Keep it"

	textExtend      = "Extend"
	textExtendTitle = "More time"
	textExtendFor   = "How much longer, from the end of this access"

	textEndsSoon     = "⏰ *Your access ends soon*"
	textEndsSoonSays = "If you need it for longer, ask for more time now: it goes on without a gap once that is approved."
	textNoMoreTime   = "It cannot be made longer; you can ask for it anew once it has ended."

	textShorterTitle = "Approve for less time"

	textRevoke      = "Take away…"
	textRevokeTitle = "Take the access away"
	textRevokeYes   = "Take it away"
	textRevokeText  = "It ends now, before its time is over, with all that makes it longer."

	textGiveBack      = "Give back"
	textGiveBackTitle = "Give this access back?"
	textGiveBackText  = "It is taken away now, before its time is over. You can ask again at any time."
	textGiveBackYes   = "Give it back"
	textGiveBackNo    = "Keep it"

	textGlassTaken    = "🚨 *Break-glass: access was taken without a decision*"
	textGlassTitle    = "Break glass"
	textGlassTake     = "Take it now"
	textGlassSays     = "You get the access at once. The security channel is told now, and somebody reviews it afterwards."
	textGlassTarget   = "What"
	textGlassWhy      = "What has happened. Your reviewers read this, and it is kept."
	textReview        = "Review…"
	textReviewTitle   = "Review break-glass"
	textReviewGive    = "Give the review"
	textReviewVerdict = "It was"
	textReviewComment = "Comment"
	textReviewHint    = "What you looked at. It is kept."
	textJustified     = "justified"
	textNotJustified  = "not justified"
	textTakeBack      = "not justified: take the access away now"

	textWaiting         = "⏳ *Waiting for approval*"
	textDenied          = "⛔ *Denied*"
	textCancelled       = "↩️ *Cancelled*"
	textLapsed          = "⌛ *Lapsed: nobody decided in time*"
	textApproved        = "✅ *Approved*"
	textScheduled       = "📅 *Approved, starts later*"
	textProvisioning    = "🔧 *Approved: access is being set up*"
	textActive          = "🟢 *Access is active*"
	textRevoking        = "🔻 *Access is being taken away*"
	textEnded           = "⚪ *Access has ended*"
	textFailed          = "❌ *Access could not be given*"
	textRollingBack     = "❌ *Access could not be given: taking back what was set up*"
	textOverdueStill    = "🚨 *Overdue:* this should have been taken away and is not confirmed gone yet. It is tried again without end, and the administrators see it."
	textAskedTo         = "*A request for Airflow access*"
	textSteps           = "Step by step:"
	textGoing           = "Taking it away:"
	textLinkNotYet      = "The link follows as soon as the environment was looked at."
	textLinkBusyWait    = "The environment is being changed right now. The link follows, at the latest in a few minutes."
	textLinkBusy        = "⚠️ The environment is being changed right now: Airflow may not answer until that is over."
	textLinkHeld        = "⏸️ The link is held back: the environment cannot be used at the moment."
	textLinkRefused     = "⛔ There is no link: the environment failed to be created or is being deleted."
	textPrivate         = "ℹ️ The web server is private: it opens from inside its network only, such as the company's VPN."
	textSignIn          = "Sign in now"
	textSignInHere      = "Your way in to Airflow"
	textLinkTooLong     = "There is no link: the one made from the configuration is not one that Slack can show."
	textNewAccount      = "ℹ️ You have no account in AWS IAM Identity Center yet. Once this is approved you are given one, which stays when the access ends."
	textGivesAccount    = "⚠️ They have no account in AWS IAM Identity Center yet. Approving also gives them one, which stays when the access ends."
	textAccountStays    = "The account in AWS IAM Identity Center that was made for this stays. It opens nothing by itself; only an Okta administrator can take it away."
	textAccountLate     = "You are in the Okta group that gives an account in AWS IAM Identity Center and stay in it, so the account may still appear. It opens nothing by itself; only an Okta administrator can take it away."
	textCancelledBefore = "It was cancelled before its start. Nothing had been given."
	textCopy            = "This is a second copy of another message here, which is kept up to date."
	textNoReason        = "no reason was given"
	textRiskCLI         = "⚠️ It opens the Airflow command line too, which knows no role: whoever has it can do what an Admin can."
	textHoldsNothing    = "They have no access through airpass now."
	textHadNothing      = "They have not had this before."

	textHomeTitle    = "Your access to Airflow"
	textHomeAsk      = "Ask for access"
	textHomeAnew     = "Close this tab and open it again to see your access."
	textWaitingForMe = "Waiting for your decision"
	textNothingWaits = "Nothing waits for you."
	textForAdmins    = "For those who run airpass"
	textNothingWrong = "No removal is overdue, and nothing could not be set up in the last 7 days."
	textOlder        = "Older"
	textNewer        = "Newer"
	textMyAccess     = "Your access"
	textMyRequests   = "Your requests"
	textWhatToExtend = "For which access do you need more time?"
	textWhatToReturn = "Which access do you give back?"
	textNobodyHas    = "Nobody has access through airpass at the moment. Access given in other ways is not known here."
	textPaused       = "⏸️ Nothing new is given at the moment: airpass is paused by those who run it. What is there stays and ends on time."

	textWho, textLogin, textEmail      = "Who", "Login", "E-mail"
	textTitle, textDepartment, textMgr = "Title", "Department", "Manager"
	textMWAAName, textAccount          = "MWAA environment", "AWS account"
	textRegion, textFor                = "Region", "For"
)

// when is a moment in the reader's own time zone, with UTC for what cannot show it.
// See https://docs.slack.dev/messaging/formatting-message-text#date-formatting.
func when(t time.Time) string {
	return fmt.Sprintf("<!date^%d^{date_short_pretty} {time}|%s>", t.Unix(), t.UTC().Format("2006-01-02 15:04 UTC"))
}

// Spell writes a duration as people do: "2 hours", "1 hour 30 minutes".
func Spell(d time.Duration) string {
	d = d.Round(time.Minute)
	var parts []string
	for _, u := range []struct {
		of   time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		n := d / u.of
		d -= n * u.of //nolint:durationcheck // n is a number, of the type that dividing gives
		switch {
		case n == 1:
			parts = append(parts, "1 "+u.name)
		case n > 1:
			parts = append(parts, fmt.Sprintf("%d %ss", n, u.name))
		}
	}
	if len(parts) == 0 {
		return "less than a minute"
	}
	return strings.Join(parts, " ")
}

// forHowLong is the duration of a request, and what was asked for where that was more.
func forHowLong(r access.Request) string {
	if r.Duration < r.Asked() {
		return Spell(r.Duration) + " (" + Spell(r.Asked()) + " asked for)"
	}
	return Spell(r.Duration)
}

// shorterFor says what somebody shortens who approves for less time.
func shorterFor(r access.Request) string {
	return whose(r.Subject) + " asks for " + what(r.Target) + " for " + Spell(r.Asked()) + "."
}

// what names the target of a request: "Viewer in prod".
func what(t access.Target) string {
	return clipEscaped(string(t.Role), 40) + " in " + clipEscaped(t.Environment.Key, 100)
}

func whose(p access.Person) string {
	for _, name := range []string{p.Name, p.Login, p.Email, p.OktaID} {
		if strings.TrimSpace(name) != "" {
			return clipEscaped(name, 120)
		}
	}
	return "somebody"
}

// deciders says in words who may decide the stage that is open.
func deciders(r access.Request) string {
	course := r.Needed()
	open := course.Open()
	rules := open.Approvers
	if course.Widened {
		rules = slices.Concat(rules, open.WidenTo)
	}
	var names []string
	for _, a := range rules {
		names = append(names, decider(a, r.Subject))
	}
	switch n := len(names); n {
	case 0:
		return "nobody"
	case 1:
		return names[0]
	default:
		return clip(strings.Join(names[:n-1], ", ")+" or "+names[n-1], 1500)
	}
}

func decider(a access.Approver, subject access.Person) string {
	switch a.Kind {
	case access.ApproverManager:
		if subject.ManagerName != "" {
			return "the manager (" + clipEscaped(subject.ManagerName, 80) + ")"
		}
		return "the manager"
	case access.ApproverManagers2:
		return "the manager's manager"
	case access.ApproverSlack:
		return "a member of Slack group " + clipEscaped(a.Value, 80)
	case access.ApproverOnCall:
		return "who is on call (" + clipEscaped(a.Value, 80) + ")"
	case access.ApproverGroup:
		return "a member of Okta group " + clipEscaped(a.Value, 80)
	case access.ApproverOwner:
		return clipEscaped(a.Value, 80) + " (an owner of the environment)"
	}
	return clipEscaped(a.Value, 80)
}

// mayDecide says who may decide, and how far it has come where one yes is not enough.
func mayDecide(r access.Request) string {
	c := r.Needed()
	words := "May be decided by " + deciders(r) + "."
	open, t := c.Open(), c.Tally
	if len(c.Stages) < 2 && t.Need < 2 {
		return words
	}
	place := fmt.Sprintf("%d of %d have agreed.", t.Have, t.Need)
	if len(c.Stages) > 1 {
		name := ""
		if open.Name != "" {
			name = " (" + clipEscaped(open.Name, 80) + ")"
		}
		place = fmt.Sprintf("Stage %d of %d%s: %s", t.Stage+1, len(c.Stages), name, place)
	}
	return place + " " + words
}

// agreed says who has agreed so far.
func agreed(decisions []access.Decision) string {
	var names []string
	for _, d := range decisions {
		if d.Verdict == access.Approve {
			name := whose(d.Decider)
			if d.Duration > 0 {
				name += " for " + Spell(d.Duration)
			}
			names = append(names, name+", "+when(d.ReceivedAt))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return clip("Agreed so far: "+strings.Join(names, "; ")+".", 1500)
}

func lapses(r access.Request) string {
	return "Lapses " + when(r.LapseAt) + " if nobody decides."
}

// signsIn says what a way in is for and how long it lives, to the second.
func signsIn(g access.Grant, l access.Login) string {
	return fmt.Sprintf("🔑 *%s*: this signs you in once, within 60 seconds: until <!date^%d^{time_secs}|%s>. Only you see it. After that click %s again.",
		what(g.Target), l.Ends.Unix(), l.Ends.UTC().Format("15:04:05 UTC"), textOpen)
}

// knownAs says whom Airflow takes somebody for.
func knownAs(l access.Login) string {
	return "Airflow knows you there as " + clipEscaped(l.AirflowIdentity, 100) + "."
}

// held says what somebody has of a target, and for how long.
func held(v View, now time.Time) string {
	name, g := "*"+what(v.Request.Target)+"*", v.Grant
	switch g.State {
	case access.GrantScheduled:
		return "📅 " + name + ": starts " + when(g.StartAt) + ". " + until(g)
	case access.GrantProvisioning:
		return "🔧 " + name + ": being set up. " + until(g)
	case access.GrantActive:
		return strings.TrimSuffix("🟢 "+name+": until "+when(g.EndAt)+left(g.EndAt, now)+". "+goesOn(v), " ")
	case access.GrantRevoking:
		if v.Overdue {
			return "🚨 " + name + ": being taken away, and overdue. " + whyEnded(g)
		}
		return "🔻 " + name + ": being taken away. " + whyEnded(g)
	}
	return "⚪ " + name + ": ended. " + whyEnded(g)
}

// asksFor says what somebody asks for, to who may decide it.
func asksFor(v View, now time.Time) string {
	r := v.Request
	return whose(r.Subject) + " asks for *" + what(r.Target) + "*, " + when(r.CreatedAt) + ". " + ifApprovedNow(r, now) + "\n" +
		reasonOf(textWhy, clipEscaped(r.Reason, 500)) + "\n" + mayDecide(r) + " " + lapses(r)
}

// overdueLine says what should have been taken away.
func overdueLine(e access.Entitlement) string {
	return "🚨 Overdue since " + when(e.UnwantedSince) + ": " + thing(e.Ref.Kind) + " of Okta user " + clipEscaped(e.Ref.OktaUser, 60) + because(e.LastError)
}

// holder says who has what of an environment.
func holder(v View, now time.Time) string {
	return "• " + whose(v.Grant.Subject) + " (" + clipEscaped(v.Grant.Subject.Login, 120) + "): " + held(v, now)
}

func whoHas(environment string) string {
	return "Who has access to " + clipEscaped(environment, 100) + " now"
}

// askedFor says what became of a request.
func askedFor(v View) string {
	r := v.Request
	line := "*" + what(r.Target) + "* for " + Spell(r.Duration) + ", asked " + when(r.CreatedAt) + ": " + headlineOf(v)
	if r.State == access.RequestPending {
		line += "\n" + mayDecide(r) + " " + lapses(r)
	}
	return line
}

func nothingHeld(command string) string {
	return "You have no access at the moment. You can ask with " + clipEscaped(command, 40) + "."
}

func nothingAsked(command string) string {
	return "You have asked for nothing yet. You can ask with " + clipEscaped(command, 40) + "."
}

func andMore(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf("… and %d more.", n)
}

func decidedBy(verb string, r access.Request) string {
	if r.Course.BreakGlass {
		return "Taken at once, without a decision, " + when(r.DecidedAt) + "."
	}
	if r.Course.Auto != "" {
		return verb + " by the rule “" + clipEscaped(r.Course.Auto, 120) + "”, " + when(r.DecidedAt) + "."
	}
	if r.Decider.OktaID == "" && r.Decider.Name == "" {
		return verb + " " + when(r.DecidedAt) + "."
	}
	return verb + " by " + whose(r.Decider) + ", " + when(r.DecidedAt) + "."
}

// extends says that a request is for more time, where it begins.
func extends(v View) string {
	if v.Request.Extends == "" {
		return ""
	}
	if v.Extended.EndAt.IsZero() || v.HasGrant && v.Grant.StartAt.Before(v.Extended.EndAt) {
		return "It was to make access longer that had ended by then."
	}
	return "It makes access longer that is held already, from " + when(v.Extended.EndAt) + "."
}

// goesOn says until when access goes on that was extended.
func goesOn(v View) string {
	if v.Extension.ID == "" {
		return ""
	}
	return "It was extended until " + when(v.Extension.EndAt) + ": see the newer message."
}

func askAgain(command string) string {
	if command == "" {
		return "You can ask again."
	}
	return "You can ask again with " + clipEscaped(command, 40) + "."
}

func reasonOf(prefix, words string) string { return prefix + ": " + words }

// ticket links what the reason names; empty where the policy has no address for it.
func ticket(r access.Request) string {
	name, address := r.Target.Policy.Reason.Link(r.Reason)
	if !sound(address) {
		return ""
	}
	return "Ticket: <" + strings.ReplaceAll(address, "&", "&amp;") + "|" + clipEscaped(name, 80) + ">"
}

func until(g access.Grant) string {
	if g.State == access.GrantProvisioning || g.State == access.GrantScheduled {
		return "Until about " + when(g.EndAt) + "."
	}
	return "Until " + when(g.EndAt) + "."
}

// honestEnd says what an end does not do: sessions that are open go on.
func honestEnd(g access.Grant, gone time.Time, over bool) string {
	ends := "Access ends " + when(gone)
	if over {
		ends = "Access ended " + when(gone)
	}
	return ends + "; a session already open could work until about " + when(g.LastPossible(gone)) + "."
}

// reviewed says that a review is owed, since when it is late, or what it came to.
func reviewed(r access.Review, now time.Time) string {
	switch {
	case r.ID == "":
		return ""
	case r.State == access.ReviewGiven && r.Verdict == access.Justified:
		return "✅ Reviewed by " + whose(r.Reviewer) + ", " + when(r.GivenAt) + ": it was justified."
	case r.State == access.ReviewGiven:
		return "⛔ Reviewed by " + whose(r.Reviewer) + ", " + when(r.GivenAt) + ": it was not justified."
	case r.Overdue(now):
		return "🚨 Its review is overdue since " + when(r.DueAt) + "."
	}
	return "Its review is owed until " + when(r.DueAt) + "."
}

// startsAt says when a scheduled grant starts, or why it has not.
func startsAt(g access.Grant) string {
	words := "Starts " + when(g.StartAt) + ". Whether it may is looked at once more then."
	if g.LastError != "" {
		words = "⏸️ It was to start " + when(g.StartAt) + " and waits" + because(g.LastError) + "."
	}
	return words
}

// neverBegan says that a grant was ended before its start, so that nothing was given.
func neverBegan(v View) bool {
	g := v.Grant
	return g.EndReason == access.EndRefused || !v.Request.StartAt.IsZero() && !g.RevokingSince.IsZero() && g.RevokingSince.Before(g.StartAt)
}

// whyEndedOf is whyEnded of a grant that may never have begun.
func whyEndedOf(v View) string {
	if neverBegan(v) && v.Grant.EndReason == access.EndReturned {
		return textCancelledBefore
	}
	return whyEnded(v.Grant)
}

// begins says when access was asked to begin; empty is at once.
func begins(r access.Request, now time.Time) string {
	switch {
	case r.StartAt.IsZero():
		return ""
	case r.StartAt.After(now):
		return "To begin " + when(r.StartAt) + ", until about " + when(r.StartAt.Add(r.Duration)) + "."
	}
	return "It was to begin " + when(r.StartAt) + "; now it begins when it is approved."
}

// asked is begins on a card, which reads differently once that time has come.
func (c *card) asked(r access.Request, now time.Time) string {
	if r.StartAt.After(now) {
		c.again = r.StartAt
	}
	return begins(r, now)
}

// ifApproved says from when until when access would be, were it approved now.
func (c *card) ifApproved(r access.Request, now time.Time) string {
	words := c.asked(r, now)
	if r.StartAt.After(now) {
		return words
	}
	return strings.TrimSpace(words + " " + ifApprovedNow(r, now))
}

func ifApprovedNow(r access.Request, now time.Time) string {
	return "For " + Spell(r.Duration) + " from approval: until about " + when(now.Add(r.Duration)) + " if approved now."
}

func alsoOpens(t access.Target) string {
	return "⚠️ What is granted for this also opens: " + clipEscaped(strings.Join(t.SharesWith, ", "), 1500) + "."
}

// risks are what those who decide should think of.
func risks(r access.Request) []string {
	var lines []string
	if r.Target.Role != access.Viewer {
		lines = append(lines, "⚠️ This is more than looking: "+clipEscaped(string(r.Target.Role), 40)+" can change things in Airflow.")
	}
	if r.Target.CLI {
		lines = append(lines, textRiskCLI)
	}
	if r.Seen.Private {
		lines = append(lines, textPrivate)
	}
	return lines
}

// someHeld is how many grants are named one by one.
const someHeld = 5

// holds says what somebody has now, the first to end first.
func holds(held []access.Grant) string {
	if len(held) == 0 {
		return textHoldsNothing
	}
	held = slices.SortedFunc(slices.Values(held), func(a, b access.Grant) int { return a.EndAt.Compare(b.EndAt) })
	var all []string
	for _, g := range held[:min(len(held), someHeld)] {
		all = append(all, what(g.Target)+" until "+when(g.EndAt))
	}
	if more := len(held) - someHeld; more > 0 {
		all = append(all, fmt.Sprintf("%d more", more))
	}
	return "They hold now: " + strings.Join(all, "; ") + "."
}

// had says when somebody had the same before, the newest first.
func had(past []access.Grant) string {
	if len(past) == 0 {
		return textHadNothing
	}
	var all []string
	for _, g := range past {
		all = append(all, when(g.StartAt)+" for "+Spell(g.Duration))
	}
	return "They had this last: " + strings.Join(all, "; ") + "."
}

func thing(k access.Kind) string {
	switch k {
	case access.AssignmentGroup:
		return "Okta group that gives the account in AWS IAM Identity Center"
	case access.OktaMembership:
		return "Okta group"
	case access.PushedMembership:
		return "Identity Center group, pushed from Okta"
	case access.AccountAssignment:
		return "Identity Center account assignment"
	case access.ApplicationAssignment:
		return "Identity Center application assignment"
	}
	return clipEscaped(string(k), 40)
}

// adding says how far one entitlement of a grant being set up is; next says that
// everything before it is there.
func adding(e access.Entitlement, next bool) string {
	name := thing(e.Ref.Kind)
	switch {
	case e.Fatal:
		return "❌ " + name + ": failed" + because(e.LastError)
	case e.Presence == access.Present && e.Ready && e.Origin == access.OriginStanding:
		return "✅ " + name + ": you had it already"
	case e.Presence == access.Present && e.Ready:
		return "✅ " + name + ": verified"
	case e.LastError != "":
		return "⚠️ " + name + ": trying again" + because(e.LastError)
	case e.Presence == access.Present:
		return "⏳ " + name + ": there, waiting for what it opens"
	case next && e.Ref.Kind.Derived():
		return "⏳ " + name + ": waiting for it to arrive"
	case next:
		return "⏳ " + name + ": adding"
	}
	return "▫️ " + name + ": waiting"
}

// beingAdded says how far somebody is who had no account in Identity Center; next says
// that the group that gives it is there.
func beingAdded(g access.Grant, next bool) string {
	const name = "Being added to AWS IAM Identity Center"
	switch {
	case g.Person != "":
		return "✅ " + name + ": your account is there"
	case !next:
		return "▫️ " + name + ": waiting"
	case g.LastError != "":
		return "⚠️ " + name + ": trying again" + because(g.LastError)
	}
	return "⏳ " + name + ": waiting for your account to appear"
}

// removing says how far the end of one entitlement is.
func removing(e access.Entitlement) string {
	name := thing(e.Ref.Kind)
	switch {
	case e.Origin == access.OriginStanding:
		return "▫️ " + name + ": you had it before, it stays"
	case e.Ref.Kind.Sticky():
		return "▫️ " + name + ": never taken away"
	case e.UnwantedSince.IsZero() && e.Presence == access.Present:
		return "▫️ " + name + ": another grant needs it, it stays"
	case e.Presence == access.Absent:
		return "✅ " + name + ": verified gone"
	case e.LastError != "":
		return "⚠️ " + name + ": trying again" + because(e.LastError)
	case e.Ref.Kind.Derived():
		return "⏳ " + name + ": waiting for it to disappear"
	}
	return "⏳ " + name + ": taking away"
}

func because(words string) string {
	if words == "" {
		return ""
	}
	return " (" + clipEscaped(words, 300) + ")"
}

// stays says what an end leaves in place, if it does.
func stays(g access.Grant, e access.Entitlement) string {
	switch {
	case e.Ref.Kind.Sticky() && e.Origin == access.OriginOurs && e.Presence != access.Absent && g.Person == "":
		return textAccountLate
	case e.Ref.Kind.Sticky() && e.Origin == access.OriginOurs && e.Presence != access.Absent:
		return textAccountStays
	case e.Presence != access.Present:
		return ""
	}
	if e.Origin == access.OriginStanding {
		return "Left in place, because it was there before or an operator let it stay: " + thing(e.Ref.Kind) + "."
	}
	return "Left in place, because another grant needs it: " + thing(e.Ref.Kind) + "."
}

func remains(through []string) string {
	return "⚠️ The same access remains through " + clipEscaped(strings.Join(through, ", "), 1000) + "."
}

// whyEnded says why a grant ended or ends.
func whyEnded(g access.Grant) string {
	switch g.EndReason {
	case access.EndExpired:
		return "Its time was over."
	case access.EndReturned:
		return "It was given back."
	case access.EndRevoked:
		return "It was taken away" + because(g.EndNote) + "."
	case access.EndFailed:
		return "It could not be set up" + because(g.EndNote) + "."
	case access.EndRefused:
		return "By its start it was not allowed any more" + because(g.EndNote) + "."
	case access.EndDeactivated:
		return "The person is no longer active in Okta."
	}
	return "It was ended" + because(g.EndNote) + "."
}

// fallback is what notifications and screen readers say.
func fallback(r access.Request, state string) string {
	return whose(r.Subject) + ": " + what(r.Target) + " – " + state
}

// bare is a headline without its sign and markup, for the fallback.
func bare(headline string) string {
	headline = strings.ReplaceAll(headline, "*", "")
	return strings.TrimLeftFunc(headline, func(r rune) bool { return !unicode.IsLetter(r) })
}
