package s3

import (
	"mime"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/signet-store/signet"
)

func TestMetadataBeyondASCIIComesBackAsEncodedWords(t *testing.T) {
	for _, c := range []struct{ sent, kept, shown string }{
		{"plain", "plain", "plain"},
		{"", "", ""},
		{`a "b"; c=?`, `a "b"; c=?`, `a "b"; c=?`},
		{"Mini\u00f6", "Mini\u00f6", "=?UTF-8?Q?Mini=C3=B6?="},
		{"\u00f6", "\u00f6", "=?UTF-8?B?w7Y=?="},
		{"\u65e5\u672c", "\u65e5\u672c", "=?UTF-8?B?5pel5pys?="},
		{"Mini\xf6", "Mini\u00f6", "=?UTF-8?Q?Mini=C3=B6?="}, // ISO 8859-1
		{"J\u00fcrgen Groth_=?", "J\u00fcrgen Groth_=?", "=?UTF-8?Q?J=C3=BCrgen_Groth=5F=3D=3F?="},
		// Encoded words, and what looks like them, are ASCII.
		{"=?UTF-8?B?TWluacO2?=", "=?UTF-8?B?TWluacO2?=", "=?UTF-8?B?TWluacO2?="},
		{"=?utf-8?q?=C3=B6=0D=0AX:y?=", "=?utf-8?q?=C3=B6=0D=0AX:y?=", "=?utf-8?q?=C3=B6=0D=0AX:y?="},
		{"=?UTF-8?B?***?= =?x", "=?UTF-8?B?***?= =?x", "=?UTF-8?B?***?= =?x"},
		{"\u00f6=?UTF-8?Q?=C3=B6?=", "\u00f6=?UTF-8?Q?=C3=B6?=", "=?UTF-8?Q?=C3=B6=3D=3FUTF-8=3FQ=3F=3DC3=3DB6=3F=3D?="},
	} {
		kept := toUTF8(c.sent)
		if shown := showMetadata(kept); kept != c.kept || shown != c.shown {
			t.Errorf("%q: kept as %q, shown as %q", c.sent, kept, shown)
		}
	}
	long := strings.Repeat("\u00e9a", 400)
	for word := range strings.SplitSeq(showMetadata(long), " ") {
		if len(word) > 75 { // RFC 2047, section 2
			t.Errorf("a word of %d characters", len(word))
		}
	}
	if got, err := new(mime.WordDecoder).DecodeHeader(showMetadata(long)); err != nil || got != long {
		t.Errorf("%q, %v", got, err)
	}
}

func FuzzMetadataComesBack(f *testing.F) {
	for _, seed := range []string{"plain", "Mini\u00f6", "\xe9", "=?UTF-8?Q?=C3=B6?=", "\u00e9=?UTF-8?Q?=0D?=", "a\tb\u00e9", "\t", "=?UTF-8?B?" + strings.Repeat("w7bD", 30) + "?="} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sent string) {
		for i := range len(sent) {
			if sent[i] < ' ' && sent[i] != '\t' || sent[i] == 0x7f {
				return // no header has it
			}
		}
		kept := toUTF8(sent)
		shown := showMetadata(kept)
		if !isASCIIText(shown) {
			t.Errorf("%q is shown as %q", sent, shown)
		}
		if isASCIIText(sent) {
			if shown != sent {
				t.Errorf("%q became %q", sent, shown)
			}
			return
		}
		if read, err := new(mime.WordDecoder).DecodeHeader(shown); err != nil || read != kept {
			t.Errorf("%q, kept as %q, shown as %q, is read as %q, %v", sent, kept, shown, read, err)
		}
	})
}

// shownMeta reads the metadata who of an object, decoded and as it is sent.
func shownMeta(t *testing.T, h http.Handler, key string) (decoded, sent string) {
	t.Helper()
	res := send(t, h, signet.Request{Method: "HEAD", Bucket: "bucket", Key: key}, "")
	sent = field(res, "x-amz-meta-who")
	decoded, err := new(mime.WordDecoder).DecodeHeader(sent)
	if err != nil {
		t.Errorf("%q: %v", sent, err)
	}
	return decoded, sent
}

func TestMetadataBeyondASCIICanBeSentInEveryWay(t *testing.T) {
	h := newTestHandler(t, nil)
	put(t, h, "bucket", nil)
	const who, word = "J\u00fcrgen \u65e5", "=?UTF-8?Q?J=C3=BCrgen_=E6=97=A5?="
	length := []string{"Content-Length", "1"}
	for key, in := range map[string]signet.Request{
		"bare":    saying(to("PUT", "bucket", "bare", ""), append(length, "X-Amz-Meta-Who", who)...),
		"encoded": saying(to("PUT", "bucket", "encoded", ""), append(length, "X-Amz-Meta-Who", word)...),
		"query":   saying(signet.Request{Method: "PUT", Bucket: "bucket", Key: "query", Query: map[string][]string{"x-amz-meta-who": {who}}}, length...),
	} {
		if res := send(t, h, in, "x"); res.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", key, text(t, res))
		}
	}
	postForm(t, h, "form", "x-amz-meta-who", who)
	id := begin(t, h, "parts", "X-Amz-Meta-Who", who)
	etag := sendPart(t, h, "parts", id, 1, "x")
	if res := send(t, h, to("POST", "bucket", "parts", "uploadId="+id), partList(listedPart(1, etag))); res.StatusCode != http.StatusOK {
		t.Error(text(t, res))
	}
	for key, more := range map[string][]string{"copied": nil, "replaced": {"X-Amz-Metadata-Directive", "REPLACE", "X-Amz-Meta-Who", word}} {
		in := saying(to("PUT", "bucket", key, ""), append([]string{"X-Amz-Copy-Source", "bucket/bare"}, more...)...)
		if res := send(t, h, in, ""); res.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", key, text(t, res))
		}
	}
	for _, key := range []string{"bare", "encoded", "query", "form", "parts", "copied", "replaced"} {
		if decoded, sent := shownMeta(t, h, key); decoded != who || sent != word {
			t.Errorf("%s: %q, sent as %q", key, decoded, sent)
		}
	}
}

func TestMetadataIsMeasuredInUTF8(t *testing.T) {
	for _, char := range []string{"\u00e9", "\xe9"} {
		fits := strings.Repeat(char, (maxMetadata-len("who"))/2)
		if _, err := attributes(taken(&putObject, headers("X-Amz-Meta-Who", fits))); err != nil {
			t.Errorf("%q: %v", char, err)
		}
		if _, err := attributes(taken(&putObject, headers("X-Amz-Meta-Who", fits+char))); err == nil {
			t.Errorf("one %q more fits", char)
		}
	}
}

// postForm uploads a file by a form with this metadata.
func postForm(t *testing.T, h http.Handler, key, name, value string) {
	t.Helper()
	form, err := presigner(t).Post(signet.PostPolicy{
		Bucket: "bucket", Key: key, Expires: time.Hour, Fields: []signet.Field{{Name: name, Value: value}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var fields [][2]string
	for _, f := range form.Fields {
		fields = append(fields, [2]string{f.Name, f.Value})
	}
	r := httptest.NewRequest("POST", "/bucket", strings.NewReader(formBody(fields, "a", "x")))
	r.Header.Set("Content-Type", formType)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusNoContent {
		t.Errorf("post %s: %d %s", key, w.Code, w.Body)
	}
}
