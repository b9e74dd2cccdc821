package sigv2

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
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
		r := &Request{Method: "GET", Path: "/b/k", Query: query}
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
		q, err := ParseQuery(query)
		if err != nil {
			return
		}
		if !HasQuery(query) {
			t.Errorf("%q has no signature, but it is %+v", query, q)
		}
		values, _ := url.ParseQuery(query)
		if !strings.Contains(query, ";") && values.Get("AWSAccessKeyId") != q.AccessKeyID {
			t.Errorf("the key of %q is %q", query, q.AccessKeyID)
		}
		if _, err := QueryStringsToSign(r); err != nil {
			t.Errorf("%q can be read but not signed: %v", query, err)
		}
	})
}

func FuzzDate(f *testing.F) {
	f.Add("Tue, 27 Mar 2007 21:20:26 GMT")
	f.Add("20070327T212026Z")
	f.Fuzz(func(t *testing.T, value string) {
		date, err := Date(http.Header{"Date": {value}})
		if err != nil {
			return
		}
		again, err := Date(http.Header{"Date": {date.Format(http.TimeFormat)}})
		if err != nil || again.Unix() != date.Unix() {
			t.Errorf("%q is %v, then %v, %v", value, date, again, err)
		}
	})
}
