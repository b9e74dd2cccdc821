package auth

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/signet-store/signet/internal/auth/sigv2"
)

// clone returns a copy of a row that can be changed.
func (row *recorded) clone() *recorded {
	c := *row
	c.Headers, c.Form = slices.Clone(row.Headers), slices.Clone(row.Form)
	return &c
}

// is reports what signed a row: s3v4 or s3, in a header, the query or a form.
func (row *recorded) is(what string) bool { return slices.Contains(strings.Fields(row.Name), what) }

// arrive sends a row over the wire and returns what net/http reads of it; nil if
// it refuses the request.
func (row *recorded) arrive(t testing.TB) *arrival {
	t.Helper()
	var b bytes.Buffer
	target := row.Path
	if row.Query != "" {
		target += "?" + row.Query
	}
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", row.Method, target, row.Host)
	for _, h := range row.Headers {
		if name := strings.ToLower(h[0]); name == "host" || name == "content-length" {
			continue
		}
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	body := row.body(t)
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	h, err := http.ReadRequest(bufio.NewReader(&b))
	if err != nil {
		return nil
	}
	path, query, _ := strings.Cut(h.RequestURI, "?")
	r := &arrival{
		Method: h.Method, Path: path, Query: query, Host: h.Host, Header: h.Header, Body: h.Body, ContentLength: h.ContentLength,
	}
	decoded, _ := url.PathUnescape(path)
	name := strings.TrimPrefix(decoded, "/")
	if bucket, ok := strings.CutSuffix(h.Host, ".localhost:9000"); ok {
		r.VirtualHosted, r.Bucket, r.Key = true, bucket, name
	} else {
		r.Bucket, r.Key, _ = strings.Cut(name, "/")
	}
	if row.Form != nil {
		r.Form = &Form{}
		for _, f := range row.Form {
			r.Form.Fields = append(r.Form.Fields, Field{f[0], f[1]})
		}
	}
	return r
}

// says returns what a request means as far as its signature must cover it. It reads
// the request by itself: by net/url, and by the rules that Amazon's pages state.
func (row *recorded) says(t testing.TB, r *arrival) string {
	t.Helper()
	var lines []string
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	if row.is("form") {
		say("bucket %q", r.Bucket)
		prefixes := row.prefixes(t)
		for _, f := range r.Form.Fields {
			name := strings.ToLower(f.Name)
			if prefix, ok := prefixes[name]; ok && strings.HasPrefix(f.Value, prefix) {
				say("field %q: %q and more", name, prefix)
			} else if !strings.HasPrefix(name, "x-ignore-") {
				say("field %q: %q", name, f.Value)
			}
		}
		for name, values := range r.Header {
			if isAmz(name) && name != contentSHA256 {
				say("header %s: %q", name, values)
			}
		}
		slices.Sort(lines)
		return strings.Join(lines, "\n")
	}
	say("method %s", r.Method)
	path, _ := url.PathUnescape(r.Path)
	values, _ := url.ParseQuery(strings.ReplaceAll(r.Query, ";", "%3B"))
	squeezed := func(values []string) string { return strings.Join(strings.Fields(strings.Join(values, ",")), " ") }
	if row.is("s3v4") {
		say("host %s", r.Host)
		say("path %q", path)
		for name, all := range values {
			for _, value := range all {
				if name == "X-Amz-SignedHeaders" {
					value = strings.ToLower(value)
				}
				say("query %q: %q", name, value)
			}
		}
		signed := values.Get("X-Amz-SignedHeaders")
		if _, list, ok := strings.Cut(r.Header.Get(authorization), "SignedHeaders="); ok {
			signed, _, _ = strings.Cut(list, ",")
		}
		signed = strings.ToLower(signed)
		for name, all := range r.Header {
			if isAmz(name) && name != contentSHA256 || slices.Contains(strings.Split(signed, ";"), strings.ToLower(name)) {
				// One that is signed and did not come is signed as if it were empty.
				if value := squeezed(all); value != "" {
					say("header %s: %q", name, value)
				}
			}
		}
		// It is in the canonical request, also where it is no signed header.
		if hash := r.Header.Get(contentSHA256); hash != "" {
			say("payload %s", hash)
		} else if values.Get(contentSHA256) == "" {
			say("payload UNSIGNED-PAYLOAD")
		}
		if strings.Contains(signed, "content-length") {
			say("%d bytes", r.ContentLength)
		}
		for _, part := range strings.FieldsFunc(r.Header.Get(authorization), func(c rune) bool { return c == ' ' || c == ',' || c == '\t' }) {
			if strings.HasPrefix(part, "SignedHeaders") {
				part = strings.ToLower(part)
			}
			say("authorization %q", part)
		}
	} else {
		// boto3 signs the path of a bucket with a slash behind it, and sends it without.
		if r.Key == "" {
			path = strings.TrimSuffix(path, "/")
		}
		say("bucket %q path %q", r.Bucket, path)
		acting := map[string]string{}
		for name, all := range values {
			lower := strings.ToLower(name)
			switch {
			case sigv2.SignsSubresource(name), row.is("query") && (name == "AWSAccessKeyId" || name == "Expires" || name == "Signature"):
				for _, value := range all {
					say("query %q: %q", name, strings.ReplaceAll(value, " ", "+"))
				}
			case row.is("query") && (isAmz(lower) || lower == "content-type" || lower == "content-md5"):
				acting[lower] = squeezed(all)
				say("header %s: %q", lower, squeezed(all))
			}
		}
		for name, all := range r.Header {
			lower := strings.ToLower(name)
			value, acts := acting[lower]
			if !acts && (isAmz(name) || lower == "content-type" || lower == "content-md5" || lower == "date" && !row.is("query")) {
				say("header %s: %q", lower, squeezed(all))
			}
			if acts && squeezed(all) != value {
				say("conflicting %s: %q", lower, all)
			}
		}
		say("authorization %q", r.Header.Get(authorization))
	}
	if hash := r.Header.Get(contentSHA256); len(hash) == 64 {
		say("body %s", row.Body)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// prefixes returns what the policy of a form says of fields whose beginning alone
// it knows.
func (row *recorded) prefixes(t testing.TB) map[string]string {
	prefixes := map[string]string{}
	for _, f := range row.Form {
		if !strings.EqualFold(f[0], "policy") {
			continue
		}
		var policy struct{ Conditions []any }
		document, err := base64.StdEncoding.DecodeString(f[1])
		if err != nil || json.Unmarshal(document, &policy) != nil {
			continue // of a mutation
		}
		for _, c := range policy.Conditions {
			if list, ok := c.([]any); ok && list[0] == "starts-with" {
				prefixes[strings.ToLower(list[1].(string)[1:])] = list[2].(string)
			}
		}
	}
	return prefixes
}

// mutation is a change to a signed request. It reports whether there was something
// to change.
type mutation struct {
	name  string
	apply func(*rand.Rand, *recorded) bool
}

// mutations are changes of every part of a request that a signature covers. Some
// leave its meaning as it is, which says tells.
func mutations() []mutation {
	list := []mutation{
		{"another method", func(rng *rand.Rand, row *recorded) bool {
			row.Method = []string{"GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "get"}[rng.IntN(7)]
			return true
		}},
		{"a byte of the path", func(rng *rand.Rand, row *recorded) bool { return mutateText(rng, &row.Path, 1) }},
		{"a path one element shorter", func(_ *rand.Rand, row *recorded) bool {
			i := strings.LastIndexByte(row.Path, '/')
			row.Path = row.Path[:max(i, 1)]
			return true
		}},
		{"a path that ends in a slash", func(_ *rand.Rand, row *recorded) bool { row.Path += "/"; return true }},
		{"a path with two slashes", func(_ *rand.Rand, row *recorded) bool { row.Path = "/" + row.Path; return true }},
		{"a path that is escaped once more", func(_ *rand.Rand, row *recorded) bool {
			row.Path = strings.Replace(row.Path, "%", "%25", 1)
			return true
		}},
		{"a path with its query in it", func(_ *rand.Rand, row *recorded) bool {
			row.Path, row.Query = row.Path+"%3F"+row.Query, ""
			return true
		}},
		{"a path with a dot", func(_ *rand.Rand, row *recorded) bool { row.Path += "/."; return true }},
		{"a byte of the query", func(rng *rand.Rand, row *recorded) bool { return mutateText(rng, &row.Query, 0) }},
		{"a byte of the host", func(rng *rand.Rand, row *recorded) bool { return mutateText(rng, &row.Host, 0) }},
		{"a host below", func(_ *rand.Rand, row *recorded) bool { row.Host = "x." + row.Host; return true }},
		{"another order of the query", func(rng *rand.Rand, row *recorded) bool {
			pairs := strings.Split(row.Query, "&")
			rng.Shuffle(len(pairs), func(i, j int) { pairs[i], pairs[j] = pairs[j], pairs[i] })
			row.Query = strings.Join(pairs, "&")
			return true
		}},
		{"a parameter less", func(rng *rand.Rand, row *recorded) bool {
			pairs := strings.Split(row.Query, "&")
			i := rng.IntN(len(pairs))
			row.Query = strings.Join(slices.Delete(pairs, i, i+1), "&")
			return true
		}},
		{"a parameter twice", func(rng *rand.Rand, row *recorded) bool {
			pairs := strings.Split(row.Query, "&")
			row.Query += "&" + pairs[rng.IntN(len(pairs))]
			return true
		}},
		{"two parameters in one", func(rng *rand.Rand, row *recorded) bool {
			pairs := strings.Split(row.Query, "&")
			if len(pairs) < 2 {
				return false
			}
			slices.Sort(pairs)
			i := rng.IntN(len(pairs) - 1)
			pairs[i] += "%26" + pairs[i+1]
			row.Query = strings.Join(slices.Delete(pairs, i+1, i+2), "&")
			return true
		}},
		{"a value in the next parameter", func(rng *rand.Rand, row *recorded) bool {
			pairs := strings.Split(row.Query, "&")
			i := rng.IntN(len(pairs))
			name, value, ok := strings.Cut(pairs[i], "=")
			if !ok || value == "" {
				return false
			}
			pairs[i] = name + value[:1] + "=" + value[1:]
			row.Query = strings.Join(pairs, "&")
			return true
		}},
		{"a byte of a header", func(rng *rand.Rand, row *recorded) bool {
			if len(row.Headers) == 0 {
				return false
			}
			return mutateText(rng, &row.Headers[rng.IntN(len(row.Headers))][1], 0)
		}},
		{"a header less", func(rng *rand.Rand, row *recorded) bool {
			if len(row.Headers) == 0 {
				return false
			}
			i := rng.IntN(len(row.Headers))
			row.Headers = slices.Delete(row.Headers, i, i+1)
			return true
		}},
		{"a header twice", func(rng *rand.Rand, row *recorded) bool {
			if len(row.Headers) == 0 {
				return false
			}
			row.Headers = append(row.Headers, row.Headers[rng.IntN(len(row.Headers))])
			return true
		}},
		{"two headers in one", func(rng *rand.Rand, row *recorded) bool {
			if len(row.Headers) < 2 {
				return false
			}
			i := rng.IntN(len(row.Headers) - 1)
			row.Headers[i][1] += " " + strings.ToLower(row.Headers[i+1][0]) + ":" + row.Headers[i+1][1]
			row.Headers = slices.Delete(row.Headers, i+1, i+2)
			return true
		}},
		{"a header in the query", func(rng *rand.Rand, row *recorded) bool {
			if len(row.Headers) == 0 {
				return false
			}
			i := rng.IntN(len(row.Headers))
			row.Query = strings.Trim(row.Query+"&"+url.QueryEscape(row.Headers[i][0])+"="+url.QueryEscape(row.Headers[i][1]), "&")
			row.Headers = slices.Delete(row.Headers, i, i+1)
			return true
		}},
		{"a parameter in a header", func(rng *rand.Rand, row *recorded) bool {
			pairs := strings.Split(row.Query, "&")
			i := rng.IntN(len(pairs))
			name, value, _ := strings.Cut(pairs[i], "=")
			value, _ = url.QueryUnescape(value)
			if !IsHeaderName(name) || !validValue(value) {
				return false
			}
			row.Headers = append(row.Headers, [2]string{name, value})
			row.Query = strings.Join(slices.Delete(pairs, i, i+1), "&")
			return true
		}},
		{"a byte of the body", func(rng *rand.Rand, row *recorded) bool {
			body, err := base64.StdEncoding.DecodeString(row.Body)
			if err != nil || len(body) == 0 {
				return false
			}
			body[rng.IntN(len(body))] ^= 1 << rng.IntN(8)
			row.Body = base64.StdEncoding.EncodeToString(body)
			return true
		}},
		{"a longer body", func(_ *rand.Rand, row *recorded) bool {
			body, _ := base64.StdEncoding.DecodeString(row.Body)
			row.Body = base64.StdEncoding.EncodeToString(append(body, 'x'))
			return true
		}},
	}
	for _, added := range []string{"acl", "ACL=", "uploads", "delete", "versionId=1", "response-content-type=text/html", "x-amz-acl=public-read",
		"X-Amz-Meta-Evil=1", "x-amz-copy-source=b/k", "X-Amz-Signature=0", "content-type=text/html", "X-Amz-Security-Token=x", "&", "%", "=",
		"AWSAccessKeyId=" + testID, "Expires=1800000000", "X-Amz-Expires=604800", "%58-Amz-Expires=604800"} {
		list = append(list, mutation{"an added " + added, func(rng *rand.Rand, row *recorded) bool {
			if rng.IntN(2) == 0 {
				row.Query = strings.Trim(added+"&"+row.Query, "&")
			} else {
				row.Query = strings.Trim(row.Query+"&"+added, "&")
			}
			return true
		}})
	}
	for _, added := range [][2]string{
		{"X-Amz-Copy-Source", "/bucket/secret"}, {"x-amz-acl", "public-read"}, {"X-Amz-Meta-Evil", "1"}, {"Content-Type", "text/html"},
		{"X-Amz-Date", "20231114T221321Z"}, {"X-Amz-Security-Token", testToken}, {"X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"},
		{"Authorization", "AWS " + testID + ":AAAAAAAAAAAAAAAAAAAAAAAAAAA="}, {"x-amz-decoded-content-length", "3"}, {"X-AMZ-Trailer", "x"},
	} {
		list = append(list, mutation{"an added header " + added[0], func(rng *rand.Rand, row *recorded) bool {
			row.Headers = slices.Insert(row.Headers, rng.IntN(len(row.Headers)+1), added)
			return true
		}})
	}
	field := func(name string, apply func(*rand.Rand, *recorded, int)) mutation {
		return mutation{name, func(rng *rand.Rand, row *recorded) bool {
			if row.Form == nil {
				return false
			}
			apply(rng, row, rng.IntN(len(row.Form)))
			return true
		}}
	}
	return append(list,
		field("a byte of a field", func(rng *rand.Rand, row *recorded, i int) { mutateText(rng, &row.Form[i][1], 0) }),
		field("a byte of a field's name", func(rng *rand.Rand, row *recorded, i int) { mutateText(rng, &row.Form[i][0], 0) }),
		field("a field less", func(_ *rand.Rand, row *recorded, i int) { row.Form = slices.Delete(row.Form, i, i+1) }),
		field("a field twice", func(_ *rand.Rand, row *recorded, i int) {
			row.Form = append(row.Form, [2]string{strings.ToUpper(row.Form[i][0]), row.Form[i][1] + "x"})
		}),
		field("an added field", func(_ *rand.Rand, row *recorded, i int) {
			row.Form = slices.Insert(row.Form, i, [2]string{"x-amz-website-redirect-location", "/"})
		}),
		field("another bucket", func(_ *rand.Rand, row *recorded, _ int) { row.Path = "/other" }),
	)
}

// mutateText changes, adds or takes away one byte of s from the one at first on.
func mutateText(rng *rand.Rand, s *string, first int) bool {
	if len(*s) <= first {
		return false
	}
	i := first + rng.IntN(len(*s)-first)
	c := string("aA0 +%/&=;.~-_\x7f\xe9,:\""[rng.IntN(19)])
	switch rng.IntN(4) {
	case 0:
		*s = (*s)[:i] + (*s)[i+1:]
	case 1:
		*s = (*s)[:i] + c + (*s)[i:]
	case 2:
		*s = (*s)[:i] + swapCase((*s)[i:i+1]) + (*s)[i+1:]
	default:
		*s = (*s)[:i] + c + (*s)[i+1:]
	}
	return true
}

func swapCase(s string) string {
	if lower := strings.ToLower(s); lower != s {
		return lower
	}
	return strings.ToUpper(s)
}

// respell changes how a request is written and leaves what a signature of SigV4
// covers as it is.
func respell(rng *rand.Rand, row *recorded) {
	pairs := strings.Split(row.Query, "&")
	for i, pair := range pairs {
		name, value, ok := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, "X-Amz-S") || rng.IntN(4) == 0 {
			name, value = respellText(rng, name, true), respellText(rng, value, true)
		}
		if pairs[i] = name + "=" + value; value == "" && !ok {
			pairs[i] = name
		}
	}
	rng.Shuffle(len(pairs), func(i, j int) { pairs[i], pairs[j] = pairs[j], pairs[i] })
	row.Query = strings.Join(pairs, "&")
	row.Path = "/" + respellText(rng, row.Path[1:], false)
	for i, h := range row.Headers {
		if h[0] == authorization {
			continue
		}
		// A value may go on in the next line, though nobody should write so any more
		// (RFC 9112, 5.2), and spaces around it are none of it.
		folded := strings.Replace(h[1], " ", []string{" ", "   ", "\r\n ", "\r\n\t"}[rng.IntN(4)], 1)
		if strings.Trim(h[1], " ") == h[1] {
			h[1] = folded
		}
		row.Headers[i] = [2]string{respellName(rng, h[0]), strings.Repeat(" ", rng.IntN(3)) + h[1] + strings.Repeat("\t", rng.IntN(2))}
	}
}

func respellName(rng *rand.Rand, name string) string {
	switch rng.IntN(3) {
	case 0:
		return strings.ToUpper(name)
	case 1:
		return strings.ToLower(name)
	}
	return name
}

// respellText escapes other bytes of a component than it has escaped, in either
// case of hexadecimal digits.
func respellText(rng *rand.Rand, raw string, inQuery bool) string {
	var text string
	var err error
	if inQuery {
		text, err = url.QueryUnescape(raw)
	} else {
		text, err = url.PathUnescape(raw)
	}
	if err != nil {
		return raw
	}
	var b []byte
	for i := range len(text) {
		c := text[i]
		plain := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~!*'(),:@$;", c) >= 0 || c == '/'
		switch {
		case c == ' ' && inQuery && rng.IntN(2) == 0:
			b = append(b, '+')
		case c == '+' && !inQuery && rng.IntN(2) == 0:
			b = append(b, '+')
		case plain && (c == '/' && !inQuery || rng.IntN(4) > 0):
			b = append(b, c)
		case rng.IntN(2) == 0:
			b = fmt.Appendf(b, "%%%02X", c)
		default:
			b = fmt.Appendf(b, "%%%02x", c)
		}
	}
	return string(b)
}

// tally counts what became of mutations, by name.
type tally struct{ tried, refused map[string]int }

func newTally() *tally { return &tally{map[string]int{}, map[string]int{}} }

// checkSigned checks that a signed request is verified, and that none of its
// mutations is that means something else.
func checkSigned(t *testing.T, v *Verifier, rng *rand.Rand, row *recorded, counts *tally) {
	t.Helper()
	r := row.arrive(t)
	if r == nil {
		t.Fatalf("net/http refuses %+v", row)
	}
	meaning := row.says(t, r)
	res, payload, err := verifyAll(v, r)
	if err != nil {
		t.Errorf("refused: %v\n%+v", err, row)
		return
	}
	if res.Carrier == CarrierNone || !bytes.Equal(payload, row.body(t)) {
		t.Errorf("verified as %v with the body %q: %+v", res.Carrier, payload, row)
	}
	for _, m := range mutations() {
		changed := row.clone()
		if !m.apply(rng, changed) {
			continue
		}
		r := changed.arrive(t)
		if r == nil {
			continue // nobody would see it
		}
		counts.tried[m.name]++
		// Verify takes none of these away.
		before := *r
		before.Header = r.Header.Clone()
		res, _, err := verifyAll(v, r)
		if err != nil {
			counts.refused[m.name]++
			continue
		}
		if res.Carrier == CarrierNone {
			continue // what made it signed is gone, and with it what it may do
		}
		if says := changed.says(t, &before); says != meaning {
			t.Errorf("%s: verified as\n%s\nwhich was\n%s", m.name, says, meaning)
		}
	}
}

// harmless are the mutations after which a request says the same in both schemes.
var harmless = map[string]bool{"another order of the query": true, "an added &": true}

// check reports what was tried less than least times, or refused or not as it should
// not have been. With most of the mutations, some are harmless by chance.
func (c *tally) check(t *testing.T, least int) {
	t.Helper()
	tried, refused := 0, 0
	for _, m := range mutations() {
		tried, refused = tried+c.tried[m.name], refused+c.refused[m.name]
		if c.tried[m.name] < least || (c.refused[m.name] > 0) == harmless[m.name] {
			t.Errorf("%s: tried %d times, refused %d times", m.name, c.tried[m.name], c.refused[m.name])
		}
	}
	t.Logf("%d mutations, %d of them refused", tried, refused)
}
