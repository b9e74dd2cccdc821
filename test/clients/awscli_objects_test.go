package clients

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestAWSCLIMovesLargeFilesInParts(t *testing.T) {
	t.Parallel()
	aws := newAWSCLI(t, startServer(t))
	content := randomBytes(100 << 20)
	writeFile(t, aws.dir, "large.bin", content)
	aws.run("s3", "mb", "s3://large")
	aws.run("s3", "cp", "--metadata", "who=Ada", "--content-type", "text/x-test", "large.bin", "s3://large/dir/large.bin")
	head := aws.json("s3api", "head-object", "--bucket", "large", "--key", "dir/large.bin")
	aws.expect(head, "ETag", partsETag(slices.Collect(slices.Chunk(content, 8<<20))...))
	aws.expect(head, "ContentLength", len(content))
	aws.expect(head, "ContentType", "text/x-test")
	aws.expect(head, "Metadata", map[string]any{"who": "Ada"})
	// A move within the server copies part by part. Older versions of the program
	// keep no metadata then.
	aws.run("s3", "mv", "--metadata-directive", "REPLACE", "--metadata", "who=Bob", "--content-type", "text/x-test",
		"s3://large/dir/large.bin", "s3://large/moved.bin")
	head = aws.json("s3api", "head-object", "--bucket", "large", "--key", "moved.bin")
	aws.expect(head, "Metadata", map[string]any{"who": "Bob"})
	aws.expect(head, "ContentType", "text/x-test")
	if out := aws.run("s3", "ls", "--recursive", "s3://large"); strings.Count(out, "\n") != 1 || !strings.HasSuffix(out, " 104857600 moved.bin\n") {
		t.Errorf("after the move, aws s3 ls prints %q", out)
	}
	aws.run("s3", "mv", "s3://large/moved.bin", "back.bin")
	if !bytes.Equal(readFile(t, aws.dir, "back.bin"), content) {
		t.Error("the file came back changed")
	}
	// Nothing is left: no object and no upload.
	aws.expect(aws.json("s3api", "list-multipart-uploads", "--bucket", "large"), "Uploads", nil)
	aws.run("s3", "rb", "s3://large")
}

func TestAWSCLISyncsBothWaysAndDeletes(t *testing.T) {
	t.Parallel()
	need(t, "diff")
	aws := newAWSCLI(t, startServer(t))
	files, back := filepath.Join(aws.dir, "files"), filepath.Join(aws.dir, "back")
	backupFiles(t, files, 9<<20)
	aws.run("s3", "mb", "s3://sync")
	aws.run("s3", "sync", "files", "s3://sync/copy")
	aws.run("s3", "sync", "s3://sync/copy", "back")
	client(t, aws.dir, aws.env, "diff", "-r", "files", "back")

	if err := os.RemoveAll(filepath.Join(files, "sub")); err != nil {
		t.Fatal(err)
	}
	writeFile(t, files, "a.txt", []byte("changed"))
	aws.run("s3", "sync", "--delete", "files", "s3://sync/copy")
	// From bucket to bucket, the large file in parts.
	aws.run("s3", "mb", "s3://mirror")
	aws.run("s3", "sync", "--delete", "s3://sync/copy", "s3://mirror")
	writeFile(t, back, "extra", []byte("not in the bucket"))
	aws.run("s3", "sync", "--delete", "s3://mirror", "back")
	for _, name := range []string{"sub/b.txt", "extra"} {
		if _, err := os.Stat(filepath.Join(back, name)); err == nil {
			t.Errorf("%s was not deleted", name)
		}
	}
	// The command leaves folders without files.
	client(t, aws.dir, aws.env, "find", "back", "-type", "d", "-empty", "-delete")
	client(t, aws.dir, aws.env, "diff", "-r", "files", "back")
	aws.run("s3", "rm", "--recursive", "--exclude", "*", "--include", "two words/*", "s3://mirror")
	if out := aws.run("s3", "ls", "--recursive", "s3://mirror"); strings.Count(out, "\n") != 3 || strings.Contains(out, "two words") {
		t.Errorf("after removing a folder, aws s3 ls prints %q", out)
	}
}

// values returns the maps of a list in an answer, none if it is missing.
func values(answer map[string]any, name string) []map[string]any {
	list, _ := answer[name].([]any)
	found := make([]map[string]any, len(list))
	for i, item := range list {
		found[i], _ = item.(map[string]any)
	}
	return found
}

func TestAWSCLIUploadsInParts(t *testing.T) {
	t.Parallel()
	aws := newAWSCLI(t, startServer(t))
	contents := [][]byte{randomBytes(5 << 20), []byte("the end")}
	writeFile(t, aws.dir, "1", contents[0])
	writeFile(t, aws.dir, "2", contents[1])
	aws.run("s3api", "create-bucket", "--bucket", "parts")
	created := aws.json("s3api", "create-multipart-upload", "--bucket", "parts", "--key", "whole", "--content-type", "text/x-test",
		"--metadata", "who=Ada", "--tagging", "color=red", "--checksum-algorithm", "SHA256")
	upload := []string{"--bucket", "parts", "--key", "whole", "--upload-id", fmt.Sprint(created["UploadId"])}
	api := func(operation string, more ...string) map[string]any {
		t.Helper()
		return aws.json(slices.Concat([]string{"s3api", operation}, upload, more)...)
	}
	first := api("upload-part", "--part-number", "1", "--body", "1", "--checksum-algorithm", "SHA256")
	aws.run("s3api", "put-object", "--bucket", "parts", "--key", "source", "--body", "2")
	second := api("upload-part-copy", "--part-number", "2", "--copy-source", "parts/source", "--copy-source-range", "bytes=0-6")
	copied, _ := second["CopyPartResult"].(map[string]any)
	parts := values(api("list-parts", "--page-size", "1"), "Parts")
	if len(parts) != 2 || parts[0]["ETag"] != first["ETag"] || fmt.Sprint(parts[1]["Size"]) != "7" {
		t.Errorf("list-parts: %v", parts)
	}
	uploads := values(aws.json("s3api", "list-multipart-uploads", "--bucket", "parts"), "Uploads")
	if len(uploads) != 1 || uploads[0]["UploadId"] != created["UploadId"] {
		t.Errorf("list-multipart-uploads: %v", uploads)
	}
	done := api("complete-multipart-upload", "--if-none-match", "*", "--multipart-upload", fmt.Sprintf(
		`{"Parts":[{"PartNumber":1,"ETag":%q,"ChecksumSHA256":%q},{"PartNumber":2,"ETag":%q,"ChecksumSHA256":%q}]}`,
		first["ETag"], first["ChecksumSHA256"], copied["ETag"], copied["ChecksumSHA256"]))
	aws.expect(done, "ETag", partsETag(contents...))
	get := aws.json("s3api", "get-object", "--bucket", "parts", "--key", "whole", "--checksum-mode", "ENABLED", "back")
	if !bytes.Equal(readFile(t, aws.dir, "back"), bytes.Join(contents, nil)) {
		t.Error("the parts came back changed")
	}
	aws.expect(get, "ETag", done["ETag"])
	aws.expect(get, "ChecksumSHA256", done["ChecksumSHA256"])
	aws.expect(get, "ContentType", "text/x-test")
	aws.expect(get, "Metadata", map[string]any{"who": "Ada"})
	aws.expect(get, "TagCount", 1)
	part := aws.json("s3api", "get-object", "--bucket", "parts", "--key", "whole", "--part-number", "2", "back")
	aws.expect(part, "ContentRange", "bytes 5242880-5242886/5242887")
	aws.expect(part, "PartsCount", 2)
	if got := readFile(t, aws.dir, "back"); string(got) != "the end" {
		t.Errorf("part 2 came back as %q", got)
	}
	attributes := aws.json("s3api", "get-object-attributes", "--bucket", "parts", "--key", "whole", "--object-attributes", "ETag", "ObjectSize", "ObjectParts", "Checksum")
	aws.expect(attributes, "ObjectSize", 5<<20+7)
	aws.expect(attributes, "ETag", strings.Trim(partsETag(contents...), `"`))
	if parts, _ := attributes["ObjectParts"].(map[string]any); fmt.Sprint(parts["TotalPartsCount"]) != "2" {
		t.Errorf("get-object-attributes: %v", attributes)
	}
	upload[5] = fmt.Sprint(aws.json("s3api", "create-multipart-upload", "--bucket", "parts", "--key", "whole")["UploadId"])
	api("abort-multipart-upload")
	aws.refused("NoSuchUpload", slices.Concat([]string{"s3api", "list-parts"}, upload)...)
}

func TestAWSCLIKeepsVersions(t *testing.T) {
	t.Parallel()
	aws := newAWSCLI(t, startServer(t))
	writeFile(t, aws.dir, "one", []byte("one"))
	writeFile(t, aws.dir, "two", []byte("two"))
	api := func(operation string, more ...string) map[string]any {
		t.Helper()
		return aws.json(append([]string{"s3api", operation, "--bucket", "api"}, more...)...)
	}
	api("create-bucket")
	aws.expect(api("get-bucket-versioning"), "Status", nil)
	api("put-bucket-versioning", "--versioning-configuration", "Status=Enabled")
	aws.expect(api("get-bucket-versioning"), "Status", "Enabled")
	one := api("put-object", "--key", "k", "--body", "one", "--if-none-match", "*", "--tagging", "color=red", "--metadata", "who=Ada")
	aws.refused("PreconditionFailed", "s3api", "put-object", "--bucket", "api", "--key", "k", "--body", "two", "--if-none-match", "*")
	two := api("put-object", "--key", "k", "--body", "two", "--if-match", fmt.Sprint(one["ETag"]))
	aws.expect(api("get-object", "--key", "k", "--version-id", fmt.Sprint(one["VersionId"]), "back"), "VersionId", one["VersionId"])
	if got := readFile(t, aws.dir, "back"); string(got) != "one" {
		t.Errorf("the first version came as %q", got)
	}
	aws.expect(api("head-object", "--key", "k"), "VersionId", two["VersionId"])

	copied := api("copy-object", "--key", "copy", "--copy-source", "api/k?versionId="+fmt.Sprint(one["VersionId"]))
	aws.expect(copied, "CopySourceVersionId", one["VersionId"])
	aws.expect(api("get-object", "--key", "copy", "back"), "Metadata", map[string]any{"who": "Ada"})
	if got := readFile(t, aws.dir, "back"); string(got) != "one" {
		t.Errorf("the copied version came as %q", got)
	}
	aws.expect(api("get-object-tagging", "--key", "copy"), "TagSet", []any{map[string]any{"Key": "color", "Value": "red"}})

	deleted := api("delete-object", "--key", "k", "--if-match", fmt.Sprint(two["ETag"]))
	aws.expect(deleted, "DeleteMarker", true)
	aws.refused("NoSuchKey", "s3api", "get-object", "--bucket", "api", "--key", "k", "back")
	aws.refused("405", "s3api", "head-object", "--bucket", "api", "--key", "k", "--version-id", fmt.Sprint(deleted["VersionId"]))
	listed := api("list-object-versions", "--prefix", "k", "--page-size", "1")
	if versions := values(listed, "Versions"); len(versions) != 2 || len(values(listed, "DeleteMarkers")) != 1 ||
		versions[0]["VersionId"] != two["VersionId"] || versions[1]["VersionId"] != one["VersionId"] {
		t.Errorf("list-object-versions: %v", listed)
	}
	aws.expect(api("delete-object", "--key", "k", "--version-id", fmt.Sprint(deleted["VersionId"])), "DeleteMarker", true)
	aws.expect(api("head-object", "--key", "k"), "ETag", two["ETag"])
	api("put-bucket-versioning", "--versioning-configuration", "Status=Suspended")
	api("put-object", "--key", "k", "--body", "one")
	aws.expect(api("head-object", "--key", "k"), "VersionId", "null")

	aws.refused("BucketNotEmpty", "s3api", "delete-bucket", "--bucket", "api")
}

func TestAWSCLICopiesTagsAndConfigures(t *testing.T) {
	t.Parallel()
	aws := newAWSCLI(t, startServer(t))
	writeFile(t, aws.dir, "one", []byte("one"))
	api := func(operation string, more ...string) map[string]any {
		t.Helper()
		return aws.json(append([]string{"s3api", operation, "--bucket", "api"}, more...)...)
	}
	api("create-bucket")
	api("put-object", "--key", "k", "--body", "one", "--metadata", "who=Ada", "--tagging", "color=red")
	api("copy-object", "--key", "copy", "--copy-source", "api/k", "--metadata-directive", "REPLACE", "--metadata", "who=Bob",
		"--tagging-directive", "REPLACE", "--tagging", "size=m")
	aws.expect(api("head-object", "--key", "copy"), "Metadata", map[string]any{"who": "Bob"})
	aws.expect(api("get-object-tagging", "--key", "copy"), "TagSet", []any{map[string]any{"Key": "size", "Value": "m"}})
	api("put-object-tagging", "--key", "copy", "--tagging", "TagSet=[{Key=shape,Value=round one}]")
	aws.expect(api("get-object-tagging", "--key", "copy"), "TagSet", []any{map[string]any{"Key": "shape", "Value": "round one"}})
	api("delete-object-tagging", "--key", "copy")
	aws.expect(api("get-object-tagging", "--key", "copy"), "TagSet", []any{})

	aws.refused("NoSuchTagSet", "s3api", "get-bucket-tagging", "--bucket", "api")
	api("put-bucket-tagging", "--tagging", "TagSet=[{Key=team,Value=storage}]")
	aws.expect(api("get-bucket-tagging"), "TagSet", []any{map[string]any{"Key": "team", "Value": "storage"}})
	api("delete-bucket-tagging")
	aws.refused("NoSuchCORSConfiguration", "s3api", "get-bucket-cors", "--bucket", "api")
	rules := []any{map[string]any{"AllowedOrigins": []any{"https://example.com"}, "AllowedMethods": []any{"GET", "PUT"},
		"AllowedHeaders": []any{"*"}, "ExposeHeaders": []any{"ETag"}, "MaxAgeSeconds": "60"}}
	api("put-bucket-cors", "--cors-configuration", `{"CORSRules":[{"AllowedOrigins":["https://example.com"],"AllowedMethods":["GET","PUT"],
		"AllowedHeaders":["*"],"ExposeHeaders":["ETag"],"MaxAgeSeconds":60}]}`)
	aws.expect(api("get-bucket-cors"), "CORSRules", rules)
	api("delete-bucket-cors")
}
