package approvals

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"airpass/access"
	"airpass/store"
)

// home shows somebody their Home tab as it is now, from its first pages on, or turned to
// the page that they asked for.
func (s *Service) home(ctx context.Context, a access.Attempt, who Identity) error {
	return s.Store.Update(ctx, access.PersonActor(who.Person), func(tx *store.Tx) error {
		if err := bind(tx, who); err != nil {
			return err
		}
		if err := done(tx, a, a.Target); err != nil {
			return err
		}
		pages, err := turned(tx, a)
		if err != nil {
			return err
		}
		return tx.PutHome(access.Home{SlackID: a.Slack.ID, OktaID: who.Person.OktaID, Login: who.Person.Login, Admin: slices.Contains(s.Admins, who.Person.Login), Pages: pages})
	})
}

// turned are the pages that a Home tab shows after an attempt.
func turned(tx *store.Tx, a access.Attempt) (map[string]int, error) {
	part, number, _ := strings.Cut(a.Target, "-")
	page, err := strconv.Atoi(number)
	known := part == access.PartAccess || part == access.PartWaiting || part == access.PartRequests
	if !known || err != nil {
		return nil, nil //nolint:nilerr // opened, or not a page: it begins anew
	}
	before, _, err := tx.Home(a.Slack.ID)
	if err != nil {
		return nil, err
	}
	pages := map[string]int{}
	maps.Copy(pages, before.Pages)
	pages[part] = min(max(page, 0), access.MaxPage)
	return pages, nil
}

// turnedAway shows somebody on their Home tab why airpass does not serve them.
func turnedAway(tx *store.Tx, a access.Attempt, words string) error {
	return tx.PutHome(access.Home{SlackID: a.Slack.ID, Refused: words})
}
