package auth

import (
	"encoding/base64"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/auth/sigv2"
)

// The form of Amazon's page "Examples: Browser-Based Upload using HTTP POST (Using
// AWS Signature Version 4)", whose policy has CRLF line ends.
const (
	publishedPolicy = "{ \"expiration\": \"2015-12-30T12:00:00.000Z\",\r\n" +
		"  \"conditions\": [\r\n" +
		"    {\"bucket\": \"sigv4examplebucket\"},\r\n" +
		"    [\"starts-with\", \"$key\", \"user/user1/\"],\r\n" +
		"    {\"acl\": \"public-read\"},\r\n" +
		"    {\"success_action_redirect\": \"http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html\"},\r\n" +
		"    [\"starts-with\", \"$Content-Type\", \"image/\"],\r\n" +
		"    {\"x-amz-meta-uuid\": \"14365123651274\"},\r\n" +
		"    {\"x-amz-server-side-encryption\": \"AES256\"},\r\n" +
		"    [\"starts-with\", \"$x-amz-meta-tag\", \"\"],\r\n" +
		"\r\n" +
		"    {\"x-amz-credential\": \"AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request\"},\r\n" +
		"    {\"x-amz-algorithm\": \"AWS4-HMAC-SHA256\"},\r\n" +
		"    {\"x-amz-date\": \"20151229T000000Z\" }\r\n" +
		"  ]\r\n" +
		"}"
	publishedSignature = "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e"
)

func TestThePublishedFormIsVerified(t *testing.T) {
	r := plainRequest("POST", "an image")
	r.Bucket = "sigv4examplebucket"
	r.Form = &Form{Fields: []Field{
		{"key", "user/user1/MyPicture.jpg"},
		{"acl", "public-read"},
		{"success_action_redirect", "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},
		{"Content-Type", "image/jpeg"},
		{"x-amz-meta-uuid", "14365123651274"},
		{"x-amz-server-side-encryption", "AES256"},
		{"X-Amz-Credential", "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},
		{"X-Amz-Algorithm", "AWS4-HMAC-SHA256"},
		{"X-Amz-Date", "20151229T000000Z"},
		{"x-amz-meta-tag", ""},
		{"Policy", base64.StdEncoding.EncodeToString([]byte(publishedPolicy))},
		{"X-Amz-Signature", publishedSignature},
	}}
	v := newVerifierAt(time.Date(2015, 12, 29, 12, 0, 0, 0, time.UTC))
	res, data, err := verifyAll(v, r)
	if err != nil || string(data) != "an image" {
		t.Fatal(string(data), err)
	}
	want := http.Header{
		"Content-Type": {"image/jpeg"}, "X-Amz-Meta-Uuid": {"14365123651274"}, "X-Amz-Meta-Tag": {""},
		"X-Amz-Server-Side-Encryption": {"AES256"},
	}
	if diff := cmp.Diff(want, headerOf(res.Fields)); diff != "" {
		t.Error(diff)
	}
	if want := time.Date(2015, 12, 30, 12, 0, 0, 0, time.UTC); !res.Expires.Equal(want) || res.Carrier != CarrierForm {
		t.Errorf("it ends at %v", res.Expires)
	}
}

// field replaces, adds or, with value "-", removes a field.
func field(r *arrival, name, value string) *arrival {
	i := slices.IndexFunc(r.Form.Fields, func(f Field) bool { return f.Name == name })
	switch {
	case i < 0:
		r.Form.Fields = append(r.Form.Fields, Field{name, value})
	case value == "-":
		r.Form.Fields = slices.Delete(r.Form.Fields, i, i+1)
	default:
		r.Form.Fields[i].Value = value
	}
	return r
}

func TestFormsThatAreRefused(t *testing.T) {
	key := Field{"key", "a"}
	post := func() *arrival { return plainRequest("POST", "abc") }
	good := func() *arrival { return v4{}.inForm(post(), formPolicy(), key) }
	good2 := func() *arrival { return v2{}.inForm(post(), goodPolicy, key) }
	until := func(expiration string) string {
		return strings.Replace(goodPolicy, "2023-11-14T23:00:00.000Z", expiration, 1)
	}
	wrong := func(name, value, message, region string) error {
		return &Error{Reason: ErrFormField, Name: name, Value: value, Message: message, Region: region}
	}
	old := testNow.Add(-maxLife - time.Second)
	future := testNow.Add(maxSkew + time.Second)
	value := func(r *arrival, name string) string {
		return r.Form.Fields[slices.IndexFunc(r.Form.Fields, func(f Field) bool { return f.Name == name })].Value
	}
	broken := base64.StdEncoding.EncodeToString([]byte("{"))
	tests := []struct {
		name string
		r    *arrival
		want error
	}{
		{"good", good(), nil},
		{"good with SigV2", good2(), nil},
		{"good with SigV2 for a week", v2{}.inForm(post(), until("2023-11-21T22:13:20Z"), key), nil},
		{"good with SigV4 a week ago", v4{date: testNow.Add(-maxLife)}.inForm(post(), formPolicy(), key), nil},

		{"no key", v4{}.inForm(post(), formPolicy()), &Error{Reason: ErrMissingFormField, Name: "key"}},
		{"no algorithm", field(good(), "x-amz-algorithm", "-"), &Error{Reason: ErrMissingFormField, Name: "X-Amz-Algorithm"}},
		{"no credential", field(good(), "x-amz-credential", "-"), &Error{Reason: ErrMissingFormField, Name: "X-Amz-Credential"}},
		{"no date", field(good(), "x-amz-date", "-"), &Error{Reason: ErrMissingFormField, Name: "X-Amz-Date"}},
		{"no signature", field(good(), "x-amz-signature", "-"), &Error{Reason: ErrMissingFormField, Name: "X-Amz-Signature"}},
		{"no policy", field(good(), "policy", "-"), &Error{Reason: ErrMissingFormField, Name: "Policy"}},
		{"no key with SigV2", field(good2(), "AWSAccessKeyId", "-"), &Error{Reason: ErrMissingFormField, Name: "AWSAccessKeyId"}},
		{"no signature with SigV2", field(good2(), "signature", "-"), &Error{Reason: ErrMissingFormField, Name: "Signature"}},
		{"no policy with SigV2", field(good2(), "policy", "-"), &Error{Reason: ErrMissingFormField, Name: "Policy"}},
		{"a field twice", field(good(), "KEY", "b"), &Error{Reason: ErrDuplicate, Carrier: CarrierForm, Name: "KEY"}},

		{"another algorithm", field(good(), "x-amz-algorithm", "HMAC"),
			wrong("X-Amz-Algorithm", "HMAC", `X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"`, "")},
		{"ECDSA", field(good(), "x-amz-algorithm", ecdsaAlgorithm), &Error{Reason: ErrUnsupportedAlgorithm, Value: ecdsaAlgorithm}},
		{"a date that is none", field(good(), "x-amz-date", "today"),
			wrong("X-Amz-Date", "today", "X-Amz-Date must be formated via ISO8601 Long format", "")},
		{"another region", v4{region: "eu-west-1"}.inForm(post(), formPolicy(), key), wrong("X-Amz-Credential",
			testID+"/20231114/eu-west-1/s3/aws4_request", "the region 'eu-west-1' is wrong; expecting 'us-east-1'", "us-east-1")},
		{"an access key of a space", v4{id: " "}.inForm(post(), formPolicy(), key), &Error{Reason: ErrUnknownKey, AccessKeyID: " "}},
		{"an empty access key", field(good(), "x-amz-credential", "/20231114/us-east-1/s3/aws4_request"),
			wrong("X-Amz-Credential", "/20231114/us-east-1/s3/aws4_request",
				"a non-empty Access Key (AKID) must be provided in the credential.", "")},
		{"another day", v4{scopeDate: "20231113"}.inForm(post(), formPolicy(), key), wrong("X-Amz-Credential",
			testID+"/20231113/us-east-1/s3/aws4_request",
			`Invalid credential date "20231113". This date is not the same as X-Amz-Date: "20231114".`, "")},
		{"an unknown key", v4{id: "nobody"}.inForm(post(), formPolicy(), key), &Error{Reason: ErrUnknownKey, AccessKeyID: "nobody"}},
		{"an unknown key with SigV2", v2{id: "nobody"}.inForm(post(), goodPolicy, key), &Error{Reason: ErrUnknownKey, AccessKeyID: "nobody"}},
		{"a session token", field(good(), "x-amz-security-token", "T"), &Error{Reason: ErrInvalidToken, AccessKeyID: testID, Value: "T"}},
		{"a session token with SigV2", field(good2(), "x-amz-security-token", "T"),
			&Error{Reason: ErrInvalidToken, AccessKeyID: testID, Value: "T"}},
		{"signed more than a week ago", v4{date: old}.inForm(post(), formPolicy(), key), ErrPolicyExpired},
		{"signed in the future", v4{date: future}.inForm(post(), formPolicy(), key),
			&Error{Reason: ErrNotYetValid, Date: future, ExpiresAt: future.Add(maxLife), ServerTime: testNow}},
		{"good with SigV2 for too long", v2{}.inForm(post(), until("2023-11-21T22:28:21Z"), key),
			&Error{Reason: ErrExpiresTooFar, ExpiresAt: testNow.Add(maxLife + maxSkew + time.Second), ServerTime: testNow, Limit: maxLife}},
		{"a header beside it", with(good(), "X-Amz-Acl", "public-read"), &Error{Reason: ErrHeadersNotSigned, Headers: []string{"x-amz-acl"}}},
		{"a header beside it with SigV2", with(good2(), "X-Amz-Acl", "public-read"),
			&Error{Reason: ErrHeadersNotSigned, Headers: []string{"x-amz-acl"}}},

		{"a wrong signature", field(good(), "x-amz-signature", "abc"),
			&Error{Reason: ErrSignatureMismatch, Scheme: SchemeV4, AccessKeyID: testID, Value: "abc"}},
		{"a wrong signature with SigV2", field(good2(), "signature", "abc"),
			&Error{Reason: ErrSignatureMismatch, Scheme: SchemeV2, AccessKeyID: testID, Value: "abc"}},
		{"a malformed policy that isn't signed", field(good(), "policy", broken), &Error{
			Reason: ErrSignatureMismatch, Scheme: SchemeV4, AccessKeyID: testID, Value: value(good(), "x-amz-signature"),
		}},
		{"a malformed policy", v4{}.inForm(post(), "{", key), &Error{Reason: ErrPolicyMalformed, Message: "Invalid JSON."}},
		{"a malformed policy with SigV2", v2{}.inForm(post(), "{", key), &Error{Reason: ErrPolicyMalformed, Message: "Invalid JSON."}},

		{"both schemes", field(good(), "AWSAccessKeyId", testID), &Error{
			Reason: ErrSeveralMechanisms, Name: "X-Amz-Signature", Value: value(good(), "x-amz-signature"),
		}},
		{"a header's credentials too", with(good(), authorization, "AWS a:b"),
			&Error{Reason: ErrSeveralMechanisms, Name: authorization, Value: "AWS a:b"}},
		{"a query's credentials too", func() *arrival { r := good(); r.Query = "X-Amz-Signature=x"; return r }(),
			&Error{Reason: ErrSeveralMechanisms, Name: "X-Amz-Algorithm"}},
		{"a query's credentials of SigV2 too", func() *arrival { r := good(); r.Query = "Signature=x"; return r }(),
			&Error{Reason: ErrSeveralMechanisms, Name: "Signature", Value: "x"}},

		{"a value that ends its line", v4{}.inForm(post(), formPolicy(`["starts-with", "$x-amz-meta-a", ""]`), key,
			Field{"x-amz-meta-a", "a\r\nb"}), wrong("x-amz-meta-a", "a\r\nb", "a header can't have this name or value", "")},
		{"a name that is none", v4{}.inForm(post(), formPolicy(`["starts-with", "$x-amz-meta-a b", ""]`), key,
			Field{"x-amz-meta-a b", "a"}), wrong("x-amz-meta-a b", "a", "a header can't have this name or value", "")},
		{"a file that ends early", func() *arrival {
			return send2(good(), io.MultiReader(strings.NewReader("ab"), errReader{io.ErrUnexpectedEOF}))
		}(), &Error{Reason: ErrIncompleteBody, Expected: -1, Provided: 2}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := verifyAll(newVerifier(), tt.r)
			wantError(t, err, tt.want)
		})
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

// send2 gives a request a body of unknown length.
func send2(r *arrival, body io.Reader) *arrival {
	r.Body, r.ContentLength = body, -1
	return r
}

func TestTheBucketOfAFormIsTheAddresss(t *testing.T) {
	for _, r := range []*arrival{
		v4{}.inForm(plainRequest("POST", "abc"), formPolicy(), Field{"key", "a"}, Field{"bucket", "bucket"}),
		v2{}.inForm(plainRequest("POST", "abc"), goodPolicy, Field{"key", "a"}, Field{"bucket", "bucket"}),
	} {
		r.Bucket = "victim"
		_, _, err := verifyAll(newVerifier(), r)
		wantError(t, err, &Error{Reason: ErrPolicyViolated, Message: `Policy Condition failed: ["eq", "$bucket", "bucket"]`})
	}
}

func TestAPolicyHoldsForTheKeyOfTheFile(t *testing.T) {
	field := Field{"key", "a/${filename}"}
	for condition, want := range map[string]error{
		`["starts-with", "$key", "a/"]`:            nil,
		`["starts-with", "$key", "a/my"]`:          nil,
		`{"key": "a/my file.txt"}`:                 nil,
		`{"key": "a/${filename}"}`:                 &Error{Reason: ErrPolicyViolated, Message: `Policy Condition failed: ["eq", "$key", "a/${filename}"]`},
		`["starts-with", "$key", "a/${filename}"]`: &Error{Reason: ErrPolicyViolated, Message: `Policy Condition failed: ["starts-with", "$key", "a/${filename}"]`},
	} {
		_, _, err := verifyAll(newVerifier(), v2{}.inForm(plainRequest("POST", "abc"), policyOf(condition), field))
		wantError(t, err, want)
	}
}

func TestOtherCredentialsSayNothingOfAForm(t *testing.T) {
	for _, r := range []*arrival{
		v4{}.inQuery(t, plainRequest("POST", "abc")),
		v4{}.inHeader(t, plainRequest("POST", "abc")),
		v2{}.inQuery(t, plainRequest("POST", "abc")),
		v2{}.inHeader(t, plainRequest("POST", "abc")),
	} {
		r.Form = &Form{Fields: []Field{{"key", "a"}}}
		_, _, err := verifyAll(newVerifier(), r)
		wantError(t, err, &Error{Reason: ErrMissingFormField, Name: "X-Amz-Signature"})
	}
}

func TestAFormWithoutCredentialsIsAnonymous(t *testing.T) {
	r := plainRequest("POST", "abc")
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	r.Form = &Form{Fields: []Field{{"key", "a"}, {"policy", "x"}, {"Content-Type", "text/plain"}, {"x-amz-copy-source", "b/k"}}}
	res, data, err := verifyAll(newVerifier(), r)
	if err != nil || string(data) != "abc" {
		t.Fatal(string(data), err)
	}
	if res.Carrier != CarrierNone || !res.Principal.Anonymous() {
		t.Errorf("found in the %v", res.Carrier)
	}
	if diff := cmp.Diff(http.Header{"Content-Type": {"text/plain"}}, headerOf(res.Fields)); diff != "" {
		t.Error(diff)
	}
}

func TestNamesOfFieldsHaveNoCase(t *testing.T) {
	encoded := base64.StdEncoding.EncodeToString([]byte(goodPolicy))
	r := plainRequest("POST", "abc")
	r.Form = &Form{Fields: []Field{
		{"Key", "a"}, {"awsaccesskeyid", testID}, {"Policy", encoded}, {"SIGNATURE", sigv2.SignPolicy(testSecret, encoded)},
	}}
	if _, _, err := verifyAll(newVerifier(), r); err != nil {
		t.Error(err)
	}
}

func TestASigV4FormEndsAWeekAfterItsSignature(t *testing.T) {
	date := testNow.Add(-6 * 24 * time.Hour)
	policy := strings.Replace(formPolicy(), "2023-11-14T23:00:00Z", "2030-01-01T00:00:00Z", 1)
	res, _, err := verifyAll(newVerifier(), v4{date: date}.inForm(plainRequest("POST", "abc"), policy, Field{"key", "a"}))
	if err != nil {
		t.Fatal(err)
	}
	if want := date.Add(maxLife); !res.Expires.Equal(want) {
		t.Errorf("it ends at %v, want %v", res.Expires, want)
	}
}
