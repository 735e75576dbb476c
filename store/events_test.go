package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"airpass/access"
	"airpass/store"
	"airpass/store/storetest"
)

func TestEventsAreToldOnceTheyAreCommittedAndWithoutPersonalValues(t *testing.T) {
	t.Parallel()
	var told []access.Event
	s, err := store.Open(t.Context(), storetest.SQLite(t), store.Options{Now: time.Now,
		Key: store.AuditKey{ID: "test", Key: []byte("0123456789abcdef0123456789abcdef")}, OnEvents: func(_ context.Context, e []access.Event) { told = append(told, e...) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	actor := access.Actor{Kind: access.ByPerson, ID: "00u1", Name: "Ada Arnold"}
	record := func(end error) error {
		return s.Update(t.Context(), actor, func(tx *store.Tx) error {
			tx.Record(access.Event{Kind: "grant.retried", Facts: map[string]string{"target": "prod/User"}, Personal: map[string]string{"note": "hush"}})
			return end
		})
	}
	if no := errors.New("no"); !errors.Is(record(no), no) || len(told) != 0 {
		t.Fatalf("told of what did not happen: %+v", told)
	}
	if err := record(nil); err != nil || len(told) != 1 {
		t.Fatalf("%v %+v", err, told)
	}
	e := told[0]
	if e.Kind != "grant.retried" || e.Facts["target"] != "prod/User" || e.Actor != (access.Actor{Kind: access.ByPerson, ID: "00u1"}) || e.Personal != nil || e.At.IsZero() {
		t.Errorf("%+v", e)
	}
}
