package watch_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"airpass/config/watch"
)

// bench is a folder that is watched.
type bench struct {
	*testing.T
	dir   string
	told  chan struct{}
	paths func() []string
}

// begin watches files of a folder that has already been filled. Looking now and then
// is switched off: what is told must come from the system.
func begin(t *testing.T, fill func(b *bench), names ...string) *bench {
	t.Helper()
	b := &bench{T: t, dir: t.TempDir(), told: make(chan struct{}, 100)}
	fill(b)
	b.paths = func() []string {
		var all []string
		for _, n := range names {
			all = append(all, filepath.Join(b.dir, n))
		}
		return all
	}
	ctx, cancel := context.WithCancel(t.Context())
	begun, ended := make(chan struct{}), make(chan struct{})
	first := true
	go func() {
		defer close(ended)
		watch.Files(ctx, watch.Options{Every: time.Hour, Quiet: 30 * time.Millisecond, Changed: func() { b.told <- struct{}{} },
			Paths: func() []string {
				if !first {
					return b.paths()
				}
				first = false
				defer close(begun)
				return b.paths()
			}})
	}()
	t.Cleanup(func() { cancel(); <-ended })
	<-begun
	return b
}

func (b *bench) write(name, text string) {
	b.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) do(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) at(name string) string { return filepath.Join(b.dir, name) }

// until repeats a change until it is told: the watch may begin a moment later.
func (b *bench) until(change func(n int)) {
	b.Helper()
	for n := range 100 {
		change(n)
		select {
		case <-b.told:
			return
		case <-time.After(300 * time.Millisecond):
		}
	}
	b.Fatal("nobody was told")
}

// hears waits for one change to be told.
func (b *bench) hears() {
	b.Helper()
	select {
	case <-b.told:
	case <-time.After(10 * time.Second):
		b.Fatal("nobody was told")
	}
}

// ready waits until the watch works, and for the end of what that has set off.
func (b *bench) ready(name string) {
	b.Helper()
	b.until(func(n int) { b.write(name, "getting ready "+string(rune('a'+n))) })
	for {
		select {
		case <-b.told:
		case <-time.After(500 * time.Millisecond):
			return
		}
	}
}

func TestAFileWrittenInPlace(t *testing.T) {
	t.Parallel()
	b := begin(t, func(b *bench) { b.write("a.yaml", "1") }, "a.yaml")
	b.ready("a.yaml")
	b.write("a.yaml", "2")
	b.hears()
}

// Editors write another file and rename it over the old one, again and again.
func TestAFileReplacedByARename(t *testing.T) {
	t.Parallel()
	b := begin(t, func(b *bench) { b.write("a.yaml", "1") }, "a.yaml")
	b.ready("a.yaml")
	for _, text := range []string{"2", "3", "4"} {
		b.write(".a.yaml.swp", text)
		b.do(os.Rename(b.at(".a.yaml.swp"), b.at("a.yaml")))
		b.hears()
	}
}

// A mounted ConfigMap: a.yaml -> ..data/a.yaml, ..data -> ..1; the kubelet makes ..2
// and swaps ..data by a rename.
func TestASymbolicLinkThatIsSwapped(t *testing.T) {
	t.Parallel()
	b := begin(t, func(b *bench) {
		b.do(os.Mkdir(b.at("..1"), 0o700))
		b.write("..1/a.yaml", "1")
		b.do(os.Symlink("..1", b.at("..data")))
		b.do(os.Symlink("..data/a.yaml", b.at("a.yaml")))
	}, "a.yaml")
	b.ready("..1/a.yaml")
	old := "..1"
	for _, next := range []string{"..2", "..3"} {
		b.do(os.Mkdir(b.at(next), 0o700))
		b.write(next+"/a.yaml", next)
		b.do(os.Symlink(next, b.at("..data_tmp")))
		b.do(os.Rename(b.at("..data_tmp"), b.at("..data")))
		b.do(os.RemoveAll(b.at(old)))
		b.hears()
		old = next
	}
}

// A database beside the configuration is written all the time: nobody is told of it,
// nor of a file that is written and stays the same.
func TestWhatDoesNotMatterIsNotTold(t *testing.T) {
	t.Parallel()
	b := begin(t, func(b *bench) { b.write("a.yaml", "1") }, "a.yaml")
	b.ready("a.yaml")
	replace := func(text string) { // at once: a file half written would count as another
		b.write("new", text)
		b.do(os.Rename(b.at("new"), b.at("a.yaml")))
	}
	replace("last")
	b.hears()
	for range 20 {
		b.write("airpass.db", time.Now().String())
		replace("last")
	}
	replace("another")
	b.hears()
	select {
	case <-b.told:
		t.Error("told twice of one change")
	case <-time.After(300 * time.Millisecond):
	}
}

// A file that is gone, and one that comes, are changes too.
func TestAFileThatComesAndGoes(t *testing.T) {
	t.Parallel()
	b := begin(t, func(b *bench) { b.write("a.yaml", "1") }, "a.yaml", "secret")
	b.ready("a.yaml")
	b.write("secret", "1")
	b.hears()
	b.do(os.Remove(b.at("secret")))
	b.hears()
}
