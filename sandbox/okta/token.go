package okta

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// oauthError is an error of the token endpoint, in the form of RFC 6749.
type oauthError struct {
	status      int
	Code        string `json:"error"`
	Description string `json:"error_description"`
}

func badClient(words string) *oauthError {
	return &oauthError{http.StatusUnauthorized, "invalid_client", words}
}

func badRequest(code, words string) *oauthError {
	return &oauthError{http.StatusBadRequest, code, words}
}

const jwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// serveToken issues access tokens to service apps: client credentials, with the
// client authenticated by a signed assertion. Okta's org authorization server takes
// nothing else for okta.* scopes.
// See https://developer.okta.com/docs/api/openapi/okta-oauth/oauth/tag/OrgAS/.
func (s *Server) serveToken(w http.ResponseWriter, r *http.Request) {
	left, ok := s.limits.take(familyToken, time.Now())
	left.writeTo(w.Header())
	if !ok {
		errTooMany().write(w)
		return
	}
	issued, refusal := s.issue(r)
	if refusal != nil {
		writeJSON(w, refusal.status, refusal)
		return
	}
	writeJSON(w, http.StatusOK, issued)
}

type tokenAnswer struct {
	Type      string `json:"token_type"`
	ExpiresIn int    `json:"expires_in"`
	Token     string `json:"access_token"`
	Scope     string `json:"scope"`
}

func (s *Server) issue(r *http.Request) (*tokenAnswer, *oauthError) {
	if err := r.ParseForm(); err != nil {
		return nil, badRequest("invalid_request", "The request could not be read.")
	}
	if r.Form.Get("grant_type") != "client_credentials" {
		return nil, badRequest("unsupported_grant_type", "The authorization grant type is not supported by the authorization server.")
	}
	if r.Form.Get("client_assertion_type") != jwtBearer {
		return nil, badClient("Client credentials requests to the Org Authorization Server must use the private_key_jwt token_endpoint_auth_method.")
	}
	client, refusal := s.checkAssertion(r.Form.Get("client_assertion"), baseURL(r)+r.URL.Path, time.Now())
	if refusal != nil {
		return nil, refusal
	}
	// The real Okta SDK cannot send a proof, so what a proof must hold is not checked.
	if client.RequireDPoP && r.Header.Get("DPoP") == "" {
		return nil, badRequest("invalid_dpop_proof", "The DPoP proof JWT header is missing.")
	}
	scopes := strings.Fields(r.Form.Get("scope"))
	if len(scopes) == 0 {
		return nil, badRequest("invalid_scope", "The authorization server resource does not have any configured default scopes, 'scope' must be provided.")
	}
	for _, scope := range scopes {
		if !slices.Contains(client.Scopes, scope) {
			return nil, badRequest("invalid_scope", "One or more scopes are not configured for the authorization server resource.")
		}
	}
	ttl := client.TokenTTL
	if ttl == 0 {
		ttl = time.Hour
	}
	token := "eyJ" + randomID(60)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bearers[token] = bearer{client: client.ID, scopes: scopes, expires: time.Now().Add(ttl)}
	s.record("app.oauth2.token.grant.access_token", "OAuth2 access token is granted",
		actor{ID: client.ID, Type: "PublicClientApp", AlternateID: client.ID, DisplayName: s.clientName(client.ID)})
	return &tokenAnswer{Type: "Bearer", ExpiresIn: int(ttl / time.Second), Token: token, Scope: strings.Join(scopes, " ")}, nil
}

// assertion is a client assertion's claims.
type assertion struct {
	Issuer   string          `json:"iss"`
	Subject  string          `json:"sub"`
	Audience json.RawMessage `json:"aud"`
	Expires  float64         `json:"exp"`
}

// checkAssertion verifies a client assertion: RS256 with one of the client's keys,
// issued by and for the client, for this endpoint, ending within the hour.
// See https://developer.okta.com/docs/guides/build-self-signed-jwt/.
func (s *Server) checkAssertion(jwt, endpoint string, now time.Time) (Client, *oauthError) {
	var head struct {
		Algorithm string `json:"alg"`
		Key       string `json:"kid"`
	}
	var claims assertion
	signed, signature, ok := splitJWT(jwt, &head, &claims)
	if !ok {
		return Client{}, badClient("The client_assertion token is not a valid JWT.")
	}
	client, known := s.client(claims.Subject)
	if !known || claims.Issuer != claims.Subject {
		return Client{}, badClient("Invalid value for 'client_id' parameter.")
	}
	if head.Algorithm != "RS256" || !signedByOne(client.keys(head.Key), signed, signature) {
		return Client{}, badClient("The client_assertion signature is invalid.")
	}
	if !audienceHas(claims.Audience, endpoint) {
		return Client{}, badClient("The audience claim for client_assertion must be the endpoint invoked for the request.")
	}
	ends := time.Unix(int64(claims.Expires), 0)
	if !ends.After(now) {
		return Client{}, badClient("The client_assertion token is expired.")
	}
	// Okta allows an hour; a minute more is for clocks that differ.
	if ends.After(now.Add(time.Hour + time.Minute)) {
		return Client{}, badClient("The client_assertion token has an expiration too far into the future.")
	}
	return client, nil
}

// keys are the keys that an assertion with this key id may be signed with.
func (c Client) keys(kid string) []*rsa.PublicKey {
	if kid != "" {
		if k, ok := c.Keys[kid]; ok {
			return []*rsa.PublicKey{k}
		}
		return nil
	}
	var all []*rsa.PublicKey
	for _, k := range c.Keys {
		all = append(all, k)
	}
	return all
}

func signedByOne(keys []*rsa.PublicKey, signed, signature []byte) bool {
	sum := sha256.Sum256(signed)
	return slices.ContainsFunc(keys, func(k *rsa.PublicKey) bool {
		return rsa.VerifyPKCS1v15(k, crypto.SHA256, sum[:], signature) == nil
	})
}

// splitJWT decodes a compact JWT and returns what was signed and the signature.
func splitJWT(jwt string, head, claims any) (signed, signature []byte, ok bool) {
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		return nil, nil, false
	}
	for i, into := range []any{head, claims} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || json.Unmarshal(raw, into) != nil {
			return nil, nil, false
		}
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	return []byte(parts[0] + "." + parts[1]), signature, err == nil
}

// audienceHas reads aud, which is text or a list of texts.
func audienceHas(raw json.RawMessage, endpoint string) bool {
	var single string
	if json.Unmarshal(raw, &single) == nil {
		return single == endpoint
	}
	var several []string
	return json.Unmarshal(raw, &several) == nil && slices.Contains(several, endpoint)
}
