package oidc

import (
	"fmt"
	"time"
)

// InvalidTokenError says that a token is none, or none that the provider's issuer
// made for one of its client IDs.
type InvalidTokenError struct {
	// Problem says why, to follow "the token is refused: ".
	Problem string
}

func (e *InvalidTokenError) Error() string { return "oidc: the token is refused: " + e.Problem }

func invalid(format string, values ...any) error {
	return &InvalidTokenError{Problem: fmt.Sprintf(format, values...)}
}

// ExpiredError says that a token's time is over.
type ExpiredError struct{ Now, Expires time.Time }

func (e *ExpiredError) Error() string {
	return fmt.Sprintf("oidc: the token expired at %s", e.Expires.UTC().Format(time.RFC3339))
}

// RejectedClaimError says that a claim of a token has a value that is not
// accepted.
type RejectedClaimError struct {
	Claim string // its name, such as nbf
	// Problem says why, to follow the claim's name.
	Problem string
}

func (e *RejectedClaimError) Error() string {
	return fmt.Sprintf("oidc: claim %s %s", e.Claim, e.Problem)
}

// UnreachableError says that an issuer's keys could not be had: it does not
// answer, is not trusted, or what it answers is not what it should be.
type UnreachableError struct {
	Issuer string
	// Err says why, in words that are for logs only.
	Err error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("oidc: keys of issuer %s: %v", e.Issuer, e.Err)
}

// Unwrap returns e.Err.
func (e *UnreachableError) Unwrap() error { return e.Err }
