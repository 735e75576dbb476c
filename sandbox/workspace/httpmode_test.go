package workspace

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
)

// The example of https://docs.slack.dev/authentication/verifying-requests-from-slack.
func TestSignatureIsSlacksPublishedExample(t *testing.T) {
	t.Parallel()
	const (
		secret = "8f742231b10e8888abcd99yyyzzz85a5"
		stamp  = "1531420618"
		body   = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
		want   = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
	)
	if got := Sign(secret, stamp, []byte(body)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// receiver is an app in HTTP mode that verifies signatures with the SDK.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	requests []*http.Request
	bodies   [][]byte
	reply    func(w http.ResponseWriter, r *http.Request, body []byte)
}

func newReceiver(t *testing.T, tw *town, reply func(w http.ResponseWriter, r *http.Request, body []byte)) *receiver {
	rc := &receiver{reply: reply}
	rc.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		v, err := slack.NewSecretsVerifier(r.Header, tw.SigningSecret())
		if err == nil {
			_, _ = v.Write(body)
			err = v.Ensure()
		}
		if err != nil {
			t.Errorf("%s: the signature does not verify: %v", r.URL.Path, err)
		}
		rc.mu.Lock()
		rc.requests, rc.bodies = append(rc.requests, r), append(rc.bodies, body)
		rc.mu.Unlock()
		rc.reply(w, r, body)
	}))
	t.Cleanup(rc.Close)
	tw.SetRequestURLs(RequestURLs{Commands: rc.URL + "/commands", Interactivity: rc.URL + "/actions", Events: rc.URL + "/events"})
	return rc
}

func (rc *receiver) count() int {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	return len(rc.requests)
}

func reparse(r *http.Request, body []byte) *http.Request {
	again := r.Clone(r.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	return again
}

func TestHTTPModeEndToEnd(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	newReceiver(t, tw, func(w http.ResponseWriter, r *http.Request, body []byte) {
		switch r.URL.Path {
		case "/commands":
			c, err := slack.SlashCommandParse(reparse(r, body))
			if err != nil || c.Command != "/airflow" || c.UserID != anna || c.TeamID != tw.TeamID() || c.ChannelName != "general" || c.Text != "prod" {
				t.Errorf("command: %+v %v", c, err)
			}
			if _, err := tw.api.OpenView(c.TriggerID, requestForm()); err != nil {
				t.Error(err)
			}
			_, _ = io.WriteString(w, "one moment")
		case "/actions":
			c, err := slack.InteractionCallbackParse(reparse(r, body))
			if err != nil {
				t.Errorf("interaction: %v", err)
			}
			if c.Type == slack.InteractionTypeViewSubmission {
				w.Header().Set("Content-Type", "application/json")
				_ = json.NewEncoder(w).Encode(slack.NewErrorsViewSubmissionResponse(map[string]string{"reason": "no"}))
			}
		}
	})
	ctx := tw.ctx()
	r, err := tw.As(anna).Slash(ctx, "/airflow", "prod", general)
	if err != nil || r.Delivery.Via != "http" {
		t.Fatalf("%+v %v", r, err)
	}
	if m := tw.As(anna).Messages(general); len(m) != 1 || m[0].Text != "one moment" || m[0].EphemeralFor != anna {
		t.Errorf("a plain text answer is an ephemeral message: %+v", m)
	}
	form := tw.As(anna).OpenView()
	fill(t, ctx, form, "because")
	if s, err := form.Submit(ctx); err != nil || s.Errors["reason"] != "no" {
		t.Errorf("errors in the response body: %+v %v", s, err)
	}
	_, _, err = slack.New("", slack.OptionAPIURL(tw.APIURL()), slack.OptionAppLevelToken(tw.AppToken())).StartSocketModeContext(ctx)
	wants(t, "Socket Mode is off", err, "socket_mode_not_enabled")
}

func TestHTTPModeFailures(t *testing.T) {
	t.Parallel()
	tw := newTown(t, func(o *Options) { o.AckTimeout = 100 * time.Millisecond })
	status := make(chan int, 1)
	newReceiver(t, tw, func(w http.ResponseWriter, r *http.Request, _ []byte) {
		select {
		case code := <-status:
			w.WriteHeader(code)
		case <-r.Context().Done(): // hangs until Slack gives up and closes the connection
		}
	})
	ctx := tw.ctx()
	status <- 500
	if r, err := tw.As(anna).Slash(ctx, "/airflow", "", ""); !errors.Is(err, ErrAppFailed) || r.Delivery.Error != "http_status_500" {
		t.Errorf("HTTP 500: %v", err)
	}
	if _, err := tw.As(anna).Slash(ctx, "/airflow", "", ""); !errors.Is(err, ErrTimedOut) {
		t.Errorf("no answer: %v", err)
	}
	tw.SetRequestURLs(RequestURLs{Commands: "http://127.0.0.1:1/"})
	if _, err := tw.As(anna).Slash(ctx, "/airflow", "", ""); !errors.Is(err, ErrDispatchFailed) {
		t.Errorf("nobody listens: %v", err)
	}
}

func TestHTTPEventsAreRetriedWithHeaders(t *testing.T) {
	t.Parallel()
	tw := newTown(t, func(o *Options) { o.EventRetries = []time.Duration{0, 0, 0} })
	rc := newReceiver(t, tw, func(w http.ResponseWriter, r *http.Request, body []byte) {
		var e struct{ Type, Challenge string }
		_ = json.Unmarshal(body, &e)
		switch {
		case e.Type == "url_verification":
			_, _ = io.WriteString(w, e.Challenge)
		case r.Header.Get("X-Slack-Retry-Num") != "2":
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	ctx := tw.ctx()
	if err := tw.VerifyEventsURL(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := tw.As(anna).Home(); err != nil {
		t.Fatal(err)
	}
	acked := func() bool {
		all := tw.Deliveries()
		return len(all) > 0 && all[len(all)-1].Acked
	}
	if err := tw.WaitFor(ctx, acked); err != nil {
		t.Fatal(err)
	}
	if rc.count() != 4 { // url_verification, the event and two redeliveries
		t.Errorf("%d requests", rc.count())
	}
	last := rc.requests[3].Header
	if last.Get("X-Slack-Retry-Num") != "2" || last.Get("X-Slack-Retry-Reason") != "http_error" {
		t.Errorf("headers: %v", last)
	}
}

func TestNoRetryHeaderIsObeyed(t *testing.T) {
	t.Parallel()
	tw := newTown(t, func(o *Options) { o.EventRetries = []time.Duration{0} })
	rc := newReceiver(t, tw, func(w http.ResponseWriter, r *http.Request, _ []byte) {
		if r.URL.Path == "/events" {
			w.Header().Set("X-Slack-No-Retry", "1")
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	ctx := tw.ctx()
	if _, err := tw.As(anna).Home(); err != nil {
		t.Fatal(err)
	}
	if err := tw.WaitFor(ctx, func() bool { return tw.Stats().Failed == 1 }); err != nil {
		t.Fatal(err)
	}
	// Whatever comes next would have come before this command's request.
	if _, err := tw.As(anna).Slash(ctx, "/airflow", "", ""); err != nil {
		t.Fatal(err)
	}
	if rc.count() != 2 {
		t.Errorf("%d requests: the event was redelivered", rc.count())
	}
}
