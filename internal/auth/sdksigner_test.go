package auth

import (
	"encoding/base64"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4signer "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/signet-store/signet/internal/auth/sigv4"
)

// TestWhatTheSDKSignsIsVerifiedAndNothingElse has the signer of Amazon's SDK for Go
// sign random requests, in a header and in the query, and writes them in other ways
// that mean the same.
func TestWhatTheSDKSignsIsVerifiedAndNothingElse(t *testing.T) {
	each := 400
	if testing.Short() {
		each = 40
	}
	counts := newTally()
	rng := rand.New(rand.NewPCG(3, 2))
	v := newVerifier()
	for range each {
		row := sdkSigned(t, rng)
		checkSigned(t, v, rng, row, counts)
		respelled := row.clone()
		respell(rng, respelled)
		r := respelled.arrive(t)
		if r == nil {
			t.Fatalf("net/http refuses %+v", respelled)
		}
		if _, _, err := verifyAll(v, r); err != nil {
			t.Errorf("refused: %v\n%+v\nwhich was\n%+v", err, respelled, row)
		}
	}
	forms := []string{"a byte of a field", "a byte of a field's name", "a field less", "a field twice", "an added field", "another bucket"}
	if !testing.Short() {
		for _, name := range forms { // botocore's test has forms
			counts.tried[name], counts.refused[name] = each, each
		}
		counts.check(t, each/10)
	}
}

// sdkSigned returns a random request that the SDK signed.
func sdkSigned(t *testing.T, rng *rand.Rand) *recorded {
	t.Helper()
	body := []string{"", "abc", strings.Repeat("\x00", 70)}[rng.IntN(3)]
	host := []string{"localhost:9000", "bucket.localhost:9000", "[::1]:9000", "127.0.0.1"}[rng.IntN(4)]
	method := []string{"GET", "HEAD", "PUT", "POST", "DELETE"}[rng.IntN(5)]
	h, err := http.NewRequest(method, "http://"+host+"/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	h.URL.Path = "/bucket/" + oddText(rng, rng.IntN(60))
	h.URL.RawPath = string(sigv4.AppendEscapedPath(nil, h.URL.Path))
	// The SDK sorts names and values before it encodes them; Amazon, after that.
	// Names with letters of their own to begin with sort the same either way.
	query := url.Values{}
	for _, first := range "aBqz"[:rng.IntN(5)] {
		name := string(first) + oddText(rng, rng.IntN(8))
		query.Add(name, oddText(rng, rng.IntN(20)))
		if rng.IntN(3) == 0 {
			query[name] = [][]string{{"2", "10", "", "b-c"}, {"", ""}, {"a", "a", "a+b"}}[rng.IntN(3)]
		}
	}
	if rng.IntN(3) == 0 {
		query.Set([]string{"location", "uploads", "versionId", "response-content-type"}[rng.IntN(4)], []string{"", "a&b=c"}[rng.IntN(2)])
	}
	inQuery, hoists := rng.IntN(2) == 0, rng.IntN(2) == 0
	if inQuery {
		query.Set("X-Amz-Expires", strconv.Itoa(1+rng.IntN(604800)))
	}
	h.URL.RawQuery = query.Encode()
	for range rng.IntN(5) {
		name := "X-Amz-Meta-" + strconv.Itoa(rng.IntN(20))
		if value := []string{"value", " two  words ", "a   b    c", "e\u0301é,=;", ","}[rng.IntN(5)]; inQuery && hoists {
			h.Header.Set(name, strings.TrimSpace(value)) // a parameter can't come twice
		} else {
			h.Header.Add(name, value)
		}
	}
	if rng.IntN(2) == 0 {
		h.Header.Set("Content-Type", "text/plain; charset=utf-8")
	}
	hash := sigv4.UnsignedPayload
	if !inQuery || rng.IntN(2) == 0 {
		if rng.IntN(2) == 0 {
			hash = hexSHA256(body)
		}
		h.Header.Set("X-Amz-Content-Sha256", hash)
	}
	who := aws.Credentials{AccessKeyID: testID, SecretAccessKey: testSecret}
	if rng.IntN(3) == 0 {
		who.AccessKeyID, who.SessionToken = testSessionID, testToken
	}
	signer := v4signer.NewSigner(func(o *v4signer.SignerOptions) {
		o.DisableURIPathEscaping, o.DisableHeaderHoisting = true, !hoists
	})
	row := &recorded{Name: "s3v4 header", Method: method, Host: host, Body: base64.StdEncoding.EncodeToString([]byte(body))}
	at := testNow.Add(time.Duration(rng.IntN(600)-300) * time.Second)
	if inQuery {
		row.Name = "s3v4 query"
		at = testNow.Add(-time.Duration(rng.IntN(2)) * time.Second)
		signed, header, err := signer.PresignHTTP(t.Context(), who, h, hash, "s3", testRegion, at)
		if err != nil {
			t.Fatal(err)
		}
		if h.URL, err = url.Parse(signed); err != nil {
			t.Fatal(err)
		}
		// What was not signed went into the query.
		for name := range h.Header {
			if isAmz(name) && len(header[name]) == 0 {
				delete(h.Header, name)
			}
		}
	} else if err := signer.SignHTTP(t.Context(), who, h, hash, "s3", testRegion, at); err != nil {
		t.Fatal(err)
	}
	row.Path, row.Query = h.URL.EscapedPath(), h.URL.RawQuery
	for name, values := range h.Header {
		for _, value := range values {
			row.Headers = append(row.Headers, [2]string{name, value})
		}
	}
	return row
}

// oddText returns text with all kinds of characters, those that URLs make trouble
// with more often.
func oddText(rng *rand.Rand, n int) string {
	var b strings.Builder
	for b.Len() < n {
		switch rng.IntN(4) {
		case 0:
			b.WriteByte(" +%/?#&=:;@!$'()*,.~-_[]\"<>\\^`{|}"[rng.IntN(33)])
		case 1:
			b.WriteRune([]rune("é\u0301ß漢🙂\u00a0\u2028\x01\x7f\t")[rng.IntN(10)])
		case 2:
			b.WriteString([]string{"//", "/../", "/./", "%2F", "%zz", "+"}[rng.IntN(6)])
		default:
			b.WriteByte("abcXYZ019"[rng.IntN(9)])
		}
	}
	return b.String()
}
