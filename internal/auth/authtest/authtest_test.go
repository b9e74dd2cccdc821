package authtest

import (
	"testing"

	"github.com/signet-store/signet/internal/auth"
)

func TestEachReasonHasAnExample(t *testing.T) {
	last := auth.Reason(0)
	for _, e := range Examples() {
		reason := auth.AsError(e.Err).Reason
		if reason != last && reason != last+1 {
			t.Errorf("%q is of %v, and after %v comes %v", e.Name, reason, last, last+1)
		}
		last = reason
	}
	if last != auth.Reasons-1 {
		t.Errorf("the last example is of %v", last)
	}
}
