package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"airpass/sandbox"
)

// startSandbox runs the command until the end of the test and returns what --json says.
func startSandbox(t *testing.T, args ...string) (up running, ctx context.Context, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = out.Close() })
	done := make(chan int, 1)
	go func() {
		defer func() { _ = in.Close() }()
		done <- run(ctx, append([]string{"sandbox", "--listen", "127.0.0.1:0", "--page", "127.0.0.1:0", "--json"}, args...), in, &bytes.Buffer{})
	}()
	stop = func() int { cancel(); return <-done }
	if err := json.NewDecoder(out).Decode(&up); err != nil {
		stop()
		t.Fatal(err)
	}
	return up, ctx, stop
}

// panelOf reads the first state that the page's panel is sent.
func panelOf(ctx context.Context, t *testing.T, page string) (s struct {
	Bot   struct{ Known bool }
	Trail struct {
		Known bool
		Error string
	}
	Campaigns []struct{ Name string }
}) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, page+"api/world/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	line, err := bufio.NewReader(resp.Body).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(strings.TrimPrefix(line, "data: ")), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// say has Ada write something on the page of a world.
func say(ctx context.Context, t *testing.T, page, words string) {
	t.Helper()
	act, err := json.Marshal(map[string]string{"do": "send", "channel": sandbox.RequestsChannel, "text": words})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, page+"api/slack/act?as=ada", bytes.NewReader(act))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%q is not taken: %s", words, resp.Status)
	}
}

// said says whether the page of the world in which words were said is served at an address.
// Once that page has ended, its port may be anybody's, and the page of another world.
func said(t *testing.T, page, words string) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, page+"api/slack/stream?as=ada", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	line, _ := bufio.NewReader(resp.Body).ReadString('\n')
	return strings.Contains(line, words)
}

func TestThePageIsServedWithAndWithoutAirpass(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{"with": nil, "without": {"--no-bot"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			up, ctx, stop := startSandbox(t, args...)
			if !strings.HasPrefix(up.Page, "http://127.0.0.1:") {
				t.Errorf("the page is at %q", up.Page)
			}
			s := panelOf(ctx, t, up.Page)
			if with := args == nil; s.Bot.Known != with || s.Trail.Known != with || (len(s.Campaigns) == 1 && s.Campaigns[0].Name == "quarterly") != with || s.Trail.Error != "" || (up.Metrics != "") != with {
				t.Errorf("%+v, metrics at %q", s, up.Metrics)
			}
			words := "said at " + t.Name()
			say(ctx, t, up.Page, words)
			if !said(t, up.Page, words) {
				t.Error("the page does not show what was said on it")
			}
			if code := stop(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			if said(t, up.Page, words) {
				t.Error("the page is served after the end")
			}
		})
	}
}

func TestThePageTakesTheNextFreePort(t *testing.T) {
	t.Parallel()
	one, err := listenForPage(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = one.Close() })
	two, err := listenForPage(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = two.Close() })
	if a, b := one.Addr().(*net.TCPAddr), two.Addr().(*net.TCPAddr); !a.IP.IsLoopback() || a.Port < pagePort || b.Port <= a.Port || b.Port > pagePort+pagePorts {
		t.Errorf("%s and then %s", a, b)
	}
	// An address that is asked for is taken, or nothing.
	if l, err := listenForPage(t.Context(), one.Addr().String()); err == nil {
		_ = l.Close()
		t.Errorf("%s was taken, and %s given", one.Addr(), l.Addr())
	}
	for _, address := range []string{"0.0.0.0:8080", "192.0.2.1:8080", "example.com:80", "8080"} {
		cli(t, "sandbox", "--page", address).want(t, exitUsage, "--page")
	}
}
