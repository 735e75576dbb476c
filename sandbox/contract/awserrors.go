package contract

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// awsCommonErrors are what every operation of every service may answer, whether its
// model lists them or not.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/CommonErrors.html.
var awsCommonErrors = []string{
	"AccessDeniedException", "AccessDenied", "ExpiredTokenException", "ExpiredToken", "IncompleteSignature", "InternalFailure",
	"InternalServerException", "InvalidAction", "InvalidClientTokenId", "InvalidSignatureException", "MissingAuthenticationToken",
	"MissingAuthenticationTokenException", "NotAuthorized", "OptInRequired", "RequestExpired", "SerializationException",
	"ServiceUnavailable", "ServiceUnavailableException", "SignatureDoesNotMatch", "Throttling", "ThrottlingException",
	"UnknownOperationException", "UnrecognizedClientException", "ValidationError", "ValidationException",
}

// awsWordless are errors that AWS sends without a message.
// See https://github.com/aws/aws-cli/issues/5384.
var awsWordless = []string{"ParameterNotFound"}

// checkError holds an error to the model. Load balancers in front of a service answer
// 502 to 504 with a page.
func (a *AWSAPI) checkError(o awsOperation, status int, header http.Header, body []byte) error {
	if status >= 502 && status <= 504 && strings.HasPrefix(string(body), "<html") {
		return nil
	}
	switch a.protocol {
	case "query":
		return a.checkXMLError(o, status, body)
	case "json":
		return a.checkJSONError(o, status, body)
	}
	return a.checkRESTError(o, status, header, body)
}

// checkJSONError: the code is a member of the body.
func (a *AWSAPI) checkJSONError(o awsOperation, status int, body []byte) error {
	value, err := decodeObject(body)
	if err != nil {
		return err
	}
	code, ok := value["__type"].(string)
	if !ok {
		return errors.New("an error without __type")
	}
	delete(value, "__type")
	return a.checkErrorMembers(o, bareCode(code), status, value)
}

// bareCode is a code without what services put before "#" and after ":".
func bareCode(code string) string {
	if i := strings.IndexByte(code, '#'); i >= 0 {
		code = code[i+1:]
	}
	code, _, _ = strings.Cut(code, ":")
	return code
}

func (a *AWSAPI) lists(o awsOperation, code string) bool {
	return slices.ContainsFunc(o.Errors, func(e struct{ Shape string }) bool { return e.Shape == code })
}

func (a *AWSAPI) checkErrorMembers(o awsOperation, code string, status int, value map[string]any) error {
	if !a.lists(o, code) {
		if !slices.Contains(awsCommonErrors, code) {
			return fmt.Errorf("%s does not answer %s", o.Name, code)
		}
		return commonError(value)
	}
	if want := a.shapes[code].status(); status != want {
		return fmt.Errorf("%s with status %d, not %d", code, status, want)
	}
	if err := commonError(value); err != nil && !slices.Contains(awsWordless, code) {
		return err
	}
	if len(a.shapes[code].Members) == 0 {
		// The models of CloudTrail and CloudWatch Logs leave out the words, which the SDK reads.
		value = maps.Clone(value)
		maps.DeleteFunc(value, func(name string, _ any) bool { return strings.EqualFold(name, "message") })
	}
	return a.validate(code, code, value)
}

// commonError wants words: without them the SDK has nothing to say.
func commonError(value map[string]any) error {
	for _, name := range []string{"message", "Message"} {
		if words, ok := value[name].(string); ok && words != "" {
			return nil
		}
	}
	return errors.New("an error without a message")
}

// status is the HTTP status of an error's shape: where the model is silent, as the
// models of JSON services are, 500 for the service's fault and 400 for the caller's.
func (s *awsShape) status() int {
	switch {
	case s.Error.HTTPStatusCode != 0:
		return s.Error.HTTPStatusCode
	case s.Fault:
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}

// checkRESTError: the code is in a header.
func (a *AWSAPI) checkRESTError(o awsOperation, status int, header http.Header, body []byte) error {
	value, err := decodeObject(body)
	if err != nil {
		return err
	}
	if header != nil {
		code := header.Get("X-Amzn-ErrorType")
		if code == "" {
			return errors.New("an error without X-Amzn-ErrorType")
		}
		return a.checkErrorMembers(o, bareCode(code), status, value)
	}
	var why []error
	for _, e := range o.Errors {
		if a.shapes[e.Shape].status() != status {
			continue
		}
		err := errors.Join(commonError(value), a.validate(e.Shape, e.Shape, value))
		if err == nil {
			return nil
		}
		why = append(why, err)
	}
	if commonError(value) == nil && len(value) == 1 {
		return nil // one that every operation may answer
	}
	return errors.Join(append(why, fmt.Errorf("no error of %s is like this", o.Name))...)
}
