package campaigns_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"airpass/access"
	"airpass/campaigns"
	"airpass/identitycenter"
	"airpass/internal/pgtest"
	"airpass/policy"
	"airpass/reviews"
	"airpass/store"
)

// The population that is measured: 10,000 people, each in ten of 200 groups.
const (
	manyPeople  = 10_000
	manyTargets = 200
	manyItems   = 100_000
)

// crowded is an organization that answers at once: what is measured is what airpass does
// with the lists, and not how long it takes to page through them.
type crowded struct{ people []access.Person }

func newCrowded() crowded {
	c := crowded{people: make([]access.Person, manyPeople)}
	for i := range c.people {
		login := fmt.Sprintf("person%d@example.com", i)
		c.people[i] = access.Person{OktaID: fmt.Sprintf("00u%017d", i), Login: login, Email: login, Name: fmt.Sprintf("Person Number %d", i), Status: "ACTIVE",
			Department: fmt.Sprintf("Department %d", i%100), Title: "Data engineer"}
	}
	return c
}

// GroupMembers are every twentieth person, from the number of the group on.
func (c crowded) GroupMembers(_ context.Context, group string, _ int) ([]access.Person, error) {
	var n int
	if _, err := fmt.Sscanf(group, "00g%d", &n); err != nil {
		return nil, err
	}
	var all []access.Person
	for i := n % (manyTargets / 10); i < len(c.people); i += manyTargets / 10 {
		all = append(all, c.people[i])
	}
	return all, nil
}

func (c crowded) People(_ context.Context, ids []string) (map[string]access.Person, error) {
	all := map[string]access.Person{}
	for _, id := range ids {
		var n int
		if _, err := fmt.Sscanf(id, "00u%d", &n); err == nil && n < len(c.people) {
			all[id] = c.people[n]
		}
	}
	return all, nil
}

func (crowded) RuledGroups(context.Context) (map[string]bool, error) { return nil, nil }

func (c crowded) IdentityCenterUserNames(context.Context) (map[string]string, error) {
	names := make(map[string]string, len(c.people))
	for _, p := range c.people {
		names[p.OktaID] = p.Login
	}
	return names, nil
}

// ManagersOf has every hundredth person manage the hundred.
func (c crowded) ManagersOf(_ context.Context, people []access.Person) (map[string]access.Person, error) {
	managers := make(map[string]access.Person, len(people))
	for _, p := range people {
		var n int
		if _, err := fmt.Sscanf(p.OktaID, "00u%d", &n); err != nil {
			return nil, err
		}
		managers[p.OktaID] = c.people[n/100*100]
	}
	return managers, nil
}

func (c crowded) ByLogins(_ context.Context, logins []string) (map[string]access.Person, error) {
	all := map[string]access.Person{}
	for _, l := range logins {
		var n int
		if _, err := fmt.Sscanf(l, "person%d@", &n); err == nil {
			all[l] = c.people[n]
		}
	}
	return all, nil
}

func (crowded) Assigned(context.Context, string, string, string) (people, groups []string, err error) {
	return nil, nil, nil
}

func (crowded) MembersOf(context.Context, string, string) ([]string, error) { return nil, nil }

func (c crowded) Accounts(context.Context) ([]identitycenter.Account, error) {
	all := make([]identitycenter.Account, 0, len(c.people))
	for i, p := range c.people {
		all = append(all, identitycenter.Account{ID: fmt.Sprintf("u-%d", i), UserName: p.Login})
	}
	return all, nil
}

func (crowded) PermissionSet(context.Context, string, string) (identitycenter.PermissionSet, error) {
	return identitycenter.PermissionSet{}, nil
}

func (crowded) Tags(context.Context, string, string) (map[string]string, error) { return nil, nil }

func (crowded) Attached(context.Context, string, string) (identitycenter.Attached, error) {
	return identitycenter.Attached{}, nil
}

func (crowded) Outdated(context.Context, string, string, string) (bool, error) { return false, nil }

func manyOf() []access.Target {
	all := make([]access.Target, 0, manyTargets)
	for i := range manyTargets {
		env := access.Environment{Key: fmt.Sprintf("env%d", i), Account: "111122223333", Region: "eu-west-1", Partition: "aws", Name: fmt.Sprintf("data-%d", i)}
		all = append(all, access.Target{ID: env.Key + "/Viewer", Role: access.Viewer, Mode: access.ByUser, Environment: env, OktaGroup: fmt.Sprintf("00g%d", i), Instance: "arn:instance", PermissionSet: fmt.Sprintf("arn:set/%d", i)})
	}
	return all
}

// highest watches the heap until it is stopped, and says how large it was at most.
func highest() (stop func() uint64) {
	var most atomic.Uint64
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most.Store(max(most.Load(), m.HeapInuse))
			select {
			case <-end:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return func() uint64 { close(end); <-ended; return most.Load() }
}

// BenchmarkBuild builds an occurrence of a campaign about 100,000 items: 10,000 people who
// hold ten of 200 targets each, asked of their managers. It fails above 30 seconds, or above
// 256 MiB of heap.
func BenchmarkBuild(b *testing.B) {
	for dialect, url := range map[string]func() string{
		"sqlite":   func() string { return "sqlite:" + filepath.Join(b.TempDir(), "airpass.db") },
		"postgres": func() string { return pgtest.URL(b) },
	} {
		b.Run(dialect, func(b *testing.B) {
			for b.Loop() {
				buildMany(b, url())
			}
		})
	}
}

func buildMany(b *testing.B, url string) {
	b.Helper()
	st, err := store.Open(b.Context(), url, store.Options{Now: time.Now, Key: store.AuditKey{ID: "k1", Key: []byte("a key of thirty-two bytes, no less")}})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	conditions, err := policy.NewConditions()
	if err != nil {
		b.Fatal(err)
	}
	org := newCrowded()
	comparer := reviews.Comparer{Store: st, Directory: org, Assignments: org, PermissionSets: org, Now: time.Now, OverdueAfter: 5 * time.Minute}
	manager := []access.Approver{{Kind: access.ApproverManager}}
	fallback := []access.Approver{{Kind: access.ApproverPerson, Value: "person1@example.com"}}
	rules := access.Campaign{Name: "many", Scope: access.AllHolders, Reviewers: manager, Fallback: fallback, Deadline: 14 * 24 * time.Hour, Silence: access.SilenceKeeps}
	s := campaigns.New(campaigns.Options{Store: st, Targets: manyOf, Now: time.Now, Log: slog.New(slog.DiscardHandler), Campaigns: []campaigns.Dated{{Campaign: rules}},
		Planner: campaigns.Planner{Store: st, Comparer: comparer, Directory: org, Conditions: conditions, Owners: func(string) []string { return nil }, Now: time.Now}})
	o, err := s.Start(b.Context(), access.System("bench"), rules.Name)
	if err != nil {
		b.Fatal(err)
	}
	runtime.GC()
	begin, stop := time.Now(), highest()
	if err := s.StepOccurrence(b.Context(), o.ID, o.Version); err != nil {
		b.Fatal(err)
	}
	took, heap := time.Since(begin), float64(stop())/(1<<20)
	if o, err = st.Occurrence(b.Context(), o.ID); err != nil || o.State != access.OccurrenceOpen || o.Items != manyItems {
		b.Fatalf("%v: %s with %d items %s", err, o.State, o.Items, o.LastError)
	}
	b.ReportMetric(took.Seconds(), "build-s")
	b.ReportMetric(heap, "heap-MiB")
	if took > 30*time.Second || heap > 256 {
		b.Errorf("%s, %.0f MiB", took, heap)
	}
}
