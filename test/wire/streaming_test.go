package wire

import (
	"strings"
	"testing"
)

var (
	incomplete = want{status: 400, code: "IncompleteBody"}
	newStored  = map[string]string{"k": "new"}
)

// Each mode is held to the same rule: what does not verify to its very end is
// refused, and the old object stays.
func TestStreaming(t *testing.T) {
	trailer := "x-amz-checksum-crc32:" + checksumOf("CRC32", "new")
	var rows []row
	for _, mode := range []string{streaming, streamingTrailer, streamingUnsigned} {
		name := strings.TrimPrefix(mode, "STREAMING-") + ": "
		var trailers []string
		if mode != streaming {
			trailers = []string{trailer}
		}
		signed := mode != streamingUnsigned
		put := func(what string, w want, tampers ...tamper) row {
			return row{name: name + what, method: "PUT", target: "/{bucket}/k", chunks: []string{"n", "ew"}, trailers: trailers,
				sign: sign{scheme: v4Header, payload: mode}, tamper: tampers, want: w}
		}
		good := put("two chunks", stored)
		good.after = newStored
		one := put("one chunk", stored)
		one.chunks, one.after = []string{"new"}, newStored
		tiny := put("a chunk for each byte", stored)
		tiny.chunks, tiny.after = []string{"n", "e", "w"}, newStored
		virtual := put("in the bucket's own host", stored)
		virtual.target, virtual.host, virtual.after = "/k", "{vhost}", newStored
		big := put("large chunks", stored)
		content := strings.Repeat("0123456789abcdef", 40<<10)
		big.chunks, big.after = []string{content[:64<<10], content[64<<10:]}, map[string]string{"k": content}
		if trailers != nil {
			big.trailers = []string{"x-amz-checksum-crc32:" + checksumOf("CRC32", content)}
		}
		empty := put("nothing", stored)
		empty.chunks, empty.after = nil, map[string]string{"k": ""}
		if trailers != nil {
			empty.trailers = []string{"x-amz-checksum-crc32:AAAAAA=="}
		}
		wrongSecret := put("another secret", want{status: 403, code: "SignatureDoesNotMatch"})
		wrongSecret.sign.secret = "wrong"
		rows = append(rows, good, one, tiny, virtual, big, empty, wrongSecret,
			put("the seed signature changed", badSignature, flipHeader("Authorization")),
			put("the mode changed", want{status: refused}, setHeader("x-amz-content-sha256", otherMode(mode))),
			put("the decoded length changed", badSignature, setHeader("x-amz-decoded-content-length", "2")),
			put("no last chunk", incomplete, func(m *message, _ *strings.Replacer) {
				m.body = m.body[:strings.LastIndex(string(m.body), "\r\n0")+2]
			}),
			put("cut off in the last chunk", incomplete, cutBody(4)),
			put("without its last line end", incomplete, cutBody(2)),
			put("truncated by the network", want{status: 400}, truncate(3)),
			put("something behind the end", want{status: 400}, func(m *message, _ *strings.Replacer) { m.body = append(m.body, "more"...) }),
			put("no chunks at all", want{status: 400}, body("new")),
			put("a chunk without its end", want{status: 400}, inBody("ew\r\n", "ew")),
			put("a size that is none", want{status: 400}, inBody("1", "x")),
			put("a size beyond all numbers", want{status: 400}, func(m *message, _ *strings.Replacer) { m.body = append([]byte("fffffffffffffff"), m.body...) }),
			put("HTTP's own chunks around it", stored, chunkedTransfer),
		)
		rows[len(rows)-1].after = newStored
		longer := put("a decoded length that is too long", want{status: 400})
		longer.headers = []header{{"x-amz-decoded-content-length", "4"}}
		shorter := put("a decoded length that is too short", want{status: 400})
		shorter.headers = []header{{"x-amz-decoded-content-length", "2"}}
		none := put("a decoded length that is none", want{status: 400})
		none.headers = []header{{"x-amz-decoded-content-length", "three"}}
		negative := put("a negative decoded length", want{status: 400})
		negative.headers = []header{{"x-amz-decoded-content-length", "-3"}}
		rows = append(rows, longer, shorter, none, negative)
		if signed {
			rows = append(rows,
				put("the data changed", want{status: 403, code: "SignatureDoesNotMatch"}, inBody("ew\r\n", "oo\r\n")),
				put("a chunk's signature changed", want{status: 403, code: "SignatureDoesNotMatch"}, flipInBody("chunk-signature=")),
				put("the last chunk's signature changed", want{status: 403, code: "SignatureDoesNotMatch"}, flipInBody("\r\n0;chunk-signature=")),
				put("a chunk without a signature", want{status: 400}, func(m *message, _ *strings.Replacer) {
					text := string(m.body)
					m.body = []byte("1" + text[strings.Index(text, "\r\n"):])
				}),
				put("no signatures at all", want{status: 400}, body("3\r\nnew\r\n0\r\n\r\n")),
				put("chunks in another order", want{status: 403}, swapChunks),
				put("the first chunk alone", want{status: refused}, dropChunk),
			)
		}
		if trailers != nil {
			rows = append(rows,
				put("no trailer", want{status: refused}, inBody(trailer+"\r\n", "")),
				put("another trailer", want{status: refused}, inBody("x-amz-checksum-crc32:", "x-amz-checksum-sha1:")),
				put("the trailer twice", want{status: refused}, inBody(trailer+"\r\n", trailer+"\r\n"+trailer+"\r\n")),
				put("metadata in the trailer", want{status: refused}, inBody(trailer, "x-amz-meta-a:b\r\n"+trailer)),
				put("a trailer without a colon", want{status: refused}, inBody("crc32:", "crc32=")),
			)
			wrong := put("a wrong checksum", want{status: 400, code: "BadDigest"})
			wrong.trailers = []string{"x-amz-checksum-crc32:AAAAAA=="}
			short := put("a checksum of the wrong length", want{status: 400})
			short.trailers = []string{"x-amz-checksum-crc32:AAAA"}
			rows = append(rows, wrong, short)
			for _, algorithm := range []string{"CRC32C", "CRC64NVME", "SHA1", "SHA256"} {
				r := put("trailer "+algorithm, stored)
				r.trailers, r.after = []string{"x-amz-checksum-" + strings.ToLower(algorithm) + ":" + checksumOf(algorithm, "new")}, newStored
				rows = append(rows, r)
			}
			if signed {
				rows = append(rows,
					put("the trailer's value changed", want{status: 403, code: "SignatureDoesNotMatch"}, inBody(trailer, "x-amz-checksum-crc32:AAAAAA==")),
					put("the trailer's signature changed", want{status: 403, code: "SignatureDoesNotMatch"}, flipInBody("x-amz-trailer-signature:")),
					put("the trailer's signature left away", want{status: refused}, func(m *message, _ *strings.Replacer) {
						text := string(m.body)
						m.body = []byte(text[:strings.Index(text, "x-amz-trailer-signature")] + "\r\n")
					}),
				)
			} else {
				rows = append(rows,
					put("the data changed", want{status: 400, code: "BadDigest"}, inBody("ew\r\n", "oo\r\n")),
				)
			}
		}
		encoded := put("under another encoding", stored)
		encoded.headers, encoded.after = []header{{"Content-Encoding", "aws-chunked,gzip"}}, newStored
		rows = append(rows, encoded)

		// In the query, where SDKs don't put a stream, but others tried.
		query := put("signed in the query with another secret", badSignature)
		query.sign.scheme = v4Query
		query.sign.secret = "wrong"
		changed := put("signed in the query and changed", want{status: refused}, inBody("ew\r\n", "oo\r\n"))
		changed.sign.scheme = v4Query
		rows = append(rows, query, changed)
	}
	rows = append(rows, []row{
		{name: "ECDSA", method: "PUT", target: "/{bucket}/k", body: "new",
			sign: sign{scheme: v4Header, payload: "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"}, want: want{status: 501, code: "NotImplemented"}},
		{name: "a mode that nobody knows", method: "PUT", target: "/{bucket}/k", body: "new",
			sign: sign{scheme: v4Header, payload: "STREAMING-AWS5-PAYLOAD"}, want: want{status: 400, code: "InvalidArgument"}},
		{name: "a stream with nothing to say its length", method: "PUT", target: "/{bucket}/k", chunks: []string{"new"},
			sign:   sign{scheme: v4Header, payload: streaming, leaveOut: []string{"x-amz-decoded-content-length"}},
			tamper: []tamper{dropHeader("x-amz-decoded-content-length")}, want: want{status: 411, code: "MissingContentLength"}},
	}...)
	run(t, rows)
}

func otherMode(mode string) string {
	if mode == streamingUnsigned {
		return streaming
	}
	return streamingUnsigned
}

// swapChunks exchanges the first two chunks of a signed stream.
func swapChunks(m *message, _ *strings.Replacer) {
	a, b, rest := cutChunks(m)
	m.body = []byte(b + a + rest)
}

// dropChunk takes the second chunk of a signed stream away.
func dropChunk(m *message, _ *strings.Replacer) {
	a, _, rest := cutChunks(m)
	m.body = []byte(a + rest)
}

func cutChunks(m *message) (first, second, rest string) {
	body := string(m.body)
	i := strings.Index(body, "\r\n2;")
	j := strings.Index(body, "\r\n0;")
	mustHave(i >= 0 && j > i, "stream of two chunks in", body)
	return body[:i+2], body[i+2 : j+2], body[j+2:]
}

// aws-chunked is how the body came, not what the object is.
func TestTheEncodingOfTheStreamIsNotTheObjects(t *testing.T) {
	for encoding, kept := range map[string]string{
		"aws-chunked": "", "aws-chunked,gzip": "gzip", "gzip,aws-chunked": "gzip", "gzip, aws-chunked": "gzip",
	} {
		t.Run(encoding, func(t *testing.T) {
			t.Parallel()
			bucket := newBucket(t)
			m := &message{method: "PUT", target: "/" + bucket + "/k", host: target.host,
				headers: []header{{"Content-Encoding", encoding}}}
			sign{scheme: v4Header, payload: streaming, chunks: []string{"new"}}.sign(m)
			m.finish()
			if a, err := m.send(); err != nil || a.status != 200 {
				t.Fatalf("%v, %v", a, err)
			}
			if got := mustDo(t, "GET", "/"+bucket+"/k", "").header.Get("Content-Encoding"); got != kept {
				t.Errorf("the object's encoding is %q, want %q", got, kept)
			}
		})
	}
}
