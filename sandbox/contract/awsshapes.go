package contract

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// awsShape is one type of a model.
type awsShape struct {
	Type       string
	Required   []string
	Members    map[string]awsRef
	Member     awsRef // of a list
	Key, Value awsRef // of a map
	Enum       []string
	Pattern    string
	Min, Max   *float64
	Union      bool
	Fault      bool
	Error      struct {
		Code           string
		HTTPStatusCode int
	}

	pattern *regexp.Regexp
	// unusable says why there is none.
	unusable error
}

type awsRef struct {
	Shape        string
	LocationName string
	Location     string
}

// Java's patterns write characters as \u0009. Go has no look-ahead: these two are all
// that the models use, and what remains without them is checked.
var (
	javaCharacter = regexp.MustCompile(`\\u([0-9a-fA-F]{4})`)
	lookAheads    = strings.NewReplacer(`(?=\d|T\d)`, "", `(?!(?i)(arn|aws):)`, "")
)

// compile makes the pattern ready. One that Go cannot express is an error only of the
// answer that has such a member: SSM has some, in operations that nobody calls here.
func (s *awsShape) compile() {
	if s.Pattern == "" {
		return
	}
	text := javaCharacter.ReplaceAllString(lookAheads.Replace(s.Pattern), `\x{$1}`)
	s.pattern, s.unusable = regexp.Compile(`\A(?:` + text + `)\z`)
}

// validate holds a decoded value to a shape; path says where it is. Every fault found
// is in the error.
func (a *AWSAPI) validate(path, name string, value any) error {
	shape := a.shapes[name]
	if shape == nil {
		return fmt.Errorf("%s: the model has no %s", path, name)
	}
	switch shape.Type {
	case "structure":
		return a.validateStructure(path, shape, value)
	case "list":
		return a.validateList(path, shape, value)
	case "map":
		return a.validateMap(path, shape, value)
	}
	if err := shape.validateScalar(value); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func (a *AWSAPI) validateStructure(path string, shape *awsShape, value any) error {
	members, ok := value.(map[string]any)
	if !ok {
		return fmt.Errorf("%s: %T is not a structure", path, value)
	}
	var why []error
	for _, name := range shape.Required {
		if _, ok := members[name]; !ok {
			why = append(why, fmt.Errorf("%s: no %s", path, name))
		}
	}
	if shape.Union && len(members) != 1 {
		why = append(why, fmt.Errorf("%s: a union with %d members", path, len(members)))
	}
	wire := map[string]awsRef{}
	for name, ref := range shape.Members {
		if ref.LocationName != "" {
			name = ref.LocationName
		}
		wire[name] = ref
	}
	for name, v := range members {
		ref, ok := wire[name]
		if !ok || ref.Location != "" {
			why = append(why, fmt.Errorf("%s: no member is called %s", path, name))
			continue
		}
		why = append(why, a.validate(path+"."+name, ref.Shape, v))
	}
	return errors.Join(why...)
}

func (a *AWSAPI) validateList(path string, shape *awsShape, value any) error {
	items, ok := value.([]any)
	if !ok {
		return fmt.Errorf("%s: %T is not a list", path, value)
	}
	why := []error{shape.within(path, "items", float64(len(items)))}
	for i, v := range items {
		why = append(why, a.validate(path+"["+strconv.Itoa(i)+"]", shape.Member.Shape, v))
	}
	return errors.Join(why...)
}

func (a *AWSAPI) validateMap(path string, shape *awsShape, value any) error {
	entries, ok := value.(map[string]any)
	if !ok {
		return fmt.Errorf("%s: %T is not a map", path, value)
	}
	why := []error{shape.within(path, "entries", float64(len(entries)))}
	for k, v := range entries {
		why = append(why, a.validate(path+" key", shape.Key.Shape, k), a.validate(path+"["+k+"]", shape.Value.Shape, v))
	}
	return errors.Join(why...)
}

func (s *awsShape) within(path, what string, n float64) error {
	if s.Min != nil && n < *s.Min || s.Max != nil && n > *s.Max {
		return fmt.Errorf("%s: %v %s", path, n, what)
	}
	return nil
}

func (s *awsShape) validateScalar(value any) error {
	switch s.Type {
	case "string":
		return s.validateString(value)
	case "boolean":
		if _, ok := value.(bool); !ok {
			return fmt.Errorf("%v is not a boolean", value)
		}
		return nil
	case "timestamp":
		return validateTimestamp(value)
	case "blob":
		text, _ := value.(string)
		if data, err := base64.StdEncoding.DecodeString(text); err != nil || len(data) == 0 {
			return fmt.Errorf("%v is not base64 of bytes", value)
		}
		return nil
	case "integer", "long":
		n, ok := value.(json.Number)
		if !ok {
			return fmt.Errorf("%v is not a number", value)
		}
		i, err := n.Int64()
		if err != nil {
			return fmt.Errorf("%v is not whole: %w", value, err)
		}
		return s.within(n.String(), "is out of bounds", float64(i))
	case "double", "float":
		n, ok := value.(json.Number)
		if !ok {
			return fmt.Errorf("%v is not a number", value)
		}
		_, err := n.Float64()
		return err
	}
	return fmt.Errorf("the check knows no %s", s.Type)
}

func (s *awsShape) validateString(value any) error {
	text, ok := value.(string)
	if !ok {
		return fmt.Errorf("%v is not a string", value)
	}
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, text) {
		return fmt.Errorf("%q is none of %v", text, s.Enum)
	}
	if err := s.within(strconv.Quote(text), "characters", float64(utf8.RuneCountInString(text))); err != nil {
		return err
	}
	if s.unusable != nil {
		return fmt.Errorf("%w: a pattern: %w", ErrAWSModel, s.unusable)
	}
	if s.pattern != nil && !s.pattern.MatchString(text) {
		return fmt.Errorf("%q does not match %s", text, s.Pattern)
	}
	return nil
}

// validateTimestamp takes seconds since 1970 in JSON and ISO 8601 in XML.
func validateTimestamp(value any) error {
	switch v := value.(type) {
	case json.Number:
		if n, err := v.Float64(); err != nil || n <= 0 || n > 1e11 {
			return fmt.Errorf("%v is no time in seconds", v)
		}
		return nil
	case xmlTime:
		_, err := time.Parse(time.RFC3339, string(v))
		return err
	}
	return fmt.Errorf("%v is not a timestamp", value)
}
