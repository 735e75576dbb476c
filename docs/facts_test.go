package docs_test

import (
	"go/ast"
	"go/token"
	"maps"
	"slices"
	"strings"
	"testing"

	"airpass/access"
	"airpass/internal/trailfacts"
)

// What events record is listed kind by kind, and what is listed is recorded. The source is
// read for it; the stories of package store hold what they record to the same list, which is
// exact where one function appends several kinds.
func TestTheFactsOfEventsAreThoseThatAreRecorded(t *testing.T) {
	t.Parallel()
	listed, err := trailfacts.Listed(read(t, "docs/audit-format.md"))
	if err != nil {
		t.Fatal(err)
	}
	var rows []access.EventKind
	for _, row := range listed {
		rows = append(rows, row.Kinds...)
	}
	if !slices.Equal(rows, access.EventKinds()) {
		t.Errorf("the facts are those of %v, and the kinds, in this order, are %v", rows, access.EventKinds())
	}
	names := trailfacts.ByKind(listed)
	recorded := map[access.EventKind]trailfacts.Names{}
	for _, w := range writersOf(t) {
		union := trailfacts.Names{}
		for _, k := range w.kinds {
			union = union.With(names[k])
			recorded[k] = recorded[k].With(w.names)
		}
		if more := w.names.Without(union); len(more) > 0 {
			t.Errorf("%s records %v, which docs/audit-format.md does not list for %v", w.name, more, w.kinds)
		}
	}
	for _, k := range access.EventKinds() {
		if more := names[k].Without(recorded[k]); len(more) > 0 {
			t.Errorf("docs/audit-format.md lists %v for %s, and nothing records that", more, k)
		}
	}
}

// writer is a function that appends events of some kinds, with the names that it puts into them.
type writer struct {
	name  string
	kinds []access.EventKind
	names trailfacts.Names
}

// function is what is read of one.
type function struct {
	writer
	makes bool     // an access.Event
	takes bool     // an event, its kind or its facts
	calls []string // functions by their names
}

// writersOf are all functions that append events. What is added by a function that is given
// the event, its kind or facts, is added by who calls it; what is given to one that
// knows the kind itself is recorded with that one's.
func writersOf(t *testing.T) []writer {
	t.Helper()
	written, _ := kindsWritten(t)
	caused := writer{"outbound.Cause", []access.EventKind{"call.made"}, trailfacts.Names{}}
	var all []writer
	for _, dir := range recording() {
		var functions []function
		eachFile(t, token.NewFileSet(), dir, func(file *ast.File) {
			for _, d := range file.Decls {
				if d, is := d.(*ast.FuncDecl); is && d.Body != nil {
					r := reader{written: written}
					f := r.function(dir, d)
					caused.names = caused.names.With(r.caused)
					functions = append(functions, f)
				}
			}
		})
		for _, f := range functions {
			if len(f.kinds) > 0 {
				all = append(all, f.writer)
			}
			for _, g := range functions {
				switch {
				case !g.takes || !slices.Contains(f.calls, g.name):
				case len(f.kinds) > 0:
					all = append(all, writer{g.name + ", called by " + f.name + ",", f.kinds, g.names})
				case g.makes && len(g.kinds) > 0:
					all = append(all, writer{f.name, g.kinds, f.names})
				}
			}
		}
	}
	return append(all, caused)
}

// reader reads a function.
type reader struct {
	written map[string]string // see kindsWritten
	f       function
	caused  trailfacts.Names // what it has calls to vendors recorded with
}

func (r *reader) function(dir string, d *ast.FuncDecl) function {
	r.f.name = dir + "." + d.Name.Name
	for _, p := range d.Type.Params.List {
		r.f.takes = r.f.takes || isFacts(p.Type) || isOf(p.Type, "Event") || isOf(p.Type, "EventKind")
	}
	r.look(d.Body, &r.f.names.Facts)
	for i, called := range r.f.calls {
		r.f.calls[i] = dir + "." + called
	}
	return r.f
}

// look takes the names in a part of the source to be of this sort, unless it says otherwise.
func (r *reader) look(part ast.Node, into *map[string]bool) {
	ast.Inspect(part, func(n ast.Node) bool {
		kindsIn(n, r.kind)
		switch n := n.(type) {
		case *ast.CompositeLit:
			if isOf(n.Type, "Cause") {
				for _, e := range n.Elts {
					r.look(e, &r.caused.Facts)
				}
				return false
			}
			r.f.makes = r.f.makes || isOf(n.Type, "Event")
			for _, e := range n.Elts {
				if pair, is := e.(*ast.KeyValueExpr); is && isFacts(n.Type) {
					note(into, pair.Key)
				}
			}
		case *ast.KeyValueExpr:
			if lastName(n.Key) == "Personal" {
				r.look(n.Value, &r.f.names.Personal)
				return false
			}
		case *ast.AssignStmt:
			for _, to := range n.Lhs {
				if at, is := to.(*ast.IndexExpr); is && strings.EqualFold(lastName(at.X), "facts") {
					note(into, at.Index)
				}
			}
			if lastName(n.Lhs[0]) == "Personal" {
				r.look(n.Rhs[0], &r.f.names.Personal)
				return false
			}
		case *ast.CallExpr:
			r.f.calls = append(r.f.calls, called(n))
		}
		return true
	})
}

// kind notes a kind of the events that the function appends; where the rest is a state, all
// that nothing names in full.
func (r *reader) kind(e ast.Expr) {
	text, whole := kindMeant(e)
	for _, k := range access.EventKinds() {
		is := string(k) == text
		if !whole && text != "" {
			is = strings.HasPrefix(string(k), text) && r.written[string(k)] == ""
		}
		if is && !slices.Contains(r.f.kinds, k) {
			r.f.kinds = append(r.f.kinds, k)
		}
	}
}

func note(into *map[string]bool, name ast.Expr) {
	if text, whole := kindMeant(name); whole {
		if *into == nil {
			*into = map[string]bool{}
		}
		maps.Copy(*into, map[string]bool{text: true})
	}
}

func isFacts(e ast.Expr) bool {
	m, is := e.(*ast.MapType)
	return is && lastName(m.Key) == "string" && lastName(m.Value) == "string"
}

// isOf says whether a type is one of another package by this name.
func isOf(e ast.Expr, name string) bool {
	of, is := e.(*ast.SelectorExpr)
	return is && of.Sel.Name == name
}

// lastName is the name of a variable or field; empty if it is something else.
func lastName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}
