package auth

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

func TestEveryReasonHasAText(t *testing.T) {
	for reason := Reason(1); reason < Reasons; reason++ {
		if reasonTexts[reason] == "" {
			t.Errorf("reason %d has no text", reason)
		}
	}
}

func TestErrorTextsTellNoSecret(t *testing.T) {
	// What came as one of these is neither a token, a signature nor an Authorization header.
	harmless := []Reason{
		ErrUnsupportedAlgorithm, ErrV2Expires, ErrContentSHA256Invalid, ErrPayloadUnsupported, ErrDecodedLength, ErrTrailerHeader,
	}
	for reason := Reason(1); reason < Reasons; reason++ {
		e := &Error{
			Reason: reason, Name: "name", Value: "secret", AccessKeyID: "key", StringToSign: "secret", CanonicalRequest: "secret",
			Err: io.ErrNoProgress,
		}
		if told := strings.Contains(e.Error(), "secret"); told != slices.Contains(harmless, reason) {
			t.Errorf("the text is %q", e.Error())
		}
	}
}

func TestAsErrorFindsErrorsAndReasons(t *testing.T) {
	e := &Error{Reason: ErrUnknownKey, AccessKeyID: "key"}
	wrapped := fmt.Errorf("wrapped: %w", e)
	if AsError(wrapped) != e || !errors.Is(wrapped, ErrUnknownKey) || errors.Is(wrapped, ErrExpired) {
		t.Errorf("an Error: %v", AsError(wrapped))
	}
	if got := AsError(fmt.Errorf("wrapped: %w", ErrMissingDate)); got == nil || got.Reason != ErrMissingDate {
		t.Errorf("a Reason: %v", got)
	}
	for reason := Reason(1); reason < Reasons; reason++ {
		if got := AsError(reason); got.Reason != reason || got.Error() == "" {
			t.Errorf("%v by itself: %v", reason, got)
		}
	}
	if got := AsError(io.EOF); got != nil {
		t.Errorf("another error: %v", got)
	}
}
