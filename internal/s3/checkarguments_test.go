package s3

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/signet-store/signet"
)

// badValues has for each argument that is judged by itself a value that it cannot have,
// and the error's code.
var badValues = map[string]struct{ value, code string }{
	"continuation-token": {"!", "InvalidArgument"},
	"delimiter":          {"\xff", "InvalidArgument"},
	"encoding-type":      {"base64", "InvalidArgument"},
	"key-marker":         {"\xff", "InvalidArgument"},
	"list-type":          {"3", "InvalidArgument"},
	"marker":             {"\xff", "InvalidArgument"},
	"max-buckets":        {"0", "InvalidArgument"},
	"max-keys":           {"-1", "InvalidArgument"},
	"max-parts":          {"many", "InvalidArgument"},
	"max-uploads":        {"1.5", "InvalidArgument"},
	"part-number-marker": {"+1", "InvalidArgument"},
	"partNumber":         {"10001", "InvalidArgument"},
	"prefix":             {"\xff", "InvalidArgument"},
	"start-after":        {"\xff", "InvalidArgument"},
	"versionId":          {"x", "InvalidArgument"},

	"response-cache-control":       {"a\nb", "InvalidArgument"},
	"response-content-disposition": {"\u4e2d", "InvalidArgument"},
	"response-content-encoding":    {"\x00", "InvalidArgument"},
	"response-content-language":    {"\x7f", "InvalidArgument"},
	"response-content-type":        {"a\rb", "InvalidArgument"},
	"response-expires":             {"\u4e2d", "InvalidArgument"},

	"X-Amz-Checksum-Mode":                {"DISABLED", "InvalidRequest"},
	"X-Amz-Copy-Source-Range":            {"bytes=5-", "InvalidArgument"},
	"X-Amz-Grant-Full-Control":           {"me", "InvalidArgument"},
	"X-Amz-Grant-Read":                   {`id="x"`, "InvalidArgument"},
	"X-Amz-Grant-Read-Acp":               {`uri="http://example.com/"`, "InvalidArgument"},
	"X-Amz-Grant-Write":                  {`id="`, "InvalidArgument"},
	"X-Amz-Grant-Write-Acp":              {"id=", "InvalidArgument"},
	"X-Amz-Max-Parts":                    {"x", "InvalidArgument"},
	"X-Amz-Metadata-Directive":           {"MOVE", "InvalidArgument"},
	"X-Amz-Mp-Object-Size":               {"-1", "InvalidRequest"},
	"X-Amz-Object-Attributes":            {"Color", "InvalidArgument"},
	"X-Amz-Object-Ownership":             {"Nobody", "InvalidArgument"},
	"X-Amz-Part-Number-Marker":           {"-1", "InvalidArgument"},
	"X-Amz-Source-Expected-Bucket-Owner": {"me", "InvalidBucketOwnerAWSAccountID"},
	"X-Amz-Storage-Class":                {"HOT", "InvalidStorageClass"},
	"X-Amz-Tagging":                      {"a=b&a=c", "InvalidArgument"},
	"X-Amz-Tagging-Directive":            {"MOVE", "InvalidArgument"},
}

// requestFor returns a request for an operation on what does not exist.
func requestFor(op *operation) ask {
	q := ask{what: op.method + " /"}
	if op.level != onService {
		q.what += "missing"
	}
	if op.level == onObject {
		q.what += "/key"
	}
	q.what += "?" + op.subresource
	if op.subresource == "uploadId" {
		q.what += "=x"
	}
	switch op.marker {
	case "":
	case copySourceHeader:
		q.headers = []string{copySourceHeader + ": missing/source"}
	default:
		q.what += "&" + op.marker + "=2"
	}
	return q
}

// with adds an argument to a request, in place of the one that it has.
func (q ask) with(name, value string) ask {
	if name[0] >= 'A' && name[0] <= 'Z' {
		q.headers = append(slices.Clone(q.headers), name+": "+value)
		return q
	}
	q.what = strings.ReplaceAll(q.what, "&"+name+"=2", "") + "&" + name + "=" + url.QueryEscape(value)
	return q
}

// A wrong argument is refused before anything is looked up: the bucket, the key and the
// upload that the requests name are missing.
func TestEachArgumentIsJudgedBeforeAnythingIsLookedUp(t *testing.T) {
	w := newWorld(t, nil)
	judged := make(map[string]bool)
	for _, op := range operations() {
		if op.handle == nil || op.open || op == &postObject {
			continue // forms have a test of their own
		}
		arguments := slices.Concat(op.parameters, op.headers)
		if op.facts != noFacts {
			q := requestFor(op).with(expectedOwnerHeader, "me")
			if a := w.do("main", q); a.status != 400 || op.method != "HEAD" && a.code != "InvalidBucketOwnerAWSAccountID" {
				t.Errorf("%s: %s %v: %d %s", op.name, q.what, q.headers, a.status, a.code)
			}
		}
		for _, argument := range arguments {
			if argument.check == nil {
				continue
			}
			bad, ok := badValues[argument.name]
			if !ok {
				t.Errorf("%s takes %s, and no bad value of it is tried", op.name, argument.name)
				continue
			}
			judged[argument.name] = true
			q := requestFor(op).with(argument.name, bad.value)
			if a := w.do("main", q); a.status != 400 || op.method != "HEAD" && a.code != bad.code {
				t.Errorf("%s: %s %q: %d %s %s", op.name, q.what, q.headers, a.status, a.code, a.message)
			}
		}
	}
	for name := range badValues {
		if !judged[name] {
			t.Errorf("no operation judges %s", name)
		}
	}
}

func TestArgumentsThatDependOnEachOtherAreJudgedBeforeAnythingIsLookedUp(t *testing.T) {
	w := newWorld(t, nil)
	for _, tt := range []struct {
		want, what string
		headers    []string
	}{
		{"InvalidBucketName", "PUT /Bad_Name", nil},
		{"InvalidArgument", "PUT /missing", []string{"X-Amz-Acl: mine"}},
		{"InvalidRequest", "PUT /missing?acl", []string{"X-Amz-Acl: private", "X-Amz-Grant-Read: id=" + strings.Repeat("0", 64)}},
		{"InvalidArgument", "PUT /missing/key?acl", []string{"X-Amz-Acl: log-delivery-write"}},
		{"InvalidDigest", "PUT /missing?tagging", []string{"Content-Md5: x"}},
		{"InvalidDigest", "PUT /missing?policy", []string{"Content-Md5: x"}},
		{"InvalidDigest", "PUT /missing?cors", []string{"Content-Md5: x"}},
		{"InvalidDigest", "PUT /missing?versioning", []string{"Content-Md5: x"}},
		{"InvalidDigest", "PUT /missing?ownershipControls", []string{"Content-Md5: x"}},
		{"InvalidDigest", "PUT /missing?publicAccessBlock", []string{"Content-Md5: x"}},
		{"InvalidDigest", "PUT /missing/key?tagging", []string{"Content-Md5: x"}},
		{"InvalidRequest", "POST /missing?delete", nil},
		{"InvalidRequest", "POST /missing?delete", []string{"X-Amz-Checksum-Crc32: x"}},

		{"InvalidRequest", "GET /missing/key?partNumber=1", []string{"Range: bytes=0-1"}},
		{"InvalidRequest", "GET /missing/key?attributes", nil},
		{"InvalidArgument", "GET /missing?versions&version-id-marker=null", nil},
		{"InvalidArgument", "GET /missing?versions&key-marker=k&version-id-marker=", nil},
		{"InvalidArgument", "GET /missing?versions&key-marker=k&version-id-marker=x", nil},
		{"InvalidArgument", "GET /missing/key?versionId=", nil},
		{"InvalidArgument", "PUT /missing/key?versionId=null", nil},

		{"InvalidArgument", "PUT /missing/key?partNumber=1", nil},
		{"InvalidArgument", "PUT /missing/key", []string{"X-Amz-Acl: mine"}},
		{"InvalidDigest", "PUT /missing/key", []string{"Content-Md5: x"}},
		{"InvalidRequest", "PUT /missing/key", []string{"X-Amz-Checksum-Crc32: x"}},
		{"InvalidRequest", "PUT /missing/key", []string{"X-Amz-Checksum-Crc32: AAAAAA==", "X-Amz-Checksum-Crc32c: AAAAAA=="}},
		{"MetadataTooLarge", "PUT /missing/key", []string{"X-Amz-Meta-A: " + strings.Repeat("x", maxMetadata)}},

		{"InvalidArgument", "PUT /missing/key", []string{"X-Amz-Copy-Source: missing"}},
		{"InvalidArgument", "PUT /missing/key", []string{"X-Amz-Copy-Source: missing/%zz"}},
		{"InvalidArgument", "PUT /missing/key", []string{"X-Amz-Copy-Source: missing/k?versionId=x"}},
		{"InvalidRequest", "PUT /missing/key", []string{"X-Amz-Copy-Source: missing/key"}},
		{"InvalidRequest", "PUT /missing/key", []string{"X-Amz-Copy-Source: missing/k", "X-Amz-Checksum-Algorithm: CRC7"}},

		{"InvalidRequest", "POST /missing/key?uploads", []string{"X-Amz-Checksum-Type: COMPOSITE"}},
		{"InvalidRequest", "POST /missing/key?uploads", []string{"X-Amz-Checksum-Algorithm: CRC7"}},
		{"MetadataTooLarge", "POST /missing/key?uploads", []string{"X-Amz-Meta-A: " + strings.Repeat("x", maxMetadata)}},
		{"InvalidArgument", "PUT /missing/key?uploadId=x", nil},
		{"InvalidArgument", "PUT /missing/key?uploadId=x", []string{"X-Amz-Copy-Source: missing/k"}},
		{"InvalidArgument", "PUT /missing/key?uploadId=x&partNumber=1", []string{"X-Amz-Copy-Source: missing"}},
		{"InvalidDigest", "PUT /missing/key?uploadId=x&partNumber=1", []string{"Content-Md5: x"}},
		{"InvalidRequest", "POST /missing/key?uploadId=x", []string{"X-Amz-Checksum-Crc32: x"}},
		{"InvalidRequest", "POST /missing/key?uploadId=x", []string{"X-Amz-Checksum-Crc32: AAAAAA==-0"}},
		{"InvalidRequest", "POST /missing/key?uploadId=x", []string{"X-Amz-Checksum-Crc32: AAAAAA==-01"}},
		{"InvalidRequest", "POST /missing/key?uploadId=x", []string{"X-Amz-Checksum-Crc32: AAAAAA==-10001"}},
		{"InvalidRequest", "POST /missing/key?uploadId=x", []string{"X-Amz-Checksum-Crc64nvme: AAAAAAAAAAA=-1"}},
		{"InvalidRequest", "POST /missing/key?uploadId=x", []string{"X-Amz-Checksum-Type: SUM"}},
		{"InvalidRequest", "PUT /missing/key", []string{"X-Amz-Checksum-Algorithm: CRC7"}},
		{"InvalidRequest", "PUT /missing/key", []string{"X-Amz-Checksum-Algorithm: MD5", "X-Amz-Checksum-Crc32: AAAAAA=="}},
		{"InvalidRequest", "PUT /missing/key", []string{"X-Amz-Checksum-Type: COMPOSITE"}},
		{"InvalidRequest", "PUT /missing/key", []string{"X-Amz-Checksum-Crc7: AAAA"}},
		{"InvalidRequest", "PUT /missing/key", []string{"X-Amz-Checksum-Md5: "}},
		{"InvalidDigest", "POST /missing/key?uploadId=x", []string{"Content-Md5: x"}},
	} {
		a := w.do("main", ask{what: tt.what, headers: tt.headers})
		if a.status != 400 || a.code != tt.want {
			t.Errorf("%s %.80q: %d %s %s, want %s", tt.what, tt.headers, a.status, a.code, a.message, tt.want)
		}
	}
}

func TestFieldsOfAFormAreJudgedBeforeAnythingIsLookedUp(t *testing.T) {
	w := newWorld(t, nil)
	for _, tt := range []struct{ name, value, want string }{
		{"acl", "mine", "InvalidArgument"},
		{"tagging", "<Tagging>", "MalformedXML"},
		{"x-amz-storage-class", "HOT", "InvalidStorageClass"},
		{"x-amz-meta-a", strings.Repeat("x", maxMetadata), "MetadataTooLarge"},
		{"x-amz-checksum-crc32", "x", "InvalidRequest"},
		{"x-amz-grant-read", "me", "InvalidArgument"},
	} {
		if a := w.upload("main", "missing", "key", signet.Field{Name: tt.name, Value: tt.value}); a.status != 400 || a.code != tt.want {
			t.Errorf("%s: %d %s %s, want %s", tt.name, a.status, a.code, a.message, tt.want)
		}
	}
}

// A caller who signed nothing learns what is wrong with a request only where the bucket
// lets everybody ask.
func TestAnonymousCallersLearnOfArgumentsWhereTheyMayAsk(t *testing.T) {
	w := newWorld(t, nil)
	w.must("main", "PUT /private")
	w.must("main", "PUT /public")
	w.must("main", "DELETE /public?publicAccessBlock")
	w.must("main", "PUT /public?policy", policy(`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::public/*"}`))
	for _, tt := range []struct{ what, want string }{
		{"GET /public/key?partNumber=0", "InvalidArgument"},
		{"GET /private/key?partNumber=0", "AccessDenied"},
		{"GET /missing/key?partNumber=0", "NoSuchBucket"},
		{"GET /public?max-keys=x", "AccessDenied"},
		{"GET /private/key?versionId=x", "AccessDenied"},
		{"POST /private?delete", "AccessDenied"},
		{"GET /?max-buckets=0", "AccessDenied"},
	} {
		if a := w.do("", ask{what: tt.what}); a.code != tt.want {
			t.Errorf("%s: %d %s %s, want %s", tt.what, a.status, a.code, a.message, tt.want)
		}
	}
}
