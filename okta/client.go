package okta

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"

	"airpass/access"
	"airpass/outbound"
)

// ManagerKind says what a person's manager attribute holds. Okta documents
// managerId as an id and leaves it to each org what is written there.
type ManagerKind string

// What a manager attribute can hold.
const (
	ManagerOktaID         ManagerKind = "okta_id"
	ManagerLogin          ManagerKind = "login"
	ManagerEmail          ManagerKind = "email"
	ManagerEmployeeNumber ManagerKind = "employee_number"
)

// Options configures a Client. URL, Caller and either Token or ClientID with
// PrivateKey are needed; the other fields have a usable zero value.
type Options struct {
	// URL is the org's, https://example.okta.com. Plain http is taken for loopback only.
	URL    string
	Caller *outbound.Caller
	// HTTPClient makes the requests; nil is one of its own. Its Transport is wrapped,
	// the client itself is not changed.
	HTTPClient *http.Client

	// Token is an SSWS API token.
	Token string
	// ClientID, PrivateKey (PEM: PKCS#1 or PKCS#8, RSA), KeyID and Scopes are of an API
	// Services app that signs in with private_key_jwt. No scopes: DefaultScopes.
	ClientID   string
	PrivateKey string
	KeyID      string
	Scopes     []string

	// EmailAttribute is the profile attribute that ByEmail compares; empty is "email".
	EmailAttribute string
	// ManagerAttribute is the profile attribute that names the manager, and ManagerKind
	// what it holds. Empty: "managerId", okta_id.
	ManagerAttribute string
	ManagerKind      ManagerKind
	// PersonAttribute is shared by the Okta users of one human; empty is none.
	PersonAttribute string

	// IdentityCenterApp is the id of the application that provisions IAM Identity
	// Center. Without it no group is known to be safe, and none is changed.
	IdentityCenterApp string
	// AssignmentGroup is the group through which people are given IdentityCenterApp, and
	// with it an account in Identity Center; empty is none, and nobody is given one.
	AssignmentGroup string
	// UserNameAttribute is the profile attribute that holds the Identity Center user
	// name; empty: the user name of the person's assignment of IdentityCenterApp.
	UserNameAttribute string
}

// DefaultScopes are the OAuth 2.0 scopes that the calls of this package need.
// See https://developer.okta.com/docs/api/oauth2/.
func DefaultScopes() []string {
	return []string{"okta.users.read", "okta.groups.read", "okta.groups.manage", "okta.apps.read"}
}

// Client asks one Okta org. It is safe for concurrent use and keeps nothing of
// what Okta answers, but for the fact that IdentityCenterApp exists.
type Client struct {
	o        Options
	sdk      *sdk.Client
	appKnown atomic.Bool
}

// New returns a Client. It makes no call. The error wraps access.ErrInvalid and
// never holds a secret.
func New(o Options) (*Client, error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	set, err := o.settings()
	if err != nil {
		return nil, err
	}
	// The context that the SDK returns only carries the client.
	_, client, err := sdk.NewClient(context.Background(), set...)
	if err != nil {
		return nil, fmt.Errorf("%w: the Okta SDK does not take these settings: %w", access.ErrInvalid, err)
	}
	return &Client{o: o, sdk: client}, nil
}

func (o Options) withDefaults() Options {
	o.URL = strings.TrimRight(o.URL, "/")
	if o.EmailAttribute == "" {
		o.EmailAttribute = "email"
	}
	if o.ManagerAttribute == "" {
		o.ManagerAttribute = "managerId"
	}
	if o.ManagerKind == "" {
		o.ManagerKind = ManagerOktaID
	}
	if len(o.Scopes) == 0 {
		o.Scopes = DefaultScopes()
	}
	return o
}

// attributeName is what an attribute of an Okta profile can be called: it goes
// unquoted into search expressions.
// See https://developer.okta.com/docs/reference/api/schemas/ (variable names).
func attributeName(name string) bool {
	return regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,99}$`).MatchString(name)
}

func (o Options) check() error {
	if o.Caller == nil {
		return fmt.Errorf("%w: okta needs a Caller", access.ErrInvalid)
	}
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" {
		return fmt.Errorf("%w: the URL of the Okta org is https://HOST and nothing after it", access.ErrInvalid)
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return fmt.Errorf("%w: Okta is reached by https; plain http is for loopback only", access.ErrInvalid)
	}
	if (o.Token != "") == (o.ClientID != "") {
		return fmt.Errorf("%w: Okta needs either an API token or a client id with a private key", access.ErrInvalid)
	}
	for _, name := range []string{o.EmailAttribute, o.ManagerAttribute, o.PersonAttribute, o.UserNameAttribute} {
		if name != "" && !attributeName(name) {
			return fmt.Errorf("%w: %q is no name of an Okta profile attribute", access.ErrInvalid, name)
		}
	}
	if o.IdentityCenterApp != "" && !plainID(o.IdentityCenterApp) {
		return fmt.Errorf("%w: %q is no id of an Okta application", access.ErrInvalid, o.IdentityCenterApp)
	}
	if o.AssignmentGroup != "" && (!plainID(o.AssignmentGroup) || o.IdentityCenterApp == "") {
		return fmt.Errorf("%w: %q is no id of an Okta group, or the Identity Center application that it assigns is missing", access.ErrInvalid, o.AssignmentGroup)
	}
	switch o.ManagerKind {
	case ManagerOktaID, ManagerLogin, ManagerEmail, ManagerEmployeeNumber:
		return nil
	}
	return fmt.Errorf("%w: a manager is not found by %q", access.ErrInvalid, o.ManagerKind)
}

// settings sets everything there is to set, because what is not set here the SDK
// takes from ~/.okta/okta.yaml and from OKTA_ variables of the environment. Its
// cache would answer lists from before a change; its retries are off, the caller
// decides.
func (o Options) settings() ([]sdk.ConfigSetter, error) {
	set := []sdk.ConfigSetter{
		sdk.WithOrgUrl(o.URL), sdk.WithTestingDisableHttpsCheck(strings.HasPrefix(o.URL, "http://")),
		sdk.WithHttpClientPtr(o.httpClient()), sdk.WithUserAgentExtra("airpass"),
		sdk.WithCache(false), sdk.WithCacheManager(nil), sdk.WithCacheTtl(0), sdk.WithCacheTti(0),
		sdk.WithProxyHost(""), sdk.WithProxyPort(0), sdk.WithProxyUsername(""), sdk.WithProxyPassword(""),
		sdk.WithConnectionTimeout(30), sdk.WithRequestTimeout(0), sdk.WithRateLimitMaxRetries(0), sdk.WithRateLimitMaxBackOff(0),
		sdk.WithToken(o.Token), sdk.WithClientId(o.ClientID), sdk.WithClientAssertion(""), sdk.WithScopes(o.Scopes),
		sdk.WithPrivateKey(""), sdk.WithPrivateKeyId(o.KeyID), sdk.WithPrivateKeySigner(nil), sdk.WithAuthorizationMode("SSWS"),
	}
	if o.Token != "" {
		return set, nil
	}
	signer, err := newSigner(o.PrivateKey, o.KeyID)
	if err != nil {
		return nil, err
	}
	return append(set, sdk.WithAuthorizationMode("PrivateKey"), sdk.WithPrivateKeySigner(signer)), nil
}

// httpClient wraps the transport and bounds what the context of a call does not
// reach: the SDK asks for access tokens without it.
func (o Options) httpClient() *http.Client {
	client := http.Client{}
	if o.HTTPClient != nil {
		client = *o.HTTPClient
	}
	if client.Timeout <= 0 {
		client.Timeout = 30 * time.Second
	}
	next := client.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	client.Transport = &transport{next: next}
	return &client
}

// Progress answers that nothing is under way: Okta carries a change out before it
// answers. See https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Group/.
func (c *Client) Progress(context.Context, access.Intent, time.Time) (access.Progress, error) {
	return access.Progress{}, nil
}
