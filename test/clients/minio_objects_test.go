package clients

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/cors"
	"github.com/minio/minio-go/v7/pkg/tags"
)

// testMinioObjects uploads streams, composes, copies, tags and versions, and
// leaves the bucket empty.
func testMinioObjects(t *testing.T, client *minio.Client, bucket string) {
	ctx := context.Background()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	read := func(key string, options minio.GetObjectOptions) []byte {
		t.Helper()
		object, err := client.GetObject(ctx, bucket, key, options)
		check(err)
		return readAll(t, object)
	}
	stat := func(key string) minio.ObjectInfo {
		t.Helper()
		info, err := client.StatObject(ctx, bucket, key, minio.StatObjectOptions{})
		check(err)
		return info
	}

	content := randomBytes(12 << 20)
	const streamed = "dir/streamed ü+"
	// Of a length that it isn't told, the SDK doesn't seek either.
	info, err := client.PutObject(ctx, bucket, streamed, io.MultiReader(bytes.NewReader(content)), -1, minio.PutObjectOptions{
		PartSize: 5 << 20, ContentType: "text/x-test", UserMetadata: map[string]string{"who": "Ada", "greeting": "Grüße"},
		UserTags: map[string]string{"color": "dark red"},
	})
	check(err)
	if want := strings.Trim(partsETag(content[:5<<20], content[5<<20:10<<20], content[10<<20:]), `"`); info.ETag != want || info.Size != 12<<20 {
		t.Errorf("what was streamed has the ETag %s, not %s, and %d bytes", info.ETag, want, info.Size)
	}
	if got := read(streamed, minio.GetObjectOptions{}); !bytes.Equal(got, content) {
		t.Errorf("what was streamed came back with %d bytes", len(got))
	}
	if info := stat(streamed); info.ContentType != "text/x-test" || info.UserMetadata["Who"] != "Ada" || info.UserMetadata["Greeting"] != "Grüße" || info.UserTagCount != 1 {
		t.Errorf("what was streamed has type %q, metadata %q and %d tags", info.ContentType, info.UserMetadata, info.UserTagCount)
	}
	if part := read(streamed, minio.GetObjectOptions{PartNumber: 3}); !bytes.Equal(part, content[10<<20:]) {
		t.Errorf("part 3 came back with %d bytes", len(part))
	}

	_, err = client.CopyObject(ctx, minio.CopyDestOptions{Bucket: bucket, Object: "copy", ReplaceMetadata: true,
		UserMetadata: map[string]string{"who": "Bob"}, ReplaceTags: true, UserTags: map[string]string{"size": "m"}},
		minio.CopySrcOptions{Bucket: bucket, Object: streamed, MatchETag: info.ETag})
	check(err)
	if copied := stat("copy"); copied.ETag != info.ETag || copied.UserMetadata["Who"] != "Bob" || copied.Size != 12<<20 {
		t.Errorf("the copy is %+v", copied)
	}
	_, err = client.ComposeObject(ctx, minio.CopyDestOptions{Bucket: bucket, Object: "composed"},
		minio.CopySrcOptions{Bucket: bucket, Object: streamed, MatchRange: true, Start: 1, End: 6 << 20},
		minio.CopySrcOptions{Bucket: bucket, Object: "copy", MatchRange: true, Start: 7, End: 11})
	check(err)
	if got := read("composed", minio.GetObjectOptions{}); !bytes.Equal(got, slices.Concat(content[1:6<<20+1], content[7:12])) {
		t.Errorf("what was composed came back with %d bytes", len(got))
	}

	set, err := tags.NewTags(map[string]string{"a": "1", "b": "2 @"}, true)
	check(err)
	check(client.PutObjectTagging(ctx, bucket, "copy", set, minio.PutObjectTaggingOptions{}))
	got, err := client.GetObjectTagging(ctx, bucket, "copy", minio.GetObjectTaggingOptions{})
	check(err)
	if diff := cmp.Diff(set.ToMap(), got.ToMap()); diff != "" {
		t.Errorf("the tags (-want +got):\n%s", diff)
	}
	check(client.RemoveObjectTagging(ctx, bucket, "copy", minio.RemoveObjectTaggingOptions{}))
	set, err = tags.NewTags(map[string]string{"team": "storage"}, false)
	check(err)
	check(client.SetBucketTagging(ctx, bucket, set))
	got, err = client.GetBucketTagging(ctx, bucket)
	check(err)
	if diff := cmp.Diff(set.ToMap(), got.ToMap()); diff != "" {
		t.Errorf("the bucket's tags (-want +got):\n%s", diff)
	}
	check(client.RemoveBucketTagging(ctx, bucket))
	rules := []cors.Rule{{AllowedOrigin: []string{"https://*.example.com"}, AllowedMethod: []string{"PUT"}, ExposeHeader: []string{"ETag"}, MaxAgeSeconds: 60}}
	check(client.SetBucketCors(ctx, bucket, cors.NewConfig(rules)))
	config, err := client.GetBucketCors(ctx, bucket)
	check(err)
	if diff := cmp.Diff(rules, config.CORSRules); diff != "" {
		t.Errorf("the rules for other origins (-want +got):\n%s", diff)
	}
	check(client.SetBucketCors(ctx, bucket, nil))
	attributes, err := client.GetObjectAttributes(ctx, bucket, streamed, minio.ObjectAttributesOptions{})
	if strings.HasSuffix(t.Name(), "/v2") { // which does not sign the sub-resource
		if code := minio.ToErrorResponse(err).Code; code != minio.AccessDenied {
			t.Errorf("attributes under Signature Version 2: %v", err)
		}
	} else if check(err); attributes.ObjectSize != 12<<20 || attributes.ObjectParts.PartsCount != 3 {
		t.Errorf("the attributes are %+v", attributes)
	}
	for upload := range client.ListIncompleteUploads(ctx, bucket, "", true) {
		t.Errorf("an upload is left: %+v", upload)
	}
	testMinioVersions(t, client, bucket)
}

func testMinioVersions(t *testing.T, client *minio.Client, bucket string) {
	ctx := context.Background()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(client.EnableVersioning(ctx, bucket))
	status, err := client.GetBucketVersioning(ctx, bucket)
	check(err)
	if !status.Enabled() {
		t.Errorf("versioning is %+v", status)
	}
	want := map[string]string{}
	for _, content := range []string{"1", "two", "three"} {
		info, err := client.PutObject(ctx, bucket, "versioned", strings.NewReader(content), int64(len(content)), minio.PutObjectOptions{UserMetadata: map[string]string{"content": content}})
		check(err)
		want[info.VersionID] = content
	}
	for version, content := range want {
		info, err := client.StatObject(ctx, bucket, "versioned", minio.StatObjectOptions{VersionID: version})
		check(err)
		if info.VersionID != version || info.UserMetadata["Content"] != content || info.Size != int64(len(content)) {
			t.Errorf("version %s is %+v", version, info)
		}
		object, err := client.GetObject(ctx, bucket, "versioned", minio.GetObjectOptions{VersionID: version})
		check(err)
		if got := readAll(t, object); string(got) != content {
			t.Errorf("version %s came as %q", version, got)
		}
	}
	check(client.RemoveObject(ctx, bucket, "versioned", minio.RemoveObjectOptions{}))
	_, err = client.StatObject(ctx, bucket, "versioned", minio.StatObjectOptions{})
	if code := minio.ToErrorResponse(err).Code; code != "NoSuchKey" {
		t.Errorf("a removed object: %v", err)
	}
	var all []minio.ObjectInfo
	markers := 0
	for object := range client.ListObjects(ctx, bucket, minio.ListObjectsOptions{WithVersions: true, Recursive: true, MaxKeys: 2}) {
		check(object.Err)
		all = append(all, object)
		if object.IsDeleteMarker {
			markers++
		} else if content, found := want[object.VersionID]; object.Key == "versioned" && (!found || object.Size != int64(len(content))) {
			t.Errorf("a version is listed as %+v", object)
		}
	}
	if len(all) != 7 || markers != 1 {
		t.Errorf("%d versions and among them %d markers are listed", len(all), markers)
	}
	removed := make(chan minio.ObjectInfo, len(all))
	for _, object := range all {
		removed <- object
	}
	close(removed)
	for failure := range client.RemoveObjects(ctx, bucket, removed, minio.RemoveObjectsOptions{}) {
		t.Errorf("removing %s %s: %v", failure.ObjectName, failure.VersionID, failure.Err)
	}
}
