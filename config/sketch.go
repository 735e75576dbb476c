package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"airpass/policy"
)

// sketch notes what the reader asks of a file, instead of what the file says: which
// fields there are, of what form, and without which it is not content. The file's
// schema is drawn from it, so that the two cannot differ. All methods do nothing
// on nil, which is how a file is read.
type sketch struct{ root outline }

// shape is a JSON Schema of one form of a value.
type shape map[string]any

// outline is what is known of one place of the file, all elements of a list and all
// values of a map with keys of the writer's own being one place.
type outline struct {
	forms   []shape // of a text, number, …; any of them
	isMap   bool
	fields  map[string]*outline
	any     *outline // the value of each key, where they are the writer's own
	keys    rule     // what those look like
	element *outline // of a list
	some    bool     // the list is not empty

	seen   int            // how often the map was read
	needed map[string]int // how often a field was demanded then
	known  map[string]bool
}

// element is the path of all elements of a list.
func element(list string) string { return list + "[]" }

// at finds a place by its path: "targets[2].role".
func (s *sketch) at(path string) *outline {
	o := &s.root
	for _, part := range strings.FieldsFunc(strings.ReplaceAll(path, "[", ".["), func(r rune) bool { return r == '.' }) {
		switch {
		case strings.HasPrefix(part, "["):
			if o.element == nil {
				o.element = &outline{}
			}
			o = o.element
		case o.any != nil:
			o = o.any
		default:
			if o.fields == nil {
				o.fields = map[string]*outline{}
			}
			if o.fields[part] == nil {
				o.fields[part] = &outline{}
			}
			o = o.fields[part]
		}
	}
	return o
}

func (s *sketch) section(path string) {
	if s != nil {
		s.at(path).isMap = true
	}
}

func (s *sketch) field(path, field string) {
	if s != nil {
		s.at(join(path, field))
	}
}

func (s *sketch) list(path string) {
	if s != nil {
		s.at(element(path))
	}
}

// anyKey says that the keys of a map are the writer's own.
func (s *sketch) anyKey(path string, looks rule) {
	if s == nil {
		return
	}
	o := s.at(path)
	if o.any == nil {
		o.any = &outline{}
	}
	o.keys = looks
}

// required says that a field was demanded.
func (s *sketch) required(path, field string) {
	if s == nil {
		return
	}
	o := s.at(path)
	if o.needed == nil {
		o.needed = map[string]int{}
	}
	o.needed[field]++
}

// closed ends the reading of a map.
func (s *sketch) closed(path string, known []string) {
	if s == nil {
		return
	}
	o := s.at(path)
	o.seen++
	if o.known == nil {
		o.known = map[string]bool{}
	}
	for _, k := range known {
		o.known[k] = true
	}
}

func (s *sketch) atLeastOne(path string) {
	if s != nil {
		s.at(path).some = true
	}
}

// note adds a form, if it is not known yet.
func (s *sketch) note(path string, form shape) {
	if s == nil {
		return
	}
	o := s.at(path)
	if !slices.ContainsFunc(o.forms, func(f shape) bool { return reflect.DeepEqual(f["type"], form["type"]) && f["$ref"] == form["$ref"] }) {
		o.forms = append(o.forms, form)
	}
}

// more adds to the form that was noted last.
func (s *sketch) more(path, key string, value any) {
	if s != nil {
		forms := s.at(path).forms
		forms[len(forms)-1][key] = value
	}
}

// text notes a text that keeps a rule.
func (s *sketch) text(path, fallback string, ru rule) {
	if s == nil {
		return
	}
	form := shape{"type": "string", "maxLength": maxText, "description": ru.mend}
	if ru.digits {
		form["type"] = []string{"string", "integer"}
	}
	if ru.max > 0 {
		form["maxLength"] = ru.max
	}
	if ru.pattern != nil {
		form["pattern"] = ru.pattern.String()
	}
	if fallback != "" {
		form["default"] = fallback
	}
	s.note(path, form)
}

// durationPattern is what ParseDuration takes, but for signs.
const durationPattern = `^([0-9]{1,5}d)?(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))*$`

func (s *sketch) span(path string, fallback, low, high time.Duration) {
	form := shape{"type": "string", "minLength": 2, "pattern": durationPattern,
		"description": fmt.Sprintf("write a duration from %s to %s, such as %s", Duration(low), Duration(high), Duration(typical(fallback, low, high)))}
	if fallback > 0 {
		form["default"] = Duration(fallback)
	}
	s.note(path, form)
}

// age notes a number of days or years.
func (s *sketch) age(path string, fallback time.Duration, mend string) {
	form := shape{"type": "string", "minLength": 2, "pattern": `^(([1-9][0-9]?|100)y|[0-9]{1,5}d)$`, "description": mend}
	if fallback > 0 {
		form["default"] = Age(fallback)
	}
	s.note(path, form)
}

// secret notes a secret, and says whether there is a sketch: what is in a secret is
// no part of it.
func (s *sketch) secret(path string) bool {
	s.note(path, shape{"$ref": "#/$defs/secret"})
	return s != nil
}

// asciiLower is the pattern of a rule whose text is made lower-case before it is held to it.
func asciiLower(ru rule) string { return strings.ReplaceAll(ru.pattern.String(), "a-z", "A-Za-z") }

// draw reads files that between them lead the reader to every field that it knows.
// What is wrong with them is no matter.
func draw() *sketch {
	s := &sketch{}
	conditions, err := policy.NewConditions()
	if err != nil {
		panic("the conditions' own definition: " + err.Error())
	}
	for _, text := range samples() {
		r := newReader("sample", nil, nil)
		r.sketch = s
		body, ok := r.document([]byte(text))
		if !ok {
			panic("a sample is no YAML: " + r.problems.Error())
		}
		r.config(r.root(body), &Config{Conditions: conditions})
	}
	return s
}

// samples are the files that draw reads: a field that is demanded in all of them is
// demanded always.
func samples() []string {
	const stages = "[{approvers: [manager, {person: p}], widen_to: [manager, {person: p}]}]"
	return []string{`
slack: {}
okta: {org_url: o, api_token: {env: T}, setup: {api_token: {env: T}}, identity_center_user_name: {}}
aws: {portal_url: p, cuts: {}, accounts: {"111111111111": {}}}
environments: [{tags: {k: v}}]
policies: [{stages: ` + stages + `, fallback: [manager, {person: p}], rules: [{stages: ` + stages + `}], reason: {}, break_glass: {reviewers: [manager, {person: p}]}}]
targets: [{approvers: [manager, {person: p}]}]
campaigns: [{scope: {}, reviewers: [manager, {person: p}], fallback: [manager, {person: p}], escalate_to: [manager, {person: p}]}]
webhooks: [{}]
audit: {old_keys: {k0: {env: K}}, anchor_bucket: {}}
doctor: {schedule: "@daily"}
drift: {schedule: "@daily"}
retention: {personal: 730d}
tracing: {headers: {Authorization: {env: A}}}
pagerduty: {}
hours: {days: [mon]}
`, `
slack: {mode: http}
okta: {client_id: c, setup: {client_id: c}, identity_center_user_name: {from: attribute}, ensure_provisioned: {group: g}}
aws: {}
environments: [{}]
targets: [{mode: user, permission_set: create}, {mode: group}]
audit: {}
pagerduty: {}
hours: {}
`}
}

// Schema is the form of the configuration file as a JSON Schema, draft 2020-12. It sees
// less than the reader does, which also knows how fields depend on each other.
func Schema() ([]byte, error) {
	top := draw().root.schema()
	top["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	top["title"] = "The configuration of airpass"
	top["description"] = "docs/configuration.md says what each key means. airpass config check sees more than this schema."
	top["$defs"] = shape{"secret": secretSchema()}
	return json.MarshalIndent(top, "", "  ")
}

// secretSchema is where a secret may be kept.
func secretSchema() shape {
	words := map[string]string{
		inEnv: "the name of an environment variable", inFile: "the path of a file, relative to this one",
		inSecrets: "the name or ARN of a secret in AWS Secrets Manager", inSSM: "the name or ARN of a parameter of the SSM Parameter Store",
		inline: "the secret itself, which is warned of",
	}
	forms := make([]shape, 0, len(words))
	for _, form := range secretForms() {
		fields := shape{form: shape{"type": "string", "minLength": 1, "description": words[form]}}
		if form == inline {
			fields[form].(shape)["type"] = []string{"string", "integer"}
		}
		if form == inSecrets {
			fields[jsonKey] = shape{"type": []string{"string", "integer"}, "description": "the key of the text in a secret that is a JSON object"}
		}
		forms = append(forms, shape{"type": "object", "properties": fields, "required": []string{form}, "additionalProperties": false})
	}
	return shape{"description": "where a secret is kept", "oneOf": forms}
}

// schema is the place's JSON Schema.
func (o *outline) schema() shape {
	var forms []shape
	for _, form := range o.forms {
		forms = append(forms, maps.Clone(form))
	}
	if o.element != nil {
		list := shape{"type": "array", "items": o.element.schema()}
		if o.some {
			list["minItems"] = 1
		}
		forms = append(forms, list)
	}
	if o.isMap {
		forms = append(forms, o.object())
	}
	if len(forms) == 1 {
		return forms[0]
	}
	return shape{"anyOf": forms}
}

func (o *outline) object() shape {
	if o.any != nil {
		all := shape{"type": "object", "additionalProperties": o.any.schema()}
		if o.keys.pattern != nil {
			all["propertyNames"] = shape{"pattern": o.keys.pattern.String()}
		}
		return all
	}
	fields, required := shape{}, []string{}
	for _, name := range slices.Sorted(maps.Keys(o.fields)) {
		field := o.fields[name].schema()
		if o.seen > 0 && o.needed[name] >= o.seen {
			required = append(required, name)
		} else {
			field = orNothing(field)
		}
		fields[name] = field
	}
	all := shape{"type": "object", "properties": fields, "additionalProperties": false}
	if len(required) > 0 {
		all["required"] = required
	}
	return all
}

// orNothing lets a field stand without a value, which is as if it were not there.
func orNothing(field shape) shape {
	nothing := shape{"type": "null"}
	if any, several := field["anyOf"].([]shape); several {
		field["anyOf"] = append(any, nothing)
		return field
	}
	kind, ok := field["type"].(string)
	if _, listed := field["enum"]; !ok || listed {
		return shape{"anyOf": []shape{field, nothing}}
	}
	field["type"] = []string{kind, "null"}
	return field
}
