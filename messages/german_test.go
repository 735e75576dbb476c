package messages_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/slack-go/slack"

	"airpass/access"
	"airpass/messages"
)

// whatPeopleRead are the packages whose words people read.
func whatPeopleRead() []string { return []string{".", "../handlers", "../approvals"} }

// ownWords are files in which every string with words in it is read by people.
var ownWords = regexp.MustCompile(`^(texts|card|requester|approver|review|home|answer|modals|asking|apart|bulk|login|owed|question|reminder|lift)\.go$|` +
	`^\.\./handlers/(words|asking|breakglass|cascade|command|shortcut|together)\.go$`)

// said is one use of words: the English, and how many things are put into it.
type said struct {
	english string
	args    int
	at      token.Position
}

// reading collects what a package says, from its source.
type reading struct {
	t      *testing.T
	set    *token.FileSet
	consts map[string]string
	taken  map[ast.Node]bool // words that are said in the reader's language
	said   []said
}

func read(t *testing.T, folder string) *reading {
	t.Helper()
	r := &reading{t: t, set: token.NewFileSet(), consts: map[string]string{}, taken: map[ast.Node]bool{}}
	names, err := fs.Glob(os.DirFS(folder), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") || name == "german.go" {
			continue
		}
		f, err := parser.ParseFile(r.set, filepath.Join(folder, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
		r.constants(f)
	}
	for _, f := range files {
		ast.Inspect(f, r.uses)
	}
	for _, f := range files {
		ast.Inspect(f, r.unsaid)
	}
	return r
}

// constants are the words that have a name.
func (r *reading) constants(f *ast.File) {
	for _, d := range f.Decls {
		g, is := d.(*ast.GenDecl)
		if !is || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			for i, name := range v.Names {
				if i < len(v.Values) && (strings.HasPrefix(name.Name, "text") || strings.HasPrefix(name.Name, "words")) {
					if words, is := r.constant(v.Values[i]); is {
						r.consts[name.Name] = words
					}
				}
				r.taken[name] = true
			}
		}
	}
}

// constant is the value of a literal, a name, or several of them joined.
func (r *reading) constant(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		r.taken[e] = true
		return constant.StringVal(constant.MakeFromLiteral(e.Value, e.Kind, 0)), e.Kind == token.STRING
	case *ast.Ident:
		words, is := r.consts[e.Name]
		r.taken[e] = is
		return words, is
	case *ast.BinaryExpr:
		a, is := r.constant(e.X)
		b, too := r.constant(e.Y)
		return a + b, is && too
	}
	return "", false
}

// uses finds the places at which words are said in the reader's language: Say and tell,
// what is refused, and the labels of fields.
func (r *reading) uses(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		s, is := n.Fun.(*ast.SelectorExpr)
		f, plain := n.Fun.(*ast.Ident)
		switch {
		case plain && (f.Name == "refuse" || f.Name == "says") && len(n.Args) > 0:
			r.say(n.Args[0], len(n.Args)-1)
		case plain && f.Name == "because" && len(n.Args) > 1:
			r.say(n.Args[1], len(n.Args)-2)
		case is && s.Sel.Name == "Say" && len(n.Args) > 0:
			r.say(n.Args[0], len(n.Args)-1)
		case is && s.Sel.Name == "tell" && len(n.Args) == 4:
			r.say(n.Args[3], 0)
		}
	case *ast.CompositeLit:
		if name, is := n.Type.(*ast.Ident); is && name.Name == "field" && len(n.Elts) == 2 {
			r.say(n.Elts[0], 0)
		}
	}
	return true
}

func (r *reading) say(e ast.Expr, args int) {
	at := r.set.Position(e.Pos())
	words, is := r.constant(e)
	switch passed, _ := e.(*ast.Ident); {
	case is:
		r.said = append(r.said, said{words, args, at})
	case passed != nil && passed.Name == "english": // looked at where it comes from
	default:
		if label, is := e.(*ast.SelectorExpr); !is || label.Sel.Name != "label" {
			r.t.Errorf("%s: what is said must be a constant, so that it can be translated", at)
		}
	}
}

var letters = regexp.MustCompile(`\pL\pL`)

// unsaid finds words that nobody translates.
func (r *reading) unsaid(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.ImportSpec:
		return false
	case *ast.CallExpr: // what is matched, formatted or logged is not read
		switch called(n) {
		case "Format", "HasPrefix", "MustCompile", "Debug", "Warn":
			return false
		}
	case *ast.Ident:
		if words, is := r.consts[n.Name]; is && !r.taken[n] {
			r.t.Errorf("%s: %q is shown in English only: say it with Printer.Say", r.set.Position(n.Pos()), words)
		}
	case *ast.BasicLit:
		at := r.set.Position(n.Pos())
		if n.Kind != token.STRING || r.taken[n] || !ownWords.MatchString(filepath.ToSlash(at.Filename)) {
			return true
		}
		if words, err := strconv.Unquote(n.Value); err == nil && !strings.HasPrefix(words, "<!date") && letters.MatchString(words) && (strings.Contains(words, " ") || strings.ToLower(words) != words) {
			r.t.Errorf("%s: %q is shown in English only: say it with Printer.Say", at, words)
		}
	}
	return true
}

func called(n *ast.CallExpr) string {
	if s, is := n.Fun.(*ast.SelectorExpr); is {
		return s.Sel.Name
	}
	return ""
}

func TestEverythingThatPeopleReadIsTranslated(t *testing.T) {
	t.Parallel()
	german, used := messages.GermanTexts(), map[string]bool{}
	maps.Copy(german, messages.GermanNumbers())
	for _, folder := range whatPeopleRead() {
		r := read(t, folder)
		if len(r.said) < 20 {
			t.Errorf("only %d texts were found in %s", len(r.said), folder)
		}
		for _, s := range r.said {
			used[s.english] = true
			if german[s.english] == "" {
				t.Errorf("%s: there is no German of %q: add it to messages/german.go", s.at, s.english)
			}
			if n := slices.Max(append(places(s.english), 0)); n != s.args {
				t.Errorf("%s: %q has %d places and is given %d things", s.at, s.english, n, s.args)
			}
		}
	}
	for english := range german {
		if !used[english] {
			t.Errorf("messages/german.go translates %q, which nobody says", english)
		}
	}
}

var verb = regexp.MustCompile(`%(\[(\d+)\])?([a-zA-Z%])`)

// places are the numbers of what is put into words, in their order.
func places(words string) []int {
	var all []int
	next := 1
	for _, m := range verb.FindAllStringSubmatch(words, -1) {
		if n, err := strconv.Atoi(m[2]); err == nil {
			next = n
		}
		all = append(all, next)
		next++
	}
	return all
}

// verbs are the places of words with their verbs, whatever their order.
func verbs(words string) map[string]bool {
	all := map[string]bool{}
	at := places(words)
	for i, m := range verb.FindAllStringSubmatch(words, -1) {
		all[fmt.Sprintf("%d%s", at[i], m[3])] = true
	}
	return all
}

func TestBothLanguagesSayTheSameThings(t *testing.T) {
	t.Parallel()
	all := messages.GermanTexts()
	for english, german := range messages.GermanNumbers() {
		one, other, _ := strings.Cut(german, "\n")
		if !maps.Equal(verbs(english), verbs(one)) || !maps.Equal(verbs(english), verbs(other)) {
			t.Errorf("%q and %q have different things put into them", english, german)
		}
	}
	for english, german := range all {
		if !maps.Equal(verbs(english), verbs(german)) {
			t.Errorf("%q and %q have different things put into them", english, german)
		}
		if strings.Count(english, "*") != strings.Count(german, "*") || strings.Count(english, "`") != strings.Count(german, "`") {
			t.Errorf("%q and %q have different markup", english, german)
		}
		if sign, _, _ := strings.Cut(english, " "); !strings.ContainsFunc(sign, unicode.IsLetter) && !strings.HasPrefix(german, sign) {
			t.Errorf("%q and %q begin with different signs", english, german)
		}
	}
}

func german() messages.Printer { return messages.Speaking("de-DE", messages.Printer{}) }

func TestTheReadersLocaleChoosesTheLanguage(t *testing.T) {
	t.Parallel()
	english := messages.Printer{}
	for locale, want := range map[string]string{
		"de-DE": "niemand", "de-AT": "niemand", "de": "niemand", "de_CH": "niemand", "en-US": "nobody", "en-GB": "nobody",
		"fr-FR": "nobody", "": "nobody", "nonsense-nonsense": "nobody", "%s": "nobody",
	} {
		if got := messages.Speaking(locale, english).Say("nobody"); got != want {
			t.Errorf("%q reads %q", locale, got)
		}
	}
	// Where the deployment speaks German, so does what is not known to be anything else.
	for locale, want := range map[string]string{"": "niemand", "fr-FR": "niemand", "en-US": "nobody", "de-DE": "niemand"} {
		if got := messages.Speaking(locale, german()).Say("nobody"); got != want {
			t.Errorf("%q reads %q in a German deployment", locale, got)
		}
	}
}

func TestDurationsAreSpelledInGerman(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "weniger als eine Minute", time.Minute: "1 Minute", time.Hour: "1 Stunde", 26*time.Hour + 30*time.Minute: "1 Tag 2 Stunden 30 Minuten",
		72 * time.Hour: "3 Tage", 2000 * 24 * time.Hour: "2.000 Tage",
	} {
		if got := german().Spell(d); got != want {
			t.Errorf("%v is %q, not %q", d, got, want)
		}
	}
}

func TestWhatPeopleWroteIsNoFormat(t *testing.T) {
	t.Parallel()
	v := pending()
	v.Reader = german()
	v.Request.Subject.Name, v.Request.Target.Environment.Key = "100%s nobody", "%[9]d"
	got := readable(t, messages.Approver(v, noon))
	if !strings.Contains(got, "100%s nobody") || !strings.Contains(got, "%[9]d") || strings.Contains(got, "%!") {
		t.Error(got)
	}
}

func TestCardsInGerman(t *testing.T) {
	t.Parallel()
	now := noon.Add(10 * time.Minute)
	for name, v := range map[string]messages.View{
		"waiting":    pending(),
		"denied":     decided(access.RequestDenied),
		"setting-up": given(access.GrantProvisioning, nil),
		"active":     active(nil),
		"ended":      over(access.EndExpired, nil),
		"later":      later(pending(), nil),
	} {
		v.Reader = german()
		golden(t, "german-requester-"+name, messages.Requester(v, now))
		golden(t, "german-approver-"+name, messages.Approver(v, now))
	}
}

func TestGermanFitsIntoForms(t *testing.T) {
	t.Parallel()
	targets := []access.Target{prod()}
	p := german()
	shorter, _ := messages.ShorterForm(p, pending().Request)
	glass, _ := messages.BreakGlassForm(p, targets)
	for _, form := range []slack.ModalViewRequest{messages.RequestForm(p, messages.AskForm{Targets: targets}), messages.RequestForm(p, messages.AskForm{Prospect: &access.Prospect{}}),
		messages.ExtendForm(p, "01REQ", targets, messages.Asked{}), shorter, glass, messages.DenyForm(p, "01REQ"),
		messages.RevokeForm(p, "01REQ"), messages.CutForm(p, pending().Request), messages.LiftForm(p, access.Cut{}), messages.ReviewForm(p, "01REQ")} {
		whole(t, form)
	}
}

// whole looks for texts that were cut.
func whole(t *testing.T, form slack.ModalViewRequest) {
	t.Helper()
	raw, err := json.Marshal(form)
	if err != nil {
		t.Fatal(err)
	}
	known := slices.Collect(maps.Values(messages.GermanTexts()))
	texts := regexp.MustCompile(`"text":"([^"]*…)"`).FindAllSubmatch(raw, -1)
	for _, m := range texts {
		if !slices.Contains(known, string(m[1])) {
			t.Errorf("the form %s cuts %q", form.CallbackID, m[1])
		}
	}
}
