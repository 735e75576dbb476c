package config

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"airpass/access"
)

// Finding is a target with live grants that the file changes or no longer has.
// Those grants keep the target as it was when they were approved: they are still
// revoked, by the ids of then.
type Finding struct {
	Target  string
	Grants  int      // live grants made under this older form of the target
	Deleted bool     // the file has no such target
	Changes []Change // what differs, by field; empty if Deleted
}

// Change is one field of a target that differs.
type Change struct {
	Field string // "environment.account"
	Was   string // as approved; empty if it was not set
	Is    string // as in the file; empty if it is not set
}

// String is the finding on one line.
func (f Finding) String() string {
	grants := fmt.Sprintf("%d live grants", f.Grants)
	if f.Grants == 1 {
		grants = "1 live grant"
	}
	if f.Deleted {
		return fmt.Sprintf("%s: no longer in the file; %s will end as approved", f.Target, grants)
	}
	changes := make([]string, 0, len(f.Changes))
	for _, c := range f.Changes {
		changes = append(changes, fmt.Sprintf("%s was %s, is %s", c.Field, cmp.Or(c.Was, "not set"), cmp.Or(c.Is, "not set")))
	}
	return fmt.Sprintf("%s: %s made when %s", f.Target, grants, strings.Join(changes, "; "))
}

// Affected compares the targets of live grants, each as it was when approved, one
// element per grant, with those of the file. Findings are sorted by target.
func Affected(cfg *Config, live []access.Target) []Finding {
	found := map[string]*Finding{}
	for _, was := range live {
		is, ok := cfg.Target(was.ID)
		f := Finding{Target: was.ID, Deleted: !ok}
		if ok {
			f.Changes = changes(was, is)
		}
		if ok && len(f.Changes) == 0 {
			continue
		}
		key := fmt.Sprint(f)
		if found[key] == nil {
			found[key] = &f
		}
		found[key].Grants++
	}
	var all []Finding
	for _, key := range slices.Sorted(maps.Keys(found)) {
		all = append(all, *found[key])
	}
	slices.SortStableFunc(all, func(a, b Finding) int { return strings.Compare(a.Target, b.Target) })
	return all
}

// changes compares two targets as they are stored, in JSON, so that a new field of
// access.Target is compared without a word here.
func changes(was, is access.Target) []Change {
	a, b := flat(was), flat(is)
	var all []Change
	for field := range union(a, b) {
		if a[field] != b[field] {
			all = append(all, Change{Field: field, Was: a[field], Is: b[field]})
		}
	}
	slices.SortFunc(all, func(x, y Change) int { return strings.Compare(x.Field, y.Field) })
	return all
}

func union(a, b map[string]string) map[string]bool {
	all := map[string]bool{}
	for k := range a {
		all[k] = true
	}
	for k := range b {
		all[k] = true
	}
	return all
}

// flat is a target's stored fields by name, those of its environment after a dot.
func flat(t access.Target) map[string]string {
	data, err := json.Marshal(t)
	if err != nil {
		panic("access.Target is plain data: " + err.Error())
	}
	all := map[string]string{}
	flatten(all, "", data)
	return all
}

func flatten(all map[string]string, prefix string, data []byte) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(data, &fields) != nil {
		return
	}
	for name, value := range fields {
		path := join(prefix, name)
		if name == "environment" {
			flatten(all, path, value)
			continue
		}
		all[path] = readable(name, value)
	}
}

// readable is a stored value in the file's notation; empty for what is not set.
func readable(name string, value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	var ns int64
	if json.Unmarshal(value, &ns) == nil && (strings.HasSuffix(name, "_duration") || name == "max_continuous" || name == "start_ahead") {
		return Duration(time.Duration(ns))
	}
	if bytes.Equal(value, []byte("null")) {
		return ""
	}
	return string(value)
}
