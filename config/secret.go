package config

import (
	"fmt"
	"io"
	"log/slog"
)

// Redacted is what every secret prints as.
const Redacted = "[redacted]"

// Secret is a token, key or password. It prints as [redacted] through every fmt
// verb, JSON, YAML and slog; only Reveal gives the value. The value sits behind a
// pointer, so that even a struct holding a Secret in an unexported field, where fmt
// cannot call methods, prints an address. Compare secrets by Reveal: two with
// the same value are not ==.
type Secret struct{ value *string }

// NewSecret wraps value.
func NewSecret(value string) Secret { return Secret{value: &value} }

// Reveal returns the value; empty when there is none.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero says that there is no value, or an empty one.
func (s Secret) IsZero() bool { return s.Reveal() == "" }

// String returns [redacted].
func (s Secret) String() string { return Redacted }

// GoString returns [redacted].
func (s Secret) GoString() string { return Redacted }

// Format writes [redacted] for every verb and flag.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Redacted) }

// MarshalText returns [redacted]; encoding/json, encoding/xml and others use it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// MarshalYAML returns [redacted].
func (s Secret) MarshalYAML() (any, error) { return Redacted, nil }

// LogValue returns [redacted].
func (s Secret) LogValue() slog.Value { return slog.StringValue(Redacted) }
