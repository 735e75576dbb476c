package browser

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"
)

var (
	// ErrTooManySteps says that the pages send the browser round in a circle.
	ErrTooManySteps = errors.New("the pages do not come to an end")
	// ErrNoPage says that there is no page to load again.
	ErrNoPage = errors.New("no page is open")
)

const (
	maxSteps = 25
	maxPage  = 4 << 20
)

// Browser is one person's browser with one tab. It is not safe for concurrent use.
type Browser struct {
	// Login is the name the person gives when a page asks for one; empty is somebody
	// who cannot sign in.
	Login string
	// Header goes with every request, as from a network with a proxy.
	Header http.Header
	// Hosts says where the sandbox serves an https host that leads nowhere here, as a
	// base address without a closing slash; nil knows none.
	Hosts func(host string) (base string, ok bool)

	client  *http.Client
	current *url.URL
}

// New returns a fresh browser, without cookies, of the person with this Okta login.
func New(login string) *Browser {
	jar, _ := cookiejar.New(nil) // never fails without options
	return &Browser{Login: login, client: &http.Client{
		Jar: jar, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Step is one answer on the way.
type Step struct {
	Method string `json:"method"`
	// URL is the address with its fragment, except where that is a secret.
	URL    string `json:"url"`
	Status int    `json:"status"`
	Title  string `json:"title,omitempty"` // of an HTML page
}

// Result is where a browser has come to.
type Result struct {
	Steps  []Step `json:"steps"`
	URL    string `json:"url"`
	Status int    `json:"status"`
	Title  string `json:"title"`
	HTML   string `json:"-"`
	// Refused is why, in the page's words, and empty when nothing was refused;
	// RefusedCode is the page's word for it ("no-assignment"), where it has one.
	Refused     string `json:"refused,omitempty"`
	RefusedCode string `json:"refused_code,omitempty"`
	// What an Airflow page says.
	SignedInAs  string `json:"signed_in_as,omitempty"`
	AirflowUser string `json:"airflow_user,omitempty"`
	AirflowRole string `json:"airflow_role,omitempty"`
	Environment string `json:"environment,omitempty"`
}

// Open follows a link to the page where it ends. The error is about the way (no
// connection, a circle); a page that refuses is a result.
func (b *Browser) Open(ctx context.Context, link string) (Result, error) {
	u, err := url.Parse(strings.TrimSpace(link))
	if err != nil {
		return Result{}, fmt.Errorf("the link: %w", err)
	}
	if u, err = b.lead(u); err != nil {
		return Result{}, err
	}
	return b.follow(ctx, visit{method: http.MethodGet, url: u})
}

// lead is where an address is in the sandbox.
func (b *Browser) lead(u *url.URL) (*url.URL, error) {
	if b.Hosts == nil || u.Scheme != "https" {
		return u, nil
	}
	base, known := b.Hosts(u.Host)
	if !known {
		return u, nil
	}
	at, err := url.Parse(base + u.EscapedPath())
	if err != nil {
		return nil, fmt.Errorf("where %s is: %w", u.Host, err)
	}
	at.RawQuery, at.Fragment, at.RawFragment = u.RawQuery, u.Fragment, u.RawFragment
	return at, nil
}

// Reload loads the page again that the tab shows.
func (b *Browser) Reload(ctx context.Context) (Result, error) {
	if b.current == nil {
		return Result{}, ErrNoPage
	}
	return b.follow(ctx, visit{method: http.MethodGet, url: b.current})
}

// visit is the next request of a browser.
type visit struct {
	method string
	url    *url.URL
	form   url.Values // of a POST
	origin string
}

func (b *Browser) follow(ctx context.Context, next visit) (Result, error) {
	var out Result
	asked := false
	for range maxSteps {
		resp, body, err := b.send(ctx, next) //nolint:bodyclose // send has read and closed it
		if err != nil {
			return out, err
		}
		out.Steps = append(out.Steps, Step{Method: next.method, URL: next.url.String(), Status: resp.StatusCode})
		step := &out.Steps[len(out.Steps)-1]
		if to, err := redirect(resp, next.url); err != nil {
			return out, err
		} else if to != nil {
			step.URL = hideSecret(next.url, to)
			next = visit{method: http.MethodGet, url: to}
			continue
		}
		p := parse(body)
		step.Title = p.title
		switch {
		case p.fragmentForm != nil:
			if p.fragmentForm.secret && next.url.Fragment != "" {
				step.URL = withoutFragment(next.url) + "#[secret]"
			}
			next = p.fragmentForm.fill(next.url, next.url.EscapedFragment())
		case p.signIn != nil && !asked && b.Login != "" && resp.StatusCode < 400:
			asked = true
			next = p.signIn.fill(next.url, b.Login)
		default:
			b.current = next.url
			p.describe(&out, resp.StatusCode, next.url, body)
			return out, nil
		}
	}
	return out, ErrTooManySteps
}

func (b *Browser) send(ctx context.Context, v visit) (*http.Response, string, error) {
	var body io.Reader
	if v.method == http.MethodPost {
		body = strings.NewReader(v.form.Encode())
	}
	r, err := http.NewRequestWithContext(ctx, v.method, withoutFragment(v.url), body)
	if err != nil {
		return nil, "", fmt.Errorf("the address: %w", err)
	}
	for name, values := range b.Header {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	r.Header.Set("Accept", "text/html")
	if v.method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", v.origin)
	}
	resp, err := b.client.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxPage))
	if err != nil {
		return nil, "", err
	}
	return resp, string(raw), nil
}

// redirect is where an answer sends the browser, or nil. A target without a fragment
// inherits the one of the address that was asked for (RFC 9110, 10.2.2).
func redirect(resp *http.Response, from *url.URL) (*url.URL, error) {
	to := resp.Header.Get("Location")
	if resp.StatusCode < 300 || resp.StatusCode >= 400 || to == "" {
		return nil, nil
	}
	u, err := from.Parse(to)
	if err != nil {
		return nil, fmt.Errorf("the page sends the browser to an address that is none: %w", err)
	}
	if u.Fragment == "" {
		u.Fragment, u.RawFragment = from.Fragment, from.RawFragment
	}
	return u, nil
}

// hideSecret is the address of a step that was redirected with its fragment.
func hideSecret(from, to *url.URL) string {
	if from.Fragment != "" && from.Fragment == to.Fragment {
		return withoutFragment(from) + "#[handed on]"
	}
	return from.String()
}

func withoutFragment(u *url.URL) string {
	plain := *u
	plain.Fragment, plain.RawFragment = "", ""
	return plain.String()
}
