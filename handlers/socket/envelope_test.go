package socket

import "testing"

// FuzzEnvelope: whatever a connection carries, reading its envelope does not panic
// and never yields something that cannot be acknowledged.
func FuzzEnvelope(f *testing.F) {
	for _, s := range []string{`{"envelope_id":"e1","type":"interactive","payload":{"a":1}}`, `{"type":"hello"}`, `[]`, `{"envelope_id":7}`, `{"payload":"x"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		r, err := envelope(message)
		if (err == nil) != (r != nil) || (r != nil && r.EnvelopeID == "") {
			t.Fatalf("%+v %v", r, err)
		}
	})
}
