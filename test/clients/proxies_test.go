package clients

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// proxies are the programs whose configuration docs/deployment.md gives. Each entry
// writes it into dir, changed for ports, files and addresses of a test, and returns
// the command that runs it.
var proxies = map[string]func(t *testing.T, dir, address, certificate, key, upstream string) *exec.Cmd{
	"nginx": func(t *testing.T, dir, address, certificate, key, upstream string) *exec.Cmd {
		need(t, "nginx")
		block := replaceAll(t, docsBlock(t, "deployment.md", "nginx"), map[string]string{
			"listen 443 ssl;":                  "listen " + address + " ssl;",
			"/etc/ssl/files.example.com.pem":   certificate,
			"/etc/ssl/files.example.com.key":   key,
			"proxy_pass http://127.0.0.1:9000": "proxy_pass " + upstream,
		})
		return nginx(t, dir, block)
	},
	"caddy": func(t *testing.T, dir, address, certificate, key, upstream string) *exec.Cmd {
		need(t, "caddy")
		block := replaceAll(t, docsBlock(t, "deployment.md", "caddy"), map[string]string{
			"files.example.com {": fmt.Sprintf("https://%s {\n\ttls %s %s", address, certificate, key),
			"127.0.0.1:9000":      strings.TrimPrefix(upstream, "http://"),
		})
		global := "{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n}\n"
		writeFile(t, dir, "Caddyfile", []byte(global+block+"\n"))
		return exec.Command("caddy", "run", "--adapter", "caddyfile", "--config", filepath.Join(dir, "Caddyfile"))
	},
}

// TestProxiesOfTheDocsPassEverythingOn runs Signet behind each proxy as the docs say.
func TestProxiesOfTheDocsPassEverythingOn(t *testing.T) {
	t.Parallel()
	for name, configure := range proxies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startProxy(t, configure)
			p.passesKeysAndHeaders(t)
			p.letsNoClientChooseItsAddress(t)
			p.buffersNothing(t)
			p.hidesTheMetrics(t)
		})
	}
}

// proxied is a server behind a proxy.
type proxied struct {
	*server
	direct string // the endpoint without the proxy
	log    *lockedBuilder
	http   *http.Client
	s3     *s3.Client
}

func startProxy(t *testing.T, configure func(t *testing.T, dir, address, certificate, key, upstream string) *exec.Cmd) *proxied {
	t.Helper()
	skipShort(t)
	address := freeAddress(t)
	s := start(t, &server{}, "--trusted-proxy", "127.0.0.1", "--public-url", "https://"+address)
	p := &proxied{server: s, direct: "http://" + s.listens}
	certificate, key := selfSigned(t)
	s.caBundle = certificate
	dir := t.TempDir()
	cmd := configure(t, dir, address, certificate, key, p.direct)
	cmd.Env = cleanEnv(dir)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(readFile(t, filepath.Dir(certificate), filepath.Base(certificate)))
	p.http = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableCompression: true}}
	p.s3 = s3.New(s3.Options{
		BaseEndpoint: aws.String(s.endpoint), Region: "us-east-1", UsePathStyle: true, HTTPClient: p.http,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: accessKeyID, SecretAccessKey: secretAccessKey}, nil
		}),
	})
	p.log = runProxy(t, cmd, func() bool {
		res, err := p.http.Get(s.endpoint + "/-/readyz")
		if err == nil {
			readAll(t, res.Body)
		}
		return err == nil
	})
	if _, err := p.s3.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("papers")}); err != nil {
		t.Fatal(err)
	}
	return p
}

// passesKeysAndHeaders: what signatures cover arrives as it was sent.
func (p *proxied) passesKeysAndHeaders(t *testing.T) {
	ctx := t.Context()
	body := []byte("\x1f\x8b not really compressed")
	for _, key := range []string{"report.pdf", "a//b/../c d+e%2F&=?#.txt", "./é", "dir/"} {
		if _, err := p.s3.PutObject(ctx, &s3.PutObjectInput{
			Bucket: aws.String("papers"), Key: aws.String(key), Body: bytes.NewReader(body),
			ContentEncoding: aws.String("gzip"), Metadata: map[string]string{"my_note": "kept"},
		}); err != nil {
			t.Fatalf("%q: %v", key, err)
		}
		url, err := s3.NewPresignClient(p.s3).PresignGetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("papers"), Key: aws.String(key)})
		if err != nil {
			t.Fatal(err)
		}
		// No Accept-Encoding: what is stored comes as it is.
		res, err := p.http.Get(url.URL)
		if err != nil {
			t.Fatal(err)
		}
		got := readAll(t, res.Body)
		if res.StatusCode != http.StatusOK || !bytes.Equal(got, body) || res.Header.Get("X-Amz-Meta-My_note") != "kept" {
			t.Errorf("%q came back as %s %q %v", key, res.Status, got, res.Header)
		}
	}
	upload, err := p.s3.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: aws.String("papers"), Key: aws.String("a+b")})
	if err != nil {
		t.Fatal(err)
	}
	part, err := p.s3.UploadPart(ctx, &s3.UploadPartInput{
		Bucket: upload.Bucket, Key: upload.Key, UploadId: upload.UploadId, PartNumber: aws.Int32(1), Body: bytes.NewReader(body),
	})
	if err != nil {
		t.Fatal(err)
	}
	done, err := p.s3.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: upload.Bucket, Key: upload.Key, UploadId: upload.UploadId,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: []types.CompletedPart{{PartNumber: aws.Int32(1), ETag: part.ETag}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := p.endpoint + "/papers/a%2Bb"; aws.ToString(done.Location) != want {
		t.Errorf("the completed upload is at %s, want %s", aws.ToString(done.Location), want)
	}
}

// letsNoClientChooseItsAddress: forwarding headers of the client's own do not count.
func (p *proxied) letsNoClientChooseItsAddress(t *testing.T) {
	ctx := t.Context()
	if _, err := p.s3.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: aws.String("papers"), Policy: aws.String(`{
		"Version": "2012-10-17", "Statement": [
		{"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::papers/*",
		 "Condition": {"NotIpAddress": {"aws:SourceIp": "127.0.0.1/32"}}},
		{"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::papers/*",
		 "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}`)}); err != nil {
		t.Fatal(err)
	}
	url, err := s3.NewPresignClient(p.s3).PresignGetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("papers"), Key: aws.String("report.pdf")})
	if err != nil {
		t.Fatal(err)
	}
	for _, lines := range []http.Header{
		{},
		{"X-Forwarded-For": {"203.0.113.9"}, "X-Forwarded-Proto": {"http"}},
		{"X-Forwarded-For": {"203.0.113.9", "198.51.100.1"}, "X-Forwarded-Proto": {"http", "http"}},
		{"X-Forwarded-For": {"203.0.113.9, 127.0.0.1"}, "Forwarded": {"for=203.0.113.9;proto=http"}, "X-Real-Ip": {"203.0.113.9"}},
	} {
		r, err := http.NewRequest(http.MethodGet, url.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header = lines
		res, err := p.http.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if body := readAll(t, res.Body); res.StatusCode != http.StatusOK {
			t.Errorf("with %v: %s %s", lines, res.Status, body)
		}
	}
}

// buffersNothing: a client that reads slowly costs the proxy no disk, and one that
// sends slowly neither.
func (p *proxied) buffersNothing(t *testing.T) {
	ctx := t.Context()
	const size = 32 << 20
	if _, err := p.s3.PutObject(ctx, &s3.PutObjectInput{
		Bucket: aws.String("papers"), Key: aws.String("large"), Body: bytes.NewReader(make([]byte, size)),
	}); err != nil {
		t.Fatal(err)
	}
	out, err := p.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("papers"), Key: aws.String("large")})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Body.Close()
	// The proxy reads from the server meanwhile what it would buffer.
	if _, err := io.CopyN(io.Discard, out.Body, 1); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond)
	if n, err := io.Copy(io.Discard, out.Body); err != nil || n != size-1 {
		t.Errorf("%d bytes came: %v", n, err)
	}
	if log := p.log.String(); strings.Contains(log, "temporary file") {
		t.Errorf("the proxy keeps bodies in files:\n%s", log)
	}
}

// hidesTheMetrics: no client of the proxy reads them.
func (p *proxied) hidesTheMetrics(t *testing.T) {
	res, err := p.http.Get(p.endpoint + "/-/metrics")
	if err != nil {
		t.Fatal(err)
	}
	if body := readAll(t, res.Body); res.StatusCode != http.StatusNotFound || bytes.Contains(body, []byte("signet_requests_total")) {
		t.Errorf("the metrics through the proxy are %s %.200s", res.Status, body)
	}
}

// replaceAll replaces texts that must be there.
func replaceAll(t *testing.T, text string, replacements map[string]string) string {
	t.Helper()
	for from, to := range replacements {
		if !strings.Contains(text, from) {
			t.Fatalf("the block has no %q", from)
		}
		text = strings.ReplaceAll(text, from, to)
	}
	return text
}
