package s3

import (
	"errors"
	"fmt"
	"strings"
	"testing"

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
