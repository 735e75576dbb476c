package page_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"airpass/sandbox"
	"airpass/sandbox/page"
)

// setup starts a world and its page on a loopback address.
func setup(t *testing.T) (*sandbox.World, string) {
	t.Helper()
	world, err := sandbox.Start(t.Context(), sandbox.Options{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(world.Close)
	server := httptest.NewServer(page.New(page.Options{World: world}).Handler())
	t.Cleanup(server.CloseClientConnections)
	t.Cleanup(server.Close)
	return world, server.URL
}

func do(t *testing.T, req *http.Request) (int, http.Header, string) {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(body)
}

func request(t *testing.T, method, url, body string, header ...string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return req
}

func TestThePageIsServedToThisMachineOnly(t *testing.T) {
	t.Parallel()
	_, url := setup(t)
	status, header, body := do(t, request(t, "GET", url+"/", ""))
	if status != 200 || !strings.Contains(body, `<div id="slack">`) || !strings.Contains(body, `<aside id="world"`) {
		t.Fatalf("%d %s", status, body)
	}
	if p := header.Get("Content-Security-Policy"); !strings.HasPrefix(p, "default-src 'self'") || strings.Contains(p, "unsafe") {
		t.Errorf("policy %q", p)
	}
	for _, file := range []string{"/app.css", "/slack.css", "/world.css", "/slack/main.js", "/world/main.js", "/lib/live.js", "/lib/theme.js", "/vendor/preact-htm.js", "/icon.svg"} {
		if status, _, _ := do(t, request(t, "GET", url+file, "")); status != 200 {
			t.Errorf("%s: %d", file, status)
		}
	}
	for host, want := range map[string]int{"localhost:8080": 200, "[::1]:8080": 200, "127.0.0.1": 200, "evil.example": 421, "127.0.0.1.evil.example:8080": 421, "10.0.0.7": 421, "": 200} {
		req := request(t, "GET", url+"/", "")
		req.Host = host
		if status, _, _ := do(t, req); status != want {
			t.Errorf("Host %q: %d, want %d", host, status, want)
		}
	}
}

// firstState reads the first state of a stream and leaves the rest to the reader.
func firstState(t *testing.T, url string) (map[string]any, *bufio.Reader) {
	t.Helper()
	resp, err := http.DefaultClient.Do(request(t, "GET", url, ""))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	if ct := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || ct != "text/event-stream" {
		t.Fatalf("%d %s", resp.StatusCode, ct)
	}
	r := bufio.NewReader(resp.Body)
	return nextState(t, r), r
}

func nextState(t *testing.T, r *bufio.Reader) map[string]any {
	t.Helper()
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			var out map[string]any
			if err := json.Unmarshal([]byte(data), &out); err != nil {
				t.Fatal(err)
			}
			return out
		}
	}
}

func TestTheStreamShowsWhatHappensAfterwards(t *testing.T) {
	t.Parallel()
	world, url := setup(t)
	state, more := firstState(t, url+"/api/slack/stream?as=ada")
	if me := state["me"].(map[string]any); me["name"] != "Ada Lindqvist" {
		t.Fatalf("%v", me)
	}
	if _, err := world.As("grace").Say(sandbox.RequestsChannel, "", "hello, Ada"); err != nil {
		t.Fatal(err)
	}
	for {
		state = nextState(t, more)
		if raw, _ := json.Marshal(state["messages"]); strings.Contains(string(raw), "hello, Ada") {
			break
		}
	}
	if status, _, _ := do(t, request(t, "GET", url+"/api/slack/stream?as=nobody", "")); status != 404 {
		t.Errorf("nobody: %d", status)
	}
}
