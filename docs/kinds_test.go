package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"airpass/access"
	"airpass/internal/trailfacts"
)

// The kinds of events are listed once, are all explained, and what is written is among them.
func TestTheKindsOfEventsAreThoseThatAreWritten(t *testing.T) {
	t.Parallel()
	listed := map[string]bool{}
	for _, k := range access.EventKinds() {
		if listed[string(k)] {
			t.Errorf("%s is listed twice", k)
		}
		listed[string(k)] = true
	}
	explained := kindsExplained(t)
	for k := range explained {
		if !listed[k] {
			t.Errorf("docs/audit-format.md explains %s, which access.EventKinds does not have", k)
		}
	}
	written, begun := kindsWritten(t)
	for k := range written {
		if !listed[k] {
			t.Errorf("%s is written (%s), and access.EventKinds does not have it", k, written[k])
		}
	}
	for k := range listed {
		if !explained[k] {
			t.Errorf("docs/audit-format.md does not explain %s", k)
		}
		first, _, _ := strings.Cut(k, ".")
		if written[k] == "" && begun[first+"."] == "" {
			t.Errorf("%s is listed, and nothing writes it", k)
		}
	}
	for prefix, where := range begun { // the rest of the name is a state
		if !slices.ContainsFunc(slices.Collect(maps.Keys(listed)), func(k string) bool { return strings.HasPrefix(k, prefix) }) {
			t.Errorf("%s… is written (%s), and access.EventKinds has none", prefix, where)
		}
	}
}

// kindsExplained are the kinds in the table of the trail's format.
func kindsExplained(t *testing.T) map[string]bool {
	t.Helper()
	_, text, is := strings.Cut(read(t, "docs/audit-format.md"), "\n## Kinds\n")
	text, _, ends := strings.Cut(text, "\n## ")
	if text, _, _ = strings.Cut(text, "\n### "); !is || !ends {
		t.Fatal("docs/audit-format.md has no chapter of kinds")
	}
	all := map[string]bool{}
	for line := range strings.Lines(text) {
		cell, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " | ")
		for _, kind := range trailfacts.Kinds(cell) {
			all[string(kind)] = true
		}
	}
	return all
}

// kindsWritten are the kinds that the source names, and the first words of those whose rest is
// a state, each with where.
func kindsWritten(t *testing.T) (all, begun map[string]string) {
	t.Helper()
	all, begun = map[string]string{}, map[string]string{}
	files := token.NewFileSet()
	note := func(e ast.Expr) {
		switch text, is := kindMeant(e); {
		case text == "":
		case is:
			all[text] = files.Position(e.Pos()).String()
		default:
			begun[text] = files.Position(e.Pos()).String()
		}
	}
	for _, dir := range recording() {
		eachFile(t, files, dir, func(file *ast.File) { ast.Inspect(file, func(n ast.Node) bool { kindsIn(n, note); return true }) })
	}
	return all, begun
}

// eachFile reads the source of a folder and of those in it, but for tests.
func eachFile(t *testing.T, files *token.FileSet, dir string, do func(*ast.File)) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(root, dir), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err == nil {
			do(file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// recording are the folders whose source appends events.
func recording() []string {
	return []string{"store", "approvals", "grants", "campaigns", "cuts", "bot", "cmd", "replicas", "setup", "starts", "webhook"}
}

// kindMeant is the kind that an expression names, or its first word if the rest is a state;
// empty if it names none.
func kindMeant(e ast.Expr) (text string, whole bool) {
	for {
		call, is := e.(*ast.CallExpr)
		if !is || len(call.Args) != 1 {
			break
		}
		e = call.Args[0] // access.EventKind(…)
	}
	sum, begun := e.(*ast.BinaryExpr)
	if begun {
		e = sum.X
	}
	lit, is := e.(*ast.BasicLit)
	if !is || lit.Kind != token.STRING {
		return "", false
	}
	text, _ = strconv.Unquote(lit.Value)
	return text, !begun
}

// kindsIn tells of what may be a kind of event: of an access.Event, what is assigned to one,
// what is converted to one, and what is given to the functions that take one.
func kindsIn(n ast.Node, note func(ast.Expr)) {
	switch n := n.(type) {
	case *ast.CompositeLit:
		if of, is := n.Type.(*ast.SelectorExpr); is && of.Sel.Name == "Event" {
			for _, e := range n.Elts {
				if pair, is := e.(*ast.KeyValueExpr); is {
					if name, is := pair.Key.(*ast.Ident); is && name.Name == "Kind" {
						note(pair.Value)
					}
				}
			}
		}
	case *ast.AssignStmt:
		for i, to := range n.Lhs {
			if field, is := to.(*ast.SelectorExpr); is && field.Sel.Name == "Kind" && i < len(n.Rhs) {
				if of, is := field.X.(*ast.Ident); is && of.Name == "e" { // what an event is called everywhere
					note(n.Rhs[i])
				}
			}
		}
	case *ast.CallExpr:
		switch name := called(n); {
		case name == "EventKind" && len(n.Args) == 1:
			note(n.Args[0])
		case slices.Contains([]string{"logBinding", "loginEvent"}, name):
			note(n.Args[0])
		}
	}
}

func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}
