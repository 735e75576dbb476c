package objects

import (
	"bytes"
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"airpass/sandbox/control"
	"airpass/sandbox/sts"
)

// bench is S3 over HTTP with a bucket that locks, and the real SDK.
type bench struct {
	*Server
	*testing.T
	clock *control.Clock
	s3    *s3.Client
}

func setup(t *testing.T) *bench {
	t.Helper()
	callers := sts.New(sts.Options{})
	b := &bench{T: t, clock: new(control.Clock)}
	b.Server = New(Options{Callers: callers, Clock: b.clock})
	b.Make("kept", true)
	b.Make("plain", false)
	server := httptest.NewServer(b.Handler())
	t.Cleanup(server.Close)
	key := callers.BaseKey()
	cfg := aws.Config{Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider(key.ID, key.Secret, ""), BaseEndpoint: &server.URL,
		Retryer: func() aws.Retryer { return aws.NopRetryer{} }}
	b.s3 = s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.UsePathStyle, o.RequestChecksumCalculation = true, aws.RequestChecksumCalculationWhenRequired
	})
	return b
}

func (b *bench) put(bucket, key, text string, change func(*s3.PutObjectInput)) error {
	in := &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader([]byte(text))}
	if change != nil {
		change(in)
	}
	_, err := b.s3.PutObject(b.Context(), in)
	return err
}

// locked locks for a day, with a checksum.
func (b *bench) locked(mode types.ObjectLockMode) func(*s3.PutObjectInput) {
	return func(in *s3.PutObjectInput) {
		in.ObjectLockMode, in.ObjectLockRetainUntilDate = mode, aws.Time(b.clock.Now().Add(24*time.Hour))
		in.ChecksumAlgorithm = types.ChecksumAlgorithmSha256
	}
}

func (b *bench) wantCode(err error, code string) {
	b.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) || e.ErrorCode() != code {
		b.Errorf("got %v, want S3's %s", err, code)
	}
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Error(err)
	}
}

func TestALockNeedsAChecksumAndABucketWithLocks(t *testing.T) {
	t.Parallel()
	b := setup(t)
	unchecked := func(in *s3.PutObjectInput) { b.locked("GOVERNANCE")(in); in.ChecksumAlgorithm = "" }
	b.wantCode(b.put("kept", "a", "x", unchecked), "InvalidRequest")
	b.wantCode(b.put("plain", "a", "x", b.locked("GOVERNANCE")), "InvalidRequest")
	b.wantCode(b.put("other", "a", "x", nil), "NoSuchBucket")
	past := func(in *s3.PutObjectInput) {
		b.locked("GOVERNANCE")(in)
		in.ObjectLockRetainUntilDate = aws.Time(b.clock.Now().Add(-time.Hour))
	}
	b.wantCode(b.put("kept", "a", "x", past), "InvalidArgument")
	b.wantCode(b.put("kept", "a", "x", func(in *s3.PutObjectInput) { in.ContentMD5 = aws.String("AAAAAAAAAAAAAAAAAAAAAA==") }), "BadDigest")
	b.must(b.put("kept", "a", "x", b.locked("COMPLIANCE")))
	if all := b.Stored("kept"); len(all) != 1 || all[0].Mode != "COMPLIANCE" {
		t.Errorf("%+v", all)
	}
}

func TestWhatIsThereIsNotWrittenOver(t *testing.T) {
	t.Parallel()
	b := setup(t)
	fresh := func(in *s3.PutObjectInput) { in.IfNoneMatch = aws.String("*") }
	b.must(b.put("kept", "a", "x", fresh))
	b.wantCode(b.put("kept", "a", "y", fresh), "PreconditionFailed")
	b.must(b.put("kept", "a", "z", nil)) // a version of its own, without the condition
	_, err := b.s3.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("kept"), Key: aws.String("a")})
	b.must(err)
	b.must(b.put("kept", "a", "y", fresh)) // a mark hides what was there
	if n := len(b.Stored("kept")); n != 4 {
		t.Errorf("%d versions", n)
	}
	b.must(b.put("plain", "a", "x", nil))
	b.must(b.put("plain", "a", "y", nil))
	if all := b.Stored("plain"); len(all) != 1 || string(all[0].Body) != "y" {
		t.Errorf("%+v", all)
	}
}

func TestWhatIsLockedIsDeletedByNobody(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.must(b.put("kept", "g", "x", b.locked("GOVERNANCE")))
	b.must(b.put("kept", "c", "x", b.locked("COMPLIANCE")))
	remove := func(s Stored, bypass bool) error {
		_, err := b.s3.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("kept"), Key: &s.Key, VersionId: &s.Version, BypassGovernanceRetention: &bypass})
		return err
	}
	all := b.Stored("kept")
	b.wantCode(remove(all[0], false), "AccessDenied")
	b.wantCode(remove(all[1], true), "AccessDenied")
	b.Deny("s3:BypassGovernanceRetention")
	b.wantCode(remove(all[0], true), "AccessDenied")
	b.Allow("s3:BypassGovernanceRetention")
	b.must(remove(all[0], true))
	_, err := b.clock.Advance(25 * time.Hour)
	b.must(err)
	b.must(remove(all[1], false))
	if left := b.Stored("kept"); len(left) != 0 {
		t.Errorf("left: %+v", left)
	}
}

func TestVersionsAreListedPageByPage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, key := range []string{"p/b", "p/a", "p/a", "q/a"} {
		b.must(b.put("kept", key, key, nil))
	}
	_, err := b.s3.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("kept"), Key: aws.String("p/b")})
	b.must(err)
	in := &s3.ListObjectVersionsInput{Bucket: aws.String("kept"), Prefix: aws.String("p/"), MaxKeys: aws.Int32(1)}
	var seen []string
	for {
		out, err := b.s3.ListObjectVersions(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range out.Versions {
			seen = append(seen, *v.Key)
		}
		for _, m := range out.DeleteMarkers {
			seen = append(seen, "-"+*m.Key)
		}
		if !aws.ToBool(out.IsTruncated) {
			break
		}
		in.KeyMarker, in.VersionIdMarker = out.NextKeyMarker, out.NextVersionIdMarker
	}
	if want := "p/a p/a -p/b p/b"; want != join(seen) {
		t.Errorf("%s, want %s", join(seen), want)
	}
}

func join(all []string) (text string) {
	for i, s := range all {
		if i > 0 {
			text += " "
		}
		text += s
	}
	return text
}

func TestWhoMayNotIsToldBeforeTheBodyIsLookedAt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wrong := func(in *s3.PutObjectInput) {
		b.locked("GOVERNANCE")(in)
		in.ChecksumAlgorithm, in.ContentMD5 = "", aws.String("AAAAAAAAAAAAAAAAAAAAAA==")
	}
	b.wantCode(b.put("kept", "a", "x", wrong), "BadDigest")
	b.Deny("s3:PutObjectRetention")
	b.wantCode(b.put("kept", "a", "x", wrong), "AccessDenied")
	b.must(b.put("kept", "a", "x", nil))
	_, err := b.s3.GetObjectLockConfiguration(t.Context(), &s3.GetObjectLockConfigurationInput{Bucket: aws.String("plain")})
	b.wantCode(err, "ObjectLockConfigurationNotFoundError")
	for answer, code := range map[string]string{"throttled": "SlowDown", "unavailable": "ServiceUnavailable", "internal": "InternalError", "denied": "AccessDenied", "conflict": "ConditionalRequestConflict"} {
		b.Faults().Add(control.Fault{Op: "PutObject", Answer: answer, Times: 1})
		b.wantCode(b.put("kept", "b", "x", nil), code)
	}
}
