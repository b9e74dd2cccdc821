package s3

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/front"
)

// Question asks what would become of a request that is made with a presigned URL.
type Question struct {
	// Method is the request's, "" where it is not known: then it is the first of
	// GET, PUT, HEAD, DELETE and POST that the URL is signed for.
	Method string
	// Host and Target are those of the URL; Target is its path and query, raw.
	Host, Target string
	// Header is what would be sent along, by name.
	Header map[string]string
	// Client is who would send it.
	Client front.Client
}

// Explanation says what would become of a request.
type Explanation struct {
	// Method is the question's, or the one that was found; "" for none.
	Method string
	// Operation is Amazon's name, "" where none was found. Bucket, Key and Version
	// are what it acts on, Owner the account that the bucket belongs to, "" where
	// there is none.
	Operation, Bucket, Key, Version, Owner string
	// Caller is the ARN of who signed, Account their account and AccessKeyID the
	// key; "" where the signature was refused.
	Caller, Account, AccessKeyID string
	// Works says that the request would be let through to what it asks for.
	// Otherwise Status, Code and Message are the answer, and Step says what refused
	// it: address, operation, signature, feature, arguments, lookup or
	// permission.
	Works         bool
	Step          string
	Status        int
	Code, Message string
	// Of a decision on policies: why it was refused, the policy and the statement that
	// refused it, and the account whose policies decided. Each is "" where no policy decided.
	Reason, Policy, Statement, Decider string
	// Accounts are all whose policies were looked at: the signer's, and the owners of
	// the buckets that the request reads or writes.
	Accounts []string
}

// questionMethods are tried where a question has no method.
var questionMethods = [...]string{http.MethodGet, http.MethodPut, http.MethodHead, http.MethodDelete, http.MethodPost}

// Explain answers q by the steps that a request takes, up to the one that would do
// what it asks for. Nothing is read of a body, changed, counted or logged.
func (h *Handler) Explain(ctx context.Context, q Question) Explanation {
	if q.Method != "" {
		e, _ := h.explain(ctx, q)
		return e
	}
	var first Explanation
	for i, method := range questionMethods {
		q.Method = method
		e, err := h.explain(ctx, q)
		// A signature tells methods apart, and that there is no such operation.
		if !errors.Is(err, auth.ErrSignatureMismatch) && e.Step != "operation" {
			return e
		}
		if i == 0 {
			first = e
		}
	}
	first.Method, first.Operation = "", ""
	return first
}

func (h *Handler) explain(ctx context.Context, q Question) (Explanation, error) {
	r := h.newRequest(ctx, front.Imagined(q.Method, q.Host, q.Target, q.Header, q.Client))
	step, err := r.ask()
	e := Explanation{
		Method: q.Method, Bucket: r.address.bucket, Key: r.address.key, Version: r.target.Query.Get("versionId"),
		Owner: r.bucket.Owner.AccountID, Works: err == nil,
	}
	if r.op != nil {
		e.Operation = r.op.name
	}
	if r.auth != nil {
		e.Caller, e.Account, e.AccessKeyID = r.auth.Principal.ARN, r.auth.Principal.AccountID, r.auth.KeyID
	}
	for _, account := range [...]string{e.Account, e.Owner, r.source.in.Owner.AccountID} {
		if account != "" && !slices.Contains(e.Accounts, account) {
			e.Accounts = append(e.Accounts, account)
		}
	}
	if err != nil {
		// Not what the answer tells the owner's account in more words: who asks may be
		// of another.
		a, known := answerTo(err, r.subject())
		if !known {
			r.logFailure("explaining a request failed", err)
		}
		if step == "permission" && !errors.Is(err, errAccessDenied) {
			step = "lookup" // it is allowed, and told what is missing
		}
		e.Step, e.Status, e.Code, e.Message = step, a.status, a.code, printable(a.message)
		if refused := a.denied; refused != nil {
			e.Reason, e.Policy, e.Statement = refused.decision.Reason, refused.decision.Policy, refused.decision.Statement
			e.Decider = refused.decider(e.Account)
		}
	}
	return e, err
}

// ask takes a question through the pipeline, and names the step that refused it.
func (r *request) ask() (step string, err error) {
	for _, s := range [...]struct {
		name string
		step func(*request) error
	}{
		{"address", (*request).findAddress}, {"operation", (*request).findOperation}, {"signature", (*request).verify},
		{"feature", (*request).refuseAbsent}, {"arguments", (*request).checkArguments}, {"lookup", (*request).findFacts}, {"permission", (*request).decide},
	} {
		if err := s.step(r); err != nil {
			return s.name, err
		}
		if r.op != nil && (r.op.targets != nil || r.op == &postObject) {
			return s.name, notImplemented("explaining a request that its body describes")
		}
	}
	return "", nil
}

// printable replaces in a message what no error document can hold.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if !inXML(c) {
			return utf8.RuneError
		}
		return c
	}, s)
}
