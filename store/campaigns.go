package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"airpass/access"
	"airpass/store/db"
)

func dateOf(row db.Campaign) (access.CampaignDate, error) {
	return access.CampaignDate{Name: row.Name, Schedule: row.Schedule, DueAt: timeOf(row.DueAt), NextAt: timeOf(row.NextAt), Version: row.Version}, nil
}

func occurrenceOf(row db.Occurrence) (access.Occurrence, error) {
	o := access.Occurrence{ID: row.ID, Campaign: row.Campaign, ScheduledAt: row.ScheduledAt.UTC(), Missed: int(row.Missed), State: access.OccurrenceState(row.State), Items: int(row.Items),
		CreatedAt: row.CreatedAt.UTC(), OpenedAt: timeOf(row.OpenedAt), DeadlineAt: timeOf(row.DeadlineAt), ClosedAt: timeOf(row.ClosedAt), Note: row.Note,
		Attempts: int(row.Attempts), LastError: row.LastError, NextAt: timeOf(row.NextAt), Version: row.Version}
	var d decoder
	d.decode("occurrences.rules", row.Rules, &o.Rules)
	d.decode("occurrences.population", row.Population, &o.Population)
	return o, d.err
}

func itemOf(row db.CampaignItem) (access.CampaignItem, error) {
	i := access.CampaignItem{ID: row.ID, Occurrence: row.OccurrenceID, Target: row.TargetID, Subject: row.SubjectID, Account: row.Account, Who: row.Who, Grant: row.GrantID,
		Standing: row.Standing, Facts: json.RawMessage(row.Facts), Salt: row.Salt, Digest: row.Digest, Panel: row.Panel, State: access.ItemState(row.State), Verdict: access.ItemVerdict(row.Verdict),
		KeepUntil: timeOf(row.KeepUntil), Silent: row.Silent, Comment: row.Comment, DecidedAt: timeOf(row.DecidedAt), SettledAt: timeOf(row.SettledAt),
		ReduceTo: row.ReduceTo, Lower: row.LowerRequest, LowerSince: timeOf(row.LowerSince), LowerFailed: row.LowerFailed,
		Attempts: int(row.Attempts), LastError: row.LastError, NextAt: timeOf(row.NextAt), Version: row.Version}
	var d decoder
	d.decode("campaign_items.decider", row.Decider, &i.Decider)
	d.decode("campaign_items.passed", row.Passed, &i.Passed)
	return i, d.err
}

// CampaignDate reads when a campaign takes place next, if that was reckoned.
func (r reads) CampaignDate(ctx context.Context, name string) (access.CampaignDate, bool, error) {
	row, err := r.q.Campaign(ctx, name)
	return optional(row, err, dateOf, "campaign", name)
}

// CampaignDates are when campaigns take place next, by name.
func (r reads) CampaignDates(ctx context.Context) ([]access.CampaignDate, error) {
	rows, err := r.q.Campaigns(ctx)
	return all(rows, err, dateOf)
}

// CampaignDate reads when a campaign takes place next, if that was reckoned.
func (tx *Tx) CampaignDate(name string) (access.CampaignDate, bool, error) {
	return tx.r.CampaignDate(tx.ctx, name)
}

// CampaignDates are when campaigns take place next, by name.
func (tx *Tx) CampaignDates() ([]access.CampaignDate, error) { return tx.r.CampaignDates(tx.ctx) }

// Occurrence reads an occurrence.
func (tx *Tx) Occurrence(id string) (access.Occurrence, error) { return tx.r.Occurrence(tx.ctx, id) }

// CampaignPanels are those who are asked together in an occurrence, by what they are called.
func (tx *Tx) CampaignPanels(occurrence string) (map[string][]access.Person, error) {
	return tx.r.CampaignPanels(tx.ctx, occurrence)
}

// ItemCounts counts the items of an occurrence.
func (tx *Tx) ItemCounts(occurrence string) ([]access.ItemCount, error) {
	return tx.r.ItemCounts(tx.ctx, occurrence)
}

// SetCampaignDate stores when a campaign takes place next, and wakes it then. Version 0 is
// of a campaign that has no date yet; if the version is not the stored one the error wraps
// access.ErrStale.
func (tx *Tx) SetCampaignDate(d access.CampaignDate) error {
	if d.Version == 0 {
		n, err := tx.q.InsertCampaign(tx.ctx, db.InsertCampaignParams{Name: d.Name, Schedule: d.Schedule, DueAt: maybe(d.DueAt), NextAt: maybe(d.NextAt)})
		if err == nil && n == 0 {
			err = fmt.Errorf("%w: campaign %s", access.ErrStale, d.Name)
		}
		if d.Version = 1; err != nil {
			return err
		}
	} else {
		row, err := tx.q.UpdateCampaign(tx.ctx, db.UpdateCampaignParams{Name: d.Name, Version: d.Version, Schedule: d.Schedule, DueAt: maybe(d.DueAt), NextAt: maybe(d.NextAt)})
		if err != nil {
			return saved(err, "campaign", d.Name)
		}
		d.Version = row.Version
	}
	tx.wakeAt(WakeCampaign, d.Name, d.Version, d.NextAt)
	return nil
}

// BeginOccurrence stores an occurrence that begins, wakes it, and appends campaign.begun,
// which seals its rules.
// It returns false if it has begun already, or another of the same campaign is not over.
func (tx *Tx) BeginOccurrence(o access.Occurrence) (access.Occurrence, bool, error) {
	o.ID, o.State, o.CreatedAt, o.NextAt, o.Version = tx.NewID(), access.OccurrenceBuilding, tx.now, tx.now, 1
	o.ScheduledAt = moment(o.ScheduledAt)
	n, err := tx.q.InsertOccurrence(tx.ctx, db.InsertOccurrenceParams{ID: o.ID, Campaign: o.Campaign, ScheduledAt: o.ScheduledAt, Missed: int64(o.Missed), Rules: encode(o.Rules),
		State: string(o.State), CreatedAt: o.CreatedAt, NextAt: maybe(o.NextAt)})
	if err != nil || n == 0 {
		return o, false, err
	}
	tx.wakeAt(WakeOccurrence, o.ID, o.Version, o.NextAt)
	e := access.Event{Kind: "campaign.begun", Facts: map[string]string{"occurrence": o.ID, "campaign": o.Campaign,
		"scheduled_at": o.ScheduledAt.Format(timeLayout), "missed": strconv.Itoa(o.Missed)}}
	tx.log(campaignPerson+o.Campaign, SealRules(e, o.Rules))
	return o, true, tx.TouchAdminHomes()
}

// SaveOccurrence stores what can change of an occurrence, if the version is still the
// stored one; else the error wraps access.ErrStale. Another state has to be a move that
// access allows; it appends campaign.opened or campaign.closed. Another deadline of one that
// is open is that others are asked: campaign.escalated.
func (tx *Tx) SaveOccurrence(o access.Occurrence) (access.Occurrence, error) {
	old, err := tx.r.Occurrence(tx.ctx, o.ID)
	if err != nil {
		return o, err
	}
	if o.State != old.State {
		if err := access.CheckOccurrenceMove(old.State, o.State); err != nil {
			return o, err
		}
	}
	row, err := tx.q.UpdateOccurrence(tx.ctx, db.UpdateOccurrenceParams{ID: o.ID, Version: o.Version, State: string(o.State), Items: int64(o.Items), Population: encode(o.Population),
		OpenedAt: maybe(o.OpenedAt), DeadlineAt: maybe(o.DeadlineAt), ClosedAt: maybe(o.ClosedAt), Note: words(o.Note), Attempts: int64(o.Attempts), LastError: words(o.LastError), NextAt: maybe(o.NextAt)})
	if err != nil {
		return o, saved(err, "occurrence", o.ID)
	}
	if o, err = occurrenceOf(row); err != nil {
		return o, err
	}
	tx.wakeAt(WakeOccurrence, o.ID, o.Version, o.NextAt)
	if o.State == old.State {
		return o, tx.logEscalation(old, o)
	}
	if err := tx.q.DeleteUseReadings(tx.ctx, o.ID); err != nil {
		return o, err
	}
	return o, tx.logOccurrence(o)
}

func (tx *Tx) logOccurrence(o access.Occurrence) error {
	e := access.Event{Kind: access.EventKind("campaign." + string(o.State)), Facts: map[string]string{"occurrence": o.ID, "campaign": o.Campaign, "items": strconv.Itoa(o.Items)}}
	switch o.State {
	case access.OccurrenceOpen:
		all, err := tx.population(o.ID)
		if err != nil {
			return err
		}
		e.Kind = "campaign.opened"
		e.Facts["items"], e.Facts["population"], e.Facts["shown"] = strconv.Itoa(all.Items), all.sum, all.shown
		e.Facts["deadline"], e.Facts["unknown"] = o.DeadlineAt.Format(timeLayout), strconv.Itoa(len(o.Population.Unknown))
		e.Facts["younger"], e.Facts["filtered"], e.Facts["nobody"] = strconv.Itoa(o.Population.Younger), strconv.Itoa(o.Population.Filtered), strconv.Itoa(o.Population.Nobody)
		e.Facts["found_by"] = SealFinding(o.Population)
	case access.OccurrenceClosed:
		counts, err := tx.r.ItemCounts(tx.ctx, o.ID)
		if err != nil {
			return err
		}
		left := 0
		for _, c := range counts {
			if c.State == access.ItemOpen {
				left += c.Items
			}
		}
		e.Facts["left_open"] = strconv.Itoa(left)
		if o.Note != "" {
			e.Personal = map[string]string{"note": o.Note}
		}
	}
	tx.Record(e)
	return tx.TouchAdminHomes()
}

// AddUseReading stores what a source says of who has opened Airflow, for an occurrence that is
// being built; what is there already stays. If the occurrence has another version the error
// wraps access.ErrStale.
func (tx *Tx) AddUseReading(o access.Occurrence, source string, reading []byte) error {
	if err := tx.holdOccurrence(o); err != nil {
		return err
	}
	return tx.q.InsertUseReading(tx.ctx, db.InsertUseReadingParams{OccurrenceID: o.ID, Source: words(source), Reading: words(string(reading)), ReadAt: tx.now})
}

// holdOccurrence has everybody else who would change an occurrence wait for the end of the
// transaction, if it still has this version; else the error wraps access.ErrStale.
func (tx *Tx) holdOccurrence(o access.Occurrence) error {
	n, err := tx.q.HoldOccurrence(tx.ctx, db.HoldOccurrenceParams{ID: o.ID, Version: o.Version})
	if err != nil {
		return saved(err, "occurrence", o.ID)
	}
	if n == 0 {
		return fmt.Errorf("%w: occurrence %s", access.ErrStale, o.ID)
	}
	return nil
}

// LockOccurrence reads an occurrence; nobody else changes it before this transaction ends.
func (tx *Tx) LockOccurrence(id string) (access.Occurrence, error) {
	row, err := tx.q.LockOccurrence(tx.ctx, id)
	if err != nil {
		return access.Occurrence{}, found(err, "occurrence", id)
	}
	return occurrenceOf(row)
}

// UseReadings are what sources say of who has opened Airflow, by source, of an occurrence
// that is being built.
func (r reads) UseReadings(ctx context.Context, occurrence string) (map[string][]byte, error) {
	rows, err := r.q.UseReadings(ctx, occurrence)
	all := map[string][]byte{}
	for _, row := range rows {
		all[row.Source] = []byte(row.Reading)
	}
	return all, err
}

// AddItems stores what an occurrence asks about, and whom: panels are those who are asked
// by the name of their panel. What is there already stays as it is. If the occurrence has
// another version the error wraps access.ErrStale.
func (tx *Tx) AddItems(o access.Occurrence, items []access.CampaignItem, panels map[string][]access.Person) error {
	if err := tx.holdOccurrence(o); err != nil {
		return err
	}
	for panel, reviewers := range panels {
		if err := tx.addPanel(o, panel, reviewers); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(items, itemsAtOnce) {
		if err := tx.insertItems(o, some); err != nil {
			return fmt.Errorf("save items of %s: %w", o.ID, err)
		}
	}
	return nil
}

// itemsAtOnce is how many items one statement stores. Of a hundred thousand, the way to
// PostgreSQL and back would take longer than all else.
const itemsAtOnce = 50

// insertItems stores items with one statement, whose text grows with them.
func (tx *Tx) insertItems(o access.Occurrence, items []access.CampaignItem) error {
	var query strings.Builder
	if len(items) == itemsAtOnce {
		query.WriteString("-- name: InsertCampaignItems :exec\n") // is kept: most have this text
	}
	query.WriteString(`INSERT INTO campaign_items (id, occurrence_id, target_id, holder, subject_id, account, who, grant_id, standing, facts, salt, digest, panel, state, verdict, keep_until, silent,
    decider_id, decider, comment, decided_at, settled_at, attempts, last_error, next_at, version) VALUES`)
	args, ids := make([]any, 0, 14*len(items)), tx.newIDs(len(items))
	for n, i := range items {
		holder := i.Subject
		if holder == "" {
			holder = "account " + i.Account
		}
		if n > 0 {
			query.WriteByte(',')
		}
		facts, salt := words(string(i.Facts)), newSalt()
		p := func(more int) string { return place(tx.shared, len(args)+more) }
		_, _ = fmt.Fprintf(&query, "\n(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '', NULL, FALSE, '', '', '', NULL, NULL, 0, '', NULL, 1)",
			p(1), p(2), p(3), p(4), p(5), p(6), p(7), p(8), p(9), p(10), p(11), p(12), p(13), p(14))
		args = append(args, ids[n], o.ID, i.Target, holder, i.Subject, i.Account, words(i.Who), i.Grant, i.Standing, facts, salt, DigestFacts(salt, []byte(facts)), i.Panel, string(access.ItemOpen))
	}
	query.WriteString("\nON CONFLICT (occurrence_id, target_id, holder) DO NOTHING")
	_, err := tx.sql.ExecContext(tx.ctx, query.String(), args...)
	return err
}

func (tx *Tx) addPanel(o access.Occurrence, panel string, reviewers []access.Person) error {
	for _, r := range reviewers {
		err := tx.q.InsertCampaignReviewer(tx.ctx, db.InsertCampaignReviewerParams{ID: tx.NewID(), OccurrenceID: o.ID, ReviewerID: r.OktaID, Reviewer: encode(r)})
		if err == nil {
			err = tx.q.InsertCampaignPanel(tx.ctx, db.InsertCampaignPanelParams{OccurrenceID: o.ID, Panel: panel, ReviewerID: r.OktaID})
		}
		if err != nil {
			return fmt.Errorf("save who is asked in %s: %w", o.ID, err)
		}
	}
	return nil
}

// Occurrence reads an occurrence.
func (r reads) Occurrence(ctx context.Context, id string) (access.Occurrence, error) {
	row, err := r.q.Occurrence(ctx, id)
	if err != nil {
		return access.Occurrence{}, found(err, "occurrence", id)
	}
	return occurrenceOf(row)
}

// LiveOccurrence is the occurrence of a campaign that is not over.
func (r reads) LiveOccurrence(ctx context.Context, campaign string) (access.Occurrence, bool, error) {
	row, err := r.q.LiveOccurrence(ctx, campaign)
	return optional(row, err, occurrenceOf, "the occurrence of", campaign)
}

// LastOccurrence is the newest occurrence of a campaign.
func (r reads) LastOccurrence(ctx context.Context, campaign string) (access.Occurrence, bool, error) {
	row, err := r.q.LastOccurrence(ctx, campaign)
	return optional(row, err, occurrenceOf, "the occurrences of", campaign)
}

// Occurrences are the newest occurrences.
func (r reads) Occurrences(ctx context.Context, limit int) ([]access.Occurrence, error) {
	rows, err := r.q.NewestOccurrences(ctx, int64(limit))
	return all(rows, err, occurrenceOf)
}

// LiveOccurrence is the occurrence of a campaign that is not over.
func (tx *Tx) LiveOccurrence(campaign string) (access.Occurrence, bool, error) {
	return tx.r.LiveOccurrence(tx.ctx, campaign)
}

// CampaignItem reads an item.
func (r reads) CampaignItem(ctx context.Context, id string) (access.CampaignItem, error) {
	row, err := r.q.CampaignItem(ctx, id)
	if err != nil {
		return access.CampaignItem{}, found(err, "item", id)
	}
	return itemOf(row)
}

// CampaignItems are items of an occurrence, in the order in which they were found: at most
// limit of those after the given one.
func (r reads) CampaignItems(ctx context.Context, occurrence, after string, limit int) ([]access.CampaignItem, error) {
	rows, err := r.q.CampaignItems(ctx, db.CampaignItemsParams{OccurrenceID: occurrence, After: after, Max: int64(limit)})
	return all(rows, err, itemOf)
}

// ItemCounts counts the items of an occurrence.
func (r reads) ItemCounts(ctx context.Context, occurrence string) ([]access.ItemCount, error) {
	rows, err := r.q.CountCampaignItems(ctx, occurrence)
	return all(rows, err, func(row db.CountCampaignItemsRow) (access.ItemCount, error) {
		return access.ItemCount{Panel: row.Panel, State: access.ItemState(row.State), Verdict: access.ItemVerdict(row.Verdict), Silent: row.Silent, Failed: row.Failed, Items: int(row.N)}, nil
	})
}

// CampaignPanels are those who are asked in an occurrence, by the name of their panel.
func (r reads) CampaignPanels(ctx context.Context, occurrence string) (map[string][]access.Person, error) {
	rows, err := r.q.CampaignPanels(ctx, occurrence)
	if err != nil {
		return nil, fmt.Errorf("read who is asked in %s: %w", occurrence, err)
	}
	panels := map[string][]access.Person{}
	var d decoder
	for _, row := range rows {
		var p access.Person
		d.decode("campaign_reviewers.reviewer", row.Reviewer, &p)
		panels[row.Panel] = append(panels[row.Panel], p)
	}
	return panels, d.err
}

// eraseCampaigns empties what is personal of an Okta user in campaigns, also in items about
// an account that was only known by their login: of these also what the trail keeps, which is
// not filed under them. It returns how many values of the trail it has deleted.
func (tx *Tx) eraseCampaigns(k known) (deleted int64, err error) {
	items, err := tx.q.CampaignItemsAbout(tx.ctx, k.id)
	theirs := len(items) // the others are about an account
	for _, login := range k.logins {
		called, failed := tx.q.CampaignItemsCalled(tx.ctx, login)
		for _, i := range called {
			items = append(items, db.CampaignItemsAboutRow(i))
		}
		err = errors.Join(err, failed)
	}
	if err != nil {
		return 0, fmt.Errorf("read items about %s: %w", k.id, err)
	}
	about := map[string]bool{}
	for n, i := range items {
		if live := access.OccurrenceState(i.OccurrenceState) != access.OccurrenceClosed; live || i.NextAt != nil {
			return 0, fmt.Errorf("%w: a campaign asks about their access, or takes it away yet; airpass reviews list", access.ErrNotAllowed)
		}
		passed, err := unsaid(i.Passed, "")
		if err != nil {
			return 0, fmt.Errorf("item %s: %w", i.ID, err)
		}
		if err := tx.q.EraseCampaignItem(tx.ctx, db.EraseCampaignItemParams{ID: i.ID, Who: k.id, Passed: passed}); err != nil {
			return 0, saved(err, "item", i.ID)
		}
		about[i.ID] = true
		if n >= theirs {
			values, err := tx.deleteSaidOf(i.ID)
			if err != nil {
				return 0, err
			}
			deleted += values
		}
	}
	if err := tx.eraseComments(about); err != nil {
		return 0, err
	}
	only := onlyIDs(access.Person{OktaID: k.id})
	if err := tx.q.EraseItemDecider(tx.ctx, db.EraseItemDeciderParams{DeciderID: k.id, Decider: only}); err != nil {
		return 0, saved(err, "items decided by", k.id)
	}
	if err := tx.erasePassed(k.id); err != nil {
		return 0, err
	}
	return deleted, tx.q.EraseCampaignReviewer(tx.ctx, db.EraseCampaignReviewerParams{ReviewerID: k.id, Reviewer: only})
}

// erasePassed takes out what somebody has said when they had others asked.
func (tx *Tx) erasePassed(by string) error {
	items, err := tx.q.ItemsPassedOnBy(tx.ctx, db.ItemsPassedOnByParams{ReviewerID: by, By: `%"by":` + encode(by) + `,%`})
	if err != nil {
		return fmt.Errorf("items passed on by %s: %w", by, err)
	}
	for _, i := range items {
		passed, err := unsaid(i.Passed, by)
		if err == nil {
			err = tx.q.ErasePassed(tx.ctx, db.ErasePassedParams{ID: i.ID, Passed: passed})
		}
		if err != nil {
			return saved(err, "item", i.ID)
		}
	}
	return nil
}

// unsaid is how an item was passed on, as it is stored, without what somebody, or if by is empty
// anybody, said of it then: that others were asked, and when, stays.
func unsaid(passed, by string) (string, error) {
	if passed == "" {
		return "", nil
	}
	var all []access.Passing
	if err := json.Unmarshal([]byte(passed), &all); err != nil {
		return "", fmt.Errorf("read how it was passed on: %w", err)
	}
	for n := range all {
		if by == "" || all[n].By == by {
			all[n].Comment = ""
		}
	}
	return encode(all), nil
}

// deleteSaidOf deletes what the trail keeps of an item. Earlier versions have filed what is about
// an account under who has decided.
func (tx *Tx) deleteSaidOf(item string) (int64, error) {
	done, err := tx.sql.ExecContext(tx.ctx, `DELETE FROM audit_personal WHERE field IN ('facts', 'others', 'comment', 'why', 'lower_failed')
		AND seq IN (SELECT seq FROM audit_events WHERE kind IN ('item.decided', 'item.delegated', 'item.removing', 'item.settled') AND body LIKE $1)`, `%"item":"`+item+`"%`)
	if err != nil {
		return 0, fmt.Errorf("delete what the trail says of item %s: %w", item, err)
	}
	return done.RowsAffected()
}

// eraseComments takes what was said of some items, in the forms of those who said it, out of
// these; what they said of others stays, and what they said of several at once.
func (tx *Tx) eraseComments(items map[string]bool) error {
	m := mention{table: "attempts", key: "id", where: "kind IN ('" + string(access.AttemptCertify) + "', '" + string(access.AttemptDelegate) + "') AND state <> 'open' AND (comments <> '' OR reason <> '')"}
	query := m.read([]string{"target", "reason", "comments"}) + "id > $1 ORDER BY id LIMIT " + strconv.Itoa(mentionPage)
	for after := ""; len(items) > 0; {
		page, err := tx.mentioning(query, 3, after)
		if err != nil {
			return err
		}
		for _, r := range page {
			after = r.key
			reason, comments := without(items, r.texts[0], r.texts[1], r.texts[2])
			if reason == r.texts[1] && comments == r.texts[2] {
				continue
			}
			if _, err := tx.sql.ExecContext(tx.ctx, "UPDATE attempts SET reason = $1, comments = $2, version = version + 1 WHERE id = $3", reason, comments, r.key); err != nil {
				return saved(err, "attempt", r.key)
			}
		}
		if len(page) < mentionPage {
			break
		}
	}
	return nil
}

// without is what was said of items but for some: the reason goes if it is of these alone.
func without(items map[string]bool, target, reason, comments string) (string, string) {
	said, err := access.ParseCertified(target)
	if err == nil && !slices.ContainsFunc(said.Items(), func(id string) bool { return !items[id] }) {
		reason = ""
	}
	all := map[string]string{}
	if json.Unmarshal([]byte(comments), &all) != nil {
		return reason, comments
	}
	before := len(all)
	maps.DeleteFunc(all, func(id, _ string) bool { return items[id] })
	if len(all) < before {
		comments = commentsOf(all)
	}
	return reason, comments
}
