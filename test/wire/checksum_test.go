package wire

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"strings"
	"testing"

	"github.com/cespare/xxhash/v2"
	"github.com/zeebo/xxh3"
)

// checksumOf returns a checksum as S3 writes it.
func checksumOf(algorithm, content string) string {
	var h hash.Hash
	switch algorithm {
	case "CRC32":
		h = crc32.NewIEEE()
	case "CRC32C":
		h = crc32.New(crc32.MakeTable(crc32.Castagnoli))
	case "CRC64NVME":
		// The polynomial of NVM Express, reversed.
		h = crc64.New(crc64.MakeTable(0x9a6c9329ac4bc9b5))
	case "SHA1":
		h = sha1.New()
	case "SHA256":
		h = sha256.New()
	case "SHA512":
		h = sha512.New()
	case "MD5":
		h = md5.New()
	case "XXHASH64":
		h = xxhash.New()
	case "XXHASH3":
		h = xxh3.New()
	case "XXHASH128":
		h = xxh3.New128()
	}
	h.Write([]byte(content))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

var algorithms = []string{
	"CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256", "SHA512", "MD5", "XXHASH64", "XXHASH3", "XXHASH128",
}

func TestChecksums(t *testing.T) {
	signed := sign{scheme: v4Header, payload: unsignedPayload}
	badDigest := want{status: 400, code: "BadDigest"}
	unknownChecksum := want{status: 400, code: "InvalidRequest", message: "The algorithm type you specified in x-amz-checksum- header is invalid."}
	rows := []row{
		{name: "a digest", method: "PUT", target: "/{bucket}/k", body: "new", headers: []header{{"Content-MD5", checksumOf("MD5", "new")}}, sign: signed, want: stored, after: newStored},
		{name: "a wrong digest", method: "PUT", target: "/{bucket}/k", body: "new", headers: []header{{"Content-MD5", checksumOf("MD5", "old")}}, sign: signed,
			want: want{status: 400, code: "BadDigest", message: "The Content-MD5 you specified did not match what we received.",
				elements: map[string]string{"ExpectedDigest": md5Of("old"), "CalculatedDigest": checksumOf("MD5", "new")}}},
		{name: "a digest in hex", method: "PUT", target: "/{bucket}/k", body: "new", headers: []header{{"Content-MD5", "22af645d1859cb5ca6da0c484f1f37ea"}}, sign: signed,
			want: want{status: 400, code: "InvalidDigest", message: "The Content-MD5 you specified was invalid.",
				elements: map[string]string{"Content-MD5": "22af645d1859cb5ca6da0c484f1f37ea"}}},
		{name: "a short digest", method: "PUT", target: "/{bucket}/k", body: "new", headers: []header{{"Content-MD5", "AAAA"}}, sign: signed, want: want{status: 400, code: "InvalidDigest"}},
		{name: "two checksums", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed,
			headers: []header{{"x-amz-checksum-crc32", checksumOf("CRC32", "new")}, {"x-amz-checksum-sha1", checksumOf("SHA1", "new")}}, want: want{status: 400, code: "InvalidRequest"}},
		{name: "an algorithm without its checksum", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed,
			headers: []header{{"x-amz-sdk-checksum-algorithm", "CRC32"}}, want: want{status: 400, code: "InvalidRequest"}},
		{name: "an algorithm and the checksum of another one", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed,
			headers: []header{{"x-amz-sdk-checksum-algorithm", "CRC32"}, {"x-amz-checksum-sha1", checksumOf("SHA1", "new")}}, want: want{status: 400, code: "InvalidRequest"}},
		{name: "a checksum of an unknown algorithm", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed,
			headers: []header{{"x-amz-checksum-sha384", checksumOf("SHA512", "new")}}, want: unknownChecksum},
		{name: "a checksum of an unknown algorithm beside a known one", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed,
			headers: []header{{"x-amz-checksum-crc32", checksumOf("CRC32", "new")}, {"x-amz-checksum-crc64", "AAAA"}}, want: unknownChecksum},
		{name: "a checksum of an unknown algorithm in a signed query", method: "PUT", target: "/{bucket}/k?x-amz-checksum-crc64=AAAA", body: "new",
			sign: sign{scheme: v4Query}, want: unknownChecksum},
		{name: "a checksum of an unknown algorithm on a presigned URL", method: "PUT", target: "/{bucket}/k", body: "new",
			headers: []header{{"x-amz-checksum-crc64", "AAAA"}}, sign: sign{scheme: v4Query}, want: unknownChecksum},
		{name: "an algorithm that is unknown", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed,
			headers: []header{{"x-amz-checksum-crc32", checksumOf("CRC32", "new")}, {"x-amz-sdk-checksum-algorithm", "CRC64"}},
			want:    want{status: 400, code: "InvalidRequest", message: "Value for x-amz-sdk-checksum-algorithm header is invalid."}},
		{name: "a checksum of another body in the query", method: "PUT", target: "/{bucket}/k?x-amz-checksum-xxhash3=AAAAAAAAAAA%3D", body: "new",
			sign: sign{scheme: v4Query}, want: stored, after: newStored},
		{name: "a wrong digest on a presigned URL", method: "PUT", target: "/{bucket}/k", body: "new", sign: sign{scheme: v4Query},
			tamper: []tamper{addHeader("Content-MD5", checksumOf("MD5", "old"))}, want: badDigest},
	}
	for _, a := range algorithms {
		name := "x-amz-checksum-" + strings.ToLower(a)
		rows = append(rows,
			row{name: a, method: "PUT", target: "/{bucket}/k", body: "new", headers: []header{{name, checksumOf(a, "new")}, {"x-amz-sdk-checksum-algorithm", a}}, sign: signed,
				want: want{status: 200, headers: map[string]string{name: checksumOf(a, "new"), "x-amz-checksum-type": "FULL_OBJECT"}}, after: newStored},
			row{name: a + " wrong", method: "PUT", target: "/{bucket}/k", body: "new", headers: []header{{name, checksumOf(a, "old")}}, sign: signed, want: badDigest},
			row{name: a + " wrong on a presigned URL", method: "PUT", target: "/{bucket}/k", body: "new", headers: []header{{name, checksumOf(a, "old")}},
				sign: sign{scheme: v4Query}, want: badDigest},
			row{name: a + " wrong on a part", before: []step{createUpload("u", "p")}, method: "PUT", target: partTarget("p", "u", 1), body: "new",
				headers: []header{{name, checksumOf(a, "old")}}, sign: signed, want: badDigest},
			row{name: a + " wrong under the older scheme", method: "PUT", target: "/{bucket}/k", body: "new", headers: []header{{name, checksumOf(a, "old")}}, sign: sign{scheme: v2Header}, want: badDigest},
			row{name: a + " that is none", method: "PUT", target: "/{bucket}/k", body: "new", headers: []header{{name, "?"}}, sign: signed, want: want{status: 400, code: "InvalidRequest"}},
		)
	}
	run(t, rows)
}

func TestChecksumsComeBackWhenAskedFor(t *testing.T) {
	for _, a := range algorithms {
		t.Run(a, func(t *testing.T) {
			t.Parallel()
			bucket := newBucket(t)
			name := "x-amz-checksum-" + strings.ToLower(a)
			m := &message{method: "PUT", target: "/" + bucket + "/k", host: target.host, body: []byte("new"),
				headers: []header{{name, checksumOf(a, "new")}}}
			sign{scheme: v4Header}.sign(m)
			m.finish()
			if answer, err := m.send(); err != nil || answer.status != 200 {
				t.Fatalf("%v, %v", answer, err)
			}
			for _, method := range []string{"GET", "HEAD"} {
				for _, mode := range []string{"", "ENABLED"} {
					m := &message{method: method, target: "/" + bucket + "/k", host: target.host}
					if mode != "" {
						m.set("x-amz-checksum-mode", mode)
					}
					sign{scheme: v4Header}.sign(m)
					m.finish()
					answer, err := m.send()
					if err != nil {
						t.Fatal(err)
					}
					expected := ""
					if mode != "" {
						expected = checksumOf(a, "new")
					}
					if got := answer.header.Get(name); answer.status != 200 || got != expected {
						t.Errorf("%s with mode %q: %d, %q, want %q", method, mode, answer.status, got, expected)
					}
				}
			}
		})
	}
}
