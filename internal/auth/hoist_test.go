package auth

import (
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/auth/sigv4"
)

func TestSignedParametersActAsHeaders(t *testing.T) {
	sent := func(query string) *arrival {
		r := plainRequest("PUT", "")
		r.Query = query
		return with(r, "User-Agent", "curl")
	}
	tests := []struct {
		name string
		r    *arrival
		want http.Header // added to what arrived
	}{
		{"nothing", v4{}.inQuery(t, sent("x-id=PutObject&acl&prefix=a")), nil},
		{"any case", v4{}.inQuery(t, sent("X-Amz-Meta-Who=me%20too&x-amz-ACL=private&X-Amz-Checksum-Mode=ENABLED")),
			http.Header{"X-Amz-Meta-Who": {"me too"}, "X-Amz-Acl": {"private"}, "X-Amz-Checksum-Mode": {"ENABLED"}}},
		{"what S3 must refuse rather than ignore", v4{}.inQuery(t, sent("x-amz-server-side-encryption=aws:kms"+
			"&x-amz-object-lock-mode=GOVERNANCE&x-amz-grant-read=x&x-amz-tagging=a%3Db&x-amz-expected-bucket-owner=1")),
			http.Header{"X-Amz-Server-Side-Encryption": {"aws:kms"}, "X-Amz-Object-Lock-Mode": {"GOVERNANCE"},
				"X-Amz-Grant-Read": {"x"}, "X-Amz-Tagging": {"a=b"}, "X-Amz-Expected-Bucket-Owner": {"1"}}},
		{"never a checksum or a source", v4{}.inQuery(t, sent("x-amz-checksum-crc32=AAAAAA%3D%3D"+
			"&x-amz-sdk-checksum-algorithm=CRC32&x-amz-copy-source=b%2Fk&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD")), nil},
		{"with an equal header", v4{}.inQuery(t, with(sent("x-amz-meta-a=1"), "X-Amz-Meta-A", "1")), nil},
		{"signed in a header", v4{}.inHeader(t, sent("x-amz-acl=private")), http.Header{"X-Amz-Acl": {"private"}}},
		{"of no SigV4 the content type", v4{}.inQuery(t, sent("content-type=text%2Fplain&Content-MD5=x")), nil},

		{"SigV2", v2{}.inQuery(t, sent("x-amz-meta-who=me&content-type=text%2Fplain&content-md5=x")),
			http.Header{"X-Amz-Meta-Who": {"me"}, "Content-Type": {"text/plain"}, "Content-Md5": {"x"}}},
		{"SigV2, never a checksum or a source", v2{}.inQuery(t, sent("x-amz-checksum-crc32=AAAAAA%3D%3D"+
			"&x-amz-sdk-checksum-algorithm=CRC32&x-amz-copy-source=b%2Fk")), nil},
		{"SigV2 signed in a header, which does not sign them", v2{}.inHeader(t, sent("x-amz-meta-who=me")), nil},
		{"nobody", sent("x-amz-meta-who=me"), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := tt.r.Header.Clone()
			before := tt.r.Header.Clone()
			for name, values := range tt.want {
				want[name] = values
			}
			res, err := verifyArrival(t.Context(), newVerifier(), tt.r)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, headerOf(res.Fields)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(before, tt.r.Header); diff != "" {
				t.Errorf("the request's own headers changed: %s", diff)
			}
		})
	}
}

func TestThePayloadHashMayStandInTheQuery(t *testing.T) {
	for hash, ok := range map[string]bool{
		sigv4.UnsignedPayload: true, hexSHA256("abc"): true, hexSHA256("x"): false, "": false, "X": false,
	} {
		r := plainRequest("PUT", "abc")
		r.Query = "X-Amz-Content-Sha256=" + hash
		if _, _, err := verifyAll(newVerifier(), v4{payload: hash}.inQuery(t, r)); (err == nil) != ok {
			t.Errorf("%q: %v", hash, err)
		}
	}
}

func TestSignaturesOfWhatTheServerTakesOut(t *testing.T) {
	r := plainRequest("PUT", "abc")
	r.ContentLength = -1
	r.Header.Set("Transfer-Encoding", "chunked")
	r.Header.Set("Expect", "100-continue")
	v4{signed: "expect;host;transfer-encoding;x-amz-content-sha256;x-amz-date"}.inHeader(t, r)
	r.Header.Del("Transfer-Encoding")
	r.Header.Del("Expect")
	if _, _, err := verifyAll(newVerifier(), r); err != nil {
		t.Error(err)
	}
}

// TestSigV2SignsWhatIsActedOn sends values that only a careless reader takes for the
// signed ones.
func TestSigV2SignsWhatIsActedOn(t *testing.T) {
	for _, value := range []string{"text/plain\u00a0", "\u0085text/plain", "text/plain\u2003", "text/plain,", "text/plain\v"} {
		r := v2{}.inQuery(t, with(plainRequest("PUT", ""), "Content-Type", "text/plain"))
		r.Header.Set("Content-Type", value)
		if _, _, err := verifyAll(newVerifier(), r); !errors.Is(err, ErrSignatureMismatch) {
			t.Errorf("%q is taken for the content type that was signed: %v", value, err)
		}
	}
	r := v2{}.inQuery(t, with(plainRequest("PUT", ""), "Content-Type", "text/plain"))
	r.Header.Set("Content-Type", " text/plain\t")
	if res, _, err := verifyAll(newVerifier(), r); err != nil || res.Fields.Get("Content-Type") != "text/plain" {
		t.Errorf("with blanks around: %+v, %v", res, err)
	}
}
