package config

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// validator is the schema, ready to be asked.
func validator(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("airpass.json", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("airpass.json") // held to the metaschema of its draft
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// sees is what the schema says of a file.
func sees(t *testing.T, schema *jsonschema.Schema, file string) error {
	t.Helper()
	text, err := yaml.YAMLToJSON([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return schema.Validate(doc)
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestFilesThatAreValidPassTheSchema(t *testing.T) {
	t.Parallel()
	schema := validator(t)
	files := map[string]string{"the example": example(t), "testdata/minimal.yaml": read(t, "testdata/minimal.yaml")}
	examples, err := filepath.Glob("../docs/examples/*.policy.yaml")
	if err != nil || len(examples) == 0 {
		t.Fatal("no examples", err)
	}
	for _, path := range examples { // they are the policies of a file
		files[path] = example(t) + read(t, path)
	}
	for name, edit := range map[string][]string{
		"secrets in AWS":   {"{env: AIRPASS_SLACK_BOT_TOKEN}", "{aws_secret: airpass/slack, key: bot}", "{env: AIRPASS_OKTA_API_TOKEN}", "{ssm: /airpass/okta}"},
		"mode http":        {"mode: socket", "mode: http\n  signing_secret: {env: S}"},
		"signs in by key":  {"api_token: {env: AIRPASS_OKTA_API_TOKEN}", "client_id: 0oa1ab2cd3EF4gh5IJ67\n  private_key: {file: k.pem}\n  key_id: k"},
		"a store apart":    {"url: sqlite:airpass.db", "url: {env: AIRPASS_STORE_URL}"},
		"empty sections":   {"http:\n", "times:\nquotas:\nhttp:\n"},
		"digits unquoted":  {`account: "222222222222"`, "account: 222222222222"},
		"days and hours":   {"max_duration: 12h", "max_duration: 1d1h30m"},
		"a zone":           {"http:\n", "schedules: {audit_head: \"CRON_TZ=Europe/Berlin 0 3 * * 1\", sweep: \"@every 1m\"}\nhttp:\n"},
		"capital letters":  {"allowed_domains: [example.com]", "allowed_domains: [Example.COM]"},
		"everything shown": {"", ""},
	} {
		files[name] = strings.NewReplacer(edit...).Replace(example(t))
	}
	for name, file := range files {
		if err := sees(t, schema, file); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMistakesThatTheSchemaSees(t *testing.T) {
	t.Parallel()
	schema := validator(t)
	for name, m := range map[string][2]string{
		"a key misspelt":              {"bot_token:", "bot_tokn:"},
		"a section misspelt":          {"audit:\n", "audits:\n"},
		"a key of an approver":        {"{person: grace@example.com}", "{persn: grace@example.com}"},
		"an approver nobody is":       {"approvers: [manager,", "approvers: [boss,"},
		"a token as it is":            {"{env: AIRPASS_SLACK_BOT_TOKEN}", "xoxb-1"},
		"a secret named twice":        {"{env: AIRPASS_SLACK_BOT_TOKEN}", "{env: A, ssm: b}"},
		"a key of a parameter":        {"{env: AIRPASS_SLACK_BOT_TOKEN}", "{ssm: b, key: c}"},
		"no team":                     {"  team: T0123456789", "  # team: T0123456789"},
		"no section okta":             {"okta:\n", "times:\n"},
		"a channel's name":            {"admin_channel: C0123456788", "admin_channel: '#admins'"},
		"an unknown mode":             {"mode: socket", "mode: sockets"},
		"a role in lower case":        {"role: Viewer", "role: viewer"},
		"a duration without a unit":   {"max_duration: 12h", "max_duration: 12"},
		"no duration":                 {"max_duration: 12h", "max_duration: long"},
		"a schedule of three fields":  {"http:\n", "schedules: {sweep: \"0 3 *\"}\nhttp:\n"},
		"more than AWS allows":        {"http:\n", "quotas: {outstanding_assignments: 16}\nhttp:\n"},
		"a share above one":           {"http:\n", "caps: {inferred_share: 1.1}\nhttp:\n"},
		"text for a list":             {"allowed_domains: [example.com]", "allowed_domains: example.com"},
		"a list without anything":     {"allowed_domains: [example.com]", "allowed_domains: []"},
		"no address":                  {"portal_url: https://example.awsapps.com/start", "portal_url: example"},
		"another database":            {"url: sqlite:airpass.db", "url: mysql://db/airpass"},
		"an account of eleven digits": {`"111111111111": {`, `"11111111111": {`},
		"a header's name with spaces": {"http:\n", "tracing: {headers: {\"a b\": {env: A}}}\nhttp:\n"},
	} {
		file := strings.Replace(example(t), m[0], m[1], 1)
		if file == example(t) {
			t.Errorf("%s: the example has no %q", name, m[0])
		}
		if err := sees(t, schema, file); err == nil {
			t.Errorf("%s passes the schema", name)
		}
		if _, err := Parse("airpass.yaml", []byte(file), testEnv); err == nil {
			t.Errorf("%s passes the reader, and not the schema", name)
		}
	}
	if err := sees(t, schema, read(t, "testdata/anchors.yaml")); err == nil {
		t.Error("testdata/anchors.yaml passes")
	}
}

// TestTheSchemaHasEveryKeyThatTheReaderKnows: each reading of a map ends with the keys
// that it knows, and an unknown key is told them.
func TestTheSchemaHasEveryKeyThatTheReaderKnows(t *testing.T) {
	t.Parallel()
	maps := 0
	var look func(path string, o *outline)
	look = func(path string, o *outline) {
		if o.known != nil && o.any == nil {
			maps++
			for key := range o.known {
				if o.fields[key] == nil {
					t.Errorf("the reader knows %s, the schema does not", join(path, key))
				}
			}
			for key := range o.fields {
				if !o.known[key] {
					t.Errorf("the schema has %s, the reader refuses it", join(path, key))
				}
			}
		}
		for key, field := range o.fields {
			look(join(path, key), field)
			if len(field.forms) == 0 && field.element == nil && !field.isMap {
				t.Errorf("nothing is known of the form of %s", join(path, key))
			}
		}
		for _, in := range []*outline{o.any, o.element} {
			if in != nil {
				look(path+"[]", in)
			}
		}
	}
	look("", &draw().root)
	if maps < 20 {
		t.Errorf("only %d maps were read: this test sees too little", maps)
	}
}

// TestNoFieldIsReadThatTheSchemaLacks looks at the reader's source: a branch that no
// sample leads to would read a field that the schema lacks.
func TestNoFieldIsReadThatTheSchemaLacks(t *testing.T) {
	t.Parallel()
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	var collect func(any)
	collect = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if fields, ok := v["properties"].(map[string]any); ok {
				for key := range fields {
					keys[key] = true
				}
			}
			for _, in := range v {
				collect(in)
			}
		case []any:
			for _, in := range v {
				collect(in)
			}
		}
	}
	var schema any
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	collect(schema)
	readers := []string{"text", "optional", "texts", "textsAt", "oneOf", "yes", "whole", "share", "duration", "span", "before", "base", "address",
		"schedule", "approvers", "condition", "section", "required", "sections", "items", "value", "secret", "needSecret", "rsaKey", "domains"}
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	fields := 0
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil || strings.HasSuffix(path, "_test.go") {
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			method, ok := call.Fun.(*ast.SelectorExpr)
			literal, isLiteral := call.Args[0].(*ast.BasicLit)
			if !ok || !isLiteral || literal.Kind != token.STRING || !slices.Contains(readers, method.Sel.Name) {
				return true
			}
			field, err := strconv.Unquote(literal.Value)
			if fields++; err != nil || !keys[field] {
				t.Errorf("%s reads %q, which the schema lacks: lead a sample there", path, field)
			}
			return true
		})
	}
	if fields < 90 {
		t.Errorf("only %d readings were found: this test sees too little", fields)
	}
}

// What an editor shows says what to write.
func TestTheSchemaDescribes(t *testing.T) {
	t.Parallel()
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{`"$schema": "https://json-schema.org/draft/2020-12/schema"`, "write a region, like eu-west-1",
		"write a duration from 1s to 30d, such as 8h", "a parameter of the SSM Parameter Store", `"default": "/airflow"`} {
		if !strings.Contains(string(text), words) {
			t.Errorf("the schema does not say %s", words)
		}
	}
}
