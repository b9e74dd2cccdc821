package sigv2

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// HeaderStringsToSign returns what a request with an Authorization header may have
// signed: one string, or up to four where clients differ, the one that Amazon
// documents first. The Date is in it as it arrived, unless there is an x-amz-date.
// The error is ErrAmbiguous.
func HeaderStringsToSign(r *Request) ([]string, error) {
	date := "Date"
	if len(r.Header["X-Amz-Date"]) > 0 {
		date = ""
	}
	return stringsToSign(r, r.Header, date, "")
}

// QueryStringsToSign returns what a presigned request may have signed, as
// HeaderStringsToSign does. p is what ParsePresigned made of its query; p.Header is in
// it as headers. Its errors are ErrAmbiguous and *ConflictError.
func QueryStringsToSign(r *Request, p *Presigned) ([]string, error) {
	header := r.Header
	if len(p.Header) > 0 {
		header = maps.Clone(r.Header)
		if header == nil {
			header = http.Header{}
		}
		for name, values := range p.Header {
			if arrived, both := r.Header[name]; both && joined(arrived) != joined(values) {
				return nil, &ConflictError{Name: name, Header: joined(arrived)}
			}
			header[name] = values
		}
	}
	return stringsToSign(r, header, "", p.ExpiresText)
}

// stringsToSign puts the string to sign together, once for each resource that the
// client may have meant. The date is the value of the header dateHeader, or date.
func stringsToSign(r *Request, header http.Header, dateHeader, date string) ([]string, error) {
	var b strings.Builder
	b.WriteString(r.Method)
	for _, name := range []string{"Content-Md5", "Content-Type", dateHeader} {
		b.WriteByte('\n')
		if name == "" {
			b.WriteString(date)
			continue
		}
		b.WriteString(joined(header[name]))
	}
	b.WriteByte('\n')
	writeAmzHeaders(&b, header)

	resources, err := canonicalizedResources(r)
	if err != nil {
		return nil, err
	}
	head := b.String()
	for i, resource := range resources {
		resources[i] = head + resource
	}
	return resources, nil
}

// writeAmzHeaders writes the element that Amazon calls CanonicalizedAmzHeaders.
func writeAmzHeaders(b *strings.Builder, header http.Header) {
	type line struct {
		name   string
		values []string
	}
	var lines []line
	for name, values := range header {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "x-amz-") {
			lines = append(lines, line{lower, values})
		}
	}
	slices.SortFunc(lines, func(x, y line) int { return cmp.Compare(x.name, y.name) })
	for _, l := range lines {
		b.WriteString(l.name)
		b.WriteByte(':')
		b.WriteString(joined(l.values))
		b.WriteByte('\n')
	}
}

// joined returns the values of a header as they are signed: without the white space that
// may stand around each (RFC 9110, section 5.5), joined by commas.
func joined(values []string) string {
	if len(values) == 1 {
		return strings.Trim(values[0], " \t")
	}
	trimmed := make([]string, len(values))
	for i, v := range values {
		trimmed[i] = strings.Trim(v, " \t")
	}
	return strings.Join(trimmed, ",")
}

// canonicalizedResources returns the element that Amazon calls
// CanonicalizedResource, in each form that clients sign:
//
//   - botocore signs "/bucket/" and sends "/bucket"; others sign what they send;
//   - a sub-resource without a value has no equals sign in Amazon's documentation,
//     but clients that send one may sign it too.
func canonicalizedResources(r *Request) ([]string, error) {
	var documented, sent []string // sub-resources, by name
	type parameter struct{ name, documented, sent string }
	var signed []parameter
	for _, q := range r.Target.Query {
		if !SignsSubresource(q.Name) {
			continue
		}
		if holdsParameter(q.Value) {
			return nil, ErrAmbiguous
		}
		p := parameter{q.Name, q.Name, q.Name}
		if q.HasValue {
			p.sent = q.Name + "=" + q.Value
			if q.Value != "" {
				p.documented = p.sent
			}
		}
		signed = append(signed, p)
	}
	slices.SortStableFunc(signed, func(x, y parameter) int { return cmp.Compare(x.name, y.name) })
	for _, p := range signed {
		documented = append(documented, p.documented)
		sent = append(sent, p.sent)
	}
	queries := []string{strings.Join(documented, "&")}
	if q := strings.Join(sent, "&"); q != queries[0] {
		queries = append(queries, q)
	}

	var resources []string
	for _, query := range queries {
		if query != "" {
			query = "?" + query
		}
		for _, path := range canonicalPaths(r) {
			resources = append(resources, path+query)
		}
	}
	return resources, nil
}

// holdsParameter reports whether a value, written without escapes, could be read as
// one that ends earlier and another parameter that is signed.
func holdsParameter(value string) bool {
	for {
		var found bool
		if _, value, found = strings.Cut(value, "&"); !found {
			return false
		}
		name := value
		if end := strings.IndexAny(name, "=&"); end >= 0 {
			name = name[:end]
		}
		if SignsSubresource(name) {
			return true
		}
	}
}

// canonicalPaths returns the path with its bucket, raw, in each form that clients
// sign.
func canonicalPaths(r *Request) []string {
	path := r.Target.RawPath
	if path == "" {
		path = "/"
	}
	if r.VirtualHosted {
		return []string{"/" + r.Bucket + path}
	}
	bucket := strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/")
	if bucket == "" || strings.Contains(bucket, "/") {
		return []string{path}
	}
	other := strings.TrimSuffix(path, "/")
	if other == path {
		other = path + "/"
	}
	return []string{path, other}
}
