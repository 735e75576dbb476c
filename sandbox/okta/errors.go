package okta

import (
	"errors"
	"fmt"
	"net/http"

	"airpass/sandbox/control"
)

// Errors of the Go state API. The HTTP API answers with Okta's own error bodies.
var (
	// ErrNotFound: no such user, group, application, rule or push.
	ErrNotFound = errors.New("not found in the org")
	// ErrTaken: the id, or a user's login, is in use.
	ErrTaken = errors.New("already taken")
	// ErrInvalid: what was given cannot exist in an Okta org.
	ErrInvalid = errors.New("not possible in an Okta org")
)

// apiError is an error in Okta's shape.
// See https://developer.okta.com/docs/reference/error-codes/.
type apiError struct {
	status  int
	code    string
	summary string
	causes  []string
	// challenge is the WWW-Authenticate header of a refused access token.
	challenge string
}

func (e *apiError) Error() string { return e.code + ": " + e.summary }

func errValidation(field, cause string) *apiError {
	return &apiError{status: http.StatusBadRequest, code: "E0000001", summary: "Api validation failed: " + field, causes: []string{cause}}
}

func errBody() *apiError {
	return &apiError{status: http.StatusBadRequest, code: "E0000003", summary: "The request body was not well-formed."}
}

func errSession() *apiError {
	return &apiError{status: http.StatusUnauthorized, code: "E0000005", summary: "Invalid session"}
}

func errDenied() *apiError {
	return &apiError{status: http.StatusForbidden, code: "E0000006", summary: "You do not have permission to perform the requested action"}
}

// errMissing is E0000007 with the words Okta uses: the id and its kind, which is
// User, UserGroup or AppInstance.
func errMissing(id, kind string) *apiError {
	return &apiError{status: http.StatusNotFound, code: "E0000007", summary: fmt.Sprintf("Not found: Resource not found: %s (%s)", id, kind)}
}

func errPath() *apiError {
	return &apiError{status: http.StatusNotFound, code: "E0000008", summary: "The requested path was not found"}
}

func errInternal() *apiError {
	return &apiError{status: http.StatusInternalServerError, code: "E0000009", summary: "Internal Server Error"}
}

func errReadOnly() *apiError {
	return &apiError{status: http.StatusServiceUnavailable, code: "E0000010", summary: "Service is in read only mode"}
}

func errToken() *apiError {
	return &apiError{status: http.StatusUnauthorized, code: "E0000011", summary: "Invalid token provided"}
}

func errAlreadyActive() *apiError {
	return &apiError{status: http.StatusForbidden, code: "E0000016", summary: "Activation failed because the user is already active"}
}

func errMethod() *apiError {
	return &apiError{status: http.StatusMethodNotAllowed, code: "E0000022", summary: "The endpoint does not support the provided HTTP method"}
}

func errSearch() *apiError {
	return &apiError{status: http.StatusBadRequest, code: "E0000031", summary: "Invalid search criteria."}
}

func errStatus() *apiError {
	return &apiError{status: http.StatusForbidden, code: "E0000038", summary: "This operation is not allowed in the user's current status."}
}

// errGroupAssigned is what Okta answers when somebody is to be unassigned who has
// the application through a group.
// See https://github.com/gravitational/teleport/issues/53947.
func errGroupAssigned() *apiError {
	return &apiError{
		status: http.StatusForbidden, code: "E0000046", summary: "Deactivate application for user forbidden.",
		causes: []string{"The application cannot be unassigned from the user while their group memberships grant them access"},
	}
}

func errTooMany() *apiError {
	return &apiError{status: http.StatusTooManyRequests, code: "E0000047", summary: "API call exceeded rate limit due to too many requests."}
}

type errorCause struct {
	Summary string `json:"errorSummary"`
}

type errorBody struct {
	Code    string       `json:"errorCode"`
	Summary string       `json:"errorSummary"`
	Link    string       `json:"errorLink"`
	ID      string       `json:"errorId"`
	Causes  []errorCause `json:"errorCauses"`
}

func (e *apiError) write(w http.ResponseWriter) {
	body := errorBody{Code: e.code, Summary: e.summary, Link: e.code, ID: "oae" + randomID(22), Causes: []errorCause{}}
	for _, c := range e.causes {
		body.Causes = append(body.Causes, errorCause{c})
	}
	if e.challenge != "" {
		w.Header().Set("WWW-Authenticate", e.challenge)
	}
	writeJSON(w, e.status, body)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Cache-Control", "no-cache, no-store")
	control.WriteJSON(w, status, v)
}

// asAPI turns an error of the state functions into Okta's answer.
func asAPI(err error) *apiError {
	var api *apiError
	if errors.As(err, &api) {
		return api
	}
	return errInternal()
}
