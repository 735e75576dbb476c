package handlers

import (
	"slices"
	"sync"
)

// commented remembers on which items somebody has asked for a field in a form, so that of two
// quick clicks the later, which was made before the form had the field of the first, does not
// take that away. It knows of this process only, and therefore also of what the form became by
// it: what another replica has made of the form is left alone.
type commented struct {
	mu   sync.Mutex
	on   map[string]commentedForm // by the form's id
	ring []string
	next int
}

// commentedForm are the items with a field, and Slack's hash of the form that has them.
type commentedForm struct {
	items []string
	hash  string
}

func newCommented(size int) *commented {
	return &commented{on: make(map[string]commentedForm, size), ring: make([]string, size)}
}

// also are the items of a form on which there is to be a field, with these.
func (c *commented) also(form string, items []string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	f, known := c.on[form]
	if !known {
		delete(c.on, c.ring[c.next])
		c.ring[c.next] = form
		c.next = (c.next + 1) % len(c.ring)
	}
	for _, i := range items {
		if !slices.Contains(f.items, i) {
			f.items = append(f.items, i)
		}
	}
	c.on[form] = f
	return slices.Clone(f.items)
}

// became notes what a form became by the last field, and was returns it.
func (c *commented) became(form, hash string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f, known := c.on[form]; known {
		f.hash = hash
		c.on[form] = f
	}
}

func (c *commented) was(form string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.on[form].hash
}
