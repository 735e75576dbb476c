package pagerduty

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	sdk "github.com/PagerDuty/go-pagerduty"

	"airpass/sandbox/control"
)

// bench is an account over HTTP with the real SDK.
type bench struct {
	*Server
	*testing.T
	clock *control.Clock
	url   string
	api   *sdk.Client
}

func setup(t *testing.T, o Options) *bench {
	t.Helper()
	o.Clock = new(control.Clock)
	b := &bench{T: t, Server: New(o), clock: o.Clock}
	server := httptest.NewServer(b.Handler())
	t.Cleanup(server.Close)
	b.url = server.URL
	b.api = sdk.NewClient(b.Token(), sdk.WithAPIEndpoint(server.URL))
	b.AddUser(User{Name: "Sam Whitfield", Email: "sam@example.com", Title: "Security lead"})
	b.AddUser(User{Name: "Olivia Brandt", Email: "olivia@example.com"})
	b.AddSchedule(Schedule{ID: "PSECURE", Name: "Security"})
	return b
}

func (b *bench) during(since, until time.Time) ([]sdk.User, error) {
	return b.api.ListOnCallUsersWithContext(b.Context(), "PSECURE", sdk.ListOnCallUsersOptions{Since: since.UTC().Format(time.RFC3339), Until: until.UTC().Format(time.RFC3339)})
}

func (b *bench) wantStatus(err error, status, code int) {
	b.Helper()
	var e sdk.APIError
	if !errors.As(err, &e) || e.StatusCode != status || e.APIError.ErrorObject.Code != code {
		b.Errorf("got %v, want status %d with code %d", err, status, code)
	}
}

func TestThoseAreListedWhoAreOnCallInTheTime(t *testing.T) {
	t.Parallel()
	b := setup(t, Options{})
	now := b.clock.Now().Truncate(time.Second)
	if err := b.SetOnCall("PSECURE", "sam@example.com"); err != nil {
		t.Fatal(err)
	}
	if err := b.AddShift("PSECURE", "olivia@example.com", now.Add(time.Hour), now.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		from, to time.Duration
		want     int
	}{{0, time.Second, 1}, {time.Hour - time.Second, time.Hour, 1}, {time.Hour, time.Hour + time.Second, 2}, {2 * time.Hour, 3 * time.Hour, 1}, {0, 24 * time.Hour, 2}} {
		if users, err := b.during(now.Add(c.from), now.Add(c.to)); err != nil || len(users) != c.want {
			t.Errorf("from %s to %s: %v %v", c.from, c.to, users, err)
		}
	}
	users, err := b.during(now, now.Add(time.Second))
	if err != nil || users[0].Email != "sam@example.com" || users[0].Name != "Sam Whitfield" || users[0].JobTitle != "Security lead" {
		t.Errorf("%+v %v", users, err)
	}
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t, Options{})
	now := b.clock.Now()
	_, err := b.during(now, now)
	b.wantStatus(err, http.StatusBadRequest, 2001)
	b.DeleteSchedule("PSECURE")
	_, err = b.during(now, now.Add(time.Second))
	b.wantStatus(err, http.StatusNotFound, 2100)
	b.api = sdk.NewClient("another", sdk.WithAPIEndpoint(b.url))
	_, err = b.during(now, now.Add(time.Second))
	b.wantStatus(err, http.StatusUnauthorized, 2006)
	if b.SetOnCall("PSECURE") == nil || b.SetOnCall("PSECURE", "nobody@example.com") == nil {
		t.Error("what is not there was put on call")
	}
}

func TestTooManyRequests(t *testing.T) {
	t.Parallel()
	b := setup(t, Options{PerMinute: 2})
	now := b.clock.Now()
	for range 2 {
		if _, err := b.during(now, now.Add(time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	_, err := b.during(now, now.Add(time.Second))
	b.wantStatus(err, http.StatusTooManyRequests, 2020)
}

// TestAnswersHaveTheSDKsFields: what is answered has no field that the SDK does not know,
// and none of another form.
func TestAnswersHaveTheSDKsFields(t *testing.T) {
	t.Parallel()
	b := setup(t, Options{})
	if err := b.SetOnCall("PSECURE", "sam@example.com", "olivia@example.com"); err != nil {
		t.Fatal(err)
	}
	since := b.clock.Now().UTC()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+"/schedules/PSECURE/users?since="+since.Format(time.RFC3339)+"&until="+since.Add(time.Minute).Format(time.RFC3339), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Token token="+b.Token())
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	var into struct {
		Users []sdk.User `json:"users"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&into); err != nil || len(into.Users) != 2 {
		t.Errorf("%v\n%s", err, body)
	}
}
