package s3

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet"
	"github.com/signet-store/signet/internal/checksum"
)

// begin begins an upload and returns its ID.
func begin(t testing.TB, h http.Handler, key string, pairs ...string) string {
	t.Helper()
	document := text(t, send(t, h, saying(to("POST", "bucket", key, "uploads"), pairs...), ""))
	id := between(document, "UploadId")
	if id == "" {
		t.Fatal(document)
	}
	return id
}

// sendPart uploads a part and returns its ETag.
func sendPart(t testing.TB, h http.Handler, key, id string, number int, body string) string {
	t.Helper()
	in := saying(to("PUT", "bucket", key, fmt.Sprintf("uploadId=%s&partNumber=%d", id, number)), "Content-Length", fmt.Sprint(len(body)))
	res := send(t, h, in, body)
	if res.StatusCode != http.StatusOK {
		t.Fatal(text(t, res))
	}
	return field(res, "ETag")
}

// partList is the body of a completion with these elements.
func partList(elements ...string) string {
	return "<CompleteMultipartUpload>" + strings.Join(elements, "") + "</CompleteMultipartUpload>"
}

func listedPart(number any, etag string, more ...string) string {
	return fmt.Sprint("<Part><PartNumber>", number, "</PartNumber><ETag>", etag, "</ETag>", strings.Join(more, ""), "</Part>")
}

func TestUploadsThatCannotBeginAreRefused(t *testing.T) {
	h := newTestHandler(t, nil)
	put(t, h, "bucket", nil)
	in := to("POST", "bucket", "k", "uploads")
	expectRefusals(t, h, []refused{
		{"an unknown checksum", saying(in, "X-Amz-Checksum-Algorithm", "MD4"), "", badRequest(unknownAlgorithm)},
		{"a type alone", saying(in, "X-Amz-Checksum-Type", "COMPOSITE"), "", badRequest("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.")},
		{"an unknown type", saying(in, "X-Amz-Checksum-Algorithm", "CRC32", "X-Amz-Checksum-Type", "HALF"), "", badRequest("Value for x-amz-checksum-type header is invalid.")},
		{"a whole SHA-256", saying(in, "X-Amz-Checksum-Algorithm", "SHA256", "X-Amz-Checksum-Type", "FULL_OBJECT"), "", badRequest("The FULL_OBJECT checksum type cannot be used with the sha256 checksum algorithm.")},
		{"a composite CRC-64", saying(in, "X-Amz-Checksum-Algorithm", "CRC64NVME", "X-Amz-Checksum-Type", "COMPOSITE"), "", badRequest("The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm.")},
		{"an unknown storage class", saying(in, "X-Amz-Storage-Class", "BEST"), "", refusal{Status: 400, Code: "InvalidStorageClass", Message: "The storage class you specified is not valid"}},
		{"much metadata", saying(in, "X-Amz-Meta-A", strings.Repeat("x", 2048)), "", refusal{Status: 400, Code: "MetadataTooLarge", Message: "Your metadata headers exceed the maximum allowed metadata size"}},
		{"no bucket", to("POST", "missing", "k", "uploads"), "", refusal{Status: 404, Code: "NoSuchBucket", Message: "The specified bucket does not exist"}},
		{"encryption", saying(in, "X-Amz-Server-Side-Encryption", "AES256"), "", refusal{Status: 501, Code: "NotImplemented", Message: "A header or parameter you provided implies functionality that is not implemented: x-amz-server-side-encryption"}},
	})
}

// unknownAlgorithm is the message about an x-amz-checksum-algorithm that S3 does not have.
const unknownAlgorithm = "Checksum algorithm provided is unsupported. Please try again with any of the valid types: " +
	"[CRC32, CRC32C, CRC64NVME, MD5, SHA1, SHA256, SHA512, XXHASH128, XXHASH3, XXHASH64]"

func TestPartsThatCannotBeAreRefused(t *testing.T) {
	h := newTestHandler(t, nil)
	put(t, h, "bucket", map[string]string{"source": "0123456789", "k": "old"})
	id := begin(t, h, "k")
	sent := func(query string, pairs ...string) signet.Request {
		return saying(to("PUT", "bucket", "k", query), append([]string{"Content-Length", "1"}, pairs...)...)
	}
	copied := func(query string, pairs ...string) signet.Request {
		return saying(to("PUT", "bucket", "k", query), append([]string{"X-Amz-Copy-Source", "bucket/source"}, pairs...)...)
	}
	number := func(value string) refusal {
		return badArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", value)
	}
	for _, value := range []string{"0", "-1", "10001", "x", "1.0", "", "99999999999999999999", "1 "} {
		query := "uploadId=" + id + "&partNumber=" + value
		expectRefusals(t, h, []refused{
			{"part " + value, sent(query), "x", number(value)},
			{"part " + value + " copied", copied(query), "", number(value)},
		})
	}
	whole := "uploadId=" + id + "&partNumber=1"
	const form = "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy"
	expectRefusals(t, h, []refused{
		{"no number", sent("uploadId=" + id), "x", number("")},
		{"no upload of that ID", sent("uploadId=x&partNumber=1"), "x", noSuchUpload},
		{"an empty ID", sent("uploadId=&partNumber=1"), "x", noSuchUpload},
		{"an ID of another key", saying(to("PUT", "bucket", "other", whole), "Content-Length", "1"), "x", noSuchUpload},
		{"two checksums", sent(whole, "X-Amz-Checksum-Crc32", "AAAAAA==", "X-Amz-Checksum-Crc32c", "AAAAAA=="), "x", badRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")},
		{"a short checksum", sent(whole, "X-Amz-Checksum-Crc32", "AAAA"), "x", badRequest("Value for x-amz-checksum-crc32 header is invalid.")},
		{"a wrong checksum", sent(whole, "X-Amz-Checksum-Crc32", "AAAAAA=="), "x", refusal{Status: 400, Code: "BadDigest", Message: "The CRC32 you specified did not match the calculated checksum."}},
		{"a digest that is none", sent(whole, "Content-Md5", "x"), "x", refusal{Status: 400, Code: "InvalidDigest", Message: "The Content-MD5 you specified was invalid."}},
		{"a wrong digest", sent(whole, "Content-Md5", md5Of("y")), "x", refusal{Status: 400, Code: "BadDigest", Message: "The Content-MD5 you specified did not match what we received."}},
		{"a copy to no upload", copied("uploadId=x&partNumber=1"), "", noSuchUpload},
		{"a copy of nothing", saying(to("PUT", "bucket", "k", whole), "X-Amz-Copy-Source", ""), "", badArgument("Copy Source must mention the source bucket and key: sourcebucket/sourcekey", "x-amz-copy-source", "")},
		{"an open range", copied(whole, "X-Amz-Copy-Source-Range", "bytes=5-"), "", badArgument(form, "x-amz-copy-source-range", "bytes=5-")},
		{"no range", copied(whole, "X-Amz-Copy-Source-Range", "x"), "", badArgument(form, "x-amz-copy-source-range", "x")},
		{"a range beyond the end", copied(whole, "X-Amz-Copy-Source-Range", "bytes=0-10"), "", badArgument("Range specified is not valid for source object of size: 10", "x-amz-copy-source-range", "bytes=0-10")},
		{"a source that changed", copied(whole, "X-Amz-Copy-Source-If-Match", `"x"`), "", refusal{Status: 412, Code: "PreconditionFailed", Message: "At least one of the pre-conditions you specified did not hold"}},
	})
	if got := text(t, send(t, h, to("GET", "bucket", "k", "uploadId="+id), "")); strings.Contains(got, "<Part>") {
		t.Errorf("a refused part is there: %s", got)
	}
	if got := text(t, send(t, h, to("GET", "bucket", "k", ""), "")); got != "old" {
		t.Errorf("the object became %q", got)
	}
}

func TestCompletionsThatCannotBeAreRefused(t *testing.T) {
	h := newTestHandler(t, nil)
	put(t, h, "bucket", nil)
	id := begin(t, h, "k")
	etag := sendPart(t, h, "k", id, 1, "x")
	sendPart(t, h, "k", id, 2, "y")
	complete := func(pairs ...string) signet.Request {
		return saying(to("POST", "bucket", "k", "uploadId="+id), pairs...)
	}
	one := partList(listedPart(1, etag))
	invalidPart := refusal{Status: 400, Code: "InvalidPart", Message: "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."}
	badSum := func(shown string) refusal {
		return badArgument("Invalid Base64 or multiple checksums present in request", "Checksum", shown)
	}
	expectRefusals(t, h, []refused{
		{"no document", complete(), "", malformedXML},
		{"no XML", complete(), "{}", malformedXML},
		{"another document", complete(), "<CompleteMultipartUploads/>", malformedXML},
		{"no parts", complete(), partList(), malformedXML},
		{"an empty part", complete(), partList("<Part/>"), malformedXML},
		{"no number", complete(), partList("<Part><ETag>x</ETag></Part>"), malformedXML},
		{"no ETag", complete(), partList("<Part><PartNumber>1</PartNumber></Part>"), malformedXML},
		{"a number that is none", complete(), partList(listedPart("x", etag)), malformedXML},
		{"a number beyond all", complete(), partList(listedPart("99999999999999999999", etag)), malformedXML},
		{"part 0", complete(), partList(listedPart(0, etag)), badArgument("PartNumber must be >= 1", "PartNumber", "0")},
		{"part -1", complete(), partList(listedPart(-1, etag)), badArgument("PartNumber must be >= 1", "PartNumber", "-1")},
		{"part 10001", complete(), partList(listedPart(10001, etag)), badArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", "10001")},
		{"10001 parts", complete(), partList(strings.Repeat(listedPart(1, etag), 10001)), malformedXML},
		{"a part twice", complete(), partList(listedPart(1, etag), listedPart(1, etag)), refusal{Status: 400, Code: "InvalidPartOrder", Message: "The list of parts was not in ascending order. Parts must be ordered by part number."}},
		{"backwards", complete(), partList(listedPart(2, etag), listedPart(1, etag)), refusal{Status: 400, Code: "InvalidPartOrder", Message: "The list of parts was not in ascending order. Parts must be ordered by part number."}},
		{"a part that was not uploaded", complete(), partList(listedPart(3, etag)), invalidPart},
		{"another ETag", complete(), partList(listedPart(2, etag)), invalidPart},
		{"an empty ETag", complete(), partList(listedPart(1, "")), invalidPart},
		{"a malformed checksum", complete(), partList(listedPart(1, etag, "<ChecksumCRC32>x</ChecksumCRC32>")), badSum("CRC32:x;")},
		{"two checksums", complete(), partList(listedPart(1, etag, "<ChecksumCRC32>AAAAAA==</ChecksumCRC32><ChecksumCRC32C>AAAAAA==</ChecksumCRC32C>")), badSum("CRC32:AAAAAA==;CRC32C:AAAAAA==;")},
		{"a checksum of an unknown algorithm", complete(), partList(listedPart(1, etag, "<ChecksumMD4>AAAA</ChecksumMD4>")), refusal{Status: 400, Code: "MalformedXML", Message: xmlMalformed}},
		{"a small part", complete(), partList(listedPart(1, etag), listedPart(2, md5Hex("y"))), refusal{Status: 400, Code: "EntityTooSmall", Message: "Your proposed upload is smaller than the minimum allowed size"}},
		{"an entity", complete(), `<!DOCTYPE c [<!ENTITY a "1">]>` + partList(listedPart("&a;", etag)), malformedXML},
		{"more than 4 MiB", complete(), partList(strings.Repeat(" ", maxXMLBody)), refusal{Status: 400, Code: "MaxMessageLengthExceeded", Message: "Your request was too big."}},
		{"a wrong digest", complete("Content-Md5", md5Of("x")), one, refusal{Status: 400, Code: "BadDigest", Message: "The Content-MD5 you specified did not match what we received."}},
		{"two checksums of the whole", complete("X-Amz-Checksum-Crc32", "AAAAAA==", "X-Amz-Checksum-Crc32c", "AAAAAA=="), one, badRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")},
		{"a short checksum of the whole", complete("X-Amz-Checksum-Crc32", "AAAA"), one, badRequest("Value for x-amz-checksum-crc32 header is invalid.")},
		{"a size that is none", complete("X-Amz-Mp-Object-Size", "x"), one, badRequest("Value for x-amz-mp-object-size header is invalid.")},
		{"a negative size", complete("X-Amz-Mp-Object-Size", "-1"), one, badRequest("Value for x-amz-mp-object-size header is invalid.")},
		{"another size", complete("X-Amz-Mp-Object-Size", "2"), one, badRequest("The provided 'x-amz-mp-object-size' header does not match what was computed")},
		{"no upload of that ID", to("POST", "bucket", "k", "uploadId=x"), one, noSuchUpload},
		{"an empty ID", to("POST", "bucket", "k", "uploadId="), one, noSuchUpload},
		{"an ID of another key", to("POST", "bucket", "other", "uploadId="+id), one, noSuchUpload},
		{"what is there must be", complete("If-Match", `"x"`), one, refusal{Status: 404, Code: "NoSuchKey", Message: "The specified key does not exist."}},
		{"no part of an abort", to("DELETE", "bucket", "k", "uploadId=x"), "", noSuchUpload},
	})
	if res := send(t, h, to("GET", "bucket", "k", ""), ""); res.StatusCode != http.StatusNotFound {
		t.Errorf("a refused completion was made: %d", res.StatusCode)
	}
	// Namespaces and elements that S3 does not know are not looked at.
	document := `<x:CompleteMultipartUpload xmlns:x="urn:x"><What/><x:Part><x:ETag> ` + etag + " </x:ETag><x:PartNumber> 1 </x:PartNumber><Who/></x:Part></x:CompleteMultipartUpload>"
	for range 2 { // and again
		if got := text(t, send(t, h, complete(), document)); between(got, "Key") != "k" {
			t.Error(got)
		}
	}
}

func TestListsOfPartsRefuseParametersThatTheyCannotRead(t *testing.T) {
	h := newTestHandler(t, nil)
	put(t, h, "bucket", nil)
	id := begin(t, h, "k")
	for n := 1; n <= 3; n++ {
		sendPart(t, h, "k", id, n, "x")
	}
	list := func(query string) signet.Request { return to("GET", "bucket", "k", "uploadId="+id+query) }
	for _, name := range []string{"max-parts", "part-number-marker"} {
		expectRefusals(t, h, []refused{
			{name + " that is none", list("&" + name + "=x"), "", badArgument("Provided "+name+" not an integer or within integer range", name, "x")},
			{name + " beyond all", list("&" + name + "=2147483648"), "", badArgument("Provided "+name+" not an integer or within integer range", name, "2147483648")},
			{name + " below zero", list("&" + name + "=-1"), "", badArgument("Argument "+name+" must be an integer between 0 and 2147483647", name, "-1")},
		})
	}
	expectRefusals(t, h, []refused{
		{"no upload of that ID", to("GET", "bucket", "k", "uploadId=x"), "", noSuchUpload},
		{"an ID of another key", to("GET", "bucket", "other", "uploadId="+id), "", noSuchUpload},
		{"no bucket", to("GET", "missing", "k", "uploadId="+id), "", refusal{Status: 404, Code: "NoSuchBucket", Message: "The specified bucket does not exist"}},
	})
	for query, want := range map[string][3]string{
		"":                                      {"1000", "false", "3"},
		"&max-parts=":                           {"1000", "false", "3"},
		"&max-parts=2":                          {"2", "true", "2"},
		"&max-parts=5000":                       {"1000", "false", "3"},
		"&max-parts=0":                          {"0", "false", "0"},
		"&max-parts=1&part-number-marker=1":     {"1", "true", "1"},
		"&part-number-marker=3":                 {"1000", "false", "0"},
		"&part-number-marker=2147483647":        {"1000", "false", "0"},
		"&part-number-marker=0&max-parts=00002": {"2", "true", "2"},
	} {
		got := text(t, send(t, h, list(query), ""))
		if diff := cmp.Diff(want, [3]string{between(got, "MaxParts"), between(got, "IsTruncated"), fmt.Sprint(strings.Count(got, "<Part>"))}); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
	}
}

func TestChecksumsOfListedParts(t *testing.T) {
	for _, a := range checksum.Algorithms() {
		sum := checksum.Sum{Algorithm: a, Value: make([]byte, a.Size())}
		var in completeRequest
		document := partList(listedPart(1, "x", "<Checksum"+a.String()+">"+sum.String()+"</Checksum"+a.String()+">"))
		if err := decodeXML([]byte(document), &in); err != nil {
			t.Fatal(err)
		}
		if got, err := onePartChecksum(in.Parts[0].Others); err != nil || cmp.Diff(sum, got) != "" {
			t.Errorf("%s: %+v, %v", a, got, err)
		}
	}
}

func FuzzCompleteMultipartUpload(f *testing.F) {
	f.Add([]byte(partList(listedPart(1, "&quot;x&quot;"), listedPart(2, "x", "<ChecksumCRC32>AAAAAA==</ChecksumCRC32>"))))
	f.Add([]byte(partList(listedPart(0, ""))))
	f.Add([]byte(partList("<Part/>")))
	f.Add([]byte(`<CompleteMultipartUpload xmlns="urn:x"><Part><PartNumber>10001</PartNumber><ETag/></Part></CompleteMultipartUpload>`))
	f.Fuzz(func(t *testing.T, document []byte) {
		parts, err := parseCompletedParts(document)
		if err != nil {
			if !errors.Is(err, errMalformedXML) && !errors.Is(err, errInvalidArgument) {
				t.Fatal(err)
			}
			return
		}
		if len(parts) == 0 {
			t.Fatal("no parts")
		}
		for _, p := range parts {
			if p.Number < 1 || (p.Checksum.Algorithm != checksum.None && len(p.Checksum.Value) != p.Checksum.Algorithm.Size()) {
				t.Errorf("%q: %+v", document, p)
			}
		}
	})
}
