package s3

import (
	"strings"
	"testing"
)

// publicWrite lets everybody do everything to a bucket.
const publicWrite = `{"Effect":"Allow","Principal":"*","Action":"s3:*",
	"Resource":["arn:aws:s3:::bucket","arn:aws:s3:::bucket/*"]}`

// newPublicWorld is a world with a bucket in which everybody may do everything, by its
// policy and by its access control list.
func newPublicWorld(t *testing.T) *world {
	w := newWorld(t, nil)
	w.must("main", "PUT /bucket")
	w.must("main", "DELETE /bucket?publicAccessBlock")
	w.must("main", "DELETE /bucket?ownershipControls")
	w.must("main", "PUT /bucket?acl", "", "X-Amz-Acl: public-read-write")
	w.must("main", "PUT /bucket?policy", policy(publicWrite))
	w.must("main", "PUT /bucket/k", "content")
	return w
}

func TestSomeOperationsAreNotForAnonymousCallers(t *testing.T) {
	w := newPublicWorld(t)
	upload := w.must("main", "POST /bucket/large?uploads")
	_, upload, _ = strings.Cut(upload, "<UploadId>")
	upload, _, _ = strings.Cut(upload, "</UploadId>")
	const source, range1 = "X-Amz-Copy-Source: bucket/k", "X-Amz-Copy-Source-Range: bytes=0-1"
	part := "PUT /bucket/large?partNumber=1&uploadId=" + upload
	const (
		copies  = "Anonymous users cannot copy objects.  Please authenticate."
		uploads = "Anonymous users cannot initiate multipart uploads.  Please authenticate."
	)
	tests := []struct {
		name, what string
		headers    []string
		message    string
	}{
		{"begin an upload", "POST /bucket/new?uploads", nil, uploads},
		{"begin an upload with a list", "POST /bucket/new?uploads", []string{"X-Amz-Acl: public-read"}, uploads},
		{"copy", "PUT /bucket/new", []string{source}, copies},
		{"copy a key that is missing", "PUT /bucket/new", []string{"X-Amz-Copy-Source: bucket/none"}, copies},
		{"copy onto itself", "PUT /bucket/k", []string{source, "X-Amz-Metadata-Directive: REPLACE"}, copies},
		{"copy a part", part, []string{source}, copies},
		{"copy a part of a part", part, []string{source, range1}, copies},
		{"copy a part of no upload", "PUT /bucket/large?partNumber=1&uploadId=none", []string{source}, copies},
		{"read ownership", "GET /bucket?ownershipControls", nil,
			"s3:GetBucketOwnershipControls does not support Anonymous requests!"},
		{"remove ownership", "DELETE /bucket?ownershipControls", nil,
			"s3:PutBucketOwnershipControls does not support Anonymous requests!"},
	}
	for _, tt := range tests {
		a := w.do("", ask{what: tt.what, headers: tt.headers})
		if a.status != 403 || a.code != "AccessDenied" || a.message != tt.message {
			t.Errorf("%s: %d %s %q, want %q", tt.name, a.status, a.code, a.message, tt.message)
		}
	}
	w.try("NoSuchKey", "main", "GET /bucket/new")
	if got := w.must("main", "GET /bucket?uploads"); strings.Count(got, "<Upload>") != 1 {
		t.Errorf("an upload was begun: %s", got)
	}
	if got := w.must("main", "GET /bucket/large?uploadId="+upload); strings.Contains(got, "<Part>") {
		t.Errorf("a part was stored: %s", got)
	}
	// The same bucket lets them do the rest, and callers of other accounts all of it.
	w.must("", "PUT /bucket/new", "content")
	w.must("", "GET /bucket/k")
	w.must("alt", "PUT /bucket/copied", "", source)
	w.must("alt", "POST /bucket/large?uploads")
}

// A private bucket gives the same answer, which so tells nothing of it.
func TestAnonymousCopiesAreRefusedAlikeInPrivateBuckets(t *testing.T) {
	w := newWorld(t, nil)
	w.must("main", "PUT /bucket")
	w.must("main", "PUT /bucket/k", "content")
	for _, key := range []string{"k", "none"} {
		a := w.do("", ask{what: "PUT /bucket/new", headers: []string{"X-Amz-Copy-Source: bucket/" + key}})
		if a.status != 403 || a.message != unsignedCopy {
			t.Errorf("%s: %d %q", key, a.status, a.message)
		}
	}
	w.try("NoSuchBucket", "", "PUT /none/new", "", "X-Amz-Copy-Source: bucket/k")
}

// strangersOnly are statements that let the anonymous principal in without naming
// everybody's address: each is public.
var strangersOnly = []string{
	`"StringEquals":{"aws:userid":"anonymous"}`,
	`"StringLike":{"aws:userid":["AROAJQABLZS4A3QDU576Q:*","anonymous"]}`,
	`"ForAnyValue:StringEqualsIgnoreCase":{"AWS:UserId":"ANONYMOUS"}`,
	`"StringEquals":{"aws:PrincipalType":"Anonymous"}`,
	`"Null":{"aws:PrincipalArn":"true"}`,
	`"StringNotLike":{"aws:PrincipalArn":"arn:*"}`,
	`"ArnLikeIfExists":{"aws:PrincipalArn":"arn:aws:iam::123456789012:root"}`,
	`"ForAllValues:StringEquals":{"aws:username":"ann"}`,
	`"IpAddress":{"aws:SourceIp":["0.0.0.0/1","128.0.0.0/1"]}`,
}

func TestAPolicyForStrangersIsPublicEverywhere(t *testing.T) {
	for _, condition := range strangersOnly {
		t.Run(condition, func(t *testing.T) {
			w := newWorld(t, nil)
			w.must("main", "PUT /bucket")
			w.must("main", "PUT /bucket/k", "content")
			document := policy(`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject",
				"Resource":"arn:aws:s3:::bucket/*","Condition":{` + condition + `}}`)
			w.try("AccessDenied", "main", "PUT /bucket?policy", document)
			w.try("NoSuchBucketPolicy", "main", "GET /bucket?policy")

			w.must("main", "DELETE /bucket?publicAccessBlock")
			w.must("main", "PUT /bucket?policy", document)
			w.must("", "GET /bucket/k")
			if got := w.must("main", "GET /bucket?policyStatus"); !strings.Contains(got, "<IsPublic>true</IsPublic>") {
				t.Error(got)
			}
			w.must("main", "PUT /bucket?publicAccessBlock", `<PublicAccessBlockConfiguration>`+
				`<RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>`)
			w.try("AccessDenied", "", "GET /bucket/k")
			w.try("AccessDenied", "alt", "GET /bucket/k")
		})
	}
}

func TestNoCopyIsForAnonymousCallers(t *testing.T) {
	for _, op := range operations() {
		if op.copies && op.unsigned != unsignedCopy {
			t.Errorf("%s: %q", op.name, op.unsigned)
		}
	}
}
