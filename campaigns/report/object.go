package report

import (
	"encoding/json"
	"fmt"
	"io"
)

// object is a report as one JSON object.
type object struct {
	w     io.Writer
	items int
}

func (o *object) begin(s summary) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err == nil {
		_, err = fmt.Fprintf(o.w, "{\"format\": 1,\n\"report\": %s,\n\"items\": [", text)
	}
	return err
}

func (*object) exception(row) error { return nil } // they are in their items
func (*object) removal(row) error   { return nil }

func (o *object) item(r row) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	separator := ",\n"
	if o.items == 0 {
		separator = "\n"
	}
	o.items++
	_, err = fmt.Fprintf(o.w, "%s%s", separator, text)
	return err
}

func (o *object) end() error {
	_, err := io.WriteString(o.w, "\n],\n")
	return err
}

func (o *object) sign(token string) error {
	around := lastLines()[JSON]
	_, err := io.WriteString(o.w, around.before+token+around.after)
	return err
}
