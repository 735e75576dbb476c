package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// maxNodes bounds how many values are looked at, aliases followed, so that a small
// file cannot unfold into an endless one.
const maxNodes = 100_000

// maxMerge bounds how deeply merge keys may refer to maps that merge others.
const maxMerge = 8

// place is where something stands in the file; zero is unknown.
type place struct{ line, column int }

func placeOf(tk *token.Token) place {
	if tk == nil || tk.Position == nil {
		return place{1, 1}
	}
	return place{max(1, tk.Position.Line), max(1, tk.Position.Column)}
}

// reader walks the file and collects what is wrong with it.
type reader struct {
	file, dir string
	files     []string // looked at: the file and the secret files that it names
	env       func(string) (string, bool)
	problems  Problems
	at        map[string]place // by field path
	anchors   map[string]ast.Node
	// wrong holds the paths that have a problem, wrongBelow those around them.
	wrong, wrongBelow map[string]bool
	budget            int
	reading
	harmless  bool // a sandbox's file: its secrets are worth nothing
	schedules bool // PagerDuty is configured, so that its schedules may be named

	kept    map[Kept]bool  // what is to be fetched from AWS
	fetched map[Kept]found // what was; nil if nobody has tried yet
	stale   Problems       // what could not be fetched and is as it was before

	sketch *sketch // notes what is asked for; nil where a file is read for what it says
}

// problem records what is wrong with a field, at its place or the place of the
// nearest field around it that is there.
func (r *reader) problem(path, message, mend string) {
	r.problemAt(r.where(path), path, message, mend)
}

// problemAt is problem for what is wrong at one place inside a field.
func (r *reader) problemAt(at place, path, message, mend string) {
	r.problems = append(r.problems, Problem{File: r.file, Line: at.line, Column: at.column,
		Field: path, Message: message, Mend: mend})
	r.wrong[path] = true
	for up := around(path); up != "" && !r.wrongBelow[up]; up = around(up) {
		r.wrongBelow[up] = true
	}
}

// around is the path of what a field stands in.
func around(path string) string { return path[:max(0, strings.LastIndexAny(path, ".["))] }

// warn is problem for what airpass can run with.
func (r *reader) warn(path, message, mend string) {
	at := r.where(path)
	r.problems = append(r.problems, Problem{File: r.file, Line: at.line, Column: at.column,
		Field: path, Message: message, Mend: mend, Warning: true})
}

func (r *reader) where(path string) place {
	for path != "" {
		if at, ok := r.at[path]; ok {
			return at
		}
		path = around(path)
	}
	return place{1, 1}
}

// spend takes one value off the budget; when it is used up it says so once.
func (r *reader) spend(path string) bool {
	r.budget--
	if r.budget == 0 {
		r.problem(path, "aliases unfold into too many values", "write fewer aliases")
	}
	return r.budget > 0
}

// anchorVisitor collects anchors by name.
type anchorVisitor struct{ r *reader }

// Visit implements ast.Visitor.
func (v anchorVisitor) Visit(n ast.Node) ast.Visitor {
	if a, ok := n.(*ast.AnchorNode); ok && a.Name != nil && a.Name.GetToken() != nil {
		name := a.Name.GetToken().Value
		if _, twice := v.r.anchors[name]; twice {
			v.r.syntax(a.Name.GetToken(), "an anchor is defined twice; give each its own name")
		}
		v.r.anchors[name] = a.Value
	}
	return v
}

func (r *reader) collectAnchors(body ast.Node) {
	defer func() {
		if recover() != nil {
			r.syntax(nil, "its anchors cannot be read")
		}
	}()
	ast.Walk(anchorVisitor{r}, body)
}

// resolve follows aliases and unwraps anchors and the tag !!str. It returns nil
// for nothing (null), and for what it reported as wrong.
func (r *reader) resolve(path string, n ast.Node) ast.Node {
	for range maxMerge {
		switch v := n.(type) {
		case *ast.AnchorNode:
			n = v.Value
		case *ast.AliasNode:
			target, ok := r.anchors[tokenText(v.Value)]
			if !ok {
				r.problem(path, "refers to an anchor that is not defined", "define it with & above, or write the value out")
				return nil
			}
			n = target
		case *ast.TagNode:
			if v.Start == nil || v.Start.Value != "!!str" {
				r.problem(path, "has a YAML tag", "remove the tag")
				return nil
			}
			n = v.Value
		case *ast.NullNode, nil:
			return nil
		default:
			return n
		}
	}
	r.problem(path, "refers to itself", "write the value out")
	return nil
}

// tokenText is the source text of a scalar, quotes and escapes removed.
func tokenText(n ast.Node) string {
	switch v := n.(type) {
	case nil:
		return ""
	case *ast.StringNode:
		return v.Value
	case *ast.LiteralNode:
		if v.Value == nil {
			return ""
		}
		return v.Value.Value
	case *ast.AnchorNode:
		return tokenText(v.Value)
	case *ast.MappingKeyNode:
		return tokenText(v.Value)
	}
	if tk := n.GetToken(); tk != nil {
		return tk.Value
	}
	return ""
}

// entry is one "key: value" of a map.
type entry struct {
	key   string
	at    place // of the key
	value ast.Node
}

// entries lists a map's own entries, then those it merges in, without those
// that are already there. Keys written twice are reported.
func (r *reader) entries(path string, n ast.Node, depth int) []entry {
	var own, merged []entry
	seen := map[string]place{}
	for _, v := range mapValues(n) {
		if v == nil || v.Key == nil || !r.spend(path) {
			continue
		}
		if v.Key.IsMergeKey() {
			merged = append(merged, r.merge(path, v.Value, depth)...)
			continue
		}
		e := entry{key: tokenText(v.Key), at: placeOf(v.Key.GetToken()), value: v.Value}
		if first, twice := seen[e.key]; twice {
			r.problems = append(r.problems, Problem{File: r.file, Line: e.at.line, Column: e.at.column,
				Field: join(path, "(key)"), Message: fmt.Sprintf("a key is written twice, first on line %d", first.line), Mend: "remove one of the two"})
			if !r.hides(path) {
				p := &r.problems[len(r.problems)-1]
				p.Field, p.Message = join(path, e.key), fmt.Sprintf("%q is written twice, first on line %d", e.key, first.line)
			}
			continue
		}
		seen[e.key] = e.at
		own = append(own, e)
	}
	for _, e := range merged {
		if _, overridden := seen[e.key]; !overridden {
			seen[e.key] = e.at
			own = append(own, e)
		}
	}
	return own
}

// merge returns the entries of what a merge key << names: a map or a list of maps.
func (r *reader) merge(path string, n ast.Node, depth int) []entry {
	field := join(path, "<<")
	n = r.resolve(field, n)
	if depth >= maxMerge {
		r.problem(field, "merges too deeply", "write the fields out")
		return nil
	}
	if list, ok := n.(*ast.SequenceNode); ok {
		var all []entry
		for _, item := range list.Values {
			item = r.resolve(field, item)
			if !r.spend(field) || !isMap(item) {
				continue
			}
			all = append(all, r.entries(path, item, depth+1)...)
		}
		return all
	}
	if !isMap(n) {
		r.problem(field, "merges something that is not a map", "name the anchor of a map")
		return nil
	}
	return r.entries(path, n, depth+1)
}

func isMap(n ast.Node) bool {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return true
	}
	return false
}

func mapValues(n ast.Node) []*ast.MappingValueNode {
	switch v := n.(type) {
	case *ast.MappingNode:
		return v.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{v}
	}
	return nil
}

// nodePlace is where a value begins; a block map begins at its first key.
func nodePlace(n ast.Node) place {
	if n == nil {
		return place{1, 1}
	}
	if m, ok := n.(*ast.MappingNode); ok && m.IsFlowStyle {
		return placeOf(m.Start)
	}
	if vs := mapValues(n); len(vs) > 0 && vs[0] != nil && vs[0].Key != nil {
		return placeOf(vs[0].Key.GetToken())
	}
	return placeOf(n.GetToken())
}

// kindOf names a value's type in words, never its content.
func kindOf(n ast.Node) string {
	switch n.(type) {
	case *ast.StringNode, *ast.LiteralNode:
		return "text"
	case *ast.IntegerNode:
		return "a whole number"
	case *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "a number"
	case *ast.BoolNode:
		return "true or false"
	case *ast.SequenceNode:
		return "a list"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a map"
	}
	return "something else"
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// hides says that below path a key may be a misplaced secret, so it is not repeated.
func (r *reader) hides(path string) bool {
	last := path[strings.LastIndex(path, ".")+1:]
	return slices.Contains([]string{"bot_token", "app_token", "signing_secret", "api_token", "private_key", "key"}, last) ||
		path == "store.url" || strings.HasPrefix(path, "audit.old_keys.")
}
