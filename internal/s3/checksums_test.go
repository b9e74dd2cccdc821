package s3

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet"
	"github.com/signet-store/signet/internal/checksum"
)

// sumOf returns the checksum of content as S3 writes it.
func sumOf(a checksum.Algorithm, content string) string {
	h := a.New()
	h.Write([]byte(content))
	return checksum.Sum{Algorithm: a, Value: h.Sum(nil)}.String()
}

// compositeOf returns the checksum of the checksums of parts.
func compositeOf(a checksum.Algorithm, parts ...string) string {
	h := a.New()
	for _, part := range parts {
		value, _ := a.Decode(sumOf(a, part))
		h.Write(value)
	}
	return checksum.Sum{Algorithm: a, Value: h.Sum(nil)}.String() + "-" + strconv.Itoa(len(parts))
}

func headerOf(a checksum.Algorithm) string { return strings.ToLower(a.Header()) }

// asked is a header that names a value, such as "x-amz-checksum-type: COMPOSITE".
func asked(name, value string) string { return name + ": " + value }

// Each algorithm counts at each place where a client may send a checksum: the right one
// is taken, and a wrong or malformed one is refused and stores nothing.
func TestEachAlgorithmCountsWhereverAChecksumIsSent(t *testing.T) {
	w := newWorld(t, nil)
	w.must("main", "PUT /box")
	const data, form = "data", "posted"
	deletes := "<Delete><Object><Key>none</Key></Object></Delete>"
	tags := "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"
	open := func(headers ...string) string {
		return between(w.must("main", "POST /box/parts?uploads", append([]string{""}, headers...)...), "UploadId")
	}
	complete := func(id, etag, element, value string, headers ...string) answered {
		if element != "" {
			element = "<" + element + ">" + value + "</" + element + ">"
		}
		return w.do("main", ask{
			what: "POST /box/parts?uploadId=" + id, body: partList(listedPart(1, etag, element)), headers: headers,
		})
	}
	for _, a := range checksum.Algorithms() {
		header, element := headerOf(a), "Checksum"+a.String()
		named := asked("X-Amz-Checksum-Algorithm", a.String())
		for _, place := range []struct {
			name, content string
			malformed     string // the code of what is no checksum
			wrong         string // the code of a wrong one
			send          func(sum string) answered
		}{
			{"PutObject signed in a header", data, "InvalidRequest", "BadDigest", func(sum string) answered {
				return w.signed("main", ask{"PUT /box/k", data, []string{asked(header, sum)}})
			}},
			{"PutObject with a URL that signs the header", data, "InvalidRequest", "BadDigest", func(sum string) answered {
				return w.do("main", ask{"PUT /box/k", data, []string{asked(header, sum)}})
			}},
			{"PutObject that names the algorithm, too", data, "InvalidRequest", "BadDigest", func(sum string) answered {
				return w.do("main", ask{"PUT /box/k", data, []string{
					asked(header, sum), asked("X-Amz-Sdk-Checksum-Algorithm", a.String()), named,
				}})
			}},
			{"a form", form, "InvalidRequest", "BadDigest", func(sum string) answered {
				return w.upload("main", "box", "k", signet.Field{Name: header, Value: sum})
			}},
			{"a form that names the algorithm, too", form, "InvalidRequest", "BadDigest", func(sum string) answered {
				return w.upload("main", "box", "k", signet.Field{Name: header, Value: sum},
					signet.Field{Name: "x-amz-checksum-algorithm", Value: a.String()})
			}},
			{"UploadPart", data, "InvalidRequest", "BadDigest", func(sum string) answered {
				return w.do("main", ask{"PUT /box/parts?partNumber=1&uploadId=" + open(named), data, []string{asked(header, sum)}})
			}},
			{"UploadPart where no algorithm was named", data, "InvalidRequest", "BadDigest", func(sum string) answered {
				return w.do("main", ask{"PUT /box/parts?partNumber=1&uploadId=" + open(), data, []string{asked(header, sum)}})
			}},
			{"a part of a completion", data, "InvalidArgument", "InvalidPart", func(sum string) answered {
				id := open(named)
				w.must("main", "PUT /box/parts?partNumber=1&uploadId="+id, data, asked(header, sumOf(a, data)))
				return complete(id, md5Hex(data), element, sum)
			}},
			{"DeleteObjects", deletes, "InvalidRequest", "BadDigest", func(sum string) answered {
				return w.do("main", ask{"POST /box?delete", deletes, []string{asked(header, sum)}})
			}},
			{"PutBucketTagging", tags, "InvalidRequest", "BadDigest", func(sum string) answered {
				return w.do("main", ask{"PUT /box?tagging", tags, []string{asked(header, sum)}})
			}},
		} {
			good := sumOf(a, place.content)
			for sum, want := range map[string]string{
				good: "", sumOf(a, "other"): place.wrong, "x": place.malformed, strings.TrimRight(good, "=") + "A": place.malformed,
			} {
				got := place.send(sum)
				if got.code != want || (want == "") != (got.status < 300) || (want != "") != (got.status == 400) {
					t.Errorf("%v, %s, %q: %d %s %s, want %q", a, place.name, sum, got.status, got.code, got.message, want)
				}
				if want == "BadDigest" {
					digests := [2]string{between(got.body, "ExpectedDigest"), between(got.body, "CalculatedDigest")}
					if diff := cmp.Diff([2]string{sum, good}, digests); diff != "" {
						t.Errorf("%v, %s: %s", a, place.name, diff)
					}
				}
			}
		}
	}
}

// Content-MD5 counts wherever a body is sent, in a form, too.
func TestContentMD5CountsWhereverABodyIsSent(t *testing.T) {
	w := newWorld(t, nil)
	w.must("main", "PUT /box")
	digest := func(s string) string { return sumOf(checksum.MD5, s) }
	const data = "data"
	deletes := "<Delete><Object><Key>none</Key></Object></Delete>"
	part := "PUT /box/parts?partNumber=1&uploadId=" + between(w.must("main", "POST /box/parts?uploads"), "UploadId")
	header := func(what, body string) func(string) answered {
		return func(sum string) answered { return w.do("main", ask{what, body, []string{asked("Content-MD5", sum)}}) }
	}
	form := func(name string) func(string) answered {
		return func(sum string) answered {
			return w.upload("main", "box", "k", signet.Field{Name: name, Value: sum})
		}
	}
	for _, place := range []struct {
		name, content string
		send          func(sum string) answered
	}{
		{"PutObject", data, header("PUT /box/k", data)},
		{"UploadPart", data, header(part, data)},
		{"DeleteObjects", deletes, header("POST /box?delete", deletes)},
		{"a form", "posted", form("Content-MD5")},
		{"a form in lower case", "posted", form("content-md5")},
	} {
		for sum, want := range map[string]string{
			digest(place.content): "", digest("other"): "BadDigest",
			"": "InvalidDigest", "x": "InvalidDigest", digest("")[4:]: "InvalidDigest",
		} {
			got := place.send(sum)
			if got.code != want || (want == "") != (got.status < 300) {
				t.Errorf("%s, %q: %d %s %s, want %q", place.name, sum, got.status, got.code, got.message, want)
			}
		}
	}
}

// Each algorithm is shown at each place where S3 shows a checksum.
func TestEachAlgorithmIsShownWhereverAChecksumIs(t *testing.T) {
	for _, a := range checksum.Algorithms() {
		t.Run(a.String(), func(t *testing.T) {
			w := newWorld(t, nil)
			w.must("main", "PUT /box")
			header, element, named := headerOf(a), "Checksum"+a.String(), asked("X-Amz-Checksum-Algorithm", a.String())
			const data = "data"
			sum := sumOf(a, data)
			headers := func(what string, got answered, value, kind string) {
				t.Helper()
				if diff := cmp.Diff([2]string{value, kind}, [2]string{got.sent(header), got.sent("x-amz-checksum-type")}); diff != "" {
					t.Errorf("%s: %s", what, diff)
				}
			}
			elements := func(what, document string, want map[string]string) {
				t.Helper()
				got := make(map[string]string)
				for name := range want {
					got[name] = between(document, name)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s (-want +got): %s\n%s", what, diff, document)
				}
			}

			headers("PutObject", w.try("", "main", "PUT /box/k", data, asked(header, sum)), sum, "FULL_OBJECT")
			headers("PutObject that names it", w.try("", "main", "PUT /box/named", data, named), sum, "FULL_OBJECT")
			for _, read := range []string{"GET", "HEAD"} {
				for _, key := range []string{"k", "named", "k?partNumber=1"} {
					headers(read, w.try("", "main", read+" /box/"+key), "", "")
					headers(read+" of the checksum", w.try("", "main", read+" /box/"+key, "", "X-Amz-Checksum-Mode: ENABLED"), sum, "FULL_OBJECT")
				}
				mode := "X-Amz-Checksum-Mode: ENABLED"
				headers(read+" of the whole range", w.try("", "main", read+" /box/k", "", mode, "Range: bytes=0-3"), sum, "FULL_OBJECT")
				headers(read+" of a range", w.try("", "main", read+" /box/k", "", mode, "Range: bytes=1-3"), "", "")
			}
			shown := map[string]string{element: sum, "ChecksumType": "FULL_OBJECT"}
			elements("GetObjectAttributes", w.must("main", "GET /box/k?attributes", "", "X-Amz-Object-Attributes: Checksum"), shown)
			kind := map[string]string{"ChecksumAlgorithm": a.String(), "ChecksumType": "FULL_OBJECT"}
			elements("ListObjects", w.must("main", "GET /box?prefix=k"), kind)
			elements("ListObjectsV2", w.must("main", "GET /box?list-type=2&prefix=k"), kind)
			elements("ListObjectVersions", w.must("main", "GET /box?versions&prefix=k"), kind)
			elements("CopyObject", w.must("main", "PUT /box/copy", "", "X-Amz-Copy-Source: box/k"), shown)
			w.must("main", "PUT /box/plain", data)
			elements("CopyObject to another checksum", w.must("main", "PUT /box/copy", "", "X-Amz-Copy-Source: box/plain", named), shown)
			headers("HeadObject of a copy", w.try("", "main", "HEAD /box/copy", "", "X-Amz-Checksum-Mode: ENABLED"), sum, "FULL_OBJECT")

			posted := sumOf(a, "posted")
			form := w.upload("main", "box", "form", signet.Field{Name: header, Value: posted}, signet.Field{Name: "success_action_status", Value: "201"})
			headers("PostObject", form, posted, "FULL_OBJECT")
			elements("PostObject", form.body, map[string]string{element: posted, "ChecksumType": "FULL_OBJECT"})

			created := w.try("", "main", "POST /box/parts?uploads", "", named)
			uploadKind := a.DefaultType().String()
			if diff := cmp.Diff([2]string{a.String(), uploadKind}, [2]string{created.sent("x-amz-checksum-algorithm"), created.sent("x-amz-checksum-type")}); diff != "" {
				t.Error(diff)
			}
			id := between(created.body, "UploadId")
			part := w.try("", "main", "PUT /box/parts?partNumber=2&uploadId="+id, data, asked(header, sum))
			if got := part.sent(header); got != sum {
				t.Errorf("UploadPart: %q, want %q", got, sum)
			}
			// A part that is copied has a checksum, which no client could send.
			elements("UploadPartCopy", w.must("main", "PUT /box/parts?partNumber=2&uploadId="+id, "", "X-Amz-Copy-Source: box/plain"),
				map[string]string{element: sum})
			uploads := map[string]string{"ChecksumAlgorithm": a.String(), "ChecksumType": uploadKind}
			elements("ListMultipartUploads", w.must("main", "GET /box?uploads"), uploads)
			elements("ListParts", w.must("main", "GET /box/parts?uploadId="+id),
				map[string]string{element: sum, "ChecksumAlgorithm": a.String(), "ChecksumType": uploadKind})
			whole := sum
			if a.DefaultType() == checksum.Composite {
				whole = compositeOf(a, data)
			}
			done := w.must("main", "POST /box/parts?uploadId="+id, partList(listedPart(2, md5Hex(data), "<"+element+">"+sum+"</"+element+">")), asked(header, whole))
			elements("CompleteMultipartUpload", done, map[string]string{element: whole, "ChecksumType": uploadKind})
			headers("HeadObject", w.try("", "main", "HEAD /box/parts", "", "X-Amz-Checksum-Mode: ENABLED"), whole, uploadKind)
		})
	}
}

// Uploads in parts, by algorithm and type. "" is an upload that names no algorithm.
func TestChecksumsOfUploadsInPartsByAlgorithmAndType(t *testing.T) {
	const full, composite = checksum.FullObject, checksum.Composite
	names := []string{""}
	for _, a := range checksum.Algorithms() {
		names = append(names, a.String())
	}
	for _, name := range names {
		for _, kind := range []string{"", "FULL_OBJECT", "COMPOSITE", "SUM"} {
			t.Run(name+" "+kind, func(t *testing.T) {
				w := newWorld(t, nil)
				w.must("main", "PUT /box")
				a, isNamed := checksum.Parse(name)
				var headers []string
				if name != "" {
					headers = append(headers, asked("X-Amz-Checksum-Algorithm", name))
				}
				if kind != "" {
					headers = append(headers, asked("X-Amz-Checksum-Type", kind))
				}
				ofType, knownType := checksum.ParseType(kind)
				if kind == "" {
					ofType, knownType = a.DefaultType(), true
				}
				if !knownType || kind != "" && !isNamed || !a.Supports(ofType) {
					w.try("InvalidRequest", "main", "POST /box/k?uploads", append([]string{""}, headers...)...)
					return
				}
				if !isNamed {
					a = checksum.CRC64NVME // which is computed then
				}
				strict := isNamed && ofType == composite
				u := &partsOf{world: w, id: between(w.must("main", "POST /box/k?uploads", append([]string{""}, headers...)...), "UploadId")}
				good := asked(headerOf(a), sumOf(a, "data"))

				// The part.
				want := map[bool]string{false: "", true: "InvalidRequest"}
				message := "Checksum Type mismatch occurred, expected checksum Type: " + strings.ToLower(a.String()) + ", actual checksum Type: "
				if got := u.part(want[strict]); strict && got.message != message+"null" {
					t.Errorf("a part without a checksum: %q", got.message)
				}
				if got := u.part(want[strict], asked("Content-Md5", md5Of("data"))); strict && got.message != message+"null" {
					t.Errorf("a part with a Content-MD5 alone: %q", got.message)
				}
				for _, other := range checksum.Algorithms() {
					if other == a {
						continue
					}
					got := u.part(want[isNamed], asked(headerOf(other), sumOf(other, "data")))
					if isNamed && got.message != message+strings.ToLower(other.String()) {
						t.Errorf("a part with another checksum: %q", got.message)
					}
				}
				u.part("BadDigest", asked(headerOf(a), sumOf(a, "other")))
				u.part("", good)

				// The list of parts.
				element := func(a checksum.Algorithm, content string) string {
					return "<Checksum" + a.String() + ">" + sumOf(a, content) + "</Checksum" + a.String() + ">"
				}
				own := element(a, "data")
				if got := u.refuse(want[strict], ""); strict && got.message != "The upload was created using a "+strings.ToLower(a.String())+
					" checksum. The complete request must include the checksum for each part. It was missing for part 1 in the request." {
					t.Errorf("a part without its checksum: %q", got.message)
				}
				u.refuse("InvalidPart", element(a, "other"))
				for _, other := range checksum.Algorithms() {
					if other != a {
						u.refuse(map[bool]string{false: "InvalidPart", true: "InvalidRequest"}[strict], element(other, "data"))
					}
				}

				// The type.
				u.refuse("InvalidRequest", own, "X-Amz-Checksum-Type: SUM")
				u.refuse("InvalidRequest", own, "X-Amz-Checksum-Type: ")
				otherType := composite
				if ofType == composite {
					otherType = full
				}
				got := u.refuse("InvalidRequest", own, asked("X-Amz-Checksum-Type", otherType.String()))
				if got.message != "The upload was created using the "+ofType.String()+" checksum mode. The complete request must use the same checksum mode." {
					t.Errorf("another type: %q", got.message)
				}

				// The whole.
				sum := sumOf(a, "data")
				counted := sum + "-1"
				if ofType == composite {
					counted = compositeOf(a, "data")
					sum, _, _ = strings.Cut(counted, "-")
				}
				u.refuse("BadDigest", own, asked(headerOf(a), sumOf(a, "other")))
				u.refuse("InvalidRequest", own, asked(headerOf(a), sum+"-x"))
				switch {
				case ofType == composite:
					u.refuse("BadDigest", own, asked(headerOf(a), sum+"-2"))
				case a.Supports(composite):
					u.refuse("BadDigest", own, asked(headerOf(a), counted)) // the upload has no composite checksum
				default:
					u.refuse("InvalidRequest", own, asked(headerOf(a), counted))
				}
				for _, other := range checksum.Algorithms() {
					if other != a && isNamed {
						u.refuse("InvalidRequest", own, asked(headerOf(other), sumOf(other, "data")))
					}
				}
				u.refuse("InvalidRequest", own, good, asked("x-amz-checksum-crc7", "AAAA"))
				whole := []string{asked("X-Amz-Checksum-Type", ofType.String())}
				if isNamed {
					whole = append(whole, asked(headerOf(a), sum))
				} else {
					// A checksum of another algorithm than is computed does not count, right or wrong.
					whole = append(whole, asked("x-amz-checksum-sha512", sumOf(checksum.SHA512, "other")))
				}
				u.complete("", own, whole...)
				if ofType == composite {
					u.complete("", own, asked(headerOf(a), counted)) // and again
				}
				u.complete("InvalidRequest", own, asked("X-Amz-Checksum-Type", otherType.String()))
				u.complete("BadDigest", own, asked(headerOf(a), sumOf(a, "other")))
				read := w.try("", "main", "GET /box/k?partNumber=1", "", "X-Amz-Checksum-Mode: ENABLED")
				if diff := cmp.Diff([2]string{sumOf(a, "data"), ofType.String()}, [2]string{read.sent(headerOf(a)), read.sent("x-amz-checksum-type")}); diff != "" {
					t.Errorf("the part: %s", diff)
				}
			})
		}
	}
}

// partsOf is an upload to /box/k with one part, "data".
type partsOf struct {
	*world
	id string
}

func (u *partsOf) part(want string, headers ...string) answered {
	u.Helper()
	return u.try(want, "main", "PUT /box/k?partNumber=1&uploadId="+u.id, append([]string{"data"}, headers...)...)
}

func (u *partsOf) complete(want, element string, headers ...string) answered {
	u.Helper()
	return u.try(want, "main", "POST /box/k?uploadId="+u.id, append([]string{partList(listedPart(1, md5Hex("data"), element))}, headers...)...)
}

// refuse is complete for what is refused and leaves the upload as it was. A completion
// that would succeed is not made.
func (u *partsOf) refuse(want, element string, headers ...string) answered {
	u.Helper()
	if want == "" {
		return answered{}
	}
	got := u.complete(want, element, headers...)
	if parts := u.must("main", "GET /box/k?uploadId="+u.id); strings.Count(parts, "<Part>") != 1 {
		u.Errorf("a refused completion changed the parts: %s", parts)
	}
	return got
}

// A part that is read by its number comes with its own checksum, for each type of the object's.
func TestPartsAreReadWithTheirChecksums(t *testing.T) {
	contents := []string{strings.Repeat("a", 5<<20), "the end"}
	for _, tt := range []struct {
		algorithm, kind string
		shown           checksum.Algorithm
	}{
		{"", "", checksum.CRC64NVME},
		{"CRC32", "FULL_OBJECT", checksum.CRC32},
		{"CRC32C", "COMPOSITE", checksum.CRC32C},
		{"XXHASH128", "COMPOSITE", checksum.XXHash128},
	} {
		w := newWorld(t, nil)
		w.must("main", "PUT /box")
		create := []string{""}
		if tt.algorithm != "" {
			create = append(create, asked("X-Amz-Checksum-Algorithm", tt.algorithm), asked("X-Amz-Checksum-Type", tt.kind))
		}
		id := between(w.must("main", "POST /box/k?uploads", create...), "UploadId")
		var parts []string
		for i, content := range contents {
			sum := sumOf(tt.shown, content)
			w.must("main", fmt.Sprintf("PUT /box/k?partNumber=%d&uploadId=%s", 10*(i+1), id), content, asked(headerOf(tt.shown), sum))
			element := "Checksum" + tt.shown.String()
			parts = append(parts, listedPart(10*(i+1), md5Hex(content), "<"+element+">"+sum+"</"+element+">"))
		}
		w.must("main", "POST /box/k?uploadId="+id, partList(parts...))
		w.must("main", "PUT /box/copy", "", "X-Amz-Copy-Source: box/k")
		w.must("main", "PUT /box/sha1", "", "X-Amz-Copy-Source: box/k", "X-Amz-Checksum-Algorithm: SHA1")
		for _, key := range []string{"k", "copy", "sha1"} {
			for _, read := range []string{"GET", "HEAD"} {
				for i, content := range contents {
					what := fmt.Sprintf("%s /box/%s?partNumber=%d", read, key, i+1)
					got := w.try("", "main", what, "", "X-Amz-Checksum-Mode: ENABLED")
					if sum := sumOf(tt.shown, content); got.sent(headerOf(tt.shown)) != sum {
						t.Errorf("%s %s, %s: %q, want %q", tt.algorithm, tt.kind, what, got.sent(headerOf(tt.shown)), sum)
					}
					if got := w.try("", "main", what); got.sent(headerOf(tt.shown)) != "" {
						t.Errorf("%s without the mode: %q", what, got.sent(headerOf(tt.shown)))
					}
				}
			}
		}
	}
}
