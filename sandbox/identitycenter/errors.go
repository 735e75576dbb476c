package identitycenter

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"airpass/sandbox/control"
)

// Errors of the Go state API. The HTTP API answers with AWS's own errors.
var (
	// ErrUnknownUser: nobody has this user name.
	ErrUnknownUser = errors.New("no such user in IAM Identity Center")
	// ErrDisabledUser: the person may not sign in.
	ErrDisabledUser = errors.New("the user is disabled in IAM Identity Center")
	// ErrNotFound: no such group, account, permission set, assignment or operation.
	ErrNotFound = errors.New("not found in IAM Identity Center")
	// ErrTaken: the name, e-mail address or id is in use.
	ErrTaken = errors.New("already taken")
	// ErrInvalid: what was given cannot exist in IAM Identity Center.
	ErrInvalid = errors.New("not possible in IAM Identity Center")
)

// apiError is an error in the form of AWS JSON 1.1. Both services answer 400 for
// everything that is the caller's fault, throttling included.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/CommonErrors.html.
type apiError struct {
	status int
	code   string
	words  string
	// resource is the ResourceType that the identity store tells of what is missing.
	resource, resourceID string
	// reason is the Reason of the identity store's conflicts.
	reason     string
	retryAfter time.Duration
}

func (e *apiError) Error() string { return e.code + ": " + e.words }

func refused(code, words string) *apiError {
	return &apiError{status: http.StatusBadRequest, code: code, words: words}
}

func errValidation(words string) *apiError { return refused("ValidationException", words) }

func errMissing(words string) *apiError { return refused("ResourceNotFoundException", words) }

func errConflict(words string) *apiError { return refused("ConflictException", words) }

func errDenied(words string) *apiError { return refused("AccessDeniedException", words) }

func errQuota(words string) *apiError { return refused("ServiceQuotaExceededException", words) }

func errRate() *apiError {
	e := refused("ThrottlingException", "Rate exceeded")
	e.retryAfter = time.Second
	return e
}

func errTooMany() *apiError {
	return refused("ThrottlingException", "There are too many requests processing. Please try again later.")
}

func errInternal() *apiError {
	return &apiError{status: http.StatusInternalServerError, code: "InternalServerException", words: "The request processing has failed because of an unknown error."}
}

// asAPI turns what the state refused into what the API answers.
func asAPI(err error) *apiError {
	var api *apiError
	switch {
	case errors.As(err, &api):
		return api
	case errors.Is(err, ErrTaken):
		return errConflict(err.Error())
	case errors.Is(err, ErrInvalid):
		return errValidation(err.Error())
	}
	return errInternal()
}

// write answers in the service's form. The identity store's errors carry the id of
// the request and some details; sso-admin's carry words only.
func (e *apiError) write(w http.ResponseWriter, service, requestID string) {
	body := map[string]any{"__type": e.code, "Message": e.words}
	if service == identityStore {
		body["RequestId"] = requestID
		if e.resource != "" {
			body["ResourceType"] = e.resource
		}
		if e.resourceID != "" {
			body["ResourceId"] = e.resourceID
		}
		if e.reason != "" {
			body["Reason"] = e.reason
		}
		if e.retryAfter > 0 {
			body["RetryAfterSeconds"] = max(1, int(e.retryAfter/time.Second))
		}
	}
	writeJSON(w, e.status, body)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// answerFault writes the named error in place of the operation.
func answerFault(w http.ResponseWriter, op operation, fault control.Fault) bool {
	if fault.Answer == "gateway" {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte("<html><body><b>Http/1.1 Service Unavailable</b></body></html>"))
		return true
	}
	e := map[string]*apiError{
		"throttled":     errRate(),
		"too_many":      errTooMany(),
		"unavailable":   errInternal(),
		"conflict":      errConflict("There is a conflict with a previous operation that is still in progress."),
		"denied":        errDenied("User is not authorized to perform: " + op.action() + " with an explicit deny"),
		"not_found":     errMissing("The resource was not found."),
		"validation":    errValidation("The request is not valid."),
		"quota":         errQuota("You have exceeded the service quota."),
		"expired_token": refused("ExpiredTokenException", "The security token included in the request is expired"),
	}[fault.Answer]
	if e == nil {
		return false
	}
	if fault.RetryAfter > 0 {
		e.retryAfter = time.Duration(fault.RetryAfter)
	}
	e.write(w, op.service, randomUUID())
	return true
}
