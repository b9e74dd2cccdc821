package s3

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// controls is the body of PutBucketOwnershipControls.
func controls(ownership string) string {
	return "<OwnershipControls><Rule><ObjectOwnership>" + ownership + "</ObjectOwnership></Rule></OwnershipControls>"
}

func TestNewBucketsAreShut(t *testing.T) {
	w := newWorld(t, nil)
	w.must("main", "PUT /bucket")
	got := w.must("main", "GET /bucket?publicAccessBlock")
	for _, setting := range []string{"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"} {
		if !strings.Contains(got, "<"+setting+">true</"+setting+">") {
			t.Errorf("%s: %s", setting, got)
		}
	}
	if got := w.must("main", "GET /bucket?ownershipControls"); !strings.Contains(got, "<Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>") {
		t.Error(got)
	}
}

func TestLegacyBucketsAreAsTheyWere(t *testing.T) {
	w := newWorld(t, legacy)
	w.must("main", "PUT /bucket")
	a := w.try("NoSuchPublicAccessBlockConfiguration", "main", "GET /bucket?publicAccessBlock")
	if a.status != 404 || a.message != "The public access block configuration was not found" || !strings.Contains(a.body, "<BucketName>bucket</BucketName>") {
		t.Errorf("%+v", a)
	}
	a = w.try("OwnershipControlsNotFoundError", "main", "GET /bucket?ownershipControls")
	if a.status != 404 || a.message != "The bucket ownership controls were not found" {
		t.Errorf("%+v", a)
	}
	w.must("main", "PUT /bucket?acl", "", "X-Amz-Acl: public-read-write")
	w.must("", "PUT /bucket/k", "x", "X-Amz-Acl: public-read")
	if got := w.list("", "GET /bucket?list-type=2&fetch-owner=true&acl-is-no-parameter"); got != "nobody: " {
		t.Error(got)
	}
	w.must("main", "PUT /bucket?policy", policy(publicRead))
}

func TestPublicAccessBlockIsKept(t *testing.T) {
	w := newWorld(t, nil)
	w.must("main", "PUT /bucket")
	const open = "<PublicAccessBlockConfiguration>"
	for _, c := range []struct{ body, want string }{
		{open + "</PublicAccessBlockConfiguration>", "false false false false"},
		{open + "<BlockPublicAcls>TRUE</BlockPublicAcls><RestrictPublicBuckets> true </RestrictPublicBuckets></PublicAccessBlockConfiguration>", "true false false true"},
		{open + "<IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>1</BlockPublicPolicy></PublicAccessBlockConfiguration>", "false true true false"},
		{open + "<BlockPublicAcl>true</BlockPublicAcl></PublicAccessBlockConfiguration>", "MalformedXML"},
		{open + "<BlockPublicAcls>yes</BlockPublicAcls></PublicAccessBlockConfiguration>", "MalformedXML"},
		{"<PublicAccessBlock/>", "MalformedXML"},
		{"", "MalformedXML"},
	} {
		a := w.do("main", ask{what: "PUT /bucket?publicAccessBlock", body: c.body})
		got := a.code
		if a.status < 300 {
			var values []string
			for _, m := range regexp.MustCompile(`>(true|false)<`).FindAllStringSubmatch(w.must("main", "GET /bucket?publicAccessBlock"), -1) {
				values = append(values, m[1])
			}
			got = strings.Join(values, " ")
		}
		if got != c.want {
			t.Errorf("%s: %d %s, want %s", c.body, a.status, got, c.want)
		}
	}
	for range 2 {
		if a := w.try("", "main", "DELETE /bucket?publicAccessBlock"); a.status != 204 {
			t.Errorf("%d", a.status)
		}
		w.try("NoSuchPublicAccessBlockConfiguration", "main", "GET /bucket?publicAccessBlock")
	}
}

func TestPublicListsAreBlockedAndIgnored(t *testing.T) {
	w := newWorld(t, legacy)
	w.must("main", "PUT /bucket")
	w.must("main", "PUT /bucket/k", "x", "X-Amz-Acl: public-read")
	block := func(settings ...string) {
		body := "<PublicAccessBlockConfiguration>"
		for _, s := range settings {
			body += "<" + s + ">true</" + s + ">"
		}
		w.must("main", "PUT /bucket?publicAccessBlock", body+"</PublicAccessBlockConfiguration>")
	}
	block("BlockPublicAcls")
	w.must("", "GET /bucket/k") // which is there already
	w.user("ann", mainAccount, policy(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`))
	for _, c := range []struct {
		what, body, header, action, resource string
	}{
		{"PUT /bucket?acl", "", "X-Amz-Acl: public-read", "s3:PutBucketAcl", "bucket"},
		{"PUT /bucket?acl", "", "X-Amz-Acl: authenticated-read", "s3:PutBucketAcl", "bucket"},
		{"PUT /bucket/k?acl", "", "X-Amz-Grant-Read-Acp: uri=" + allUsers, "s3:PutObjectAcl", "bucket/k"},
		{"PUT /bucket/k?acl", document(canonicalIDs[mainAccount], "Group URI "+allUsers+" WRITE"), "", "s3:PutObjectAcl", "bucket/k"},
		{"PUT /bucket/new", "x", "X-Amz-Acl: public-read", "s3:PutObject", "bucket/new"},
		{"POST /bucket/new?uploads", "", "X-Amz-Acl: public-read", "s3:PutObject", "bucket/new"},
	} {
		q := ask{what: c.what, body: c.body}
		if c.header != "" {
			q.headers = []string{c.header}
		}
		if a := w.do("ann", q); a.status != 403 || a.message != "Access Denied" {
			t.Errorf("%s with a URL: %d %q", c.what, a.status, a.message)
		}
		a := w.signed("ann", q)
		want := fmt.Sprintf(`User: arn:aws:iam::123456789012:user/ann is not authorized to perform: %s on resource: "arn:aws:s3:::%s" because public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access.`, c.action, c.resource)
		if a.status != 403 || a.message != want {
			t.Errorf("%s: %q, want %q", c.what, a.message, want)
		}
	}
	w.must("main", "PUT /bucket?acl", "", "X-Amz-Acl: log-delivery-write")
	w.must("main", "PUT /bucket?acl", "", "X-Amz-Grant-Write: id="+canonicalIDs[altAccount])
	if a := w.try("AccessDenied", "alt", "PUT /bucket/new", "x", "X-Amz-Acl: public-read"); a.message != "Access Denied" {
		t.Errorf("a stranger is told %q", a.message)
	}

	block("IgnorePublicAcls")
	w.try("AccessDenied", "", "GET /bucket/k")
	w.try("AccessDenied", "alt", "GET /bucket/k")
	w.must("main", "PUT /bucket/k?acl", "", "X-Amz-Acl: public-read")
	if got := w.list("main", "GET /bucket/k?acl"); got != "main: main FULL_CONTROL, AllUsers READ" {
		t.Error(got)
	}
	w.try("AccessDenied", "", "GET /bucket/k")
	w.must("main", "PUT /bucket/k?acl", "", "X-Amz-Grant-Read: id="+canonicalIDs[altAccount])
	w.must("alt", "GET /bucket/k")
	block()
	w.must("main", "PUT /bucket/k?acl", "", "X-Amz-Acl: public-read")
	w.must("", "GET /bucket/k")
}

func TestOwnershipControlsAreKept(t *testing.T) {
	w := newWorld(t, nil)
	w.must("main", "PUT /bucket")
	for _, ownership := range []string{"ObjectWriter", "BucketOwnerPreferred", "BucketOwnerEnforced"} {
		w.must("main", "PUT /bucket?ownershipControls", controls(ownership))
		if got := w.must("main", "GET /bucket?ownershipControls"); !strings.Contains(got, "<ObjectOwnership>"+ownership+"</ObjectOwnership>") {
			t.Error(got)
		}
	}
	for _, body := range []string{"", "<OwnershipControls/>", controls("Nobody"), controls(""), strings.Replace(controls("ObjectWriter"), "<Rule>", "<Rule/><Rule>", 1)} {
		w.try("MalformedXML", "main", "PUT /bucket?ownershipControls", body)
	}
	for range 2 {
		if a := w.try("", "main", "DELETE /bucket?ownershipControls"); a.status != 204 {
			t.Errorf("%d", a.status)
		}
		w.try("OwnershipControlsNotFoundError", "main", "GET /bucket?ownershipControls")
	}
	w.must("main", "PUT /bucket?acl", "", "X-Amz-Grant-Read: id="+canonicalIDs[altAccount])
	a := w.try("InvalidBucketAclWithObjectOwnership", "main", "PUT /bucket?ownershipControls", controls("BucketOwnerEnforced"))
	if a.status != 400 || a.message != "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting" {
		t.Errorf("%+v", a)
	}
	w.must("main", "PUT /bucket?ownershipControls", controls("BucketOwnerPreferred"))
	w.must("main", "PUT /bucket?acl", document(canonicalIDs[mainAccount], "CanonicalUser ID "+canonicalIDs[mainAccount]+" READ"))
	w.must("main", "PUT /bucket?ownershipControls", controls("BucketOwnerEnforced"))
}

func TestBucketsAreMadeWithOwnershipAndLists(t *testing.T) {
	const shared, blocked = "InvalidBucketAclWithObjectOwnership", "InvalidBucketAclWithBlockPublicAccessError"
	alt := canonicalIDs[altAccount]
	for _, c := range []struct {
		legacy    bool
		ownership string
		header    string
		want      string // an error's code, or the list
	}{
		{false, "", "", "main: main FULL_CONTROL"},
		{false, "", "X-Amz-Acl: private", "main: main FULL_CONTROL"},
		{false, "", "X-Amz-Acl: bucket-owner-full-control", "main: main FULL_CONTROL"},
		{false, "", "X-Amz-Acl: public-read", shared},
		{false, "", "X-Amz-Grant-Read: id=" + alt, shared},
		{false, "BucketOwnerEnforced", "X-Amz-Acl: log-delivery-write", shared},
		{false, "ObjectWriter", "X-Amz-Acl: private", "main: main FULL_CONTROL"},
		{false, "ObjectWriter", "X-Amz-Acl: public-read", blocked},
		{false, "BucketOwnerPreferred", "X-Amz-Grant-Read: uri=" + allUsers, blocked},
		{false, "BucketOwnerPreferred", "X-Amz-Grant-Read: id=" + alt, "main: alt READ"},
		{false, "Somebody", "", "InvalidArgument"},
		{false, "", "X-Amz-Grant-Read: id=x", "InvalidArgument"},
		{true, "", "X-Amz-Acl: public-read", "main: main FULL_CONTROL, AllUsers READ"},
		{true, "ObjectWriter", "X-Amz-Acl: public-read-write", "main: main FULL_CONTROL, AllUsers READ, AllUsers WRITE"},
		{true, "BucketOwnerEnforced", "X-Amz-Acl: public-read", shared},
		{true, "BucketOwnerEnforced", "", "main: main FULL_CONTROL"},
	} {
		w := newWorld(t, func(o *testOptions) { o.LegacyBucketDefaults = c.legacy })
		q := ask{what: "PUT /bucket"}
		if c.ownership != "" {
			q.headers = append(q.headers, "X-Amz-Object-Ownership: "+c.ownership)
		}
		if c.header != "" {
			q.headers = append(q.headers, c.header)
		}
		a := w.do("main", q)
		got := a.code
		if a.status < 300 {
			got = w.list("main", "GET /bucket?acl")
			shown := w.do("main", ask{what: "GET /bucket?ownershipControls"})
			if c.ownership != "" && !strings.Contains(shown.body, "<ObjectOwnership>"+c.ownership+"<") {
				t.Errorf("%+v: %s", c, shown.body)
			}
		} else {
			w.try("NoSuchBucket", "main", "GET /bucket")
		}
		if got != c.want {
			t.Errorf("%+v: %s %s", c, got, a.message)
		}
	}
}

func TestMakingABucketAgainDoesNotChangeWhoHasAccess(t *testing.T) {
	w := newWorld(t, legacy)
	w.must("main", "PUT /bucket", "", "X-Amz-Acl: public-read")
	w.must("main", "PUT /bucket")
	w.try("BucketAlreadyOwnedByYou", "main", "PUT /bucket", "", "X-Amz-Acl: private")
	w.try("BucketAlreadyOwnedByYou", "main", "PUT /bucket", "", "X-Amz-Object-Ownership: BucketOwnerEnforced")
	w.try("BucketAlreadyExists", "alt", "PUT /bucket", "", "X-Amz-Acl: public-read")
	if got := w.list("main", "GET /bucket?acl"); got != "main: main FULL_CONTROL, AllUsers READ" {
		t.Error(got)
	}
	w.user("maker", mainAccount, policy(`{"Effect":"Allow","Action":"s3:CreateBucket","Resource":"*"}`))
	w.must("maker", "PUT /plain")
	w.try("AccessDenied", "maker", "PUT /shared", "", "X-Amz-Acl: public-read")
	w.try("AccessDenied", "maker", "PUT /owned", "", "X-Amz-Object-Ownership: ObjectWriter")
	if got := w.list("main", "GET /plain?acl"); got != "main: main FULL_CONTROL" {
		t.Error(got) // a user's bucket is the account's
	}
}

func TestWhoUploadsIntoAnothersBucketOwnsWhatAmazonSays(t *testing.T) {
	const bucketOwner = "X-Amz-Acl: bucket-owner-full-control"
	for _, c := range []struct {
		ownership, header string
		owner             string
		mainReads         bool
	}{
		{"BucketOwnerEnforced", "", "main", true},
		{"BucketOwnerEnforced", bucketOwner, "main", true},
		{"BucketOwnerPreferred", "", "alt", false},
		{"BucketOwnerPreferred", bucketOwner, "main", true},
		{"BucketOwnerPreferred", "X-Amz-Acl: bucket-owner-read", "alt", true},
		{"ObjectWriter", "", "alt", false},
		{"ObjectWriter", bucketOwner, "alt", true},
		{"ObjectWriter", "X-Amz-Acl: private", "alt", false},
	} {
		t.Run(c.ownership+" "+c.header, func(t *testing.T) {
			w := newWorld(t, nil)
			w.must("main", "PUT /bucket")
			w.must("main", "PUT /bucket?ownershipControls", controls(c.ownership))
			w.must("main", "PUT /bucket?policy", policy(`{"Effect":"Allow","Principal":{"AWS":"`+altAccount+`"},"Action":["s3:PutObject","s3:PutObjectAcl"],"Resource":"arn:aws:s3:::bucket/*"}`))
			w.user("ann", altAccount, policy(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`))
			headers := []string{"x"}
			if c.header != "" {
				headers = append(headers, c.header)
			}
			w.must("ann", "PUT /bucket/k", headers...)
			upload := w.must("ann", "POST /bucket/u?uploads", with(headers[1:])...)
			id := regexp.MustCompile(`<UploadId>(.*)</UploadId>`).FindStringSubmatch(upload)[1]

			owner := "<Owner><ID>" + canonicalIDs[map[string]string{"main": mainAccount, "alt": altAccount}[c.owner]] + "</ID>"
			for _, what := range []string{"?list-type=2&fetch-owner=true", "", "?versions", "?uploads"} {
				if got := w.must("main", "GET /bucket"+what); !strings.Contains(got, owner) {
					t.Errorf("GET /bucket%s: %s", what, got)
				}
			}
			if got := w.must("main", "GET /bucket/u?uploadId="+id); !strings.Contains(got, owner) {
				t.Errorf("ListParts: %s", got)
			}
			want := "AccessDenied"
			if c.mainReads {
				want = ""
			}
			w.try(want, "main", "GET /bucket/k")
			if c.owner == "alt" {
				// The writer's account has it: its own policies decide, not the bucket's.
				w.must("ann", "GET /bucket/k")
				if got := w.list("alt", "GET /bucket/k?acl"); !strings.HasPrefix(got, "alt: alt FULL_CONTROL") {
					t.Error(got)
				}
			} else {
				w.try("AccessDenied", "ann", "GET /bucket/k")
				if got := w.list("main", "GET /bucket/k?acl"); got != "main: main FULL_CONTROL" {
					t.Error(got)
				}
			}
			w.must("main", "DELETE /bucket/k") // always the bucket's owner's to delete
		})
	}
}
