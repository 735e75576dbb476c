package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"airpass/access"
	"airpass/store/db"
)

func homeOf(row db.Home) (access.Home, error) {
	h := access.Home{SlackID: row.SlackID, OktaID: row.OktaID, Login: row.Login, Admin: row.Admin, Refused: row.Refused, OpenedAt: row.OpenedAt.UTC()}
	var dec decoder
	dec.decode("homes.pages", row.Pages, &h.Pages)
	return h, dec.err
}

// Home reads somebody's Home tab, if they have ever opened it.
func (r reads) Home(ctx context.Context, slackID string) (access.Home, bool, error) {
	row, err := r.q.Home(ctx, slackID)
	return optional(row, err, homeOf, "the Home tab of", slackID)
}

// Home reads somebody's Home tab, if they have ever opened it.
func (tx *Tx) Home(slackID string) (access.Home, bool, error) { return tx.r.Home(tx.ctx, slackID) }

// PutHome stores whose a Home tab is and has it shown, also when it was given up before.
// It is a view of what is stored and no audit event.
func (tx *Tx) PutHome(h access.Home) error {
	pages, err := json.Marshal(h.Pages)
	if err != nil {
		return fmt.Errorf("the pages of a Home tab: %w", err)
	}
	err = tx.q.PutHome(tx.ctx, db.PutHomeParams{SlackID: h.SlackID, OktaID: h.OktaID, Login: h.Login, Admin: h.Admin, Refused: words(h.Refused),
		Pages: string(pages), OpenedAt: moment(tx.now)})
	if err != nil {
		return saved(err, "the Home tab of", h.SlackID)
	}
	id := access.HomeMessage(h.SlackID)
	if err := tx.q.PutHomeMessage(tx.ctx, db.PutHomeMessageParams{ID: id, Recipient: h.SlackID, CreatedAt: moment(tx.now)}); err != nil {
		return saved(err, "message", id)
	}
	if err := tx.q.ReviveHome(tx.ctx, id); err != nil {
		return saved(err, "message", id)
	}
	tx.touchHome(h.SlackID)
	return nil
}

// touchHome says that there is something new to show on somebody's Home tab, if they have
// one. The rows are changed at the end, in one order for all transactions.
func (tx *Tx) touchHome(slackID string) {
	if tx.homes == nil {
		tx.homes = map[string]bool{}
	}
	tx.homes[slackID] = true
}

// touchHomesAbout touches the Home tabs of a request's requester and of those who were
// asked to decide it.
func (tx *Tx) touchHomesAbout(requestID string) error {
	people, err := tx.q.AskedOf(tx.ctx, requestID)
	if err != nil {
		return fmt.Errorf("whose Home tabs show request %s: %w", requestID, err)
	}
	for _, p := range people {
		tx.touchHome(p)
	}
	return nil
}

// TouchAdminHomes says that there is something new to show on the Home tabs of those who run
// airpass.
func (tx *Tx) TouchAdminHomes() error {
	people, err := tx.q.AdminHomes(tx.ctx)
	if err != nil {
		return fmt.Errorf("the Home tabs of admins: %w", err)
	}
	for _, p := range people {
		tx.touchHome(p)
	}
	return nil
}

// showHomes wakes the Home tabs that were touched. One that is opened for the first time
// meanwhile is not there yet to be woken: whoever opens it waits, and then shows this too.
func (tx *Tx) showHomes() error {
	for _, slackID := range slices.Sorted(maps.Keys(tx.homes)) {
		if err := tx.lock("home " + slackID); err != nil {
			return err
		}
		touched, err := tx.q.TouchHome(tx.ctx, db.TouchHomeParams{ID: access.HomeMessage(slackID), Now: &tx.now})
		if err != nil {
			return fmt.Errorf("wake the Home tab of %s: %w", slackID, err)
		}
		for _, m := range touched {
			tx.Wake(Wake{Kind: WakeMessage, ID: m.ID, Version: m.Version})
		}
	}
	return nil
}

// WaitingFor are the ids of the requests that wait for a decision and of which somebody has
// a card, the oldest first; not those about which they have said something already.
func (r reads) WaitingFor(ctx context.Context, slackID, oktaID string) ([]string, error) {
	ids, err := r.q.WaitingFor(ctx, db.WaitingForParams{Recipient: slackID, Decider: oktaID})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("what waits for %s: %w", slackID, err)
	}
	return ids, nil
}

// FailedGrants are grants that could not be set up, of those that ended after since, the
// newest first.
func (r reads) FailedGrants(ctx context.Context, since time.Time, limit int) ([]access.Grant, error) {
	rows, err := r.q.FailedGrants(ctx, db.FailedGrantsParams{Since: maybe(since), Max: int64(limit)})
	return all(rows, err, grantOf)
}
