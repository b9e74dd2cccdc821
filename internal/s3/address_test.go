package s3

import (
	"errors"
	"strings"
	"testing"

	"github.com/signet-store/signet/internal/auth/sigv4"
	"github.com/signet-store/signet/internal/object"
)

func TestAddressesAreReadFromTheRawPathAndHost(t *testing.T) {
	d := domains{"localhost", "example.com", "s3.example.com"}
	long := strings.Repeat("k", object.MaxKeySize)
	for _, c := range []struct {
		host, path string
		want       address
	}{
		{"127.0.0.1:9000", "/", address{}},
		{"127.0.0.1:9000", "/b", address{bucket: "b"}},
		{"127.0.0.1:9000", "/b/", address{bucket: "b"}},
		{"127.0.0.1:9000", "/b/k", address{bucket: "b", key: "k"}},
		{"127.0.0.1:9000", "/b//k", address{bucket: "b", key: "/k"}},
		{"127.0.0.1:9000", "/b/a//b/../c/.", address{bucket: "b", key: "a//b/../c/."}},
		{"127.0.0.1:9000", "/b/%2e%2E%2Fx", address{bucket: "b", key: "../x"}},
		{"127.0.0.1:9000", "/b/a+b%20c%2B", address{bucket: "b", key: "a+b c+"}},
		{"127.0.0.1:9000", "/b/%3F%23%25", address{bucket: "b", key: "?#%"}},
		{"127.0.0.1:9000", "/b/" + long, address{bucket: "b", key: long}},
		{"localhost:9000", "/b/k", address{bucket: "b", key: "k"}},
		{"b.localhost:9000", "/k", address{bucket: "b", key: "k", virtual: true}},
		{"B.LocalHost", "/", address{bucket: "b", virtual: true}},
		{"my.bucket.localhost", "/x/y", address{bucket: "my.bucket", key: "x/y", virtual: true}},
		{"s3.example.com", "/b/k", address{bucket: "b", key: "k"}},
		{"b.s3.example.com", "/k", address{bucket: "b", key: "k", virtual: true}},
		{"b.example.com", "/k", address{bucket: "b", key: "k", virtual: true}},
		{"notexample.com", "/b/k", address{bucket: "b", key: "k"}},
		{".localhost", "/b/k", address{bucket: "b", key: "k"}},
		{"somebody.else", "/b/k", address{bucket: "b", key: "k"}},
		{"[::1]:9000", "/b/k", address{bucket: "b", key: "k"}},
	} {
		got, err := d.locateTarget(c.host, c.path)
		if err != nil || got != c.want {
			t.Errorf("%s %s: %+v, %v; want %+v", c.host, c.path, got, err, c.want)
		}
	}
}

func TestAddressesThatCannotBeReadAreRefused(t *testing.T) {
	d := domains{"localhost"}
	for _, path := range []string{"", "b/k", "/b/%", "/b/%4", "/b/%zz", "/b/%ff", "/b/%c3%28", "//k"} {
		if got, err := d.locateTarget("127.0.0.1", path); !errors.Is(err, errBadURI) {
			t.Errorf("%q: %+v, %v", path, got, err)
		}
	}
	var tooLong *object.KeyTooLongError
	if _, err := d.locate("127.0.0.1", "/b/"+strings.Repeat("k", object.MaxKeySize+1)); !errors.As(err, &tooLong) {
		t.Errorf("a key of 1025 bytes: %v", err)
	}
}

// locateTarget finds what a raw path on host names.
func (d domains) locateTarget(host, path string) (address, error) {
	target, err := sigv4.ParseTarget(path)
	if err != nil {
		return address{}, errBadURI
	}
	return d.locate(host, target.Path)
}

func FuzzLocate(f *testing.F) {
	f.Add("b.localhost:80", "/a%2fb")
	f.Add("::1", "//")
	f.Fuzz(func(t *testing.T, host, path string) {
		a, err := domains{"localhost", "s3.example.com"}.locateTarget(host, path)
		if err != nil {
			return
		}
		if a.bucket == "" && a.key != "" {
			t.Errorf("a key without a bucket: %+v", a)
		}
		if a.key != "" && object.CheckKey(a.key) != nil {
			t.Errorf("a key that cannot be: %q", a.key)
		}
	})
}
