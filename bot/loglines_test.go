package bot_test

import (
	"fmt"
	"strings"
	"sync"
)

// logLines keeps the last lines of a log, to be shown when a story fails.
type logLines struct {
	mu    sync.Mutex
	lines []string
	all   bool // keep every line
}

func (l *logLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, string(p))
	if len(l.lines) > 200 && !l.all {
		l.lines = l.lines[100:]
	}
	return len(p), nil
}

func (l *logLines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "")
}

func sprint(v any) string { return fmt.Sprintf("%v %+v %#v", v, v, v) }
