package auth

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/auth/sigv4"
)

// tableHeaders are headers of every kind in the table of Fields, and whether several
// lines of each are one list.
var tableHeaders = map[string]bool{
	"Accept": true, "Access-Control-Request-Headers": true, "Access-Control-Request-Method": false,
	"Authorization": false, "Cache-Control": true, "Content-Disposition": false, "Content-Encoding": true,
	"Content-Language": true, "Content-Length": false, "Content-Md5": false, "Content-Range": false, "Content-Type": false,
	"Date": false, "Expires": false, "If-Match": true, "If-Modified-Since": false, "If-None-Match": true, "If-Range": false,
	"If-Unmodified-Since": false, "Origin": false, "Range": false, "Referer": false, "User-Agent": false,
	"X-Amz-Acl": false, "X-Amz-Checksum-Crc32": false, "X-Amz-Content-Sha256": false, "X-Amz-Copy-Source": false,
	"X-Amz-Copy-Source-If-Match": false, "X-Amz-Date": false, "X-Amz-Decoded-Content-Length": false, "X-Amz-Expected-Bucket-Owner": false,
	"X-Amz-Grant-Full-Control": true, "X-Amz-Grant-Read": true, "X-Amz-Meta-A": true, "X-Amz-Metadata-Directive": false,
	"X-Amz-Object-Attributes": true, "X-Amz-Optional-Object-Attributes": true, "X-Amz-Security-Token": false,
	"X-Amz-Server-Side-Encryption": false, "X-Amz-Storage-Class": false, "X-Amz-Tagging": false, "X-Amz-Trailer": false,
	"X-Amz-Unknown": false,
}

func TestTwoLinesOfOneHeaderAreAListOrRefused(t *testing.T) {
	for name, list := range tableHeaders {
		for _, lines := range [][]string{{"a", "b"}, {"a", "a"}, {"", ""}, {"", "b"}, {"a", ""}, {"a", "b", "c"}, {" a\t", "b,c"}} {
			f, err := ReadFields(http.Header{name: lines, "Host-Of-Others": {"x", "y"}})
			if !list {
				wantError(t, err, &Error{Reason: ErrDuplicate, Carrier: CarrierHeader, Name: name})
				continue
			}
			if err != nil {
				t.Errorf("%s %q: %v", name, lines, err)
				continue
			}
			var want []string
			for _, line := range lines {
				want = append(want, strings.Trim(line, " \t"))
			}
			if got := f.Get(name); got != strings.Join(want, ",") {
				t.Errorf("%s %q is %q", name, lines, got)
			}
		}
	}
}

func TestFieldsAreTheTable(t *testing.T) {
	arrived := http.Header{
		"X-Forwarded-For": {"1", "2"}, "Cookie": {"a", "b"}, "Host": {"h"}, "Connection": {"x"}, "Accept-Encoding": {"gzip", "br"},
		"X-Amzn-Trace-Id": {"1", "2"}, "Via": {"a", "b"}, "Expect": {"100-continue"}, "Age": {"1"}, "Empty": nil, "Content-Type": nil,
	}
	want := []Field{}
	for name := range tableHeaders {
		arrived[name] = []string{" value\t"}
		want = append(want, Field{name, "value"})
	}
	slices.SortFunc(want, compareFields)
	f, err := ReadFields(arrived)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, slices.Collect(f.All())); diff != "" {
		t.Error(diff)
	}
	if f.Has("X-Forwarded-For") || f.Has("Cookie") || !f.Has("Date") {
		t.Error("Has does not agree")
	}
}

func TestHeadersOfUnknownLimitsAreRefused(t *testing.T) {
	for _, name := range []string{"X-Signet-Uses", "X-Signet-Max-Size", "X-Signet-"} {
		_, err := ReadFields(http.Header{name: {"1"}, "X-Amz-Date": {"1"}})
		wantError(t, err, &Error{Reason: ErrUnknownLimit, Carrier: CarrierHeader, Name: name})
	}
}

func TestUnknownLimitsAreRefusedWithEveryCarrier(t *testing.T) {
	limited := func(name string) *arrival {
		r := plainRequest("PUT", "abc")
		r.Query = name + "=1"
		return r
	}
	for _, name := range []string{"x-signet-uses", "X-Signet-Max-Size", "X-SIGNET-anything", "x-signet%2dtag"} {
		for carrier, r := range map[string]*arrival{
			"none":      limited(name),
			"v4 header": v4{}.inHeader(t, limited(name)),
			"v4 query":  v4{}.inQuery(t, limited(name)),
			"v2 header": v2{}.inHeader(t, limited(name)),
			"v2 query":  v2{}.inQuery(t, limited(name)),
		} {
			if _, _, err := verifyAll(newVerifier(), r); !errors.Is(err, ErrUnknownLimit) || AsError(err).Carrier != CarrierQuery {
				t.Errorf("%s, %s: %v", carrier, name, err)
			}
		}
	}
	for carrier, r := range map[string]*arrival{
		"none": plainRequest("POST", "abc"),
		"v4":   v4{}.inForm(plainRequest("POST", "abc"), formPolicy(), Field{"key", "a"}),
		"v2":   v2{}.inForm(plainRequest("POST", "abc"), goodPolicy, Field{"key", "a"}),
	} {
		if r.Form == nil {
			r.Form = &Form{Fields: []Field{{"key", "a"}}}
		}
		r.Form.Fields = append(r.Form.Fields, Field{"X-Signet-Create-Only", "true"})
		_, _, err := verifyAll(newVerifier(), r)
		t.Run("form "+carrier, func(t *testing.T) {
			wantError(t, err, &Error{Reason: ErrUnknownLimit, Carrier: CarrierForm, Name: "X-Signet-Create-Only"})
		})
	}
}

// FuzzReadFields holds that no header in the table is lost or has two meanings.
func FuzzReadFields(f *testing.F) {
	f.Add("X-Amz-Acl", "private", "public-read", true)
	f.Add("X-Amz-Meta-A", " a ", "b", true)
	f.Add("X-Signet-Uses", "1", "", false)
	f.Add("X-Forwarded-For", "1", "2", true)
	f.Fuzz(func(t *testing.T, name, first, second string, twice bool) {
		name = http.CanonicalHeaderKey(name)
		if !IsHeaderName(name) {
			return
		}
		lines := []string{first}
		if twice {
			lines = append(lines, second)
		}
		fields, err := ReadFields(http.Header{name: lines})
		if err != nil {
			wantOurs(t, err)
			if !sigv4.NamesLimit(name) && (!twice || isList(name) || !inTable(name)) {
				t.Fatalf("%q %q is refused: %v", name, lines, err)
			}
			return
		}
		got, ok := fields.Lookup(name)
		lower := strings.ToLower(name)
		if must := strings.HasPrefix(lower, "x-amz-") && len(lower) > len("x-amz-"); must && !ok || ok != inTable(name) {
			t.Fatalf("%q is found: %v", name, ok)
		}
		if ok && strings.Trim(got, " \t") == "" && strings.Trim(first, " \t") != "" {
			t.Fatalf("%q %q is empty", name, lines)
		}
	})
}

func TestFieldsBesideAFaultAreRead(t *testing.T) {
	f, err := ReadFields(http.Header{"Origin": {"http://page.example"}, "Range": {"bytes=0-", "bytes=1-"}, "X-Signet-A": {"1"}, "User-Agent": {"a", "b"}})
	wantError(t, err, &Error{Reason: ErrDuplicate, Carrier: CarrierHeader, Name: "Range"})
	if f.Get("Origin") != "http://page.example" || f.Has("Range") || f.Has("User-Agent") || f.Has("X-Signet-A") {
		t.Errorf("%v", f.list)
	}
}

// TestManyLinesCostWhatTheyHold holds that joining the lines of a list takes memory in
// proportion to them.
func TestManyLinesCostWhatTheyHold(t *testing.T) {
	lines := http.Header{"Accept": slices.Repeat([]string{"xxxxxxx"}, 4000)} // 32 KB
	result := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			if _, err := ReadFields(lines); err != nil {
				b.Fatal(err)
			}
		}
	})
	if n := result.AllocedBytesPerOp(); n > 64<<10 {
		t.Errorf("%d bytes are allocated", n)
	}
}
