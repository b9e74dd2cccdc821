package s3

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/object"
)

func TestCopySources(t *testing.T) {
	long := strings.Repeat("x", object.MaxKeySize)
	for value, want := range map[string]copySource{
		"bucket/key":                       {"bucket", "key", ""},
		"/bucket/key":                      {"bucket", "key", ""},
		"%2Fbucket%2Fkey":                  {"bucket", "key", ""},
		"b%75cket/k%65y":                   {"bucket", "key", ""},
		"bucket/a/b//c/../d":               {"bucket", "a/b//c/../d", ""},
		"bucket//":                         {"bucket", "/", ""},
		"bucket/../other/key":              {"bucket", "../other/key", ""},
		"bucket/a%2Fb%20c%3Fd%25e%C3%A9+f": {"bucket", "a/b c?d%e\u00e9 f", ""},
		"bucket/\u00e9 \u00e9":             {"bucket", "\u00e9 \u00e9", ""},
		"bucket/a:b/arn:c":                 {"bucket", "a:b/arn:c", ""},
		"bucket/a%00b":                     {"bucket", "a\x00b", ""},
		// As gocloud.dev and others who encode it as a form do send blanks.
		"bucket/a+b%2Bc": {"bucket", "a b+c", ""},
		"bucket/+":       {"bucket", " ", ""},
		// Decoded once.
		"bucket/%2565":               {"bucket", "%65", ""},
		"bucket/%252B":               {"bucket", "%2B", ""},
		"bucket%252Fkey/k":           {"bucket%2Fkey", "k", ""},
		"bucket/k%3FversionId=x":     {"bucket", "k?versionId=x", ""},
		"bucket/k?versionId=null":    {"bucket", "k", "null"},
		"/bucket/k?versionId=%6Eull": {"bucket", "k", "null"},
		"bucket/" + long:             {"bucket", long, ""},
	} {
		if got, err := parseCopySource(value); err != nil || got != want {
			t.Errorf("%.80q: %+v, %v", value, got, err)
		}
	}
}

func TestCopySourcesThatAreNoneAreRefused(t *testing.T) {
	const incomplete, encoding = "Copy Source must mention the source bucket and key: sourcebucket/sourcekey", "Invalid copy source encoding."
	const accessPoint = notImplementedMessage + "an access point in x-amz-copy-source"
	for value, want := range map[string]string{
		"":                      incomplete,
		"/":                     incomplete,
		"//":                    incomplete,
		"bucket":                incomplete,
		"/bucket":               incomplete,
		"bucket/":               incomplete,
		"//key":                 incomplete,
		"?versionId=null":       incomplete,
		"https://host/bucket/k": incomplete,
		"arn:aws:s3:::bucket/k": incomplete,

		"arn:aws:s3:us-east-1:123456789012:accesspoint/ap/object/k":                 accessPoint,
		"arn%3Aaws%3As3%3Aus-east-1%3A123456789012%3Aaccesspoint%2Fap%2Fobject%2Fk": accessPoint,
		"arn:aws:s3-outposts:us-east-1:1:outpost/o/object/k":                        accessPoint,

		"bucket/k?":              incomplete,
		"bucket/k?x":             incomplete,
		"bucket/k?versionid=x":   incomplete,
		"bucket/k?x&versionId=y": incomplete,
		"bucket/%":               encoding,
		"bucket/%4":              encoding,
		"bucket/%zz":             encoding,
		"bucket/%FF":             encoding,
		"bucket/\xff":            encoding,
		"bucket/k?versionId=%zz": encoding,
		"bucket/k?versionId=":    "Version id cannot be the empty string",
		"bucket/" + strings.Repeat("x", object.MaxKeySize+1): "Invalid copy source object key",
	} {
		got, err := parseCopySource(value)
		said, ok := err.(*failure)
		if !ok || said.message != want || got != (copySource{}) {
			t.Errorf("%.80q: %+v, %v", value, got, err)
		}
	}
}

func FuzzParseCopySource(f *testing.F) {
	for _, seed := range []string{"bucket/key", "/b/a%2Fb?versionId=null", "b/%zz", "b/k?versionId=", "//k", "b/\xff", "b/a+b%2B"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		s, err := parseCopySource(value)
		if err != nil {
			return
		}
		if s.bucket == "" || strings.Contains(s.bucket, "/") || object.CheckKey(s.key) != nil {
			t.Fatalf("%q: %+v", value, s)
		}
		written := url.QueryEscape(s.bucket) + "/" + url.QueryEscape(s.key)
		if s.version != "" {
			written += "?versionId=" + url.QueryEscape(s.version)
		}
		if again, err := parseCopySource(written); err != nil || again != s {
			t.Errorf("%q became %q: %+v, %v", value, written, again, err)
		}
	})
}

func TestCopyConditionsFailWhereReadsAnswer304(t *testing.T) {
	const at, before, after = "Fri, 02 Jan 2026 03:04:05 GMT", "Fri, 02 Jan 2026 03:04:04 GMT", "Fri, 02 Jan 2026 03:04:06 GMT"
	for _, c := range []struct {
		header auth.Fields
		want   string // the condition that fails, without x-amz-copy-source-
	}{
		{headers(), ""},
		{headers("If-Match", `"x"`, "If-None-Match", `"abc"`), ""}, // of what is written
		{headers("X-Amz-Copy-Source-If-Match", `"abc"`), ""},
		{headers("X-Amz-Copy-Source-If-Match", `abc`), ""},
		{headers("X-Amz-Copy-Source-If-Match", `"x"`), "If-Match"},
		{headers("X-Amz-Copy-Source-If-None-Match", `"abc"`), "If-None-Match"},
		{headers("X-Amz-Copy-Source-If-None-Match", `"x"`), ""},
		{headers("X-Amz-Copy-Source-If-Modified-Since", at), "If-Modified-Since"},
		{headers("X-Amz-Copy-Source-If-Modified-Since", before), ""},
		{headers("X-Amz-Copy-Source-If-Modified-Since", "yesterday"), ""},
		{headers("X-Amz-Copy-Source-If-Unmodified-Since", before), "If-Unmodified-Since"},
		{headers("X-Amz-Copy-Source-If-Unmodified-Since", at), ""},
		// Amazon: of these pairs the entity tag decides.
		{headers("X-Amz-Copy-Source-If-Match", `"abc"`, "X-Amz-Copy-Source-If-Unmodified-Since", before), ""},
		{headers("X-Amz-Copy-Source-If-None-Match", `"abc"`, "X-Amz-Copy-Source-If-Modified-Since", before), "If-None-Match"},
		{headers("X-Amz-Copy-Source-If-None-Match", `"x"`, "X-Amz-Copy-Source-If-Modified-Since", after), ""},
	} {
		got := ""
		if err := checkCopyConditions(taken(&copyObject, c.header), sample); err != nil {
			failed, ok := err.(*failure)
			if !ok {
				t.Fatalf("%v: %v", c.header, err)
			}
			got = strings.TrimPrefix(failed.name, "x-amz-copy-source-")
		}
		if got != c.want {
			t.Errorf("%v: %q, want %q", c.header, got, c.want)
		}
	}
}

func TestCopyRangesAreExact(t *testing.T) {
	for value, want := range map[string][2]int64{
		"":           {0, 10},
		"bytes=0-9":  {0, 10},
		"bytes=3-3":  {3, 1},
		"Bytes=0-0":  {0, 1},
		"bytes= 2-5": {2, 4},
	} {
		offset, length, err := copyRange(value, 10)
		if diff := cmp.Diff(want, [2]int64{offset, length}); err != nil || diff != "" {
			t.Errorf("%q: %v %s", value, err, diff)
		}
	}
	const form, beyond = "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
		"Range specified is not valid for source object of size: 10"
	for value, want := range map[string]string{
		"0-9":                          form,
		"bytes=0-":                     form,
		"bytes=-5":                     form,
		"bytes=-":                      form,
		"bytes=5-3":                    form,
		"bytes=a-b":                    form,
		"bytes=0-1,3-4":                form,
		"items=0-9":                    form,
		"bytes=0-10":                   beyond,
		"bytes=10-10":                  beyond,
		"bytes=0-99999999999999999999": beyond,
	} {
		_, _, err := copyRange(value, 10)
		if said, ok := err.(*failure); !ok || said.message != want {
			t.Errorf("%q: %v", value, err)
		}
	}
	if _, _, err := copyRange("bytes=0-0", 0); err == nil {
		t.Error("an empty source has a range")
	}
}

// A policy judges the object that is read, for each spelling of the header, and with or
// without a slash before the bucket.
func TestPoliciesJudgeTheSourceThatIsCopied(t *testing.T) {
	for _, pattern := range []string{"box/secret/*", "/box/secret/*"} {
		w := newWorld(t, nil)
		w.user("eve", mainAccount, policy(
			`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`,
			`{"Effect":"Deny","Action":"s3:PutObject","Resource":"*","Condition":{"StringLike":{"s3:x-amz-copy-source":"`+pattern+`"}}}`,
		))
		w.must("main", "PUT /box")
		for _, key := range []string{"secret/a", "secret/a b", "secrets", "a/secret/a"} {
			w.must("main", "PUT /box/"+key, key)
		}
		upload := regexp.MustCompile(`<UploadId>(.*)</UploadId>`).FindStringSubmatch(w.must("main", "POST /box/new?uploads"))[1]
		for _, target := range []string{"/box/new", "/box/new?partNumber=1&uploadId=" + upload} {
			for source, want := range map[string]string{
				"box/secret/a": "AccessDenied", "/box/secret/a": "AccessDenied",
				"box/s%65cret/a": "AccessDenied", "b%2Fsecret%2Fa": "NoSuchBucket", "box%2Fsecret%2Fa": "AccessDenied", "%2Fbox/%73ecret/a": "AccessDenied",
				"box/secret/a+b": "AccessDenied", "box/secret/a%20b": "AccessDenied", "box/secret/a?versionId=null": "AccessDenied",
				"box/secret/missing": "AccessDenied", "box/secrets": "", "box/a/secret/a": "", "box//secret/a": "NoSuchKey", "box/a/../secret/a": "NoSuchKey",
				"box/s%2565cret/a": "NoSuchKey", "box/secrets%3FversionId=null": "NoSuchKey",
			} {
				if strings.HasPrefix(source, "b%2F") {
					source = "none" + source[1:]
				}
				if a := w.try(want, "eve", "PUT "+target, "", "X-Amz-Copy-Source: "+source); want == "" && !strings.Contains(a.body, "ETag") {
					t.Errorf("%s: %s", source, a.body)
				}
			}
		}
		// A write that copies nothing has no source.
		w.try("", "eve", "PUT /box/other", "bytes")
	}
}

func TestAPolicyMayDemandASource(t *testing.T) {
	w := newWorld(t, nil)
	w.user("eve", mainAccount, policy(
		`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`,
		`{"Effect":"Deny","Action":"s3:PutObject","Resource":"*","Condition":{"StringNotEquals":{"s3:x-amz-copy-source":"/box/a+b c"}}}`,
	))
	w.must("main", "PUT /box")
	w.must("main", "PUT /box/a+b c", "bytes")
	w.try("", "eve", "PUT /box/new", "", "X-Amz-Copy-Source: /box/a%2Bb+c")
	w.try("", "eve", "PUT /box/new", "", "X-Amz-Copy-Source: box/a%2Bb%20c")
	w.try("AccessDenied", "eve", "PUT /box/new", "", "X-Amz-Copy-Source: box/a+b+c")
	w.try("AccessDenied", "eve", "PUT /box/new", "bytes")
}
