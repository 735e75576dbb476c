package outbound_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"airpass/outbound"
)

// vendorPackages are the packages that call the outside, by folder.
func vendorPackages() []string {
	return []string{"okta", "awsconfig", "awssecrets", "awsanchors", "identitycenter", "mwaa", "cloudtrail", "chat", "oncall", "webhook"}
}

// sdkPackages are the beginnings of the import paths whose methods call a vendor.
func sdkPackages() []string {
	return []string{
		"github.com/okta/okta-sdk-golang/", "github.com/slack-go/slack", "github.com/aws/aws-sdk-go-v2/service/",
		"github.com/aws/aws-sdk-go-v2/credentials/stscreds", "github.com/PagerDuty/go-pagerduty",
	}
}

// TestEveryCallGoesThroughTheDoor fails for a call of a vendor's SDK that is made
// anywhere but in a function given to Caller.Do: such a call has no budget, no
// bound of time, and nobody measures it.
func TestEveryCallGoesThroughTheDoor(t *testing.T) {
	t.Parallel()
	for _, name := range vendorPackages() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := load(t, name)
			calls, outside := p.sdkCalls()
			if calls == 0 {
				t.Errorf("no call of an SDK was found in %s: this test sees nothing", name)
			}
			for _, at := range outside {
				t.Errorf("%s: an SDK is called outside a function given to Caller.Do", at)
			}
		})
	}
}

// TestEverySiteIsUsed fails for a site that no vendor package names.
func TestEverySiteIsUsed(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, name := range vendorPackages() {
		maps.Copy(used, sitesNamed(parseFolder(t, filepath.Join("..", name))))
	}
	for _, name := range declaredSites(t) {
		if !used[name] {
			t.Errorf("no vendor package uses outbound.%s", name)
		}
	}
}

// TestSitesListsEverySite fails for a site that is declared and missing in Sites, or
// listed twice.
func TestSitesListsEverySite(t *testing.T) {
	t.Parallel()
	declared, listed := declaredSites(t), listedSites(t)
	for _, name := range declared {
		if !slices.Contains(listed, name) {
			t.Errorf("Sites does not list %s", name)
		}
	}
	if len(listed) != len(declared) || len(outbound.Sites()) != len(declared) {
		t.Errorf("%d sites are declared, %d are listed", len(declared), len(listed))
	}
	seen := map[outbound.Site]bool{}
	for _, s := range outbound.Sites() {
		if seen[s] {
			t.Errorf("%s %s is two sites", s.Vendor, s.Name)
		}
		seen[s] = true
	}
}

// TestTheDoorCheckSeesAWayAround gives the check the ways around the door, so that
// it is known to fail.
func TestTheDoorCheckSeesAWayAround(t *testing.T) {
	t.Parallel()
	const head = `package sample
import ("context"; "net/http"; "github.com/slack-go/slack"; "airpass/outbound")
type client struct { api *slack.Client; caller *outbound.Caller }
func (c *client) through(ctx context.Context, ask func(context.Context) error) error {
	return c.caller.Do(ctx, outbound.SlackAuthTest, func(ctx context.Context) error { return ask(ctx) })
}
func (c *client) around(ctx context.Context, ask func(context.Context) error) error { return ask(ctx) }
func (c *client) handOn(ctx context.Context, ask func(context.Context) error) error { return c.around(ctx, ask) }
var _ = http.MethodGet
`
	for body, wrong := range map[string]int{
		`func (c *client) f(ctx context.Context) error { return c.caller.Do(ctx, outbound.SlackAuthTest, func(ctx context.Context) error { _, err := c.api.AuthTestContext(ctx); return err }) }`: 0,
		`func (c *client) f(ctx context.Context) error { return c.through(ctx, func(ctx context.Context) error { _, err := c.api.AuthTestContext(ctx); return err }) }`:                           0,
		`func (c *client) f(ctx context.Context) error { _, err := c.api.AuthTestContext(ctx); return err }`:                                                                                      1,
		`func (c *client) f() { a := c.api; _, _ = a.AuthTest() }`:                                                                                                                                1,
		`func (c *client) f() { call := c.api.AuthTestContext; _ = call }`:                                                                                                                        1,
		`func (c *client) f(ctx context.Context) error { return c.around(ctx, func(ctx context.Context) error { _, err := c.api.AuthTestContext(ctx); return err }) }`:                            1,
		`func (c *client) f(ctx context.Context) error { return c.handOn(ctx, func(ctx context.Context) error { _, err := c.api.AuthTestContext(ctx); return err }) }`:                            1,
		`func (c *client) f() { _, _ = http.Get("https://slack.com") }`:                                                                                                                           1,
		`func (c *client) f() { _, _ = http.DefaultClient.Get("https://slack.com") }`:                                                                                                             1,
	} {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, "sample.go", head+body, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, outside := check(t, "sample", fset, []*ast.File{file}, exports(t, "../chat")).sdkCalls(); len(outside) != wrong {
			t.Errorf("%d calls outside, want %d: %s", len(outside), wrong, body)
		}
	}
}

// source is a type-checked package.
type source struct {
	fset  *token.FileSet
	files []*ast.File
	info  *types.Info
}

func load(t *testing.T, name string) *source {
	t.Helper()
	folder := filepath.Join("..", name)
	fset := token.NewFileSet()
	return check(t, name, fset, parseInto(t, fset, folder), exports(t, folder))
}

func parseFolder(t *testing.T, folder string) []*ast.File {
	t.Helper()
	return parseInto(t, token.NewFileSet(), folder)
}

func parseInto(t *testing.T, fset *token.FileSet, folder string) []*ast.File {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no Go files in %s (%v)", folder, err)
	}
	var files []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// exports are the files in which the compiler describes a package's dependencies,
// by import path.
func exports(t *testing.T, folder string) map[string]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-export", "-deps", "-json=ImportPath,Export", ".")
	cmd.Dir = folder
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list in %s: %v\n%s", folder, err, problems.String())
	}
	found := map[string]string{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct{ ImportPath, Export string }
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return found
		} else if err != nil {
			t.Fatal(err)
		}
		found[p.ImportPath] = p.Export
	}
}

func check(t *testing.T, name string, fset *token.FileSet, files []*ast.File, exported map[string]string) *source {
	t.Helper()
	lookup := func(path string) (io.ReadCloser, error) {
		file, known := exported[path]
		if !known || file == "" {
			return nil, fmt.Errorf("nothing is known of %s", path)
		}
		return os.Open(file)
	}
	s := &source{fset: fset, files: files, info: &types.Info{
		Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
	}}
	conf := types.Config{Importer: importer.ForCompiler(fset, "gc", lookup)}
	if _, err := conf.Check(name, fset, files, s.info); err != nil {
		t.Fatal(err)
	}
	return s
}

// sdkCalls counts the uses of methods and functions that call a vendor and returns
// the places of those that are outside the door.
func (s *source) sdkCalls() (calls int, outside []string) {
	doors := s.doors()
	for _, f := range s.files {
		ast.Inspect(f, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok || !callsOut(s.info.Uses[id]) {
				return true
			}
			calls++
			if !within(doors, id) {
				outside = append(outside, s.fset.Position(id.Pos()).String())
			}
			return true
		})
	}
	return calls, outside
}

// callsOut says whether using obj calls, or lets somebody call, the outside: a method
// of an SDK's that takes a context, any method of an SDK's Client, and net/http's
// own ways to make a request.
func callsOut(obj types.Object) bool {
	fn, ok := obj.(*types.Func)
	if !ok || fn.Pkg() == nil {
		return false
	}
	sig, ok := fn.Type().(*types.Signature)
	if !ok {
		return false
	}
	receiver := ""
	if sig.Recv() != nil {
		receiver = typeName(sig.Recv().Type())
	}
	path := fn.Pkg().Path()
	if path == "net/http" {
		requests := []string{"Get", "Head", "Post", "PostForm", "Do"}
		return (receiver == "" || receiver == "Client") && slices.Contains(requests, fn.Name())
	}
	if receiver == "" || !slices.ContainsFunc(sdkPackages(), func(sdk string) bool { return strings.HasPrefix(path, sdk) }) {
		return false
	}
	return receiver == "Client" && fn.Name() != "Options" || takesContext(sig)
}

func takesContext(sig *types.Signature) bool {
	return sig.Params().Len() > 0 && sig.Params().At(0).Type().String() == "context.Context"
}

func typeName(t types.Type) string {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	if n, ok := t.(*types.Named); ok {
		return n.Obj().Name()
	}
	return ""
}

// doors are the functions within which a call may stand: those given to Caller.Do
// or DoIn, and those given to a function of the package that calls them in there only.
func (s *source) doors() []ast.Node {
	var doors []ast.Node
	s.eachCall(func(call *ast.CallExpr, callee *types.Func) {
		if name := callee.FullName(); name == "(*airpass/outbound.Caller).Do" || name == "(*airpass/outbound.Caller).DoIn" {
			if f, ok := call.Args[len(call.Args)-1].(*ast.FuncLit); ok {
				doors = append(doors, f)
			}
		}
	})
	direct := slices.Clone(doors)
	s.eachCall(func(call *ast.CallExpr, callee *types.Func) {
		for i, arg := range call.Args {
			if f, ok := arg.(*ast.FuncLit); ok && s.calledWithin(direct, callee.Origin(), i) {
				doors = append(doors, f)
			}
		}
	})
	return doors
}

func (s *source) eachCall(do func(*ast.CallExpr, *types.Func)) {
	for _, f := range s.files {
		ast.Inspect(f, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if callee := s.callee(call.Fun); callee != nil {
					do(call, callee)
				}
			}
			return true
		})
	}
}

func (s *source) callee(fun ast.Expr) *types.Func {
	var id *ast.Ident
	switch f := ast.Unparen(fun).(type) {
	case *ast.Ident:
		id = f
	case *ast.SelectorExpr:
		id = f.Sel
	case *ast.IndexExpr:
		return s.callee(f.X)
	default:
		return nil
	}
	fn, _ := s.info.Uses[id].(*types.Func)
	return fn
}

// calledWithin says whether every use of a function's parameter is within doors. A
// function of another package has no such use, and is no door.
func (s *source) calledWithin(doors []ast.Node, fn *types.Func, parameter int) bool {
	sig, ok := fn.Type().(*types.Signature)
	if !ok || parameter >= sig.Params().Len() {
		return false
	}
	uses := 0
	for id, obj := range s.info.Uses {
		if obj == sig.Params().At(parameter) {
			if !within(doors, id) {
				return false
			}
			uses++
		}
	}
	return uses > 0
}

func within(nodes []ast.Node, n ast.Node) bool {
	return slices.ContainsFunc(nodes, func(o ast.Node) bool { return o.Pos() <= n.Pos() && n.End() <= o.End() })
}

// sitesNamed are the names X of every outbound.X.
func sitesNamed(files []*ast.File) map[string]bool {
	named := map[string]bool{}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == "outbound" {
					named[sel.Sel.Name] = true
				}
			}
			return true
		})
	}
	return named
}

// declaredSites are the package variables that are made as Site{…}.
func declaredSites(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, f := range parseFolder(t, ".") {
		ast.Inspect(f, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok {
				for i, value := range spec.Values {
					if isSite(value) {
						names = append(names, spec.Names[i].Name)
					}
				}
			}
			return true
		})
	}
	if len(names) == 0 {
		t.Fatal("no site was found: this test sees nothing")
	}
	return names
}

func isSite(e ast.Expr) bool {
	lit, ok := e.(*ast.CompositeLit)
	if !ok {
		return false
	}
	name, ok := lit.Type.(*ast.Ident)
	return ok && name.Name == "Site"
}

// listedSites are the names in what Sites returns.
func listedSites(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, f := range parseFolder(t, ".") {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Name.Name != "Sites" {
				continue
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				if lit, ok := n.(*ast.CompositeLit); ok {
					for _, e := range lit.Elts {
						if id, ok := e.(*ast.Ident); ok {
							names = append(names, id.Name)
						}
					}
				}
				return true
			})
		}
	}
	return names
}
