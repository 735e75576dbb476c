// Package awsanchors keeps anchors of the audit trail in a bucket of AWS S3, each as an
// object under a lock that is never written twice. It owns keys, locks, and how the bucket
// is asked; what an anchor says and whether the trail agrees it does not know.
//
// See https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html and
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html.
package awsanchors

import (
	"bytes"
	"cmp"
	"context"
	"crypto/md5" //nolint:gosec // S3's own check of what arrives; nothing rests on it
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"airpass/access"
	"airpass/awsconfig"
	"airpass/outbound"
)

// Options says which bucket it is and how it is reached. Bucket, Region, Mode, Retain, Now
// and Caller are needed.
type Options struct {
	Bucket string
	Prefix string // before each key; may be empty
	Region string
	// Mode is of the locks: GOVERNANCE, which somebody with a permission of its own can
	// lift, or COMPLIANCE, which nobody can.
	Mode string
	// Retain is how long an object is locked from when it is written.
	Retain time.Duration
	Role   awsconfig.Role
	// Credentials are our own; nil takes them from AWS's default chain.
	Credentials aws.CredentialsProvider
	Profile     string // of the shared AWS files; empty is the default
	// HTTPClient sends the requests; nil is the SDK's own.
	HTTPClient aws.HTTPClient
	// URL overrides the endpoint of S3, STSURL that of STS; empty is AWS's own.
	URL    string
	STSURL string
	Now    func() time.Time
	Caller *outbound.Caller
}

// Client writes and reads anchors. It is safe for concurrent use.
type Client struct {
	o  Options
	s3 *s3.Client
}

// New returns a client. It calls nobody. The error wraps access.ErrInvalid.
func New(o Options) (*Client, error) {
	if o.Bucket == "" || o.Mode == "" || o.Retain <= 0 || o.Now == nil {
		return nil, fmt.Errorf("%w: anchors in S3 need a bucket, and how they are locked", access.ErrInvalid)
	}
	if err := awsconfig.CheckURL(o.URL); err != nil {
		return nil, err
	}
	cfg, err := awsconfig.Load(awsconfig.Options{Region: o.Region, Credentials: o.Credentials, Profile: o.Profile, HTTPClient: o.HTTPClient,
		Role: o.Role, STSURL: o.STSURL, Caller: o.Caller})
	if err != nil {
		return nil, err
	}
	return &Client{o: o, s3: s3.NewFromConfig(cfg, func(so *s3.Options) {
		if o.URL != "" {
			// What is not AWS has no name for each bucket.
			so.BaseEndpoint, so.UsePathStyle = aws.String(o.URL), true
		}
		so.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired // each write brings its own
	})}, nil
}

// Key is that of the anchor over an event, signed at a time. Keys are in the order of events.
func (c *Client) Key(seq int64, at time.Time) string {
	return fmt.Sprintf("%s%012d-%s.json", c.o.Prefix, seq, at.UTC().Format("20060102T150405.000Z"))
}

// Put writes an anchor, locked from now on. That there is an object of that key already is
// no error: whoever tries again, or another replica, has written it.
func (c *Client) Put(ctx context.Context, key string, body []byte) error {
	sum := sha256.Sum256(body)
	in := c.write(key, body)
	in.ChecksumSHA256 = aws.String(base64.StdEncoding.EncodeToString(sum[:]))
	_, err := c.put(ctx, in, "PreconditionFailed")
	return err
}

// MayPut says whether an anchor could be written, and writes none: S3 looks whether we may
// before it finds that what arrives is not what was announced.
func (c *Client) MayPut(ctx context.Context) error {
	body := []byte("airpass doctor: never stored, because its checksum is another")
	other := md5.Sum(append(body, '!')) //nolint:gosec // see above
	in := c.write(c.Key(0, c.o.Now()), body)
	in.ContentMD5 = aws.String(base64.StdEncoding.EncodeToString(other[:]))
	refused, err := c.put(ctx, in, "BadDigest")
	if err == nil && !refused {
		err = &access.VendorError{Vendor: string(outbound.PutObject.Vendor), Op: outbound.PutObject.Name, Class: access.Rejected,
			Err: errors.New("what was written has another checksum than was announced, and was stored all the same")}
	}
	return err
}

// write is what every write says: never over another object, and locked. S3 wants a
// checksum with that, which is the caller's.
func (c *Client) write(key string, body []byte) *s3.PutObjectInput {
	return &s3.PutObjectInput{Bucket: &c.o.Bucket, Key: &key, Body: bytes.NewReader(body), ContentType: aws.String("application/json"),
		IfNoneMatch: aws.String("*"), ObjectLockMode: types.ObjectLockMode(c.o.Mode), ObjectLockRetainUntilDate: aws.Time(c.o.Now().Add(c.o.Retain).UTC())}
}

// put writes; a refusal with the code that is expected is no error.
func (c *Client) put(ctx context.Context, in *s3.PutObjectInput, expected string) (refused bool, err error) {
	err = c.o.Caller.Do(ctx, outbound.PutObject, func(ctx context.Context) error {
		_, err := c.s3.PutObject(ctx, in)
		if refused = isCode(err, expected); refused {
			return nil
		}
		return awsconfig.Failure(outbound.PutObject, err)
	})
	return refused, err
}

// Lock is how a bucket locks.
type Lock struct {
	On bool
	// Mode and Retain are for objects that are written without; zero is no lock for these.
	Mode   string
	Retain time.Duration
}

// Lock reads how the bucket locks. The error is an *access.VendorError, of class missing if
// there is no such bucket.
func (c *Client) Lock(ctx context.Context) (l Lock, err error) {
	err = c.o.Caller.Do(ctx, outbound.GetObjectLock, func(ctx context.Context) error {
		out, err := c.s3.GetObjectLockConfiguration(ctx, &s3.GetObjectLockConfigurationInput{Bucket: &c.o.Bucket})
		if isCode(err, "ObjectLockConfigurationNotFoundError") {
			return nil
		}
		if err != nil {
			return awsconfig.Failure(outbound.GetObjectLock, err)
		}
		l.On = out.ObjectLockConfiguration != nil && out.ObjectLockConfiguration.ObjectLockEnabled == types.ObjectLockEnabledEnabled
		if l.On && out.ObjectLockConfiguration.Rule != nil && out.ObjectLockConfiguration.Rule.DefaultRetention != nil {
			d := out.ObjectLockConfiguration.Rule.DefaultRetention
			l.Mode = string(d.Mode)
			l.Retain = 24 * time.Hour * time.Duration(aws.ToInt32(d.Days)+365*aws.ToInt32(d.Years))
		}
		return nil
	})
	return l, err
}

// Object is one version of an object below the prefix. Deleted is a mark that hides the
// versions before it, which are still there.
type Object struct {
	Key     string
	Version string
	Deleted bool
}

// List returns every version of every object below the prefix, in the order of keys: what
// was written over or hidden is among them, which a list of objects alone would not show.
func (c *Client) List(ctx context.Context) (all []Object, err error) {
	in := &s3.ListObjectVersionsInput{Bucket: &c.o.Bucket, Prefix: aws.String(c.o.Prefix)}
	for {
		var out *s3.ListObjectVersionsOutput
		err := c.o.Caller.Do(ctx, outbound.ListObjectVersions, func(ctx context.Context) (err error) {
			out, err = c.s3.ListObjectVersions(ctx, in)
			return awsconfig.Failure(outbound.ListObjectVersions, err)
		})
		if err != nil {
			return nil, err
		}
		for _, v := range out.Versions {
			all = append(all, Object{Key: aws.ToString(v.Key), Version: aws.ToString(v.VersionId)})
		}
		for _, m := range out.DeleteMarkers {
			all = append(all, Object{Key: aws.ToString(m.Key), Version: aws.ToString(m.VersionId), Deleted: true})
		}
		if !aws.ToBool(out.IsTruncated) {
			slices.SortStableFunc(all, func(a, b Object) int { return cmp.Compare(a.Key, b.Key) })
			return all, nil
		}
		in.KeyMarker, in.VersionIdMarker = out.NextKeyMarker, out.NextVersionIdMarker
	}
}

// mostBytes is more than an anchor is long.
const mostBytes = 1 << 16

// Get reads a version of an object.
func (c *Client) Get(ctx context.Context, o Object) (body []byte, err error) {
	err = c.o.Caller.Do(ctx, outbound.GetObject, func(ctx context.Context) error {
		out, err := c.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &c.o.Bucket, Key: &o.Key, VersionId: &o.Version, ChecksumMode: types.ChecksumModeEnabled})
		if err != nil {
			return awsconfig.Failure(outbound.GetObject, err)
		}
		body, err = io.ReadAll(io.LimitReader(out.Body, mostBytes))
		return errors.Join(awsconfig.Failure(outbound.GetObject, err), out.Body.Close())
	})
	return body, err
}

// isCode says whether S3 has refused with a code.
func isCode(err error, code string) bool {
	var api smithy.APIError
	return errors.As(err, &api) && api.ErrorCode() == code
}
