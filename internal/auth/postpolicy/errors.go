package postpolicy

import "fmt"

// Reason is why a policy lets no form in.
type Reason uint8

const (
	// Malformed: the document is no policy.
	Malformed Reason = iota + 1
	// Expired: the policy's time is over.
	Expired
	// Violated: the form does not hold the policy.
	Violated
)

// Error says why a policy lets no form in.
type Error struct {
	Reason Reason
	// Message is what Amazon says behind "Invalid Policy: " where the policy is
	// malformed, and else behind "Invalid according to Policy: ".
	Message string
}

func (e *Error) Error() string { return "postpolicy: " + e.Message }

func malformed(format string, args ...any) error {
	return &Error{Reason: Malformed, Message: fmt.Sprintf(format, args...)}
}

func violated(message string) error { return &Error{Reason: Violated, Message: message} }

// invalidJSON says that a document is not the JSON that it should be.
func invalidJSON() error { return malformed("Invalid JSON.") }
