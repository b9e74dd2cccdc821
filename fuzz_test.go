package signet_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/signet-store/signet"
)

// FuzzEndpoint presigns for endpoints as people write them: what is taken can be sent
// to, and the secret is nowhere in it.
func FuzzEndpoint(f *testing.F) {
	for _, s := range []string{"http://127.0.0.1:9000", "https://S3.Example.com:443/base/", "http://[fe80::1%25eth0]", "http://h/a%2Fb c", "http://user@h", "//h", "http://h:99999", ""} {
		f.Add(s, "bucket", false)
		f.Add(s, "my.bucket", true)
	}
	const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	f.Fuzz(func(t *testing.T, endpoint, bucket string, virtual bool) {
		p, err := signet.New(signet.Options{
			Credentials: signet.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: secret},
			Region:      "us-east-1", Endpoint: endpoint, VirtualHosted: virtual,
		})
		if err != nil {
			return
		}
		u, err := p.Get(bucket, "a/b", time.Hour)
		if err != nil {
			return
		}
		r, err := http.NewRequest("GET", u, nil)
		if err != nil {
			t.Fatalf("net/http can't send %s: %v", u, err)
		}
		if !strings.HasPrefix(r.Host, bucket+".") && !strings.HasSuffix(r.URL.Path, "/"+bucket+"/a/b") || !strings.HasSuffix(r.URL.Path, "/a/b") {
			t.Errorf("%q: %s is not of bucket %q", endpoint, u, bucket)
		}
		if strings.Contains(u, secret) || r.URL.User != nil || r.URL.Fragment != "" {
			t.Errorf("%q: %s", endpoint, u)
		}
	})
}
