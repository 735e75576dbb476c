package socket

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/slack-go/slack/socketmode"
)

var errNoEnvelope = errors.New("no envelope id: nothing to acknowledge")

// envelope reads a Socket Mode message without looking into its payload.
func envelope(message []byte) (*socketmode.Request, error) {
	var request socketmode.Request
	if err := json.Unmarshal(message, &request); err != nil {
		return nil, fmt.Errorf("decoding the envelope: %w", err)
	}
	if request.EnvelopeID == "" {
		return nil, errNoEnvelope
	}
	return &request, nil
}
