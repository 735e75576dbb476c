// Package oncall asks PagerDuty who is on call. It owns how a schedule is asked and what
// the answers mean. It does not know what somebody who is on call may do, nor who they
// are elsewhere than in PagerDuty: it tells e-mail addresses.
//
// See https://developer.pagerduty.com/api-reference/9f1cc5ebfe7d8-list-users-on-call.
package oncall

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/PagerDuty/go-pagerduty"

	"airpass/access"
	"airpass/outbound"
)

// DefaultURL is where PagerDuty's REST API is; accounts of its EU region have
// https://api.eu.pagerduty.com.
const DefaultURL = "https://api.pagerduty.com"

// Options configures a Client. Token and Caller are needed.
type Options struct {
	// Token is an API access key; one that may only read is enough.
	Token  string
	Caller *outbound.Caller
	// URL of the REST API; empty is DefaultURL. Plain http is taken for loopback only.
	URL string
	// HTTPClient makes the requests; nil is one of its own. It is not changed.
	HTTPClient *http.Client
	// Now tells for when is asked; nil is the machine's clock.
	Now func() time.Time
}

// Client asks one PagerDuty account. It is safe for concurrent use.
type Client struct {
	api    *pagerduty.Client
	caller *outbound.Caller
	now    func() time.Time
}

// New returns a Client. It makes no call. The error wraps access.ErrInvalid and never
// holds the token.
func New(o Options) (*Client, error) {
	if o.URL == "" {
		o.URL = DefaultURL
	}
	if o.Caller == nil || o.Token == "" {
		return nil, fmt.Errorf("%w: PagerDuty needs a token and a Caller", access.ErrInvalid)
	}
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" {
		return nil, fmt.Errorf("%w: the URL of PagerDuty's API", access.ErrInvalid)
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return nil, fmt.Errorf("%w: PagerDuty is reached by https; plain http is for loopback only", access.ErrInvalid)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	api := pagerduty.NewClient(o.Token, pagerduty.WithAPIEndpoint(strings.TrimRight(o.URL, "/")))
	api.HTTPClient = httpClient(o.HTTPClient)
	return &Client{api: api, caller: o.Caller, now: o.Now}, nil
}

// httpClient is the client given, or one of its own, that takes a redirect for what
// it is: not an answer of PagerDuty's.
func httpClient(given *http.Client) *http.Client {
	client := http.Client{Timeout: 30 * time.Second}
	if given != nil {
		client = *given
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// moment is how long the time is for which is asked: its two ends have to differ. Both
// of a handover that falls into it are on call.
const moment = time.Second

// Emails returns the addresses of those who are on call in a schedule now, each once and
// at most limit, in one call. A schedule that is not there is an error that wraps
// access.ErrNotFound; no answer, access.ErrUnavailable. Nobody on call is no error.
func (c *Client) Emails(ctx context.Context, schedule string, limit int) ([]string, error) {
	if schedule == "" || strings.ContainsAny(schedule, "/?#%") {
		return nil, fmt.Errorf("%w: no PagerDuty schedule", access.ErrInvalid)
	}
	now := c.now().UTC()
	during := pagerduty.ListOnCallUsersOptions{Since: now.Format(time.RFC3339), Until: now.Add(moment).Format(time.RFC3339)}
	var users []pagerduty.User
	err := c.caller.Do(ctx, outbound.PagerDutyOnCall, func(ctx context.Context) error {
		var err error
		users, err = c.api.ListOnCallUsersWithContext(ctx, schedule, during)
		return classified(err)
	})
	if err != nil {
		return nil, err
	}
	var emails []string
	seen := map[string]bool{}
	for _, u := range users {
		if key := strings.ToLower(u.Email); key != "" && !seen[key] && len(emails) < limit {
			seen[key] = true
			emails = append(emails, u.Email)
		}
	}
	return emails, nil
}

// most is how many people of a schedule are looked at for one of them.
const most = 1000

// Names says whether the person with this e-mail address is on call in a schedule now,
// in one call.
func (c *Client) Names(ctx context.Context, schedule, email string) (bool, error) {
	emails, err := c.Emails(ctx, schedule, most)
	for _, e := range emails {
		if strings.EqualFold(e, email) {
			return true, nil
		}
	}
	return false, err
}

// classified says of an error of the SDK's what it means, by the status of the answer.
// See https://developer.pagerduty.com/docs/rest-api-v2/errors/.
func classified(err error) error {
	if err == nil {
		return nil
	}
	site := outbound.PagerDutyOnCall
	out := &access.VendorError{Vendor: string(site.Vendor), Op: site.Name, Class: access.Unavailable, Err: err}
	var answer pagerduty.APIError
	if !errors.As(err, &answer) {
		return out
	}
	switch status := answer.StatusCode; {
	case answer.RateLimited():
		out.Class = access.Throttled
	case answer.NotFound():
		out.Class = access.Missing
	case status == http.StatusUnauthorized, status == http.StatusPaymentRequired, status == http.StatusForbidden:
		out.Class = access.Denied
	case status >= 400 && status < 500:
		out.Class = access.Rejected
	}
	return out
}
