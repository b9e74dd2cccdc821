package clients

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"net/url"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// partsETag returns the ETag of an object of these parts.
func partsETag(contents ...[]byte) string {
	whole := md5.New()
	for _, content := range contents {
		sum := md5.Sum(content)
		whole.Write(sum[:])
	}
	return `"` + hex.EncodeToString(whole.Sum(nil)) + "-" + strconv.Itoa(len(contents)) + `"`
}

// wantCode reports an error that is not S3's with that code.
func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if failure := smithy.APIError(nil); !errors.As(err, &failure) || failure.ErrorCode() != code {
		t.Errorf("the error is not %s but %v", code, err)
	}
}

// testAWSUploads uploads in parts, copies and sets conditions.
func testAWSUploads(t *testing.T, client *s3.Client, bucket string) {
	ctx := context.Background()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	read := func(key string, part int32) []byte {
		t.Helper()
		in := &s3.GetObjectInput{Bucket: &bucket, Key: &key}
		if part > 0 {
			in.PartNumber = &part
		}
		got, err := client.GetObject(ctx, in)
		check(err)
		return readAll(t, got.Body)
	}
	key, contents := "dir/parts ü+%", [][]byte{randomBytes(5 << 20), randomBytes(5<<20 + 1), []byte("the end")}
	whole := bytes.Join(contents, nil)
	created, err := client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{
		Bucket: &bucket, Key: &key, ContentType: aws.String("text/x-test"), Metadata: map[string]string{"who": "Ada"},
		Tagging: aws.String("color=" + url.QueryEscape("ü red")),
	})
	check(err)
	var parts []types.CompletedPart
	for i, content := range contents {
		number := aws.Int32(int32(i + 1))
		sent, err := client.UploadPart(ctx, &s3.UploadPartInput{
			Bucket: &bucket, Key: &key, UploadId: created.UploadId, PartNumber: number, Body: bytes.NewReader(content),
		})
		check(err)
		parts = append(parts, types.CompletedPart{PartNumber: number, ETag: sent.ETag, ChecksumCRC32: sent.ChecksumCRC32})
	}
	listed := 0
	for pages := s3.NewListPartsPaginator(client, &s3.ListPartsInput{Bucket: &bucket, Key: &key, UploadId: created.UploadId, MaxParts: aws.Int32(2)}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		check(err)
		for _, part := range page.Parts {
			if *part.Size != int64(len(contents[listed])) || *part.ETag != *parts[listed].ETag {
				t.Errorf("part %d is listed as %v", listed+1, part)
			}
			listed++
		}
	}
	if listed != len(contents) {
		t.Errorf("%d parts are listed", listed)
	}
	done, err := client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &bucket, Key: &key, UploadId: created.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts}, IfNoneMatch: aws.String("*"),
	})
	check(err)
	if want := partsETag(contents...); *done.ETag != want {
		t.Errorf("the ETag is %s, not %s", *done.ETag, want)
	}
	// The SDK names no checksum for the whole, so that it is S3's own choice.
	head, err := client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: &key, ChecksumMode: types.ChecksumModeEnabled})
	check(err)
	if *head.ContentLength != int64(len(whole)) || aws.ToString(head.ContentType) != "text/x-test" || head.Metadata["who"] != "Ada" ||
		*head.ETag != *done.ETag || head.ChecksumCRC64NVME == nil || head.ChecksumType != types.ChecksumTypeFullObject {
		t.Errorf("the object has %+v", head)
	}
	if !bytes.Equal(read(key, 0), whole) || !bytes.Equal(read(key, 2), contents[1]) {
		t.Error("the parts came back changed")
	}
	attributes, err := client.GetObjectAttributes(ctx, &s3.GetObjectAttributesInput{Bucket: &bucket, Key: &key,
		ObjectAttributes: types.ObjectAttributes("").Values()})
	check(err)
	if *attributes.ObjectSize != int64(len(whole)) || attributes.ObjectParts == nil || aws.ToInt32(attributes.ObjectParts.TotalPartsCount) != 3 ||
		aws.ToString(attributes.Checksum.ChecksumCRC64NVME) != aws.ToString(head.ChecksumCRC64NVME) {
		t.Errorf("the attributes are %+v with %+v", attributes, attributes.ObjectParts)
	}
	tags, err := client.GetObjectTagging(ctx, &s3.GetObjectTaggingInput{Bucket: &bucket, Key: &key})
	check(err)
	if diff := cmp.Diff([]types.Tag{{Key: aws.String("color"), Value: aws.String("ü red")}}, tags.TagSet, cmpopts.IgnoreUnexported(types.Tag{})); diff != "" {
		t.Errorf("the tags (-want +got):\n%s", diff)
	}

	source := bucket + "/" + url.QueryEscape(key) // a plus sign is a blank in this header
	copied, err := client.CopyObject(ctx, &s3.CopyObjectInput{Bucket: &bucket, Key: aws.String("copy"), CopySource: &source})
	check(err)
	head, err = client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: aws.String("copy")})
	check(err)
	if *copied.CopyObjectResult.ETag != *head.ETag || aws.ToString(head.ContentType) != "text/x-test" || head.Metadata["who"] != "Ada" || !bytes.Equal(read("copy", 0), whole) {
		t.Errorf("the copy is %+v", head)
	}
	_, err = client.CopyObject(ctx, &s3.CopyObjectInput{Bucket: &bucket, Key: aws.String("copy"), CopySource: &source, CopySourceIfMatch: aws.String(`"other"`)})
	wantCode(t, err, "PreconditionFailed")
	created, err = client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: aws.String("copy"), ChecksumAlgorithm: types.ChecksumAlgorithmCrc64nvme})
	check(err)
	part, err := client.UploadPartCopy(ctx, &s3.UploadPartCopyInput{Bucket: &bucket, Key: aws.String("copy"), UploadId: created.UploadId,
		PartNumber: aws.Int32(1), CopySource: &source, CopySourceRange: aws.String("bytes=5242870-5242889")})
	check(err)
	completed, err := client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{Bucket: &bucket, Key: aws.String("copy"), UploadId: created.UploadId,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: []types.CompletedPart{{PartNumber: aws.Int32(1), ETag: part.CopyPartResult.ETag}}}})
	check(err)
	if got := read("copy", 0); !bytes.Equal(got, whole[5242870:5242890]) || completed.ChecksumCRC64NVME == nil || completed.ChecksumType != types.ChecksumTypeFullObject {
		t.Errorf("the copied range is %q, completed with %+v", got, completed)
	}

	put := func(condition func(*s3.PutObjectInput)) error {
		in := &s3.PutObjectInput{Bucket: &bucket, Key: aws.String("copy"), Body: bytes.NewReader([]byte("put"))}
		condition(in)
		_, err := client.PutObject(ctx, in)
		return err
	}
	wantCode(t, put(func(in *s3.PutObjectInput) { in.IfNoneMatch = aws.String("*") }), "PreconditionFailed")
	wantCode(t, put(func(in *s3.PutObjectInput) { in.IfMatch = aws.String(`"other"`) }), "PreconditionFailed")
	check(put(func(in *s3.PutObjectInput) { in.IfMatch = completed.ETag }))
	_, err = client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: aws.String("copy"), IfMatch: completed.ETag})
	wantCode(t, err, "PreconditionFailed")

	created, err = client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: &key})
	check(err)
	_, err = client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &bucket, Key: &key, UploadId: created.UploadId})
	check(err)
	_, err = client.ListParts(ctx, &s3.ListPartsInput{Bucket: &bucket, Key: &key, UploadId: created.UploadId})
	wantCode(t, err, "NoSuchUpload")
	for _, key := range []string{key, "copy"} {
		_, err := client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
		check(err)
	}
}

// testAWSVersions keeps versions, and leaves the bucket empty.
func testAWSVersions(t *testing.T, client *s3.Client, bucket string) {
	ctx := context.Background()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := client.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{Bucket: &bucket,
		VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}})
	check(err)
	status, err := client.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &bucket})
	check(err)
	if status.Status != types.BucketVersioningStatusEnabled {
		t.Errorf("versioning is %q", status.Status)
	}
	key := "versioned ü+"
	want := map[string]string{}
	var latest string
	for _, content := range []string{"one", "two", "three"} {
		put, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader([]byte(content))})
		check(err)
		latest = aws.ToString(put.VersionId)
		want[latest] = content
	}
	for version, content := range want {
		got, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key, VersionId: &version})
		check(err)
		if body := readAll(t, got.Body); string(body) != content || aws.ToString(got.VersionId) != version {
			t.Errorf("version %s came as %q of version %s", version, body, aws.ToString(got.VersionId))
		}
	}
	deleted, err := client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
	check(err)
	if !aws.ToBool(deleted.DeleteMarker) || aws.ToString(deleted.VersionId) == "" {
		t.Errorf("deleting answers %+v", deleted)
	}
	_, err = client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	wantCode(t, err, "NoSuchKey")
	_, err = client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key, VersionId: deleted.VersionId})
	wantCode(t, err, "MethodNotAllowed")

	var all []types.ObjectIdentifier
	for pages := s3.NewListObjectVersionsPaginator(client, &s3.ListObjectVersionsInput{Bucket: &bucket, MaxKeys: aws.Int32(1)}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		check(err)
		for _, item := range page.Versions {
			if *item.Key != key || *item.Size != int64(len(want[*item.VersionId])) || *item.IsLatest {
				t.Errorf("a version is listed as %+v", item)
			}
			all = append(all, types.ObjectIdentifier{Key: item.Key, VersionId: item.VersionId})
		}
		for _, item := range page.DeleteMarkers {
			if *item.VersionId != *deleted.VersionId || !*item.IsLatest {
				t.Errorf("a delete marker is listed as %+v", item)
			}
			all = append(all, types.ObjectIdentifier{Key: item.Key, VersionId: item.VersionId})
		}
	}
	if len(all) != 4 {
		t.Errorf("%d versions are listed", len(all))
	}
	_, err = client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: &key, VersionId: deleted.VersionId})
	check(err)
	got, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	check(err)
	if body := readAll(t, got.Body); string(body) != "three" || aws.ToString(got.VersionId) != latest {
		t.Errorf("without its marker the object is %q", body)
	}
	answer, err := client.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: &bucket, Delete: &types.Delete{Objects: all}})
	check(err)
	if len(answer.Errors) != 0 || len(answer.Deleted) != len(all) {
		t.Errorf("deleting versions answers %+v", answer)
	}
}
