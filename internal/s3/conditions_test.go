package s3

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/object"
)

var sample = &object.Object{Size: 10, ETag: "abc", Modified: time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC)}

// headers returns the fields of a request that has these header lines.
func headers(pairs ...string) auth.Fields {
	f, err := auth.ReadFields(lines(pairs...))
	if err != nil {
		panic(err)
	}
	return f
}

// taken returns what op takes of those fields.
func taken(op *operation, all auth.Fields) fields { return fields{all, op} }

// lines returns header lines.
func lines(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

func TestReadConditions(t *testing.T) {
	const at, before, after = "Fri, 02 Jan 2026 03:04:05 GMT", "Fri, 02 Jan 2026 03:04:04 GMT", "Fri, 02 Jan 2026 03:04:06 GMT"
	for _, c := range []struct {
		header auth.Fields
		want   string // "", "304" or the condition that fails
	}{
		{headers(), ""},
		{headers("If-Match", `"abc"`), ""},
		{headers("If-Match", `abc`), ""},
		{headers("If-Match", `"x", "abc"`), ""},
		{headers("If-Match", `*`), ""},
		{headers("If-Match", `"x"`), "If-Match"},
		{headers("If-Match", `"x"`, "If-Match", `"abc"`), ""},
		{headers("If-Match", ""), "If-Match"},
		{headers("If-Match", "", "If-Unmodified-Since", at), "If-Match"},
		{headers("If-None-Match", `"abc"`), "304"},
		{headers("If-None-Match", "", "If-Modified-Since", at), ""},
		{headers("If-None-Match", `W/"abc"`), "304"},
		{headers("If-None-Match", `*`), "304"},
		{headers("If-None-Match", `"x"`), ""},
		{headers("If-Modified-Since", at), "304"},
		{headers("If-Modified-Since", after), "304"},
		{headers("If-Modified-Since", before), ""},
		{headers("If-Modified-Since", "yesterday"), ""},
		{headers("If-Unmodified-Since", at), ""},
		{headers("If-Unmodified-Since", before), "If-Unmodified-Since"},
		{headers("If-Match", `"abc"`, "If-Unmodified-Since", before), ""},
		{headers("If-None-Match", `"abc"`, "If-Modified-Since", before), "304"},
		{headers("If-None-Match", `"x"`, "If-Modified-Since", after), ""},
		{headers("If-Match", `"x"`, "If-None-Match", `"abc"`), "If-Match"},
	} {
		err := checkReadConditions(taken(&getObject, c.header), sample)
		got := ""
		switch {
		case errors.Is(err, errNotModified):
			got = "304"
		case errors.Is(err, errPreconditionFailed):
			got = err.(*failure).name
		case err != nil:
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%v: %q, want %q", c.header, got, c.want)
		}
	}
}

func TestRanges(t *testing.T) {
	for _, c := range []struct {
		header         auth.Fields
		offset, length int64
		partial, fails bool
	}{
		{header: headers(), length: 10},
		{header: headers("Range", "bytes=0-3"), length: 4, partial: true},
		{header: headers("Range", "bytes=2-"), offset: 2, length: 8, partial: true},
		{header: headers("Range", "bytes=9-100"), offset: 9, length: 1, partial: true},
		{header: headers("Range", "bytes=-3"), offset: 7, length: 3, partial: true},
		{header: headers("Range", "bytes=-100"), length: 10, partial: true},
		{header: headers("Range", "Bytes=0-0"), length: 1, partial: true},
		{header: headers("Range", "bytes=10-"), fails: true},
		{header: headers("Range", "bytes=-0"), fails: true},
		{header: headers("Range", "bytes=0-1,3-4"), length: 10},
		{header: headers("Range", "bytes=4-2"), length: 10},
		{header: headers("Range", "bytes=-"), length: 10},
		{header: headers("Range", "bytes=+1-2"), length: 10},
		{header: headers("Range", "bytes=--1"), length: 10},
		{header: headers("Range", "items=0-1"), length: 10},
		{header: headers("Range", "bytes=99999999999999999999-"), fails: true},
		{header: headers("Range", "bytes=-99999999999999999999"), length: 10, partial: true},
		{header: headers("Range", "bytes=0-3", "If-Range", `"abc"`), length: 4, partial: true},
		{header: headers("Range", "bytes=0-3", "If-Range", `"old"`), length: 10},
		{header: headers("Range", "bytes=0-3", "If-Range", "Fri, 02 Jan 2026 03:04:05 GMT"), length: 4, partial: true},
		{header: headers("Range", "bytes=0-3", "If-Range", "Fri, 02 Jan 2026 03:04:04 GMT"), length: 10},
	} {
		got, err := chooseRange(taken(&getObject, c.header), sample)
		if errors.Is(err, errInvalidRange) != c.fails || (!c.fails && got != byteRange{c.offset, c.length, c.partial}) {
			t.Errorf("%v: %+v, %v", c.header, got, err)
		}
	}
	if _, err := chooseRange(taken(&getObject, headers("Range", "bytes=0-")), &object.Object{}); err == nil {
		t.Error("an empty object has a range")
	}
}

func FuzzRange(f *testing.F) {
	f.Add("bytes=0-1")
	f.Add("bytes=-9223372036854775807")
	f.Fuzz(func(t *testing.T, value string) {
		got, err := chooseRange(taken(&getObject, headers("Range", value)), sample)
		if err == nil && (got.offset < 0 || got.length < 1 || got.offset+got.length > sample.Size) {
			t.Errorf("%q: %+v", value, got)
		}
	})
}

func TestAttributesAreBounded(t *testing.T) {
	if _, err := attributes(taken(&putObject, headers("X-Amz-Meta-A", strings.Repeat("x", maxMetadata-1)))); err != nil {
		t.Error(err)
	}
	if _, err := attributes(taken(&putObject, headers("X-Amz-Meta-A", strings.Repeat("x", maxMetadata)))); !errors.Is(err, errMetadataTooLarge) {
		t.Errorf("metadata of 2049 bytes: %v", err)
	}
	a, err := attributes(taken(&putObject, headers("Content-Encoding", "aws-chunked,gzip", "X-Amz-Meta-Who", "me", "X-Amz-Meta-Who", "you", "Content-Type", "text/plain")))
	if err != nil || a.Headers["Content-Encoding"] != "gzip" || a.Metadata["who"] != "me,you" || a.Headers["Content-Type"] != "text/plain" {
		t.Errorf("%+v, %v", a, err)
	}
	if a, _ := attributes(taken(&putObject, headers("Content-Encoding", "aws-chunked"))); len(a.Headers) != 0 {
		t.Errorf("the framing was kept: %+v", a)
	}
	if _, err := attributes(taken(&putObject, headers("X-Amz-Storage-Class", "BEST"))); err == nil {
		t.Error("a storage class that is none was taken")
	}
}
