package sigv2

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/signet-store/signet/internal/auth/sigv4"
)

func FuzzParseAuthorization(f *testing.F) {
	f.Add("AWS AKIAIOSFODNN7EXAMPLE:qgk2+6Sv9/oM7G3qLEjTH1a1l1g=")
	f.Add("AWS a:b:c")
	f.Fuzz(func(t *testing.T, value string) {
		c, err := ParseAuthorization(value)
		if err != nil {
			return
		}
		if again, err := ParseAuthorization("AWS " + c.AccessKeyID + ":" + c.Signature); err != nil || again != c {
			t.Errorf("%q is %+v, then %+v, %v", value, c, again, err)
		}
	})
}

// FuzzQuery holds the query parser against net/url's: whoever acts on a query
// later must see the parameters that were signed.
func FuzzQuery(f *testing.F) {
	f.Add("AWSAccessKeyId=A&Signature=s%2B&Expires=7&acl&versionId=%20")
	f.Add("Expires=7&Expires=8")
	f.Add("acl=&response-content-type=a+b&%61cl;x")
	for _, row := range readBotocoreRows(f)[150:200] {
		f.Add(row.Query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		parsed, err := sigv4.ParseTarget("/b/k?" + query)
		if err != nil {
			return
		}
		r := &Request{Method: "GET", Target: parsed}
		candidates, err := HeaderStringsToSign(r)
		if err == nil {
			if len(candidates) > 4 {
				t.Fatalf("%d strings to sign", len(candidates))
			}
			values, parseErr := url.ParseQuery(query)
			if parseErr != nil && !strings.Contains(query, ";") {
				t.Fatalf("%q is read, which net/url refuses: %v", query, parseErr)
			}
			for name, given := range values {
				if !SignsSubresource(name) {
					continue
				}
				for _, value := range given {
					if !strings.Contains(candidates[0], name) || !strings.Contains(candidates[0], value) {
						t.Errorf("%s=%s of %q is not in %q", name, value, query, candidates[0])
					}
				}
			}
		}
		q, err := ParsePresigned(parsed.Query)
		if err != nil {
			return
		}
		values, _ := url.ParseQuery(query)
		if !strings.Contains(query, ";") && values.Get("AWSAccessKeyId") != q.AccessKeyID {
			t.Errorf("the key of %q is %q", query, q.AccessKeyID)
		}
		if _, err := QueryStringsToSign(r, &q); err != nil {
			t.Errorf("%q can be read but not signed: %v", query, err)
		}
	})
}

func FuzzParseDate(f *testing.F) {
	f.Add("Tue, 27 Mar 2007 21:20:26 GMT")
	f.Add("20070327T212026Z")
	f.Fuzz(func(t *testing.T, value string) {
		date, err := ParseDate(value)
		if err != nil {
			return
		}
		again, err := ParseDate(date.Format(http.TimeFormat))
		if err != nil || again.Unix() != date.Unix() {
			t.Errorf("%q is %v, then %v, %v", value, date, again, err)
		}
	})
}

// FuzzResource takes strings to sign apart again: the parameters that were signed
// are what they are in no other reading.
func FuzzResource(f *testing.F) {
	f.Add("acl&versionId=1&response-content-type=a%26b")
	f.Add("partNumber=1%26uploadId=2")
	f.Add("uploads=%26acl%3D&x=%26acl")
	f.Add("versionId&versionId=&versionId==")
	f.Fuzz(func(t *testing.T, query string) {
		parsed, err := sigv4.ParseTarget("/b/k?" + query)
		if err != nil {
			return
		}
		candidates, err := HeaderStringsToSign(&Request{Method: "GET", Target: parsed})
		if err != nil {
			return
		}
		type parameter struct{ name, value string }
		var want []parameter
		for pair := range strings.SplitSeq(query, "&") {
			name, value, _ := strings.Cut(pair, "=")
			name, _ = url.QueryUnescape(name)
			value, _ = url.QueryUnescape(value)
			if SignsSubresource(name) {
				want = append(want, parameter{name, value})
			}
		}
		slices.SortStableFunc(want, func(x, y parameter) int { return strings.Compare(x.name, y.name) })
		for _, candidate := range candidates {
			_, resource, _ := strings.Cut(candidate, "\n/b/k")
			var got []parameter
			rest, signed := strings.CutPrefix(resource, "?")
			for signed && rest != "" {
				pair := rest
				// A parameter begins behind each & that a name of one follows.
				for i := 1; i < len(rest); i++ {
					name := rest[i:]
					if end := strings.IndexAny(name, "=&"); end >= 0 {
						name = name[:end]
					}
					if rest[i-1] == '&' && SignsSubresource(name) {
						pair = rest[:i-1]
						break
					}
				}
				rest = strings.TrimPrefix(rest[len(pair):], "&")
				name, value, _ := strings.Cut(pair, "=")
				got = append(got, parameter{name, value})
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%q is signed as %q, which is %q, not %q", query, candidate, got, want)
			}
		}
	})
}
