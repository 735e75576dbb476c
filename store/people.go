package store

import (
	"context"
	"slices"

	"airpass/access"
	"airpass/internal/namesake"
	"airpass/store/db"
)

// mostAlike is how many people of one name are told apart.
const mostAlike = 5

// Namesakes are others who have asked or decided before and whose name people take for
// somebody's: the same but for case, accents and blanks. They are as they were known then.
func (r reads) Namesakes(ctx context.Context, p access.Person) ([]access.Person, error) {
	key := namesake.Key(p.Name)
	if key == "" {
		return nil, nil
	}
	rows, err := r.q.PeopleAlike(ctx, db.PeopleAlikeParams{NameKey: key, OktaID: p.OktaID, Most: mostAlike})
	found, err := all(rows, err, personOf)
	return slices.DeleteFunc(found, p.Same), err
}

func personOf(row string) (p access.Person, err error) {
	var dec decoder
	dec.decode("people.person", row, &p)
	return p, dec.err
}

// meet notes how somebody is known now. Who has not been known by this name before is told
// apart from their namesakes, on the cards of these too.
func (tx *Tx) meet(p access.Person) error {
	key := namesake.Key(p.Name)
	if key == "" || p.OktaID == "" {
		return nil
	}
	if err := tx.q.PutPerson(tx.ctx, db.PutPersonParams{OktaID: p.OktaID, NameKey: key, Person: encode(p)}); err != nil {
		return saved(err, "person", p.OktaID)
	}
	others, err := tx.r.Namesakes(tx.ctx, p)
	for _, o := range others {
		waiting, err := tx.q.WaitingOf(tx.ctx, db.WaitingOfParams{SubjectID: o.OktaID, Most: mostAlike})
		if err != nil {
			return err
		}
		for _, id := range waiting {
			if err := tx.TouchMessages(id); err != nil {
				return err
			}
		}
	}
	return err
}
