package store_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"airpass/access"
	"airpass/messages"
	"airpass/store"
)

// Erasing knows by heart into which sentences airpass puts names. They are read from the
// source here, and said in every language: none may keep the name.
func TestErasingKnowsEverySentenceWithANameInIt(t *testing.T) {
	var said []string
	for _, s := range sentences(t) {
		said = append(said, fmt.Sprintf(s.english, s.args...))
		for _, language := range messages.Languages() {
			said = append(said, messages.Speaking(language, messages.Printer{}).Say(s.english, s.args...))
		}
	}
	slices.Sort(said)
	said = slices.Compact(said)
	if len(said) < 17 {
		t.Fatalf("only %q were found", said)
	}
	onEach(t, func(t *testing.T, w *world) {
		w.move(w.move(w.grant(w.ask(ada, prod), access.GrantProvisioning), access.GrantRevoking), access.GrantEnded) // decided by Grace
		w.update(func(tx *store.Tx) error {
			for i, text := range said {
				if _, err := tx.CreateMessage(access.Message{ID: fmt.Sprintf("m%03d", i), Kind: access.Notice, To: "UX", Text: text, State: access.MessagePosted}); err != nil {
					return err
				}
			}
			return nil
		})
		if _, err := w.ErasePersonal(t.Context(), tester, grace.OktaID); err != nil {
			t.Fatal(err)
		}
		for i, text := range said {
			m, err := w.Message(t.Context(), fmt.Sprintf("m%03d", i))
			if err != nil || strings.Contains(m.Text, grace.Name) || !strings.Contains(m.Text, grace.OktaID) {
				t.Errorf("of %q is left %q: add it to told in scrub.go (%v)", text, m.Text, err)
			}
		}
	})
}

// sentence is words with somebody's name among what is put into them.
type sentence struct {
	english string
	args    []any
}

// sentences are those in the source of who tells people something.
func sentences(t *testing.T) (all []sentence) {
	t.Helper()
	files := token.NewFileSet()
	for _, folder := range []string{"approvals", "campaigns", "cuts", "grants", "reviews"} {
		paths, err := filepath.Glob("../" + folder + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			file, err := parser.ParseFile(files, path, text, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if call, is := n.(*ast.CallExpr); is {
					if s, is := sentenceOf(call); is {
						all = append(all, s)
					}
				}
				return true
			})
		}
	}
	return all
}

var verb = regexp.MustCompile(`%[a-z]`)

// sentenceOf is what a call says, if it puts a name into it.
func sentenceOf(call *ast.CallExpr) (s sentence, named bool) {
	at := slices.IndexFunc(call.Args, func(e ast.Expr) bool {
		text, is := e.(*ast.BasicLit)
		return is && text.Kind == token.STRING && strings.Contains(text.Value, "%")
	})
	if at < 0 {
		return s, false
	}
	s.english, _ = strconv.Unquote(call.Args[at].(*ast.BasicLit).Value)
	verbs := verb.FindAllString(s.english, -1)
	for i, e := range call.Args[at+1:] {
		switch {
		case isName(e):
			s.args, named = append(s.args, grace.Name), true
		case i < len(verbs) && verbs[i] == "%d":
			s.args = append(s.args, 2)
		default:
			s.args = append(s.args, "prod/Viewer")
		}
	}
	return s, named && len(verbs) == len(s.args)
}

// isName says whether an expression is the name of somebody, and not of a thing.
func isName(e ast.Expr) bool {
	name, is := e.(*ast.SelectorExpr)
	if !is || name.Sel.Name != "Name" {
		return false
	}
	of := ""
	switch x := name.X.(type) {
	case *ast.Ident:
		of = x.Name
	case *ast.SelectorExpr:
		of = x.Sel.Name
	}
	return !slices.Contains([]string{"Environment", "s"}, of) // s is a stage of a policy
}
