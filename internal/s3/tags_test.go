package s3

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet"
	"github.com/signet-store/signet/internal/object"
)

const tagHeaderMalformed = "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates."

func TestTaggingHeaders(t *testing.T) {
	for value, want := range map[string][]object.Tag{
		"":                     nil,
		"&&":                   nil,
		"a=1&b=2":              {{Key: "a", Value: "1"}, {Key: "b", Value: "2"}},
		"a":                    {{Key: "a"}},
		"a=":                   {{Key: "a"}},
		"a=b=c":                {{Key: "a", Value: "b=c"}},
		"a+b=c%20d":            {{Key: "a b", Value: "c d"}},
		"a%2Bb=%40%3D%2F%3A._": {{Key: "a+b", Value: "@=/:._"}},
		"%C3%A9=%E6%97%A5":     {{Key: "\u00e9", Value: "\u65e5"}},
		"a=1&A=2":              {{Key: "a", Value: "1"}, {Key: "A", Value: "2"}},
	} {
		if got, err := parseTagHeader(value); err != nil || cmp.Diff(want, got) != "" {
			t.Errorf("%q: %v, %v", value, got, err)
		}
	}
}

// tagSet is a document with these elements in its set.
func tagSet(elements string) string { return "<Tagging><TagSet>" + elements + "</TagSet></Tagging>" }

func tagElement(key, value string) string {
	return "<Tag><Key>" + key + "</Key><Value>" + value + "</Value></Tag>"
}

func manyTags(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(tagElement(fmt.Sprint("k", i), "v"))
	}
	return tagSet(b.String())
}

func TestTagsThatCannotBeAreRefused(t *testing.T) {
	h := newTestHandler(t, nil)
	put(t, h, "bucket", map[string]string{"k": "v"})
	long := func(n int) string { return strings.Repeat("é", n) }
	invalid := func(message, key, value string) refusal {
		return refusal{Status: 400, Code: "InvalidTag", Message: message, TagKey: key, TagValue: value}
	}
	const badKey, badValue = "The TagKey you have provided is invalid", "The TagValue you have provided is invalid"
	for _, where := range []struct {
		in       signet.Request
		max      int
		tooMany  string
		reserved string
	}{
		{to("PUT", "bucket", "k", "tagging"), 10, "Object tags cannot be greater than 10", "Your TagKey cannot be prefixed with aws:"},
		{to("PUT", "bucket", "", "tagging"), 50, "Bucket tag count cannot be greater than 50", "System tags cannot be added/updated by requester"},
	} {
		cases := []refused{
			{name: "no document", want: missingBody},
			{name: "no XML", body: "a=b", want: malformedXML},
			{name: "another document", body: "<Tags/>", want: malformedXML},
			{name: "no set", body: "<Tagging/>", want: malformedXML},
			{name: "two documents", body: tagSet("") + tagSet(""), want: malformedXML},
			{name: "a tag without a key", body: tagSet("<Tag><Value>v</Value></Tag>"), want: malformedXML},
			{name: "a tag without a value", body: tagSet("<Tag><Key>k</Key></Tag>"), want: malformedXML},
			{name: "an empty tag", body: tagSet("<Tag/>"), want: malformedXML},
			{name: "an entity", body: `<!DOCTYPE t [<!ENTITY a "b">]>` + tagSet(tagElement("&a;", "v")), want: malformedXML},
			{name: "an undefined entity", body: tagSet(tagElement("&a;", "v")), want: malformedXML},
			{name: "a key twice", body: tagSet(tagElement("a", "1") + tagElement("a", "2")), want: invalid("Cannot provide multiple Tags with the same key", "a", "")},
			{name: "too many", body: manyTags(where.max + 1), want: refusal{Status: 400, Code: "BadRequest", Message: where.tooMany}},
			{name: "an empty key", body: tagSet(tagElement("", "v")), want: invalid(badKey, "", "")},
			{name: "a long key", body: tagSet(tagElement(long(129), "v")), want: invalid(badKey, long(129), "")},
			{name: "a long value", body: tagSet(tagElement("k", long(257))), want: invalid(badValue, "k", long(257))},
			{name: "a sign in a key", body: tagSet(tagElement("a#b", "v")), want: invalid(badKey, "a#b", "")},
			{name: "a sign in a value", body: tagSet(tagElement("k", "a,b")), want: invalid(badValue, "k", "a,b")},
			{name: "a line in a value", body: tagSet(tagElement("k", "a&#10;b")), want: invalid(badValue, "k", "a\nb")},
			{name: "a control in a value", body: tagSet(tagElement("k", "a&#1;b")), want: invalid(badValue, "k", "a\uFFFDb")},
			{name: "a reserved key", body: tagSet(tagElement("aws:cloudformation", "v")), want: invalid(where.reserved, "aws:cloudformation", "")},
			{name: "a reserved key in capitals", body: tagSet(tagElement("AWS:x", "v")), want: invalid(where.reserved, "AWS:x", "")},
			{name: "more than 4 MiB", body: tagSet(strings.Repeat(" ", maxXMLBody)), want: refusal{Status: 400, Code: "MaxMessageLengthExceeded", Message: "Your request was too big."}},
		}
		for i := range cases {
			cases[i].in = where.in
		}
		expectRefusals(t, h, cases)
		for name, document := range map[string]string{
			"none":              tagSet(""),
			"as many as may be": manyTags(where.max),
			"long ones":         tagSet(tagElement(long(128), long(256))),
			"an empty value":    tagSet(tagElement("k", "")),
			"all signs":         tagSet(tagElement("a b+-=._:/@\u0301", "+-=._:/@ ")),
			"almost reserved":   tagSet(tagElement("awsx", "v")),
			"a namespace":       `<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet>` + tagElement("k", "v") + "</TagSet></Tagging>",
			"another":           `<Tagging xmlns="urn:x"><TagSet>` + tagElement("k", "v") + "</TagSet></Tagging>",
			"unknown elements":  "<Tagging><What/><TagSet>" + tagElement("k", "v") + "<Who/></TagSet></Tagging>",
		} {
			if res := send(t, h, where.in, document); res.StatusCode != http.StatusOK && res.StatusCode != http.StatusNoContent {
				t.Errorf("%s: %s", name, text(t, res))
			}
		}
	}
	missing := refusal{Status: 404, Code: "NoSuchKey", Message: "The specified key does not exist."}
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		expectRefusals(t, h, []refused{
			{method + " of no object", to(method, "bucket", "missing", "tagging"), tagSet(""), missing},
			{method + " of no version", to(method, "bucket", "k", "tagging&versionId=x"), tagSet(""), invalidVersion("x")},
			{method + " of an empty version", to(method, "bucket", "k", "tagging&versionId="), tagSet(""), badArgument("Version id cannot be the empty string", "versionId", "")},
		})
	}
	put(t, h, "untagged", nil)
	expectRefusals(t, h, []refused{{"a bucket without tags", to("GET", "untagged", "", "tagging"), "",
		refusal{Status: 404, Code: "NoSuchTagSet", Message: "The TagSet does not exist"}}})
}

func TestTaggingHeadersThatCannotBeAreRefused(t *testing.T) {
	h := newTestHandler(t, nil)
	put(t, h, "bucket", nil)
	for _, in := range []signet.Request{to("PUT", "bucket", "k", ""), to("POST", "bucket", "k", "uploads")} {
		with := func(value string) signet.Request {
			return saying(in, "X-Amz-Tagging", value, "Content-Length", "1")
		}
		expectRefusals(t, h, []refused{
			{"a key twice", with("a=1&b=2&a=3"), "v", badArgument(tagHeaderMalformed, "x-amz-tagging", "a=1&b=2&a=3")},
			{"a bad escape", with("a=%zz"), "v", badArgument(tagHeaderMalformed, "x-amz-tagging", "a=%zz")},
			{"a bad escape in a key", with("%=1"), "v", badArgument(tagHeaderMalformed, "x-amz-tagging", "%=1")},
			{"no UTF-8", with("a=%FF"), "v", badArgument(tagHeaderMalformed, "x-amz-tagging", "a=%FF")},
			{"no key", with("=1"), "v", refusal{Status: 400, Code: "InvalidTag", Message: "The TagKey you have provided is invalid"}},
			{"a sign", with("a=%2C"), "v", refusal{Status: 400, Code: "InvalidTag", Message: "The TagValue you have provided is invalid", TagKey: "a", TagValue: ","}},
			{"a reserved key", with("aws%3Ax=1"), "v", refusal{Status: 400, Code: "InvalidTag", Message: "Your TagKey cannot be prefixed with aws:", TagKey: "aws:x"}},
			{"too many", with("a=&b=&c=&d=&e=&f=&g=&h=&i=&j=&k="), "v", refusal{Status: 400, Code: "BadRequest", Message: "Object tags cannot be greater than 10"}},
		})
	}
}

func TestTagsComeBackAsTheyWereGiven(t *testing.T) {
	h := newTestHandler(t, nil)
	put(t, h, "bucket", nil)
	if res := send(t, h, saying(to("PUT", "bucket", "k", ""), "X-Amz-Tagging", "b=%C3%A9&a=+"), "v"); res.StatusCode != http.StatusOK {
		t.Fatal(text(t, res))
	}
	if got := field(send(t, h, to("GET", "bucket", "k", ""), ""), "x-amz-tagging-count"); got != "2" {
		t.Errorf("%q tags", got)
	}
	document := text(t, send(t, h, to("GET", "bucket", "k", "tagging"), ""))
	tags, err := parseTagging([]byte(document), maxObjectTags)
	if want := []object.Tag{{Key: "b", Value: "\u00e9"}, {Key: "a", Value: " "}}; err != nil || cmp.Diff(want, tags) != "" {
		t.Errorf("%s: %v %v", document, tags, err)
	}
	if res := send(t, h, to("DELETE", "bucket", "k", "tagging"), ""); res.StatusCode != http.StatusNoContent {
		t.Error(text(t, res))
	}
	if got := text(t, send(t, h, to("GET", "bucket", "k", "tagging"), "")); got != xmlHeader+`<Tagging xmlns="`+namespace+`"><TagSet></TagSet></Tagging>` {
		t.Error(got)
	}
}

func FuzzParseTagHeader(f *testing.F) {
	for _, seed := range []string{"a=1&b=2", "a", "%C3%A9=+", "a=%zz", "a=1&a=2", "aws:x=1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		tags, err := parseTagHeader(value)
		if err != nil {
			return
		}
		var pairs []string
		for _, tag := range tags {
			pairs = append(pairs, url.QueryEscape(tag.Key)+"="+url.QueryEscape(tag.Value))
		}
		written := strings.Join(pairs, "&")
		if again, err := parseTagHeader(written); err != nil || cmp.Diff(tags, again) != "" {
			t.Errorf("%q became %q: %v, %v", value, written, again, err)
		}
	})
}

func FuzzParseTagging(f *testing.F) {
	for _, seed := range []string{manyTags(2), tagSet(""), tagSet(tagElement("a", "&#1;")), tagSet("<Tag/>"), `<Tagging xmlns="urn:x"><TagSet/></Tagging>`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		tags, err := parseTagging(document, maxBucketTags)
		if err != nil {
			if !errors.Is(err, errMalformedXML) && !errors.Is(err, errInvalidTag) && !errors.Is(err, errBadRequest) {
				t.Fatal(err)
			}
			return
		}
		written := taggingDocument(tags)
		if again, err := parseTagging(written, maxBucketTags); err != nil || cmp.Diff(tags, again) != "" {
			t.Errorf("%s became %s: %v, %v", document, written, again, err)
		}
	})
}
