package s3

import (
	"testing"

	"github.com/signet-store/signet/internal/front"
)

func TestLocationIsTheURLByWhichOthersReachTheObject(t *testing.T) {
	h := &Handler{schemes: newSchemes([]string{
		"https://files.example.com", "http://plain.example.org:8080", "https://odd.example.org:8443/", "HTTPS://Other.example.net:443",
	})}
	for _, c := range []struct {
		name, host string
		tls        bool
		address    address
		want       string
	}{
		{"a plain connection", "127.0.0.1:9000", false, address{bucket: "b", key: "k"}, "http://127.0.0.1:9000/b/k"},
		{"TLS, here or at a trusted proxy", "s3.example.org", true, address{bucket: "b", key: "k"}, "https://s3.example.org/b/k"},
		{"an https public URL", "files.example.com", false, address{bucket: "b", key: "k"}, "https://files.example.com/b/k"},
		{"its name in capitals with its port", "FILES.example.com:443", false, address{bucket: "b", key: "k"}, "https://FILES.example.com:443/b/k"},
		{"another port of its host", "files.example.com:9000", false, address{bucket: "b", key: "k"}, "http://files.example.com:9000/b/k"},
		{"a bucket below it", "b.files.example.com", false, address{bucket: "b", key: "k", virtual: true}, "https://b.files.example.com/k"},
		{"a public URL with a port", "odd.example.org:8443", false, address{bucket: "b", key: "k"}, "https://odd.example.org:8443/b/k"},
		{"a public URL in capitals", "other.example.net", false, address{bucket: "b", key: "k"}, "https://other.example.net/b/k"},
		{"an http public URL", "plain.example.org:8080", true, address{bucket: "b", key: "k"}, "http://plain.example.org:8080/b/k"},
		{"a name that only ends like it", "morefiles.example.com", false, address{bucket: "b", key: "k"}, "http://morefiles.example.com/b/k"},
		{"an address of version 6", "[::1]:443", false, address{bucket: "b", key: "k"}, "http://[::1]:443/b/k"},
		{
			"a key that needs escapes", "h", false, address{bucket: "b", key: "a+b c%2F/../é&<"},
			"http://h/b/a%2Bb%20c%252F/../%C3%A9%26%3C",
		},
	} {
		r := &request{handler: h, in: &front.Request{Host: c.host, Client: front.Client{TLS: c.tls}}, address: c.address}
		if got := r.objectURL(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
