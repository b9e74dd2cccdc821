package s3

import (
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet"
)

// refusal is what an error document says, but for the IDs.
type refusal struct {
	Status        int    `xml:"-"`
	Code          string `xml:"Code"`
	Message       string `xml:"Message"`
	ArgumentName  string `xml:"ArgumentName"`
	ArgumentValue string `xml:"ArgumentValue"`
	TagKey        string `xml:"TagKey"`
	TagValue      string `xml:"TagValue"`
}

// refused is a request that cannot be granted, and what it is answered.
type refused struct {
	name string
	in   signet.Request
	body string
	want refusal
}

// Refusals that many cases share.
var (
	malformedXML   = refusal{Status: 400, Code: "MalformedXML", Message: xmlMalformed}
	missingBody    = refusal{Status: 400, Code: "MissingRequestBodyError", Message: "Request Body is empty"}
	invalidVersion = func(id string) refusal {
		return badArgument("Invalid version id specified", "versionId", id)
	}
	noSuchUpload = refusal{Status: 404, Code: "NoSuchUpload", Message: "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."}
	longKey      = refusal{Status: 400, Code: "KeyTooLongError", Message: "Your key is too long"}
)

func badArgument(message, name, value string) refusal {
	return refusal{Status: 400, Code: "InvalidArgument", Message: message, ArgumentName: name, ArgumentValue: value}
}

func badRequest(message string) refusal {
	return refusal{Status: 400, Code: "InvalidRequest", Message: message}
}

// refusalOf reads an error document.
func refusalOf(t testing.TB, res *http.Response) refusal {
	t.Helper()
	document := text(t, res)
	got := refusal{Status: res.StatusCode}
	if err := xml.Unmarshal([]byte(document), &got); err != nil {
		t.Errorf("%d, not an error document: %.200q", res.StatusCode, document)
	}
	return got
}

// expectRefusals sends each request and compares what it is answered.
func expectRefusals(t *testing.T, h http.Handler, cases []refused) {
	t.Helper()
	for _, c := range cases {
		if diff := cmp.Diff(c.want, refusalOf(t, send(t, h, c.in, c.body))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// to makes a request; query is one that is written out.
func to(method, bucket, key, query string) signet.Request {
	values, err := url.ParseQuery(query)
	if err != nil {
		panic(err)
	}
	return signet.Request{Method: method, Bucket: bucket, Key: key, Query: values}
}

// saying adds headers to a request.
func saying(in signet.Request, pairs ...string) signet.Request {
	in.Header = lines(pairs...)
	return in
}

func TestLongKeysAreRefusedByEveryOperation(t *testing.T) {
	h := newTestHandler(t, nil)
	put(t, h, "bucket", nil)
	seen := 0
	for _, op := range operations() {
		if op.level != onObject || op.open {
			continue
		}
		seen++
		r := httptest.NewRequest(op.method, "/bucket/"+strings.Repeat("x", 1025)+"?"+op.subresource, nil)
		if op.marker != "" {
			r.Header.Set(op.marker, "bucket/k")
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if op.method == http.MethodHead {
			if w.Code != longKey.Status {
				t.Errorf("%s: %d", op.name, w.Code)
			}
			continue
		}
		if diff := cmp.Diff(longKey, refusalOf(t, w.Result())); diff != "" {
			t.Errorf("%s (-want +got):\n%s", op.name, diff)
		}
	}
	if seen < 20 {
		t.Errorf("only %d operations", seen)
	}
}
