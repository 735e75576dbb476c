package grants

import (
	"fmt"

	"airpass/access"
	"airpass/store"
)

// tileSetting remembers that the admins were told that an application's tiles cannot be
// given, so that they are told once, whoever asks for access.
func tileSetting(application string) string { return "tile_refused." + application }

// tellTiles tells the admins once that a vendor refuses to assign an application, and
// forgets it when one is assigned after all: then it is news again.
func (s *Service) tellTiles(tx *store.Tx, l sight, out outcome, now access.Entitlement) error {
	ref := l.entitlement.Ref
	refused := out.fatal && !l.entitlement.Fatal
	works := now.Ready && !l.entitlement.Ready
	if ref.Kind != access.ApplicationAssignment || !refused && !works {
		return nil
	}
	if err := showTile(tx, now); err != nil {
		return err
	}
	key := tileSetting(ref.Application)
	told, err := tx.LockSetting(key)
	if err != nil || (told != "") == refused {
		return err
	}
	if works {
		return tx.SetSetting(key, "")
	}
	if err := tx.SetSetting(key, string(classOf(out.failure))); err != nil {
		return err
	}
	_, err = tx.CreateMessage(access.Message{ID: tx.NewID(), Kind: access.AdminNotice, To: s.AdminChannel, State: access.MessageNew, NextAt: tx.Now(),
		Text: fmt.Sprintf("AWS refuses to assign the application %s to people: %v. Access is given and taken away without its tile in the access portal. "+
			"In the console, assign it to a group of those who may ask, and write saml_application: none; airpass doctor tells more. This is said once.", ref.Application, out.failure)})
	return err
}

// showTile has the cards of the grants that a tile is of say how it stands: access that does
// not wait for its tile is active by then, and nothing else about it changes.
func showTile(tx *store.Tx, e access.Entitlement) error {
	holds, err := tx.LiveHolds(e.ID)
	if err != nil {
		return err
	}
	for _, h := range holds {
		g, err := tx.Grant(h.GrantID)
		if err != nil {
			return err
		}
		if err := tx.TouchMessages(g.RequestID); err != nil {
			return err
		}
	}
	return nil
}
