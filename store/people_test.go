package store_test

import (
	"testing"

	"airpass/access"
	"airpass/store"
)

func TestPeopleOfTheSameNameAreToldApart(t *testing.T) {
	onEach(t, func(t *testing.T, w *world) {
		zoe := access.Person{OktaID: "00uZoe", Name: "Zoë Müller", Email: "zoe@example.com", Status: "ACTIVE"}
		other := access.Person{OktaID: "00uZoe2", Name: "ZOE MULLER", Email: "zoe2@example.com", Title: "Recruiter", Status: "ACTIVE"}
		namesakes := func(of access.Person) []access.Person {
			t.Helper()
			found, err := w.Namesakes(t.Context(), of)
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		r := w.ask(zoe, prod)
		if found := namesakes(zoe); len(found) != 0 {
			t.Errorf("she is her own namesake: %+v", found)
		}
		var card access.Message
		w.update(func(tx *store.Tx) (err error) {
			card, err = tx.CreateMessage(access.Message{Kind: access.ApproverCard, Request: r.ID, To: "UG", State: access.MessagePosted, Channel: "DG", TS: "1.1"})
			return err
		})
		w.ask(other, prod)
		if found := namesakes(zoe); len(found) != 1 || found[0] != other {
			t.Errorf("her namesake: %+v", found)
		}
		if m, err := w.Message(t.Context(), card.ID); err != nil || m.Version == card.Version {
			t.Errorf("the card of who asked first stays as it was: %+v %v", m, err)
		}
		// Somebody by another name, and one human with two users, are no namesakes.
		w.ask(ada, prod)
		twin := access.Person{OktaID: "00uZoe3", Name: "Zoe Muller", SameAs: "e-1", Status: "ACTIVE"}
		w.ask(twin, prod)
		if found := namesakes(access.Person{OktaID: "00uZoe4", Name: "Zoe Muller", SameAs: "e-1"}); len(found) != 2 {
			t.Errorf("who is the same human: %+v", found)
		}
		if found := namesakes(access.Person{OktaID: "00uNobody"}); len(found) != 0 {
			t.Errorf("who has no name: %+v", found)
		}
	})
}
