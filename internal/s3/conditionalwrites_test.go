package s3

import (
	"strings"
	"testing"

	"github.com/signet-store/signet/internal/access"
)

// Amazon's documented policies that make writes conditional, as they stand there.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
const (
	allowedWith = `{
		"Sid": "AllowConditionalPut", "Effect": "Allow",
		"Principal": {"AWS": "arn:aws:iam::111122223333:user/Alice"},
		"Action": "s3:PutObject", "Resource": "arn:aws:s3:::amzn-s3-demo-bucket1/*",
		"Condition": {"Null": {"s3:if-none-match": "false"}}
	}`
	allowedMatching = `{
		"Sid": "AllowConditionalPutIfMatch", "Effect": "Allow",
		"Principal": {"AWS": "arn:aws:iam::111122223333:user/Alice"},
		"Action": "s3:PutObject", "Resource": "arn:aws:s3:::amzn-s3-demo-bucket1/*",
		"Condition": {"Null": {"s3:if-match": "false"}}
	}`
	allowedParts = `{
		"Sid": "AllowConditionalPutwithMPUs", "Effect": "Allow",
		"Principal": {"AWS": "arn:aws:iam::111122223333:user/Alice"},
		"Action": "s3:PutObject", "Resource": "arn:aws:s3:::amzn-s3-demo-bucket1/*",
		"Condition": {"Bool": {"s3:ObjectCreationOperation": "false"}}
	}`
	deniedWithout = `{
		"Sid": "BlockNonConditionalObjectCreation", "Effect": "Deny", "Principal": "*",
		"Action": "s3:PutObject", "Resource": "arn:aws:s3:::amzn-s3-demo-bucket1/*",
		"Condition": {"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}}
	}`
	aliceReads = `{
		"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/Alice"},
		"Action": "s3:GetObject", "Resource": "arn:aws:s3:::amzn-s3-demo-bucket1/*"
	}`
	aliceWrites = `{
		"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/Alice"},
		"Action": "s3:PutObject", "Resource": "arn:aws:s3:::amzn-s3-demo-bucket1/*"
	}`
)

// alice is a user of another account, whose own policies allow all of S3.
func (w *world) alice() {
	everything, err := access.ParsePolicy(
		[]byte(`{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`), access.IdentityPolicy)
	if err != nil {
		w.Fatal(err)
	}
	w.people["Alice"] = access.Principal{
		AccountID: "111122223333", CanonicalID: strings.Repeat("a2", 32), Name: "Alice",
		ARN: "arn:aws:iam::111122223333:user/Alice", ID: "AIDAALICEALICEALICEA", Policies: []*access.Policy{everything},
	}
}

// uploadID begins an upload and returns its ID.
func (w *world) uploadID(who, path string) string {
	w.Helper()
	_, id, _ := strings.Cut(w.must(who, "POST "+path+"?uploads"), "<UploadId>")
	id, _, _ = strings.Cut(id, "</UploadId>")
	return id
}

func TestAmazonsPoliciesForConditionalWrites(t *testing.T) {
	const bucket = "/amzn-s3-demo-bucket1"
	const absent, source = "If-None-Match: *", "X-Amz-Copy-Source: amzn-s3-demo-bucket1/k"
	tests := []struct {
		name, policy string
		// plain, absent and matching say whether a write may have no condition,
		// If-None-Match and If-Match.
		plain, absent, matching bool
	}{
		{"if-none-match", policy(allowedWith, allowedParts, aliceReads), false, true, false},
		{"if-match", policy(allowedMatching, allowedParts, aliceReads), false, false, true},
		{"either", policy(allowedWith, allowedMatching, allowedParts, aliceReads), false, true, true},
		{"a Deny of all others", policy(aliceWrites, aliceReads, deniedWithout), false, true, false},
		{"none", policy(aliceWrites, aliceReads), true, true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.alice()
			w.must("main", "PUT "+bucket)
			w.must("main", "PUT "+bucket+"/k", "content")
			etag := w.try("", "main", "HEAD "+bucket+"/k").sent("ETag")
			w.must("main", "PUT "+bucket+"?policy", tt.policy)
			want := func(allowed bool) string {
				if allowed {
					return ""
				}
				return "AccessDenied"
			}
			matching := "If-Match: " + etag

			w.try(want(tt.plain), "Alice", "PUT "+bucket+"/put", "content")
			w.try(want(tt.absent), "Alice", "PUT "+bucket+"/put-absent", "content", absent)
			w.try(want(tt.matching), "Alice", "PUT "+bucket+"/k", "content", matching)
			w.try(want(tt.plain), "Alice", "PUT "+bucket+"/copied", "", source)
			w.try(want(tt.absent), "Alice", "PUT "+bucket+"/copied-absent", "", source, absent)
			if got := w.upload("Alice", "amzn-s3-demo-bucket1", "posted"); got.code != want(tt.plain) {
				t.Errorf("a form: %d %s", got.status, got.code)
			}
			for _, c := range []struct {
				allowed    bool
				key        string
				conditions []string
			}{
				{tt.plain, "/completed", nil},
				{tt.absent, "/completed-absent", []string{absent}},
				{tt.matching, "/k", []string{matching}},
			} {
				// Parts, and uploads that begin, have no condition and need none.
				id := w.uploadID("Alice", bucket+c.key)
				part := w.try("", "Alice", "PUT "+bucket+c.key+"?partNumber=1&uploadId="+id, "content").sent("ETag")
				w.try("", "Alice", "PUT "+bucket+c.key+"?partNumber=2&uploadId="+id, "", source)
				w.try(want(c.allowed), "Alice", "POST "+bucket+c.key+"?uploadId="+id, append([]string{
					`<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>` + part +
						`</ETag></Part></CompleteMultipartUpload>`}, c.conditions...)...)
			}
		})
	}
}

// A bucket that wants conditions of writes into it wants none of copies out of it.
func TestObjectCreationSaysNothingOfReads(t *testing.T) {
	w := newWorld(t, nil)
	w.must("main", "PUT /bucket")
	w.must("main", "PUT /bucket/k", "content")
	w.must("main", "PUT /others")
	w.must("main", "PUT /bucket?policy", policy(`{"Effect":"Deny","Principal":"*","Action":"s3:*",
		"Resource":"arn:aws:s3:::bucket/*","Condition":{"Bool":{"s3:ObjectCreationOperation":["true","false"]}}}`))
	w.must("main", "GET /bucket/k")
	w.must("main", "PUT /others/copied", "", "X-Amz-Copy-Source: bucket/k")
	w.try("AccessDenied", "main", "PUT /bucket/new", "content")
	w.try("AccessDenied", "main", "PUT /bucket/new", "", "X-Amz-Copy-Source: others/copied")
	w.try("AccessDenied", "main", "POST /bucket/new?uploads")
	w.must("main", "DELETE /bucket/k")
}

func TestUnsignedPayloadsAreToldToPolicies(t *testing.T) {
	const hash = "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73" // of content
	w := newWorld(t, nil)
	w.must("main", "PUT /bucket")
	w.must("main", "DELETE /bucket?publicAccessBlock")
	const allow = `{"Effect":"Allow","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::bucket/*"}`
	deny := func(value string) string {
		return `{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::bucket/*",
			"Condition":{"StringEquals":{"s3:x-amz-content-sha256":"` + value + `"}}}`
	}
	const unsigned = "UNSIGNED-PAYLOAD"
	plain := ask{what: "PUT /bucket/k", body: "content"}
	hashed := ask{what: "PUT /bucket/k", body: "content", headers: []string{"X-Amz-Content-Sha256: " + hash}}
	tests := []struct {
		name string
		send func() answered
		want string
	}{
		{"presigned", func() answered { return w.do("main", plain) }, unsigned},
		{"presigned with a hash", func() answered { return w.do("main", hashed) }, hash},
		{"signed in a header", func() answered { return w.signed("main", plain) }, unsigned},
		{"presigned by the older scheme", func() answered { return w.old("main", plain) }, unsigned},
		{"a form", func() answered { return w.upload("main", "bucket", "k") }, unsigned},
		{"anonymous", func() answered { return w.do("", plain) }, unsigned},
		{"anonymous with a hash", func() answered { return w.do("", hashed) }, unsigned},
	}
	for _, tt := range tests {
		for value, denied := range map[string]bool{tt.want: true, "another": false} {
			w.must("main", "PUT /bucket?policy", policy(allow, deny(value)))
			if got := tt.send(); (got.code == "AccessDenied") != denied || got.status >= 300 != denied {
				t.Errorf("%s, a Deny of %s: %d %s", tt.name, value, got.status, got.code)
			}
		}
	}
}

// An empty header does what an absent one does, so it is no value to a policy that
// wants the header.
func TestEmptyHeadersAreNoValuesOfConditionKeys(t *testing.T) {
	const source = "X-Amz-Copy-Source: bucket/k"
	tests := []struct {
		key, name, value string
		more             []string
	}{
		{"s3:x-amz-storage-class", "X-Amz-Storage-Class", "STANDARD", nil},
		{"s3:x-amz-storage-class", "X-Amz-Storage-Class", "STANDARD", []string{source}},
		{"s3:x-amz-metadata-directive", "X-Amz-Metadata-Directive", "COPY", []string{source}},
		{"s3:x-amz-acl", "X-Amz-Acl", "private", nil},
		{"s3:x-amz-grant-read", "X-Amz-Grant-Read", `id="` + canonicalIDs[mainAccount] + `"`, nil},
		{"s3:if-none-match", "If-None-Match", "*", nil},
		{"aws:Referer", "Referer", "https://example.com/", nil},
	}
	for _, tt := range tests {
		t.Run(tt.key, func(t *testing.T) {
			w := newWorld(t, nil)
			w.must("main", "PUT /bucket", "", "X-Amz-Object-Ownership: BucketOwnerPreferred")
			w.must("main", "PUT /bucket/k", "content")
			w.must("main", "PUT /bucket?policy", policy(`{"Effect":"Deny","Principal":"*","Action":"s3:PutObject",
				"Resource":"arn:aws:s3:::bucket/*","Condition":{"Null":{"`+tt.key+`":"true"}}}`))
			put := func(header string) answered {
				return w.do("main", ask{what: "PUT /bucket/new", headers: append([]string{header}, tt.more...)})
			}
			if got := put(tt.name + ": "); got.status < 400 {
				t.Errorf("an empty %s meets the policy: %d", tt.name, got.status)
			}
			if got := put(tt.name + ": " + tt.value); got.status != 200 {
				t.Errorf("%s: %s does not meet the policy: %d %s", tt.name, tt.value, got.status, got.code)
			}
		})
	}
}
