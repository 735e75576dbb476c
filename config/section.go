package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"airpass/internal/nearest"
)

// section is one map of the file. Every reading method names the field it reads;
// close then reports the fields that nobody asked for.
type section struct {
	r      *reader
	path   string
	fields map[string]entry
	order  []string
	known  []string
	there  bool // in the file, though it may have no fields
}

func (r *reader) root(body ast.Node) *section {
	body = r.resolve("", body)
	if body != nil && !isMap(body) {
		r.problem("", "the file is "+kindOf(body)+", not a map of sections", "begin with slack:, okta:, aws: …")
		body = nil
	}
	return r.newSection("", body)
}

func (r *reader) newSection(path string, n ast.Node) *section {
	s := &section{r: r, path: path, fields: map[string]entry{}, there: n != nil}
	r.sketch.section(path)
	for _, e := range r.entries(path, n, 0) {
		s.fields[e.key] = e
		s.order = append(s.order, e.key)
	}
	return s
}

func (s *section) name(field string) string { return join(s.path, field) }

// value returns a field's value, nil if it is absent or null, and remembers its place.
func (s *section) value(field string) ast.Node {
	s.known = append(s.known, field)
	s.r.sketch.field(s.path, field)
	e, ok := s.fields[field]
	if !ok {
		return nil
	}
	path := s.name(field)
	s.r.at[path] = e.at
	n := s.r.resolve(path, e.value)
	if n != nil && !isMap(n) && e.value != nil {
		s.r.at[path] = nodePlace(e.value)
	}
	return n
}

// has says whether the field is written, with a value.
func (s *section) has(field string) bool {
	e, ok := s.fields[field]
	if !ok {
		return false
	}
	_, null := e.value.(*ast.NullNode)
	return e.value != nil && !null
}

// problem reports one of the section's fields.
func (s *section) problem(field, message, mend string) { s.r.problem(s.name(field), message, mend) }

// reported says whether the field itself is known to be wrong.
func (s *section) reported(field string) bool { return s.r.wrong[s.name(field)] }

// reportedWithin is reported for the field and everything below it.
func (s *section) reportedWithin(field string) bool {
	return s.reported(field) || s.r.wrongBelow[s.name(field)]
}

// section returns the map under a field; an absent one is empty.
func (s *section) section(field string) *section {
	n := s.value(field)
	if n != nil && !isMap(n) {
		s.problem(field, "is "+kindOf(n)+", must be a map", "indent its fields below "+field+":")
		n = nil
	}
	return s.r.newSection(s.name(field), n)
}

// required is section for one that must be there; ok is false, and the problem
// reported once, if it is not.
func (s *section) required(field string) (sub *section, ok bool) {
	missing := !s.has(field)
	s.r.sketch.required(s.path, field)
	sub = s.section(field)
	if missing {
		s.problem(field, "is missing", "add the section "+field+":, as in airpass.example.yaml")
		return sub, false
	}
	return sub, true
}

// keys are the fields of a map whose keys are the writer's own, in their order.
func (s *section) keys(looks rule) []string {
	s.r.sketch.anyKey(s.path, looks)
	return s.order
}

// items returns the elements of a list, nulls included, with their paths.
func (s *section) items(field string) (paths []string, nodes []ast.Node) {
	n := s.value(field)
	s.r.sketch.list(s.name(field))
	if n == nil {
		return nil, nil
	}
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		s.problem(field, "is "+kindOf(n)+", must be a list", "write each entry on its own line after \"- \"")
		return nil, nil
	}
	for i, item := range list.Values {
		path := fmt.Sprintf("%s[%d]", s.name(field), i)
		if !s.r.spend(path) {
			break
		}
		s.r.at[path] = nodePlace(item)
		paths, nodes = append(paths, path), append(nodes, s.r.resolve(path, item))
	}
	return paths, nodes
}

// sections returns the elements of a list of maps.
func (s *section) sections(field string) []*section {
	var all []*section
	paths, nodes := s.items(field)
	for i, n := range nodes {
		if !isMap(n) {
			what := "is empty"
			if n != nil {
				what = "is " + kindOf(n)
			}
			s.r.problem(paths[i], what+", must be a map", "write its fields, the first after \"- \"")
			continue
		}
		all = append(all, s.r.newSection(paths[i], n))
	}
	return all
}

// close reports unknown fields, each with the nearest known name.
func (s *section) close() {
	if s.there {
		s.r.sketch.closed(s.path, s.known)
	}
	for _, name := range s.order {
		if slices.Contains(s.known, name) {
			continue
		}
		path := s.name(name)
		if s.r.hides(s.path) {
			s.problem("(key)", "has an unknown field", "known here: "+strings.Join(s.known, ", "))
			continue
		}
		s.r.at[path] = s.fields[name].at
		mend := "known here: " + strings.Join(s.known, ", ")
		if near, ok := nearest.Word(name, s.known); ok {
			mend = "did you mean " + near + "?"
		}
		s.r.problem(path, "is not a known field", mend)
	}
}
