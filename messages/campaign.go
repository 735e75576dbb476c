package messages

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"airpass/access"
	"airpass/campaigns"
	"airpass/reviews"
	"airpass/store"
)

// Certification is what somebody is asked in an occurrence of a campaign, as of one moment.
type Certification struct {
	Reviewer   access.CampaignReviewer
	Occurrence access.Occurrence
	Counts     []access.ItemCount
	// Escalated: others were asked already about what nobody had answered in time. Unanswered is
	// of how many items that is so that they were asked about, and are not any more.
	Escalated  bool
	Unanswered int
	// Undo is about how many items what they have said last can be taken back, SaidAt when that
	// was, and SaidUntil until when those are kept that are kept for a time; zero is none.
	Undo      int
	SaidAt    time.Time
	SaidUntil time.Time
	// Items are those of a page that are open: after the item After, or the first; More says
	// that there are some behind them.
	Items []access.CampaignItem
	After string
	More  bool
	// Commented are the ids of those on which there is a field for a comment of its own.
	Commented []string
	// Names are those of who has had others asked about the items, by their Okta ids.
	Names map[string]string
	// Targets are those of the configuration, to which items may be reduced.
	Targets []access.Target
	// Zone is the time zone of whoever reads it; empty is unknown.
	Zone   string
	Reader Printer
}

// tally counts the items that somebody is asked about.
func (c Certification) tally() Progress {
	var all Progress
	for _, n := range c.Counts {
		all.add(n)
	}
	all.Escalated, all.Unanswered = c.Escalated, c.Unanswered
	return all
}

// LoadCertification reads what somebody is asked: how far they are.
func LoadCertification(ctx context.Context, st *store.Store, reviewer string) (c Certification, err error) {
	if c, err = loadReviewer(ctx, st, reviewer); err != nil {
		return c, err
	}
	const most = 1000
	said, err := st.SaidBy(ctx, c.Occurrence.ID, c.Reviewer.Person.OktaID, most)
	last, at := campaigns.Last(said, c.Reviewer.Person.OktaID)
	c.Undo, c.SaidAt = len(last), at
	for _, i := range last { // one form has one date
		if !i.KeepUntil.IsZero() {
			c.SaidUntil = i.KeepUntil
		}
	}
	return c, err
}

// LoadCertificationPage reads what somebody is asked, with a page of the items that are open:
// those after an item, or the first.
func LoadCertificationPage(ctx context.Context, st *store.Store, reviewer, after string) (c Certification, err error) {
	if c, err = loadReviewer(ctx, st, reviewer); err != nil {
		return c, err
	}
	c.After = after
	if c.Items, err = st.ItemsFor(ctx, c.Reviewer, access.ItemOpen, after, access.MaxCertified+1); len(c.Items) > access.MaxCertified {
		c.Items, c.More = c.Items[:access.MaxCertified], true
	}
	if err == nil {
		c.Names, err = passedBy(ctx, st, c.Items)
	}
	return c, err
}

// passedBy are the names of those who have had others asked about items, by their Okta ids.
func passedBy(ctx context.Context, st *store.Store, items []access.CampaignItem) (map[string]string, error) {
	names := map[string]string{}
	for _, i := range items {
		for _, p := range i.Passed {
			if p.By == "" || names[p.By] != "" {
				continue
			}
			r, err := st.CampaignReviewerIn(ctx, i.Occurrence, p.By)
			if err != nil {
				return nil, err
			}
			names[p.By] = cmp.Or(r.Person.Name, r.Person.Login, p.By)
		}
	}
	return names, nil
}

func loadReviewer(ctx context.Context, st *store.Store, reviewer string) (c Certification, err error) {
	if c.Reviewer, err = st.CampaignReviewer(ctx, reviewer); err != nil {
		return c, err
	}
	if c.Occurrence, err = st.Occurrence(ctx, c.Reviewer.Occurrence); err != nil {
		return c, err
	}
	if c.Counts, err = st.ItemCountsFor(ctx, c.Reviewer); err != nil {
		return c, err
	}
	if c.Escalated, err = campaigns.Escalated(ctx, st, c.Occurrence); err == nil && c.Escalated {
		c.Unanswered, err = st.UnansweredOf(ctx, c.Reviewer)
	}
	return c, err
}

// fewItems are so few that nobody needs to decide them at once.
const fewItems = 3

// Campaign renders what asks somebody whether access is still needed, with how far they are.
func Campaign(v Certification, now time.Time) Rendered {
	c := &card{p: v.Reader}
	o := v.Occurrence
	all := v.tally()
	open := all.Open
	headline := c.p.Say(textCampaign)
	c.lines(headline, c.p.campaignOf(o), c.p.progress(all))
	if all.Without > 0 {
		c.lines("⚠️ " + c.p.Say(textWithout, all.Without) + " " + c.p.Say("Who needs the lower role can ask for it like anybody."))
	}
	if all.Unanswered > 0 {
		c.lines(c.p.Say("Passed on to others, because nobody has answered in time: %d.", all.Unanswered))
	}
	asking := o.Takes(now)
	c.howItGoesOn(o, all, now)
	var buttons []slack.BlockElement
	if asking && open > 0 {
		buttons = append(buttons, button(ActionCertify, v.Reviewer.ID, c.p.Say(textCertify), slack.StylePrimary))
	}
	if asking && open > fewItems {
		buttons = append(buttons, button(ActionMany, v.Reviewer.ID, c.p.Say(textMany), slack.StyleDefault))
	}
	if v.Undo > 0 && o.TakesBack(v.SaidAt, now) {
		c.again = access.Sooner(c.again, v.SaidAt.Add(access.GraceOfReview))
		if !v.SaidUntil.IsZero() {
			c.lines(c.p.Say("What you have kept last for a time is kept until %s.", when(v.SaidUntil)))
		}
		buttons = append(buttons, button(ActionUndo, access.UndoOf(v.Reviewer.ID, v.SaidAt), c.p.Say("Take back the last (%d)", v.Undo), slack.StyleDefault))
	}
	if len(buttons) > 0 {
		c.buttons(buttons...)
	}
	return Rendered{Text: bare(headline) + " " + bare(c.p.campaignOf(o)), Blocks: c.blocks, Again: c.again}
}

// howItGoesOn says until when somebody can answer, or that they cannot any more, or need not.
func (c *card) howItGoesOn(o access.Occurrence, all Progress, now time.Time) {
	asking := o.Takes(now)
	if asking {
		c.again = o.DeadlineAt
	}
	// From the deadline on, until others are asked, it takes no answers, and is not over.
	passing := !asking && o.State == access.OccurrenceOpen && o.Rules.Silence == access.SilenceEscalates && !all.Escalated
	switch {
	case passing && all.Open > 0:
		c.lines(c.p.Say(textCampaignPassing))
	case !asking && !passing && all.Open+all.Silent+all.Unanswered > 0:
		c.lines(c.p.Say("It is over."))
	case !asking && !passing:
		c.lines(c.p.Say(textCampaignOver))
	case all.Open > 0:
		c.lines(c.p.thenSilence(o, all.Escalated))
	case all.Said == 0 || all.Unanswered > 0:
		c.lines(c.p.Say(textCampaignNothing))
	default:
		c.lines(c.p.Say(textCampaignDone))
	}
}

// CertifyForm is the modal in which somebody says of a page of items whether they are needed;
// false if none is open. What is filled in on one page stays there: Slack keeps what stands in
// blocks of the same id.
func CertifyForm(p Printer, v Certification) (slack.ModalViewRequest, bool) {
	left := p.Say("%d are open. What you leave out stays open.", v.tally().Open)
	submit := p.Say(textCertifyGive)
	if v.More {
		left += " " + p.Say("These are %d of them; the next come when you go on.", len(v.Items))
		submit = p.Say(textCertifyNext)
	}
	blocks := []slack.Block{section(p.campaignOf(v.Occurrence) + "\n" + left)}
	for _, i := range v.Items {
		facts, err := campaigns.Facts(i)
		if err != nil {
			continue // it stays open, and is listed at the command line
		}
		choice := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain(p.Say(textPick), 150), FieldChoice, p.itemChoices(v.Targets, i)...)
		field := slack.NewInputBlock(i.ID, plain(clip(facts.Who, 120)+" – "+i.Target, 2000), nil, choice)
		field.Optional = true
		blocks = append(blocks, p.itemBlocks(v, i, facts, field)...)
	}
	of := func(field string) string {
		if v.After != "" {
			field += "." + v.After
		}
		return field
	}
	other := slack.NewOptionsSelectBlockElement(slack.OptTypeUser, plain(p.Say(textPick), 150), FieldOther)
	comment := slack.NewPlainTextInputBlockElement(plain(p.Say(textCertifyHint), 150), FieldReason).WithMultiline(true).WithMaxLength(MaxReason)
	blocks = append(blocks, p.keepUntil(of(FieldUntil), v.Zone), optional(of(FieldOther), p.Say(textOther), other), optional(of(FieldReason), p.Say(textReviewComment), comment))
	m := p.modal(CallbackCertify, p.Say(textCertifyTitle), submit, blocks...)
	m.PrivateMetadata = v.page().String()
	return m, len(v.Items) > 0
}

// keepUntil is the field for the last day of what is kept, and says by whose clock.
func (p Printer) keepUntil(field, zone string) slack.Block {
	b := optional(field, p.Say(textKeepUntil), slack.NewDatePickerBlockElement(FieldUntil))
	hint := p.Say("To the end of that day, UTC: your time zone in Slack is not known.")
	if zone != "" {
		hint = p.Say("To the end of that day, by the clock of your time zone in Slack (%s).", zone)
	}
	b.Hint = plain(hint, 2000)
	return b
}

// optional is a field that may be left empty.
func optional(field, label string, element slack.BlockElement) *slack.InputBlock {
	b := slack.NewInputBlock(field, plain(label, 2000), nil, element)
	b.Optional = true
	return b
}

// itemBlocks are what a form shows of an item: its facts, what can be said of it, and what is
// commented on it alone. A field for that is there when it is asked for: most need none, and a
// form of eight items is long. An item that is alone has the comment of the form.
func (p Printer) itemBlocks(v Certification, i access.CampaignItem, facts campaigns.Item, field *slack.InputBlock) []slack.Block {
	says := slack.NewSectionBlock(mrkdwn(strings.Join(append([]string{p.itemSays(facts, v.Occurrence.Rules)}, p.passedOn(v, i)...), "\n")), nil, nil, slack.SectionBlockOptionBlockID(factsOf+i.ID))
	if !slices.Contains(v.Commented, i.ID) {
		if len(v.Items) > 1 {
			says.Accessory = slack.NewAccessory(button(ActionComment, i.ID, p.Say(textComment), slack.StyleDefault))
		}
		return []slack.Block{says, field}
	}
	element := slack.NewPlainTextInputBlockElement(plain(p.Say(textCommentHint), 150), FieldComment).WithMultiline(true).WithMaxLength(MaxReason)
	comment := optional(FieldComment+"."+i.ID, p.Say(textCommentOn, clip(facts.Who, 120)+" – "+i.Target), element)
	return []slack.Block{says, field, comment}
}

// passedMost is how many of those who have had others asked, one after the other, a form names,
// and passedComment how much of what each has said it shows.
const (
	passedMost    = 2
	passedComment = 300
)

// passedOn is who has had others asked about an item, and what they have said with it.
func (p Printer) passedOn(v Certification, i access.CampaignItem) (lines []string) {
	for _, by := range i.Passed[max(0, len(i.Passed)-passedMost):] {
		name := clipEscaped(cmp.Or(v.Names[by.By], by.By), 100)
		if by.Why == access.PassedUnanswered {
			lines = append(lines, p.Say("Nobody who was asked about it before has answered in time."))
			continue
		}
		if by.Why == access.PassedLeft {
			lines = append(lines, p.Say("%s was asked about it before, and cannot be any more.", name))
			continue
		}
		if by.Comment == "" {
			lines = append(lines, p.Say("%s has had others asked about it.", name))
			continue
		}
		lines = append(lines, p.Say("%s has had others asked about it: “%s”", name, clipEscaped(by.Comment, passedComment)))
	}
	return lines
}

// factsOf begins the id of the block that has the facts of an item.
const factsOf = "facts."

// CommentedItem is the item on which a block has the field for a comment.
func CommentedItem(block string) (item string, is bool) {
	return strings.CutPrefix(block, FieldComment+".")
}

// itemChoices are what can be said of an item.
func (p Printer) itemChoices(targets []access.Target, i access.CampaignItem) []*slack.OptionBlockObject {
	all := []*slack.OptionBlockObject{slack.NewOptionBlockObject(string(access.KeepItem), plain(p.Say(textKeep), 75), nil)}
	for _, t := range campaigns.Lower(targets, i) {
		all = append(all, slack.NewOptionBlockObject(ChoiceReduce+t.ID, plain(p.Say(textReduce, t.Role), 75), nil))
	}
	return append(all, slack.NewOptionBlockObject(string(access.RevokeItem), plain(p.Say(textTake), 75), nil),
		slack.NewOptionBlockObject(ChoiceDelegate, plain(p.Say(textAskOther), 75), nil))
}

// CertifyNext is what stands in the modal until its next page is read.
func CertifyNext(p Printer) slack.ModalViewRequest { return p.notice(p.Say(textOneMoment)) }

// CertifyDone is what stands in it when nothing is on that page.
func CertifyDone(p Printer) slack.ModalViewRequest { return p.notice(p.Say(textNoMoreItems)) }

func (p Printer) notice(words string) slack.ModalViewRequest {
	m := p.modal(CallbackCertify, p.Say(textCertifyTitle), "", section(words))
	m.Submit = nil
	return m
}

// CertifyPage is where in the items of a reviewer a form is: after an item, or at the first,
// and after which the next page begins, if there is one.
type CertifyPage struct{ Reviewer, After, Next string }

func (v Certification) page() CertifyPage {
	page := CertifyPage{Reviewer: v.Reviewer.ID, After: v.After}
	if v.More {
		page.Next = v.Items[len(v.Items)-1].ID
	}
	return page
}

// String is what ParseCertifyPage reads.
func (c CertifyPage) String() string { return c.Reviewer + "/" + c.After + "/" + c.Next }

// ParseCertifyPage reads the private metadata of a form. One that an earlier version opened
// has the reviewer only: it is the only page. What is no page has no reviewer.
func ParseCertifyPage(text string) CertifyPage {
	switch parts := strings.Split(text, "/"); len(parts) {
	case 1:
		return CertifyPage{Reviewer: text}
	case 3:
		return CertifyPage{Reviewer: parts[0], After: parts[1], Next: parts[2]}
	}
	return CertifyPage{}
}

// reviewedReason is how much of what somebody gave as their reason is shown in a form of many.
const reviewedReason = 300

// itemSays are the facts by which somebody decides, and what comes of a no under the rules
// of the campaign.
func (p Printer) itemSays(i campaigns.Item, rules access.Campaign) string {
	lines := []string{"*" + clipEscaped(i.Who, 200) + "* " + clipEscaped(i.Name, 200) + " – *" + clipEscaped(i.Target, 150) + "*"}
	if i.Grant != "" {
		lines = append(lines, p.Say("Since %s until %s; approved by %s.", when(i.Since), when(i.Until), clipEscaped(orDash(i.Approved), 200)))
		lines = append(lines, p.cameBy(i))
		for _, b := range i.Besides {
			lines = append(lines, p.beside(b))
		}
	}
	if i.Standing {
		lines = append(lines, p.Say(textStanding)+" "+p.standingGoes(i, rules.RemoveStanding))
	}
	if len(i.Through) > 0 {
		lines = append(lines, p.Say("Seen in: %s.", clipEscaped(strings.Join(i.Through, ", "), 500)))
	}
	lines = append(lines, p.lastUse(i)+" "+p.Say("%d others have it too, %d of the same manager.", i.Peers.Others, i.Peers.OfManager), p.advice(i))
	return strings.Join(lines, "\n")
}

// beside is another grant of which is said what is said of an item.
func (p Printer) beside(b campaigns.Beside) string {
	if b.From.IsZero() {
		return p.Say("Also by request %s, until %s: what you say is said of both.", b.Request, when(b.Until))
	}
	return p.Say("And by request %s, from %s until %s: what you say is said of both.", b.Request, when(b.From), when(b.Until))
}

// cameBy is by which request somebody has access, and why they asked for it, where that is known.
func (p Printer) cameBy(i campaigns.Item) string {
	if i.Reason == "" {
		return p.Say("Asked for by request %s.", orDash(i.Request))
	}
	return p.Say("Asked for by request %s: “%s”", i.Request, clipEscaped(i.Reason, reviewedReason))
}

// standingGoes says what becomes of standing access that is not needed.
func (p Printer) standingGoes(i campaigns.Item, may bool) string {
	gone, hand := i.ByAirpass(), i.ByHand()
	if !may || len(gone)+len(hand) == 0 {
		return p.Say(textStandingListed)
	}
	var lines []string
	if len(gone) > 0 {
		var places []string
		for _, w := range gone {
			places = append(places, w.Place)
		}
		lines = append(lines, p.Say(textStandingGoes, clipEscaped(strings.Join(places, ", "), 500)))
	}
	for _, w := range hand[:min(len(hand), fewItems)] {
		lines = append(lines, p.Say(textStandingByHand, clipEscaped(w.Place, 150), p.whyByHand(w.ByHand)))
	}
	return strings.Join(lines, " ")
}

// whyByHand says why airpass does not take something away.
func (p Printer) whyByHand(why reviews.ByHand) string {
	switch why {
	case reviews.ByHandUnknown:
		return p.Say("nobody in Okta is known whose account this is")
	case reviews.ByHandShared:
		return p.Say("it opens other targets too")
	case reviews.ByHandRule:
		return p.Say("a group rule of Okta puts people into the group")
	case reviews.ByHandRules:
		return p.Say("whether a group rule of Okta puts people into the group could not be read")
	case reviews.ByHandPushed:
		return p.Say("they are not in the Okta group that is pushed to it")
	}
	return p.Say("airpass changes no group of Identity Center")
}

// lastUse is when it was used last, as far as that can be known.
func (p Printer) lastUse(i campaigns.Item) string {
	if at, is := i.Used(); is {
		return p.Say("Last use: %s.", when(at))
	}
	if since, is := i.Unused(); is {
		return p.Say("Last use: none since %s.", since.Format(time.DateOnly))
	}
	return p.Say("Last use: not known.")
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// advice is what is recommended, and why.
func (p Printer) advice(i campaigns.Item) string {
	why := p.Say("they are not active in Okta")
	switch i.Because {
	case campaigns.BecauseNobody:
		why = p.Say("nobody in Okta is known whose account this is")
	case campaigns.BecauseUnknown:
		why = p.Say("Okta has not said how they stand; look at it again")
	case campaigns.BecauseAlone:
		why = p.Say("standing access, and nobody else of the same manager has it")
	case campaigns.BecauseStanding:
		why = p.Say("standing access; what is needed can be asked for when it is")
	case campaigns.BecauseEnds:
		why = p.Say("it ends by itself before the deadline")
	case campaigns.BecauseUsed:
		why = p.Say("it was used in the last 30 days")
	case campaigns.BecauseUnused:
		why = p.Say("no use of it was seen, for 30 days or more")
	case campaigns.BecauseApproved:
		why = p.Say("it was approved, and ends by itself")
	}
	if i.Recommended == campaigns.Keep {
		return p.Say("Recommended: keep it – %s.", why)
	}
	return p.Say("Recommended: take it away – %s.", why)
}

func (p Printer) campaignOf(o access.Occurrence) string {
	return p.Say("Campaign *%s*, of %s.", Escape(o.Campaign), when(o.ScheduledAt))
}

// thenSilence is until when an occurrence takes answers, and what becomes then of what is open.
func (p Printer) thenSilence(o access.Occurrence, escalated bool) string {
	at, rules := when(o.DeadlineAt), o.Rules
	switch {
	case rules.Silence == access.SilenceEscalates && !escalated:
		return p.Say("Until %s. Others are asked then about what is still open.", at)
	case rules.Silence != access.SilenceRevokes || rules.Scope == access.StandingAccess && !rules.RemoveStanding:
		return p.Say("Until %s. What is still open then is kept, which is a finding.", at)
	case rules.Scope == access.LiveGrants || rules.RemoveStanding:
		return p.Say("Until %s. What is still open then is taken away.", at)
	}
	return p.Say("Until %s. What is still open then is taken away; standing access is kept, which is a finding.", at)
}

// progress is how far somebody is.
func (p Printer) progress(of Progress) string {
	const width = 10
	full, all := 0, of.Open+of.Said+of.Unanswered
	if all > 0 {
		full = of.Said * width / all
	}
	words := p.Say("%d of %d are decided: %d kept, %d taken away.", of.Said, all, of.Keep, of.Revoke)
	if of.Reduce > 0 {
		words = p.Say("%d of %d are decided: %d kept, %d taken away, %d reduced.", of.Said, all, of.Keep, of.Revoke, of.Reduce)
	}
	return strings.Repeat("▓", full) + strings.Repeat("░", width-full) + " " + words
}
