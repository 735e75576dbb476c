package store_test

import (
	"sync"
	"testing"
	"time"

	"airpass/access"
	"airpass/internal/pgtest"
	"airpass/store"
)

// BenchmarkAuditReplicas is one small transaction with one event on PostgreSQL, from three
// replicas with four workers each, who all wait for the one head of the trail.
func BenchmarkAuditReplicas(b *testing.B) {
	const replicas, workers = 3, 4
	url := pgtest.URL(b)
	var all []*store.Store
	for range replicas {
		s, err := store.Open(b.Context(), url, store.Options{Now: func() time.Time { return noon }, Key: key()})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = s.Close() })
		all = append(all, s)
	}
	left := make(chan struct{}, b.N)
	for range b.N {
		left <- struct{}{}
	}
	close(left)
	b.ResetTimer()
	var working sync.WaitGroup
	for i := range replicas * workers {
		working.Go(func() {
			for range left {
				err := all[i%replicas].Update(b.Context(), tester, func(tx *store.Tx) error {
					tx.Record(access.Event{Kind: "test.happened", Facts: map[string]string{"fact": "a"}, Personal: map[string]string{"name": "Ada"}})
					return nil
				})
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	working.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
	if r, err := all[0].VerifyAudit(b.Context()); err != nil || r.Why != "" || r.Events < int64(b.N) {
		b.Errorf("%+v %v", r, err)
	}
}
