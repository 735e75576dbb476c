package bot_test

import (
	"encoding/json"
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

// logLine is one line of a log in JSON.
type logLine map[string]any

// text is an attribute of a line as text; empty if it has none.
func (l logLine) text(name string) string {
	if l[name] == nil {
		return ""
	}
	return fmt.Sprint(l[name])
}

// lines are the lines of a log that is written as JSON, the oldest first.
func (tw *town) lines() []logLine {
	tw.Helper()
	var all []logLine
	for line := range strings.Lines(tw.log.String()) {
		var l logLine
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			tw.Fatal(line, err)
		}
		all = append(all, l)
	}
	return all
}
