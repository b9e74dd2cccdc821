package auth

import (
	"errors"
	"net/http"
	"testing"
	"time"
)

// tokenIn is how requests carry a session token, by scheme and carrier.
func tokenIn(t *testing.T, token string) map[string]*arrival {
	t.Helper()
	plain := func(query string) *arrival {
		r := plainRequest(http.MethodGet, "")
		r.Query = query
		return r
	}
	header := func() *arrival {
		r := plain("")
		r.Header.Set(securityToken, token)
		return r
	}
	escaped := "X-Amz-Security-Token=" + escapeAll(token)
	policy := `{"expiration": "2023-11-14T22:14:00.000Z", "conditions": [{"bucket": "bucket"}, ["eq", "$key", "key"], {"x-amz-security-token": "` + token + `"},
		["starts-with", "$x-amz-algorithm", ""], ["starts-with", "$x-amz-credential", ""], ["starts-with", "$x-amz-date", ""]]}`
	fields := func() []Field { return []Field{{"key", "key"}, {"x-amz-security-token", token}} }
	return map[string]*arrival{
		"V4 header":                v4{id: testSessionID}.inHeader(t, header()),
		"V4 query":                 v4{id: testSessionID}.inQuery(t, plain(escaped)),
		"V4 query, token a header": v4{id: testSessionID}.inQuery(t, header()),
		"V4 form":                  v4{id: testSessionID}.inForm(plainRequest(http.MethodPost, "x"), policy, fields()...),
		"V2 header":                v2{id: testSessionID}.inHeader(t, header()),
		"V2 query":                 v2{id: testSessionID}.inQuery(t, plain("x-amz-security-token="+escapeAll(token))),
	}
}

// escapeAll escapes every byte.
func escapeAll(s string) string {
	const digits = "0123456789ABCDEF"
	var b []byte
	for i := range len(s) {
		b = append(b, '%', digits[s[i]>>4], digits[s[i]&15])
	}
	return string(b)
}

func TestASessionsTokenComesWithEveryRequest(t *testing.T) {
	for name, r := range tokenIn(t, testToken) {
		res, _, err := verifyAll(newVerifier(), r)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if res.KeyID != testSessionID || res.Fields.Get(securityToken) != "" && r.Form != nil {
			t.Errorf("%s: key %q", name, res.KeyID)
		}
	}
}

func TestAnotherTokenIsRefused(t *testing.T) {
	for name, r := range tokenIn(t, "another") {
		if _, _, err := verifyAll(newVerifier(), r); !errors.Is(err, ErrInvalidToken) || AsError(err).Value != "another" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestATokenWhoseSessionIsOverIsRefused(t *testing.T) {
	for name, r := range tokenIn(t, testOldToken) {
		if _, _, err := verifyAll(newVerifier(), r); !errors.Is(err, ErrExpiredToken) || AsError(err).AccessKeyID != testSessionID {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestASessionsKeyIsUnknownWithoutItsToken(t *testing.T) {
	r := v4{id: testSessionID}.inQuery(t, plainRequest(http.MethodGet, ""))
	if _, _, err := verifyAll(newVerifier(), r); !errors.Is(err, ErrUnknownKey) {
		t.Error(err)
	}
}

func TestATokenThatCameUnsignedIsRefused(t *testing.T) {
	r := v4{id: testSessionID}.inQuery(t, plainRequest(http.MethodGet, ""))
	r.Header.Set(securityToken, testToken)
	if _, _, err := verifyAll(newVerifier(), r); !errors.Is(err, ErrHeadersNotSigned) {
		t.Error(err)
	}
	r = v4{id: testSessionID}.inQuery(t, plainRequest(http.MethodGet, ""))
	r.Query += "&X-Amz-Security-Token=" + escapeAll(testToken)
	if _, _, err := verifyAll(newVerifier(), r); !errors.Is(err, ErrSignatureMismatch) {
		t.Error(err)
	}
}

func TestWhenARequestWasSignedIsKnownOfItsDate(t *testing.T) {
	before := testNow.Add(-5 * time.Minute)
	for name, c := range map[string]struct {
		r    *arrival
		want time.Time
	}{
		"V4 header": {v4{date: before}.inHeader(t, plainRequest(http.MethodGet, "")), before},
		"V4 query":  {v4{date: before, expires: "900"}.inQuery(t, plainRequest(http.MethodGet, "")), before},
		"V2 query":  {v2{}.inQuery(t, plainRequest(http.MethodGet, "")), time.Time{}},
		"nobody":    {plainRequest(http.MethodGet, ""), time.Time{}},
	} {
		res, _, err := verifyAll(newVerifier(), c.r)
		if err != nil || !res.Signed.Equal(c.want) {
			t.Errorf("%s: signed %v, %v", name, res, err)
		}
	}
}
