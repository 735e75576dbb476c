package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// Head is the end of the audit trail at a moment, signed. Kept outside of the
// database it is the anchor by which a trail that was cut off is found out.
type Head struct {
	Seq   int64     `json:"seq"`
	Hash  string    `json:"hash"` // hexadecimal, of the event with this number
	KeyID string    `json:"key_id"`
	MAC   string    `json:"mac"` // hexadecimal
	At    time.Time `json:"at"`  // domain time, UTC, milliseconds
}

// sign computes the MAC of a head with a key.
func (h Head) sign(key []byte) string {
	mac := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(mac, "airpass audit head 1\n%d\n%s\n%s\n%s\n", h.Seq, h.Hash, h.KeyID, moment(h.At).Format(timeLayout))
	return hex.EncodeToString(mac.Sum(nil))
}

// Head is the end of the audit trail now, signed with the current key.
func (s *Store) Head(ctx context.Context) (Head, error) {
	row, err := s.headRow(ctx)
	if err != nil {
		return Head{}, err
	}
	h := Head{Seq: row.Seq, Hash: row.Hash, KeyID: s.o.Key.ID, At: moment(s.o.Now())}
	h.MAC = h.sign(s.o.Key.Key)
	return h, nil
}

// find returns the key with an id, the current one or an old one.
func (k AuditKey) find(id string) ([]byte, bool) {
	if id == k.ID {
		return k.Key, true
	}
	old, known := k.Old[id]
	return old, known
}
