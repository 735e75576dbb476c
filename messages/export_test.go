package messages

// ClipEscaped is for the fuzz test of escaping.
func ClipEscaped(s string, limit int) string { return clipEscaped(s, limit) }
