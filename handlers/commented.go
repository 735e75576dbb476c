package handlers

import (
	"slices"
	"sync"
)

// commented remembers on which items somebody has asked for a field in a form, so that of two
// quick clicks the later, which was made before the form had the field of the first, does not
// take that away. It knows of this process only.
type commented struct {
	mu   sync.Mutex
	on   map[string][]string // by the form's id
	ring []string
	next int
}

func newCommented(size int) *commented {
	return &commented{on: make(map[string][]string, size), ring: make([]string, size)}
}

// also are the items of a form on which there is to be a field, with these.
func (c *commented) also(form string, items []string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	all, known := c.on[form]
	if !known {
		delete(c.on, c.ring[c.next])
		c.ring[c.next] = form
		c.next = (c.next + 1) % len(c.ring)
	}
	for _, i := range items {
		if !slices.Contains(all, i) {
			all = append(all, i)
		}
	}
	c.on[form] = all
	return slices.Clone(all)
}
