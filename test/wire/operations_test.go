package wire

import (
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
)

// operation is one request of an operation of S3, as the matrix makes it in a bucket
// that holds what furnish puts there, and what must become of the bucket.
type operation struct {
	// name is Amazon's; behind a comma, which of several requests of one operation.
	name           string
	method, target string
	headers        []header
	// body is the request's: an object's bytes where isObject, else a document,
	// which goes with its Content-MD5.
	body     string
	isObject bool
	// document says that there could be a document where body is empty.
	document bool
	status   int // of success; 501 where the server has it not
	// bare says that the bucket must be empty; gone, that there is none after.
	bare, gone bool
	// removes and adds are what changes in the lines of holding. {content}, {size}
	// and {md5} are those of the object's bytes as they arrived, and {NAME} is the value
	// of the header of that name.
	removes, adds []string
}

// base is the operation's name without what request of it this is.
func (o *operation) base() string { name, _, _ := strings.Cut(o.name, ","); return name }

func (o *operation) changes() bool { return o.gone || len(o.removes)+len(o.adds) > 0 }

// onObject and onService say what the target names; else it is a bucket.
func (o *operation) onObject() bool {
	return strings.Contains(strings.TrimPrefix(o.path(), "/"), "/")
}
func (o *operation) onService() bool { return o.path() == "/" }
func (o *operation) path() string    { path, _, _ := strings.Cut(o.target, "?"); return path }

// subresource is the parameter that the request is routed by, "" if none.
func (o *operation) subresource() string {
	_, query, _ := strings.Cut(o.target, "?")
	for _, p := range strings.Split(query, "&") {
		if name, _, _ := strings.Cut(p, "="); !slices.Contains([]string{"list-type", "versionId", "id", "partNumber"}, name) {
			return name
		}
	}
	return ""
}

const (
	theirTags   = "t=u"
	everybody   = `uri="http://acs.amazonaws.com/groups/global/AllUsers"`
	signedUp    = `uri="http://acs.amazonaws.com/groups/global/AuthenticatedUsers"`
	policyOfAll = `{"Version":"2012-10-17","Statement":[{"Sid":"%s","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::{bucket}/*","Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.1"}}}]}`
)

func policyNamed(sid string) string { return strings.Replace(policyOfAll, "%s", sid, 1) }

func ownership(value string) string {
	return "<OwnershipControls><Rule><ObjectOwnership>" + value + "</ObjectOwnership></Rule></OwnershipControls>"
}

func publicAccess(value string) string {
	return "<PublicAccessBlockConfiguration><BlockPublicAcls>" + value + "</BlockPublicAcls><IgnorePublicAcls>" + value +
		"</IgnorePublicAcls><BlockPublicPolicy>" + value + "</BlockPublicPolicy><RestrictPublicBuckets>" + value + "</RestrictPublicBuckets></PublicAccessBlockConfiguration>"
}

// operations has a request for each operation of docs/s3-compatibility.md, and more
// where one operation does different things.
func operations() []*operation {
	all := []*operation{
		{name: "ListBuckets", method: "GET", target: "/", status: 200},
		{name: "CreateBucket", method: "PUT", target: "/new-{bucket}", document: true, status: 200, adds: []string{"bucket new-{bucket}"}},
		{name: "DeleteBucket", method: "DELETE", target: "/{bucket}", status: 204, bare: true, gone: true},
		{name: "HeadBucket", method: "HEAD", target: "/{bucket}", status: 200},
		{name: "GetBucketLocation", method: "GET", target: "/{bucket}?location", status: 200},
		{name: "ListObjects", method: "GET", target: "/{bucket}", status: 200},
		{name: "ListObjectsV2", method: "GET", target: "/{bucket}?list-type=2", status: 200},
		{name: "ListObjectVersions", method: "GET", target: "/{bucket}?versions", status: 200},
		{name: "ListMultipartUploads", method: "GET", target: "/{bucket}?uploads", status: 200},

		{name: "GetObject", method: "GET", target: "/{bucket}/k", status: 200},
		{name: "GetObject, of a version", method: "GET", target: "/{bucket}/k?versionId={k1.version}", status: 200},
		{name: "GetObject, with lists", method: "GET", target: "/{bucket}/k", headers: []header{{"If-None-Match", `"x","y"`}, {"Accept", "text/plain, */*"},
			{"Range", "bytes=0-1,3-4"}, {"User-Agent", "wire/1 (a, b)"}, {"X-Forwarded-For", "192.0.2.1, 192.0.2.2"}}, status: 200},
		{name: "HeadObject", method: "HEAD", target: "/{bucket}/k", status: 200},
		{name: "GetObjectAttributes", method: "GET", target: "/{bucket}/k?attributes", headers: []header{{"x-amz-object-attributes", "ETag,ObjectSize"}}, status: 200},
		{name: "PutObject", method: "PUT", target: "/{bucket}/k", body: "new", isObject: true, status: 200,
			adds: []string{"object k * {content} content-type=text/plain"}},
		{name: "PutObject, of a large one", method: "PUT", target: "/{bucket}/large", body: "x" + strings.Repeat("0123456789abcdef", 10<<10), isObject: true, status: 200,
			adds: []string{"object large * {content} content-type=text/plain"}},
		{name: "PutObject, with lists", method: "PUT", target: "/{bucket}/k", body: "new", isObject: true, status: 200,
			headers: []header{{"Cache-Control", "max-age=1,no-store"}, {"Content-Language", "de, en"}, {"Content-Disposition", `attachment; filename="a,b"`},
				{"Expires", "Tue, 01 Jan 2030 00:00:00 GMT"}, {"x-amz-meta-list", "a,b, c"}, {"x-amz-tagging", theirTags}, {"x-amz-grant-read", everybody + "," + signedUp}},
			removes: []string{"acl k *"},
			adds: []string{"object k * {content} cache-control={cache-control} content-language={content-language} content-type=text/plain x-amz-meta-list={x-amz-meta-list}",
				"acl k *", "tags k * " + theirTags}},
		{name: "PostObject", method: "POST", target: "/{bucket}", body: "new", isObject: true, status: 204, adds: []string{"object k * {content}"}},
		{name: "CopyObject", method: "PUT", target: "/{bucket}/copy", headers: []header{{"x-amz-copy-source", "/{bucket}/other"}}, status: 200,
			adds: []string{`object copy * "witness"`}},
		{name: "CopyObject, of a key with a comma", method: "PUT", target: "/{bucket}/copy", headers: []header{{"x-amz-copy-source", "/{bucket}/k,1"}}, status: 200,
			adds: []string{`object copy * "comma"`}},
		{name: "DeleteObject", method: "DELETE", target: "/{bucket}/k", status: 204, removes: []string{"acl k *"}, adds: []string{"marker k *", "acl k 404"}},
		{name: "DeleteObject, of a version", method: "DELETE", target: "/{bucket}/k?versionId={k1.version}", status: 204, removes: []string{`object k {k1.version} "hello" x-amz-meta-m=x`}},
		{name: "DeleteObjects", method: "POST", target: "/{bucket}?delete", body: "<Delete><Object><Key>other</Key></Object></Delete>", status: 200,
			removes: []string{"acl other *"}, adds: []string{"marker other *", "acl other 404"}},

		{name: "CreateMultipartUpload", method: "POST", target: "/{bucket}/d?uploads", status: 200, adds: []string{"upload d *"}},
		{name: "UploadPart", method: "PUT", target: partTarget("c", "u", 2), body: "new", isObject: true, status: 200, adds: []string{"part c {u.upload} 2 {size} {md5}"}},
		{name: "UploadPartCopy", method: "PUT", target: partTarget("c", "u", 2), headers: []header{{"x-amz-copy-source", "/{bucket}/other"}}, status: 200, adds: []string{"part c {u.upload} 2 7 *"}},
		{name: "CompleteMultipartUpload", method: "POST", target: uploadTarget("c", "u"), body: partsOf("1 {p.etag}"), status: 200,
			removes: []string{"upload c {u.upload}", "part c {u.upload} 1 4 {p.etag}"}, adds: []string{`object c * "part"`}},
		{name: "AbortMultipartUpload", method: "DELETE", target: uploadTarget("c", "u"), status: 204,
			removes: []string{"upload c {u.upload}", "part c {u.upload} 1 4 {p.etag}"}},
		{name: "ListParts", method: "GET", target: uploadTarget("c", "u"), status: 200},

		{name: "GetObjectTagging", method: "GET", target: "/{bucket}/k?tagging", status: 200},
		{name: "PutObjectTagging", method: "PUT", target: "/{bucket}/k?tagging", body: tagsOf("v", "w"), status: 200,
			removes: []string{"tags k {k2.version} " + theirTags}, adds: []string{"tags k {k2.version} v=w"}},
		{name: "DeleteObjectTagging", method: "DELETE", target: "/{bucket}/k?tagging", status: 204, removes: []string{"tags k {k2.version} " + theirTags}},
		{name: "GetObjectAcl", method: "GET", target: "/{bucket}/k?acl", status: 200},
		{name: "PutObjectAcl", method: "PUT", target: "/{bucket}/k?acl", headers: []header{{"x-amz-acl", "authenticated-read"}}, document: true, status: 200,
			removes: []string{"acl k *"}, adds: []string{"acl k *"}},
	}
	for _, subresource := range []string{"versioning", "policyStatus"} {
		all = append(all, &operation{name: "GetBucket" + strings.ToUpper(subresource[:1]) + subresource[1:], method: "GET", target: "/{bucket}?" + subresource, status: 200})
	}
	all = append(all,
		&operation{name: "PutBucketVersioning", method: "PUT", target: "/{bucket}?versioning", body: "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>", status: 200,
			removes: []string{"versioning Enabled"}, adds: []string{"versioning Suspended"}},
		&operation{name: "GetBucketAcl", method: "GET", target: "/{bucket}?acl", status: 200},
		&operation{name: "PutBucketAcl", method: "PUT", target: "/{bucket}?acl", headers: []header{{"x-amz-acl", "authenticated-read"}}, document: true, status: 200,
			removes: []string{"bucket acl *"}, adds: []string{"bucket acl *"}},
	)
	for _, c := range []struct {
		name, subresource, document string
		putStatus                   int
	}{
		{"BucketCors", "cors", corsOf("<AllowedMethod>PUT</AllowedMethod><AllowedOrigin>http://a.example</AllowedOrigin>"), 200},
		{"BucketTagging", "tagging", tagsOf("v", "w"), 204},
		{"BucketPolicy", "policy", policyNamed("new"), 204},
		{"PublicAccessBlock", "publicAccessBlock", publicAccess("true"), 200},
		{"BucketOwnershipControls", "ownershipControls", ownership("BucketOwnerPreferred"), 200},
	} {
		line := []string{"bucket " + c.subresource + " *"}
		all = append(all,
			&operation{name: "Get" + c.name, method: "GET", target: "/{bucket}?" + c.subresource, status: 200},
			&operation{name: "Put" + c.name, method: "PUT", target: "/{bucket}?" + c.subresource, body: c.document, status: c.putStatus, removes: line, adds: line},
			&operation{name: "Delete" + c.name, method: "DELETE", target: "/{bucket}?" + c.subresource, status: 204, removes: line},
		)
	}
	return append(all, notHereOperations()...)
}

// notHereOperations are those that answer NotImplemented and change nothing.
func notHereOperations() []*operation {
	var all []*operation
	for _, line := range strings.Split(strings.TrimSpace(notHere), "\n") {
		words := strings.Fields(line)
		target := "/{bucket}" + words[0]
		for i := 1; i < len(words); i += 2 {
			all = append(all, &operation{name: words[i+1], method: words[i], target: target, status: 501})
		}
	}
	return all
}

// notHere has what is behind the bucket in the target, then methods and names.
const notHere = `
?abac                         GET GetBucketAbac                       PUT PutBucketAbac
?accelerate                   GET GetBucketAccelerateConfiguration    PUT PutBucketAccelerateConfiguration
?analytics                    GET ListBucketAnalyticsConfigurations
?analytics&id=x               GET GetBucketAnalyticsConfiguration     PUT PutBucketAnalyticsConfiguration     DELETE DeleteBucketAnalyticsConfiguration
?encryption                   GET GetBucketEncryption                 PUT PutBucketEncryption                 DELETE DeleteBucketEncryption
?intelligent-tiering          GET ListBucketIntelligentTieringConfigurations
?intelligent-tiering&id=x     GET GetBucketIntelligentTieringConfiguration PUT PutBucketIntelligentTieringConfiguration DELETE DeleteBucketIntelligentTieringConfiguration
?inventory                    GET ListBucketInventoryConfigurations
?inventory&id=x               GET GetBucketInventoryConfiguration     PUT PutBucketInventoryConfiguration     DELETE DeleteBucketInventoryConfiguration
?lifecycle                    GET GetBucketLifecycleConfiguration     PUT PutBucketLifecycleConfiguration     DELETE DeleteBucketLifecycle
?logging                      GET GetBucketLogging                    PUT PutBucketLogging
?metadataConfiguration        GET GetBucketMetadataConfiguration      POST CreateBucketMetadataConfiguration  DELETE DeleteBucketMetadataConfiguration
?metadataTable                GET GetBucketMetadataTableConfiguration POST CreateBucketMetadataTableConfiguration DELETE DeleteBucketMetadataTableConfiguration
?metadataInventoryTable       PUT UpdateBucketMetadataInventoryTableConfiguration
?metadataJournalTable         PUT UpdateBucketMetadataJournalTableConfiguration
?metrics                      GET ListBucketMetricsConfigurations
?metrics&id=x                 GET GetBucketMetricsConfiguration       PUT PutBucketMetricsConfiguration       DELETE DeleteBucketMetricsConfiguration
?notification                 GET GetBucketNotificationConfiguration  PUT PutBucketNotificationConfiguration
?object-lock                  GET GetObjectLockConfiguration          PUT PutObjectLockConfiguration
?replication                  GET GetBucketReplication                PUT PutBucketReplication                DELETE DeleteBucketReplication
?requestPayment               GET GetBucketRequestPayment             PUT PutBucketRequestPayment
?session                      GET CreateSession
?website                      GET GetBucketWebsite                    PUT PutBucketWebsite                    DELETE DeleteBucketWebsite
/k?encryption                 PUT UpdateObjectEncryption
/k?legal-hold                 GET GetObjectLegalHold                  PUT PutObjectLegalHold
/k?renameObject               PUT RenameObject
/k?restore                    POST RestoreObject
/k?retention                  GET GetObjectRetention                  PUT PutObjectRetention
/k?select                     POST SelectObjectContent
/k?torrent                    GET GetObjectTorrent
`

// furnish are the steps that give a bucket one of everything.
var furnish = []step{
	versioning("Enabled"),
	configure("ownershipControls", ownership("ObjectWriter")),
	configure("publicAccessBlock", publicAccess("false")),
	put("k1", "k", "hello", header{"x-amz-meta-m", "x"}),
	put("k2", "k", "hello again", header{"x-amz-tagging", theirTags}),
	put("o", "other", "witness"),
	put("w", "k,1", "comma"),
	createUpload("u", "c"), putPart("p", "c", "u", 1, "part"),
	configure("cors", corsOf("<AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin>")),
	configure("tagging", tagsOf("t", "u")),
	configure("policy", policyNamed("old")),
}

// furnished are the placeholders that the steps fill.
var furnished = []string{"{bucket}", "{k1.version}", "{k2.version}", "{o.version}", "{w.version}", "{u.upload}", "{p.etag}"}

// A new operation is in the matrix without anyone remembering, since the page that
// lists them is made from the server's own table.
func TestEveryOperationHasARequest(t *testing.T) {
	page, err := os.ReadFile("../../docs/s3-compatibility.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{} // whether it works
	table, _, _ := strings.Cut(string(page), "\nParameters of the query")
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) == 5 && cells[1] != " operation " && strings.Trim(cells[1], "-") != "" {
			name, state := strings.TrimSpace(cells[1]), strings.TrimSpace(cells[3])
			works := strings.HasPrefix(state, "works")
			if !works && state != "501" {
				t.Errorf("the page says %q of %s", state, name)
			}
			listed[name] = works
		}
	}
	if len(listed) < 100 {
		t.Fatalf("the page lists %d operations", len(listed))
	}
	have := map[string]bool{}
	for _, o := range operations() {
		works, there := listed[o.base()]
		switch {
		case !there:
			t.Errorf("%s is not on the page", o.name)
		case works != (o.status != 501):
			t.Errorf("%s: the page says that it works: %v; the matrix wants %d", o.name, works, o.status)
		}
		if _, err := url.Parse(o.target); err != nil {
			t.Errorf("%s: %v", o.name, err)
		}
		have[o.base()] = true
	}
	for name := range listed {
		if !have[name] {
			t.Errorf("%s has no request in the matrix", name)
		}
	}
}
