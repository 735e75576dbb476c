package bot_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"airpass/config"
	"airpass/outbound"
	"airpass/sandbox"
	"airpass/sandbox/control"
)

// phase is the moment of a call at which the process dies.
type phase string

const (
	beforeSend  phase = "before send"            // the vendor never carries it out
	beforeReply phase = "committed before reply" // the vendor has, and nobody hears of it
	afterReply  phase = "replied before commit"  // the answer has come, and nothing was stored
)

func phases() []phase { return []phase{beforeSend, beforeReply, afterReply} }

// siteName tells apart what two vendors call the same.
func siteName(s outbound.Site) string { return string(s.Vendor) + " " + s.Name }

// shot is where a process is killed: at the nth call of a site from when it was armed.
type shot struct {
	site  outbound.Site
	phase phase
	nth   int
}

// siege is a world with airpass as a process of its own in it, which is killed once
// and started again at once, as whoever supervises it would.
type siege struct {
	*town
	path     string // of the configuration
	requests string // where airpass listens for Slack's requests; empty is Socket Mode
	store    string // url
	tells    *httptest.Server

	told   func(site outbound.Site, pid string) // of each call, before its result is used; nil is nobody
	beside []*process                           // ends with it
	most   time.Duration                        // by which the clock is helped on at once; 0 is lastHelp

	mu        sync.Mutex
	process   *process
	armed     bool
	aim       *shot
	called    map[outbound.Site]map[phase]int // since it was armed
	died      time.Time                       // sandbox time of the restart after the kill
	healed    time.Duration                   // sandbox time from then until what was awaited had come
	busy      time.Time                       // when it was last heard of, wall time
	hitAt     time.Time                       // when one of several was hit, wall time
	recovered time.Duration                   // from then until what was awaited had come
	restarted time.Time                       // after the kill, wall time
	back      time.Duration                   // from then until the first call
}

// besiege starts a world and a child in it. aim is where it dies once armed; nil is
// nowhere. edit may change the configuration file.
func besiege(t *testing.T, storeURL string, o sandbox.Options, aim *shot, edit ...func(*sandbox.World, string) string) *siege {
	t.Helper()
	o.Unlimited = true
	w := world(t, o)
	s := &siege{town: &town{T: t, World: w, log: &logLines{}}, store: storeURL,
		path: filepath.Join(t.TempDir(), "airpass.yaml"), aim: aim, called: map[outbound.Site]map[phase]int{}}
	file := ensures(w, string(w.Config(storeURL)))
	for _, e := range edit {
		file = e(w, file)
	}
	if overHTTP(t) {
		s.requests = freeAddress(t)
		var url string
		file, url = listenAt(file, s.requests)
		w.PostTo(url)
	}
	var err error
	if s.config, err = config.Parse(s.path, []byte(file), os.LookupEnv); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	s.tells = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.FormValue("site") != siteName(outbound.SlackAuthTest) { // which is no work yet
			s.works(r.FormValue("pid"))
		}
		for _, site := range outbound.Sites() {
			if siteName(site) == r.FormValue("site") {
				s.hears(site, afterReply)
				if s.told != nil {
					s.told(site, r.FormValue("pid"))
				}
			}
		}
	}))
	t.Cleanup(s.tells.Close)
	for vendor, faults := range s.vendors() {
		s.watch(vendor, faults)
	}
	if err := s.launch(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	s.eventually("Slack reaches airpass", s.there)
	return s
}

// there says whether a delivery of Slack's would reach airpass.
func (s *siege) there() bool {
	if s.requests == "" {
		return len(s.Slack.Connections()) > 0
	}
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(s.Context(), "tcp", s.requests)
	if err == nil {
		_ = conn.Close()
	}
	return err == nil
}

// vendors are the servers behind the sites.
func (s *siege) vendors() map[outbound.Vendor]*control.Faults {
	return map[outbound.Vendor]*control.Faults{outbound.Slack: s.Slack.Faults(), outbound.Okta: s.Okta.Faults(), outbound.STS: s.STS.Faults(),
		outbound.MWAA: s.MWAA.Faults(), outbound.IdentityCenter: s.IdentityCenter.Faults()}
}

// watch hears of the calls that reach a vendor. Identity Center and its identity store
// are one server.
func (s *siege) watch(vendor outbound.Vendor, faults *control.Faults) {
	faults.Watch(func(op, when string) {
		for _, site := range outbound.Sites() {
			at := site.Vendor
			if at == outbound.IdentityStore {
				at = outbound.IdentityCenter
			}
			if at != vendor || site.Name != op {
				continue
			}
			if when == "arrived" {
				s.hears(site, beforeSend)
			} else {
				s.hears(site, beforeReply)
			}
		}
	})
}

// hears counts a call and kills the process if this is the one.
func (s *siege) hears(site outbound.Site, at phase) {
	s.mu.Lock()
	s.busy = time.Now()
	if !s.armed {
		s.mu.Unlock()
		return
	}
	if s.called[site] == nil {
		s.called[site] = map[phase]int{}
	}
	s.called[site][at]++
	if os.Getenv("AIRPASS_MATRIX") == "any" {
		_, _ = fmt.Fprintf(s.log, "time=%s level=STORY %s %s\n", time.Now().UTC().Format(time.RFC3339Nano), site.Name, at)
	}
	hit := s.aim != nil && s.died.IsZero() && s.aim.site == site && s.aim.phase == at && s.aim.nth == s.called[site][at]
	if !hit {
		s.mu.Unlock()
		return
	}
	s.died = s.Clock.Now()
	process := s.process
	s.mu.Unlock()
	process.kill()
	s.mu.Lock()
	s.restarted = time.Now()
	s.mu.Unlock()
	_, _ = fmt.Fprintf(s.log, "time=%s level=STORY killed at %s %s\n", time.Now().UTC().Format(time.RFC3339Nano), site.Name, at)
	if err := s.launch(); err != nil {
		s.Error("restart:", err)
	}
	if at == beforeSend {
		panic(http.ErrAbortHandler)
	}
}

func (s *siege) launch() error {
	own := &logLines{}
	p, err := launch(s.path, s.tells.URL, s.Environ(), io.MultiWriter(s.log, own))
	if err != nil {
		return err
	}
	p.log = own
	s.mu.Lock()
	defer s.mu.Unlock()
	s.process = p
	s.busy = time.Now()
	return nil
}

// works notes when a process that was started after a kill has made its first call.
func (s *siege) works(pid string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.restarted.IsZero() && s.back == 0 && pid == strconv.Itoa(s.process.cmd.Process.Pid) {
		s.back = time.Since(s.restarted)
	}
}

// arm begins the part of the story in which the process may be killed.
func (s *siege) arm() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.armed = true
}

// disarm ends it, and says whether the process was killed in it.
func (s *siege) disarm() (killed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.armed = false
	return !s.died.IsZero()
}

// stop ends the child gracefully.
func (s *siege) stop() {
	s.mu.Lock()
	s.armed = false
	process := s.process
	s.mu.Unlock()
	process.end()
	for _, p := range s.beside {
		p.end()
	}
}

// patience is how long people go on trying while airpass is away, wall time.
func (s *siege) patience() time.Duration {
	if strings.HasPrefix(s.store, "postgres") {
		return 150 * time.Second * slower
	}
	return patience
}

// pause lets wall time pass between two looks.
func (s *siege) pause(d time.Duration) {
	select {
	case <-s.Context().Done():
	case <-time.After(d):
	}
}

// persist has somebody try again until it works: what Slack shows as failed.
func (s *siege) persist(what string, try func(ctx context.Context) error) {
	s.Helper()
	deadline := time.Now().Add(s.patience())
	for {
		ctx, cancel := context.WithTimeout(s.Context(), 5*slower*time.Second)
		err := try(ctx)
		cancel()
		if err == nil {
			return
		}
		if time.Now().After(deadline) || s.Context().Err() != nil {
			s.Fatalf("%s: %v\n%s", what, err, s.log)
		}
		s.pause(20 * time.Millisecond)
	}
}

// How the clock is helped on when nothing happens: what is waited for may be due later.
const (
	firstHelp = 5 * time.Second // sandbox time, doubling up to lastHelp
	lastHelp  = 2 * time.Minute
)

// idles says whether airpass is there and has called nobody for a while, at least wait since
// a moment.
func (s *siege) idles(since time.Time, wait time.Duration) bool {
	s.mu.Lock()
	busy := s.busy
	s.mu.Unlock()
	return time.Since(busy) > idle && time.Since(since) > wait && s.there()
}

// until waits for something that a story leads to. Of the first that comes after a
// death it notes how long that took from the restart, sandbox time.
func (s *siege) until(what string, so func() error) {
	s.Helper()
	s.await(what, so)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.died.IsZero() && s.healed == 0 {
		s.healed = s.Clock.Now().Sub(s.died)
	}
	if !s.hitAt.IsZero() && s.recovered == 0 {
		s.recovered = time.Since(s.hitAt)
	}
}

// await waits for something to be so and moves the clock on when it takes long.
func (s *siege) await(what string, so func() error) {
	s.Helper()
	deadline := time.Now().Add(s.patience())
	moved, help := time.Now(), firstHelp
	wait := idle / 4
	for {
		err := so()
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			s.Fatalf("never: %s: %v\n%s%s", what, err, s.scene(), s.log)
		}
		// Ever more slowly: while a busy machine's disk holds up every writer an hour must not pass.
		if s.idles(moved, wait) {
			wait += idle / 20
			s.advance(help)
			_, _ = fmt.Fprintf(s.log, "time=%s level=STORY waits for %q: %v; moved the clock by %s\n", time.Now().UTC().Format(time.RFC3339Nano), what, err, help)
			moved, help = time.Now(), min(help*2, cmp.Or(s.most, lastHelp))
		}
		s.pause(20 * time.Millisecond)
	}
}

// scene is what there is to see outside.
func (s *siege) scene() string {
	var out strings.Builder
	for _, op := range s.IdentityCenter.Operations() {
		fmt.Fprintf(&out, "operation %s %s of %s at %s, done %s\n", op.Kind, op.Status, op.PrincipalName, op.Created, op.Done)
	}
	for _, a := range s.IdentityCenter.Assignments() {
		fmt.Fprintf(&out, "assignment of %s: %s\n", a.PrincipalName, a.PermissionSetName)
	}
	for _, m := range s.Slack.AllMessages() {
		fmt.Fprintf(&out, "in %s: %q, %d times\n", m.Channel, m.Visible(), len(m.Versions))
	}
	return out.String()
}

// calls counts what was called since arm.
func (s *siege) calls() map[outbound.Site]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[outbound.Site]int{}
	for site, at := range s.called {
		if n := at[afterReply]; n > 0 {
			all[site] = n
		}
	}
	return all
}
