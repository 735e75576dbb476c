package chat

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"airpass/access"
	"airpass/outbound"
)

// DefaultAPIURL is where Slack's Web API is.
const DefaultAPIURL = "https://slack.com/api/"

// Options configures a Client. BotToken and Caller are needed.
type Options struct {
	// BotToken is the app's xoxb- token.
	BotToken string
	Caller   *outbound.Caller
	// AppToken is its xapp- token, for Connects alone; empty where no one asks.
	AppToken string
	// APIURL is where the Web API is; empty is DefaultAPIURL. Plain http is taken for
	// loopback only.
	APIURL string
	// HTTPClient makes the requests; nil is one of its own. It is not changed.
	HTTPClient *http.Client
}

// Client calls the Web API of one workspace. It is safe for concurrent use.
type Client struct {
	api    *slack.Client
	caller *outbound.Caller

	mu sync.Mutex
	me *Identity // once known
}

// New returns a Client. It makes no call. The error wraps access.ErrInvalid and
// never holds the token.
func New(o Options) (*Client, error) {
	if o.APIURL == "" {
		o.APIURL = DefaultAPIURL
	}
	if o.Caller == nil || o.BotToken == "" {
		return nil, fmt.Errorf("%w: Slack needs a bot token and a Caller", access.ErrInvalid)
	}
	u, err := url.Parse(o.APIURL)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" {
		return nil, fmt.Errorf("%w: the URL of Slack's Web API", access.ErrInvalid)
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return nil, fmt.Errorf("%w: Slack is reached by https; plain http is for loopback only", access.ErrInvalid)
	}
	// The SDK puts the method's name right behind it.
	base := strings.TrimRight(o.APIURL, "/") + "/"
	api := slack.New(o.BotToken, slack.OptionAppLevelToken(o.AppToken), slack.OptionAPIURL(base), slack.OptionHTTPClient(httpClient(o.HTTPClient)))
	return &Client{api: api, caller: o.Caller}, nil
}

// httpClient is the client given, or one of its own, that takes a redirect for what
// it is: not an answer of Slack's.
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

// Identity is who the token belongs to.
type Identity struct {
	Team     string // T…
	TeamName string
	BotUser  string // U…
	Bot      string // B…
	// Scopes are what the token may do. They are told by the answer's header.
	// See https://docs.slack.dev/authentication/installing-with-oauth.
	Scopes []string
}

func scopesIn(h http.Header) []string {
	return strings.FieldsFunc(h.Get("X-OAuth-Scopes"), func(r rune) bool { return r == ',' || r == ' ' })
}

// Identity asks Slack who the token belongs to; once it has answered, it is
// remembered, because a token never changes hands.
// See https://docs.slack.dev/reference/methods/auth.test.
func (c *Client) Identity(ctx context.Context) (Identity, error) {
	c.mu.Lock()
	known := c.me
	c.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	var me Identity
	err := c.caller.DoIn(ctx, outbound.SlackAuthTest, "", func(ctx context.Context) error {
		r, err := c.api.AuthTestContext(ctx)
		if err == nil && (r.TeamID == "" || r.UserID == "") {
			return implausible(outbound.SlackAuthTest, "no team or no user")
		}
		if err == nil {
			me = Identity{Team: r.TeamID, TeamName: r.Team, BotUser: r.UserID, Bot: r.BotID, Scopes: scopesIn(r.Header)}
		}
		return classified(outbound.SlackAuthTest, err)
	})
	if err != nil {
		return Identity{}, err
	}
	c.mu.Lock()
	c.me = &me
	c.mu.Unlock()
	return me, nil
}

// Connects says whether the app token may open a connection of Socket Mode. None is opened:
// the address that Slack answers is forgotten.
// See https://docs.slack.dev/reference/methods/apps.connections.open.
func (c *Client) Connects(ctx context.Context) error {
	return c.caller.DoIn(ctx, outbound.SlackOpenConnection, "", func(ctx context.Context) error {
		_, at, err := c.api.StartSocketModeContext(ctx)
		if err == nil && at == "" {
			return implausible(outbound.SlackOpenConnection, "no address")
		}
		return classified(outbound.SlackOpenConnection, err)
	})
}
