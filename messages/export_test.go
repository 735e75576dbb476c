package messages

import "time"

// ClipEscaped is for the fuzz test of escaping.
func ClipEscaped(s string, limit int) string { return clipEscaped(s, limit) }

// SetWall moves the time by which claims run out.
func (b *Outbox) SetWall(wall func() time.Time) { b.wall = wall }
