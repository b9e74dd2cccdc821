package sigv4

import "strings"

// MaxParameters bounds the parameters of a query that [ParseTarget] reads. S3 has
// fewer than fifty.
const MaxParameters = 1000

// Target is a request target taken apart. Routing, both signature schemes and the
// parameters that act as headers all read this one, so that they agree on what it
// says.
type Target struct {
	// RawPath and RawQuery are as they arrived, escaped. RawPath has no query,
	// RawQuery no question mark.
	RawPath, RawQuery string
	// Path is RawPath decoded once. A plus sign stands for itself, and nothing is
	// cleaned: "//", "." and ".." stay. It need not be UTF-8.
	Path string
	// Query is RawQuery decoded.
	Query Query
}

// Query is the parameters of a query in the order in which they arrived. Only "&"
// separates them; empty ones are left out.
type Query []Parameter

// Parameter is one parameter of a query, decoded: "+" is a space.
type Parameter struct {
	Name, Value string
	// HasValue reports whether there was an equals sign after the name.
	HasValue bool
}

// ParseTarget takes a request target in origin form or absolute form apart (RFC
// 9112, section 3.2). Its errors are ErrEscape and ErrTooManyParameters. The raw fields
// are set even then, and so is Path unless it is the path that is malformed.
func ParseTarget(target string) (Target, error) {
	var t Target
	t.RawPath, t.RawQuery = SplitTarget(target)
	var err error
	if t.Path, err = UnescapePath(t.RawPath); err != nil {
		return t, err
	}
	t.Query, err = ParseQuery(t.RawQuery, MaxParameters)
	return t, err
}

// PlusAsBlank returns Path as it is where a plus sign that arrived as one means a blank,
// and whether there is one. An escaped plus sign is one in both readings.
func (t *Target) PlusAsBlank() (path string, ok bool) {
	if strings.IndexByte(t.RawPath, '+') < 0 {
		return t.Path, false
	}
	path, err := UnescapePath(strings.ReplaceAll(t.RawPath, "+", "%20"))
	return path, err == nil
}

// SplitTarget returns the raw path and the raw query of a request target in origin
// form or absolute form.
func SplitTarget(target string) (path, query string) {
	path, query, _ = strings.Cut(target, "?")
	if strings.HasPrefix(path, "/") {
		return path, query
	}
	if scheme, rest, ok := strings.Cut(path, "://"); ok && !strings.Contains(scheme, "/") {
		if slash := strings.IndexByte(rest, '/'); slash >= 0 {
			return rest[slash:], query
		}
		return "/", query
	}
	return path, query
}

// ParseQuery decodes a raw query of at most `most` parameters. Its errors are
// ErrEscape, with the parameters before the malformed one, and ErrTooManyParameters.
func ParseQuery(raw string, most int) (Query, error) {
	if raw == "" {
		return nil, nil
	}
	n := strings.Count(raw, "&") + 1
	if n > most {
		return nil, ErrTooManyParameters
	}
	q := make(Query, 0, n)
	d := decoder{longest: len(raw)}
	for raw != "" {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		if pair == "" {
			continue
		}
		var p Parameter
		var err error
		p.Name, p.Value, p.HasValue = strings.Cut(pair, "=")
		if p.Name, err = d.unescape(p.Name); err != nil {
			return q, err
		}
		if p.Value, err = d.unescape(p.Value); err != nil {
			return q, err
		}
		q = append(q, p)
	}
	return q, nil
}

// Get returns the first value of the parameter name, "" if it is missing.
func (q Query) Get(name string) string {
	for i := range q {
		if q[i].Name == name {
			return q[i].Value
		}
	}
	return ""
}

// Has reports whether there is a parameter name, with or without a value.
func (q Query) Has(name string) bool {
	for i := range q {
		if q[i].Name == name {
			return true
		}
	}
	return false
}

// HasFold is Has for a name in any case.
func (q Query) HasFold(name string) bool {
	for i := range q {
		if strings.EqualFold(q[i].Name, name) {
			return true
		}
	}
	return false
}

// NamesLimit reports whether the name of a parameter, header, form field or condition
// begins with x-signet-, in any case. Later versions have limits with such names. This
// version knows no limit and refuses each, rather than allow what the signer did not.
func NamesLimit(name string) bool {
	const prefix = "x-signet-"
	return len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix)
}

// decoder decodes the names and values of one query into one buffer.
type decoder struct {
	b       strings.Builder
	longest int // bytes that all of them together can have
}

// unescape decodes a raw name or value of a query.
func (d *decoder) unescape(raw string) (string, error) {
	if strings.IndexByte(raw, '%') < 0 && strings.IndexByte(raw, '+') < 0 {
		return raw, nil
	}
	if d.b.Cap() == 0 {
		d.b.Grow(d.longest)
	}
	start := d.b.Len()
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch c {
		case '%':
			var ok bool
			if c, ok = unhexPair(raw[i+1:]); !ok {
				return "", ErrEscape
			}
			i += 2
		case '+':
			c = ' '
		}
		d.b.WriteByte(c)
	}
	return d.b.String()[start:], nil
}

// UnescapePath decodes a raw path, or another text that is escaped like one, once: a
// plus sign stands for itself. Its only error is ErrEscape.
func UnescapePath(raw string) (string, error) {
	if strings.IndexByte(raw, '%') < 0 {
		return raw, nil
	}
	var b strings.Builder
	b.Grow(len(raw))
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c == '%' {
			var ok bool
			if c, ok = unhexPair(raw[i+1:]); !ok {
				return "", ErrEscape
			}
			i += 2
		}
		b.WriteByte(c)
	}
	return b.String(), nil
}
