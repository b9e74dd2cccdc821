package auth

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/auth/sigv4"
)

// meta is a header whose white space clients fold.
const meta = "X-Amz-Meta-A"

// sentAs is what becomes of a request on its way, or in its client's library, after it
// was signed.
type sentAs struct {
	host, path, meta string
	tls              bool
}

func (s sentAs) change(r *arrival) *arrival {
	if s.host != "" {
		r.Host = s.host
	}
	if s.path != "" {
		r.Path = s.path
	}
	if s.meta != "" {
		r.Header[meta] = []string{s.meta}
	}
	r.TLS = s.tls
	path, err := sigv4.UnescapePath(r.Path)
	if err != nil {
		panic(err)
	}
	r.Key = strings.TrimPrefix(path, "/bucket/")
	return r
}

// eachV4 runs f for the carriers whose signature covers host, path and headers.
func eachV4(t *testing.T, f func(t *testing.T, sign func(v4, *arrival) *arrival)) {
	t.Run("header", func(t *testing.T) { f(t, func(s v4, r *arrival) *arrival { return s.inHeader(t, r) }) })
	t.Run("query", func(t *testing.T) { f(t, func(s v4, r *arrival) *arrival { return s.inQuery(t, r) }) })
}

func TestTheDefaultPortOfTheSchemeMayBeUnsigned(t *testing.T) {
	for _, row := range []struct {
		signed, sent string
		tls          bool
		want         string // what counts, "" for a refusal
	}{
		{"a.example", "a.example", false, "a.example"},
		{"a.example", "a.example:80", false, "a.example"},
		{"a.example", "a.example:443", true, "a.example"},
		{"a.example:80", "a.example:80", false, "a.example:80"},
		{"a.example:443", "a.example:443", true, "a.example:443"},
		{"a.example:443", "a.example:443", false, "a.example:443"},
		{"[::1]", "[::1]:80", false, "[::1]"},
		{"b.a.example", "b.a.example:443", true, "b.a.example"},
		{"a.example", "a.example:443", false, ""},
		{"a.example", "a.example:80", true, ""},
		{"a.example", "a.example:8080", false, ""},
		{"a.example", "a.example:080", false, ""},
		{"a.example", "a.example:80:80", false, ""},
		{"a.example", "b.example:80", false, ""},
		{"a.example:80", "a.example", false, ""},
		{"", ":80", false, ""},
		{"::1", "::1:80", false, ""},
		{"a.example:443", "a.example:80", false, ""},
	} {
		eachV4(t, func(t *testing.T, sign func(v4, *arrival) *arrival) {
			r := plainRequest("GET", "")
			r.Host = row.signed
			res, _, err := verifyAll(newVerifier(), sentAs{host: row.sent, tls: row.tls}.change(sign(v4{}, r)))
			got := ""
			if err == nil {
				got = res.Host
			} else if AsError(err).Reason != ErrSignatureMismatch {
				t.Errorf("%+v: %v", row, err)
			}
			if got != row.want {
				t.Errorf("%+v: host %q", row, got)
			}
		})
	}
}

func TestAPlusSignMeansWhatWasSigned(t *testing.T) {
	for _, row := range []struct {
		signed, sent string
		want         string // the key, "" for a refusal
	}{
		{"/bucket/a%2Bb", "/bucket/a+b", "a+b"},
		{"/bucket/a%20b", "/bucket/a+b", "a b"},
		{"/bucket/a%2Bb", "/bucket/a%2Bb", "a+b"},
		{"/bucket/a%20b", "/bucket/a%20b", "a b"},
		{"/bucket/a%2Bb%20c%2Bd", "/bucket/a+b%20c%2Bd", "a+b c+d"},
		{"/bucket/a%20b%20c%2Bd", "/bucket/a+b%20c%2Bd", "a b c+d"},
		{"/bucket/%20%20/%20", "/bucket/++/+", "  / "},
		{"/bucket/%2B%2B/%2B", "/bucket/++/+", "++/+"},
		{"/bucket/a%20%C3%A9", "/bucket/a+%C3%A9", "a é"},
		{"/bucket/%252B%20", "/bucket/%252B+", "%2B "},
		{"/bucket/a%20b%2Bc", "/bucket/a+b+c", ""}, // no client means both
		{"/bucket/a%20b", "/bucket/a%2Bb", ""},
		{"/bucket/a%2Bb", "/bucket/a%20b", ""},
		{"/bucket/a", "/bucket/a+", ""},
		{"/bucket/ab", "/bucket/a+b", ""},
	} {
		eachV4(t, func(t *testing.T, sign func(v4, *arrival) *arrival) {
			r := plainRequest("GET", "")
			r.Path = row.signed
			res, _, err := verifyAll(newVerifier(), sentAs{path: row.sent}.change(sign(v4{}, r)))
			if err != nil {
				if row.want != "" || AsError(err).Reason != ErrSignatureMismatch {
					t.Errorf("%+v: %v", row, err)
				}
				return
			}
			if res.Key != row.want || res.Path != "/bucket/"+row.want {
				t.Errorf("%+v: key %q, path %q", row, res.Key, res.Path)
			}
		})
	}
}

// SigV2 signs the path as it stands, and a form no path: there a plus sign is one.
func TestAPlusSignIsOneUnderVersion2(t *testing.T) {
	for path, want := range map[string]string{"/bucket/a+b": "a+b", "/bucket/a%2Bb": "a+b", "/bucket/a%20b": "a b"} {
		for name, sign := range map[string]func(*arrival) *arrival{
			"header": func(r *arrival) *arrival { return v2{}.inHeader(t, r) },
			"query":  func(r *arrival) *arrival { return v2{}.inQuery(t, r) },
		} {
			res, _, err := verifyAll(newVerifier(), sign(sentAs{path: path}.change(plainRequest("GET", ""))))
			if err != nil || res.Key != want || res.Path != "/bucket/"+want {
				t.Errorf("%s in a %s: %+v, %v", path, name, res, err)
			}
			r := sentAs{path: "/bucket/a%20b"}.change(plainRequest("GET", ""))
			if _, _, err := verifyAll(newVerifier(), sentAs{path: "/bucket/a+b"}.change(sign(r))); AsError(err) == nil {
				t.Errorf("a blank that became a plus sign in a %s is accepted", name)
			}
		}
	}
}

func TestWhiteSpaceInHeadersIsFoldedAsTheSignerDoes(t *testing.T) {
	for _, row := range []struct {
		signed, sent string
		folding      sigv4.Folding
		good         bool
	}{
		{"a b", "a\tb", sigv4.FoldBlanks, true}, // boto3
		{"a b", "a \t  b", sigv4.FoldBlanks, true},
		{"a b c", "a\tb\t\tc", sigv4.FoldBlanks, true},
		{"a b", "\ta\tb\t", sigv4.FoldBlanks, true},
		{"a\tb", "a\tb", sigv4.FoldBlanks, true}, // as Amazon documents
		{"a b\tc", "a  b\tc", sigv4.FoldBlanks, true},
		{"a  b", "a  b", sigv4.FoldBlanks, true},
		{"a  b", "a  b", sigv4.FoldNothing, true},
		{"a  b\tc", "a  b\tc", sigv4.FoldNothing, true},
		{"ab", "a\tb", sigv4.FoldBlanks, false},
		{"a b c", "a\tb  c\td", sigv4.FoldBlanks, false},
		{"a\tb", "a b", sigv4.FoldBlanks, false},
		{"a   b", "a  b", sigv4.FoldNothing, false},
		{"a\tb c", "a b\tc", sigv4.FoldBlanks, false},
	} {
		eachV4(t, func(t *testing.T, sign func(v4, *arrival) *arrival) {
			r := sign(v4{folding: row.folding}, with(plainRequest("PUT", "abc"), meta, row.signed))
			res, _, err := verifyAll(newVerifier(), sentAs{meta: row.sent}.change(r))
			switch {
			case (err == nil) != row.good:
				t.Errorf("%+v: %v", row, err)
			case err == nil && res.Fields.Get(meta) != strings.Trim(row.sent, "\t"):
				t.Errorf("%+v: stored as %q", row, res.Fields.Get(meta))
			case err != nil && AsError(err).Reason != ErrSignatureMismatch:
				t.Errorf("%+v: %v", row, err)
			}
		})
	}
}

// What happens together on one request is found together.
func TestReadingsCombine(t *testing.T) {
	sent := sentAs{host: "a.example:443", path: "/bucket/a+b", meta: "a  b\tc", tls: true}
	for _, host := range []string{"a.example", "a.example:443"} {
		for _, path := range []string{"/bucket/a%2Bb", "/bucket/a%20b"} {
			for _, folding := range []sigv4.Folding{sigv4.FoldBlanks, sigv4.FoldWhiteSpace, sigv4.FoldNothing} {
				eachV4(t, func(t *testing.T, sign func(v4, *arrival) *arrival) {
					r := with(plainRequest("PUT", "abc"), meta, sent.meta)
					r.Host, r.Path = host, path
					res, body, err := verifyAll(newVerifier(), sent.change(sign(v4{folding: folding}, r)))
					if err != nil || string(body) != "abc" {
						t.Fatalf("%s, %s, %v: %q, %v", host, path, folding, body, err)
					}
					got := []string{res.Host, res.Path, res.Fields.Get(meta)}
					if diff := cmp.Diff([]string{host, sentAs{path: path}.change(r).target(t).Path, sent.meta}, got); diff != "" {
						t.Error(diff)
					}
				})
			}
		}
	}
}

// A stranger's request costs a bounded number of signatures, and only one where nothing
// in it gives cause for more.
func TestAlternativesAreBoundedAndNeedCause(t *testing.T) {
	lines := func(values ...string) http.Header { return http.Header{meta: values, "Referer": {"a\tb  c"}} }
	signed := sigv4.SignedHeaders("host;x-amz-meta-a")
	for _, row := range []struct {
		host, path string
		tls        bool
		lines      http.Header
		want       int
	}{
		{"a.example", "/b/k", false, lines("a"), 0},
		{"a.example:9000", "/b/k%2B%20", false, lines("a b", "c"), 0},
		{"a.example", "/b/k", false, lines("\ta  "), 0},
		{"a.example:80", "/b/k", true, lines("a"), 0},
		{"a.example:80", "/b/k", false, lines("a"), 1},
		{"a.example", "/b/+", false, lines("a"), 1},
		{"a.example", "/b/k", false, lines("a\tb"), 1},
		{"a.example", "/b/k", false, lines("a  b"), 1},
		{"a.example", "/b/k", false, lines("a  b", "a\tb"), 2},
		{"a.example", "/b/+", false, lines("a\t  b"), 5},
		{"a.example:443", "/b/+", true, lines("a\t  b"), 11},
		{"a.example:443", "/b/" + strings.Repeat("+", 1000), true, lines(strings.Repeat("a\t  b", 1000)), 11},
	} {
		target, err := sigv4.ParseTarget(row.path)
		if err != nil {
			t.Fatal(err)
		}
		fields, err := ReadFields(row.lines)
		if err != nil {
			t.Fatal(err)
		}
		r := &Request{Target: target, Host: row.host, TLS: row.tls, Fields: fields}
		perHost := map[string]int{r.Host: 1}
		distinct := map[reading]bool{{host: r.Host, path: target.Path}: true}
		all := slices.Collect(alternatives(r, signed))
		for _, a := range all {
			perHost[a.host]++
			distinct[a] = true
		}
		if len(all) != row.want || len(distinct) != row.want+1 {
			t.Errorf("%.40s %.40s: %d alternatives, %d readings, want %d", row.host, row.path, len(all), len(distinct), row.want)
		}
		for host, n := range perHost {
			if n > 8 {
				t.Errorf("%s: %d readings", host, n)
			}
		}
	}
}

// The chunks of a body go on from the signature that was sent, for each reading.
func TestChunksFollowTheReadingThatWasSigned(t *testing.T) {
	for _, mode := range []string{sigv4.StreamingPayload, sigv4.StreamingPayloadTrailer} {
		for _, change := range []sentAs{{host: "localhost:80"}, {path: "/bucket/a+b"}, {meta: "a\tb"}} {
			for _, presigned := range []bool{false, true} {
				r := with(plainRequest("PUT", ""), meta, "a b")
				r.Host, r.Path = "localhost", "/bucket/a%20b"
				r = change.change(stream(t, r, mode, streamPayload, minSignedChunk, presigned, strings.HasSuffix(mode, "-TRAILER")))
				if _, body, err := verifyAll(newVerifier(), r); err != nil || string(body) != streamPayload {
					t.Errorf("%s, %+v: %d bytes, %v", mode, change, len(body), err)
				}
			}
		}
	}
}

// A copy source is what is read. It must be the one text that has its signature.
func TestACopySourceThatASignatureDoesNotTellApartIsRefused(t *testing.T) {
	const name = "X-Amz-Copy-Source"
	for value, good := range map[string]bool{
		"b/k": true, "b/k,1": true, "b/a b": true, " b/k ": true, "b/a%20%20b": true, "b/a%09b": true, "b/a+b": true, "": true,
		"b/a  b": false, "b/a\tb": false, "b/a \tb": false, "b/k  ?versionId=1": false, "\tb/k\t1": false,
	} {
		_, err := ReadFields(http.Header{name: {value}})
		if good {
			if err != nil {
				t.Errorf("%q: %v", value, err)
			}
			continue
		}
		wantError(t, err, &Error{Reason: ErrWhiteSpace, Carrier: CarrierHeader, Name: name, Value: value})
	}
	for _, lines := range [][]string{{"b/k", "1"}, {"b/k", "b/k"}, {"", "b/k"}, {"b/a ", " b"}} {
		_, err := ReadFields(http.Header{name: lines})
		wantError(t, err, &Error{Reason: ErrDuplicate, Carrier: CarrierHeader, Name: name})
	}
	for _, other := range []string{meta, "X-Amz-Tagging", "Content-Disposition", "X-Amz-Website-Redirect-Location"} {
		fields, err := ReadFields(http.Header{other: {"a\t  b"}})
		if err != nil || fields.Get(other) != "a\t  b" {
			t.Errorf("%s: %q, %v", other, fields.Get(other), err)
		}
	}
}

func BenchmarkRefusedWithEveryCause(b *testing.B) {
	for name, path := range map[string]string{"no cause": "/bucket/key", "a plus sign": "/bucket/a+b"} {
		b.Run(name, func(b *testing.B) {
			r := with(plainRequest("GET", ""), meta, strings.Repeat("a\t  b", 100))
			r.Path, r.Key = path, path[len("/bucket/"):]
			if name != "no cause" {
				r.Host += ":80"
			}
			v4{secret: "wrong"}.inQuery(b, r)
			v := newVerifier()
			for b.Loop() {
				if _, err := verifyArrival(b.Context(), v, r); err == nil {
					b.Fatal(fmt.Sprint(r))
				}
			}
		})
	}
}
