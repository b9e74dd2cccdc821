package s3

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/signet-store/signet"
	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/front"
)

// The accounts of a world. Its people are their root users, main and alt, those
// that user adds, and nobody, "".
const mainAccount, altAccount = "123456789012", "210987654321"

var canonicalIDs = map[string]string{mainAccount: strings.Repeat("c0", 32), altAccount: strings.Repeat("a1", 32)}

// world is a server with people of several accounts. It implements auth.Keys and
// Principals.
type world struct {
	testing.TB
	handler *testHandler
	people  map[string]access.Principal // by name, which is the access key's ID too
	client  front.Client
}

func newWorld(t testing.TB, change func(*testOptions)) *world {
	w := &world{TB: t, people: make(map[string]access.Principal), client: front.Client{IP: "192.0.2.1"}}
	for name, account := range map[string]string{"main": mainAccount, "alt": altAccount} {
		w.people[name] = access.Principal{
			AccountID: account, CanonicalID: canonicalIDs[account], ARN: "arn:aws:iam::" + account + ":root", ID: account, Root: true,
		}
	}
	w.handler = newTestHandler(t, func(o *testOptions) {
		o.Verifier = auth.New(auth.Options{Keys: w, Region: "us-east-1", Service: "s3", SigV2: true, Now: time.Now})
		o.Principals = w
		if change != nil {
			change(o)
		}
	})
	return w
}

const secretOfAll = "testtesttesttesttesttesttesttesttesttest"

// Key implements auth.Keys.
func (w *world) Key(_ context.Context, id, _ string) (auth.Key, error) {
	p, ok := w.people[id]
	if !ok {
		return auth.Key{}, auth.ErrUnknownKey
	}
	return auth.Key{ID: id, Secret: secretOfAll, Principal: p}, nil
}

// Find implements Principals.
func (w *world) Find(_ context.Context, principal string) (id string, found bool, err error) {
	for _, p := range w.people {
		switch {
		case p.ARN == principal && !p.Root:
			id, _, _ = strings.Cut(p.ID, ":")
			return id, true, nil
		case p.ARN == principal || p.AccountID == principal:
			found = true
		}
	}
	return "", found, nil
}

// ARNOf implements Principals.
func (w *world) ARNOf(_ context.Context, id string) (string, error) {
	for _, p := range w.people {
		switch role, _, session := strings.Cut(p.ID, ":"); {
		case session && role == id:
			return p.Role, nil
		case p.ID == id && !p.Root:
			return p.ARN, nil
		}
	}
	return "", nil
}

// AccountOf implements Principals.
func (w *world) AccountOf(_ context.Context, canonicalID string) (string, error) {
	for account, id := range canonicalIDs {
		if id == canonicalID {
			return account, nil
		}
	}
	return "", nil
}

// displayNames are the names of the accounts, by canonical ID.
var displayNames = map[string]string{canonicalIDs[mainAccount]: "main & co", canonicalIDs[altAccount]: "alt"}

// NameOf implements Principals.
func (w *world) NameOf(_ context.Context, canonicalID string) (string, error) {
	return displayNames[canonicalID], nil
}

// user adds an IAM user with identity policies.
func (w *world) user(name, account string, policies ...string) {
	w.Helper()
	p := access.Principal{
		AccountID: account, CanonicalID: canonicalIDs[account], ARN: "arn:aws:iam::" + account + ":user/" + name, ID: "AIDA" + (strings.ToUpper(name) + "XXXXXXXXXXXXXXXXX")[:17], Name: name,
	}
	for _, document := range policies {
		policy, err := access.ParsePolicy([]byte(document), access.IdentityPolicy)
		if err != nil {
			w.Fatal(err)
		}
		p.Policies = append(p.Policies, policy)
	}
	w.people[name] = p
}

// policy is a document of one version and these statements.
func policy(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

// answered is what somebody got.
type answered struct {
	status        int
	code, message string
	body          string
	header        http.Header
}

// sent returns a header of the answer.
func (a answered) sent(name string) string { return field(&http.Response{Header: a.header}, name) }

var (
	codeElement    = regexp.MustCompile(`<Code>(.*?)</Code>`)
	messageElement = regexp.MustCompile(`<Message>(.*?)</Message>`)
)

func (w *world) serve(r *http.Request) answered {
	w.Helper()
	if r.ContentLength == 0 {
		r.Header.Set("Content-Length", "0") // as clients do, and httptest does not
	}
	r.RemoteAddr = "" // of a client that is not known
	if w.client.IP != "" {
		r.RemoteAddr = net.JoinHostPort(w.client.IP, "1234")
	}
	if w.client.TLS {
		r.TLS = &tls.ConnectionState{Version: tls.VersionTLS13}
	}
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, r)
	a := answered{status: recorder.Code, body: recorder.Body.String(), header: recorder.Result().Header}
	if m := codeElement.FindStringSubmatch(a.body); m != nil && a.status >= 300 {
		a.code = m[1]
		a.message = strings.ReplaceAll(messageElement.FindStringSubmatch(a.body)[1], "&quot;", `"`)
	}
	return a
}

// ask is a request: PUT /bucket/key?acl.
type ask struct {
	what    string
	body    string
	headers []string // "Name: value"
}

func (q ask) parts() (method, path, query string, header http.Header) {
	method, target, _ := strings.Cut(q.what, " ")
	path, query, _ = strings.Cut(target, "?")
	header = http.Header{}
	for _, line := range q.headers {
		name, value, _ := strings.Cut(line, ": ")
		header.Add(name, value)
	}
	return method, path, query, header
}

// url presigns q.
func (w *world) url(who string, q ask, at time.Time) string {
	w.Helper()
	method, path, query, header := q.parts()
	bucket, key, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	values, err := url.ParseQuery(query)
	if err != nil {
		w.Fatal(err)
	}
	p, err := signet.New(signet.Options{
		Credentials: signet.Credentials{AccessKeyID: who, SecretAccessKey: secretOfAll}, Endpoint: "http://127.0.0.1", PathStyle: true,
	})
	if err != nil {
		w.Fatal(err)
	}
	target, err := p.Presign(signet.Request{
		Method: method, Bucket: bucket, Key: key, NoKey: key == "", Expires: time.Hour, Time: at, Header: header, Query: values,
	})
	if err != nil {
		w.Fatal(err)
	}
	return target
}

// do sends what somebody asks for: with a presigned URL, or unsigned.
func (w *world) do(who string, q ask) answered {
	w.Helper()
	method, path, query, header := q.parts()
	target := "http://127.0.0.1" + path
	if query != "" {
		target += "?" + query
	}
	if who != "" {
		target = w.url(who, q, time.Time{})
	}
	r := httptest.NewRequest(method, target, strings.NewReader(q.body))
	for name, values := range header {
		r.Header[name] = values
	}
	return w.serve(r)
}

// signed sends it with a signature in a header.
func (w *world) signed(who string, q ask) answered {
	w.Helper()
	method, path, query, header := q.parts()
	target := "http://127.0.0.1" + path
	if query != "" {
		target += "?" + query
	}
	r := httptest.NewRequest(method, target, strings.NewReader(q.body))
	for name, values := range header {
		r.Header[name] = values
	}
	const unsigned = "UNSIGNED-PAYLOAD"
	r.Header.Set("X-Amz-Content-Sha256", unsigned)
	err := v4.NewSigner().SignHTTP(context.Background(), aws.Credentials{AccessKeyID: who, SecretAccessKey: secretOfAll}, r, unsigned, "s3", "us-east-1", time.Now())
	if err != nil {
		w.Fatal(err)
	}
	return w.serve(r)
}

// old sends it with a URL of signature version 2.
func (w *world) old(who string, q ask) answered {
	w.Helper()
	method, path, _, _ := q.parts()
	expires := time.Now().Add(time.Hour).Unix()
	mac := hmac.New(sha1.New, []byte(secretOfAll))
	fmt.Fprintf(mac, "%s\n\n\n%d\n%s", method, expires, path)
	query := url.Values{"AWSAccessKeyId": {who}, "Expires": {fmt.Sprint(expires)}, "Signature": {base64.StdEncoding.EncodeToString(mac.Sum(nil))}}
	return w.serve(httptest.NewRequest(method, "http://127.0.0.1"+path+"?"+query.Encode(), strings.NewReader(q.body)))
}

// upload sends a form that somebody signed, with further fields.
func (w *world) upload(who, bucket, key string, fields ...signet.Field) answered {
	w.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	all := append([]signet.Field{{Name: "key", Value: key}}, fields...)
	if who != "" {
		all = append(w.formSignature(who, bucket, all), all...)
	}
	for _, f := range all {
		form.WriteField(f.Name, f.Value)
	}
	file, _ := form.CreateFormFile("file", "f")
	file.Write([]byte("posted"))
	form.Close()
	r := httptest.NewRequest("POST", "http://127.0.0.1/"+bucket, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	return w.serve(r)
}

// formSignature returns the fields that sign the others, by version 2.
func (w *world) formSignature(who, bucket string, fields []signet.Field) []signet.Field {
	conditions := []string{`{"bucket":"` + bucket + `"}`}
	for _, f := range fields {
		conditions = append(conditions, fmt.Sprintf(`["eq",%q,%q]`, "$"+f.Name, f.Value))
	}
	document := fmt.Sprintf(`{"expiration":%q,"conditions":[%s]}`, time.Now().Add(time.Hour).UTC().Format("2006-01-02T15:04:05Z"), strings.Join(conditions, ","))
	encoded := base64.StdEncoding.EncodeToString([]byte(document))
	mac := hmac.New(sha1.New, []byte(secretOfAll))
	mac.Write([]byte(encoded))
	return []signet.Field{
		{Name: "AWSAccessKeyId", Value: who}, {Name: "policy", Value: encoded}, {Name: "signature", Value: base64.StdEncoding.EncodeToString(mac.Sum(nil))},
	}
}

// must is do, and fails the test unless it succeeds.
func (w *world) must(who, what string, more ...string) string {
	w.Helper()
	q := ask{what: what}
	if len(more) > 0 {
		q.body, q.headers = more[0], more[1:]
	}
	a := w.do(who, q)
	if a.status >= 300 {
		w.Fatalf("%s: %s %v: %d %s", who, what, q.headers, a.status, a.body)
	}
	return a.body
}

// try is do, and fails the test unless the answer is want: "" for a success, or an
// error's code.
func (w *world) try(want, who, what string, more ...string) answered {
	w.Helper()
	q := ask{what: what}
	if len(more) > 0 {
		q.body, q.headers = more[0], more[1:]
	}
	a := w.do(who, q)
	if a.code != want || (want == "") != (a.status < 300) {
		w.Errorf("%s: %s %v: %d %s %s, want %s", who, what, more, a.status, a.code, a.message, want)
	}
	return a
}

// fetch gets a URL.
func (w *world) fetch(target string) answered {
	w.Helper()
	return w.serve(httptest.NewRequest("GET", target, nil))
}
