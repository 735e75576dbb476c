package signed

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"airpass/handlers"
)

// The example of https://docs.slack.dev/authentication/verifying-requests-from-slack.
const (
	exampleSecret = "8f742231b10e8888abcd99yyyzzz85a5"
	exampleStamp  = "1531420618"
	exampleBody   = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
	exampleSigned = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
)

// example is Slack's published example as a request that arrives.
func example() *http.Request {
	in := httptest.NewRequest(http.MethodPost, "/slack", strings.NewReader(exampleBody))
	in.Header.Set("Content-Type", typeForm)
	in.Header.Set("X-Slack-Signature", exampleSigned)
	in.Header.Set("X-Slack-Request-Timestamp", exampleStamp)
	return in
}

// Slack's published example is taken by the clock of then: to the second five minutes
// before and after, and not beyond.
func TestSlacksPublishedExampleInItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &Receiver{o: Options{Secret: func() string { return exampleSecret }, Path: "/slack"}}
		for _, c := range []struct {
			away time.Duration // of the clock from the timestamp
			want error
		}{
			{-5*time.Minute - time.Second, errClock}, {-5 * time.Minute, nil}, {0, nil}, {5 * time.Minute, nil}, {5*time.Minute + time.Second, errClock},
		} {
			time.Sleep(time.Until(time.Unix(1531420618, 0).Add(c.away)))
			q, refused := r.verified(httptest.NewRecorder(), example())
			switch {
			case c.want == nil && (refused != nil || string(q.body) != exampleBody):
				t.Errorf("%s away: %+v", c.away, refused)
			case c.want != nil && (refused == nil || !errors.Is(refused.why, c.want) || refused.status != http.StatusUnauthorized):
				t.Errorf("%s away: %+v", c.away, refused)
			}
			tampered := example()
			tampered.Body = io.NopCloser(strings.NewReader(exampleBody + "x"))
			if _, refused := r.verified(httptest.NewRecorder(), tampered); refused == nil {
				t.Errorf("%s away, tampered: taken", c.away)
			}
		}
	})
}

func TestSlacksPublishedExampleIsACommand(t *testing.T) {
	t.Parallel()
	c, err := request{contentType: typeForm, timestamp: exampleStamp, body: []byte(exampleBody)}.decode()
	if err != nil || c.kind != handlers.KindCommand {
		t.Fatalf("%+v %v", c, err)
	}
	var fields map[string]string
	if err := json.Unmarshal(c.payload, &fields); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"team_id": "T1DC2JH3J", "user_id": "U2CERLKJA", "command": "/webhook-collect", "text": "",
		"channel_id": "G8PSS9T3V", "trigger_id": "398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"} {
		if got, there := fields[name]; got != want || !there {
			t.Errorf("%s is %q", name, got)
		}
	}
}

func TestTheIDIsOfWhatIsSigned(t *testing.T) {
	t.Parallel()
	one := request{contentType: typeForm, timestamp: "1", body: []byte("a=b")}
	same := request{contentType: typeJSON, timestamp: "1", body: []byte("a=b")}
	if one.id() != same.id() {
		t.Error("the type is not signed, and makes another delivery")
	}
	for _, other := range []request{{timestamp: "2", body: []byte("a=b")}, {timestamp: "1", body: []byte("a=c")}} {
		if one.id() == other.id() {
			t.Errorf("%+v is the same delivery", other)
		}
	}
}

// FuzzDecode: whatever is signed, it is read without a panic as one thing or refused,
// and what is handed on is JSON for commands and bounded for all.
func FuzzDecode(f *testing.F) {
	f.Add(false, []byte(exampleBody))
	f.Add(false, []byte("payload=%7B%22type%22%3A%22block_actions%22%7D"))
	f.Add(false, []byte("payload=1&payload=2"))
	f.Add(false, []byte("ssl_check=1"))
	f.Add(true, []byte(`{"type":"url_verification","challenge":"x"}`))
	f.Add(true, []byte(`{"type":"event_callback","event_id":"Ev1","event":{"type":"app_home_opened"}}`))
	f.Add(true, []byte(`[1]`))
	f.Fuzz(func(t *testing.T, isJSON bool, body []byte) {
		q := request{contentType: typeForm, timestamp: "1", body: body}
		if isJSON {
			q.contentType = typeJSON
		}
		c, err := q.decode()
		switch {
		case err != nil && (c.kind != "" || c.payload != nil || c.challenge != ""):
			t.Fatalf("refused, and yet %+v", c)
		case c.kind == handlers.KindCommand:
			var fields map[string]string
			if isJSON || json.Unmarshal(c.payload, &fields) != nil || len(fields) == 0 {
				t.Fatalf("a command of %q", c.payload)
			}
		case c.kind == handlers.KindInteractive && (isJSON || len(c.payload) > len(body)),
			c.kind == handlers.KindEvent && (!isJSON || !json.Valid(c.payload)),
			c.kind == "" && c.payload != nil:
			t.Fatalf("%s of %q", c.kind, c.payload)
		}
		if len(q.id()) != 64 {
			t.Fatal("no id")
		}
	})
}
