package auth

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/minio/minio-go/v7"
	miniocredentials "github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/signet-store/signet/internal/checksum"
)

// seen is what a Verifier found of one request that a client sent.
type seen struct {
	result  *Verified
	payload []byte
	err     error
	mode    string // x-amz-content-sha256
}

// verifier is a server that verifies what clients send and answers nothing else.
type verifier struct {
	*httptest.Server
	mu   sync.Mutex
	seen []seen
}

func newVerifierServer(t *testing.T, secure bool) *verifier {
	s := &verifier{}
	v := New(Options{
		Keys: testKeys{testID: testSecret}, Region: testRegion, Service: "s3", SigV2: true, Now: time.Now,
	})
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, h *http.Request) {
		path, query, _ := strings.Cut(h.RequestURI, "?")
		bucket, key, _ := strings.Cut(strings.TrimPrefix(h.URL.Path, "/"), "/")
		res, payload, err := verifyAll(v, &arrival{
			Method: h.Method, Path: path, Query: query, Host: h.Host, Header: h.Header,
			Bucket: bucket, Key: key, Body: h.Body, ContentLength: h.ContentLength,
		})
		s.mu.Lock()
		s.seen = append(s.seen, seen{res, payload, err, h.Header.Get(contentSHA256)})
		s.mu.Unlock()
		if err != nil {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		w.Header().Set("ETag", `"x"`)
	}))
	if secure {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

// take returns the only request that was seen since the last time.
func (s *verifier) take(t *testing.T) seen {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.seen) != 1 {
		t.Fatalf("%d requests were seen", len(s.seen))
	}
	one := s.seen[0]
	s.seen = nil
	if one.err != nil {
		t.Fatal(one.err)
	}
	return one
}

// checkTrailer checks that the checksum that trailed a payload is the payload's, and
// returns how many there were.
func (s *seen) checkTrailer(t *testing.T) (n int) {
	t.Helper()
	for _, a := range checksum.Algorithms() {
		value := s.result.Trailer(a.Header())
		if value == "" {
			continue
		}
		n++
		h := a.New()
		h.Write(s.payload)
		if want := (checksum.Sum{Algorithm: a, Value: h.Sum(nil)}).String(); value != want {
			t.Errorf("the trailing %s is %s, want %s", a, value, want)
		}
	}
	return n
}

func TestWhatMinioGoSendsIsVerified(t *testing.T) {
	payload := bytes.Repeat([]byte("0123456789"), 20000) // four chunks
	var modes []string
	for _, secure := range []bool{false, true} {
		s := newVerifierServer(t, secure)
		for _, v2 := range []bool{false, true} {
			provider := miniocredentials.NewStaticV4
			if v2 {
				provider = miniocredentials.NewStaticV2
			}
			for _, trailing := range []bool{false, true} {
				client, err := minio.New(s.Listener.Addr().String(), &minio.Options{
					Creds: provider(testID, testSecret, ""), Secure: secure, Region: testRegion, TrailingHeaders: trailing,
					Transport: s.Client().Transport, BucketLookup: minio.BucketLookupPath, MaxRetries: 1,
				})
				if err != nil {
					t.Fatal(err)
				}
				for _, sums := range []minio.ChecksumType{minio.ChecksumNone, minio.ChecksumCRC32C, minio.ChecksumSHA256} {
					if (v2 || !trailing) && sums != minio.ChecksumNone {
						continue // minio-go refuses
					}
					_, err = client.PutObject(t.Context(), "bucket", "a b/ü", bytes.NewReader(payload), int64(len(payload)),
						minio.PutObjectOptions{Checksum: sums, DisableMultipart: true, UserMetadata: map[string]string{"who": "me"}})
					if err != nil {
						t.Fatal(err)
					}
					one := s.take(t)
					modes = append(modes, one.mode)
					if !bytes.Equal(one.payload, payload) {
						t.Errorf("%s: another payload of %d bytes", one.mode, len(one.payload))
					}
					if strings.HasSuffix(one.mode, "-TRAILER") != (one.checkTrailer(t) > 0) {
						t.Errorf("%s: no trailer", one.mode)
					}
				}
				url, err := client.PresignedGetObject(t.Context(), "bucket", "a b/ü", time.Hour, nil)
				if err != nil {
					t.Fatal(err)
				}
				get(t, s, url.String())
				if one := s.take(t); one.result.Carrier != CarrierQuery || (one.result.Scheme == SchemeV2) != v2 {
					t.Errorf("found %v in the %v", one.result.Scheme, one.result.Carrier)
				}
			}
		}
	}
	for _, mode := range []string{
		"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
		"STREAMING-UNSIGNED-PAYLOAD-TRAILER", "UNSIGNED-PAYLOAD",
	} {
		if !slices.Contains(modes, mode) {
			t.Errorf("no request was of mode %s, but of %q", mode, modes)
		}
	}
}

func get(t *testing.T, s *verifier, url string) {
	t.Helper()
	resp, err := s.Client().Get(url)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}

func TestWhatTheGoSDKSendsIsVerified(t *testing.T) {
	const payload = "0123456789"
	var modes []string
	for _, secure := range []bool{false, true} {
		s := newVerifierServer(t, secure)
		client := s3.New(s3.Options{
			Region: testRegion, BaseEndpoint: aws.String(s.URL), UsePathStyle: true, HTTPClient: s.Client(),
			Credentials:      credentials.NewStaticCredentialsProvider(testID, testSecret, ""),
			RetryMaxAttempts: 1,
		})
		for _, algorithm := range []types.ChecksumAlgorithm{"", "CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"} {
			for _, body := range []io.Reader{strings.NewReader(payload), struct{ io.Reader }{strings.NewReader(payload)}} {
				_, seekable := body.(io.Seeker)
				if !secure && !seekable {
					continue // the SDK refuses
				}
				_, err := client.PutObject(t.Context(), &s3.PutObjectInput{
					Bucket: aws.String("bucket"), Key: aws.String("a b/ü"), Body: body, ChecksumAlgorithm: algorithm,
					ContentLength: aws.Int64(int64(len(payload))), Metadata: map[string]string{"who": "me"},
				})
				one := s.take(t)
				modes = append(modes, one.mode)
				if err != nil {
					t.Error(err)
				}
				if string(one.payload) != payload {
					t.Errorf("%s: the payload is %q", one.mode, one.payload)
				}
				if strings.HasSuffix(one.mode, "-TRAILER") != (one.checkTrailer(t) > 0) {
					t.Errorf("%s: no trailer", one.mode)
				}
			}
		}
		presign := s3.NewPresignClient(client)
		got, err := presign.PresignGetObject(t.Context(), &s3.GetObjectInput{
			Bucket: aws.String("bucket"), Key: aws.String("a b/ü"), ChecksumMode: types.ChecksumModeEnabled,
		})
		if err != nil {
			t.Fatal(err)
		}
		get(t, s, got.URL)
		if one := s.take(t); one.result.Fields.Get("X-Amz-Checksum-Mode") != "ENABLED" {
			t.Errorf("the checksum mode is %q", one.result.Fields.Get("X-Amz-Checksum-Mode"))
		}
		put, err := presign.PresignPutObject(t.Context(), &s3.PutObjectInput{
			Bucket: aws.String("bucket"), Key: aws.String("a"), Metadata: map[string]string{"who": "me"},
			StorageClass: types.StorageClassStandard,
		})
		if err != nil {
			t.Fatal(err)
		}
		send, err := http.NewRequestWithContext(t.Context(), put.Method, put.URL, strings.NewReader(payload))
		if err != nil {
			t.Fatal(err)
		}
		for name, values := range put.SignedHeader {
			if name != "Host" && name != "Content-Length" {
				send.Header[name] = values
			}
		}
		resp, err := s.Client().Do(send)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if one := s.take(t); string(one.payload) != payload || one.result.Fields.Get("X-Amz-Meta-Who") != "me" {
			t.Errorf("the upload is %q with %v", one.payload, one.result.Fields)
		}
	}
	for _, mode := range []string{"STREAMING-UNSIGNED-PAYLOAD-TRAILER", hexSHA256(payload)} {
		if !slices.Contains(modes, mode) {
			t.Errorf("no request was of mode %s, but of %q", mode, modes)
		}
	}
}
