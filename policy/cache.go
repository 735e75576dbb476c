package policy

import (
	"sync"

	"cel.dev/cel-go/cel"
)

// cached is how many conditions are remembered. Requests keep the policy of their time, so
// that after many edits of the configuration there are texts that nobody needs any more.
const cached = 4096

// cache remembers what came of compiling a text, failures too. The zero value is empty.
type cache struct {
	mu   sync.Mutex
	seen map[string]compiled
}

type compiled struct {
	program cel.Program
	err     error
}

func (c *cache) get(text string, compile func() (cel.Program, error)) (cel.Program, error) {
	c.mu.Lock()
	known, is := c.seen[text]
	c.mu.Unlock()
	if is {
		return known.program, known.err
	}
	program, err := compile()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen == nil || len(c.seen) >= cached {
		c.seen = map[string]compiled{}
	}
	c.seen[text] = compiled{program, err}
	return program, err
}
