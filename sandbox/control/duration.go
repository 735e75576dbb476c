package control

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Duration is a time.Duration that reads "1.5s" as well as nanoseconds in JSON.
type Duration time.Duration

// UnmarshalJSON reads a Go duration string or a number of nanoseconds.
func (d *Duration) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err == nil {
		parsed, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("duration %q: write it like 1.5s or 10m: %w", text, err)
		}
		*d = Duration(parsed)
		return nil
	}
	var n int64
	if err := json.Unmarshal(b, &n); err != nil {
		return fmt.Errorf("duration %s: write it like \"1.5s\"", b)
	}
	*d = Duration(n)
	return nil
}

// MarshalJSON writes the duration as text.
func (d Duration) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.Duration(d).String())
}

// bufferBody reads a request's body into memory, puts it back, and returns a
// second copy of it.
func bufferBody(r *http.Request) io.ReadCloser {
	if r.Body == nil {
		return http.NoBody
	}
	b, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(b))
	return io.NopCloser(bytes.NewReader(b))
}
