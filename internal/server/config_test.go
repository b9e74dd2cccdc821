package server

import (
	"net"
	"strings"
	"testing"

	"github.com/signet-store/signet/internal/identity"
)

func TestAConfigurationThatCannotBeIsRefused(t *testing.T) {
	negative := Size(-1)
	for name, c := range map[string]struct {
		config Config
		want   string
	}{
		"listen without port":       {Config{Listen: "localhost"}, "not HOST:PORT"},
		"region with spaces":        {Config{Region: "us east"}, "region"},
		"region with a slash":       {Config{Region: "us/east"}, "region"},
		"domain with a port":        {Config{Domains: []string{"example.com:9000"}}, "not a host name"},
		"domain with a wildcard":    {Config{Domains: []string{"*.example.com"}}, "not a host name"},
		"empty label":               {Config{Domains: []string{"a..b"}}, "not a host name"},
		"public URL without scheme": {Config{PublicURLs: []string{"s3.example.com"}}, "not http://HOST"},
		"public URL of ftp":         {Config{PublicURLs: []string{"ftp://s3.example.com"}}, "not http://HOST"},
		"public URL with a path":    {Config{PublicURLs: []string{"https://example.com/s3"}}, "more than a scheme"},
		"public URL with a query":   {Config{PublicURLs: []string{"https://example.com?x=1"}}, "more than a scheme"},
		"public URL with a user":    {Config{PublicURLs: []string{"https://u:p@example.com"}}, "more than a scheme"},
		"public URL for a shell":    {Config{PublicURLs: []string{"https://$(id)"}}, "not http://HOST"},
		"public URL with a quote":   {Config{PublicURLs: []string{"https://a'b"}}, "not http://HOST"},
		"certificate without key":   {Config{TLSCert: "cert.pem"}, "both files or none"},
		"key without certificate":   {Config{TLSKey: "key.pem"}, "both files or none"},
		"negative reserve":          {Config{FreeSpaceReserve: &negative}, "negative"},
		"half a key":                {Config{RootKey: identity.RootKey{ID: "admin"}}, "secret access key"},
		"the other half":            {Config{RootKey: identity.RootKey{Secret: identity.NewSecret("password")}}, "access key ID"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.config.Check(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
	if err := (Config{}).Check(); err != nil {
		t.Errorf("the zero value is refused: %v", err)
	}
}

func TestTheEndpointIsWhatClientsCanUse(t *testing.T) {
	for _, c := range []struct {
		listen string
		config Config
		want   string
	}{
		{"127.0.0.1:9000", Config{}, "http://127.0.0.1:9000"},
		{"0.0.0.0:9000", Config{}, "http://127.0.0.1:9000"},
		{"[::]:80", Config{}, "http://127.0.0.1:80"},
		{"[::1]:9000", Config{}, "http://[::1]:9000"},
		{"192.168.1.2:9000", Config{}, "http://192.168.1.2:9000"},
		{"127.0.0.1:9000", Config{TLSCert: "c", TLSKey: "k"}, "https://127.0.0.1:9000"},
		{"127.0.0.1:9000", Config{PublicURLs: []string{"https://s3.example.com/", "https://other.example.com"}}, "https://s3.example.com"},
	} {
		addr, err := net.ResolveTCPAddr("tcp", c.listen)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.config.Check(); err != nil {
			t.Error(err)
		}
		if got := c.config.endpoint(addr); got != c.want {
			t.Errorf("listening on %s: %s, want %s", c.listen, got, c.want)
		}
	}
}
