package messages

import "time"

// ClipEscaped is for the fuzz test of escaping.
func ClipEscaped(s string, limit int) string { return clipEscaped(s, limit) }

// ClipMiddle is for its test.
func ClipMiddle(s string, limit int) string { return clipMiddle(s, limit) }

// SetWall moves the time by which claims run out.
func (b *Outbox) SetWall(wall func() time.Time) { b.wall = wall }

// GermanTexts and GermanNumbers are the German catalogue, for the tests that it is whole.
func GermanTexts() map[string]string { return germanTexts() }

// GermanNumbers have their forms joined with a line break.
func GermanNumbers() map[string]string {
	all := map[string]string{}
	for english, f := range germanNumbers() {
		all[english] = f.one + "\n" + f.other
	}
	return all
}
