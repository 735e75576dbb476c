package store

import (
	"encoding/hex"
	"testing"
	"time"

	"airpass/access"
)

// Format 1 is frozen: trails that were sealed with it have to verify for ever. If this
// fails, the change needs a format 2 beside it.
func TestAuditFormat1IsFrozen(t *testing.T) {
	t.Parallel()
	salt := []byte("0123456789abcdef")
	s := sealed{
		Format: 1, Seq: 42, At: "2026-11-24T12:00:00.001Z", Kind: "grant.active", Actor: sealedActor{access.BySystem, "reconciler"},
		Request: "r1", Grant: "g1", Ref: "okta_membership|00u1|00g1", Facts: map[string]string{"b": `<"é\n` + "\n\u2028", "a": ""},
		Personal: map[string]string{"reason": digest(salt, "reason", "the nightly run is red")}, Key: "k1",
	}
	const body = `{"format":1,"seq":42,"at":"2026-11-24T12:00:00.001Z","kind":"grant.active","actor":{"kind":"system","id":"reconciler"},` +
		`"request":"r1","grant":"g1","ref":"okta_membership|00u1|00g1","facts":{"a":"","b":"<\"é\\n\n\u2028"},` +
		`"personal":{"reason":"c6be0f99ed24e7b9cd785c183abf5206a924d50a6744e1a098510f6bc5565c28"},"key":"k1"}`
	if got := s.body(); got != body {
		t.Errorf("body\n got %s\nwant %s", got, body)
	}
	prev := link([]byte("key"), [32]byte{}, "")
	got := link([]byte("key"), prev, s.body())
	const hash = "5fd367c01dcc32e7c533758f5b7c1856553f4c6e8f6eb192877c31331ceaab2e"
	if hex.EncodeToString(got[:]) != hash {
		t.Errorf("hash %x", got)
	}
	head := Head{Seq: 42, Hash: hash, KeyID: "k1", At: time.Date(2026, 11, 24, 12, 0, 0, 1e6, time.UTC)}
	const mac = "3b8b7a383b7d689bd630e0c8d9a6a235b3b4a06352f175c7f6c539c7c19112d5"
	if got := head.sign([]byte("key")); got != mac {
		t.Errorf("mac of the head %s", got)
	}
}
