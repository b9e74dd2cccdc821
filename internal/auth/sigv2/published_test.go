package sigv2

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	exampleID     = "AKIAIOSFODNN7EXAMPLE"
	exampleSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
)

// The examples of Amazon's page on the scheme.
func TestPublishedHeaderExamples(t *testing.T) {
	const bucket = "awsexamplebucket1"
	for _, test := range []struct {
		name         string
		request      Request
		stringToSign string
		signature    string
	}{
		{
			name: "object GET",
			request: Request{Method: "GET", Target: target("/photos/puppy.jpg"), VirtualHosted: true, Bucket: bucket,
				Header: http.Header{"Date": {"Tue, 27 Mar 2007 19:36:42 +0000"}}},
			stringToSign: "GET\n\n\nTue, 27 Mar 2007 19:36:42 +0000\n/awsexamplebucket1/photos/puppy.jpg",
			signature:    "qgk2+6Sv9/oM7G3qLEjTH1a1l1g=",
		},
		{
			name: "object PUT",
			request: Request{Method: "PUT", Target: target("/photos/puppy.jpg"), VirtualHosted: true, Bucket: bucket,
				Header: http.Header{"Content-Type": {"image/jpeg"}, "Content-Length": {"94328"},
					"Date": {"Tue, 27 Mar 2007 21:15:45 +0000"}}},
			stringToSign: "PUT\n\nimage/jpeg\nTue, 27 Mar 2007 21:15:45 +0000\n/awsexamplebucket1/photos/puppy.jpg",
			signature:    "iqRzw+ileNPu1fhspnRs8nOjjIA=",
		},
		{
			name: "list",
			request: Request{Method: "GET", Target: target("/?prefix=photos&max-keys=50&marker=puppy"),
				VirtualHosted: true, Bucket: bucket,
				Header: http.Header{"User-Agent": {"Mozilla/5.0"}, "Date": {"Tue, 27 Mar 2007 19:42:41 +0000"}}},
			stringToSign: "GET\n\n\nTue, 27 Mar 2007 19:42:41 +0000\n/awsexamplebucket1/",
			signature:    "m0WP8eCtspQl5Ahe6L1SozdX9YA=",
		},
		{
			name: "fetch the access control policy",
			request: Request{Method: "GET", Target: target("/?acl"), VirtualHosted: true, Bucket: bucket,
				Header: http.Header{"Date": {"Tue, 27 Mar 2007 19:44:46 +0000"}}},
			stringToSign: "GET\n\n\nTue, 27 Mar 2007 19:44:46 +0000\n/awsexamplebucket1/?acl",
			signature:    "82ZHiFIjc+WbcwFKGUVEQspPn+0=",
		},
		{
			name: "delete with a date of Amazon's own",
			request: Request{Method: "DELETE", Target: target("/johnsmith/photos/puppy.jpg"),
				Header: http.Header{"Date": {"Tue, 27 Mar 2007 21:20:27 +0000"},
					"X-Amz-Date": {"Tue, 27 Mar 2007 21:20:26 +0000"}}},
			stringToSign: "DELETE\n\n\n\nx-amz-date:Tue, 27 Mar 2007 21:20:26 +0000\n/johnsmith/photos/puppy.jpg",
			signature:    "R4dJ53KECjStyBO5iTBJZ4XVOaI=",
		},
		{
			name: "upload with metadata",
			request: Request{Method: "PUT", Target: target("/db-backup.dat.gz"), VirtualHosted: true, Bucket: "static.example.com",
				Header: http.Header{
					"Date":                         {"Tue, 27 Mar 2007 21:06:08 +0000"},
					"X-Amz-Acl":                    {"public-read"},
					"Content-Type":                 {"application/x-download"},
					"Content-Md5":                  {"4gJE4saaMU4BqNR0kLY+lw=="},
					"X-Amz-Meta-Reviewedby":        {"joe@example.com", "jane@example.com"},
					"X-Amz-Meta-Filechecksum":      {"0x02661779"},
					"X-Amz-Meta-Checksumalgorithm": {"crc32"},
				}},
			stringToSign: "PUT\n4gJE4saaMU4BqNR0kLY+lw==\napplication/x-download\nTue, 27 Mar 2007 21:06:08 +0000\n" +
				"x-amz-acl:public-read\nx-amz-meta-checksumalgorithm:crc32\nx-amz-meta-filechecksum:0x02661779\n" +
				"x-amz-meta-reviewedby:joe@example.com,jane@example.com\n/static.example.com/db-backup.dat.gz",
			signature: "jtBQa0Aq+DkULFI8qrpwIjGEx0E=",
		},
		{
			name: "list all buckets",
			request: Request{Method: "GET", Target: target("/"),
				Header: http.Header{"Date": {"Wed, 28 Mar 2007 01:29:59 +0000"}}},
			stringToSign: "GET\n\n\nWed, 28 Mar 2007 01:29:59 +0000\n/",
			signature:    "qGdzdERIC03wnaRNKh6OqZehG9s=",
		},
		{
			name: "a key with escapes stays as it was sent",
			request: Request{Method: "GET", Target: target("/dictionary/fran%C3%A7ais/pr%c3%a9f%c3%a8re"),
				Header: http.Header{"Date": {"Wed, 28 Mar 2007 01:49:49 +0000"}}},
			stringToSign: "GET\n\n\nWed, 28 Mar 2007 01:49:49 +0000\n/dictionary/fran%C3%A7ais/pr%c3%a9f%c3%a8re",
			signature:    "DNEZGsoieTZ92F3bUfSPQcbGmlM=",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := HeaderStringsToSign(&test.request)
			if err != nil {
				t.Fatal(err)
			}
			if got[0] != test.stringToSign {
				t.Errorf("string to sign:\n%q, want\n%q", got[0], test.stringToSign)
			}
			if signature := Sign(exampleSecret, got[0]); signature != test.signature {
				t.Errorf("signature %s, want %s", signature, test.signature)
			}
			if !Verify(exampleSecret, got, test.signature) {
				t.Error("the published signature is refused")
			}
		})
	}
}

// The page renamed its bucket and kept the signature, which is that of the old name.
func TestPublishedQueryExample(t *testing.T) {
	r := Request{
		Method: "GET", Bucket: "johnsmith", VirtualHosted: true,
		Target: target("/photos/puppy.jpg?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&Expires=1175139620"),
	}
	q, err := ParsePresigned(r.Target.Query)
	if err != nil {
		t.Fatal(err)
	}
	want := Presigned{
		AccessKeyID: exampleID,
		Signature:   "NpgCjnDzrM+WFzoENXmpNDUsSn8=",
		Expires:     time.Date(2007, 3, 29, 3, 40, 20, 0, time.UTC),
		ExpiresText: "1175139620",
	}
	if diff := cmp.Diff(want, q); diff != "" {
		t.Error(diff)
	}
	got, err := QueryStringsToSign(&r, &q)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"GET\n\n\n1175139620\n/johnsmith/photos/puppy.jpg"}, got); diff != "" {
		t.Error(diff)
	}
	if !Verify(exampleSecret, got, q.Signature) {
		t.Error("the published signature is refused")
	}
}

func TestPublishedAuthorization(t *testing.T) {
	got, err := ParseAuthorization("AWS AKIAIOSFODNN7EXAMPLE:qgk2+6Sv9/oM7G3qLEjTH1a1l1g=")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Credential{exampleID, "qgk2+6Sv9/oM7G3qLEjTH1a1l1g="}, got); diff != "" {
		t.Error(diff)
	}
}
