package messages

import (
	"time"

	"github.com/slack-go/slack"

	"airpass/access"
)

// Approver renders a request as those who may decide it see it in a direct
// message: who, what, why, how long, until about when. Once decided it says who decided
// and when, and has a button while there is access to take away.
func Approver(v View, now time.Time) Rendered { return decide(v, now) }

// Channel renders a request in the channel of requests. Anybody there can press
// its buttons; whether they may is judged live, when the click is applied.
func Channel(v View, now time.Time) Rendered { return decide(v, now) }

func decide(v View, now time.Time) Rendered {
	c := &card{p: v.Reader}
	r, t := v.Request, v.Request.Target
	headline := c.p.headlineOf(v)
	c.lines(c.p.Say(textAskedTo), headline)
	c.fields(field{textWho, r.Subject.Name}, field{textLogin, r.Subject.Login}, field{textEmail, r.Subject.Email},
		field{textTitle, r.Subject.Title}, field{textDepartment, r.Subject.Department}, field{textMgr, r.Subject.ManagerName})
	c.fields(field{textEnvironment, t.Environment.Key}, field{textRole, string(t.Role)},
		field{textMWAAName, t.Environment.Name}, field{textAccount, t.Environment.Account},
		field{textRegion, t.Environment.Region}, field{textFor, c.p.forHowLong(r)})
	c.said(c.p.Say(textWhy), r.Reason)
	c.lines(c.p.ticket(r), c.p.extends(v), c.p.insteadOf(r))
	if len(t.SharesWith) > 0 {
		c.lines(c.p.alsoOpens(t))
	}
	if r.State == access.RequestPending {
		c.lines(c.p.risks(r)...)
		c.lines(c.p.namesakes(v), c.outsideHours(r, now))
		c.lines(c.p.holds(v.Held), c.p.had(v.Past))
	}
	c.talk(v)
	c.verdict(v, now)
	c.foot(r)
	return c.rendered(r, headline)
}

// verdict adds the buttons, or what was decided and what came of it.
func (c *card) verdict(v View, now time.Time) {
	r := v.Request
	switch r.State {
	case access.RequestPending:
		if r.NewAccount {
			c.lines(c.p.Say(textGivesAccount))
		}
		c.lines(c.ifApproved(r, now), c.p.mayDecide(r), c.p.agreed(v.Decisions), c.p.lapses(r))
		c.buttons(c.p.verdicts(r)...)
	case access.RequestDenied:
		c.lines(c.p.decidedBy(c.p.Say("Denied"), r))
		c.said(c.p.Say("Reason"), c.p.orSo(r.DeciderNote))
	case access.RequestCancelled:
		c.lines(c.p.decidedBy(c.p.Say("Cancelled"), r))
	case access.RequestLapsed:
		c.lines(c.p.Say("It lapsed %s.", when(r.LapseAt)))
	case access.RequestApproved:
		c.lines(c.p.decidedBy(c.p.Say("Approved"), r), c.outcome(v))
		if v.HasGrant && access.CheckGrantMove(v.Grant.State, access.GrantRevoking) == nil {
			all := []slack.BlockElement{button(ActionRevoke, r.ID, c.p.Say(textRevoke), slack.StyleDanger)}
			if v.Cuts {
				all = append(all, button(ActionCut, r.ID, c.p.Say(textCut), slack.StyleDanger))
			}
			c.buttons(all...)
		}
	}
	if v.Overdue {
		c.lines(c.p.Say(textOverdueStill))
	}
}

// verdicts are the buttons of who decides.
func (p Printer) verdicts(r access.Request) []slack.BlockElement {
	all := []slack.BlockElement{button(ActionApprove, r.ID, p.Say(textApprove), slack.StylePrimary)}
	if len(shorter(r)) > 0 {
		all = append(all, button(ActionShorter, r.ID, p.Say(textShorter), slack.StyleDefault))
	}
	return append(all, button(ActionDeny, r.ID, p.Say(textDeny), slack.StyleDanger), p.questionButton(r))
}

func (c *card) outcome(v View) string {
	if !v.HasGrant {
		return ""
	}
	switch g := v.Grant; g.State {
	case access.GrantScheduled:
		return c.p.startsAt(g) + " " + c.p.until(g)
	case access.GrantProvisioning, access.GrantActive:
		return c.p.until(g)
	case access.GrantRevoking:
		return c.p.whyEndedOf(v)
	case access.GrantEnded:
		if neverBegan(v) {
			return c.p.whyEndedOf(v)
		}
		return c.p.whyEnded(g) + " " + c.p.endedAt(g)
	}
	return ""
}
