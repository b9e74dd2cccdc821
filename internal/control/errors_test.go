package control

import (
	"errors"
	"io"
	"testing"

	"github.com/signet-store/signet/internal/auth"
)

func TestEveryReasonHasARow(t *testing.T) {
	for r := auth.Reason(1); r < auth.Reasons; r++ {
		if row := &authRows[r]; row.status == 0 || row.Code == "" {
			t.Errorf("%v has no row", r)
		}
	}
}

func TestErrorsOfAuthAreRefusals(t *testing.T) {
	tests := []struct {
		err  error
		want refusal
	}{
		{&auth.Error{Reason: auth.ErrUnknownKey, AccessKeyID: "AKIA"}, refusal{403, "InvalidAccessKeyId", "there is no such access key"}},
		{&auth.Error{Reason: auth.ErrSignatureMismatch, StringToSign: "secret"}, refusal{403, "SignatureDoesNotMatch", "the signature is not that of the request"}},
		{&auth.Error{Reason: auth.ErrDuplicate, Carrier: auth.CarrierHeader, Name: "Date"}, refusal{400, "InvalidArgument", "the header has Date more than once"}},
		{&auth.Error{Reason: auth.ErrHeaderMalformed, Message: "m"}, refusal{403, "AccessDenied", "m"}},
		{auth.ErrMissingDate, refusal{403, "AccessDenied", "no valid Date or x-amz-date header"}},
	}
	for _, tt := range tests {
		got, ok := errors.AsType[*refusal](refuse(tt.err))
		if !ok || *got != tt.want {
			t.Errorf("%v: %+v, want %+v", tt.err, got, tt.want)
		}
	}
	for _, err := range []error{io.EOF, &auth.Error{}, &auth.Error{Reason: auth.ErrKeyLookup, Err: io.EOF}} {
		if got := refuse(err); got != err {
			t.Errorf("%v is answered with %v: it is the server's own failure", err, got)
		}
	}
}
