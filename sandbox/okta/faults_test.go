package okta

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"

	"airpass/sandbox/control"
)

func TestNamedFaultsAnswerAsOktaDoes(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	for answer, want := range map[string]struct {
		status int
		code   string
	}{
		"unavailable":   {http.StatusServiceUnavailable, "E0000010"},
		"internal":      {http.StatusInternalServerError, "E0000009"},
		"denied":        {http.StatusForbidden, "E0000006"},
		"invalid_token": {http.StatusUnauthorized, "E0000011"},
		"not_found":     {http.StatusNotFound, "E0000007"},
	} {
		o.Faults().Add(control.Fault{Op: "AddUserToGroup", Times: 1, Answer: answer})
		resp, err := o.sdk.Group.AddUserToGroup(o.ctx(), o.unrelated, o.id(anna))
		wantCode(t, err, want.code)
		if resp.StatusCode != want.status || o.IsMember(o.unrelated, anna) {
			t.Errorf("%s: %s", answer, resp.Status)
		}
	}
	o.Faults().Add(control.Fault{Op: "GetUser", Times: 1, Answer: "unavailable_html"})
	_, resp, err := o.sdk.User.GetUser(o.ctx(), o.id(anna))
	if err == nil || resp.StatusCode != http.StatusServiceUnavailable || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		t.Errorf("%v", err)
	}
}

func TestAThrottledCallTellsTheSDKWhenToComeBack(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	id := o.id(anna)
	patient := o.client(sdk.WithToken("00sandboxtoken"), sdk.WithRateLimitMaxRetries(1), sdk.WithRateLimitMaxBackOff(1))
	o.Faults().Add(control.Fault{Op: "GetUser", Times: 1, Answer: "throttled", RetryAfter: control.Duration(time.Second)})
	_, _, err := patient.User.GetUser(o.ctx(), id)
	must(t, err)
	if n := o.Faults().Count("GetUser"); n != 2 {
		t.Errorf("%d calls", n)
	}
	// Without the headers the SDK gives up at once, with an error that is not Okta's.
	o.Faults().Add(control.Fault{Op: "GetUser", Times: 1, Answer: "throttled_bare"})
	_, resp, err := patient.User.GetUser(o.ctx(), id)
	var api *sdk.Error
	if err == nil || resp != nil || errors.As(err, &api) {
		t.Errorf("%v", err)
	}
	if n := o.Faults().Count("GetUser"); n != 3 {
		t.Errorf("%d calls", n)
	}
}

func TestAListComesBackEmptyByMistake(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	o.Faults().Add(control.Fault{Op: "ListUsers", Times: 1, Answer: "empty"})
	search := query.NewQueryParams(query.WithSearch(`profile.email eq "anna@example.com"`))
	for _, want := range []int{0, 1} {
		users, resp, err := o.sdk.User.ListUsers(o.ctx(), search)
		must(t, err)
		if len(users) != want || resp.StatusCode != http.StatusOK || resp.HasNextPage() {
			t.Errorf("%d people, want %d", len(users), want)
		}
	}
	o.Faults().Add(control.Fault{Op: "GetUser", Times: 1, Answer: "empty"})
	plain := http.Client{}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.server.URL+"/api/v1/users/"+o.id(anna), nil)
	must(t, err)
	resp, err := plain.Do(r)
	must(t, err)
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusNotImplemented {
		t.Errorf("an empty list for one person: %s", resp.Status)
	}
}

func TestALostReplyWasCarriedOut(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	// When the connection ends without a reply the SDK sends the request again, at
	// once and for ever, whatever its number of retries: five losses, then it gets
	// through.
	o.Faults().Add(control.Fault{Op: "AddUserToGroup", Times: 5, LoseReply: true})
	_, err := o.sdk.Group.AddUserToGroup(o.ctx(), o.unrelated, o.id(anna))
	must(t, err)
	if n := o.Faults().Count("AddUserToGroup"); n != 6 {
		t.Errorf("%d calls", n)
	}
	o.Faults().Add(control.Fault{Op: "RemoveUserFromGroup", Times: 1, LoseReply: true})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, o.server.URL+"/api/v1/groups/"+o.unrelated+"/users/"+o.id(anna), nil)
	must(t, err)
	r.Header.Set("Authorization", "SSWS 00sandboxtoken")
	if resp, err := http.DefaultTransport.RoundTrip(r); !errors.Is(err, io.EOF) {
		t.Errorf("%v %v", resp, err)
	}
	if o.IsMember(o.unrelated, anna) {
		t.Error("not carried out")
	}
}

func TestACallIsCarriedOutAfterTheCallerHasGone(t *testing.T) {
	t.Parallel()
	o := newOrg(t, nil)
	o.Faults().Add(control.Fault{Op: "AddUserToGroup", Times: 1, LoseRequest: true, CarryOutAfter: control.Duration(time.Hour)})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, o.server.URL+"/api/v1/groups/"+o.unrelated+"/users/"+o.id(anna), nil)
	must(t, err)
	r.Header.Set("Authorization", "SSWS 00sandboxtoken")
	if _, err := http.DefaultTransport.RoundTrip(r); err == nil {
		t.Fatal("answered")
	}
	if o.IsMember(o.unrelated, anna) {
		t.Fatal("carried out at once")
	}
	o.advance(time.Hour)
	if !o.IsMember(o.unrelated, anna) {
		t.Error("not carried out when the clock came to it")
	}
}
