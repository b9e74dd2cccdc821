package s3

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// What only a reader may learn, a writer does not learn by trying: of an object's entity
// tag, size and time.
func TestAWriteThatComparesNeedsTheRightToRead(t *testing.T) {
	const etag = `"5d41402abc4b2a76b9719d911017c592"` // of hello
	allow := func(actions string) string {
		return policy(`{"Effect":"Allow","Action":[` + actions + `],"Resource":"*"}`)
	}
	const writes = `"s3:PutObject","s3:DeleteObject*","s3:AbortMultipartUpload"`
	w := newWorld(t, nil)
	w.user("writer", mainAccount, allow(writes))
	w.user("both", mainAccount, allow(writes+`,"s3:GetObject*"`))
	w.user("current", mainAccount, allow(writes+`,"s3:GetObject"`))
	w.user("tagged", mainAccount, allow(writes+`,"s3:GetObject*"`),
		policy(`{"Effect":"Deny","Action":"s3:GetObject*","Resource":"*","Condition":{"StringEquals":{"s3:ExistingObjectTag/kind":"secret"}}}`))
	w.must("main", "PUT /box")
	w.must("main", "PUT /box?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
	for _, who := range []string{"writer", "both", "current", "tagged"} {
		for _, tt := range []struct {
			what, body, header string
			reads, ofVersion   bool
		}{
			{"PUT /box/k", "hello", "If-Match: " + etag, true, false},
			{"PUT /box/k", "hello", `If-Match: "x"`, true, false},
			{"PUT /box/k", "hello", "If-Match: *", true, false},
			{"PUT /box/k", "hello", "If-Match: ", true, false},
			{"PUT /box/new", "hello", "If-None-Match: *", false, false},
			{"PUT /box/k", "hello", "X-Amz-Copy-Source: box/own\nIf-Match: " + etag, true, false},
			{"POST /box/k?uploadId=x", "<CompleteMultipartUpload/>", "If-Match: " + etag, true, false},
			{"DELETE /box/k", "", "If-Match: " + etag, true, false},
			{"DELETE /box/k", "", `If-Match: "x"`, true, false},
			{"DELETE /box/k", "", "If-Match: *, *", true, false},
			{"DELETE /box/k", "", "If-Match: *", false, false},
			{"DELETE /box/k", "", "X-Amz-If-Match-Size: 5", true, false},
			{"DELETE /box/k", "", "X-Amz-If-Match-Size: 6", true, false},
			{"DELETE /box/k", "", "X-Amz-If-Match-Last-Modified-Time: Tue, 9 Aug 2022 10:00:00 GMT", true, false},
			{"DELETE /box/k?versionId=VERSION", "", "X-Amz-If-Match-Size: 6", true, true},
			{"DELETE /box/k?versionId=VERSION", "", "If-Match: " + etag, true, true},
			{"DELETE /box/missing", "", "If-Match: " + etag, true, false},
			{"DELETE /box/k", "", "", false, false},
		} {
			version := w.do("main", ask{what: "PUT /box/k", body: "hello", headers: []string{"X-Amz-Tagging: kind=secret"}}).sent("X-Amz-Version-Id")
			w.must("main", "PUT /box/own", "hello")
			q := ask{what: strings.Replace(tt.what, "VERSION", version, 1), body: tt.body}
			if tt.header != "" {
				q.headers = strings.Split(tt.header, "\n")
			}
			refused := false
			switch who {
			case "writer":
				refused = tt.reads
			case "current":
				refused = tt.ofVersion
			case "tagged":
				// The tags are those of the object that is there.
				refused = tt.reads && strings.HasPrefix(tt.what[strings.Index(tt.what, "/"):], "/box/k")
			}
			if strings.Contains(tt.header, "Copy-Source") && who == "writer" {
				refused = true // it may not read the source either
			}
			if a := w.do(who, q); (a.code == "AccessDenied") != refused {
				t.Errorf("%s: %s %q: %d %s %s, refused should be %t", who, tt.what, tt.header, a.status, a.code, a.message, refused)
			}
		}
	}
}

// The same of many deletions at once, where each is decided on.
func TestDeletionsThatCompareNeedTheRightToRead(t *testing.T) {
	w := newWorld(t, nil)
	w.user("writer", mainAccount, policy(
		`{"Effect":"Allow","Action":"s3:DeleteObject","Resource":"*"}`,
		`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::box/readable*"}`,
	))
	// Amazon's own example of a policy that takes conditional deletes only.
	w.user("careful", mainAccount, policy(
		`{"Effect":"Allow","Action":"s3:DeleteObject","Resource":"*","Condition":{"Null":{"s3:if-match":"false"}}}`,
		`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`,
	))
	w.must("main", "PUT /box")
	for _, key := range []string{"readable", "readable2", "secret", "secret2", "secret3", "secret4"} {
		w.must("main", "PUT /box/"+key, "hello")
	}
	document := `<Delete>` +
		`<Object><Key>readable</Key><ETag>"5d41402abc4b2a76b9719d911017c592"</ETag></Object>` +
		`<Object><Key>readable2</Key><Size>6</Size></Object>` +
		`<Object><Key>secret</Key><ETag>"5d41402abc4b2a76b9719d911017c592"</ETag></Object>` +
		`<Object><Key>secret2</Key><Size>6</Size></Object>` +
		`<Object><Key>secret3</Key><LastModifiedTime>Tue, 9 Aug 2022 10:00:00 GMT</LastModifiedTime></Object>` +
		`<Object><Key>secret4</Key><ETag>*</ETag></Object></Delete>`
	outcome := func(who string) (got []string) {
		for part := range strings.SplitSeq(w.must(who, "POST /box?delete", document, "Content-Md5: "+md5Of(document)), "<Key>") {
			if key, _, found := strings.Cut(part, "</Key>"); found {
				got = append(got, key+" "+between(part, "Code"))
			}
		}
		return got
	}
	want := "[readable  readable2 PreconditionFailed secret AccessDenied secret2 AccessDenied secret3 AccessDenied secret4 ]"
	if got := fmt.Sprint(outcome("writer")); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	want = "[readable NoSuchKey readable2 AccessDenied secret  secret2 AccessDenied secret3 AccessDenied secret4 NoSuchKey]"
	if got := fmt.Sprint(outcome("careful")); got != want {
		t.Errorf("with a policy about s3:if-match: got %s, want %s", got, want)
	}
}

// A date in a precondition of a write or a copy that cannot be read is refused, and
// changes nothing. A read goes on as if it were missing.
func TestUnreadableDatesInPreconditions(t *testing.T) {
	w := newWorld(t, nil)
	w.must("main", "PUT /box")
	w.must("main", "PUT /box/k", "hello")
	w.must("main", "PUT /box/old", "hello")
	upload := between(w.must("main", "POST /box/up?uploads"), "UploadId")
	const oneDigit = "Tue, 9 Aug 2022 10:00:00 GMT"
	for _, tt := range []struct{ what, body, header, oneDigit string }{
		{"PUT /box/copy", "", "X-Amz-Copy-Source: box/k\nX-Amz-Copy-Source-If-Unmodified-Since", "PreconditionFailed"},
		{"PUT /box/copy", "", "X-Amz-Copy-Source: box/k\nX-Amz-Copy-Source-If-Modified-Since", ""},
		{"PUT /box/copy", "", "X-Amz-Copy-Source: box/k\nX-Amz-Copy-Source-If-None-Match: x\nX-Amz-Copy-Source-If-Modified-Since", ""},
		{"PUT /box/up?partNumber=1&uploadId=" + upload, "", "X-Amz-Copy-Source: box/k\nX-Amz-Copy-Source-If-Unmodified-Since", "PreconditionFailed"},
		{"PUT /box/up?partNumber=1&uploadId=" + upload, "", "X-Amz-Copy-Source: box/k\nX-Amz-Copy-Source-If-Modified-Since", ""},
		{"DELETE /box/old", "", "X-Amz-If-Match-Last-Modified-Time", "PreconditionFailed"},
		{"PUT /box/old", "new", "If-Unmodified-Since", ""},
		{"PUT /box/old", "new", "If-Modified-Since", ""},
		{"DELETE /box/old", "", "If-Unmodified-Since", ""},
		{"GET /box/k", "", "If-Unmodified-Since", "PreconditionFailed"},
		{"GET /box/k", "", "If-Modified-Since", ""},
		{"GET /box/k?attributes", "", "X-Amz-Object-Attributes: ETag\nIf-Unmodified-Since", "PreconditionFailed"},
	} {
		with := func(value string) answered {
			return w.do("main", ask{what: tt.what, body: tt.body, headers: strings.Split(tt.header+": "+value, "\n")})
		}
		reads := strings.HasPrefix(tt.what, "GET")
		for _, value := range []string{"yesterday", "Tue, 09 Aug 2022 10:00:00 EST", ""} {
			switch a := with(value); {
			case reads && a.status != 200, !reads && a.code != "InvalidArgument":
				t.Errorf("%s with %s %q: %d %s", tt.what, tt.header, value, a.status, a.code)
			}
		}
		if a := with(oneDigit); a.code != tt.oneDigit || (a.status < 300) != (tt.oneDigit == "") {
			t.Errorf("%s with %s %q: %d %s, want %q", tt.what, tt.header, oneDigit, a.status, a.code, tt.oneDigit)
		}
	}
}

// The conditions of a delete that Amazon has for directory buckets. They hold for what is
// not there.
func TestDeletesDemandSizeAndTime(t *testing.T) {
	w := newWorld(t, nil)
	w.must("main", "PUT /box")
	var modified time.Time
	for _, tt := range []struct{ size, shift, etag, want string }{
		{size: "5"},
		{size: "6", want: "PreconditionFailed"},
		{size: "-1", want: "InvalidArgument"},
		{size: "+5", want: "InvalidArgument"},
		{size: "five", want: "InvalidArgument"},
		{size: " ", want: "InvalidArgument"},
		{size: "99999999999999999999", want: "InvalidArgument"},
		{shift: "0s"},
		{shift: "1s", want: "PreconditionFailed"},
		{shift: "-1s", want: "PreconditionFailed"},
		{size: "5", shift: "0s", etag: "*"},
		{size: "5", shift: "0s", etag: `"5d41402abc4b2a76b9719d911017c592"`},
		{size: "5", shift: "0s", etag: `"x"`, want: "PreconditionFailed"},
		{size: "6", shift: "0s", etag: "*", want: "PreconditionFailed"},
		{size: "5", shift: "1h", etag: "*", want: "PreconditionFailed"},
	} {
		w.must("main", "PUT /box/k", "hello")
		modified, _ = http.ParseTime(w.do("main", ask{what: "HEAD /box/k"}).sent("Last-Modified"))
		var headers []string
		if tt.size != "" {
			headers = append(headers, "X-Amz-If-Match-Size: "+tt.size)
		}
		if tt.shift != "" {
			shift, err := time.ParseDuration(tt.shift)
			if err != nil {
				t.Fatal(err)
			}
			headers = append(headers, "X-Amz-If-Match-Last-Modified-Time: "+modified.Add(shift).Format(http.TimeFormat))
		}
		if tt.etag != "" {
			headers = append(headers, "If-Match: "+tt.etag)
		}
		a := w.do("main", ask{what: "DELETE /box/k", headers: headers})
		left := w.do("main", ask{what: "HEAD /box/k"}).status == 200
		if a.code != tt.want || left != (tt.want != "") {
			t.Errorf("%v: %d %s, and it is left: %t; want %q", headers, a.status, a.code, left, tt.want)
		}
	}
	w.must("main", "DELETE /box/missing", "", "X-Amz-If-Match-Size: 5", "X-Amz-If-Match-Last-Modified-Time: Tue, 9 Aug 2022 10:00:00 GMT")
	w.try("NoSuchKey", "main", "DELETE /box/missing", "", "If-Match: *")
	// Nothing else has them.
	w.try("NotImplemented", "main", "PUT /box/k", "new", "X-Amz-If-Match-Size: 5")
	w.try("NotImplemented", "main", "GET /box/k", "", "X-Amz-If-Match-Last-Modified-Time: Tue, 9 Aug 2022 10:00:00 GMT")
	w.try("NotImplemented", "main", "DELETE /box/k", "", "X-Amz-If-Match-Initiated-Time: Tue, 9 Aug 2022 10:00:00 GMT")
}

// GetObjectAttributes asks for an action of its own beside that of reading.
func TestAttributesNeedTheirOwnAction(t *testing.T) {
	w := newWorld(t, nil)
	for name, actions := range map[string]string{
		"reader":    `"s3:GetObject","s3:GetObjectVersion"`,
		"attribute": `"s3:GetObjectAttributes","s3:GetObjectVersionAttributes"`,
		"both":      `"s3:GetObject","s3:GetObjectAttributes"`,
		"versions":  `"s3:GetObjectVersion","s3:GetObjectVersionAttributes"`,
		"all":       `"s3:Get*"`,
	} {
		w.user(name, mainAccount, policy(`{"Effect":"Allow","Action":[`+actions+`],"Resource":"*"}`))
	}
	w.must("main", "PUT /box")
	w.must("main", "PUT /box/k", "hello")
	for who, want := range map[string][2]string{
		"main": {}, "all": {}, "both": {"", "AccessDenied"}, "versions": {"AccessDenied", ""},
		"reader": {"AccessDenied", "AccessDenied"}, "attribute": {"AccessDenied", "AccessDenied"}, "": {"AccessDenied", "AccessDenied"},
	} {
		w.try(want[0], who, "GET /box/k?attributes", "", "X-Amz-Object-Attributes: ETag")
		w.try(want[1], who, "GET /box/k?attributes&versionId=null", "", "X-Amz-Object-Attributes: ETag")
	}
}
