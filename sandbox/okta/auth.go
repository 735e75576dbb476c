package okta

import (
	"crypto/subtle"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// bearer is an access token that was issued.
type bearer struct {
	client  string
	scopes  []string
	expires time.Time // wall time
}

// authenticate says who asks and refuses who may not. The API token may do
// everything; an access token what its scopes allow.
func (s *Server) authenticate(r *http.Request, scope string) (actor, error) {
	kind, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch kind {
	case "":
		return actor{}, errSession()
	case "SSWS":
		if subtle.ConstantTimeCompare([]byte(secret), []byte(s.opts.APIToken)) != 1 {
			return actor{}, errToken()
		}
		return actor{ID: "00uApiTokenOwner00d7", Type: "User", AlternateID: "airpass-api-token@example.com", DisplayName: "API token"}, nil
	case "Bearer":
		b, ok := s.bearers[secret]
		if !ok || !time.Now().Before(b.expires) {
			return actor{}, refused(r, errToken(), scope, "invalid_token", "The token is invalid or has expired.")
		}
		if !slices.Contains(b.scopes, scope) {
			return actor{}, refused(r, errDenied(), scope, "insufficient_scope", "The access token provided does not contain the required scopes.")
		}
		return actor{ID: b.client, Type: "PublicClientApp", AlternateID: b.client, DisplayName: s.clientName(b.client)}, nil
	}
	return actor{}, errToken()
}

// refused adds the challenge of RFC 6750 that Okta sends for access tokens. The SDK
// reads the description from there and leaves the body's error code unread.
func refused(r *http.Request, e *apiError, scope, code, words string) *apiError {
	base := baseURL(r)
	e.challenge = fmt.Sprintf(`Bearer authorization_uri="%s/oauth2/v1/authorize", realm="%s", scope="%s", error="%s", error_description="%s", resource="%s"`,
		base, base, scope, code, words, r.URL.EscapedPath())
	return e
}

func (s *Server) client(id string) (Client, bool) {
	for _, c := range s.opts.Clients {
		if c.ID == id {
			return c, true
		}
	}
	return Client{}, false
}

func (s *Server) clientName(id string) string {
	if c, ok := s.client(id); ok && c.Name != "" {
		return c.Name
	}
	return id
}

// ExpireTokens ends every access token that was issued, as a rotation of the
// client's keys does.
func (s *Server) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.bearers)
}
