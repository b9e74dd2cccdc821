package server

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/signet-store/signet/internal/limit"
)

// limitedRequest is a request to a server with limits, by protocol.
type limitedRequest struct {
	method, path, body, service string
}

var (
	toS3      = limitedRequest{http.MethodGet, "/bucket/key", "", "s3"}
	toSTS     = limitedRequest{http.MethodPost, "/", "Action=GetCallerIdentity&Version=2011-06-15", "sts"}
	toIAM     = limitedRequest{http.MethodPost, "/", "Action=ListUsers&Version=2010-05-08", "iam"}
	toControl = limitedRequest{http.MethodPost, "/-/v1/explain", `{"url": "http://127.0.0.1/bucket/key"}`, "signet"}
)

// send sends a request, signed by the root user at now unless signed is false, and
// returns the answer with its body read.
func (q limitedRequest) send(t *testing.T, s *Server, signed bool, now time.Time, forwardedFor string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), q.method, s.Endpoint()+q.path, strings.NewReader(q.body))
	if err != nil {
		t.Fatal(err)
	}
	if q.service == "iam" || q.service == "sts" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	sum := sha256.Sum256([]byte(q.body))
	hash := hex.EncodeToString(sum[:])
	if signed {
		if q.service == "s3" {
			r.Header.Set("X-Amz-Content-Sha256", hash)
		}
		key, _ := s.RootKey()
		credentials := aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: key.Secret.Reveal()}
		if err := v4.NewSigner().SignHTTP(t.Context(), credentials, r, hash, q.service, "us-east-1", now); err != nil {
			t.Fatal(err)
		}
	}
	if forwardedFor != "" {
		r.Header.Set("X-Forwarded-For", forwardedFor)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

// slowedDown are the refusals of each protocol.
var slowedDown = map[string]struct {
	status int
	body   string
}{
	"s3":     {http.StatusServiceUnavailable, "<Code>SlowDown</Code><Message>Please reduce your request rate.</Message>"},
	"iam":    {http.StatusBadRequest, "<Code>Throttling</Code>"},
	"sts":    {http.StatusBadRequest, `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>Throttling</Code>`},
	"signet": {http.StatusServiceUnavailable, `"code":"SlowDown"`},
}

func TestWhatComesTooFastIsRefusedInEachProtocolsWords(t *testing.T) {
	now := time.Now()
	rate := limit.Rate{PerSecond: 0.5, Burst: 3}
	for name, c := range map[string]struct {
		config  Config
		signed  bool
		counted string
	}{
		"by address, unsigned": {Config{LimitPerAddress: rate}, false, `signet_limited_requests_total{limit="address"} 2`},
		"by address, signed":   {Config{LimitPerAddress: rate}, true, `signet_limited_requests_total{limit="address"} 2`},
		"by key":               {Config{LimitPerKey: rate}, true, `signet_limited_requests_total{limit="key"} 2`},
		"by both":              {Config{LimitPerKey: rate, LimitPerAddress: rate}, true, `signet_limited_requests_total{limit="address"} 2`},
	} {
		for _, q := range []limitedRequest{toS3, toIAM, toSTS, toControl} {
			t.Run(name+" "+q.service, func(t *testing.T) {
				c := c
				c.config.Now = func() time.Time { return now }
				s, _ := startServer(t, c.config)
				want := slowedDown[q.service]
				for i := range 5 {
					res, body := q.send(t, s, c.signed, now, "")
					limited := res.StatusCode == want.status && strings.Contains(body, want.body)
					if limited != (i >= 3) {
						t.Errorf("request %d: %d %s", i, res.StatusCode, body)
					}
					if after := res.Header.Get("Retry-After"); limited && after != "2" || !limited && after != "" {
						t.Errorf("request %d: Retry-After %q", i, after)
					}
				}
				for _, page := range []string{"healthz", "readyz"} {
					if status, body := fetch(t, oneShot(), s.Endpoint()+"/-/"+page); status != http.StatusOK {
						t.Errorf("%s: %d %s", page, status, body)
					}
				}
				if _, page := fetch(t, oneShot(), s.MetricsURL()); !strings.Contains(page, c.counted) {
					t.Errorf("not counted: %s", c.counted)
				}
			})
		}
	}
}

func TestALimitCountsAllProtocolsTogether(t *testing.T) {
	now := time.Now()
	s, _ := startServer(t, Config{LimitPerKey: limit.Rate{PerSecond: 1, Burst: 3}, Now: func() time.Time { return now }})
	for i, q := range []limitedRequest{toS3, toIAM, toControl, toSTS, toS3} {
		res, body := q.send(t, s, true, now, "")
		if limited := res.Header.Get("Retry-After") != ""; limited != (i >= 3) {
			t.Errorf("request %d: %d %s", i, res.StatusCode, body)
		}
	}
	// Nobody's requests have no key.
	for range 5 {
		if res, body := toS3.send(t, s, false, now, ""); res.StatusCode != http.StatusNotFound {
			t.Errorf("unsigned: %d %s", res.StatusCode, body)
		}
	}
}

func TestAddressesAreThoseThatTrustedProxiesTell(t *testing.T) {
	now := time.Now()
	rate := limit.Rate{PerSecond: 1, Burst: 1}
	for name, c := range map[string]struct {
		proxies []string
		limited []bool
	}{
		"the proxy is trusted": {[]string{"127.0.0.0/8"}, []bool{false, false, true, true, false}},
		"it is not":            {nil, []bool{false, true, true, true, true}},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := startServer(t, Config{LimitPerAddress: rate, TrustedProxies: c.proxies, Now: func() time.Time { return now }})
			for i, from := range []string{"192.0.2.1", "2001:db8::1", "2001:db8::2", "198.51.100.9, 192.0.2.1", "2001:db8:0:1::1"} {
				protocol := []limitedRequest{toS3, toIAM, toControl}[i%3]
				res, body := protocol.send(t, s, false, now, from)
				if limited := res.Header.Get("Retry-After") != ""; limited != c.limited[i] {
					t.Errorf("%s: %d %s", from, res.StatusCode, body)
				}
			}
		})
	}
}

func TestTimeMakesRoomForRequests(t *testing.T) {
	start := time.Now()
	var since atomic.Int64
	now := func() time.Time { return start.Add(time.Duration(since.Load())) }
	s, _ := startServer(t, Config{LimitPerAddress: limit.Rate{PerSecond: 1, Burst: 2}, Now: now})
	for i, c := range []struct {
		at      time.Duration
		limited bool
	}{{0, false}, {0, false}, {0, true}, {time.Second, false}, {time.Second, true}, {time.Minute, false}, {time.Minute, false}, {time.Minute, true}} {
		since.Store(int64(c.at))
		res, body := toS3.send(t, s, false, now(), "")
		if limited := res.StatusCode == http.StatusServiceUnavailable; limited != c.limited {
			t.Errorf("request %d: %d %s", i, res.StatusCode, body)
		}
	}
}
