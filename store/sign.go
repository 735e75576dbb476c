package store

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Signature proves that airpass wrote something, and where the audit trail stood then:
// its head is an anchor by which the trail can be verified.
type Signature struct {
	First int64  `json:"first"` // the event with which what is written about began
	Head  Head   `json:"head"`
	MAC   string `json:"mac"` // hexadecimal
}

// sign computes the MAC of a signature over what has a digest, for a purpose: what was
// signed for one is not taken for another.
func (g Signature) sign(key []byte, purpose string, digest [32]byte) string {
	mac := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(mac, "airpass %s 1\n%s\n%d\n%d\n%s\n%s\n%s\n%s\n", purpose, hex.EncodeToString(digest[:]), g.First,
		g.Head.Seq, g.Head.Hash, g.Head.KeyID, g.Head.At.UTC().Format(timeLayout), g.Head.MAC)
	return hex.EncodeToString(mac.Sum(nil))
}

// Sign signs what has a digest and tells of the trail from the event first up to a head
// that Head has returned.
func (s *Store) Sign(purpose string, digest [32]byte, first int64, head Head) (Signature, error) {
	g := Signature{First: first, Head: head}
	key, known := s.o.Key.find(head.KeyID)
	if !known {
		return g, fmt.Errorf("the key %q of the head is not known", head.KeyID)
	}
	g.MAC = g.sign(key, purpose, digest)
	return g, nil
}

// CheckSignature says in words what is wrong with a signature over what has a digest; empty
// is nothing.
func (s *Store) CheckSignature(purpose string, digest [32]byte, g Signature) string {
	if why := s.checkAnchor(g.Head); why != "" {
		return why
	}
	key, _ := s.o.Key.find(g.Head.KeyID)
	if !hmac.Equal([]byte(g.sign(key, purpose, digest)), []byte(g.MAC)) {
		return "it is not what airpass has signed: it was edited"
	}
	return ""
}
