package s3

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/checksum"
)

var update = flag.Bool("update", false, "write docs/s3-compatibility.md anew")

const compatibilityPage = "../../docs/s3-compatibility.md"

func TestTheCompatibilityPageSaysWhatTheTableSays(t *testing.T) {
	want := compatibility(operations())
	if *update {
		if err := os.WriteFile(compatibilityPage, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(compatibilityPage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("go test ./internal/s3 -run Compatibility -update writes it anew (-want +got):\n%s", diff)
	}
}

// compatibility returns the page.
func compatibility(ops []*operation) []byte {
	ops = slices.Clone(ops)
	slices.SortStableFunc(ops, func(a, b *operation) int { return cmp.Compare(a.name, b.name) })
	// A preflight is one operation at two levels, and none of the API reference.
	ops = slices.DeleteFunc(ops, func(op *operation) bool { return op.open })

	works := func(op *operation) bool { return op.handle != nil }
	here := 0
	for _, op := range ops {
		if works(op) {
			here++
		}
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `# Compatibility with Amazon S3

Each operation of [Amazon's API reference](https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html) for general purpose buckets: %d of %d are here. This page is made from the table that requests are routed by (`+"`internal/s3/operations.go`"+`), so it says what the server does.

What is not here answers 501 `+"`NotImplemented`"+`, and changes nothing; so does a header or parameter that asks for a part of an operation that is not here. What asks for something is done or refused: the second table has the names that are refused by every operation that does not act on them. Parameters and headers that ask S3 for nothing, such as `+"`x-id`"+`, are ignored.

A header may come in several lines only if it is a list, such as `+"`If-Match`, `x-amz-grant-read` and `x-amz-meta-*`"+`: then the lines mean what one with commas means. Two lines of any other header that the server reads are 400 `+"`InvalidArgument`"+`. Names that begin with `+"`x-signet-`"+` are kept for Signet's own limits; a version that does not know one refuses it with 400.

A URL that is presigned with Signature Version 2 cannot list keys, versions or uploads: it is 403 `+"`AccessDenied`"+`. That scheme signs no parameter of a list, so the holder of a URL for `+"`prefix=public/`"+` could take the prefix away and list the whole bucket. boto3 and the AWS CLI v1 presign with Version 2 by default in us-east-1; make such URLs with `+"`Config(signature_version=\"s3v4\")`"+`. A URL of Version 2 lists all buckets only if it has no parameter such as `+"`prefix`"+`. Sub-resources that Version 2 does not sign, such as `+"`publicAccessBlock` and `attributes`"+`, are refused in URLs and in headers.

A plus sign in a path is a blank on Amazon. Here the signature says what it means: under Signature Version 4 the key is the one whose canonical path was signed, with `+"`%%2B` or with `%%20`"+`. Under Version 2 and in unsigned requests it is a plus sign, as it is in the `+"`key`"+` of a form: this differs from Amazon, so send blanks as `+"`%%20`"+`. A signature over a host without the default port of the scheme is good for a Host header with it, and white space inside a signed header may be folded as Amazon documents, as boto3 and the SDKs for JavaScript and Ruby fold it, or not at all; values are stored as they were sent. Only a copy source has to be one text: with a tab or two blanks in a row it is 400 `+"`InvalidArgument`"+`.

| operation | action | |
|---|---|---|
`, here, len(ops))
	for _, op := range ops {
		state := "works"
		action := "`" + op.action + "`"
		switch {
		case !works(op):
			state, action = "501", ""
		case op.partly != "":
			state = "works, without " + op.partly
		}
		if op.versioned != "" && works(op) {
			action += ", `" + op.versioned + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", op.name, action, state)
	}
	b.WriteString("\nParameters of the query, headers and form fields, and what all other operations answer to them. " +
		"The value of a checksum in the query counts for nothing, as SDKs put the one of an empty body there.\n\n" +
		"| name | acted on by | others |\n|---|---|---|\n")
	for i := range families {
		f := &families[i]
		answer := "400 `InvalidArgument`"
		if f.missing {
			answer = "501 `NotImplemented`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", strings.ToLower(f.name), strings.Join(takers(ops, f), ", "), answer)
	}
	fmt.Fprintf(&b, "| `x-signet-*` | | 400 `InvalidArgument` |\n")
	b.WriteString(`
Beyond the operations:

| | |
|---|---|
| Signatures | Version 4 and 2; in headers, in the query, in forms; every payload mode of Version 4: signed, unsigned, chunked with and without trailers |
| Browsers | POST forms with policies, CORS with preflights, also for presigned URLs |
| Addresses | path style and virtual-hosted style |
| Access | bucket policies, public access block and object ownership as Amazon gives them to new buckets (` + "`--legacy-bucket-defaults`" + `: as before April 2023), access control lists where ownership lets them count; no grants by e-mail address |
| Checksums | ` + checksumNames() + `, of parts and of whole objects; others are 400 ` + "`InvalidRequest`" + `. An upload in parts that was begun with an algorithm and whose checksum is composite needs the checksum of each part, with the part and in the completion. ` + "`x-amz-checksum-algorithm`" + ` on PutObject, UploadPart and forms says which one is kept where none came; Amazon ignores it there |
| Chunks | a signed chunk of less than 8 KiB that is not the last one is 403 ` + "`InvalidChunkSizeError`" + `; unsigned chunks may have any size, unlike on Amazon |
| Conditions | on reads, writes, copies, completed uploads and deletes, these also by size and time (` + "`x-amz-if-match-size`, `x-amz-if-match-last-modified-time`" + `). A write with ` + "`If-Match`" + `, or a delete that compares more than ` + "`*`, needs `s3:GetObject`" + ` as well |
| Ranges | one range; several in one header are ignored, as Amazon does |
| Copies | of any size in constant time: bytes are shared. A copy of an object that was uploaded in parts keeps its ETag. In ` + "`x-amz-copy-source`" + ` a plus sign is a blank, as on Amazon; access points are no sources |
| Storage classes | accepted, returned and listed; they change nothing |
`)
	return b.Bytes()
}

// checksumNames lists the algorithms.
func checksumNames() string {
	var names []string
	for _, a := range checksum.Algorithms() {
		names = append(names, a.String())
	}
	return strings.Join(names, ", ")
}

// takers returns the names of the operations that list a member of the family.
func takers(ops []*operation, f *family) (names []string) {
	for _, op := range ops {
		if slices.ContainsFunc(slices.Concat(op.headers, op.parameters), func(a argument) bool { return familyOf(a.name) == f }) {
			names = append(names, op.name)
		}
	}
	return names
}
