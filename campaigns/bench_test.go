package campaigns_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"airpass/access"
	"airpass/campaigns"
	"airpass/identitycenter"
	"airpass/internal/footprint"
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
		p := c.people[i] // each answer of Okta has words of its own
		for _, word := range []*string{&p.OktaID, &p.Login, &p.Email, &p.Name, &p.Status, &p.Department, &p.Title} {
			*word = strings.Clone(*word)
		}
		all = append(all, p)
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

func (crowded) Observe(context.Context, access.Ref, time.Time) (access.Observation, error) {
	return access.Observation{}, errors.New("nothing is asked about one by one")
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

func (crowded) OutdatedIn(context.Context, string, string) ([]string, error) { return nil, nil }

func manyOf() []access.Target {
	all := make([]access.Target, 0, manyTargets)
	for i := range manyTargets {
		env := access.Environment{Key: fmt.Sprintf("env%d", i), Account: "111122223333", Region: "eu-west-1", Partition: "aws", Name: fmt.Sprintf("data-%d", i)}
		all = append(all, access.Target{ID: env.Key + "/Viewer", Role: access.Viewer, Mode: access.ByUser, Environment: env, OktaGroup: fmt.Sprintf("00g%d", i), Instance: "arn:instance", PermissionSet: fmt.Sprintf("arn:set/%d", i)})
	}
	return all
}

// processor is how much time of it the process has taken.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// others change something with an event again and again, until they are stopped, and say how
// long they had to wait at most.
func others(b *testing.B, st *store.Store) (stop func() time.Duration) {
	b.Helper()
	var most time.Duration
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			begin := time.Now()
			err := st.Update(b.Context(), access.System("other"), func(tx *store.Tx) error {
				tx.Record(access.Event{Kind: "test.happened"})
				return nil
			})
			if err != nil {
				b.Error(err)
			}
			most = max(most, time.Since(begin))
			select {
			case <-end:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return func() time.Duration { close(end); <-ended; return most }
}

// The bounds of a campaign of 100,000 items. It is to take less than aim. Others may be at work
// on the same machine, so that it fails at twice that; and when it takes of the processor, which
// is the same however busy the machine is, what would not fit in aim on one that has nothing else
// to do. Who wants to write meanwhile may have to wait for a while, and not for seconds: there is
// one writer on SQLite.
const (
	aim           = 30 * time.Second
	mostProcessor = 25 * time.Second
	mostMemory    = 256 // MiB
	mostWait      = 2 * time.Second
)

// BenchmarkBuild builds an occurrence of a campaign about 100,000 items: 10,000 people who
// have ten of 200 targets each, asked of their managers; once all of it standing access, and
// once all of it live grants, of which each tenth extends another. It fails above a
// minute, above 25 s of the processor, above 256 MiB of the whole process, and if somebody else
// who wants to write waits for two seconds.
func BenchmarkBuild(b *testing.B) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		for _, all := range []string{"standing", "grants"} {
			b.Run(dialect+"/"+all, func(b *testing.B) {
				for b.Loop() {
					url := "sqlite:" + filepath.Join(b.TempDir(), "airpass.db")
					if dialect == "postgres" {
						url = pgtest.URL(b)
					}
					buildMany(b, url, all == "grants")
				}
			})
		}
	}
}

func buildMany(b *testing.B, url string, granted bool) {
	b.Helper()
	st, err := store.Open(b.Context(), url, store.Options{Now: time.Now, Key: store.AuditKey{ID: "k1", Key: []byte("a key of thirty-two bytes, no less")}})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	org := newCrowded()
	if granted {
		grantMany(b, st, org)
	}
	s, o := begun(b, st, org)
	most := footprint.Resident(b)
	begin, worked, heap, waited := time.Now(), processor(b), footprint.Heap(), others(b, st)
	if err := s.StepOccurrence(b.Context(), o.ID, o.Version); err != nil {
		b.Fatal(err)
	}
	took, wait, inUse, rss, worked := time.Since(begin), waited(), heap(), most(), processor(b)-worked
	b.ReportMetric(worked.Seconds(), "processor-s")
	if o, err = st.Occurrence(b.Context(), o.ID); err != nil || o.State != access.OccurrenceOpen || o.Items != manyItems {
		b.Fatalf("%v: %s with %d items %s", err, o.State, o.Items, o.LastError)
	}
	explained(b, st, o, granted)
	b.ReportMetric(took.Seconds(), "build-s")
	b.ReportMetric(inUse, "heap-MiB")
	b.ReportMetric(rss, "rss-MiB")
	b.ReportMetric(float64(wait.Milliseconds()), "others-wait-ms")
	if took > aim {
		b.Logf("TOO SLOW, unless the machine was busy: %s, and %s is the aim", took, aim)
	}
	if took > 2*aim || worked > mostProcessor || max(inUse, rss) > mostMemory || wait > mostWait {
		b.Errorf("%s, %s of the processor, %.0f MiB of heap, %.0f MiB resident, others waited for %s", took, worked, inUse, rss, wait)
	}
}

// begun is a campaign about everybody, which has begun and is to be built.
func begun(b *testing.B, st *store.Store, org crowded) (*campaigns.Service, access.Occurrence) {
	b.Helper()
	conditions, err := policy.NewConditions()
	if err != nil {
		b.Fatal(err)
	}
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
	return s, o
}

// explained looks at a few items, whether they are what was measured.
func explained(b *testing.B, st *store.Store, o access.Occurrence, granted bool) {
	b.Helper()
	items, err := st.CampaignItems(b.Context(), o.ID, "", 1_000)
	if err != nil {
		b.Fatal(err)
	}
	for _, i := range items {
		facts, err := campaigns.Facts(i)
		if err != nil || i.Standing == granted || (facts.Grant != "") != granted || granted && (facts.Approved != approver.Login || facts.Since.IsZero()) {
			b.Fatalf("%+v %v", facts, err)
		}
	}
}
