package messages

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"airpass/access"
	"airpass/campaigns"
	"airpass/store"
)

// manyTargets is by how many targets many items can be chosen: Slack shows 100 options.
const manyTargets = 90

// LoadCertificationOpen reads what somebody is asked, with the items that are open, as many as
// are chosen from.
func LoadCertificationOpen(ctx context.Context, st *store.Store, reviewer string) (c Certification, err error) {
	if c, err = loadReviewer(ctx, st, reviewer); err != nil {
		return c, err
	}
	c.Items, err = st.ItemsFor(ctx, c.Reviewer, access.ItemOpen, "", campaigns.OpenRead)
	return c, err
}

// ManyForm is the modal in which somebody chooses many items by what they have in common, and
// what they say of them; false if none is open.
func ManyForm(p Printer, v Certification) (slack.ModalViewRequest, bool) {
	var options []*slack.OptionBlockObject
	choices := campaigns.Choices(v.Items)
	for _, c := range choices[:min(len(choices), manyTargets)] {
		options = append(options, slack.NewOptionBlockObject(c.Value, plain(p.chooses(c), 75), nil))
	}
	if len(options) == 0 {
		return CertifyDone(p), false
	}
	which := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain(p.Say(textPick), 150), FieldWhich, options...)
	verdict := slack.NewRadioButtonsBlockElement(FieldVerdict,
		slack.NewOptionBlockObject(string(access.KeepItem), plain(p.Say(textKeep), 75), nil),
		slack.NewOptionBlockObject(string(access.ReduceItem), plain(p.Say(textManyReduce), 75), nil),
		slack.NewOptionBlockObject(string(access.RevokeItem), plain(p.Say(textTake), 75), nil))
	m := p.modal(CallbackMany, p.Say(textManyTitle), p.Say(textManyGo), section(p.campaignOf(v.Occurrence)),
		slack.NewInputBlock(FieldWhich, plain(p.Say(textManyWhich), 2000), nil, which),
		slack.NewInputBlock(FieldVerdict, plain(p.Say(textManyWhat), 2000), nil, verdict),
		p.keepUntil(FieldUntil, v.Zone))
	m.PrivateMetadata = v.Reviewer.ID
	return m, true
}

func (p Printer) chooses(c campaigns.Choice) string {
	switch c.Value {
	case campaigns.ChooseAll:
		return p.Say(textManyAll, c.Items)
	case campaigns.ChooseKeep:
		return p.Say(textManyKeep, c.Items)
	case campaigns.ChooseRevoke:
		return p.Say(textManyRevoke, c.Items)
	case campaigns.ChooseStanding:
		return p.Say(textManyStanding, c.Items)
	case campaigns.ChooseGranted:
		return p.Say(textManyGranted, c.Items)
	case campaigns.ChooseUnused:
		return p.Say(textManyUnused, c.Items)
	}
	if strings.HasPrefix(c.Value, campaigns.ChooseThrough) {
		return p.Say(textManyThrough, clipMiddle(c.Name, 58), c.Items)
	}
	return p.Say(textManyTarget, clip(c.Name, 60), c.Items)
}

// SureForm is the modal that shows which items a choice chooses, and what comes of them, before
// anything is said of them; false if it chooses none any more. Of what is said the reviewer and
// the digest are those of what is shown.
func SureForm(p Printer, v Certification, said access.CertifiedMany) (slack.ModalViewRequest, bool) {
	items, all := campaigns.Chosen(v.Items, said.Choice)
	heading := p.Say(textManyKept, len(items))
	if !said.Until.IsZero() {
		heading = p.Say(textManyKeptUntil, len(items), when(said.Until))
	}
	var not []access.CampaignItem
	switch said.Verdict {
	case access.RevokeItem:
		heading = p.Say(textManyTaken, len(items))
	case access.ReduceItem:
		items, all, not = campaigns.Reducible(v.Targets, v.Items, said.Choice)
		if all == 0 && len(not) > 0 {
			return p.notice(p.Say(textManyNoReduce)), false
		}
		heading = p.Say(textManyReduced, len(items))
	}
	if all == 0 {
		return CertifyDone(p), false
	}
	blocks := append([]slack.Block{section(p.campaignOf(v.Occurrence) + "\n" + heading)}, p.named(items)...)
	if all > len(items) {
		blocks = append(blocks, section(p.Say(textManyMore, len(items), all)))
	}
	if len(not) > 0 {
		blocks = append(blocks, section(p.leftOut(not)))
	}
	if !said.Until.IsZero() {
		blocks = append(blocks, p.otherwise(v.Occurrence.Rules, items, said.Until)...)
	}
	comment := slack.NewPlainTextInputBlockElement(plain(p.Say(textCertifyHint), 150), FieldReason).WithMultiline(true).WithMaxLength(MaxReason)
	m := p.modal(CallbackSure, p.Say(textManyTitle), p.Say(textCertifyGive), append(blocks, optional(FieldReason, p.Say(textReviewComment), comment))...)
	said.Reviewer, said.Digest = v.Reviewer.ID, campaigns.Digest(items)
	m.PrivateMetadata = said.String()
	return m, true
}

// otherwise is what a date is not true of, of items that are kept until then: what ends before
// by itself, and what airpass does not take away then.
func (p Printer) otherwise(rules access.Campaign, items []access.CampaignItem, until time.Time) (blocks []slack.Block) {
	earlier, hand := campaigns.Otherwise(rules, items, until)
	if len(earlier) > 0 {
		lines := []string{p.Say(textManyEarlier, len(earlier))}
		for _, i := range earlier[:min(len(earlier), pageOf)] {
			lines = append(lines, fmt.Sprintf("• %s – %s, %s", clipEscaped(i.Who, 100), clipEscaped(i.Target, 80), when(i.Until)))
		}
		blocks = append(blocks, section(strings.TrimSpace(strings.Join(append(lines, p.andMore(len(earlier)-pageOf)), "\n"))))
	}
	if hand > 0 {
		blocks = append(blocks, section(p.Say(textManyByHand, hand)))
	}
	return blocks
}

// named are all items of which something is said, with what they are reduced to: nothing is
// decided that was not shown.
func (p Printer) named(items []access.CampaignItem) (blocks []slack.Block) {
	for page := range slices.Chunk(items, pageOf) {
		var lines []string
		for _, i := range page {
			what := clipEscaped(i.Target, 100)
			if i.ReduceTo != "" {
				what = clipEscaped(i.Target, 50) + " → " + clipEscaped(i.ReduceTo, 50)
			}
			lines = append(lines, fmt.Sprintf("• %s – %s", clipEscaped(i.Who, 180), what))
		}
		blocks = append(blocks, section(strings.Join(lines, "\n")))
	}
	return blocks
}

// leftOut says of items why they cannot be reduced.
func (p Printer) leftOut(items []access.CampaignItem) string {
	lines := []string{p.Say(textManyNot, len(items))}
	for _, i := range items[:min(len(items), pageOf)] {
		why := p.Say("there is no lower role")
		if i.Standing || i.Grant == "" {
			why = p.Say("standing access")
		}
		lines = append(lines, fmt.Sprintf("• %s – %s: %s", clipEscaped(i.Who, 140), clipEscaped(i.Target, 80), why))
	}
	return strings.TrimSpace(strings.Join(append(lines, p.andMore(len(items)-pageOf)), "\n"))
}
