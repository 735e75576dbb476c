// Package trailfacts reads docs/audit-format.md for tests: what is recorded of each kind of
// event, as an auditor is told.
package trailfacts

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"airpass/access"
)

// Names are those of facts and of personal values.
type Names struct{ Facts, Personal map[string]bool }

// With are all names of both.
func (n Names) With(more Names) Names {
	return Names{Facts: both(n.Facts, more.Facts), Personal: both(n.Personal, more.Personal)}
}

// Without are the names that others do not have, sorted.
func (n Names) Without(others Names) []string {
	var all []string
	for name := range n.Facts {
		if !others.Facts[name] {
			all = append(all, name)
		}
	}
	for name := range n.Personal {
		if !others.Personal[name] {
			all = append(all, name+" (personal)")
		}
	}
	slices.Sort(all)
	return all
}

func both(a, b map[string]bool) map[string]bool {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]bool{}
	}
	maps.Copy(all, b)
	return all
}

// Row is one of the page's table: kinds that record the same.
type Row struct {
	Kinds []access.EventKind
	Names
}

// ByKind are the names of each kind.
func ByKind(rows []Row) map[access.EventKind]Names {
	all := map[access.EventKind]Names{}
	for _, r := range rows {
		for _, k := range r.Kinds {
			all[k] = all[k].With(r.Names)
		}
	}
	return all
}

// Listed are the rows of the page's table of facts. Each part of a cell, up to a semicolon,
// begins with a name.
func Listed(page string) ([]Row, error) {
	_, text, is := strings.Cut(page, "\n| kind | facts | personal values |\n|---|---|---|\n")
	if !is {
		return nil, fmt.Errorf("%w: the page has no table of facts", access.ErrInvalid)
	}
	text, _, _ = strings.Cut(text, "\n\n")
	var all []Row
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 3 {
			return nil, fmt.Errorf("%w: %d cells in %s", access.ErrInvalid, len(cells), line)
		}
		facts, err1 := names(cells[1])
		personal, err2 := names(cells[2])
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("%s: %w", cells[0], err)
		}
		all = append(all, Row{Kinds(cells[0]), Names{facts, personal}})
	}
	return all, nil
}

var (
	kindNamed = regexp.MustCompile("`([a-z_]*)\\.([a-z_]+)`")
	factNamed = regexp.MustCompile("^`([a-z_.]+)`")
)

// Kinds are the kinds that a cell names: `.denied` goes on with the first word of the one
// before it.
func Kinds(cell string) []access.EventKind {
	var all []access.EventKind
	first := ""
	for _, m := range kindNamed.FindAllStringSubmatch(cell, -1) {
		if m[1] != "" {
			first = m[1]
		}
		all = append(all, access.EventKind(first+"."+m[2]))
	}
	return all
}

func names(cell string) (map[string]bool, error) {
	all := map[string]bool{}
	if strings.TrimSpace(cell) == "" {
		return all, nil
	}
	for part := range strings.SplitSeq(cell, ";") {
		named := factNamed.FindStringSubmatch(strings.TrimSpace(part))
		if named == nil || all[named[1]] {
			return nil, fmt.Errorf("%w: %q does not begin with a new name", access.ErrInvalid, part)
		}
		all[named[1]] = true
	}
	return all, nil
}
