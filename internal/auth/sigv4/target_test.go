package sigv4

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// parsedTarget takes apart a target that is well-formed.
func parsedTarget(t testing.TB, raw string) Target {
	t.Helper()
	target, err := ParseTarget(raw)
	if err != nil {
		t.Fatalf("%q: %v", raw, err)
	}
	return target
}

// parsePresigned reads the query of a presigned URL as it stands in one.
func parsePresigned(raw string) (Presigned, error) {
	q, err := ParseQuery(raw, MaxParameters)
	if err != nil {
		return Presigned{}, &ParameterError{Err: err}
	}
	return ParsePresigned(q)
}

func TestParseTarget(t *testing.T) {
	for _, tt := range []struct {
		target string
		want   Target
	}{
		{"", Target{}},
		{"*", Target{RawPath: "*", Path: "*"}},
		{"/", Target{RawPath: "/", Path: "/"}},
		{"/a//b/../c", Target{RawPath: "/a//b/../c", Path: "/a//b/../c"}},
		{"/a%2Fb+c%20", Target{RawPath: "/a%2Fb+c%20", Path: "/a/b+c "}},
		{"/%ff", Target{RawPath: "/%ff", Path: "/\xff"}},
		{"http://h", Target{RawPath: "/", Path: "/"}},
		{"http://h?a", Target{RawPath: "/", Path: "/", RawQuery: "a", Query: Query{{Name: "a"}}}},
		{"http://user:secret@h:1/b/k?a=b", Target{RawPath: "/b/k", Path: "/b/k", RawQuery: "a=b", Query: Query{{"a", "b", true}}}},
		{"/http://h/x", Target{RawPath: "/http://h/x", Path: "/http://h/x"}},
		{"/?a?b=c?", Target{RawPath: "/", Path: "/", RawQuery: "a?b=c?", Query: Query{{"a?b", "c?", true}}}},
		{
			"/?&a&&b=&=c&=&%61=1+2%2B%26;x=y=z&",
			Target{
				RawPath: "/", Path: "/", RawQuery: "&a&&b=&=c&=&%61=1+2%2B%26;x=y=z&",
				Query: Query{{Name: "a"}, {"b", "", true}, {"", "c", true}, {"", "", true}, {"a", "1 2+&;x=y=z", true}},
			},
		},
	} {
		got, err := ParseTarget(tt.target)
		if err != nil {
			t.Errorf("%q: %v", tt.target, err)
			continue
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%q (-want +got):\n%s", tt.target, d)
		}
	}
}

func TestParseTargetRefusesMalformedEscapes(t *testing.T) {
	for _, target := range []string{"/%", "/%4", "/%4g", "/%%41", "/?%", "/?a=%", "/?a=%4", "/?%zz=1", "/?a&b=%2"} {
		if _, err := ParseTarget(target); !errors.Is(err, ErrEscape) {
			t.Errorf("%q: error is %v, want ErrEscape", target, err)
		}
	}
}

func TestParseTargetBoundsItsParameters(t *testing.T) {
	many := "/?" + strings.Repeat("a&", MaxParameters)
	if _, err := ParseTarget(many); !errors.Is(err, ErrTooManyParameters) {
		t.Errorf("%d separators: error is %v, want ErrTooManyParameters", MaxParameters, err)
	}
	if target, err := ParseTarget(strings.TrimSuffix(many, "&")); err != nil || len(target.Query) != MaxParameters {
		t.Errorf("got %d parameters, %v; want %d", len(target.Query), err, MaxParameters)
	}
}

// FuzzParseTarget holds the parse against net/url's, which reads the same but for
// semicolons.
func FuzzParseTarget(f *testing.F) {
	for _, s := range []string{"/", "/b/k?versionId=1&a", "http://h:1/b?x=%2B+", "*", "/%zz?", "/a?%&b", "/?a=b=c&&=", "//h/x", "h://"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := ParseTarget(raw)
		if strings.HasPrefix(raw, "/") && got.RawPath+"?"+got.RawQuery != raw && got.RawPath != raw {
			t.Fatalf("%q is cut into %q and %q", raw, got.RawPath, got.RawQuery)
		}
		path, pathErr := url.PathUnescape(got.RawPath)
		if strings.Count(got.RawQuery, "&") >= MaxParameters {
			return
		}
		values, queryErr := url.ParseQuery(strings.ReplaceAll(got.RawQuery, ";", "%3B"))
		if (err != nil) != (pathErr != nil || queryErr != nil) {
			t.Fatalf("error is %v, net/url says %v and %v", err, pathErr, queryErr)
		}
		if err != nil {
			return
		}
		if got.Path != path {
			t.Fatalf("path is %q, net/url's is %q", got.Path, path)
		}
		found := url.Values{}
		for _, p := range got.Query {
			found[p.Name] = append(found[p.Name], p.Value)
			if !p.HasValue && p.Value != "" {
				t.Fatalf("%q has a value without an equals sign", p.Name)
			}
		}
		if d := cmp.Diff(values, found); d != "" {
			t.Fatalf("parameters (-net/url +got):\n%s", d)
		}
		for name, list := range values {
			if !got.Query.Has(name) || !got.Query.HasFold(strings.ToUpper(name)) && name == strings.ToLower(name) && isToken(name) ||
				got.Query.Get(name) != list[0] {
				t.Fatalf("%q is not found", name)
			}
		}
	})
}

func TestPlusAsBlank(t *testing.T) {
	for target, want := range map[string]string{
		"/b/a+b": "/b/a b", "/b/+%2B%20+?x=+": "/b/ +  ", "http://h+/b/a+%C3%A9": "/b/a é",
		"/b/a%2Bb?+=+": "", "/b/k": "", "/": "", // no cause
	} {
		parsed, err := ParseTarget(target)
		if err != nil {
			t.Fatal(err)
		}
		path, ok := parsed.PlusAsBlank()
		if ok != (want != "") || ok && path != want || !ok && path != parsed.Path {
			t.Errorf("%s: %q, %v; want %q", target, path, ok, want)
		}
	}
}

// FuzzSplitTarget holds the parts of a request target against those that net/http
// finds, which reads the host of a target in absolute form.
func FuzzSplitTarget(f *testing.F) {
	for _, target := range []string{
		"/a%2Fb?x=1?y", "http://localhost:9000/b/k?acl", "http://h", "http://h?x", "//h/k", "/?", "*", "/a://b/c", "x:/y", "http:/x://h/b/k",
	} {
		f.Add(target)
	}
	f.Fuzz(func(t *testing.T, target string) {
		u, err := url.ParseRequestURI(target)
		if err != nil || u.Opaque != "" {
			return // answered by net/http, or refused for its path
		}
		path, query := SplitTarget(target)
		if query != u.RawQuery {
			t.Errorf("%q: query %q, net/url's is %q", target, query, u.RawQuery)
		}
		decoded, err := UnescapePath(path)
		if err != nil || !strings.HasPrefix(path, "/") {
			return // refused
		}
		if want := u.Path; decoded != want && (u.Scheme == "" || want != "" || decoded != "/") {
			t.Errorf("%q: path %q, net/url's is %q", target, decoded, want)
		}
	})
}
