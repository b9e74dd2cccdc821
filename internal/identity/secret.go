package identity

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a secret access key. Printing and logging it shows a placeholder;
// only Reveal returns what it is.
type Secret struct{ value string }

const redacted = "[secret]"

// NewSecret returns value as a Secret.
func NewSecret(value string) Secret { return Secret{value} }

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return s.value }

// String returns a placeholder.
func (Secret) String() string { return redacted }

// GoString returns a placeholder, for %#v.
func (Secret) GoString() string { return redacted }

// Format writes a placeholder, whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// LogValue returns a placeholder.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns a placeholder, for JSON and its like.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
