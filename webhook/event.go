package webhook

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/cloudevents/sdk-go/v2/event"

	"airpass/store"
)

// ContentType of what is posted: a CloudEvent in JSON, whole in the body, so that the
// signature is over all of it.
const ContentType = event.ApplicationCloudEventsJSON

// TypePrefix is before the kind of the event in a CloudEvent's type.
const TypePrefix = "airpass."

// Encode writes an event of the trail as a CloudEvent. Its data is the line of an export;
// personal says whether with names, addresses and words. What has the same key has an order;
// an event without one has its place among all only.
func Encode(l store.AuditLine, source, key string, personal bool) ([]byte, error) {
	data, err := l.JSON(personal)
	if err != nil {
		return nil, err
	}
	e := event.New()
	e.SetID(strconv.FormatInt(l.Seq, 10))
	e.SetSource(source)
	e.SetType(TypePrefix + string(l.Kind))
	e.SetTime(l.At)
	e.SetExtension("sequence", fmt.Sprintf("%020d", l.Seq)) // orders as text does
	switch {
	case l.Request != "":
		e.SetSubject("request/" + l.Request)
	case l.Grant != "":
		e.SetSubject("grant/" + l.Grant)
	}
	if key != "" {
		e.SetExtension("partitionkey", key)
	}
	if err := e.SetData(event.ApplicationJSON, json.RawMessage(data)); err != nil {
		return nil, fmt.Errorf("event %d: %w", l.Seq, err)
	}
	if err := e.Validate(); err != nil {
		return nil, fmt.Errorf("event %d: %w", l.Seq, err)
	}
	return e.MarshalJSON()
}
