package mwaa

import (
	"encoding/json"
	"errors"
	"net/http"
)

// APIError is an error in AWS's shape. Its text goes to whoever called.
// See https://docs.aws.amazon.com/mwaa/latest/API/CommonErrors.html.
type APIError struct {
	Status  int
	Code    string
	Message string
}

func (e *APIError) Error() string { return e.Code + ": " + e.Message }

// The codes that callers tell apart.
const (
	CodeAccessDenied     = "AccessDeniedException"
	CodeResourceNotFound = "ResourceNotFoundException"
	CodeValidation       = "ValidationException"
)

func errDenied(c Caller, action, resource, why string) *APIError {
	return &APIError{http.StatusForbidden, CodeAccessDenied, "User: " + c.ARN + " is not authorized to perform: " + action + " on resource: " + resource + " " + why}
}

func errMissing(e Environment) *APIError {
	return &APIError{http.StatusNotFound, CodeResourceNotFound, "Environment " + e.Name + " does not exist"}
}

func errValidation(words string) *APIError {
	return &APIError{http.StatusBadRequest, CodeValidation, words}
}

func errInternal() *APIError {
	return &APIError{http.StatusInternalServerError, "InternalServerException", "An internal error has occurred"}
}

func errUnsigned() *APIError {
	return &APIError{http.StatusForbidden, "MissingAuthenticationTokenException", "Missing Authentication Token"}
}

func errUnknownKey() *APIError {
	return &APIError{http.StatusForbidden, "UnrecognizedClientException", "The security token included in the request is invalid."}
}

// faultAnswers are the errors that faults can ask for by name.
func faultAnswers() map[string]*APIError {
	return map[string]*APIError{
		"throttled":     {http.StatusTooManyRequests, "ThrottlingException", "Rate exceeded"},
		"unavailable":   {http.StatusServiceUnavailable, "ServiceUnavailableException", "The service is temporarily unavailable"},
		"internal":      errInternal(),
		"denied":        {http.StatusForbidden, CodeAccessDenied, "User is not authorized to perform this operation"},
		"not_found":     {http.StatusNotFound, CodeResourceNotFound, "The environment does not exist"},
		"validation":    errValidation("The request is not valid"),
		"expired_token": {http.StatusForbidden, "ExpiredTokenException", "The security token included in the request is expired"},
	}
}

// write answers in the form of restJson1: the code in a header, the words in the
// body, under the name that the error's shape has for them.
func (e *APIError) write(w http.ResponseWriter) {
	member := "message"
	if e.Code == CodeAccessDenied {
		member = "Message"
	}
	w.Header().Set("X-Amzn-ErrorType", e.Code)
	writeJSON(w, e.Status, map[string]string{member: e.Message})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func asAPI(err error) *APIError {
	var api *APIError
	if errors.As(err, &api) {
		return api
	}
	return errInternal()
}
