package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"airpass/access"
	"airpass/store/db"
)

func campaignReviewerOf(row db.CampaignReviewer) (access.CampaignReviewer, error) {
	r := access.CampaignReviewer{ID: row.ID, Occurrence: row.OccurrenceID, Reminders: int(row.Reminders), NextAt: timeOf(row.NextAt), Version: row.Version}
	var d decoder
	d.decode("campaign_reviewers.reviewer", row.Reviewer, &r.Person)
	return r, d.err
}

// SaveItem stores what can change of an item, if the version is still the stored one; else
// the error wraps access.ErrStale. Another state, or other people who are asked, are an
// event; what is decided keeps the facts by which it was.
func (tx *Tx) SaveItem(i access.CampaignItem) (access.CampaignItem, error) {
	return tx.saveItem(i, nil)
}

// SaveRemoving is SaveItem of one whose access begins to be taken away; taken are the
// things of its standing access that are.
func (tx *Tx) SaveRemoving(i access.CampaignItem, taken []access.Ref) (access.CampaignItem, error) {
	return tx.saveItem(i, taken)
}

func (tx *Tx) saveItem(i access.CampaignItem, taken []access.Ref) (access.CampaignItem, error) {
	old, err := tx.r.CampaignItem(tx.ctx, i.ID)
	if err != nil {
		return i, err
	}
	decider := ""
	if i.Decider.OktaID != "" {
		decider = encode(i.Decider)
	}
	passed, by, at := "", "", time.Time{}
	if len(i.Passed) > 0 {
		passed = encode(i.Passed)
	}
	if p, is := i.PassedOn(); is {
		by, at = p.By, p.At
	}
	row, err := tx.q.UpdateCampaignItem(tx.ctx, db.UpdateCampaignItemParams{ID: i.ID, Version: i.Version, Panel: i.Panel, State: string(i.State), Verdict: string(i.Verdict),
		KeepUntil: maybe(i.KeepUntil), Silent: i.Silent, DeciderID: i.Decider.OktaID, Decider: decider, Comment: words(i.Comment), DecidedAt: maybe(i.DecidedAt),
		SettledAt: maybe(i.SettledAt), Attempts: int64(i.Attempts), LastError: words(i.LastError), NextAt: maybe(i.NextAt),
		ReduceTo: i.ReduceTo, LowerRequest: i.Lower, LowerSince: maybe(i.LowerSince), LowerFailed: words(i.LowerFailed),
		Passed: words(passed), PassedBy: by, PassedAt: maybe(at), Unanswered: i.Unanswered()})
	if err != nil {
		return i, saved(err, "item", i.ID)
	}
	if i, err = itemOf(row); err != nil {
		return i, err
	}
	return i, tx.logItem(i, old, taken)
}

func (tx *Tx) logItem(i, old access.CampaignItem, taken []access.Ref) error {
	e := access.Event{Kind: access.EventKind("item." + string(i.State)), Grant: i.Grant, Facts: map[string]string{"item": i.ID, "occurrence": i.Occurrence, "subject": i.Subject,
		"account": i.Account, "target": i.Target, "before": string(old.State)}}
	if i.Verdict != "" {
		e.Facts["verdict"] = string(i.Verdict)
	}
	for name, fact := range map[string]string{"reduce_to": i.ReduceTo, "lower": i.Lower} {
		if fact != "" {
			e.Facts[name] = fact
		}
	}
	if len(taken) > 0 {
		e.Facts["refs"] = strings.Join(access.Keys(taken), " ")
	}
	switch {
	case i.State == old.State && i.Panel != old.Panel:
		if e.Kind = "item.delegated"; len(i.Passed) < len(old.Passed) {
			e.Kind = "item.undone"
		}
		if p, is := i.PassedOn(); is && len(i.Passed) > len(old.Passed) {
			facts, others := Apart(i.Facts)
			e.Personal = map[string]string{"facts": facts, "others": others}
			if p.Comment != "" {
				e.Personal["comment"] = p.Comment
			}
		}
		reviewers, err := tx.panelIDs(i.Occurrence, i.Panel)
		if err != nil {
			return err
		}
		if n := len(i.Passed); n > len(old.Passed) && i.Passed[n-1].Why != "" {
			e.Facts["passed"] = string(i.Passed[n-1].Why)
		}
		e.Facts["panel"], e.Facts["panel_before"], e.Facts["reviewers"] = i.Panel, old.Panel, reviewers
	case i.State == old.State && i.Verdict == old.Verdict:
		return nil
	case i.State == access.ItemOpen:
		e.Kind = "item.undone"
	case i.State == access.ItemDecided || i.Silent && old.State == access.ItemOpen:
		if i.Silent {
			e.Facts["silent"] = "true"
		}
		if !i.KeepUntil.IsZero() {
			e.Facts["until"] = i.KeepUntil.Format(timeLayout)
		}
		facts, others := Apart(i.Facts)
		e.Personal = map[string]string{"facts": facts, "others": others, "comment": i.Comment}
	}
	tx.log(aboutWhom(i), explain(e, i))
	return nil
}

// aboutWhom is whom the personal values of an item are about: never who has decided.
func aboutWhom(i access.CampaignItem) string {
	if i.Subject == "" && i.Grant == "" && i.Account != "" {
		return accountPerson + i.Account
	}
	return i.Subject
}

// accountPerson names whom a personal value is about while only an account is known.
const accountPerson = "account:"

// explain adds why an item is left to people, and why it was taken away without what was to
// take its place: apart, because these are two things. Of what is reduced both are there if
// either is, by which earlier versions are told that had them in one.
func explain(e access.Event, i access.CampaignItem) access.Event {
	if i.State != access.ItemRemoving && i.State != access.ItemSettled || i.LastError == "" && i.LowerFailed == "" {
		return e
	}
	decided := e.Personal
	e.Personal = map[string]string{"why": i.LastError, "lower_failed": i.LowerFailed}
	if i.Verdict != access.ReduceItem && i.LowerFailed == "" {
		delete(e.Personal, "lower_failed")
	}
	maps.Copy(e.Personal, decided)
	return e
}

// panelIDs are the Okta ids of those who are asked as a panel, separated by spaces.
func (tx *Tx) panelIDs(occurrence, panel string) (string, error) {
	reviewers, err := tx.Panel(occurrence, panel)
	if err != nil {
		return "", fmt.Errorf("read who is asked as %s: %w", panel, err)
	}
	ids := make([]string, 0, len(reviewers))
	for _, r := range reviewers {
		ids = append(ids, r.Person.OktaID)
	}
	slices.Sort(ids)
	return strings.Join(ids, " "), nil
}

// HastenOccurrence has an occurrence looked at by then.
func (tx *Tx) HastenOccurrence(id string, at time.Time) error {
	rows, err := tx.q.HastenOccurrence(tx.ctx, db.HastenOccurrenceParams{ID: id, At: maybe(at)})
	if err != nil {
		return saved(err, "occurrence", id)
	}
	for _, row := range rows {
		tx.wakeAt(WakeOccurrence, row.ID, row.Version, at)
	}
	return nil
}

// AskAlso has some people be asked in an occurrence, as a panel.
func (tx *Tx) AskAlso(o access.Occurrence, panel string, people []access.Person) error {
	if err := tx.addPanel(o, panel, people); err != nil {
		return err
	}
	return tx.AskReviewers(o.ID)
}

// AskReviewers has those told who are to be asked in an occurrence and were not yet.
func (tx *Tx) AskReviewers(occurrence string) error {
	rows, err := tx.q.WakeCampaignReviewers(tx.ctx, db.WakeCampaignReviewersParams{OccurrenceID: occurrence, Now: maybe(tx.now)})
	if err != nil {
		return saved(err, "who is asked in", occurrence)
	}
	for _, row := range rows {
		tx.wakeAt(WakeCampaignReviewer, row.ID, row.Version, tx.now)
	}
	return nil
}

// SaveCampaignReviewer stores how often somebody was told and when they are told again,
// if the version is still the stored one; else the error wraps access.ErrStale.
func (tx *Tx) SaveCampaignReviewer(r access.CampaignReviewer) error {
	row, err := tx.q.UpdateCampaignReviewer(tx.ctx, db.UpdateCampaignReviewerParams{ID: r.ID, Version: r.Version, Reminders: int64(r.Reminders), NextAt: maybe(r.NextAt)})
	if err != nil {
		return saved(err, "reviewer", r.ID)
	}
	tx.wakeAt(WakeCampaignReviewer, row.ID, row.Version, r.NextAt)
	return nil
}

// TellReviewer is SaveCampaignReviewer of somebody to whom a message goes out with this
// transaction about what is open of theirs, which is counted. It appends reviewer.asked the first
// time and reviewer.reminded from then on: whose silence decides was told.
func (tx *Tx) TellReviewer(o access.Occurrence, r access.CampaignReviewer, open int) error {
	r.Reminders++
	if err := tx.SaveCampaignReviewer(r); err != nil {
		return err
	}
	e := access.Event{Kind: "reviewer.asked", Facts: map[string]string{"occurrence": o.ID, "campaign": o.Campaign, "reviewer": r.Person.OktaID,
		"items": strconv.Itoa(open), "times": strconv.Itoa(r.Reminders)}}
	if r.Reminders > 1 {
		e.Kind = "reviewer.reminded"
	}
	tx.Record(e)
	return nil
}

// TouchCampaign says that there is something new to show to those who are asked as a panel.
func (tx *Tx) TouchCampaign(occurrence, panel string) error {
	if err := tx.TouchAdminHomes(); err != nil {
		return err
	}
	rows, err := tx.q.CampaignReviewersOf(tx.ctx, db.CampaignReviewersOfParams{OccurrenceID: occurrence, Panel: panel})
	if err != nil {
		return fmt.Errorf("read who is asked in %s: %w", occurrence, err)
	}
	for _, row := range rows {
		if err := tx.TouchMessages(row.ID); err != nil {
			return err
		}
	}
	return nil
}

// TouchOccurrence says that there is something new to show to everybody who is asked.
func (tx *Tx) TouchOccurrence(occurrence string) error {
	ids, err := tx.q.CampaignReviewersIn(tx.ctx, occurrence)
	if err != nil {
		return fmt.Errorf("read who is asked in %s: %w", occurrence, err)
	}
	for _, id := range ids {
		if err := tx.TouchMessages(id); err != nil {
			return err
		}
	}
	return nil
}

// CampaignItem reads an item.
func (tx *Tx) CampaignItem(id string) (access.CampaignItem, error) {
	return tx.r.CampaignItem(tx.ctx, id)
}

// OpenItems are items of an occurrence about which nobody has said anything; see CampaignItems.
func (tx *Tx) OpenItems(occurrence, after string, limit int) ([]access.CampaignItem, error) {
	return tx.r.OpenItems(tx.ctx, occurrence, after, limit)
}

// OpenItems are items of an occurrence about which nobody has said anything; see CampaignItems.
func (r reads) OpenItems(ctx context.Context, occurrence, after string, limit int) ([]access.CampaignItem, error) {
	rows, err := r.q.OpenCampaignItems(ctx, db.OpenCampaignItemsParams{OccurrenceID: occurrence, After: after, Max: int64(limit)})
	return all(rows, err, itemOf)
}

// DueItems are items of an occurrence of which something is to come by now.
func (r reads) DueItems(ctx context.Context, occurrence string, now time.Time, limit int) ([]access.CampaignItem, error) {
	rows, err := r.q.DueCampaignItems(ctx, db.DueCampaignItemsParams{OccurrenceID: occurrence, Now: maybe(now), Max: int64(limit)})
	return all(rows, err, itemOf)
}

// NextItem is when something is to come of an item of an occurrence next; zero is never.
func (tx *Tx) NextItem(occurrence string) (time.Time, error) {
	at, err := tx.q.NextCampaignItem(tx.ctx, occurrence)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	return timeOf(at), err
}

// CampaignReviewer reads somebody who is asked.
func (r reads) CampaignReviewer(ctx context.Context, id string) (access.CampaignReviewer, error) {
	row, err := r.q.CampaignReviewer(ctx, id)
	if err != nil {
		return access.CampaignReviewer{}, found(err, "reviewer", id)
	}
	return campaignReviewerOf(row)
}

// CampaignReviewers are those who are asked in an occurrence, in the order in which they
// came to be.
func (r reads) CampaignReviewers(ctx context.Context, occurrence string) ([]access.CampaignReviewer, error) {
	rows, err := r.q.CampaignReviewers(ctx, occurrence)
	return all(rows, err, campaignReviewerOf)
}

// ItemsFor are the items in a state that a reviewer is asked about; see CampaignItems.
func (r reads) ItemsFor(ctx context.Context, of access.CampaignReviewer, state access.ItemState, after string, limit int) ([]access.CampaignItem, error) {
	panels, err := r.q.CampaignPanelsOf(ctx, db.CampaignPanelsOfParams{OccurrenceID: of.Occurrence, ReviewerID: of.Person.OktaID})
	if err != nil {
		return nil, fmt.Errorf("read as whom %s is asked: %w", of.Person.OktaID, err)
	}
	// Panel by panel: an index has the ids of each in order, and nothing has all that somebody is
	// in. Of the next one only those that come before what is there already; the rows themselves
	// are read once it is known which they are.
	last, ids := aboveIDs, []string(nil)
	for _, panel := range panels {
		some, err := r.q.CampaignItemIDsOfPanel(ctx, db.CampaignItemIDsOfPanelParams{OccurrenceID: of.Occurrence, Panel: panel, State: string(state), After: after, Before: last, Max: int64(limit)})
		if err != nil {
			return nil, fmt.Errorf("read what %s is asked about: %w", of.Person.OktaID, err)
		}
		if ids = append(ids, some...); len(ids) >= limit {
			slices.Sort(ids)
			ids = ids[:limit]
			last = ids[limit-1]
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := r.q.CampaignItemsFor(ctx, db.CampaignItemsForParams{OccurrenceID: of.Occurrence, ReviewerID: of.Person.OktaID, State: string(state), After: after, Last: slices.Max(ids)})
	slices.SortFunc(rows, func(a, b db.CampaignItem) int { return strings.Compare(a.ID, b.ID) })
	return all(rows, err, itemOf)
}

// ItemCountsFor counts the items that a reviewer is asked about.
func (r reads) ItemCountsFor(ctx context.Context, of access.CampaignReviewer) ([]access.ItemCount, error) {
	rows, err := r.q.CountCampaignItemsFor(ctx, db.CountCampaignItemsForParams{OccurrenceID: of.Occurrence, ReviewerID: of.Person.OktaID})
	return all(rows, err, func(row db.CountCampaignItemsForRow) (access.ItemCount, error) {
		return access.ItemCount{State: access.ItemState(row.State), Verdict: access.ItemVerdict(row.Verdict), Silent: row.Silent, Failed: row.Failed, Items: int(row.N)}, nil
	})
}

// UnansweredOf counts the items that somebody was asked about and has not answered in time, nor
// anybody who was asked with them, so that others are asked.
func (r reads) UnansweredOf(ctx context.Context, of access.CampaignReviewer) (int, error) {
	n, err := r.q.CountUnansweredOf(ctx, db.CountUnansweredOfParams{OccurrenceID: of.Occurrence, ReviewerID: of.Person.OktaID})
	return int(n), err
}

// SaidBy are the items about which somebody has said something that they can take back: what
// becomes of them, or that somebody else is asked; the newest of each first.
func (r reads) SaidBy(ctx context.Context, occurrence, oktaID string, limit int) ([]access.CampaignItem, error) {
	rows, err := r.q.CampaignItemsDecidedBy(ctx, db.CampaignItemsDecidedByParams{DeciderID: oktaID, OccurrenceID: occurrence, Max: int64(limit)})
	if err != nil {
		return nil, err
	}
	passed, err := r.q.CampaignItemsPassedBy(ctx, db.CampaignItemsPassedByParams{PassedBy: oktaID, OccurrenceID: occurrence, Max: int64(limit)})
	return all(append(rows, passed...), err, itemOf)
}

// CampaignReviewerIn is somebody as they are asked in an occurrence.
func (r reads) CampaignReviewerIn(ctx context.Context, occurrence, oktaID string) (access.CampaignReviewer, error) {
	row, err := r.q.CampaignReviewerIn(ctx, db.CampaignReviewerInParams{OccurrenceID: occurrence, ReviewerID: oktaID})
	if err != nil {
		return access.CampaignReviewer{}, found(err, "reviewer", oktaID)
	}
	return campaignReviewerOf(row)
}

// Panel are those who are asked as a panel.
func (tx *Tx) Panel(occurrence, panel string) ([]access.CampaignReviewer, error) {
	rows, err := tx.q.CampaignReviewersOf(tx.ctx, db.CampaignReviewersOfParams{OccurrenceID: occurrence, Panel: panel})
	return all(rows, err, campaignReviewerOf)
}
