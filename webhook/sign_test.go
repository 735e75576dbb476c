package webhook_test

import (
	"encoding/base64"
	"net/http"
	"testing"
	"time"

	"airpass/webhook"
)

// The example that Standard Webhooks and its libraries publish is signed as they say, and
// nothing else is.
func TestTheSignatureIsThatOfStandardWebhooks(t *testing.T) {
	t.Parallel()
	key, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	const id, seconds, body, signature = "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", `{"test": 2432232314}`, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	then := time.Unix(1614265330, 0)
	for name, c := range map[string]struct {
		id, seconds, body, signature string
		now                          time.Time
		right                        bool
	}{
		"as published":           {id, seconds, body, signature, then.Add(time.Minute), true},
		"one of two signatures":  {id, seconds, body, "v1,AAAA " + signature, then, true},
		"another body":           {id, seconds, body + " ", signature, then, false},
		"another id":             {id + "x", seconds, body, signature, then, false},
		"another time":           {id, "1614265331", body, signature, then, false},
		"sent again much later":  {id, seconds, body, signature, then.Add(10 * time.Minute), false},
		"from the future":        {id, seconds, body, signature, then.Add(-10 * time.Minute), false},
		"no signature":           {id, seconds, body, "", then, false},
		"of a scheme not agreed": {id, seconds, body, "v2" + signature[2:], then, false},
		"no time":                {id, "", body, signature, then, false},
	} {
		h := http.Header{}
		h.Set(webhook.HeaderID, c.id)
		h.Set(webhook.HeaderTimestamp, c.seconds)
		h.Set(webhook.HeaderSignature, c.signature)
		if wrong := webhook.Wrong(h, key, c.now, []byte(c.body)); (wrong == "") != c.right {
			t.Errorf("%s: %q", name, wrong)
		}
	}
}
