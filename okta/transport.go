package okta

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"airpass/outbound"
)

// transport turns every answer that is not 2xx into an *answer error, and an end of
// the connection into an error that is not io.EOF. It is where the SDK's own
// treatment is kept out: after a connection that ends it sends a change again and
// again, of a 429 it keeps nothing, and a redirect is a success to it.
type transport struct{ next http.RoundTripper }

// maxErrorBody is how much of a refusal is read.
const maxErrorBody = 64 << 10

// RoundTrip makes one request.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(r)
	if err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errCutOff
		}
		return nil, err
	}
	outbound.Heard(r.Context(), resp.Header.Get("X-Okta-Request-Id"))
	if resp.StatusCode >= 200 && resp.StatusCode <= 299 {
		if err := splitLinks(resp.Header); err != nil {
			_ = resp.Body.Close()
			return nil, err
		}
		return resp, nil
	}
	defer func() { _ = resp.Body.Close() }()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	return nil, newAnswer(resp, body, strings.HasSuffix(r.URL.Path, "/oauth2/v1/token"))
}

var (
	errCutOff  = errors.New("the connection ended before the answer")
	errBadLink = errors.New("the link to the next page cannot be read")
)

// splitLinks puts each paging link into a header of its own: of two in one header,
// as a proxy may join them, the SDK takes the wrong one. It returns an error for a
// link that is no URL, on which the SDK panics; without it the list would be cut short.
func splitLinks(h http.Header) error {
	var links []string
	for _, joined := range h.Values("Link") {
		for i, link := range strings.Split(joined, ", <") {
			if i > 0 {
				link = "<" + link
			}
			target, _, _ := strings.Cut(link, ";")
			if _, err := url.Parse(strings.Trim(target, "<> ")); err != nil {
				return errBadLink
			}
			links = append(links, link)
		}
	}
	if links != nil {
		h["Link"] = links
	}
	return nil
}

// answer is an answer of Okta that is not 2xx. It holds nothing of the request.
type answer struct {
	status     int
	code       string // Okta's error code, or an OAuth 2.0 error name
	summary    string
	requestID  string
	retryAfter time.Duration
	token      bool // it came from the token endpoint
}

// Error says status, code and Okta's words.
func (a *answer) Error() string {
	words := fmt.Sprintf("HTTP %d", a.status)
	if a.code != "" {
		words += " " + a.code
	}
	if a.summary != "" {
		words += ": " + a.summary
	}
	return words
}

// errorBody is an error of the Management API, or one of the token endpoint.
// See https://developer.okta.com/docs/reference/error-codes/.
type errorBody struct {
	Code    string `json:"errorCode"`
	Summary string `json:"errorSummary"`
	Causes  []struct {
		Summary string `json:"errorSummary"`
	} `json:"errorCauses"`
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

func newAnswer(resp *http.Response, raw []byte, token bool) *answer {
	var body errorBody
	_ = json.Unmarshal(raw, &body) // a gateway's page has neither code nor words
	a := &answer{
		status: resp.StatusCode, code: body.Code, summary: body.Summary, token: token,
		requestID: resp.Header.Get("X-Okta-Request-Id"), retryAfter: retryAfter(resp.Header),
	}
	for _, cause := range body.Causes {
		if cause.Summary != "" {
			a.summary += "; " + cause.Summary
		}
	}
	if a.code == "" {
		a.code, a.summary = body.Error, body.Description
	}
	return a
}

// retryAfter is how long Okta asks to wait: until X-Rate-Limit-Reset, told by
// Okta's clock, and a second more, because both are whole seconds. Zero where it
// does not say. See https://developer.okta.com/docs/reference/rl-best-practices/.
func retryAfter(h http.Header) time.Duration {
	if seconds, err := strconv.Atoi(h.Get("Retry-After")); err == nil && seconds > 0 {
		return time.Duration(seconds) * time.Second
	}
	reset, err := strconv.ParseInt(h.Get("X-Rate-Limit-Reset"), 10, 64)
	if err != nil {
		return 0
	}
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	return max(time.Unix(reset, 0).Sub(date), 0) + time.Second
}
