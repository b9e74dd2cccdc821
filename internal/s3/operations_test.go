package s3

import (
	"testing"
)

func TestEveryOperationIsWhole(t *testing.T) {
	ops := operations()
	if err := checkOperations(ops); err != nil {
		t.Error(err)
	}
	names := make(map[string]bool)
	for _, op := range ops {
		if names[op.name] && op.name != "PreflightRequest" {
			t.Errorf("%s is there twice", op.name)
		}
		names[op.name] = true
		if op.body == objectBody && op.facts == noFacts {
			t.Errorf("%s stores an object in a bucket that it does not load", op.name)
		}
	}
	if err := checkOperations([]*operation{{name: "X", method: "GET"}}); err == nil {
		t.Error("an operation without an action starts")
	}
}

func TestRequestsFindTheirOperation(t *testing.T) {
	ops := operations()
	table, known := newRoutes(ops), subresourcesOf(ops)
	for _, c := range []struct {
		method string
		level  level
		query  string
		header string
		want   string // "" for none
	}{
		{"GET", onService, "", "", "ListBuckets"},
		{"GET", onService, "x-id=ListBuckets", "", "ListBuckets"},
		{"POST", onService, "", "", ""},
		{"GET", onBucket, "", "", "ListObjects"},
		{"GET", onBucket, "list-type=2&prefix=acl", "", "ListObjectsV2"},
		{"GET", onBucket, "location", "", "GetBucketLocation"},
		{"GET", onBucket, "location=", "", "GetBucketLocation"},
		{"GET", onBucket, "versions", "", "ListObjectVersions"},
		{"GET", onBucket, "prefix=versions", "", "ListObjects"},
		{"POST", onBucket, "delete", "", "DeleteObjects"},
		{"POST", onBucket, "", "", "PostObject"},
		{"PUT", onBucket, "policy", "", "PutBucketPolicy"},
		{"PUT", onBucket, "retention", "", ""},
		{"GET", onObject, "x-id=GetObject", "", "GetObject"},
		{"GET", onObject, "response-content-type=acl", "", "GetObject"},
		{"GET", onObject, "versionId=x", "", "GetObject"},
		{"GET", onObject, "partNumber=1", "", "GetObject"},
		{"GET", onObject, "lifecycle", "", ""},
		{"HEAD", onObject, "", "", "HeadObject"},
		{"PUT", onObject, "", "", "PutObject"},
		{"PUT", onObject, "", "X-Amz-Copy-Source", "CopyObject"},
		{"PUT", onObject, "partNumber=1&uploadId=u", "", "UploadPart"},
		{"PUT", onObject, "partNumber=1&uploadId=u", "X-Amz-Copy-Source", "UploadPartCopy"},
		{"PUT", onObject, "acl", "", "PutObjectAcl"},
		{"POST", onObject, "", "", ""},
		{"POST", onObject, "uploads", "", "CreateMultipartUpload"},
		{"PATCH", onObject, "", "", ""},
	} {
		q, err := parseQuery(c.query)
		if err != nil {
			t.Fatal(err)
		}
		subresource, err := findSubresource(q, known)
		if err != nil {
			t.Errorf("%s ?%s: %v", c.method, c.query, err)
			continue
		}
		h := headers()
		if c.header != "" {
			h = headers(c.header, "x")
		}
		got := ""
		if op := table.find(routeKey{c.method, c.level, subresource}, h, q); op != nil {
			got = op.name
		}
		if got != c.want {
			t.Errorf("%s %d ?%s %s: %q, want %q", c.method, c.level, c.query, c.header, got, c.want)
		}
	}
}

func TestTwoSubresourcesContradictEachOther(t *testing.T) {
	q, err := parseQuery("acl&x=1&tagging")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := findSubresource(q, map[string]bool{"acl": true, "tagging": true}); err == nil {
		t.Error("acl and tagging at once were accepted")
	}
	q, _ = parseQuery("acl&acl=")
	if s, err := findSubresource(q, map[string]bool{"acl": true}); err != nil || s != "acl" {
		t.Errorf("acl twice: %q, %v", s, err)
	}
}
