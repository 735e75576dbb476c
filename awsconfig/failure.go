package awsconfig

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"airpass/access"
	"airpass/outbound"
)

// Failure turns an error of the SDK into an *access.VendorError; nil stays nil.
//
//	throttled    ThrottlingException and its kin, SlowDown (S3), status 429
//	conflict     ConflictException, ConditionalRequestConflict (S3)
//	denied       AccessDeniedException; credentials that are wrong, expired or refused by STS
//	missing      ResourceNotFoundException; ParameterNotFound and ParameterVersionNotFound (SSM);
//	             NoSuchBucket and its kin (S3)
//	rejected     ValidationException; any other refusal with a code (4xx); a request
//	             that the SDK did not send because it is incomplete
//	quota        ServiceQuotaExceededException, LimitExceededException
//	unavailable  5xx, no answer, an answer that cannot be read, no credentials to be had
//
// A status of 4xx without AWS's own code was sent by something between us and AWS
// and says nothing: unavailable, too.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/CommonErrors.html.
func Failure(site outbound.Site, err error) error {
	if err == nil {
		return nil
	}
	v := &access.VendorError{Vendor: string(site.Vendor), Op: site.Name, Class: classOf(err), Err: err}
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		v.RequestID = response.ServiceRequestID()
		if r := response.HTTPResponse(); r != nil && r.Response != nil {
			v.RetryAfter = retryAfter(r.Header)
		}
	}
	// What the SDK puts around AWS's code and words is said by v itself.
	var inner *access.VendorError
	var api smithy.APIError
	switch {
	case errors.As(err, &inner):
		v.Err = inner
	case errors.As(err, &api):
		v.Err = api
	}
	return v
}

func classOf(err error) access.Class {
	var inner *access.VendorError
	if errors.As(err, &inner) {
		return borrowed(inner.Class)
	}
	var unsent *smithy.SerializationError
	var incomplete smithy.InvalidParamsError
	if errors.As(err, &unsent) || errors.As(err, &incomplete) {
		return access.Rejected
	}
	status := 0
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		status = response.HTTPStatusCode()
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		return classOfCode(api.ErrorCode(), status)
	}
	return access.Unavailable
}

// borrowed is the class of a call that was not made because STS gave no
// credentials for it.
func borrowed(sts access.Class) access.Class {
	switch sts {
	case access.Throttled, access.Unavailable:
		return sts
	}
	return access.Denied
}

func classOfCode(code string, status int) access.Class {
	switch code {
	case "ThrottlingException", "Throttling", "ThrottledException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown":
		return access.Throttled
	case "ConflictException", "ConditionalRequestConflict":
		return access.Conflict
	case "AccessDeniedException", "AccessDenied", "UnrecognizedClientException", "InvalidClientTokenId", "ExpiredTokenException",
		"ExpiredToken", "SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature", "MissingAuthenticationToken",
		"MissingAuthenticationTokenException", "NotAuthorized", "InvalidAccessKeyId", "OptInRequired":
		return access.Denied
	case "ResourceNotFoundException", "ParameterNotFound", "ParameterVersionNotFound", "NoSuchBucket", "NoSuchKey", "NoSuchVersion":
		return access.Missing
	case "ValidationException", "ValidationError", "PermanentRedirect", "AuthorizationHeaderMalformed": // the last two: another region
		return access.Rejected
	case "ServiceQuotaExceededException", "LimitExceededException":
		return access.Quota
	case "InternalServerException", "InternalServerError", "InternalServiceError", "InternalFailure", "ServiceUnavailableException", "ServiceUnavailable":
		return access.Unavailable
	}
	switch {
	case status == http.StatusTooManyRequests:
		return access.Throttled
	case status >= 400 && status < 500 && code != "" && code != "UnknownError":
		return access.Rejected
	}
	return access.Unavailable
}

// retryAfter reads the header of that name, given in seconds; zero if there is none.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}
