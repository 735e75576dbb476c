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
	c := &card{}
	r, t := v.Request, v.Request.Target
	c.lines(textGlassTaken, headlineOf(v))
	c.fields(field{textWho, r.Subject.Name}, field{textLogin, r.Subject.Login}, field{textTitle, r.Subject.Title}, field{textDepartment, r.Subject.Department},
		field{textEnvironment, t.Environment.Key}, field{textRole, string(t.Role)}, field{textAccount, t.Environment.Account}, field{textFor, Spell(r.Duration)})
	c.said(textWhy, r.Reason)
	c.lines("Taken "+when(r.DecidedAt)+".", c.outcome(v), reviewed(v.Review, now))
	if v.Review.State == access.ReviewGiven {
		c.said(textReviewComment, v.Review.Comment)
	} else {
		c.buttons(button(ActionReview, r.ID, textReview, slack.StylePrimary))
	}
	c.foot(r)
	if v.Review.State == access.ReviewOwed && v.Review.DueAt.After(now) {
		c.again = v.Review.DueAt
	}
	return c.rendered(r, textGlassTaken)
}

// BreakGlassForm is the modal in which access is taken at once; false if no target can be.
func BreakGlassForm(targets []access.Target) (slack.ModalViewRequest, bool) {
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
	menu := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain(textPick, 150), FieldTarget, options(ids[:min(len(ids), maxOptions)])...)
	return modal(CallbackBreakGlass, textGlassTitle, textGlassTake, plainSection(textGlassSays), input(FieldTarget, textGlassTarget, menu),
		input(FieldDuration, textDuration, durationMenu(longest)), input(FieldReason, textWhy, reasonField(textGlassWhy))), len(ids) > 0
}

// ReviewForm is the modal in which a review is given.
func ReviewForm(requestID string) slack.ModalViewRequest {
	menu := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain(textPick, 150), FieldVerdict,
		slack.NewOptionBlockObject(string(access.AttemptJustified), plain(textJustified, 75), nil),
		slack.NewOptionBlockObject(string(access.AttemptNotJustified), plain(textNotJustified, 75), nil),
		slack.NewOptionBlockObject(string(access.AttemptTakeBack), plain(textTakeBack, 75), nil))
	m := modal(CallbackReview, textReviewTitle, textReviewGive, input(FieldVerdict, textReviewVerdict, menu), input(FieldReason, textReviewComment, reasonField(textReviewHint)))
	m.PrivateMetadata = requestID
	return m
}
