package store

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"time"
)

// aboveIDs sorts behind every id.
const aboveIDs = "w"

// newID makes a random id that sorts by the time of its making: 48 bits of
// milliseconds and 80 random bits as 26 characters 0-9a-v.
func newID(now time.Time) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(now.UnixMilli())<<16)
	_, _ = rand.Read(b[6:]) // never fails: see crypto/rand
	return base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding).EncodeToString(b[:])
}
