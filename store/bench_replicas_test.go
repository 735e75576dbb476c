package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"airpass/access"
	"airpass/internal/pgtest"
	"airpass/store"
)

// replicaOf names the environment variable that makes the test binary a replica, with the url
// of its database.
const replicaOf = "AIRPASS_TEST_REPLICA"

// BenchmarkAuditReplicas is one small transaction with one event on PostgreSQL, for five
// seconds by three replicas, each a process with four workers, who all wait for the one head
// of the trail.
func BenchmarkAuditReplicas(b *testing.B) {
	const lasting = 5 * time.Second
	f := newFleet(b, 3)
	for b.Loop() {
		total, slowest := f.commit(lasting)
		b.ReportMetric(float64(total)/lasting.Seconds(), "commits/s")
		b.ReportMetric(float64(slowest)/lasting.Seconds(), "slowest-commits/s")
	}
	f.whole()
}

func TestProcessesWriteOneTrail(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 3)
	if _, slowest := f.commit(200 * time.Millisecond); slowest == 0 {
		t.Error("one of them had no turn")
	}
	f.whole()
}

// fleet is several processes that write to one database.
type fleet struct {
	testing.TB
	url     string
	total   int64 // of commits
	members []member
}

// member is one of them: told for how long to write, it does, and says how often it has.
type member struct {
	tell io.Writer
	says *bufio.Reader
}

// newFleet starts n processes, which end with the test.
func newFleet(t testing.TB, n int) *fleet {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	f := &fleet{TB: t, url: pgtest.URL(t)}
	ctx, stop := context.WithTimeout(context.Background(), 2*time.Minute)
	var running sync.WaitGroup
	t.Cleanup(func() { stop(); running.Wait() })
	for range n {
		cmd := exec.CommandContext(ctx, self)
		cmd.Env, cmd.Stderr = append(os.Environ(), replicaOf+"="+f.url), os.Stderr
		in, err := cmd.StdinPipe() // the process ends when this does, however we die
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		running.Go(func() { <-ctx.Done(); _ = cmd.Wait() })
		f.members = append(f.members, member{in, bufio.NewReader(out)})
	}
	f.each(0) // all are there
	return f
}

// commit has all of them write for so long at the same time, and returns how many transactions
// they committed, and how many the slowest.
func (f *fleet) commit(lasting time.Duration) (total, slowest int64) {
	f.Helper()
	counts := f.each(lasting)
	slowest = counts[0]
	for _, n := range counts {
		total, slowest = total+n, min(slowest, n)
	}
	f.total += total
	return total, slowest
}

// each tells all for how long, and returns what they say.
func (f *fleet) each(lasting time.Duration) []int64 {
	f.Helper()
	for _, m := range f.members {
		if _, err := fmt.Fprintln(m.tell, lasting); err != nil {
			f.Fatal(err)
		}
	}
	counts := make([]int64, len(f.members))
	for i, m := range f.members {
		line, err := m.says.ReadString('\n')
		if err == nil {
			counts[i], err = strconv.ParseInt(strings.TrimSpace(line), 10, 64)
		}
		if err != nil {
			f.Fatalf("replica %d: %v", i, err)
		}
	}
	return counts
}

// whole wants the trail to have what was committed, all of it and nothing else, in one chain.
func (f *fleet) whole() {
	f.Helper()
	s, err := trailAt(context.Background(), f.url)
	if err != nil {
		f.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if r, err := s.VerifyAudit(context.Background()); err != nil || r.Why != "" || r.Events != f.total {
		f.Errorf("%d were committed: %+v %v", f.total, r, err)
	}
}

func trailAt(ctx context.Context, url string) (*store.Store, error) {
	return store.Open(ctx, url, store.Options{Now: func() time.Time { return noon }, Key: key()})
}

// writes does what a member of a fleet is told, until nobody is there to tell it.
func writes(url string) int {
	s, err := trailAt(context.Background(), url)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = s.Close() }()
	for told := bufio.NewScanner(os.Stdin); told.Scan(); {
		lasting, err := time.ParseDuration(told.Text())
		var n int64
		if err == nil {
			n, err = commits(s, lasting)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		fmt.Println(n)
	}
	return 0
}

// commits is how many transactions four workers commit in so much time.
func commits(s *store.Store, lasting time.Duration) (int64, error) {
	const workers = 4
	var n atomic.Int64
	var working sync.WaitGroup
	failed := make([]error, workers)
	for i := range workers {
		working.Go(func() {
			for end := time.Now().Add(lasting); failed[i] == nil && time.Now().Before(end); {
				if failed[i] = s.Update(context.Background(), tester, func(tx *store.Tx) error {
					tx.Record(access.Event{Kind: "test.happened", Facts: map[string]string{"fact": "a"}, Personal: map[string]string{"name": "Ada"}})
					return nil
				}); failed[i] == nil {
					n.Add(1)
				}
			}
		})
	}
	working.Wait()
	return n.Load(), errors.Join(failed...)
}
