package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"airpass/sandbox"
)

// probed is a configuration file whose http.listen is somebody who answers.
func probed(t *testing.T, listen string) string {
	t.Helper()
	w, err := sandbox.Start(t.Context(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	text := string(w.Config("sqlite:" + filepath.Join(t.TempDir(), "airpass.db")))
	const line = "  listen: 127.0.0.1:0\n"
	if strings.Count(text, line) != 1 {
		t.Fatal("the sandbox's configuration has changed")
	}
	text = strings.Replace(text, line, "  listen: "+listen+"\n", 1)
	file := filepath.Join(t.TempDir(), "airpass.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAProbeSaysWhatTheProcessSays(t *testing.T) {
	t.Parallel()
	process := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/readyz" {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte(`{"slack":"not connected to Slack"}`))
			return
		}
		_, _ = w.Write([]byte("alive"))
	}))
	t.Cleanup(process.Close)
	file := probed(t, process.Listener.Addr().String())
	cli(t, "probe", "--config", file).want(t, 0, "alive")
	cli(t, "probe", "--ready", "--config", file).want(t, exitFailed, "503", "not connected to Slack")
	// Where a process has ended, somebody else's may be by now: this is a port that nobody is given.
	cli(t, "probe", "--config", probed(t, "127.0.0.1:1")).want(t, exitFailed, "no answer")
}

func TestWhereAProbeAsks(t *testing.T) {
	t.Parallel()
	for listen, want := range map[string]string{
		"0.0.0.0:8080": "127.0.0.1:8080", ":8080": "127.0.0.1:8080", "[::]:8080": "[::1]:8080",
		"127.0.0.1:9000": "127.0.0.1:9000", "10.0.0.7:8080": "10.0.0.7:8080", "127.0.0.1:0": "",
	} {
		if got, err := nearby(listen); got != want || (err != nil) != (want == "") {
			t.Errorf("%s: %q, %v", listen, got, err)
		}
	}
}
