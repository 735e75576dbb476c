package okta

import (
	"errors"
	"net/http"
	"net/url"

	"airpass/access"
	"airpass/outbound"
)

// notFoundCode is Okta's own "there is no such thing".
const notFoundCode = "E0000007"

// classified turns an error of the SDK into an *access.VendorError; nil stays nil.
func classified(site outbound.Site, err error) error {
	if err == nil {
		return nil
	}
	out := &access.VendorError{Vendor: string(outbound.Okta), Op: site.Name, Class: access.Unavailable, Err: withoutURL(err)}
	var a *answer
	if errors.As(err, &a) {
		out.Class, out.RequestID, out.Err = a.class(), a.requestID, a
		if out.Class == access.Throttled {
			out.RetryAfter = a.retryAfter
		}
	}
	return out
}

// withoutURL takes the request's URL off an error: that of the token endpoint holds
// the client's assertion.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// class is the table in the package comment.
func (a *answer) class() access.Class {
	switch {
	case a.status == http.StatusTooManyRequests:
		return access.Throttled
	case a.status == http.StatusRequestTimeout || a.status < 400 || a.status > 499:
		return access.Unavailable
	case a.token, a.status == http.StatusUnauthorized, a.status == http.StatusForbidden:
		return access.Denied
	case a.status == http.StatusGone, a.status == http.StatusNotFound && a.code == notFoundCode:
		return access.Missing
	case a.status == http.StatusNotFound:
		return access.Unavailable
	case a.status == http.StatusConflict:
		return access.Conflict
	}
	return access.Rejected
}

// implausible is an answer that is no failure to the SDK and yet cannot be true.
func implausible(site outbound.Site, words string) error {
	return &access.VendorError{Vendor: string(outbound.Okta), Op: site.Name, Class: access.Unavailable,
		Err: errors.New(words)}
}
