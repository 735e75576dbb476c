package contract

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// xmlTime is the text of a timestamp in XML.
type xmlTime string

type xmlNode struct {
	XMLName  xml.Name
	Text     string    `xml:",chardata"`
	Children []xmlNode `xml:",any"`
}

func (n xmlNode) child(name string) (xmlNode, bool) {
	i := slices.IndexFunc(n.Children, func(c xmlNode) bool { return c.XMLName.Local == name })
	if i < 0 {
		return xmlNode{}, false
	}
	return n.Children[i], true
}

func (a *AWSAPI) parseXML(body []byte, root string) (xmlNode, error) {
	var n xmlNode
	if err := xml.Unmarshal(body, &n); err != nil {
		return n, fmt.Errorf("not XML: %w", err)
	}
	if n.XMLName.Local != root || n.XMLName.Space != a.namespace {
		return n, fmt.Errorf("the root is %v, not %s of %s", n.XMLName, root, a.namespace)
	}
	return n, nil
}

// decodeXML reads <OpResponse><OpResult>…</OpResult><ResponseMetadata/></OpResponse>.
func (a *AWSAPI) decodeXML(o awsOperation, body []byte) (map[string]any, error) {
	root, err := a.parseXML(body, o.Name+"Response")
	if err != nil {
		return nil, err
	}
	meta, _ := root.child("ResponseMetadata")
	if id, ok := meta.child("RequestId"); !ok || id.Text == "" {
		return nil, errors.New("no ResponseMetadata with a RequestId")
	}
	if o.Output == nil {
		return nil, nil
	}
	result, ok := root.child(o.Output.ResultWrapper)
	if !ok || len(root.Children) != 2 {
		return nil, fmt.Errorf("no %s, or more than it", o.Output.ResultWrapper)
	}
	value, err := a.fromXML(o.Output.Shape, result)
	if err != nil {
		return nil, err
	}
	return value.(map[string]any), nil
}

// fromXML turns an element into what JSON would have carried.
func (a *AWSAPI) fromXML(name string, n xmlNode) (any, error) {
	shape := a.shapes[name]
	if shape == nil {
		return nil, fmt.Errorf("the model has no %s", name)
	}
	switch shape.Type {
	case "structure":
		return a.structureFromXML(shape, n)
	case "list":
		out := []any{}
		for _, c := range n.Children {
			v, err := a.fromXML(shape.Member.Shape, c)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		return out, nil
	case "integer", "long", "double", "float":
		return json.Number(strings.TrimSpace(n.Text)), nil
	case "timestamp":
		return xmlTime(n.Text), nil
	case "boolean":
		return n.Text == "true", nil
	}
	return n.Text, nil
}

func (a *AWSAPI) structureFromXML(shape *awsShape, n xmlNode) (any, error) {
	out := map[string]any{}
	for _, c := range n.Children {
		name := c.XMLName.Local
		ref, ok := shape.Members[name]
		if !ok {
			return nil, fmt.Errorf("%s: no member is called %s", n.XMLName.Local, name)
		}
		if _, twice := out[name]; twice {
			return nil, fmt.Errorf("%s: %s twice", n.XMLName.Local, name)
		}
		v, err := a.fromXML(ref.Shape, c)
		if err != nil {
			return nil, err
		}
		out[name] = v
	}
	return out, nil
}

// checkXMLError: <ErrorResponse><Error><Type/><Code/><Message/></Error><RequestId/>.
func (a *AWSAPI) checkXMLError(o awsOperation, status int, body []byte) error {
	root, err := a.parseXML(body, "ErrorResponse")
	if err != nil {
		return err
	}
	if id, ok := root.child("RequestId"); !ok || id.Text == "" {
		return errors.New("no RequestId")
	}
	e, _ := root.child("Error")
	text := func(name string) string { c, _ := e.child(name); return c.Text }
	if text("Message") == "" {
		return errors.New("an error without a Message")
	}
	want := "Sender"
	if status >= http.StatusInternalServerError {
		want = "Receiver"
	}
	if text("Type") != want {
		return fmt.Errorf("the Type of a %d is %q", status, text("Type"))
	}
	for _, listed := range o.Errors {
		shape := a.shapes[listed.Shape]
		if shape.Error.Code == text("Code") {
			if shape.status() != status {
				return fmt.Errorf("%s with status %d", text("Code"), status)
			}
			return nil
		}
	}
	if !slices.Contains(awsCommonErrors, text("Code")) {
		return fmt.Errorf("%s does not answer %q", o.Name, text("Code"))
	}
	return nil
}
