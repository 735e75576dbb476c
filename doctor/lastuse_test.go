package doctor

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"airpass/cloudtrail"
	"airpass/outbound"
	sandbox "airpass/sandbox/cloudtrail"
	"airpass/sandbox/control"
	"airpass/sandbox/sts"
)

func TestWhatIsRecordedOfUse(t *testing.T) {
	t.Parallel()
	callers, clock := sts.New(sts.Options{}), new(control.Clock)
	key := callers.BaseKey()
	s := sandbox.New(sandbox.Options{Clock: clock, Callers: callers, LogGroup: "uses", LogAccount: key.Account, LogRegion: "eu-west-1", Unlimited: true})
	server := httptest.NewServer(s.Handler())
	defer server.Close()
	client, err := cloudtrail.New(cloudtrail.Options{Credentials: credentials.NewStaticCredentialsProvider(key.ID, key.Secret, ""), URL: server.URL, LogsURL: server.URL,
		Caller: outbound.New(outbound.Options{Timeout: 10 * time.Second})})
	if err != nil {
		t.Fatal(err)
	}
	d := Deployment{Now: clock.Now, Trail: client, Uses: []cloudtrail.Source{{Account: key.Account, Region: "eu-west-1", LogGroup: "uses"}}}
	is := func(severity Severity, words string) {
		t.Helper()
		if found := d.lastUse(t.Context()); len(found) != 1 || found[0].Severity != severity || !strings.Contains(found[0].Result, words) {
			t.Errorf("%+v, want %s: %s", found, severity, words)
		}
	}
	is(Unwise, "nobody has opened Airflow")
	s.Record(sandbox.Event{At: clock.Now().Add(-time.Hour), Account: key.Account, Region: "eu-west-1", Name: "CreateWebLoginToken", Environment: "prod", ARN: "arn:aws:iam::" + key.Account + ":user/ops"})
	is(Fine, "1 calls have opened Airflow in a week, 1 of them of nobody's")
	s.Deny("FilterLogEvents")
	is(Wrong, "not authorized")
	d.Uses[0].LogGroup = "other"
	s.Allow("FilterLogEvents")
	is(Wrong, "does not exist")
}
