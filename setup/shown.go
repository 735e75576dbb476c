package setup

import (
	"encoding/json"
	"fmt"
	"strings"
)

// String is the plan as people read it; empty if there is nothing to say.
func (p Plan) String() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, "  "+format+"\n", args...) }
	for _, c := range p.Changes {
		line("%s", c.words())
		for _, f := range c.Fields {
			for _, l := range f.lines() {
				line("    %s", l)
			}
		}
	}
	for _, of := range []struct {
		what string
		all  []string
	}{{"REFUSED", p.Refused}, {"kept", p.Kept}, {"warning", p.Warnings}, {"by hand", p.ByHand}} {
		for _, words := range of.all {
			line("%s: %s", of.what, words)
		}
	}
	for _, f := range p.File {
		line("for the file: %s: %s", f.Name, f.Wanted)
	}
	if b.Len() == 0 {
		return ""
	}
	return p.Target + "\n" + b.String()
}

// words is a change in a few.
func (c Change) words() string {
	switch c.Do {
	case CreateGroup:
		return "+ Okta group " + c.Of
	case CreateSet:
		return "+ permission set " + c.Of
	case UpdateSet:
		return "~ permission set " + c.Of
	case PutPolicy:
		return "~ inline policy of " + c.Of
	case Provision:
		return "> provision " + c.Of
	case Assign:
		return "+ assign " + c.Of + " to a group"
	}
	return string(c.Do) + " " + c.Of
}

// lines are a field as a diff.
func (f Field) lines() []string {
	if f.Name == "inline_policy" {
		return diff(indented(f.Is), indented(f.Wanted))
	}
	if f.Is == "" {
		return []string{f.Name + ": " + f.Wanted}
	}
	return []string{f.Name + ": " + f.Is + " -> " + f.Wanted}
}

// indented are the lines of a policy, laid out as ours are.
func indented(policy string) []string {
	if policy == "" {
		return nil
	}
	var doc any
	if json.Unmarshal([]byte(policy), &doc) == nil {
		if text, err := json.MarshalIndent(doc, "", "  "); err == nil {
			policy = string(text)
		}
	}
	return strings.Split(policy, "\n")
}

// diff is what turns lines into others: the longest they have in common stays.
func diff(is, wanted []string) []string {
	common := make([][]int, len(is)+1)
	for i := range common {
		common[i] = make([]int, len(wanted)+1)
	}
	for i := len(is) - 1; i >= 0; i-- {
		for j := len(wanted) - 1; j >= 0; j-- {
			if is[i] == wanted[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var all []string
	i, j := 0, 0
	for i < len(is) || j < len(wanted) {
		switch {
		case i < len(is) && j < len(wanted) && is[i] == wanted[j]:
			all = append(all, "  "+is[i])
			i, j = i+1, j+1
		case j == len(wanted) || i < len(is) && common[i+1][j] >= common[i][j+1]:
			all = append(all, "- "+is[i])
			i++
		default:
			all = append(all, "+ "+wanted[j])
			j++
		}
	}
	return all
}
