package cloudtrail

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"airpass/access"
	"airpass/awsconfig"
	"airpass/outbound"
)

// Options says how to reach CloudTrail and CloudWatch Logs. Caller is needed.
type Options struct {
	// Roles are the roles to assume, by account: those under which MWAA is read. In an
	// account without one our own credentials are used.
	Roles       map[string]awsconfig.Role
	Credentials aws.CredentialsProvider // our own; nil takes them from AWS's default chain
	Profile     string                  // of the shared AWS files; empty is the default
	HTTPClient  aws.HTTPClient          // nil is the SDK's own
	// URL, LogsURL and STSURL override AWS's endpoints in every region; empty is AWS's own.
	URL, LogsURL, STSURL string
	Caller               *outbound.Caller
}

// Client reads records. It is safe for concurrent use.
type Client struct {
	opts Options

	mu      sync.Mutex
	clients map[place]clients
}

// place is where an SDK client works.
type place struct{ account, region string }

type clients struct {
	history *sdk.Client
	logs    *cloudwatchlogs.Client
}

// New returns a client. It calls nobody. The error wraps access.ErrInvalid.
func New(o Options) (*Client, error) {
	if o.Caller == nil {
		return nil, fmt.Errorf("%w: a caller for CloudTrail is needed", access.ErrInvalid)
	}
	for _, endpoint := range []string{o.URL, o.LogsURL, o.STSURL} {
		if err := awsconfig.CheckURL(endpoint); err != nil {
			return nil, err
		}
	}
	return &Client{opts: o, clients: map[place]clients{}}, nil
}

// in returns the SDK's clients of an account and region, made at the first use.
func (c *Client) in(at place) (clients, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if made, is := c.clients[at]; is {
		return made, nil
	}
	cfg, err := awsconfig.Load(awsconfig.Options{Region: at.region, Credentials: c.opts.Credentials, Profile: c.opts.Profile,
		HTTPClient: c.opts.HTTPClient, Role: c.opts.Roles[at.account], STSURL: c.opts.STSURL, Caller: c.opts.Caller})
	if err != nil {
		return clients{}, err
	}
	made := clients{
		history: sdk.NewFromConfig(cfg, func(o *sdk.Options) { o.BaseEndpoint = given(c.opts.URL) }),
		logs:    cloudwatchlogs.NewFromConfig(cfg, func(o *cloudwatchlogs.Options) { o.BaseEndpoint = given(c.opts.LogsURL) }),
	}
	c.clients[at] = made
	return made, nil
}

func given(url string) *string {
	if url == "" {
		return nil
	}
	return &url
}

// Source is where calls are recorded.
type Source struct {
	Account string // 12 digits
	Region  string
	// LogGroup is the name of the log group to which a trail writes, which may have records
	// of other accounts and regions. Empty is the event history of the account and region.
	LogGroup string
}

// String names a source for people.
func (s Source) String() string {
	if s.LogGroup != "" {
		return fmt.Sprintf("log group %s of %s in %s", s.LogGroup, s.Account, s.Region)
	}
	return fmt.Sprintf("event history of %s in %s", s.Account, s.Region)
}

// Period is how far back the event history goes; of a log group no more is read either.
const Period = 90 * 24 * time.Hour

// Late is after how long what was called has been delivered, as AWS says.
const Late = 15 * time.Minute

// perPage is how many events one page has at most: the most that LookupEvents allows, and
// of a log group what a megabyte holds anyway.
const (
	perPage     = 50
	perPageLogs = 1000
)

// A throttled page is asked for this often; the pauses, wall time, grow by one of them.
const (
	tries = 4
	pause = time.Second
)

// lookups are the calls that are looked up in the event history, one after the other:
// LookupEvents takes one attribute only.
var lookups = []string{"CreateWebLoginToken", "CreateCliToken"}

// pattern chooses the calls in a log group.
// See https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html.
const pattern = `{ ($.eventSource = "airflow.amazonaws.com") && (($.eventName = "CreateWebLoginToken") || ($.eventName = "CreateCliToken") || ($.eventName = "InvokeRestApi")) }`

// Read reads the records of a source between two times, the newest first, in at most so
// many calls. If there is more, what was read is not complete. The error is an
// *access.VendorError. What was begun is read again from its beginning: page tokens live
// for a day at most, and nothing says how long.
func (c *Client) Read(ctx context.Context, s Source, from, until time.Time, calls int) (Reading, error) {
	in, err := c.in(place{s.Account, s.Region}) //nolint:contextcheck // loading a configuration calls nobody
	if err != nil {
		return Reading{}, err
	}
	r := newReading(from, until)
	if s.LogGroup != "" {
		err = c.pages(ctx, calls, r, func(next *string) (*string, error) { return c.filtered(ctx, in.logs, s, r, next) })
		return *r, err
	}
	for _, name := range lookups {
		share := calls / len(lookups)
		if err := c.pages(ctx, share, r, func(next *string) (*string, error) { return c.lookedUp(ctx, in.history, name, r, next) }); err != nil {
			return *r, err
		}
	}
	return *r, nil
}

// pages reads pages until there is none, or calls are used up.
func (c *Client) pages(ctx context.Context, calls int, r *Reading, page func(next *string) (*string, error)) error {
	var next *string
	for range calls {
		var err error
		if next, err = c.patiently(ctx, r, func() (*string, error) { return page(next) }); err != nil || next == nil {
			return err
		}
	}
	r.Complete = false
	return nil
}

// patiently asks for a page again that was throttled: others use the quota of the account
// and region too, and one refused page would have all of it be read again.
func (c *Client) patiently(ctx context.Context, r *Reading, ask func() (*string, error)) (*string, error) {
	for n := 1; ; n++ {
		r.Calls++
		next, err := ask()
		if access.ClassOf(err) != access.Throttled || n == tries {
			return next, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(time.Duration(n) * pause):
		}
	}
}

// lookedUp reads a page of the event history.
func (c *Client) lookedUp(ctx context.Context, client *sdk.Client, name string, r *Reading, next *string) (*string, error) {
	var out *sdk.LookupEventsOutput
	err := c.opts.Caller.Do(ctx, outbound.LookupEvents, func(ctx context.Context) (err error) {
		out, err = client.LookupEvents(ctx, &sdk.LookupEventsInput{
			LookupAttributes: []types.LookupAttribute{{AttributeKey: types.LookupAttributeKeyEventName, AttributeValue: &name}},
			StartTime:        aws.Time(r.From), EndTime: aws.Time(r.Until), MaxResults: aws.Int32(perPage), NextToken: next,
		})
		return awsconfig.Failure(outbound.LookupEvents, err)
	})
	if err != nil {
		return nil, err
	}
	for _, e := range out.Events {
		r.add(aws.ToString(e.CloudTrailEvent))
	}
	return out.NextToken, nil
}

// filtered reads a page of a log group. A page may be empty and have others after it.
func (c *Client) filtered(ctx context.Context, client *cloudwatchlogs.Client, s Source, r *Reading, next *string) (*string, error) {
	var out *cloudwatchlogs.FilterLogEventsOutput
	err := c.opts.Caller.Do(ctx, outbound.FilterLogEvents, func(ctx context.Context) (err error) {
		out, err = client.FilterLogEvents(ctx, &cloudwatchlogs.FilterLogEventsInput{
			LogGroupName: &s.LogGroup, FilterPattern: aws.String(pattern), StartTime: aws.Int64(r.From.UnixMilli()), EndTime: aws.Int64(r.Until.UnixMilli()),
			Limit: aws.Int32(perPageLogs), NextToken: next, StartFromHead: aws.Bool(false),
		})
		return awsconfig.Failure(outbound.FilterLogEvents, err)
	})
	if err != nil {
		return nil, err
	}
	for _, e := range out.Events {
		r.add(aws.ToString(e.Message))
	}
	return out.NextToken, nil
}
