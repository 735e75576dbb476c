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

	textQuestion      = "Ask a question…"
	textQuestionTitle = "Ask a question"
	textQuestionAsk   = "Send the question"
	textQuestionLabel = "What do you want to know?"
	textQuestionHint  = "The requester and all who decide read this"
	textAsked         = "❓ *A question about your request*"
	textReply         = "Answer…"
	textReplyTitle    = "Answer the question"
	textReplyGive     = "Answer"
	textReplyLabel    = "Your answer"
	textReplyHint     = "All who decide read this"

	textRevoke      = "Take away…"
	textRevokeTitle = "Take the access away"
	textRevokeYes   = "Take it away"
	textRevokeText  = "It ends now, before its time is over, with all that makes it longer."

	textCut        = "Cut sessions…"
	textCutTitle   = "Cut sessions"
	textCutYes     = "Cut them"
	textCutReaches = "*It ends* every session that this person has with this permission set, in every account that uses it: they are denied everything there until no session can be left. Then their access is taken away. Other people and other permission sets keep what they have."
	textCutNot     = "*It does not end* an Airflow tab that is open: Airflow has a session of its own, of 12 hours at most. Nor their session of the access portal: end that in the AWS console, IAM Identity Center → Users → Active sessions. Cut other permission sets of theirs one by one."
	textCutsHold   = "✂️ %s: sessions with %s are cut since %s, until %s. Nothing new is given to them there."
	textCutsLift   = "✂️ %s: the cut of the sessions with %s is being lifted."
	textLift       = "Lift…"
	textLiftTitle  = "Lift a cut"
	textLiftYes    = "Lift it"
	textLiftText   = "The policy is written without the deny: a session from before that has not run out works again. What was taken away stays so, and can be asked for anew."
	textLiveNow    = "Access that is live"

	textDriftFound   = "🧭 *What is in Okta and AWS is not what grants say*"
	textDriftGone    = "🧭 *What is in Okta and AWS is what grants say again*"
	textDriftFine    = "🧭 `airpass drift` looked %s: everything is as grants say."
	textDriftLooked  = "🧭 `airpass drift` looked %s: %s."
	textDriftUnknown = "%d lists could not be read, and nothing is concluded of them."
	textDriftDone    = "_(%s, %s)_"
	textDriftGrants  = "what grants say"
	textDriftWill    = "wrong: %s; will be done when the next look finds it too: `%s`"
	textDriftSuggest = "wrong: %s; only reported (suggested: `%s`)"
	textDriftOnly    = "wrong: %s; only reported"
	textDriftCap     = "More removals than `caps` allow wait for `airpass removals confirm`."

	textDoctorFine  = "🩺 `airpass doctor` looked %s: nothing is to be mended."
	textDoctorFound = "🩺 `airpass doctor` looked %s, and this is to be mended:"

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

	textCampaign        = "🔎 *Is this access still needed?*"
	textCampaignOver    = "It is over. Thank you."
	textCampaignPassing = "The time to answer is over. What is still open is being passed on to others."
	textCampaignDone    = "You have decided everything that you were asked about. Thank you."
	textCampaignNothing = "Nothing here waits for you: others are asked about it now."
	textCertify         = "Decide…"
	textCertifyTitle    = "Still needed?"
	textCertifyGive     = "Record it"
	textCertifyNext     = "Record, and go on"
	textMany            = "Decide many…"
	textManyTitle       = "Many at once"
	textManyGo          = "Show me which"
	textManyWhich       = "Which"
	textManyWhat        = "What you say of them"
	textManyAll         = "All that are open (%d)"
	textManyKeep        = "Recommended: to be kept (%d)"
	textManyRevoke      = "Recommended: to be taken away (%d)"
	textManyUnused      = "No use was seen (%d)"
	textManyTarget      = "%s (%d)"
	textManyStanding    = "Standing access (%d)"
	textManyGranted     = "By a grant alone (%d)"
	textManyThrough     = "Seen in %s (%d)"
	textManyReduce      = "Less will do: reduce each to the next lower role"
	textManyReduced     = "*%d are reduced to the next lower role:*"
	textManyNot         = "%d of those that you chose cannot be reduced, and are left out:"
	textManyNoReduce    = "None of those that you chose can be reduced: they are standing access, or the lowest role of their environment."
	textManyKept        = "*%d are kept:*"
	textManyKeptUntil   = "*%d are kept until %s, and taken away then:*"
	textManyEarlier     = "%d of them end before that by themselves, with their grants:"
	textManyByHand      = "%d of them are standing access of which airpass does not take away all: it is listed then, to be taken away by hand."
	textManyTaken       = "*%d are taken away:*"
	textManyMore        = "It is a lot: these are the first %d of %d. The others stay open, to be decided after these."
	textOneMoment       = "One moment…"
	textNoMoreItems     = "That was the last page. What was left out can be decided with the button of the message."
	textCertifyHint     = "Kept with everything that you decide here"
	textComment         = "Comment…"
	textCommentOn       = "Comment on %s alone"
	textCommentHint     = "Kept with this one, instead of the comment below"
	textKeep            = "It is needed: keep it"
	textTake            = "It is not: take it away"
	textReduce          = "Less will do: reduce it to %s"
	textAskOther        = "Somebody else knows: ask them"
	textKeepUntil       = "Last day of what is kept (for good if left empty)"
	textOther           = "Who else is asked"
	textWithout         = "Taken away, although the lower role could not be given: %d."
	textStanding        = "Standing access: since when is not known."

	textStandingListed = "If it is not needed it is listed, to be taken away by hand."
	textStandingGoes   = "If it is not needed airpass takes it away: %s."
	textStandingByHand = "To be taken away by hand: %s, because %s."

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
	textNoTile          = "ℹ️ AWS did not give you its tile in the access portal. The access does not need it: use the button."
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
	textOutsideHours    = "🌙 Outside working hours (%s–%s, %s): it would begin %s."
	textNamesake        = "👥 *Another person has the same name.* This request is of %s, not of %s."
	textHoldsNothing    = "They have no access through airpass now."
	textHadNothing      = "They have not had this before."

	textHomeTitle     = "Your access to Airflow"
	textHomeAsk       = "Ask for access"
	textHomeAnew      = "Close this tab and open it again to see your access."
	textWaitingForMe  = "Waiting for your decision"
	textReviewsOwed   = "Reviews that you owe"
	textTogether      = "Approve together…"
	textTogetherTitle = "Approve together"
	textTogetherYes   = "Approve all"

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

// forHowLong is the duration of a request, and what was asked for where that was more.
func (p Printer) forHowLong(r access.Request) string {
	if r.Duration < r.Asked() {
		return p.Say("%s (%s asked for)", p.Spell(r.Duration), p.Spell(r.Asked()))
	}
	return p.Spell(r.Duration)
}

// questionAbout says what a question is about.
func (p Printer) questionAbout(r access.Request) string {
	return p.Say("%s asks for %s; your question goes to them.", p.whose(r.Subject), p.what(r.Target))
}

// alikeLine says which requests can be approved together.
func (p Printer) alikeLine(alike []access.Request) string {
	var names []string
	for _, r := range alike {
		names = append(names, p.whose(r.Subject))
	}
	return p.Say("%d requests are alike: *%s* for %s, from %s.", len(alike), p.what(alike[0].Target), p.Spell(alike[0].Duration), strings.Join(names, ", "))
}

// togetherSays says what approving together does.
func (p Printer) togetherSays(alike []access.Request) string {
	return p.Say("These %d requests of %s are approved, each as if you had pressed its own button:", len(alike), p.what(alike[0].Target))
}

// owes says what somebody took at once whose review is owed.
func (p Printer) owes(v View, now time.Time) string {
	r := v.Request
	return p.Say("%s took *%s* at once, without a decision, %s, for %s.", p.whose(r.Subject), p.what(r.Target), when(r.DecidedAt), p.Spell(r.Duration)) + "\n" +
		reasonOf(p.Say(textWhy), clipEscaped(r.Reason, 500)) + "\n" + p.reviewed(v.Review, now)
}

// lastSaid is the newest question about a request, with its answer.
func (p Printer) lastSaid(v View) string {
	if len(v.Questions) == 0 {
		return ""
	}
	q := v.Questions[len(v.Questions)-1]
	line := reasonOf(p.Say("❓ %s asks", p.whose(q.Asker)), clipEscaped(q.Text, 300))
	if q.Answered() {
		line += "\n" + reasonOf(p.Say("💬 %s answers", p.whose(v.Request.Subject)), clipEscaped(q.Answer, 300))
	}
	return line
}

// asks and answers label, in plain text, what was asked and what was answered.
func (p Printer) asks(q access.Query) string { return p.Say("❓ %s asks", p.plainly(q.Asker)) }

func (p Printer) answers(who access.Person) string { return p.Say("💬 %s answers", p.plainly(who)) }

// plainly is whose for plain text, which needs no escaping.
func (p Printer) plainly(who access.Person) string {
	for _, name := range []string{who.Name, who.Login} {
		if strings.TrimSpace(name) != "" {
			return clip(strings.ReplaceAll(name, "\n", " "), 120)
		}
	}
	return p.Say("somebody")
}

// shorterFor says what somebody shortens who approves for less time.
func (p Printer) shorterFor(r access.Request) string {
	return p.Say("%s asks for %s for %s.", p.whose(r.Subject), p.what(r.Target), p.Spell(r.Asked()))
}

// what names the target of a request: "Viewer in prod".
func (p Printer) what(t access.Target) string {
	return p.Say("%s in %s", clipEscaped(string(t.Role), 40), clipEscaped(t.Environment.Key, 100))
}

func (p Printer) whose(person access.Person) string {
	for _, name := range []string{person.Name, person.Login, person.Email, person.OktaID} {
		if strings.TrimSpace(name) != "" {
			return clipEscaped(name, 120)
		}
	}
	return p.Say("somebody")
}

// deciders says in words who may decide the stage that is open.
func (p Printer) deciders(r access.Request) string {
	course := r.Needed()
	open := course.Open()
	rules := open.Approvers
	if course.Widened {
		rules = slices.Concat(rules, open.WidenTo)
	}
	return p.oneOf(rules, r.Subject)
}

// oneOf says in words whom rules name.
func (p Printer) oneOf(rules []access.Approver, subject access.Person) string {
	var names []string
	for _, a := range rules {
		names = append(names, p.decider(a, subject))
	}
	if len(names) == 0 {
		return p.Say("nobody")
	}
	return clip(p.or(names), 1500)
}

func (p Printer) decider(a access.Approver, subject access.Person) string {
	switch a.Kind {
	case access.ApproverManager:
		if subject.ManagerName != "" {
			return p.Say("the manager (%s)", clipEscaped(subject.ManagerName, 80))
		}
		return p.Say("the manager")
	case access.ApproverManagers2:
		return p.Say("the manager's manager")
	case access.ApproverSlack:
		return p.Say("a member of Slack group %s", clipEscaped(a.Value, 80))
	case access.ApproverOnCall:
		return p.Say("who is on call (%s)", clipEscaped(a.Value, 80))
	case access.ApproverGroup:
		return p.Say("a member of Okta group %s", clipEscaped(a.Value, 80))
	case access.ApproverOwner:
		return p.Say("%s (an owner of the environment)", clipEscaped(a.Value, 80))
	}
	return clipEscaped(a.Value, 80)
}

// mayDecide says who may decide, and how far it has come where one yes is not enough.
func (p Printer) mayDecide(r access.Request) string {
	c := r.Needed()
	words := p.Say("May be decided by %s.", p.deciders(r))
	open, t := c.Open(), c.Tally
	if len(c.Stages) < 2 && t.Need < 2 {
		return words
	}
	place := p.Say("%d of %d have agreed.", t.Have, t.Need)
	switch {
	case len(c.Stages) > 1 && open.Name != "":
		place = p.Say("Stage %d of %d (%s): %s", t.Stage+1, len(c.Stages), clipEscaped(open.Name, 80), place)
	case len(c.Stages) > 1:
		place = p.Say("Stage %d of %d: %s", t.Stage+1, len(c.Stages), place)
	}
	return place + " " + words
}

// agreed says who has agreed so far.
func (p Printer) agreed(decisions []access.Decision) string {
	var names []string
	for _, d := range decisions {
		if d.Verdict == access.Approve {
			name := p.whose(d.Decider)
			if d.Duration > 0 {
				name = p.Say("%s for %s", name, p.Spell(d.Duration))
			}
			names = append(names, name+", "+when(d.ReceivedAt))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return clip(p.Say("Agreed so far: %s.", strings.Join(names, "; ")), 1500)
}

func (p Printer) lapses(r access.Request) string {
	return p.Say("Lapses %s if nobody decides.", when(r.LapseAt))
}

// signsIn says what a way in is for and how long it lives, to the second.
func (p Printer) signsIn(g access.Grant, l access.Login) string {
	ends := fmt.Sprintf("<!date^%d^{time_secs}|%s>", l.Ends.Unix(), l.Ends.UTC().Format("15:04:05 UTC"))
	return p.Say("🔑 *%s*: this signs you in once, within 60 seconds: until %s. Only you see it. After that click %s again.", p.what(g.Target), ends, p.Say(textOpen))
}

// knownAs says whom Airflow takes somebody for.
func (p Printer) knownAs(l access.Login) string {
	return p.Say("Airflow knows you there as %s.", clipEscaped(l.AirflowIdentity, 100))
}

// held says what somebody has of a target, and for how long.
func (p Printer) held(v View, now time.Time) string {
	name, g := "*"+p.what(v.Request.Target)+"*", v.Grant
	switch g.State {
	case access.GrantScheduled:
		return p.Say("📅 %s: starts %s. %s", name, when(g.StartAt), p.until(g))
	case access.GrantProvisioning:
		return p.Say("🔧 %s: being set up. %s", name, p.until(g))
	case access.GrantActive:
		lasts := p.Say("🟢 %s: until %s.", name, when(g.EndAt))
		if now.Before(g.EndAt) {
			lasts = p.Say("🟢 %s: until %s, %s left.", name, when(g.EndAt), p.Spell(roughly(g.EndAt.Sub(now))))
		}
		return strings.TrimSpace(lasts + " " + p.goesOn(v))
	case access.GrantRevoking:
		if v.Overdue {
			return p.Say("🚨 %s: being taken away, and overdue. %s", name, p.whyEnded(g))
		}
		return p.Say("🔻 %s: being taken away. %s", name, p.whyEnded(g))
	}
	return p.Say("⚪ %s: ended. %s", name, p.whyEnded(g))
}

// asksFor says what somebody asks for, to who may decide it.
func (p Printer) asksFor(v View, now time.Time) string {
	r := v.Request
	who := p.whose(r.Subject)
	if len(v.Namesakes) > 0 {
		who = p.apart(r.Subject)
	}
	return p.Say("%s asks for *%s*, %s. %s", who, p.what(r.Target), when(r.CreatedAt), p.ifApprovedNow(r, now)) + "\n" +
		reasonOf(p.Say(textWhy), clipEscaped(r.Reason, 500)) + "\n" + p.mayDecide(r) + " " + p.lapses(r)
}

// overdueLine says what should have been taken away.
func (p Printer) overdueLine(e access.Entitlement) string {
	return p.Say("🚨 Overdue since %s: %s of Okta user %s%s", when(e.UnwantedSince), p.thing(e.Ref.Kind), clipEscaped(e.Ref.OktaUser, 60), because(e.LastError))
}

// holder says who has what of an environment.
func (p Printer) holder(v View, now time.Time) string {
	return "• " + p.whose(v.Grant.Subject) + " (" + clipEscaped(v.Grant.Subject.Login, 120) + "): " + p.held(v, now)
}

func (p Printer) whoHas(environment string) string {
	return p.Say("Who has access to %s now", clipEscaped(environment, 100))
}

// askedFor says what became of a request.
func (p Printer) askedFor(v View) string {
	r := v.Request
	line := p.Say("*%s* for %s, asked %s: %s", p.what(r.Target), p.Spell(r.Duration), when(r.CreatedAt), p.headlineOf(v))
	if r.State == access.RequestPending {
		line += "\n" + p.mayDecide(r) + " " + p.lapses(r)
	}
	return line
}

func (p Printer) nothingHeld(command string) string {
	return p.Say("You have no access at the moment. You can ask with %s.", clipEscaped(command, 40))
}

func (p Printer) nothingAsked(command string) string {
	return p.Say("You have asked for nothing yet. You can ask with %s.", clipEscaped(command, 40))
}

func (p Printer) andMore(n int) string {
	if n <= 0 {
		return ""
	}
	return p.Say("… and %d more.", n)
}

// decidedBy says who has decided, behind a word for what.
func (p Printer) decidedBy(verb string, r access.Request) string {
	at := when(r.DecidedAt)
	switch {
	case r.Course.BreakGlass:
		return p.Say("Taken at once, without a decision, %s.", at)
	case r.Course.Auto != "":
		return p.Say("%s by the rule “%s”, %s.", verb, clipEscaped(r.Course.Auto, 120), at)
	case r.Decider.OktaID == "" && r.Decider.Name == "":
		return verb + " " + at + "."
	}
	return p.Say("%s by %s, %s.", verb, p.whose(r.Decider), at)
}

// extends says that a request is for more time, where it begins.
func (p Printer) extends(v View) string {
	if v.Request.Extends == "" {
		return ""
	}
	if v.Extended.EndAt.IsZero() || v.HasGrant && v.Grant.StartAt.Before(v.Extended.EndAt) {
		return p.Say("It was to make access longer that had ended by then.")
	}
	return p.Say("It makes access longer that is held already, from %s.", when(v.Extended.EndAt))
}

// insteadOf says that a campaign has had access reduced to this.
func (p Printer) insteadOf(r access.Request) string {
	if r.Course.Reduced == nil {
		return ""
	}
	return p.Say("The campaign *%s* has reduced *%s* to this: it takes its place, and ends when that would have ended.", Escape(r.Course.Reduced.Campaign), Escape(r.Course.Reduced.From))
}

// goesOn says until when access goes on that was extended.
func (p Printer) goesOn(v View) string {
	if v.Extension.ID == "" {
		return ""
	}
	return p.Say("It was extended until %s: see the newer message.", when(v.Extension.EndAt))
}

func (p Printer) askAgain(command string) string {
	if command == "" {
		return p.Say("You can ask again.")
	}
	return p.Say("You can ask again with %s.", clipEscaped(command, 40))
}

func reasonOf(prefix, words string) string { return prefix + ": " + words }

// ticket links what the reason names; empty where the policy has no address for it.
func (p Printer) ticket(r access.Request) string {
	name, address := r.Target.Policy.Reason.Link(r.Reason)
	if !sound(address) {
		return ""
	}
	return p.Say("Ticket: %s", "<"+strings.ReplaceAll(address, "&", "&amp;")+"|"+clipEscaped(name, 80)+">")
}

func (p Printer) until(g access.Grant) string {
	if g.State == access.GrantProvisioning || g.State == access.GrantScheduled {
		return p.Say("Until about %s.", when(g.EndAt))
	}
	return p.Say("Until %s.", when(g.EndAt))
}

// honestEnd says what an end does not do: sessions that are open go on.
func (p Printer) honestEnd(g access.Grant, gone time.Time, over bool) string {
	if over {
		return p.Say("Access ended %s; a session already open could work until about %s.", when(gone), when(g.LastPossible(gone)))
	}
	return p.Say("Access ends %s; a session already open could work until about %s.", when(gone), when(g.LastPossible(gone)))
}

func (p Printer) endedAt(g access.Grant) string { return p.Say("Access ended %s.", when(g.EndedAt)) }

// reviewed says that a review is owed, since when it is late, or what it came to.
func (p Printer) reviewed(r access.Review, now time.Time) string {
	switch {
	case r.ID == "":
		return ""
	case r.State == access.ReviewGiven && r.Verdict == access.Justified:
		return p.Say("✅ Reviewed by %s, %s: it was justified.", p.whose(r.Reviewer), when(r.GivenAt))
	case r.State == access.ReviewGiven:
		return p.Say("⛔ Reviewed by %s, %s: it was not justified.", p.whose(r.Reviewer), when(r.GivenAt))
	case r.Overdue(now):
		return p.Say("🚨 Its review is overdue since %s.", when(r.DueAt))
	}
	return p.Say("Its review is owed until %s.", when(r.DueAt))
}

// startsAt says when a scheduled grant starts, or why it has not.
func (p Printer) startsAt(g access.Grant) string {
	if g.LastError != "" {
		return p.Say("⏸️ It was to start %s and waits%s.", when(g.StartAt), because(g.LastError))
	}
	return p.Say("Starts %s. Whether it may is looked at once more then.", when(g.StartAt))
}

// neverBegan says that a grant was ended before its start, so that nothing was given.
func neverBegan(v View) bool {
	g := v.Grant
	return g.EndReason == access.EndRefused || !v.Request.StartAt.IsZero() && !g.RevokingSince.IsZero() && g.RevokingSince.Before(g.StartAt)
}

// whyEndedOf is whyEnded of a grant that may never have begun.
func (p Printer) whyEndedOf(v View) string {
	if neverBegan(v) && v.Grant.EndReason == access.EndReturned {
		return p.Say(textCancelledBefore)
	}
	return p.whyEnded(v.Grant)
}

// begins says when access was asked to begin; empty is at once.
func (p Printer) begins(r access.Request, now time.Time) string {
	switch {
	case r.StartAt.IsZero():
		return ""
	case r.StartAt.After(now):
		return p.Say("To begin %s, until about %s.", when(r.StartAt), when(r.StartAt.Add(r.Duration)))
	}
	return p.Say("It was to begin %s; now it begins when it is approved.", when(r.StartAt))
}

// asked is begins on a card, which reads differently once that time has come.
func (c *card) asked(r access.Request, now time.Time) string {
	if r.StartAt.After(now) {
		c.again = r.StartAt
	}
	return c.p.begins(r, now)
}

// ifApproved says from when until when access would be, were it approved now.
func (c *card) ifApproved(r access.Request, now time.Time) string {
	words := c.asked(r, now)
	if r.StartAt.After(now) {
		return words
	}
	return strings.TrimSpace(words + " " + c.p.ifApprovedNow(r, now))
}

func (p Printer) ifApprovedNow(r access.Request, now time.Time) string {
	// By the minute, as Slack shows it: with seconds each look at it would be another.
	return p.Say("For %s from approval: until about %s if approved now.", p.Spell(r.Duration), when(now.Add(r.Duration).Truncate(time.Minute)))
}

func (p Printer) alsoOpens(t access.Target) string {
	return p.Say("⚠️ What is granted for this also opens: %s.", clipEscaped(strings.Join(t.SharesWith, ", "), 1500))
}

// risks are what those who decide should think of.
func (p Printer) risks(r access.Request) []string {
	var lines []string
	if r.Target.Role != access.Viewer {
		lines = append(lines, p.Say("⚠️ This is more than looking: %s can change things in Airflow.", clipEscaped(string(r.Target.Role), 40)))
	}
	if r.Target.CLI {
		lines = append(lines, p.Say(textRiskCLI))
	}
	if r.Seen.Private {
		lines = append(lines, p.Say(textPrivate))
	}
	return lines
}

// someHeld is how many grants are named one by one.
const someHeld = 5

// holds says what somebody has now, the first to end first.
func (p Printer) holds(held []access.Grant) string {
	if len(held) == 0 {
		return p.Say(textHoldsNothing)
	}
	held = slices.SortedFunc(slices.Values(held), func(a, b access.Grant) int { return a.EndAt.Compare(b.EndAt) })
	var all []string
	for _, g := range held[:min(len(held), someHeld)] {
		all = append(all, p.Say("%s until %s", p.what(g.Target), when(g.EndAt)))
	}
	if more := len(held) - someHeld; more > 0 {
		all = append(all, p.Say("%d more", more))
	}
	return p.Say("They hold now: %s.", strings.Join(all, "; "))
}

// had says when somebody had the same before, the newest first.
func (p Printer) had(past []access.Grant) string {
	if len(past) == 0 {
		return p.Say(textHadNothing)
	}
	var all []string
	for _, g := range past {
		all = append(all, p.Say("%s for %s", when(g.StartAt), p.Spell(g.Duration)))
	}
	return p.Say("They had this last: %s.", strings.Join(all, "; "))
}

func (p Printer) thing(k access.Kind) string {
	switch k {
	case access.AssignmentGroup:
		return p.Say("Okta group that gives the account in AWS IAM Identity Center")
	case access.OktaMembership:
		return p.Say("Okta group")
	case access.PushedMembership:
		return p.Say("Identity Center group, pushed from Okta")
	case access.AccountAssignment:
		return p.Say("Identity Center account assignment")
	case access.ApplicationAssignment:
		return p.Say("Identity Center application assignment")
	}
	return clipEscaped(string(k), 40)
}

// adding says how far one entitlement of a grant being set up is; next says that
// everything before it is there.
func (p Printer) adding(e access.Entitlement, next bool) string {
	name := p.thing(e.Ref.Kind)
	switch {
	case e.Fatal:
		return p.Say("❌ %s: failed%s", name, because(e.LastError))
	case e.Presence == access.Present && e.Ready && e.Origin == access.OriginStanding:
		return p.Say("✅ %s: you had it already", name)
	case e.Presence == access.Present && e.Ready:
		return p.Say("✅ %s: verified", name)
	case e.LastError != "":
		return p.Say("⚠️ %s: trying again%s", name, because(e.LastError))
	case e.Presence == access.Present:
		return p.Say("⏳ %s: there, waiting for what it opens", name)
	case next && e.Ref.Kind.Derived():
		return p.Say("⏳ %s: waiting for it to arrive", name)
	case next:
		return p.Say("⏳ %s: adding", name)
	}
	return p.Say("▫️ %s: waiting", name)
}

// beingAdded says how far somebody is who had no account in Identity Center; next says
// that the group that gives it is there.
func (p Printer) beingAdded(g access.Grant, next bool) string {
	name := p.Say("Being added to AWS IAM Identity Center")
	switch {
	case g.Person != "":
		return p.Say("✅ %s: your account is there", name)
	case !next:
		return p.Say("▫️ %s: waiting", name)
	case g.LastError != "":
		return p.Say("⚠️ %s: trying again%s", name, because(g.LastError))
	}
	return p.Say("⏳ %s: waiting for your account to appear", name)
}

// removing says how far the end of one entitlement is.
func (p Printer) removing(e access.Entitlement) string {
	name := p.thing(e.Ref.Kind)
	switch {
	case e.Origin == access.OriginStanding:
		return p.Say("▫️ %s: you had it before, it stays", name)
	case e.Ref.Kind.Sticky():
		return p.Say("▫️ %s: never taken away", name)
	case e.UnwantedSince.IsZero() && e.Presence == access.Present:
		return p.Say("▫️ %s: another grant needs it, it stays", name)
	case e.Presence == access.Absent:
		return p.Say("✅ %s: verified gone", name)
	case e.LastError != "":
		return p.Say("⚠️ %s: trying again%s", name, because(e.LastError))
	case e.Ref.Kind.Derived():
		return p.Say("⏳ %s: waiting for it to disappear", name)
	}
	return p.Say("⏳ %s: taking away", name)
}

func because(words string) string {
	if words == "" {
		return ""
	}
	return " (" + clipEscaped(words, 300) + ")"
}

// stays says what an end leaves in place, if it does.
func (p Printer) stays(g access.Grant, e access.Entitlement) string {
	switch {
	case e.Ref.Kind.Sticky() && e.Origin == access.OriginOurs && e.Presence != access.Absent && g.Person == "":
		return p.Say(textAccountLate)
	case e.Ref.Kind.Sticky() && e.Origin == access.OriginOurs && e.Presence != access.Absent:
		return p.Say(textAccountStays)
	case e.Presence != access.Present:
		return ""
	}
	if e.Origin == access.OriginStanding {
		return p.Say("Left in place, because it was there before or an operator let it stay: %s.", p.thing(e.Ref.Kind))
	}
	return p.Say("Left in place, because another grant needs it: %s.", p.thing(e.Ref.Kind))
}

func (p Printer) remains(through []string) string {
	return p.Say("⚠️ The same access remains through %s.", clipEscaped(strings.Join(through, ", "), 1000))
}

// whyEnded says why a grant ended or ends.
func (p Printer) whyEnded(g access.Grant) string {
	switch g.EndReason {
	case access.EndExpired:
		return p.Say("Its time was over.")
	case access.EndReturned:
		return p.Say("It was given back.")
	case access.EndRevoked:
		return p.Say("It was taken away%s.", because(g.EndNote))
	case access.EndFailed:
		return p.Say("It could not be set up%s.", because(g.EndNote))
	case access.EndRefused:
		return p.Say("By its start it was not allowed any more%s.", because(g.EndNote))
	case access.EndDeactivated:
		return p.Say("The person is no longer active in Okta.")
	}
	return p.Say("It was ended%s.", because(g.EndNote))
}

// fallback is what notifications and screen readers say.
func (p Printer) fallback(r access.Request, state string) string {
	return p.whose(r.Subject) + ": " + p.what(r.Target) + " – " + state
}

// bare is a headline without its sign and markup, for the fallback.
func bare(headline string) string {
	headline = strings.ReplaceAll(headline, "*", "")
	return strings.TrimLeftFunc(headline, func(r rune) bool { return !unicode.IsLetter(r) })
}

// What the request form says of what is chosen in it.
const (
	textExtendInstead  = "Ask for more time instead"
	textAskMore        = "Ask for %s more"
	textBeside         = "Access beside it, with a time of its own, can be asked for with the form: %s."
	textShowMessage    = "Show its message"
	textHoldsAlready   = "🟢 You have %s already, until %s."
	textHoldsStarts    = "📅 You have %s already, from %s on."
	textHoldsSetUp     = "🔧 Your access to %s is being set up."
	textWaitsAlready   = "⏳ You have asked for %s for %s already, on %s, and it waits for a decision. %s A message from me follows it: cancel it there, or wait."
	textWaitsReason    = "The reason: %s"
	textWillDecide     = "Will be decided by %s."
	textWillDecideMany = "Will be decided by %d people, each %s."
	textStagesDecide   = "Will be decided in %d stages. %s"
	textStageDecides   = "%d: %s."
	textStageMany      = "%d: %d people, each %s."
	textNobodyDecides  = "Nobody has to decide this now: the rule “%s” lets it pass."
	textMayAskNothing  = "There is nothing that you may ask for. Each environment can be asked for by people of some Okta groups only; ask its owners."
	textNotServed      = "You cannot ask for access: %s"
)

// nothingToAsk is why somebody is offered nothing; plain text.
func (p Printer) nothingToAsk(refused string) string {
	if refused == "" {
		return p.Say(textMayAskNothing)
	}
	return p.Say(textNotServed, refused)
}

// holdsAlready says what somebody has of what they are about to ask for.
func (p Printer) holdsAlready(g access.Grant) string {
	switch g.State {
	case access.GrantScheduled:
		return p.Say(textHoldsStarts, p.what(g.Target), when(g.StartAt))
	case access.GrantActive:
		return p.Say(textHoldsAlready, p.what(g.Target), when(g.EndAt))
	}
	return p.Say(textHoldsSetUp, p.what(g.Target))
}

// waitsAlready sums up a request that waits, to whoever made it.
func (p Printer) waitsAlready(r access.Request) string {
	words := p.Say(textWaitsAlready, p.what(r.Target), p.Spell(r.Asked()), when(r.CreatedAt), p.mayDecide(r))
	return words + "\n" + p.Say(textWaitsReason, clipEscaped(r.Reason, 500))
}

// whoWillDecide says who would decide what is chosen; empty if that is not known.
func (p Printer) whoWillDecide(c access.Course, subject access.Person) string {
	switch {
	case c.Auto != "":
		return p.Say(textNobodyDecides, clipEscaped(c.Auto, 80))
	case len(c.Stages) == 0:
		return ""
	case len(c.Stages) == 1:
		who := p.oneOf(c.Stages[0].Approvers, subject)
		if n := c.Stages[0].Required; n > 1 {
			return p.Say(textWillDecideMany, n, who)
		}
		return p.Say(textWillDecide, who)
	}
	var all []string
	for i, stage := range c.Stages {
		who := p.oneOf(stage.Approvers, subject)
		if stage.Required > 1 {
			all = append(all, p.Say(textStageMany, i+1, stage.Required, who))
			continue
		}
		all = append(all, p.Say(textStageDecides, i+1, who))
	}
	return p.Say(textStagesDecide, len(c.Stages), strings.Join(all, " "))
}
