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
	c := &card{}
	r, t := v.Request, v.Request.Target
	headline := headlineOf(v)
	c.lines(textAskedTo, headline)
	c.fields(field{textWho, r.Subject.Name}, field{textLogin, r.Subject.Login}, field{textEmail, r.Subject.Email},
		field{textTitle, r.Subject.Title}, field{textDepartment, r.Subject.Department}, field{textMgr, r.Subject.ManagerName})
	c.fields(field{textEnvironment, t.Environment.Key}, field{textRole, string(t.Role)},
		field{textMWAAName, t.Environment.Name}, field{textAccount, t.Environment.Account},
		field{textRegion, t.Environment.Region}, field{textFor, forHowLong(r)})
	c.said(textWhy, r.Reason)
	c.lines(ticket(r), extends(v))
	if len(t.SharesWith) > 0 {
		c.lines(alsoOpens(t))
	}
	if r.State == access.RequestPending {
		c.lines(risks(r)...)
		c.lines(holds(v.Held), had(v.Past))
	}
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
			c.lines(textGivesAccount)
		}
		c.lines(c.ifApproved(r, now), mayDecide(r), agreed(v.Decisions), lapses(r))
		c.buttons(verdicts(r)...)
	case access.RequestDenied:
		c.lines(decidedBy("Denied", r))
		c.said("Reason", orSo(r.DeciderNote))
	case access.RequestCancelled:
		c.lines(decidedBy("Cancelled", r))
	case access.RequestLapsed:
		c.lines("It lapsed " + when(r.LapseAt) + ".")
	case access.RequestApproved:
		c.lines(decidedBy("Approved", r), c.outcome(v))
		if v.HasGrant && access.CheckGrantMove(v.Grant.State, access.GrantRevoking) == nil {
			c.buttons(button(ActionRevoke, r.ID, textRevoke, slack.StyleDanger))
		}
	}
	if v.Overdue {
		c.lines(textOverdueStill)
	}
}

// verdicts are the buttons of who decides.
func verdicts(r access.Request) []slack.BlockElement {
	all := []slack.BlockElement{button(ActionApprove, r.ID, textApprove, slack.StylePrimary)}
	if len(shorter(r)) > 0 {
		all = append(all, button(ActionShorter, r.ID, textShorter, slack.StyleDefault))
	}
	return append(all, button(ActionDeny, r.ID, textDeny, slack.StyleDanger))
}

func (c *card) outcome(v View) string {
	if !v.HasGrant {
		return ""
	}
	switch g := v.Grant; g.State {
	case access.GrantScheduled:
		return startsAt(g) + " " + until(g)
	case access.GrantProvisioning, access.GrantActive:
		return until(g)
	case access.GrantRevoking:
		return whyEndedOf(v)
	case access.GrantEnded:
		if neverBegan(v) {
			return whyEndedOf(v)
		}
		return whyEnded(g) + " Access ended " + when(g.EndedAt) + "."
	}
	return ""
}
