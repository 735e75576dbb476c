package awsanchors

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"airpass/access"
	"airpass/awsconfig"
	"airpass/outbound"
	"airpass/sandbox/control"
	"airpass/sandbox/objects"
	"airpass/sandbox/sts"
)

const writer = "arn:aws:iam::444455556666:role/anchors"

// setup is S3 over HTTP with a bucket that locks, and a client that works under a role.
func setup(t *testing.T) (*objects.Server, *control.Clock, *Client) {
	t.Helper()
	clock := new(control.Clock)
	callers := sts.New(sts.Options{Clock: clock})
	if err := callers.AddRole(sts.Role{ARN: writer, ExternalID: "e-1"}); err != nil {
		t.Fatal(err)
	}
	s := objects.New(objects.Options{Callers: callers, Clock: clock})
	s.Make("audit", true)
	server, roles := httptest.NewServer(s.Handler()), httptest.NewServer(callers.Handler())
	t.Cleanup(server.Close)
	t.Cleanup(roles.Close)
	key := callers.BaseKey()
	c, err := New(Options{Bucket: "audit", Prefix: "airpass/", Region: "eu-west-1", Mode: "COMPLIANCE", Retain: 48 * time.Hour, Role: awsconfig.Role{RoleARN: writer, ExternalID: "e-1"},
		Credentials: credentials.NewStaticCredentialsProvider(key.ID, key.Secret, key.Session), URL: server.URL, STSURL: roles.URL, Now: clock.Now,
		Caller: outbound.New(outbound.Options{Timeout: 5 * time.Second})})
	if err != nil {
		t.Fatal(err)
	}
	return s, clock, c
}

// Of one anchor there is one object, whoever writes it and however often, and it is locked.
func TestAnAnchorIsWrittenOnceAndLocked(t *testing.T) {
	t.Parallel()
	s, clock, c := setup(t)
	key := c.Key(7, time.Date(2026, 11, 29, 4, 0, 0, 0, time.UTC))
	if key != "airpass/000000000007-20261129T040000.000Z.json" {
		t.Error(key)
	}
	s.Faults().Add(control.Fault{Op: "PutObject", LoseReply: true, Times: 1})
	if err := c.Put(t.Context(), key, []byte("{}")); access.ClassOf(err) != access.Unavailable {
		t.Errorf("the answer was lost: %v", err)
	}
	for range 2 {
		if err := c.Put(t.Context(), key, []byte("{}")); err != nil {
			t.Error(err)
		}
	}
	all := s.Stored("audit")
	if len(all) != 1 || all[0].Mode != "COMPLIANCE" || all[0].ContentType != "application/json" || all[0].Until.Sub(clock.Now()).Round(time.Minute) != 48*time.Hour {
		t.Errorf("%+v", all)
	}
}

func TestAnchorsAreReadInEveryVersion(t *testing.T) {
	t.Parallel()
	s, _, c := setup(t)
	for seq := range int64(3) {
		if err := c.Put(t.Context(), c.Key(seq, time.Unix(seq, 0)), []byte{byte('0' + seq)}); err != nil {
			t.Fatal(err)
		}
	}
	s.Hide("audit", c.Key(1, time.Unix(1, 0)))
	all, err := c.List(t.Context())
	if err != nil || len(all) != 4 {
		t.Fatalf("%+v %v", all, err)
	}
	var read []string
	for _, o := range all {
		if o.Deleted {
			continue
		}
		body, err := c.Get(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		read = append(read, string(body))
	}
	if strings.Join(read, "") != "012" {
		t.Errorf("%v", read)
	}
}

func TestWhetherAnAnchorCouldBeWritten(t *testing.T) {
	t.Parallel()
	s, _, c := setup(t)
	if err := c.MayPut(t.Context()); err != nil {
		t.Error(err)
	}
	s.Deny("s3:PutObjectRetention")
	if err := c.MayPut(t.Context()); access.ClassOf(err) != access.Denied {
		t.Errorf("without a permission: %v", err)
	}
	if n := len(s.Stored("audit")); n != 0 {
		t.Errorf("asking has written %d objects", n)
	}
	if l, err := c.Lock(t.Context()); err != nil || !l.On {
		t.Errorf("%+v %v", l, err)
	}
	s.Make("audit", false)
	if l, err := c.Lock(t.Context()); err != nil || l.On {
		t.Errorf("without object lock: %+v %v", l, err)
	}
	c.o.Bucket = "nowhere"
	if _, err := c.Lock(t.Context()); access.ClassOf(err) != access.Missing {
		t.Error(err)
	}
}

func TestOptionsThatCannotWork(t *testing.T) {
	t.Parallel()
	whole := Options{Bucket: "b", Region: "eu-west-1", Mode: "GOVERNANCE", Retain: time.Hour, Now: time.Now, Caller: outbound.New(outbound.Options{})}
	for name, change := range map[string]func(*Options){
		"no bucket": func(o *Options) { o.Bucket = "" }, "no lock": func(o *Options) { o.Retain = 0 }, "no region": func(o *Options) { o.Region = "" },
		"plain http to another machine": func(o *Options) { o.URL = "http://example.com" },
	} {
		o := whole
		change(&o)
		if _, err := New(o); !errors.Is(err, access.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
