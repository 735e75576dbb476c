package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of Standard Webhooks.
const (
	HeaderID        = "Webhook-Id"
	HeaderTimestamp = "Webhook-Timestamp"
	HeaderSignature = "Webhook-Signature"
)

// sign signs what is posted, with when: id, seconds and body, joined by full stops. A
// receiver refuses what is older than a few minutes, and so what somebody has kept and
// sends again.
func sign(h http.Header, secret []byte, id string, at time.Time, body []byte) {
	seconds := strconv.FormatInt(at.Unix(), 10)
	h.Set(HeaderID, id)
	h.Set(HeaderTimestamp, seconds)
	h.Set(HeaderSignature, "v1,"+base64.StdEncoding.EncodeToString(mac(secret, id, seconds, body)))
}

func mac(secret []byte, id, seconds string, body []byte) []byte {
	m := hmac.New(sha256.New, secret)
	m.Write([]byte(id + "." + seconds + "."))
	m.Write(body)
	return m.Sum(nil)
}

// tolerance is how far the clocks of who sends and who receives may differ.
const tolerance = 5 * time.Minute

// Wrong says in what a delivery is not one that was signed with a secret, as a receiver
// has to see to; empty if in nothing.
func Wrong(h http.Header, secret []byte, now time.Time, body []byte) string {
	id, seconds := h.Get(HeaderID), h.Get(HeaderTimestamp)
	at, err := strconv.ParseInt(seconds, 10, 64)
	if id == "" || err != nil {
		return "it has no id or no time"
	}
	if age := now.Sub(time.Unix(at, 0)); age > tolerance || age < -tolerance {
		return "it is too old, or from the future"
	}
	for _, s := range strings.Fields(h.Get(HeaderSignature)) {
		text, v1 := strings.CutPrefix(s, "v1,")
		got, err := base64.StdEncoding.DecodeString(text)
		if v1 && err == nil && hmac.Equal(got, mac(secret, id, seconds, body)) {
			return ""
		}
	}
	return "its signature is not that of the secret"
}
