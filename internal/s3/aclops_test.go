package s3

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/signet-store/signet"
	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/object"
)

// legacy gives new buckets lists that count, and blocks nothing.
func legacy(o *testOptions) { o.LegacyBucketDefaults = true }

var grantElement = regexp.MustCompile(`<Grant><Grantee[^>]* xsi:type="(\w+)"><(ID|URI)>(.*?)</(?:ID|URI)>(?:<DisplayName>[^<]*</DisplayName>)?</Grantee><Permission>(\w+)</Permission></Grant>`)

// list shows a list in short: "main: main FULL_CONTROL, AllUsers READ".
func (w *world) list(who, what string) string {
	w.Helper()
	body := w.must(who, what)
	owner := regexp.MustCompile(`<Owner><ID>(\w*)</ID>(?:<DisplayName>[^<]*</DisplayName>)?</Owner>`).FindStringSubmatch(body)
	if owner == nil {
		w.Fatal(body)
	}
	var grants []string
	for _, g := range grantElement.FindAllStringSubmatch(body, -1) {
		if (g[1] == "Group") != (g[2] == "URI") {
			w.Errorf("%s", g[0])
		}
		grants = append(grants, nickname(g[3])+" "+g[4])
	}
	if strings.Count(body, "<Grant>") != len(grants) {
		w.Errorf("%s", body)
	}
	return nickname(owner[1]) + ": " + strings.Join(grants, ", ")
}

func nickname(grantee string) string {
	switch grantee {
	case canonicalIDs[mainAccount]:
		return "main"
	case canonicalIDs[altAccount]:
		return "alt"
	case imageReader:
		return "EC2"
	case anonymousOwner.CanonicalID:
		return "nobody"
	}
	return grantee[strings.LastIndexByte(grantee, '/')+1:]
}

// document is a list as a document, of grants such as `CanonicalUser ID c0c0 READ`.
func document(owner string, grants ...string) string {
	var b strings.Builder
	b.WriteString(`<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>` + owner + `</ID><DisplayName>x</DisplayName></Owner><AccessControlList>`)
	for _, g := range grants {
		f := strings.Fields(g)
		fmt.Fprintf(&b, `<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="%s"><%s>%s</%s></Grantee><Permission>%s</Permission></Grant>`, f[0], f[1], f[2], f[1], f[3])
	}
	b.WriteString(`</AccessControlList></AccessControlPolicy>`)
	return b.String()
}

// with is an empty body with headers.
func with(headers []string) []string { return append([]string{""}, headers...) }

const allUsers = "http://acs.amazonaws.com/groups/global/AllUsers"

func TestCannedListsGrantWhatTheirNamesSay(t *testing.T) {
	w := newWorld(t, legacy)
	w.must("main", "PUT /bucket", "", "X-Amz-Acl: public-read-write")
	for _, c := range []struct{ name, bucket, object string }{
		{"private", "main FULL_CONTROL", "alt FULL_CONTROL"},
		{"public-read", "main FULL_CONTROL, AllUsers READ", "alt FULL_CONTROL, AllUsers READ"},
		{"public-read-write", "main FULL_CONTROL, AllUsers READ, AllUsers WRITE", "alt FULL_CONTROL, AllUsers READ, AllUsers WRITE"},
		{"authenticated-read", "main FULL_CONTROL, AuthenticatedUsers READ", "alt FULL_CONTROL, AuthenticatedUsers READ"},
		{"aws-exec-read", "main FULL_CONTROL, EC2 READ", "alt FULL_CONTROL, EC2 READ"},
		{"bucket-owner-read", "main FULL_CONTROL", "alt FULL_CONTROL, main READ"},
		{"bucket-owner-full-control", "main FULL_CONTROL", "alt FULL_CONTROL, main FULL_CONTROL"},
		{"log-delivery-write", "main FULL_CONTROL, LogDelivery WRITE, LogDelivery READ_ACP", ""},
		{"public", "", ""},
		{"Private", "", ""},
	} {
		header := "X-Amz-Acl: " + c.name
		if c.object == "" {
			for _, what := range []string{"PUT /bucket/k", "PUT /bucket/k?acl"} {
				w.must("alt", "PUT /bucket/k")
				if a := w.try("InvalidArgument", "alt", what, "", header); !strings.Contains(a.body, "<ArgumentName>x-amz-acl</ArgumentName><ArgumentValue>"+c.name+"</ArgumentValue>") {
					t.Error(a.body)
				}
			}
		} else {
			w.must("alt", "PUT /bucket/k", "", header)
			if got := w.list("alt", "GET /bucket/k?acl"); got != "alt: "+c.object {
				t.Errorf("PutObject %s: %s", c.name, got)
			}
			w.must("alt", "PUT /bucket/k")
			w.must("alt", "PUT /bucket/k?acl", "", header)
			if got := w.list("alt", "GET /bucket/k?acl"); got != "alt: "+c.object {
				t.Errorf("PutObjectAcl %s: %s", c.name, got)
			}
		}
		name := "made-" + strings.ToLower(c.name)
		if c.bucket == "" {
			w.try("InvalidArgument", "main", "PUT /bucket?acl", "", header)
			w.try("InvalidArgument", "main", "PUT /"+name, "", header)
			continue
		}
		w.must("main", "PUT /"+name, "", header)
		if got := w.list("main", "GET /"+name+"?acl"); got != "main: "+c.bucket {
			t.Errorf("CreateBucket %s: %s", c.name, got)
		}
		w.must("main", "PUT /changed-"+c.name)
		w.must("main", "PUT /changed-"+c.name+"?acl", "", header)
		if got := w.list("main", "GET /changed-"+c.name+"?acl"); got != "main: "+c.bucket {
			t.Errorf("PutBucketAcl %s: %s", c.name, got)
		}
	}
}

func TestListsLetInWhomTheyName(t *testing.T) {
	w := newWorld(t, legacy)
	w.must("main", "PUT /bucket")
	w.must("main", "PUT /bucket/k", "x")
	w.user("ann", altAccount, policy(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`))
	w.user("bob", altAccount)
	// What each of them gets from each list, of the bucket or the object: a letter
	// for each request that is let through.
	requests := []struct {
		letter byte
		what   string
	}{
		{'l', "GET /bucket?list-type=2"}, {'w', "PUT /bucket/new"}, {'a', "GET /bucket?acl"}, {'A', "PUT /bucket?acl"},
		{'g', "GET /bucket/k"}, {'h', "HEAD /bucket/k"}, {'o', "GET /bucket/k?acl"}, {'O', "PUT /bucket/k?acl"},
		{'t', "GET /bucket/k?tagging"}, {'p', "GET /bucket?policyStatus"}, {'v', "PUT /bucket?versioning"},
	}
	alt := "id=" + canonicalIDs[altAccount]
	main := "X-Amz-Grant-Full-Control: id=" + canonicalIDs[mainAccount]
	for _, c := range []struct {
		target           string
		headers          []string
		nobody, alt, bob string
	}{
		{"/bucket", []string{"X-Amz-Acl: private"}, "", "", ""},
		{"/bucket", []string{"X-Amz-Acl: public-read"}, "l", "l", ""},
		{"/bucket", []string{"X-Amz-Acl: public-read-write"}, "lw", "lw", ""},
		{"/bucket", []string{"X-Amz-Acl: authenticated-read"}, "", "l", ""},
		{"/bucket", []string{"X-Amz-Acl: log-delivery-write"}, "", "", ""},
		{"/bucket", []string{main, "X-Amz-Grant-Read: " + alt}, "", "l", ""},
		{"/bucket", []string{main, "X-Amz-Grant-Write: " + alt}, "", "w", ""},
		{"/bucket", []string{main, "X-Amz-Grant-Read-Acp: " + alt}, "", "a", ""},
		{"/bucket", []string{main, "X-Amz-Grant-Write-Acp: " + alt}, "", "A", ""},
		{"/bucket", []string{main + ", " + alt}, "", "lwaA", ""},
		{"/bucket/k", []string{"X-Amz-Acl: public-read"}, "gh", "gh", ""},
		{"/bucket/k", []string{"X-Amz-Acl: public-read-write"}, "gh", "gh", ""},
		{"/bucket/k", []string{"X-Amz-Acl: authenticated-read"}, "", "gh", ""},
		{"/bucket/k", []string{main, "X-Amz-Grant-Read-Acp: " + alt}, "", "o", ""},
		{"/bucket/k", []string{main, "X-Amz-Grant-Write-Acp: " + alt}, "", "O", ""},
		{"/bucket/k", []string{main + ", " + alt}, "", "ghoO", ""},
	} {
		w.must("main", "PUT "+c.target+"?acl", with(c.headers)...)
		want := w.list("main", "GET "+c.target+"?acl")
		for who, letters := range map[string]string{"": c.nobody, "alt": c.alt, "ann": c.alt, "bob": c.bob} {
			if who == "bob" && c.nobody != "" {
				continue // AllUsers is everybody, policies of one's own or not
			}
			var got []byte
			for _, r := range requests {
				q := ask{what: r.what}
				if strings.HasPrefix(r.what, "PUT") && strings.HasSuffix(r.what, "?acl") {
					q.headers = []string{"X-Amz-Acl: private"}
				}
				if a := w.do(who, q); a.status < 300 {
					got = append(got, r.letter)
				} else if a.status != 403 {
					t.Errorf("%q: %s: %d %s", who, r.what, a.status, a.body)
				}
				w.must("main", "PUT "+c.target+"?acl", with(c.headers)...)
			}
			if string(got) != letters {
				t.Errorf("%s %v (%s): %q gets %q, want %q", c.target, c.headers, want, who, got, letters)
			}
		}
		w.must("main", "PUT "+c.target+"?acl", "", "X-Amz-Acl: private")
	}
	// Who lost all grants still may see and change the list.
	w.must("main", "PUT /bucket/k?acl", document(canonicalIDs[mainAccount]))
	if got := w.list("main", "GET /bucket/k?acl"); got != "main: " {
		t.Error(got)
	}
	w.must("main", "PUT /bucket/k?acl", "", "X-Amz-Acl: private")
}

func TestListsInHeadersAreRead(t *testing.T) {
	w := newWorld(t, legacy)
	main, alt := canonicalIDs[mainAccount], canonicalIDs[altAccount]
	w.must("main", "PUT /bucket")
	w.must("main", "PUT /bucket/k", "x")
	many := strings.TrimSuffix(strings.Repeat("id="+alt+",", 100), ",")
	for _, c := range []struct {
		headers []string
		want    string // a list, or the code and message of an error
	}{
		{[]string{"X-Amz-Grant-Read: id=" + alt}, "main: alt READ"},
		{[]string{`X-Amz-Grant-Read: id="` + alt + `", uri="` + allUsers + `"`}, "main: alt READ, AllUsers READ"},
		{[]string{`X-Amz-Grant-Full-Control: ID = "` + strings.ToUpper(main) + `"`, "X-Amz-Grant-Read: uri=" + allUsers}, "main: AllUsers READ, main FULL_CONTROL"},
		{[]string{"X-Amz-Grant-Write-Acp: id=" + alt, "X-Amz-Grant-Read-Acp: id=" + alt, "X-Amz-Grant-Write: id=" + alt, "X-Amz-Grant-Read: id=" + alt, "X-Amz-Grant-Full-Control: id=" + alt}, "main: alt READ, alt WRITE, alt READ_ACP, alt WRITE_ACP, alt FULL_CONTROL"},
		{[]string{"X-Amz-Grant-Read: uri=http://acs.amazonaws.com/groups/s3/LogDelivery"}, "main: LogDelivery READ"},
		{[]string{"X-Amz-Grant-Read: " + many}, "main: " + strings.TrimSuffix(strings.Repeat("alt READ, ", 100), ", ")},

		{[]string{"X-Amz-Grant-Read: " + many, "X-Amz-Grant-Write: id=" + main}, "400 InvalidRequest An access control list has at most 100 grants"},
		{[]string{"X-Amz-Acl: private", "X-Amz-Grant-Read: id=" + alt}, "400 InvalidRequest Specifying both Canned ACLs and Header Grants is not allowed"},
		{[]string{"X-Amz-Grant-Read: id=" + alt[1:]}, "400 InvalidArgument Invalid id"},
		{[]string{"X-Amz-Grant-Read: id=" + strings.Repeat("d0", 32)}, "400 InvalidArgument Invalid id"},
		{[]string{"X-Amz-Grant-Read: id="}, "400 InvalidArgument Invalid id"},
		{[]string{"X-Amz-Grant-Read: uri=http://acs.amazonaws.com/groups/global/Everybody"}, "400 InvalidArgument Invalid group uri"},
		{[]string{"X-Amz-Grant-Read: emailAddress=a@example.com"}, "405 MethodNotAllowed The specified method is not allowed against this resource."},
		{[]string{"X-Amz-Grant-Read: " + alt}, "400 InvalidArgument Argument format not recognized"},
		{[]string{"X-Amz-Grant-Read: id=" + alt + ","}, "400 InvalidArgument Argument format not recognized"},
		{[]string{`X-Amz-Grant-Read: id="` + alt}, "400 InvalidArgument Argument format not recognized"},
		{[]string{"X-Amz-Grant-Read: name=alt"}, "400 InvalidArgument Argument format not recognized"},
		{[]string{"X-Amz-Acl: private", "X-Amz-Acl: public-read"}, "400 InvalidArgument Only one value of X-Amz-Acl is allowed."},
	} {
		for _, what := range []string{"PUT /bucket?acl", "PUT /bucket/k?acl", "PUT /bucket/new"} {
			a := w.do("main", ask{what: what, headers: c.headers})
			got := fmt.Sprintf("%d %s %s", a.status, a.code, a.message)
			if a.status < 300 {
				got = w.list("main", "GET "+strings.TrimSuffix(strings.TrimPrefix(what, "PUT "), "?acl")+"?acl")
			}
			if got != c.want {
				t.Errorf("%s %.200v: %s, want %s", what, c.headers, got, c.want)
			}
		}
	}
}

func TestListsInBodiesAreRead(t *testing.T) {
	w := newWorld(t, legacy)
	main, alt := canonicalIDs[mainAccount], canonicalIDs[altAccount]
	w.must("main", "PUT /bucket")
	w.must("main", "PUT /bucket/k", "x")
	full := "CanonicalUser ID " + main + " FULL_CONTROL"
	const malformed = "400 MalformedACLError The XML you provided was not well-formed or did not validate against our published schema"
	for _, c := range []struct{ body, want string }{
		{document(main, full), "main: main FULL_CONTROL"},
		{document(strings.ToUpper(main), "CanonicalUser ID "+strings.ToUpper(alt)+" READ", "Group URI "+allUsers+" READ_ACP"), "main: alt READ, AllUsers READ_ACP"},
		{document(main), "main: "},
		{document(main, slices.Repeat([]string{full}, 100)...), "main: " + strings.TrimSuffix(strings.Repeat("main FULL_CONTROL, ", 100), ", ")},

		{"", "400 MissingSecurityHeader Your request was missing a required header"},
		{"not XML", malformed},
		{"<AccessControlPolicy/>", malformed},
		{"<AccessControlPolicy><Owner><ID>" + main + "</ID></Owner></AccessControlPolicy>", malformed},
		{"<AccessControlPolicy><AccessControlList/></AccessControlPolicy>", malformed},
		{strings.Replace(document(main, full), "<AccessControlList>", "<AccessControlList><Grants/>", 1), malformed},
		{strings.Replace(document(main, full), "<AccessControlList>", "<More/><AccessControlList>", 1), malformed},
		{strings.Replace(document(main, full), "<Permission>", "<Until>now</Until><Permission>", 1), malformed},
		{document("x", full), "400 InvalidArgument Invalid id"},
		{document(alt, full), "403 AccessDenied Access Denied"},
		{document(main, "CanonicalUser ID "+main+" EVERYTHING"), malformed},
		{document(main, "User ID "+main+" READ"), malformed},
		{document(main, "CanonicalUser URI "+allUsers+" READ"), malformed},
		{document(main, "Group ID "+main+" READ"), malformed},
		{strings.ReplaceAll(document(main, full), `xsi:type="CanonicalUser"`, ""), malformed},
		{document(main, "Group URI http://example.com/ READ"), "400 InvalidArgument Invalid group uri"},
		{document(main, "CanonicalUser ID _foo READ"), "400 InvalidArgument Invalid id"},
		{document(main, "CanonicalUser ID "+strings.Repeat("d0", 32)+" READ"), "400 InvalidArgument Invalid id"},
		{document(main, "AmazonCustomerByEmail EmailAddress a@example.com READ"), "405 MethodNotAllowed The specified method is not allowed against this resource."},
		{document(main, slices.Repeat([]string{full}, 101)...), "400 InvalidRequest An access control list has at most 100 grants"},
	} {
		for _, what := range []string{"/bucket?acl", "/bucket/k?acl"} {
			a := w.do("main", ask{what: "PUT " + what, body: c.body})
			got := fmt.Sprintf("%d %s %s", a.status, a.code, a.message)
			if a.status < 300 {
				got = w.list("main", "GET "+what)
			}
			if got != c.want {
				t.Errorf("PUT %s %.300s: %s, want %s", what, c.body, got, c.want)
			}
		}
	}
	a := w.try("UnexpectedContent", "main", "PUT /bucket?acl", document(main, full), "X-Amz-Acl: private")
	if a.status != 400 || a.message != "This request does not support content" {
		t.Errorf("%+v", a)
	}
	if a := w.try("InvalidArgument", "main", "PUT /bucket?acl", document(main, "CanonicalUser ID _foo READ")); !strings.Contains(a.body, "<ArgumentName>CanonicalUser/ID</ArgumentName><ArgumentValue>_foo</ArgumentValue>") {
		t.Error(a.body)
	}
}

func TestListsAreRefusedWhereTheyDoNotCount(t *testing.T) {
	w := newWorld(t, nil)
	main, alt := canonicalIDs[mainAccount], canonicalIDs[altAccount]
	w.must("main", "PUT /bucket")
	w.must("main", "PUT /bucket/k", "x")
	own := "CanonicalUser ID " + main + " FULL_CONTROL"
	for _, c := range []struct {
		what, body string
		headers    []string
		refused    bool
	}{
		{"PUT /bucket/k", "", []string{"X-Amz-Acl: bucket-owner-full-control"}, false},
		{"PUT /bucket/k", "", []string{"X-Amz-Grant-Full-Control: id=" + main}, false},
		{"PUT /bucket/k", "", []string{"X-Amz-Acl: private"}, false},
		{"POST /bucket/k?uploads", "", []string{"X-Amz-Acl: private"}, false},
		{"PUT /bucket/k", "", []string{"X-Amz-Acl: public-read"}, true},
		{"PUT /bucket/k?x-amz-acl=public-read", "", nil, true},
		{"PUT /bucket/k", "", []string{"X-Amz-Acl: bucket-owner-read"}, true},
		{"PUT /bucket/k", "", []string{"X-Amz-Grant-Read: id=" + alt}, true},
		{"PUT /bucket/k", "", []string{"X-Amz-Grant-Full-Control: id=" + main, "X-Amz-Grant-Read: id=" + main}, true},
		{"PUT /bucket/k", "", []string{"X-Amz-Copy-Source: /bucket/k", "X-Amz-Metadata-Directive: REPLACE", "X-Amz-Acl: public-read"}, true},
		{"PUT /bucket/k", "", []string{"X-Amz-Copy-Source: /bucket/k", "X-Amz-Metadata-Directive: REPLACE", "X-Amz-Acl: bucket-owner-full-control"}, false},
		{"POST /bucket/k?uploads", "", []string{"X-Amz-Acl: public-read"}, true},
		{"POST /bucket/k?uploads", "", []string{"X-Amz-Acl: bucket-owner-full-control"}, false},
		{"PUT /bucket/k?acl", "", []string{"X-Amz-Acl: private"}, true},
		{"PUT /bucket/k?acl", "", []string{"X-Amz-Acl: bucket-owner-full-control"}, false},
		{"PUT /bucket/k?acl", document(main, own), nil, false},
		{"PUT /bucket/k?acl", document(main, own, "CanonicalUser ID "+alt+" READ"), nil, true},
		{"PUT /bucket/k?acl", document(main), nil, true},
		{"PUT /bucket?acl", "", []string{"X-Amz-Acl: public-read"}, true},
		{"PUT /bucket?acl", "", []string{"X-Amz-Acl: private"}, true},
		{"PUT /bucket?acl", document(main, own), nil, false},
	} {
		want := ""
		if c.refused {
			want = "AccessControlListNotSupported"
		}
		a := w.try(want, "main", c.what, append([]string{c.body}, c.headers...)...)
		if c.refused && (a.status != 400 || a.message != "The bucket does not allow ACLs") {
			t.Errorf("%d %s", a.status, a.message)
		}
	}
	for acl, want := range map[string]int{"public-read": 400, "bucket-owner-full-control": 204} {
		if a := w.upload("main", "bucket", "posted", signet.Field{Name: "acl", Value: acl}); a.status != want {
			t.Errorf("a form with %s: %d %s", acl, a.status, a.body)
		}
	}
	for _, what := range []string{"GET /bucket?acl", "GET /bucket/k?acl"} {
		if got := w.list("main", what); got != "main: main FULL_CONTROL" {
			t.Errorf("%s: %s", what, got)
		}
	}
	// Other operations ignore what asks for lists.
	w.must("main", "GET /bucket/k", "", "X-Amz-Acl: public-read")
	w.must("main", "DELETE /bucket/k", "", "X-Amz-Grant-Read: id="+alt, "X-Amz-Object-Ownership: ObjectWriter")
}

func TestListsOfFormerTimesDoNotCount(t *testing.T) {
	w := newWorld(t, legacy)
	w.must("main", "PUT /bucket", "", "X-Amz-Grant-Write: id="+canonicalIDs[altAccount], "X-Amz-Grant-Full-Control: id="+canonicalIDs[mainAccount])
	w.must("alt", "PUT /bucket/k", "alt's", "X-Amz-Acl: public-read")
	w.must("", "GET /bucket/k")
	w.try("InvalidBucketAclWithObjectOwnership", "main", "PUT /bucket?ownershipControls", controls("BucketOwnerEnforced"))
	w.must("main", "PUT /bucket?acl", "", "X-Amz-Acl: private")
	w.must("main", "PUT /bucket?ownershipControls", controls("BucketOwnerEnforced"))
	w.try("AccessDenied", "", "GET /bucket/k")
	w.try("AccessDenied", "alt", "GET /bucket/k")
	if got := w.must("main", "GET /bucket/k"); got != "alt's" {
		t.Error(got)
	}
	if got := w.list("main", "GET /bucket/k?acl"); got != "main: main FULL_CONTROL" {
		t.Error(got)
	}
	w.must("main", "PUT /bucket/k?acl", "", "X-Amz-Acl: bucket-owner-full-control")
	// Switched back on, they are what they were.
	w.must("main", "DELETE /bucket?ownershipControls")
	if got := w.list("alt", "GET /bucket/k?acl"); got != "alt: alt FULL_CONTROL, AllUsers READ" {
		t.Error(got)
	}
	w.must("", "GET /bucket/k")
}

func TestListsComeWithWhatIsMade(t *testing.T) {
	w := newWorld(t, legacy)
	w.must("main", "PUT /bucket")
	w.must("main", "PUT /bucket?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
	check := func(what, want string) {
		t.Helper()
		if got := w.list("main", "GET /bucket/"+what); got != "main: main FULL_CONTROL"+want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	version := func(a answered) string { return a.sent("x-amz-version-id") }
	first := version(w.try("", "main", "PUT /bucket/k", "1", "X-Amz-Acl: public-read"))
	second := version(w.try("", "main", "PUT /bucket/k", "2"))
	check("k?acl", "")
	check("k?acl&versionId="+first, ", AllUsers READ")
	w.try("AccessDenied", "", "GET /bucket/k")
	w.must("", "GET /bucket/k?versionId="+first)
	if a := w.try("", "main", "PUT /bucket/k?acl&versionId="+first, "", "X-Amz-Acl: authenticated-read"); version(a) != first {
		t.Errorf("%v", a.header)
	}
	if a := w.try("", "main", "GET /bucket/k?acl"); version(a) != second {
		t.Errorf("%v", a.header)
	}
	check("k?acl&versionId="+first, ", AuthenticatedUsers READ")
	check("k?acl", "")
	w.try("NoSuchKey", "main", "GET /bucket/none?acl")
	w.try("NoSuchKey", "main", "PUT /bucket/none?acl", "", "X-Amz-Acl: private")
	marker := version(w.try("", "main", "DELETE /bucket/k"))
	w.try("MethodNotAllowed", "main", "GET /bucket/k?acl&versionId="+marker)
	w.try("NoSuchKey", "main", "PUT /bucket/k?acl", "", "X-Amz-Acl: private")

	// A copy's list is never its source's.
	w.must("main", "PUT /bucket/source", "x", "X-Amz-Acl: public-read")
	w.must("main", "PUT /bucket/copy", "", "X-Amz-Copy-Source: /bucket/source")
	check("copy?acl", "")
	w.must("main", "PUT /bucket/copy", "", "X-Amz-Copy-Source: /bucket/source", "X-Amz-Acl: authenticated-read")
	check("copy?acl", ", AuthenticatedUsers READ")
	check("source?acl", ", AllUsers READ")

	created := w.must("main", "POST /bucket/parts?uploads", "", "X-Amz-Acl: public-read")
	id := regexp.MustCompile(`<UploadId>(.*)</UploadId>`).FindStringSubmatch(created)[1]
	part := w.try("", "main", "PUT /bucket/parts?partNumber=1&uploadId="+id, "part", "X-Amz-Acl: private") // ignored
	w.must("main", "POST /bucket/parts?uploadId="+id, "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"+part.sent("ETag")+"</ETag></Part></CompleteMultipartUpload>")
	check("parts?acl", ", AllUsers READ")

	if a := w.upload("main", "bucket", "posted", signet.Field{Name: "acl", Value: "public-read"}); a.status != 204 {
		t.Errorf("%d %s", a.status, a.body)
	}
	check("posted?acl", ", AllUsers READ")
	for _, f := range []signet.Field{{Name: "acl", Value: "everything"}, {Name: "x-amz-grant-read", Value: "id=x"}} {
		if a := w.upload("main", "bucket", "posted", f); a.code != "InvalidArgument" {
			t.Errorf("%v: %d %s", f, a.status, a.body)
		}
	}
}

func FuzzListsInBodies(f *testing.F) {
	main := canonicalIDs[mainAccount]
	f.Add([]byte(document(main, "CanonicalUser ID "+main+" FULL_CONTROL", "Group URI "+allUsers+" READ")))
	f.Add([]byte(document(main)))
	f.Add([]byte("<AccessControlPolicy/>"))
	f.Fuzz(func(t *testing.T, body []byte) {
		list, owner, err := parseACL(body)
		if err != nil {
			if _, known := answerTo(err, subject{}); !known {
				t.Errorf("%v has no answer", err)
			}
			return
		}
		written := (&request{handler: new(Handler)}).writeACL(list, object.Owner{CanonicalID: owner})
		again, sameOwner, err := parseACL(written)
		if err != nil || !slices.Equal(again, list) || sameOwner != owner {
			t.Errorf("%q became %q: %v", body, written, err)
		}
		if kept, err := decodeACL(list.encode()); err != nil || !slices.Equal(kept, list) || kept == nil {
			t.Errorf("%v was kept as %v: %v", list, kept, err)
		}
	})
}

func FuzzListsInHeaders(f *testing.F) {
	f.Add(`id="` + canonicalIDs[mainAccount] + `", uri=` + allUsers)
	f.Add(`emailAddress="a"`)
	f.Add(`,=",`)
	f.Fuzz(func(t *testing.T, value string) {
		list, err := appendGrants(nil, value, &headerGrants[0])
		if err != nil {
			if _, known := answerTo(err, subject{}); !known {
				t.Errorf("%v has no answer", err)
			}
			return
		}
		if len(list) != strings.Count(value, ",")+1 {
			t.Errorf("%q has %d grantees", value, len(list))
		}
		for _, g := range list {
			if g.Permission != access.PermissionRead || g.Group != access.NoGroup && g.CanonicalID != "" {
				t.Errorf("%q: %+v", value, g)
			}
		}
	})
}
