package s3

import (
	"net/url"
	"strings"
)

const (
	// maxQueryLength bounds the raw query in bytes, maxQueryParams the number of
	// its parameters.
	maxQueryLength = 32 << 10
	maxQueryParams = 128
)

// query is a decoded query string in the order in which it arrived.
type query []parameter

type parameter struct{ name, value string }

// parseQuery decodes a raw query. Only & separates parameters, + is a space.
func parseQuery(raw string) (query, error) {
	if raw == "" {
		return nil, nil
	}
	if len(raw) > maxQueryLength {
		return nil, errBadURI
	}
	n := strings.Count(raw, "&") + 1
	if n > maxQueryParams {
		return nil, errBadURI
	}
	q := make(query, 0, n)
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		var err error
		if name, err = url.QueryUnescape(name); err != nil {
			return nil, errBadURI
		}
		if value, err = url.QueryUnescape(value); err != nil {
			return nil, errBadURI
		}
		q = append(q, parameter{name, value})
	}
	return q, nil
}

// get returns the first value of name, or "".
func (q query) get(name string) string {
	for _, p := range q {
		if p.name == name {
			return p.value
		}
	}
	return ""
}

// has reports whether name is there, with or without a value.
func (q query) has(name string) bool {
	for _, p := range q {
		if p.name == name {
			return true
		}
	}
	return false
}

// hasFold is has for a name in any case.
func (q query) hasFold(name string) bool {
	for _, p := range q {
		if strings.EqualFold(p.name, name) {
			return true
		}
	}
	return false
}

// subresource returns the one of known that q names, "" if none. Two different
// ones contradict each other.
func (q query) subresource(known map[string]bool) (string, error) {
	found := ""
	for _, p := range q {
		if !known[p.name] || p.name == found {
			continue
		}
		if found != "" {
			return "", invalidArgument("Conflicting query string parameters: "+found+", "+p.name, "ResourceType", found)
		}
		found = p.name
	}
	return found, nil
}
