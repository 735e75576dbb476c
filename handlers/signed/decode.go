package signed

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"airpass/handlers"
)

// errMalformed: signed, and yet not what Slack sends.
var errMalformed = errors.New("malformed")

// content is what a request brings: a delivery, or a question whether anybody is here.
type content struct {
	kind    string // of handlers.Delivery; empty is a question
	payload []byte
	// challenge is what to answer to url_verification; empty is an empty answer.
	challenge string
}

// decode reads what a request brings from its signed body.
func (q request) decode() (content, error) {
	if q.contentType == typeJSON {
		return decodeEvent(q.body)
	}
	return decodeForm(q.body)
}

// decodeEvent reads an event, or the challenge by which Slack tries an address out.
// See https://docs.slack.dev/reference/events/url_verification.
func decodeEvent(body []byte) (content, error) {
	var head struct {
		Type      string `json:"type"`
		Challenge string `json:"challenge"`
	}
	if err := json.Unmarshal(body, &head); err != nil {
		return content{}, fmt.Errorf("%w: JSON: %w", errMalformed, err)
	}
	switch {
	case head.Type == "":
		return content{}, fmt.Errorf("%w: an event without a type", errMalformed)
	case head.Type == "url_verification":
		return content{challenge: head.Challenge}, nil
	}
	return content{kind: handlers.KindEvent, payload: body}, nil
}

// decodeForm reads an interaction, which is JSON in the field payload, or a slash
// command, whose fields become the JSON that Socket Mode sends. Slack also asks now and
// then whether a command's certificate is good (ssl_check).
// See https://docs.slack.dev/interactivity/implementing-slash-commands.
func decodeForm(body []byte) (content, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return content{}, fmt.Errorf("%w: form: %w", errMalformed, err)
	}
	fields := make(map[string]string, len(form))
	for name, values := range form {
		if len(values) != 1 {
			return content{}, fmt.Errorf("%w: a field that is there %d times", errMalformed, len(values))
		}
		fields[name] = values[0]
	}
	payload, interactive := fields["payload"]
	_, command := fields["command"]
	switch {
	case interactive == command:
		if fields["ssl_check"] == "1" && !interactive {
			return content{}, nil
		}
		return content{}, fmt.Errorf("%w: a form that is neither an interaction nor a command", errMalformed)
	case interactive:
		return content{kind: handlers.KindInteractive, payload: []byte(payload)}, nil
	}
	made, err := json.Marshal(fields)
	if err != nil {
		return content{}, fmt.Errorf("%w: %w", errMalformed, err)
	}
	return content{kind: handlers.KindCommand, payload: made}, nil
}
