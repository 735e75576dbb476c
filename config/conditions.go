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
	there := s.present(field, expression.mend)
	n := s.value(field)
	s.r.sketch.text(s.name(field), "", expression)
	if !there {
		return ""
	}
	if n == nil {
		return "" // reported
	}
	path := s.name(field)
	text, ok := s.r.scalar(path, n, expression)
	if !ok || !s.r.check(path, text, expression) {
		return ""
	}
	err := c.Check(text)
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
		s.r.problemAt(at, path, words, "correct the condition; docs/policies.md lists what it may name")
	}
	if len(mistakes) == 0 {
		s.problem(field, err.Error(), expression.mend)
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
