// Package docs_test holds these pages to the repository: what they point at and name
// has to be there.
package docs_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"airpass/config"
)

const root = ".."

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// pages are all pages for people, from the root.
func pages(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/adr/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			name, err := filepath.Rel(root, f)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, name)
		}
	}
	if len(all) < 8 {
		t.Fatalf("only %v was found", all)
	}
	return all
}

var (
	linked  = regexp.MustCompile(`\]\(([^)#\s]*)(#[^)\s]*)?\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	noWord  = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	for _, page := range pages(t) {
		for _, m := range linked.FindAllStringSubmatch(read(t, page), -1) {
			target, fragment := m[1], strings.TrimPrefix(m[2], "#")
			if strings.Contains(target, "://") {
				continue
			}
			file := page
			if target != "" {
				file = filepath.Join(filepath.Dir(page), target)
			}
			if _, err := os.Stat(filepath.Join(root, file)); err != nil {
				t.Errorf("%s: %s is not there", page, m[0])
				continue
			}
			if fragment != "" && !slices.Contains(anchors(read(t, file)), fragment) {
				t.Errorf("%s: %s has no such heading", page, m[0])
			}
		}
	}
}

// anchors are the names under which a page's headings are linked.
func anchors(text string) []string {
	var all []string
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		name := noWord.ReplaceAllString(strings.ToLower(m[1]), "")
		all = append(all, strings.ReplaceAll(name, " ", "-"))
	}
	return all
}

func TestTheTestsThatAreNamedAreThere(t *testing.T) {
	t.Parallel()
	functions := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Example)\w*)\(`)
	err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
			functions[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`\b(?:Test|Fuzz|Example)[A-Z]\w*`).FindAllString(read(t, "docs/security.md"), -1)
	if len(named) < 20 {
		t.Fatalf("only %d tests are named", len(named))
	}
	for _, name := range named {
		if !functions[name] {
			t.Errorf("docs/security.md names %s, which is not there", name)
		}
	}
}

// Each threat names a test that shows what stops it, or says where that is shown.
func TestEveryThreatNamesItsTest(t *testing.T) {
	t.Parallel()
	_, table, _ := strings.Cut(read(t, "docs/security.md"), "| Threat | What stops it | Tested in |\n|---|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	rows := strings.Split(strings.TrimSpace(table), "\n")
	if len(rows) < 30 {
		t.Fatalf("only %d threats were found", len(rows))
	}
	named := regexp.MustCompile("`[a-z/]+` (?:Test|Fuzz|Example)[A-Z]?\\w*")
	for _, row := range rows {
		cells := strings.Split(strings.Trim(row, "| "), " | ")
		if len(cells) != 3 || !named.MatchString(cells[len(cells)-1]) {
			t.Errorf("no test is named for: %s", row)
		}
	}
}

// The quick start's file is one that airpass setup takes, and nothing of it is out of date.
func TestTheFileOfTheQuickStartIsTaken(t *testing.T) {
	t.Parallel()
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(read(t, "docs/quick-start.md"), -1)
	if len(blocks) != 1 {
		t.Fatalf("%d files", len(blocks))
	}
	file := filepath.Join(t.TempDir(), "airpass.yaml")
	if err := os.WriteFile(file, []byte(blocks[0][1]), 0o600); err != nil {
		t.Fatal(err)
	}
	source := config.Source{Path: file, Setup: true, Blind: true}
	c, err := source.Form()
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Targets()) != 1 || len(c.Warnings) > 0 {
		t.Errorf("%d targets, warnings %v", len(c.Targets()), c.Warnings)
	}
}

// Every key of the example, what is commented out included, has its row.
func TestEveryKeyOfTheConfigurationIsExplained(t *testing.T) {
	t.Parallel()
	uncommented := regexp.MustCompile(`(?m)^(\s*)# ?(\s*[a-z_]+:(?: |$))`).ReplaceAllString(read(t, "airpass.example.yaml"), "$1$2")
	page := read(t, "docs/configuration.md")
	keys := regexp.MustCompile(`(?m)^\s*(?:- )?([a-z_]+):`).FindAllStringSubmatch(uncommented, -1)
	if len(keys) < 60 {
		t.Fatalf("only %d keys were found", len(keys))
	}
	for _, m := range keys {
		if !strings.Contains(page, "`"+m[1]+"`") && !strings.Contains(page, "## "+m[1]) && !strings.Contains(page, m[1]) {
			t.Errorf("docs/configuration.md does not explain %s", m[1])
		}
	}
}

func TestTheMetricsAreThoseThatAreServed(t *testing.T) {
	t.Parallel()
	name := regexp.MustCompile(`airpass_[a-z_]+`)
	files, err := filepath.Glob(filepath.Join(root, "bot", "metrics*.go"))
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	var served []string
	for _, f := range files {
		served = append(served, name.FindAllString(strings.ReplaceAll(read(t, filepath.Join("bot", filepath.Base(f))), `"`, " "), -1)...)
	}
	page := read(t, "docs/operations.md")
	for _, m := range served {
		if !strings.Contains(page, "| `"+m+"` |") {
			t.Errorf("docs/operations.md does not explain %s", m)
		}
	}
	for _, m := range name.FindAllString(page+read(t, "docs/verify-live.md"), -1) {
		if m != "airpass_message" && !slices.Contains(served, m) {
			t.Errorf("%s is explained and not served", m)
		}
	}
}

// What airpass itself may do is printed by airpass setup iam and tested there.
func TestTheJSONOfTheREADMEIsJSON(t *testing.T) {
	t.Parallel()
	blocks := regexp.MustCompile("(?s)```json\n(.*?)```").FindAllStringSubmatch(read(t, "README.md"), -1)
	if len(blocks) == 0 {
		t.Error("there is none")
	}
	for _, b := range blocks {
		if !json.Valid([]byte(b[1])) {
			t.Errorf("no JSON: %s", b[1])
		}
	}
}
