package s3

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/object"
)

func TestFeaturesThatAreNotHereAreRefused(t *testing.T) {
	for _, c := range []struct {
		op     *operation
		header auth.Fields
		want   string // "" for none
	}{
		{&putObject, headers(), ""},
		{&putObject, headers("X-Amz-Meta-Acl", "public-read", "X-Amz-Date", "x", "Content-Type", "x/y"), ""},
		{&putObject, headers("X-Amz-Acl", "public-read", "X-Amz-Grant-Full-Control", "id=x"), ""},
		{&putObject, headers("X-Amz-Server-Side-Encryption", "aws:kms"), "x-amz-server-side-encryption"},
		{&putObject, headers("X-Amz-Server-Side-Encryption-Customer-Key", "x"), "x-amz-server-side-encryption-customer-key"},
		{&getObject, headers("X-Amz-Server-Side-Encryption-Customer-Algorithm", "AES256"), "x-amz-server-side-encryption-customer-algorithm"},
		{&copyObject, headers("X-Amz-Copy-Source-Server-Side-Encryption-Customer-Key", "x"), "x-amz-copy-source-server-side-encryption-customer-key"},
		{&putObject, headers("X-Amz-Object-Lock-Legal-Hold", "ON"), "x-amz-object-lock-legal-hold"},
		{&deleteObject, headers("X-Amz-Bypass-Governance-Retention", "true"), "x-amz-bypass-governance-retention"},
		{&deleteObject, headers("X-Amz-If-Match-Size", "1"), ""},
		{&putObject, headers("X-Amz-If-Match-Size", "1"), "x-amz-if-match-size"},
		{&putObject, headers("X-Amz-Website-Redirect-Location", "/x"), "x-amz-website-redirect-location"},
		{&putObject, headers("X-Amz-Write-Offset-Bytes", "1"), "x-amz-write-offset-bytes"},
		{&createBucket, headers("X-Amz-Bucket-Object-Lock-Enabled", "False"), ""},
		{&createBucket, headers("X-Amz-Bucket-Object-Lock-Enabled", "true"), "x-amz-bucket-object-lock-enabled"},
		{&createBucket, headers("X-Amz-Object-Ownership", "ObjectWriter"), ""},
		// A write may demand that nothing is there.
		{&putObject, headers("If-None-Match", "*"), ""},
		{&putObject, headers("If-None-Match", `"x"`), "If-None-Match"},
		{&copyObject, headers("If-None-Match", "*", "If-None-Match", `"x"`), "If-None-Match"},
		{&completeMultipartUpload, headers("If-None-Match", `"x"`), "If-None-Match"},
		{&uploadPart, headers("If-None-Match", `"x"`), "If-None-Match"},
		{&deleteObject, headers("If-None-Match", "*"), "If-None-Match"},
		{&getObject, headers("If-None-Match", `"x"`), ""},
		// No operation here does a part of a feature.
		{&getBucketAcl, headers("X-Amz-Server-Side-Encryption", "AES256"), "x-amz-server-side-encryption"},
		{&listParts, headers("X-Amz-Server-Side-Encryption-X", ""), "x-amz-server-side-encryption-x"},
		{&putObject, headers("X-Amz-Object-Lock-New", "1"), "x-amz-object-lock-new"},
	} {
		err := refuseUnlistedHeaders(c.op, c.header)
		got := ""
		if absent, ok := err.(*failure); ok {
			got = strings.TrimPrefix(absent.message, notImplementedMessage)
		} else if err != nil {
			t.Fatal(err)
		}
		if got != c.want {
			t.Errorf("%s %v: %q, want %q", c.op.name, c.header, got, c.want)
		}
	}
}

func TestConditionsOfAWriteAreAllHeaders(t *testing.T) {
	for _, tt := range []struct {
		header auth.Fields
		want   object.Conditions
	}{
		{headers(), object.Conditions{}},
		{headers("If-Match", ""), object.Conditions{IfMatch: new("")}},
		{
			headers("If-Match", `"a"`, "If-Match", `"b"`, "If-None-Match", "*"),
			object.Conditions{IfMatch: new(`"a","b"`), IfNoneMatch: new("*")},
		},
	} {
		if diff := cmp.Diff(tt.want, writeConditions(taken(&putObject, tt.header))); diff != "" {
			t.Errorf("%v: %s", tt.header, diff)
		}
	}
}
