// Package contract holds what the sandbox's vendors answer to what the real vendors
// publish about their answers. It knows the published documents and nothing of how
// the sandbox works; only tests import it.
package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// oktaModule is the SDK's module, which carries the document that its code is
// generated from.
const (
	oktaModule   = "github.com/okta/okta-sdk-golang/v2"
	oktaDocument = ".generator/okta-management-APIs-oasv3-enum-inheritance.yaml"
)

// The document names an example that it does not define; nothing loads until it
// points to one that exists. Examples play no part in the checks.
const (
	oktaBrokenExample = "'#/components/examples/EmailDomainResponse'"
	oktaOtherExample  = "'#/components/examples/VerifiedEmailDomainResponse'"
)

// ErrOktaDocument says that the published document is not where, or not what, it was
// when this check was written.
var ErrOktaDocument = errors.New("Okta's published document cannot be used")

// Okta is Okta's Management API as its OpenAPI document describes it.
type Okta struct {
	doc    *openapi3.T
	routes []oktaRoute
}

type oktaRoute struct {
	method   string
	segments []string
	route    *routers.Route
}

// LoadOkta reads the OpenAPI document inside the okta-sdk-golang module of the
// version in go.mod. It takes a tenth of a second: load it once for each test
// binary. It returns ErrOktaDocument when the module or the document is missing.
func LoadOkta() (*Okta, error) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", oktaModule).Output()
	if err != nil {
		return nil, fmt.Errorf("%w: where is %s: %w", ErrOktaDocument, oktaModule, err)
	}
	raw, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), filepath.FromSlash(oktaDocument)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOktaDocument, err)
	}
	raw = bytes.ReplaceAll(raw, []byte(oktaBrokenExample), []byte(oktaOtherExample))
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOktaDocument, err)
	}
	o := &Okta{doc: doc}
	if err := o.closeSchemas(); err != nil {
		return nil, err
	}
	o.readRoutes()
	return o, nil
}

// closeSchemas makes the schemas that the sandbox answers with refuse properties
// that they do not list. As published they allow any, so that a misspelt field
// would pass.
func (o *Okta) closeSchemas() error {
	shut := false
	for _, name := range []string{
		"User", "UserType", "UserCredentials", "UserActivationToken", "Group", "AppUser", "AppUserCredentials",
		"ApplicationGroupAssignment", "GroupRule", "GroupRuleAction", "GroupRuleConditions", "GroupRuleExpression",
		"LogEvent", "LogActor", "LogTarget", "LogOutcome", "LogTransaction", "Error",
	} {
		ref := o.doc.Components.Schemas[name]
		if ref == nil || ref.Value == nil || len(ref.Value.Properties) == 0 {
			return fmt.Errorf("%w: it has no schema %s with properties", ErrOktaDocument, name)
		}
		ref.Value.AdditionalProperties = openapi3.AdditionalProperties{Has: &shut}
	}
	return nil
}

func (o *Okta) readRoutes() {
	for path, item := range o.doc.Paths.Map() {
		for method, op := range item.Operations() {
			o.routes = append(o.routes, oktaRoute{method: method, segments: strings.Split(path, "/"), route: &routers.Route{
				Spec: o.doc, Path: path, PathItem: item, Method: method, Operation: op,
			}})
		}
	}
	// Literal segments win over variables: /groups/rules before /groups/{groupId}.
	slices.SortFunc(o.routes, func(a, b oktaRoute) int { return a.variables() - b.variables() })
}

func (r oktaRoute) variables() int {
	n := 0
	for _, s := range r.segments {
		if strings.HasPrefix(s, "{") {
			n++
		}
	}
	return n
}

// find returns the operation of a request, or nil. The document's server URL plays
// no part: it is a placeholder for the organisation's own host.
func (o *Okta) find(r *http.Request) *routers.Route {
	have := strings.Split(r.URL.EscapedPath(), "/")
	for _, c := range o.routes {
		if c.method != r.Method || len(c.segments) != len(have) {
			continue
		}
		if slices.EqualFunc(c.segments, have, func(want, got string) bool {
			return want == got || strings.HasPrefix(want, "{") && got != ""
		}) {
			return c.route
		}
	}
	return nil
}

// OktaTransport is an http.RoundTripper that holds every response to Okta's
// document and reports what the document rejects. Use it as the transport of the
// SDK's HTTP client. It is safe for concurrent use.
type OktaTransport struct {
	okta   *Okta
	report testing.TB
	base   http.RoundTripper

	mu      sync.Mutex
	checked map[string]int
}

// Transport returns a checking transport over base (nil: http.DefaultTransport).
func (o *Okta) Transport(report testing.TB, base http.RoundTripper) *OktaTransport {
	if base == nil {
		base = http.DefaultTransport
	}
	return &OktaTransport{okta: o, report: report, base: base, checked: map[string]int{}}
}

// RoundTrip sends the request and checks the response. What does not conform is
// reported as a test failure; the caller sees the response unchanged.
func (t *OktaTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	op, err := t.okta.Check(r, resp.StatusCode, resp.Header, body)
	if err != nil {
		t.report.Helper()
		t.report.Errorf("%s %s answered %d, which Okta's document rejects: %v\n%s", r.Method, r.URL.EscapedPath(), resp.StatusCode, err, body)
	}
	if op != "" {
		t.mu.Lock()
		t.checked[fmt.Sprintf("%s %d", op, resp.StatusCode)]++
		t.mu.Unlock()
	}
	return resp, nil
}

// Checked returns how many responses were held to the document, by "operationId
// status" ("getUser 404").
func (t *OktaTransport) Checked() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make(map[string]int, len(t.checked))
	for k, n := range t.checked {
		out[k] = n
	}
	return out
}

// oktaExempt are the paths that Okta serves but that the Management API's document
// does not describe: the token endpoint and the pages for people.
var oktaExempt = []string{"/oauth2/v1/token", "/login", "/login/signout", "/"}

// Check holds one response to the document. It returns the operation's id, empty
// for the paths that the document does not describe, and what is wrong with the
// response.
func (o *Okta) Check(r *http.Request, status int, header http.Header, body []byte) (string, error) {
	if slices.Contains(oktaExempt, r.URL.Path) {
		return "", nil
	}
	route := o.find(r)
	if route == nil {
		return "", errors.New("there is no such operation")
	}
	id := route.Operation.OperationID
	if header.Get("X-Okta-Request-Id") == "" {
		return id, errors.New("no X-Okta-Request-Id")
	}
	if status >= 400 {
		return id, o.checkError(route, r, status, header, body)
	}
	if route.Operation.Responses.Status(status) == nil {
		return id, errors.New("the status is not among its responses")
	}
	if status == http.StatusNoContent && len(body) > 0 {
		return id, errors.New("204 with a body")
	}
	return id, o.validate(route, r, status, header, body)
}

func (o *Okta) validate(route *routers.Route, r *http.Request, status int, header http.Header, body []byte) error {
	return openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, Route: route},
		Status:                 status,
		Header:                 header,
		Body:                   io.NopCloser(bytes.NewReader(body)),
		Options:                &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	})
}

// checkError holds an error to the document where it lists the status, else to its
// Error schema: the document leaves out what every operation may answer (400, 401,
// 405, 500, 503). A gateway in front of Okta answers 502 to 504 with HTML.
func (o *Okta) checkError(route *routers.Route, r *http.Request, status int, header http.Header, body []byte) error {
	kind, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		return fmt.Errorf("content type: %w", err)
	}
	if kind == "text/html" && status >= 502 && status <= 504 {
		return nil
	}
	if kind != "application/json" {
		return fmt.Errorf("an error as %s", kind)
	}
	if route.Operation.Responses.Status(status) != nil {
		if err := o.validate(route, r, status, header, body); err != nil {
			return err
		}
	}
	var value map[string]any
	if err := json.Unmarshal(body, &value); err != nil {
		return err
	}
	// Every error that Okta publishes has all five, though the schema requires none.
	for _, field := range []string{"errorCode", "errorSummary", "errorLink", "errorId", "errorCauses"} {
		if _, ok := value[field]; !ok {
			return fmt.Errorf("an error without %s", field)
		}
	}
	return o.doc.Components.Schemas["Error"].Value.VisitJSON(value, openapi3.VisitAsResponse())
}
