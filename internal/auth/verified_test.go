package auth

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestDigestsIdentifySignatures holds that a digest is that of the signature's bytes,
// whatever carries them and however they are written.
func TestDigestsIdentifySignatures(t *testing.T) {
	digest := func(r *arrival) [sha256.Size]byte {
		t.Helper()
		res, _, err := verifyAll(newVerifier(), r)
		if err != nil {
			t.Fatal(err)
		}
		return res.Digest()
	}
	seen := map[[sha256.Size]byte]string{}
	for name, r := range map[string]*arrival{
		"v4 header":       v4{}.inHeader(t, plainRequest("GET", "")),
		"v4 query":        v4{}.inQuery(t, plainRequest("GET", "")),
		"v4 query, later": v4{date: testNow.Add(-time.Second)}.inQuery(t, plainRequest("GET", "")),
		"v4 form":         v4{}.inForm(plainRequest("POST", "abc"), formPolicy(), Field{"key", "a"}),
		"v2 header":       v2{}.inHeader(t, plainRequest("GET", "")),
		"v2 query":        v2{}.inQuery(t, plainRequest("GET", "")),
		"v2 form":         v2{}.inForm(plainRequest("POST", "abc"), goodPolicy, Field{"key", "a"}),
	} {
		d := digest(r)
		if other, twice := seen[d]; twice {
			t.Errorf("%s and %s have one digest", name, other)
		}
		seen[d] = name
	}
	// The same URL with its parameters in another order and spelling.
	r := v4{}.inQuery(t, plainRequest("GET", ""))
	want := digest(r)
	query, signature, _ := strings.Cut(r.Query, "&X-Amz-Signature=")
	r.Query = "X%2dAmz-Signature=%" + "3" + string("0123456789abcdef"[signature[0]&15]) + signature[1:] + "&" + query
	if signature[0] <= '9' && digest(r) != want {
		t.Error("another spelling of a signature has another digest")
	}
	r = v2{}.inQuery(t, plainRequest("GET", ""))
	want = digest(r)
	r.Query = strings.ReplaceAll(r.Query, "%2B", "+") // which arrives as a space
	if digest(r) != want {
		t.Error("a signature of Version 2 whose plus sign lost its escape has another digest")
	}
	if digest(plainRequest("GET", "")) != [sha256.Size]byte{} {
		t.Error("an anonymous request has a digest")
	}
}

func TestSigningTimesAreThoseThatTheSignatureCovers(t *testing.T) {
	fixed := `{"expiration": "2023-11-15T00:00:00Z", "conditions": [{"bucket": "bucket"}, {"key": "a"},
		{"x-amz-algorithm": "AWS4-HMAC-SHA256"}, ["starts-with", "$x-amz-credential", ""], {"X-Amz-Date": "20231114T221320Z"}]}`
	open := strings.Replace(fixed, `{"X-Amz-Date": "20231114T221320Z"}`, `["starts-with", "$x-amz-date", "2023"]`, 1)
	day := time.Date(2023, 11, 14, 0, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		r      *arrival
		want   time.Time
		proved bool
	}{
		"v4 header":              {v4{}.inHeader(t, plainRequest("GET", "")), testNow, true},
		"v4 query":               {v4{}.inQuery(t, plainRequest("GET", "")), testNow, true},
		"v4 form, date fixed":    {v4{}.inForm(plainRequest("POST", "abc"), fixed, Field{"key", "a"}), testNow, true},
		"v4 form, date is open":  {v4{}.inForm(plainRequest("POST", "abc"), open, Field{"key", "a"}), day, true},
		"v2 header":              {v2{}.inHeader(t, plainRequest("GET", "")), testNow, true},
		"v2 query":               {v2{}.inQuery(t, plainRequest("GET", "")), time.Time{}, false},
		"v2 form":                {v2{}.inForm(plainRequest("POST", "abc"), goodPolicy, Field{"key", "a"}), time.Time{}, false},
		"v2 query, x-amz-date":   {v2{}.inQuery(t, with(plainRequest("GET", ""), amzDate, "20231114T221320Z")), time.Time{}, false},
		"anonymous with a date":  {with(plainRequest("GET", ""), amzDate, "20231114T221320Z"), time.Time{}, false},
		"v2 header, old of HTTP": {v2{}.inHeader(t, with(plainRequest("GET", ""), "Date", testNow.Format(http.TimeFormat))), testNow, true},
	} {
		res, _, err := verifyAll(newVerifier(), tt.r)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !res.Signed.Equal(tt.want) || res.Proved != tt.proved {
			t.Errorf("%s: signed %v, proved %v; want %v, %v", name, res.Signed, res.Proved, tt.want, tt.proved)
		}
	}
}

func TestVerifiedNamesWhatIsSigned(t *testing.T) {
	for name, tt := range map[string]struct {
		r                 *arrival
		method, host, key string
	}{
		"v4 header": {v4{}.inHeader(t, plainRequest("GET", "")), "GET", "localhost:9000", "key"},
		"v4 query":  {v4{}.inQuery(t, plainRequest("PUT", "")), "PUT", "localhost:9000", "key"},
		"v4 form":   {v4{}.inForm(plainRequest("POST", "abc"), formPolicy(), Field{"key", "a"}), "", "", "a"},
		"v2 header": {v2{}.inHeader(t, plainRequest("GET", "")), "GET", "", "key"},
		"v2 query":  {v2{}.inQuery(t, plainRequest("GET", "")), "GET", "", "key"},
		"v2 form":   {v2{}.inForm(plainRequest("POST", "abc"), goodPolicy, Field{"key", "a"}), "", "", "a"},
		"anonymous": {plainRequest("GET", ""), "", "", ""},
	} {
		res, _, err := verifyAll(newVerifier(), tt.r)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if res.Method != tt.method || res.Host != tt.host || res.Key != tt.key {
			t.Errorf("%s: %q %q %q, want %q %q %q", name, res.Method, res.Host, res.Key, tt.method, tt.host, tt.key)
		}
	}
}

func TestVerifiedSaysWhatIsSignedOfThePayload(t *testing.T) {
	sum := sha256.Sum256([]byte("abc"))
	hash := hex.EncodeToString(sum[:])
	put := func() *arrival { return plainRequest("PUT", "abc") }
	hashed := with(plainRequest("POST", "abc"), contentSHA256, hash)
	for name, tt := range map[string]struct {
		r    *arrival
		want string
	}{
		"v4 header":                   {v4{}.inHeader(t, with(put(), contentSHA256, hash)), hash},
		"v4 header, unsigned":         {v4{}.inHeader(t, put()), unsignedPayload},
		"v4 header, chunks":           {streamed(t, streamingModes[0], "abc", 4096, false), streamingModes[0]},
		"v4 query":                    {v4{}.inQuery(t, put()), unsignedPayload},
		"v4 query, chunks":            {streamed(t, streamingModes[0], "abc", 4096, true), streamingModes[0]},
		"v4 query, hash in a header":  {v4{}.inQuery(t, with(put(), contentSHA256, hash)), hash},
		"v4 form":                     {v4{}.inForm(plainRequest("POST", "abc"), formPolicy(), Field{"key", "a"}), ""},
		"v4 form, hash in a header":   {v4{}.inForm(hashed, formPolicy(), Field{"key", "a"}), ""},
		"v2 header":                   {v2{}.inHeader(t, put()), unsignedPayload},
		"v2 header, hash in a header": {v2{}.inHeader(t, with(put(), contentSHA256, hash)), hash},
		"v2 query":                    {v2{}.inQuery(t, put()), unsignedPayload},
		"v2 form":                     {v2{}.inForm(plainRequest("POST", "abc"), goodPolicy, Field{"key", "a"}), ""},
		"anonymous":                   {put(), ""},
		"anonymous, hash in a header": {with(put(), contentSHA256, hash), ""},
	} {
		res, _, err := verifyAll(newVerifier(), tt.r)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if res.ContentSHA256 != tt.want {
			t.Errorf("%s: %q, want %q", name, res.ContentSHA256, tt.want)
		}
	}
}

// An empty Authorization header carries no credentials, and contradicts no others.
func TestAnEmptyAuthorizationHeaderIsNone(t *testing.T) {
	for name, tt := range map[string]struct {
		r    *arrival
		want Carrier
	}{
		"unsigned": {plainRequest("GET", ""), CarrierNone},
		"v4 query": {v4{}.inQuery(t, plainRequest("GET", "")), CarrierQuery},
		"v2 query": {v2{}.inQuery(t, plainRequest("GET", "")), CarrierQuery},
		"v4 form":  {v4{}.inForm(plainRequest("POST", "abc"), formPolicy(), Field{"key", "a"}), CarrierForm},
	} {
		res, _, err := verifyAll(newVerifier(), with(tt.r, authorization, " "))
		if err != nil || res.Carrier != tt.want {
			t.Errorf("%s: %+v, %v, want carrier %v", name, res, err, tt.want)
		}
	}
}
