package contract

import "fmt"

// CheckRequest holds a request's body, as JSON of a json or rest-json API, to the model:
// what must be there, what is known, and each value's form.
func (a *AWSAPI) CheckRequest(op string, body []byte) error {
	o, ok := a.operations[op]
	if !ok {
		return fmt.Errorf("%s has no operation %q", a.name, op)
	}
	value, err := decodeObject(body)
	if err != nil {
		return err
	}
	if o.Input == nil {
		if len(value) > 0 {
			return fmt.Errorf("%s has no input", op)
		}
		return nil
	}
	return a.validate(o.Input.Shape, o.Input.Shape, value)
}
