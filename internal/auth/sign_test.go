package auth

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/signet-store/signet/internal/auth/sigv2"
	"github.com/signet-store/signet/internal/auth/sigv4"
)

// plainRequest returns a request for an object that nobody signed.
func plainRequest(method string, body string) *arrival {
	return &arrival{
		Method: method, Path: "/bucket/key", Host: "localhost:9000", Header: http.Header{},
		Bucket: "bucket", Key: "key", Body: strings.NewReader(body), ContentLength: int64(len(body)),
	}
}

func hexSHA256(data string) string {
	sum := sha256.Sum256([]byte(data))
	return hex.EncodeToString(sum[:])
}

// v4 is how a test signs with SigV4. The zero values are those of a good signature.
type v4 struct {
	id, secret, region, service string
	date                        time.Time
	scopeDate                   string
	expires                     string
	signed                      string // SignedHeaders; all that need it by default
	payload                     string // the last line of the canonical request
	folding                     sigv4.Folding
}

func (s v4) withDefaults() v4 {
	set := func(to *string, value string) {
		if *to == "" {
			*to = value
		}
	}
	if s.date.IsZero() {
		s.date = testNow
	}
	set(&s.id, testID)
	set(&s.secret, testSecret)
	set(&s.region, testRegion)
	set(&s.service, "s3")
	set(&s.scopeDate, s.date.UTC().Format("20060102"))
	set(&s.expires, "60")
	return s
}

func (s v4) scope() sigv4.Scope {
	return sigv4.Scope{Date: s.scopeDate, Region: s.region, Service: s.service}
}

func (s v4) signature(t testing.TB, r *arrival, presigned bool) sigv4.Signature {
	t.Helper()
	signed, err := sigv4.ParseSignedHeaders(s.signed)
	if err != nil {
		t.Fatal(err)
	}
	canonical := sigv4.CanonicalRequest(nil, &sigv4.Request{
		Method: r.Method, Target: r.target(t), Presigned: presigned, Host: r.Host, Header: r.Header,
		ContentLength: r.ContentLength, Folding: s.folding,
	}, signed, s.payload)
	key := sigv4.DeriveKey(s.secret, s.scope())
	return key.Sign(sigv4.StringToSign(nil, s.date, s.scope(), canonical))
}

func signedHeadersOf(h http.Header) string {
	names := []string{"host"}
	for name := range h {
		if isAmz(name) {
			names = append(names, strings.ToLower(name))
		}
	}
	slices.Sort(names)
	return strings.Join(names, ";")
}

// inHeader signs r with an Authorization header and returns r.
func (s v4) inHeader(t testing.TB, r *arrival) *arrival {
	t.Helper()
	s = s.withDefaults()
	if r.Header.Get(amzDate) == "" && r.Header.Get("Date") == "" {
		r.Header.Set(amzDate, sigv4.FormatTime(s.date))
	}
	if s.payload == "" {
		s.payload = r.Header.Get(contentSHA256)
	}
	if s.payload == "" {
		s.payload = sigv4.UnsignedPayload
		r.Header.Set(contentSHA256, s.payload)
	}
	if s.signed == "" {
		s.signed = signedHeadersOf(r.Header)
	}
	r.Header.Set(authorization, fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s",
		s.id, s.scope(), s.signed, s.signature(t, r, false)))
	return r
}

// inQuery presigns r and returns it. What r.Query has is signed.
func (s v4) inQuery(t testing.TB, r *arrival) *arrival {
	t.Helper()
	s = s.withDefaults()
	if s.payload == "" {
		s.payload = r.Header.Get(contentSHA256)
	}
	if s.payload == "" {
		s.payload = sigv4.UnsignedPayload
	}
	if s.signed == "" {
		s.signed = signedHeadersOf(r.Header)
	}
	q := url.Values{
		"X-Amz-Algorithm":     {"AWS4-HMAC-SHA256"},
		"X-Amz-Credential":    {s.id + "/" + s.scope().String()},
		"X-Amz-Date":          {sigv4.FormatTime(s.date)},
		"X-Amz-Expires":       {s.expires},
		"X-Amz-SignedHeaders": {s.signed},
	}
	r.Query = strings.TrimPrefix(r.Query+"&"+q.Encode(), "&")
	r.Query += "&X-Amz-Signature=" + s.signature(t, r, true).String()
	return r
}

// inForm signs a policy into the fields of a form and returns r.
func (s v4) inForm(r *arrival, policy string, fields ...Field) *arrival {
	s = s.withDefaults()
	encoded := base64.StdEncoding.EncodeToString([]byte(policy))
	key := sigv4.DeriveKey(s.secret, s.scope())
	r.Form = &Form{Fields: append(fields,
		Field{"x-amz-algorithm", "AWS4-HMAC-SHA256"},
		Field{"x-amz-credential", s.id + "/" + s.scope().String()},
		Field{"x-amz-date", sigv4.FormatTime(s.date)},
		Field{"policy", encoded},
		Field{"x-amz-signature", key.Sign([]byte(encoded)).String()},
	)}
	return r
}

// v2 is how a test signs with SigV2.
type v2 struct {
	id, secret string
	expires    string
}

func (s v2) withDefaults() v2 {
	if s.id == "" {
		s.id = testID
	}
	if s.secret == "" {
		s.secret = testSecret
	}
	if s.expires == "" {
		s.expires = strconv.FormatInt(testNow.Add(time.Minute).Unix(), 10)
	}
	return s
}

func (s v2) inHeader(t testing.TB, r *arrival) *arrival {
	t.Helper()
	s = s.withDefaults()
	if r.Header.Get(amzDate) == "" && r.Header.Get("Date") == "" {
		r.Header.Set("Date", testNow.Format(http.TimeFormat))
	}
	candidates, err := sigv2.HeaderStringsToSign(r.requestV2(t))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set(authorization, "AWS "+s.id+":"+sigv2.Sign(s.secret, candidates[0]))
	return r
}

func (s v2) inQuery(t testing.TB, r *arrival) *arrival {
	t.Helper()
	s = s.withDefaults()
	before := *r
	q := url.Values{"AWSAccessKeyId": {s.id}, "Expires": {s.expires}}
	before.Query = strings.TrimPrefix(r.Query+"&"+q.Encode(), "&")
	// sigv2 reads whole queries only, and doesn't sign the signature.
	unsigned := before
	unsigned.Query += "&Signature=x"
	signature := ""
	request := unsigned.requestV2(t)
	if p, err := sigv2.ParsePresigned(request.Target.Query); err == nil {
		if candidates, err := sigv2.QueryStringsToSign(request, &p); err == nil {
			signature = sigv2.Sign(s.secret, candidates[0])
		}
	}
	r.Query = before.Query + "&Signature=" + url.QueryEscape(signature)
	return r
}

func (s v2) inForm(r *arrival, policy string, fields ...Field) *arrival {
	s = s.withDefaults()
	encoded := base64.StdEncoding.EncodeToString([]byte(policy))
	r.Form = &Form{Fields: append(fields,
		Field{"AWSAccessKeyId", s.id},
		Field{"policy", encoded},
		Field{"signature", sigv2.SignPolicy(s.secret, encoded)},
	)}
	return r
}

// streamed returns a PUT of payload in chunks of that size, in one of the
// STREAMING modes, signed in a header or presigned. A change is made to what is
// sent after it was signed. A checksum trails it where the mode lets it.
func streamed(t testing.TB, mode, payload string, chunk int, presigned bool) *arrival {
	t.Helper()
	return stream(t, plainRequest("PUT", ""), mode, payload, chunk, presigned, strings.HasSuffix(mode, "-TRAILER"))
}

// stream is streamed for a request without a body, with or without a trailer.
func stream(t testing.TB, r *arrival, mode, payload string, chunk int, presigned, trailer bool) *arrival {
	t.Helper()
	r.Header.Set(contentSHA256, mode)
	r.Header.Set(decodedContentLength, strconv.Itoa(len(payload)))
	r.Header.Set("Content-Encoding", "aws-chunked")
	if trailer {
		r.Header.Set(amzTrailer, "x-amz-checksum-crc32c")
	}
	s := v4{payload: mode}.withDefaults()
	var seed sigv4.Signature
	if presigned {
		s.inQuery(t, r)
		seed = sigv4.Signature([]byte(r.Query[len(r.Query)-64:]))
	} else {
		s.inHeader(t, r)
		a := r.Header.Get(authorization)
		seed = sigv4.Signature([]byte(a[len(a)-64:]))
	}
	chain := sigv4.NewChain(sigv4.DeriveKey(s.secret, s.scope()), s.date, s.scope(), seed)
	signed := mode != sigv4.StreamingUnsignedPayloadTrailer
	var b bytes.Buffer
	for done := false; !done; {
		data := payload[:min(chunk, len(payload))]
		payload = payload[len(data):]
		done = data == ""
		fmt.Fprintf(&b, "%x", len(data))
		if signed {
			fmt.Fprintf(&b, ";chunk-signature=%s", chain.Chunk(sha256.Sum256([]byte(data))))
		}
		b.WriteString("\r\n")
		if !done {
			b.WriteString(data + "\r\n")
		}
	}
	if trailer {
		const line = "x-amz-checksum-crc32c:AAAAAA=="
		b.WriteString(line + "\r\n")
		if signed {
			fmt.Fprintf(&b, "x-amz-trailer-signature:%s\r\n", chain.Trailer(sha256.Sum256([]byte(line+"\n"))))
		}
	}
	b.WriteString("\r\n")
	r.Body, r.ContentLength = bytes.NewReader(b.Bytes()), int64(b.Len())
	return r
}

// body returns what a request sends, which it still sends afterwards.
func body(t testing.TB, r *arrival) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := b.ReadFrom(r.Body); err != nil {
		t.Fatal(err)
	}
	r.Body = bytes.NewReader(b.Bytes())
	return b.String()
}

// send gives a request a body.
func send(r *arrival, body string) *arrival {
	r.Body, r.ContentLength = strings.NewReader(body), int64(len(body))
	return r
}
