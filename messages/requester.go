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
	c := &card{}
	headline := headlineOf(v)
	c.lines(headline)
	c.fields(field{textEnvironment, v.Request.Target.Environment.Key}, field{textRole, string(v.Request.Target.Role)},
		field{textFor, forHowLong(v.Request)})
	c.said(textWhy, v.Request.Reason)
	c.lines(ticket(v.Request), extends(v))
	switch r := v.Request; r.State {
	case access.RequestPending:
		c.lines(c.asked(r, now), mayDecide(r), agreed(v.Decisions), lapses(r))
		if r.NewAccount {
			c.lines(textNewAccount)
		}
		c.buttons(cancelButton(r))
	case access.RequestDenied:
		c.lines(decidedBy("Denied", r))
		c.said("Reason", orSo(r.DeciderNote))
	case access.RequestCancelled:
		c.lines(decidedBy("Cancelled", r))
	case access.RequestLapsed:
		c.lines("It lapsed "+when(r.LapseAt)+".", askAgain(v.Command))
	case access.RequestApproved:
		c.lines(decidedBy("Approved", r), reviewed(v.Review, now))
		c.course(v, now)
	}
	c.foot(v.Request)
	return c.rendered(v.Request, headline)
}

// headlineOf names the state of a request and of what it became.
func headlineOf(v View) string {
	switch v.Request.State {
	case access.RequestPending:
		return textWaiting
	case access.RequestDenied:
		return textDenied
	case access.RequestCancelled:
		return textCancelled
	case access.RequestLapsed:
		return textLapsed
	}
	if !v.HasGrant {
		return textApproved
	}
	failed := v.Grant.EndReason == access.EndFailed || v.Grant.EndReason == access.EndRefused
	if neverBegan(v) && !failed {
		return textCancelled
	}
	switch v.Grant.State {
	case access.GrantScheduled:
		return textScheduled
	case access.GrantProvisioning:
		return textProvisioning
	case access.GrantActive:
		return textActive
	case access.GrantRevoking:
		if v.Grant.EndReason == access.EndRefused {
			return textFailed // there is nothing to take back
		}
		if failed {
			return textRollingBack
		}
		return textRevoking
	}
	if failed {
		return textFailed
	}
	return textEnded
}

// course adds what has become of an approved request.
func (c *card) course(v View, now time.Time) {
	if !v.HasGrant {
		return
	}
	g := v.Grant
	switch g.State {
	case access.GrantScheduled:
		c.lines(startsAt(g), until(g))
		c.buttons(cancelButton(v.Request))
	case access.GrantProvisioning:
		c.lines(until(g))
		c.lines(addingSteps(g, v.Entitlements)...)
		c.buttons(giveBackButton(v.Request))
	case access.GrantActive:
		c.lines(honestEnd(g, g.EndAt, false), goesOn(v))
		c.link(v, now)
	case access.GrantRevoking:
		c.lines(whyEndedOf(v))
		if neverBegan(v) {
			break
		}
		c.lines(removingSteps(v.Entitlements)...)
	case access.GrantEnded:
		c.ended(v, now)
	}
	if v.Overdue {
		c.lines(textOverdueStill)
	}
}

func addingSteps(g access.Grant, entitlements []access.Entitlement) []string {
	lines := []string{textSteps}
	next := true
	for _, e := range entitlements {
		lines = append(lines, adding(e, next))
		next = next && e.Presence == access.Present && e.Ready
		if !e.Ref.Kind.Sticky() {
			continue
		}
		lines = append(lines, beingAdded(g, next))
		if g.Person == "" { // what comes after it is not held yet
			for _, ref := range g.Target.Entitlements(g.Subject.OktaID, "") {
				lines = append(lines, adding(access.Entitlement{Ref: ref}, false))
			}
		}
	}
	return lines
}

// removingSteps are in the order in which things go: the last granted first.
func removingSteps(entitlements []access.Entitlement) []string {
	lines := []string{textGoing}
	for i := len(entitlements) - 1; i >= 0; i-- {
		lines = append(lines, removing(entitlements[i]))
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
		note = strings.TrimPrefix(note+"\n"+textPrivate, "\n")
	}
	show := v.opens()
	switch {
	case g.LinkState == access.LinkHeld:
		c.lines(textLinkHeld, note)
		show = false
	case g.LinkState == access.LinkRefused:
		c.lines(textLinkRefused, note)
		show = false
	case v.Link == "" && !v.Instant || g.LinkState == access.LinkUnknown:
		c.lines(textLinkNotYet, note)
		show = false
	case g.LinkState == access.LinkBusy && now.Before(g.ActiveAt.Add(busyWait)):
		c.lines(textLinkBusyWait, note)
		c.again = g.ActiveAt.Add(busyWait)
		show = false
	case g.LinkState == access.LinkBusy || g.LinkState == access.LinkWarned:
		c.lines(textLinkBusy, note)
	case !show:
		c.lines(textLinkTooLong, note)
	default:
		c.lines(note)
	}
	var buttons []slack.BlockElement
	if show {
		buttons = append(buttons, linkButton(v))
	}
	if v.Extension.ID == "" {
		buttons = append(buttons, extendButton(v.Request))
	}
	c.buttons(append(buttons, giveBackButton(v.Request))...)
}

func (c *card) ended(v View, now time.Time) {
	g := v.Grant
	if neverBegan(v) {
		c.lines(whyEndedOf(v), askAgain(v.Command))
		return
	}
	if v.Extension.ID != "" {
		c.lines(whyEnded(g), goesOn(v))
		return
	}
	lines := []string{whyEnded(g)}
	if g.LastPossible(g.EndedAt).After(now) && !g.ActiveAt.IsZero() {
		lines = append(lines, honestEnd(g, g.EndedAt, true))
	} else {
		lines = append(lines, "Access ended "+when(g.EndedAt)+".")
	}
	for _, e := range v.Entitlements {
		if !v.Overdue {
			lines = append(lines, stays(g, e))
		}
		if len(e.Through) > 0 {
			lines = append(lines, remains(e.Through))
		}
	}
	c.lines(append(lines, askAgain(v.Command))...)
}

func orSo(words string) string {
	if words == "" {
		return textNoReason
	}
	return words
}
