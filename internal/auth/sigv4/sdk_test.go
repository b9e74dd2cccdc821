package sigv4_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/signet-store/signet/internal/auth/sigv4"
)

// What aws-sdk-go-v2 signs, sent over the wire and read by net/http, verifies here.
func TestVerifiesWhatTheSDKSigns(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	signer := v4.NewSigner(func(o *v4.SignerOptions) {
		o.DisableURIPathEscaping = true
		o.DisableHeaderHoisting = true
	})
	for i := range 2000 {
		r := randomRequest(t, rng)
		credentials := aws.Credentials{AccessKeyID: "AKIA" + randomBase64(rng, 12), SecretAccessKey: randomText(rng, 1+rng.IntN(80))}
		if rng.IntN(2) == 0 {
			credentials.SessionToken = randomBase64(rng, 1+rng.IntN(200))
		}
		region := []string{"us-east-1", "eu-central-1", "anywhere"}[rng.IntN(3)]
		at := time.Unix(rng.Int64N(1<<32), 0)
		payloadHash := []string{sigv4.UnsignedPayload, sigv4.EmptyPayload, sigv4.StreamingPayload}[rng.IntN(3)]
		ctx := context.Background()

		presigned := rng.IntN(2) == 0
		if presigned {
			query := r.URL.Query()
			query.Set("X-Amz-Expires", strconv.Itoa(1+rng.IntN(604800)))
			r.URL.RawQuery = query.Encode()
			signed, _, err := signer.PresignHTTP(ctx, credentials, r, payloadHash, "s3", region, at)
			if err != nil {
				t.Fatal(err)
			}
			if r.URL, err = url.Parse(signed); err != nil {
				t.Fatal(err)
			}
			shuffleQuery(rng, r.URL)
		} else if err := signer.SignHTTP(ctx, credentials, r, payloadHash, "s3", region, at); err != nil {
			t.Fatal(err)
		}

		arrived := sendAndReceive(t, r)
		if err := verify(arrived, presigned, credentials, at, region, payloadHash); err != nil {
			t.Fatalf("request %d: %v\n%s %s\n%v", i, err, arrived.Method, arrived.RequestURI, arrived.Header)
		}
	}
}

func verify(r *http.Request, presigned bool, credentials aws.Credentials, at time.Time, region, payloadHash string) error {
	target, err := sigv4.ParseTarget(r.RequestURI)
	if err != nil {
		return err
	}
	s := sigv4.Request{
		Method: r.Method, Target: target, Presigned: presigned,
		Host: r.Host, Header: r.Header, ContentLength: r.ContentLength,
	}
	var a sigv4.Authorization
	if presigned {
		p, err := sigv4.ParsePresigned(target.Query)
		if err != nil {
			return err
		}
		if !p.Date.Equal(at) || p.SecurityToken != credentials.SessionToken {
			return fmt.Errorf("signed at %v with token %q, want %v, %q", p.Date, p.SecurityToken, at, credentials.SessionToken)
		}
		a = sigv4.Authorization{Credential: p.Credential, SignedHeaders: p.SignedHeaders, Signature: p.Signature}
	} else {
		var err error
		if a, err = sigv4.ParseAuthorization(r.Header.Get("Authorization")); err != nil {
			return err
		}
	}
	if a.Credential.AccessKeyID != credentials.AccessKeyID {
		return fmt.Errorf("access key ID is %q, want %q", a.Credential.AccessKeyID, credentials.AccessKeyID)
	}
	if err := a.Credential.Scope.Check(at, region, "s3"); err != nil {
		return err
	}
	canonical := sigv4.CanonicalRequest(nil, &s, a.SignedHeaders, payloadHash)
	toSign := sigv4.StringToSign(nil, at, a.Credential.Scope, canonical)
	key := sigv4.DeriveKey(credentials.SecretAccessKey, a.Credential.Scope)
	if !key.Sign(toSign).Equal(a.Signature) {
		return fmt.Errorf("wrong signature; canonical request:\n%s", canonical)
	}
	return nil
}

func sendAndReceive(t *testing.T, r *http.Request) *http.Request {
	t.Helper()
	var wire bytes.Buffer
	if err := r.Write(&wire); err != nil {
		t.Fatal(err)
	}
	arrived, err := http.ReadRequest(bufio.NewReader(&wire))
	if err != nil {
		t.Fatal(err)
	}
	return arrived
}

func randomRequest(t *testing.T, rng *rand.Rand) *http.Request {
	t.Helper()
	body := strings.Repeat("x", rng.IntN(3))
	method := []string{"GET", "PUT", "DELETE", "POST"}[rng.IntN(4)]
	host := []string{"localhost:9000", "bucket.s3.example.com", "[::1]:9000"}[rng.IntN(3)]
	r, err := http.NewRequest(method, "http://"+host+"/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.URL.Path = "/bucket/" + randomText(rng, 1+rng.IntN(60))
	r.URL.RawPath = string(sigv4.AppendEscapedPath(nil, r.URL.Path))
	// The SDK sorts names and values before it encodes them; Amazon, after that.
	// Names with letters of their own to begin with sort the same either way.
	query := url.Values{}
	for _, first := range "aBqz"[:rng.IntN(5)] {
		name := string(first) + randomText(rng, rng.IntN(8))
		query.Add(name, randomText(rng, rng.IntN(20)))
		if rng.IntN(4) == 0 {
			query[name] = []string{"2", "10", "", "b-c"}
		}
	}
	r.URL.RawQuery = query.Encode()
	for range rng.IntN(5) {
		name := "x-amz-meta-" + strconv.Itoa(rng.IntN(100))
		r.Header.Add(name, []string{"", "value", " two  words ", "a   b    c", "e\u0301é,=;"}[rng.IntN(5)])
	}
	if rng.IntN(2) == 0 {
		r.Header.Set("Content-Type", "text/plain; charset=utf-8")
	}
	return r
}

// randomText returns text with all kinds of characters, those that URLs make
// trouble with more often.
func randomText(rng *rand.Rand, n int) string {
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

func randomBase64(rng *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "abcXYZ019+/="[rng.IntN(12)]
	}
	return string(b)
}

// shuffleQuery brings the parameters into another order, as some clients do.
func shuffleQuery(rng *rand.Rand, u *url.URL) {
	pairs := strings.Split(u.RawQuery, "&")
	rng.Shuffle(len(pairs), func(i, j int) { pairs[i], pairs[j] = pairs[j], pairs[i] })
	u.RawQuery = strings.Join(pairs, "&")
}
