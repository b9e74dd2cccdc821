package server

import (
	"context"
	"net/http"
	"net/netip"
	"strings"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/control"
	"github.com/signet-store/signet/internal/limit"
	"github.com/signet-store/signet/internal/s3"
)

// newControl returns the program's own API on s and what answers S3 requests.
func newControl(c Config, s *stores, limits *limit.Limits, handler *s3.Handler) (*control.Handler, error) {
	return control.New(control.Options{
		Verifier: auth.New(auth.Options{
			Keys: keys{s.identity}, Region: c.Region, OtherRegions: []string{iamRegion}, Service: control.Service, Now: c.Now,
		}),
		Explainer: explainer{c, handler},
		Context: func(r *http.Request, _ *auth.Result) access.Context {
			return controlKeys{c.proxies.client(r)}
		},
		Limits: limits,
		Address: func(r *http.Request) netip.Addr {
			addr, _ := netip.ParseAddr(c.proxies.client(r).IP)
			return addr
		},
		Log: c.Log.With("part", "control"),
	})
}

// controlKeys are the condition keys of a request to the program's own API.
type controlKeys struct{ client s3.Client }

// Values implements access.Context.
func (k controlKeys) Values(key string) []string {
	switch key {
	case "aws:sourceip":
		return []string{k.client.IP}
	case "aws:securetransport":
		if k.client.TLS {
			return []string{"true"}
		}
		return []string{"false"}
	}
	return nil
}

// explainer lets control ask s3.
type explainer struct {
	config  Config
	handler *s3.Handler
}

// Explain implements control.Explainer.
func (x explainer) Explain(ctx context.Context, q control.Question) control.Explanation {
	client := x.config.proxies.client(q.From)
	if addr, err := netip.ParseAddr(q.SourceIP); err == nil {
		client.IP = addr.Unmap().String()
	}
	client.TLS = q.Parsed.Scheme == "https"
	header := http.Header{}
	for name, value := range q.Headers {
		header.Set(name, strings.TrimSpace(value))
	}
	// What the URL says, byte for byte: nothing is cleaned before it is verified.
	rest := q.URL[strings.Index(q.URL, "://")+len("://"):]
	target := "/"
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		target = rest[i:]
		if target[0] == '?' {
			target = "/" + target
		}
	}
	target, _, _ = strings.Cut(target, "#")
	e := x.handler.Explain(ctx, s3.Question{
		Method: q.Method, Host: q.Parsed.Host, Target: target, Header: header, Client: client,
	})
	return control.Explanation{
		Works: e.Works, Step: e.Step, Status: e.Status, Code: e.Code, Message: e.Message,
		Reason: e.Reason, Policy: e.Policy, Statement: e.Statement,
		Method: e.Method, Operation: e.Operation, Bucket: e.Bucket, Key: e.Key, VersionID: e.Version,
		Caller: e.Caller, AccessKeyID: e.AccessKeyID, Account: e.Account, Owner: e.Owner,
	}
}
