package signet

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
)

// Credentials is who signs. Only the access key ID is ever printed.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string
	// SessionToken goes with temporary credentials; "" for others. It becomes a
	// part of each URL, which dies with the session at the latest.
	SessionToken string
}

func (c Credentials) check() error {
	switch {
	case c.AccessKeyID == "":
		return fmt.Errorf("%w: the access key ID is missing", ErrCredentials)
	case c.SecretAccessKey == "":
		return fmt.Errorf("%w: the secret access key is missing", ErrCredentials)
	}
	return nil
}

// String names the access key ID and hides the rest.
func (c Credentials) String() string {
	return fmt.Sprintf("credentials of %q", c.AccessKeyID)
}

// Format hides the secret and the token from every verb.
func (c Credentials) Format(f fmt.State, _ rune) { io.WriteString(f, c.String()) }

// LogValue hides the secret and the token from logs.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON hides the secret and the token from JSON.
func (c Credentials) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"AccessKeyID": c.AccessKeyID})
}
