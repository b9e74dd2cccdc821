package clients

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/chromedp/chromedp"
)

// fetched is what a page's script learns about a request it made.
type fetched struct {
	Refused string // why the browser gave it no answer
	Status  int
	ETag    string // "" also if it may not see the header
	Type    string
	Body    string
}

func TestBrowserFetchesFromAnotherOrigin(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	client := awsClient(t, s.endpoint, s.caBundle)
	presigner := s3.NewPresignClient(client)
	ctx := context.Background()
	browser := newBrowser(t)
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!DOCTYPE html><title>Another origin</title>")
	}))
	defer site.Close()
	bucket, key := aws.String("web"), aws.String("dir/from a browser ü.txt")
	_, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: bucket})
	check(err)
	// What a page sends: a type and metadata, that make the browser ask first.
	put, err := presigner.PresignPutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: key, Metadata: map[string]string{"who": "Ada"}})
	check(err)
	get, err := presigner.PresignGetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: key})
	check(err)
	none, err := presigner.PresignGetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("missing")})
	check(err)
	if _, err := chromedp.Run(browser, chromedp.NavigateResponse(site.URL)); err != nil {
		t.Fatal(err)
	}
	fetch := func(url, options string) fetched {
		t.Helper()
		answer, err := chromedp.Run(browser, chromedp.Evaluate[fetched](`fetch(`+strconv.Quote(url)+`, `+options+`).then(
			async (r) => ({ Status: r.status, ETag: r.headers.get("ETag") ?? "", Type: r.headers.get("Content-Type") ?? "", Body: await r.text() }),
			(error) => ({ Refused: String(error) }))`,
			chromedp.EvalAwaitPromise))
		check(err)
		return answer
	}
	// What the SDK signed and a browser may set.
	upload := `{ method: "PUT", body: "from a page", headers: { "Content-Type": "text/x-test", "x-amz-meta-who": "Ada" } }`

	if answer := fetch(put.URL, upload); answer.Refused == "" {
		t.Errorf("without rules, a page of another origin uploads: %+v", answer)
	}
	_, err = client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: bucket, Key: key})
	wantCode(t, err, "NotFound")
	if answer := fetch(get.URL, `{ cache: "no-store" }`); answer.Refused == "" {
		t.Errorf("without rules, a page of another origin reads: %+v", answer)
	}

	configure := func(origin string) {
		t.Helper()
		_, err := client.PutBucketCors(ctx, &s3.PutBucketCorsInput{Bucket: bucket, CORSConfiguration: &types.CORSConfiguration{CORSRules: []types.CORSRule{{
			AllowedOrigins: []string{origin}, AllowedMethods: []string{"GET", "PUT"},
			AllowedHeaders: []string{"content-type", "x-amz-*"}, ExposeHeaders: []string{"ETag"},
			// The browser is to forget what it was told before.
			MaxAgeSeconds: aws.Int32(0),
		}}}})
		check(err)
	}
	configure("https://example.com")
	if answer := fetch(put.URL, upload); answer.Refused == "" {
		t.Errorf("with rules for others, the page uploads: %+v", answer)
	}
	configure(site.URL)
	sum := md5.Sum([]byte("from a page"))
	etag := `"` + hex.EncodeToString(sum[:]) + `"`
	if answer := fetch(put.URL, upload); answer.Status != 200 || answer.ETag != etag {
		t.Errorf("with rules, the upload is answered %+v", answer)
	}
	head, err := client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: bucket, Key: key})
	check(err)
	if aws.ToString(head.ContentType) != "text/x-test" || head.Metadata["who"] != "Ada" || *head.ContentLength != 11 {
		t.Errorf("what the page uploaded is %+v", head)
	}
	if answer := fetch(get.URL, `{ cache: "no-store" }`); (answer != fetched{Status: 200, ETag: etag, Type: "text/x-test", Body: "from a page"}) {
		t.Errorf("the download is answered %+v", answer)
	}
	// Errors can be read too.
	if answer := fetch(none.URL, `{}`); answer.Status != 404 || answer.Body == "" {
		t.Errorf("a missing object is answered %+v", answer)
	}
	expired, err := presigner.PresignGetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: key}, s3.WithPresignExpires(time.Second))
	check(err)
	tampered := expired.URL[:len(expired.URL)-4] + "0000"
	if answer := fetch(tampered, `{}`); answer.Status != 403 || answer.Body == "" {
		t.Errorf("a wrong signature is answered %+v", answer)
	}
	// What no rule allows is refused before it is sent.
	if answer := fetch(put.URL, `{ method: "PUT", body: "x", headers: { "x-other": "1" } }`); answer.Refused == "" {
		t.Errorf("a header that no rule allows is answered %+v", answer)
	}
	_, err = client.DeleteBucketCors(ctx, &s3.DeleteBucketCorsInput{Bucket: bucket})
	check(err)
	if answer := fetch(get.URL, `{ cache: "no-store" }`); answer.Refused == "" {
		t.Errorf("after the rules are gone, the page reads: %+v", answer)
	}
}
