package awschunked

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// encode returns chunks as an aws-chunked body, signed unless seed is empty, with
// the trailing headers, each "name:value", if there are any.
func encode(seed string, chunks []string, trailers ...string) string {
	var b strings.Builder
	c := &chain{seed}
	for _, chunk := range append(chunks, "") {
		fmt.Fprintf(&b, "%x", len(chunk))
		if seed != "" {
			b.WriteString(";chunk-signature=" + c.signChunk(sha256.Sum256([]byte(chunk))))
		}
		b.WriteString("\r\n" + chunk)
		if chunk != "" {
			b.WriteString("\r\n")
		}
	}
	signed := ""
	for _, t := range trailers {
		signed += t + "\n"
		b.WriteString(t + "\r\n")
	}
	if seed != "" && len(trailers) > 0 {
		b.WriteString("x-amz-trailer-signature:" + c.signTrailer(sha256.Sum256([]byte(signed))) + "\r\n")
	}
	return b.String() + "\r\n"
}

// mode is one of S3's streaming modes with a body in it.
type mode struct {
	name    string
	body    string
	options func() Options
}

const crc = "x-amz-checksum-crc32c:sOO8/Q=="

func modes(chunks ...string) []mode {
	length := int64(len(strings.Join(chunks, "")))
	names := []string{"x-amz-checksum-crc32c"}
	return []mode{
		{"signed", encode(publishedSeed, chunks), func() Options {
			return Options{DecodedLength: length, Verifier: &chain{publishedSeed}}
		}},
		{"signed with a trailer", encode(publishedSeed, chunks, crc), func() Options {
			return Options{DecodedLength: length, Verifier: &chain{publishedSeed}, Trailer: true, Trailers: names}
		}},
		{"unsigned with a trailer", encode("", chunks, crc), func() Options {
			return Options{DecodedLength: length, Trailer: true, Trailers: names}
		}},
	}
}

func TestEveryModeYieldsItsPayloadHoweverItIsRead(t *testing.T) {
	for _, chunks := range [][]string{
		{},
		{"a"},
		{"hello, ", "wor", "ld"},
		{strings.Repeat("0123456789", 1000), strings.Repeat("x", 4096), "\r\n0\r\n\r\n"},
		strings.Split(strings.Repeat("a b", 300), ""),
	} {
		want := strings.Join(chunks, "")
		for _, m := range modes(chunks...) {
			for name, how := range map[string]func(io.Reader) io.Reader{
				"at once":      func(r io.Reader) io.Reader { return r },
				"byte by byte": iotest.OneByteReader,
				"in halves":    iotest.HalfReader,
				"end with data": func(r io.Reader) io.Reader {
					return iotest.DataErrReader(r)
				},
			} {
				for _, length := range []int64{int64(len(want)), -1} {
					o := m.options()
					o.DecodedLength = length
					r := NewReader(how(strings.NewReader(m.body)), o)
					got, err := io.ReadAll(r)
					if err != nil || string(got) != want {
						t.Errorf("%s, %s: %d of %d bytes, %v", m.name, name, len(got), len(want), err)
					}
					if o.Trailer && r.Trailer("x-amz-checksum-crc32c") != "sOO8/Q==" {
						t.Errorf("%s, %s: the trailer is %q", m.name, name, r.Trailer("x-amz-checksum-crc32c"))
					}
				}
			}
			if err := iotest.TestReader(NewReader(strings.NewReader(m.body), m.options()), []byte(want)); err != nil {
				t.Errorf("%s: %v", m.name, err)
			}
		}
	}
}

func TestATruncatedBodyNeverEndsWell(t *testing.T) {
	for _, m := range modes("hello, ", "wor", "ld") {
		for n := range len(m.body) {
			r := NewReader(strings.NewReader(m.body[:n]), m.options())
			if got, err := io.ReadAll(r); err != ErrIncomplete {
				t.Errorf("%s, cut at %d: %q, %v", m.name, n, got, err)
			}
			if r.Trailer("x-amz-checksum-crc32c") != "" {
				t.Errorf("%s, cut at %d: there is a trailer", m.name, n)
			}
			// net/http's body says it this way.
			cut := io.MultiReader(strings.NewReader(m.body[:n]), iotest.ErrReader(io.ErrUnexpectedEOF))
			if got, err := io.ReadAll(NewReader(cut, m.options())); err != ErrIncomplete {
				t.Errorf("%s, cut off at %d: %q, %v", m.name, n, got, err)
			}
		}
	}
}

func TestASignedBodyWithAChangedByteNeverEndsWell(t *testing.T) {
	const want = "hello, world"
	for _, m := range modes("hello, ", "wor", "ld")[:2] {
		for i := range len(m.body) {
			for _, flip := range []byte{0x01, 0x10, 0x20, 0x80} {
				body := []byte(m.body)
				body[i] ^= flip
				r := NewReader(strings.NewReader(string(body)), m.options())
				got, err := io.ReadAll(r)
				if err == nil && (string(got) != want ||
					len(m.options().Trailers) > 0 && r.Trailer("x-amz-checksum-crc32c") != "sOO8/Q==") {
					t.Errorf("%s: byte %d as %q gives %q", m.name, i, body[i], got)
				}
			}
		}
	}
}

func TestABodyOfAnotherSecretNeverEndsWell(t *testing.T) {
	for _, m := range modes("hello")[:2] {
		o := m.options()
		o.Verifier = &chain{publishedTrailerSeed}
		got, err := io.ReadAll(NewReader(strings.NewReader(m.body), o))
		if err != ErrChunkSignature {
			t.Errorf("%s: %q, %v", m.name, got, err)
		}
	}
}

func TestBodiesAreRefused(t *testing.T) {
	signed, trailing := Options{DecodedLength: -1, Verifier: &chain{}}, Options{DecodedLength: -1, Trailer: true, Trailers: []string{"x-amz-checksum-crc32c"}}
	plain := Options{DecodedLength: -1}
	sig := strings.Repeat("0", 64)
	with := func(o Options, change func(*Options)) Options { change(&o); return o }
	for _, test := range []struct {
		name    string
		body    string
		options Options
		err     error
	}{
		{"a size that is no number", "x\r\n", plain, ErrFraming},
		{"a negative size", "-1\r\n", plain, ErrFraming},
		{"a size with a prefix", "0x1\r\na\r\n0\r\n\r\n", plain, ErrFraming},
		{"a size with a space", " 1\r\na\r\n0\r\n\r\n", plain, ErrFraming},
		{"no size", "\r\na\r\n0\r\n\r\n", plain, ErrFraming},
		{"a size of 17 digits", "00000000000000001\r\na\r\n0\r\n\r\n", plain, ErrFraming},
		{"a size beyond any number", "ffffffffffffffff\r\n", plain, ErrChunkTooLarge},
		{"a size that would turn negative", "8000000000000000\r\n", plain, ErrChunkTooLarge},
		{"more than S3 takes", "140000001\r\n", plain, ErrChunkTooLarge},
		{"more than the caller takes", "3\r\n", with(plain, func(o *Options) { o.MaxChunk = 2 }), ErrChunkTooLarge},
		{"a bare line feed behind a size", "1\na\r\n0\r\n\r\n", plain, ErrFraming},
		{"a bare line feed behind the data", "1\r\na\n0\r\n\r\n", plain, ErrFraming},
		{"more data than the size says", "1\r\nab\r\n0\r\n\r\n", plain, ErrFraming},
		{"an endless header", strings.Repeat("0", 1<<20), plain, ErrFraming},
		{"a long header", "1;" + strings.Repeat("x", 200) + "\r\na\r\n0\r\n\r\n", plain, ErrFraming},
		{"a signature in an unsigned body", "1;chunk-signature=" + sig + "\r\na\r\n0\r\n\r\n", plain, ErrFraming},
		{"no signature in a signed one", "1\r\na\r\n0\r\n\r\n", signed, ErrFraming},
		{"a short signature", "1;chunk-signature=" + sig[1:] + "\r\na\r\n", signed, ErrChunkSignature},
		{"a long signature", "1;chunk-signature=" + sig + "0\r\na\r\n", signed, ErrChunkSignature},
		{"a signature in capitals", "1;chunk-signature=" + strings.Repeat("A", 64) + "\r\na\r\n", signed, ErrChunkSignature},
		{"another extension", "1;a=b;chunk-signature=" + sig + "\r\na\r\n", signed, ErrFraming},
		{"an extension behind", "1;chunk-signature=" + sig + ";a=b\r\na\r\n", signed, ErrChunkSignature},
		{"two signatures", "1;chunk-signature=" + sig + ";chunk-signature=" + sig + "\r\na\r\n", signed, ErrChunkSignature},
		{"a wrong signature", "1;chunk-signature=" + sig + "\r\na\r\n0", signed, ErrChunkSignature},
		{"a wrong signature of the last chunk", "0;chunk-signature=" + sig + "\r\n\r\n", signed, ErrChunkSignature},
		{"something behind the end", "0\r\n\r\n0", plain, ErrFraming},
		{"another body behind the end", "0\r\n\r\n0\r\n\r\n", plain, ErrFraming},
		{"something instead of the end", "0\r\nab", plain, ErrFraming},
		{"a trailer where none belongs", "0\r\n" + crc + "\r\n\r\n", plain, ErrFraming},
		{"no trailer", "0\r\n\r\n", trailing, ErrTrailerMissing},
		{"one of two trailers", "0\r\n" + crc + "\r\n\r\n",
			with(trailing, func(o *Options) { o.Trailers = []string{"x-amz-checksum-crc32c", "x-amz-checksum-sha1"} }), ErrTrailerMissing},
		{"another trailer", "0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", trailing, ErrTrailer},
		{"one trailer more", "0\r\n" + crc + "\r\nx-amz-meta-a:b\r\n\r\n", trailing, ErrTrailer},
		{"a trailer twice", "0\r\n" + crc + "\r\n" + crc + "\r\n\r\n", trailing, ErrTrailer},
		{"a trailer without a colon", "0\r\nx-amz-checksum-crc32c\r\n\r\n", trailing, ErrTrailer},
		{"a trailer with a space before its colon", "0\r\nx-amz-checksum-crc32c : a\r\n\r\n", trailing, ErrTrailer},
		{"a folded trailer", "0\r\n" + crc + "\r\n x\r\n\r\n", trailing, ErrTrailer},
		{"an endless trailer", "0\r\n" + crc + strings.Repeat("=", 1<<20), trailing, ErrFraming},
		{"a long trailer", "0\r\n" + crc + strings.Repeat("=", 1<<10) + "\r\n\r\n", trailing, ErrFraming},
		{"a signature of a trailer that is not signed", "0\r\n" + crc + "\r\nx-amz-trailer-signature:" + sig + "\r\n\r\n", trailing, ErrTrailer},
		{"something behind the trailer", "0\r\n" + crc + "\r\n\r\nx", trailing, ErrFraming},
		{"too many trailers announced", "0\r\n\r\n", with(trailing, func(o *Options) { o.Trailers = make([]string, 17) }), ErrTrailer},
		{"a small chunk before another one", "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
			with(plain, func(o *Options) { o.MinChunk = 3 }), &ChunkSizeError{Chunk: 2, Size: 2}},
		{"a small chunk behind a larger one", "3\r\nabc\r\n2\r\nde\r\n3\r\nfgh\r\n0\r\n\r\n",
			with(plain, func(o *Options) { o.MinChunk = 3 }), &ChunkSizeError{Chunk: 3, Size: 2}},
		{"a small last chunk, and something behind it", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n3\r\nfgh\r\n0\r\n\r\n",
			with(plain, func(o *Options) { o.MinChunk = 3 }), ErrFraming},
		{"one byte more than declared", "2\r\nab\r\n0\r\n\r\n", with(plain, func(o *Options) { o.DecodedLength = 1 }), ErrDecodedLength},
		{"one byte less than declared", "2\r\nab\r\n0\r\n\r\n", with(plain, func(o *Options) { o.DecodedLength = 3 }), ErrDecodedLength},
		{"anything where nothing was declared", "1\r\na\r\n0\r\n\r\n", with(plain, func(o *Options) { o.DecodedLength = 0 }), ErrDecodedLength},
	} {
		r := NewReader(strings.NewReader(test.body), test.options)
		if got, err := io.ReadAll(r); !sameError(err, test.err) {
			t.Errorf("%s: %.40q, %v, want %v", test.name, got, err, test.err)
		}
		if _, err := r.Read(make([]byte, 1)); !sameError(err, test.err) {
			t.Errorf("%s: read once more: %v", test.name, err)
		}
	}
}

// sameError compares an error by its text where it has facts.
func sameError(got, want error) bool {
	if _, ok := want.(*ChunkSizeError); ok {
		return cmp.Equal(got, want)
	}
	return got == want
}

func TestTheLastChunkMayBeSmall(t *testing.T) {
	for _, body := range []string{"0\r\n\r\n", "1\r\na\r\n0\r\n\r\n", "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"} {
		r := NewReader(strings.NewReader(body), Options{DecodedLength: -1, MinChunk: 3})
		if got, err := io.ReadAll(r); err != nil {
			t.Errorf("%q: %q, %v", body, got, err)
		}
	}
}

func TestATrailerThatIsNotAnnouncedIsRefused(t *testing.T) {
	plain := Options{DecodedLength: -1, Trailer: true}
	signed := plain
	signed.Verifier = anything{}
	extension := ";chunk-signature=" + strings.Repeat("0", 64)
	for _, tt := range []struct {
		name, extension, trailer string
		options                  Options
		err                      error
	}{
		{"none", "", "", plain, nil},
		{"none, signed", extension, "", signed, nil},
		{"one", "", crc + "\r\n", plain, ErrTrailer},
		{"one, signed", extension, crc + "\r\n", signed, ErrTrailer},
		{"a signature", "", "x-amz-trailer-signature:" + strings.Repeat("0", 64) + "\r\n", plain, ErrTrailer},
		{"a signature of nothing, signed", extension, "x-amz-trailer-signature:" + strings.Repeat("0", 64) + "\r\n", signed, nil},
		{"an empty signature, signed", extension, "x-amz-trailer-signature:\r\n", signed, ErrTrailerSignature},
	} {
		body := "1" + tt.extension + "\r\na\r\n0" + tt.extension + "\r\n" + tt.trailer + "\r\n"
		if got, err := io.ReadAll(NewReader(strings.NewReader(body), tt.options)); err != tt.err {
			t.Errorf("%s: %q, %v, want %v", tt.name, got, err, tt.err)
		}
	}
}

func TestASignedTrailerNeedsItsSignature(t *testing.T) {
	good := encode(publishedSeed, []string{"hello"}, crc)
	at := strings.Index(good, "x-amz-trailer-signature:")
	head, signature := good[:at], good[at:len(good)-4]
	for _, test := range []struct {
		name string
		body string
		err  error
	}{
		{"as it should be", good, nil},
		{"a name in capitals", strings.Replace(good, "x-amz-checksum-crc32c", "X-Amz-Checksum-CRC32C", 1), nil},
		{"a space before the value", strings.Replace(good, "crc32c:", "crc32c: ", 1), nil},
		{"none", head + "\r\n", ErrTrailerSignature},
		{"an empty one", head + "x-amz-trailer-signature:\r\n\r\n", ErrTrailerSignature},
		{"a wrong one", head + "x-amz-trailer-signature:" + strings.Repeat("0", 64) + "\r\n\r\n", ErrTrailerSignature},
		{"a changed value", strings.Replace(good, "sOO8", "sOO9", 1), ErrTrailerSignature},
		{"two", head + signature + "\r\n" + signature + "\r\n\r\n", ErrTrailer},
		{"one before the header", strings.Replace(head, crc+"\r\n", "", 1) + signature + "\r\n" + crc + "\r\n\r\n", ErrTrailerSignature},
		{"a header behind it", head + signature + "\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", ErrTrailer},
		{"the signature of the last chunk again",
			head + "x-amz-trailer-signature:" + head[strings.LastIndex(head, "signature=")+10:][:64] + "\r\n\r\n", ErrTrailerSignature},
	} {
		r := NewReader(strings.NewReader(test.body), Options{
			DecodedLength: 5, Verifier: &chain{publishedSeed},
			Trailer: true, Trailers: []string{"x-amz-checksum-crc32c"},
		})
		if got, err := io.ReadAll(r); !errors.Is(err, test.err) {
			t.Errorf("%s: %q, %v, want %v", test.name, got, err, test.err)
		}
	}
}

func TestMinioGosTrailerIsRead(t *testing.T) {
	const value = "sOO8/Q=="
	options := Options{DecodedLength: 5, Trailer: true, Trailers: []string{"x-amz-checksum-crc32c"}}
	unsigned := "5\r\nhello\r\n0\r\n" + crc + "\n\r\n\r\n"
	good := encode(publishedSeed, []string{"hello"}, crc)
	signed := strings.Replace(good, crc+"\r\n", crc+"\n\r\n", 1)
	for name, body := range map[string]string{"unsigned": unsigned, "signed": signed} {
		o := options
		if name == "signed" {
			o.Verifier = &chain{publishedSeed}
		}
		r := NewReader(strings.NewReader(body), o)
		got, err := io.ReadAll(r)
		if err != nil || string(got) != "hello" || r.Trailer("x-amz-checksum-crc32c") != value {
			t.Errorf("%s: %q, %q, %v", name, got, r.Trailer("x-amz-checksum-crc32c"), err)
		}
	}
	two := options
	two.Trailers = []string{"x-amz-checksum-crc32c", "x-amz-checksum-sha1"}
	body := "5\r\nhello\r\n0\r\n" + crc + "\nx-amz-checksum-sha1:x\n\r\n\r\n"
	if got, err := io.ReadAll(NewReader(strings.NewReader(body), two)); err != nil {
		t.Errorf("two trailers: %q, %v", got, err)
	}
}

func TestErrorsOfTheBodyGoThrough(t *testing.T) {
	broken := errors.New("connection reset")
	for _, m := range modes("hello") {
		for n := range len(m.body) + 1 {
			r := NewReader(io.MultiReader(strings.NewReader(m.body[:n]), iotest.ErrReader(broken)), m.options())
			if got, err := io.ReadAll(r); err != broken {
				t.Errorf("%s, broken at %d: %q, %v", m.name, n, got, err)
			}
		}
	}
}

// A client that pauses between chunks must not keep what it sent from going on.
func TestWhatIsThereIsYieldedBeforeWaitingForMore(t *testing.T) {
	pr, pw := io.Pipe()
	defer pr.Close()
	go io.WriteString(pw, "5\r\nhello\r\n")
	p := make([]byte, 100)
	n, err := NewReader(pr, Options{DecodedLength: -1}).Read(p)
	if string(p[:n]) != "hello" || err != nil {
		t.Errorf("read %q, %v", p[:n], err)
	}
}

func TestChunksDoNotAllocate(t *testing.T) {
	allocations := func(chunks int) float64 {
		body := encode("", strings.Split(strings.Repeat("a", chunks), ""))
		source, p := strings.NewReader(body), make([]byte, 512)
		return testing.AllocsPerRun(10, func() {
			source.Reset(body)
			r := NewReader(source, Options{DecodedLength: -1, Verifier: nil})
			for {
				if _, err := r.Read(p); err != nil {
					if err != io.EOF {
						t.Fatal(err)
					}
					return
				}
			}
		})
	}
	if few, many := allocations(10), allocations(1000); few != many {
		t.Errorf("%v allocations for 10 chunks, %v for 1000", few, many)
	}
}

func TestSignedChunksDoNotAllocate(t *testing.T) {
	allocations := func(chunks int) float64 {
		sig := ";chunk-signature=" + strings.Repeat("0", 64) + "\r\n"
		body := strings.Repeat("1"+sig+"a\r\n", chunks) + "0" + sig + "\r\n"
		source, p := strings.NewReader(body), make([]byte, 512)
		return testing.AllocsPerRun(10, func() {
			source.Reset(body)
			r := NewReader(source, Options{DecodedLength: -1, Verifier: anything{}})
			for {
				if _, err := r.Read(p); err != nil {
					if err != io.EOF {
						t.Fatal(err)
					}
					return
				}
			}
		})
	}
	if few, many := allocations(10), allocations(1000); few != many {
		t.Errorf("%v allocations for 10 chunks, %v for 1000", few, many)
	}
}

// anything is a Verifier that takes any signature.
type anything struct{}

func (anything) Chunk([sha256.Size]byte, []byte) bool   { return true }
func (anything) Trailer([sha256.Size]byte, []byte) bool { return true }

func FuzzReader(f *testing.F) {
	for _, m := range modes("hello, ", "wor", "ld") {
		f.Add(m.body, int64(12), m.options().Verifier != nil, m.options().Trailer)
	}
	f.Add("5\r\nhello\r\n0\r\n"+crc+"\n\r\n\r\n", int64(-1), false, true)
	f.Fuzz(func(t *testing.T, body string, length int64, signed, trailer bool) {
		o := Options{DecodedLength: max(length, -1), Trailer: trailer, MaxChunk: 1 << 20}
		if trailer {
			o.Trailers = []string{"x-amz-checksum-crc32c"}
		}
		verify := func() Options {
			if signed {
				o.Verifier = &chain{publishedSeed}
			}
			return o
		}
		r := NewReader(strings.NewReader(body), verify())
		got, err := io.ReadAll(r)
		slow, slowErr := io.ReadAll(NewReader(iotest.OneByteReader(strings.NewReader(body)), verify()))
		if string(got) != string(slow) || err != slowErr {
			t.Errorf("%q is %q, %v; byte by byte %q, %v", body, got, err, slow, slowErr)
		}
		if err != nil {
			return
		}
		if o.DecodedLength >= 0 && int64(len(got)) != o.DecodedLength {
			t.Errorf("%d bytes, %d declared", len(got), o.DecodedLength)
		}
		// What verifies is what the holder of the secret can have sent, not what
		// somebody made of it.
		if signed && string(got) != "hello, world" {
			t.Errorf("%q verifies", got)
		}
	})
}

func BenchmarkReader(b *testing.B) {
	chunk := strings.Repeat("x", 64<<10)
	for _, m := range modes(strings.Split(strings.Repeat(chunk+"|", 16), "|")[:16]...) {
		b.Run(strings.ReplaceAll(m.name, " ", "-"), func(b *testing.B) {
			b.SetBytes(1 << 20)
			b.ReportAllocs()
			p := make([]byte, 32<<10)
			for b.Loop() {
				r := NewReader(strings.NewReader(m.body), m.options())
				for {
					if _, err := r.Read(p); err == io.EOF {
						break
					} else if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
