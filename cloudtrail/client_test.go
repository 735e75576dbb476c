package cloudtrail

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"airpass/access"
	"airpass/awsconfig"
	"airpass/outbound"
	sandbox "airpass/sandbox/cloudtrail"
	"airpass/sandbox/control"
	"airpass/sandbox/sts"
)

const (
	home    = "111122223333"
	account = "444455556666"
	region  = "eu-west-1"
	roleARN = "arn:aws:iam::" + account + ":role/airpass-mwaa"
)

// world is CloudTrail and CloudWatch Logs over HTTP, and a client that assumes a role in account.
type world struct {
	*testing.T
	*sandbox.Server
	clock  *control.Clock
	client *Client
}

func setup(t *testing.T, o sandbox.Options) *world {
	t.Helper()
	clock := new(control.Clock)
	callers := sts.New(sts.Options{})
	o.Clock, o.Callers, o.LogGroup, o.LogAccount, o.LogRegion = clock, callers, "uses", home, region
	w := &world{T: t, Server: sandbox.New(o), clock: clock}
	if err := callers.AddRole(sts.Role{ARN: roleARN}); err != nil {
		t.Fatal(err)
	}
	server, assumes := httptest.NewServer(w.Handler()), httptest.NewServer(callers.Handler())
	t.Cleanup(server.Close)
	t.Cleanup(assumes.Close)
	key := callers.BaseKey()
	var err error
	w.client, err = New(Options{Roles: map[string]awsconfig.Role{account: {RoleARN: roleARN}}, Credentials: credentials.NewStaticCredentialsProvider(key.ID, key.Secret, ""),
		URL: server.URL, LogsURL: server.URL, STSURL: assumes.URL, Caller: outbound.New(outbound.Options{Timeout: 10 * time.Second})})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func viewerOf(account, who string) string {
	return "arn:aws:sts::" + account + ":assumed-role/AWSReservedSSO_airflow-viewer_0123456789abcdef/" + who
}

func (w *world) used(arn, account, name string, ago time.Duration, change ...func(*sandbox.Event)) {
	e := sandbox.Event{At: w.clock.Now().Add(-ago).Truncate(time.Second), Account: account, Region: region, Name: name, Environment: "prod", ARN: arn}
	for _, c := range change {
		c(&e)
	}
	w.Record(e)
}

var (
	logGroup = Source{Account: home, Region: region, LogGroup: "uses"}
	history  = Source{Account: account, Region: region}
)

func (w *world) read(s Source, calls int) (Reading, error) {
	now := w.clock.Now()
	return w.client.Read(w.Context(), s, now.Add(-Period), now, calls)
}

func (w *world) must(s Source, calls int) Reading {
	w.Helper()
	r, err := w.read(s, calls)
	if err != nil {
		w.Fatal(err)
	}
	return r
}

var (
	ann  = Who{Role: "AWSReservedSSO_airflow-viewer_0123456789abcdef", Session: "ann@example.com"}
	prod = Where{account, region, "prod"}
)

// Both sources say the same: who made a token of which sort, and when last.
func TestTheLastOfWhatSomebodyDidCounts(t *testing.T) {
	t.Parallel()
	w := setup(t, sandbox.Options{InHistory: true, Page: 2, Unlimited: true})
	w.used(viewerOf(account, "Ann@example.com"), account, "CreateWebLoginToken", 48*time.Hour)
	w.used(viewerOf(account, "ann@example.com"), account, "CreateCliToken", 24*time.Hour)
	w.used(viewerOf(account, "ann@example.com"), account, "CreateWebLoginToken", time.Hour, func(e *sandbox.Event) { e.ErrorCode = "AccessDeniedException" })
	w.used(viewerOf(account, "ann@example.com"), account, "CreateWebLoginToken", time.Minute) // not delivered yet
	w.used("arn:aws:iam::"+account+":user/ops", account, "CreateWebLoginToken", 24*time.Hour)
	w.used("arn:aws:sts::"+account+":assumed-role/airpass-login/ben@example.com", account, "CreateWebLoginToken", 30*time.Hour, func(e *sandbox.Event) { e.SourceIdentity = "00uBen" })
	// Of the same name in another account, which is somebody else's.
	w.used(viewerOf(home, "ann@example.com"), home, "CreateWebLoginToken", 2*time.Hour)
	for _, s := range []Source{logGroup, history} {
		r := w.must(s, 20)
		if at := r.Uses[prod][ann]; w.clock.Now().Sub(at).Round(time.Hour) != 24*time.Hour {
			t.Errorf("%s: ann at %v", s, at)
		}
		ben := Who{Role: "airpass-login", Session: "ben@example.com", Identity: "00uBen"}
		if len(r.Uses[prod]) != 2 || r.Uses[prod][ben].IsZero() || r.Foreign != 1 || r.Refused != 1 || !r.Complete {
			t.Errorf("%s: %+v", s, r)
		}
		if span := r.Spans[Where{Account: account, Region: region}]; w.clock.Now().Sub(span.Oldest).Round(time.Hour) != 48*time.Hour || w.clock.Now().Sub(span.Newest).Round(time.Hour) != 24*time.Hour {
			t.Errorf("%s: %+v", s, span)
		}
		if _, there := r.Uses[Where{home, region, "prod"}]; there != (s == logGroup) {
			t.Errorf("%s: the other account: %v", s, there)
		}
	}
}

func TestWhatIsCutOffIsNotComplete(t *testing.T) {
	t.Parallel()
	w := setup(t, sandbox.Options{InHistory: true, Page: 5, Unlimited: true})
	for i := range 120 {
		w.used(viewerOf(account, fmt.Sprint("p", i, "@example.com")), account, "CreateWebLoginToken", time.Duration(i+1)*time.Hour)
	}
	// The newest are what was read, and what is looked up besides has its turn.
	r := w.must(history, 4)
	if r.Complete || len(r.Uses[prod]) != 100 || r.Calls != 3 {
		t.Errorf("complete %v, %d people, %d calls", r.Complete, len(r.Uses[prod]), r.Calls)
	}
	if r := w.must(logGroup, 3); r.Complete || len(r.Uses[prod]) != 10 || r.Uses[prod][Who{ann.Role, "p9@example.com", ""}].IsZero() {
		t.Errorf("complete %v, %d people", r.Complete, len(r.Uses[prod]))
	}
	if r := w.must(history, 8); !r.Complete || len(r.Uses[prod]) != 120 {
		t.Errorf("complete %v, %d people", r.Complete, len(r.Uses[prod]))
	}
}

func TestWhyItCannotBeRead(t *testing.T) {
	t.Parallel()
	w := setup(t, sandbox.Options{InHistory: true, Unlimited: true})
	for answer, class := range map[string]access.Class{"denied": access.Denied, "unavailable": access.Unavailable, "token": access.Rejected} {
		for _, s := range []Source{logGroup, history} {
			w.Faults().Add(control.Fault{Op: "*", Answer: answer, Times: 1})
			if _, err := w.read(s, 20); access.ClassOf(err) != class {
				t.Errorf("%s, %s: %v", s, answer, err)
			}
		}
	}
	if _, err := w.read(Source{Account: home, Region: region, LogGroup: "other"}, 20); access.ClassOf(err) != access.Missing {
		t.Error(err)
	}
	// One page that is throttled is asked for again.
	w.used(viewerOf(account, "ann@example.com"), account, "CreateWebLoginToken", time.Hour)
	w.Faults().Add(control.Fault{Op: "LookupEvents", Answer: "throttled", Times: 1})
	if r := w.must(history, 20); r.Seen != 1 || r.Calls != 3 {
		t.Errorf("%+v", r)
	}
}

func TestWhoseRoleItIs(t *testing.T) {
	t.Parallel()
	for role, want := range map[string]string{
		"AWSReservedSSO_airflow-viewer_0123456789abcdef": "airflow-viewer", "AWSReservedSSO_a_b_0123456789abcdef": "a_b",
		"AWSReservedSSO_airflow-viewer": "", "AWSReservedSSO_x_0123456789ABCDEF": "", "airflow-viewer_0123456789abcdef": "", "": "",
	} {
		if got := PermissionSet(role); got != want {
			t.Errorf("%q: %q", role, got)
		}
	}
}

func TestOptionsThatCannotWork(t *testing.T) {
	t.Parallel()
	if _, err := New(Options{}); !errors.Is(err, access.ErrInvalid) {
		t.Error(err)
	}
	if _, err := New(Options{URL: "http://example.com", Caller: outbound.New(outbound.Options{})}); err == nil {
		t.Error("an endpoint without TLS")
	}
}
