package s3

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/auth/sigv2"
	"github.com/signet-store/signet/internal/auth/sigv4"
)

// signV2 returns a request to http://127.0.0.1 that is signed with Signature Version 2.
func signV2(t testing.TB, method, target string, c auth.Carrier) *http.Request {
	t.Helper()
	parsed, err := sigv4.ParseTarget(target)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(method, "http://127.0.0.1"+target, http.NoBody)
	in := &sigv2.Request{Method: method, Target: parsed, Header: r.Header}
	if c == auth.CarrierHeader {
		r.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
		toSign, err := sigv2.HeaderStringsToSign(in)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "AWS "+testCredentials.AccessKeyID+":"+sigv2.Sign(testCredentials.SecretAccessKey, toSign[0]))
		return r
	}
	expires := strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10)
	toSign, err := sigv2.QueryStringsToSign(in, &sigv2.Presigned{ExpiresText: expires})
	if err != nil {
		t.Fatal(err)
	}
	separator := "?"
	if strings.Contains(target, "?") {
		separator = "&"
	}
	target += separator + "AWSAccessKeyId=" + testCredentials.AccessKeyID + "&Expires=" + expires +
		"&Signature=" + url.QueryEscape(sigv2.Sign(testCredentials.SecretAccessKey, toSign[0]))
	return httptest.NewRequest(method, "http://127.0.0.1"+target, http.NoBody)
}

// TestVersion2RefusesWhatItDoesNotSign walks the table of operations: a sub-resource that
// the scheme does not sign could be added to a request that somebody saw, and the
// parameters of a list could be taken off a URL.
func TestVersion2RefusesWhatItDoesNotSign(t *testing.T) {
	const notSigned, list = "Signature Version 2 does not sign the sub-resource", "Presign it with Signature Version 4."
	h := newTestHandler(t, nil)
	put(t, h, "papers", map[string]string{"report": "text"})
	refused := 0
	for _, op := range operations() {
		if op.open || op.name == "PostObject" {
			continue // no SigV2 in a header or query
		}
		target := [...]string{onService: "/", onBucket: "/papers", onObject: "/papers/none"}[op.level]
		query := op.subresource
		if op.marker != "" && op.marker == strings.ToLower(op.marker) {
			query = strings.TrimPrefix(query+"&"+op.marker+"=2", "&")
		}
		if query != "" {
			target += "?" + query
		}
		for _, c := range []auth.Carrier{auth.CarrierHeader, auth.CarrierQuery} {
			want := ""
			switch {
			case op.subresource != "" && !sigv2.SignsSubresource(op.subresource):
				want = notSigned
			case op.lists && op.level != onService && c == auth.CarrierQuery:
				want = list
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, signV2(t, op.method, target, c))
			body := w.Body.String()
			switch {
			case want != "" && (w.Code != http.StatusForbidden || op.method != http.MethodHead && !strings.Contains(body, want)):
				t.Errorf("%s by %v: %d, want 403 %q\n%s", op.name, c, w.Code, want, body)
			case want == "" && strings.Contains(body, "Signature Version"), strings.Contains(body, "SignatureDoesNotMatch"):
				t.Errorf("%s by %v: %d\n%s", op.name, c, w.Code, body)
			}
			if want != "" {
				refused++
			}
		}
	}
	if refused < 50 {
		t.Errorf("only %d requests were refused", refused)
	}
}

// TestVersion2ListsAllBucketsOnlyIfNothingNarrowsIt holds that a URL is no wider than it
// looks.
func TestVersion2ListsAllBucketsOnlyIfNothingNarrowsIt(t *testing.T) {
	h := newTestHandler(t, nil)
	for _, row := range []struct {
		target  string
		carrier auth.Carrier
		want    int
	}{
		{"/", auth.CarrierQuery, http.StatusOK},
		{"/?x-id=ListBuckets", auth.CarrierQuery, http.StatusOK},
		{"/?prefix=a", auth.CarrierQuery, http.StatusForbidden},
		{"/?prefix=", auth.CarrierQuery, http.StatusForbidden},
		{"/?bucket-region=us-east-1", auth.CarrierQuery, http.StatusForbidden},
		{"/?max-buckets=1", auth.CarrierQuery, http.StatusForbidden},
		{"/?continuation-token=MWE=", auth.CarrierQuery, http.StatusForbidden},
		{"/?prefix=a", auth.CarrierHeader, http.StatusOK},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, signV2(t, http.MethodGet, row.target, row.carrier))
		if w.Code != row.want {
			body, _ := io.ReadAll(w.Body)
			t.Errorf("%s by %v: %d, want %d\n%s", row.target, row.carrier, w.Code, row.want, body)
		}
	}
}

// TestVersion2SignsEveryParameterThatActs holds that a parameter which an operation takes
// is signed by Signature Version 2, is one of a list, or is looked at here: it must not
// change what a signed request does.
func TestVersion2SignsEveryParameterThatActs(t *testing.T) {
	harmless := map[string]string{
		"encoding-type":      "how names are spelled",
		"max-parts":          "the upload, whose ID is signed, has all of these parts",
		"part-number-marker": "likewise",
	}
	for _, op := range operations() {
		if op.lists || op.handle == nil {
			continue
		}
		var names []string
		if op.marker == strings.ToLower(op.marker) {
			names = append(names, op.marker)
		}
		for _, p := range op.parameters {
			names = append(names, p.name)
		}
		for _, name := range names {
			if name != "" && !sigv2.SignsSubresource(name) && harmless[name] == "" {
				t.Errorf("%s: Signature Version 2 does not sign the parameter %s", op.name, name)
			}
		}
	}
}
