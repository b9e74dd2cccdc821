package wire

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// scheme is a signature scheme and what carries it.
type scheme int

const (
	anonymous scheme = iota
	v4Header
	v4Query
	v2Header
	v2Query
)

// Values of x-amz-content-sha256. The empty one is the body's hash in a header and
// UNSIGNED-PAYLOAD in a query.
const (
	unsignedPayload   = "UNSIGNED-PAYLOAD"
	streaming         = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	streamingTrailer  = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
	streamingUnsigned = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
)

// sign says how a request is signed. What is empty is as it should be.
type sign struct {
	scheme  scheme
	payload string // of V4: a value of x-amz-content-sha256
	// expires is the lifetime as it stands in a V4 query, 3600 if empty; in a V2
	// query it is added to the time.
	expires string
	// at is added to the time of signing.
	at                          time.Duration
	id, secret, region, service string
	date                        string // of the scope
	token                       string // a session token
	// leaveOut are headers, in lower case, that are not signed.
	leaveOut []string
	// path is signed instead of the target's.
	path string
	// hoist puts the payload of a V4 query into the query too, instead of a header.
	hoist bool

	chunks, trailers []string
}

func (s sign) sign(m *message) {
	s.id, s.secret = cmp.Or(s.id, target.id), cmp.Or(s.secret, target.secret)
	s.region, s.service = cmp.Or(s.region, target.region), cmp.Or(s.service, "s3")
	s.path = cmp.Or(s.path, m.path())
	now := time.Now().Add(s.at).UTC()
	s.date = cmp.Or(s.date, now.Format("20060102"))
	switch s.scheme {
	case v4Header:
		s.v4Header(m, now)
	case v4Query:
		s.v4Query(m, now)
	case v2Header:
		m.setDefault("Date", now.Format("Mon, 02 Jan 2006 15:04:05 GMT"))
		if s.token != "" {
			m.setDefault("x-amz-security-token", s.token)
		}
		date := m.get("Date")
		if m.has("x-amz-date") {
			date = ""
		}
		m.set("Authorization", "AWS "+s.id+":"+s.hmacSHA1(s.v2StringToSign(m, date, false)))
	case v2Query:
		lifetime, _ := strconv.ParseInt(cmp.Or(s.expires, "3600"), 10, 64)
		expires := strconv.FormatInt(now.Unix()+lifetime, 10)
		if s.token != "" {
			m.addQuery("x-amz-security-token=" + escape(s.token))
		}
		signature := s.hmacSHA1(s.v2StringToSign(m, expires, true))
		m.addQuery("AWSAccessKeyId=" + escape(s.id) + "&Signature=" + escape(signature) + "&Expires=" + expires)
	}
}

func (s sign) scope() string { return s.date + "/" + s.region + "/" + s.service + "/aws4_request" }

func (s sign) key() []byte {
	key := []byte("AWS4" + s.secret)
	for _, part := range strings.Split(s.scope(), "/") {
		key = hmacSHA256(key, part)
	}
	return key
}

func (s sign) v4Header(m *message, now time.Time) {
	stamp := now.Format("20060102T150405Z")
	payload := s.payload
	if payload == "" {
		payload = hexSHA256(m.body)
	}
	s.announce(m, payload)
	if m.has("Date") && !m.has("x-amz-date") {
		stamp = m.get("Date")
	} else {
		m.setDefault("x-amz-date", stamp)
	}
	m.setDefault("x-amz-content-sha256", payload)
	if s.token != "" {
		m.setDefault("x-amz-security-token", s.token)
	}
	signature, signed := s.v4Signature(m, stamp, payload)
	m.headers = append(m.headers, header{"Authorization", "AWS4-HMAC-SHA256 Credential=" + s.id + "/" + s.scope() +
		", SignedHeaders=" + signed + ", Signature=" + signature})
	if strings.HasPrefix(payload, "STREAMING-") {
		m.body = s.stream(payload, stamp, signature)
	}
}

func (s sign) v4Query(m *message, now time.Time) {
	stamp := now.Format("20060102T150405Z")
	payload := cmp.Or(s.payload, m.get("x-amz-content-sha256"), unsignedPayload)
	if s.hoist {
		m.addQuery("X-Amz-Content-Sha256=" + escape(payload))
	} else if s.payload != "" {
		m.setDefault("x-amz-content-sha256", s.payload)
	}
	s.announce(m, payload)
	m.addQuery("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + escape(s.id+"/"+s.scope()) +
		"&X-Amz-Date=" + stamp + "&X-Amz-Expires=" + escape(cmp.Or(s.expires, "3600")) +
		"&X-Amz-SignedHeaders=" + escape(strings.Join(s.signedHeaders(m), ";")))
	if s.token != "" {
		m.addQuery("X-Amz-Security-Token=" + escape(s.token))
	}
	signature, _ := s.v4Signature(m, stamp, payload)
	m.addQuery("X-Amz-Signature=" + signature)
	if strings.HasPrefix(payload, "STREAMING-") {
		m.body = s.stream(payload, stamp, signature)
	}
}

// announce sets the headers of a streaming mode.
func (s sign) announce(m *message, payload string) {
	if !strings.HasPrefix(payload, "STREAMING-") {
		return
	}
	m.setDefault("Content-Encoding", "aws-chunked")
	m.setDefault("x-amz-decoded-content-length", strconv.Itoa(len(strings.Join(s.chunks, ""))))
	for _, trailer := range s.trailers {
		name, _, _ := strings.Cut(trailer, ":")
		m.setDefault("x-amz-trailer", name)
	}
}

// signedHeaders returns the names of all headers but those left out.
func (s sign) signedHeaders(m *message) []string {
	names := []string{"host"}
	for _, h := range m.headers {
		if name := strings.ToLower(h.name); name != "expect" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(s.leaveOut, name) })
}

func (s sign) v4Signature(m *message, stamp, payload string) (signature, signed string) {
	names := s.signedHeaders(m)
	signed = strings.Join(names, ";")
	var headers strings.Builder
	for _, name := range names {
		var values []string
		for _, h := range append([]header{{"host", m.host}}, m.headers...) {
			if strings.EqualFold(h.name, name) {
				values = append(values, strings.Join(strings.Fields(h.value), " "))
			}
		}
		headers.WriteString(name + ":" + strings.Join(values, ",") + "\n")
	}
	segments := strings.Split(s.path, "/")
	for i, segment := range segments {
		segments[i] = escape(decode(segment, false))
	}
	var parameters []string
	for _, p := range strings.Split(m.query(), "&") {
		if p != "" {
			name, value, _ := strings.Cut(p, "=")
			parameters = append(parameters, escape(decode(name, false))+"="+escape(decode(value, false)))
		}
	}
	slices.SortFunc(parameters, func(x, y string) int {
		xn, xv, _ := strings.Cut(x, "=")
		yn, yv, _ := strings.Cut(y, "=")
		return cmp.Or(cmp.Compare(xn, yn), cmp.Compare(xv, yv))
	})
	canonical := strings.Join([]string{m.method, strings.Join(segments, "/"), strings.Join(parameters, "&"),
		headers.String(), signed, payload}, "\n")
	return s.v4(stamp, "AWS4-HMAC-SHA256", hexSHA256([]byte(canonical))), signed
}

// v4 signs the last lines of a string to sign.
func (s sign) v4(stamp, algorithm string, rest ...string) string {
	return hex.EncodeToString(hmacSHA256(s.key(), strings.Join(append([]string{algorithm, stamp, s.scope()}, rest...), "\n")))
}

// stream returns chunks and trailers as an aws-chunked body of the mode.
func (s sign) stream(mode, stamp, signature string) []byte {
	var b strings.Builder
	signed := mode != streamingUnsigned
	for _, chunk := range append(slices.Clone(s.chunks), "") {
		fmt.Fprintf(&b, "%x", len(chunk))
		if signed {
			signature = s.v4(stamp, "AWS4-HMAC-SHA256-PAYLOAD", signature, hexSHA256(nil), hexSHA256([]byte(chunk)))
			b.WriteString(";chunk-signature=" + signature)
		}
		b.WriteString("\r\n" + chunk)
		if chunk != "" {
			b.WriteString("\r\n")
		}
	}
	if mode != streaming {
		covered := ""
		for _, trailer := range s.trailers {
			covered += trailer + "\n"
			b.WriteString(trailer + "\r\n")
		}
		if signed {
			b.WriteString("x-amz-trailer-signature:" +
				s.v4(stamp, "AWS4-HMAC-SHA256-TRAILER", signature, hexSHA256([]byte(covered))) + "\r\n")
		}
	}
	return []byte(b.String() + "\r\n")
}

// v2Signed are the parameters that V2 signs.
var v2Signed = []string{"accelerate", "acl", "analytics", "cors", "delete", "inventory", "lifecycle", "location", "logging",
	"metrics", "notification", "object-lock", "partNumber", "policy", "replication", "requestPayment",
	"response-cache-control", "response-content-disposition", "response-content-encoding", "response-content-language",
	"response-content-type", "response-expires", "restore", "select", "select-type", "tagging", "torrent",
	"uploadId", "uploads", "versionId", "versioning", "versions", "website"}

func (s sign) v2StringToSign(m *message, date string, query bool) string {
	headers := map[string]string{}
	for _, h := range m.headers {
		name := strings.ToLower(h.name)
		if before, there := headers[name]; there {
			headers[name] = before + "," + strings.TrimSpace(h.value)
		} else {
			headers[name] = strings.TrimSpace(h.value)
		}
	}
	var resources []string
	for _, p := range strings.Split(m.query(), "&") {
		name, value, hasValue := strings.Cut(p, "=")
		lower := strings.ToLower(name)
		if query && (strings.HasPrefix(lower, "x-amz-") || lower == "content-type" || lower == "content-md5") {
			headers[lower] = decode(value, false)
		}
		if slices.Contains(v2Signed, name) {
			if hasValue {
				name += "=" + decode(value, false)
			}
			resources = append(resources, name)
		}
	}
	slices.Sort(resources)
	lines := []string{m.method, headers["content-md5"], headers["content-type"], date}
	var amz []string
	for _, name := range slices.Sorted(maps.Keys(headers)) { // by name: a colon is behind a hyphen
		if strings.HasPrefix(name, "x-amz-") {
			amz = append(amz, name+":"+headers[name])
		}
	}
	resource := s.path
	if bucket, _, virtual := strings.Cut(m.host, ".localhost"); virtual {
		resource = "/" + bucket + resource
	}
	if len(resources) > 0 {
		resource += "?" + strings.Join(resources, "&")
	}
	return strings.Join(append(append(lines, amz...), resource), "\n")
}

func (s sign) hmacSHA1(text string) string {
	h := hmac.New(sha1.New, []byte(s.secret))
	h.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

func hmacSHA256(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func hexSHA256(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
