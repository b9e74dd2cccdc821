package s3

import (
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet"
)

// deleting asks for what a document says, with its digest.
func deleting(document string) signet.Request {
	return saying(to("POST", "bucket", "", "delete"), "Content-Md5", md5Of(document))
}

func deleteDocument(objects ...string) string {
	var b strings.Builder
	for _, o := range objects {
		b.WriteString("<Object>" + o + "</Object>")
	}
	return "<Delete>" + b.String() + "</Delete>"
}

func TestDeletionsThatCannotBeReadDeleteNothing(t *testing.T) {
	h := newTestHandler(t, nil)
	put(t, h, "bucket", map[string]string{"a": "1"})
	const key = "<Key>a</Key>"
	many := func(n int) string {
		objects := make([]string, n)
		for i := range objects {
			objects[i] = fmt.Sprint("<Key>x", i, "</Key>")
		}
		return deleteDocument(objects...)
	}
	for name, document := range map[string]string{
		"no document":         "",
		"no XML":              "a",
		"another document":    "<Deletes><Object>" + key + "</Object></Deletes>",
		"nothing":             "<Delete/>",
		"no key":              deleteDocument(key, ""),
		"an empty key":        deleteDocument(key, "<Key/>"),
		"1001 keys":           many(1001),
		"quiet that is none":  "<Delete><Quiet>perhaps</Quiet><Object>" + key + "</Object></Delete>",
		"an entity":           `<!DOCTYPE d [<!ENTITY a "a">]>` + deleteDocument("<Key>&a;</Key>"),
		"an external entity":  `<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>` + deleteDocument("<Key>&a;</Key>"),
		"half a document":     "<Delete><Object>" + key + "</Object>",
		"more than one":       deleteDocument(key) + deleteDocument(key),
		"a control character": deleteDocument("<Key>a\x01</Key>"),
		"another encoding":    `<?xml version="1.0" encoding="UTF-16"?>` + deleteDocument(key),
	} {
		expectRefusals(t, h, []refused{{name, deleting(document), document, malformedXML}})
	}
	document := deleteDocument(key)
	long := deleteDocument(key + strings.Repeat(" ", maxXMLBody))
	in := to("POST", "bucket", "", "delete")
	expectRefusals(t, h, []refused{
		{"more than 4 MiB", deleting(long), long, refusal{Status: 400, Code: "MaxMessageLengthExceeded", Message: "Your request was too big."}},
		{"no digest", in, document, badRequest("Missing required header for this request: Content-MD5")},
		{"a digest that is none", saying(in, "Content-Md5", "x"), document, refusal{Status: 400, Code: "InvalidDigest", Message: "The Content-MD5 you specified was invalid."}},
		{"a wrong digest", deleting("x"), document, refusal{Status: 400, Code: "BadDigest", Message: "The Content-MD5 you specified did not match what we received."}},
		{"two checksums", saying(in, "X-Amz-Checksum-Crc32", "AAAAAA==", "X-Amz-Checksum-Sha1", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="), document, badRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")},
	})
	if got := text(t, send(t, h, to("GET", "bucket", "a", ""), "")); got != "1" {
		t.Errorf("the object became %q", got)
	}
	if document := many(1000); strings.Count(text(t, send(t, h, deleting(document), document)), "<Deleted>") != 1000 {
		t.Error("1000 keys are not deleted at once")
	}
}

func TestEachDeletionHasItsOwnError(t *testing.T) {
	h := newTestHandler(t, nil)
	put(t, h, "bucket", map[string]string{"a": "1", "b": "2", "c": "3"})
	long := strings.Repeat("x", 1025)
	document := "<Delete xmlns='urn:x'><Quiet>true</Quiet><What/>" +
		"<Object><Key>a</Key><Who/></Object>" +
		"<Object><Key>" + long + "</Key></Object>" +
		"<Object><Key>b</Key><VersionId>x</VersionId></Object>" +
		"<Object><Key>b</Key><ETag>x</ETag></Object>" +
		"<Object><Key>b</Key><Size>x</Size></Object>" +
		"<Object><Key>b</Key><Size>3</Size></Object>" +
		"<Object><Key>b</Key><LastModifiedTime>yesterday</LastModifiedTime></Object>" +
		"<Object><Key>missing</Key></Object>" +
		"<Object><Key>c</Key><VersionId>null</VersionId><Size>1</Size></Object>" +
		"</Delete>"
	got := text(t, send(t, h, deleting(document), document))
	var codes []string
	for part := range strings.SplitSeq(got, "<Error>") {
		if code := between(part, "Code"); code != "" {
			codes = append(codes, code)
		}
	}
	want := []string{"KeyTooLongError", "InvalidArgument", "PreconditionFailed", "MalformedXML", "PreconditionFailed", "MalformedXML"}
	if diff := cmp.Diff(want, codes); diff != "" || strings.Contains(got, "<Deleted>") {
		t.Errorf("%s\n%s", diff, got)
	}
	list := text(t, send(t, h, to("GET", "bucket", "", ""), ""))
	if strings.Count(list, "<Contents>") != 1 || !strings.Contains(list, "<Key>b</Key>") {
		t.Errorf("left: %s", list)
	}
}

func FuzzDeleteDocument(f *testing.F) {
	f.Add([]byte("<Delete><Object><Key>a</Key></Object></Delete>"))
	f.Add([]byte("<Delete><Quiet>true</Quiet><Object><Key>a&#1;</Key><VersionId>null</VersionId><ETag>x</ETag><Size>1</Size><LastModifiedTime>x</LastModifiedTime></Object></Delete>"))
	f.Add([]byte("<Delete><Object/></Delete>"))
	f.Fuzz(func(t *testing.T, document []byte) {
		in, targets, err := parseDeletes(document)
		if err != nil {
			if !errors.Is(err, errMalformedXML) {
				t.Fatal(err)
			}
			return
		}
		if len(targets) == 0 || len(targets) != len(in.Objects) || len(targets) > maxDeletes {
			t.Fatalf("%d targets of %d", len(targets), len(in.Objects))
		}
		for _, target := range targets {
			if target.key == "" {
				t.Errorf("key %q", target.key)
			}
		}
	})
}

// denials returns the number of errors AccessDenied in an answer.
func denials(a answered) int { return strings.Count(a.body, "<Code>AccessDenied</Code>") }

func TestDeletionsThatAreAllRefusedAreErrorsOfEachKey(t *testing.T) {
	w := newWorld(t, nil)
	const allow = `{"Effect":"Allow","Action":"s3:%s","Resource":"arn:aws:s3:::bucket/%s"}`
	w.user("reader", mainAccount, policy(fmt.Sprintf(allow, "GetObject", "*")))
	w.user("partly", mainAccount, policy(fmt.Sprintf(allow, "DeleteObject", "a")))
	w.user("other", altAccount, policy(fmt.Sprintf(allow, "*", "*")))
	w.must("main", "PUT /bucket")
	document := deleteDocument("<Key>a</Key>", "<Key>b</Key>", "<Key>c</Key><VersionId>null</VersionId>")
	q := ask{what: "POST /bucket?delete", body: document, headers: []string{"Content-Md5: " + md5Of(document)}}
	for who, want := range map[string]int{"reader": 3, "partly": 2, "other": 3, "main": 0} {
		for how, send := range map[string]func(string, ask) answered{"header": w.signed, "query": w.do} {
			if a := send(who, q); a.status != 200 || denials(a) != want {
				t.Errorf("%s in a %s: %d with %d refused, want %d: %s", who, how, a.status, denials(a), want, a.body)
			}
		}
	}
}

func TestStrangersWhomNothingAllowsHaveNoListOfKeysRead(t *testing.T) {
	document := deleteDocument("<Key>a</Key>", "<Key>b</Key>")
	public := func(effect, action, resource string) string {
		return `{"Effect":"` + effect + `","Principal":"*","Action":"` + action + `","Resource":"arn:aws:s3:::bucket/` + resource + `"}`
	}
	const open, lists = "<PublicAccessBlockConfiguration/>", "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule></OwnershipControls>"
	for name, c := range map[string]struct {
		block, policy, ownership, acl string
		status, denied                int
	}{
		"as it is made":      {status: 403},
		"nothing blocked":    {block: open, status: 403},
		"public to read":     {block: open, policy: public("Allow", "s3:GetObject", "*"), status: 403},
		"public to write":    {block: open, policy: public("Allow", "s3:PutObject", "*"), status: 403},
		"denied all the way": {block: open, policy: public("Allow", "s3:*", "*") + "," + public("Deny", "s3:Delete*", "*"), status: 403},
		"public to delete":   {block: open, policy: public("Allow", "s3:DeleteObject", "*"), status: 200},
		"some of it":         {block: open, policy: public("Allow", "s3:DeleteObject", "a"), status: 200, denied: 1},
		"other keys":         {block: open, policy: public("Allow", "s3:DeleteObject", "x*"), status: 200, denied: 2},
		"a list":             {block: open, ownership: lists, acl: "public-read-write", status: 200},
		"a list to read":     {block: open, ownership: lists, acl: "public-read", status: 403},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.must("main", "PUT /bucket")
			if c.block != "" {
				w.must("main", "PUT /bucket?publicAccessBlock", c.block, "Content-Md5: "+md5Of(c.block))
			}
			if c.ownership != "" {
				w.must("main", "PUT /bucket?ownershipControls", c.ownership, "Content-Md5: "+md5Of(c.ownership))
				w.must("main", "PUT /bucket?acl", "", "x-amz-acl: "+c.acl)
			}
			if c.policy != "" {
				w.must("main", "PUT /bucket?policy", policy(c.policy))
			}
			r := httptest.NewRequest("POST", "http://127.0.0.1/bucket?delete", strings.NewReader(document))
			r.Header.Set("Content-Md5", md5Of(document))
			r.ProtoMajor = 2 // else front reads the rest of the body after the answer
			if c.status == 403 {
				r.Body = io.NopCloser(iotest.ErrReader(errors.New("the list was read")))
			}
			if a := w.serve(r); a.status != c.status || c.status == 200 && denials(a) != c.denied || c.status == 403 && a.code != "AccessDenied" {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
}
