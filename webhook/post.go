package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"airpass/access"
	"airpass/outbound"
)

// maxAnswer is how much of an answer is read, so that the connection can be used again.
const maxAnswer = 16 << 10

// longestWait is the longest that a receiver can ask to wait.
const longestWait = time.Hour

// newClient makes the requests. A redirect is an answer like any other that is not 2xx:
// what is signed for one address is not sent to another.
func newClient() *http.Client {
	return &http.Client{
		Transport:     http.DefaultTransport.(*http.Transport).Clone(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// post sends one event; anything but 2xx is an *access.VendorError.
func (s *Service) post(ctx context.Context, h Hook, id string, body []byte) error {
	return s.Caller.Do(ctx, outbound.WebhookDeliver, func(ctx context.Context) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
		if err != nil {
			return failed(access.Rejected, 0, errors.New("its URL cannot be used"))
		}
		r.Header.Set("Content-Type", ContentType)
		r.Header.Set("User-Agent", "airpass")
		sign(r.Header, h.Secret, id, s.Wall(), body)
		answer, err := s.client.Do(r)
		if err != nil {
			var u *url.Error
			if errors.As(err, &u) {
				err = u.Err // without the URL, which may hold a secret
			}
			return failed(access.Unavailable, 0, err)
		}
		defer func() { _ = answer.Body.Close() }()
		_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, maxAnswer))
		if answer.StatusCode >= 200 && answer.StatusCode <= 299 {
			return nil
		}
		return failed(classOf(answer.StatusCode), retryAfter(answer.Header), fmt.Errorf("HTTP %d", answer.StatusCode))
	})
}

func failed(class access.Class, wait time.Duration, err error) error {
	return &access.VendorError{Vendor: string(outbound.Webhook), Op: outbound.WebhookDeliver.Name, Class: class, RetryAfter: wait, Err: err}
}

func classOf(status int) access.Class {
	switch {
	case status == http.StatusTooManyRequests:
		return access.Throttled
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return access.Denied
	case status >= 500:
		return access.Unavailable
	}
	return access.Rejected
}

func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds <= 0 {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, longestWait)
}
