package mwaa

import (
	"net/http"
	"regexp"
	"strings"
	"time"

	"airpass/sandbox/mwaa/iam"
)

// Caller is the IAM identity that a call is made as.
type Caller struct {
	// ARN is arn:aws:sts::<account>:assumed-role/<role>/<session> or
	// arn:aws:iam::<account>:user/<name>.
	ARN     string
	Account string
	// UserID is the Identity Center id of the person behind a role session from
	// there, known to policies as identitystore:userId. Empty: the key is absent.
	UserID string
	// Issued is when the session's credentials were issued; zero is unknown.
	Issued time.Time
	// Policy limits the session further; empty does not. Source is its source identity,
	// known to policies as aws:SourceIdentity.
	Policy, Source string
}

// Identity is the caller as MWAA writes it: assumed-role/<role>/<session>.
func (c Caller) Identity() string {
	parts := strings.SplitN(c.ARN, ":", 6)
	return parts[len(parts)-1]
}

// principal is what policies are kept for: role/<name> or user/<name>.
func (c Caller) principal() (kind, name string) {
	parts := strings.Split(c.Identity(), "/")
	switch {
	case len(parts) >= 3 && parts[0] == "assumed-role":
		return "role", parts[1]
	case len(parts) >= 2:
		return parts[0], parts[len(parts)-1]
	}
	return "", ""
}

func (c Caller) context() map[string]string {
	out := map[string]string{}
	if c.UserID != "" {
		out["identitystore:userId"] = c.UserID
	}
	if !c.Issued.IsZero() {
		out["aws:TokenIssueTime"] = c.Issued.UTC().Format(time.RFC3339)
	}
	if c.Source != "" {
		out["aws:SourceIdentity"] = c.Source
	}
	return out
}

// SetPolicy gives a role ("role/airpass") or a user ("user/ops") of an account a
// policy. Identity Center's own roles have theirs from Options.Roles. It returns
// iam.ErrPolicy for a document that is not understood.
func (s *Server) SetPolicy(account, principal, document string) error {
	if _, err := iam.Parse(document); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.policies[account+"/"+principal] = document
	return nil
}

// policyOf is what a caller may do. It is asked anew for each call: a role that has
// been deleted, or whose policy was changed, is known at once.
func (s *Server) policyOf(c Caller) (iam.Policy, error) {
	kind, name := c.principal()
	s.mu.Lock()
	document, known := s.policies[c.Account+"/"+kind+"/"+name]
	s.mu.Unlock()
	if !known && kind == "role" && s.opts.Roles != nil {
		document, known = s.opts.Roles.RolePolicy(c.Account, name)
	}
	if !known {
		document = "" // nothing is allowed without a policy
		if strings.HasPrefix(name, "AWSReservedSSO_") {
			return iam.Policy{}, errUnknownKey() // the role is gone, and its sessions with it
		}
	}
	p, err := iam.Parse(document)
	if err != nil {
		return iam.Policy{}, errValidation("The caller's policy: " + err.Error())
	}
	return p, nil
}

// decide is what the caller's policies say of something: what a role allows, and the
// policy of its session does not, is not allowed.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session.
func (s *Server) decide(c Caller, r iam.Request) (iam.Decision, error) {
	p, err := s.policyOf(c)
	if err != nil {
		return iam.ImplicitDeny, err
	}
	r.Context = c.context()
	says := p.Decide(r)
	if c.Policy == "" {
		return says, nil
	}
	session, err := iam.Parse(c.Policy)
	if err != nil {
		return iam.ImplicitDeny, errValidation("The session policy: " + err.Error())
	}
	switch also := session.Decide(r); {
	case says == iam.ExplicitDeny || also == iam.ExplicitDeny:
		return iam.ExplicitDeny, nil
	case says == iam.Allow && also == iam.Allow:
		return iam.Allow, nil
	}
	return iam.ImplicitDeny, nil
}

// authorize refuses what the caller's policies do not allow.
func (s *Server) authorize(c Caller, action, resource string) error {
	switch says, err := s.decide(c, iam.Request{Action: action, Resource: resource}); {
	case err != nil:
		return err
	case says == iam.Allow:
		return nil
	case says == iam.ExplicitDeny:
		return errDenied(c, action, resource, "with an explicit deny in an identity-based policy")
	}
	return errDenied(c, action, resource, "because no identity-based policy allows the "+action+" action")
}

// credential finds the access key and the region in a version 4 signature.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html.
var credential = regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=([^/,]+)/\d{8}/([^/,]+)/[^/,]+/aws4_request`)

// signer says who signed a request, and for which region.
func (s *Server) signer(r *http.Request) (Caller, string, error) {
	m := credential.FindStringSubmatch(r.Header.Get("Authorization"))
	if m == nil {
		return Caller{}, "", errUnsigned()
	}
	if s.opts.Callers == nil {
		return Caller{}, "", errUnknownKey()
	}
	arn, account, ok := s.opts.Callers.Identity(m[1])
	if !ok {
		return Caller{}, "", errUnknownKey()
	}
	policy, source := s.opts.Callers.Session(m[1])
	return Caller{ARN: arn, Account: account, Policy: policy, Source: source}, m[2], nil
}
