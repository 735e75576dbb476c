package mwaa

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/mwaa"

	"airpass/access"
	"airpass/awsconfig"
	"airpass/outbound"
)

// tokenLife is how long a web login token lives, wall time.
// See https://docs.aws.amazon.com/mwaa/latest/userguide/call-mwaa-apis-web.html.
const tokenLife = 60 * time.Second

// Login makes a web login token under a session of the account's role for logins, and
// returns the address at which a browser signs in with it. The token is as good as a
// password for a minute: the caller shows it to the person, and to nobody else.
//
// The error wraps access.ErrInvalid where there is no such role or the session cannot be,
// access.ErrNotAllowed where the environment cannot be used at the moment, and else is
// one of Environment, or an *access.VendorError.
func (c *Client) Login(ctx context.Context, env access.Environment, s awsconfig.Session) (access.Login, error) {
	client, err := c.session(env, s) //nolint:contextcheck // loading a configuration calls nobody
	if err != nil {
		return access.Login{}, err
	}
	state, err := c.Environment(ctx, env)
	if err != nil {
		return access.Login{}, err
	}
	link := access.LinkFor(state.Status)
	if link != access.LinkReady && link != access.LinkBusy {
		return access.Login{}, fmt.Errorf("%w: AWS says that the environment is %s", access.ErrNotAllowed, state.Status)
	}
	var out *mwaa.CreateWebLoginTokenOutput
	var asked time.Time
	err = c.opts.Caller.Do(ctx, outbound.CreateWebLoginToken, func(ctx context.Context) (err error) {
		asked = time.Now()
		out, err = client.CreateWebLoginToken(ctx, &mwaa.CreateWebLoginTokenInput{Name: aws.String(env.Name)})
		return awsconfig.Failure(outbound.CreateWebLoginToken, err)
	})
	if err != nil {
		return access.Login{}, err
	}
	page, err := SignIn(aws.ToString(out.WebServerHostname), state.Version)
	if err != nil {
		return access.Login{}, err
	}
	token := aws.ToString(out.WebToken)
	if !tokenForm.MatchString(token) { // which is not shown: it may be a token all the same
		return access.Login{}, &access.VendorError{Vendor: string(outbound.MWAA), Op: outbound.CreateWebLoginToken.Name, Class: access.Unavailable,
			Err: fmt.Errorf("%w: the answer has no token that can stand in an address", access.ErrUnverifiable)}
	}
	return access.Login{URL: access.OneTime(page + "?login=true#" + token), Ends: asked.Add(tokenLife), Busy: link == access.LinkBusy,
		AirflowIdentity: aws.ToString(out.AirflowIdentity), IAMIdentity: aws.ToString(out.IamIdentity)}, nil
}

// MayLogin says whether a session for Login can be had: the role is assumed, and no token
// is made. Errors are those of Login.
func (c *Client) MayLogin(ctx context.Context, env access.Environment, s awsconfig.Session) error {
	cfg, err := c.sessionConfig(env, s) //nolint:contextcheck // loading a configuration calls nobody
	if err != nil {
		return err
	}
	_, err = cfg.Credentials.Retrieve(ctx)
	return awsconfig.Failure(outbound.AssumeRole, err)
}

// session is an SDK client that works under one person's session, and is used once.
func (c *Client) session(env access.Environment, s awsconfig.Session) (*mwaa.Client, error) {
	cfg, err := c.sessionConfig(env, s)
	if err != nil {
		return nil, err
	}
	return c.with(cfg), nil
}

func (c *Client) sessionConfig(env access.Environment, s awsconfig.Session) (aws.Config, error) {
	if err := check(env); err != nil {
		return aws.Config{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	own, made := c.own[env.Region]
	if !made {
		var err error
		if own, err = awsconfig.Load(c.reach(env.Region, awsconfig.Role{})); err != nil {
			return aws.Config{}, err
		}
		c.own[env.Region] = own
	}
	return awsconfig.As(own, c.reach(env.Region, c.opts.Logins[env.Account]), s)
}

// tokenForm is what may stand in an address after its "#" as it is; hostForm a host name.
// No domain is asked for: those of web servers have changed, and differ by endpoint.
var (
	tokenForm = regexp.MustCompile(`^[A-Za-z0-9._~+/=-]+$`)
	hostForm  = regexp.MustCompile(`(?i)^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`)
)

// SignIn is the page of an environment's web server that signs in with a web login token
// in its fragment. webserver is the server's name, with or without "https://"; version is
// Airflow's, which the page's path goes by. The error wraps access.ErrUnverifiable: of a
// version that nobody knows, no path is guessed.
// See https://docs.aws.amazon.com/mwaa/latest/userguide/call-mwaa-apis-web.html.
func SignIn(webserver, version string) (string, error) {
	host := strings.TrimRight(strings.TrimPrefix(webserver, "https://"), "/")
	if !hostForm.MatchString(host) {
		return "", fmt.Errorf("%w: %q is not the name of a web server", access.ErrUnverifiable, webserver)
	}
	var family string
	switch major, _, _ := strings.Cut(version, "."); major {
	case "1", "2":
		family = "/aws_mwaa"
	case "3":
		family = "/pluginsv2/aws_mwaa"
	default:
		return "", fmt.Errorf("%w: it is not known where Airflow %q signs people in", access.ErrUnverifiable, version)
	}
	return "https://" + host + family + "/aws-console-sso", nil
}
