package watch

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Options configures Files. Paths and Changed are needed.
type Options struct {
	// Paths are the files to watch. It is asked again after each change, because what a
	// file names may be another one afterwards.
	Paths func() []string
	// Changed is called after what is in a file, or whether it is there, has changed. It
	// is not called again before it has returned, and is called once more when Paths
	// names other files afterwards: what is in them may have changed since.
	Changed func()
	// Quiet is how long nothing must happen before a change counts as done (0: 200 ms);
	// a crowd of changes is looked at after five times that in any case.
	Quiet time.Duration
	// Every is how often the files are looked at though nothing was told (0: 30 s): some
	// file systems, like those over a network, tell nothing.
	Every time.Duration
	Log   *slog.Logger
}

// Files watches until ctx is done. Where the system cannot tell of changes, which is
// logged, the files are looked at each Options.Every.
func Files(ctx context.Context, o Options) {
	o = o.withDefaults()
	w, err := fsnotify.NewWatcher()
	if err != nil {
		o.Log.Warn("changes of files are not told by the system; they are looked for", "every", o.Every, "error", err)
		w = &fsnotify.Watcher{} // its channels never say anything
	} else {
		defer func() { _ = w.Close() }()
	}
	v := &view{o: o, watcher: w, live: err == nil}
	v.seen = v.look()
	v.loop(ctx)
}

func (o Options) withDefaults() Options {
	if o.Quiet <= 0 {
		o.Quiet = 200 * time.Millisecond
	}
	if o.Every <= 0 {
		o.Every = 30 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// view is what is known of the files.
type view struct {
	o       Options
	watcher *fsnotify.Watcher
	live    bool

	on   map[string]bool // the names that matter: the files, and every link on the way to them
	seen string          // what was in the files, as told
	last string          // what was in them when they were looked at last
}

func (v *view) loop(ctx context.Context) {
	poll := time.NewTicker(v.o.Every)
	defer poll.Stop()
	var quiet, late <-chan time.Time // running while something has happened
	for {
		select {
		case <-ctx.Done():
			return
		case e, ok := <-v.watcher.Events:
			if ok && v.on[e.Name] {
				quiet = time.After(v.o.Quiet)
				if late == nil {
					late = time.After(5 * v.o.Quiet)
				}
			}
			continue
		case err := <-v.watcher.Errors: // events may have been lost
			v.o.Log.Debug("watching files", "error", err)
		case <-quiet:
		case <-late:
		case <-poll.C:
		}
		quiet, late = nil, nil
		switch before, now := v.last, v.look(); {
		case now == v.seen:
		case now != before: // perhaps half written: it has to be the same once more
			quiet = time.After(v.o.Quiet)
		default:
			v.seen = now
			v.o.Changed()
			quiet = time.After(0) // other files may be named now, or have changed meanwhile
		}
	}
}

// look watches what is named now and reads it.
func (v *view) look() (now string) {
	paths := v.o.Paths()
	v.follow(paths)
	v.last = contents(paths)
	return v.last
}

// follow watches the folders of the files and of the links that lead to them. A
// watch is of a folder, because one of a file ends when the file is replaced.
func (v *view) follow(paths []string) {
	v.on = map[string]bool{}
	folders := map[string]bool{}
	for _, path := range paths {
		for _, name := range way(path) {
			v.on[name] = true
			folders[filepath.Dir(name)] = true
		}
	}
	if !v.live {
		return
	}
	for _, old := range v.watcher.WatchList() {
		if !folders[old] {
			_ = v.watcher.Remove(old)
		}
	}
	for folder := range folders {
		// Adding a folder again is no error, and needed if it was replaced by another.
		if err := v.watcher.Add(folder); err != nil {
			v.o.Log.Debug("a folder cannot be watched; its files are looked at now and then", "folder", folder, "error", err)
		}
	}
}

// way lists the names on the way to a file, each with its links' folders resolved:
// every symbolic link, and the file itself in the end.
func way(path string) []string {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil
	}
	var names []string
	for range 40 { // as many links as Linux follows
		next, link := firstLink(path)
		if link == "" {
			return append(names, path)
		}
		names, path = append(names, link), next
	}
	return names
}

// firstLink finds the first symbolic link in a path, and the path with it replaced by
// what it points at.
func firstLink(path string) (replaced, link string) {
	rest := path
	at := string(filepath.Separator)
	for rest = rest[1:]; rest != ""; {
		part := rest
		if i := indexSeparator(rest); i >= 0 {
			part, rest = rest[:i], rest[i+1:]
		} else {
			rest = ""
		}
		at = filepath.Join(at, part)
		if target, err := os.Readlink(at); err == nil {
			if !filepath.IsAbs(target) {
				target = filepath.Join(filepath.Dir(at), target)
			}
			return filepath.Join(target, rest), at
		}
	}
	return path, ""
}

func indexSeparator(s string) int {
	for i := range len(s) {
		if os.IsPathSeparator(s[i]) {
			return i
		}
	}
	return -1
}

// maxRead bounds what is read of one file: a configuration, or a secret, is smaller.
const maxRead = 1 << 20

// contents tells two states of the files apart without keeping what is in them.
func contents(paths []string) string {
	sum := sha256.New()
	for _, path := range paths {
		_, _ = fmt.Fprintf(sum, "\x00%s\x00", path)
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() {
			_, _ = fmt.Fprint(sum, "not there")
			continue
		}
		f, err := os.Open(path) //nolint:gosec // the operator names their own files
		if err != nil {
			_, _ = fmt.Fprint(sum, "not to be read")
			continue
		}
		_, _ = io.Copy(sum, io.LimitReader(f, maxRead))
		_ = f.Close()
	}
	return string(sum.Sum(nil))
}
