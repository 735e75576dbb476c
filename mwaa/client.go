// Package mwaa asks Amazon MWAA how its environments are doing, builds the link with
// which a person signs in to one, and makes web login tokens in a person's name. It owns
// neither who may have a link nor when it is shown. A web login token signs in whoever
// uses it as the one who made it: so it is only made under a role session of the person,
// never as airpass itself.
//
// See https://docs.aws.amazon.com/mwaa/latest/API/API_GetEnvironment.html,
// https://docs.aws.amazon.com/mwaa/latest/userguide/call-mwaa-apis-web.html.
package mwaa

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/mwaa"
	"github.com/aws/aws-sdk-go-v2/service/mwaa/types"

	"airpass/access"
	"airpass/awsconfig"
	"airpass/outbound"
)

// Options says how to reach MWAA. Caller is needed.
type Options struct {
	// Roles are the roles to assume, by account. In an account without one our own
	// credentials are used, which works in their own account only.
	Roles map[string]awsconfig.Role
	// Logins are the roles under which people are signed in, by account; see Login. In an
	// account without one nobody is.
	Logins map[string]awsconfig.Role
	// Credentials are our own; nil takes them from AWS's default chain.
	Credentials aws.CredentialsProvider
	Profile     string // of the shared AWS files; empty is the default
	// HTTPClient sends the requests; nil is the SDK's own.
	HTTPClient aws.HTTPClient
	// EndpointURL and STSURL override AWS's endpoints in every region; empty is AWS's own.
	EndpointURL string
	STSURL      string
	Caller      *outbound.Caller
}

// Client reads MWAA in every account and region. It is safe for concurrent use.
type Client struct {
	opts Options

	mu      sync.Mutex
	clients map[place]*mwaa.Client
	own     map[string]aws.Config // with our own credentials, by region
}

// place is where an SDK client works.
type place struct{ account, region string }

// New returns a client. It calls nobody. The error wraps access.ErrInvalid.
func New(o Options) (*Client, error) {
	if o.Caller == nil {
		return nil, fmt.Errorf("%w: a caller for MWAA is needed", access.ErrInvalid)
	}
	for _, endpoint := range []string{o.EndpointURL, o.STSURL} {
		if err := awsconfig.CheckURL(endpoint); err != nil {
			return nil, err
		}
	}
	return &Client{opts: o, clients: map[place]*mwaa.Client{}, own: map[string]aws.Config{}}, nil
}

// in returns the SDK client of an account and region, made at the first use, so that
// assumed credentials are shared by all calls there.
func (c *Client) in(at place) (*mwaa.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if client, made := c.clients[at]; made {
		return client, nil
	}
	cfg, err := awsconfig.Load(c.reach(at.region, c.opts.Roles[at.account]))
	if err != nil {
		return nil, err
	}
	client := c.with(cfg)
	c.clients[at] = client
	return client, nil
}

// reach is how AWS is called in a region under a role.
func (c *Client) reach(region string, role awsconfig.Role) awsconfig.Options {
	return awsconfig.Options{
		Region: region, Credentials: c.opts.Credentials, Profile: c.opts.Profile, HTTPClient: c.opts.HTTPClient,
		Role: role, STSURL: c.opts.STSURL, Caller: c.opts.Caller,
	}
}

func (c *Client) with(cfg aws.Config) *mwaa.Client {
	return mwaa.NewFromConfig(cfg, func(o *mwaa.Options) {
		if c.opts.EndpointURL != "" {
			o.BaseEndpoint = aws.String(c.opts.EndpointURL)
			o.APIOptions = append(o.APIOptions, withoutHostPrefix)
		}
	})
}

// State is how an environment is doing.
type State struct {
	Status       string // MWAA's: "AVAILABLE", "UPDATING", …
	WebserverURL string // with https://; empty where there is none yet
	AccessMode   string // "PUBLIC_ONLY", "PRIVATE_ONLY", "PUBLIC_AND_PRIVATE"
	Version      string // Airflow's: "2.10.3"
	Private      bool   // the web server is reached from inside its network only
}

// Environment reads the state of an environment, as the role of its account. The
// error wraps access.ErrNotFound if there is no such environment, and is an
// *access.VendorError unless env itself cannot be right (access.ErrInvalid).
// An answer about an environment elsewhere, which is what one gets when the role
// of an account is forgotten, is an error of class denied.
func (c *Client) Environment(ctx context.Context, env access.Environment) (State, error) {
	if err := check(env); err != nil {
		return State{}, err
	}
	client, err := c.in(place{env.Account, env.Region}) //nolint:contextcheck // loading a configuration calls nobody
	if err != nil {
		return State{}, err
	}
	var out *mwaa.GetEnvironmentOutput
	err = c.opts.Caller.Do(ctx, outbound.GetEnvironment, func(ctx context.Context) (err error) {
		out, err = client.GetEnvironment(ctx, &mwaa.GetEnvironmentInput{Name: aws.String(env.Name)})
		if err == nil {
			return plausible(env, out.Environment)
		}
		return awsconfig.Failure(outbound.GetEnvironment, err)
	})
	if err != nil {
		return State{}, err
	}
	return stateOf(out.Environment), nil
}

// Status returns an environment's status ("AVAILABLE") and whether its web server is
// reached from inside its network only. Errors are those of Environment.
func (c *Client) Status(ctx context.Context, env access.Environment) (status string, private bool, err error) {
	s, err := c.Environment(ctx, env)
	return s.Status, s.Private, err
}

// plausible refuses an answer that is not about env.
func plausible(env access.Environment, got *types.Environment) error {
	problem := func(class access.Class, format string, args ...any) error {
		return &access.VendorError{Vendor: string(outbound.GetEnvironment.Vendor), Op: outbound.GetEnvironment.Name,
			Class: class, Err: fmt.Errorf(format, args...)}
	}
	if got == nil || got.Status == "" {
		return problem(access.Unavailable, "the answer says nothing about environment %s", env.Name)
	}
	if got.Arn == nil {
		return nil
	}
	where, err := arn.Parse(*got.Arn)
	if err != nil {
		return problem(access.Unavailable, "the answer names no environment")
	}
	if where.AccountID != env.Account || where.Region != env.Region {
		return problem(access.Denied, "the answer is about account %s in %s, asked was %s in %s: is the account's role configured?",
			where.AccountID, where.Region, env.Account, env.Region)
	}
	return nil
}

// stateOf reads the vendor's answer. The web server's address comes with or without
// its scheme: the API's model has "https://", examples that AWS publishes do not.
func stateOf(e *types.Environment) State {
	address := aws.ToString(e.WebserverUrl)
	if address != "" && !strings.Contains(address, "://") {
		address = "https://" + address
	}
	return State{
		Status: string(e.Status), WebserverURL: address, AccessMode: string(e.WebserverAccessMode),
		Version: aws.ToString(e.AirflowVersion), Private: e.WebserverAccessMode == types.WebserverAccessModePrivateOnly,
	}
}
