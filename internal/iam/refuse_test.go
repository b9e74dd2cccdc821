package iam

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/auth/authtest"
	"github.com/signet-store/signet/internal/front"
	"github.com/signet-store/signet/internal/identity"
	"github.com/signet-store/signet/internal/limit"
	"github.com/signet-store/signet/internal/oidc"
)

// errorExample is an error with its name in the golden file.
type errorExample struct {
	name string
	err  error
}

func errorExamples() []errorExample {
	examples := []errorExample{
		{"not signed", errNotSigned},
		{"missing action", errMissingAction},
		{"not a form", errNotForm},
		{"too large", errTooLarge},
		{"user session", errUserSession},
		{"concurrent", errConcurrent},
		{"malformed query", errMalformedQuery},
		{"too many parameters", errTooManyParameters},
		{"method", errMethod},
		{"unknown action", unknownAction("Fly", "2010-05-08")},
		{"unknown action, no version", unknownAction(strings.Repeat("F", 200), "")},
		{"session", sessionDenied("GetUser")},
		{"denied", denied("arn:aws:iam::1:user/u", "iam:GetUser", "*")},
		{"denied, unsigned", denied("", "sts:AssumeRoleWithWebIdentity", "")},
		{"duplicate parameter", &failure{errDuplicateParameter, "Duplicate parameter " + quoted("UserName")}},
		{"validation", validationFailed("m")},
		{"not found", notFound("m")},
		{"input", invalidInput("m")},
		{"no MFA", errNoMFA},
		{"root assumes", errRootAssumes},
		{"no provider", because(errInvalidIdentityToken, "No OpenIDConnect provider found in your account for https://%.256s", "id.example.com")},
		{"panic", front.ErrPanic},

		{"identity: no such user", &identity.NoSuchEntityError{Subject: identity.SubjectUser, Name: "u"}},
		{"identity: no such policy", &identity.NoSuchEntityError{Subject: identity.SubjectPolicy, Name: "u"}},
		{"identity: exists", &identity.EntityAlreadyExistsError{Subject: identity.SubjectUser, Name: "u"}},
		{"identity: limit", &identity.LimitExceededError{Quota: "q", Max: 2}},
		{"identity: delete conflict", &identity.DeleteConflictError{Must: "m"}},
		{"identity: invalid input", &identity.InvalidInputError{Field: "name", Reason: "is bad."}},
		{"identity: invalid tags", &identity.InvalidInputError{Field: "tags", Reason: "are bad"}},
		{"identity: invalid principal", &identity.InvalidPrincipalError{Principal: "p"}},
		{"identity: malformed policy", &identity.MalformedPolicyError{Err: io.ErrNoProgress}},
		{"identity: read-only key", &identity.ReadOnlyError{Subject: identity.SubjectAccessKey, Name: "AKIA"}},
		{"identity: read-only policy", &identity.ReadOnlyError{Subject: identity.SubjectPolicy, Name: "p"}},
		{"identity: duration", &identity.DurationError{Min: time.Minute, Max: time.Hour}},
		{"identity: session too large", &identity.SessionTooLargeError{Percent: 120}},
		{"identity: no space", fmt.Errorf("%w: %w", identity.ErrNoSpace, io.ErrShortWrite)},
		{"identity: unknown", identity.ErrUnknown},
		{"oidc: invalid token", fmt.Errorf("wrapped: %w", &oidc.InvalidTokenError{Problem: "p"})},
		{"oidc: expired", &oidc.ExpiredError{Now: authtest.T0, Expires: authtest.T0.Add(-time.Hour)}},
		{"oidc: claim", &oidc.RejectedClaimError{Claim: "aud", Problem: "is bad"}},
		{"oidc: unreachable", &oidc.UnreachableError{Issuer: "i", Err: io.ErrNoProgress}},

		{"too many requests", &limit.ExceededError{Wait: 1500 * time.Millisecond}},
		{"the client went away", context.Canceled},
		{"anything else", errors.New("broken")},
	}
	for _, e := range authtest.Examples() {
		examples = append(examples, errorExample{"auth: " + e.Name, e.Err})
	}
	return examples
}

// TestErrorDocuments holds what is answered to each kind of error against a golden file.
func TestErrorDocuments(t *testing.T) {
	var b strings.Builder
	for _, e := range errorExamples() {
		a, known := answerTo(e.err)
		fmt.Fprintf(&b, "# %s\n%d known: %t\n%s\n\n", e.name, a.status, known, (&request{in: &front.Request{ID: "id"}, service: iamService}).errorDocument(a))
	}
	golden := filepath.Join("testdata", "errors.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n\n# "), strings.Split(b.String(), "\n\n# ")); diff != "" {
		t.Errorf("documents changed (-want +got); -update writes them:\n%s", diff)
	}
}
