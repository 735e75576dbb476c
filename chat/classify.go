package chat

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/slack-go/slack"

	"airpass/access"
	"airpass/outbound"
)

// classified turns an error of the SDK into an *access.VendorError; nil stays nil.
func classified(site outbound.Site, err error) error {
	if err == nil {
		return nil
	}
	out := &access.VendorError{Vendor: string(outbound.Slack), Op: site.Name, Class: access.Unavailable, Err: withoutURL(err)}
	var limited *slack.RateLimitedError
	var named slack.SlackErrorResponse
	var status slack.StatusCodeError
	switch {
	case errors.As(err, &limited):
		out.Class, out.RetryAfter = access.Throttled, limited.RetryAfter
	case errors.As(err, &named):
		out.Class, out.Err = classOfCode(named.Err), inWords(named)
	case errors.As(err, &status) && status.Code == http.StatusTooManyRequests:
		out.Class = access.Throttled
	case errors.Is(err, slack.ErrParametersMissing), errors.Is(err, slack.ErrBlockIDNotUnique):
		out.Class = access.Rejected // by the SDK, before anything was sent
	}
	return out
}

func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// inWords adds what Slack says beside the error's name: the scope that is missing,
// the block that is wrong.
func inWords(e slack.SlackErrorResponse) error {
	switch {
	case e.Needed != "":
		return fmt.Errorf("%w (needed: %s, provided: %s)", e, e.Needed, e.Provided)
	case len(e.ResponseMetadata.Messages) > 0:
		return fmt.Errorf("%w: %v", e, e.ResponseMetadata.Messages)
	}
	return e
}

// classOfCode classifies Slack's names of errors, which are names and not words.
// What is not listed is rejected: Slack answered, and did not do it.
// See the error tables of https://docs.slack.dev/reference/methods.
func classOfCode(code string) access.Class {
	switch code {
	case "ratelimited", "rate_limited", "message_limit_exceeded":
		return access.Throttled
	case "channel_not_found", "user_not_found", "users_not_found", "message_not_found", "thread_not_found",
		"view_not_found", "no_such_subteam", "not_found", "user_disabled", "user_not_in_channel", "is_archived", "is_inactive":
		return access.Missing
	case "hash_conflict":
		return access.Conflict
	case "not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired", "no_permission",
		"missing_scope", "not_allowed_token_type", "org_login_required", "ekm_access_denied", "access_denied",
		"not_in_channel", "restricted_action", "cannot_dm_bot", "cant_update_message", "team_access_not_granted",
		"enterprise_is_restricted", "accesslimited", "two_factor_setup_required", "method_deprecated",
		"user_not_visible", "messages_tab_disabled", "deprecated_endpoint":
		return access.Denied
	case "internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org":
		return access.Unavailable
	}
	return access.Rejected
}

// errNothingSaid is an answer of {} or the like.
var errNothingSaid = errors.New("neither a result nor an error")

// implausible is an answer that is no failure to the SDK and yet cannot be true.
func implausible(site outbound.Site, words string) error {
	return &access.VendorError{Vendor: string(outbound.Slack), Op: site.Name, Class: access.Unavailable, Err: errors.New(words)}
}
