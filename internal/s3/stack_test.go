package s3

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/signet-store/signet"
	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/blob/fileblob"
	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/front"
	"github.com/signet-store/signet/internal/kv/pebblekv"
	"github.com/signet-store/signet/internal/object"
)

var testCredentials = signet.Credentials{AccessKeyID: "AKIATESTTESTTESTTEST", SecretAccessKey: "testtesttesttesttesttesttesttesttesttest"}

// testKeys knows one key, of an account's root user.
type testKeys struct{}

func (testKeys) Key(_ context.Context, id, _ string) (auth.Key, error) {
	if id != testCredentials.AccessKeyID {
		return auth.Key{}, auth.ErrUnknownKey
	}
	return auth.Key{ID: id, Secret: testCredentials.SecretAccessKey, Principal: access.Principal{
		AccountID: "123456789012", CanonicalID: strings.Repeat("c0", 32), ARN: "arn:aws:iam::123456789012:root", Root: true,
	}}, nil
}

// testOptions are those of a Handler and of the Front before it.
type testOptions struct {
	Options
	Observe func(*front.Event)
}

// testHandler is a Handler behind a Front.
type testHandler struct {
	*Handler
	front *front.Front
}

func (h *testHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// As net/http does: a connection whose body cannot be read to its end is cut.
	defer func() {
		if p := recover(); p != nil && p != http.ErrAbortHandler {
			panic(p)
		}
	}()
	h.front.ServeHTTP(w, r)
}

// newTestHandler returns a handler on stores in memory.
func newTestHandler(t testing.TB, change func(*testOptions)) *testHandler {
	t.Helper()
	ctx := context.Background()
	fs := vfs.NewMem()
	quiet := slog.New(slog.DiscardHandler)
	records, err := pebblekv.Open("kv", pebblekv.Options{FS: fs, Log: quiet, Separated: content.SeparatedPrefixes()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { records.Close() })
	blobs, err := fileblob.Open("blobs", fileblob.Options{FS: fs, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { blobs.Close() })
	contents, err := content.Open(ctx, records, blobs, content.Options{InlineSize: 32 << 10, Log: quiet, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { contents.Close() })
	o := testOptions{Options: Options{
		Verifier: auth.New(auth.Options{Keys: testKeys{}, Region: "us-east-1", Service: "s3", SigV2: true, Now: time.Now}),
		Objects:  object.New(records, contents, object.Options{Log: quiet}),
		Region:   "us-east-1",
		Log:      quiet,
	}}
	if change != nil {
		change(&o)
	}
	h, err := New(o.Options)
	if err != nil {
		t.Fatal(err)
	}
	f, err := front.New(front.Options{
		Route:   func(*front.Request) (front.Handler, http.Handler) { return h, nil },
		Observe: o.Observe, Log: o.Log,
	})
	if err != nil {
		t.Fatal(err)
	}
	return &testHandler{h, f}
}

// presigner signs for requests to http://127.0.0.1.
func presigner(t testing.TB) *signet.Presigner {
	t.Helper()
	p, err := signet.New(signet.Options{Credentials: testCredentials, Region: "us-east-1", Endpoint: "http://127.0.0.1", PathStyle: true})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// send serves one presigned request.
func send(t testing.TB, h http.Handler, in signet.Request, body string) *http.Response {
	t.Helper()
	in.Expires, in.NoKey = time.Hour, in.Key == ""
	url, err := presigner(t).Presign(in)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(in.Method, url, strings.NewReader(body))
	for name, values := range in.Header {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}
