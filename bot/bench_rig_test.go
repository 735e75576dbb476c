package bot_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"airpass/messages"
	"airpass/sandbox"
	"airpass/sandbox/workspace"
)

// rig is airpass as people run it, to be measured: the binary of cmd/airpass as a
// process of its own, in a sandbox world whose vendors have no limits and carry out
// everything at once. It follows the wall clock.
type rig struct {
	*testing.B
	*sandbox.World
	binary, path, probes string
	requests             string // where Slack posts to; empty is Socket Mode
	log                  *logLines
	cmd                  *exec.Cmd
	dead                 chan struct{}
}

// small and large are the sizes of directory that are measured.
var (
	small = sandbox.Scale{People: 200, PermissionSets: 10}
	large = sandbox.Scale{People: 2000, PermissionSets: 100}
)

// newRig builds the binary and a world for it. Nothing runs before launch.
func newRig(b *testing.B, scale sandbox.Scale, storeURL string) *rig {
	b.Helper()
	return newRigIn(b, "socket", scale, storeURL)
}

// newRigIn is newRig in a mode of Slack's, socket or http.
func newRigIn(b *testing.B, mode string, scale sandbox.Scale, storeURL string) *rig {
	b.Helper()
	w, err := sandbox.Start(b.Context(), sandbox.Options{HTTP: mode == "http", Scale: scale, Unlimited: true, PushDelay: -1, AssignmentDelay: -1})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(w.Close)
	dir := b.TempDir()
	r := &rig{B: b, World: w, binary: filepath.Join(dir, "airpass"), path: filepath.Join(dir, "airpass.yaml"), probes: freeAddress(b), log: &logLines{}}
	build := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", r.binary, "airpass/cmd/airpass")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, out)
	}
	file, _, _ := strings.Cut(string(w.Config(storeURL)), "\nsandbox:")
	file = strings.Replace(file, "listen: 127.0.0.1:0", "listen: "+r.probes, 1)
	file += "\nquotas: {okta_per_minute: 100000, okta_concurrent: 75, identity_center_per_second: 20, identity_store_per_second: 20, outstanding_assignments: 15}\n"
	if mode == "http" {
		file, r.requests = listenAt(file, freeAddress(b))
		w.PostTo(r.requests)
	}
	if err := os.WriteFile(r.path, []byte(file), 0o600); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(r.kill)
	return r
}

func sqliteIn(b *testing.B) string { return "sqlite:" + filepath.Join(b.TempDir(), "airpass.db") }

// freeAddress is one that a process can listen on, again after it has died: no
// connection takes its port meanwhile, because those have ports above 32,767.
func freeAddress(t testing.TB) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(12_000)))
		if err == nil {
			_ = l.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("no free port")
	return ""
}

// listenAt gives a sandbox's configuration of HTTP mode the address at which a process
// listens for Slack's requests, and returns the URL to post to.
func listenAt(file, address string) (changed, url string) {
	return strings.Replace(file, `listen: "127.0.0.1:0"`, fmt.Sprintf("listen: %q", address), 1), "http://" + address + "/slack"
}

// launch starts the process; it need not be ready when launch returns.
func (r *rig) launch() {
	r.Helper()
	r.cmd = exec.Command(r.binary, "serve", "--config", r.path)
	r.cmd.Env = append(os.Environ(), r.Environ()...)
	r.cmd.Stdout, r.cmd.Stderr = r.log, r.log
	if err := r.cmd.Start(); err != nil {
		r.Fatal(err)
	}
	cmd, dead := r.cmd, make(chan struct{})
	r.dead = dead
	go func() {
		_ = cmd.Wait()
		close(dead)
	}()
}

// run is launch and the wait until everything is ready.
func (r *rig) run() {
	r.Helper()
	r.launch()
	r.wait("ready", r.ready)
	if r.requests != "" {
		return
	}
	if err := r.Slack.WaitConnected(r.Context(), 2); err != nil {
		r.Fatal(err)
	}
}

// kill is SIGKILL. The process is gone when it returns.
func (r *rig) kill() {
	if r.cmd != nil {
		_ = r.cmd.Process.Kill()
		<-r.dead
	}
}

// ready says whether the process can do its work.
func (r *rig) ready() bool {
	res, err := http.Get("http://" + r.probes + "/readyz")
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// wait looks every 2 ms until something is so, and returns how long that took.
func (r *rig) wait(what string, so func() bool) time.Duration {
	r.Helper()
	begin := time.Now()
	for !so() {
		switch {
		case time.Since(begin) > 2*time.Minute:
			r.Fatalf("never: %s\n%s", what, r.log)
		case r.Context().Err() != nil:
			r.Fatal(r.Context().Err())
		}
		select {
		case <-r.dead:
			r.Fatalf("airpass has ended before: %s\n%s", what, r.log)
		case <-time.After(2 * time.Millisecond):
		}
	}
	return time.Since(begin)
}

// metric reads one of the process's own metrics; the sum where it has labels.
func (r *rig) metric(name string) float64 {
	r.Helper()
	return r.labelled(name, "")
}

// labelled is metric of those series whose labels have this text.
func (r *rig) labelled(name, label string) float64 {
	r.Helper()
	res, err := http.Get("http://" + r.probes + "/metrics")
	if err != nil {
		r.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		r.Fatal(err)
	}
	sum := 0.0
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) == 2 && (fields[0] == name || strings.HasPrefix(fields[0], name+"{")) && strings.Contains(fields[0], label) {
			value, err := strconv.ParseFloat(fields[1], 64)
			if err != nil {
				r.Fatal(err)
			}
			sum += value
		}
	}
	return sum
}

// cpu is the processor time that the process has used.
func (r *rig) cpu() time.Duration {
	return time.Duration(r.metric("process_cpu_seconds_total") * float64(time.Second))
}

// submit delivers a filled-in request form as Slack would.
func (r *rig) submit(ctx context.Context, who, target, reason string) (workspace.Delivery, error) {
	environment, role, _ := strings.Cut(target, "/")
	chosen := func(field, value string) map[string]any {
		return map[string]any{field: map[string]any{"selected_option": map[string]any{"value": value}}}
	}
	payload, err := json.Marshal(map[string]any{
		"type": "view_submission", "team": map[string]any{"id": r.Slack.TeamID()},
		"user": map[string]any{"id": r.Person(who).SlackID, "team_id": r.Slack.TeamID()},
		"view": map[string]any{"callback_id": messages.CallbackAsk, "state": map[string]any{"values": map[string]any{
			messages.FieldEnvironment: chosen(messages.FieldEnvironment, environment), messages.FieldRole: chosen(messages.FieldRole, role),
			messages.FieldDuration: chosen(messages.FieldDuration, "1h0m0s"),
			messages.FieldReason:   map[string]any{messages.FieldReason: map[string]any{"value": reason}},
		}}},
	})
	if err != nil {
		return workspace.Delivery{}, err
	}
	return r.Slack.DeliverRaw(ctx, "interactive", "", payload)
}

// ask makes a request and waits for the card on which the approver can decide it.
func (r *rig) ask(who, target, approver, reason string) workspace.Message {
	r.Helper()
	if d, err := r.submit(r.Context(), who, target, reason); err != nil || string(d.Answer) == "" {
		r.Fatalf("asking: %v %+v\n%s", err, d, r.log)
	}
	p := r.As(approver)
	says := workspace.Saying(reason)
	ctx, cancel := context.WithTimeout(r.Context(), time.Minute)
	defer cancel()
	m, err := p.WaitMessage(ctx, func(m workspace.Message) bool {
		return m.Channel == p.DM() && says(m) && slices.Contains(m.Buttons(), "Approve")
	})
	if err != nil {
		r.Fatalf("%s gets no card: %v\n%s", approver, err, r.log)
	}
	return m
}

// linked says whether somebody's card about a request has the login link.
func (r *rig) linked(who, reason string) bool {
	p := r.As(who)
	says := workspace.Saying(reason)
	return slices.ContainsFunc(p.Messages(p.DM()), func(m workspace.Message) bool {
		return says(m) && slices.Contains(m.Buttons(), "Open Airflow")
	})
}

// spread says how durations are distributed, in milliseconds, as metrics of the
// benchmark: NAME-p50-ms and so on.
func (r *rig) spread(name string, all []time.Duration, centiles ...int) {
	slices.Sort(all)
	for _, c := range centiles {
		at := all[min(len(all)-1, (len(all)*c+99)/100-min(1, c))]
		label := fmt.Sprintf("%s-p%d-ms", name, c)
		if c == 100 {
			label = name + "-max-ms"
		}
		r.ReportMetric(milliseconds(at), label)
	}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// quiet ends the process gracefully.
func (r *rig) quiet() {
	_ = r.cmd.Process.Signal(syscall.SIGTERM)
	<-r.dead
}
