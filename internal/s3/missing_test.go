package s3

import (
	"strings"
	"testing"
)

// A missing key is 404 to those who may list the bucket, and 403 to all others.
func TestAMissingKeyIsToldToThoseWhoMayList(t *testing.T) {
	w := newWorld(t, legacy)
	w.user("lister", mainAccount, policy(`{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::private"}`))
	w.user("denied", mainAccount, policy(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`, `{"Effect":"Deny","Action":"s3:GetObject*","Resource":"*"}`))
	for bucket, acl := range map[string]string{
		"listed": "public-read", "open": "public-read-write", "members": "authenticated-read", "private": "private", "blocked": "public-read", "policy": "private", "folder": "private",
	} {
		w.must("main", "PUT /"+bucket, "", "X-Amz-Acl: "+acl)
		w.must("main", "PUT /"+bucket+"/secret", "text")
	}
	w.must("main", "PUT /blocked?publicAccessBlock", "<PublicAccessBlockConfiguration><IgnorePublicAcls>true</IgnorePublicAcls></PublicAccessBlockConfiguration>")
	public := func(bucket, condition string) string {
		return policy(`{"Effect":"Allow","Principal":"*","Action":"s3:ListBucket","Resource":"arn:aws:s3:::` + bucket + `"` + condition + `}`)
	}
	w.must("main", "PUT /policy?policy", public("policy", ""))
	w.must("main", "PUT /folder?policy", public("folder", `,"Condition":{"StringLike":{"s3:prefix":"pub/*"}}`))
	for _, tt := range []struct {
		who, bucket string
		listed      bool
	}{
		{"", "listed", true},
		{"", "open", true},
		{"", "members", false},
		{"alt", "members", true},
		{"alt", "listed", true},
		{"", "private", false},
		{"alt", "private", false},
		{"lister", "private", true},
		{"denied", "private", false},
		{"", "blocked", false},
		{"", "policy", true},
		{"", "folder", false}, // a read has no prefix
		{"main", "private", true},
	} {
		want := map[bool]string{true: "NoSuchKey", false: "AccessDenied"}[tt.listed]
		for _, query := range []string{"", "?acl", "?tagging"} {
			w.try(want, tt.who, "GET /"+tt.bucket+"/missing"+query)
		}
		w.try(strings.Replace(want, "Key", "Version", 1), tt.who, "GET /"+tt.bucket+"/missing?versionId=null")
		status := map[bool]int{true: 404, false: 403}[tt.listed]
		if a := w.do(tt.who, ask{what: "HEAD /" + tt.bucket + "/missing"}); a.status != status {
			t.Errorf("%q: HEAD of a missing key in %s: %d, want %d", tt.who, tt.bucket, a.status, status)
		}
		// What is there tells no more than before, and writes are no reads.
		if tt.who != "main" {
			w.try("AccessDenied", tt.who, "GET /"+tt.bucket+"/secret")
			if tt.who != "denied" { // who may do that
				w.try("AccessDenied", tt.who, "PUT /"+tt.bucket+"/missing?tagging", "<Tagging><TagSet/></Tagging>")
			}
		}
	}
	// Listing keys is not listing uploads.
	for _, who := range []string{"", "alt"} {
		w.try("AccessDenied", who, "GET /listed/missing?uploadId=none")
		w.try("AccessDenied", who, "GET /listed/secret?uploadId=none")
	}
	w.try("NoSuchUpload", "main", "GET /listed/missing?uploadId=none")
	// The source of a copy is read.
	w.must("alt", "PUT /elsewhere")
	w.try("NoSuchKey", "alt", "PUT /elsewhere/k", "", "X-Amz-Copy-Source: listed/missing")
	w.try("AccessDenied", "alt", "PUT /elsewhere/k", "", "X-Amz-Copy-Source: private/missing")
	w.try("AccessDenied", "alt", "PUT /elsewhere/k", "", "X-Amz-Copy-Source: listed/secret")
}
