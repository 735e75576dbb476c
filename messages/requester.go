package messages

import (
	"strings"
	"time"

	"github.com/slack-go/slack"

	"airpass/access"
)

// Requester renders the one message that follows a request to its end, as the
// requester sees it.
func Requester(v View, now time.Time) Rendered {
	c := &card{p: v.Reader}
	headline := c.p.headlineOf(v)
	c.lines(headline)
	c.fields(field{textEnvironment, v.Request.Target.Environment.Key}, field{textRole, string(v.Request.Target.Role)},
		field{textFor, c.p.forHowLong(v.Request)})
	c.said(c.p.Say(textWhy), v.Request.Reason)
	c.lines(c.p.ticket(v.Request), c.p.extends(v), c.p.insteadOf(v.Request))
	c.talk(v)
	switch r := v.Request; r.State {
	case access.RequestPending:
		c.lines(c.asked(r, now), c.p.mayDecide(r), c.p.agreed(v.Decisions), c.p.lapses(r))
		if r.NewAccount {
			c.lines(c.p.Say(textNewAccount))
		}
		c.buttons(c.p.cancelButton(r))
	case access.RequestDenied:
		c.lines(c.p.decidedBy(c.p.Say("Denied"), r))
		c.said(c.p.Say("Reason"), c.p.orSo(r.DeciderNote))
	case access.RequestCancelled:
		c.lines(c.p.decidedBy(c.p.Say("Cancelled"), r))
	case access.RequestLapsed:
		c.lines(c.p.Say("It lapsed %s.", when(r.LapseAt)), c.p.askAgain(v.Command))
	case access.RequestApproved:
		c.lines(c.p.decidedBy(c.p.Say("Approved"), r), c.p.reviewed(v.Review, now))
		c.course(v, now)
	}
	c.foot(v.Request)
	return c.rendered(v.Request, headline)
}

// headlineOf names the state of a request and of what it became.
func (p Printer) headlineOf(v View) string {
	switch v.Request.State {
	case access.RequestPending:
		return p.Say(textWaiting)
	case access.RequestDenied:
		return p.Say(textDenied)
	case access.RequestCancelled:
		return p.Say(textCancelled)
	case access.RequestLapsed:
		return p.Say(textLapsed)
	}
	if !v.HasGrant {
		return p.Say(textApproved)
	}
	failed := v.Grant.EndReason == access.EndFailed || v.Grant.EndReason == access.EndRefused
	if neverBegan(v) && !failed {
		return p.Say(textCancelled)
	}
	switch v.Grant.State {
	case access.GrantScheduled:
		return p.Say(textScheduled)
	case access.GrantProvisioning:
		return p.Say(textProvisioning)
	case access.GrantActive:
		return p.Say(textActive)
	case access.GrantRevoking:
		if v.Grant.EndReason == access.EndRefused {
			return p.Say(textFailed) // there is nothing to take back
		}
		if failed {
			return p.Say(textRollingBack)
		}
		return p.Say(textRevoking)
	}
	if failed {
		return p.Say(textFailed)
	}
	return p.Say(textEnded)
}

// course adds what has become of an approved request.
func (c *card) course(v View, now time.Time) {
	if !v.HasGrant {
		return
	}
	g := v.Grant
	switch g.State {
	case access.GrantScheduled:
		c.lines(c.p.startsAt(g), c.p.until(g))
		c.buttons(c.p.cancelButton(v.Request))
	case access.GrantProvisioning:
		c.lines(c.p.until(g))
		c.lines(c.p.addingSteps(g, v.Entitlements)...)
		c.buttons(c.p.giveBackButton(v.Request))
	case access.GrantActive:
		c.lines(c.p.honestEnd(g, g.EndAt, false), c.p.goesOn(v), c.p.withoutTile(v.Entitlements))
		c.link(v, now)
	case access.GrantRevoking:
		c.lines(c.p.whyEndedOf(v))
		if neverBegan(v) {
			break
		}
		c.lines(c.p.removingSteps(v.Entitlements)...)
	case access.GrantEnded:
		c.ended(v, now)
	}
	if v.Overdue {
		c.lines(c.p.Say(textOverdueStill))
	}
}

func (p Printer) addingSteps(g access.Grant, entitlements []access.Entitlement) []string {
	lines := []string{p.Say(textSteps)}
	next := true
	for _, e := range entitlements {
		lines = append(lines, p.adding(e, next))
		next = next && e.Presence == access.Present && e.Ready
		if !e.Ref.Kind.Sticky() {
			continue
		}
		lines = append(lines, p.beingAdded(g, next))
		if g.Person == "" { // what comes after it is not held yet
			for _, ref := range g.Target.Entitlements(g.Subject.OktaID, "") {
				lines = append(lines, p.adding(access.Entitlement{Ref: ref}, false))
			}
		}
	}
	return lines
}

// withoutTile says that a tile that goes with the access cannot be had.
func (p Printer) withoutTile(entitlements []access.Entitlement) string {
	for _, e := range entitlements {
		if e.Fatal && e.Ref.Kind == access.ApplicationAssignment {
			return p.Say(textNoTile)
		}
	}
	return ""
}

// removingSteps are in the order in which things go: the last granted first.
func (p Printer) removingSteps(entitlements []access.Entitlement) []string {
	lines := []string{p.Say(textGoing)}
	for i := len(entitlements) - 1; i >= 0; i-- {
		lines = append(lines, p.removing(entitlements[i]))
	}
	return lines
}

// link adds the button, or says why there is none, and the one to give the access back.
func (c *card) link(v View, now time.Time) {
	g := v.Grant
	note := ""
	if g.LinkNote != "" {
		note = "ℹ️ " + clipEscaped(g.LinkNote, 1000)
	}
	if g.LinkPrivate {
		note = strings.TrimPrefix(note+"\n"+c.p.Say(textPrivate), "\n")
	}
	show := v.opens()
	switch {
	case g.LinkState == access.LinkHeld:
		c.lines(c.p.Say(textLinkHeld), note)
		show = false
	case g.LinkState == access.LinkRefused:
		c.lines(c.p.Say(textLinkRefused), note)
		show = false
	case v.Link == "" && !v.Instant || g.LinkState == access.LinkUnknown:
		c.lines(c.p.Say(textLinkNotYet), note)
		show = false
	case g.LinkState == access.LinkBusy && now.Before(g.ActiveAt.Add(busyWait)):
		c.lines(c.p.Say(textLinkBusyWait), note)
		c.again = g.ActiveAt.Add(busyWait)
		show = false
	case g.LinkState == access.LinkBusy || g.LinkState == access.LinkWarned:
		c.lines(c.p.Say(textLinkBusy), note)
	case !show:
		c.lines(c.p.Say(textLinkTooLong), note)
	default:
		c.lines(note)
	}
	var buttons []slack.BlockElement
	if show {
		buttons = append(buttons, c.p.linkButton(v))
	}
	if v.Extension.ID == "" {
		buttons = append(buttons, c.p.extendButton(v.Request))
	}
	c.buttons(append(buttons, c.p.giveBackButton(v.Request))...)
}

func (c *card) ended(v View, now time.Time) {
	g := v.Grant
	if neverBegan(v) {
		c.lines(c.p.whyEndedOf(v), c.p.askAgain(v.Command))
		return
	}
	if v.Extension.ID != "" {
		c.lines(c.p.whyEnded(g), c.p.goesOn(v))
		return
	}
	lines := []string{c.p.whyEnded(g)}
	if g.LastPossible(g.EndedAt).After(now) && !g.ActiveAt.IsZero() {
		lines = append(lines, c.p.honestEnd(g, g.EndedAt, true))
	} else {
		lines = append(lines, c.p.endedAt(g))
	}
	for _, e := range v.Entitlements {
		if !v.Overdue {
			lines = append(lines, c.p.stays(g, e))
		}
		if len(e.Through) > 0 {
			lines = append(lines, c.p.remains(e.Through))
		}
	}
	c.lines(append(lines, c.p.askAgain(v.Command))...)
}

func (p Printer) orSo(words string) string {
	if words == "" {
		return p.Say(textNoReason)
	}
	return words
}
