package s3

import (
	"net/http"
	"strings"
	"testing"

	"github.com/signet-store/signet"
)

const copiesItself = "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes."

func TestCopiesThatCannotBeAreRefused(t *testing.T) {
	h := newTestHandler(t, nil)
	put(t, h, "bucket", map[string]string{"k": "0123456789", "own": "x"})
	from := func(source string, more ...string) signet.Request {
		return saying(to("PUT", "bucket", "copy", ""), append([]string{"X-Amz-Copy-Source", source}, more...)...)
	}
	itself := func(more ...string) signet.Request {
		return saying(to("PUT", "bucket", "k", ""), append([]string{"X-Amz-Copy-Source", "bucket/k"}, more...)...)
	}
	failed := refusal{Status: 412, Code: "PreconditionFailed", Message: "At least one of the pre-conditions you specified did not hold"}
	expectRefusals(t, h, []refused{
		{"no source", from(""), "", badArgument("Copy Source must mention the source bucket and key: sourcebucket/sourcekey", "x-amz-copy-source", "")},
		{"no key", from("bucket"), "", badArgument("Copy Source must mention the source bucket and key: sourcebucket/sourcekey", "x-amz-copy-source", "bucket")},
		{"a bad escape", from("bucket/%zz"), "", badArgument("Invalid copy source encoding.", "x-amz-copy-source", "bucket/%zz")},
		{"a long key", from("bucket/" + strings.Repeat("x", 1025)), "", badArgument("Invalid copy source object key", "x-amz-copy-source", "bucket/"+strings.Repeat("x", 1025))},
		{"no bucket of that name", from("missing/k"), "", refusal{Status: 404, Code: "NoSuchBucket", Message: "The specified bucket does not exist"}},
		{"a name that no bucket has", from("../k"), "", refusal{Status: 404, Code: "NoSuchBucket", Message: "The specified bucket does not exist"}},
		{"no key of that name", from("bucket/missing"), "", refusal{Status: 404, Code: "NoSuchKey", Message: "The specified key does not exist."}},
		{"a version that is none", from("bucket/k?versionId=x"), "", invalidVersion("x")},
		{"an empty version", from("bucket/k?versionId="), "", badArgument("Version id cannot be the empty string", "versionId", "")},
		{"an unknown metadata directive", from("bucket/k", "X-Amz-Metadata-Directive", "REPLACED"), "", badArgument("Unknown metadata directive.", "x-amz-metadata-directive", "REPLACED")},
		{"a directive in small letters", from("bucket/k", "X-Amz-Metadata-Directive", "copy"), "", badArgument("Unknown metadata directive.", "x-amz-metadata-directive", "copy")},
		{"an unknown tagging directive", from("bucket/k", "X-Amz-Tagging-Directive", "x"), "", badArgument("Unknown tagging directive.", "x-amz-tagging-directive", "x")},
		{"tags twice", from("bucket/k", "X-Amz-Tagging-Directive", "REPLACE", "X-Amz-Tagging", "a=1&a=2"), "", badArgument(tagHeaderMalformed, "x-amz-tagging", "a=1&a=2")},
		{"an unknown storage class", from("bucket/k", "X-Amz-Storage-Class", "BEST"), "", refusal{Status: 400, Code: "InvalidStorageClass", Message: "The storage class you specified is not valid"}},
		{"an unknown checksum", from("bucket/k", "X-Amz-Checksum-Algorithm", "MD4"), "", badRequest(unknownAlgorithm)},
		{"much metadata", from("bucket/k", "X-Amz-Metadata-Directive", "REPLACE", "X-Amz-Meta-A", strings.Repeat("x", 2048)), "", refusal{Status: 400, Code: "MetadataTooLarge", Message: "Your metadata headers exceed the maximum allowed metadata size"}},
		{"itself", itself(), "", badRequest(copiesItself)},
		{"itself with tags", itself("X-Amz-Tagging-Directive", "REPLACE", "X-Amz-Tagging", "a=b"), "", badRequest(copiesItself)},
		{"a source that changed", from("bucket/k", "X-Amz-Copy-Source-If-Match", `"x"`), "", failed},
		{"a source that did not", from("bucket/k", "X-Amz-Copy-Source-If-None-Match", "*"), "", failed},
		{"what is there", saying(to("PUT", "bucket", "own", ""), "X-Amz-Copy-Source", "bucket/k", "If-None-Match", "*"), "", failed},
		{"what is not", from("bucket/k", "If-Match", `"x"`), "", refusal{Status: 404, Code: "NoSuchKey", Message: "The specified key does not exist."}},
	})
	if res := send(t, h, to("GET", "bucket", "copy", ""), ""); res.StatusCode != http.StatusNotFound {
		t.Errorf("a refused copy was made: %d", res.StatusCode)
	}
	if got := text(t, send(t, h, itself("X-Amz-Metadata-Directive", "REPLACE"), "")); !strings.Contains(got, "<CopyObjectResult") {
		t.Errorf("itself with other metadata: %s", got)
	}
}

func TestCopiesTakeOverWhatTheirDirectivesSay(t *testing.T) {
	h := newTestHandler(t, nil)
	put(t, h, "bucket", nil)
	source := saying(to("PUT", "bucket", "source", ""), "Content-Type", "text/plain", "X-Amz-Meta-Who", "me", "X-Amz-Tagging", "a=1")
	if res := send(t, h, source, "bytes"); res.StatusCode != http.StatusOK {
		t.Fatal(text(t, res))
	}
	for _, c := range []struct {
		name     string
		more     []string
		kind, by string
		tags     string
	}{
		{"both copied", []string{"Content-Type", "x/y", "X-Amz-Meta-Who", "you", "X-Amz-Tagging", "b=2"}, "text/plain", "me", "<Tag><Key>a</Key><Value>1</Value></Tag>"},
		{"metadata replaced", []string{"X-Amz-Metadata-Directive", "REPLACE", "Content-Type", "x/y", "X-Amz-Meta-Who", "you"}, "x/y", "you", "<Tag><Key>a</Key><Value>1</Value></Tag>"},
		{"metadata replaced by none", []string{"X-Amz-Metadata-Directive", "REPLACE"}, "binary/octet-stream", "", "<Tag><Key>a</Key><Value>1</Value></Tag>"},
		{"tags replaced", []string{"X-Amz-Tagging-Directive", "REPLACE", "X-Amz-Tagging", "b=2"}, "text/plain", "me", "<Tag><Key>b</Key><Value>2</Value></Tag>"},
		{"tags replaced by none", []string{"X-Amz-Tagging-Directive", "REPLACE"}, "text/plain", "me", ""},
	} {
		in := saying(to("PUT", "bucket", "copy", ""), append([]string{"X-Amz-Copy-Source", "/bucket/source"}, c.more...)...)
		if res := send(t, h, in, ""); res.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", c.name, text(t, res))
			continue
		}
		res := send(t, h, to("GET", "bucket", "copy", ""), "")
		if got := text(t, res); got != "bytes" || field(res, "Content-Type") != c.kind || field(res, "x-amz-meta-who") != c.by {
			t.Errorf("%s: %q %v", c.name, got, res.Header)
		}
		if got := text(t, send(t, h, to("GET", "bucket", "copy", "tagging"), "")); between(got, "TagSet") != c.tags {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}
