package okta

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"
)

var testKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func serviceKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := testKey()
	must(t, err)
	return key
}

const clientID = "0oaserviceapp0000000"

func withClient(key *rsa.PrivateKey, change func(*Client)) func(*Options) {
	c := Client{ID: clientID, Name: "airpass", Keys: map[string]*rsa.PublicKey{"k1": &key.PublicKey}, Scopes: []string{"okta.users.read", "okta.groups.read"}}
	if change != nil {
		change(&c)
	}
	return func(o *Options) { o.Clients = []Client{c} }
}

func (o *org) service(key *rsa.PrivateKey, scopes ...string) *sdk.Client {
	block := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	return o.client(sdk.WithAuthorizationMode("PrivateKey"), sdk.WithClientId(clientID), sdk.WithScopes(scopes), sdk.WithPrivateKey(string(block)), sdk.WithPrivateKeyId("k1"))
}

func TestAnUnknownTokenIsRefused(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	_, _, err := o.client(sdk.WithToken("wrong")).User.GetUser(o.ctx(), o.id(anna))
	wantCode(t, err, "E0000011")
	for authorization, want := range map[string]string{"": "E0000005", "Basic x": "E0000011", "SSWS": "E0000011", "Bearer nonsense": "E0000011"} {
		resp := o.do(http.MethodGet, "/api/v1/users", authorization)
		var body struct {
			Code string `json:"errorCode"`
		}
		must(t, json.NewDecoder(resp.Body).Decode(&body))
		if resp.StatusCode != http.StatusUnauthorized || body.Code != want {
			t.Errorf("%q: %s %s", authorization, resp.Status, body.Code)
		}
	}
}

func TestAServiceAppSignsInWithItsKey(t *testing.T) {
	t.Parallel()
	key := serviceKey(t)
	o := newOrg(t, withClient(key, nil))
	client := o.service(key, "okta.users.read", "okta.groups.read")
	for range 3 {
		_, _, err := client.User.GetUser(o.ctx(), o.id(anna))
		must(t, err)
	}
	if n := o.Faults().Count("Token"); n != 1 {
		t.Errorf("%d token requests", n)
	}
	// A scope the token lacks: the SDK reads the challenge, not the body's code.
	_, err := client.Group.AddUserToGroup(o.ctx(), o.unrelated, o.id(anna))
	if err == nil || !strings.Contains(err.Error(), "required scopes") || o.IsMember(o.unrelated, anna) {
		t.Errorf("%v", err)
	}
	o.ExpireTokens()
	_, _, err = client.User.GetUser(o.ctx(), o.id(anna))
	if err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("%v", err)
	}
}

func TestInsufficientScopeIsE0000006OnTheWire(t *testing.T) {
	t.Parallel()
	key := serviceKey(t)
	o := newOrg(t, withClient(key, nil))
	token := o.token(o.assertion(key, nil), "okta.users.read")
	resp := o.do(http.MethodPut, "/api/v1/groups/"+o.unrelated+"/users/"+o.id(anna), "Bearer "+token.Token)
	var body errorBody
	must(t, json.NewDecoder(resp.Body).Decode(&body))
	if resp.StatusCode != http.StatusForbidden || body.Code != "E0000006" || !strings.Contains(resp.Header.Get("WWW-Authenticate"), `error="insufficient_scope"`) {
		t.Errorf("%s %+v %s", resp.Status, body, resp.Header.Get("WWW-Authenticate"))
	}
}

func TestAnAccessTokenEnds(t *testing.T) {
	t.Parallel()
	key := serviceKey(t)
	o := newOrg(t, withClient(key, func(c *Client) { c.TokenTTL = time.Nanosecond }))
	token := o.token(o.assertion(key, nil), "okta.users.read")
	if resp := o.do(http.MethodGet, "/api/v1/users", "Bearer "+token.Token); resp.StatusCode != http.StatusUnauthorized {
		t.Error(resp.Status)
	}
}

// assertion signs a client assertion; change makes it wrong.
func (o *org) assertion(key *rsa.PrivateKey, change func(map[string]any)) string {
	o.t.Helper()
	claims := map[string]any{"iss": clientID, "sub": clientID, "aud": o.server.URL + "/oauth2/v1/token", "exp": time.Now().Add(5 * time.Minute).Unix()}
	if change != nil {
		change(claims)
	}
	raw, err := json.Marshal(claims)
	must(o.t, err)
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","kid":"k1"}`)) + "." + base64.RawURLEncoding.EncodeToString(raw)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	must(o.t, err)
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

type tokenReply struct {
	Status  int
	Token   string `json:"access_token"`
	Expires int    `json:"expires_in"`
	Scope   string `json:"scope"`
	Error   string `json:"error"`
}

func (o *org) token(assertion string, scopes ...string) tokenReply {
	o.t.Helper()
	resp, err := o.http.PostForm(o.server.URL+"/oauth2/v1/token", url.Values{
		"grant_type": {"client_credentials"}, "scope": {strings.Join(scopes, " ")},
		"client_assertion_type": {jwtBearer}, "client_assertion": {assertion},
	})
	must(o.t, err)
	defer func() { _ = resp.Body.Close() }()
	reply := tokenReply{Status: resp.StatusCode}
	must(o.t, json.NewDecoder(resp.Body).Decode(&reply))
	return reply
}

func TestTokenRequestsAreChecked(t *testing.T) {
	t.Parallel()
	key := serviceKey(t)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	o := newOrg(t, withClient(key, nil))
	set := func(name string, v any) func(map[string]any) { return func(c map[string]any) { c[name] = v } }
	read := "okta.users.read"
	for name, c := range map[string]struct {
		assertion, scope, want string
		status                 int
	}{
		"good":            {o.assertion(key, nil), read, "", http.StatusOK},
		"another key":     {o.assertion(other, nil), read, "invalid_client", http.StatusUnauthorized},
		"expired":         {o.assertion(key, set("exp", time.Now().Add(-time.Minute).Unix())), read, "invalid_client", http.StatusUnauthorized},
		"too long":        {o.assertion(key, set("exp", time.Now().Add(3*time.Hour).Unix())), read, "invalid_client", http.StatusUnauthorized},
		"audience":        {o.assertion(key, set("aud", "https://elsewhere.example/oauth2/v1/token")), read, "invalid_client", http.StatusUnauthorized},
		"unknown client":  {o.assertion(key, func(c map[string]any) { c["iss"], c["sub"] = "0oaX", "0oaX" }), read, "invalid_client", http.StatusUnauthorized},
		"issuer":          {o.assertion(key, set("iss", "0oaX")), read, "invalid_client", http.StatusUnauthorized},
		"not a JWT":       {"a.b", read, "invalid_client", http.StatusUnauthorized},
		"unsigned":        {"eyJhbGciOiJub25lIn0." + strings.Split(o.assertion(key, nil), ".")[1] + ".", read, "invalid_client", http.StatusUnauthorized},
		"no scope":        {o.assertion(key, nil), "", "invalid_scope", http.StatusBadRequest},
		"scope not given": {o.assertion(key, nil), "okta.apps.manage", "invalid_scope", http.StatusBadRequest},
	} {
		got := o.token(c.assertion, c.scope)
		if got.Status != c.status || got.Error != c.want || (got.Token != "") != (c.want == "") {
			t.Errorf("%s: %+v", name, got)
		}
		if c.want == "" && (got.Expires != 3600 || got.Scope != read) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestDPoPIsRequiredWhereTheAppSaysSo(t *testing.T) {
	t.Parallel()
	key := serviceKey(t)
	o := newOrg(t, withClient(key, func(c *Client) { c.RequireDPoP = true }))
	_, _, err := o.service(key, "okta.users.read").User.GetUser(o.ctx(), o.id(anna))
	if err == nil || !strings.Contains(err.Error(), "DPoP proof") {
		t.Errorf("%v", err)
	}
	if got := o.token(o.assertion(key, nil), "okta.users.read"); got.Status != http.StatusBadRequest || got.Error != "invalid_dpop_proof" {
		t.Errorf("%+v", got)
	}
}
