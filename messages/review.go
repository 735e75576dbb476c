package messages

import (
	"slices"
	"time"

	"github.com/slack-go/slack"

	"airpass/access"
)

// Review renders access that was taken without a decision, as those see it who owe its
// review, and the channel that is told at once. Until it is reviewed it has a button;
// whether who presses it may is judged live.
func Review(v View, now time.Time) Rendered {
	c := &card{p: v.Reader}
	r, t := v.Request, v.Request.Target
	c.lines(c.p.Say(textGlassTaken), c.p.headlineOf(v))
	c.fields(field{textWho, r.Subject.Name}, field{textLogin, r.Subject.Login}, field{textTitle, r.Subject.Title}, field{textDepartment, r.Subject.Department},
		field{textEnvironment, t.Environment.Key}, field{textRole, string(t.Role)}, field{textAccount, t.Environment.Account}, field{textFor, c.p.Spell(r.Duration)})
	c.said(c.p.Say(textWhy), r.Reason)
	c.lines(c.p.Say("Taken %s.", when(r.DecidedAt)), c.outcome(v), c.p.reviewed(v.Review, now))
	if v.Review.State != access.ReviewGiven {
		c.lines(c.p.namesakes(v))
	}
	if v.Review.State == access.ReviewGiven {
		c.said(c.p.Say(textReviewComment), v.Review.Comment)
	} else {
		c.buttons(button(ActionReview, r.ID, c.p.Say(textReview), slack.StylePrimary))
	}
	c.foot(r)
	if v.Review.State == access.ReviewOwed && v.Review.DueAt.After(now) {
		c.again = v.Review.DueAt
	}
	return c.rendered(r, c.p.Say(textGlassTaken))
}

// BreakGlassForm is the modal in which access is taken at once; false if no target can be.
func BreakGlassForm(p Printer, targets []access.Target) (slack.ModalViewRequest, bool) {
	var ids []string
	var longest []access.Target
	for _, t := range targets {
		if glass := t.Policy.BreakGlass; glass != nil {
			t.MaxDuration, t.Policy.Choices = min(t.MaxDuration, glass.MaxDuration), nil
			t.DefaultDuration = min(t.DefaultDuration, t.MaxDuration)
			ids, longest = append(ids, t.ID), append(longest, t)
		}
	}
	slices.Sort(ids)
	menu := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain(p.Say(textPick), 150), FieldTarget, options(ids[:min(len(ids), maxOptions)])...)
	return p.modal(CallbackBreakGlass, p.Say(textGlassTitle), p.Say(textGlassTake), plainSection(p.Say(textGlassSays)), input(FieldTarget, p.Say(textGlassTarget), menu),
		input(FieldDuration, p.Say(textDuration), p.durationMenu(longest)), input(FieldReason, p.Say(textWhy), reasonField(p.Say(textGlassWhy)))), len(ids) > 0
}

// ReviewForm is the modal in which a review is given.
func ReviewForm(p Printer, requestID string) slack.ModalViewRequest {
	menu := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain(p.Say(textPick), 150), FieldVerdict,
		slack.NewOptionBlockObject(string(access.AttemptJustified), plain(p.Say(textJustified), 75), nil),
		slack.NewOptionBlockObject(string(access.AttemptNotJustified), plain(p.Say(textNotJustified), 75), nil),
		slack.NewOptionBlockObject(string(access.AttemptTakeBack), plain(p.Say(textTakeBack), 75), nil))
	m := p.modal(CallbackReview, p.Say(textReviewTitle), p.Say(textReviewGive), input(FieldVerdict, p.Say(textReviewVerdict), menu),
		input(FieldReason, p.Say(textReviewComment), reasonField(p.Say(textReviewHint))))
	m.PrivateMetadata = requestID
	return m
}
