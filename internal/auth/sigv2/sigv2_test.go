package sigv2

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestVerifyTakesNothingButTheSignature(t *testing.T) {
	const text = "GET\n\n\nTue, 27 Mar 2007 19:36:42 +0000\n/awsexamplebucket1/photos/puppy.jpg"
	const good = "qgk2+6Sv9/oM7G3qLEjTH1a1l1g="
	if !Verify(exampleSecret, []string{"other", text}, good) {
		t.Error("the signature over the second string is refused")
	}
	for name, bad := range map[string]string{
		"nothing":               "",
		"a prefix":              good[:20],
		"no padding":            good[:27],
		"stray bits at its end": "qgk2+6Sv9/oM7G3qLEjTH1a1l1h=",
		"another alphabet":      "qgk2-6Sv9_oM7G3qLEjTH1a1l1g=",
		"another signature":     "iqRzw+ileNPu1fhspnRs8nOjjIA=",
		"a line break":          "qgk2+6Sv9/oM7G3qLEjTH1a1l1g\n",
		"a long one":            good + good,
	} {
		if Verify(exampleSecret, []string{text}, bad) {
			t.Errorf("%s verifies", name)
		}
	}
	if Verify(exampleSecret, nil, good) {
		t.Error("a signature over nothing verifies")
	}
}

func TestStringsToSignFollowTheFormsThatClientsSign(t *testing.T) {
	for _, test := range []struct {
		name    string
		request Request
		want    []string
	}{
		{"a bucket without its slash", Request{Target: target("/b")}, []string{"/b", "/b/"}},
		{"a bucket with its slash", Request{Target: target("/b/")}, []string{"/b/", "/b"}},
		{"an object", Request{Target: target("/b/k")}, []string{"/b/k"}},
		{"an object that ends in a slash", Request{Target: target("/b/k/")}, []string{"/b/k/"}},
		{"the key of one slash", Request{Target: target("/b//")}, []string{"/b//"}},
		{"the service", Request{Target: target("/")}, []string{"/"}},
		{"no path at all", Request{}, []string{"/"}},
		{"a bucket in the host", Request{Target: target("/"), Bucket: "b", VirtualHosted: true}, []string{"/b/"}},
		{"an object with the bucket in the host", Request{Target: target("/k"), Bucket: "b", VirtualHosted: true}, []string{"/b/k"}},
		{"a bucket that is not in the host", Request{Target: target("/b/k"), Bucket: "b"}, []string{"/b/k"}},
		{"a sub-resource", Request{Target: target("/b/k?acl")}, []string{"/b/k?acl"}},
		{"a sub-resource with an equals sign", Request{Target: target("/b/k?acl=")}, []string{"/b/k?acl", "/b/k?acl="}},
		{"both at once", Request{Target: target("/b?acl=")},
			[]string{"/b?acl", "/b/?acl", "/b?acl=", "/b/?acl="}},
		{"sub-resources in order", Request{Target: target("/b/k?versionId=2&x=1&acl&partNumber=3")},
			[]string{"/b/k?acl&partNumber=3&versionId=2"}},
		{"values decoded", Request{Target: target("/b/k?response-content-type=a%2Bb+c%20%C3%A9&versionId=%2541")},
			[]string{"/b/k?response-content-type=a+b c \u00e9&versionId=%41"}},
		{"names decoded", Request{Target: target("/b/k?%61cl")}, []string{"/b/k?acl"}},
		{"names differ by case", Request{Target: target("/b/k?Acl&VERSIONID=1")}, []string{"/b/k"}},
		{"one given twice stays twice", Request{Target: target("/b/k?versionId=2&versionId=1")},
			[]string{"/b/k?versionId=2&versionId=1"}},
		{"empty parameters", Request{Target: target("/b/k?&&acl&")}, []string{"/b/k?acl"}},
		{"a path is not decoded", Request{Target: target("/b/a%2fb%2Fc+d")}, []string{"/b/a%2fb%2Fc+d"}},
	} {
		test.request.Method = "GET"
		got, err := HeaderStringsToSign(&test.request)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		for i := range got {
			got[i] = strings.TrimPrefix(got[i], "GET\n\n\n\n")
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

func TestHeadersAreSignedAsTheyArrived(t *testing.T) {
	for _, test := range []struct {
		name   string
		header http.Header
		want   string
	}{
		{"nothing", nil, "\n\n\n"},
		{"an x-amz-date replaces the date",
			http.Header{"Date": {"Tue, 27 Mar 2007 21:20:27 +0000"}, "X-Amz-Date": {"Tue, 27 Mar 2007 21:20:26 +0000"}},
			"\n\n\nx-amz-date:Tue, 27 Mar 2007 21:20:26 +0000\n"},
		{"names in order, values joined and trimmed",
			http.Header{"X-Amz-Meta-B": {" 1 ", "2"}, "X-Amz-Acl": {"private"}, "x-amz-meta-C": {""}, "X-Other": {"x"}},
			"\n\n\nx-amz-acl:private\nx-amz-meta-b:1,2\nx-amz-meta-c:\n"},
		{"the standard ones have places of their own",
			http.Header{"Content-Md5": {"m"}, "Content-Type": {" t "}, "Date": {"d"}}, "m\nt\nd\n"},
	} {
		got, err := HeaderStringsToSign(&Request{Method: "PUT", Target: target("/b/k"), Header: test.header})
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if diff := cmp.Diff([]string{"PUT\n" + test.want + "/b/k"}, got); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

const credentials = "AWSAccessKeyId=A&Signature=s&Expires=7"

func TestParametersCountAsHeaders(t *testing.T) {
	for _, test := range []struct {
		name   string
		query  string
		header http.Header
		want   string // empty if the two conflict
	}{
		{"the query alone", "content-type=text%2Fplain&Content-MD5=m&x-amz-meta-who=me&X-Amz-Acl=private", nil,
			"m\ntext/plain\n7\nx-amz-acl:private\nx-amz-meta-who:me\n"},
		{"both alike", "content-type=t&x-amz-acl=private", http.Header{"Content-Type": {"t"}, "X-Amz-Acl": {" private "}},
			"\nt\n7\nx-amz-acl:private\n"},
		{"some here, some there", "x-amz-acl=private", http.Header{"Content-Type": {"t"}, "X-Amz-Meta-A": {"1"}},
			"\nt\n7\nx-amz-acl:private\nx-amz-meta-a:1\n"},
		{"neither date is signed, the expiry is", "x-amz-date=d", http.Header{"Date": {"e"}}, "\n\n7\nx-amz-date:d\n"},
		{"a content type that differs", "content-type=t", http.Header{"Content-Type": {"u"}}, ""},
		{"a content type with other white space", "content-type=t", http.Header{"Content-Type": {"t\u00a0"}}, ""},
		{"an amz header that differs", "x-amz-acl=private", http.Header{"X-Amz-Acl": {"public-read"}}, ""},
		{"an empty one that differs", "x-amz-acl=", http.Header{"X-Amz-Acl": {"public-read"}}, ""},
		{"blanks around, but no other white space", "x-amz-meta-a=%20%09a%20", http.Header{"Content-Type": {"t\u00a0"}},
			"\nt\u00a0\n7\nx-amz-meta-a:a\n"},
	} {
		r := Request{Method: "PUT", Target: target("/b/k?" + credentials + "&" + test.query), Header: test.header}
		before := test.header.Clone()
		p, err := ParsePresigned(r.Target.Query)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		got, err := QueryStringsToSign(&r, &p)
		if diff := cmp.Diff(before, test.header); diff != "" {
			t.Errorf("%s: the headers changed: %s", test.name, diff)
		}
		if test.want == "" {
			if conflict := (*ConflictError)(nil); !errors.As(err, &conflict) {
				t.Errorf("%s: %q, %v", test.name, got, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if diff := cmp.Diff([]string{"PUT\n" + test.want + "/b/k"}, got); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

func TestParsePresigned(t *testing.T) {
	at := time.Unix(7, 0).UTC()
	duplicate := func(name string) error { return &DuplicateError{Name: name} }
	for _, test := range []struct {
		name  string
		query string
		want  Presigned
		err   error
	}{
		{"the three", credentials, Presigned{"A", "s", at, "7", nil}, nil},
		{"in any order among others", "a=b&Expires=7&acl&Signature=%2B%2f%3d&x-id=GetObject&AWSAccessKeyId=A%42",
			Presigned{"AB", "+/=", at, "7", nil}, nil},
		{"a signature whose plus sign lost its escape", "AWSAccessKeyId=A&Signature=a+b&Expires=7",
			Presigned{"A", "a+b", at, "7", nil}, nil},
		{"what counts as a header", credentials + "&content-type=t&X-AMZ-Meta-Who=me&content-md5=m&content-length=1&x-amzn=1",
			Presigned{"A", "s", at, "7", http.Header{"Content-Type": {"t"}, "X-Amz-Meta-Who": {"me"}, "Content-Md5": {"m"}}}, nil},
		{"nothing", "", Presigned{}, ErrMissingParameter},
		{"no key", "Signature=s&Expires=7", Presigned{}, ErrMissingParameter},
		{"no signature", "AWSAccessKeyId=A&Expires=7", Presigned{}, ErrMissingParameter},
		{"no expiry", "AWSAccessKeyId=A&Signature=s", Presigned{}, ErrMissingParameter},
		{"an empty key", "AWSAccessKeyId=&Signature=s&Expires=7", Presigned{}, ErrMissingParameter},
		{"names in another case", "awsaccesskeyid=A&signature=s&expires=7", Presigned{}, ErrMissingParameter},
		{"two keys", credentials + "&AWSAccessKeyId=A", Presigned{}, duplicate("AWSAccessKeyId")},
		{"two signatures, one spelled oddly", credentials + "&%53ignature=s", Presigned{}, duplicate("Signature")},
		{"two expiries, the first empty", "Expires=&" + credentials, Presigned{}, duplicate("Expires")},
		{"two content types", credentials + "&content-type=a&Content-Type=b", Presigned{}, duplicate("content-type")},
		{"two metadata headers", credentials + "&x-amz-meta-a=1&X-Amz-Meta-A=1", Presigned{}, duplicate("x-amz-meta-a")},
		{"an expiry that is a date", "AWSAccessKeyId=A&Signature=s&Expires=2030-01-01", Presigned{}, ErrExpires},
		{"a negative expiry", "AWSAccessKeyId=A&Signature=s&Expires=-1", Presigned{}, ErrExpires},
		{"a signed expiry", "AWSAccessKeyId=A&Signature=s&Expires=%2B1", Presigned{}, ErrExpires},
		{"a fraction", "AWSAccessKeyId=A&Signature=s&Expires=1.5", Presigned{}, ErrExpires},
		{"an expiry beyond any year", "AWSAccessKeyId=A&Signature=s&Expires=253402300800", Presigned{}, ErrExpires},
		{"an expiry beyond any number", "AWSAccessKeyId=A&Signature=s&Expires=99999999999999999999", Presigned{}, ErrExpires},
	} {
		got, err := ParsePresigned(target("/?" + test.query).Query)
		if test.err != nil {
			if err == nil || err.Error() != test.err.Error() {
				t.Errorf("%s: %+v, %v, want %v", test.name, got, err, test.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

func TestParseAuthorizationRefuses(t *testing.T) {
	for _, value := range []string{
		"", "AWS", "AWS ", "AWS :", "AWS a", "AWS a:", "AWS :s", "AWS a b:s", "aws a:s", "AWSa:s",
		"AWS4-HMAC-SHA256 Credential=a:s", "Basic YTpi",
	} {
		if c, err := ParseAuthorization(value); err != ErrAuthorization {
			t.Errorf("ParseAuthorization(%q) = %+v, %v", value, c, err)
		}
	}
}

func TestParseDate(t *testing.T) {
	at := time.Date(2007, 3, 27, 21, 20, 26, 0, time.UTC)
	for _, text := range []string{
		"Tue, 27 Mar 2007 21:20:26 GMT",
		"Tue, 27 Mar 2007 21:20:26 UTC",
		"Tue, 27 Mar 2007 21:20:26 +0000",
		"Tue, 27 Mar 2007 23:20:26 +0200",
		"20070327T212026Z",
		"Tue Mar 27 21:20:26 2007",
		"Tuesday, 27-Mar-07 21:20:26 GMT",
	} {
		if got, err := ParseDate(text); err != nil || got != at {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "x", "1175030426", "2007-03-27"} {
		if got, err := ParseDate(text); !errors.Is(err, ErrDate) {
			t.Errorf("%q: %v, %v, want ErrDate", text, got, err)
		}
	}
	// One digit for the day of the month, as some clients write it.
	got, err := ParseDate("Thu, 1 Mar 2007 21:20:26 GMT")
	if want := time.Date(2007, 3, 1, 21, 20, 26, 0, time.UTC); err != nil || got != want {
		t.Errorf("one digit: %v, %v", got, err)
	}
}

func TestSubresources(t *testing.T) {
	for _, name := range []string{"acl", "uploadId", "partNumber", "versionId", "response-content-disposition", "delete", "tagging"} {
		if !SignsSubresource(name) {
			t.Errorf("%s is not signed", name)
		}
	}
	for _, name := range []string{"", "ACL", "prefix", "retention", "legal-hold", "attributes", "encryption", "x-id", "list-type", "response-"} {
		if SignsSubresource(name) {
			t.Errorf("%s is signed", name)
		}
	}
}

// The scheme signs values of the query as they are, with nothing that tells where
// one ends.
func TestAParameterIsNotHiddenInAnother(t *testing.T) {
	for _, tt := range []struct {
		query string
		want  error
	}{
		{"partNumber=1&uploadId=u", nil},
		{"partNumber=1%26uploadId=u", ErrAmbiguous},
		{"partNumber=1%26uploadId%3Du", ErrAmbiguous},
		{"response-content-type=text/html%26x%26versionId", ErrAmbiguous},
		{"response-content-type=a%26acl%26", ErrAmbiguous},
		{"response-content-disposition=attachment; filename=\"a%26b=c%26acl.txt\"", nil},
		{"prefix=a%26versionId=1", nil}, // which is not signed
	} {
		r := &Request{Method: "GET", Target: target("/b/k?" + tt.query)}
		if _, err := HeaderStringsToSign(r); !errors.Is(err, tt.want) {
			t.Errorf("in a header, %s: %v, want %v", tt.query, err, tt.want)
		}
		r.Target = target("/b/k?" + tt.query + "&AWSAccessKeyId=a&Signature=s&Expires=1")
		p, err := ParsePresigned(r.Target.Query)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := QueryStringsToSign(r, &p); !errors.Is(err, tt.want) {
			t.Errorf("in the query, %s: %v, want %v", tt.query, err, tt.want)
		}
	}
}
