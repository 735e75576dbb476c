package secrets

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"airpass/sandbox/control"
	"airpass/sandbox/sts"
)

// The services, as X-Amz-Target names them.
const (
	manager = "secretsmanager"
	store   = "AmazonSSM"
)

// apiError is an error of either service.
type apiError struct {
	status      int
	code, words string
}

func refuse(code, format string, args ...any) *apiError {
	return &apiError{http.StatusBadRequest, code, fmt.Sprintf(format, args...)}
}

// call is one request.
type call struct {
	body []byte
	arn  string // the caller's
}

// read decodes the request strictly: a member that is not known here would be ignored
// where AWS does something.
func (c *call) read(into any) *apiError {
	dec := json.NewDecoder(bytes.NewReader(c.body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return refuse("SerializationException", "the request body: %v", err)
	}
	return nil
}

func (s *Server) newHandler() http.Handler {
	ops := map[string]func(*call) (any, *apiError){manager + ".GetSecretValue": s.getSecretValue, store + ".GetParameter": s.getParameter}
	opOf := func(r *http.Request) string {
		target := r.Header.Get("X-Amz-Target")
		if ops[target] == nil {
			return ""
		}
		return target[strings.IndexByte(target, '.')+1:]
	}
	serve := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		do := ops[r.Header.Get("X-Amz-Target")]
		if do == nil {
			answer(w, nil, refuse("UnknownOperationException", "no such operation"))
			return
		}
		c := &call{body: body}
		refusal := s.authenticate(c, r)
		var out any
		if refusal == nil {
			out, refusal = do(c)
		}
		answer(w, out, refusal)
	})
	return s.faults.Middleware(opOf, answerFault, serve)
}

func (s *Server) authenticate(c *call, r *http.Request) *apiError {
	id := sts.AccessKeyID(r)
	if id == "" {
		return refuse("MissingAuthenticationTokenException", "Missing Authentication Token")
	}
	arn, _, ok := s.opts.Callers.Identity(id)
	if !ok {
		return refuse("UnrecognizedClientException", "The security token included in the request is invalid.")
	}
	c.arn = arn
	return nil
}

// errDenied is what AWS says to whom no policy allows it.
func errDenied(c *call, action, resource string) *apiError {
	return refuse("AccessDeniedException", "User: %s is not authorized to perform: %s on resource: %s because no identity-based policy allows the %s action", c.arn, action, resource, action)
}

type secretRequest struct{ SecretId, VersionId, VersionStage string } //nolint:revive // AWS's spelling

func (s *Server) getSecretValue(c *call) (any, *apiError) {
	var in secretRequest
	if refusal := c.read(&in); refusal != nil {
		return nil, refusal
	}
	if in.SecretId == "" {
		return nil, refuse("InvalidParameterException", "You must provide a value for the SecretId parameter.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.findSecret(in.SecretId)
	switch {
	case s.denied[in.SecretId] || one != nil && s.denied[one.name]:
		return nil, errDenied(c, "secretsmanager:GetSecretValue", in.SecretId)
	case one == nil:
		return nil, refuse("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
	case one.deleted:
		return nil, refuse("InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion.")
	}
	i := s.pick(one, in)
	if i < 0 {
		return nil, refuse("ResourceNotFoundException", "Secrets Manager can't find the specified secret value for staging label: %s", in.VersionStage)
	}
	v := one.versions[i]
	out := map[string]any{"ARN": one.arn, "Name": one.name, "VersionId": v.id, "CreatedDate": float64(v.created.UnixMilli()) / 1000, "VersionStages": stages(one, i)}
	if v.binary != nil {
		out["SecretBinary"] = v.binary
	} else {
		out["SecretString"] = v.text
	}
	return out, nil
}

// findSecret finds a secret by its name, its ARN, or its ARN without the six characters
// at the end.
func (s *Server) findSecret(id string) *secret {
	if one := s.secrets[id]; one != nil {
		return one
	}
	for _, one := range s.secrets {
		if one.arn == id || one.arn[:len(one.arn)-len("-123456")] == id {
			return one
		}
	}
	return nil
}

// pick is the index of the version that is asked for; -1 is none.
func (s *Server) pick(one *secret, in secretRequest) int {
	last := len(one.versions) - 1
	return slices.IndexFunc(one.versions, func(v version) bool {
		i := slices.IndexFunc(one.versions, func(o version) bool { return o.id == v.id })
		switch {
		case in.VersionId != "":
			return v.id == in.VersionId
		case in.VersionStage == "AWSPREVIOUS":
			return i == last-1
		case in.VersionStage == "" || in.VersionStage == "AWSCURRENT":
			return i == last
		}
		return false
	})
}

func stages(one *secret, i int) []string {
	switch len(one.versions) - 1 - i {
	case 0:
		return []string{"AWSCURRENT"}
	case 1:
		return []string{"AWSPREVIOUS"}
	}
	return nil
}

type parameterRequest struct {
	Name           string
	WithDecryption bool
}

func (s *Server) getParameter(c *call) (any, *apiError) {
	var in parameterRequest
	if refusal := c.read(&in); refusal != nil {
		return nil, refusal
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	one, selector := s.findParameter(in.Name)
	switch {
	case s.denied[in.Name] || one != nil && s.denied[one.name]:
		return nil, errDenied(c, "ssm:GetParameter", "arn:aws:ssm:"+s.opts.Region+":"+s.opts.Account+":parameter/"+strings.TrimPrefix(in.Name, "/"))
	case one == nil:
		return nil, refuse("ParameterNotFound", "") // SSM has no words for it
	}
	n := len(one.versions)
	if selector != "" {
		var err error
		if n, err = strconv.Atoi(selector); err != nil || n < 1 || n > len(one.versions) {
			return nil, refuse("ParameterVersionNotFound", "Systems Manager could not find version %s of %s. Verify the version and try again.", selector, one.name)
		}
	}
	v := one.versions[n-1]
	out := map[string]any{"Name": one.name, "ARN": one.arn, "Type": "String", "Value": v.text, "Version": n,
		"LastModifiedDate": float64(v.created.UnixMilli()) / 1000, "DataType": "text"}
	if selector != "" {
		out["Selector"] = ":" + selector
	}
	if one.secure {
		out["Type"] = "SecureString"
		if !in.WithDecryption {
			out["Value"] = "AQICAHencrypted" + strconv.Itoa(len(v.text)) // of no use to anybody
		}
	}
	return map[string]any{"Parameter": out}, nil
}

// findParameter finds a parameter by its name or ARN, with what follows a colon apart.
func (s *Server) findParameter(id string) (one *parameter, selector string) {
	find := func(id string) *parameter {
		for _, p := range s.parameters {
			if p.name == id || p.arn == id {
				return p
			}
		}
		return nil
	}
	if one = find(id); one != nil {
		return one, ""
	}
	if at := strings.LastIndexByte(id, ':'); at >= 0 {
		return find(id[:at]), id[at+1:]
	}
	return nil, ""
}

func answer(w http.ResponseWriter, out any, refusal *apiError) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.Header().Set("X-Amzn-Requestid", newUUID())
	if refusal == nil {
		_ = json.NewEncoder(w).Encode(out)
		return
	}
	w.WriteHeader(refusal.status)
	_ = json.NewEncoder(w).Encode(problem(refusal))
}

// problem is an error's body. Secrets Manager and SSM spell the words' member
// "Message" or "message", as the error's shape has it.
func problem(e *apiError) map[string]string {
	out := map[string]string{"__type": e.code}
	if e.words == "" {
		return out
	}
	if slices.Contains([]string{"ResourceNotFoundException", "InvalidParameterException", "InvalidRequestException", "InternalServiceError", "InternalServerError"}, e.code) {
		out["Message"] = e.words
	} else {
		out["message"] = e.words
	}
	return out
}

func answerFault(w http.ResponseWriter, _ *http.Request, op string, fault control.Fault) bool {
	internal := "InternalServiceError" // Secrets Manager's own
	if op == "GetParameter" {
		internal = "InternalServerError"
	}
	e := map[string]*apiError{
		"throttled":   refuse("ThrottlingException", "Rate exceeded"),
		"unavailable": {http.StatusServiceUnavailable, "ServiceUnavailable", "Service Unavailable"},
		"internal":    {http.StatusInternalServerError, internal, "An internal error occurred."},
		"denied":      refuse("AccessDeniedException", "User is not authorized to perform this action"),
	}[fault.Answer]
	if e == nil {
		return false
	}
	answer(w, nil, e)
	return true
}
