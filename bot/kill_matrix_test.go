package bot_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"airpass/internal/pgtest"
	"airpass/outbound"
	"airpass/sandbox"
	"airpass/sandbox/workspace"
)

type message = workspace.Message

// together is how many worlds are played in at once: they mostly wait.
const together = 8

// stores are where the state is kept.
func stores() map[string]func(testing.TB) string {
	return map[string]func(testing.TB) string{
		"sqlite":   func(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "airpass.db") },
		"postgres": pgtest.URL,
	}
}

// combination is one way to die.
type combination struct {
	store string
	story story
	plot  plot
	shot  *shot // nil is not at all
}

func (c combination) String() string {
	name := c.store + "/" + c.story.name + "/" + c.plot.name
	if c.shot != nil {
		name += fmt.Sprintf("/%s %s %d/%s", c.shot.site.Vendor, c.shot.site.Name, c.shot.nth, c.shot.phase)
	}
	return name
}

// result is what came of one.
type result struct {
	combination
	sites  []outbound.Site // that were called in the part that counts
	healed time.Duration
	took   time.Duration // wall time
}

// play plays a story with one death in it and judges the end.
func (c combination) play(t *testing.T) result {
	begin := time.Now()
	o := sandbox.Options{AssignmentDelay: 300 * time.Millisecond, PushDelay: 300 * time.Millisecond}
	if c.story.name == "cancel during create" {
		o.AssignmentDelay, o.PushDelay = 5*time.Second, 5*time.Second
	}
	s := besiege(t, stores()[c.store](t), o, c.shot)
	s.stand()
	c.story.play(s, c.plot)
	if killed := s.disarm(); !killed && c.shot != nil {
		t.Errorf("%s was not called a %d. time", c.shot.site.Name, c.shot.nth)
	}
	s.judge(c.story, c.plot)
	if os.Getenv("AIRPASS_MATRIX") == "any" {
		t.Log(s.log)
	}
	return result{c, s.sites(), s.healed, time.Since(begin)}
}

// playAll plays combinations, several at once.
func playAll(t *testing.T, all []combination) []result {
	t.Helper()
	var results []result
	var mu sync.Mutex
	work := make(chan combination)
	var players sync.WaitGroup
	for range together {
		players.Go(func() {
			for c := range work {
				t.Run(c.String(), func(t *testing.T) {
					r := c.play(t)
					mu.Lock()
					defer mu.Unlock()
					results = append(results, r)
				})
			}
		})
	}
	for _, c := range all {
		work <- c
	}
	close(work)
	players.Wait()
	return results
}

// byTheClock are calls that only a schedule makes in a story, at a time of its own.
func byTheClock(story string, site outbound.Site) bool {
	return site == outbound.OktaListUsers && story == "revoke" // the sweep for people who were deactivated
}

// never are the sites that no story reaches, with the reason.
func never() map[outbound.Site]string {
	return map[outbound.Site]string{
		outbound.SlackUpdateView: "no form is changed while it is open",
	}
}

func TestKillEverywhere(t *testing.T) {
	t.Parallel()
	switch os.Getenv("AIRPASS_MATRIX") {
	case "full":
		var all []combination
		for _, c := range product(dryRun(t)) {
			all = append(all, c)
			c.store = "postgres"
			all = append(all, c)
		}
		report(t, playAll(t, all))
	case "any": // of which -run chooses
		var all []result
		for name := range stores() {
			for _, st := range stories() {
				for _, p := range plots() {
					all = append(all, result{combination: combination{name, st, p, nil}, sites: outbound.Sites()})
				}
			}
		}
		report(t, playAll(t, product(all)))
	default:
		report(t, playAll(t, sample()))
	}
}

// product is every way to die in what was played.
func product(played []result) []combination {
	var all []combination
	for _, c := range played {
		for _, site := range c.sites {
			for _, ph := range phases() {
				all = append(all, combination{c.store, c.story, c.plot, &shot{site, ph, 1}})
			}
		}
	}
	return all
}

// sample is what every run of the tests goes through: each phase, each story, and the
// calls at which most can go wrong.
func sample() []combination {
	var all []combination
	add := func(story, plot int, site outbound.Site, ph phase, nth int) {
		all = append(all, combination{"sqlite", stories()[story], plots()[plot], &shot{site, ph, nth}})
	}
	add(0, 0, outbound.CreateAssignment, beforeSend, 1)
	add(0, 0, outbound.CreateAssignment, beforeReply, 1)
	add(0, 0, outbound.OktaAddUserToGroup, afterReply, 1)
	add(0, 0, outbound.SlackPostMessage, beforeReply, 2)
	add(1, 0, outbound.DeleteAssignment, beforeReply, 1)
	add(1, 0, outbound.OktaRemoveUserFromGroup, beforeSend, 1)
	add(1, 1, outbound.IsMemberInGroups, afterReply, 1)
	add(2, 0, outbound.OktaListUserGroups, afterReply, 1)
	add(2, 0, outbound.SlackUpdateMessage, beforeReply, 1)
	add(3, 0, outbound.CreateAssignment, afterReply, 1)
	return all
}

// dryRun plays every story with every plot and nobody dying, and returns for each the
// sites in which it is the first of its story to call. Every site has to be reached.
func dryRun(t *testing.T) []result {
	t.Helper()
	var all []combination
	for _, st := range stories() {
		for _, p := range plots() {
			all = append(all, combination{"sqlite", st, p, nil})
		}
	}
	played := playAll(t, all)
	slices.SortStableFunc(played, func(a, b result) int {
		at := func(r result) int {
			return slices.IndexFunc(plots(), func(p plot) bool { return p.name == r.plot.name })
		}
		return at(a) - at(b)
	})
	found := map[string]bool{}
	for i, r := range played {
		played[i].sites = slices.DeleteFunc(r.sites, func(site outbound.Site) bool {
			seen := found[r.story.name+site.Name]
			found[r.story.name+site.Name], found[site.Name] = true, true
			return seen || byTheClock(r.story.name, site)
		})
	}
	for _, site := range outbound.Sites() {
		why, excused := never()[site]
		switch {
		case found[site.Name] && excused:
			t.Errorf("%s is called, and excused: %s", site.Name, why)
		case !found[site.Name] && !excused:
			t.Errorf("no story calls %s: nobody dies there", site.Name)
		}
	}
	return played
}

// report says how long it took from a restart until what was awaited had come, which
// includes what the story itself takes from there.
func report(t *testing.T, all []result) {
	t.Helper()
	healed := map[string][]time.Duration{}
	slices.SortFunc(all, func(a, b result) int { return int(b.healed - a.healed) })
	for i, r := range all {
		healed[r.store] = append(healed[r.store], r.healed)
		if i < 12 || testing.Verbose() {
			t.Logf("%8s healed, %8s wall: %s", r.healed.Round(time.Millisecond), r.took.Round(time.Millisecond), r)
		}
	}
	for name, times := range healed {
		slices.Sort(times)
		t.Logf("%s: %d deaths; back where the story was after %s (median), %s (p90), %s (at most)", name, len(times),
			times[len(times)/2], times[len(times)*9/10], times[len(times)-1])
	}
}
