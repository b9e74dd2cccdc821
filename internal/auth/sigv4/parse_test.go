package sigv4

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const exampleCredential = exampleID + "/20130524/us-east-1/s3/aws4_request"

func exampleSignature(t testing.TB) Signature {
	s, err := ParseSignature(strings.Repeat("0a", 32))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestParsePresigned(t *testing.T) {
	want := Presigned{
		Credential: Credential{AccessKeyID: exampleID, Scope: exampleScope},
		Date:       exampleTime, Expires: 86400 * time.Second, SignedHeaders: "host;x-amz-meta-a",
		Signature: exampleSignature(t), SecurityToken: "a+b/c=",
	}
	for _, raw := range []string{
		"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host%3Bx-amz-meta-a&X-Amz-Security-Token=a%2Bb%2fc%3D&X-Amz-Signature=" + want.Signature.String(),
		"prefix=&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + exampleCredential + "&&X-Amz-Date=20130524T000000Z&X%2DAmz-Expires=086400&X-Amz-SignedHeaders=X-Amz-Meta-A;host&X-Amz-Security-Token=a%2Bb/c=&x-amz-date=other&X-Amz-Signature=" + want.Signature.String(),
	} {
		got, err := parsePresigned(raw)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	}
}

// query returns a valid query in which the parameters in replace are others;
// "-" takes one out.
func query(replace ...string) string {
	pairs := []string{
		ParamAlgorithm, Algorithm, ParamCredential, exampleCredential, ParamDate, "20130524T000000Z",
		ParamExpires, "60", ParamSignedHeaders, "host", ParamSignature, strings.Repeat("0a", 32),
	}
	var b []string
	for i := 0; i < len(pairs); i += 2 {
		value := pairs[i+1]
		for j := 0; j < len(replace); j += 2 {
			if replace[j] == pairs[i] {
				value = replace[j+1]
			}
		}
		if value != "-" {
			b = append(b, pairs[i]+"="+value)
		}
	}
	return strings.Join(b, "&")
}

func TestParsePresignedSaysWhatIsWrong(t *testing.T) {
	tests := []struct {
		raw   string
		name  string
		err   error
		value string
	}{
		{"", ParamAlgorithm, ErrMissing, ""},
		{query(ParamAlgorithm, "-"), ParamAlgorithm, ErrMissing, ""},
		{query(ParamCredential, "-", ParamDate, "-"), ParamCredential, ErrMissing, ""},
		{query(ParamSignature, "-", ParamDate, "-"), ParamSignature, ErrMissing, ""},
		{query(ParamDate, "-", ParamExpires, "-"), ParamDate, ErrMissing, ""},
		{query(ParamSignedHeaders, "-"), ParamSignedHeaders, ErrMissing, ""},
		{query(ParamExpires, "-"), ParamExpires, ErrMissing, ""},
		{query(ParamExpires, "-") + "&x-amz-expires=60", ParamExpires, ErrMissing, ""},
		{query() + "&X-Amz-Expires=60", ParamExpires, ErrDuplicate, ""},
		{query() + "&X%2dAmz-Date=20130524T000000Z", ParamDate, ErrDuplicate, ""},
		{query() + "&X-Amz-Signature=", ParamSignature, ErrDuplicate, ""},
		{query() + "&X-Amz-Security-Token=a&X-Amz-Security-Token=a", ParamSecurityToken, ErrDuplicate, ""},
		{query(ParamAlgorithm, "AWS4-ECDSA-P256-SHA256"), ParamAlgorithm, ErrAlgorithm, "AWS4-ECDSA-P256-SHA256"},
		{query(ParamAlgorithm, "aws4-hmac-sha256"), ParamAlgorithm, ErrAlgorithm, "aws4-hmac-sha256"},
		{query(ParamAlgorithm, ""), ParamAlgorithm, ErrAlgorithm, ""},
		{query(ParamCredential, ""), ParamCredential, ErrCredential, ""},
		{query(ParamCredential, "a/b/c/d"), ParamCredential, ErrCredential, "a/b/c/d"},
		{query(ParamCredential, "/20130524/us-east-1/s3/aws4_request"), ParamCredential, ErrCredential, "/20130524/us-east-1/s3/aws4_request"},
		{query(ParamCredential, "%zz"), "", ErrEscape, ""},
		{query(ParamDate, ""), ParamDate, ErrDate, ""},
		{query(ParamDate, "20130230T000000Z"), ParamDate, ErrDate, "20130230T000000Z"},
		{query(ParamDate, "2013-05-24T00:00:00Z"), ParamDate, ErrDate, "2013-05-24T00:00:00Z"},
		{query(ParamExpires, ""), ParamExpires, ErrExpiresNumber, ""},
		{query(ParamExpires, "x"), ParamExpires, ErrExpiresNumber, "x"},
		{query(ParamExpires, "60x"), ParamExpires, ErrExpiresNumber, "60x"},
		{query(ParamExpires, "%2B60"), ParamExpires, ErrExpiresNumber, "+60"},
		{query(ParamExpires, "1e3"), ParamExpires, ErrExpiresNumber, "1e3"},
		{query(ParamExpires, "6.0"), ParamExpires, ErrExpiresNumber, "6.0"},
		{query(ParamExpires, "-x"), ParamExpires, ErrExpiresNumber, "-x"},
		{query(ParamExpires, "--1"), ParamExpires, ErrExpiresNumber, "--1"},
		{query(ParamExpires, "99999999999999999999x"), ParamExpires, ErrExpiresNumber, "99999999999999999999x"},
		{query(ParamExpires, "-1"), ParamExpires, ErrExpiresNegative, "-1"},
		{query(ParamExpires, "-99999999999999999999"), ParamExpires, ErrExpiresNegative, "-99999999999999999999"},
		{query(ParamExpires, "604801"), ParamExpires, ErrExpiresTooLarge, "604801"},
		{query(ParamExpires, "18446744073709551617"), ParamExpires, ErrExpiresTooLarge, "18446744073709551617"},
		{query(ParamSignedHeaders, ""), ParamSignedHeaders, ErrSignedHeaders, ""},
		{query(ParamSignedHeaders, "host;host"), ParamSignedHeaders, ErrSignedHeaders, "host;host"},
		{query(ParamSignedHeaders, "host;Host"), ParamSignedHeaders, ErrSignedHeaders, "host;Host"},
		{query(ParamSignedHeaders, "host;"), ParamSignedHeaders, ErrSignedHeaders, "host;"},
		{query(ParamSignedHeaders, "ho%0ast"), ParamSignedHeaders, ErrSignedHeaders, "ho\nst"},
		{query(ParamSignedHeaders, "host,date"), ParamSignedHeaders, ErrSignedHeaders, "host,date"},
		{query(ParamSignature, strings.Repeat("0A", 32)), ParamSignature, ErrSignature, ""},
		{query(ParamSignature, "00"), ParamSignature, ErrSignature, ""},
		{query(ParamSignature, ""), ParamSignature, ErrSignature, ""},
		{query() + "&%zz=1", "", ErrEscape, ""},
	}
	for _, tt := range tests {
		_, err := parsePresigned(tt.raw)
		var e *ParameterError
		if !errors.As(err, &e) || e.Name != tt.name || !errors.Is(err, tt.err) || e.Value != tt.value {
			t.Errorf("%s: error is %#v, want %v of %s %q", tt.raw, err, tt.err, tt.name, tt.value)
		}
	}
}

func TestParsePresignedTakesTheBoundsOfExpires(t *testing.T) {
	for s, want := range map[string]time.Duration{"0": 0, "-0": 0, "1": time.Second, "604800": MaxExpires} {
		p, err := parsePresigned(query(ParamExpires, s))
		if err != nil || p.Expires != want {
			t.Errorf("%s is %v, %v; want %v", s, p.Expires, err, want)
		}
	}
}

func TestAMalformedSignatureLeavesTheRest(t *testing.T) {
	p, err := parsePresigned(query(ParamSignature, "x"))
	if !errors.Is(err, ErrSignature) || p.Credential.AccessKeyID != exampleID || p.SignedHeaders != "host" {
		t.Errorf("query: got %+v, %v", p, err)
	}
	a, err := ParseAuthorization(Algorithm + " Credential=" + exampleCredential + ",SignedHeaders=host,Signature=x")
	if !errors.Is(err, ErrSignature) || a.Credential.AccessKeyID != exampleID || a.SignedHeaders != "host" {
		t.Errorf("header: got %+v, %v", a, err)
	}
}

func TestParseAuthorization(t *testing.T) {
	signature := exampleSignature(t)
	want := Authorization{
		Credential:    Credential{AccessKeyID: exampleID, Scope: exampleScope},
		SignedHeaders: "host;x-amz-date", Signature: signature,
	}
	for _, s := range []string{
		"AWS4-HMAC-SHA256 Credential=" + exampleCredential + ",SignedHeaders=host;x-amz-date,Signature=" + signature.String(),
		"AWS4-HMAC-SHA256 Credential=" + exampleCredential + ", SignedHeaders=host;x-amz-date, Signature=" + signature.String(),
		" AWS4-HMAC-SHA256  Signature=" + signature.String() + " ,\tSignedHeaders=X-Amz-Date;Host,Credential=" + exampleCredential + ",",
	} {
		got, err := ParseAuthorization(s)
		if err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	}
}

func TestParseAuthorizationSaysWhatIsWrong(t *testing.T) {
	signature := strings.Repeat("0a", 32)
	const prefix = Algorithm + " "
	tests := []struct {
		header string
		name   string
		err    error
	}{
		{"", "", ErrAlgorithm},
		{"AWS " + exampleID + ":c2lnbmF0dXJl", "", ErrAlgorithm},
		{"aws4-hmac-sha256 Credential=" + exampleCredential, "", ErrAlgorithm},
		{"AWS4-HMAC-SHA256", "Credential", ErrMissing},
		{prefix + "Credential=" + exampleCredential, "SignedHeaders", ErrMissing},
		{prefix + "Credential=" + exampleCredential + ",SignedHeaders=host", "Signature", ErrMissing},
		{prefix + "Credential=,SignedHeaders=host,Signature=" + signature, "Credential", ErrMissing},
		{prefix + "Credential=" + exampleCredential + ",SignedHeaders=host,SignedHeaders=host,Signature=" + signature, "SignedHeaders", ErrDuplicate},
		{prefix + "Credential=" + exampleCredential + ",Credential=,SignedHeaders=host,Signature=" + signature, "Credential", ErrDuplicate},
		{prefix + "Credential=" + exampleCredential + ",SignedHeaders=host,Other=1,Signature=" + signature, "", ErrHeader},
		{prefix + "Credential=" + exampleCredential + " SignedHeaders=host Signature=" + signature, "SignedHeaders", ErrMissing},
		{prefix + "Credential", "", ErrHeader},
		{prefix + "Credential=a,SignedHeaders=host,Signature=" + signature, "Credential", ErrCredential},
		{prefix + "Credential=" + exampleCredential + ",SignedHeaders=host;,Signature=" + signature, "SignedHeaders", ErrSignedHeaders},
		{prefix + "Credential=" + exampleCredential + ",SignedHeaders=host,Signature=" + signature[1:], "Signature", ErrSignature},
	}
	for _, tt := range tests {
		_, err := ParseAuthorization(tt.header)
		var e *ComponentError
		if !errors.As(err, &e) || e.Name != tt.name || !errors.Is(err, tt.err) {
			t.Errorf("%s: error is %#v, want %v of %q", tt.header, err, tt.err, tt.name)
		}
	}
}

func TestParseCredentialSaysWhichPartIsWrong(t *testing.T) {
	for _, tt := range []struct {
		s    string
		want error
	}{
		{"id/2013/us-east-1/s3/aws4_request", &ScopeError{Part: PartDate, Got: "2013"}},
		{"id/20131301/us-east-1/s3/aws4_request", &ScopeError{Part: PartDate, Got: "20131301"}},
		{"id/20130524/us-east-1/s3/aws5_request", &ScopeError{Part: PartTerminator, Got: "aws5_request", Want: "aws4_request"}},
	} {
		_, err := ParseCredential(tt.s)
		if d := cmp.Diff(tt.want, err); d != "" {
			t.Errorf("%s: %s", tt.s, d)
		}
	}
	for _, s := range []string{"", "////", "id/20130524//s3/aws4_request", "id/20130524/us-east-1//aws4_request", "20130524/us-east-1/s3/aws4_request"} {
		if _, err := ParseCredential(s); !errors.Is(err, ErrCredential) {
			t.Errorf("%q: error is %v, want ErrCredential", s, err)
		}
	}
}

func TestAnAccessKeyIDMayHoldSlashes(t *testing.T) {
	const s = "a/b//20130524/us-east-1/s3/aws4_request"
	c, err := ParseCredential(s)
	if err != nil || c.AccessKeyID != "a/b/" || c.Scope != exampleScope || c.String() != s {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestParseScope(t *testing.T) {
	const s = "20130524/us-east-1/s3/aws4_request"
	if got, err := ParseScope(s); err != nil || got != exampleScope || got.String() != s {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, bad := range []string{"", "20130524", "x/" + s, "/" + s, s + "/", "20130524//s3/aws4_request", "20130524/r/s3/other", "2013/r/s3/aws4_request"} {
		if got, err := ParseScope(bad); err == nil {
			t.Errorf("%q is %+v, want an error", bad, got)
		}
	}
}

func TestScopeCheckNamesTheFirstPartThatIsWrong(t *testing.T) {
	evening := exampleTime.Add(23 * time.Hour).In(time.FixedZone("", 5*3600)) // the next day, there
	for _, tt := range []struct {
		at              time.Time
		region, service string
		want            error
	}{
		{evening, "us-east-1", "s3", nil},
		{evening.Add(time.Hour), "eu-west-1", "s3", &ScopeError{Part: PartDate, Got: "20130524", Want: "20130525"}},
		{evening, "eu-west-1", "sts", &ScopeError{Part: PartRegion, Got: "us-east-1", Want: "eu-west-1"}},
		{evening, "us-east-1", "sts", &ScopeError{Part: PartService, Got: "s3", Want: "sts"}},
	} {
		if d := cmp.Diff(tt.want, exampleScope.Check(tt.at, tt.region, tt.service)); d != "" {
			t.Error(d)
		}
	}
}

func TestTimesAreStrict(t *testing.T) {
	for _, s := range []string{"20130524T000000Z", "20240229T235959Z", "20000229T000000Z", "00010101T000000Z", "99991231T235959Z"} {
		got, err := ParseTime(s)
		want, wantErr := time.Parse("20060102T150405Z", s)
		if err != nil || wantErr != nil || !got.Equal(want) || FormatTime(got) != s {
			t.Errorf("%s is %v, %v; want %v", s, got, err, want)
		}
	}
	for _, s := range []string{
		"", "20130524", "20130524T000000", "20130524t000000z", "20130524T240000Z", "20130524T006000Z", "20130524T000060Z",
		"20230229T000000Z", "19000229T000000Z", "20130431T000000Z", "20130500T000000Z", "20130024T000000Z", "2013052aT000000Z",
		"+0130524T000000Z", "20130524T00000 Z", "20130524T000000ZZ",
	} {
		if got, err := ParseTime(s); !errors.Is(err, ErrDate) {
			t.Errorf("%q is %v, %v; want ErrDate", s, got, err)
		}
	}
}

func TestSignedHeadersHas(t *testing.T) {
	h := SignedHeaders("content-type;host;x-amz-date")
	for name, want := range map[string]bool{"host": true, "content-type": true, "x-amz-date": true, "x-amz": false, "": false, "host;x-amz-date": false} {
		if h.Has(name) != want {
			t.Errorf("%q: %v, want %v", name, !want, want)
		}
	}
}

func TestErrorsHideSignaturesAndKeysHideThemselves(t *testing.T) {
	const secretish = "0123456789abcdef0123456789ABCDEF"
	_, err := parsePresigned(query(ParamSignature, secretish))
	_, err2 := ParseAuthorization(Algorithm + " Credential=" + exampleCredential + ",SignedHeaders=host,Signature=" + secretish)
	for _, err := range []error{err, err2} {
		if s := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(s, secretish) {
			t.Errorf("error shows the signature: %s", s)
		}
	}
	key := DeriveKey(exampleSecret, exampleScope)
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if s := fmt.Sprintf(format+format, key, &key); s != "sigv4.Key(hidden)sigv4.Key(hidden)" {
			t.Errorf("%s prints %s", format, s)
		}
	}
}

func TestTheZeroKeyDoesNotSign(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	var k Key
	k.Sign([]byte("anything"))
}
