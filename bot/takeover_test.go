package bot_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"airpass/outbound"
	"airpass/sandbox"
	"airpass/store"
	"airpass/store/storetest"
)

// takeover is how long it takes at most, wall time, until the others have gone on with
// what a replica was doing that died without a word; docs/operations.md says so too. What
// it had claimed is free after 45 s, and found by a sweep within 15 s more.
const takeover = 80 * time.Second * slower

// hit is what happens to one of three replicas: at the first call of a site, when the
// answer has come and nothing has been stored, it dies or stands still.
type hit struct {
	story  story
	site   outbound.Site
	leader bool      // not who has called, but who is River's leader
	signal os.Signal // nil is SIGKILL
}

func (h hit) String() string {
	who := "who calls"
	if h.leader {
		who = "the leader"
	}
	return fmt.Sprintf("%s/%s %s/%s", h.story.name, h.site.Vendor, h.site.Name, who)
}

// trio is a world with three replicas of airpass, each a process of its own.
type trio struct {
	*siege
	db   *store.Store
	all  []*process
	once sync.Once
	hit  *process // nil while none is
}

var replicaID = regexp.MustCompile(`msg="airpass serves".* replica=(\S+)`)

// id is what the others know a replica by.
func (p *process) id() string {
	if m := replicaID.FindStringSubmatch(p.log.String()); m != nil {
		return m[1]
	}
	return ""
}

// threeAbreast starts a world with three replicas, of which h hits one once armed.
func threeAbreast(t *testing.T, h hit) *trio {
	t.Helper()
	s := &trio{siege: besiege(t, storetest.PostgreSQL(t), sandbox.Options{AssignmentDelay: 300 * time.Millisecond, PushDelay: 300 * time.Millisecond}, nil)}
	s.db = s.open()
	s.most = firstHelp // wall time has to pass, and not all of the grant's
	s.all = append(s.all, s.process)
	for range 2 {
		if err := s.launch(); err != nil {
			t.Fatal(err)
		}
		s.all = append(s.all, s.process)
	}
	s.beside = s.all
	s.eventually("three serve, with two connections to Slack each", func() bool {
		return len(s.Slack.Connections()) == 6 && !slices.ContainsFunc(s.all, func(p *process) bool { return p.id() == "" })
	})
	leader := s.leader()
	s.told = func(site outbound.Site, pid string) {
		s.mu.Lock()
		armed := s.armed
		s.mu.Unlock()
		if !armed || site != h.site {
			return
		}
		s.once.Do(func() {
			who := leader
			if !h.leader {
				who = s.all[slices.IndexFunc(s.all, func(p *process) bool { return strconv.Itoa(p.cmd.Process.Pid) == pid })]
			}
			s.strike(who, h.signal)
		})
	}
	return s
}

// strike kills a replica, or makes it stand still.
func (s *trio) strike(who *process, signal os.Signal) {
	if signal == nil {
		who.kill()
	} else if err := who.cmd.Process.Signal(signal); err != nil {
		s.Error(err)
	}
	_, _ = fmt.Fprintf(s.log, "time=%s level=STORY hit replica=%s\n", time.Now().UTC().Format(time.RFC3339Nano), who.id())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hit, s.hitAt = who, time.Now()
}

// leader is the replica that is River's leader.
func (s *trio) leader() (who *process) {
	s.Helper()
	s.eventually("somebody leads", func() bool {
		var id string
		if err := s.db.DB().QueryRowContext(s.Context(), "SELECT leader_id FROM river_leader").Scan(&id); err != nil {
			return false
		}
		i := slices.IndexFunc(s.all, func(p *process) bool { return p.id() == id })
		if i >= 0 {
			who = s.all[i]
		}
		return i >= 0
	})
	return who
}

// known is how many replicas know of each other.
func (s *trio) known() (n int) {
	s.Helper()
	if err := s.db.DB().QueryRowContext(s.Context(), "SELECT count(*) FROM replicas").Scan(&n); err != nil {
		s.Fatal(err)
	}
	return n
}

// everyHit is all that a grant and its end call.
func everyHit(t *testing.T) []hit {
	t.Helper()
	grant, revoke := stories()[0], stories()[1]
	all := []hit{{story: grant, site: outbound.OktaGetUser, leader: true}, {story: revoke, site: outbound.DeleteAssignment, leader: true}}
	for _, st := range []story{grant, revoke} {
		s := threeAbreast(t, hit{})
		st.play(s.siege, plots()[0])
		for site := range s.calls() {
			if !byTheClock(st.name, site) {
				all = append(all, hit{story: st, site: site})
			}
		}
		s.stop()
	}
	return all
}

// othersFinish plays a story in which h happens: the other two finish it, within the time
// that is stated, and nothing is done or said twice.
func othersFinish(t *testing.T, h hit) {
	t.Helper()
	socketOnly(t)
	p := plots()[0]
	s := threeAbreast(t, h)
	s.stand(p)
	h.story.play(s.siege, p)
	s.disarm()
	if s.hit == nil {
		t.Fatalf("%s was not called", h.site.Name)
	}
	if s.recovered > takeover {
		t.Errorf("the others took %s to finish what one had begun, more than %s\n%s", s.recovered, takeover, s.log)
	}
	t.Logf("finished %s after it was killed", s.recovered.Round(time.Millisecond))
	s.judge(h.story, p)
}

// Those of every day wait for most of a minute each. They are tests of their own, and in
// a file that comes late, because Go begins the parallel tests that come last first, and
// parts of tests after all tests.

func TestWhoHoldsAClaimDiesAndTheOthersFinish(t *testing.T) {
	t.Parallel()
	othersFinish(t, hit{story: stories()[0], site: outbound.CreateAssignment})
}

func TestWhoPostsDiesAndTheOthersFinish(t *testing.T) {
	t.Parallel()
	othersFinish(t, hit{story: stories()[1], site: outbound.SlackUpdateMessage})
}

func TestTheLeaderDiesWhileAClickIsJudgedAndTheOthersFinish(t *testing.T) {
	t.Parallel()
	othersFinish(t, hit{story: stories()[0], site: outbound.OktaGetUser, leader: true})
}

func TestAReplicaIsKilledAtAnythingAndTheOthersFinish(t *testing.T) {
	t.Parallel()
	if os.Getenv("AIRPASS_MATRIX") != "full" {
		t.Skip("in the matrix only: those of every day are above")
	}
	for _, h := range everyHit(t) {
		t.Run(h.String(), func(t *testing.T) {
			t.Parallel()
			othersFinish(t, h)
		})
	}
}
