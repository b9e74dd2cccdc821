package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// storeFor returns a store whose server is handler.
func storeFor(t *testing.T, handler http.HandlerFunc) *store {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	endpoint, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return newStore(&connection{
		accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret", region: "us-east-1", endpoint: endpoint,
	}, time.Now)
}

func TestListingReadsEveryPageInOrder(t *testing.T) {
	pages := map[string]string{
		"": `<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextContinuationToken>a+b=</NextContinuationToken>
			<Contents><Key>a+b%2B%C3%BC</Key><Size>3</Size><LastModified>2026-01-02T03:04:05.000Z</LastModified></Contents>
			<Contents><Key>z</Key><Size>0</Size><LastModified>2026-01-02T03:04:05.000Z</LastModified></Contents>
			<CommonPrefixes><Prefix>dir+1%2F</Prefix></CommonPrefixes></ListBucketResult>`,
		"a+b=": `<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>zz+%</Key><Size>5</Size><LastModified>2026-01-02T03:04:05.000Z</LastModified></Contents></ListBucketResult>`,
	}
	s := storeFor(t, func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		if r.URL.Path != "/bucket" || query.Get("prefix") != "p &" || query.Get("delimiter") != "/" || query.Get("encoding-type") != "url" {
			t.Errorf("asked for %s", r.URL)
		}
		io.WriteString(w, pages[query.Get("continuation-token")])
	})
	var got []string
	err := s.eachObject(context.Background(), s3URI{"bucket", "p &"}, "/", func(l listed) error {
		if l.Folder != "" {
			got = append(got, "folder "+l.Folder)
		} else {
			got = append(got, fmt.Sprintf("%s %d", l.Key, *l.Size))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a b+ü 3", "folder dir 1/", "z 0", "zz+% 5"}, got); diff != "" {
		t.Errorf("the listing (-want +got):\n%s", diff)
	}
}

func TestListingThatNeverEndsIsAnError(t *testing.T) {
	for _, token := range []string{"", "again"} {
		s := storeFor(t, func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>%s</NextContinuationToken></ListBucketResult>`, token)
		})
		err := s.eachObject(context.Background(), s3URI{bucket: "bucket"}, "", func(listed) error { return nil })
		if err != errEndlessListing {
			t.Errorf("with token %q: %v", token, err)
		}
	}
}

func TestRefusalsAreSaidInOneLine(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		header string
		body   string
		want   string
	}{
		"S3's error": {
			403, "", `<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>`,
			"s3://bucket/key: AccessDenied: Access Denied",
		},
		"several lines and escapes": {
			400, "", "<Error><Code>Bad</Code><Message>\nfirst\nsecond \u202e</Message></Error>",
			"s3://bucket/key: Bad: first second \ufffd",
		},
		"another region in the document": {
			400, "", `<Error><Code>AuthorizationQueryParametersError</Code><Message>the region is wrong</Message><Region>eu-west-1</Region></Error>`,
			"s3://bucket/key: AuthorizationQueryParametersError: the region is wrong (the server's region is eu-west-1: use --region eu-west-1)",
		},
		"another region in the header": {
			301, "eu-west-1", ``,
			"s3://bucket/key: the server answered 301 Moved Permanently (the server's region is eu-west-1: use --region eu-west-1)",
		},
		"the region that was signed for": {
			403, "us-east-1", `<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>`,
			"s3://bucket/key: AccessDenied: Access Denied",
		},
		"no document":   {502, "", "<html>Bad Gateway</html>", "s3://bucket/key: the server answered 502 Bad Gateway"},
		"cut document":  {500, "", "<Error><Code>Intern", "s3://bucket/key: the server answered 500 Internal Server Error"},
		"code only":     {503, "", "<Error><Code>SlowDown</Code></Error>", "s3://bucket/key: SlowDown"},
		"endless error": {500, "", "<Error><Code>" + strings.Repeat("x", maxErrorBody), "s3://bucket/key: the server answered 500 Internal Server Error"},
	} {
		t.Run(name, func(t *testing.T) {
			s := storeFor(t, func(w http.ResponseWriter, r *http.Request) {
				if test.header != "" {
					w.Header().Set("X-Amz-Bucket-Region", test.header)
				}
				w.WriteHeader(test.status)
				io.WriteString(w, test.body)
			})
			_, err := s.do(context.Background(), request{method: http.MethodGet, target: s3URI{"bucket", "key"}})
			if err == nil || err.Error() != test.want {
				t.Errorf("the error is\n%v, want\n%s", err, test.want)
			}
			if !isStatus(err, test.status) {
				t.Errorf("the error does not have status %d", test.status)
			}
		})
	}
}

func TestErrorsHoldNoSignature(t *testing.T) {
	s := storeFor(t, func(w http.ResponseWriter, r *http.Request) {
		connection, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		connection.Close()
	})
	_, err := s.do(context.Background(), request{method: http.MethodGet, target: s3URI{"bucket", "key"}})
	if err == nil || strings.Contains(err.Error(), "X-Amz-") || !strings.Contains(err.Error(), s.conn.endpoint.Host) {
		t.Errorf("the error is %v", err)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	requests := 0
	s := storeFor(t, func(w http.ResponseWriter, r *http.Request) {
		requests++
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	})
	err := s.succeed(context.Background(), request{method: http.MethodGet, target: s3URI{"bucket", "key"}})
	if !isStatus(err, http.StatusTemporaryRedirect) || requests != 1 {
		t.Errorf("after %d requests: %v", requests, err)
	}
}

func TestRefusedUploadIsNotSent(t *testing.T) {
	s := storeFor(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
	})
	body := strings.NewReader(strings.Repeat("x", 1<<20))
	err := s.succeed(context.Background(), request{
		method: http.MethodPut, target: s3URI{"bucket", "key"}, body: body, length: int64(body.Len()),
	})
	if !isStatus(err, http.StatusForbidden) {
		t.Errorf("the upload ended with %v", err)
	}
	if body.Len() != 1<<20 {
		t.Errorf("%d bytes were read for a request that was refused", 1<<20-body.Len())
	}
}

func TestUploadSendsSignedHeadersAndLength(t *testing.T) {
	s := storeFor(t, func(w http.ResponseWriter, r *http.Request) {
		const signed = "SignedHeaders=content-length;content-type;host;x-amz-content-sha256;x-amz-date,"
		if got := r.Header.Get("Authorization"); !strings.Contains(got, signed) || r.URL.RawQuery != "" {
			t.Errorf("the signature is %q with the query %q", got, r.URL.RawQuery)
		}
		body, err := io.ReadAll(r.Body)
		if string(body) != "content" || err != nil || r.ContentLength != 7 || r.Header.Get("Content-Type") != "text/x-test" {
			t.Errorf("%q arrived with length %d and type %q: %v", body, r.ContentLength, r.Header.Get("Content-Type"), err)
		}
		if got := r.URL.EscapedPath(); got != "/bucket/a//../b%20%2B" {
			t.Errorf("arrived at %q", got)
		}
	})
	err := s.succeed(context.Background(), request{
		method: http.MethodPut, target: s3URI{"bucket", "a//../b +"}, header: http.Header{"Content-Type": {"text/x-test"}},
		body: strings.NewReader("content"), length: 7,
	})
	if err != nil {
		t.Error(err)
	}
}

func TestStalledConnectionEnds(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"before an answer": func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
		},
		"within an answer": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "10")
			w.WriteHeader(http.StatusOK)
			io.WriteString(w, "half")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := storeFor(t, handler)
			s.stall = 50 * time.Millisecond
			response, err := s.do(context.Background(), request{method: http.MethodGet, target: s3URI{"bucket", "key"}})
			if err == nil {
				_, err = io.ReadAll(response.Body)
				response.Body.Close()
			}
			if !errors.Is(err, errStalled) {
				t.Errorf("it ended with %v", err)
			}
		})
	}
}
