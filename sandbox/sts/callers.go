package sts

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// ErrInvalid: what was given cannot exist in IAM.
var ErrInvalid = errors.New("not possible in IAM")

// Key is an access key and whom it belongs to.
type Key struct {
	ID     string
	Secret string
	// ARN is the owner's: arn:aws:iam::<account>:user/<name>, or
	// arn:aws:sts::<account>:assumed-role/<role>/<session>.
	ARN     string
	Account string
	// UserID is the owner's unique id; of a session it ends in ":<session name>".
	UserID string
	// Session is the token of temporary credentials; empty is a key without end.
	Session string
	// Issued is when a session's credentials were issued.
	Issued time.Time
	// Expires is when temporary credentials end; zero is never.
	Expires time.Time
	// SourceIdentity was given to AssumeRole, or was that of whoever assumed the role.
	SourceIdentity string
	// Policy was given to AssumeRole: the session may do what the role and it allow.
	Policy string
}

// Role is an IAM role that can be assumed.
type Role struct {
	// ARN is arn:aws:iam::<account>:role/<name>.
	ARN string
	// Trusts are the ARNs that may assume it, of identities, roles ("arn:aws:iam::…:role/…") or whole
	// accounts ("arn:aws:iam::<account>:root"); empty is everybody.
	Trusts []string
	// ExternalID must be given when set.
	ExternalID string
	// NamesSource: the trust policy allows sts:SetSourceIdentity too.
	NamesSource bool
	// MaxSession is how long its sessions may be (1 h).
	MaxSession time.Duration
}

var roleARN = regexp.MustCompile(`^arn:(aws|aws-cn|aws-us-gov):iam::(\d{12}):role/([\w+=,.@/-]+)$`)

// AddKey makes an access key work. An empty ID or secret is made. It returns
// ErrInvalid for a key without an owner.
func (s *Server) AddKey(k Key) (Key, error) {
	parts := strings.SplitN(k.ARN, ":", 6)
	if len(parts) != 6 {
		return Key{}, fmt.Errorf("%w: key of %q", ErrInvalid, k.ARN)
	}
	if k.Account == "" {
		k.Account = parts[4]
	}
	if k.ID == "" {
		k.ID = "AKIA" + letters(16)
	}
	if k.Secret == "" {
		k.Secret = letters(40)
	}
	if k.UserID == "" {
		k.UserID = "AIDA" + letters(17)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys[k.ID] = k
	return k, nil
}

// AddRole makes a role that can be assumed, or changes it. It returns ErrInvalid.
func (s *Server) AddRole(r Role) error {
	if !roleARN.MatchString(r.ARN) {
		return fmt.Errorf("%w: role %q", ErrInvalid, r.ARN)
	}
	if r.MaxSession == 0 {
		r.MaxSession = time.Hour
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.roles[r.ARN] = r
	return nil
}

// RemoveRole takes a role away; sessions that were issued go on being known.
func (s *Server) RemoveRole(arn string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.roles, arn)
}

// Issue makes temporary credentials of a role session without asking the role, as
// the access portal does for the roles of Identity Center. name is the session's.
func (s *Server) Issue(account, role, name string, lives time.Duration) Key {
	return s.issue(account, role, name, lives, "", "")
}

func (s *Server) issue(account, role, name string, lives time.Duration, source, policy string) Key {
	short := role[strings.LastIndexByte(role, '/')+1:]
	now := s.wall().UTC()
	k := Key{
		ID: "ASIA" + letters(16), Secret: letters(40), Session: letters(200), Account: account,
		ARN:    "arn:aws:sts::" + account + ":assumed-role/" + short + "/" + name,
		UserID: "AROA" + letters(17) + ":" + name, Issued: now, Expires: now.Add(lives).Truncate(time.Second), SourceIdentity: source, Policy: policy,
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys[k.ID] = k
	return k
}

// Lookup returns a key that works; ok is false for one that is unknown or expired.
func (s *Server) Lookup(accessKeyID string) (k Key, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok = s.keys[accessKeyID]
	if !ok || !k.Expires.IsZero() && !s.wall().Before(k.Expires) {
		return Key{}, false
	}
	return k, true
}

// Identity says whom an access key belongs to; ok is false for a key that is unknown
// or has expired.
func (s *Server) Identity(accessKeyID string) (arn, account string, ok bool) {
	k, ok := s.Lookup(accessKeyID)
	return k.ARN, k.Account, ok
}

// Session says what is special to the session that an access key is of: the policy that
// limits it, and its source identity; both empty where there is none.
func (s *Server) Session(accessKeyID string) (policy, source string) {
	k, _ := s.Lookup(accessKeyID)
	return k.Policy, k.SourceIdentity
}

// credential finds the access key in a version 4 signature.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html.
var credential = regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=([^/,\s]+)/\d{8}/`)

// AccessKeyID returns the access key that a request is signed with, in the
// Authorization header or, of a presigned URL, in the query. It is empty for a
// request that is not signed.
func AccessKeyID(r *http.Request) string {
	if m := credential.FindStringSubmatch(r.Header.Get("Authorization")); m != nil {
		return m[1]
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil || query.Get("X-Amz-Algorithm") != "AWS4-HMAC-SHA256" {
		return ""
	}
	key, _, _ := strings.Cut(query.Get("X-Amz-Credential"), "/")
	return key
}
