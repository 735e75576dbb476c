package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"airpass/store"
)

// tokenPrefix begins a signature as it is written in a report.
const tokenPrefix = "airpass-report-1."

// tokenOf writes a signature with characters that mean nothing in any of the formats.
func tokenOf(g store.Signature) (string, error) {
	text, err := json.Marshal(g)
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(text), err
}

func parseToken(token string) (g store.Signature, ok bool) {
	text, is := strings.CutPrefix(token, tokenPrefix)
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return g, is && err == nil && json.Unmarshal(raw, &g) == nil
}

// lastLine is what is around the signature in the last line of a report.
type lastLine struct{ before, after string }

func lastLines() map[Format]lastLine {
	return map[Format]lastLine{
		HTML: {`<p class="token">`, "</p></body></html>\n"},
		CSV:  {"signature,", strings.Repeat(",", len(columns())-2) + "\n"},
		JSON: {`"signature": "`, "\"}\n"},
	}
}

// maxLastLine is longer than any last line.
const maxLastLine = 8 << 10

// Check says in words what is wrong with a report; empty is nothing. Whether the trail is
// still the one that it was compared with, up to the head of the signature, is for
// VerifyAudit to say. The error is of reading only.
func Check(st *store.Store, in io.ReadSeeker) (g store.Signature, why string, err error) {
	size, err := in.Seek(0, io.SeekEnd)
	if err != nil {
		return g, "", err
	}
	tail := make([]byte, min(size, maxLastLine))
	if _, err = in.Seek(size-int64(len(tail)), io.SeekStart); err == nil {
		_, err = io.ReadFull(in, tail)
	}
	if err != nil {
		return g, "", err
	}
	begin := bytes.LastIndexByte(bytes.TrimSuffix(tail, []byte("\n")), '\n') + 1
	f, g, ok := signatureIn(string(tail[begin:]))
	if begin == 0 || !ok {
		return g, "it does not end with a signature of airpass", nil
	}
	if err := rewind(in); err != nil {
		return g, "", err
	}
	digest := sha256.New()
	if _, err := io.CopyN(digest, in, size-int64(len(tail)-begin)); err != nil {
		return g, "", fmt.Errorf("read the report: %w", errors.Join(err))
	}
	return g, st.CheckSignature(purpose(f), [32]byte(digest.Sum(nil)), g), nil
}

func signatureIn(line string) (Format, store.Signature, bool) {
	for f, around := range lastLines() {
		after := around.after
		if f == CSV { // tables of earlier versions have fewer columns
			after = "\n"
		}
		token, is := strings.CutPrefix(line, around.before)
		if token, ends := strings.CutSuffix(token, after); is && ends {
			if f == CSV {
				token = strings.TrimRight(token, ",")
			}
			g, ok := parseToken(token)
			return f, g, ok
		}
	}
	return "", store.Signature{}, false
}
