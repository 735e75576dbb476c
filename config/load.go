package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"airpass/policy"
)

// maxFile bounds a configuration file, in bytes. A thousand targets fit; the YAML
// parser's time grows with the square of a map's keys.
const maxFile = 512 << 10

// Load reads and checks the file at path. env looks environment variables up
// (os.LookupEnv); it is asked only for names that the file mentions. A secret that is
// kept in AWS is a problem: a Source fetches it. The error is a Problems, or says why
// the file could not be read.
func Load(path string, env func(string) (string, bool)) (*Config, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	return Parse(path, data, env)
}

// TargetIDs are the ids of the targets in the file at path, however wrong the rest of
// it is: for completion, where no secret can be read. Nobody is called.
func TargetIDs(path string) []string {
	data, err := readFile(path)
	if err != nil {
		return nil
	}
	conditions, err := policy.NewConditions()
	if err != nil {
		return nil
	}
	r := newReader(path, nil, nil)
	c := &Config{Conditions: conditions}
	if body, ok := r.document(data); ok {
		r.config(r.root(body), c)
	}
	var ids []string
	for _, t := range c.targets {
		if t.ID != "" {
			ids = append(ids, t.ID)
		}
	}
	return ids
}

// newReader is a reader of the file name.
func newReader(name string, env func(string) (string, bool), fetched map[Kept]found) *reader {
	return &reader{file: name, dir: filepath.Dir(name), files: []string{name}, env: env, budget: maxNodes, kept: map[Kept]bool{}, fetched: fetched,
		at: map[string]place{}, anchors: map[string]ast.Node{}, wrong: map[string]bool{}, wrongBelow: map[string]bool{}}
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // the operator names their own file
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, maxFile+1))
}

// Parse checks data as the configuration file name; relative secret files are
// looked for beside it. The error is a Problems. Secrets in AWS are a problem as for Load.
func Parse(name string, data []byte, env func(string) (string, bool)) (*Config, error) {
	c, _, err := parse(name, data, env, map[Kept]found{}, reading{})
	return c, err
}

// reading is what a file is read for.
type reading struct {
	setup bool     // for airpass setup, which makes what is not there yet
	blind bool     // by somebody who has no secrets: how they are named is checked, and none is looked up
	only  []string // for these secrets only; none is all
}

// spares says that the secret at path is not looked up.
func (r reading) spares(path string) bool {
	return r.blind || len(r.only) > 0 && !slices.ContainsFunc(r.only, func(part string) bool { return path == part || strings.HasPrefix(path, part+".") })
}

// parse is Parse, and tells which files were looked at. Without anything fetched (nil)
// the secrets that are kept in AWS are left out, and only what is written about them is checked.
func parse(name string, data []byte, env func(string) (string, bool), fetched map[Kept]found, as reading) (*Config, []string, error) {
	r := newReader(name, env, fetched)
	r.reading = as
	conditions, err := policy.NewConditions()
	if err != nil {
		return nil, r.files, err
	}
	c := &Config{Conditions: conditions}
	if body, ok := r.document(data); ok {
		r.config(r.root(body), c)
	}
	if r.problems.Fatal() {
		return nil, r.files, r.problems.sorted()
	}
	c.Warnings, c.Stale, c.kept = r.problems.sorted(), r.stale.sorted(), r.kept
	c.fetched = make(map[Kept]Secret, len(fetched))
	for k, got := range fetched {
		c.fetched[k] = got.value
	}
	return c, r.files, nil
}

// document parses data into the body of its one document; nil is an empty file.
func (r *reader) document(data []byte) (ast.Node, bool) {
	if len(data) > maxFile {
		r.syntax(nil, fmt.Sprintf("the file is larger than %d bytes", maxFile))
		return nil, false
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // some editors begin a file with a byte order mark
	if line := tooDeep(data); line > 0 {
		r.problems = append(r.problems, Problem{File: r.file, Line: line, Column: 1, Message: "nested too deeply"})
		return nil, false
	}
	file, err := parseYAML(data)
	if err != nil {
		// Only the parser's words and place are kept: its full text quotes the source, secrets and all.
		var at interface {
			GetToken() *token.Token
			GetMessage() string
		}
		if errors.As(err, &at) {
			r.syntax(at.GetToken(), at.GetMessage())
		} else {
			r.syntax(nil, "it cannot be parsed")
		}
		return nil, false
	}
	var body ast.Node
	for _, doc := range file.Docs {
		switch {
		case doc == nil || doc.Body == nil:
		case body != nil:
			r.syntax(doc.Body.GetToken(), "a second document begins here; only one is read")
			return nil, false
		default:
			body = doc.Body
		}
	}
	if body != nil {
		r.collectAnchors(body)
	}
	return body, true
}

// parseYAML is the parser's, with a panic turned into an error. Repeated keys are
// let through because they are reported later, all of them.
func parseYAML(data []byte) (f *ast.File, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("the YAML parser gave up")
		}
	}()
	return parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
}

func (r *reader) syntax(tk *token.Token, message string) {
	at := placeOf(tk)
	r.problems = append(r.problems, Problem{File: r.file, Line: at.line, Column: at.column,
		Message: "this is not YAML that can be read: " + message})
}

// tooDeep returns the line on which brackets or compact sequences are nested so
// deeply that the recursive parser could exhaust the stack; 0 if none is. It
// counts brackets in text and comments too, which no honest file has so many of.
func tooDeep(data []byte) int {
	const limit = 200
	line, brackets, dashes := 1, 0, 0
	for _, b := range data {
		switch b {
		case '\n':
			line, dashes = line+1, 0
		case '[', '{':
			brackets++
		case ']', '}':
			brackets = max(0, brackets-1)
		case '-', '?', ':', '&', '!':
			dashes++
		case ' ', '\t', '\r':
		default:
			dashes = 0
		}
		if brackets > limit || dashes > limit {
			return line
		}
	}
	return 0
}
