package okta

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// attributes gives the values of an attribute: none where it is not set, several
// where it is a list.
type attributes func(name string) []any

// condition is a parsed filter expression.
type condition func(attributes) bool

// always is the condition of a request without a filter.
func always(attributes) bool { return true }

// dialect is what one parameter of one list understands: whether there is such an
// attribute, and whether it may be compared with this operator.
type dialect func(attribute, operator string) bool

// parseFilter reads an expression of Okta's SCIM-like language: eq, ne, sw, co, gt,
// ge, lt, le, pr; and, or, not; parentheses; values in quotation marks with \" and
// \\ escaped, or true, false and numbers. Empty text is every item; anything else
// is E0000031.
// See https://developer.okta.com/docs/api/#filter.
func parseFilter(text string, d dialect) (condition, error) {
	if text == "" {
		return always, nil
	}
	tokens, ok := lex(text)
	if !ok {
		return nil, errSearch()
	}
	p := &parser{tokens: tokens, dialect: d}
	cond, ok := p.or()
	if !ok || len(p.tokens) > 0 {
		return nil, errSearch()
	}
	return cond, nil
}

type token struct {
	text   string
	quoted bool
}

// lex splits an expression into words, parentheses and quoted values.
func lex(text string) ([]token, bool) {
	var out []token
	runes := []rune(text)
	for i := 0; i < len(runes); {
		switch r := runes[i]; {
		case unicode.IsSpace(r):
			i++
		case r == '(' || r == ')':
			out = append(out, token{text: string(r)})
			i++
		case r == '"':
			value, n, ok := lexQuoted(runes[i:])
			if !ok {
				return nil, false
			}
			out = append(out, token{text: value, quoted: true})
			i += n
		default:
			from := i
			for i < len(runes) && !unicode.IsSpace(runes[i]) && !strings.ContainsRune(`()"`, runes[i]) {
				i++
			}
			out = append(out, token{text: string(runes[from:i])})
		}
	}
	return out, len(out) > 0
}

func lexQuoted(runes []rune) (value string, length int, ok bool) {
	var b strings.Builder
	for i := 1; i < len(runes); i++ {
		switch runes[i] {
		case '"':
			return b.String(), i + 1, true
		case '\\':
			i++
			if i == len(runes) || !strings.ContainsRune(`"\/`, runes[i]) {
				return "", 0, false
			}
			b.WriteRune(runes[i])
		default:
			b.WriteRune(runes[i])
		}
	}
	return "", 0, false
}

type parser struct {
	tokens  []token
	dialect dialect
	depth   int
}

// maxDepth bounds nesting, so that a long expression cannot exhaust the stack.
const maxDepth = 100

func (p *parser) word(words ...string) (string, bool) {
	if len(p.tokens) == 0 || p.tokens[0].quoted {
		return "", false
	}
	for _, w := range words {
		if strings.EqualFold(p.tokens[0].text, w) {
			p.tokens = p.tokens[1:]
			return w, true
		}
	}
	return "", false
}

func (p *parser) or() (condition, bool) {
	return p.chain("or", p.and, func(a, b bool) bool { return a || b })
}

func (p *parser) and() (condition, bool) {
	return p.chain("and", p.unary, func(a, b bool) bool { return a && b })
}

func (p *parser) chain(word string, part func() (condition, bool), join func(a, b bool) bool) (condition, bool) {
	left, ok := part()
	for ok {
		if _, more := p.word(word); !more {
			break
		}
		a := left
		var b condition
		if b, ok = part(); ok {
			left = func(get attributes) bool { return join(a(get), b(get)) }
		}
	}
	return left, ok
}

func (p *parser) unary() (condition, bool) {
	if p.depth++; p.depth > maxDepth {
		return nil, false
	}
	defer func() { p.depth-- }()
	if _, ok := p.word("not"); ok {
		inner, ok := p.unary()
		if !ok {
			return nil, false
		}
		return func(get attributes) bool { return !inner(get) }, true
	}
	if _, ok := p.word("("); ok {
		inner, ok := p.or()
		if !ok {
			return nil, false
		}
		_, ok = p.word(")")
		return inner, ok
	}
	return p.comparison()
}

func (p *parser) comparison() (condition, bool) {
	if len(p.tokens) == 0 || p.tokens[0].quoted || strings.Contains(`()`, p.tokens[0].text) {
		return nil, false
	}
	attribute := p.tokens[0].text
	p.tokens = p.tokens[1:]
	op, ok := p.word("eq", "ne", "sw", "co", "gt", "ge", "lt", "le", "pr")
	if !ok || !p.dialect(attribute, op) {
		return nil, false
	}
	if op == "pr" {
		return func(get attributes) bool { return len(get(attribute)) > 0 }, true
	}
	if len(p.tokens) == 0 {
		return nil, false
	}
	want, ok := literal(p.tokens[0])
	if !ok {
		return nil, false
	}
	p.tokens = p.tokens[1:]
	return compareWith(attribute, op, want), true
}

// literal reads a value: text in quotation marks, or a bare true, false or number.
func literal(t token) (any, bool) {
	if t.quoted {
		return t.text, true
	}
	switch t.text {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	n, err := strconv.ParseFloat(t.text, 64)
	return n, err == nil
}

func compareWith(attribute, op string, want any) condition {
	return func(get attributes) bool {
		some := func(op string) bool {
			return slices.ContainsFunc(get(attribute), func(have any) bool { return matches(attribute, op, have, want) })
		}
		if op == "ne" {
			return !some("eq")
		}
		return some(op)
	}
}

func matches(attribute, op string, have, want any) bool {
	order, comparable := compare(attribute, have, want)
	switch op {
	case "eq":
		return comparable && order == 0
	case "gt":
		return comparable && order > 0
	case "ge":
		return comparable && order >= 0
	case "lt":
		return comparable && order < 0
	case "le":
		return comparable && order <= 0
	}
	h, isText := have.(string)
	w, alsoText := want.(string)
	if !isText || !alsoText {
		return false
	}
	h, w = strings.ToLower(h), strings.ToLower(w)
	if op == "sw" {
		return strings.HasPrefix(h, w)
	}
	return strings.Contains(h, w)
}

// compare orders two values of one type. Text is compared without regard to case,
// except ids, in which case tells one from another.
func compare(attribute string, have, want any) (order int, comparable bool) {
	switch h := have.(type) {
	case time.Time:
		text, _ := want.(string)
		w, err := time.Parse(time.RFC3339, text)
		return h.Truncate(time.Millisecond).Compare(w), err == nil
	case string:
		w, ok := want.(string)
		if attribute == "id" || strings.HasSuffix(attribute, ".id") {
			return strings.Compare(h, w), ok
		}
		return strings.Compare(strings.ToLower(h), strings.ToLower(w)), ok
	case bool:
		w, ok := want.(bool)
		if h == w {
			return 0, ok
		}
		return 1, ok
	case float64:
		w, ok := want.(float64)
		switch {
		case h < w:
			return -1, ok
		case h > w:
			return 1, ok
		}
		return 0, ok
	}
	return 0, false
}

// one wraps a single value; empty text is no value.
func one(v any) []any {
	if v == nil || v == "" {
		return nil
	}
	return []any{v}
}
