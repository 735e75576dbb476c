package workspace

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// surface is where blocks are shown.
type surface string

const (
	onMessage surface = "message"
	onModal   surface = "modal"
	onHome    surface = "home"
)

// blockChecker collects what is wrong with blocks, in the words of Slack's
// schema validator: "must be less than 76 characters [json-pointer:/blocks/…]".
type blockChecker struct {
	on       surface
	problems []string
	blockIDs map[string]bool
	hasInput bool
}

func (c *blockChecker) fail(ptr, format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf(format, args...)+" [json-pointer:"+ptr+"]")
}

// rule checks one value.
type rule func(c *blockChecker, ptr string, v any)

// shape is the allowed properties of an object and which of them it must have.
type shape struct {
	required []string
	props    map[string]rule
}

func (s shape) with(extra map[string]rule, required ...string) shape {
	props := maps.Clone(s.props)
	maps.Copy(props, extra)
	return shape{required: append(slices.Clone(s.required), required...), props: props}
}

func (s shape) check(c *blockChecker, ptr string, o map[string]any) {
	for _, name := range s.required {
		if v, ok := o[name]; !ok || v == nil {
			c.fail(ptr, "missing required field: %s", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o)) {
		r, ok := s.props[name]
		switch {
		case !ok:
			c.fail(ptr, "invalid additional property: %s", name)
		case o[name] != nil:
			r(c, ptr+"/"+name, o[name])
		}
	}
}

func anything(*blockChecker, string, any) {}

func boolean(c *blockChecker, ptr string, v any) {
	if _, ok := v.(bool); !ok {
		c.fail(ptr, "must be a boolean")
	}
}

func integer(low, high int) rule {
	return func(c *blockChecker, ptr string, v any) {
		n, ok := v.(float64)
		switch {
		case !ok || n != float64(int64(n)):
			c.fail(ptr, "must be an integer")
		case n < float64(low):
			c.fail(ptr, "must be greater than %d", low-1)
		case n > float64(high):
			c.fail(ptr, "must be less than %d", high+1)
		}
	}
}

func length(c *blockChecker, ptr, s string, low, high int) {
	n := utf8.RuneCountInString(s)
	if n < low {
		c.fail(ptr, "must be more than %d characters", low-1)
	}
	if n > high {
		c.fail(ptr, "must be less than %d characters", high+1)
	}
}

func text(low, high int) rule {
	return func(c *blockChecker, ptr string, v any) {
		s, ok := v.(string)
		if !ok {
			c.fail(ptr, "must provide a string")
			return
		}
		length(c, ptr, s, low, high)
	}
}

func oneOf(values ...string) rule {
	return func(c *blockChecker, ptr string, v any) {
		if s, ok := v.(string); !ok || !slices.Contains(values, s) {
			c.fail(ptr, "must be a valid enum value")
		}
	}
}

// textObject checks a text object of at most high characters; plain demands
// plain_text.
func textObject(plain bool, high int) rule {
	return func(c *blockChecker, ptr string, v any) {
		inner := &blockChecker{on: c.on}
		o, ok := v.(map[string]any)
		if !ok {
			c.fail(ptr, "must provide an object")
			return
		}
		kind := str(o, "type")
		switch {
		case kind != "plain_text" && kind != "mrkdwn":
			inner.fail(ptr+"/type", "unsupported type: %s", kind)
		case plain && kind != "plain_text":
			inner.fail(ptr+"/type", "must be a valid enum value")
		}
		shape{required: []string{"type", "text"}, props: map[string]rule{
			"type": anything, "text": text(1, high), "emoji": boolean, "verbatim": boolean,
		}}.check(inner, ptr, o)
		if kind == "mrkdwn" && o["emoji"] != nil {
			inner.fail(ptr, "invalid additional property: emoji")
		}
		if len(inner.problems) > 0 {
			c.fail(ptr, "failed to match all allowed schemas")
			c.problems = append(c.problems, inner.problems...)
		}
	}
}

func array(low, high int, item rule) rule {
	return func(c *blockChecker, ptr string, v any) {
		items, ok := v.([]any)
		switch {
		case !ok:
			c.fail(ptr, "must provide an array")
			return
		case len(items) < low:
			c.fail(ptr, "no fewer than %d items allowed", low)
		case len(items) > high:
			c.fail(ptr, "no more than %d items allowed", high)
		}
		for i, it := range items {
			item(c, fmt.Sprintf("%s/%d", ptr, i), it)
		}
	}
}

func object(s shape) rule {
	return func(c *blockChecker, ptr string, v any) {
		o, ok := v.(map[string]any)
		if !ok {
			c.fail(ptr, "must provide an object")
			return
		}
		s.check(c, ptr, o)
	}
}

// checkBlocks returns what Slack finds wrong with the blocks of a surface; ptr is
// the JSON pointer of the array.
func checkBlocks(on surface, ptr string, blocks []Block) (problems []string, hasInput bool) {
	c := &blockChecker{on: on, blockIDs: map[string]bool{}}
	limit := maxViewBlocks
	if on == onMessage {
		limit = maxMessageBlocks
	}
	if len(blocks) > limit {
		c.fail(ptr, "no more than %d items allowed", limit)
	}
	kinds := blockShapes()
	for i, b := range blocks {
		c.block(kinds, fmt.Sprintf("%s/%d", ptr, i), b)
	}
	return c.problems, c.hasInput
}

func (c *blockChecker) block(kinds map[string]blockShape, ptr string, b Block) {
	kind := str(b, "type")
	spec, ok := kinds[kind]
	if !ok || !slices.Contains(spec.on, c.on) {
		c.fail(ptr+"/type", "unsupported type: %s", kind)
		return
	}
	spec.check(c, ptr, b)
	if id := str(b, "block_id"); id != "" {
		if c.blockIDs[id] {
			c.fail(ptr+"/block_id", "`block_id` %q already exists for another block in this surface", id)
		}
		c.blockIDs[id] = true
	}
	seen := map[string]bool{}
	for _, e := range elementsOf(b) {
		id := str(e, "action_id")
		if id != "" && seen[id] {
			c.fail(ptr, "`action_id` %q already exists for another element in this block", id)
		}
		seen[id] = true
	}
	switch kind {
	case "input":
		c.hasInput = true
	case "section":
		if b["text"] == nil && len(list(b, "fields")) == 0 {
			c.fail(ptr, "must define either `text` or `fields`")
		}
	}
}

// elementsOf returns the elements of a block that a person can touch.
func elementsOf(b Block) []Block {
	var out []Block
	for _, key := range []string{"accessory", "element"} {
		if e := obj(b, key); e != nil {
			out = append(out, e)
		}
	}
	if str(b, "type") == "actions" {
		for _, e := range list(b, "elements") {
			if m, ok := e.(map[string]any); ok {
				out = append(out, m)
			}
		}
	}
	return out
}

// element checks that a value is an element of one of the kinds allowed here.
func element(allowed ...string) rule {
	return func(c *blockChecker, ptr string, v any) {
		o, ok := v.(map[string]any)
		if !ok {
			c.fail(ptr, "must provide an object")
			return
		}
		kind := str(o, "type")
		spec, known := elementShapes()[kind]
		if !known || !slices.Contains(allowed, kind) || (len(spec.on) > 0 && !slices.Contains(spec.on, c.on)) {
			c.fail(ptr+"/type", "unsupported type: %s", kind)
			return
		}
		spec.check(c, ptr, o)
		c.choices(kind, ptr, o)
	}
}

// choices checks what a schema cannot say of a menu: one source of options, and
// initial options that are among them.
func (c *blockChecker) choices(kind, ptr string, o map[string]any) {
	if strings.HasSuffix(kind, "static_select") {
		_, flat := o["options"]
		_, grouped := o["option_groups"]
		if flat == grouped {
			c.fail(ptr, "must define either `options` or `option_groups`")
		}
	}
	offered := optionsOf(o)
	if offered == nil {
		return
	}
	check := func(at string, initial any) {
		first, ok := initial.(map[string]any)
		if ok && !slices.ContainsFunc(offered, func(p Option) bool { return p.Value == str(first, "value") }) {
			c.fail(at, "initial option must be one of the options")
		}
	}
	if o["initial_option"] != nil {
		check(ptr+"/initial_option", o["initial_option"])
	}
	for i, it := range list(o, "initial_options") {
		check(fmt.Sprintf("%s/initial_options/%d", ptr, i), it)
	}
}
