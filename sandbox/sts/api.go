package sts

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"airpass/sandbox/control"
)

// apiError is an error in the form of the query protocol.
// See https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html.
type apiError struct {
	status      int
	code, words string
}

func errDenied(words string) *apiError {
	return &apiError{http.StatusForbidden, "AccessDenied", words}
}

func errValidation(words string) *apiError {
	return &apiError{http.StatusBadRequest, "ValidationError", words}
}

// call is one request.
type call struct {
	form   url.Values
	caller Key
}

func (s *Server) newHandler() http.Handler {
	ops := map[string]func(*call) (any, *apiError){"AssumeRole": s.assumeRole, "GetCallerIdentity": s.getCallerIdentity}
	opOf := func(r *http.Request) string {
		if action := readForm(r).Get("Action"); ops[action] != nil {
			return action
		}
		return ""
	}
	serve := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		form := readForm(r)
		do := ops[form.Get("Action")]
		if do == nil {
			writeError(w, &apiError{http.StatusBadRequest, "InvalidAction", fmt.Sprintf("Could not find operation %s for version %s", form.Get("Action"), form.Get("Version"))})
			return
		}
		caller, refusal := s.authenticate(r)
		if refusal != nil {
			writeError(w, refusal)
			return
		}
		out, refusal := do(&call{form: form, caller: caller})
		if refusal != nil {
			writeError(w, refusal)
			return
		}
		writeXML(w, http.StatusOK, out)
	})
	return s.faults.Middleware(opOf, answerFault, serve)
}

// readForm reads the parameters and puts the body back.
func readForm(r *http.Request) url.Values {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, err := url.ParseQuery(string(body))
	if err != nil || len(form) == 0 {
		form = r.URL.Query()
	}
	return form
}

func (s *Server) authenticate(r *http.Request) (Key, *apiError) {
	id := AccessKeyID(r)
	if id == "" {
		return Key{}, &apiError{http.StatusForbidden, "MissingAuthenticationToken", "Request is missing Authentication Token"}
	}
	s.mu.Lock()
	k, known := s.keys[id]
	s.mu.Unlock()
	switch {
	case !known || k.Session != "" && r.Header.Get("X-Amz-Security-Token") != k.Session:
		return Key{}, &apiError{http.StatusForbidden, "InvalidClientTokenId", "The security token included in the request is invalid"}
	case !k.Expires.IsZero() && !s.wall().Before(k.Expires):
		return Key{}, &apiError{http.StatusForbidden, "ExpiredToken", "The security token included in the request is expired"}
	}
	return k, nil
}

type metadata struct {
	RequestID string `xml:"RequestId"`
}

type callerIdentity struct {
	XMLName xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ GetCallerIdentityResponse"`
	Result  struct {
		Arn     string
		UserID  string `xml:"UserId"`
		Account string
	} `xml:"GetCallerIdentityResult"`
	Metadata metadata `xml:"ResponseMetadata"`
}

func (s *Server) getCallerIdentity(c *call) (any, *apiError) {
	out := &callerIdentity{Metadata: metadata{requestID()}}
	out.Result.Arn, out.Result.UserID, out.Result.Account = c.caller.ARN, c.caller.UserID, c.caller.Account
	return out, nil
}

type assumedRole struct {
	XMLName xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ AssumeRoleResponse"`
	Result  struct {
		SourceIdentity  string `xml:"SourceIdentity,omitempty"`
		AssumedRoleUser struct {
			AssumedRoleID string `xml:"AssumedRoleId"`
			Arn           string
		}
		Credentials struct {
			AccessKeyID     string `xml:"AccessKeyId"`
			SecretAccessKey string
			SessionToken    string
			Expiration      string
		}
	} `xml:"AssumeRoleResult"`
	Metadata metadata `xml:"ResponseMetadata"`
}

var sessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)

func (s *Server) assumeRole(c *call) (any, *apiError) {
	arn, name, source := c.form.Get("RoleArn"), c.form.Get("RoleSessionName"), c.form.Get("SourceIdentity")
	if !sessionName.MatchString(name) {
		return nil, errValidation(fmt.Sprintf("1 validation error detected: Value '%s' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*", name))
	}
	if source != "" && !sessionName.MatchString(source) {
		return nil, errValidation("1 validation error detected: Value at 'sourceIdentity' failed to satisfy constraint")
	}
	s.mu.Lock()
	role, known := s.roles[arn]
	s.mu.Unlock()
	// A role that is missing, does not trust the caller, or asks for another external
	// id is refused in the same words.
	if !known || !role.trusts(c.caller) || role.ExternalID != "" && c.form.Get("ExternalId") != role.ExternalID {
		return nil, errDenied("User: " + c.caller.ARN + " is not authorized to perform: sts:AssumeRole on resource: " + arn)
	}
	source, refusal := sourceOf(c, role, arn, source)
	if refusal != nil {
		return nil, refusal
	}
	policy := c.form.Get("Policy")
	if refusal := checkPolicy(policy); refusal != nil {
		return nil, refusal
	}
	lives, refusal := sessionLength(c, role)
	if refusal != nil {
		return nil, refusal
	}
	m := roleARN.FindStringSubmatch(arn)
	k := s.issue(m[2], m[3], name, lives, source, policy)
	out := &assumedRole{Metadata: metadata{requestID()}}
	out.Result.SourceIdentity = source
	out.Result.AssumedRoleUser.AssumedRoleID, out.Result.AssumedRoleUser.Arn = k.UserID, k.ARN
	cr := &out.Result.Credentials
	cr.AccessKeyID, cr.SecretAccessKey, cr.SessionToken = k.ID, k.Secret, k.Session
	cr.Expiration = k.Expires.Format(time.RFC3339)
	return out, nil
}

// sourceOf is the source identity of a session: the one that was asked for, which the
// role has to let set, or that of the caller, which nobody can change.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html.
func sourceOf(c *call, role Role, arn, asked string) (string, *apiError) {
	has := c.caller.SourceIdentity
	switch {
	case asked == "" && has == "":
		return "", nil
	case !role.NamesSource, asked != "" && has != "" && asked != has:
		return "", errDenied("User: " + c.caller.ARN + " is not authorized to perform: sts:SetSourceIdentity on resource: " + arn)
	case asked == "":
		return has, nil
	}
	return asked, nil
}

// checkPolicy refuses what STS does not take for a session policy. Whether it is one that
// says anything is told by whoever asks it.
func checkPolicy(policy string) *apiError {
	switch {
	case len(policy) > 2048:
		return errValidation("1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length less than or equal to 2048")
	case policy != "" && !json.Valid([]byte(policy)):
		return &apiError{http.StatusBadRequest, "MalformedPolicyDocument", "This policy contains invalid Json"}
	}
	return nil
}

// sessionLength is what was asked for (1 h), at most what the role allows, and 1 h
// for a role that is assumed with a role's session.
func sessionLength(c *call, role Role) (time.Duration, *apiError) {
	asked := c.form.Get("DurationSeconds")
	if asked == "" {
		return time.Hour, nil
	}
	n, err := strconv.Atoi(asked)
	if err != nil || n < 900 || n > 43200 {
		return 0, errValidation("1 validation error detected: Value '" + asked + "' at 'durationSeconds' failed to satisfy constraint")
	}
	lives := time.Duration(n) * time.Second
	if lives > role.MaxSession {
		return 0, errValidation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	if c.caller.Session != "" && lives > time.Hour {
		return 0, errValidation("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	}
	return lives, nil
}

// trusts says whether the caller may assume the role. A session is trusted by its own
// ARN, by its role's, and by its account's root.
func (r Role) trusts(k Key) bool {
	if len(r.Trusts) == 0 {
		return true
	}
	names := []string{k.ARN, "arn:aws:iam::" + k.Account + ":root", k.Account}
	if parts := strings.Split(k.ARN, "/"); strings.Contains(k.ARN, ":assumed-role/") && len(parts) == 3 {
		names = append(names, "arn:aws:iam::"+k.Account+":role/"+parts[1])
	}
	return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(r.Trusts, n) })
}

type errorResponse struct {
	XMLName xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ ErrorResponse"`
	Error   struct {
		Type    string
		Code    string
		Message string
	}
	RequestID string `xml:"RequestId"`
}

func writeError(w http.ResponseWriter, e *apiError) {
	out := &errorResponse{RequestID: requestID()}
	out.Error.Type, out.Error.Code, out.Error.Message = "Sender", e.code, e.words
	if e.status >= http.StatusInternalServerError {
		out.Error.Type = "Receiver"
	}
	writeXML(w, e.status, out)
}

func writeXML(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	_ = xml.NewEncoder(w).Encode(v)
}

func answerFault(w http.ResponseWriter, _ *http.Request, _ string, fault control.Fault) bool {
	e := map[string]*apiError{
		"throttled":     {http.StatusBadRequest, "Throttling", "Rate exceeded"},
		"unavailable":   {http.StatusServiceUnavailable, "ServiceUnavailable", "Service Unavailable"},
		"internal":      {http.StatusInternalServerError, "InternalFailure", "An internal error has occurred"},
		"denied":        errDenied("User is not authorized to perform: sts:AssumeRole"),
		"expired_token": {http.StatusForbidden, "ExpiredToken", "The security token included in the request is expired"},
	}[fault.Answer]
	if e == nil {
		return false
	}
	writeError(w, e)
	return true
}

func requestID() string {
	id := strings.ToLower(letters(32))
	return id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:]
}
