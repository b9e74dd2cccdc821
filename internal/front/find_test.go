package front

import (
	"errors"
	"fmt"
	"io"
	"testing"
)

// hollow is an error that might wrap another and does not.
type hollow struct{}

func (hollow) Error() string { return "hollow" }
func (hollow) Unwrap() error { return nil }

func TestFindReturnsTheFirstErrorThatIsRecognized(t *testing.T) {
	match := func(err error) (string, bool) {
		return err.Error(), err == io.EOF || err == io.ErrNoProgress
	}
	other := errors.New("other")
	tests := []struct {
		err  error
		want string
	}{
		{nil, ""},
		{other, ""},
		{io.EOF, "EOF"},
		{fmt.Errorf("a: %w", fmt.Errorf("b: %w", io.EOF)), "EOF"},
		{errors.Join(other, io.ErrNoProgress, io.EOF), io.ErrNoProgress.Error()},
		{fmt.Errorf("%w: %w", errors.Join(other, fmt.Errorf("a: %w", io.EOF)), io.ErrNoProgress), "EOF"},
		{errors.Join(other, fmt.Errorf("a: %w", other)), ""},
		{&BodyError{io.EOF}, "EOF"},
		{hollow{}, ""},
	}
	for _, tt := range tests {
		got, found := Find(tt.err, match)
		if found != (tt.want != "") || found && got != tt.want {
			t.Errorf("%v: %q, %t, want %q", tt.err, got, found, tt.want)
		}
	}
}
