package signet

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/signet-store/signet/internal/auth/sigv4"
)

// Request is what a presigned URL is for.
type Request struct {
	Method string // such as GET
	Bucket string
	Key    string
	// NoKey says that Key is meant to be empty: the request is one on the bucket, or,
	// if Bucket is empty too, on the service. Without it an empty Key is an error: a
	// URL meant for an object must not turn out to be one for all of them.
	NoKey bool
	// Expires is how long the URL is good, from Time on: 1 second to 7 days, in whole
	// seconds, the rest is dropped.
	Expires time.Duration
	// Time is when it is signed; the zero time means now.
	Time time.Time
	// Header is the headers that must be sent with the request exactly as they are
	// here. Of these X-Amz-Content-Sha256 fixes the payload, Content-Length its size.
	Header http.Header
	// Query is further query parameters, such as versionId, list-type or
	// response-content-disposition.
	Query url.Values
}

// Get returns a URL that downloads an object.
func (p *Presigner) Get(bucket, key string, expires time.Duration) (string, error) {
	return p.Presign(Request{Method: http.MethodGet, Bucket: bucket, Key: key, Expires: expires})
}

// Head returns a URL that tells an object's size, type and metadata.
func (p *Presigner) Head(bucket, key string, expires time.Duration) (string, error) {
	return p.Presign(Request{Method: http.MethodHead, Bucket: bucket, Key: key, Expires: expires})
}

// Put returns a URL that uploads an object: the body of a PUT request.
func (p *Presigner) Put(bucket, key string, expires time.Duration) (string, error) {
	return p.Presign(Request{Method: http.MethodPut, Bucket: bucket, Key: key, Expires: expires})
}

// Delete returns a URL that deletes an object.
func (p *Presigner) Delete(bucket, key string, expires time.Duration) (string, error) {
	return p.Presign(Request{Method: http.MethodDelete, Bucket: bucket, Key: key, Expires: expires})
}

// UploadPart returns a URL that uploads one part, from 1 to 10,000, of a multipart
// upload: the body of a PUT request. Completing the upload takes the ETag of each
// answer.
func (p *Presigner) UploadPart(bucket, key, uploadID string, part int, expires time.Duration) (string, error) {
	if uploadID == "" {
		return "", fmt.Errorf("%w: the upload ID is missing", ErrPart)
	}
	if part < 1 || part > 10000 {
		return "", fmt.Errorf("%w: its number is %d, want 1 to 10000", ErrPart, part)
	}
	return p.Presign(Request{
		Method: http.MethodPut, Bucket: bucket, Key: key, Expires: expires,
		Query: url.Values{"partNumber": {strconv.Itoa(part)}, "uploadId": {uploadID}},
	})
}

// Presign returns a URL for r. Its errors wrap those of this package, and none holds
// a secret.
func (p *Presigner) Presign(r Request) (string, error) {
	if err := r.check(); err != nil {
		return "", err
	}
	t, err := p.timeOf(r.Time)
	if err != nil {
		return "", err
	}
	signed, err := signedHeaders(r.Header)
	if err != nil {
		return "", err
	}
	if err := checkQuery(r.Query); err != nil {
		return "", err
	}
	d := p.on(t)
	virtual := r.Bucket != "" && p.endpoint.virtualHosted(r.Bucket)

	var canonicalBuf [1024]byte
	b := append(canonicalBuf[:0], r.Method...)
	b = append(b, '\n')
	pathStart := len(b)
	b = p.endpoint.appendPath(b, r.Bucket, r.Key, virtual)
	pathEnd := len(b)
	b = append(b, '\n')
	queryStart := len(b)
	b = p.appendQuery(b, &r, d, t, signed)
	queryEnd := len(b)
	b = append(b, '\n')
	b, hostStart, hostEnd := p.appendHeaders(b, &r, signed, virtual)
	b = append(b, '\n')
	b = append(b, signed...)
	b = append(b, '\n')
	b = append(b, payloadHash(&r)...)

	var toSignBuf [256]byte
	signature := d.key.Sign(sigv4.StringToSign(toSignBuf[:0], t, d.scope, b))

	const scheme, parameter = "://", "&" + sigv4.ParamSignature + "="
	var u strings.Builder
	u.Grow(len(p.endpoint.scheme) + len(scheme) + hostEnd - hostStart + pathEnd - pathStart +
		len("?") + queryEnd - queryStart + len(parameter) + len(signature))
	u.WriteString(p.endpoint.scheme)
	u.WriteString(scheme)
	u.Write(b[hostStart:hostEnd])
	u.Write(b[pathStart:pathEnd])
	u.WriteByte('?')
	u.Write(b[queryStart:queryEnd])
	u.WriteString(parameter)
	u.Write(signature[:])
	return u.String(), nil
}

func (r *Request) check() error {
	if !validMethod(r.Method) {
		return fmt.Errorf("%w: %q", ErrMethod, r.Method)
	}
	if !r.NoKey || r.Bucket != "" {
		if err := checkBucket(r.Bucket); err != nil {
			return err
		}
	}
	switch {
	case !r.NoKey && r.Key == "":
		return fmt.Errorf("%w: it is empty", ErrKey)
	case r.NoKey && r.Key != "":
		return fmt.Errorf("%w: %q was given with NoKey", ErrKey, r.Key)
	case len(r.Key) > 1024:
		return fmt.Errorf("%w: it has %d bytes, want 1024 at most", ErrKey, len(r.Key))
	case !utf8.ValidString(r.Key):
		return fmt.Errorf("%w: %q is not UTF-8", ErrKey, r.Key)
	}
	return checkExpires(r.Expires)
}

func validMethod(s string) bool {
	for i := range len(s) {
		if s[i] < 'A' || s[i] > 'Z' {
			return false
		}
	}
	return s != ""
}

// appendPath appends the escaped path, which is its own canonical form.
func (e *endpoint) appendPath(dst []byte, bucket, key string, virtual bool) []byte {
	start := len(dst)
	dst = append(dst, e.path...)
	if bucket != "" && !virtual {
		dst = append(dst, '/')
		dst = append(dst, bucket...)
	}
	if key != "" || len(dst) == start {
		dst = append(dst, '/')
	}
	return sigv4.AppendEscapedPath(dst, key)
}

// appendHost appends the host that the request goes to, which is signed.
func (e *endpoint) appendHost(dst []byte, bucket string, virtual bool) []byte {
	if virtual {
		dst = append(dst, bucket...)
		dst = append(dst, '.')
	}
	return append(dst, e.host...)
}

// appendHeaders appends the canonical headers and tells where in dst the host is.
func (p *Presigner) appendHeaders(dst []byte, r *Request, signed sigv4.SignedHeaders, virtual bool) (b []byte, hostStart, hostEnd int) {
	for name := range signed.All() {
		dst = append(dst, name...)
		dst = append(dst, ':')
		if name == "host" {
			hostStart = len(dst)
			dst = p.endpoint.appendHost(dst, r.Bucket, virtual)
			hostEnd = len(dst)
		} else {
			dst = sigv4.AppendHeaderValues(dst, headerValues(r.Header, name))
		}
		dst = append(dst, '\n')
	}
	return dst, hostStart, hostEnd
}

// appendQuery appends the query without the signature.
func (p *Presigner) appendQuery(dst []byte, r *Request, d *day, t time.Time, signed sigv4.SignedHeaders) []byte {
	start := len(dst)
	dst = append(dst, d.query...)
	dst = sigv4.AppendTime(dst, t)
	dst = append(dst, "&X-Amz-Expires="...)
	dst = strconv.AppendInt(dst, int64(r.Expires/time.Second), 10)
	dst = append(dst, '&')
	dst = append(dst, p.secrets.token...)
	dst = append(dst, "X-Amz-SignedHeaders="...)
	dst = sigv4.AppendEscaped(dst, string(signed))
	if len(r.Query) == 0 {
		return dst
	}
	pairs := strings.Split(string(dst[start:]), "&")
	for name, values := range r.Query {
		for _, value := range values {
			pair := append(sigv4.AppendEscaped(nil, name), '=')
			pairs = append(pairs, string(sigv4.AppendEscaped(pair, value)))
		}
	}
	slices.SortFunc(pairs, func(a, b string) int {
		aName, aValue, _ := strings.Cut(a, "=")
		bName, bValue, _ := strings.Cut(b, "=")
		if c := strings.Compare(aName, bName); c != 0 {
			return c
		}
		return strings.Compare(aValue, bValue)
	})
	dst = dst[:start]
	for i, pair := range pairs {
		if i > 0 {
			dst = append(dst, '&')
		}
		dst = append(dst, pair...)
	}
	return dst
}

// checkQuery refuses the parameters that the signature itself needs.
func checkQuery(query url.Values) error {
	if len(query) == 0 {
		return nil
	}
	for name := range query {
		switch http.CanonicalHeaderKey(name) {
		case "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires",
			"X-Amz-Signedheaders", "X-Amz-Signature", "X-Amz-Security-Token":
			return fmt.Errorf("%w: %s is set by signing", ErrQuery, name)
		}
		if name == "" {
			return fmt.Errorf("%w: its name is empty", ErrQuery)
		}
	}
	return nil
}

// signedHeaders returns the names of the headers and host.
func signedHeaders(header http.Header) (sigv4.SignedHeaders, error) {
	if len(header) == 0 {
		return "host", nil
	}
	names := make([]string, 1, len(header)+1)
	names[0] = "host"
	for name, values := range header {
		lower := strings.ToLower(name)
		if strings.Contains(lower, ";") { // the separator of the list below
			return "", fmt.Errorf("%w: %q is no name", ErrHeader, name)
		}
		if reason := unsignable(lower); reason != "" {
			return "", fmt.Errorf("%w: %s %s", ErrHeader, name, reason)
		}
		for _, v := range values {
			if strings.ContainsAny(v, "\r\n\x00") {
				return "", fmt.Errorf("%w: the value of %s has a line break", ErrHeader, name)
			}
		}
		names = append(names, lower)
	}
	signed, err := sigv4.ParseSignedHeaders(strings.Join(names, ";"))
	if err != nil {
		return "", fmt.Errorf("%w: a name is impossible or given twice", ErrHeader)
	}
	return signed, nil
}

// unsignable says why a header, in lower case, can't be signed; "" if it can.
func unsignable(name string) string {
	switch name {
	case "host":
		return "comes from the endpoint"
	case "authorization":
		return "is a second signature"
	case "connection", "expect", "keep-alive", "proxy-authorization", "proxy-connection", "te",
		"trailer", "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id":
		return "changes on the way"
	}
	return ""
}

// headerValues returns the values of a header by its name in lower case, however
// header spells it.
func headerValues(header http.Header, lower string) []string {
	if values, ok := header[http.CanonicalHeaderKey(lower)]; ok {
		return values
	}
	for name, values := range header {
		if strings.EqualFold(name, lower) {
			return values
		}
	}
	return nil
}

// payloadHash returns the last line of the canonical request.
func payloadHash(r *Request) string {
	if len(r.Header) == 0 && len(r.Query) == 0 {
		return sigv4.UnsignedPayload
	}
	const name = "x-amz-content-sha256"
	if values := headerValues(r.Header, name); len(values) > 0 {
		return values[0]
	}
	for query, values := range r.Query {
		if strings.EqualFold(query, name) && len(values) > 0 {
			return values[0]
		}
	}
	return sigv4.UnsignedPayload
}
