package workspace

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"
)

// RequestURLs are where Slack posts in HTTP mode. An empty Interactivity or
// Commands falls back to the other; Options falls back to Interactivity.
type RequestURLs struct {
	Commands      string `json:"commands,omitempty"`
	Interactivity string `json:"interactivity,omitempty"`
	Options       string `json:"options,omitempty"`
	Events        string `json:"events,omitempty"`
}

func (u RequestURLs) set() bool { return u != RequestURLs{} }

// of returns the address for a payload.
func (u RequestURLs) of(kind, typ string) string {
	pick := func(urls ...string) string {
		for _, url := range urls {
			if url != "" {
				return url
			}
		}
		return ""
	}
	switch {
	case kind == "events_api":
		return u.Events
	case kind == "slash_commands":
		return pick(u.Commands, u.Interactivity)
	case typ == "block_suggestion":
		return pick(u.Options, u.Interactivity)
	default:
		return pick(u.Interactivity, u.Commands)
	}
}

// HTTPMode says whether requests are posted to the app's URLs; without one the app
// connects in Socket Mode.
func (w *Workspace) HTTPMode() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.urls.set()
}

// SetRequestURLs switches to HTTP mode: payloads are posted there, signed, instead
// of going over Socket Mode. The zero value switches back.
func (w *Workspace) SetRequestURLs(u RequestURLs) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.urls = u
	w.announce(Change{Kind: "mode"})
}

// VerifyEventsURL sends url_verification to the events address, as Slack does when
// it is configured, and returns an error unless the challenge comes back.
func (w *Workspace) VerifyEventsURL(ctx context.Context) error {
	w.mu.Lock()
	to := w.urls.Events
	w.mu.Unlock()
	challenge := randomHex(20)
	body, _ := json.Marshal(map[string]string{"token": "sandbox", "challenge": challenge, "type": "url_verification"})
	ctx, cancel := context.WithTimeout(ctx, w.opts.AckTimeout)
	defer cancel()
	resp, err := w.postSigned(ctx, to, "application/json", body, stampOf(time.Now()), nil)
	if err != nil {
		return fmt.Errorf("url_verification: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	if err != nil {
		return fmt.Errorf("url_verification: %w", err)
	}
	var wrapped struct {
		Challenge string `json:"challenge"`
	}
	_ = json.Unmarshal(answer, &wrapped) // plain text is allowed too
	if resp.StatusCode != http.StatusOK || (string(bytes.TrimSpace(answer)) != challenge && wrapped.Challenge != challenge) {
		return fmt.Errorf("url_verification: HTTP %d without the challenge", resp.StatusCode)
	}
	return nil
}

// stampOf is the timestamp of a request: wall time, which the receiver compares with its
// own.
func stampOf(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

func (w *Workspace) postSigned(ctx context.Context, to, contentType string, body []byte, stamp string, extra http.Header) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name, values := range extra {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("User-Agent", "Slackbot 1.0 (+https://api.slack.com/robots)")
	req.Header.Set("X-Slack-Request-Timestamp", stamp)
	req.Header.Set("X-Slack-Signature", Sign(w.opts.SigningSecret, stamp, body))
	return w.client.Do(req)
}

// sendHTTP posts a payload, signed, and takes the response body as the answer.
func (w *Workspace) sendHTTP(ctx context.Context, d *Delivery, o outgoing, mis Misdelivery) {
	w.mu.Lock()
	to := w.urls.of(o.kind, o.typ)
	d.Sent, d.stamp = w.clock.Now(), cmp.Or(o.stamp, stampOf(time.Now()))
	stamp := d.stamp
	w.mu.Unlock()
	if to == "" {
		w.settle(d, false, dispatchFailed)
		return
	}
	contentType, body := httpBody(o.kind, d.Payload)
	headers := http.Header{}
	if o.retry > 0 {
		headers.Set("X-Slack-Retry-Num", strconv.Itoa(o.retry))
		headers.Set("X-Slack-Retry-Reason", o.reason)
	}
	ctx, cancel := context.WithTimeout(ctx, w.opts.AckTimeout)
	defer cancel()
	for range mis.Copies {
		if resp, err := w.postSigned(ctx, to, contentType, body, stamp, headers); err == nil {
			_ = resp.Body.Close()
		}
	}
	begin := time.Now()
	resp, err := w.postSigned(ctx, to, contentType, body, stamp, headers)
	if err != nil {
		w.settle(d, false, httpFailure(err))
		return
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	w.mu.Lock()
	d.Latency = time.Since(begin)
	d.Acks++
	w.mu.Unlock()
	switch {
	case err != nil:
		w.settle(d, false, httpFailure(err))
	case mis.LoseAck:
		w.settle(d, false, timedOut)
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		failure := fmt.Sprintf("http_status_%d", resp.StatusCode)
		if resp.Header.Get("X-Slack-No-Retry") == "1" {
			failure = noRetry
		}
		w.settle(d, false, failure)
	default:
		w.mu.Lock()
		if answer = bytes.TrimSpace(answer); len(answer) > 0 {
			d.Answer = answer
			if !json.Valid(answer) { // plain text is an ephemeral message
				d.Answer, _ = json.Marshal(map[string]string{"text": string(answer)})
			}
		}
		w.mu.Unlock()
		w.settle(d, true, "")
	}
}

// noRetry is the outcome of an event whose receiver asked for no redelivery.
const noRetry = "http_error_no_retry"

func httpFailure(err error) string {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return timedOut
	}
	return dispatchFailed
}

// httpBody is a payload as HTTP mode sends it: a command as a form, an interaction
// as the form field "payload", an event as JSON.
func httpBody(kind string, payload json.RawMessage) (contentType string, body []byte) {
	const form = "application/x-www-form-urlencoded"
	switch kind {
	case "slash_commands":
		var fields map[string]string
		if json.Unmarshal(payload, &fields) != nil {
			return form, payload // forged: sent as it is
		}
		values := url.Values{}
		for k, v := range fields {
			values.Set(k, v)
		}
		return form, []byte(values.Encode())
	case "interactive":
		return form, []byte(url.Values{"payload": {string(payload)}}.Encode())
	default:
		return "application/json", payload
	}
}

func newEnvelopeID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
