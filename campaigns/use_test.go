package campaigns

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"airpass/access"
	"airpass/cloudtrail"
	"airpass/outbound"
	"airpass/reviews"
	sandbox "airpass/sandbox/cloudtrail"
	"airpass/sandbox/control"
	"airpass/sandbox/sts"
	"airpass/store"
	"airpass/store/storetest"
)

const (
	account = "444455556666"
	region  = "eu-west-1"
	hours   = time.Hour
	days    = 24 * hours
)

// records is CloudTrail over HTTP, whose trail writes to a log group.
type records struct {
	*testing.T
	*sandbox.Server
	clock *control.Clock
	begin time.Time // of the story, which is over before anything is a day older
	LastUses
}

func setup(t *testing.T, page int) *records {
	t.Helper()
	callers := sts.New(sts.Options{})
	key, r := callers.BaseKey(), &records{T: t, clock: new(control.Clock)}
	r.begin = r.clock.Now()
	r.Server = sandbox.New(sandbox.Options{Clock: r.clock, Callers: callers, LogGroup: "uses", LogAccount: key.Account, LogRegion: region, Page: page, Unlimited: true})
	server := httptest.NewServer(r.Handler())
	t.Cleanup(server.Close)
	client, err := cloudtrail.New(cloudtrail.Options{Credentials: credentials.NewStaticCredentialsProvider(key.ID, key.Secret, ""), URL: server.URL, LogsURL: server.URL,
		Caller: outbound.New(outbound.Options{Timeout: 10 * time.Second})})
	if err != nil {
		t.Fatal(err)
	}
	r.LastUses = LastUses{client, []cloudtrail.Source{{Account: key.Account, Region: region, LogGroup: "uses"}}}
	return r
}

// used is that somebody has opened the environment, so long ago.
func (r *records) used(in, who string, ago time.Duration) {
	r.Record(sandbox.Event{At: r.begin.Add(-ago), Account: in, Region: region, Name: "CreateWebLoginToken", Environment: "prod",
		ARN: "arn:aws:sts::" + in + ":assumed-role/AWSReservedSSO_viewer_0123456789abcdef/" + who})
}

func holds(in, userName string, change ...func(*access.Target)) reviews.Holding {
	t := access.Target{ID: "prod/Viewer", PermissionSetName: "viewer", Environment: access.Environment{Account: in, Region: region, Name: "prod"}}
	for _, c := range change {
		c(&t)
	}
	return reviews.Holding{Person: &access.Person{}, Target: &t, UserName: userName}
}

// since is what is said where there was no use for so long.
func (r *records) since(ago time.Duration) string {
	return "none since " + r.begin.Add(-ago).UTC().Format("2006-01-02")
}

func TestWhenAccessWasUsedLast(t *testing.T) {
	t.Parallel()
	r := setup(t, 100)
	r.used(account, "ada@example.com", 80*days)
	r.used(account, "Ada@Example.com", 3*days)
	r.used(account, "eve@example.com", 20*days)
	r.used("777788889999", "ben@example.com", hours)   // of that name in another account
	r.used("111111111111", "ann@example.com", 20*days) // where nothing is recorded any more
	u := r.lookUp(t.Context(), r.begin)
	at := r.begin.Add(-3 * days).UTC().Format(time.RFC3339)
	for name, tt := range map[string]struct {
		h     reviews.Holding
		since time.Time
		want  string
	}{
		"by whatever case":              {holds(account, "ada@example.com"), time.Time{}, at},
		"not in this account":           {holds(account, "ben@example.com"), time.Time{}, r.since(80 * days)},
		"held for less than that":       {holds(account, "ben@example.com"), r.begin.Add(-10 * days), r.since(10 * days)},
		"by another permission set":     {holds(account, "ada@example.com", func(t *access.Target) { t.PermissionSetName = "admin" }), time.Time{}, r.since(80 * days)},
		"of another environment":        {holds(account, "ada@example.com", func(t *access.Target) { t.Environment.Name = "dev" }), time.Time{}, r.since(80 * days)},
		"an account nobody knows":       {holds(account, ""), time.Time{}, "unknown"},
		"no name of a session":          {holds(account, "Zoë Ümlaut"), time.Time{}, "unknown"},
		"by an instant link, it may be": {holds(account, "ben@example.com", func(t *access.Target) { t.Instant = true }), time.Time{}, "unknown"},
		"where nothing is recorded":     {holds("222222222222", "ben@example.com"), time.Time{}, "unknown"},
		"where nothing is any more":     {holds("111111111111", "ben@example.com"), time.Time{}, "unknown"},
		"and yet it was seen there":     {holds("111111111111", "ann@example.com"), time.Time{}, r.begin.Add(-20 * days).UTC().Format(time.RFC3339)},
	} {
		if got := u.of(tt.h, tt.since); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
	said := strings.Join(u.said([]access.Target{*holds(account, "").Target, *holds("222222222222", "").Target}), "\n")
	for _, want := range []string{"5 calls from", "222222222222 in eu-west-1: it cannot be told", "1 have opened these environments whose access this is not about"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q does not say %q", said, want)
		}
	}
	if got := (*uses)(nil).of(holds(account, "ada@example.com"), time.Time{}); got != "unknown" {
		t.Errorf("nobody has looked: %s", got)
	}
}

// Who is among what was cut off has used it, it may be: nothing is said of them.
func TestWhatIsCutOffIsUnknown(t *testing.T) {
	t.Parallel()
	r := setup(t, 1)
	for i := range mostCalls + 1 {
		r.used(account, fmt.Sprint("p", i, "@example.com"), time.Duration(i+1)*hours)
	}
	u := r.lookUp(t.Context(), r.begin)
	if got := u.of(holds(account, fmt.Sprint("p", mostCalls, "@example.com")), time.Time{}); got != "unknown" {
		t.Errorf("what was not read: %s", got)
	}
	if got := u.of(holds(account, "p0@example.com"), time.Time{}); got == "unknown" {
		t.Error("what was read is not known")
	}
	if said := u.said(nil); !strings.Contains(said[0], "more than 120 calls could read") {
		t.Error(said)
	}
}

// A source is read once for an occurrence: after one that failed the others are not read again,
// and two replicas have the same.
func TestASourceIsReadOnceForAnOccurrence(t *testing.T) {
	t.Parallel()
	r := setup(t, 100)
	r.used(account, "ada@example.com", 3*days)
	r.Sources = append(r.Sources, cloudtrail.Source{Account: account, Region: region})
	st, err := store.Open(t.Context(), storetest.SQLite(t), store.Options{Now: r.clock.Now, Key: store.AuditKey{ID: "k1", Key: []byte("a key of thirty-two bytes, no less")}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	var o access.Occurrence
	update := func(do func(tx *store.Tx) error) {
		t.Helper()
		if err := st.Update(t.Context(), actor, do); err != nil {
			t.Fatal(err)
		}
	}
	update(func(tx *store.Tx) (err error) {
		o, _, err = tx.BeginOccurrence(access.Occurrence{Campaign: "quarterly", ScheduledAt: tx.Now()})
		return err
	})
	replicas := []*Service{}
	for range 2 {
		replicas = append(replicas, New(Options{Store: st, Planner: Planner{LastUses: r.LastUses}, Now: r.clock.Now, Log: slog.New(slog.DiscardHandler)}))
	}
	r.Deny("LookupEvents")
	looks := func(s *Service, unread int) *uses {
		t.Helper()
		u, failed, err := s.lookedUp(t.Context(), o)
		if err != nil || len(failed) != unread {
			t.Fatalf("%v %v", failed, err)
		}
		return u
	}
	if u := looks(replicas[0], 1); !strings.Contains(strings.Join(u.words, "\n"), "could not be read") {
		t.Error(u.words)
	}
	asked := r.Faults().Count("FilterLogEvents")
	r.Allow("LookupEvents")
	first, second := looks(replicas[0], 0), looks(replicas[1], 0)
	if again := r.Faults().Count("FilterLogEvents"); again != asked || !slices.Equal(first.words, second.words) {
		t.Errorf("%d calls, then %d; %v, %v", asked, again, first.words, second.words)
	}
	if got := second.of(holds(account, "ada@example.com"), time.Time{}); got == "unknown" {
		t.Error("what was stored is not known")
	}
	update(func(tx *store.Tx) (err error) {
		o.State = access.OccurrenceClosed
		_, err = tx.SaveOccurrence(o)
		return err
	})
	if stored, err := st.UseReadings(t.Context(), o.ID); err != nil || len(stored) > 0 {
		t.Errorf("names that nobody needs are kept: %v %v", stored, err)
	}
}

func TestManyAreChosenByThatNobodyHasUsedThem(t *testing.T) {
	t.Parallel()
	items := []access.CampaignItem{{ID: "1", Facts: []byte(`{"last_use":"unknown"}`)}, {ID: "2", Facts: []byte(`{"last_use":"none since 2026-08-31"}`)}, {ID: "3", Facts: []byte(`{"last_use":"2026-11-20T10:00:00Z"}`)}}
	if some, n := Chosen(items, ChooseUnused); n != 1 || some[0].ID != "2" {
		t.Errorf("%+v", some)
	}
	if !slices.Contains(Choices(items), Choice{Value: ChooseUnused, Items: 1}) {
		t.Errorf("%+v", Choices(items))
	}
}
