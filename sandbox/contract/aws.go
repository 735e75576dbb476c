package contract

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	// The package has no code. It keeps the module that carries the models in go.mod.
	_ "github.com/aws/aws-sdk-go"
)

// awsModule is the SDK's first version, the last that publishes AWS's service models in
// this form.
const (
	awsModule = "github.com/aws/aws-sdk-go"
	awsModels = "models/apis"
)

// ErrAWSModel says that the published models are not where, or not what, they were
// when this check was written.
var ErrAWSModel = errors.New("AWS's published models cannot be used")

// AWSAPI is one AWS service's API as its published model describes it. It is safe for
// concurrent use.
type AWSAPI struct {
	name       string
	protocol   string // json, rest-json or query
	target     string
	version    string
	namespace  string
	operations map[string]awsOperation
	shapes     map[string]*awsShape
}

type awsModel struct {
	Metadata struct {
		Protocol, TargetPrefix, APIVersion string
		XMLNamespace                       string `json:"xmlNamespace"`
	}
	Operations map[string]awsOperation
	Shapes     map[string]*awsShape
}

type awsOperation struct {
	Name string
	HTTP struct {
		Method, RequestURI string
	} `json:"http"`
	Input *struct {
		Shape string
	}
	Output *struct {
		Shape, ResultWrapper string
	}
	Errors []struct{ Shape string }
}

// awsFolder asks the go command once for each test binary.
var awsFolder = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("go", "list", "-f", "{{.Dir}}", awsModule).Output()
	if err != nil {
		return "", fmt.Errorf("%w: where is %s: %w", ErrAWSModel, awsModule, err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), filepath.FromSlash(awsModels)), nil
})

// AWS returns the API of a service ("sso-admin", "identitystore", "sts", "mwaa") for a
// test, which ends when there is none.
func AWS(t testing.TB, service string) *AWSAPI {
	t.Helper()
	api, err := LoadAWS(service)
	if err != nil {
		t.Fatal(err)
	}
	return api
}

// LoadAWS reads the newest model of a service inside the aws-sdk-go module of the
// version in go.mod. It returns ErrAWSModel when it is missing or cannot be used.
func LoadAWS(service string) (*AWSAPI, error) {
	dir, err := awsFolder()
	if err != nil {
		return nil, err
	}
	versions, err := filepath.Glob(filepath.Join(dir, service, "*", "api-2.json"))
	if err != nil || len(versions) == 0 {
		return nil, fmt.Errorf("%w: there is none of %s", ErrAWSModel, service)
	}
	raw, err := os.ReadFile(slices.Max(versions))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAWSModel, err)
	}
	var m awsModel
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrAWSModel, service, err)
	}
	api := &AWSAPI{
		name: service, protocol: m.Metadata.Protocol, target: m.Metadata.TargetPrefix, version: m.Metadata.APIVersion,
		namespace: m.Metadata.XMLNamespace, operations: m.Operations, shapes: m.Shapes,
	}
	if !slices.Contains([]string{"json", "rest-json", "query"}, api.protocol) {
		return nil, fmt.Errorf("%w: %s speaks %q", ErrAWSModel, service, api.protocol)
	}
	if err := api.addNewer(); err != nil {
		return nil, err
	}
	for _, shape := range api.shapes {
		shape.compile()
	}
	return api, nil
}

// Op names the operation of a request, whose body has been read already; it is empty
// for a request that is none of this API's.
func (a *AWSAPI) Op(r *http.Request, body []byte) string {
	switch a.protocol {
	case "json":
		// The second SDK leaves out what CloudTrail's prefix begins with.
		short := a.target[strings.LastIndexByte(a.target, '.')+1:]
		op, ok := strings.CutPrefix(strings.TrimPrefix(r.Header.Get("X-Amz-Target"), strings.TrimSuffix(a.target, short)), short+".")
		if _, known := a.operations[op]; ok && known {
			return op
		}
	case "query":
		form, err := url.ParseQuery(string(body))
		if err != nil || form.Get("Version") != a.version {
			return ""
		}
		if _, known := a.operations[form.Get("Action")]; known {
			return form.Get("Action")
		}
	case "rest-json":
		have := strings.Split(r.URL.EscapedPath(), "/")
		for name, op := range a.operations {
			want := strings.Split(op.HTTP.RequestURI, "/")
			if op.HTTP.Method == r.Method && slices.EqualFunc(want, have, matchesSegment) {
				return name
			}
		}
	}
	return ""
}

func matchesSegment(want, have string) bool {
	return want == have || strings.HasPrefix(want, "{") && have != ""
}

// Check holds a response's status and body to the model: the output's shape, or that
// of an error that the operation lists or every operation may answer. In rest-json the
// code of an error is in a header, so that the body may be that of any error with this
// status; CheckResponse knows better.
func (a *AWSAPI) Check(op string, status int, body []byte) error {
	return a.CheckResponse(op, status, nil, body)
}

// CheckResponse is Check with the response's header, which may be nil.
func (a *AWSAPI) CheckResponse(op string, status int, header http.Header, body []byte) error {
	o, ok := a.operations[op]
	if !ok {
		return fmt.Errorf("%s has no operation %q", a.name, op)
	}
	switch {
	case status >= 400:
		return a.checkError(o, status, header, body)
	case status != http.StatusOK:
		return fmt.Errorf("status %d of what succeeded", status)
	}
	value, err := a.decode(o, body)
	if err != nil {
		return err
	}
	if o.Output == nil {
		if len(value) > 0 {
			return fmt.Errorf("%s has no output", op)
		}
		return nil
	}
	return a.validate(o.Output.Shape, o.Output.Shape, value)
}

// decode reads a successful body as the members of its output.
func (a *AWSAPI) decode(o awsOperation, body []byte) (map[string]any, error) {
	if a.protocol == "query" {
		return a.decodeXML(o, body)
	}
	if len(body) == 0 && o.Output == nil {
		return nil, nil
	}
	return decodeObject(body)
}

func decodeObject(body []byte) (map[string]any, error) {
	var value map[string]any
	dec := json.NewDecoder(strings.NewReader(string(body)))
	dec.UseNumber()
	if err := dec.Decode(&value); err != nil {
		return nil, fmt.Errorf("not a JSON object: %w", err)
	}
	if dec.More() {
		return nil, errors.New("more after the JSON object")
	}
	return value, nil
}
