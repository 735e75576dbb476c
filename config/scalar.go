package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"

	"airpass/internal/nearest"
)

// rule is what a text must look like.
type rule struct {
	pattern *regexp.Regexp // nil accepts every text
	is      string         // "an Okta group id"
	mend    string         // what to write, with an example
	digits  bool           // an unquoted number is taken as it is written
	max     int            // characters; 0 is 1000
}

const maxText = 1000

// check reports how text breaks the rule and says whether it keeps it.
func (r *reader) check(path, text string, ru rule) bool {
	limit := ru.max
	if limit == 0 {
		limit = maxText
	}
	if n := utf8.RuneCountInString(text); n > limit {
		r.problem(path, fmt.Sprintf("has %d characters, %d are allowed", n, limit), ru.mend)
		return false
	}
	if ru.pattern != nil && !ru.pattern.MatchString(text) {
		r.problem(path, fmt.Sprintf("%s is not %s", quote(text), ru.is), ru.mend)
		return false
	}
	return true
}

// quote shows what was written, shortened.
func quote(text string) string {
	if utf8.RuneCountInString(text) > 80 {
		text = string([]rune(text)[:80]) + "…"
	}
	return strconv.Quote(text)
}

// scalar returns a node's text; ok is false for nothing and for what is no text,
// which it reports.
func (r *reader) scalar(path string, n ast.Node, ru rule) (text string, ok bool) {
	switch v := n.(type) {
	case nil:
		return "", false
	case *ast.StringNode, *ast.LiteralNode:
		return tokenText(v), true
	case *ast.IntegerNode:
		if ru.digits {
			return tokenText(v), true
		}
		r.problem(path, "is a whole number, must be text", "put it in quotes")
	case *ast.BoolNode, *ast.FloatNode:
		r.problem(path, "is "+kindOf(v)+", must be text", "put it in quotes")
	default:
		if !r.noSecret(path, n) {
			r.problem(path, "is "+kindOf(v)+", must be text", ru.mend)
		}
	}
	return "", false
}

// optional returns a text that keeps ru, fallback if there is none, and "" for
// what it reported.
func (s *section) optional(field, fallback string, ru rule) string {
	n := s.value(field)
	s.r.sketch.text(s.name(field), fallback, ru)
	if n == nil {
		return fallback
	}
	text, ok := s.r.scalar(s.name(field), n, ru)
	if !ok || !s.r.check(s.name(field), text, ru) {
		return ""
	}
	return text
}

// text is optional for a field that must be there.
func (s *section) text(field string, ru rule) string {
	s.r.sketch.text(s.name(field), "", ru)
	if !s.present(field, ru.mend) {
		return ""
	}
	return s.optional(field, "", ru)
}

// present reports a field that must be there and is not.
func (s *section) present(field, mend string) bool {
	s.r.sketch.required(s.path, field)
	if s.has(field) {
		return true
	}
	s.value(field)
	s.problem(field, "is missing", mend)
	return false
}

// texts returns a list of texts that keep ru, without repetitions.
func (s *section) texts(field string, ru rule) []string {
	all, _ := s.textsAt(field, ru)
	return all
}

// textsAt is texts together with the path of each.
func (s *section) textsAt(field string, ru rule) (all, at []string) {
	paths, nodes := s.items(field)
	s.r.sketch.text(element(s.name(field)), "", ru)
	for i, n := range nodes {
		if n == nil {
			s.r.problem(paths[i], "is empty", ru.mend)
			continue
		}
		text, ok := s.r.scalar(paths[i], n, ru)
		if !ok || !s.r.check(paths[i], text, ru) {
			continue
		}
		if slices.Contains(all, text) {
			s.r.problem(paths[i], quote(text)+" is in the list twice", "remove one of the two")
			continue
		}
		all, at = append(all, text), append(at, paths[i])
	}
	return all, at
}

// oneOf returns one of the words allowed, fallback if there is none, and "" for
// what it reported. Without a fallback the field must be there.
func (s *section) oneOf(field, fallback string, allowed ...string) string {
	list := "write " + strings.Join(allowed, " or ")
	s.r.sketch.text(s.name(field), fallback, rule{mend: list})
	s.r.sketch.more(s.name(field), "enum", allowed)
	if fallback == "" && !s.present(field, list) {
		return ""
	}
	text := s.optional(field, fallback, rule{mend: list})
	if text == "" || slices.Contains(allowed, text) {
		return text
	}
	if near, ok := nearest.Word(text, allowed); ok {
		list = "write " + near
	}
	s.problem(field, quote(text)+" is not known here", list)
	return ""
}

// yes returns true or false, false if there is none.
func (s *section) yes(field string) bool {
	n := s.value(field)
	s.r.sketch.note(s.name(field), shape{"type": "boolean", "default": false})
	if n == nil {
		return false
	}
	b, ok := n.(*ast.BoolNode)
	if !ok {
		s.problem(field, "is "+kindOf(n)+", must be true or false", "write true or false, without quotes")
		return false
	}
	return b.Value
}

// whole returns a whole number between low and high, or fallback.
func (s *section) whole(field string, fallback, low, high int) int {
	n := s.value(field)
	mend := fmt.Sprintf("write a whole number from %d to %d", low, high)
	s.r.sketch.note(s.name(field), shape{"type": "integer", "minimum": low, "maximum": high, "description": mend})
	if fallback >= low {
		s.r.sketch.more(s.name(field), "default", fallback)
	}
	if n == nil {
		return fallback
	}
	if _, ok := n.(*ast.IntegerNode); !ok {
		s.problem(field, "is "+kindOf(n)+", must be a whole number", mend)
		return fallback
	}
	got, err := strconv.Atoi(strings.ReplaceAll(tokenText(n), "_", ""))
	if err != nil || got < low || got > high {
		s.problem(field, quote(tokenText(n))+" is out of range", mend)
		return fallback
	}
	return got
}

// share returns a number from 0 to 1, or fallback.
func (s *section) share(field string, fallback float64) float64 {
	n := s.value(field)
	const mend = "write a number from 0 to 1, such as 0.1 for a tenth"
	s.r.sketch.note(s.name(field), shape{"type": "number", "minimum": 0, "maximum": 1, "default": fallback, "description": mend})
	if n == nil {
		return fallback
	}
	switch n.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		got, err := strconv.ParseFloat(tokenText(n), 64)
		if err == nil && got >= 0 && got <= 1 {
			return got
		}
		s.problem(field, quote(tokenText(n))+" is out of range", mend)
	default:
		s.problem(field, "is "+kindOf(n)+", must be a number", mend)
	}
	return fallback
}
