package config

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"airpass/policy"
)

// condition reads a condition that must be there and compiles it. Each mistake is
// reported where it stands in the file.
func (s *section) condition(field string, c *policy.Conditions) string {
	if !s.present(field, expression.mend) {
		s.r.sketch.text(s.name(field), "", expression)
		return ""
	}
	return s.compiled(field, expression, "correct the condition; docs/policies.md lists what it may name", c.Check)
}

// filter reads a condition about access that somebody has, which may be left out.
func (s *section) filter(field string, c *policy.Conditions) string {
	return s.compiled(field, choosing, "correct the filter; docs/campaigns.md lists what it may name", c.CheckFilter)
}

// compiled reads a text and compiles it.
func (s *section) compiled(field string, looks rule, mend string, check func(string) error) string {
	n := s.value(field)
	s.r.sketch.text(s.name(field), "", looks)
	if n == nil {
		return "" // reported, if it must be there
	}
	path := s.name(field)
	text, ok := s.r.scalar(path, n, looks)
	if !ok || !s.r.check(path, text, looks) {
		return ""
	}
	err := check(text)
	if err == nil {
		return text
	}
	mistakes := policy.Mistakes(err)
	for _, m := range mistakes {
		at, exact := inside(n, m.Line, m.Column)
		words := m.Words
		if !exact {
			at, words = s.r.where(path), fmt.Sprintf("%s (line %d, column %d of the condition)", words, m.Line, m.Column)
		}
		s.r.problemAt(at, path, words, mend)
	}
	if len(mistakes) == 0 {
		s.problem(field, err.Error(), looks.mend)
	}
	return text
}

// inside is where line and column of a scalar's text stand in the file; exact is false
// where the notation moves them: escapes, folded text, several lines.
func inside(n ast.Node, line, column int) (at place, exact bool) {
	switch v := n.(type) {
	case *ast.LiteralNode:
		if v.Start == nil || v.Value == nil || !strings.HasPrefix(v.Start.Value, "|") {
			return place{}, false
		}
		origin := v.Value.GetToken().Origin
		first, _, _ := strings.Cut(origin, "\n")
		indent := len(first) - len(strings.TrimLeft(first, " "))
		start := placeOf(v.Start)
		return place{start.line + line, indent + column}, strings.TrimSpace(first) != ""
	case *ast.StringNode:
		tk := v.Token
		if tk == nil || line != 1 || strings.Contains(strings.TrimSpace(tk.Origin), "\n") {
			return place{}, false
		}
		at = placeOf(tk)
		at.column += column - 1
		switch tk.Type {
		case token.DoubleQuoteType:
			at.column++
			return at, !strings.Contains(tk.Origin, `\`)
		case token.SingleQuoteType:
			at.column++
			return at, !strings.Contains(strings.Trim(strings.TrimSpace(tk.Origin), "'"), "''")
		}
		return at, true
	}
	return place{}, false
}
