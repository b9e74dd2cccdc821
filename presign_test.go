package signet_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/signet-store/signet"
)

const (
	exampleID     = "AKIAIOSFODNN7EXAMPLE"
	exampleSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	exampleToken  = "SESSION+TOKEN/EXAMPLE="
)

var exampleTime = time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)

func newPresigner(t testing.TB, change func(*signet.Options)) *signet.Presigner {
	t.Helper()
	o := signet.Options{
		Credentials: signet.Credentials{AccessKeyID: exampleID, SecretAccessKey: exampleSecret},
		Endpoint:    "https://s3.example.com",
		Now:         func() time.Time { return exampleTime },
	}
	if change != nil {
		change(&o)
	}
	p, err := signet.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Source: sigv4-query-string-auth in Amazon's S3 API reference.
func TestAmazonsExampleOfAPresignedURL(t *testing.T) {
	p := newPresigner(t, func(o *signet.Options) { o.Endpoint = "https://s3.amazonaws.com" })
	got, err := p.Get("examplebucket", "test.txt", 24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	const want = "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256" +
		"&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request" +
		"&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host" +
		"&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestEachMethodSignsItsOwnRequest(t *testing.T) {
	p := newPresigner(t, nil)
	for method, presign := range map[string]func() (string, error){
		"GET":    func() (string, error) { return p.Get("photos", "a b", time.Minute) },
		"HEAD":   func() (string, error) { return p.Head("photos", "a b", time.Minute) },
		"PUT":    func() (string, error) { return p.Put("photos", "a b", time.Minute) },
		"DELETE": func() (string, error) { return p.Delete("photos", "a b", time.Minute) },
	} {
		want, err := p.Presign(signet.Request{Method: method, Bucket: "photos", Key: "a b", Expires: time.Minute, Time: exampleTime})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := presign(); err != nil || got != want {
			t.Errorf("%s: got %s, %v; want %s", method, got, err, want)
		}
	}
	want, err := p.Presign(signet.Request{
		Method: "PUT", Bucket: "photos", Key: "a b", Expires: time.Minute,
		Query: url.Values{"uploadId": {"u+1"}, "partNumber": {"10000"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.UploadPart("photos", "a b", "u+1", 10000, time.Minute); err != nil || got != want {
		t.Errorf("UploadPart: got %s, %v; want %s", got, err, want)
	}
}

func TestAddresses(t *testing.T) {
	tests := []struct {
		endpoint string
		style    string // "", path or virtual
		bucket   string
		noKey    bool
		want     string
	}{
		{"https://s3.example.com", "virtual", "photos", false, "https://photos.s3.example.com/k"},
		{"https://s3.example.com", "path", "photos", false, "https://s3.example.com/photos/k"},
		{"https://s3.example.com/", "path", "photos", true, "https://s3.example.com/photos"},
		{"https://s3.example.com/", "virtual", "photos", true, "https://photos.s3.example.com/"},
		{"https://s3.example.com/", "virtual", "", true, "https://s3.example.com/"},
		{"https://s3.example.com/base//", "path", "", true, "https://s3.example.com/base"},
		{"https://S3.Example.com:443", "virtual", "photos", false, "https://photos.s3.example.com/k"},
		{"http://s3.example.com:443", "virtual", "photos", false, "http://photos.s3.example.com:443/k"},
		{"http://s3.example.com:80", "virtual", "photos", false, "http://photos.s3.example.com/k"},
		{"https://s3.example.com:", "virtual", "photos", false, "https://photos.s3.example.com/k"},
		{"http://s3.example.com", "virtual", "my.photos", false, "http://my.photos.s3.example.com/k"},
		{"https://s3.example.com", "virtual", "my.photos", false, "https://s3.example.com/my.photos/k"},
		{"http://s3.example.com", "virtual", "Photos", false, "http://s3.example.com/Photos/k"},
		{"http://s3.example.com", "virtual", "photos-", false, "http://s3.example.com/photos-/k"},
		{"http://s3.example.com", "virtual", "a-.-b", false, "http://s3.example.com/a-.-b/k"},
		{"http://s3.example.com", "virtual", "pho_tos", false, "http://s3.example.com/pho_tos/k"},
		{"http://s3.example.com", "virtual", strings.Repeat("a", 64), false, "http://s3.example.com/" + strings.Repeat("a", 64) + "/k"},
		{"http://localhost:9000", "virtual", "photos", false, "http://localhost:9000/photos/k"},
		{"http://127.0.0.1:9000", "virtual", "photos", false, "http://127.0.0.1:9000/photos/k"},
		{"http://[::1]:9000", "virtual", "photos", false, "http://[::1]:9000/photos/k"},
		{"https://s3.example.com", "", "photos", false, "https://s3.example.com/photos/k"},
		{"https://s3.example.com", "", "photos", true, "https://s3.example.com/photos"},
		{"https://amazonaws.com.example", "", "photos", false, "https://amazonaws.com.example/photos/k"},
		{"https://S3.eu-west-1.amazonaws.com", "", "photos", false, "https://photos.s3.eu-west-1.amazonaws.com/k"},
		{"https://s3.cn-north-1.amazonaws.com.cn", "", "photos", false, "https://photos.s3.cn-north-1.amazonaws.com.cn/k"},
		{"https://s3.eu-west-1.amazonaws.com", "path", "photos", false, "https://s3.eu-west-1.amazonaws.com/photos/k"},
		{"https://s3.eu-west-1.amazonaws.com", "virtual", "photos", false, "https://photos.s3.eu-west-1.amazonaws.com/k"},
		{"", "", "photos", false, "https://photos.s3.us-east-1.amazonaws.com/k"},
		{"", "path", "photos", false, "https://s3.us-east-1.amazonaws.com/photos/k"},
	}
	for _, tt := range tests {
		p := newPresigner(t, func(o *signet.Options) {
			o.Endpoint, o.PathStyle, o.VirtualHosted = tt.endpoint, tt.style == "path", tt.style == "virtual"
		})
		r := signet.Request{Method: "GET", Bucket: tt.bucket, Key: "k", NoKey: tt.noKey, Expires: time.Hour}
		if tt.noKey {
			r.Key = ""
		}
		u, err := p.Presign(r)
		if err != nil {
			t.Errorf("%+v: %v", tt, err)
			continue
		}
		if got, _, _ := strings.Cut(u, "?"); got != tt.want {
			t.Errorf("%+v: got %s", tt, got)
		}
	}
}

func TestOptionsThatCouldNeverWork(t *testing.T) {
	for _, tt := range []struct {
		change func(*signet.Options)
		want   error
	}{
		{func(o *signet.Options) { o.AccessKeyID = "" }, signet.ErrCredentials},
		{func(o *signet.Options) { o.SecretAccessKey = "" }, signet.ErrCredentials},
		{func(o *signet.Options) { o.Region = "us/east" }, signet.ErrRegion},
		{func(o *signet.Options) { o.Region = "us east" }, signet.ErrRegion},
		{func(o *signet.Options) { o.Region = strings.Repeat("a", 300) }, signet.ErrRegion},
		{func(o *signet.Options) { o.Endpoint = "s3.example.com" }, signet.ErrEndpoint},
		{func(o *signet.Options) { o.Endpoint = "localhost:9000" }, signet.ErrEndpoint},
		{func(o *signet.Options) { o.Endpoint = "ftp://s3.example.com" }, signet.ErrEndpoint},
		{func(o *signet.Options) { o.Endpoint = "https://" }, signet.ErrEndpoint},
		{func(o *signet.Options) { o.Endpoint = "https://:9000" }, signet.ErrEndpoint},
		{func(o *signet.Options) { o.Endpoint = "https://user:" + exampleSecret + "@s3.example.com" }, signet.ErrEndpoint},
		{func(o *signet.Options) { o.Endpoint = "https://user:%zz" + exampleToken + "@s3.example.com" }, signet.ErrEndpoint},
		{func(o *signet.Options) { o.Endpoint = "https://s3.example.com/?a=b" }, signet.ErrEndpoint},
		{func(o *signet.Options) { o.Endpoint = "https://s3.example.com/?" }, signet.ErrEndpoint},
		{func(o *signet.Options) { o.Endpoint = "https://s3.example.com/#a" }, signet.ErrEndpoint},
		{func(o *signet.Options) { o.Endpoint = "https://s3.example.com:0" }, signet.ErrEndpoint},
		{func(o *signet.Options) { o.PathStyle, o.VirtualHosted = true, true }, signet.ErrEndpoint},
		{func(o *signet.Options) { o.Endpoint = "https://s3.example.com:65536" }, signet.ErrEndpoint},
		{func(o *signet.Options) { o.Endpoint = "https://s3.exämple.com" }, signet.ErrEndpoint},
		{func(o *signet.Options) { o.Endpoint = "http://[fe80::1%25eth0]:9000" }, signet.ErrEndpoint},
	} {
		o := signet.Options{
			Credentials: signet.Credentials{AccessKeyID: exampleID, SecretAccessKey: exampleSecret, SessionToken: exampleToken},
			Endpoint:    "https://s3.example.com",
		}
		tt.change(&o)
		_, err := signet.New(o)
		if !errors.Is(err, tt.want) {
			t.Errorf("%v: error is %v, want %v", o, err, tt.want)
		}
		hidesSecrets(t, fmt.Sprintf("%v %#v", err, err))
	}
}

func TestRequestsThatCouldNeverWork(t *testing.T) {
	p := newPresigner(t, func(o *signet.Options) { o.SessionToken = exampleToken })
	for _, tt := range []struct {
		name   string
		change func(*signet.Request)
		want   error
	}{
		{"no method", func(r *signet.Request) { r.Method = "" }, signet.ErrMethod},
		{"method in lower case", func(r *signet.Request) { r.Method = "get" }, signet.ErrMethod},
		{"method with a line break", func(r *signet.Request) { r.Method = "GET\n" }, signet.ErrMethod},
		{"no bucket", func(r *signet.Request) { r.Bucket = "" }, signet.ErrBucket},
		{"no bucket, a key and NoKey", func(r *signet.Request) { r.Bucket, r.NoKey = "", true }, signet.ErrKey},
		{"bucket of two bytes", func(r *signet.Request) { r.Bucket = "ab" }, signet.ErrBucket},
		{"bucket of 256 bytes", func(r *signet.Request) { r.Bucket = strings.Repeat("a", 256) }, signet.ErrBucket},
		{"bucket with a slash", func(r *signet.Request) { r.Bucket = "a/b" }, signet.ErrBucket},
		{"bucket with a question mark", func(r *signet.Request) { r.Bucket = "a?b" }, signet.ErrBucket},
		{"bucket with an umlaut", func(r *signet.Request) { r.Bucket = "büro" }, signet.ErrBucket},
		{"bucket of dots", func(r *signet.Request) { r.Bucket = "..." }, signet.ErrBucket},
		{"bucket that begins with a hyphen", func(r *signet.Request) { r.Bucket = "-abc" }, signet.ErrBucket},
		{"bucket like an address", func(r *signet.Request) { r.Bucket = "192.168.1.1" }, signet.ErrBucket},
		{"no key", func(r *signet.Request) { r.Key = "" }, signet.ErrKey},
		{"a key and NoKey", func(r *signet.Request) { r.NoKey = true }, signet.ErrKey},
		{"key of 1025 bytes", func(r *signet.Request) { r.Key = strings.Repeat("a", 1025) }, signet.ErrKey},
		{"key that is not UTF-8", func(r *signet.Request) { r.Key = "a\xff" }, signet.ErrKey},
		{"no expiry", func(r *signet.Request) { r.Expires = 0 }, signet.ErrExpires},
		{"less than a second", func(r *signet.Request) { r.Expires = time.Second - 1 }, signet.ErrExpires},
		{"negative expiry", func(r *signet.Request) { r.Expires = -time.Hour }, signet.ErrExpires},
		{"more than a week", func(r *signet.Request) { r.Expires = 7*24*time.Hour + 1 }, signet.ErrExpires},
		{"before 1970", func(r *signet.Request) { r.Time = time.Date(1969, 1, 1, 0, 0, 0, 0, time.UTC) }, signet.ErrTime},
		{"year 10000", func(r *signet.Request) { r.Time = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }, signet.ErrTime},
		{"header host", func(r *signet.Request) { r.Header = http.Header{"host": {"a"}} }, signet.ErrHeader},
		{"header authorization", func(r *signet.Request) { r.Header = http.Header{"Authorization": {exampleSecret}} }, signet.ErrHeader},
		{"header that proxies change", func(r *signet.Request) { r.Header = http.Header{"Transfer-Encoding": {"chunked"}} }, signet.ErrHeader},
		{"header twice", func(r *signet.Request) { r.Header = http.Header{"X-Amz-Acl": {"a"}, "x-amz-acl": {"b"}} }, signet.ErrHeader},
		{"header without a name", func(r *signet.Request) { r.Header = http.Header{"": {"a"}} }, signet.ErrHeader},
		{"header with a space", func(r *signet.Request) { r.Header = http.Header{"X A": {"a"}} }, signet.ErrHeader},
		{"header with a semicolon", func(r *signet.Request) { r.Header = http.Header{"A;B": {"a"}} }, signet.ErrHeader},
		{"header with a line break", func(r *signet.Request) { r.Header = http.Header{"A": {exampleSecret + "\r\nB: c"}} }, signet.ErrHeader},
		{"query with an expiry", func(r *signet.Request) { r.Query = url.Values{"X-Amz-Expires": {"1"}} }, signet.ErrQuery},
		{"query with a token", func(r *signet.Request) { r.Query = url.Values{"x-amz-security-token": {exampleToken}} }, signet.ErrQuery},
		{"query without a name", func(r *signet.Request) { r.Query = url.Values{"": {"1"}} }, signet.ErrQuery},
	} {
		r := signet.Request{Method: "GET", Bucket: "photos", Key: "cat.jpg", Expires: time.Hour}
		tt.change(&r)
		u, err := p.Presign(r)
		if !errors.Is(err, tt.want) || u != "" {
			t.Errorf("%s: got %q, %v; want %v", tt.name, u, err, tt.want)
		}
		hidesSecrets(t, fmt.Sprintf("%v %#v", err, err))
	}
	for _, part := range []int{-1, 0, 10001} {
		if _, err := p.UploadPart("photos", "cat.jpg", "u", part, time.Hour); !errors.Is(err, signet.ErrPart) {
			t.Errorf("part %d: error is %v, want ErrPart", part, err)
		}
	}
	if _, err := p.UploadPart("photos", "cat.jpg", "", 1, time.Hour); !errors.Is(err, signet.ErrPart) {
		t.Errorf("no upload ID: error is %v, want ErrPart", err)
	}
}

func TestTheBoundsOfExpiresWork(t *testing.T) {
	p := newPresigner(t, nil)
	for d, want := range map[time.Duration]string{
		time.Second: "X-Amz-Expires=1&", 1999 * time.Millisecond: "X-Amz-Expires=1&", 7 * 24 * time.Hour: "X-Amz-Expires=604800&",
	} {
		if u, err := p.Get("photos", "cat.jpg", d); err != nil || !strings.Contains(u, want) {
			t.Errorf("%v: got %s, %v; want %s", d, u, err, want)
		}
	}
}

func hidesSecrets(t *testing.T, s string) {
	t.Helper()
	for _, secret := range []string{exampleSecret, exampleToken, url.QueryEscape(exampleToken), url.QueryEscape(exampleSecret)} {
		if strings.Contains(s, secret) || strings.Contains(s, fmt.Sprintf("%x", secret)) || strings.Contains(s, fmt.Sprint([]byte(secret))) {
			t.Errorf("shows a secret: %s", s)
		}
	}
}

func TestNothingPrintsSecrets(t *testing.T) {
	c := signet.Credentials{AccessKeyID: exampleID, SecretAccessKey: exampleSecret, SessionToken: exampleToken}
	o := signet.Options{Credentials: c, Endpoint: "https://s3.example.com", Now: func() time.Time { return exampleTime }}
	p, err := signet.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Get("photos", "cat.jpg", time.Hour); err != nil { // so that a key is kept
		t.Fatal(err)
	}
	type holder struct{ p *signet.Presigner } // fmt can't call methods of what is in here
	for _, v := range []any{c, &c, o, &o, p, []any{c, o, p}, map[string]signet.Credentials{"a": c}, struct{ C signet.Credentials }{c}, holder{p}} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			hidesSecrets(t, fmt.Sprintf(format, v))
		}
		var log bytes.Buffer
		for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
			slog.New(h).Info("a line", "v", v)
		}
		hidesSecrets(t, log.String())
		if encoded, err := json.Marshal(v); err == nil {
			hidesSecrets(t, string(encoded))
		}
	}
	if s := fmt.Sprint(p); !strings.Contains(s, exampleID) || !strings.Contains(s, "s3.example.com") {
		t.Errorf("a presigner is %s, which does not say whose", s)
	}
}

func TestAPresignerFollowsTheDays(t *testing.T) {
	var now time.Time
	p := newPresigner(t, func(o *signet.Options) { o.Now = func() time.Time { return now } })
	for _, at := range []time.Time{
		exampleTime, exampleTime.Add(-time.Nanosecond), exampleTime.Add(24*time.Hour - 1),
		exampleTime.Add(24 * time.Hour), exampleTime.In(time.FixedZone("", -8*3600)), exampleTime.Add(365 * 24 * time.Hour),
	} {
		now = at
		got, err := p.Get("photos", "cat.jpg", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		want, err := newPresigner(t, nil).Presign(signet.Request{Method: "GET", Bucket: "photos", Key: "cat.jpg", Expires: time.Hour, Time: at})
		if err != nil {
			t.Fatal(err)
		}
		if got != want || !strings.Contains(got, "%2F"+at.UTC().Format("20060102")+"%2F") {
			t.Errorf("at %v: got %s, want %s", at, got, want)
		}
	}
}

func TestAPresignerServesManyAtOnce(t *testing.T) {
	p := newPresigner(t, nil)
	want := map[int64]string{}
	request := func(day int64) signet.Request {
		return signet.Request{Method: "GET", Bucket: "photos", Key: "cat.jpg", Expires: time.Hour, Time: exampleTime.Add(time.Duration(day) * 24 * time.Hour)}
	}
	for day := range int64(2) {
		u, err := newPresigner(t, nil).Presign(request(day))
		if err != nil {
			t.Fatal(err)
		}
		want[day] = u
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i := range int64(200) {
				if u, err := p.Presign(request(i % 2)); err != nil || u != want[i%2] {
					t.Errorf("got %s, %v; want %s", u, err, want[i%2])
					return
				}
			}
		})
	}
	group.Wait()
}

func TestPresignAllocatesTheURLAlone(t *testing.T) {
	p := newPresigner(t, func(o *signet.Options) { o.SessionToken = exampleToken })
	if n := testing.AllocsPerRun(100, func() {
		if _, err := p.Get("photos", "2025/a cat.jpg", time.Hour); err != nil {
			t.Fatal(err)
		}
	}); n > 1 {
		t.Errorf("%v allocations, want 1", n)
	}
}

// Any key comes back from its URL, and is what the path means to a server.
func FuzzPresign(f *testing.F) {
	for _, key := range []string{"cat.jpg", "a b+c%2F?#&=é", "//../.", "${filename}", "\x00\n", strings.Repeat("🙂", 256)} {
		f.Add("photos", key, "versionId", "a+b", int64(3600e9))
	}
	f.Fuzz(func(t *testing.T, bucket, key, name, value string, expires int64) {
		p := newPresigner(t, func(o *signet.Options) { o.PathStyle = true })
		u, err := p.Presign(signet.Request{
			Method: "GET", Bucket: bucket, Key: key, Expires: time.Duration(expires), Query: url.Values{name: {value}},
		})
		if err != nil {
			return
		}
		r, err := http.NewRequest("GET", u, nil)
		if err != nil {
			t.Fatalf("net/http can't send %s: %v", u, err)
		}
		if r.URL.Path != "/"+bucket+"/"+key || r.URL.Query().Get(name) != value {
			t.Fatalf("%s is path %q, %s=%q", u, r.URL.Path, name, r.URL.Query().Get(name))
		}
		l, err := signet.Parse(u, "s3.example.com")
		if err != nil {
			t.Fatal(err)
		}
		if l.Bucket != bucket || l.Key != key || l.Guessed || !l.Expires.Equal(exampleTime.Add(time.Duration(expires).Truncate(time.Second))) {
			t.Fatalf("%s is %+v", u, l)
		}
	})
}
