package okta

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

const idLetters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// madeID is the id of the n-th thing of a kind: Okta's three-letter prefix and 17
// letters and digits, the same in every run. Ids tell upper from lower case.
func madeID(prefix string, n int) string {
	sum := sha256.Sum256([]byte(prefix + strconv.Itoa(n)))
	id := []byte(prefix)
	for _, b := range sum[:14] {
		id = append(id, idLetters[int(b)%len(idLetters)])
	}
	return string(id) + "5d7" // the cell, the same for a whole org
}

// randomID returns n letters and digits that cannot be guessed.
func randomID(n int) string {
	raw := make([]byte, n)
	_, _ = rand.Read(raw) // never fails: crypto/rand ends the program instead
	for i, b := range raw {
		raw[i] = idLetters[int(b)%len(idLetters)]
	}
	return string(raw)
}

func uuid() string {
	raw := make([]byte, 16)
	_, _ = rand.Read(raw)
	raw[6], raw[8] = raw[6]&0x0f|0x40, raw[8]&0x3f|0x80
	h := hex.EncodeToString(raw)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
