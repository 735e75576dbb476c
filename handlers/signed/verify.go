package signed

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"

	"github.com/slack-go/slack"
)

// maxBody is the size of the largest body that is read.
const maxBody = 1 << 20

// The content types that Slack posts.
const (
	typeForm = "application/x-www-form-urlencoded"
	typeJSON = "application/json"
)

// refusal is why a request is not taken, and what it is answered.
type refusal struct {
	status int
	why    error
}

var (
	errPath        = errors.New("another path than slack.path")
	errMethod      = errors.New("not POST")
	errContentType = errors.New("neither a form nor JSON")
	errTooLarge    = errors.New("larger than 1 MiB")
	errSignature   = errors.New("not signed with slack.signing_secret")
	errClock       = errors.New("signed more than five minutes away from this machine's clock")
	errSlow        = errors.New("the body did not come in time")
)

// request is what Slack has signed, and the type it comes under.
type request struct {
	contentType string
	timestamp   string
	body        []byte
}

// verified reads a request and makes sure that Slack has sent it, within five minutes
// of this machine's clock either way. What cannot be right is refused before the body
// is read.
func (r *Receiver) verified(w http.ResponseWriter, in *http.Request) (request, *refusal) {
	if refused := r.plausible(in); refused != nil {
		return request{}, refused
	}
	verifier, err := slack.NewSecretsVerifier(in.Header, r.o.Secret())
	switch {
	case errors.Is(err, slack.ErrExpiredTimestamp):
		return request{}, &refusal{http.StatusUnauthorized, errClock}
	case err != nil:
		return request{}, &refusal{http.StatusUnauthorized, errSignature}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, in.Body, maxBody))
	if err != nil {
		return request{}, unread(err)
	}
	_, _ = verifier.Write(body) // a hash takes everything
	if verifier.Ensure() != nil {
		return request{}, &refusal{http.StatusUnauthorized, errSignature}
	}
	return request{contentType: contentType(in), timestamp: in.Header.Get("X-Slack-Request-Timestamp"), body: body}, nil
}

// plausible refuses what Slack does not send, by the head of the request.
func (r *Receiver) plausible(in *http.Request) *refusal {
	switch typ := contentType(in); {
	case in.URL.Path != r.o.Path:
		return &refusal{http.StatusNotFound, errPath}
	case in.Method != http.MethodPost:
		return &refusal{http.StatusMethodNotAllowed, errMethod}
	case typ != typeForm && typ != typeJSON, in.Header.Get("Content-Encoding") != "":
		return &refusal{http.StatusUnsupportedMediaType, errContentType}
	case in.ContentLength > maxBody:
		return &refusal{http.StatusRequestEntityTooLarge, errTooLarge}
	}
	return nil
}

// contentType is the type without parameters; empty if it cannot be read.
func contentType(in *http.Request) string {
	typ, _, err := mime.ParseMediaType(in.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return typ
}

// unread is the refusal of a body that could not be read to its end.
func unread(err error) *refusal {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return &refusal{http.StatusRequestEntityTooLarge, errTooLarge}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &refusal{http.StatusRequestTimeout, errSlow}
	}
	return &refusal{http.StatusBadRequest, fmt.Errorf("reading the body: %w", err)}
}

// id is the delivery's: the same for the same signed request, however often and to
// which replica it is sent. The signature is left out because it says nothing that is
// not in it already, and may be spelt in two cases.
func (q request) id() string {
	sum := sha256.New()
	_, _ = fmt.Fprintf(sum, "v0:%s:", q.timestamp)
	_, _ = sum.Write(q.body)
	return hex.EncodeToString(sum.Sum(nil))
}
