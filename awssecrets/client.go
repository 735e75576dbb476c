// Package awssecrets fetches secrets from AWS Secrets Manager and from the Systems
// Manager Parameter Store. It owns how the two are asked and what their answers mean.
// It does not know what a secret is for, keeps none, and puts none into an error.
//
// See https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
// and https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html.
package awssecrets

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"airpass/access"
	"airpass/awsconfig"
	"airpass/outbound"
)

// Options says how to reach the two services. Region and Caller are needed.
type Options struct {
	// Region of what is named without one; an ARN names its own.
	Region string
	// Credentials are our own; nil takes them from AWS's default chain. No role is assumed:
	// what is kept in another account is shared by a policy on it, and named by its ARN.
	Credentials aws.CredentialsProvider
	Profile     string // of the shared AWS files; empty is the default
	// HTTPClient sends the requests; nil is the SDK's own.
	HTTPClient aws.HTTPClient
	// SecretsManagerURL and SSMURL override AWS's endpoints in every region; empty is AWS's own.
	SecretsManagerURL string
	SSMURL            string
	Caller            *outbound.Caller
}

// Client fetches secrets. It is safe for concurrent use.
type Client struct {
	opts Options

	mu      sync.Mutex
	regions map[string]clients
}

// clients are the SDK's of one region.
type clients struct {
	secrets    *secretsmanager.Client
	parameters *ssm.Client
}

// New returns a client. It calls nobody. The error wraps access.ErrInvalid.
func New(o Options) (*Client, error) {
	if o.Region == "" || o.Caller == nil {
		return nil, fmt.Errorf("%w: a region and a caller are needed to fetch secrets", access.ErrInvalid)
	}
	for _, endpoint := range []string{o.SecretsManagerURL, o.SSMURL} {
		if err := awsconfig.CheckURL(endpoint); err != nil {
			return nil, err
		}
	}
	return &Client{opts: o, regions: map[string]clients{}}, nil
}

// of returns the SDK's clients for a name: an ARN's own region, or the usual one.
func (c *Client) of(name string) (clients, error) {
	if parsed, err := arn.Parse(name); err == nil && parsed.Region != "" {
		return c.in(parsed.Region)
	}
	return c.in(c.opts.Region)
}

// in returns the SDK's clients of a region, made at the first use.
func (c *Client) in(region string) (clients, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if made, ok := c.regions[region]; ok {
		return made, nil
	}
	cfg, err := awsconfig.Load(awsconfig.Options{Region: region, Credentials: c.opts.Credentials, Profile: c.opts.Profile,
		HTTPClient: c.opts.HTTPClient, Caller: c.opts.Caller})
	if err != nil {
		return clients{}, err
	}
	made := clients{
		secrets: secretsmanager.NewFromConfig(cfg, func(o *secretsmanager.Options) {
			if c.opts.SecretsManagerURL != "" {
				o.BaseEndpoint = aws.String(c.opts.SecretsManagerURL)
			}
		}),
		parameters: ssm.NewFromConfig(cfg, func(o *ssm.Options) {
			if c.opts.SSMURL != "" {
				o.BaseEndpoint = aws.String(c.opts.SSMURL)
			}
		}),
	}
	c.regions[region] = made
	return made, nil
}

// Secret returns what Secrets Manager has as the current version (AWSCURRENT) of a
// secret, by its name or ARN: its text, or its bytes where it has no text. The error is
// an *access.VendorError, of class missing if there is no such secret.
func (c *Client) Secret(ctx context.Context, name string) (string, error) {
	in, err := c.of(name) //nolint:contextcheck // loading a configuration calls nobody
	if err != nil {
		return "", err
	}
	var text string
	err = c.opts.Caller.Do(ctx, outbound.GetSecretValue, func(ctx context.Context) error {
		out, err := in.secrets.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(name)})
		if err != nil {
			return awsconfig.Failure(outbound.GetSecretValue, err)
		}
		switch {
		case out.SecretString != nil:
			text = *out.SecretString
		case out.SecretBinary != nil:
			text = string(out.SecretBinary)
		default:
			return nothing(outbound.GetSecretValue)
		}
		return nil
	})
	return text, err
}

// Parameter returns the value of a parameter, decrypted where it is a SecureString, by
// its name or ARN; ":3" or ":label" at its end picks a version. The error is an
// *access.VendorError, of class missing if there is no such parameter.
func (c *Client) Parameter(ctx context.Context, name string) (string, error) {
	in, err := c.of(name) //nolint:contextcheck // loading a configuration calls nobody
	if err != nil {
		return "", err
	}
	var text string
	err = c.opts.Caller.Do(ctx, outbound.GetParameter, func(ctx context.Context) error {
		out, err := in.parameters.GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String(name), WithDecryption: aws.Bool(true)})
		if err != nil {
			return awsconfig.Failure(outbound.GetParameter, err)
		}
		if out.Parameter == nil || out.Parameter.Value == nil {
			return nothing(outbound.GetParameter)
		}
		text = *out.Parameter.Value
		return nil
	})
	return text, err
}

// nothing is an answer of 200 that does not say what was asked for.
func nothing(site outbound.Site) error {
	return &access.VendorError{Vendor: string(site.Vendor), Op: site.Name, Class: access.Unavailable,
		Err: fmt.Errorf("%w: the answer has no value", errNoValue)}
}

var errNoValue = errors.New("not understood")
