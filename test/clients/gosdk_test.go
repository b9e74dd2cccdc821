package clients

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"github.com/minio/minio-go/v7"
	miniocredentials "github.com/minio/minio-go/v7/pkg/credentials"
)

// awsClient returns Amazon's client as its defaults make it, but that names
// below localhost are this machine, which not every resolver knows.
func awsClient(t *testing.T, endpoint, caBundle string) *s3.Client {
	t.Helper()
	options := []func(*config.LoadOptions) error{
		config.WithRegion("us-east-1"),
		config.WithBaseEndpoint(endpoint),
		config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(accessKeyID, secretAccessKey, "")),
		config.WithSharedConfigFiles([]string{}),
		config.WithSharedCredentialsFiles([]string{}),
		config.WithHTTPClient(awshttp.NewBuildableClient().WithTransportOptions(func(transport *http.Transport) {
			dial := transport.DialContext
			transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
				if host, port, err := net.SplitHostPort(address); err == nil && strings.HasSuffix(host, ".localhost") {
					address = net.JoinHostPort("127.0.0.1", port)
				}
				return dial(ctx, network, address)
			}
		})),
	}
	if caBundle != "" {
		bundle, err := os.Open(caBundle)
		if err != nil {
			t.Fatal(err)
		}
		defer bundle.Close()
		options = append(options, config.WithCustomCABundle(bundle))
	}
	cfg, err := config.LoadDefaultConfig(context.Background(), options...)
	if err != nil {
		t.Fatal(err)
	}
	return s3.NewFromConfig(cfg)
}

func TestAWSSDKForGo(t *testing.T) {
	t.Parallel()
	plain, secure := startServer(t), startTLSServer(t)
	for name, s := range map[string]struct{ endpoint, caBundle string }{
		"path style":                   {plain.endpoint, ""},
		"virtual-hosted style":         {plain.localhost(), ""},
		"path style over TLS":          {secure.endpoint, secure.caBundle},
		"virtual-hosted style and TLS": {secure.localhost(), secure.caBundle},
	} {
		t.Run(name, func(t *testing.T) {
			bucket := strings.ReplaceAll("sdk-"+strings.ToLower(name), " ", "-")
			testAWSSDK(t, awsClient(t, s.endpoint, s.caBundle), bucket)
		})
	}
}

func testAWSSDK(t *testing.T, client *s3.Client, bucket string) {
	ctx := context.Background()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &bucket})
	check(err)
	contents := map[string][]byte{
		"small":           []byte("small"),
		"empty":           {},
		"large":           randomBytes(6 << 20),
		"a//b/../c +%ü😀?": []byte("odd"),
	}
	for key, content := range contents {
		_, err := client.PutObject(ctx, &s3.PutObjectInput{
			Bucket: &bucket, Key: &key, Body: bytes.NewReader(content),
			ContentType: aws.String("text/x-test"), Metadata: map[string]string{"who": "Ada"},
		})
		check(err)
	}
	for _, algorithm := range types.ChecksumAlgorithm("").Values() {
		switch algorithm {
		case types.ChecksumAlgorithmCrc32, types.ChecksumAlgorithmCrc32c, types.ChecksumAlgorithmCrc64nvme,
			types.ChecksumAlgorithmSha1, types.ChecksumAlgorithmSha256:
		default:
			continue // not among S3's checksums that this server knows
		}
		key := "sum-" + strings.ToLower(string(algorithm))
		contents[key] = []byte("content with a checksum")
		_, err := client.PutObject(ctx, &s3.PutObjectInput{
			Bucket: &bucket, Key: &key, Body: bytes.NewReader(contents[key]), ChecksumAlgorithm: algorithm,
		})
		check(err)
	}
	for key, content := range contents {
		got, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key, ChecksumMode: types.ChecksumModeEnabled})
		check(err)
		if body := readAll(t, got.Body); !bytes.Equal(body, content) {
			t.Errorf("%q came back changed, with %d bytes", key, len(body))
		}
		if !strings.HasPrefix(key, "sum-") && (aws.ToString(got.ContentType) != "text/x-test" || got.Metadata["who"] != "Ada") {
			t.Errorf("%q came back as of %q with metadata %v", key, aws.ToString(got.ContentType), got.Metadata)
		}
		if got.ChecksumCRC32 == nil && !strings.HasPrefix(key, "sum-") {
			t.Errorf("%q came back without the checksum that the SDK sent", key)
		}
	}
	var listed, want []string
	pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: &bucket, MaxKeys: aws.Int32(3)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		check(err)
		for _, object := range page.Contents {
			listed = append(listed, *object.Key)
			want = append(want, *object.Key)
			if *object.Size != int64(len(contents[*object.Key])) {
				t.Errorf("%q is listed with %d bytes", *object.Key, *object.Size)
			}
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, listed); diff != "" || len(listed) != len(contents) {
		t.Errorf("the listing of %d objects (-sorted +listed):\n%s", len(listed), diff)
	}
	testAWSPresign(t, client, bucket)
	for key := range contents {
		_, err := client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
		check(err)
		_, err = client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
		if failure := (*types.NoSuchKey)(nil); !errors.As(err, &failure) {
			t.Errorf("reading the deleted %q: %v", key, err)
		}
	}
	_, err = client.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &bucket})
	if failure := smithy.APIError(nil); !errors.As(err, &failure) || failure.ErrorCode() != "NoSuchBucketPolicy" {
		t.Errorf("asking for a policy: %v", err)
	}
	testAWSUploads(t, client, bucket)
	testAWSVersions(t, client, bucket)
	_, err = client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &bucket})
	check(err)
}

// testAWSPresign uses the URLs that the SDK presigns by default with the SDK's
// own HTTP client, so that names below localhost and certificates are its.
func testAWSPresign(t *testing.T, client *s3.Client, bucket string) {
	ctx := context.Background()
	presigner := s3.NewPresignClient(client)
	key := "presigned/ü +1.txt"
	content := randomBytes(100_000)
	send := func(method, url string, header http.Header, body []byte) (*http.Response, []byte) {
		t.Helper()
		request, err := http.NewRequest(method, url, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for name, values := range header {
			if name != "Host" && name != "Content-Length" {
				request.Header[name] = values
			}
		}
		response, err := client.Options().HTTPClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		return response, readAll(t, response.Body)
	}
	put, err := presigner.PresignPutObject(ctx, &s3.PutObjectInput{
		Bucket: &bucket, Key: &key, ContentType: aws.String("text/x-presigned"), Metadata: map[string]string{"who": "Ada"},
	})
	if err != nil {
		t.Fatal(err)
	}
	// The SDK leaves the content type unsigned, for the sender to say.
	header := put.SignedHeader.Clone()
	header.Set("Content-Type", "text/x-presigned")
	if response, answer := send(put.Method, put.URL, header, content); response.StatusCode != 200 {
		t.Fatalf("the presigned PUT answers %s: %s", response.Status, answer)
	}
	get, err := presigner.PresignGetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key}, s3.WithPresignExpires(7*24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	response, answer := send(get.Method, get.URL, get.SignedHeader, nil)
	if response.StatusCode != 200 || !bytes.Equal(answer, content) {
		t.Errorf("the presigned GET answers %s and %.300q", response.Status, answer)
	}
	if got := response.Header.Get("Content-Type"); got != "text/x-presigned" {
		t.Errorf("the presigned GET is of type %q", got)
	}
	if got := response.Header.Get("X-Amz-Meta-Who"); got != "Ada" {
		t.Errorf("the presigned GET has metadata %q", got)
	}
	head, err := presigner.PresignHeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	if response, _ := send(head.Method, head.URL, head.SignedHeader, nil); response.StatusCode != 200 || response.ContentLength != int64(len(content)) {
		t.Errorf("the presigned HEAD answers %s with length %d", response.Status, response.ContentLength)
	}
	remove, err := presigner.PresignDeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	if response, answer := send(remove.Method, remove.URL, remove.SignedHeader, nil); response.StatusCode != 204 {
		t.Errorf("the presigned DELETE answers %s: %s", response.Status, answer)
	}
	if response, answer := send(get.Method, get.URL, get.SignedHeader, nil); response.StatusCode != 404 {
		t.Errorf("after the DELETE, the presigned GET answers %s: %.300s", response.Status, answer)
	}
}

func TestMinioGo(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	for name, static := range map[string]func(string, string, string) *miniocredentials.Credentials{
		"v4": miniocredentials.NewStaticV4, "v2": miniocredentials.NewStaticV2,
	} {
		t.Run(name, func(t *testing.T) {
			client, err := minio.New(strings.TrimPrefix(s.endpoint, "http://"), &minio.Options{
				Creds: static(accessKeyID, secretAccessKey, ""),
			})
			if err != nil {
				t.Fatal(err)
			}
			testMinioGo(t, client, "minio-"+name)
		})
	}
}

func testMinioGo(t *testing.T, client *minio.Client, bucket string) {
	ctx := context.Background()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(client.MakeBucket(ctx, bucket, minio.MakeBucketOptions{}))
	exists, err := client.BucketExists(ctx, bucket)
	check(err)
	missing, err := client.BucketExists(ctx, "no-such-bucket")
	check(err)
	if !exists || missing {
		t.Errorf("the bucket exists: %t; one that was never made: %t", exists, missing)
	}
	contents := map[string][]byte{"small": []byte("small"), "empty": {}, "large": randomBytes(6 << 20), "dir/ü +%.txt": []byte("odd")}
	for key, content := range contents {
		_, err := client.PutObject(ctx, bucket, key, bytes.NewReader(content), int64(len(content)),
			minio.PutObjectOptions{ContentType: "text/x-test", UserMetadata: map[string]string{"who": "Ada"}})
		check(err)
	}
	for key, content := range contents {
		object, err := client.GetObject(ctx, bucket, key, minio.GetObjectOptions{})
		check(err)
		if got := readAll(t, object); !bytes.Equal(got, content) {
			t.Errorf("%q came back changed, with %d bytes", key, len(got))
		}
		info, err := client.StatObject(ctx, bucket, key, minio.StatObjectOptions{})
		check(err)
		if info.ContentType != "text/x-test" || info.UserMetadata["Who"] != "Ada" || info.Size != int64(len(content)) {
			t.Errorf("%q is of type %q, with metadata %v and %d bytes", key, info.ContentType, info.UserMetadata, info.Size)
		}
	}
	var listed []string
	for object := range client.ListObjects(ctx, bucket, minio.ListObjectsOptions{Recursive: true, MaxKeys: 2}) {
		check(object.Err)
		listed = append(listed, object.Key)
	}
	if diff := cmp.Diff([]string{"dir/ü +%.txt", "empty", "large", "small"}, listed); diff != "" {
		t.Errorf("the listing (-want +got):\n%s", diff)
	}
	testMinioPresign(t, client, bucket)
	for key := range contents {
		check(client.RemoveObject(ctx, bucket, key, minio.RemoveObjectOptions{}))
	}
	_, err = client.StatObject(ctx, bucket, "small", minio.StatObjectOptions{})
	if code := minio.ToErrorResponse(err).Code; code != "NoSuchKey" {
		t.Errorf("a removed object: %v", err)
	}
	testMinioObjects(t, client, bucket)
	check(client.RemoveBucket(ctx, bucket))
}

func testMinioPresign(t *testing.T, client *minio.Client, bucket string) {
	ctx := context.Background()
	const key = "presigned/ü +1.txt"
	putURL, err := client.PresignedPutObject(ctx, bucket, key, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest(http.MethodPut, putURL.String(), strings.NewReader("by minio-go"))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if answer := readAll(t, response.Body); response.StatusCode != 200 {
		t.Fatalf("the presigned PUT answers %s: %s", response.Status, answer)
	}
	getURL, err := client.PresignedGetObject(ctx, bucket, key, time.Hour, map[string][]string{
		"response-content-disposition": {`attachment; filename="a b.txt"`},
	})
	if err != nil {
		t.Fatal(err)
	}
	response, err = http.Get(getURL.String())
	if err != nil {
		t.Fatal(err)
	}
	if answer := readAll(t, response.Body); response.StatusCode != 200 || string(answer) != "by minio-go" {
		t.Errorf("the presigned GET answers %s: %s", response.Status, answer)
	}
	if got := response.Header.Get("Content-Disposition"); got != `attachment; filename="a b.txt"` {
		t.Errorf("the presigned GET has Content-Disposition %q", got)
	}
	policy := minio.NewPostPolicy()
	for _, err := range []error{
		policy.SetBucket(bucket), policy.SetKey("form.txt"), policy.SetExpires(time.Now().Add(time.Hour)),
		policy.SetContentLengthRange(1, 1000), policy.SetContentType("text/x-form"), policy.SetUserMetadata("who", "Ada"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	formURL, fields, err := client.PresignedPostPolicy(ctx, policy)
	if err != nil {
		t.Fatal(err)
	}
	if status, answer := postForm(t, formURL.String(), fields, "form.txt", []byte("by a form")); status != 204 {
		t.Fatalf("the form answers %d: %s", status, answer)
	}
	info, err := client.StatObject(ctx, bucket, "form.txt", minio.StatObjectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(info.Size, info.ContentType, info.UserMetadata["Who"]); got != fmt.Sprint(9, "text/x-form", "Ada") {
		t.Errorf("what the form stored is %s", got)
	}
	for _, name := range []string{key, "form.txt"} {
		if err := client.RemoveObject(ctx, bucket, name, minio.RemoveObjectOptions{}); err != nil {
			t.Fatal(err)
		}
	}
}
