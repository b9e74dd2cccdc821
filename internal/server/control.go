package server

import (
	"context"
	"net/netip"
	"strings"

	"github.com/signet-store/signet/internal/control"
	"github.com/signet-store/signet/internal/front"
	"github.com/signet-store/signet/internal/s3"
)

// explainer lets control ask s3.
type explainer struct{ handler *s3.Handler }

// Explain implements control.Explainer.
func (x explainer) Explain(ctx context.Context, q control.Question) control.Explanation {
	client := front.Client{IP: q.From.IP, TLS: q.Parsed.Scheme == "https"}
	if addr, err := netip.ParseAddr(q.SourceIP); err == nil {
		client.IP = addr.Unmap().String()
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
		Method: q.Method, Host: q.Parsed.Host, Target: target, Header: q.Headers, Client: client,
	})
	return control.Explanation{
		Works: e.Works, Step: e.Step, Status: e.Status, Code: e.Code, Message: e.Message,
		Reason: e.Reason, Policy: e.Policy, Statement: e.Statement, Decider: e.Decider, Accounts: e.Accounts,
		Method: e.Method, Operation: e.Operation, Bucket: e.Bucket, Key: e.Key, VersionID: e.Version,
		Caller: e.Caller, AccessKeyID: e.AccessKeyID, Account: e.Account, Owner: e.Owner,
	}
}
