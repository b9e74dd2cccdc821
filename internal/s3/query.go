package s3

import (
	"strings"

	"github.com/signet-store/signet/internal/auth/sigv4"
)

const (
	// maxQueryLength bounds the raw query in bytes, maxQueryParams the number of
	// its parameters.
	maxQueryLength = 32 << 10
	maxQueryParams = 128
)

// checkQuery holds the query of a target to S3's bounds.
func checkQuery(t *sigv4.Target) error {
	if len(t.RawQuery) > maxQueryLength || strings.Count(t.RawQuery, "&") >= maxQueryParams {
		return errBadURI
	}
	return nil
}

// findSubresource returns the one of known that q names, "" if none. Two different
// ones contradict each other.
func findSubresource(q sigv4.Query, known map[string]bool) (string, error) {
	found := ""
	for _, p := range q {
		if !known[p.Name] || p.Name == found {
			continue
		}
		if found != "" {
			return "", invalidArgument("Conflicting query string parameters: "+found+", "+p.Name, "ResourceType", found)
		}
		found = p.Name
	}
	return found, nil
}
