package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing wrong in a configuration file.
type Problem struct {
	File    string // as given to Load or Parse
	Line    int    // from 1
	Column  int    // from 1, in characters
	Field   string // "targets[2].role"; empty when the file is no YAML
	Message string // what is wrong
	Mend    string // what to write instead; may be empty
	Warning bool   // airpass runs all the same

	away bool // it is only that somebody does not answer now
}

// String is the problem on one line: place, field, what is wrong; how to mend it.
func (p Problem) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: ", p.File, p.Line, p.Column)
	if p.Warning {
		b.WriteString("warning: ")
	}
	if p.Field != "" {
		b.WriteString(p.Field + ": ")
	}
	b.WriteString(p.Message)
	if p.Mend != "" {
		b.WriteString("; " + p.Mend)
	}
	return strings.NewReplacer("\n", `\n`, "\r", `\r`).Replace(b.String())
}

// Problems is everything found wrong in a file. As an error it holds at least one
// problem that is not a warning.
type Problems []Problem

// Error prints the problems one per line, sorted by line.
func (ps Problems) Error() string {
	lines := make([]string, 0, len(ps))
	for _, p := range ps.sorted() {
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
}

// Fatal says whether any problem is more than a warning.
func (ps Problems) Fatal() bool {
	return slices.ContainsFunc(ps, func(p Problem) bool { return !p.Warning })
}

// away says that nothing is wrong but that somebody does not answer now.
func (ps Problems) away() bool {
	return ps.Fatal() && !slices.ContainsFunc(ps, func(p Problem) bool { return !p.Warning && !p.away })
}

// sorted is a copy in the order of the file.
func (ps Problems) sorted() Problems {
	all := slices.Clone(ps)
	slices.SortStableFunc(all, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Field, b.Field))
	})
	return all
}
