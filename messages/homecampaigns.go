package messages

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"airpass/access"
	"airpass/campaigns"
)

// Progress is how far an occurrence of a campaign is, for those who run airpass.
type Progress struct {
	Occurrence access.Occurrence
	Open       int // nobody has said anything
	Said       int
	Keep       int
	Revoke     int
	Reduce     int
	Without    int // of Reduce, those whose lower role could not be given
	Silent     int // decided by silence
	Unanswered int // of a reviewer: passed on to others, because nobody has answered in time
	Escalated  bool
	Waits      string // the batch that an admin has to confirm before silence decides
	Going      int    // taken away, and not seen to be gone
	// Late were reminded and have something open, Missed could not be told that they are
	// asked; those with the most open first.
	Late, Missed []Behind
}

// Behind is somebody whose answer is awaited, about how many items, and since when. Since is
// when they were told first; zero for who was not, and for who is not named for want of room.
type Behind struct {
	Person access.Person
	Open   int
	Since  time.Time
}

// How much of campaigns the Home tab shows: those that are not over, and those that were over
// lately.
const (
	campaignsShown = 3
	behindShown    = 5
	campaignLately = 14 * 24 * time.Hour
)

// campaigns tells how far campaigns are, in one block: a view has few. Where long names
// leave no room for so many, fewer are named.
func (c *card) campaigns(all []Progress, now time.Time) {
	text := c.p.campaigns(all, behindShown, now)
	for named := behindShown - 1; named >= 0 && len(text) > sectionText; named-- {
		text = c.p.campaigns(all, named, now)
	}
	if text != "" {
		c.lines(text)
	}
}

// campaigns is how far campaigns are, with the names of so many of those who are behind.
func (p Printer) campaigns(all []Progress, named int, now time.Time) string {
	var told []string
	for _, o := range all {
		lines := []string{p.campaignOf(o.Occurrence), p.progress(o)}
		switch o.Occurrence.State {
		case access.OccurrenceBuilding:
			lines = []string{p.campaignOf(o.Occurrence), p.Say("It is being found out who is asked about what.")}
		case access.OccurrenceOpen:
			lines = append(lines, p.untilOver(o, now))
		default:
			lines = append(lines, p.Say("It is over. Left open: %d; decided by silence: %d.", o.Open, o.Silent))
		}
		if o.Going > 0 {
			lines = append(lines, p.Say("Taken away, and not seen to be gone yet: %d.", o.Going))
		}
		if o.Without > 0 {
			lines = append(lines, "⚠️ "+p.Say(textWithout, o.Without))
		}
		if len(o.Late) > 0 {
			lines = append(lines, "⏰ "+p.Say("Reminded, and open: %s.", p.behind(o.Late, named)))
		}
		if len(o.Missed) > 0 {
			lines = append(lines, "⚠️ "+p.Say("Not reached: %s.", p.behind(o.Missed, named)))
		}
		told = append(told, strings.Join(lines, "\n"))
	}
	return strings.Join(told, "\n\n")
}

// untilOver is until when people are asked, or for what silence waits.
func (p Printer) untilOver(of Progress, now time.Time) string {
	at := when(of.Occurrence.DeadlineAt)
	switch {
	case now.Before(of.Occurrence.DeadlineAt):
		return p.thenSilence(of.Occurrence, of.Escalated)
	case of.Occurrence.LastError != "":
		return p.Say("The deadline was %s. Silence decides nothing until everybody who is asked was told.", at)
	case of.Waits != "":
		return "⚠️ " + p.Say("The deadline was %s. What silence takes away is more than `caps` allow, and waits for an admin: `airpass removals confirm %s`.", at, of.Waits)
	}
	return p.Say("The deadline was %s. It is about to be seen to what nobody has answered.", at)
}

// againForCampaigns is when it is looked again at who was reminded and is behind: what people
// say shows at once, and that the deadline has come.
func againForCampaigns(a *Affairs, now time.Time) time.Time {
	if a == nil {
		return time.Time{}
	}
	var again time.Time
	for _, p := range a.Campaigns {
		if p.Occurrence.State != access.OccurrenceOpen {
			continue
		}
		again = sooner(again, now.Add(time.Hour))
		if now.Before(p.Occurrence.DeadlineAt) {
			again = sooner(again, p.Occurrence.DeadlineAt)
		}
	}
	return again
}

func (p Printer) behind(all []Behind, named int) string {
	var names []string
	for _, b := range all[:min(len(all), named)] {
		if b.Since.IsZero() {
			names = append(names, p.whose(b.Person)+" ("+strconv.Itoa(b.Open)+")")
			continue
		}
		names = append(names, p.Say("%s (%d, asked %s)", p.whose(b.Person), b.Open, when(b.Since)))
	}
	if n := len(all) - named; n > 0 {
		names = append(names, "+"+strconv.Itoa(n))
	}
	return strings.Join(names, ", ")
}

// progressOf loads how far the newest occurrences are.
func (b *Outbox) progressOf(ctx context.Context) ([]Progress, error) {
	newest, err := b.o.Store.Occurrences(ctx, mostRequests)
	if err != nil {
		return nil, err
	}
	var all []Progress
	for _, o := range newest {
		if o.State == access.OccurrenceClosed && b.o.Now().Sub(o.ClosedAt) > campaignLately || len(all) == campaignsShown {
			continue
		}
		one, err := b.progress(ctx, o)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

func (b *Outbox) progress(ctx context.Context, o access.Occurrence) (Progress, error) {
	p := Progress{Occurrence: o}
	counts, err := b.o.Store.ItemCounts(ctx, o.ID)
	if err != nil {
		return p, err
	}
	open := map[string]int{} // by panel
	for _, n := range counts {
		p.add(n)
		if n.State == access.ItemOpen && n.Panel != "" {
			open[n.Panel] += n.Items
		}
	}
	if o.State != access.OccurrenceOpen || p.Open == 0 {
		return p, nil
	}
	if p.Escalated, err = campaigns.Escalated(ctx, b.o.Store, o); err == nil && !b.o.Now().Before(o.DeadlineAt) {
		p.Waits, err = campaigns.WaitsFor(ctx, b.o.Store, o)
	}
	if err != nil || len(open) == 0 {
		return p, err
	}
	return p, b.awaited(ctx, &p, open)
}

func (p *Progress) add(n access.ItemCount) {
	switch {
	case n.State == access.ItemOpen:
		p.Open += n.Items
		return
	case n.Verdict == access.KeepItem:
		p.Keep += n.Items
	case n.Verdict == access.RevokeItem:
		p.Revoke += n.Items
	case n.Verdict == access.ReduceItem:
		p.Reduce += n.Items
	}
	if n.Failed {
		p.Without += n.Items
	}
	p.Said += n.Items
	if n.Silent {
		p.Silent += n.Items
	}
	if n.State == access.ItemRemoving {
		p.Going += n.Items
	}
}

// awaited finds those whose answers are awaited, by what is open of each panel.
func (b *Outbox) awaited(ctx context.Context, p *Progress, open map[string]int) error {
	panels, err := b.o.Store.CampaignPanels(ctx, p.Occurrence.ID)
	if err != nil {
		return err
	}
	asked, err := b.o.Store.CampaignReviewers(ctx, p.Occurrence.ID)
	if err != nil {
		return err
	}
	by := map[string]int{}
	for panel, n := range open {
		for _, r := range panels[panel] {
			by[r.OktaID] += n
		}
	}
	cards := map[string]string{} // the message that asks somebody
	for _, r := range asked {
		switch one := (Behind{Person: r.Person, Open: by[r.Person.OktaID]}); {
		case one.Open == 0:
		case r.Reminders == 0 && b.o.Now().Sub(p.Occurrence.OpenedAt) > time.Hour:
			p.Missed = append(p.Missed, one)
		case r.Reminders > 1:
			p.Late = append(p.Late, one)
			cards[r.Person.OktaID] = access.CampaignMessage(r.ID)
		}
	}
	most := func(a, b Behind) int {
		return cmp.Or(cmp.Compare(b.Open, a.Open), strings.Compare(a.Person.OktaID, b.Person.OktaID))
	}
	slices.SortFunc(p.Late, most)
	slices.SortFunc(p.Missed, most)
	return b.since(ctx, p.Late[:min(len(p.Late), behindShown)], cards)
}

// since fills in when people were told first, by the message that asks them.
func (b *Outbox) since(ctx context.Context, late []Behind, cards map[string]string) error {
	for i := range late {
		m, err := b.o.Store.Message(ctx, cards[late[i].Person.OktaID])
		if err != nil && !errors.Is(err, access.ErrNotFound) {
			return err
		}
		late[i].Since = m.CreatedAt
	}
	return nil
}
