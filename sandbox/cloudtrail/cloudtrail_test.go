package cloudtrail

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/smithy-go"

	"airpass/sandbox/contract"
	"airpass/sandbox/control"
	"airpass/sandbox/sts"
)

const home = "111122223333"

// bench is both services over HTTP, every answer of which is held to AWS's models, and
// the real SDK.
type bench struct {
	*Server
	*testing.T
	clock   *control.Clock
	watch   *contract.AWSWatch
	history *sdk.Client
	logs    *cloudwatchlogs.Client
}

func setup(t *testing.T, o Options) *bench {
	t.Helper()
	callers, clock := sts.New(sts.Options{}), new(control.Clock)
	o.Callers, o.Clock, o.LogGroup, o.LogAccount, o.LogRegion = callers, clock, "uses", home, "eu-west-1"
	b := &bench{T: t, Server: New(o), clock: clock}
	b.watch = contract.WatchAWS(t, b.Handler(), contract.AWS(t, "cloudtrail"), contract.AWS(t, "logs"))
	server := httptest.NewServer(b.watch)
	t.Cleanup(server.Close)
	key := callers.BaseKey()
	cfg := aws.Config{Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider(key.ID, key.Secret, ""), BaseEndpoint: &server.URL,
		Retryer: func() aws.Retryer { return aws.NopRetryer{} }}
	b.history, b.logs = sdk.NewFromConfig(cfg), cloudwatchlogs.NewFromConfig(cfg)
	return b
}

// record is a call of somebody, so long ago.
func (b *bench) record(who string, ago time.Duration) {
	b.Record(Event{At: b.clock.Now().Add(-ago), Account: home, Region: "eu-west-1", Name: "CreateWebLoginToken", Environment: "prod",
		ARN: "arn:aws:sts::" + home + ":assumed-role/AWSReservedSSO_viewer_0123456789abcdef/" + who})
}

func (b *bench) lookup(next *string) (*sdk.LookupEventsOutput, error) {
	return b.history.LookupEvents(b.Context(), &sdk.LookupEventsInput{NextToken: next, MaxResults: aws.Int32(50),
		LookupAttributes: []types.LookupAttribute{{AttributeKey: types.LookupAttributeKeyEventName, AttributeValue: aws.String("CreateWebLoginToken")}}})
}

func (b *bench) filter(from time.Time, next *string) (*cloudwatchlogs.FilterLogEventsOutput, error) {
	return b.logs.FilterLogEvents(b.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("uses"), NextToken: next, Limit: aws.Int32(1000), StartFromHead: aws.Bool(false),
		FilterPattern: aws.String(`{ ($.eventSource = "airflow.amazonaws.com") && ($.eventName = "CreateWebLoginToken") }`),
		StartTime:     aws.Int64(from.UnixMilli()), EndTime: aws.Int64(from.Add(keeps).UnixMilli())})
}

func (b *bench) wantCode(err error, code string) {
	b.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) || e.ErrorCode() != code {
		b.Errorf("got %v, want AWS's %s", err, code)
	}
}

func TestTheHistoryIsOfNinetyDaysInPagesOfFifty(t *testing.T) {
	t.Parallel()
	b := setup(t, Options{InHistory: true, Unlimited: true})
	for i := range 60 {
		b.record(fmt.Sprint("p", i), time.Duration(i+1)*time.Hour)
	}
	b.record("old", keeps+time.Hour)
	b.record("new", time.Minute)
	first, err := b.lookup(nil)
	if err != nil || len(first.Events) != 50 || aws.ToString(first.Events[0].Username) != "p0" || first.NextToken == nil {
		t.Fatalf("%v %v", first, err)
	}
	second, err := b.lookup(first.NextToken)
	if err != nil || len(second.Events) != 10 || second.NextToken != nil {
		t.Errorf("%v %v", second, err)
	}
	_, err = b.history.LookupEvents(t.Context(), &sdk.LookupEventsInput{NextToken: first.NextToken,
		LookupAttributes: []types.LookupAttribute{{AttributeKey: types.LookupAttributeKeyEventName, AttributeValue: aws.String("CreateCliToken")}}})
	b.wantCode(err, "InvalidNextTokenException")
	_, err = b.history.LookupEvents(t.Context(), &sdk.LookupEventsInput{})
	b.wantCode(err, "InvalidLookupAttributesException")
	if _, err := b.clock.Advance(15 * time.Minute); err != nil {
		t.Fatal(err)
	}
	if late, err := b.lookup(nil); err != nil || aws.ToString(late.Events[0].Username) != "new" {
		t.Errorf("a quarter of an hour later: %v %v", late, err)
	}
}

func TestDataEventsAreInTheLogGroupOnly(t *testing.T) {
	t.Parallel()
	b := setup(t, Options{Page: 2, Unlimited: true})
	for i := range 3 {
		b.record(fmt.Sprint("p", i), time.Duration(i+1)*time.Hour)
	}
	if none, err := b.lookup(nil); err != nil || len(none.Events) != 0 {
		t.Errorf("%v %v", none, err)
	}
	var sizes []int
	from, next := b.clock.Now().Add(-keeps), (*string)(nil)
	for {
		out, err := b.filter(from, next)
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(out.Events))
		if next = out.NextToken; next == nil {
			break
		}
	}
	if fmt.Sprint(sizes) != "[0 2 1]" {
		t.Errorf("pages of %v", sizes)
	}
	_, err := b.filter(from.Add(time.Hour), aws.String("bm9uc2Vuc2U"))
	b.wantCode(err, "InvalidParameterException")
}

func TestWhoHurriesIsThrottled(t *testing.T) {
	t.Parallel()
	b := setup(t, Options{InHistory: true})
	var last error
	for range 50 { // some of them within one second, whatever the machine
		if _, last = b.lookup(nil); last != nil {
			break
		}
	}
	b.wantCode(last, "ThrottlingException")
}

func TestRefusalsAndFaults(t *testing.T) {
	t.Parallel()
	b := setup(t, Options{Unlimited: true})
	for answer, codes := range map[string][2]string{"throttled": {"ThrottlingException", "ThrottlingException"}, "denied": {"AccessDeniedException", "AccessDeniedException"},
		"unavailable": {"ServiceUnavailable", "ServiceUnavailable"}, "token": {"InvalidNextTokenException", "InvalidParameterException"}} {
		b.Faults().Add(control.Fault{Op: "*", Answer: answer, Times: 2})
		_, err := b.lookup(nil)
		b.wantCode(err, codes[0])
		_, err = b.filter(b.clock.Now(), nil)
		b.wantCode(err, codes[1])
	}
	b.Deny("LookupEvents")
	_, err := b.lookup(nil)
	b.wantCode(err, "AccessDeniedException")
	b.Allow("LookupEvents")
	if _, err = b.lookup(nil); err != nil {
		t.Error(err)
	}
	if b.watch.Checked()["LookupEvents 400"] == 0 || b.watch.Checked()["FilterLogEvents 400"] == 0 || b.watch.Checked()["LookupEvents 200"] == 0 {
		t.Errorf("not held to the models: %v", b.watch.Checked())
	}
}
