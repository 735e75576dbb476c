// Package awsconfig makes the configuration with which airpass calls AWS: region,
// endpoint, credentials with or without an assumed role, no retries; and it sorts
// the failures of AWS's SDK into classes. It knows no service but STS.
package awsconfig

import (
	"context"
	"fmt"
	"net"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"airpass/access"
	"airpass/outbound"
)

// Role is an IAM role to work under. The zero value is none: our own credentials.
type Role struct {
	RoleARN    string
	ExternalID string // as the role's trust policy asks for it; may be empty
}

// Options says how to call AWS. Region and Caller are needed.
type Options struct {
	Region string
	// Credentials are our own; nil takes them from the default chain (environment,
	// shared files, web identity, container, instance).
	Credentials aws.CredentialsProvider
	// Profile of the shared files whose credentials are taken; empty is the default.
	Profile string
	// HTTPClient sends the requests to the services and to STS, as it is; nil is the
	// SDK's own, which honours AWS_CA_BUNDLE.
	HTTPClient aws.HTTPClient
	// Role is assumed with our own credentials, under the session name "airpass".
	Role Role
	// STSURL overrides the endpoint of STS; empty is the region's own.
	STSURL string
	Caller *outbound.Caller
}

// Load returns a configuration in which nothing is tried twice: a call that
// changed something and whose answer was lost must be looked into, not repeated.
// It calls nobody; credentials are fetched when first needed. The error wraps
// access.ErrInvalid for options that cannot work.
func Load(o Options) (aws.Config, error) {
	if o.Region == "" {
		return aws.Config{}, fmt.Errorf("%w: an AWS region is needed", access.ErrInvalid)
	}
	if o.Caller == nil {
		return aws.Config{}, fmt.Errorf("%w: a caller for AWS is needed", access.ErrInvalid)
	}
	if err := CheckURL(o.STSURL); err != nil {
		return aws.Config{}, err
	}
	set := []func(*config.LoadOptions) error{
		config.WithRegion(o.Region),
		config.WithRetryer(func() aws.Retryer { return aws.NopRetryer{} }),
	}
	if o.Credentials != nil {
		set = append(set, config.WithCredentialsProvider(o.Credentials))
	}
	if o.Profile != "" {
		set = append(set, config.WithSharedConfigProfile(o.Profile))
	}
	cfg, err := config.LoadDefaultConfig(context.Background(), set...)
	if err != nil {
		return aws.Config{}, fmt.Errorf("%w: AWS configuration: %w", access.ErrInvalid, err)
	}
	if o.HTTPClient != nil {
		// Not as an option of loading: with AWS_CA_BUNDLE set, that refuses a client
		// which is not the SDK's own.
		cfg.HTTPClient = o.HTTPClient
	}
	cfg.HTTPClient = withPlainBodies(cfg.HTTPClient)
	if o.Role.RoleARN != "" {
		cfg.Credentials = assumed(cfg, o, Session{Name: sessionName})
	}
	return cfg, nil
}

// CheckURL accepts an endpoint to call instead of AWS's own: https, or http where it
// does not leave this machine. Empty is no override. The error wraps access.ErrInvalid.
func CheckURL(endpoint string) error {
	if endpoint == "" {
		return nil
	}
	u, err := url.Parse(endpoint)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("%w: %q is not an endpoint", access.ErrInvalid, redacted(u))
	case u.Scheme == "https", u.Scheme == "http" && Loopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("%w: %s must be https", access.ErrInvalid, endpoint)
}

// redacted is scheme and host only: the rest of a wrong URL may be a secret.
func redacted(u *url.URL) string {
	if u == nil {
		return "what was given"
	}
	return u.Scheme + "://" + u.Host
}

// Loopback says whether a host never leaves this machine.
func Loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}
